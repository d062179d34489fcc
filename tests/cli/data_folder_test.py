"""Data that stay in a folder of .npy arrays: what is in it, and that it trains like any other."""

import subprocess

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import refused

QUICK = "--hidden 16 --epochs 2 --threads 2".split()


@pytest.fixture
def folder(spout, data, tmp_path):
    spout("convert", data / "train.txt", f"{tmp_path}/train/")
    return tmp_path / "train"


def csr(folder, name, cols):
    parts = [np.load(folder / f"{name}_{part}.npy") for part in ("data", "indices", "indptr")]
    return sp.csr_matrix(tuple(parts), shape=(len(parts[2]) - 1, cols))


def test_numpy_reads_what_convert_writes(spout, data, folder, tmp_path):
    spout("convert", data / "train.txt", f"{tmp_path}/X.npz,{tmp_path}/Y.npz")
    rows, features, labels = np.load(folder / "shape.npy")
    for name, cols in (("X", features), ("Y", labels)):
        ours, other = csr(folder, name, cols), sp.load_npz(tmp_path / f"{name}.npz")
        assert ours.shape == other.shape == (rows, cols)
        assert (ours != other).nnz == 0
    spout("convert", folder, f"{tmp_path}/X2.npz,{tmp_path}/Y2.npz")
    assert (tmp_path / "X2.npz").read_bytes() == (tmp_path / "X.npz").read_bytes()


def test_text_of_many_blocks_is_converted_as_it_is_read(spout, tmp_path):
    rows, width = 300_000, 7  # more than a block of numbers
    rng = np.random.default_rng(2)
    label = rng.integers(0, 50, rows).tolist()
    columns = np.cumsum(rng.integers(1, 9, (rows, width)), axis=1)
    lines = [
        f"{a} " + " ".join([f"{c}:0.5" for c in row])
        for a, row in zip(label, columns.tolist(), strict=True)
    ]
    lines[3] = ""  # neither labels nor features
    (tmp_path / "xmc.txt").write_text("\n".join([f"{rows} 100 60", *lines]) + "\n")
    (tmp_path / "svm.txt").write_text("\n".join(lines) + "\n")
    for name, (features, labels), first in (("xmc", (100, 60), 0), ("svm", (None, 50), 1)):
        text = tmp_path / f"{name}.txt"
        spout("convert", text, f"{tmp_path}/{name}/", "--normalize", "l2")
        x = csr(tmp_path / name, "X", features or columns.max())
        y = csr(tmp_path / name, "Y", labels)
        assert np.load(tmp_path / name / "shape.npy").tolist() == [rows, x.shape[1], labels]
        others = np.delete(np.arange(rows), 3)
        assert np.array_equal(y.tocoo().row, others)
        assert np.array_equal(y.indices, np.array(label)[others])
        assert np.array_equal(x.indices, (columns - first)[others].ravel())
        assert np.diff(x.indptr)[3] == 0
        assert np.allclose(x.data, width**-0.5)


def test_a_bad_line_leaves_the_folder_that_was_there(spout, data, folder, tmp_path):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    (tmp_path / "bad.txt").write_text("2 3 4\n1 0:1\n1 oops\n")
    error = refused(spout, "convert", tmp_path / "bad.txt", f"{folder}/", "--force")
    assert "bad.txt:3: expected" in error
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_dense_features_go_there_as_well(spout, tmp_path):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "X.npy", rng.random((20, 4), dtype=np.float32))
    sp.save_npz(tmp_path / "Y.npz", sp.random(20, 5, 0.3, "csr", np.float32, rng))
    spout("convert", f"{tmp_path}/X.npy,{tmp_path}/Y.npz", f"{tmp_path}/d/")
    assert np.array_equal(np.load(tmp_path / "d/X.npy"), np.load(tmp_path / "X.npy"))
    spout("train", "--train", tmp_path / "d", "--output", tmp_path / "run", *QUICK, "--loss", "mse")


def test_it_trains_to_the_same_bits_in_the_same_order(spout, data, folder, tmp_path):
    for name, train in (("a", data / "train.txt"), ("b", folder)):
        words = ["--train", train, "--output", tmp_path / name, *QUICK, "--shuffle", "rows"]
        spout("train", *words)
    assert (tmp_path / "a/model.pt").read_bytes() == (tmp_path / "b/model.pt").read_bytes()
    spout("convert", data / "test.txt", f"{tmp_path}/test/")
    scores = [
        spout("evaluate", tmp_path / "a", "--data", test)[0]
        for test in (data / "test.txt", tmp_path / "test")
    ]
    assert scores[0] == scores[1]


def test_blocks_are_another_order_and_learn_as_well(spout, data, folder, tmp_path):
    scores = []
    for how in ("rows", "auto"):
        run = tmp_path / how
        spout("train", "--train", folder, "--output", run, *QUICK, "--shuffle", how)
        out, _ = spout("evaluate", run, "--data", data / "test.txt", "--metrics", "P@1")
        scores.append(float(out.split()[1]))
    assert (tmp_path / "rows/model.pt").read_bytes() != (tmp_path / "auto/model.pt").read_bytes()
    assert abs(scores[0] - scores[1]) < 0.1


def test_a_folder_is_overwritten_only_by_force_and_only_if_it_is_one(spout, data, folder, tmp_path):
    assert "exists; --force" in refused(spout, "convert", data / "test.txt", f"{folder}/")
    spout("convert", data / "test.txt", f"{folder}/", "--force")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/mine").write_text("x")
    error = refused(spout, "convert", data / "test.txt", f"{tmp_path}/other/", "--force")
    assert "is no data folder" in error
    assert (tmp_path / "other/mine").exists()


@pytest.mark.parametrize(
    ("file", "value", "expected"),
    [
        ("X_indices.npy", np.array([0], np.int64), "X: csr:"),
        ("X_data.npy", None, "X_data.npy: cannot open"),
        ("Y_indices.npy", np.array([0], np.int32), "expected an array of type <i8 in C order"),
        ("shape.npy", np.array([5, -1, 5]), "expected rows, features and labels"),
        ("shape.npy", np.array([1, 1, 1]), "X: csr:"),
        ("X_indptr.npy", np.zeros((601, 1), np.int64), "expected 1 dimension, found 2"),
    ],
)
def test_what_is_broken_is_refused_by_name(spout, folder, tmp_path, file, value, expected):
    (folder / file).unlink()
    if value is not None:
        np.save(folder / file, value)
    words = ["train", "--train", folder, "--output", tmp_path / "run", *QUICK]
    assert expected in refused(spout, *words)
    assert not (tmp_path / "run").exists()


def test_values_must_be_finite_and_columns_in_range(spout, folder, tmp_path):
    words = ["train", "--train", folder, "--output", tmp_path / "run", *QUICK]
    for name, bad, expected in (
        ("X_data.npy", np.nan, "/X_data.npy: expected finite values, found nan at 0"),
        ("X_indices.npy", 10**6, ": X: csr:"),
    ):
        array = np.load(folder / name)
        first, array[0] = array[0], bad
        np.save(folder / name, array)
        assert f"{folder}{expected}" in refused(spout, *words)
        array[0] = first
        np.save(folder / name, array)
    spout(*words)


def test_what_a_killed_convert_left_is_no_hindrance(spout, data, tmp_path):
    gone = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True, check=True)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / f".spout-{gone.stdout.strip()}-0.tmp").write_bytes(b"half")
    spout("convert", data / "test.txt", f"{folder}/")
    assert not list(folder.glob(".spout-*"))
    (folder / "shape.npy").unlink()  # died while the arrays got their names
    assert "exists; --force" in refused(spout, "convert", data / "test.txt", f"{folder}/")
    spout("convert", data / "test.txt", f"{folder}/", "--force")
    spout("inspect", folder)


def test_inspect_tells_what_is_in_it(spout, data, folder):
    def shape(name):
        lines = spout("inspect", name)[0].splitlines()[1:]
        return [line for line in lines if "memory" not in line and "to train" not in line]

    assert shape(folder) == shape(data / "train.txt")


def test_it_holds_examples_and_no_users(spout, folder, tmp_path):
    words = ["train", "--train", folder, "--output", tmp_path / "run", "--format", "adjacency"]
    assert f"--format adjacency: {folder} is a data folder" in refused(spout, *words)
