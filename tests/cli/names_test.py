"""Names of labels, items and users come out of every chain of commands as they went in."""

import csv
import io
import json
import shutil

import pytest
from conftest import load_matrix, refused, run_spout

# Names that every reader must take; composed and decomposed forms stay two names.
NAMES = [
    'say "hi"',
    '"quoted"',
    '"',
    "it's",
    "a,b;c|d",
    "a::b",
    "topic:law",
    "colon:",
    ":",
    "a:0.5",
    "#hash",
    "back\\slash",
    "new\\nline",
    "\u00e9tude",
    "e\u0301tude",
    "\u0301",
    "\U0001f600",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "be\ufeffll",
    "\u2028line",
    "\u00a0no break\u00a0",
    "\u0085next",
    "  two before",
    "two behind  ",
    "in  the middle",
    "7",
    "007",
    "7.0",
    "1e5",
    "-0",
    "+1",
    "nan",
    "inf",
    "null",
    "{}",
    "[1,2]",
    "user",
    "rating",
    "x" * 5000,
]
CONTROL = {
    "tab": "a\tb",
    "line end": "a\nb",
    "carriage return behind": "Apple\r",
    "carriage return within": "Ap\rple",
    "NUL": "a\0b",
    "bell": "\abell",
    "unit separator": "a\x1fb",
    "delete": "a\x7f",
    "byte order mark": "\ufefffood",
    "only a byte order mark": "\ufeff",
}


def lines_of(path):
    """The lines of a file, which only \\n ends; str.splitlines() knows more line ends."""
    text = path.read_bytes().decode()
    assert text.endswith("\n")
    return text[:-1].split("\n")


def names_in(path):
    """The names in each line of a prediction text whose labels have names."""
    rows = [line.split("\t") if line else [] for line in lines_of(path)]
    return [[entry.rsplit(":", 1)[0] for entry in row] for row in rows]


def write_documents(path, names, copies=2):
    """JSON lines; each name labels `copies` documents of a word that no other has."""
    rows = [{"text": f"word{i} word{i}", "labels": [name]} for i, name in enumerate(names)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows * copies))
    return path


def num_items(user):
    """Different numbers, so that no line of adjacency text looks like user, item, rating, time."""
    return 4 + user % 3


def write_ratings(path, names):
    """CSV: user i, called like item i, has rated 4 or more items from i on."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    rows.writerow(["user", "item", "rating", "time"])
    for i, user in enumerate(names):
        for j in range(num_items(i)):
            rows.writerow([user, names[(i + j) % len(names)], 3, 100 * i + j])
    path.write_text(text.getvalue(), newline="")
    return path


# Documents


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """train.jsonl, a run on it, and its predictions of the same documents as p.txt and p.npz."""
    folder = tmp_path_factory.mktemp("documents")
    data = write_documents(folder / "train.jsonl", NAMES)
    options = ("--model", "svm", "--trees", 0, "--svm-cost", 10)
    run_spout("train", "--train", data, "--output", folder / "run", *options)
    for name in ("p.txt", "p.npz"):
        words = ("--data", data, "--output", folder / name, "--top-k", 1)
        run_spout("predict", folder / "run", *words)
    return folder


def test_labels_of_documents_are_the_names_of_the_file(documents):
    """A guard: the program before issue 21 did this as well."""
    assert lines_of(documents / "run/labels.txt") == NAMES
    assert names_in(documents / "p.txt") == [[name] for name in NAMES * 2]
    assert load_matrix(documents / "p.npz").indices.tolist() == list(range(len(NAMES))) * 2


def test_runs_and_predictions_of_such_names_are_evaluated_alike(spout, documents):
    """A guard: every document's own label is its best, by the run and by the file."""
    known = ("--data", documents / "train.jsonl", "--metrics", "P@1,Recall@1,macro-F1")
    of_run, error = spout("evaluate", documents / "run", *known, "--threshold", 0.5)
    assert "P@1        1.0000" in of_run and "not seen" not in error
    words = (*known, "--train", documents / "train.jsonl")
    of_file, error = spout("evaluate", documents / "p.txt", *words)
    assert of_file == of_run and "not seen" not in error
    spout("inspect", documents / "run")


def test_names_of_a_conversion_serve_further_conversions(spout, documents, tmp_path):
    """A guard: X.names and the run number the labels alike."""
    data = documents / "train.jsonl"
    spout("convert", data, f"{tmp_path}/X.npz,{tmp_path}/Y.npz", "--format", "text")
    assert lines_of(tmp_path / "X.names/labels.txt") == NAMES
    backwards = write_documents(tmp_path / "b.jsonl", NAMES[::-1], copies=1)
    for number, names in enumerate((tmp_path / "X.names", documents / "run")):
        x, y = tmp_path / f"X{number}.npz", tmp_path / f"Y{number}.npz"
        spout("convert", backwards, f"{x},{y}", "--names", names)
        assert load_matrix(y).indices.tolist() == list(range(len(NAMES)))[::-1]
        assert not (tmp_path / f"X{number}.names").exists()


def test_an_extended_run_has_the_old_names_and_then_the_new(spout, tmp_path):
    """A guard: the new names follow in the order in which they come."""
    half = len(NAMES) // 2
    first = write_documents(tmp_path / "first.jsonl", NAMES[:half])
    more = write_documents(tmp_path / "more.jsonl", NAMES[half:] + NAMES[:half])
    words = ("--model", "linear", "--epochs", 1)
    spout("train", "--train", first, "--output", tmp_path / "run", *words)
    spout("train", "--train", more, "--extend", tmp_path / "run", "--output", tmp_path / "run2")
    assert lines_of(tmp_path / "run2/labels.txt") == NAMES
    spout("inspect", tmp_path / "run2")
    _, error = spout("evaluate", tmp_path / "run2", "--data", more)
    assert "not seen" not in error


@pytest.mark.parametrize("name", [*CONTROL, "empty"])
def test_labels_in_json_that_no_file_of_names_can_hold_are_refused(spout, tmp_path, name):
    """Of control characters only U+007F got through before; the others are guards."""
    data = write_documents(tmp_path / "train.jsonl", ["good", CONTROL.get(name, "")])
    words = ("train", "--train", data, "--output", tmp_path / "run", "--model", "linear")
    assert "train.jsonl:2: expected" in refused(spout, *words)
    assert not (tmp_path / "run/model.pt").exists()


@pytest.mark.parametrize("name", ["byte order mark", "bell", "unit separator", "delete"])
def test_labels_in_text_that_no_file_of_names_can_hold_are_refused(spout, tmp_path, name):
    data = tmp_path / "train.txt"
    data.write_text(f"good\ta word\n{CONTROL[name]} good\tanother word\n" * 2)
    words = ("train", "--train", data, "--output", tmp_path / "run", "--format", "text")
    assert "train.txt:2: expected" in refused(spout, *words, "--model", "linear")


@pytest.mark.parametrize("words", ["convert {data} {out}/X.npz,{out}/Y.npz", "inspect {data}"])
def test_every_command_refuses_such_labels(spout, tmp_path, words):
    data = write_documents(tmp_path / "train.jsonl", ["good", "Apple\r"])
    words = words.format(data=data, out=tmp_path).split()
    assert "train.jsonl:2: expected" in refused(spout, *words)


def test_evaluation_refuses_such_labels(spout, documents, tmp_path):
    data = write_documents(tmp_path / "test.jsonl", ["7", "a\tb"])
    assert "test.jsonl:2: expected" in refused(spout, "evaluate", documents / "run", "--data", data)


def test_a_byte_order_mark_before_the_first_line_is_no_part_of_a_name(spout, tmp_path):
    """A guard: the mark that editors write is skipped, in text and in JSON lines."""
    (tmp_path / "a.txt").write_text("\ufefffood\ta word\nsea\tthe ship\n")
    (tmp_path / "a.jsonl").write_text('\ufeff{"text": "a word", "labels": ["food"]}\n')
    for name, labels in (("a.txt", ["food", "sea"]), ("a.jsonl", ["food"])):
        run = tmp_path / f"run-{name}"
        words = ("--model", "linear", "--epochs", 1, "--format", "text")
        spout("train", "--train", tmp_path / name, "--output", run, *words)
        assert lines_of(run / "labels.txt") == labels


# Users and items


@pytest.fixture(scope="module")
def ratings(tmp_path_factory):
    """ratings.csv, its split ml/, a run on ml/train.txt, and one on the CSV itself."""
    folder = tmp_path_factory.mktemp("ratings")
    data = write_ratings(folder / "ratings.csv", NAMES)
    run_spout("convert", data, folder / "ml", "--split", "leave-last")
    for train, run in (("ml/train.txt", "run"), ("ratings.csv", "raw")):
        words = ("--output", folder / run, "--model", "ease", "--ridge", 1)
        run_spout("train", "--train", folder / train, *words)
    return folder


def test_a_split_writes_the_names_of_users_and_items(ratings):
    """A guard: in order of first appearance, as in the file."""
    assert lines_of(ratings / "ml/users.txt") == NAMES
    assert lines_of(ratings / "ml/items.txt") == NAMES


@pytest.mark.parametrize("run", ["run", "raw"])
def test_a_run_on_them_has_the_items_names(spout, ratings, run):
    assert lines_of(ratings / run / "labels.txt") == NAMES
    spout("inspect", ratings / run)


def not_own(user, held_out):
    """The names of the items that are not in this user's part of the data."""
    own = {NAMES[(user + j) % len(NAMES)] for j in range(num_items(user) - held_out)}
    return set(NAMES) - own


@pytest.mark.parametrize("data, held_out", [("ml/train.txt", 1), ("ratings.csv", 0)])
def test_predictions_name_the_items(spout, ratings, tmp_path, data, held_out):
    words = ("--output", tmp_path / "p.txt", "--top-k", len(NAMES))
    spout("predict", ratings / "run", "--data", ratings / data, *words)
    wanted = [not_own(user, held_out) for user in range(len(NAMES))]
    assert [set(row) for row in names_in(tmp_path / "p.txt")] == wanted


def test_predictions_by_name_are_evaluated_as_the_run_is(spout, ratings, tmp_path):
    train, test = ratings / "ml/train.txt", ratings / "ml/test.txt"
    words = ("--output", tmp_path / "p.txt", "--top-k", 20)
    spout("predict", ratings / "run", "--data", train, *words)
    assert names_in(tmp_path / "p.txt")[0][0] in NAMES
    of_file, _ = spout("evaluate", tmp_path / "p.txt", "--data", test, "--train", train)
    of_run, _ = spout("evaluate", ratings / "run", "--data", test)
    assert of_file == of_run and "Recall@20  0.0000" not in of_run
    spout("inspect", tmp_path / "p.txt")


@pytest.mark.parametrize("place", [0, 6, 12, 23, 26, 27])
def test_a_user_is_found_by_name(spout, ratings, place):
    words = ("--user", NAMES[place], "--user-names", "--output", "-", "--top-k", 50)
    out, _ = spout("predict", ratings / "run", *words)
    assert out.count("\n") == 1
    user, *entries = out[:-1].split("\t")
    assert user == NAMES[place]
    assert {entry.rsplit(":", 1)[0] for entry in entries} == not_own(place, held_out=1)


def test_names_that_are_not_utf8_survive(spout, tmp_path):
    """Latin-1 names of users and items are bytes like others."""
    names = [b"caf\xe9", b"\xff", b"\xe9t\xe9", b"plain"]
    rows = [b"user,item,rating", *(b"%b,%b,%d" % (u, i, 3) for u in names for i in names[:3])]
    rows.append(b"plain,plain,4")
    (tmp_path / "r.csv").write_bytes(b"\n".join(rows) + b"\n")
    spout("convert", tmp_path / "r.csv", tmp_path / "ml", "--split", "leave-last")
    assert (tmp_path / "ml/items.txt").read_bytes() == b"\n".join(names) + b"\n"
    train = ("--train", tmp_path / "ml/train.txt", "--model", "ease")
    spout("train", *train, "--output", tmp_path / "run")
    words = ("--data", tmp_path / "r.csv", "--output", tmp_path / "p.txt", "--keep-seen")
    spout("predict", tmp_path / "run", *words)
    for line in (tmp_path / "p.txt").read_bytes().splitlines():
        assert {entry.rsplit(b":", 1)[0] for entry in line.split(b"\t")} == set(names)


def ratings_with(path, user="ann", item="Alien"):
    """CSV whose third line has this user and this item."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    rows.writerows([["user", "item"], ["bob", "Heat"], [user, item], ["bob", "Alien"]])
    path.write_text(text.getvalue(), newline="")
    return path


@pytest.mark.parametrize(
    "column, name",
    [*(("item", name) for name in CONTROL), ("user", "tab"), ("user", "byte order mark")],
)
def test_users_and_items_that_no_file_of_names_can_hold_are_refused(spout, tmp_path, column, name):
    data = ratings_with(tmp_path / "r.csv", **{column: CONTROL[name]})
    assert "r.csv:3: expected" in refused(spout, "convert", data, tmp_path / "r.npz")


@pytest.mark.parametrize("column", ["user", "item"])
def test_users_and_items_without_a_name_are_refused(spout, tmp_path, column):
    """A guard: empty names were refused before."""
    data = ratings_with(tmp_path / "r.csv", **{column: ""})
    words = ("train", "--train", data, "--output", tmp_path / "run", "--model", "ease")
    assert "r.csv:3: expected" in refused(spout, *words)


@pytest.mark.parametrize("user", ["\x01anna", "an\x7fna", "\ufeffanna"])
def test_users_of_adjacency_text_are_held_to_the_same(spout, tmp_path, user):
    (tmp_path / "a.txt").write_text(f"bob 0 1 2\n{user} 1 2 3\n")
    words = ("convert", tmp_path / "a.txt", tmp_path / "a.npz", "--format", "adjacency")
    assert "a.txt:2: expected" in refused(spout, *words)


@pytest.mark.parametrize("kind", ["items.txt", "users.txt"])
@pytest.mark.parametrize("line", ["", "a\x01b", "\ufeffHeat", "Heat"])
def test_bad_files_of_names_beside_data_are_refused(spout, ratings, tmp_path, kind, line):
    """Empty and impossible names, and names that stand there twice."""
    shutil.copytree(ratings / "ml", tmp_path / "ml")
    names = lines_of(tmp_path / "ml" / kind)
    names[1:3] = ["Heat", line]
    (tmp_path / "ml" / kind).write_text("\n".join(names) + "\n")
    words = ("train", "--train", tmp_path / "ml/train.txt", "--output", tmp_path / "run")
    assert f"{kind}:3: expected" in refused(spout, *words, "--model", "ease")


def test_the_last_line_of_a_file_of_names_needs_no_end(spout, ratings, tmp_path):
    shutil.copytree(ratings / "ml", tmp_path / "ml")
    items = tmp_path / "ml/items.txt"
    items.write_text(items.read_text().removesuffix("\n"))
    words = ("train", "--train", tmp_path / "ml/train.txt", "--output", tmp_path / "run")
    spout(*words, "--model", "ease")
    assert lines_of(tmp_path / "run/labels.txt") == NAMES


def test_matrices_take_their_names_from_the_files_beside_them(spout, ratings, tmp_path):
    spout("convert", ratings / "ratings.csv", tmp_path / "x.npz")
    assert lines_of(tmp_path / "x.items.txt") == NAMES
    words = ("--format", "adjacency", "--output", tmp_path / "run", "--model", "ease")
    spout("train", "--train", tmp_path / "x.npz", *words)
    assert lines_of(tmp_path / "run/labels.txt") == NAMES
    words = ("--data", tmp_path / "x.npz", "--format", "adjacency", "--user-names")
    spout("predict", tmp_path / "run", *words, "--output", tmp_path / "p.txt", "--top-k", 1)
    assert [line.split("\t")[0] for line in lines_of(tmp_path / "p.txt")] == NAMES
