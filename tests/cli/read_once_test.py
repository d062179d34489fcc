"""Data from what can be opened only once: pipes, FIFOs, /dev/fd and standard input."""

import contextlib
import gzip
import os
import subprocess

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from conftest import refused

PAIRS = "ann\tAlien\t5\t881250949\nbob\tHeat\t4\t881250950\nann\tHeat\t3\t881250951\n"
DOCUMENTS = "sport music\tthe match was long\n\nmusic\tanother match today\n"
JSON = '{"text": "the match was long", "labels": ["a b", 7]}\n{"text": "the end"}\n'

# The form of a file: its text, the words that convert needs, OUT, and its non-zeros.
FORMS = {
    "xmc": ("2 3 4\n0,3 0:1 2:0.5\n1 1:2\n", [], "X.npz,Y.npz", [3, 3]),
    "libsvm": ("0,3 1:1 3:0.5\n1 2:2\n2 1:1\n", [], "X.npz,Y.npz", [4, 4]),
    "adjacency": ("7 0 2 5 6 7\n9 1 2\n", [], "m.npz", [7]),
    "CSV": ("item,user,rating\nHeat,ann,5\nAlien,bob,2\n", [], "m.npz", [2]),
    "pairs": (PAIRS, [], "m.npz", [3]),
    "two columns": ("ann Heat\nbob Alien\n", ["--format", "pairs"], "m.npz", [2]),
    "documents": (DOCUMENTS, ["--format", "text"], "X.npz,Y.npz", [7, 3]),
    "JSON lines": (JSON, [], "X.npz,Y.npz", [6, 2]),
    "prediction text": ("0:0.5 2:0.25\n\n1:1\n", [], "m.npz", [3]),
}

# Like `cat FILE >FIFO`, but whoever opens the FIFO again finds it empty and does not wait.
WRITE_ONCE = 'cat "$0" >"$1"; while sleep 0.05; do : >"$1"; done'


@contextlib.contextmanager
def feed(file, way):
    """Offers a file as `way` says: the word for the command line, and options of subprocess."""
    fifo = file.with_name("fifo")
    if way == "fifo":
        os.mkfifo(fifo)
        writer = subprocess.Popen(["sh", "-c", WRITE_ONCE, file, fifo])
    else:
        writer = subprocess.Popen(["cat", file], stdout=subprocess.PIPE)
    try:
        if way == "fifo":
            yield fifo, {}
        elif way == "stdin":
            yield "-", {"stdin": writer.stdout}
        else:
            pipe = writer.stdout.fileno()
            yield f"/dev/fd/{pipe}", {"pass_fds": [pipe]}
    finally:
        writer.kill()
        writer.communicate()


def outputs(folder, out):
    """The word for convert's OUT in this folder, and its files."""
    folder.mkdir()
    files = [folder / name for name in out.split(",")]
    return ",".join(map(str, files)), files


@pytest.fixture(scope="module")
def from_files(spout, tmp_path_factory):
    """form -> the bytes that convert writes when it reads a file."""
    results = {}
    for form, (text, words, out, counts) in FORMS.items():
        folder = tmp_path_factory.mktemp("files")
        file = folder / "data.txt"
        file.write_text(text)
        word, files = outputs(folder / "out", out)
        spout("convert", file, word, *words)
        for path, count in zip(files, counts):
            assert sp.load_npz(path).nnz == count, form
        results[form] = [path.read_bytes() for path in files]
    return results


# Each form from standard input, and from another place that can be opened once.
ONCE = [(form, "stdin") for form in FORMS]
ONCE += zip(FORMS, ["fifo", "fd", "fd, gzip", "fifo", "fd", "fifo", "fd, gzip", "fifo", "fd"])
ONCE += [("prediction text", "fifo"), ("prediction text", "fd, gzip")]


@pytest.mark.parametrize("form, way", ONCE)
def test_convert_reads_every_form_once(spout, from_files, tmp_path, form, way):
    """Users and items from -, and predictions, failed; the others are guards."""
    text, words, out, _ = FORMS[form]
    way, _, packed = way.partition(", ")
    file = tmp_path / "data"
    file.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    word, files = outputs(tmp_path / "out", out)
    with feed(file, way) as (name, options):
        spout("convert", name, word, *words, **options)
    assert [path.read_bytes() for path in files] == from_files[form]


def many(line, count):
    return "".join(line(i) for i in range(count))


# Above 256 KiB, so that a part of it that was looked at cannot be all of it.
BIG = {
    "libsvm": (lambda i: f"{(i + 1) % 7} 1:1 2:1\n", [], "X.npz,Y.npz"),
    "documents": (lambda i: f"a{i % 9}\tword another {i}\n", ["--format", "text"], "X.npz,Y.npz"),
    "CSV": (lambda i: f"u{i},i{i % 100}\n" if i else "user,item\nu0,i0\n", [], "m.npz"),
    "adjacency": (lambda i: f"{i} {i % 100} {i % 90}\n", ["--format", "adjacency"], "m.npz"),
    "prediction text": (lambda i: f"{i % 7}:0.5 {i % 7 + 1}:0.25\n", [], "m.npz"),
}


@pytest.mark.parametrize("way", ["fd", "stdin, gzip"])
@pytest.mark.parametrize("form", BIG)
def test_convert_reads_every_row_of_a_big_pipe(spout, tmp_path, form, way):
    """Users and items from -, and predictions, failed; the others are guards."""
    line, words, out = BIG[form]
    text = many(line, 100_000).encode()
    assert len(text) > 2**18
    way, _, packed = way.partition(", ")
    file = tmp_path / "data"
    file.write_bytes(gzip.compress(text, 1) if packed else text)
    word, files = outputs(tmp_path / "out", out)
    with feed(file, way) as (name, options):
        spout("convert", name, word, *words, **options)
    for path in files:
        assert sp.load_npz(path).shape[0] == 100_000


def test_the_rows_of_a_pipe_become_lines_of_text(spout, tmp_path):
    """A guard: a pipe that was opened twice lost rows."""
    (tmp_path / "a.svm").write_text(many(BIG["libsvm"][0], 100_000))
    with feed(tmp_path / "a.svm", "fd") as (name, options):
        spout("convert", name, tmp_path / "pipe.txt", **options)
    lines = (tmp_path / "pipe.txt").read_text().splitlines()
    assert lines[0] == "100000 2 7" and len(lines) == 100_001
    assert lines[1:] == [f"{i % 7} 0:1 1:1" for i in range(1, 100_001)]


@pytest.mark.parametrize("form", ["xmc", "libsvm"])
def test_a_pipe_becomes_a_data_folder(spout, tmp_path, form):
    """A guard: a folder is made block by block."""
    text = many(BIG["libsvm"][0], 30_000)
    text = "30000 3 7\n" + text if form == "xmc" else text
    (tmp_path / "data").write_text(text)
    with feed(tmp_path / "data", "fd") as (name, options):
        spout("convert", name, f"{tmp_path}/folder/", **options)
    assert np.load(tmp_path / "folder/shape.npy").tolist() == [30_000, 3 if form == "xmc" else 2, 7]
    assert np.load(tmp_path / "folder/Y_indices.npy").tolist() == [i % 7 for i in range(1, 30_001)]


def test_the_parts_of_a_split_come_from_a_pipe(spout, tmp_path):
    (tmp_path / "data").write_text("user,item,time\nann,Heat,9\nann,Alien,5\nbob,Heat,1\n")
    with feed(tmp_path / "data", "stdin") as (name, options):
        spout("convert", name, tmp_path / "ml", "--split", "leave-last", **options)
    assert (tmp_path / "ml/items.txt").read_text() == "Heat\nAlien\n"
    assert (tmp_path / "ml/test.txt").read_text() == "0 0\n"


INSPECTED = {
    "libsvm": "stdin",
    "CSV": "fd",
    "documents": "fifo",
    "prediction text": "fd",
}


@pytest.mark.parametrize("form", INSPECTED)
def test_inspect_shows_a_pipe_as_it_shows_the_file(spout, tmp_path, form):
    text, words, _, _ = FORMS[form]
    file = tmp_path / "data.txt"
    file.write_text(text)
    from_file, _ = spout("inspect", file, *words)
    with feed(file, INSPECTED[form]) as (name, options):
        from_pipe, _ = spout("inspect", name, *words, **options)
    lines = [line for line in from_file.splitlines() if "memory" not in line]
    assert [line for line in from_pipe.splitlines() if "memory" not in line] == lines != []


def write_matrix(path):
    if path.suffix == ".npy":
        np.save(path, np.eye(3, dtype=np.float32))
    elif path.suffix == ".npz":
        sp.save_npz(path, sp.eye(3, format="csr", dtype=np.float32))
    else:
        torch.save(torch.eye(3).to_sparse_coo(), path)
    return path


@pytest.mark.parametrize(
    "command, ending, way",
    [
        ("convert", "npz", "stdin"),
        ("convert", "npy", "fd"),
        ("convert", "pt", "fifo"),
        ("inspect", "npz", "fd"),
        ("inspect", "npy", "fifo"),
        ("inspect", "pt", "stdin"),
    ],
)
def test_matrices_from_a_pipe_are_refused(spout, tmp_path, command, ending, way):
    file = write_matrix(tmp_path / f"m.{ending}")
    out = [tmp_path / "out.txt"] if command == "convert" else []
    with feed(file, way) as (name, options):
        line = refused(spout, command, name, *out, **options)
    assert "file" in line.replace(str(name), "")
