"""spout convert I.npy,V.npy: what networks save of sparse outputs, decoded by every policy."""

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import load_matrix, refused


def save_pairs(folder, indices, values):
    np.save(folder / "I.npy", np.asarray(indices))
    np.save(folder / "V.npy", np.asarray(values))
    return f"{folder / 'I.npy'},{folder / 'V.npy'}"


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.float16, np.int32, np.uint8])
@pytest.mark.parametrize("ending", ["npz", "pt", "txt"])
def test_index_value_pairs_become_the_matrix_they_mean(spout, tmp_path, kind, ending):
    pair = save_pairs(tmp_path, np.array([[3, 0], [1, 2]], kind), np.float32([[1.5, 2], [-3, 4]]))
    out = tmp_path / f"m.{ending}"
    said, warned = spout("convert", pair, out, "--labels", 5)
    assert "2 x 5, 4 entries" in said and warned == ""
    if ending == "txt":
        assert out.read_text() == "0:2 3:1.5\n2:4 1:-3\n"
    else:
        assert load_matrix(out).toarray().tolist() == [[2, 0, 0, 1.5, 0], [0, -3, 4, 0, 0]]


def test_every_policy_of_index_value_pairs_is_an_option_and_counted(spout, tmp_path):
    pair = save_pairs(tmp_path, [[0.6, 1, -1, np.nan, 9]], [[1.0, 2, 3, 4, 5]])
    out = tmp_path / "m.npz"
    words = ("convert", pair, out, "--labels", 4, "--force")
    for more, expected, counts in [
        (("drop", "sum"), [0, 3, 0, 0], "1 indices rounded, 3 dropped, 0 clipped, 1 duplicates"),
        (("drop", "max"), [0, 2, 0, 0], "1 duplicates merged, 0 zeros left out"),
        (("drop", "last", "floor"), [1, 2, 0, 0], "1 indices rounded, 3 dropped, 0 clipped, 0 dup"),
    ]:
        policies = ("--out-of-range", more[0], "--duplicates", more[1], "--round", *more[2:])
        _, warned = spout(*words, *(policies if len(more) == 3 else policies[:-1]))
        assert counts in warned and warned.count("\n") == 1
        assert load_matrix(out).toarray().tolist() == [expected]
    pair = save_pairs(tmp_path, [[-1, np.inf]], [[1.0, 2]])
    _, warned = spout(*words, "--out-of-range", "clip")
    assert "0 indices rounded, 0 dropped, 2 clipped, 0 duplicates merged, 0 zeros" in warned
    assert load_matrix(out).toarray().tolist() == [[1, 0, 0, 2]]


BAD_PAIRS = {
    "an index of L": ([[0.0, 4]], [[1.0, 2]], "row 0, position 1: expected an index", "found 4"),
    "a negative index": ([[0, -1]], [[1.0, 2]], "row 0, position 1: expected an index", "found -1"),
    "NaN": ([[0.0], [np.nan]], [[1.0], [2]], "row 1, position 0: expected an index", "found nan"),
    "1e30": ([[1e30]], [[1.0]], "row 0, position 0: expected an index of a label below 4", "1e+30"),
    "a NaN value": ([[0]], [[np.nan]], "row 0, position 0: expected a finite value", "found nan"),
    "duplicates": ([[1, 1]], [[1.0, 2]], "row 0, position 1: expected each label once", "value 2"),
    "two shapes": ([[0, 1]], [[1.0]], "one shape [n, k]", "found [1, 2] and [1, 1]"),
    "vectors": ([0, 1], [1.0, 2], "one shape [n, k]", "found [2] and [2]"),
    "text": ([["a"]], [[1.0]], "I.npy: expected an array of numbers", "<U1"),
}


@pytest.mark.parametrize("name", BAD_PAIRS)
def test_bad_index_value_pairs_get_one_line_with_file_row_and_value(spout, tmp_path, name):
    indices, values, *parts = BAD_PAIRS[name]
    pair = save_pairs(tmp_path, indices, values)
    line = refused(spout, "convert", pair, tmp_path / "m.npz", "--labels", 4)
    assert "I.npy" in line and all(part in line for part in parts)
    assert not (tmp_path / "m.npz").exists()


def test_index_value_pairs_of_3_000_000_000_labels(spout, tmp_path):
    width = 3_000_000_000
    for kind in (np.int64, np.float64, np.uint32):
        pair = save_pairs(tmp_path, np.array([[width - 1, 0, 5]], kind), [[1.0, 2, 3]])
        spout("convert", pair, tmp_path / "m.npz", "--labels", width, "--force")
        matrix = sp.load_npz(tmp_path / "m.npz")
        assert matrix.shape == (1, width)
        assert matrix.indices.tolist() == [0, 5, width - 1] and matrix.data.tolist() == [2, 3, 1]


def test_options_of_index_value_pairs_are_checked(spout, tmp_path):
    pair = save_pairs(tmp_path, [[0]], [[1.0]])
    words = ("convert", pair, tmp_path / "m.npz")
    assert "--labels L is needed" in refused(spout, *words)
    words += ("--labels", 4)
    assert "did you mean 'nearest'" in refused(spout, *words, "--round", "nearst")
    assert "did you mean 'drop'" in refused(spout, *words, "--out-of-range", "drp")
    assert "(known: error|sum|max|last)" in refused(spout, *words, "--duplicates", "mean")
    spout(*words)
    other = ("convert", tmp_path / "m.npz", tmp_path / "m.pt", "--round", "floor")
    assert "--round" in refused(spout, *other)
