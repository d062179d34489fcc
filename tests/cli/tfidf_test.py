"""tf-idf beside scikit-learn's, on real lines and on every character."""

import importlib
import json
import random
import unicodedata

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import load_matrix, refused
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

# Modules whose doc strings are the documents, in each Python there is.
MODULES = "argparse collections datetime decimal email functools heapq inspect itertools json"
MODULES += " logging os pathlib pickle random re shutil socket statistics string subprocess"
MODULES += " tempfile textwrap threading unittest urllib.parse zipfile"
SCRIPTS = [  # escapes: what lies in no script stays readable
    "Gr\u00fc\u00dfe aus M\u00fcnchen, STRASSE und STRA\u00dfE; na\u00efve caf\u00e9s CAF\u00c9",
    "\u0394\u0399\u0394\u0391\u03a3\u039a\u0391\u039b\u039f\u03a3 "
    "\u03a3\u0391\u03a3 \u03a3 x\u03a3",
    "\u041c\u043e\u0441\u043a\u0432\u0430 \u0418 \u041c\u0418\u0420, "
    "\u65e5\u672c\u8a9e\u306e\u6587\u7ae0\u3002 \u0661\u0662\u0663 x\u00b2 \u216b",
    "\u0130stanbul I\u0307 cafe\u0301 \u0928\u092e\u0938\u094d\u0924\u0947 a_b __ 1 22 \U0001f600 "
    "end\u00a0of\u2003line\u200bzero",
]


def real_lines():
    """1,000 lines of prose and code, all of one line and without tabs."""
    lines = []
    for name in MODULES.split():
        module = importlib.import_module(name)
        for value in [module, *list(vars(module).values())]:
            text = getattr(value, "__doc__", None)
            lines += text.split("\n\n") if isinstance(text, str) else []
    lines = sorted({" ".join(line.split()) for line in lines})
    random.Random(1).shuffle(lines)
    return [line for line in lines if line][:996] + SCRIPTS


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    found = real_lines()
    assert len(found) == 1000
    path = tmp_path_factory.mktemp("text") / "lines.txt"
    path.write_text("".join(f"odd even\t{line}\n" for line in found), encoding="utf-8")
    return path, found


def convert(spout, source, folder, *options):
    """Features as SciPy's matrix, and the term of each."""
    spout("convert", source, f"{folder}/X.npz,{folder}/Y.npz", "--format", "text", *options)
    terms = folder / "X.names/text/terms.txt"
    return load_matrix(folder / "X.npz"), terms.read_text().split("\n")[:-1]


def assert_same(x, terms, expected, names):
    """Both hold the same terms and values; the order of columns is each one's own."""
    assert sorted(terms) == sorted(names)
    place = {name: column for column, name in enumerate(names)}
    expected = sp.csr_matrix(expected)[:, [place[term] for term in terms]]
    expected.sort_indices()
    assert (x.indptr == expected.indptr).all() and (x.indices == expected.indices).all()
    assert np.allclose(x.data, expected.data, rtol=1e-6, atol=0)


SETTINGS = {
    "words": ("", {}),
    "pairs": (
        "--ngrams 1,2 --min-df 2 --sublinear-tf",
        {"ngram_range": (1, 2), "min_df": 2, "sublinear_tf": True},
    ),
    "longer": ("--ngrams 2,3", {"ngram_range": (2, 3)}),
    "characters": (
        "--ngrams 0 --char-ngrams 3,5",
        {"analyzer": "char_wb", "ngram_range": (3, 5)},
    ),
    "letters": (
        "--ngrams 0 --char-ngrams 1,2 --min-df 3",
        {"analyzer": "char_wb", "ngram_range": (1, 2), "min_df": 3},
    ),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_tfidf_agrees_with_scikit_learn(spout, lines, tmp_path, name):
    path, documents = lines
    words, settings = SETTINGS[name]
    x, terms = convert(spout, path, tmp_path, *words.split())
    vectorizer = TfidfVectorizer(norm=None, dtype=np.float64, **settings)
    expected = vectorizer.fit_transform(documents)
    names = vectorizer.get_feature_names_out()
    if settings.get("analyzer"):
        names = ["#" + term for term in names]
    assert_same(x, terms, expected, list(names))
    idf = np.load(tmp_path / "X.names/text/idf.npy")
    order = np.argsort(names)
    assert np.allclose(idf[np.argsort(terms)], vectorizer.idf_[order], atol=1e-6)
    df = np.diff(x.tocsc().indptr)
    assert (np.diff(df) <= 0).all()  # numbered by falling document frequency


def test_words_and_characters_are_both_side_by_side(spout, lines, tmp_path):
    path, documents = lines
    x, terms = convert(spout, path, tmp_path, "--char-ngrams", "4")
    words = TfidfVectorizer(norm=None)
    chars = TfidfVectorizer(norm=None, analyzer="char_wb", ngram_range=(4, 4))
    expected = sp.hstack([words.fit_transform(documents), chars.fit_transform(documents)])
    names = [*words.get_feature_names_out(), *("#" + g for g in chars.get_feature_names_out())]
    assert_same(x, terms, expected, names)


def test_max_features_keeps_the_terms_used_most(spout, lines, tmp_path):
    path, documents = lines
    counter = CountVectorizer()
    totals = np.sort(np.asarray(counter.fit_transform(documents).sum(axis=0)).ravel())[::-1]
    limit = next(k for k in range(100, 1000) if totals[k - 1] > totals[k])  # no draw there
    x, terms = convert(spout, path, tmp_path, "--max-features", limit)
    vectorizer = TfidfVectorizer(norm=None, max_features=limit).fit(documents)
    names = list(vectorizer.get_feature_names_out())
    assert_same(x, terms, vectorizer.fit_transform(documents), names)


def test_later_documents_are_read_by_the_same_vocabulary(spout, lines, tmp_path):
    _, documents = lines
    train, test = tmp_path / "train.txt", tmp_path / "test.txt"
    train.write_text("".join(f"a b\t{line}\n" for line in documents[:600]), encoding="utf-8")
    test.write_text("".join(f"c b\t{line}\n" for line in documents[600:]), encoding="utf-8")
    _, terms = convert(spout, train, tmp_path)
    other = f"{tmp_path}/tX.npz,{tmp_path}/tY.npz"
    spout("convert", test, other, "--format", "text", "--names", tmp_path / "X.names")
    vectorizer = TfidfVectorizer(norm=None).fit(documents[:600])
    expected = vectorizer.transform(documents[600:])
    names = list(vectorizer.get_feature_names_out())
    assert_same(load_matrix(tmp_path / "tX.npz"), terms, expected, names)
    y = load_matrix(tmp_path / "tY.npz")  # b is 1 as in training; c comes behind
    assert y.shape == (400, 3) and (y.toarray() == [0, 1, 1]).all()
    assert (tmp_path / "tX.names/labels.txt").read_text() == "a\nb\nc\n"  # which names it
    error = refused(spout, "convert", test, other, "--names", tmp_path / "X.names", "--min-df", 3)
    assert "--min-df: the folder of --names has settled it" in error


def test_every_character_is_in_words_where_python_has_it(spout, tmp_path):
    # Those of Unicode 3.2, which all versions agree on.
    points = [chr(p) for p in range(0x110000) if unicodedata.ucd_3_2_0.category(chr(p)) != "Cn"]
    points = [c for c in points if not 0xD800 <= ord(c) < 0xE000 and c not in "\n\r\t"]
    assert len(points) > 200_000
    documents = [
        "ab{}cd {}{} ef{}".format(*[c] * 4) for c in points if unicodedata.category(c) != "Co"
    ]
    path = tmp_path / "points.txt"
    path.write_bytes("".join(f"a\t{d}\n" for d in documents).encode())
    x, terms = convert(spout, path, tmp_path)
    vectorizer = TfidfVectorizer(norm=None)
    expected = vectorizer.fit_transform(documents)
    assert_same(x, terms, expected, list(vectorizer.get_feature_names_out()))


def test_broken_utf8_is_what_python_replaces(spout, tmp_path):
    rng = random.Random(2)
    pieces = [b"word", b" ", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xff", b"\xed\xa0\x80"]
    pieces += ["\u00e9t\u00e9".encode(), "\u65e5".encode(), b"\x80", b"\xf4\x90", b"\xc0\xaf"]
    raw = [b"".join(rng.choices(pieces, k=rng.randrange(1, 9))) for _ in range(500)]
    path = tmp_path / "raw.txt"
    path.write_bytes(b"".join(b"a\t" + line + b"\n" for line in raw))
    documents = [line.decode(errors="replace") for line in raw]
    x, terms = convert(spout, path, tmp_path, "--char-ngrams", "2,3")
    words = TfidfVectorizer(norm=None)
    chars = TfidfVectorizer(norm=None, analyzer="char_wb", ngram_range=(2, 3))
    expected = sp.hstack([words.fit_transform(documents), chars.fit_transform(documents)])
    names = [*words.get_feature_names_out(), *("#" + g for g in chars.get_feature_names_out())]
    assert_same(x, terms, expected, names)
    _, error = spout("inspect", path, "--format", "text")
    broken = sum(document.count("\ufffd") for document in documents)
    assert error.count(f"raw.txt: {broken} broken UTF-8 sequences were replaced") == 1


def test_json_lines_are_the_same_documents(spout, lines, tmp_path):
    _, documents = lines
    tabbed, jsonl = tmp_path / "a.txt", tmp_path / "a.jsonl"
    tabbed.write_text("".join(f"l{i % 7} z\t{d}\n" for i, d in enumerate(documents)), "utf-8")
    objects = [{"text": d, "labels": [f"l{i % 7}", "z"], "id": i} for i, d in enumerate(documents)]
    jsonl.write_text("".join(json.dumps(o) + "\n" for o in objects))
    (tmp_path / "t").mkdir()
    (tmp_path / "j").mkdir()
    convert(spout, tabbed, tmp_path / "t")
    spout("convert", jsonl, f"{tmp_path}/j/X.npz,{tmp_path}/j/Y.npz")  # known by its content
    for file in ["X.npz", "Y.npz"]:
        one, other = load_matrix(tmp_path / "t" / file), load_matrix(tmp_path / "j" / file)
        assert abs(one - other).nnz == 0 and one.shape == other.shape
    labels = [(tmp_path / f / "X.names/labels.txt").read_text() for f in "tj"]
    assert labels[0] == labels[1] == "l0\nz\nl1\nl2\nl3\nl4\nl5\nl6\n"
