"""Adjacency text, whose items are positions: trailing separators, numbers beyond reason."""

import re

import pytest
import scipy.sparse as sp
from conftest import refused

ISSUE = "196\t242\t3\t881250949\t\n186\t302\t3\t891717742\t\n22\t377\t1\t878887116\t\n"
ENTRIES = [("196", "242", 3), ("186", "302", 3), ("22", "377", 1)]


def plain(separator, end):
    """The lines of the issue with this separator, and this text at the end of each."""
    lines = ISSUE.replace("\t\n", "\n").splitlines()
    return "".join(line.replace("\t", separator) + end + "\n" for line in lines)


TRAILING = {
    "issue": ISSUE,
    "one line": None,
    "two tabs": plain("\t", "\t\t"),
    "a tab and a blank": plain("\t", "\t "),
    "a blank": plain(" ", " "),
    "blanks": plain(" ", "   "),
    "a comma": plain(",", ","),
    "a semicolon": plain(";", ";"),
    "double colons": plain("::", "::"),
    "\\r\\n": ISSUE.replace("\n", "\r\n"),
    "a tab on some lines": plain("\t", "").replace("\n", "\t\n", 1),
}


@pytest.mark.parametrize("name", TRAILING)
def test_trailing_separators_change_nothing(spout, tmp_path, name):
    """Blanks were removed before; these are guards."""
    text = TRAILING[name] or ISSUE.split("\n")[0] + "\n"
    entries = ENTRIES[: len(text.splitlines())]
    (tmp_path / "u.data").write_bytes(text.encode())
    spout("convert", tmp_path / "u.data", tmp_path / "m.npz", "--ratings", "values")
    users = (tmp_path / "m.users.txt").read_text().splitlines()
    items = (tmp_path / "m.items.txt").read_text().splitlines()
    assert users == [user for user, _, _ in entries]
    assert items == [item for _, item, _ in entries]
    assert sp.load_npz(tmp_path / "m.npz").diagonal().tolist() == [v for _, _, v in entries]


def test_a_split_of_lines_with_a_trailing_tab_goes_by_time(spout, tmp_path):
    text = "196\t242\t3\t881250949\t\n196\t302\t3\t881250950\t\n196\t377\t1\t881250940\t\n"
    (tmp_path / "u.data").write_text(text)
    spout("convert", tmp_path / "u.data", tmp_path / "ml", "--split", "leave-last")
    assert (tmp_path / "ml/items.txt").read_text() == "242\n302\n377\n"
    assert (tmp_path / "ml/test.txt").read_text() == "0 1\n"


# Item numbers above 1,000 times the count of different items.
BEYOND = {
    "a time": "196 242 3 881250949\n",
    "names of users": "anna 5 17 881250949\nbob 5\n",
    "ids": "1 7000001 7000002\n2 7000002 7000003\n",
    "just above": "7 0 1 3001\n",
    "several lines of a user": "7 0\n7 1\n7 3001\n",
    "tabs": "anna\t5\t4000000\n",
}


@pytest.mark.parametrize("name", BEYOND)
def test_numbers_beyond_reason_are_refused_with_advice(spout, tmp_path, name):
    (tmp_path / "a.txt").write_text(BEYOND[name])
    words = ["convert", tmp_path / "a.txt", tmp_path / "m.npz", "--format", "adjacency"]
    line = refused(spout, *words)
    assert "a.txt" in line and "--format pairs" in line
    assert not (tmp_path / "m.npz").exists()


@pytest.mark.parametrize("command", ["inspect", "train", "split"])
def test_every_command_refuses_numbers_beyond_reason(spout, tmp_path, command):
    file = tmp_path / "a.txt"
    file.write_text(BEYOND["names of users"])
    words = {
        "inspect": ["inspect", file],
        "train": ["train", "--train", file, "--model", "mf", "--output", tmp_path / "run"],
        "split": ["convert", file, tmp_path / "ml", "--split", "random"],
    }[command]
    assert "--format pairs" in refused(spout, *words, "--format", "adjacency")


WITHIN = {"just within": ("7 0 1 3000\n", 3001), "small": ("7 0 999\n8 1\n", 1000)}


@pytest.mark.parametrize("name", WITHIN)
def test_numbers_within_reason_are_read(spout, tmp_path, name):
    """Guards: a thousand times the count of different items is still read."""
    text, items = WITHIN[name]
    (tmp_path / "a.txt").write_text(text)
    words = ["convert", tmp_path / "a.txt", tmp_path / "m.npz", "--format", "adjacency"]
    spout(*words)
    assert sp.load_npz(tmp_path / "m.npz").shape[1] == items


def test_in_pairs_such_numbers_are_names(spout, tmp_path):
    """A guard: pairs have no positions."""
    (tmp_path / "p.txt").write_text("1 7000001\n1 891717743000000000000\n2 7000001\n")
    spout("convert", tmp_path / "p.txt", tmp_path / "m.npz", "--format", "pairs")
    names = (tmp_path / "m.items.txt").read_text()
    assert names == "7000001\n891717743000000000000\n"


def test_a_run_that_knows_its_items_counts_numbers_beyond_them(spout, tmp_path):
    """A guard: evaluate and predict know how many items there are."""
    (tmp_path / "a.txt").write_text("".join(f"{u} {u % 5} {(u + 1) % 5}\n" for u in range(20)))
    words = ["--format", "adjacency", "--model", "ease", "--output", tmp_path / "run"]
    spout("train", "--train", tmp_path / "a.txt", *words)
    (tmp_path / "new.txt").write_text("anna 1 40000\n")
    data = ["--data", tmp_path / "new.txt", "--format", "adjacency"]
    out, _ = spout("predict", tmp_path / "run", *data, "--output", "-")
    assert len(out.split()) == 4
    _, said = spout("evaluate", tmp_path / "run", *data, "--train", tmp_path / "a.txt")
    assert re.search(r"\d items", said)
