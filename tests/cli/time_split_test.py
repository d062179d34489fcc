"""Splits of users and items by time, of several last items, and users below a minimum.

Every split is made in plain Python too, and compared by the names of users and items.
"""

import datetime as dt
import json
import random
import re

import pytest
from conftest import load_matrix, refused

DAY = 86400


def entries_of(num_users=12, num_items=30, seed=4):
    """(user, item, time) in the order of the file: 2019-01-01 to 2021-01-01, all times differ."""
    draw = random.Random(seed)
    first = int(dt.datetime(2019, 1, 1, tzinfo=dt.UTC).timestamp())
    pairs = [
        (f"u{user}", f"i{item}")
        for user in range(num_users)
        for item in draw.sample(range(num_items), 1 + user)
    ]
    draw.shuffle(pairs)
    times = draw.sample(range(first, first + 731 * DAY), len(pairs))
    return [(user, item, time) for (user, item), time in zip(pairs, times, strict=True)]


ENTRIES = entries_of()
YEAR_2020 = int(dt.datetime(2020, 1, 1, tzinfo=dt.UTC).timestamp())
WRITTEN = {
    "seconds": str,
    "milliseconds": lambda time: str(1000 * time),
    "T and Z": lambda time: dt.datetime.fromtimestamp(time, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "a blank": lambda time: dt.datetime.fromtimestamp(time, dt.UTC).strftime("%Y-%m-%d %H:%M:%S"),
    "an offset": lambda time: dt.datetime.fromtimestamp(
        time, dt.timezone(dt.timedelta(hours=5, minutes=30))
    ).isoformat(),
}


def write_csv(path, entries, form="seconds"):
    lines = [f"{user},{item},{WRITTEN[form](time)}\n" for user, item, time in entries]
    path.write_text("user,item,timestamp\n" + "".join(lines))
    return path


def by_user(entries):
    """user -> items, as a set: the order within a line of adjacency text means nothing here."""
    found = {}
    for user, item, *_ in entries:
        found.setdefault(user, set()).add(item)
    return found


def read_part(folder, part):
    """user -> items of train.txt or test.txt, by the names that stand beside it."""
    users = (folder / "users.txt").read_text().splitlines()
    items = (folder / "items.txt").read_text().splitlines()
    rows = [line.split() for line in (folder / f"{part}.txt").read_text().splitlines()]
    return {users[int(row[0])]: {items[int(item)] for item in row[1:]} for row in rows if row[1:]}


def split(spout, data, out, *words):
    """The training and the test part of a split, and what was said."""
    _, error = spout("convert", data, out, "--split", *words)
    return read_part(out, "train"), read_part(out, "test"), error


# By time


@pytest.mark.parametrize("form", WRITTEN)
def test_what_is_later_than_a_date_is_tested(spout, tmp_path, form):
    """A date is midnight UTC; a number has the unit of the file."""
    data = write_csv(tmp_path / "r.csv", ENTRIES, form)
    after = 1000 * YEAR_2020 if form == "milliseconds" else "2020-01-01"
    train, test, _ = split(spout, data, tmp_path / "ml", "time", "--after", after)
    assert train == by_user(entry for entry in ENTRIES if entry[2] <= YEAR_2020)
    assert test == by_user(entry for entry in ENTRIES if entry[2] > YEAR_2020)
    assert train and test


@pytest.mark.parametrize("after", [YEAR_2020, f"{YEAR_2020}.5", 1560000000, "2020-01-01T00:00:00Z"])
def test_a_limit_may_be_a_number_or_a_moment(spout, tmp_path, after):
    data = write_csv(tmp_path / "r.csv", ENTRIES)
    train, test, _ = split(spout, data, tmp_path / "ml", "time", "--after", after)
    limit = YEAR_2020 if "T" in str(after) else float(after)
    assert test == by_user(entry for entry in ENTRIES if entry[2] > limit)
    assert train == by_user(entry for entry in ENTRIES if entry[2] <= limit)


@pytest.mark.parametrize(
    "last, tested",
    [
        ("2020-01-01", []),
        ("2020-01-01T00:00:00Z", []),
        ("2020-01-01T00:00:00.5Z", ["late"]),
        ("2020-01-01 00:00:01", ["late"]),
        ("2020-01-02", ["late"]),
        ("2020-01-01T01:00:00+02:00", []),
        ("2019-12-31T23:00:00-02:00", ["late"]),
    ],
)
def test_only_what_is_strictly_later_is_tested(spout, tmp_path, last, tested):
    rows = [("ann", "soon", "2018-05-05"), ("ann", "late", last), ("bob", "end", "2020-03-01")]
    text = "".join(f"{user},{item},{time}\n" for user, item, time in rows)
    (tmp_path / "r.csv").write_text("user,item,date\n" + text)
    words = ("time", "--after", "2020-01-01")
    _, test, _ = split(spout, tmp_path / "r.csv", tmp_path / "ml", *words)
    assert test.get("ann", set()) == set(tested) and test["bob"] == {"end"}


@pytest.mark.parametrize("share", [0.5, 0.25])
def test_the_latest_share_of_all_entries_is_tested(spout, tmp_path, share):
    """Of 72 entries of 12 users, whatever user they are of."""
    entries = ENTRIES[:72]
    data = write_csv(tmp_path / "r.csv", entries)
    train, test, _ = split(spout, data, tmp_path / "ml", "time", "--test-share", share)
    ordered = sorted(entries, key=lambda entry: entry[2])
    held = len(entries) - round(len(entries) * share)
    assert train == by_user(ordered[:held]) and test == by_user(ordered[held:])


def test_of_equal_times_the_last_lines_are_tested(spout, tmp_path):
    entries = [(f"u{n % 3}", f"i{n}", 7) for n in range(10)]
    data = write_csv(tmp_path / "r.csv", entries)
    _, test, _ = split(spout, data, tmp_path / "ml", "time", "--test-share", 0.2)
    assert test == by_user(entries[8:])


def test_the_record_of_a_split_by_time_counts_both_parts(spout, tmp_path):
    data = write_csv(tmp_path / "r.csv", ENTRIES)
    train, test, _ = split(spout, data, tmp_path / "ml", "time", "--after", "2020-01-01")
    record = json.loads((tmp_path / "ml/split.json").read_text())
    assert record["split"] == "time"
    for name, part in (("train", train), ("test", test)):
        counts = {"users": len(part), "entries": sum(map(len, part.values()))}
        assert {key: record[name][key] for key in counts} == counts


def test_runs_on_a_split_by_time_are_evaluated(spout, tmp_path):
    data = write_csv(tmp_path / "r.csv", ENTRIES)
    spout("convert", data, tmp_path / "ml", "--split", "time", "--after", "2020-01-01")
    words = ("--train", tmp_path / "ml/train.txt", "--output", tmp_path / "run", "--model", "ease")
    spout("train", *words, "--format", "adjacency")
    words = ("--data", tmp_path / "ml/test.txt", "--metrics", "Recall@30", "--format", "adjacency")
    assert "Recall@30" in spout("evaluate", tmp_path / "run", *words)[0]


@pytest.mark.parametrize(
    "words, part",
    [
        (["--split", "time", "--after", "yesterday"], "--after"),
        (["--split", "time", "--after", "01/02/2020"], "--after"),
        (["--split", "time", "--after", "2020-13-01"], "--after"),
        (["--split", "time", "--after", "2020-02-30"], "--after"),
        (["--split", "random", "--after", "2020-01-01"], "--after"),
        (["--split", "leave-last", "--after", "2020-01-01"], "--after"),
        (["--after", "2020-01-01"], "--after"),
        (["--split", "random", "--last-items", "2"], "--last-items"),
        (["--split", "time", "--test-share", "0.2", "--last-items", "2"], "--last-items"),
        (["--split", "leave-last", "--last-items", "0"], "--last-items"),
        (["--split", "leave-last", "--last-items", "-1"], "--last-items"),
        (["--split", "leave-last", "--min-items", "-1"], "--min-items"),
    ],
)
def test_options_that_make_no_sense_are_refused(spout, tmp_path, words, part):
    data = write_csv(tmp_path / "r.csv", ENTRIES)
    line = refused(spout, "convert", data, tmp_path / "ml", *words)
    assert part in line and "unknown option" not in line
    assert not (tmp_path / "ml").exists()


@pytest.mark.parametrize(
    "text, kind",
    [
        ("user,item\na,b\na,c\n", "pairs"),
        ("user,item,rating\na,b,1\na,c,3\n", "pairs"),
        ("a\tb\t4\na\tc\t5\n", "pairs"),
        ("a 0 1 2 3\nb 1 2\n", "adjacency"),
    ],
)
def test_data_without_times_have_no_split_by_time(spout, tmp_path, text, kind):
    (tmp_path / "r.txt").write_text(text)
    words = ("--split", "time", "--after", "3", "--format", kind)
    line = refused(spout, "convert", tmp_path / "r.txt", tmp_path / "ml", *words)
    assert "time" in line and "unknown" not in line


# The last items of each user


def leave_last(entries, count):
    """The latest `count` entries of each user, at least one of whose entries stays."""
    train, test = [], []
    for user in by_user(entries):
        own = sorted((e for e in entries if e[0] == user), key=lambda entry: entry[2])
        held = max(len(own) - count, 1)
        train += own[:held]
        test += own[held:]
    return by_user(train), by_user(test)


@pytest.mark.parametrize("count", [1, 2, 3, 100])
def test_the_last_items_of_each_user_are_tested(spout, tmp_path, count):
    """The users have 1 to 12 items, so that some have fewer than are held out."""
    data = write_csv(tmp_path / "r.csv", ENTRIES)
    train, test, _ = split(spout, data, tmp_path / "ml", "leave-last", "--last-items", count)
    assert (train, test) == leave_last(ENTRIES, count)


def test_without_a_number_the_last_item_is_tested(spout, tmp_path):
    """A guard: as before issue 21."""
    data = write_csv(tmp_path / "r.csv", ENTRIES)
    train, test, _ = split(spout, data, tmp_path / "ml", "leave-last")
    assert (train, test) == leave_last(ENTRIES, 1)


def test_the_last_items_of_adjacency_text_are_those_at_the_end(spout, tmp_path):
    (tmp_path / "a.txt").write_text("x 9 3 5 1 0\ny 2 4\nz 7\nw 8 6 1 2\n")
    words = ("--split", "leave-last", "--last-items", 3, "--format", "adjacency")
    spout("convert", tmp_path / "a.txt", tmp_path / "ml", *words)
    test = dict(line.split(" ", 1) for line in (tmp_path / "ml/test.txt").read_text().splitlines())
    assert {user: set(items.split()) for user, items in test.items()} == {
        "x": {"5", "1", "0"},
        "y": {"4"},
        "w": {"6", "1", "2"},
    }


def test_the_last_of_equal_times_are_those_further_down(spout, tmp_path):
    entries = [("u", f"i{n}", 5) for n in (4, 2, 9, 1, 3)] + [("v", f"i{n}", 5) for n in (9, 1)]
    data = write_csv(tmp_path / "r.csv", entries)
    _, test, _ = split(spout, data, tmp_path / "ml", "leave-last", "--last-items", 2)
    assert test == {"u": {"i1", "i3"}, "v": {"i1"}}


# Users below a minimum


def at_least(entries, count):
    items = by_user(entries)
    return [entry for entry in entries if len(items[entry[0]]) >= count]


def said(error, count):
    """Whether a line of the messages says that so many users are left out."""
    lines = re.sub(r"\S*/", "", error).split("\n")  # file names without their folders
    return any(re.search(rf"\b{count}\b.*\busers?\b", line) for line in lines)


@pytest.mark.parametrize("count", [2, 5, 12])
def test_users_with_few_entries_are_left_out_and_counted(spout, tmp_path, count):
    """Users have 1, 2, ... 12 entries."""
    data = write_csv(tmp_path / "r.csv", ENTRIES)
    _, error = spout("convert", data, tmp_path / "r.npz", "--min-items", count)
    kept = by_user(at_least(ENTRIES, count))
    users = (tmp_path / "r.users.txt").read_text().splitlines()
    items = (tmp_path / "r.items.txt").read_text().splitlines()
    matrix = load_matrix(tmp_path / "r.npz")
    assert users == list(kept)
    assert kept == {u: {items[i] for i in matrix[n].indices} for n, u in enumerate(users)}
    assert said(error, count - 1)


def test_a_minimum_that_all_users_reach_changes_nothing(spout, tmp_path):
    data = write_csv(tmp_path / "r.csv", ENTRIES)
    _, error = spout("convert", data, tmp_path / "a.npz", "--min-items", 1)
    spout("convert", data, tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert "left out" not in error


@pytest.mark.parametrize(
    "words",
    [["time", "--after", "2020-01-01"], ["leave-last", "--last-items", "2"], ["random"]],
    ids=["time", "leave-last", "random"],
)
def test_a_minimum_comes_before_the_split(spout, tmp_path, words):
    data = write_csv(tmp_path / "r.csv", ENTRIES)
    more = (*words, "--min-items", 6)
    train, test, error = split(spout, data, tmp_path / "ml", *more)
    kept = by_user(at_least(ENTRIES, 6))
    assert {u: train.get(u, set()) | test.get(u, set()) for u in kept} == kept
    assert set(train) | set(test) == set(kept)
    assert said(error, 5)


def test_a_minimum_holds_for_adjacency_text(spout, tmp_path):
    (tmp_path / "a.txt").write_text("x 0 1 2 3\ny 2\nz 4 1\n")
    words = ("--min-items", 2, "--format", "adjacency")
    _, error = spout("convert", tmp_path / "a.txt", tmp_path / "b.txt", *words)
    rows = [line.split() for line in (tmp_path / "b.txt").read_text().splitlines()]
    assert [sorted(row) for row in rows] == [["0", "1", "2", "3", "x"], ["1", "4", "z"]]
    assert said(error, 1)


def test_a_minimum_that_no_user_reaches_is_refused(spout, tmp_path):
    data = write_csv(tmp_path / "r.csv", ENTRIES)
    line = refused(spout, "convert", data, tmp_path / "r.npz", "--min-items", 13)
    assert "--min-items" in line and "unknown option" not in line
    assert not (tmp_path / "r.npz").exists()


def test_rows_of_features_have_no_minimum(spout, data, tmp_path):
    pair = f"{tmp_path}/X.npz,{tmp_path}/Y.npz"
    line = refused(spout, "convert", data / "test.txt", pair, "--min-items", 2)
    assert "--min-items" in line and "unknown option" not in line
