"""Entries named twice and explicit zeros, in matrices as SciPy and torch mean them, and in text."""

import json
import re

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from conftest import refused, says

# Entries (row, column, value) of matrices of 2 x 3, their sum, and the number of surplus entries.
ONES = [(0, 1, 1), (1, 0, 1), (0, 1, 1), (1, 2, 1), (1, 0, 1)], [[0, 2, 0], [2, 0, 1]], 2
OTHERS = [(0, 1, 3), (0, 1, 4), (1, 0, 0.5), (1, 2, 1), (1, 0, -0.25)], [[0, 7, 0], [0.25, 0, 1]], 2
THRICE = [(0, 1, 1), (0, 1, 1), (0, 1, 1), (1, 2, 2), (1, 2, 1)], [[0, 3, 0], [0, 0, 3]], 3

LAYOUTS = [(layout, ending) for ending in ("npz", "pt") for layout in ("coo", "csr", "csc")]


def compressed(entries, axis, size):
    """Pointers, indices and values by rows (axis 0) or columns, with all entries that are named."""
    entries = sorted(entries, key=lambda entry: entry[axis])
    counts = np.bincount([entry[axis] for entry in entries], minlength=size)
    pointers = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    indices = np.array([entry[1 - axis] for entry in entries], np.int64)
    return pointers, indices, np.array([entry[2] for entry in entries], np.float32)


def write(path, entries, layout, shape=(2, 3)):
    """Writes the entries as they are, without adding up; returns the path."""
    axis = 1 if layout == "csc" else 0
    pointers, indices, values = compressed(entries, axis, shape[axis])
    if layout == "coo":
        rows, cols, values = (np.array(part) for part in zip(*entries, strict=True))
        values = values.astype(np.float32)
    if path.suffix == ".npz":
        parts = {
            "coo": lambda: sp.coo_matrix((values, (rows, cols)), shape),
            "csr": lambda: sp.csr_matrix((values, indices, pointers), shape),
            "csc": lambda: sp.csc_matrix((values, indices, pointers), shape),
        }
        sp.save_npz(path, parts[layout]())
        assert sp.load_npz(path).nnz == len(entries)
        return path
    if layout == "coo":
        tensor = torch.sparse_coo_tensor(np.stack([rows, cols]), torch.tensor(values), shape)
    else:
        make = torch.sparse_csr_tensor if layout == "csr" else torch.sparse_csc_tensor
        parts = map(torch.from_numpy, (pointers, indices, values))
        tensor = make(*parts, shape, check_invariants=False)
    torch.save(tensor, path)
    return path


def dense(path):
    return sp.load_npz(path).toarray().tolist()


@pytest.mark.parametrize("layout, ending", LAYOUTS)
@pytest.mark.parametrize("case", [ONES, OTHERS], ids=["ones", "others"])
def test_scipy_and_torch_read_the_sum(tmp_path, case, layout, ending):
    """A guard of this file's own numbers."""
    path = write(tmp_path / f"m.{ending}", case[0], layout)
    scipy = path.suffix == ".npz"
    got = sp.load_npz(path).toarray() if scipy else torch.load(path, weights_only=True).to_dense()
    assert got.tolist() == case[1]


def check_predictions(spout, tmp_path, case, layout, ending):
    entries, right, surplus = case
    file = write(tmp_path / f"p.{ending}", entries, layout)
    _, said = spout("convert", file, tmp_path / "m.npz")
    assert dense(tmp_path / "m.npz") == right and says(said, surplus)


@pytest.mark.parametrize("layout, ending", LAYOUTS)
@pytest.mark.parametrize("case", [ONES, OTHERS], ids=["ones", "others"])
def test_predictions_named_twice_are_summed(spout, tmp_path, case, layout, ending):
    check_predictions(spout, tmp_path, case, layout, ending)


# In a compressed tensor, torch takes at most as many entries of a column as there are rows.
@pytest.mark.parametrize("layout, ending", [*LAYOUTS[:3], ("coo", "pt")])
def test_predictions_named_three_times_are_summed(spout, tmp_path, layout, ending):
    check_predictions(spout, tmp_path, THRICE, layout, ending)


@pytest.mark.parametrize("layout, ending", LAYOUTS)
def test_features_and_targets_named_twice_are_summed(spout, tmp_path, layout, ending):
    x = write(tmp_path / f"X.{ending}", OTHERS[0], layout)
    y = write(tmp_path / f"Y.{ending}", ONES[0], layout)
    out = tmp_path / "X2.npz", tmp_path / "Y2.npz"
    _, said = spout("convert", f"{x},{y}", f"{out[0]},{out[1]}")
    assert dense(out[0]) == OTHERS[1] and dense(out[1]) == ONES[1]
    assert says(said, 2) or says(said, 4)


@pytest.mark.parametrize("layout, ending", LAYOUTS)
def test_ratings_named_twice_are_summed(spout, tmp_path, layout, ending):
    file = write(tmp_path / f"R.{ending}", ONES[0], layout)
    words = ["--format", "adjacency", "--ratings", "values"]
    _, said = spout("convert", file, tmp_path / "m.npz", *words)
    assert dense(tmp_path / "m.npz") == ONES[1] and says(said, 2)


def test_the_sum_of_ratings_counts_for_their_limit(spout, tmp_path):
    file = write(tmp_path / "R.npz", ONES[0], "coo")
    words = ["--format", "adjacency", "--min-rating", 2]
    spout("convert", file, tmp_path / "m.npz", *words)
    assert dense(tmp_path / "m.npz") == [[0, 1, 0], [1, 0, 0]]


@pytest.mark.parametrize("layout, ending", [("coo", "npz"), ("csr", "npz"), ("csr", "pt")])
def test_a_target_of_1_and_1_is_2(spout, tmp_path, layout, ending):
    """Losses for targets of 0 and 1 refuse it; those for values take it."""
    x = write(tmp_path / f"X.{ending}", [(0, 1, 1), (1, 2, 1)], layout)
    y = write(tmp_path / f"Y.{ending}", ONES[0], layout)
    words = ["train", "--train", f"{x},{y}", "--output", tmp_path / "run", "--epochs", 1]
    assert "found 1 to 2" in refused(spout, *words, "--loss", "bce")
    _, said = spout(*words, "--loss", "mse", "--hidden", 4)
    assert says(said, 2)


@pytest.mark.parametrize("layout, ending", [("coo", "npz"), ("csr", "pt"), ("csc", "npz")])
def test_the_sum_of_predictions_is_ranked(spout, tmp_path, layout, ending):
    entries = [(0, 0, 0.3), (0, 1, 0.5), (0, 0, 0.3), (1, 2, 0.5)]
    file = write(tmp_path / f"p.{ending}", entries, layout)
    (tmp_path / "truth.txt").write_text("2 1 3\n0 0:1\n2 0:1\n")
    words = ["--data", tmp_path / "truth.txt", "--metrics", "P@1", "--json", tmp_path / "m.json"]
    _, said = spout("evaluate", file, *words)
    assert json.loads((tmp_path / "m.json").read_text()) == {"P@1": 1} and says(said, 1)


LABELS = {
    "libsvm": ("0,3,3 1:1\n1,1,1 2:2\n", [], [[1, 0, 0, 1], [0, 1, 0, 0]]),
    "xmc": ("2 3 4\n0,3,3 0:1\n1,1,1 1:2\n", [], [[1, 0, 0, 1], [0, 1, 0, 0]]),
    "documents": ("a b b\tthe match\nb b b\tthe song\n", ["--format", "text"], [[1, 1], [0, 1]]),
    "JSON lines": (
        '{"text": "the match", "labels": ["a", "b", "b"]}\n'
        '{"text": "the song", "labels": ["b", "b", "b"]}\n',
        [],
        [[1, 1], [0, 1]],
    ),
}


@pytest.mark.parametrize("form", LABELS)
def test_labels_named_twice_are_counted_by_convert(spout, tmp_path, form):
    text, words, right = LABELS[form]
    (tmp_path / "data.txt").write_text(text)
    out = tmp_path / "X.npz", tmp_path / "Y.npz"
    _, said = spout("convert", tmp_path / "data.txt", f"{out[0]},{out[1]}", *words)
    assert dense(out[1]) == right and says(said, 3)


@pytest.mark.parametrize("form", ["libsvm", "documents"])
def test_labels_named_twice_are_counted_by_every_command(spout, tmp_path, form):
    text, words, _ = LABELS[form]
    (tmp_path / "data.txt").write_text(text * 3)
    run = tmp_path / "run"
    train = ["train", "--train", tmp_path / "data.txt", "--output", run, "--model", "svm"]
    assert says(spout(*train, *words)[1], 9)
    (tmp_path / "data.txt").write_text(text)
    data = ["--data", tmp_path / "data.txt", *words]
    shown, said = spout("evaluate", run, *data, "--metrics", "Recall@2,P@2")
    assert says(said, 3) and re.search(r"Recall@2 +1\.0000\nP@2 +0\.7500", shown)
    assert says(spout("predict", run, *data, "--output", tmp_path / "p.txt")[1], 3)


def test_users_and_items_named_twice_are_counted_by_every_command(spout, tmp_path):
    file = tmp_path / "data.csv"
    file.write_text("user,item\nann,A\nann,B\nann,B\nbob,A\nann,B\nbob,C\ncat,A\ncat,C\n")
    run = tmp_path / "run"
    train = ["train", "--train", file, "--output", run, "--model", "ease", "--ridge", 1]
    assert says(spout(*train)[1], 2)
    assert says(spout("predict", run, "--data", file, "--output", tmp_path / "p.txt")[1], 2)
    (tmp_path / "test.csv").write_text("user,item\nann,C\nann,C\nann,C\nann,C\n")
    assert says(spout("evaluate", run, "--data", tmp_path / "test.csv")[1], 3)
    assert says(spout("convert", file, tmp_path / "m.npz")[1], 2)


ZEROS = [(0, 1, 1), (0, 2, 0), (1, 0, 0), (1, 2, 1)]


@pytest.mark.parametrize("layout, ending", LAYOUTS)
def test_explicit_zeros_of_a_target_are_dropped_and_counted(spout, tmp_path, layout, ending):
    x = write(tmp_path / f"X.{ending}", [(0, 0, 1), (1, 2, 0.5)], layout)
    y = write(tmp_path / f"Y.{ending}", ZEROS, layout)
    _, said = spout("convert", f"{x},{y}", tmp_path / "out.txt")
    assert (tmp_path / "out.txt").read_text() == "2 3 3\n1 0:1\n2 2:0.5\n"
    assert says(said, 2)


MORE_ZEROS = {
    "minus zero": [(0, 1, 1), (0, 2, -0.0), (1, 0, -0.0), (1, 2, 1)],
    "sums of zero": [(0, 1, 1), (0, 2, 1), (0, 2, -1), (1, 0, 2), (1, 0, -2), (1, 2, 1)],
    "rows without labels": [(0, 1, 0), (1, 0, 0)],
}


@pytest.mark.parametrize("name", MORE_ZEROS)
def test_zeros_of_other_kinds_are_dropped_too(spout, tmp_path, name):
    x = write(tmp_path / "X.npz", [(0, 0, 1), (1, 2, 0.5)], "csr")
    y = write(tmp_path / "Y.npz", MORE_ZEROS[name], "coo")
    _, said = spout("convert", f"{x},{y}", tmp_path / "out.txt.gz")
    spout("convert", tmp_path / "out.txt.gz", f"{tmp_path}/X2.npz,{tmp_path}/Y2.npz")
    ones = name != "rows without labels"
    assert dense(tmp_path / "Y2.npz") == [[0, int(ones), 0], [0, 0, int(ones)]]
    assert says(said, 2)


@pytest.mark.parametrize("layout, ending", [("csr", "npz"), ("coo", "pt")])
def test_explicit_zeros_of_the_truth_are_not_relevant(spout, tmp_path, layout, ending):
    """Guards: metrics took them as absent before."""
    x = write(tmp_path / f"X.{ending}", [(0, 0, 1), (1, 2, 0.5)], layout)
    y = write(tmp_path / f"Y.{ending}", ZEROS, layout)
    p = write(tmp_path / "p.npz", [(0, 1, 0.5), (0, 2, 0.9), (1, 0, 0.9), (1, 2, 0.5)], "csr")
    words = ["--metrics", "P@1,P@2,Recall@2", "--json", tmp_path / "m.json"]
    spout("evaluate", p, "--data", f"{x},{y}", *words)
    right = {"P@1": 0, "P@2": 0.5, "Recall@2": 1}
    assert json.loads((tmp_path / "m.json").read_text()) == right
