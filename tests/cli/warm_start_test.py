"""Warm start: another run's weights under more data, further labels, or other labels."""

import json

import numpy as np
import pytest
import torch
from conftest import refused

STILL = "--optimizer sgd --lr 1e-20 --epochs 1".split()  # steps too small to be seen


def weights(run):
    found = torch.load(run / "model.pt", weights_only=True)
    return {name: value for name, value in found.items() if isinstance(value, torch.Tensor)}


def assert_begins_with(later, earlier):
    """Every tensor of `earlier` is the first corner of the later one."""
    assert later.keys() == earlier.keys()
    for name, old in earlier.items():
        corner = later[name][tuple(slice(size) for size in old.shape)]
        assert torch.equal(corner, old), name


def warm(spout, start, data, output, *words, **options):
    command = [
        "train",
        "--train",
        data,
        "--output",
        output,
        "--warm-start",
        start,
        *words,
    ]
    return spout(*command, **options)


def warm_refused(spout, *words):
    return refused(lambda *_, **options: warm(spout, *words, **options))


def test_the_same_data_go_on_from_the_same_weights(spout, data, trained, tmp_path):
    words = ["--config", trained / "options.json", *STILL]
    _, error = warm(spout, trained, data / "train.txt", tmp_path / "run", *words)
    assert f"warm start: {trained}: all weights\n" in error
    assert_begins_with(weights(tmp_path / "run"), weights(trained))


def test_a_warm_run_resumes_to_the_same_bits(spout, data, trained, tmp_path):
    words = ["--hidden", 32, "--schedule", "constant", "--lr", 0.01]
    warm(spout, trained, data / "train.txt", tmp_path / "whole", *words, "--epochs", 2)
    warm(spout, trained, data / "train.txt", tmp_path / "parts", *words, "--epochs", 1)
    spout("train", "--output", tmp_path / "parts", "--resume", "--epochs", 2)
    assert_begins_with(weights(tmp_path / "parts"), weights(tmp_path / "whole"))


def test_other_labels_get_a_new_output_layer(spout, data, trained, tmp_path):
    spout(
        *"synth --rows 100 --features 300 --labels 50 --density 0.02 --seed 4".split(),
        *("--output", tmp_path),
    )
    _, error = warm(
        spout, trained, tmp_path / "train.txt", tmp_path / "run", "--hidden", 32, *STILL
    )
    assert "its encoder; labels differ, so the output layer is new" in error
    new, old = weights(tmp_path / "run"), weights(trained)
    assert any(name.startswith("encoder.") for name in old)
    for name, tensor in old.items():
        if name.startswith("encoder."):
            assert torch.equal(new[name], tensor)
    assert new["output.weight"].shape == (50, 32)


def test_what_does_not_fit_is_refused_with_advice(spout, data, trained, tmp_path):
    train = data / "train.txt"

    def error(*words, start=trained, source=train):
        return warm_refused(spout, start, source, tmp_path / "run", *words)

    assert "is [300, 32] there and [300, 16] here; --config " in error("--hidden", 16)
    words = ("--hidden", 32, "--model", "two-headed")
    assert "the model mlp has no output.value_weight" in error(*words)
    assert "expected a run folder" in error(start=tmp_path)
    spout(
        *"synth --rows 50 --features 200 --labels 120 --density 0.02".split(),
        *("--output", tmp_path / "narrow"),
    )
    narrow = tmp_path / "narrow/train.txt"
    assert "is [300, 32] there and [200, 32] here" in error("--hidden", 32, source=narrow)
    assert not (tmp_path / "run").exists()


def write_text(path, labels, rows=120):
    names = [labels[i % len(labels)] for i in range(rows)]
    path.write_text("".join(f"{name}\tword{name} common\n" for name in names))
    return path


def test_text_keeps_its_words_and_adds_labels(spout, tmp_path):
    first = write_text(tmp_path / "first.txt", "abc")
    more = write_text(tmp_path / "more.txt", "axbc")
    words = "--model mlp --hidden 8 --lr 0.02 --epochs 20 --batch-size 16 --format text".split()
    spout(
        "train",
        "--train",
        first,
        "--output",
        tmp_path / "start",
        *words,
        "--ngrams",
        "1,2",
        "--sublinear-tf",
    )
    start = tmp_path / "start"
    error = warm_refused(spout, start, more, tmp_path / "run", "--ngrams", "1,3")
    assert "--ngrams: the run of --warm-start has settled it" in error
    still = ["--hidden", 8, "--format", "text", "--ngrams", "1,2", *STILL]
    _, error = warm(spout, tmp_path / "start", more, tmp_path / "still", *still)
    assert "all weights; 1 labels are new" in error
    assert_begins_with(weights(tmp_path / "still"), weights(tmp_path / "start"))
    warm(spout, tmp_path / "start", more, tmp_path / "run", *words)
    assert (tmp_path / "run/labels.txt").read_text() == "a\nb\nc\nx\n"
    terms = [(tmp_path / run / "text/terms.txt").read_text() for run in ("start", "run")]
    assert terms[0] == terms[1] and "wordx" not in terms[1]
    out, _ = spout("evaluate", tmp_path / "run", "--data", more, "--metrics", "P@1")
    assert float(out.split()[1]) == 1.0  # x is what no known word tells of


def test_items_not_seen_before_come_behind(spout, tmp_path):
    draw = np.random.default_rng(1)

    def write(path, items):
        rows = [sorted(draw.choice(items, 6, replace=False)) for _ in range(60)]
        path.write_text("".join(f"{u} {' '.join(map(str, r))}\n" for u, r in enumerate(rows)))
        return path

    first, more = write(tmp_path / "first.txt", 30), write(tmp_path / "more.txt", 40)
    words = ["--hidden", 8, "--format", "adjacency"]
    spout(
        "train",
        "--train",
        first,
        "--output",
        tmp_path / "start",
        "--model",
        "mf",
        *words,
    )
    words += ["--model", "mf"]
    _, error = warm(spout, tmp_path / "start", more, tmp_path / "run", *words, *STILL)
    assert "all weights; 10 labels are new" in error
    new, old = weights(tmp_path / "run"), weights(tmp_path / "start")
    assert new["output.weight"].shape == (40, 8) and new["encoder.embedding"].shape == (
        40,
        8,
    )
    for name, tensor in old.items():
        torch.testing.assert_close(new[name][: len(tensor)], tensor, rtol=1e-6, atol=1e-7)
    start = tmp_path / "start"
    error = warm_refused(spout, start, more, tmp_path / "x", "--model", "ease")
    assert "--warm-start: the model ease is fitted at once" in error


def test_newer_data_may_name_fewer_items(spout, tmp_path):
    first, more = tmp_path / "first.txt", tmp_path / "more.txt"
    first.write_text("".join(f"{u} {u % 9} {(u + 4) % 9}\n" for u in range(30)))
    more.write_text("".join(f"{u} {u % 5} {(u + 2) % 5}\n" for u in range(30)))
    words = "--model mf --hidden 4 --format adjacency --schedule constant --lr 0.01".split()
    spout("train", "--train", first, "--output", tmp_path / "start", *words, "--epochs", 1)
    start = tmp_path / "start"
    _, error = warm(spout, start, more, tmp_path / "whole", *words, "--epochs", 2)
    assert "all weights\n" in error and "9 items" in error
    warm(spout, start, more, tmp_path / "parts", *words, "--epochs", 1)
    spout("train", "--output", tmp_path / "parts", "--resume", "--epochs", 2)
    assert_begins_with(weights(tmp_path / "parts"), weights(tmp_path / "whole"))


def test_newer_libsvm_may_name_fewer_features(spout, tmp_path):
    first, more = tmp_path / "first.txt", tmp_path / "more.txt"
    first.write_text("".join(f"{u % 3} {u % 9 + 1}:1\n" for u in range(30)))
    more.write_text("".join(f"{u % 3} {u % 5 + 1}:1\n" for u in range(30)))
    words = "--hidden 4 --format libsvm".split()
    spout("train", "--train", first, "--output", tmp_path / "start", *words, "--epochs", 1)
    _, error = warm(spout, tmp_path / "start", more, tmp_path / "run", *words, *STILL)
    assert "all weights\n" in error and "9 features" in error
    assert_begins_with(weights(tmp_path / "run"), weights(tmp_path / "start"))


def numbered(path, rows, labels, seed):
    """XMLRepository text: a label's own three words, of which a row has two; no noise."""
    rng = np.random.default_rng(seed)
    lines = [f"{rows} {3 * labels} {labels}"]
    for row in range(rows):
        label = row % labels
        words = sorted(rng.choice(3, 2, replace=False) + 3 * label)
        lines.append(f"{label} " + " ".join(f"{word}:1" for word in words))
    path.write_text("\n".join(lines) + "\n")
    return path


def test_extending_keeps_what_is_known_and_learns_the_new_labels(spout, tmp_path):
    old, new = numbered(tmp_path / "old", 400, 40, 1), numbered(tmp_path / "new", 440, 44, 2)
    words = ["--model", "mlp", "--hidden", 32, "--lr", 0.01]
    spout("train", "--train", old, "--output", tmp_path / "a", *words)
    base = ["train", "--train", new, "--extend", tmp_path / "a"]
    _, error = spout(*base, "--output", tmp_path / "still", *STILL)
    assert "all weights; 4 labels are new" in error
    assert_begins_with(weights(tmp_path / "still"), weights(tmp_path / "a"))
    spout(*base, "--output", tmp_path / "b", "--epochs", 30)
    assert weights(tmp_path / "b")["output.weight"].shape == (44, 32)  # its options hold
    for run, data in (("a", old), ("b", old), ("b", new)):
        lines = data.read_text().splitlines()
        if run == "b":  # as many labels as the model has
            lines[0] = f"{len(lines) - 1} 132 44"
        (tmp_path / "test").write_text("\n".join(lines) + "\n")
        out, _ = spout("evaluate", tmp_path / run, "--data", tmp_path / "test", "--metrics", "P@1")
        assert float(out.split()[1]) > 0.99


def test_an_extended_run_is_a_config_and_can_be_extended_again(spout, tmp_path):
    old, new = numbered(tmp_path / "old", 80, 40, 1), numbered(tmp_path / "new", 88, 44, 2)
    words = ["--hidden", 8, "--epochs", 1, "--lr", 0.01]
    spout("train", "--train", old, "--output", tmp_path / "a", *words)
    base = ["train", "--train", new, "--output"]
    spout(*base, tmp_path / "b", "--extend", tmp_path / "a")
    spout(*base, tmp_path / "c", "--config", tmp_path / "b/options.json")
    assert weights(tmp_path / "b").keys() == weights(tmp_path / "c").keys()
    assert_begins_with(weights(tmp_path / "c"), weights(tmp_path / "b"))

    def encoder_rate(run, *more):
        spout(*base, tmp_path / run, "--extend", tmp_path / "b", *more)
        return json.loads((tmp_path / run / "options.json").read_text())["encoder-lr"]

    assert encoder_rate("d", "--lr", 0.1) == pytest.approx(0.01)  # a tenth of that, not of b's
    assert encoder_rate("e", "--encoder-lr", 0.002) == 0.002
    wider = numbered(tmp_path / "wider", 100, 50, 3)  # features as well
    spout("train", "--train", wider, "--output", tmp_path / "f", "--extend", tmp_path / "b")
    assert json.loads((tmp_path / "f/options.json").read_text())["encoder-lr"] == 0.0


def test_epochs_of_an_extension_drop_the_bounds_of_its_runs_length(spout, tmp_path):
    old, new = numbered(tmp_path / "old", 80, 40, 1), numbered(tmp_path / "new", 88, 44, 2)
    words = ["--model", "mlp", "--hidden", 8, "--max-steps", 20, "--keep-held-out"]
    spout("train", "--train", old, "--output", tmp_path / "a", *words)
    base = ["train", "--train", new, "--extend", tmp_path / "a", "--output"]
    spout(*base, tmp_path / "b", "--epochs", 1)
    assert json.loads((tmp_path / "b/options.json").read_text())["max-steps"] == 0
    spout(*base, tmp_path / "c")
    assert json.loads((tmp_path / "c/options.json").read_text())["max-steps"] == 20
    error = refused(spout, *base, tmp_path / "d", "--epochs", 1, "--max-steps", 20)
    assert "--max-steps: is for --epochs auto" in error


def test_a_run_is_not_written_over_by_one_that_begins_with_it(spout, tmp_path):
    old, new = numbered(tmp_path / "old", 80, 40, 1), numbered(tmp_path / "new", 88, 44, 2)
    run = tmp_path / "run"
    spout("train", "--train", old, "--output", run, "--hidden", 8, "--epochs", 1)
    before = {file.name: file.read_bytes() for file in run.iterdir()}
    for option in ("--extend", "--warm-start"):
        words = ["train", "--train", new, option, run, "--output", f"{run}/.", "--force"]
        error = refused(spout, *words, *(["--hidden", 8] if option == "--warm-start" else []))
        assert f"expected another folder than that of {option}" in error
    assert {file.name: file.read_bytes() for file in run.iterdir()} == before


def test_what_cannot_be_extended_is_refused(spout, tmp_path):
    old, new = numbered(tmp_path / "old", 80, 40, 1), numbered(tmp_path / "new", 88, 44, 2)
    run = tmp_path / "run"
    spout("train", "--train", new, "--output", run, "--hidden", 8, "--epochs", 1)
    base = ["train", "--extend", run, "--output", tmp_path / "b"]
    assert "it has 44 labels, these data only 40" in refused(spout, *base, "--train", old)
    both = refused(spout, *base, "--train", new, "--warm-start", run)
    assert "--extend and --warm-start exclude each other" in both
    assert "--train DATA is needed" in refused(spout, *base)
