"""Times of pairs: dates in all forms, equal times, and the order in the file."""

import re

import pytest
from conftest import refused


def held_out(spout, tmp_path, text, *words, name="data.csv"):
    """user -> names of the items in the test part of leave-last, and the messages."""
    (tmp_path / name).write_text(text)
    out = tmp_path / "ml"
    _, said = spout("convert", tmp_path / name, out, "--split", "leave-last", *words)
    users, items = ((out / f"{part}.txt").read_text().splitlines() for part in ("users", "items"))
    rows = [line.split() for line in (out / "test.txt").read_text().splitlines()]
    said = said.replace(str(tmp_path), "")  # the name of a test is in it
    return {users[int(row[0])]: [items[int(item)] for item in row[1:]] for row in rows}, said


# A later time and an earlier one.
TIMES = {
    "dates": ("2019-02-01", "2019-01-31"),
    "years": ("2019-01-01", "2018-12-31"),
    "blank and time": ("2019-01-31 10:00:01", "2019-01-31 10:00:00"),
    "T and time": ("2019-01-31T10:01:00", "2019-01-31T10:00:59"),
    "hours and minutes": ("2019-01-31T10:01", "2019-01-31T10:00"),
    "fractions": ("2019-01-31T10:00:00.5", "2019-01-31T10:00:00.25"),
    "fractions of other lengths": ("2019-01-31 10:00:00.123457", "2019-01-31 10:00:00.123456"),
    "a fraction and none": ("2019-01-31T10:00:00.001", "2019-01-31T10:00:00"),
    "Z": ("2019-01-31T10:00:01Z", "2019-01-31T10:00:00Z"),
    "fractions and Z": ("2019-01-31T10:00:00.5Z", "2019-01-31T10:00:00.4Z"),
    "offsets": ("2019-01-31T23:30:00-02:00", "2019-02-01T01:00:00+00:00"),
    "an offset and Z": ("2019-01-31T12:00:00Z", "2019-01-31T13:00:00+02:00"),
    "offsets of half hours": ("2019-01-31T10:00:00+05:00", "2019-01-31T10:00:00+05:30"),
    "slashes": ("2019/02/01", "2019/01/31"),
    "slashes and time": ("2019/01/31 10:00:01", "2019/01/31 10:00:00"),
    "day, month in letters": ("01 Feb 2019", "31 Jan 2019"),
    "one digit of a day": ("9 Jan 2019", "8 Jan 2019"),
    "month in letters, day": ('"Feb 1, 2019"', '"Jan 31, 2019"'),
    "Amazon's reviewTime": ('"10 1, 2009"', '"09 13, 2009"'),
    "Amazon's reviewTime, two digits": ('"09 14, 2009"', '"09 13, 2009"'),
    "seconds": ("881250950", "881250949"),
    "milliseconds": ("1577836800001", "1577836800000"),
    "fractions of seconds": ("1.5", "1.25"),
    "before 1970": ("-1", "-2"),
    "dates before 1970": ("1969-12-31", "1969-12-30"),
    "a leap day": ("2020-02-29", "2020-02-28"),
}


@pytest.mark.parametrize("name", TIMES)
def test_the_latest_is_held_out(spout, tmp_path, name):
    """Plain dates and numbers went well before; they are guards."""
    late, early = TIMES[name]
    text = f"user,item,time\nbob,Early,{early}\nann,Late,{late}\nann,Early,{early}\n"
    got, said = held_out(spout, tmp_path, text)
    assert got == {"ann": ["Late"]} and "order" not in said


WORDS = ["review_date", "reviewTime", "unixReviewTime", "created_at", "Timestamp", "date", "time"]


@pytest.mark.parametrize("word", WORDS)
def test_the_words_of_times_are_known(spout, tmp_path, word):
    text = f"user,item,{word}\nann,Late,2019-02-01\nann,Early,2019-01-31\n"
    got, said = held_out(spout, tmp_path, text)
    assert got == {"ann": ["Late"]} and f"time={word}" in said


def test_the_file_of_the_issue(spout, tmp_path):
    text = "customer_id\tproduct_id\tstar_rating\treview_date\n"
    text += "ann\tB03\t5\t2015-08-31\nann\tB02\t4\t2014-01-01\nann\tB01\t5\t2013-12-31\n"
    assert held_out(spout, tmp_path, text, name="reviews.tsv")[0] == {"ann": ["B03"]}


def test_dates_with_commas_need_no_quotes_between_tabs(spout, tmp_path):
    text = "user\titem\treviewTime\nann\tLate\t09 13, 2009\nann\tEarly\t12 31, 2008\n"
    assert held_out(spout, tmp_path, text)[0] == {"ann": ["Late"]}


def test_times_of_lines_without_a_header(spout, tmp_path):
    text = "ann\tLate\t5\t2019/02/01\nann\tEarly\t4\t2019/01/31\n"
    assert held_out(spout, tmp_path, text, "--format", "pairs")[0] == {"ann": ["Late"]}


REFUSED = [
    "01/02/2019",
    "01/31/2019",
    "31/01/2019",
    "1/2/2019",
    "01-02-2019",
    "01.02.2019",
    "2019-13-01",
    "2019-02-30",
    "2019-02-29",
    "2019-00-10",
    "2019-01-31T24:30:00",
    "2019-01-31T10:61:00",
    "2019-01-31 noon",
    "2019-01-31T10:00:00+",
    "2019/31/01",
    "31 Foo 2019",
    "32 Jan 2019",
    "noon",
    "nan",
]


@pytest.mark.parametrize("time", REFUSED)
def test_what_may_be_two_times_or_none_is_refused(spout, tmp_path, time):
    """Days and months by number, and words, were refused before; they are guards."""
    (tmp_path / "data.csv").write_text(f"user,item,time\nann,Heat,2019-01-31\nann,Up,{time}\n")
    line = refused(
        spout, "convert", tmp_path / "data.csv", tmp_path / "ml", "--split", "leave-last"
    )
    assert "data.csv:3: expected a time" in line
    assert re.search(r"\d{4}-\d\d-\d\d", line.split("found")[0])


@pytest.mark.parametrize("time", ["01/02/2019", "1/2/2019", "12/11/2019"])
def test_a_time_that_may_be_two_days_is_called_so(spout, tmp_path, time):
    (tmp_path / "data.csv").write_text(f"user,item,time\nann,Heat,{time}\n")
    line = refused(spout, "inspect", tmp_path / "data.csv").replace(str(tmp_path), "")
    assert "day" in line and "month" in line


EQUAL = {
    "issue": ("u,9,5,100\nu,3,4,100\nu,7,4,100\n", "7"),
    "between": ("v,A,1,5\nv,B,1,5\nv,C,1,5\nu,A,5,9\nu,C,5,9\nu,B,5,9\n", "B"),
    "named again": ("v,B,5,9\nu,A,5,9\nu,B,5,9\nu,A,5,9\n", "A"),
    "named again, another rating": ("u,A,5,9\nu,B,5,9\nu,C,5,9\nu,B,1,9\n", "B"),
    "dates": ("u,A,5,2019-01-31\nu,B,5,2019-01-31\nu,C,4,2019-01-30\n", "B"),
    "the same instant": ("u,A,5,2019-01-31T12:00:00+02:00\nu,B,5,2019-01-31T10:00:00Z\n", "B"),
    "one equal pair": ("u,A,5,1\nu,B,5,9\nu,C,5,9\nu,D,5,3\n", "C"),
}


@pytest.mark.parametrize("name", EQUAL)
def test_of_equal_times_the_last_line_is_the_latest(spout, tmp_path, name):
    text, right = EQUAL[name]
    got, _ = held_out(spout, tmp_path, text, "--format", "pairs")
    assert got["u"] == [right]


def test_the_entry_of_the_last_line_is_kept_at_equal_times(spout, tmp_path):
    """A guard: the later rating counts."""
    (tmp_path / "data.csv").write_text("user,item,rating,time\nu,A,5,9\nu,B,5,9\nu,A,1,9\n")
    spout("convert", tmp_path / "data.csv", tmp_path / "a.txt", "--min-rating", 2)
    assert (tmp_path / "a.txt").read_text().split() == ["0", "1"]


WITHOUT_TIMES = {
    "CSV": ("user,item,rating\nann,Early,5\nann,Late,4\n", "auto"),
    "two columns": ("user,item\nann,Early\nann,Late\n", "auto"),
    "another word": ("user,item,when\nann,Early,2019-01-31\nann,Late,2018-01-01\n", "auto"),
    "tabs": ("ann\tEarly\t5\nann\tLate\t4\n", "pairs"),
    "blanks": ("ann Early\nann Late\n", "pairs"),
}


@pytest.mark.parametrize("name", WITHOUT_TIMES)
def test_places_in_the_file_are_said_to_stand_for_times(spout, tmp_path, name):
    text, form = WITHOUT_TIMES[name]
    got, said = held_out(spout, tmp_path, text, "--format", form)
    assert got == {"ann": ["Late"]} and "order" in said


@pytest.mark.parametrize(
    "text, last", [("7 5 3 4\n", "4"), ("7 5 3\n7 1\n", "1"), ("7 5 3 5\n", "5")]
)
def test_places_in_adjacency_text_are_said_to_stand_for_times(spout, tmp_path, text, last):
    (tmp_path / "a.txt").write_text(text)
    words = ["--split", "leave-last", "--format", "adjacency"]
    _, said = spout("convert", tmp_path / "a.txt", tmp_path / "ml", *words)
    assert (tmp_path / "ml/test.txt").read_text().split()[1:] == [last]
    assert "order" in said
