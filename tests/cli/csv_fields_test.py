"""Fields of pairs: quotes, separators, blanks, numbers of fields, and headers in mid-file."""

import csv
import gzip
import io
import re

import pytest
import scipy.sparse as sp
from conftest import refused, says


def read(spout, tmp_path, text, *words, name="data.csv"):
    """What convert reads: (user, item, rating) for every entry, and its messages."""
    file, out = tmp_path / name, tmp_path / "m.npz"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    words = words or ("--format", "pairs")
    _, said = spout("convert", file, out, "--ratings", "values", *words)
    matrix = sp.load_npz(out).tocoo()
    users, items = (
        (tmp_path / f"m.{part}.txt").read_text().split("\n")[:-1] for part in ("users", "items")
    )
    entries = zip(matrix.row, matrix.col, matrix.data, strict=True)
    said = said.replace(str(tmp_path), "")  # the name of a test is in it
    return {(users[i], items[j], float(v)) for i, j, v in entries}, said


VALUES = ["--format", "pairs", "--ratings", "values"]


def file_refused(spout, tmp_path, text, *words, name="data.csv"):
    """The line with which convert refuses this file."""
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    line = refused(spout, "convert", file, tmp_path / "m.npz", *words)
    return line.replace(str(tmp_path), "")  # the name of a test is in it


WEIRD = '"Weird Al" Yankovic'
TWO = {("ann", WEIRD, 12), ("bob", '"Weird Al" Smith', 7)}

# A quote is an ordinary character where the separator is no comma and no semicolon.
PLAIN_QUOTES = {
    "tabs": (f'ann\t{WEIRD}\t12\nbob\t"Weird Al" Smith\t7\n', TWO),
    "tabs, header": (f'user\titem\trating\nann\t{WEIRD}\t12\nbob\t"Weird Al" Smith\t7\n', TWO),
    "tabs, time": (f'ann\t{WEIRD}\t12\t1\nbob\t"Weird Al" Smith\t7\t2\n', TWO),
    "double colons": (f'ann::{WEIRD}::12\nbob::"Weird Al" Smith::7\n', TWO),
    "double colons, header": (
        f'user::item::rating\nann::{WEIRD}::12\nbob::"Weird Al" Smith::7\n',
        TWO,
    ),
    "a whole field": ('ann\t"Heat"\t5\nbob\tHeat\t4\n', {("ann", '"Heat"', 5), ("bob", "Heat", 4)}),
    "an opening quote": ('ann\t"12 inch\t5\n', {("ann", '"12 inch', 5)}),
    "two opening quotes": (
        'ann\t"12 inch\t5\nbob\t"7 inch\t4\n',
        {("ann", '"12 inch', 5), ("bob", '"7 inch', 4)},
    ),
    "doubled quotes": ('ann\t""Heat""\t5\n', {("ann", '""Heat""', 5)}),
    "a quote of a user": ('"ann" b\tHeat\t5\n"ann" c\tHeat\t4\n', {
        ('"ann" b', "Heat", 5),
        ('"ann" c', "Heat", 4),
    }),
    "a separator within": ('ann\t"a::b"\t5\n', {("ann", '"a::b"', 5)}),
}  # fmt: skip


@pytest.mark.parametrize("name", PLAIN_QUOTES)
def test_a_quote_outside_a_csv_is_a_character(spout, tmp_path, name):
    text, right = PLAIN_QUOTES[name]
    assert read(spout, tmp_path, text, name="data.tsv")[0] == right


PLAIN_QUOTES_BEFORE = {
    "blanks": ('ann "Heat" 5\nbob Heat" 4\n', {("ann", '"Heat"', 5), ("bob", 'Heat"', 4)}),
    "tabs": ('ann\tsay "hi"\t5\n', {("ann", 'say "hi"', 5)}),
}


@pytest.mark.parametrize("name", PLAIN_QUOTES_BEFORE)
def test_quotes_that_were_characters_before_are_so_still(spout, tmp_path, name):
    """Guards: these went well."""
    text, right = PLAIN_QUOTES_BEFORE[name]
    assert read(spout, tmp_path, text, name="data.tsv")[0] == right


QUOTED = [
    ["ann", "Heat, 1995", "5"],
    ["ann", 'say "hi"', "4"],
    ["bob", "Rock; Pop", "3"],
    ["bob", " blanks ", "2"],
    ["cat, the", '"', "1"],
    ["dan", "a::b", "2"],
]


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL], ids=["some", "all"])
def test_a_csv_is_read_as_python_reads_it(spout, tmp_path, separator, quoting):
    """A guard: this went well."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, quoting=quoting, lineterminator="\n")
    # Python quotes no field for its outer blanks; spout removes them from fields without quotes.
    rows = [row for row in QUOTED if quoting == csv.QUOTE_ALL or row[1].strip() == row[1]]
    writer.writerows([["user", "item", "rating"], *rows])
    parsed = list(csv.reader(io.StringIO(buffer.getvalue()), delimiter=separator))[1:]
    right = {(user, item, float(rating)) for user, item, rating in parsed}
    assert len(right) == len(rows)
    assert read(spout, tmp_path, buffer.getvalue())[0] == right


BROKEN_QUOTES = {
    "text behind, comma": f"user,item,rating\nann,{WEIRD},12\n",
    "text behind, semicolon": f"user;item;rating\nann;{WEIRD};12\n",
    "text behind, no header": f"bob,Heat,4\nann,{WEIRD},12\n",
    "text behind a user": 'user,item,rating\n"ann"b,Heat,12\n',
    "text behind an empty field": 'user,item,rating\nann,""Heat,12\n',
    "text behind another column": 'user,item,rating,genre\nann,Heat,12,"a"b\n',
    "text behind the last": 'user,item\nann,"Heat" 2\n',
}


@pytest.mark.parametrize("name", BROKEN_QUOTES)
def test_text_behind_a_closing_quote_of_a_csv_is_an_error(spout, tmp_path, name):
    line = file_refused(spout, tmp_path, BROKEN_QUOTES[name], "--format", "pairs")
    assert "data.csv:2: expected" in line


UNCLOSED = {
    "comma": 'user,item,rating\nann,"Heat,12\n',
    "semicolon": 'user;item;rating\nann;"Heat;12\n',
    "a name with a line end": 'user,item,rating\nann,"Heat\n1995",12\n',
}


@pytest.mark.parametrize("name", UNCLOSED)
def test_an_unclosed_quote_of_a_csv_is_an_error(spout, tmp_path, name):
    """Guards: these were refused before."""
    assert "data.csv:2: expected" in file_refused(spout, tmp_path, UNCLOSED[name])


WRONG_COUNTS = {
    "issue": "user,item,plays\nu1,Heat,5\nu2,Monsters, Inc.,8\n",
    "issue, rating": "user,item,rating\nu1,Heat,5\nu2,Monsters, Inc.,8\n",
    "more, two columns": "user,item\nann,Heat\nbob,Monsters, Inc.\n",
    "more, column between": "user,genre,item\nann,Drama,Heat\nbob,Drama, Crime,Heat\n",
    "more, tabs": "user\titem\trating\nann\tHeat\t5\nbob\tHeat\t5\t7\n",
    "more, semicolons": "user;item;rating\nann;Heat;5\nbob;Heat;5;7\n",
    "more, double colons": "user::item\nann::Heat\nbob::Heat::1995\n",
    "more, other columns": "user,item,a,b\nann,Heat,1,2\nbob,Heat,1,2,3\n",
    "more, empty in the middle": "user,item,rating\nann,Heat,5\nbob,Heat,5,,9\n",
    "fewer, shifted": "genre,user,item\nDrama,ann,Heat\nbob,Heat\n",
}


@pytest.mark.parametrize("name", WRONG_COUNTS)
def test_a_line_has_as_many_fields_as_its_header(spout, tmp_path, name):
    """The last was refused before; it is a guard."""
    line = file_refused(spout, tmp_path, WRONG_COUNTS[name])
    assert "data.csv:3: expected" in line and "fields" in line


WRONG_WITHOUT_HEADER = {
    "more": "ann\tHeat\t5\nann\tAlien\t5\nbob\tHeat\t5\t9\n",
    "fewer": "ann,Heat,5\nann,Alien,5\nbob,Heat\n",
    "quoted": 'ann,"Heat, 1995",5\nann,Alien,5\nbob,Heat, 1995,5\n',
}


@pytest.mark.parametrize("name", WRONG_WITHOUT_HEADER)
def test_without_a_header_the_first_line_counts(spout, tmp_path, name):
    """Guards: these were refused before."""
    line = file_refused(spout, tmp_path, WRONG_WITHOUT_HEADER[name], "--format", "pairs")
    assert "data.csv:3: expected" in line


THREE = {("ann", "Heat", 5), ("bob", "Alien", 4), ("bob", "Heat", 3)}

SURPLUS_EMPTY = {
    "every line": "user,item,rating,\nann,Heat,5,\nbob,Alien,4,\nbob,Heat,3,\n",
    "no header": "ann,Heat,5,,\nbob,Alien,4,,\nbob,Heat,3,,\n",
    "one line": "ann\tHeat\t5\nbob\tAlien\t4\t\t\nbob\tHeat\t3\n",
    "header only": "user,item,rating,,\nann,Heat,5\nbob,Alien,4\nbob,Heat,3\n",
    "data only": "user;item;rating\nann;Heat;5;\nbob;Alien;4;\nbob;Heat;3;;\n",
    "double colons": "ann::Heat::5::\nbob::Alien::4::\nbob::Heat::3::\n",
    "blanks": "ann Heat 5 \nbob Alien 4  \nbob Heat 3\t\n",
    "tabs, then a blank": "ann\tHeat\t5\t \nbob\tAlien\t4\t\nbob\tHeat\t3\n",
}


@pytest.mark.parametrize("name", SURPLUS_EMPTY)
def test_surplus_empty_fields_at_the_end_are_ignored(spout, tmp_path, name):
    """ "data only", "blanks" and the like went well with a header; they are guards."""
    assert read(spout, tmp_path, SURPLUS_EMPTY[name])[0] == THREE


MISSING_OPTIONAL = {
    "a comment": "user,item,rating,comment\nann,Heat,5,good\nbob,Alien,4\nbob,Heat,3\n",
    "two columns": "user\titem\trating\ta\tb\nann\tHeat\t5\t1\t2\nbob\tAlien\t4\nbob\tHeat\t3\t1\n",
    "semicolons": "user;item;rating;year\nann;Heat;5;1\nbob;Alien;4\nbob;Heat;3\n",
    "named": "a;b;c;d\nann;Heat;5;1\nbob;Alien;4\nbob;Heat;3\n",
}


@pytest.mark.parametrize("name", MISSING_OPTIONAL)
def test_missing_optional_fields_at_the_end_are_counted(spout, tmp_path, name):
    words = ["--columns", "user=a,item=b,rating=c"] if name == "named" else []
    got, said = read(spout, tmp_path, MISSING_OPTIONAL[name], "--format", "pairs", *words)
    assert got == THREE
    assert says(said, 2)


MISSING_NEEDED = {
    "item": "user,item\nann,Heat\nbob\n",
    "rating": "user,item,rating\nann,Heat,5\nbob,Heat\n",
    "time": "user,item,rating,time\nann,Heat,5,1\nbob,Heat,5\n",
    "time behind a comment": "user,item,comment,time\nann,Heat,5,1\nbob,Heat\n",
}


@pytest.mark.parametrize("name", MISSING_NEEDED)
def test_a_missing_field_that_is_needed_is_an_error(spout, tmp_path, name):
    """Guards: these were refused before."""
    assert "data.csv:3: expected" in file_refused(spout, tmp_path, MISSING_NEEDED[name])


SEPARATORS = {
    "; with commas": (
        "ann;Monsters, Inc.;8\nbob;Heat, 1995;5\n",
        {("ann", "Monsters, Inc.", 8), ("bob", "Heat, 1995", 5)},
    ),
    "; with a comma in the header": (
        "user;item;rating;note, if any\nann;Monsters, Inc.;8;-\n",
        {("ann", "Monsters, Inc.", 8)},
    ),
}


@pytest.mark.parametrize("name", SEPARATORS)
def test_the_separator_is_that_of_all_lines(spout, tmp_path, name):
    text, right = SEPARATORS[name]
    assert read(spout, tmp_path, text)[0] == right


HARD_SEPARATORS = {
    "; with commas in the first line only": (
        "ann;Monsters, Inc.;8\nbob;Heat;5\n",
        {("ann", "Monsters, Inc.", 8), ("bob", "Heat", 5)},
    ),
    "; with many commas": (
        "ann;a, b, c;8\nbob;d;5\nbob;e, f;4\n",
        {("ann", "a, b, c", 8), ("bob", "d", 5), ("bob", "e, f", 4)},
    ),
    ", with ::": ("ann,a::b,5\nbob,c,4\n", {("ann", "a::b", 5), ("bob", "c", 4)}),
    "; with a comma in numbers": (
        "user;item;rating\nann;Heat;4,5\nbob;Alien;3\n",
        {("ann", "Heat", 4.5), ("bob", "Alien", 3)},
    ),
    ", with ; in the first line only": (
        "ann,a; b; c,5\nbob,d,4\n",
        {("ann", "a; b; c", 5), ("bob", "d", 4)},
    ),
}


@pytest.mark.parametrize("name", HARD_SEPARATORS)
def test_lines_that_fit_two_separators_are_read_right_or_refused(spout, tmp_path, name):
    """Guards: these went well."""
    text, right = HARD_SEPARATORS[name]
    try:
        got = read(spout, tmp_path, text)[0]
    except AssertionError:
        assert "data.csv" in file_refused(spout, tmp_path, text, *VALUES)
    else:
        assert got == right


SEPARATORS_BEFORE = {
    ", with ;": ("user,item,rating\nann,Rock; Pop,5\n", {("ann", "Rock; Pop", 5)}),
    ", with ;, no header": ("ann,Rock; Pop,5\n", {("ann", "Rock; Pop", 5)}),
    "; with commas, header": ("user;item;rating\nann;Heat, 1995;5\n", {("ann", "Heat, 1995", 5)}),
    ":: with commas": ("ann::Heat, 1995::5\n", {("ann", "Heat, 1995", 5)}),
    "tabs with commas": ("ann\tHeat, 1995\t5\n", {("ann", "Heat, 1995", 5)}),
}


@pytest.mark.parametrize("name", SEPARATORS_BEFORE)
def test_separators_that_were_right_before_are_so_still(spout, tmp_path, name):
    """Guards: these went well."""
    text, right = SEPARATORS_BEFORE[name]
    assert read(spout, tmp_path, text)[0] == right


BLANKS = {
    "behind commas": "user, item, rating\nann, Heat,5\nbob, Alien,4\nbob, Heat,3\n",
    "no header": "ann, Heat,5\nbob, Alien,4\nbob, Heat,3\n",
    "behind names": "user,item,rating\nann,Heat ,5\nbob,Alien  ,4\nbob,Heat ,3\n",
    "tabs": "ann\t Heat\t5\nbob\t Alien\t4\nbob\tHeat \t3\n",
    "semicolons": "user;item;rating\nann ;Heat;5\n bob;Alien;4\nbob ;Heat;3\n",
    "double colons": "ann :: Heat::5\nbob::Alien::4\nbob:: Heat ::3\n",
}


@pytest.mark.parametrize("name", BLANKS)
def test_blanks_around_names_are_removed_and_counted(spout, tmp_path, name):
    got, said = read(spout, tmp_path, BLANKS[name])
    assert got == THREE
    assert re.search(r"\d", said) and re.search("blank|space", said)


A, B = "user,item\nann,Heat\n", "user,item\nbob,Alien\n"
AGAIN = {
    "two files": (A + B).encode(),
    "a BOM": (A + "\ufeff" + B).encode(),
    "\\r\\n": (A + B).replace("\n", "\r\n").encode(),
    "tabs": (A + B).replace(",", "\t").encode(),
    "semicolons": (A + B).replace(",", ";").encode(),
    "gzip members": gzip.compress(A.encode()) + gzip.compress(B.encode()),
    "further columns": b"user,item,genre\nann,Heat,x\nuser,item,genre\nbob,Alien,y\n",
}


@pytest.mark.parametrize("name", AGAIN)
def test_a_header_in_mid_file_is_skipped_and_counted(spout, tmp_path, name):
    (tmp_path / "data.csv").write_bytes(AGAIN[name])
    _, said = spout("convert", tmp_path / "data.csv", tmp_path / "m.npz")
    assert (tmp_path / "m.users.txt").read_text() == "ann\nbob\n"
    assert (tmp_path / "m.items.txt").read_text() == "Heat\nAlien\n"
    said = said.replace(str(tmp_path), "")
    assert says(said, 1) and "header" in said


def test_headers_in_mid_file_with_ratings_and_times_are_skipped(spout, tmp_path):
    head = "user,item,rating,time\n"
    text = f"{head}ann,Heat,5,1\n{head}bob,Alien,4,2\n{head}bob,Heat,3,3\n"
    got, said = read(spout, tmp_path, text)
    assert got == THREE
    assert says(said, 2) and "header" in said
