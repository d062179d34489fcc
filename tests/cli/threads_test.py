"""Threads 1 to 16: the same number gives the same bits, another number the same quality."""

import pytest

MODELS = {
    "mlp": "--model mlp --hidden 16 --dropout 0.1 --epochs 3",
    "bf16": "--model mlp --hidden 16 --epochs 3 --precision bf16 --optimizer sgd",
    "svm": "--model svm",
}


@pytest.mark.parametrize("model", MODELS)
def test_any_number_of_threads_is_as_good_and_repeats_its_bits(spout, data, tmp_path, model):
    scores = []
    for threads in (1, 2, 3, 16):
        runs = [tmp_path / f"{threads}{again}" for again in "ab"]
        for run in runs:
            words = ["--train", data / "train.txt", "--output", run, "--threads", threads]
            spout("train", *words, *MODELS[model].split())
        assert (runs[0] / "model.pt").read_bytes() == (runs[1] / "model.pt").read_bytes(), threads
        words = ["--data", data / "test.txt", "--metrics", "P@1", "--threads", threads]
        scores.append(float(spout("evaluate", runs[0], *words)[0].split()[1]))
    assert max(scores) - min(scores) < 0.02, scores
    assert min(scores) > 0.3, scores
