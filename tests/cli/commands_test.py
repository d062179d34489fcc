"""Each command's good input, end to end on the executable."""

import json
import re
import subprocess

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from conftest import refused

TINY = "--hidden 16 --epochs 2 --batch-size 64".split()


def log_of(run):
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


def test_help_lists_every_command_and_every_command_has_help(spout):
    text, _ = spout("--help")
    for command in "train evaluate predict export convert synth inspect".split():
        assert re.search(rf"^  {command} ", text, re.M)
        own, _ = spout(command, "--help")
        assert f"usage: spout {command}" in own
        assert "examples" in own


def test_version_names_torch(spout):
    text, _ = spout("--version")
    assert f"torch {torch.__version__.split('+')[0]}" in text


def test_train_help_lists_every_table_entry(spout):
    text, _ = spout("train", "--help")
    for name in "mlp linear bce mse softmax adamw adagrad sgd cosine relu gelu".split():
        assert name in text


def test_training_lowers_the_loss_and_leaves_a_run_that_explains_itself(trained):
    assert {"options.json", "log.jsonl", "checkpoint.pt", "model.pt"} == {
        path.name for path in trained.iterdir()
    }
    options = json.loads((trained / "options.json").read_text())
    assert options["lr"] == 0.01
    assert options["normalize"] == "l2"  # resolved
    epochs = [line for line in log_of(trained) if line["event"] == "epoch"]
    assert [line["epoch"] for line in epochs] == [1, 2, 3, 4, 5, 6]
    assert epochs[-1]["loss"] < 0.8 * epochs[0]["loss"]
    assert set(epochs[0]) >= {"step", "epoch", "loss", "lr", "seconds"}


def test_evaluate_prints_and_writes_flat_fractions(spout, trained, data, tmp_path):
    out = tmp_path / "m.json"
    text, _ = spout("evaluate", trained, "--data", data / "test.txt", "--json", out)
    values = json.loads(out.read_text())
    assert list(values)[:3] == ["P@1", "P@3", "P@5"]
    assert all(0 <= value <= 1 for value in values.values())
    assert values["P@1"] > 0.5  # the planted structure was learnt
    assert f"{values['P@1']:.4f}" in text


@pytest.mark.parametrize("loss", ["bce", "softmax", "mse"])
@pytest.mark.parametrize("model", ["mlp", "linear"])
def test_every_model_learns_with_every_loss(spout, data, tmp_path, model, loss):
    run = tmp_path / "run"
    spout(
        *("train", "--train", data / "train.txt", "--output", run, "--model", model),
        *("--loss", loss, "--epochs", 5, "--batch-size", 64, "--lr", 0.02),
        *(("--hidden", 32) if model == "mlp" else ()),
    )
    epochs = [line["loss"] for line in log_of(run) if line["event"] == "epoch"]
    assert epochs[-1] < 0.9 * epochs[0]


@pytest.mark.parametrize(
    "optimizer",
    ["adamw --beta1 0.8", "adam --eps 1e-7", "adagrad --eps 1e-7", "sgd --momentum 0.9"],
)
def test_every_optimizer_learns(spout, data, tmp_path, optimizer):
    run = tmp_path / "run"
    spout(
        *("train", "--train", data / "train.txt", "--output", run, "--epochs", 4),
        *("--optimizer", *optimizer.split(), "--batch-size", 32, "--clip", 5, "--warmup", 0.1),
    )
    epochs = [line["loss"] for line in log_of(run) if line["event"] == "epoch"]
    assert epochs[-1] < epochs[0]


@pytest.mark.parametrize(
    "loss", ["bce", "softmax", "squared-hinge", "focal", "asymmetric --margin 0.02", "poisson"]
)
@pytest.mark.parametrize("model", ["mlp", "linear"])
def test_both_ways_to_run_the_output_layer_print_the_same_losses(
    spout, data, tmp_path, model, loss
):
    losses = []
    for way in ("chunked", "logits"):
        run = tmp_path / way
        options = ["--model", model, "--loss", *loss.split(), "--output-layer", way, "--lr", 0.02]
        spout("train", "--train", data / "train.txt", "--output", run, *options, "--epochs", 3)
        losses.append([line["loss"] for line in log_of(run) if line["event"] == "epoch"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_lazy_updates_are_a_choice_that_changes_adamw(spout, data, tmp_path):
    losses = []
    for more in ((), ("--lazy",)):
        run = tmp_path / f"run{len(more)}"
        spout("train", "--train", data / "train.txt", "--output", run, *TINY, *more)
        losses.append(log_of(run)[-1]["loss"])
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=0.2)


def test_a_threshold_that_many_labels_pass_is_cut_and_said(spout, trained, data, tmp_path):
    out = tmp_path / "p.npz"
    _, said = spout(
        *("predict", trained, "--data", data / "test.txt", "--threshold", "-100"),
        *("--top-k", 0, "--row-limit", 7, "--output", out),
    )
    assert re.search(r"rows have more than 7 labels above the threshold", said)
    assert (np.diff(sp.load_npz(out).indptr) == 7).all()


def test_the_limit_of_a_row_holds_on_dense_features_too(spout, tmp_path):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "X.npy", rng.normal(size=(40, 5)).astype(np.float32))
    sp.save_npz(tmp_path / "Y.npz", sp.random(40, 60, 0.05, "csr", random_state=0, dtype=bool))
    pair = f"{tmp_path / 'X.npy'},{tmp_path / 'Y.npz'}"
    for model in ("linear", "mlp"):
        run, out = tmp_path / model, tmp_path / f"{model}.npz"
        spout("train", "--train", pair, "--output", run, "--epochs", 1, "--model", model)
        _, said = spout(
            *("predict", run, "--data", pair, "--threshold", "-100", "--top-k", 0),
            *("--row-limit", 7, "--output", out),
        )
        assert "more than 7 labels" in said
        assert (np.diff(sp.load_npz(out).indptr) == 7).all()


def test_a_run_reads_its_training_file_as_in_training(spout, tmp_path):
    """Its format may be another than that of the data to measure on."""
    libsvm, test, run = tmp_path / "train.svm", tmp_path / "test.txt", tmp_path / "run"
    libsvm.write_text("0 1:1\n1 2:1\n2 3:1\n" * 5)
    test.write_text("2 3 3\n0 0:1\n1 1:1\n")
    spout("train", "--train", libsvm, "--format", "libsvm", "--output", run, *TINY)
    spout("evaluate", run, "--data", test, "--format", "xmc", "--metrics", "PSP@1")


def test_training_runs_in_bf16(spout, data, tmp_path):
    run = tmp_path / "run"
    spout("train", "--train", data / "train.txt", "--output", run, *TINY, "--precision", "bf16")
    assert log_of(run)[-1]["loss"] > 0
    weights = torch.load(run / "model.pt", weights_only=True)
    assert weights["output.weight"].dtype == torch.bfloat16


def test_validation_chooses_the_best_epoch_and_patience_stops(spout, data, tmp_path):
    run = tmp_path / "run"
    text, _ = spout(
        *("train", "--train", data / "train.txt", "--valid", data / "test.txt", "--output", run),
        *"--hidden 64 --epochs 40 --lr 0.05 --batch-size 64 --patience 2".split(),
        *("--schedule", "constant"),
    )
    epochs = [line for line in log_of(run) if line["event"] == "epoch"]
    assert len(epochs) < 40
    best = max(epochs, key=lambda line: (line["P@1"], -line["epoch"]))
    assert f"model of epoch {best['epoch']}: " in text
    out = tmp_path / "m.json"
    spout("evaluate", run, "--data", data / "test.txt", "--metrics", "P@1", "--json", out)
    assert json.loads(out.read_text())["P@1"] == pytest.approx(best["P@1"], abs=1e-9)


def test_of_a_metric_that_is_an_error_the_lowest_epoch_is_kept(spout, data, tmp_path):
    run = tmp_path / "run"
    text, _ = spout(
        *("train", "--train", data / "train.txt", "--valid", data / "test.txt", "--output", run),
        *"--hidden 32 --epochs 8 --lr 0.05 --metrics ECE@5 --schedule constant".split(),
    )
    errors = [line["ECE@5"] for line in log_of(run) if line["event"] == "epoch"]
    assert errors.index(min(errors)) != errors.index(max(errors))
    assert f"model of epoch {1 + errors.index(min(errors))}: " in text


def test_a_held_back_share_is_measured(spout, data, tmp_path):
    run = tmp_path / "run"
    spout(
        *("train", "--train", data / "train.txt", "--output", run, *TINY),
        *("--valid-share", 0.2, "--metrics", "nDCG@3,PSP@3,micro-F1"),
    )
    assert {"nDCG@3", "PSP@3", "micro-F1"} <= set(log_of(run)[-1])


def test_a_runs_options_are_a_config(spout, trained, data, tmp_path):
    again = tmp_path / "again"
    spout("train", "--config", trained / "options.json", "--output", again)
    assert (again / "model.pt").read_bytes() == (trained / "model.pt").read_bytes()


def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not(spout, data, tmp_path):
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        spout(
            *("train", "--train", data / "train.txt", "--output", tmp_path / name, *TINY),
            *("--seed", seed, "--dropout", 0.3, "--threads", 2),
        )
    a, b, c = ((tmp_path / name / "model.pt").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_predictions_in_all_formats_agree(spout, trained, data, tmp_path):
    for ending in ("npz", "pt", "txt"):
        text, _ = spout(
            *("predict", trained, "--data", data / "test.txt", "--top-k", 7),
            *("--output", tmp_path / f"p.{ending}"),
        )
        assert "120 x 120, 840 entries" in text
        spout(
            "evaluate",
            tmp_path / f"p.{ending}",
            "--data",
            data / "test.txt",
            *("--metrics", "P@1,P@5,nDCG@5", "--json", tmp_path / f"{ending}.json"),
        )
    spout(
        "evaluate",
        trained,
        "--data",
        data / "test.txt",
        *("--metrics", "P@1,P@5,nDCG@5", "--json", tmp_path / "run.json"),
    )
    values = [
        json.loads((tmp_path / f"{name}.json").read_text()) for name in ("npz", "pt", "txt", "run")
    ]
    for other in values[:-1]:
        assert other == pytest.approx(values[-1], abs=1e-12)


def test_threshold_layout_and_exclude(spout, trained, data, tmp_path):
    spout(
        "predict",
        trained,
        "--data",
        data / "test.txt",
        "--top-k",
        0,
        "--threshold",
        -1,
        *("--layout", "csc", "--output", tmp_path / "t.npz"),
    )
    above = sp.load_npz(tmp_path / "t.npz")
    assert above.format == "csc"
    assert above.data.min() > -1
    spout(
        "predict",
        trained,
        "--data",
        data / "test.txt",
        "--exclude",
        data / "test.txt",
        *("--output", tmp_path / "e.npz"),
    )
    spout("convert", data / "test.txt", f"{tmp_path}/X.npz,{tmp_path}/Y.npz")
    truth = sp.load_npz(tmp_path / "Y.npz")
    assert sp.load_npz(tmp_path / "e.npz").multiply(truth).nnz == 0


def test_standard_input_is_data(spout, trained, data, tmp_path):
    text = (data / "test.txt").read_text()
    for name, source, options in (("a", "-", {"input": text}), ("b", data / "test.txt", {})):
        spout("predict", trained, "--data", source, "--output", tmp_path / f"{name}.npz", **options)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_gz_libsvm_and_npz_pairs_hold_the_same_data(spout, data, tmp_path):
    spout("convert", data / "train.txt", tmp_path / "t.txt.gz")
    spout("convert", tmp_path / "t.txt.gz", f"{tmp_path}/X.npz,{tmp_path}/Y.npz")
    spout("convert", f"{tmp_path}/X.npz,{tmp_path}/Y.npz", tmp_path / "again.txt")
    assert (tmp_path / "again.txt").read_text() == (data / "train.txt").read_text()


def test_a_dense_784_100_1000_network_is_one_command(spout, tmp_path):
    rng = np.random.default_rng(1)
    x = rng.random((300, 784), dtype=np.float32)
    y = sp.random(300, 1000, density=0.01, format="csr", random_state=2, dtype=np.float32)
    y.data[:] = 1
    np.save(tmp_path / "X.npy", x)
    sp.save_npz(tmp_path / "Y.npz", y)
    pair = f"{tmp_path}/X.npy,{tmp_path}/Y.npz"
    spout("train", "--train", pair, "--output", tmp_path / "run", "--hidden", "100", "--epochs", 2)
    spout("predict", tmp_path / "run", "--data", tmp_path / "X.npy", "--output", tmp_path / "p.npz")
    assert sp.load_npz(tmp_path / "p.npz").shape == (300, 1000)


def test_real_valued_synthetic_targets_train_with_mse(spout, tmp_path):
    spout(*"synth --rows 300 --features 200 --labels 100 --values real --output".split(), tmp_path)
    y = sp.load_npz(tmp_path / "train_Y.npz")
    assert y.shape == (300, 100)
    assert len(np.unique(y.data)) > 100
    pair = f"{tmp_path}/train_X.npz,{tmp_path}/train_Y.npz"
    spout("train", "--train", pair, "--output", tmp_path / "run", *TINY, "--loss", "mse")


def test_inspect_shows_data_runs_and_predictions(spout, trained, data, tmp_path):
    text, _ = spout("inspect", data / "train.txt")
    assert "600 x 300" in text and "600 x 120" in text and "MiB" in text
    text, _ = spout("inspect", trained)
    assert "300 features -> 120 labels" in text
    spout("predict", trained, "--data", data / "test.txt", "--output", tmp_path / "p.txt")
    first = (tmp_path / "p.txt").read_text().splitlines()[3].split()
    text, _ = spout("inspect", tmp_path / "p.txt", "--row", 3)
    labels = [line.split(":")[0] for line in text.split()]
    assert labels == [pair.split(":")[0] for pair in first]


def test_synth_is_repeatable_and_keeps_its_shape(spout, data, tmp_path):
    words = "synth --rows 600 --features 300 --labels 120 --density 0.02 --seed 3 --output".split()
    spout(*words, tmp_path)
    assert (tmp_path / "train.txt").read_text() == (data / "train.txt").read_text()
    assert (data / "train.txt").read_text().startswith("600 300 120\n")
    assert (data / "test.txt").read_text().startswith("120 300 120\n")


def test_predictions_are_measured_on_libsvm_data_that_name_few_labels(spout, tmp_path):
    """libsvm has no header: the width is that of the prediction, not of the labels that occur."""
    sp.save_npz(tmp_path / "p.npz", sp.csr_matrix(([2.0, 1.0], ([0, 1], [7, 0])), (2, 9)))
    (tmp_path / "test.svm").write_text("1 1:1\n2 1:1\n")  # labels 0 and 1
    out, _ = spout(
        *("evaluate", tmp_path / "p.npz", "--data", tmp_path / "test.svm", "--metrics", "P@1"),
        *("--format", "libsvm"),
    )
    assert out.split() == ["P@1", "0.0000"]


def test_data_say_themselves_what_they_are_beside_a_settled_format(spout, trained, data, tmp_path):
    """A text trains; the rows to choose by are matrices, or a data folder."""
    pair = f"{tmp_path}/X.npz,{tmp_path}/Y.npz"
    spout("convert", data / "test.txt", pair)
    spout("convert", data / "test.txt", f"{tmp_path}/folder/")
    base = ["train", "--train", data / "train.txt", "--hidden", 8, "--epochs", 1]
    for name, valid in (("a", data / "test.txt"), ("b", pair), ("c", f"{tmp_path}/folder")):
        spout(*base, "--valid", valid, "--output", tmp_path / name)
        words = ("predict", tmp_path / name, "--data", pair, "--threshold", "auto")
        spout(*words, "--output", tmp_path / f"{name}.npz")
    assert (tmp_path / "a/log.jsonl").read_text().count("P@1") == 1
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    config = ("--config", tmp_path / "a/options.json", "--output", tmp_path / "d")
    spout("train", "--train", pair, *config)
    spout("evaluate", tmp_path / "d", "--data", pair)


def test_rows_to_choose_by_from_standard_input_are_gone_later(spout, data, tmp_path):
    with (data / "test.txt").open() as rows:
        out, _ = spout(
            *("train", "--train", data / "train.txt", "--valid", "-", "--output", tmp_path / "run"),
            *("--hidden", 8, "--epochs", 1),
            stdin=rows,
        )
    assert "--data DATA\n" in out
    words = ("predict", tmp_path / "run", "--data", data / "test.txt", "--threshold", "auto")
    line = refused(spout, *words, "--output", tmp_path / "p.npz", stdin=subprocess.DEVNULL)
    assert "needs --calibrate DATA: the run's own rows came from standard input" in line


def test_evaluate_leaves_out_what_needs_training_data_that_are_gone(spout, data, tmp_path):
    mine = tmp_path / "train.txt"
    mine.write_bytes((data / "train.txt").read_bytes())
    run = tmp_path / "run"
    words = ["--hidden", 8, "--epochs", 1, "--valid", data / "test.txt", "--metrics", "PSP@3"]
    spout(
        *("train", "--train", mine, "--output", run, *words),
        *("--propensity-a", 0.6, "--propensity-b", 2.6),
    )
    base = ["evaluate", run, "--data", data / "test.txt"]
    logged = next(line["PSP@3"] for line in log_of(run) if "PSP@3" in line)
    measured = spout(*base, "--metrics", "PSP@3")[0].split()[1]
    assert float(measured) == pytest.approx(logged, abs=1e-4)  # by the run's own constants
    other = spout(*base, "--metrics", "PSP@3", "--propensity-a", 0.55, "--propensity-b", 1.5)[0]
    assert float(other.split()[1]) != pytest.approx(logged, abs=1e-4)
    assert "PSP@1" in spout(*base)[0]
    mine.unlink()
    out, error = spout(*base)
    assert "P@1" in out and "PSP" not in out and f"there is no {mine}" in error
    assert "cannot open" in refused(spout, *base, "--metrics", "PSP@1")
    spout("predict", run, "--data", data / "test.txt", "--output", tmp_path / "p.npz")
    out, error = spout("evaluate", tmp_path / "p.npz", "--data", data / "test.txt")
    assert "nDCG@5" in out and "--train DATA" in error
