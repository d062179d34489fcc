"""Rows that are wider than a run's features and labels, and the number that features count from."""

import re

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import load_matrix, refused, run_spout, said

# Labels, then features from 0 and values. The run has 5 features and 3 labels.
ROWS = [
    ([0], {0: 1.0, 3: 0.5}),
    ([1, 2], {1: 2.0, 4: 1.0}),
    ([2], {2: 1.5, 3: 0.25}),
    ([0, 1], {0: 0.5, 1: 1.0, 2: 0.25}),
    ([1], {1: 1.0, 4: 3.0}),
    ([0], {0: 3.0}),
]
NUM_FEATURES, NUM_LABELS = 5, 3


def lines_of(rows, base):
    """Rows as text; those without labels begin with their first feature."""
    for labels, features in rows:
        words = [",".join(map(str, labels))] if labels else []
        yield " ".join([*words, *(f"{f + base}:{v:g}" for f, v in features.items())])


def write_xmc(path, rows, num_features=NUM_FEATURES, num_labels=NUM_LABELS):
    header = f"{len(rows)} {num_features} {num_labels}"
    path.write_text("\n".join([header, *lines_of(rows, 0)]) + "\n")
    return path


def write_libsvm(path, rows, base=1):
    path.write_text("\n".join(lines_of(rows, base)) + "\n")
    return path


def write_npz(folder, rows, num_features=NUM_FEATURES):
    """X.npz,Y.npz as one word, made by SciPy."""
    x = np.zeros((len(rows), num_features), np.float32)
    y = np.zeros((len(rows), NUM_LABELS), np.float32)
    for i, (labels, features) in enumerate(rows):
        x[i, list(features)] = list(features.values())
        y[i, labels] = 1
    sp.save_npz(folder / "X.npz", sp.csr_matrix(x))
    sp.save_npz(folder / "Y.npz", sp.csr_matrix(y))
    return f"{folder}/X.npz,{folder}/Y.npz"


def without_labels(rows):
    return [([], features) for _, features in rows]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Runs xmc, libsvm and npz on the same rows; they have the same weights."""
    folder = tmp_path_factory.mktemp("place")
    sources = {
        "xmc": write_xmc(folder / "train.xmc", ROWS),
        "libsvm": write_libsvm(folder / "train.svm", ROWS),
        "npz": write_npz(folder, ROWS),
    }
    for name, data in sources.items():
        options = "--model linear --epochs 2 --lr 0.1 --batch-size 2".split()
        run_spout("train", "--train", data, "--output", folder / name, *options)
    return folder


@pytest.fixture(scope="module")
def answer(place):
    """The prediction text of ROWS."""
    return run_spout("predict", place / "xmc", "--data", place / "train.xmc", "--output", "-")[0]


def predict(run, data, *more, **options):
    return run_spout("predict", run, "--data", data, "--output", "-", *more, **options)


# Features and labels that the run does not have

WIDE = [
    ([0], {0: 1.0, 3: 0.5, 7: 4.0}),
    ([1, 2], {1: 2.0, 4: 1.0, 5: 1.0, 900: 2.0}),
    ([5, 2], {2: 1.5, 3: 0.25}),
    ([3], {0: 0.5, 1: 1.0, 2: 0.25, 7: 1.0}),
    ([1, 70], {1: 1.0, 4: 3.0}),
    ([0], {0: 3.0}),
]


def write_wide(folder, form, base=1):
    """WIDE in a file; only rows without a header count their features from `base`."""
    if form == "libsvm":
        return write_libsvm(folder / "wide.svm", WIDE, base)
    return write_xmc(folder / "wide.txt", WIDE, 1000, 80)


@pytest.mark.parametrize("run, base", [("xmc", 0), ("libsvm", 1)])
@pytest.mark.parametrize("form", ["xmc", "libsvm"])
def test_features_beyond_the_run_are_left_out_and_counted(place, answer, tmp_path, run, base, form):
    """4 entries with the features 5, 7 and 900; the rows without them are ROWS."""
    out, error = predict(place / run, write_wide(tmp_path, form, base))
    assert out == answer
    assert said(error, "[34]", "features")


@pytest.mark.parametrize("form", ["xmc", "libsvm"])
def test_labels_beyond_the_run_count_as_missed(spout, place, answer, tmp_path, form):
    """Recall by hand: the best 3 labels are all that the run has."""
    data = write_wide(tmp_path, form)
    words = ("--data", data, "--metrics", "Recall@3,P@1")
    out, error = spout("evaluate", place / "libsvm", *words)
    values = dict(line.split() for line in out.splitlines())
    assert float(values["Recall@3"]) == pytest.approx((1 + 1 + 1 / 2 + 0 + 1 / 2 + 1) / 6, abs=1e-4)
    best = [int(re.match(r"\d+", line).group()) for line in answer.splitlines()]
    hits = [label in labels for label, (labels, _) in zip(best, WIDE, strict=True)]
    assert float(values["P@1"]) == pytest.approx(np.mean(hits), abs=1e-4)
    assert said(error, "3", "labels") and said(error, "[34]", "features")


def test_predictions_of_wider_data_are_as_wide_as_the_run(spout, place, tmp_path):
    data = write_wide(tmp_path, "libsvm")
    spout("predict", place / "libsvm", "--data", data, "--output", tmp_path / "p.npz")
    assert load_matrix(tmp_path / "p.npz").shape == (len(ROWS), NUM_LABELS)


def test_a_header_that_is_wider_than_its_rows_changes_nothing(place, answer, tmp_path):
    data = write_xmc(tmp_path / "wide.txt", ROWS, 300, 200)
    out, _ = predict(place / "xmc", data)
    assert out == answer


def test_a_row_of_unknown_features_alone_is_a_row_without_features(place, tmp_path):
    out, error = predict(place / "libsvm", write_libsvm(tmp_path / "a.svm", [([0], {70: 1.0})]))
    (tmp_path / "b.txt").write_text("1 5 3\n0\n")
    empty, _ = predict(place / "xmc", tmp_path / "b.txt")
    assert out == empty and said(error, "1", "features?")


def test_a_validation_file_may_be_wider(spout, place, tmp_path):
    """Validation rows are held to the training data's widths in the same way."""
    words = ("--train", place / "train.svm", "--output", tmp_path / "run", "--model", "linear")
    valid = write_libsvm(tmp_path / "valid.svm", WIDE)
    _, error = spout("train", *words, "--epochs", 1, "--valid", valid)
    assert said(error, "features") and said(error, "3", "labels")


# Widths by option


@pytest.mark.parametrize("form", ["libsvm", "xmc"])
def test_widths_are_those_of_the_options(spout, tmp_path, form):
    write = write_libsvm if form == "libsvm" else write_xmc
    data = write(tmp_path / "train.txt", ROWS)
    words = ("--train", data, "--output", tmp_path / "run", "--model", "linear", "--epochs", 1)
    spout("train", *words, "--num-features", 12, "--num-labels", 9)
    assert "12 features -> 9 labels" in spout("inspect", tmp_path / "run")[0]
    base = 1 if form == "libsvm" else 0
    wide = write_libsvm(tmp_path / "wide.svm", [([8], {0: 1.0, 11: 1.0})], base)
    words = ("--data", wide, "--output", tmp_path / "p.npz", "--top-k", 9)
    _, error = spout("predict", tmp_path / "run", *words)
    assert load_matrix(tmp_path / "p.npz").shape == (1, 9)
    assert not said(error, "left out|not know|not seen|missed")


@pytest.mark.parametrize(
    "option, number, right",
    [("--num-features", 4, 5), ("--num-features", 1, 5), ("--num-labels", 2, 3)],
)
@pytest.mark.parametrize("form", ["libsvm", "xmc"])
def test_smaller_widths_than_those_of_the_data_are_refused(
    spout, place, tmp_path, option, number, right, form
):
    data = place / {"libsvm": "train.svm", "xmc": "train.xmc"}[form]
    words = ("--train", data, "--output", tmp_path / "run", option, number)
    line = refused(spout, "train", *words)
    assert str(right) in re.sub(r"\S*/", "", line) and "unknown option" not in line


# The number that features count from


@pytest.mark.parametrize("run", ["xmc", "npz"])
@pytest.mark.parametrize("labels", [True, False], ids=["labels", "no labels"])
def test_rows_without_a_header_count_as_the_run_does(place, answer, tmp_path, run, labels):
    """The input of issue 21: rows that are typed for a run on xmc count from 0, and it is said."""
    rows = ROWS if labels else without_labels(ROWS)
    out, error = predict(place / run, write_libsvm(tmp_path / "rows.txt", rows, base=0))
    assert out == answer
    assert said(error, "--index-base 0") or said(error, "from 0")


@pytest.mark.parametrize("run", ["xmc", "npz"])
def test_rows_on_standard_input_count_as_the_run_does(place, answer, run):
    """No row has feature 0, so that nothing in the text tells how it counts."""
    rows = [([], {3: 0.5, 1: 1.0}), ([], {4: 1.0})]
    out, error = predict(place / run, "-", input="\n".join(lines_of(rows, 0)) + "\n")
    text = "\n".join(["2 5 3", *lines_of(rows, 0)]) + "\n"
    assert out == predict(place / "xmc", "-", input=text)[0]
    assert said(error, "--index-base 0") or said(error, "from 0")


def test_rows_for_a_run_on_libsvm_count_from_1(place, answer, tmp_path):
    """A guard: libsvm's own way needs no word."""
    out, error = predict(place / "libsvm", write_libsvm(tmp_path / "rows.txt", ROWS))
    assert out == answer and not said(error, "from [01]")


@pytest.mark.parametrize("run", ["xmc", "libsvm", "npz"])
@pytest.mark.parametrize("base", [0, 1])
def test_the_option_says_how_rows_count(place, answer, tmp_path, run, base):
    data = write_libsvm(tmp_path / "rows.txt", ROWS, base)
    assert predict(place / run, data, "--index-base", base)[0] == answer


@pytest.mark.parametrize("run", ["xmc", "npz"])
def test_evaluation_counts_as_the_run_does(spout, place, tmp_path, run):
    words = ("--metrics", "P@1,P@3,nDCG@3,MSE", "--data")
    wanted, _ = spout("evaluate", place / "xmc", *words, place / "train.xmc")
    zero = write_libsvm(tmp_path / "zero.txt", ROWS, base=0)
    out, error = spout("evaluate", place / run, *words, zero)
    assert out == wanted
    assert said(error, "--index-base 0") or said(error, "from 0")
    one = ("--index-base", 1, *words, place / "train.svm")
    assert spout("evaluate", place / run, *one)[0] == wanted


@pytest.mark.parametrize("rows", [ROWS, without_labels(ROWS), [([0], {}), ([], {0: 1.0})]])
def test_feature_0_in_libsvm_text_is_refused_with_advice(spout, place, tmp_path, rows):
    data = write_libsvm(tmp_path / "rows.svm", rows, base=0)
    words = ("--data", data, "--format", "libsvm", "--output", "-")
    line = refused(spout, "predict", place / "libsvm", *words)
    assert re.search(r"rows.svm:\d+: expected", line) and "--index-base 0" in line


@pytest.mark.parametrize(
    "words",
    [
        "train --train {data} --output {out}/run",
        "convert {data} {out}/X.npz,{out}/Y.npz",
        "inspect {data}",
        "evaluate {place}/libsvm --data {data}",
        "train --train {place}/train.svm --valid {data} --output {out}/run",
        "convert {data} {out}/folder/",
    ],
    ids=["train", "convert", "inspect", "evaluate", "valid", "data folder"],
)
def test_every_command_gives_this_advice_and_takes_it(spout, place, tmp_path, words):
    data = write_libsvm(tmp_path / "rows.svm", ROWS, base=0)
    words = words.format(data=data, out=tmp_path, place=place).split()
    line = refused(spout, *words)
    assert "rows.svm:1: expected" in line and "--index-base 0" in line
    spout(*words, "--index-base", 0)


@pytest.mark.parametrize("base", [0, 1])
def test_conversions_agree_with_scikit_learn(spout, tmp_path, base):
    from sklearn.datasets import load_svmlight_file

    data = write_libsvm(tmp_path / "rows.svm", ROWS, base)
    x, y = tmp_path / "X.npz", tmp_path / "Y.npz"
    spout("convert", data, f"{x},{y}", "--index-base", base)
    wanted, _ = load_svmlight_file(str(data), multilabel=True, zero_based=base == 0)
    assert (load_matrix(x) != wanted.astype(np.float32)).nnz == 0
    assert load_matrix(y).indices.tolist() == [label for labels, _ in ROWS for label in labels]


def test_a_data_folder_counts_by_the_option(spout, tmp_path):
    data = write_libsvm(tmp_path / "rows.svm", ROWS, base=0)
    spout("convert", data, f"{tmp_path}/folder/", "--index-base", 0)
    found = np.load(tmp_path / "folder/X_indices.npy").tolist()
    assert found == [feature for _, features in ROWS for feature in features]


def test_inspection_counts_by_the_option(spout, tmp_path):
    data = write_libsvm(tmp_path / "rows.svm", ROWS, base=0)
    out, _ = spout("inspect", data, "--index-base", 0)
    assert re.search(r"features +6 x 5\n", out)


def test_a_run_keeps_the_base_of_its_training(spout, answer, tmp_path):
    data = write_libsvm(tmp_path / "train.svm", ROWS, base=0)
    options = "--model linear --epochs 2 --lr 0.1 --batch-size 2 --index-base 0".split()
    spout("train", "--train", data, "--output", tmp_path / "run", *options)
    out, error = predict(tmp_path / "run", data)
    assert out == answer
    assert said(error, "--index-base 0") or said(error, "from 0")
    one = write_libsvm(tmp_path / "one.svm", ROWS, base=1)
    assert predict(tmp_path / "run", one, "--index-base", 1)[0] == answer


@pytest.mark.parametrize("base", ["2", "-1", "one"])
def test_features_count_from_0_or_1_only(spout, place, base):
    words = ("--data", place / "train.svm", "--output", "-", "--index-base", base)
    line = refused(spout, "predict", place / "libsvm", *words)
    assert "--index-base" in line and "unknown option" not in line


@pytest.mark.parametrize(
    "text", ["user,item\na,b\n", "sport\tthe match\n"], ids=["users and items", "documents"]
)
def test_data_without_numbered_features_have_no_base(spout, tmp_path, text):
    (tmp_path / "data.txt").write_text(text)
    words = ("--train", tmp_path / "data.txt", "--output", tmp_path / "run", "--index-base", 0)
    kind = "text" if "\t" in text else "pairs"
    line = refused(spout, "train", *words, "--format", kind)
    assert "--index-base" in line and "unknown option" not in line
