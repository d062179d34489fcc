"""Users and items that a run does not know: their names, counts, and the most common items."""

import re
import shutil
from collections import Counter

import numpy as np
import pytest
from conftest import load_matrix, refused, run_spout, said

# user -> items; the first items are not the most common ones, and raw ids are numbers.
RATED = {
    "900": ["24", "26", "23", "22", "20"],
    "901": ["20", "21", "22", "23"],
    "902": ["20", "21", "22"],
    "905": ["20", "21", "25", "26"],
    "907": ["20", "25", "24", "23"],
    "911": ["20", "21", "22", "23", "24", "25"],
}
COUNTS = Counter(item for items in RATED.values() for item in items)
ITEMS = list(dict.fromkeys(item for items in RATED.values() for item in items))
POPULAR = sorted(ITEMS, key=lambda item: (-COUNTS[item], ITEMS.index(item)))
ENTRIES = sum(map(len, RATED.values()))


def write_csv(path, rated, header="user,item,rating,time\n"):
    """A line per entry, with rating 5 and times in the order of the lines."""
    lines = [f"{user},{item},5" for user, items in rated.items() for item in items]
    times = "time" in header or not header
    text = "".join(f"{line},{n}\n" if times else f"{line}\n" for n, line in enumerate(lines))
    path.write_text(header + text)
    return path


def write_numbered(path, rated):
    """Adjacency text: users are words, items are counted from 0."""
    rows = (" ".join([user, *(str(ITEMS.index(i)) for i in r)]) for user, r in rated.items())
    path.write_text("".join(row + "\n" for row in rows))
    return path


def ranked(out):
    """The items of each line of prediction text, best first."""
    lines = out.removesuffix("\n").split("\n")
    return [[entry.rsplit(":", 1)[0] for entry in re.split(r"[\t ]", line)] for line in lines]


def make_place(folder):
    """ratings.csv, its split ml/; runs on ml/train.txt (split), on the CSV (raw), on numbers."""
    data = write_csv(folder / "ratings.csv", RATED)
    run_spout("convert", data, folder / "ml", "--split", "random")
    write_numbered(folder / "numbers.txt", RATED)
    runs = {"split": "ml/train.txt", "raw": "ratings.csv", "numbered": "numbers.txt"}
    for run, train in runs.items():
        words = ("--output", folder / run, "--model", "ease", "--ridge", 1)
        run_spout("train", "--train", folder / train, *words)
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return make_place(tmp_path_factory.mktemp("place"))


def predict(run, data, *more, **options):
    return run_spout("predict", run, "--data", data, "--output", "-", *more, **options)


# Names that stand beside the data


def test_a_run_on_split_data_says_where_its_names_are_from(spout, place, tmp_path):
    words = ("--train", place / "ml/train.txt", "--output", tmp_path / "run", "--model", "ease")
    _, error = spout("train", *words)
    assert said(error, "items.txt") and said(error, "users.txt")
    assert (tmp_path / "run/labels.txt").read_text().split() == ITEMS


@pytest.mark.parametrize("run", ["split", "raw"])
def test_raw_ids_are_read_by_name(place, tmp_path, run):
    """The input of issue 21: a line 900,20,5 is the user 900, who has the item 20."""
    data = write_csv(tmp_path / "new.csv", {"900": ["20"], "955": ["25", "24"]})
    first, second = ranked(predict(place / run, data, "--top-k", 9)[0])
    assert set(first) == set(ITEMS) - {"20"} and set(second) == set(ITEMS) - {"25", "24"}


@pytest.mark.parametrize(
    "text",
    ["900,20,5\n955,25,5\n955,24,4\n", "item;user\n20;900\n25;955\n24;955\n"]
    + ["900\t20\t5\n955\t25\t5\n955\t24\t4\n", "900::20::5::1\n955::25::5::2\n955::24::4::3\n"],
    ids=["commas", "semicolons", "tabs", "colons"],
)
def test_raw_ids_in_any_form_are_read_by_name(place, tmp_path, text):
    wanted, _ = predict(
        place / "split", write_csv(tmp_path / "new.csv", {"900": ["20"], "955": ["25", "24"]})
    )
    (tmp_path / "new.txt").write_text(text)
    out, _ = predict(place / "split", tmp_path / "new.txt", "--format", "pairs")
    assert out == wanted and set(ranked(out)[0]) <= set(ITEMS)


def test_a_line_of_raw_ids_without_a_format_is_no_user_without_items(place, tmp_path):
    (tmp_path / "new.txt").write_text("900,20,5\n")
    out, _ = predict(place / "split", tmp_path / "new.txt", "--top-k", 9)
    assert set(ranked(out)[0]) == set(ITEMS) - {"20"}


def test_the_numbers_of_the_split_and_the_raw_ids_give_one_answer(place, tmp_path):
    rows = [line.split() for line in (place / "ml/train.txt").read_text().splitlines()]
    users = (place / "ml/users.txt").read_text().split()
    items = (place / "ml/items.txt").read_text().split()
    raw = {users[int(row[0])]: [items[int(item)] for item in row[1:]] for row in rows}
    by_name, _ = predict(place / "split", write_csv(tmp_path / "raw.csv", raw))
    by_number, _ = predict(place / "split", place / "ml/train.txt")
    assert by_name == by_number and set(ranked(by_name)[0]) <= set(ITEMS)


def test_raw_ratings_are_evaluated_by_name(spout, place, tmp_path):
    """The test part as raw ids gives the numbers that ml/test.txt gives."""
    rows = [line.split() for line in (place / "ml/test.txt").read_text().splitlines()]
    users = (place / "ml/users.txt").read_text().split()
    items = (place / "ml/items.txt").read_text().split()
    raw = {users[int(row[0])]: [items[int(item)] for item in row[1:]] for row in rows}
    of_raw, error = spout(
        "evaluate", place / "split", "--data", write_csv(tmp_path / "raw.csv", raw)
    )
    of_numbers, _ = spout("evaluate", place / "split", "--data", place / "ml/test.txt")
    assert of_raw == of_numbers and "does not know" not in error
    assert "Recall@20  1.0000" in of_raw


@pytest.mark.parametrize("command", ["predict", "evaluate"])
@pytest.mark.parametrize("text", ["user,item,rating\n900,20,5\n", "user,item\n900,3\n901,4\n"])
def test_raw_ids_are_refused_where_no_names_exist(spout, place, tmp_path, command, text):
    (tmp_path / "new.csv").write_text(text)
    words = [command, place / "numbered", "--data", tmp_path / "new.csv"]
    words += ["--output", "-"] if command == "predict" else []
    line = refused(spout, *words)
    assert "new.csv" in line and "--format pairs" in line


def test_raw_ids_are_item_numbers_if_format_pairs_says_so(place, tmp_path):
    (tmp_path / "new.csv").write_text("user,item,rating\n900,0,5\nzoe,1,5\nzoe,5,5\n")
    out, _ = predict(place / "numbered", tmp_path / "new.csv", "--format", "pairs", "--top-k", 9)
    wanted, _ = predict(
        place / "numbered",
        write_numbered(tmp_path / "n.txt", {"900": [ITEMS[0]], "zoe": [ITEMS[1], ITEMS[5]]}),
        "--format",
        "adjacency",
        "--top-k",
        9,
    )
    assert out == wanted


def test_column_numbers_stay_those_of_items_txt(spout, place, tmp_path):
    """Also if the training part lacks the first items."""
    shutil.copytree(place / "ml", tmp_path / "ml")
    (tmp_path / "ml/train.txt").write_text("0 3 4 5\n1 2 4 3 5\n2 2 4\n")
    words = ("--train", tmp_path / "ml/train.txt", "--output", tmp_path / "run", "--model", "ease")
    spout("train", *words)
    assert (tmp_path / "run/labels.txt").read_text().split() == ITEMS
    words = ("--data", tmp_path / "ml/train.txt", "--output", tmp_path / "p.npz", "--keep-seen")
    spout("predict", tmp_path / "run", *words, "--top-k", 9)
    assert load_matrix(tmp_path / "p.npz").shape == (3, len(ITEMS))


def test_inspect_says_that_it_reads_names(spout, place):
    out, error = spout("inspect", place / "ml/train.txt", "--format", "adjacency")
    assert "items.txt" in out + error


# Unknown users and items are counted

UNKNOWN = {"900": ["20", "98"], "zoe": ["98", "99"], "yan": ["21", "97"], "xu": ["99"]}


@pytest.mark.parametrize("command", ["predict", "evaluate"])
@pytest.mark.parametrize("run", ["split", "raw"])
def test_what_a_run_does_not_know_is_counted_with_an_example(spout, place, tmp_path, command, run):
    """3 of 4 users and 3 different items, however often they are named."""
    data = write_csv(tmp_path / "new.csv", UNKNOWN)
    words = [command, place / run, "--data", data]
    _, error = spout(*words, *(["--output", "-"] if command == "predict" else []))
    assert said(error, "3", "users", "zoe|yan|xu")
    assert said(error, "3", "items", "97|98|99")


@pytest.mark.parametrize(
    "rows, users, items",
    [("900 0 200\n", 0, 1), ("900 0 7 8\nzoe 8 1\n", 1, 2), ("zoe 1 2\nyan 2 3 9\nxu 9\n", 3, 1)],
)
@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_numbers_beyond_the_run_are_counted(spout, place, tmp_path, command, rows, users, items):
    """The run has the items 0 to 6; 200 is one item, not 194."""
    (tmp_path / "new.txt").write_text(rows)
    words = [command, place / "numbered", "--data", tmp_path / "new.txt", "--format", "adjacency"]
    _, error = spout(*words, *(["--output", "-"] if command == "predict" else []))
    assert said(error, str(items), "items?")
    assert said(error, str(users), "users?") == (users > 0)


def test_users_of_the_training_data_are_known(spout, place, tmp_path):
    """A guard: nothing is said of data whose users and items the run knows."""
    data = write_csv(tmp_path / "same.csv", {"900": ["20", "21"], "911": ["25"]})
    _, error = predict(place / "raw", data)
    assert not said(error, "users") and not said(error, "items")


# Users without known items get what is common

LONELY = {
    "an unknown user": "user,item\nzoe,99\n",
    "a known user": "user,item\n900,98\n",
    "a user with ratings that do not count": "user,item,rating\nzoe,20,1\nyan,21,5\n",
}


@pytest.mark.parametrize("run", ["raw", "split"])
@pytest.mark.parametrize("name", ["an unknown user", "a known user"])
def test_users_without_known_items_get_the_most_common_items(spout, place, tmp_path, run, name):
    (tmp_path / "new.csv").write_text(LONELY[name])
    common = POPULAR
    if run == "split":
        rows = [line.split()[1:] for line in (place / "ml/train.txt").read_text().splitlines()]
        counts = Counter(ITEMS[int(item)] for row in rows for item in row)
        common = sorted(ITEMS, key=lambda item: (-counts[item], ITEMS.index(item)))
    out, error = predict(place / run, tmp_path / "new.csv", "--top-k", 9)
    assert ranked(out) == [common]
    assert said(error, "1", "users?", "common|commonest|popular|popularity")
    scores = [float(entry.rsplit(":", 1)[1]) for entry in out.split()]
    assert scores == sorted(scores, reverse=True) and scores[0] > scores[-1]


def test_they_are_counted_among_others(spout, place, tmp_path):
    data = write_csv(tmp_path / "new.csv", {"a": ["20"], "b": ["99"], "c": ["21"], "d": ["98"]})
    out, error = predict(place / "raw", data, "--top-k", 9)
    assert said(error, "2", "users", "common|commonest|popular|popularity")
    rows = ranked(out)
    assert rows[1] == rows[3] == POPULAR
    assert set(rows[0]) == set(ITEMS) - {"20"} and set(rows[2]) == set(ITEMS) - {"21"}


@pytest.mark.parametrize("options", ["mf --epochs 1", "multdae --epochs 1", "mlp --epochs 1"])
def test_every_model_gives_them_the_most_common_items(spout, place, tmp_path, options):
    model, *more = options.split()
    words = ("--output", tmp_path / "run", "--model", model, *more, "--hidden", 8)
    spout("train", "--train", place / "numbers.txt", *words)
    (tmp_path / "new.txt").write_text("zoe\nyan 0 1 2 3\nxu 77\n")
    words = ("--format", "adjacency", "--top-k", 9)
    out, _ = predict(tmp_path / "run", tmp_path / "new.txt", *words)
    numbers = [str(ITEMS.index(item)) for item in POPULAR]
    rows = ranked(out)
    assert rows[0] == numbers == rows[2] and set(rows[1]) == {"4", "5", "6"}


@pytest.mark.parametrize("ending", ["npz", "pt"])
def test_a_matrix_has_them_by_falling_scores(spout, place, tmp_path, ending):
    (tmp_path / "new.csv").write_text("user,item\nzoe,99\n")
    output = tmp_path / f"p.{ending}"
    words = ("--data", tmp_path / "new.csv", "--output", output, "--top-k", 4)
    spout("predict", place / "raw", *words)
    row = load_matrix(output)[0]
    order = np.lexsort((row.indices, -row.data))
    assert [ITEMS[i] for i in row.indices[order]] == POPULAR[:4]


def test_excluded_items_are_left_out_of_the_most_common(spout, place, tmp_path):
    (tmp_path / "new.csv").write_text("user,item\nzoe,99\n")
    (tmp_path / "seen.csv").write_text(f"user,item\nzoe,{POPULAR[0]}\nzoe,{POPULAR[2]}\n")
    more = ("--exclude", tmp_path / "seen.csv", "--top-k", 9)
    out, _ = predict(place / "raw", tmp_path / "new.csv", *more)
    assert ranked(out) == [[POPULAR[1], *POPULAR[3:]]]


def test_ratings_below_the_limit_make_a_user_without_items(spout, tmp_path):
    write_csv(tmp_path / "train.csv", RATED)
    words = ("--train", tmp_path / "train.csv", "--output", tmp_path / "run", "--model", "ease")
    spout("train", *words, "--min-rating", 4)
    (tmp_path / "new.csv").write_text(LONELY["a user with ratings that do not count"])
    out, error = predict(tmp_path / "run", tmp_path / "new.csv", "--top-k", 9)
    assert ranked(out)[0] == POPULAR and set(ranked(out)[1]) == set(ITEMS) - {"21"}
    assert said(error, "1", "users?", "common|commonest|popular|popularity")


def test_evaluation_ranks_the_most_common_items_for_them(spout, place, tmp_path):
    """Recall and MRR of two users whom training has not seen, by hand."""
    (tmp_path / "test.csv").write_text(f"user,item\nzoe,{POPULAR[1]}\nyan,{POPULAR[3]}\n")
    words = ("--data", tmp_path / "test.csv", "--metrics", "Recall@3,MRR@9")
    out, error = spout("evaluate", place / "raw", *words)
    values = dict(line.split() for line in out.splitlines())
    assert float(values["Recall@3"]) == 0.5
    assert float(values["MRR@9"]) == pytest.approx((1 / 2 + 1 / 4) / 2, abs=1e-4)
    assert said(error, "2", "users")


def test_the_raw_file_of_a_split_is_no_list_of_zeros(place):
    """The input of issue 21: predict after convert --split with the raw file."""
    out, _ = predict(place / "split", place / "ratings.csv", "--top-k", 9)
    for row, items in zip(ranked(out), RATED.values(), strict=True):
        assert set(row) == set(ITEMS) - set(items)


# Evaluating on the training interactions


@pytest.mark.parametrize(
    "run, data", [("raw", "ratings.csv"), ("numbered", "numbers.txt"), ("split", "ml/train.txt")]
)
def test_evaluating_on_the_training_file_says_that_its_items_are_left_out(spout, place, run, data):
    _, error = spout("evaluate", place / run, "--data", place / data)
    train = (place / "ml/train.txt").read_text().splitlines()
    entries = ENTRIES if run != "split" else sum(len(line.split()) - 1 for line in train)
    assert said(error, "left out", f"{entries}|{len(RATED)}")


def test_a_part_of_the_training_file_says_so_too(spout, place, tmp_path):
    data = write_csv(tmp_path / "part.csv", {"900": ["20", "21"], "911": ["25", "24"]})
    _, error = spout("evaluate", place / "raw", "--data", data)
    assert said(error, "left out", "[24]")


def test_evaluating_on_held_out_items_says_nothing_of_that(spout, place):
    """A guard: the test part is not in the model's input."""
    _, error = spout("evaluate", place / "split", "--data", place / "ml/test.txt")
    assert not said(error, "left out")
