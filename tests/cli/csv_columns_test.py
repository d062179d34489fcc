"""Columns of pairs: words of headers, --columns, first lines that look like a header."""

import re

import pytest
import scipy.sparse as sp
from conftest import refused


def convert(spout, tmp_path, text, *words, name="data.csv"):
    """Converts the text to m.npz; returns its (user, item, value) and the messages."""
    (tmp_path / name).write_text(text)
    _, said = spout("convert", tmp_path / name, tmp_path / "m.npz", *words)
    matrix = sp.load_npz(tmp_path / "m.npz").tocoo()
    users, items = (
        (tmp_path / f"m.{part}.txt").read_text().splitlines() for part in ("users", "items")
    )
    entries = zip(matrix.row, matrix.col, matrix.data, strict=True)
    said = said.replace(str(tmp_path), "")  # the name of a test is in it
    return {(users[i], items[j], float(v)) for i, j, v in entries}, said


def convert_refused(spout, tmp_path, text, *words, name="data.csv"):
    (tmp_path / name).write_text(text)
    line = refused(spout, "convert", tmp_path / name, tmp_path / "m.npz", *words)
    return line.replace(str(tmp_path), "")


# The words of published files: user, item and rating, in this order in the file.
RATING_WORDS = {
    "star_rating": ("customer_id", "product_id", "star_rating"),
    "stars": ("user_id", "business_id", "stars"),
    "score": ("UserId", "ProductId", "Score"),
    "overall": ("reviewerID", "asin", "overall"),
    "playcount": ("user", "song_id", "playcount"),
    "count": ("uid", "artistID", "count"),
    "plays": ("user", "item", "plays"),
    "another id": ("user_id", "anime_id", "rating"),
}


@pytest.mark.parametrize("name", RATING_WORDS)
def test_the_words_of_published_files_are_known(spout, tmp_path, name):
    """The lines say which columns were taken; most ratings were read before."""
    user, item, rating = RATING_WORDS[name]
    text = f"{user},{item},{rating}\nann,B01,5\nann,B02,2\nbob,B02,4\n"
    got, said = convert(spout, tmp_path, text, "--min-rating", 4, "--ratings", "values")
    assert got == {("ann", "B01", 5), ("bob", "B02", 4)}
    assert f"user={user}" in said and f"item={item}" in said and f"rating={rating}" in said


OTHER_ORDERS = {
    "amazon": "marketplace\tcustomer_id\treview_id\tproduct_id\tstar_rating\tvine\treview_date\n"
    "US\tann\tR1\tB01\t5\tN\t2015-08-31\n"
    "US\tann\tR2\tB02\t2\tN\t2015-08-30\n",
    "quoted": '"rating";"user_id";"anime_id"\n5;ann;B01\n2;ann;B02\n',
    "upper case": "TIME,RATING,MOVIE_ID,USER_ID\n1,5,B01,ann\n2,2,B02,ann\n",
}


@pytest.mark.parametrize("name", OTHER_ORDERS)
def test_columns_are_found_in_any_order(spout, tmp_path, name):
    got, _ = convert(spout, tmp_path, OTHER_ORDERS[name], "--min-rating", 4, "--ratings", "values")
    assert got == {("ann", "B01", 5)}


NO_RATINGS = {
    "another word": ("user,item,mark\nann,B01,5\nann,B02,2\n", ["user", "item", "mark"]),
    "two columns": ("user,item\nann,B01\nann,B02\n", ["user", "item"]),
    "time only": ("user,item,time\nann,B01,5\n", ["user", "item", "time"]),
    "tabs": ("user\titem\tliked\nann\tB01\t5\n", ["user", "item", "liked"]),
}


@pytest.mark.parametrize("option", [("--min-rating", 4), ("--ratings", "values")])
@pytest.mark.parametrize("name", NO_RATINGS)
def test_an_option_of_ratings_needs_a_column_of_them(spout, tmp_path, name, option):
    text, columns = NO_RATINGS[name]
    line = convert_refused(spout, tmp_path, text, *option)
    assert option[0] in line
    assert all(re.search(rf"\b{column}\b", line) for column in columns)


@pytest.mark.parametrize("option", [("--min-rating", 4), ("--ratings", "values")])
@pytest.mark.parametrize(
    "text, form",
    [("ann B01\nbob B02\n", "pairs"), ("ann::B01\n", "pairs"), ("7 0 2 5\n9 1 2\n", "adjacency")],
)
def test_pairs_without_header_and_adjacency_may_have_no_ratings(
    spout, tmp_path, text, form, option
):
    assert option[0] in convert_refused(spout, tmp_path, text, *option, "--format", form)


def test_a_matrix_of_users_and_items_has_ratings(spout, tmp_path):
    """A guard: the values of a matrix are ratings."""
    sp.save_npz(tmp_path / "r.npz", sp.csr_matrix([[5.0, 2.0], [0.0, 4.0]]))
    words = ["--format", "adjacency", "--min-rating", 4, "--ratings", "values"]
    spout("convert", tmp_path / "r.npz", tmp_path / "m.npz", *words)
    assert sp.load_npz(tmp_path / "m.npz").toarray().tolist() == [[5, 0], [0, 4]]


REVIEWS = (
    "day,stars_given,who,what\n2020-01-02,5,ann,B01\n2020-01-03,2,ann,B02\n2020-01-01,4,bob,B02\n"
)
NAMED = "user=who,item=what,rating=stars_given,time=day"
ALL = {("ann", "B01", 5), ("ann", "B02", 2), ("bob", "B02", 4)}

COLUMNS = {
    "words": (REVIEWS, NAMED),
    "another order": (REVIEWS, "rating=stars_given,item=what,user=who"),
    "positions of a file without header": (REVIEWS.split("\n", 1)[1], "user=3,item=4,rating=2"),
    "time by position": (REVIEWS.split("\n", 1)[1], "user=3,item=4,rating=2,time=1"),
    "tabs": (REVIEWS.replace(",", "\t"), NAMED),
    "semicolons": (REVIEWS.replace(",", ";"), NAMED),
    "quotes": (REVIEWS.replace("who", '"who"'), NAMED),
    "against known words": (
        "user,item,rating,who,what,stars\nx,y,1,ann,B01,5\nx,y,2,ann,B02,2\nx,y,3,bob,B02,4\n",
        "user=who,item=what,rating=stars",
    ),
    "positions against a known header": (
        "item,user,rating\nann,B01,5\nann,B02,2\nbob,B02,4\n",
        "user=1,item=2,rating=3",
    ),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_are_named_by_words_or_positions(spout, tmp_path, name):
    text, columns = COLUMNS[name]
    words = ["--format", "pairs", "--columns", columns, "--ratings", "values"]
    assert convert(spout, tmp_path, text, *words)[0] == ALL


def test_the_columns_of_the_issue(spout, tmp_path):
    text = "customer_id,product_id,star_rating,review_date\nann,B01,5,2019-02-01\n"
    text += "ann,B02,2,2019-01-01\nbob,B02,4,2019-01-01\n"
    columns = "user=customer_id,item=product_id,rating=star_rating,time=review_date"
    got, _ = convert(spout, tmp_path, text, "--columns", columns, "--ratings", "values")
    assert got == ALL


BAD_COLUMNS = {
    "unknown word": ("user=who,item=film", ["film", "day", "stars_given", "who", "what"]),
    "another case": ("user=Who,item=what", ["Who", "who", "what"]),
    "position beyond": ("user=3,item=5", ["5"]),
    "position 0": ("user=0,item=1", ["0"]),
    "unknown role": ("user=who,item=what,mark=day", ["mark"]),
    "twice": ("user=who,user=what", ["user"]),
    "no value": ("user=,item=what", ["user"]),
    "no sign": ("who,what", ["who"]),
    "no item": ("user=who", ["item"]),
}


@pytest.mark.parametrize("name", BAD_COLUMNS)
def test_bad_columns_are_refused_with_what_there_is(spout, tmp_path, name):
    columns, parts = BAD_COLUMNS[name]
    words = ["--format", "pairs", "--columns", columns]
    line = convert_refused(spout, tmp_path, REVIEWS, *words)
    assert "unknown option" not in line and all(part in line for part in parts)


NO_PAIRS = {
    "libsvm": "0,3 1:1 3:0.5\n1 2:2\n",
    "xmc": "2 3 4\n0,3 0:1 2:0.5\n1 1:2\n",
    "adjacency": "7 0 2 5\n9 1 2\n",
    "text": "a\tthe match was long\n",
}


@pytest.mark.parametrize("form", NO_PAIRS)
def test_columns_of_what_are_no_pairs_are_refused(spout, tmp_path, form):
    (tmp_path / "data.txt").write_text(NO_PAIRS[form])
    words = ["inspect", tmp_path / "data.txt", "--format", form, "--columns", "user=1,item=2"]
    line = refused(spout, *words)
    assert "--columns" in line and "unknown option" not in line


def test_columns_of_a_matrix_are_refused(spout, tmp_path):
    sp.save_npz(tmp_path / "r.npz", sp.csr_matrix([[5.0, 2.0], [0.0, 4.0]]))
    words = ["convert", tmp_path / "r.npz", tmp_path / "m.npz", "--format", "adjacency"]
    line = refused(spout, *words, "--columns", "user=1,item=2")
    assert "--columns" in line and "unknown option" not in line


def test_every_command_takes_columns(spout, tmp_path):
    (tmp_path / "data.csv").write_text(REVIEWS)
    columns = ["--columns", NAMED]
    shown, _ = spout("inspect", tmp_path / "data.csv", *columns)
    assert re.search(r"labels +2 x 2", shown)
    run = tmp_path / "run"
    words = ["--train", tmp_path / "data.csv", "--output", run, "--model", "ease", "--ridge", 1]
    spout("train", *words, *columns, "--min-rating", 2)
    assert (run / "labels.txt").read_text() == "B01\nB02\n"
    (tmp_path / "new.csv").write_text("a,b\nB01,new\n")
    words = ["--data", tmp_path / "new.csv", "--columns", "user=b,item=a", "--min-rating", 2]
    line = refused(spout, "predict", run, *words, "--output", "-")
    assert "--min-rating" in line
    (tmp_path / "new.csv").write_text("a,b,c\nB01,new,5\n")
    words = ["--data", tmp_path / "new.csv", "--columns", "user=b,item=a,rating=c"]
    answer, _ = spout("predict", run, *words, "--output", "-")
    assert answer.startswith("B02:")
    known = ["--train", tmp_path / "data.csv", "--columns", NAMED]
    (tmp_path / "test.csv").write_text("day,stars_given,who,what\n2020-01-02,5,bob,B01\n")
    out, _ = spout("evaluate", run, "--data", tmp_path / "test.csv", *known)
    assert re.search(r"Recall@20 +1\.0000", out)


HEADER_LIKE = {
    "names in front of numbers": "name,film\n1,20\n2,30\n",
    "three words": "foo\tbar\tbaz\n1\t2\t3\n4\t5\t3\n",
    "a known user": "user,thing\nann,Heat\nbob,Alien\n",
    "a known item": "someone,item\nann,Heat\nbob,Alien\n",
    "an item and a rating": "who;movie;rating\nann;Heat;5\n",
    "double colons": "Person::Film::Mark\n1::1193::5\n1::661::3\n",
    "blanks": "person film\n1 20\n2 30\n",
    "one number": "id,2020\n1,20\n2,30\n",
}


@pytest.mark.parametrize("name", HEADER_LIKE)
def test_a_first_line_like_a_header_is_no_user(spout, tmp_path, name):
    """Three columns were refused before, for the third is no number; these are guards."""
    assert "data.csv:1" in convert_refused(spout, tmp_path, HEADER_LIKE[name], "--format", "pairs")


def test_a_first_line_like_a_header_is_not_recognised_either(spout, tmp_path):
    """A guard: this was refused before."""
    assert "data.csv" in convert_refused(spout, tmp_path, HEADER_LIKE["a known user"])


def test_a_header_with_another_id_is_a_header(spout, tmp_path):
    text = "user_id,anime_id\n1,20\n2,30\n"
    assert convert(spout, tmp_path, text, "--format", "pairs")[0] == {
        ("1", "20", 1),
        ("2", "30", 1),
    }


def test_the_line_of_a_header_like_first_line_is_named(spout, tmp_path):
    line = convert_refused(spout, tmp_path, "user,thing\nann,Heat\n", "--format", "pairs")
    assert "data.csv:1: expected" in line and "--columns" in line


def test_positions_read_a_first_line_as_data(spout, tmp_path):
    words = ["--format", "pairs", "--columns", "user=1,item=2"]
    got, _ = convert(spout, tmp_path, "user,thing\nann,Heat\n", *words)
    assert got == {("user", "thing", 1), ("ann", "Heat", 1)}


UNRECOGNISED = {
    "csv": "name,film\nann,Heat\nbob,Alien\n",
    "tsv": "name\tfilm\nann\tHeat\nbob\tAlien\n",
    "data": "alpha;beta;gamma\nann;Heat;good\n",
    "txt": "alpha,beta,gamma\nann,Heat,good\n",
}


@pytest.mark.parametrize(
    "ending, out",
    [("csv", "m.npz"), ("tsv", "m.npz"), ("data", "m.pt"), ("csv", "m.txt"), ("txt", "m.npz")],
)
def test_convert_of_an_unknown_csv_does_not_complain_of_names(spout, tmp_path, ending, out):
    """The last two complained of the content before; they are guards."""
    file = tmp_path / f"data.{ending}"
    file.write_text(UNRECOGNISED[ending])
    line = refused(spout, "convert", file, tmp_path / out)
    assert f"data.{ending}" in line and "ends in" not in line


def test_convert_of_the_csv_of_the_issue(spout, tmp_path):
    line = convert_refused(spout, tmp_path, "name,film,mark\nann,Heat,good\n")
    assert "data.csv" in line and "ends in .pt" not in line
