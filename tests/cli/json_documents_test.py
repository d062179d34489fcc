"""Documents: JSON in other shapes than an object a line, "label", errors, columns of tabs."""

import re

import pytest
import scipy.sparse as sp
from conftest import refused

PAIR = ["X.npz", "Y.npz"]


def convert(spout, tmp_path, text, *words, name="docs.jsonl"):
    """Converts documents; returns for each the names of its labels, and the messages."""
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    out = [tmp_path / part for part in PAIR]
    _, said = spout("convert", tmp_path / name, f"{out[0]},{out[1]}", *words)
    names = (tmp_path / "X.names/labels.txt").read_text().splitlines()
    y = sp.load_npz(out[1])
    return [sorted(names[j] for j in y[i].indices) for i in range(y.shape[0])], said


def convert_refused(spout, tmp_path, text, *words, name="docs.jsonl"):
    """The line with which convert refuses the documents; the name of a test is not in it."""
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    out = f"{tmp_path}/X.npz,{tmp_path}/Y.npz"
    line = refused(spout, "convert", tmp_path / name, out, *words)
    assert not (tmp_path / "X.npz").exists()
    return line.replace(str(tmp_path), "")


ONE = '{"text": "the match", "labels": ["a b"]}'

OTHER_JSON = {
    "indented": '{\n  "text": "the match",\n  "labels": ["a b"]\n}\n',
    "indented by tabs": '{\n\t"text": "the match",\n\t"labels": [\n\t\t"a b"\n\t]\n}\n',
    "two indented": '{\n  "text": "the match"\n}\n{\n  "text": "the song"\n}\n',
    "an array": f"[{ONE}, {ONE}]\n",
    "an array, a line each": f"[\n{ONE},\n{ONE}\n]\n",
    "an indented array": '[\n  {\n    "text": "the match",\n    "labels": ["a b"]\n  }\n]\n',
    "an array behind a blank line": f"\n [{ONE},\n{ONE}]\n",
    "an open brace alone": '{ \r\n"text": "the match", "labels": ["a b"] }\r\n',
}


@pytest.mark.parametrize("words", [[], ["--format", "text"]], ids=["auto", "text"])
@pytest.mark.parametrize("name", OTHER_JSON)
def test_json_that_is_no_object_a_line_is_refused_with_advice(spout, tmp_path, name, words):
    line = convert_refused(spout, tmp_path, OTHER_JSON[name], *words)
    assert "docs.jsonl" in line and "object" in line and "line" in line


@pytest.mark.parametrize("command", ["train", "inspect"])
def test_every_command_refuses_indented_json(spout, tmp_path, command):
    (tmp_path / "docs.json").write_text(OTHER_JSON["indented"])
    file = [tmp_path / "docs.json", "--format", "text"]
    run = ["train", "--output", tmp_path / "run", "--train", *file]
    line = refused(spout, *(run if command == "train" else ["inspect", *file]))
    assert "docs.json" in line and "line" in line


LABEL = {
    "a text": ('{"text": "the match", "label": "a b"}', ["a b"]),
    "an integer": ('{"text": "the match", "label": 7}', ["7"]),
    "a list": ('{"text": "the match", "label": ["a b", 7]}', ["7", "a b"]),
    "in front": ('{"label": "c", "text": "the match"}', ["c"]),
    "an empty list": ('{"text": "the match", "label": []}', []),
    "a negative integer": ('{"label": -1, "text": "the match"}', ["-1"]),
}


@pytest.mark.parametrize("name", LABEL)
def test_the_key_label_is_understood(spout, tmp_path, name):
    line, labels = LABEL[name]
    got, _ = convert(spout, tmp_path, f"{line}\n{ONE}\n")
    assert got == [labels, ["a b"]]


def test_a_run_is_trained_on_the_key_label(spout, tmp_path):
    (tmp_path / "docs.jsonl").write_text(f"{LABEL['a text'][0]}\n{LABEL['an integer'][0]}\n")
    words = ["--train", tmp_path / "docs.jsonl", "--output", tmp_path / "run", "--model", "svm"]
    spout("train", *words)
    assert sorted((tmp_path / "run/labels.txt").read_text().splitlines()) == ["7", "a b"]


@pytest.mark.parametrize("keys", ['"label": "a", "labels": ["a"]', '"labels": [], "label": 7'])
def test_label_and_labels_in_one_object_are_refused(spout, tmp_path, keys):
    line = convert_refused(spout, tmp_path, f'{ONE}\n{{"text": "the song", {keys}}}\n')
    assert "docs.jsonl:2: expected" in line and '"label"' in line


NO_LABELS = {
    "none": '{"text": "the match"}\n{"text": "the song"}\n',
    "empty lists": '{"text": "the match", "labels": []}\n{"text": "the song", "labels": []}\n',
    "another key": '{"text": "the match", "tags": ["a"]}\n{"text": "the song", "tags": ["b"]}\n',
}


@pytest.mark.parametrize("name", NO_LABELS)
def test_json_without_labels_is_refused_by_convert_as_by_train(spout, tmp_path, name):
    line = convert_refused(spout, tmp_path, NO_LABELS[name])
    assert "docs.jsonl" in line and "label" in line
    words = ["--train", tmp_path / "docs.jsonl", "--output", tmp_path / "run"]
    assert "label" in refused(spout, "train", *words).replace(str(tmp_path), "")


def test_json_without_labels_is_converted_by_the_names_of_others(spout, tmp_path):
    """A guard: new documents have no labels."""
    convert(spout, tmp_path, f"{ONE}\n")
    (tmp_path / "new.jsonl").write_text(NO_LABELS["none"])
    out = f"{tmp_path}/X2.npz,{tmp_path}/Y2.npz"
    spout("convert", tmp_path / "new.jsonl", out, "--names", tmp_path / "X.names")
    assert sp.load_npz(tmp_path / "X2.npz").shape[0] == 2


# A line of JSON with a mistake, and a pattern of what must be named: the token, or its position.
PLACE = r"(position|column|character|byte|offset) \d"
MISTAKES = {
    "a lone high surrogate": (r'{"text": "LONG \ud800 match"}', r"(?i)\\ud800|surrogate|" + PLACE),
    "a lone low surrogate": (r'{"text": "LONG \udc00"}', r"(?i)\\udc00|surrogate|" + PLACE),
    "a lone surrogate in a label": (
        r'{"text": "LONG", "labels": ["\ud83d"]}',
        r"(?i)\\ud83d|surrogate|" + PLACE,
    ),
    "NaN": ('{"text": "LONG", "labels": [NaN]}', r'found "?NaN"?|' + PLACE),
    "NaN elsewhere": ('{"text": "LONG", "score": NaN}', r'found "?NaN"?|' + PLACE),
    "Infinity": ('{"text": "LONG", "score": -Infinity}', r'found "?-?Inf|' + PLACE),
    "a trailing comma": ('{"text": "LONG", "labels": ["x",]}', r'found "?\]|' + PLACE),
    "a comma before the end": ('{"text": "LONG",}', r'found "?\}|' + PLACE),
    "a cut line": ('{"text": "LONG", "lab', r"(?i)end of|" + PLACE),
    "a cut object": ('{"text": "LONG"', r"(?i)end of|" + PLACE),
    "an escape": (r'{"text": "LONG\qb"}', r"\\q|" + PLACE),
    "None": ('{"text": "LONG", "labels": None}', r'found "?None|' + PLACE),
    "a fraction": ('{"text": "LONG", "labels": [1.5]}', r'found "?1\.5|' + PLACE),
    "text behind": ('{"text": "LONG"} x', r'found "?x|' + PLACE),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_an_error_of_json_names_the_token_or_its_place(spout, tmp_path, name):
    text, pattern = MISTAKES[name]
    text = text.replace("LONG", "the match was long " * 20)  # so that the line itself is cut
    line = convert_refused(spout, tmp_path, f"{ONE}\n{text}\n")
    assert "docs.jsonl:2: expected" in line and re.search(pattern, line)


THREE_COLUMNS = {
    "issue": "1\tsports\tthe match\n2\tmusic\tthe song\n",
    "names": "doc1\tsports\tthe match was long\ndoc2\tmusic\tthe song was short\n",
    "several labels": "1\tsports music\tthe match\n2\tmusic\tthe song\n",
    "three tabs": "1\ten\tsports\tthe match\n2\tde\tmusic\tthe song\n",
    "no label on a line": "1\tsports\tthe match\n2\t\tthe song\n",
    "a header": "id\tlabel\ttext\n1\tsports\tthe match\n2\tmusic\tthe song\n",
}


@pytest.mark.parametrize("name", THREE_COLUMNS)
def test_a_column_in_front_of_labels_is_refused(spout, tmp_path, name):
    line = convert_refused(
        spout, tmp_path, THREE_COLUMNS[name], "--format", "text", name="docs.tsv"
    )
    assert "docs.tsv" in line and "tab" in line


def test_train_refuses_a_column_in_front_of_labels(spout, tmp_path):
    (tmp_path / "docs.tsv").write_text(THREE_COLUMNS["issue"])
    words = ["--train", tmp_path / "docs.tsv", "--format", "text", "--output", tmp_path / "run"]
    assert "tab" in refused(spout, "train", *words).replace(str(tmp_path), "")


def test_tabs_within_some_texts_are_blanks(spout, tmp_path):
    """A guard: only the same number of tabs on all lines makes columns."""
    text = "sports\tthe match\twas long\nmusic\tthe song\n"
    got, _ = convert(spout, tmp_path, text, "--format", "text", name="docs.tsv")
    assert got == [["sports"], ["music"]]


NO_TABS = {
    "issue": "sports the match\nmusic the song\n",
    "two blanks": "sports  the match\nmusic  the song\n",
}


@pytest.mark.parametrize("name", NO_TABS)
def test_a_training_on_documents_without_tabs_gets_a_hint(spout, tmp_path, name):
    """Guards: the error spoke of a tab before."""
    (tmp_path / "docs.txt").write_text(NO_TABS[name])
    words = ["--train", tmp_path / "docs.txt", "--format", "text", "--output", tmp_path / "run"]
    line = refused(spout, "train", *words).replace(str(tmp_path), "")
    assert "tab" in line
