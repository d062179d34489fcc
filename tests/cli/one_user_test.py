"""Predictions of one user, lines that begin with users' names, items that are left out for them."""

import pytest
import scipy.sparse as sp
from conftest import load_matrix, refused
from unknown_users_test import ITEMS, RATED, make_place, predict, ranked, write_csv


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return make_place(tmp_path_factory.mktemp("place"))


# One user


@pytest.mark.parametrize("run", ["raw", "split"])
@pytest.mark.parametrize("user", ["900", "911"])
def test_one_user_of_the_training_data_is_predicted(spout, place, run, user):
    every, _ = predict(
        place / run, {"raw": place / "ratings.csv", "split": place / "ml/train.txt"}[run]
    )
    out, _ = spout("predict", place / run, "--user", user, "--output", "-")
    users = (place / "ml/users.txt").read_text().split() if run == "split" else list(RATED)
    assert out == every.splitlines(keepends=True)[users.index(user)]


def test_one_user_of_numbered_data_is_predicted(spout, place):
    every, _ = predict(place / "numbered", place / "numbers.txt")
    out, _ = spout("predict", place / "numbered", "--user", "905", "--output", "-")
    assert out == every.splitlines(keepends=True)[3]


def test_one_user_of_other_data_is_predicted(spout, place, tmp_path):
    data = write_csv(tmp_path / "new.csv", {"zoe": ["20"], "yan": ["25", "24"], "900": ["26"]})
    every, _ = predict(place / "raw", data)
    for place_of, user in enumerate(("zoe", "yan", "900")):
        out, _ = predict(place / "raw", data, "--user", user)
        assert out == every.splitlines(keepends=True)[place_of]


def test_one_user_makes_a_matrix_of_one_row(spout, place, tmp_path):
    words = ("--user", "901", "--output", tmp_path / "p.npz", "--top-k", 9)
    spout("predict", place / "raw", *words)
    matrix = load_matrix(tmp_path / "p.npz")
    assert matrix.shape == (1, len(ITEMS))
    assert {ITEMS[i] for i in matrix.indices} == set(ITEMS) - set(RATED["901"])


@pytest.mark.parametrize(
    "more", [["--user", "nobody"], ["--user", "0"], ["--user", "9000"], ["--user", "20"]]
)
def test_a_user_whom_nobody_knows_is_refused(spout, place, more):
    line = refused(spout, "predict", place / "raw", "--output", "-", *more)
    assert "user" in line and more[1] in line and "unknown option" not in line


def test_a_user_whom_the_given_data_lack_is_refused(spout, place, tmp_path):
    data = write_csv(tmp_path / "new.csv", {"zoe": ["20"]})
    words = ("--data", data, "--user", "900", "--output", "-")
    line = refused(spout, "predict", place / "raw", *words)
    assert "900" in line and "unknown option" not in line


def test_a_user_needs_data_with_users(spout, data, trained):
    words = ("--data", data / "test.txt", "--output", "-", "--user", "900")
    line = refused(spout, "predict", trained, *words)
    assert "--user" in line and "unknown option" not in line


# Names of users in the output


@pytest.mark.parametrize(
    "run, data", [("raw", "ratings.csv"), ("numbered", "numbers.txt"), ("split", "ml/train.txt")]
)
def test_lines_begin_with_the_users_name_on_request(spout, place, tmp_path, run, data):
    plain, _ = predict(place / run, place / data)
    named, _ = predict(place / run, place / data, "--user-names")
    wanted = zip(RATED, plain.splitlines(), strict=True)
    assert named.splitlines() == [f"{user}\t{line}" for user, line in wanted]
    words = ("--data", place / data, "--user-names", "--output", tmp_path / "p.txt")
    spout("predict", place / run, *words)
    assert (tmp_path / "p.txt").read_text() == named


def test_names_of_new_users_stand_there_too(place, tmp_path):
    data = write_csv(tmp_path / "new.csv", {"zoe b": ["20"], "\u00e9": ["99"]})
    out, _ = predict(place / "split", data, "--user-names")
    assert [line.split("\t")[0] for line in out.splitlines()] == ["zoe b", "\u00e9"]


@pytest.mark.parametrize("ending", ["npz", "pt"])
def test_matrices_have_no_place_for_names_of_users(spout, place, tmp_path, ending):
    words = ("--data", place / "ratings.csv", "--output", tmp_path / f"p.{ending}")
    line = refused(spout, "predict", place / "raw", *words, "--user-names")
    assert "--user-names" in line and "unknown option" not in line


def test_rows_of_features_have_no_users(spout, data, trained):
    words = ("--data", data / "test.txt", "--output", "-", "--user-names")
    line = refused(spout, "predict", trained, *words)
    assert "--user-names" in line and "unknown option" not in line


# Items that are left out user by user


@pytest.mark.parametrize("exclude", ["ratings.csv", "ml/test.txt"])
def test_raw_ids_and_numbers_exclude_alike(place, exclude):
    """What ratings.csv adds to the input of ml/train.txt is ml/test.txt."""
    more = ("--exclude", place / exclude, "--top-k", 9)
    out, _ = predict(place / "split", place / "ml/train.txt", *more)
    for row, items in zip(ranked(out), RATED.values(), strict=True):
        assert set(row) == set(ITEMS) - set(items)


def test_matrices_beside_their_names_are_read_by_them(spout, place, tmp_path):
    """x.npz with x.items.txt and x.users.txt, by a run on names."""
    data = write_csv(tmp_path / "new.csv", {"zoe": ["26", "25"], "900": ["20"]})
    spout("convert", data, tmp_path / "x.npz")
    assert sp.load_npz(tmp_path / "x.npz").shape == (2, 3)
    more = ("--format", "adjacency", "--top-k", 9, "--user-names")
    out, _ = predict(place / "raw", tmp_path / "x.npz", *more)
    wanted, _ = predict(place / "raw", data, "--top-k", 9, "--user-names")
    assert out == wanted
