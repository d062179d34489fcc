"""Pairs of matrices as newcomers make them: blanks, other files, dense and named targets."""

import re
import subprocess

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import BINARY, refused, run_spout

ROWS, FEATURES, LABELS = 12, 4, 3


def matrices(seed=0):
    """Dense features, and a 0/1 target with a label in every row."""
    draw = np.random.default_rng(seed)
    x = draw.random((ROWS, FEATURES)).astype(np.float32)
    y = (draw.random((ROWS, LABELS)) < 0.3).astype(np.float32)
    y[np.arange(ROWS), np.arange(ROWS) % LABELS] = 1
    return x, y


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """X.npy, X.npz, Y.npz of one data set, and a run on it."""
    folder = tmp_path_factory.mktemp("place")
    x, y = matrices()
    np.save(folder / "X.npy", x)
    sp.save_npz(folder / "X.npz", sp.csr_matrix(x))
    sp.save_npz(folder / "Y.npz", sp.csr_matrix(y))
    train("--train", f"{folder}/X.npy,{folder}/Y.npz", "--output", folder / "linear")
    return folder


def train(*words):
    return run_spout("train", "--model", "linear", "--epochs", 1, *words)


# A pair of files


@pytest.mark.parametrize(
    "words",
    [
        "train --train X.npz Y.npz --output run",
        "train --train X.npy Y.npz --output run",
        "train --train X.npz,Y.npz --valid X.npz Y.npz --output run",
        "train --train X.npz , Y.npz --output run",
        "evaluate linear --data X.npz Y.npz",
        "convert X.npz Y.npz out.txt",
    ],
)
def test_a_blank_within_a_pair_gets_a_hint(spout, place, words):
    assert "comma" in refused(spout, *words.split(), cwd=place)
    assert not (place / "run").exists()


@pytest.mark.parametrize("pair", ["X.npz, Y.npz", "X.npy, Y.npz", " X.npz,Y.npz", "X.npz ,Y.npz"])
def test_a_comma_and_a_blank_are_a_pair_or_a_hint(place, tmp_path, pair):
    words = [BINARY, "train", "--train", pair, "--output", str(tmp_path / "run")]
    words += ["--model", "linear", "--epochs", "1"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=place, timeout=60)
    read = done.returncode == 0 and (tmp_path / "run/model.pt").exists()
    assert read or (done.returncode == 2 and re.search("blank|comma|a pair", done.stderr))


@pytest.mark.parametrize("name", ["Y.csv", "Y.txt", "Y.mat", "Y.h5", "Y"])
@pytest.mark.parametrize("there", [True, False], ids=["there", "missing"])
def test_a_target_of_another_kind_hears_what_it_may_be(spout, place, tmp_path, name, there):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / (name if there else "other")).write_text("0,1\n1,0\n")
    pair = f"{place}/X.npy,{tmp_path}/folder/{name}"
    line = refused(spout, "train", "--train", pair, "--output", tmp_path / "run")
    assert ".npz" in line and ".pt" in line


# Arrays that are no sparse matrices


def write_odd(path):
    """A .npz or .npy that no sparse matrix of numbers stands in."""
    y = matrices()[1]
    words = np.array([["cat", "dog"], ["dog", "cow"]])
    parts = {"indices": [0, 1], "indptr": [0, 1, 2], "shape": [2, 2], "format": np.array(b"csr")}
    if path.name == "savez.npz":
        np.savez(path, y)
    elif path.name == "named.npz":
        np.savez(path, X=y, y=y)
    elif path.name == "packed.npz":
        np.savez_compressed(path, labels=y)
    elif path.name == "words.npz":
        np.savez(path, data=words[0], **parts)
    elif path.name == "bytes.npz":
        np.savez(path, data=words[0].astype("S"), **parts)
    elif path.name == "objects.npz":
        np.savez(path, data=np.array(["cat", None], object), **parts)
    elif path.name == "lists.npz":
        np.savez(path, y=np.array([["cat"], ["dog", "cow"]], object))
    elif path.name == "text.npz":
        np.savez(path, y=words)
    elif path.name == "words.npy":
        np.save(path, words)
    elif path.name == "lists.npy":
        np.save(path, np.array([["cat"], ["dog", "cow"]], object))
    return path


@pytest.mark.parametrize("name", ["savez.npz", "named.npz", "packed.npz"])
@pytest.mark.parametrize("place_of", ["X", "Y"])
def test_a_npz_of_numpy_hears_of_save_npz(spout, place, tmp_path, name, place_of):
    """A guard: the message named scipy.sparse.save_npz before."""
    odd = write_odd(tmp_path / name)
    pair = {"X": f"{odd},{place}/Y.npz", "Y": f"{place}/X.npz,{odd}"}[place_of]
    line = refused(spout, "train", "--train", pair, "--output", tmp_path / "run")
    assert name in line and "save_npz" in line


@pytest.mark.parametrize(
    "name",
    ["words.npz", "bytes.npz", "objects.npz", "lists.npz", "text.npz", "words.npy", "lists.npy"],
)
def test_names_in_a_matrix_hear_of_a_binarizer(spout, place, tmp_path, name):
    pair = f"{place}/X.npz,{write_odd(tmp_path / name)}"
    line = refused(spout, "train", "--train", pair, "--output", tmp_path / "run")
    assert name in line and "MultiLabelBinarizer" in line


# Dense targets

DENSE = {
    "float32": lambda y: y,
    "float64": lambda y: y.astype(np.float64),
    "int64": lambda y: y.astype(np.int64),
    "bool": lambda y: y.astype(bool),
    "Fortran order": np.asfortranarray,
    "negative zeros": lambda y: np.where(y == 0, np.float32(-0.0), y),
}


@pytest.mark.parametrize("kind", DENSE)
def test_a_dense_target_is_read(spout, place, tmp_path, kind):
    """Its non-zeros are the labels, so that the run is that of the sparse target."""
    np.save(tmp_path / "Y.npy", DENSE[kind](matrices()[1]))
    train("--train", f"{place}/X.npy,{tmp_path}/Y.npy", "--output", tmp_path / "dense")
    train("--train", f"{place}/X.npy,{place}/Y.npz", "--output", tmp_path / "sparse")
    models = [(tmp_path / run / "model.pt").read_bytes() for run in ("dense", "sparse")]
    assert models[0] == models[1]


def test_a_dense_target_is_converted(spout, place, tmp_path):
    y = np.zeros((ROWS, LABELS), np.float32)
    y[[0, 4, 11], [2, 0, 1]] = [1, 2.5, -3]
    np.save(tmp_path / "Y.npy", y)
    spout("convert", f"{place}/X.npz,{tmp_path}/Y.npy", f"{tmp_path}/X2.npz,{tmp_path}/Y2.npz")
    found = sp.load_npz(tmp_path / "Y2.npz")
    assert found.nnz == 3 and (found.toarray() == y).all()


@pytest.mark.parametrize("x", ["X.npz", "X.npy"])
def test_a_dense_target_is_evaluated_and_shown(spout, place, tmp_path, x):
    np.save(tmp_path / "Y.npy", matrices()[1])
    pairs = (f"{place}/{x},{tmp_path}/Y.npy", f"{place}/{x},{place}/Y.npz")
    train("--train", pairs[1], "--output", tmp_path / "run")
    for words in (["evaluate", tmp_path / "run", "--data"], ["inspect", "--row", 4]):
        dense, sparse = (spout(*words, pair)[0] for pair in pairs)
        assert dense == sparse


@pytest.mark.parametrize(
    "y, part",
    [
        (np.zeros(ROWS, np.float32), "Y.npy"),
        (np.ones((ROWS - 1, LABELS), np.float32), f"expected {ROWS} rows"),
        (np.full((ROWS, LABELS), np.nan, np.float32), "Y.npy"),
        (np.ones((ROWS, LABELS, 2), np.float32), "Y.npy"),
    ],
    ids=["one dimension", "too few rows", "NaN", "three dimensions"],
)
def test_a_dense_target_that_cannot_be_one_is_refused(spout, place, tmp_path, y, part):
    """A guard, except for the number of rows: what cannot be a target was refused before."""
    np.save(tmp_path / "Y.npy", y)
    pair = f"{place}/X.npy,{tmp_path}/Y.npy"
    assert part in refused(spout, "train", "--train", pair, "--output", tmp_path / "run")
