"""What evaluation, inspection and a resume say of a run without being asked for more."""

import json
import re

import numpy as np
import pytest
from conftest import load_matrix, run_spout, said

# Values


@pytest.fixture(scope="module")
def values(tmp_path_factory):
    folder = tmp_path_factory.mktemp("values")
    size = "--rows 120 --features 30 --labels 8 --values real --density 0.2".split()
    run_spout("synth", *size, "--output", folder)
    return folder


VALUED = {
    "mse": ("mlp --loss mse --lr 0.05", 0.5, r"0?\.5"),
    "poisson": ("mlp --loss poisson --lr 0.05", np.log(0.5), r"-0?\.69\d*|-0?\.7"),
    "linear mse": ("linear --loss mse --lr 0.05", 0.5, r"0?\.5"),
    "two heads": ("two-headed --lr 0.05", 0, "0"),
    "two heads, huber": ("two-headed --value-loss huber --lr 0.05", 0, "0"),
    "two heads, poisson": ("two-headed --value-loss poisson --lr 0.05", 0, "0"),
}


def value_metrics():
    """The metrics that `spout evaluate --help` describes as errors of values."""
    out, _ = run_spout("evaluate", "--help")
    lines = re.findall(r"^  (\S+) +(squared error|absolute error|explained share) (.*)$", out, re.M)
    return {name for name, _, what in lines if "probabilities" not in what}


@pytest.mark.parametrize("name", VALUED)
def test_evaluation_of_values_lists_their_errors(spout, values, tmp_path, name):
    """By default, at a threshold that it says; MSE and MAE as NumPy has them."""
    options, threshold, words = VALUED[name]
    pair = [f"{values}/{part}_X.npz,{values}/{part}_Y.npz" for part in ("train", "test")]
    more = ["--epochs", 3] + ([] if "linear" in options else ["--hidden", 8])
    run = tmp_path / "run"
    spout("train", "--train", pair[0], "--output", run, "--model", *options.split(), *more)
    out, error = spout("evaluate", run, "--data", pair[1])
    found = {name: float(value) for name, value in map(str.split, out.splitlines())}
    assert value_metrics() == {"MSE", "MAE", "R2", "nz-MSE", "nz-MAE", "nz-R2"} <= set(found)
    assert said(out + error, "threshold", words)
    more = ("--data", pair[1], "--threshold", threshold, "--output", tmp_path / "p.npz")
    spout("predict", run, *more)
    y = load_matrix(values / "test_Y.npz").toarray()
    gap = load_matrix(tmp_path / "p.npz").toarray() - y
    assert found["MSE"] == pytest.approx((gap**2).mean(), rel=1e-3, abs=1e-4)
    assert found["MAE"] == pytest.approx(np.abs(gap).mean(), rel=1e-3, abs=1e-4)
    assert found["nz-MSE"] == pytest.approx((gap[y != 0] ** 2).mean(), rel=1e-3, abs=1e-4)


def test_evaluation_of_labels_lists_no_errors_of_values(spout, small):
    """A guard: 0/1 targets have ranking metrics by default."""
    out, _ = spout("evaluate", small / "linear", "--data", small / "d.txt")
    assert "MSE" not in out and "P@1" in out


# Models that are fitted at once


@pytest.fixture(scope="module")
def fitted(small):
    """What was printed by a training of svm (rows) and of ease (users and items)."""
    (small / "users.txt").write_text("a 0 1 2 3\nb 1 2\nc 0 3\n")
    said = {}
    for model, data in (("svm", "d.txt"), ("ease", "users.txt")):
        more = ("--format", "adjacency") if model == "ease" else ()
        words = ("--train", small / data, "--output", small / f"{model}-run", *more)
        said[model] = run_spout("train", *words, "--model", model)
    return said


@pytest.mark.parametrize("model", ["svm", "ease"])
def test_a_model_that_is_fitted_at_once_has_no_epochs_and_steps(fitted, model):
    out, error = fitted[model]
    assert re.search("trained|fitted", out)
    assert not re.search(r"\bepochs?\b|\bsteps?\b", out)


@pytest.mark.parametrize("model", ["svm", "ease"])
def test_inspection_of_a_model_that_is_fitted_at_once(spout, small, fitted, model):
    out, _ = spout("inspect", small / f"{model}-run")
    weights = re.search(r"^weights +([\d,]+)", out, re.M).group(1)
    assert int(weights.replace(",", "")) > 0
    assert "sgd" not in out and model in out


@pytest.mark.parametrize("options", ["--trees 0", "--trees 2", "--trees 0,1 --feature-power 1,1"])
def test_inspection_of_any_svm_counts_its_weights(spout, small, tmp_path, options):
    words = ("--train", small / "d.txt", "--output", tmp_path / "run", "--model", "svm")
    spout("train", *words, *options.split())
    out, _ = spout("inspect", tmp_path / "run")
    weights = re.search(r"^weights +([\d,]+)", out, re.M).group(1)
    assert int(weights.replace(",", "")) > 0 and "sgd" not in out


# Where a training goes on


def test_a_resume_says_from_which_epoch_and_step(spout, small, tmp_path):
    """100 rows in batches of 32 are 4 steps an epoch."""
    words = ("--train", small / "d.txt", "--output", tmp_path / "run", "--model", "linear")
    spout("train", *words, "--batch-size", 32, "--epochs", 2)
    _, error = spout("train", "--output", tmp_path / "run", "--resume", "--epochs", 3)
    assert said(error, "epochs?", "steps?", "[238]")
    assert said(error, "steps?", "[89]")


@pytest.mark.parametrize("epochs", [1, 3])
def test_the_step_is_that_of_the_checkpoint(spout, small, tmp_path, epochs):
    run = tmp_path / "run"
    words = ("--train", small / "d.txt", "--output", run, "--model", "mlp", "--hidden", 4)
    spout("train", *words, "--batch-size", 10, "--epochs", epochs, "--log-every", 1)
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    last = max(line["step"] for line in lines)
    assert last == 10 * epochs
    _, error = spout("train", "--output", run, "--resume", "--epochs", epochs + 1)
    assert said(error, "epochs?", "steps?", f"{last}|{last + 1}")


@pytest.mark.parametrize("folder", ["missing", "empty", "begun"])
def test_a_resume_of_nothing_says_that_it_starts_afresh(spout, small, tmp_path, folder):
    """The last of them was killed before its first checkpoint."""
    run = tmp_path / "run"
    words = ("--train", small / "d.txt", "--output", run, "--model", "linear", "--epochs", 1)
    if folder == "empty":
        run.mkdir()
    if folder == "begun":
        spout("train", *words)
        for name in ("checkpoint.pt", "model.pt"):
            (run / name).unlink()
    _, error = spout("train", *words, "--resume")
    without_folders = re.sub(r"\S*/", "", error)
    assert re.search("afresh|begins|from the start|nothing to resume", without_folders)
    assert (run / "model.pt").exists()
