"""scripts/examples/make_debian.sh on a small made-up list of packages: no apt, no network."""

import json
import subprocess

import pytest
from conftest import ROOT

PACKAGES = """\
Package: cmus
Version: 2.10.0-3
Architecture: amd64
Depends: libao4 (>= 1.1.0), libc6 (>= 2.34) [amd64] <!cross>, python3:any, libao4 (<< 2), cmus,
 libjack-0.125 | libjack-jackd2-0, libstdc++6
Pre-Depends: dpkg (>= 1.15.6~)
Description: lightweight ncurses\taudio player
Description-md5: 862a6bf2368d493298de5b26cd8f8bcb

Package: cmus
Version: 2.9.0-1
Architecture: i386
Depends: libold1
Description: the same, older

Package: no-depends
Version: 1
Description: nothing is needed

Package: only-itself
Version: 1
Depends: only-itself
Description: says nothing

Package: no-description
Version: 1
Depends: libc6

Package: third--party
Version: 1
Depends: libc6
Description: in one file
 The long text stands here,
 .
  * as one list\u2028item
"""
TRANSLATION = """
Package: cmus
Description-md5: 862a6bf2368d493298de5b26cd8f8bcb
Description-en: lightweight ncurses audio player
 Plays \u201emp3\u201d files.
 .
   * and ogg
"""
FAMILIES = "".join(
    f"\nPackage: {name}{i}\nSource: source{i} (1.0)\nVersion: 1\nDepends: lib{i}\n"
    "Description: text\n"
    for i in range(60)
    for name in ("tool", "data")
)
LABELS_AND_TEXTS = {
    "libao4 libc6 python3 libjack-0.125 libstdc++6\t"
    "cmus lightweight ncurses audio player Plays \u201emp3\u201d files. * and ogg",
    "libc6\tthird party in one file The long text stands here, * as one list item",
}


def make(*words, dump=PACKAGES + TRANSLATION + FAMILIES, code=0):
    """Runs the script on `dump` and returns what it printed (stdout, stderr)."""
    command = ["bash", ROOT / "scripts/examples/make_debian.sh", "--dump", "-", *map(str, words)]
    done = subprocess.run(command, input=dump.encode(), capture_output=True, timeout=60)
    out, error = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == code, out + error
    return out, error


def read_rows(folder, part):
    return (folder / f"{part}.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("debian") / "set"
    return folder, make("--output", folder)[0]


def test_labels_are_names_and_text_is_one_line(made):
    folder, _ = made
    rows = read_rows(folder, "train") + read_rows(folder, "test")
    assert {row for row in rows if "\ttool" not in row and "\tdata" not in row} == LABELS_AND_TEXTS
    assert len(rows) == len(set(rows)) == 122


def test_packages_of_one_source_are_in_one_part(made):
    parts = [
        {row.split("\t")[0] for row in read_rows(made[0], part) if row.endswith(" text")}
        for part in ("train", "test")
    ]
    assert not parts[0] & parts[1]
    assert 3 <= len(parts[1]) <= 24


def test_the_record_counts_and_the_next_commands_are_said(made):
    folder, out = made
    about = json.loads((folder / "about.json").read_text())
    assert about["train_rows"] == len(read_rows(folder, "train"))
    assert about["test_rows"] == len(read_rows(folder, "test"))
    assert (about["packages"], about["records_of_other_versions"]) == (125, 1)
    assert (about["packages_without_labels"], about["packages_without_description"]) == (2, 1)
    assert about["train_bytes"] == (folder / "train.txt").stat().st_size
    assert f"spout train --train {folder}/train.txt" in out and "| " in out


def test_the_same_again_and_another_seed(made, tmp_path):
    make("--output", tmp_path / "same")
    make("--output", tmp_path / "other", "--seed", 1, "--test-share", 0.5)
    first = (made[0] / "test.txt").read_bytes()
    assert (tmp_path / "same/test.txt").read_bytes() == first
    assert (tmp_path / "other/test.txt").read_bytes() != first
    assert len(read_rows(tmp_path / "other", "test")) > len(read_rows(made[0], "test"))


def test_labels_of_one_source_can_be_left_out(tmp_path):
    shared = ", ".join(f"lib{i}" for i in range(30))
    other = f"\nPackage: b\nVersion: 1\nDepends: {shared}\nDescription: text\n"
    make("--output", tmp_path / "set", "--min-sources", 2, dump=FAMILIES + other)
    rows = read_rows(tmp_path / "set", "train") + read_rows(tmp_path / "set", "test")
    expected = [f"lib{i}\t{name}{i} text" for i in range(30) for name in ("tool", "data")]
    assert sorted(rows) == sorted([*expected, shared.replace(",", "") + "\tb text"])


def test_nothing_is_overwritten_unasked(tmp_path):
    make("--output", tmp_path / "set")
    out, error = make("--output", tmp_path / "set", code=2)
    assert out == "" and error.count("\n") == 1 and "--force" in error
    make("--output", tmp_path / "set", "--force")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "train.txt").write_text("mine")
    assert "not made by this script" in make("--output", foreign, "--force", code=2)[1]
    assert (foreign / "train.txt").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["foreign", "set"]


@pytest.mark.parametrize(
    "words, expected",
    [
        (["--frce"], "unknown option --frce"),
        (["--output"], "--output: expected a value"),
        (["--test-share", "1.5"], "between 0 and 1"),
        (["--seed", "x"], "--seed"),
    ],
)
def test_a_mistake_is_refused(words, expected, tmp_path):
    _, error = make("--output", tmp_path / "set", *words, code=2)
    assert expected in error
    assert not (tmp_path / "set").exists()


def test_a_dump_without_packages_is_refused(tmp_path):
    for dump in ("", "not a list\n"):
        _, error = make("--output", tmp_path / "set", dump=dump, code=2)
        assert "expected packages for both parts, found 0 packages" in error
        assert list(tmp_path.iterdir()) == []
