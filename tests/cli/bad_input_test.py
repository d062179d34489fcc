"""Broken input: one clear line, exit code 2, and nothing half-written left behind."""

import gzip
import os
import re
import subprocess

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import BINARY, refused

HEADER = "2 3 4\n"
GOOD = HEADER + "0,3 0:1 2:0.5\n1 1:2\n"


def train_refused(spout, folder, content, *more):
    """Refusal of a training on a text file with this content; leaves no model and no log."""
    file = folder / "data.txt"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    line = refused(spout, "train", "--train", file, "--output", folder / "run", *more)
    assert not list(folder.glob("run/*")), "a refused training left files"
    return line


TEXTS = {
    "empty file": (b"", "data.txt: "),
    "too few rows": ("3 3 4\n0 0:1\n1 1:2\n", "expected 3 rows, as the header says, found 2"),
    "too many rows": ("1 3 4\n0 0:1\n1 1:2\n", "data.txt:3: "),
    "label equal to L": (HEADER + "4 0:1\n1 1:2\n", "data.txt:2: expected a label below 4, found"),
    "negative label": (HEADER + "-1 0:1\n1 1:2\n", "data.txt:2: "),
    "feature equal to D": (HEADER + "0 0:1\n1 3:2\n", "data.txt:3: expected a feature below 3"),
    "negative feature": (HEADER + "0 -1:1\n1 1:2\n", "data.txt:2: "),
    "duplicate feature": (HEADER + "0 1:1 1:2\n1 1:2\n", "data.txt:2: "),
    "NaN value": (HEADER + "0 1:nan\n1 1:2\n", "data.txt:2: "),
    "infinite value": (HEADER + "0 1:inf\n1 1:2\n", "data.txt:2: "),
    "value missing": (HEADER + "0 1:\n1 1:2\n", "data.txt:2: "),
    "word for a number": (HEADER + "0 1:two\n1 1:2\n", "data.txt:2: "),
    "label with a value": (HEADER + "0:0.5,1:2 1:1\n1 1:2\n", "data.txt:2: "),
    "index beyond 64 bits": (HEADER + "99999999999999999999 1:1\n1 1:2\n", "data.txt:2: "),
    "no labels at all": ("2 3 0\n 0:1\n 1:2\n", "nothing to learn"),
    "ambiguous format": ("2 3 4\n0 1\n1 2\n", "--format"),
    "adjacency text": ("0 5 7\n1 2 3 4\n2 9 x\n", "data.txt:3: expected an item's number"),
    "prose": ("It was a bright cold day\nin April\n", "data.txt"),
    "binary": (bytes(range(256)) * 4, "data.txt"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_broken_text_is_refused(spout, tmp_path, name):
    content, part = TEXTS[name]
    assert part in train_refused(spout, tmp_path, content)


def test_a_reader_of_messages_that_is_gone_changes_nothing(spout, data, tmp_path):
    with open("/dev/full", "w") as full:
        words = [BINARY, "trian"]
        assert subprocess.run(words, stderr=full, check=False).returncode == 2
        words = [BINARY, "train", "--train", data / "train.txt", "--output", tmp_path / "run"]
        words += ["--hidden", "8", "--epochs", "1"]
        assert subprocess.run(words, stderr=full, check=False).returncode == 0
    assert (tmp_path / "run/model.pt").exists()


def test_options_that_make_no_sense_are_refused(spout, trained, data, tmp_path):
    train = ["train", "--train", data / "train.txt", "--output", tmp_path / "run"]
    assert "--lazy: expected true or false" in refused(spout, *train, "--lazy=maybe")
    assert f"{tmp_path}: cannot open this config" in refused(spout, *train, "--config", tmp_path)
    synth = ["synth", "--output", tmp_path / "made"]
    for option in ("--rows", "--test-rows", "--features", "--labels"):
        for number in (-9, 2**63 - 1):
            line = refused(spout, *synth, option, number)
            assert f"{option}: expected 1 to " in line
    assert "--row is for data and" in refused(spout, "inspect", trained, "--row", 3)
    assert "--row: expected a row" in refused(spout, "inspect", data / "test.txt", "--row", -7)
    spout("predict", trained, "--data", data / "test.txt", "--output", tmp_path / "p.npz")
    base = ["evaluate", tmp_path / "p.npz", "--data", data / "test.txt"]
    for option, value in (("--threads", -5), ("--device", "foo"), ("--batch-size", -5)):
        assert f"spout: {option}: " in refused(spout, *base, option, value)


def test_good_text_of_the_same_kind_is_accepted(spout, tmp_path):
    (tmp_path / "data.txt").write_text(GOOD)
    spout("train", "--train", tmp_path / "data.txt", "--output", tmp_path / "run", "--epochs", 1)


def test_more_labels_than_memory_has_room_for_are_counted(spout, tmp_path):
    (tmp_path / "data.txt").write_text("281474976710654 1:1\n3 2:1\n3 1:1\n")
    out, _ = spout("inspect", tmp_path / "data.txt")
    assert "281474976710653 labels never occur, 281474976710655 at most 5 times" in out
    assert "the commonest 2" in out


def test_a_name_that_options_json_cannot_hold_is_refused(spout, tmp_path):
    file = os.fsencode(tmp_path) + b"/\xff.txt"
    with open(file, "w") as text:
        text.write(GOOD)
    words = [BINARY, "train", "--train", file, "--output", tmp_path / "run"]
    done = subprocess.run(words, capture_output=True, timeout=300)
    assert done.returncode == 2 and b"expected names in UTF-8" in done.stderr


def test_a_truncated_gz_is_refused(spout, tmp_path):
    whole = gzip.compress((HEADER + "0,3 0:1 2:0.5\n1 1:2\n").encode() * 1)
    file = tmp_path / "data.txt.gz"
    file.write_bytes(whole[:-12])
    line = refused(spout, "train", "--train", file, "--output", tmp_path / "run")
    assert "data.txt.gz" in line and not (tmp_path / "run/model.pt").exists()


def test_a_missing_file_and_a_folder_are_refused(spout, tmp_path):
    assert "none.txt" in refused(
        spout, "train", "--train", tmp_path / "none.txt", "--output", tmp_path / "r"
    )
    line = refused(spout, "predict", tmp_path, "--data", tmp_path, "--output", tmp_path / "p.npz")
    assert "run folder" in line


def test_a_folder_as_data_is_refused(spout, trained, tmp_path):
    line = refused(spout, "predict", trained, "--data", tmp_path, "--output", tmp_path / "p.npz")
    assert "folder" in line or "directory" in line


@pytest.mark.skipif(os.geteuid() == 0 and not os.path.exists("/usr/bin/setpriv"), reason="root")
def test_a_file_without_permission_is_refused(tmp_path):
    file = tmp_path / "data.txt"
    file.write_text(GOOD)
    file.chmod(0)
    words = [BINARY, "inspect", str(file)]
    if os.geteuid() == 0:
        drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        if subprocess.run([*drop, BINARY, "--version"], capture_output=True).returncode != 0:
            pytest.skip("another user cannot run this build; the unit tests cover it")
        words = [*drop, *words]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 2
    assert "ermission" in done.stderr


def test_a_full_disk_is_refused_and_leaves_nothing(spout, trained, data, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a small file system cannot be mounted here; the unit tests cover it")
    try:
        for name in ("p.npz", "p.pt", "p.txt"):
            line = refused(
                spout,
                "predict",
                trained,
                "--data",
                data / "test.txt",
                *("--top-k", 100, "--output", small / name),
            )
            assert name in line
            assert list(small.iterdir()) == []
        line = refused(spout, "export", trained, "--output", small / "m.ts")
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


MISTAKES = {
    "unknown command": (["trian"], "did you mean 'train'"),
    "no command": ([], "no command"),
    "unknown option": (["train", "--epcohs", "3"], "did you mean '--epochs'"),
    "bad number": (["train", "--epochs", "three"], "--epochs: expected auto or a number"),
    "missing value": (["train", "--epochs"], "--epochs: expected a value"),
    "no data": (["train", "--output", "r"], "--train DATA is needed"),
    "unknown model": (["train", "--train", "t", "--output", "r", "--model", "mlpp"], "'mlp'"),
    "unknown loss": (["train", "--train", "t", "--output", "r", "--loss", "bec"], "'bce'"),
    "unknown device": (
        ["train", "--train", "{train}", "--output", "{new}", "--device", "gpu"],
        "--device",
    ),
    "no GPU here": (
        ["train", "--train", "{train}", "--output", "{new}", "--device", "cuda"],
        "--device cuda",
    ),
    "bad precision": (
        ["train", "--train", "{train}", "--output", "{new}", "--precision", "fp8"],
        "--precision",
    ),
    "bad format": (
        ["train", "--train", "{train}", "--output", "{new}", "--format", "xcm"],
        "'xmc'",
    ),
    "bad normalize": (
        ["train", "--train", "{train}", "--output", "{new}", "--normalize", "l1"],
        "--normalize",
    ),
    "unknown metric": (
        ["evaluate", "{run}", "--data", "{train}", "--metrics", "Q@1"],
        "'Q@1' is unknown",
    ),
    "a limit that limits nothing": (
        ["predict", "{run}", "--data", "{train}", "--output", "p.npz", "--row-limit", "9"],
        "--row-limit is for --top-k 0",
    ),
    "bad ending": (["predict", "{run}", "--data", "{train}", "--output", "p.csv"], ".npz"),
    "bad layout": (
        ["predict", "{run}", "--data", "{train}", "--output", "p.npz", "--layout", "cso"],
        "--layout: 'cso' is unknown; did you mean 'csr'",
    ),
    "all scores": (
        ["predict", "{run}", "--data", "{train}", "--output", "p.npz", "--top-k", "0"],
        "--threshold",
    ),
    "missing folder": (
        ["predict", "{run}", "--data", "{train}", "--output", "{new}/p.npz"],
        "p.npz",
    ),
    "not a run": (["export", "{data}", "--output", "m.ts"], "expected a run folder"),
    "bad density": (["synth", "--density", "2", "--output", "{new}"], "--density"),
    "no propensities": (
        ["evaluate", "{predictions}", "--data", "{train}", "--metrics", "PSP@1"],
        "--train",
    ),
}


@pytest.fixture(scope="module")
def places(spout, trained, data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("places")
    spout("predict", trained, "--data", data / "train.txt", "--output", folder / "p.npz")
    return {
        "train": data / "train.txt",
        "run": trained,
        "data": data,
        "predictions": folder / "p.npz",
    }


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_on_the_command_line_gets_one_line(spout, places, tmp_path, name):
    import torch

    if name == "no GPU here" and torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    words, part = MISTAKES[name]
    words = [word.format(new=tmp_path / "new", **places) for word in words]
    assert part in refused(spout, *words, cwd=tmp_path)
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert left == []


def test_a_01_loss_on_a_target_of_2_is_refused(spout, tmp_path):
    y = sp.csr_matrix(np.array([[0, 2.0], [1, 0]], dtype=np.float32))
    sp.save_npz(tmp_path / "X.npz", sp.eye(2, format="csr", dtype=np.float32))
    sp.save_npz(tmp_path / "Y.npz", y)
    pair = f"{tmp_path}/X.npz,{tmp_path}/Y.npz"
    line = refused(spout, "train", "--train", pair, "--output", tmp_path / "run")
    assert "bce" in line and "found" in line and "2" in line
    spout("train", "--train", pair, "--output", tmp_path / "ok", "--loss", "mse", "--epochs", 1)


def test_broken_npz_pairs_are_refused(spout, tmp_path):
    x = sp.eye(3, format="csr", dtype=np.float32)
    sp.save_npz(tmp_path / "X.npz", x)
    sp.save_npz(tmp_path / "short.npz", x[:2])
    (tmp_path / "text.npz").write_text("not a zip")
    sp.save_npz(tmp_path / "bsr.npz", x.tobsr())
    bad = x.copy()
    bad.data[1] = np.nan
    sp.save_npz(tmp_path / "nan.npz", bad)
    wrong = x.copy()
    wrong.indices = np.array([0, 7, 2], dtype=np.int32)
    sp.save_npz(tmp_path / "range.npz", wrong)
    for name, part in (
        ("short", "expected 3 rows"),
        ("text", "text.npz"),
        ("bsr", "csr, csc or coo, found bsr"),
        ("nan", "nan.npz"),
        ("range", "range.npz"),
        ("missing", "missing.npz"),
    ):
        pair = f"{tmp_path}/X.npz,{tmp_path}/{name}.npz"
        line = refused(spout, "train", "--train", pair, "--output", tmp_path / "run")
        assert part in line


def test_data_that_does_not_fit_the_model_is_refused(spout, trained, tmp_path):
    (tmp_path / "narrow.txt").write_text("1 7 120\n0 1:1\n")
    line = refused(
        spout,
        "predict",
        trained,
        "--data",
        tmp_path / "narrow.txt",
        *("--output", tmp_path / "p.npz"),
    )
    assert "expected 300 features" in line and "found 7" in line


def test_nothing_is_overwritten_without_force(spout, trained, data, tmp_path):
    target = tmp_path / "p.npz"
    target.write_text("mine")
    words = ("predict", trained, "--data", data / "test.txt", "--output", target)
    assert "--force" in refused(spout, *words)
    assert target.read_text() == "mine"
    spout(*words, "--force")
    assert sp.load_npz(target).shape == (120, 120)
    line = refused(spout, "train", "--train", data / "train.txt", "--output", trained)
    assert "--resume" in line and "--force" in line


def test_a_training_that_cannot_fit_is_refused_with_advice(spout, tmp_path):
    file = tmp_path / "wide.txt"
    file.write_text("1 2000000 3000000\n5 7:1\n")
    line = refused(spout, "train", "--train", file, "--output", tmp_path / "r", "--model", "linear")
    assert "GiB" in line and "try --model mlp" in line


def diverge(spout, tmp_path, batch_size):
    """Trains at an absurd rate, must fail; returns what it said."""
    (tmp_path / "t.txt").write_text("2 2 2\n0 0:1e30\n1 1:-1e30\n")
    run = tmp_path / "run"
    _, error = spout(
        *("train", "--train", tmp_path / "t.txt", "--output", run, "--batch-size", batch_size),
        *("--normalize", "none", "--lr", 1e30, "--loss", "mse", "--model", "linear"),
        *("--optimizer", "sgd", "--epochs", 50),
        code=1,
    )
    assert not (run / "model.pt").exists() and not (run / "checkpoint.pt").exists()
    return error


def test_a_loss_that_is_not_finite_stops_the_run_and_names_step_and_rows(spout, tmp_path):
    assert re.search(r"the loss is .* at step 2 \(rows [01]\)", diverge(spout, tmp_path, 1))


def test_weights_that_the_last_step_made_infinite_are_not_saved(spout, tmp_path):
    assert "'output.weight' are no longer finite after step 1" in diverge(spout, tmp_path, 2)


def test_options_of_hidden_layers_are_refused_where_there_are_none(spout, data, tmp_path):
    for option, value in [("--dropout", 0.5), ("--activation", "gelu"), ("--hidden", 64)]:
        line = refused(
            spout,
            *("train", "--train", data / "train.txt", "--output", tmp_path / "r"),
            *("--model", "linear", option, value),
        )
        assert option in line and "the model linear does not use it" in line


def test_a_target_that_is_taken_is_refused_before_the_work(spout, trained, data, tmp_path):
    taken = tmp_path / "taken.npz"
    taken.write_text("mine")
    for words in [
        ("predict", trained, "--data", data / "missing.txt", "--output", taken),
        ("evaluate", trained, "--data", data / "missing.txt", "--json", taken),
        ("convert", data / "train.txt", f"{tmp_path}/new.npz,{taken}"),
    ]:
        assert "--force" in refused(spout, *words)
    assert taken.read_text() == "mine"
    assert not (tmp_path / "new.npz").exists()


def test_results_that_cannot_be_printed_are_an_error(spout, data):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [BINARY, "inspect", data / "train.txt"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert "standard output" in done.stderr
