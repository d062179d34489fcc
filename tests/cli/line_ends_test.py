"""Line ends of all kinds, and files that are not empty but hold no rows."""

import gzip

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import refused

# The form of a file: its text, the words that convert needs, OUT, and the shapes of its files.
FORMS = {
    "CSV": ("user,item\nann,Heat\nbob,Alien\n", [], ["m.npz"], [(2, 2)]),
    "CSV, quoted": ('user,item\n"ann",Heat\nbob,"Alien"\n', [], ["m.npz"], [(2, 2)]),
    "tabs": ("ann\tHeat\t5\nbob\tAlien\t4\n", ["--format", "pairs"], ["m.npz"], [(2, 2)]),
    "adjacency": ("7 0 2 5\n9 1 2\n", ["--format", "adjacency"], ["m.npz"], [(2, 6)]),
    "libsvm": ("0,3 1:1 3:0.5\n1 2:2\n", [], ["X.npz", "Y.npz"], [(2, 3), (2, 4)]),
    "xmc": ("2 3 4\n0,3 0:1 2:0.5\n1 1:2\n", [], ["X.npz", "Y.npz"], [(2, 3), (2, 4)]),
    "documents": (
        "sport\tthe match\nmusic\tthe song\n",
        ["--format", "text"],
        ["X.npz", "Y.npz"],
        [(2, 3), (2, 2)],
    ),
    "JSON lines": (
        '{"text": "the match", "labels": ["a"]}\n{"text": "the song", "labels": ["b"]}\n',
        [],
        ["X.npz", "Y.npz"],
        [(2, 3), (2, 2)],
    ),
}


def check_lines(spout, tmp_path, form, content):
    """Converts the content of this form, and checks the shapes of what comes out."""
    _, words, names, shapes = FORMS[form]
    (tmp_path / "data").write_bytes(content)
    files = [tmp_path / name for name in names]
    spout("convert", tmp_path / "data", ",".join(map(str, files)), *words)
    assert [sp.load_npz(file).shape for file in files] == shapes
    if names == ["m.npz"] and form != "adjacency":
        assert (tmp_path / "m.items.txt").read_bytes() == b"Heat\nAlien\n"


@pytest.mark.parametrize("form", FORMS)
def test_a_lone_cr_ends_a_line(spout, tmp_path, form):
    check_lines(spout, tmp_path, form, FORMS[form][0].replace("\n", "\r").encode())


@pytest.mark.parametrize("form", ["CSV", "documents"])
def test_a_lone_cr_ends_a_line_of_a_packed_file(spout, tmp_path, form):
    content = FORMS[form][0].replace("\n", "\r").encode()
    check_lines(spout, tmp_path, form, gzip.compress(content))


@pytest.mark.parametrize("form", ["CSV", "libsvm", "documents"])
def test_line_ends_may_be_mixed(spout, tmp_path, form):
    """The first line ends in a CR, the second in CR and LF."""
    text = FORMS[form][0].replace("\n", "\r", 1).replace("\n", "\r\n")
    check_lines(spout, tmp_path, form, text.encode())


def test_prediction_text_may_have_a_lone_cr(spout, tmp_path):
    (tmp_path / "p.txt").write_bytes(b"0:0.5 2:0.25\r\r1:1\r")
    spout("convert", tmp_path / "p.txt", tmp_path / "m.npz")
    got = sp.load_npz(tmp_path / "m.npz").toarray()
    assert np.array_equal(got, [[0.5, 0, 0.25], [0, 0, 0], [0, 1, 0]])


# Text that is not empty but has no rows, and its form.
NO_ROWS = {
    "empty lines, pairs": ("\n\n\n", "pairs"),
    "empty lines, adjacency": ("\n\n\n", "adjacency"),
    "empty lines, libsvm": ("\n\n\n", "libsvm"),
    "blanks, pairs": ("  \t \n \n", "pairs"),
    "blanks, adjacency": ("   \n  \n", "adjacency"),
    "a header, CSV": ("user,item,rating\n", "auto"),
    "a header, tabs": ("user\titem\n", "pairs"),
    "a header, CR": ("user,item,rating\r", "auto"),
    "headers": ("user,item\nuser,item\n", "auto"),
    "line ends CR": ("\r\r", "adjacency"),
    "a BOM, pairs": ("\ufeff", "pairs"),
    "a BOM, text": ("\ufeff", "text"),
    "a BOM and line ends": ("\ufeff\r\n\r\n", "libsvm"),
}


@pytest.mark.parametrize("name", NO_ROWS)
def test_a_file_without_rows_is_refused(spout, tmp_path, name):
    """Text and libsvm were refused before; those are guards."""
    text, form = NO_ROWS[name]
    (tmp_path / "data.txt").write_bytes(text.encode())
    pair = f"{tmp_path}/X.npz,{tmp_path}/Y.npz"
    out = pair if form in ("text", "libsvm") else tmp_path / "m.npz"
    line = refused(spout, "convert", tmp_path / "data.txt", out, "--format", form)
    assert "data.txt" in line
    assert [path.name for path in tmp_path.iterdir()] == ["data.txt"]


@pytest.mark.parametrize("name", ["a header, CSV", "blanks, adjacency"])
def test_other_commands_refuse_a_file_without_rows(spout, tmp_path, name):
    text, form = NO_ROWS[name]
    (tmp_path / "data.txt").write_bytes(text.encode())
    data = [tmp_path / "data.txt", "--format", form]
    assert "data.txt" in refused(spout, "inspect", *data)
    words = ["--train", *data, "--output", tmp_path / "run", "--model", "ease"]
    assert "data.txt" in refused(spout, "train", *words)
    assert "data.txt" in refused(spout, "convert", *data, tmp_path / "ml", "--split", "leave-last")
