"""Runs that were stopped go on as if nothing had happened."""

import json
import signal
import subprocess
import time

import numpy as np
import pytest
import torch
from conftest import BINARY, stop_training

OPTIONS = "--hidden 32 --epochs 4 --batch-size 32 --dropout 0.2 --threads 2".split()


def train(spout, data, run, *more, **options):
    return spout(
        "train", "--train", data / "train.txt", "--output", run, *OPTIONS, *more, **options
    )


def log_without_times(run):
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


def stop(data, run, number, after_steps, *more):
    """Starts a training, sends it a signal once the log shows `after_steps`; returns the code."""
    words = ["train", "--train", data / "train.txt", "--output", run, *OPTIONS]
    return stop_training([*words, "--log-every", "1", *more], number, after_steps)


@pytest.mark.parametrize(
    "options",
    [
        "--optimizer adamw",
        "--optimizer sgd --momentum 0.9",
        "--precision bf16",
        "--output-layer logits",
        "--model two-headed",
        "--loss sampled-softmax --sampled-labels 50",
    ],
)
def test_an_interrupted_run_resumes_to_the_same_bits_and_the_same_log(
    spout, data, tmp_path, options
):
    choice = (*options.split(), "--log-every", "1")
    train(spout, data, tmp_path / "whole", *choice)
    assert stop(data, tmp_path / "cut", signal.SIGINT, 25, *choice) == 130
    assert not (tmp_path / "cut/model.pt").exists()
    train(spout, data, tmp_path / "cut", *choice, "--resume")
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert (whole / "model.pt").read_bytes() == (cut / "model.pt").read_bytes()
    assert log_without_times(whole) == log_without_times(cut)


def test_a_killed_run_resumes_from_its_last_checkpoint(spout, data, tmp_path):
    train(spout, data, tmp_path / "whole", "--log-every", "1")
    cut = tmp_path / "cut"
    assert stop(data, cut, signal.SIGKILL, 30, "--checkpoint-every", "4") == -signal.SIGKILL
    train(spout, data, cut, "--log-every", "1", "--checkpoint-every", "4", "--resume")
    assert (tmp_path / "whole/model.pt").read_bytes() == (cut / "model.pt").read_bytes()
    assert log_without_times(tmp_path / "whole") == log_without_times(cut)


def test_resuming_without_a_checkpoint_starts_afresh(spout, data, tmp_path):
    train(spout, data, tmp_path / "a")
    train(spout, data, tmp_path / "b", "--resume")
    assert (tmp_path / "a/model.pt").read_bytes() == (tmp_path / "b/model.pt").read_bytes()


def test_resuming_what_has_not_begun_needs_data(spout, tmp_path):
    _, error = spout("train", "--output", tmp_path / "none", "--resume", code=2)
    assert "holds no run yet, so --train DATA is needed" in error


def test_resuming_a_finished_run_does_nothing_and_says_so(spout, data, tmp_path):
    train(spout, data, tmp_path / "run")
    model = tmp_path / "run/model.pt"
    before, written = model.read_bytes(), model.stat().st_mtime_ns
    text, _ = train(spout, data, tmp_path / "run", "--resume")
    assert "nothing to do" in text
    assert model.read_bytes() == before
    assert model.stat().st_mtime_ns == written


def test_resuming_needs_only_the_folder(spout, data, tmp_path):
    train(spout, data, tmp_path / "whole", "--log-every", "1")
    assert stop(data, tmp_path / "cut", signal.SIGINT, 25) == 130
    spout("train", "--output", tmp_path / "cut", "--resume")
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert (whole / "model.pt").read_bytes() == (cut / "model.pt").read_bytes()


def test_resuming_with_more_epochs_trains_on(spout, data, tmp_path):
    train(spout, data, tmp_path / "run")
    text, _ = train(spout, data, tmp_path / "run", "--epochs", "6", "--resume")
    assert "trained 6 epochs" in text
    epochs = [
        line["epoch"] for line in log_without_times(tmp_path / "run") if line["event"] == "epoch"
    ]
    assert epochs == [1, 2, 3, 4, 5, 6]


def test_a_run_that_stopped_early_goes_on_with_more_patience(spout, data, tmp_path):
    run = tmp_path / "run"
    # F1 has no baseline, above which alone patience would begin.
    options = ("--lr", "1e-9", "--patience", 1, "--valid", data / "test.txt", "--epochs", 5)
    options += ("--metrics", "micro-F1")
    train(spout, data, run, *options)
    before = (run / "log.jsonl").read_text().count('"epoch"')
    text, _ = spout("train", "--train", data / "train.txt", "--output", run, "--resume")
    assert "nothing to do" in text and "--patience" in text
    train(spout, data, run, "--resume", "--patience", 4)
    assert (run / "log.jsonl").read_text().count('"epoch"') > before


def test_a_broken_checkpoint_is_refused_by_name(spout, data, tmp_path):
    train(spout, data, tmp_path / "run")
    (tmp_path / "run/checkpoint.pt").write_bytes(b"not a checkpoint")
    _, error = train(spout, data, tmp_path / "run", "--epochs", "9", "--resume", code=2)
    assert "checkpoint.pt" in error


def test_what_a_resumed_run_must_keep_is_refused_by_name(spout, data, tmp_path):
    run = tmp_path / "run"
    assert stop(data, run, signal.SIGINT, 25) == 130
    before = (run / "options.json").read_text()
    for option, value in [
        ("--batch-size", 64),
        ("--seed", 2),
        ("--train", data / "test.txt"),
        ("--loss", "softmax"),
        ("--hidden", "16,16"),
        ("--valid-share", 0.2),
        ("--normalize", "none"),
        ("--lr", 0.5),
        ("--dropout", 0.1),
    ]:
        _, error = spout("train", "--output", run, "--resume", option, value, code=2)
        assert error.startswith(f"spout: {option}: this run was begun with"), error
    assert (run / "options.json").read_text() == before


def test_an_interrupted_run_resumed_with_the_epochs_it_has_leaves_its_model(spout, data, tmp_path):
    run = tmp_path / "run"
    assert stop(data, run, signal.SIGINT, 25) == 130
    text, _ = spout("train", "--output", run, "--resume", "--epochs", 1)
    assert "nothing to do" in text
    assert (run / "model.pt").exists()
    spout("evaluate", run, "--data", data / "test.txt")


def test_the_best_metrics_are_still_known_after_a_resume(spout, data, tmp_path):
    run = tmp_path / "run"
    text = train(spout, data, run, "--valid-share", "0.2", "--epochs", "3")[0]
    best = text.splitlines()[0].split("model of ")[1]
    words = ("--epochs", 4, "--lr", 1e-12, "--accept-changes")
    text, _ = spout("train", "--output", run, "--resume", *words)
    assert text.splitlines()[0].endswith(best)


def test_changed_data_are_refused_unless_they_are_accepted(spout, data, tmp_path):
    run, mine = tmp_path / "run", tmp_path / "train.txt"
    mine.write_bytes((data / "train.txt").read_bytes())
    words = ("train", "--train", mine, "--output", run, *OPTIONS, "--epochs", 1)
    spout(*words)
    lines = mine.read_text().splitlines()
    lines[-1], lines[-2] = lines[-2], lines[-1]
    mine.write_text("\n".join(lines) + "\n")
    more = ("train", "--output", run, "--resume", "--epochs", 2)
    _, error = spout(*more, code=2)
    assert error.splitlines()[-1].startswith(f"spout: {mine}: not the data that {run} was begun")
    spout(*more, "--accept-changes")


def test_changed_options_can_be_accepted_and_are_named(spout, data, tmp_path):
    run = tmp_path / "run"
    assert stop(data, run, signal.SIGINT, 25) == 130
    more = ("train", "--output", run, "--resume", "--batch-size", 64, "--accept-changes")
    _, error = spout(*more)
    assert "--batch-size: this run was begun with '32' and goes on with '64'\n" in error
    assert json.loads((run / "options.json").read_text())["batch-size"] == 64


def test_a_run_has_one_training_at_a_time(spout, data, tmp_path):
    run = tmp_path / "run"
    words = [BINARY, "train", "--train", data / "train.txt", "--output", run, *OPTIONS]
    words += ["--epochs", "100000"]
    process = subprocess.Popen(list(map(str, words)), stderr=subprocess.DEVNULL)
    while not (run / "checkpoint.pt").exists():
        time.sleep(0.01)
    for more in (["--resume"], ["--force"]):
        _, error = train(spout, data, run, *more, code=2)
        assert "another spout is training in this folder" in error
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 130
    train(spout, data, run, "--resume", "--epochs", "1")


def test_a_warm_start_killed_before_its_first_checkpoint_begins_with_its_weights_again(
    spout, data, trained, tmp_path
):
    words = ("--warm-start", trained, "--epochs", 1)
    train(spout, data, tmp_path / "whole", *words)
    train(spout, data, tmp_path / "cut", *words)
    for name in ("checkpoint.pt", "model.pt", "labels.txt"):
        (tmp_path / "cut" / name).unlink(missing_ok=True)
    spout("train", "--output", tmp_path / "cut", "--resume")
    assert (tmp_path / "whole/model.pt").read_bytes() == (tmp_path / "cut/model.pt").read_bytes()


def test_what_a_killed_process_left_half_written_is_removed(spout, data, tmp_path):
    run = tmp_path / "run"
    train(spout, data, run, "--epochs", 1)
    gone = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True, check=True)
    left = run / f".spout-{gone.stdout.strip()}-0.tmp"
    left.write_bytes(b"half")
    train(spout, data, run, "--resume", "--epochs", 2)
    assert not left.exists()


def test_a_closed_terminal_saves_and_stops(spout, data, tmp_path):
    run = tmp_path / "run"
    assert stop(data, run, signal.SIGHUP, 3) == 130
    assert (run / "checkpoint.pt").exists()


def test_the_log_has_the_last_rate_where_an_epochs_last_step_was_interrupted(spout, data, tmp_path):
    """With a batch an epoch every interrupt comes there."""
    run = tmp_path / "run"
    words = ("--batch-size", "1000", "--epochs", "3000", "--log-every", "1000000")
    assert stop(data, run, signal.SIGINT, 20, *words) == 130
    cut = len(log_without_times(run))
    spout("train", "--output", run, "--resume", "--epochs", cut + 2, "--schedule", "cosine")
    rates = [line["lr"] for line in log_without_times(run)]
    assert min(rates[: cut + 1]) > 0.0


def test_a_metric_that_is_infinite_does_not_spoil_the_checkpoint(spout, tmp_path):
    spout(
        *"synth --rows 60 --features 30 --labels 10 --values real --density 0.1".split(),
        *("--output", tmp_path),
    )
    pairs = [f"{tmp_path}/{part}_X.npz,{tmp_path}/{part}_Y.npz" for part in ("train", "test")]
    spout(
        *("train", "--train", pairs[0], "--valid", pairs[1], "--output", tmp_path / "run"),
        *"--model two-headed --value-loss log-normal --hidden 8 --lr 8 --metrics MSE".split(),
        *("--epochs", 2),
    )
    log = log_without_times(tmp_path / "run")
    assert None in [line.get("MSE", 0) for line in log]  # the case that this is about
    spout("train", "--output", tmp_path / "run", "--resume", "--epochs", 3)


def test_weights_of_labels_that_have_changed_are_named(spout, data, tmp_path):
    weights = tmp_path / "w.npy"
    np.save(weights, np.full(120, 2, np.float32))
    run = tmp_path / "run"
    train(spout, data, run, "--epochs", 1, "--positive-weight", weights)
    spout("train", "--output", run, "--resume", "--epochs", 2)
    np.save(weights, np.full(120, 20, np.float32))
    more = ("train", "--output", run, "--resume", "--epochs", 3)
    assert f"{weights}: not the data that {run} was begun with" in spout(*more, code=2)[1]
    spout(*more, "--accept-changes")


def test_checkpoints_come_by_the_clock_as_well(spout, data, tmp_path):
    run = tmp_path / "run"
    code = stop(data, run, signal.SIGKILL, 12, "--checkpoint-minutes", "1e-9", "--epochs", "999")
    assert code == -signal.SIGKILL
    assert (run / "checkpoint.pt").exists()


def test_another_metric_chooses_from_the_resume_on(spout, data, tmp_path):
    words = ("--valid", data / "test.txt", "--lr", 0.01)
    train(spout, data, tmp_path / "run", *words, "--metrics", "Recall@5")
    more = ("--resume", "--epochs", 5, "--metrics", "P@5")  # whose numbers are lower
    text, _ = train(spout, data, tmp_path / "run", *words, *more)
    assert "model of epoch 5: P@5" in text


def test_the_learning_rate_goes_on_where_other_batches_begin(spout, data, tmp_path):
    run = tmp_path / "run"
    assert stop(data, run, signal.SIGINT, 30) == 130
    train(spout, data, run, "--resume", "--accept-changes", "--batch-size", 256, "--log-every", 1)
    rates = [line["lr"] for line in log_without_times(run) if line["event"] == "step"]
    assert min(rates) > 0


def test_validation_data_that_have_changed_are_named(spout, data, tmp_path):
    valid = tmp_path / "valid.txt"
    text = (data / "test.txt").read_text()
    valid.write_text(text)
    train(spout, data, tmp_path / "run", "--valid", valid)
    valid.write_text(text.replace(":", ":1", 1))
    more = ("--valid", valid, "--resume", "--epochs", 5)
    _, error = train(spout, data, tmp_path / "run", *more, code=2)
    assert "valid.txt: not the data that" in error
    train(spout, data, tmp_path / "run", *more, "--accept-changes")


def test_a_model_that_is_fitted_at_once_says_that_nothing_is_saved_yet(spout, tmp_path):
    size = "--rows 20000 --features 2000 --labels 500 --density 0.01".split()
    spout("synth", *size, "--output", tmp_path)
    words = [BINARY, "train", "--train", tmp_path / "train.txt", "--output", tmp_path / "run"]
    process = subprocess.Popen(
        list(map(str, [*words, "--model", "svm"])), stderr=subprocess.PIPE, text=True
    )
    while not (tmp_path / "run/options.json").exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped before there was a state to save" in error


def test_a_run_can_be_read_while_it_is_written(spout, data, tmp_path):
    run = tmp_path / "run"
    words = [BINARY, "train", "--train", data / "train.txt", "--output", run, *OPTIONS]
    words += ["--epochs", "100000", "--valid", data / "test.txt", "--checkpoint-every", "1"]
    process = subprocess.Popen(list(map(str, words)), stderr=subprocess.DEVNULL)
    while not (run / "model.pt").exists():
        time.sleep(0.01)
    for _ in range(5):
        spout("evaluate", run, "--data", data / "test.txt")
        spout("inspect", run)
        torch.load(run / "checkpoint.pt", weights_only=True)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 130
