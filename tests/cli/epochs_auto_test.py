"""--epochs auto: as long as held-out rows gain by it, the same bits after any stop."""

import json
import re
import signal
import time

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import load_matrix, refused, run_spout, stop_training
from resume_test import log_without_times

WORDS = "--model mlp --hidden 16 --dropout 0.2 --threads 2 --log-every 1".split()


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Rows enough to hold some of them out once."""
    folder = tmp_path_factory.mktemp("many")
    size = "--rows 1600 --features 60 --labels 20 --test-rows 400".split()
    run_spout("synth", *size, "--output", folder)
    return folder


def words_of(data, run, *more):
    return ("train", "--train", data / "train.txt", "--output", run, *WORDS, *more)


def measured(run):
    """The log's lines that hold metrics."""
    return [line for line in log_without_times(run) if "P@1" in line]


def test_the_length_found_is_the_best_of_those_measured(spout, many, tmp_path):
    out, said = spout(*words_of(many, tmp_path / "run"))
    lines = measured(tmp_path / "run")
    metrics = [sum(line[m] for m in ("P@1", "P@3", "P@5", "nDCG@5")) for line in lines]
    best = lines[metrics.index(max(metrics))]
    assert len(lines) > 3
    assert f"trained {best['step']} steps" in out
    assert "before it learned from the held-out rows" in out
    assert "baseline: the same for every row, the commonest labels: P@1" in said
    assert "valid_loss" in best
    assert not (tmp_path / "run/search").exists()
    _, twice = spout(*words_of(many, tmp_path / "run", "--resume"))
    assert "epoch" not in twice


def test_a_training_learns_more_than_a_fixed_number_of_steps(spout, many, tmp_path):
    """Ten epochs of these rows are 70 steps, from which little is learned."""
    spout(*words_of(many, tmp_path / "auto"))
    spout(*words_of(many, tmp_path / "ten", "--epochs", 10))
    score = {}
    for run in ("auto", "ten"):
        words = ("evaluate", tmp_path / run, "--data", many / "test.txt", "--metrics", "P@1")
        spout(*words, "--json", tmp_path / "m.json", "--force")
        score[run] = json.loads((tmp_path / "m.json").read_text())["P@1"]
    assert score["auto"] > score["ten"] + 0.1, score


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("lines", [30, 70, 110, 150])
@pytest.mark.parametrize("rows", ["many", "few"])
def test_a_stopped_search_goes_on_to_the_same_bits(
    spout, many, data, tmp_path, rows, lines, number
):
    """Few rows are held out by fifths, and the last training begins anew."""
    folder = many if rows == "many" else data
    more = ("--max-steps", 110, "--checkpoint-every", 7)
    spout(*words_of(folder, tmp_path / "whole", *more))
    code = stop_training(words_of(folder, tmp_path / "cut", *more), number, lines)
    assert code == (130 if number == signal.SIGINT else -number)
    spout(*words_of(folder, tmp_path / "cut", *more, "--resume"))
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert log_without_times(whole) == log_without_times(cut)
    assert (whole / "model.pt").read_bytes() == (cut / "model.pt").read_bytes()


def test_few_rows_are_all_held_out_once(spout, data, tmp_path):
    out, said = spout(*words_of(data, tmp_path / "run", "--max-steps", 150))
    assert "the mean of 5 folds" in said
    assert len(measured(tmp_path / "run")) % 5 == 0
    assert (tmp_path / "run/model.pt").exists()
    # More rows are learned from in the end, but no more steps are taken than allowed.
    steps = int(re.search(r"^trained (\d+) steps", out, re.M).group(1))
    assert steps <= 150


def test_the_fewest_rows_are_trained_on_as_well(spout, tmp_path):
    for rows in (1, 2, 9, 10):
        lines = [f"{row % 2} {row % 2}:1" for row in range(rows)]
        (tmp_path / "d.txt").write_text(f"{rows} 2 2\n" + "\n".join(lines) + "\n")
        run = tmp_path / f"run{rows}"
        words = ("train", "--train", tmp_path / "d.txt", "--output", run, *WORDS)
        spout(*words, "--format", "xmc", "--max-steps", 70)
        spout("predict", run, "--data", tmp_path / "d.txt", "--output", tmp_path / f"{rows}.npz")
        assert load_matrix(tmp_path / f"{rows}.npz").shape == (rows, 2)


def test_held_out_rows_can_be_left_out(spout, many, tmp_path):
    out, _ = spout(*words_of(many, tmp_path / "kept", "--keep-held-out", "--max-steps", 100))
    assert "before it learned" not in out
    spout(*words_of(many, tmp_path / "all", "--max-steps", 100))
    kept, learned = (tmp_path / run / "model.pt" for run in ("kept", "all"))
    assert kept.read_bytes() != learned.read_bytes()
    assert measured(tmp_path / "kept") == measured(tmp_path / "all")


def test_rows_of_their_own_choose_the_length(spout, many, tmp_path):
    more = ("--valid", many / "test.txt", "--max-steps", 100)
    out, said = spout(*words_of(many, tmp_path / "run", *more))
    assert "validation: 400 rows" in said
    assert "before it learned" not in out
    words = ("evaluate", tmp_path / "run", "--data", many / "test.txt", "--metrics", "P@1")
    spout(*words, "--json", tmp_path / "m.json")
    best = max(line["P@1"] for line in measured(tmp_path / "run"))
    assert json.loads((tmp_path / "m.json").read_text())["P@1"] == pytest.approx(best)


def test_time_that_is_up_ends_in_a_finished_model(spout, many, tmp_path):
    run = tmp_path / "run"
    begin = time.monotonic()
    _, said = spout(*words_of(many, run, "--hidden", 512, "--max-minutes", 0.0005))
    assert time.monotonic() - begin < 30
    assert "the time is up" in said
    assert len(measured(run)) == 1
    assert (run / "model.pt").exists()
    out, _ = spout(*words_of(many, run, "--resume", "--hidden", 512))
    assert "nothing to do" in out


@pytest.mark.parametrize("model", ["mf", "multvae"])
def test_users_and_items_hold_out_items_of_some_users(spout, tmp_path, model):
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 4, 400)
    lines = []
    for user, group in enumerate(groups):
        items = rng.choice(10, 6, replace=False) + 10 * group
        lines.append(" ".join(map(str, [user, *items])))
    (tmp_path / "d.txt").write_text("\n".join(lines) + "\n")
    words = ("train", "--train", tmp_path / "d.txt", "--format", "adjacency", "--model", model)
    out, said = spout(*words, "--output", tmp_path / "run", "--max-steps", 300)
    assert "validation: 200 users" in said
    assert "baseline: " in said
    assert "nDCG@20" in out
    words = ("predict", tmp_path / "run", "--data", tmp_path / "d.txt", "--top-k", 4)
    spout(*words, "--output", tmp_path / "p.npz")
    predicted = sp.load_npz(tmp_path / "p.npz").tocoo()
    right = groups[predicted.row] == predicted.col // 10
    assert right.mean() > 0.9


def test_a_model_that_learns_nothing_is_warned_of(spout, tmp_path):
    rng = np.random.default_rng(0)
    lines = [f"{int(rng.random() < 0.3)} {rng.integers(5)}:1" for _ in range(2000)]
    (tmp_path / "d.txt").write_text("2000 5 2\n" + "\n".join(lines) + "\n")
    words = ("train", "--train", tmp_path / "d.txt", "--output", tmp_path / "run", *WORDS)
    _, said = spout(*words, "--metrics", "P@1", "--max-steps", 100)
    assert "is no better than naming the commonest labels" in said


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (["--patience", "3", "--valid-share", "0.1"], "counts epochs of a given number"),
        (["--epochs", "3", "--max-steps", "9"], "--max-steps: is for --epochs auto"),
        (["--epochs", "3", "--max-minutes", "9"], "--max-minutes: is for --epochs auto"),
        (["--epochs", "-1"], "auto or a number from 0 to 1000000"),
        (["--epochs", "many"], "auto or a number from 0 to 1000000"),
    ],
)
def test_what_does_not_go_together_is_refused(spout, many, tmp_path, more, line):
    assert line in refused(spout, *words_of(many, tmp_path / "run", *more))


def test_a_search_does_not_become_a_number_of_epochs(spout, many, tmp_path):
    words = words_of(many, tmp_path / "run")
    assert stop_training(words, signal.SIGINT, 30) == 130
    resumed = (*words_of(many, tmp_path / "run"), "--resume", "--epochs", 3)
    assert "was begun with auto" in refused(spout, *resumed)


@pytest.mark.parametrize("minutes", [0.0001, 0.01])
def test_time_may_end_between_folds(spout, data, tmp_path, minutes):
    """Where each fifth is held out in turn, a model is finished whatever the clock says."""
    words = ("--model", "mlp", "--hidden", 16, "--max-minutes", minutes)
    out, _ = spout("train", "--train", data / "train.txt", "--output", tmp_path / "run", *words)
    assert "trained" in out and (tmp_path / "run/model.pt").exists()


def test_rows_without_any_label_are_refused(spout, tmp_path):
    import numpy as np
    import scipy.sparse as sp

    np.save(tmp_path / "x.npy", np.ones((400, 3), np.float32))
    sp.save_npz(tmp_path / "y.npz", sp.csr_matrix((400, 5), dtype=np.float32))
    pair = f"{tmp_path / 'x.npy'},{tmp_path / 'y.npz'}"
    _, error = spout("train", "--train", pair, "--output", tmp_path / "run", code=2)
    assert "no row has a label" in error and not (tmp_path / "run").exists()
