"""An option that would be of no effect is refused by name rather than passed over."""

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import refused

DOCUMENTS = "".join(f"{'ab'[i % 2]}\tword{i % 2} common\n" for i in range(20))
RATINGS = "user,item,rating\n" + "".join(f"u{u},i{u % 4},{u % 5 + 1}\n" for u in range(12))


@pytest.fixture
def documents(tmp_path):
    (tmp_path / "docs.txt").write_text(DOCUMENTS)
    return tmp_path / "docs.txt"


@pytest.fixture
def ratings(tmp_path):
    (tmp_path / "ratings.csv").write_text(RATINGS)
    return tmp_path / "ratings.csv"


@pytest.mark.parametrize(
    "words",
    ["--epochs 7", "--optimizer adam", "--loss bce", "--lr 0.7", "--momentum 0.5", "--clip 1"]
    + ["--bias-init zero", "--positive-weight 2", "--output-layer logits", "--zero-weight 0.5"],
)
def test_a_model_that_is_worked_out_has_no_steps(spout, ratings, tmp_path, words):
    base = ["train", "--train", ratings, "--output", tmp_path / "run", "--model", "ease"]
    line = refused(spout, *base, *words.split())
    assert f"{words.split()[0]} has no effect: ease is fitted in one pass" in line
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "words",
    ["--momentum 0.9", "--optimizer sgd --beta1 0.5", "--optimizer sgd --eps 0.1"]
    + ["--optimizer adagrad --beta2 0.5", "--optimizer adagrad --momentum 0.5"],
)
def test_an_optimizer_refuses_what_it_does_not_read(spout, data, tmp_path, words):
    base = ["train", "--train", data / "train.txt", "--output", tmp_path / "run"]
    line = refused(spout, *base, *words.split())
    option = words.split()[-2]
    assert f"{option}: the optimizer " in line and " does not use it" in line


def test_ratings_have_no_place_in_adjacency_text(spout, ratings, tmp_path):
    words = ("--ratings", "values")
    for out, more in (("a.txt", ()), ("parts", ("--split", "random"))):
        line = refused(spout, "convert", ratings, tmp_path / out, *words, *more)
        assert "--ratings values: adjacency text has none" in line
    spout("convert", ratings, tmp_path / "a.npz", *words)
    assert sorted(set(sp.load_npz(tmp_path / "a.npz").data)) == [1, 2, 3, 4, 5]


def test_a_model_that_is_worked_out_goes_on_from_its_own_options(spout, ratings, tmp_path):
    run = tmp_path / "run"
    base = ["train", "--train", ratings, "--output", run]
    spout(*base, "--model", "ease")
    assert "nothing to do" in spout("train", "--output", run, "--resume")[0]
    spout(*base[:-1], tmp_path / "other", "--config", run / "options.json")


def test_ratings_are_for_users_and_items(spout, data, trained, documents, tmp_path):
    pair = f"{tmp_path}/X.npz,{tmp_path}/Y.npz"
    spout("convert", data / "train.txt", pair)
    output = ("--output", tmp_path / "out.npz")
    for base in (
        ["train", "--train", data / "train.txt", "--output", tmp_path / "run"],
        ["train", "--train", pair, "--output", tmp_path / "run"],
        ["train", "--train", documents, "--format", "text", "--output", tmp_path / "run"],
        ["evaluate", trained, "--data", data / "test.txt"],
        ["predict", trained, "--data", data / "test.txt", *output],
        ["convert", data / "train.txt", f"{tmp_path}/a.npz,{tmp_path}/b.npz"],
        ["convert", tmp_path / "Y.npz", tmp_path / "y.pt"],
    ):
        for option, value in (("--min-rating", 4), ("--ratings", "values")):
            line = refused(spout, *base, option, value)
            assert f"{option} is for users and items" in line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["X.npz", "Y.npz", "docs.txt"]


def test_convert_refuses_what_its_input_does_not_use(spout, documents, ratings, tmp_path):
    sp.save_npz(tmp_path / "m.npz", sp.csr_matrix(np.eye(3, dtype=np.float32)))
    for source, out, is_found in (
        (ratings, "c.npz", "is users and items"),
        (tmp_path / "m.npz", "m.pt", "is one matrix"),
    ):
        base = ["convert", source, tmp_path / out]
        for option in (["--ngrams", "1,2"], ["--names", tmp_path / "nowhere"]):
            line = refused(spout, *base, *option)
            assert f"{option[0]}: is for documents (--format text)" in line and is_found in line
    line = refused(spout, "convert", ratings, tmp_path / "c.npz", "--labels", 9)
    assert "--labels: users and items say themselves" in line
    base = ["convert", documents, f"{tmp_path}/X.npz,{tmp_path}/Y.npz", "--format", "text"]
    assert "--labels: documents say themselves" in refused(spout, *base, "--labels", 9)
    assert not (tmp_path / "X.npz").exists()


def test_flags_of_the_other_way_to_read_documents_are_refused(spout, documents, tmp_path):
    base = ["train", "--train", documents, "--format", "text", "--output", tmp_path / "run"]
    assert "--max-length: is for tokens in their" in refused(spout, *base, "--max-length", 64)
    line = refused(spout, *base, "--model", "cnn", "--sublinear-tf")
    assert "--sublinear-tf: is for tf-idf" in line
    words = ("--model", "cnn", "--filters", 4, "--width", 4, "--epochs", 1, "--max-length", 64)
    spout(*base, *words)
