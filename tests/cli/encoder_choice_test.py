"""What --encoder is taken for, what is said of it, and the memory that is planned for it."""

import pytest
from conftest import refused
from pretrained_test import make_model, write_labels


def test_memory_is_that_of_the_longest_text(spout, tmp_path):
    """A batch is filled up to it, and attention grows with its square."""
    make_model(tmp_path / "m", "bert")
    need = {}
    for name, words in (("short", 3), ("long", 30)):
        lines = ["x\tfast"] * 63 + ["y\t" + "fast " * words]
        (tmp_path / "train.txt").write_text("\n".join(lines) + "\n")
        run = ("--output", tmp_path / name, "--format", "text", "--epochs", 1, "--model", "encoder")
        train = ("--train", tmp_path / "train.txt", "--encoder", tmp_path / "m")
        _, said = spout("train", *train, *run)
        need[name] = float(said.split("workspace ")[1].split(" MiB")[0])
    assert need["long"] > 4 * need["short"], need


def test_training_the_encoder_unasked_is_said(spout, tmp_path):
    make_model(tmp_path / "m", "bert")
    write_labels(tmp_path / "train.txt")
    words = ("--train", tmp_path / "train.txt", "--encoder", tmp_path / "m", "--loss", "softmax")
    _, said = spout("train", *words, "--epochs", 1, "--output", tmp_path / "run")
    assert "model: encoder, which trains the pretrained model as well" in said
    words += ("--freeze-encoder",)
    _, said = spout("train", *words, "--epochs", 1, "--output", tmp_path / "frozen")
    assert "model: encoder, which trains" not in said


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("m/model.safetensors", "found one of its files; its folder is"),
        ("m/config.json", "found one of its files; its folder is"),
        ("glove.txt", "vectors of tokens are given by --vectors"),
    ],
)
def test_files_taken_for_an_encoder(spout, tmp_path, name, line):
    make_model(tmp_path / "m", "bert")
    (tmp_path / "glove.txt").write_text("fast 1 2 3\n")
    write_labels(tmp_path / "train.txt")
    words = ("--train", tmp_path / "train.txt", "--output", tmp_path / "run")
    assert line in refused(spout, "train", *words, "--encoder", tmp_path / name)


def test_rows_and_documents_are_told_apart(spout, tmp_path):
    """A run of an encoder's rows does not read documents, and one matrix cannot hold these."""
    make_model(tmp_path / "m", "bert")
    write_labels(tmp_path / "train.txt")
    convert = ("convert", tmp_path / "train.txt", "--format", "text", "--encoder", tmp_path / "m")
    assert "expected a pair X.npy,Y.npz" in refused(spout, *convert, tmp_path / "one.npz")
    spout(*convert, f"{tmp_path}/X.npy,{tmp_path}/Y.npz")
    words = ("--train", f"{tmp_path}/X.npy,{tmp_path}/Y.npz", "--epochs", 1, "--model", "linear")
    spout("train", *words, "--output", tmp_path / "run")
    documents = ("--data", tmp_path / "train.txt", "--format", "text")
    line = refused(spout, "evaluate", tmp_path / "run", *documents)
    assert "holds documents, but the model was trained on rows of numbers" in line


def test_what_a_run_sees_of_documents_is_said(spout, tmp_path):
    make_model(tmp_path / "m", "bert")
    write_labels(tmp_path / "train.txt")
    words = ("--train", tmp_path / "train.txt", "--encoder", tmp_path / "m", "--epochs", 1)
    for features, line in (("encoder", "text: rows of"), ("both", "rows of the encoder, width")):
        run = tmp_path / features
        _, said = spout("train", *words, "--features", features, "--output", run)
        assert line in said
        assert "rows of the encoder, width" in spout("inspect", run)[0]
