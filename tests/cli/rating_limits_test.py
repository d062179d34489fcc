"""A limit of ratings, and columns that were asked for, hold for later data where they can."""

import json

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import refused

HEADER = "user,item,rating,time\n"


def write_ratings(path):
    """8 users, each with three items rated 5 or 4, and one that all rate 1."""
    lines = [f"u{u},i{(u + k) % 6},{5 - k % 2},{u + k}" for u in range(8) for k in range(3)]
    lines += [f"u{u},bad,1,99" for u in range(8)]
    path.write_text(HEADER + "\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    "words", ["train --train {} --model ease --output run", "convert {} out --split random"]
)
def test_a_limit_that_leaves_nothing_is_refused(spout, tmp_path, words):
    data = write_ratings(tmp_path / "r.csv")
    line = refused(spout, *words.format(data).split(), "--min-rating", 6, cwd=tmp_path)
    assert "--min-rating 6: no entry of" in line
    assert not (tmp_path / "out").exists() and not (tmp_path / "run").exists()


def test_a_run_on_a_split_reads_raw_data_by_its_limit(spout, tmp_path):
    data = write_ratings(tmp_path / "r.csv")
    spout("convert", data, tmp_path / "ml", "--split", "leave-last", "--min-rating", 4)
    assert json.loads((tmp_path / "ml/split.json").read_text())["min-rating"] == "4"
    run = tmp_path / "run"
    spout("train", "--train", tmp_path / "ml/train.txt", "--model", "ease", "--output", run)
    _, error = spout("predict", run, "--data", data, "--output", "-")
    assert "8 entries rated below 4 were left out" in error
    spout("evaluate", run, "--data", tmp_path / "ml/test.txt")


def test_positions_of_a_run_are_for_data_without_a_header(spout, tmp_path):
    """A header with the usual words is read by these, not by the positions of the training."""
    lines = [line.split(",") for line in write_ratings(tmp_path / "r.csv").read_text().splitlines()]
    swapped = "".join(f"{item},{user}\n" for user, item, *_ in lines[1:])
    (tmp_path / "swapped.csv").write_text(swapped)
    run = tmp_path / "run"
    words = ("--columns", "user=2,item=1", "--model", "ease", "--output", run)
    spout("train", "--train", tmp_path / "swapped.csv", *words)
    (tmp_path / "new.csv").write_text("user,item\nu1,i3\n")
    for data, users in (("new.csv", ["u1"]), ("swapped.csv", [f"u{u}" for u in range(8)])):
        out, _ = spout("predict", run, "--data", tmp_path / data, "--output", "-", "--user-names")
        assert [line.split("\t")[0] for line in out.splitlines()] == users


def test_standard_input_has_no_names_beside_it(spout, tmp_path):
    """The names of a split are not those of what is typed in its folder."""
    data = write_ratings(tmp_path / "r.csv")
    spout("convert", data, tmp_path / "ml", "--split", "leave-last")
    words = ("convert", "-", tmp_path / "m.npz", "--format", "adjacency")
    _, error = spout(*words, input="700 1 2 3\n", cwd=tmp_path / "ml")
    assert "users.txt" not in error and sp.load_npz(tmp_path / "m.npz").shape == (1, 4)


def test_a_limit_that_leaves_nothing_of_a_matrix_is_refused(spout, tmp_path):
    sp.save_npz(tmp_path / "R.npz", sp.csr_matrix(np.float32([[1, 2], [0, 3]])))
    words = ("--train", tmp_path / "R.npz", "--format", "adjacency", "--min-rating", 4)
    more = ("--model", "ease", "--output", tmp_path / "run")
    assert "--min-rating 4: no entry of" in refused(spout, "train", *words, *more)


def test_a_column_is_named_once(spout, tmp_path):
    data = write_ratings(tmp_path / "r.csv")
    words = ("--columns", "user=user,item=item,user=rating")
    assert "user is named twice" in refused(spout, "inspect", data, *words)


def test_a_header_of_recbole_may_be_named_without_its_types(spout, tmp_path):
    (tmp_path / "r.inter").write_text("who:token\twhat:token\nann\tx\nbob\ty\n")
    words = (tmp_path / "r.inter", tmp_path / "m.npz", "--columns", "user=who,item=what")
    assert "2 users, 2 items, 2 entries" in spout("convert", *words)[0]


def test_an_empty_rating_is_named_as_such(spout, tmp_path):
    (tmp_path / "r.csv").write_text(HEADER + "ann,x,,\n")
    assert 'r.csv:2: expected a rating, found ""' in refused(spout, "inspect", tmp_path / "r.csv")
