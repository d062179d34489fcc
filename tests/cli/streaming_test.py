"""spout predict RUN --data - --output -: an answer to each line before the next one is sent."""

import contextlib
import gzip
import os
import select
import subprocess
import zlib

import pytest
from conftest import BINARY, run_spout

WAIT = 60  # seconds for an answer; no test measures time
FEATURES = [
    {0: 1.0, 3: 0.5},
    {1: 2.0, 4: 1.0},
    {2: 1.5},
    {0: 0.5, 1: 1.0, 2: 0.25},
    {4: 3.0},
    {3: 1.0, 0: 0.25},
]
LABELS = ["0", "1,2", "2", "0,1", "1", "0"]
DOCUMENTS = ["ball goal", "ship sea", "judge court", "sea ball", "goal judge", "court ship"]
USERS = [[0, 1, 2, 3], [1, 2], [0, 4, 5], [5, 3, 1, 0], [2, 4], [0, 5]]


def feature_rows(base, labels=True):
    for names, row in zip(LABELS, FEATURES, strict=True):
        words = [f"{feature + base}:{value:g}" for feature, value in row.items()]
        yield " ".join([names, *words] if labels else words)


def user_rows():
    return [f"u{n} {' '.join(map(str, items))}" for n, items in enumerate(USERS)]


SOURCES = {
    "documents": [f"l{names}\t{text}" for names, text in zip(LABELS, DOCUMENTS, strict=True)],
    "xmc": ["6 5 3", *feature_rows(0)],
    "libsvm": list(feature_rows(1)),
    "users": user_rows(),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run on each of SOURCES; `named` is one on CSV of the same users and items."""
    folder = tmp_path_factory.mktemp("runs")
    entries = [f"u{n},i{i}\n" for n, items in enumerate(USERS) for i in items]
    (folder / "named.txt").write_text("user,item\n" + "".join(entries))
    for name, lines in SOURCES.items():
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
    options = {
        "documents": "--format text --model linear --epochs 2 --lr 0.1",
        "xmc": "--model linear --epochs 2 --lr 0.1",
        "libsvm": "--model linear --epochs 2 --lr 0.1",
        "users": "--format adjacency --model ease --ridge 1",
        "named": "--model ease --ridge 1",
    }
    for name, words in options.items():
        data = ("--train", folder / f"{name}.txt", "--output", folder / name)
        run_spout("train", *data, *words.split())
    return folder


@contextlib.contextmanager
def started(run, *more):
    """A predict from standard input to standard output, which is killed if a test fails."""
    words = [BINARY, "predict", run, "--data", "-", "--output", "-", *more]
    pipe = subprocess.PIPE
    process = subprocess.Popen(list(map(str, words)), stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for end in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(BrokenPipeError):  # what stdin still holds finds no reader
                end.close()


def send(process, data):
    process.stdin.write(data)
    process.stdin.flush()


def answer(process):
    """The next line of the answers; it comes without a further line being sent."""
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([process.stdout], [], [], WAIT)
        assert ready, f"no answer within {WAIT} s"
        read = os.read(process.stdout.fileno(), 1)
        assert read, process.stderr.read().decode()
        line += read
    return line.decode()


def from_file(run, lines, folder, *more):
    """The answers to the same lines in a file."""
    (folder / "data.txt").write_text("\n".join(lines) + "\n")
    words = ("--data", folder / "data.txt", "--output", "-", *more)
    return run_spout("predict", run, *words)[0].splitlines(keepends=True)


STREAMS = {
    "documents": ("documents", DOCUMENTS, ["--format", "text"]),
    "documents with labels": ("documents", SOURCES["documents"], ["--format", "text"]),
    "rows for a run on xmc": ("xmc", list(feature_rows(0)), []),
    "rows without labels for a run on xmc": ("xmc", list(feature_rows(0, labels=False)), []),
    "rows for a run on libsvm": ("libsvm", list(feature_rows(1)), []),
    "rows without labels for a run on libsvm": ("libsvm", list(feature_rows(1, False)), []),
    "libsvm by its name": ("libsvm", list(feature_rows(1)), ["--format", "libsvm"]),
    "another base": ("xmc", list(feature_rows(1)), ["--index-base", "1"]),
    "users": ("users", user_rows(), []),
    "users by their format": ("users", user_rows(), ["--format", "adjacency"]),
    "new users": ("users", [f"new{row}" for row in user_rows()], ["--format", "adjacency"]),
    "users with their names": ("users", user_rows(), ["--user-names", "--format", "adjacency"]),
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_line_is_answered_before_the_next_is_sent(runs, tmp_path, name):
    """Of documents this is a guard: they were answered line by line before."""
    run, lines, more = STREAMS[name]
    wanted = from_file(runs / run, lines, tmp_path, *more)
    assert len(wanted) == len(lines)
    with started(runs / run, *more) as process:
        for line, text in zip(lines, wanted, strict=True):
            send(process, line.encode() + b"\n")
            assert answer(process) == text
        process.stdin.close()
        assert process.wait(WAIT) == 0 and process.stdout.read() == b""


def test_rows_behind_a_header_are_answered_as_they_come(runs, tmp_path):
    lines = SOURCES["xmc"]
    wanted = from_file(runs / "xmc", lines, tmp_path)
    with started(runs / "xmc") as process:
        send(process, lines[0].encode() + b"\n")
        for line, text in zip(lines[1:], wanted, strict=True):
            send(process, line.encode() + b"\n")
            assert answer(process) == text
        process.stdin.close()
        assert process.wait(WAIT) == 0 and process.stdout.read() == b""


@pytest.mark.parametrize("rows, words", [(3, b"expected 6 rows"), (9, b":8: ")])
def test_a_header_that_says_another_number_of_rows_is_an_error(runs, rows, words):
    """Rows that came are answered; the error comes where the number is known to be wrong."""
    lines = [SOURCES["xmc"][0], *list(feature_rows(0)) * 2][: rows + 1]
    with started(runs / "xmc") as process:
        out, error = process.communicate("\n".join(lines).encode() + b"\n", timeout=WAIT)
        assert process.returncode == 2
    assert words in error and out.count(b"\n") <= 6


@pytest.mark.parametrize("run", ["xmc", "users"])
def test_many_lines_at_once_are_answered_in_order(runs, tmp_path, run):
    lines = list(feature_rows(0)) if run == "xmc" else user_rows()
    more = [] if run == "xmc" else ["--format", "adjacency"]
    wanted = from_file(runs / run, lines, tmp_path, *more)
    many = 500
    block = lines * many
    if run == "users":
        block = [f"{n}{line}" for n, line in enumerate(block)]
    with started(runs / run, *more) as process:
        text = "\n".join(block).encode() + b"\n"
        out, _ = process.communicate(text, timeout=WAIT)
    assert out.decode().splitlines(keepends=True) == wanted * many


@pytest.mark.parametrize("run", ["xmc", "libsvm", "users"])
def test_the_last_line_needs_no_end(runs, tmp_path, run):
    """A guard: the end of the input ends the last line."""
    lines = SOURCES[run]
    more = ["--format", "adjacency"] if run == "users" else []
    wanted = from_file(runs / run, lines, tmp_path, *more)
    with started(runs / run, *more) as process:
        out, _ = process.communicate("\n".join(lines).encode(), timeout=WAIT)
    assert out.decode() == "".join(wanted)


@pytest.mark.parametrize(
    "run, lines, words",
    [
        ("xmc", [*feature_rows(0), "0 1:x"], b":7: expected"),
        ("libsvm", [*feature_rows(1), "0 0:1"], b":7: expected"),
        ("users", [*user_rows(), "u9 1 x"], b":7: expected"),
    ],
)
def test_a_mistake_comes_after_the_answers_to_earlier_lines(runs, tmp_path, run, lines, words):
    more = ["--format", "adjacency"] if run == "users" else []
    wanted = from_file(runs / run, lines[:-1], tmp_path, *more)
    with started(runs / run, *more) as process:
        for line, text in zip(lines, wanted, strict=False):
            send(process, line.encode() + b"\n")
            assert answer(process) == text
        out, error = process.communicate(lines[-1].encode() + b"\n", timeout=WAIT)
        assert process.returncode == 2
    assert out == b"" and words in error


@pytest.mark.parametrize("run", [*SOURCES, "named"])
def test_gzip_on_standard_input_is_read(runs, tmp_path, run):
    """Of users, rows and CSV this is a guard: only documents refused it before."""
    text = (runs / f"{run}.txt").read_text()
    more = {"documents": ["--format", "text"], "users": ["--format", "adjacency"]}.get(run, [])
    wanted = from_file(runs / run, text.splitlines(), tmp_path, *more)
    with started(runs / run, *more) as process:
        out, error = process.communicate(gzip.compress(text.encode()), timeout=WAIT)
        assert process.returncode == 0, error
    assert out.decode() == "".join(wanted)


def test_gzip_of_several_members_is_read_to_its_end(runs, tmp_path):
    """As cat a.gz b.gz writes it."""
    wanted = from_file(runs / "documents", DOCUMENTS, tmp_path, "--format", "text")
    members = [gzip.compress(text.encode() + b"\n") for text in DOCUMENTS]
    with started(runs / "documents", "--format", "text") as process:
        out, error = process.communicate(b"".join(members), timeout=WAIT)
        assert process.returncode == 0, error
    assert out.decode() == "".join(wanted)


@pytest.mark.parametrize("run", ["documents", "libsvm", "users"])
def test_gzip_that_is_flushed_line_by_line_is_read(runs, tmp_path, run):
    """The whole answer is there at the end; whether lines of gzip are answered at once is open."""
    lines = {"documents": DOCUMENTS, "libsvm": SOURCES["libsvm"], "users": user_rows()}[run]
    more = {"documents": ["--format", "text"], "users": ["--format", "adjacency"]}.get(run, [])
    wanted = from_file(runs / run, lines, tmp_path, *more)
    packer = zlib.compressobj(wbits=31)
    with started(runs / run, *more) as process:
        for line in lines:
            packed = packer.compress(line.encode() + b"\n")
            send(process, packed + packer.flush(zlib.Z_SYNC_FLUSH))
        out, error = process.communicate(packer.flush(), timeout=WAIT)
        assert process.returncode == 0, error
    assert out.decode() == "".join(wanted)


def test_pairs_are_read_to_their_end(runs, tmp_path):
    """A guard: a user's lines may stand anywhere, so that no answer comes before the last."""
    lines = ["user,item", "u1,i0", "x,i2", "u1,i4", "x,i5"]
    wanted = from_file(runs / "named", lines, tmp_path)
    with started(runs / "named") as process:
        out, _ = process.communicate("\n".join(lines).encode() + b"\n", timeout=WAIT)
    assert out.decode() == "".join(wanted) and len(wanted) == 2


def test_users_without_known_items_are_answered_at_once_too(runs):
    """The most common items in training: 0 (4 users), then 1 and 2 and 5 (3), 3 and 4 (2)."""
    with started(runs / "users", "--format", "adjacency", "--top-k", 6) as process:
        for line in (b"new\n", b"other 99\n"):
            send(process, line)
            entries = answer(process).split()
            assert [entry.split(":")[0] for entry in entries] == ["0", "1", "2", "5", "3", "4"]
