"""Train, evaluate and predict read DATA of every option from pipes and standard input.

Reading from one pipe went well before, so those tests are guards. What failed: the same source in
two options, a run trained from /dev/fd, prediction files and matrices from a pipe.
"""

import gzip
from pathlib import Path

import pytest
from conftest import refused
from read_once_test import feed, write_matrix

ROWS = "".join(f"{i % 3},{3 + i % 2} {1 + i % 3}:1 {4 + i % 2}:0.5\n" for i in range(40))
PAIRS = "user,item,rating\n" + "".join(f"u{i % 9},i{(i * i) % 7},{1 + i % 5}\n" for i in range(60))
NEW = "user,item,rating\nann,i1,5\nann,i4,3\nbob,i2,4\n"
WAYS = ["stdin", "fd", "fifo"]
EASE = ["--model", "ease", "--ridge", 1]


@pytest.fixture(scope="module")
def folder(spout, tmp_path_factory):
    """Files, and a run of rows and one of users and items, which were trained on these files."""
    folder = tmp_path_factory.mktemp("once")
    (folder / "rows.svm").write_text(ROWS)
    (folder / "rows.svm.gz").write_bytes(gzip.compress(ROWS.encode()))
    (folder / "pairs.csv").write_text(PAIRS)
    (folder / "new.csv").write_text(NEW)
    spout("train", "--train", folder / "rows.svm", "--output", folder / "rows", "--model", "svm")
    spout("train", "--train", folder / "pairs.csv", "--output", folder / "users", *EASE)
    return folder


def model_bytes(run):
    return (run / "model.pt").read_bytes()


@pytest.mark.parametrize("way", [*WAYS, "fd, gzip"])
def test_a_run_trained_from_a_pipe_is_that_of_the_file(spout, folder, tmp_path, way):
    way, _, packed = way.partition(", ")
    file = tmp_path / "data"
    file.write_bytes((folder / ("rows.svm.gz" if packed else "rows.svm")).read_bytes())
    run = tmp_path / "run"
    with feed(file, way) as (name, options):
        spout("train", "--train", name, "--output", run, "--model", "svm", **options)
    assert model_bytes(run) == model_bytes(folder / "rows")


def test_users_and_items_are_trained_from_a_pipe(spout, folder, tmp_path):
    (tmp_path / "data").write_text(PAIRS)
    run = tmp_path / "run"
    with feed(tmp_path / "data", "fd") as (name, options):
        spout("train", "--train", name, "--output", run, *EASE, **options)
    assert model_bytes(run) == model_bytes(folder / "users")
    assert (run / "labels.txt").read_text() == (folder / "users/labels.txt").read_text()


@pytest.mark.parametrize("option", ["--valid", "--valid-input"])
def test_validation_data_come_from_a_pipe(spout, folder, tmp_path, option):
    (tmp_path / "data").write_text(PAIRS)
    words = ["train", "--train", folder / "pairs.csv", *EASE, "--metrics", "Recall@2", "--valid"]
    words += [folder / "new.csv", option] if option == "--valid-input" else []
    asked, _ = spout(*words, tmp_path / "data", "--output", tmp_path / "a")
    with feed(tmp_path / "data", "fd") as (name, options):
        got, _ = spout(*words, name, "--output", tmp_path / "b", **options)
    metrics = [next(w for w in text.splitlines() if "Recall@2" in w) for text in (asked, got)]
    assert metrics[0] == metrics[1]


@pytest.mark.parametrize("way", WAYS)
def test_evaluate_reads_its_data_once(spout, folder, tmp_path, way):
    (tmp_path / "data").write_text(ROWS)
    asked, _ = spout("evaluate", folder / "rows", "--data", folder / "rows.svm")
    with feed(tmp_path / "data", way) as (name, options):
        assert spout("evaluate", folder / "rows", "--data", name, **options)[0] == asked


@pytest.mark.parametrize("option", ["--data", "--train"])
def test_evaluate_reads_users_once(spout, folder, tmp_path, option):
    base = ["evaluate", folder / "users"]
    files = {"--data": folder / "pairs.csv", "--train": folder / "new.csv"}
    asked, _ = spout(*base, "--data", files["--data"], "--train", files["--train"])
    (tmp_path / "data").write_bytes(files.pop(option).read_bytes())
    rest = [word for pair in files.items() for word in pair]
    with feed(tmp_path / "data", "fd") as (name, options):
        assert spout(*base, *rest, option, name, **options)[0] == asked


def test_thresholds_are_calibrated_from_a_pipe(spout, folder, tmp_path):
    base = ["evaluate", folder / "rows", "--data", folder / "rows.svm", "--metrics", "micro-F1"]
    base += ["--threshold", "auto", "--calibrate"]
    (tmp_path / "data").write_text(ROWS)
    asked, _ = spout(*base, folder / "rows.svm")
    with feed(tmp_path / "data", "fd") as (name, options):
        assert spout(*base, name, **options)[0] == asked


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("run, file", [("rows", "rows.svm"), ("users", "new.csv")])
def test_predict_reads_its_data_once(spout, folder, tmp_path, run, file, way):
    (tmp_path / "data").write_bytes((folder / file).read_bytes())
    base = ["predict", folder / run, "--output", "-", "--data"]
    asked, _ = spout(*base, folder / file)
    with feed(tmp_path / "data", way) as (name, options):
        got, _ = spout(*base, name, **options)
    assert got == asked and len(asked.splitlines()) in (2, 40)


@pytest.mark.parametrize("way", ["stdin", "fd"])
def test_excluded_items_come_from_a_pipe(spout, folder, tmp_path, way):
    (tmp_path / "data").write_text("user,item,rating\nann,i2,5\n")
    words = ["predict", folder / "users", "--data", folder / "new.csv", "--output", "-"]
    asked, _ = spout(*words, "--exclude", tmp_path / "data")
    assert "i2:" not in asked.splitlines()[0]
    with feed(tmp_path / "data", way) as (name, options):
        assert spout(*words, "--exclude", name, **options)[0] == asked


def test_predictions_are_evaluated_from_a_pipe(spout, folder, tmp_path):
    text, _ = spout("predict", folder / "rows", "--data", folder / "rows.svm", "--output", "-")
    (tmp_path / "p.txt").write_text(text)
    words = ["--data", folder / "rows.svm", "--metrics", "P@1,nDCG@3"]
    asked, _ = spout("evaluate", tmp_path / "p.txt", *words)
    with feed(tmp_path / "p.txt", "fd") as (name, options):
        assert spout("evaluate", name, *words, **options)[0] == asked


def twice(folder, run):
    """Words of commands that name one source, here ONE, in two options."""
    train = ["train", "--output", run, "--model", "svm"]
    users = ["evaluate", folder / "users"]
    return {
        "train and validation": [*train, "--train", "ONE", "--valid", "ONE"],
        "data and known items": [*users, "--data", "ONE", "--train", "ONE"],
        "data and calibration": [
            *("evaluate", folder / "rows", "--data", "ONE"),
            *("--threshold", "auto", "--calibrate", "ONE"),
        ],
        "data and excluded items": [
            *("predict", folder / "users", "--data", "ONE"),
            *("--exclude", "ONE", "--output", run / "p.txt"),
        ],
    }


@pytest.mark.parametrize("way", ["stdin", "fd"])
@pytest.mark.parametrize("name", twice(Path(), Path()))
def test_one_source_in_two_options_is_refused(spout, folder, tmp_path, name, way):
    words = twice(folder, tmp_path)[name]
    (tmp_path / "data").write_text(PAIRS if folder / "users" in words else ROWS)
    with feed(tmp_path / "data", way) as (source, options):
        words = [source if word == "ONE" else word for word in words]
        line = refused(spout, *words, **options)
    options = [word for word in words if word in ("--train", "--valid", "--calibrate", "--exclude")]
    assert any(option in line for option in options)


@pytest.mark.parametrize(
    "first, second", [("-", "/dev/stdin"), ("/dev/fd/0", "-"), ("/dev/stdin", "/dev/stdin")]
)
def test_one_source_by_two_names_is_refused(spout, tmp_path, first, second):
    (tmp_path / "data").write_text(ROWS)
    words = ["--train", first, "--valid", second, "--output", tmp_path / "run", "--model", "svm"]
    with feed(tmp_path / "data", "stdin") as (_, options):
        assert "--valid" in refused(spout, "train", *words, **options)


def test_one_fifo_in_two_options_is_refused(spout, tmp_path):
    (tmp_path / "data").write_text(ROWS)
    words = ["--output", tmp_path / "run", "--model", "svm"]
    with feed(tmp_path / "data", "fifo") as (name, _):
        assert "--valid" in refused(spout, "train", "--train", name, "--valid", name, *words)


def test_one_file_in_two_options_is_read_twice(spout, folder, tmp_path):
    """A guard: only what can be read once is refused."""
    file = folder / "rows.svm"
    words = ["--output", tmp_path / "run", "--model", "svm"]
    spout("train", "--train", file, "--valid", file, *words)


@pytest.mark.parametrize("way", ["stdin", "fd"])
def test_training_data_of_a_pipe_cannot_be_read_again(spout, tmp_path, way):
    (tmp_path / "data").write_text(PAIRS)
    run = tmp_path / "run"
    with feed(tmp_path / "data", way) as (name, options):
        spout("train", "--train", name, "--output", run, *EASE, **options)
    words = ["evaluate", run, "--data", tmp_path / "data"]
    assert "--train" in refused(spout, *words, input="user,item\nann,i1\n")
    (tmp_path / "known.csv").write_text(NEW)
    spout(*words, "--train", tmp_path / "known.csv")


def test_propensities_of_a_pipe_cannot_be_read_again(spout, folder, tmp_path):
    run = tmp_path / "run"
    with feed(folder / "rows.svm", "stdin") as (name, options):
        spout("train", "--train", name, "--output", run, "--model", "svm", **options)
    words = ["evaluate", run, "--data", folder / "rows.svm", "--metrics", "PSP@1"]
    assert "--train" in refused(spout, *words, input=ROWS)
    spout(*words, "--train", folder / "rows.svm")


@pytest.mark.parametrize("way", ["stdin", "fd"])
@pytest.mark.parametrize("ending", ["npz", "npy", "pt"])
def test_matrices_from_a_pipe_are_refused(spout, folder, tmp_path, ending, way):
    file = write_matrix(tmp_path / f"m.{ending}")
    with feed(file, way) as (name, options):
        words = ["predict", folder / "rows", "--data", name, "--output", "-"]
        assert "file" in refused(spout, *words, **options).replace(name, "")
