"""What a newcomer types first is read, or refused with the words that help."""

import re
import subprocess

import numpy as np
import pytest
import torch
from conftest import BINARY, load_matrix, refused, run_spout, said


def train(*words, **options):
    return run_spout("train", "--model", "linear", "--epochs", 1, *words, **options)


# Other people's words for metrics, options and losses


@pytest.mark.parametrize(
    "metric, right",
    [
        ("f1", "did you mean.*F1"),
        ("F1", "did you mean.*F1"),
        ("accuracy", "P@1"),
        ("p@1", "P@1"),
        ("ndcg@5", "nDCG@5"),
        ("recall@20", "Recall@20"),
        ("precision@5", "P@5"),
        ("mse", "did you mean.*MSE"),
    ],
)
def test_other_words_for_a_metric_get_the_right_one(spout, small, metric, right):
    words = ("evaluate", small / "linear", "--data", small / "d.txt", "--metrics", metric)
    assert re.search(right, refused(spout, *words))


@pytest.mark.parametrize("metrics", ["P@1, P@3", " P@1,P@3", "P@1 ,P@3 ", "P@1 , P@3"])
def test_blanks_between_metrics_mean_nothing(spout, small, metrics):
    words = ("evaluate", small / "linear", "--data", small / "d.txt", "--metrics")
    assert spout(*words, metrics) == spout(*words, "P@1,P@3")


def test_blanks_between_metrics_of_a_training_mean_nothing(spout, small, tmp_path):
    words = ("--train", small / "d.txt", "--valid", small / "d.txt", "--output", tmp_path / "run")
    out, _ = train(*words, "--metrics", "nDCG@3, P@1")
    assert "nDCG@3" in out


@pytest.mark.parametrize("option", ["--learning-rate", "--learning_rate", "--learning-rate=0.1"])
def test_the_learning_rate_is_called_lr(spout, small, option):
    words = ("train", "--train", small / "d.txt", "--output", small / "run", option, 0.1)
    assert re.search(r"--lr\b", refused(spout, *words))


@pytest.mark.parametrize(
    "loss, right",
    [
        ("cross-entropy", "did you mean.*(softmax|bce)"),
        ("hinge", "did you mean.*squared-hinge"),
        ("cross_entropy", "did you mean.*(softmax|bce)"),
        ("binary-cross-entropy", "did you mean.*bce"),
        ("BCE", "did you mean.*bce"),
        ("squared_hinge", "did you mean.*squared-hinge"),
    ],
)
def test_other_words_for_a_loss_get_the_right_one(spout, small, loss, right):
    words = ("train", "--train", small / "d.txt", "--output", small / "run", "--loss", loss)
    assert re.search(right, refused(spout, *words))


@pytest.mark.parametrize(
    "option, value",
    [
        *(("--hidden", value) for value in ("512,", ",512", "512,,256", ",", "512, ,256")),
        ("--trees", "0,"),
        ("--ngrams", "1,"),
        ("--windows", "3,4,"),
        ("--feature-power", "1,"),
    ],
)
def test_a_list_with_a_gap_is_refused(spout, small, tmp_path, option, value):
    model = {"--trees": "svm", "--windows": "cnn", "--feature-power": "svm"}.get(option, "mlp")
    data = small / "d.txt"
    if option in ("--windows", "--ngrams"):
        data = write_documents(tmp_path / "d.txt")
    words = ("--train", data, "--output", tmp_path / "run", "--model", model)
    more = ("--format", "auto" if data == small / "d.txt" else "text")
    assert option in refused(spout, "train", *words, option, value, *more)
    assert not (tmp_path / "run").exists()


# Runs, encoders and modules


@pytest.mark.parametrize("output", ["o.npz", "o.csv", "o", "missing/o.npz", "taken.npz", "-"])
@pytest.mark.parametrize("there", [True, False], ids=["data", "no data"])
def test_a_run_that_does_not_exist_is_the_mistake(spout, small, tmp_path, output, there):
    (tmp_path / "taken.npz").write_text("mine")
    data = small / "d.txt" if there else "d"
    words = ("predict", "nosuchrun", "--data", data, "--output", output)
    line = refused(spout, *words, cwd=tmp_path)
    assert "nosuchrun" in line and "run" in line.replace("nosuchrun", "")


@pytest.mark.parametrize(
    "words",
    [
        "evaluate nosuchrun --data {small}/d.txt",
        "evaluate nosuchrun --data d",
        "export nosuchrun --output m.ts",
        "export nosuchrun --output missing/m.ts",
        "inspect nosuchrun",
        "train --train {small}/d.txt --output new --warm-start nosuchrun",
    ],
)
def test_every_command_says_that_it_is_no_run(spout, small, tmp_path, words):
    """A guard against another mistake being named first."""
    line = refused(spout, *words.format(small=small).split(), cwd=tmp_path)
    assert "nosuchrun" in line


def write_encoder(path):
    """What people save in place of a TorchScript module."""
    module = torch.nn.Linear(40, 4)
    if path.name == "text.pt":
        path.write_text("no module\n")
    elif path.name == "empty.pt":
        path.write_bytes(b"")
    elif path.name == "array.npz":
        np.savez(path, weight=module.weight.detach().numpy())
    else:
        saved = {"state_dict.pt": module.state_dict(), "module.pt": module}
        saved["checkpoint.pt"] = {"epoch": 3, "model": module.state_dict()}
        torch.save(saved[path.name], path)
    return path


@pytest.mark.parametrize(
    "name", ["state_dict.pt", "module.pt", "checkpoint.pt", "array.npz", "text.pt", "empty.pt"]
)
def test_an_encoder_that_is_no_torchscript_hears_how_to_make_one(spout, small, tmp_path, name):
    words = ("--encoder", write_encoder(tmp_path / name), "--output", tmp_path / "run")
    line = refused(spout, "train", "--train", small / "d.txt", *words)
    assert name in line and "TorchScript" in line and "torch.jit.script" in line
    assert "miniz" not in line and "enforce" not in line and "corrupted" not in line


@pytest.mark.parametrize("name", ["model.onnx", "MODEL.ONNX", "model.v2.onnx"])
def test_onnx_is_not_written_without_a_word(small, tmp_path, name):
    """Refused, or said on stderr: the file is TorchScript."""
    words = [BINARY, "export", str(small / "linear"), "--output", str(tmp_path / name)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert "TorchScript" in done.stderr and done.returncode in (0, 2)


@pytest.mark.parametrize("name", ["model.ts", "model.pt"])
def test_torchscript_is_written_without_a_word(spout, small, tmp_path, name):
    """A guard."""
    assert "TorchScript" not in spout("export", small / "linear", "--output", tmp_path / name)[1]


# Documents


@pytest.mark.parametrize(
    "text",
    [
        "sports the match\nnews the vote\n",
        "sports the match\n",
        "sports, news the match of the year\nnews the vote was held at last\n",
        "__label__sports the match\n__label__news the vote\n",
    ],
)
@pytest.mark.parametrize("more", [[], ["--format", "text"]], ids=["auto", "text"])
def test_a_blank_in_place_of_the_tab_gets_a_hint(spout, tmp_path, text, more):
    """With --format text this is a guard: the message spoke of a tab before."""
    (tmp_path / "d.txt").write_text(text)
    words = ("train", "--train", tmp_path / "d.txt", "--output", tmp_path / "run", *more)
    assert said(refused(spout, *words), "tab")


TEXTS = ["the match of the year", "the vote", "a match and a vote and a year", "year year vote"]


def write_documents(path):
    path.write_text("".join(f"l{i % 2}\t{text}\n" for i, text in enumerate(TEXTS)))
    return path


@pytest.mark.parametrize("options", ["", "--sublinear-tf", "--ngrams 1,2", "--normalize l2"])
def test_documents_are_converted_as_the_run_scales_them(spout, tmp_path, options):
    """The numbers of scikit-learn, whose rows have length 1 as the run's have."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    data = write_documents(tmp_path / "d.txt")
    more = options.split()
    train("--train", data, "--output", tmp_path / "run", "--format", "text", *more)
    x = tmp_path / "X.npz"
    spout("convert", data, f"{x},{tmp_path}/Y.npz", "--names", tmp_path / "run", "--format", "text")
    ngrams = (1, 2) if "ngrams" in options else (1, 1)
    vectorizer = TfidfVectorizer(ngram_range=ngrams, sublinear_tf="sublinear" in options)
    wanted = vectorizer.fit_transform(TEXTS)
    terms = (tmp_path / "run/text/terms.txt").read_text().splitlines()
    order = [vectorizer.vocabulary_[term] for term in terms]
    found = load_matrix(x).toarray()
    assert np.abs(found - wanted.toarray()[:, order]).max() < 1e-6


def test_a_run_that_does_not_scale_has_its_documents_unscaled(spout, tmp_path):
    """A guard: the conversion of a run with --normalize none scales nothing."""
    data = write_documents(tmp_path / "d.txt")
    words = ("--train", data, "--output", tmp_path / "run", "--format", "text")
    train(*words, "--normalize", "none")
    spout(
        "convert",
        data,
        f"{tmp_path}/X.npz,{tmp_path}/Y.npz",
        "--names",
        tmp_path / "run",
        "--format",
        "text",
    )
    lengths = np.linalg.norm(load_matrix(tmp_path / "X.npz").toarray(), axis=1)
    assert (lengths > 1.2).all()
