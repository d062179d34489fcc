"""The race that settles model and settings: what enters, what stays, what is trained then."""

import json
import random
import re

import numpy as np
import pytest
from conftest import said


def options_of(run):
    return json.loads((run / "options.json").read_text())


def rows_of(error):
    """The lines of the candidates and, if svm has won, those of its settings."""
    return [re.findall("^race: .* s  .*", part, re.M) for part in error.split("settings of svm")]


def entrants(error):
    """The names of the candidates that were tried, in order."""
    return [line.split(" s  ", 1)[1] for line in rows_of(error)[0]]


def metrics_of(error, part=0):
    """What they are compared by, the mean of their metrics."""
    rows = rows_of(error)[part]
    return [np.mean([float(x) for x in re.findall(r"@\d+ (\S+)", line)]) for line in rows]


@pytest.fixture(scope="module")
def parity(tmp_path_factory):
    """Sparse rows whose label is the parity of two groups of features: no linear model finds it."""
    draw = random.Random(1)
    lines = []
    for _ in range(400):
        a, b = draw.randrange(2), draw.randrange(2)
        features = sorted({a, 2 + b} | {draw.randrange(4, 100) for _ in range(2)})
        lines.append(f"{a ^ b} {' '.join(f'{f}:1' for f in features)}")
    file = tmp_path_factory.mktemp("parity") / "train.txt"
    file.write_text(f"{len(lines)} 100 2\n" + "\n".join(lines) + "\n")
    return file


def test_the_best_candidate_is_trained(spout, parity, tmp_path):
    run = tmp_path / "run"
    out, error = spout("train", "--train", parity, "--output", run)
    assert entrants(error)[:2] == ["svm", "mlp"] and "failed" not in error
    metrics = metrics_of(error)
    assert metrics[0] < max(metrics) - 0.1
    best = entrants(error)[int(np.argmax(metrics))]
    assert said(error, "model: mlp", "best of a race")
    options = options_of(run)
    assert options["model"] == "mlp"
    assert ("--hidden 1024" in best) == (options["hidden"] == [1024])
    assert ("squared-hinge" in best) == (options["loss"] == "squared-hinge")
    assert not (run / "search").exists() and not (run / "race").exists()
    assert "effort" not in options
    # What has been settled is not raced for again.
    _, error = spout("train", "--output", run, "--train", parity, "--resume")
    assert "race: " not in error


def test_the_winner_is_trained_as_if_it_had_been_named(spout, parity, tmp_path):
    words = (
        "train",
        "--train",
        parity,
        "--max-steps",
        100,
        "--hidden",
        16,
        "--loss",
        "bce",
    )
    _, error = spout(*words, "--output", tmp_path / "raced")
    options = options_of(tmp_path / "raced")
    named = (
        "--dropout",
        options["dropout"],
        "--input-dropout",
        options["input-dropout"],
    )
    _, again = spout(*words, *named, "--effort", "fast", "--output", tmp_path / "named")
    assert "race: " in error and "race: " not in again
    weights = [(tmp_path / run / "model.pt").read_bytes() for run in ("raced", "named")]
    assert weights[0] == weights[1]


@pytest.fixture(scope="module")
def words_of_labels(tmp_path_factory):
    """Rows of words of their two labels and of others: linear models are the best."""
    draw = random.Random(2)
    lines = []
    for _ in range(600):
        labels = sorted(draw.sample(range(60), 2))
        words = {6 * draw.choice(labels) + draw.randrange(6) for _ in range(6)}
        words |= {draw.randrange(360) for _ in range(6)}
        lines.append(f"{labels[0]},{labels[1]} {' '.join(f'{w}:1' for w in sorted(words))}")
    file = tmp_path_factory.mktemp("words") / "train.txt"
    file.write_text(f"{len(lines)} 360 60\n" + "\n".join(lines) + "\n")
    return file


def test_trees_of_an_svm_that_has_won_are_chosen(spout, words_of_labels, tmp_path):
    words = ("train", "--train", words_of_labels, "--output")
    _, error = spout(*words, tmp_path / "run")
    assert re.search("^model: (svm|blend), the best of a race .*, svm", error, re.M)
    assert "race: 2 settings of svm on 600 rows" in error
    with_tree, without = metrics_of(error, 1)
    options = options_of(tmp_path / "run")
    assert options["trees"] == ([0] if without > with_tree else [0, 9])
    _, error = spout(*words, tmp_path / "given", "--trees", "0,2")
    assert "settings of svm" not in error
    assert options_of(tmp_path / "given")["trees"] == [0, 2]


def test_two_races_agree(spout, parity, tmp_path):
    for run in ("a", "b"):
        words = ("--output", tmp_path / run, "--max-steps", 64)
        spout("train", "--train", parity, *words)
    assert (tmp_path / "a/model.pt").read_bytes() == (tmp_path / "b/model.pt").read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        "--effort fast",
        "--epochs 2",
        "--max-minutes 1",
        "--model svm",
        "--model linear --epochs 1",
    ],
)
def test_nothing_is_tried_where_all_is_settled(spout, parity, tmp_path, words):
    out, error = spout("train", "--train", parity, "--output", tmp_path / "r", *words.split())
    assert "race: " not in error


def test_options_given_stay(spout, parity, tmp_path):
    words = "--model mlp --hidden 24 --loss squared-hinge --max-steps 64".split()
    _, error = spout("train", "--train", parity, "--output", tmp_path / "run", *words)
    assert entrants(error) == ["mlp", "mlp --dropout 0.5 --input-dropout 0.2"]
    options = options_of(tmp_path / "run")
    assert (options["hidden"], options["loss"]) == ([24], "squared-hinge")


def test_few_rows_are_no_race(spout, small, tmp_path):
    _, error = spout("train", "--train", small / "d.txt", "--output", tmp_path / "run")
    assert "race: " not in error and said(error, "model: mlp", "many features")


def test_models_of_users_and_items(spout, users, tmp_path):
    run = tmp_path / "run"
    out, error = spout("train", "--train", users, "--format", "adjacency", "--output", run)
    names = entrants(error)
    assert names[0] == "popular" and "ease" in names and "mf" in names and "failed" not in error
    metrics = dict(zip(names, metrics_of(error), strict=True))
    assert metrics["popular"] < 0.8 * max(metrics.values())
    best = max(metrics.values())
    won = options_of(run)["model"]
    won = "blend" if won == "item-blend" else won
    assert max(value for name, value in metrics.items() if name.split()[0] == won) > 0.99 * best
    out, _ = spout("evaluate", run, "--data", users, "--train", users, "--metrics", "coverage@5")


def test_a_fitted_winner_learns_from_all_items(spout, users, tmp_path):
    """What was held out to compare by is not missing then, and rows are scaled as it wants."""
    words = ("train", "--train", users, "--format", "adjacency", "--model", "item-knn")
    _, error = spout(*words, "--output", tmp_path / "raced")
    assert len(entrants(error)) == 5
    won = options_of(tmp_path / "raced")
    weights = ("--item-weights", won["item-weights"])
    if won["item-weights"] == "walk":
        weights += ("--walk-alpha", won["walk-alpha"])
    spout(*words, "--output", tmp_path / "named", "--effort", "fast", *weights)
    models = [(tmp_path / run / "model.pt").read_bytes() for run in ("raced", "named")]
    assert models[0] == models[1]


def test_users_of_one_item_are_no_race(spout, tmp_path):
    file = tmp_path / "users.txt"
    file.write_text("".join(f"{u} {u % 7}\n" for u in range(400)))
    words = ("--format", "adjacency", "--output", tmp_path / "run")
    _, error = spout("train", "--train", file, *words)
    assert "race: none" in error and said(error, "model: popular", "no user has two items")


def test_one_label_on_every_row_ends(spout, tmp_path):
    """Nothing can be better than always naming it, and so nothing is looked for."""
    draw = random.Random(4)
    lines = [f"0,{draw.randrange(1, 4)} {draw.randrange(40)}:1 41:1" for _ in range(320)]
    file = tmp_path / "train.txt"
    file.write_text(f"{len(lines)} 42 4\n" + "\n".join(lines) + "\n")
    words = ("--model", "mlp", "--effort", "fast")
    _, error = spout("train", "--train", file, "--output", tmp_path / "run", *words)
    assert len(re.findall(r"\d+ steps \(.* epochs\): ", error)) < 8  # the bound allows twelve


def test_the_loss_may_choose_without_a_model(spout, users, parity, tmp_path):
    for data, more in ((parity, ()), (users, ("--format", "adjacency"))):
        words = (*more, "--metrics", "loss,P@1", "--effort", "fast")
        run = tmp_path / f"run{len(more)}"
        _, error = spout("train", "--train", data, "--output", run, *words)
        assert options_of(run)["model"] == "mlp" and "because of --metrics" in error


def test_a_config_of_other_options_leaves_the_race(spout, parity, tmp_path):
    config = tmp_path / "config.json"
    config.write_text('{"max-steps": 20}')
    words = ("--model", "mlp", "--config", config, "--output", tmp_path / "run")
    _, error = spout("train", "--train", parity, *words)
    assert re.search(r"race: \d candidates", error)


def test_nothing_is_compared_where_no_label_was_drawn(spout, tmp_path):
    lines = [f" {row % 97}:1 {100 + row % 89}:1\n" for row in range(10_000)]
    lines[5] = "1" + lines[5]  # not in the sample of 8,000 rows that seed 1 draws
    (tmp_path / "train.txt").write_text("10000 200 5\n" + "".join(lines))
    _, error = spout("train", "--train", tmp_path / "train.txt", "--output", tmp_path / "run")
    assert said(error, "race: none", "no row has a label") and "settings of svm" not in error


def test_refused_options_leave_no_folder(spout, parity, tmp_path):
    _, error = spout(
        *("train", "--train", parity, "--output", tmp_path / "run", "--model", "cnn"),
        code=2,
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("words", ["--ridge 50", "--neighbours 7", "--temperature 0.2"])
def test_an_option_of_one_model_of_users_asks_for_it(spout, users, tmp_path, words):
    run = tmp_path / "run"
    more = ("--format", "adjacency", "--max-steps", 10) if "temp" in words else ()
    more = more or ("--format", "adjacency")
    _, error = spout("train", "--train", users, "--output", run, *more, *words.split())
    model = {"--ridge": "ease", "--neighbours": "item-knn", "--temperature": "mf"}
    assert options_of(run)["model"] == model[words.split()[0]]
    assert f"model: {model[words.split()[0]]}, " in error


def test_effort_without_use_is_said(spout, parity, tmp_path):
    words = ("--epochs", 1, "--effort", "best", "--output", tmp_path / "run")
    _, error = spout("train", "--train", parity, *words)
    assert said(error, "race: none", "--epochs")


def test_an_interrupted_race_leaves_nothing(spout, parity, tmp_path):
    import signal
    import subprocess
    import time

    from conftest import BINARY

    run = tmp_path / "run"
    words = [BINARY, "train", "--train", parity, "--output", run]
    process = subprocess.Popen(list(map(str, words)), stderr=subprocess.PIPE, text=True)
    while not list(run.glob("race/*/log.jsonl")):
        assert process.poll() is None
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130 and "stopped before" in error
    assert not (run / "options.json").exists() and not (run / "race").exists()
    spout("train", "--train", parity, "--output", run, "--max-steps", 50, "--resume")


def test_the_loss_may_choose(spout, data, tmp_path):
    words = "--model mlp --hidden 16 --metrics loss,P@1 --max-steps 80".split()
    _, error = spout("train", "--train", data / "train.txt", "--output", tmp_path / "run", *words)
    log = [json.loads(line) for line in (tmp_path / "run/log.jsonl").read_text().splitlines()]
    measured = [line for line in log if "valid_loss" in line]
    assert measured and all(line["valid_loss"] != line["loss"] for line in measured)
    assert "race: " not in error
    out, _ = spout(
        "evaluate",
        tmp_path / "run",
        "--data",
        data / "train.txt",
        "--metrics",
        "loss",
        code=2,
    )


def test_validation_labels_that_training_lacks_count_in_no_loss(spout, tmp_path):
    np.save(tmp_path / "x.npy", np.random.default_rng(0).standard_normal((60, 5)))
    for name, labels in (("train", 3), ("valid", 4)):
        lines = [f"{i % labels} 0:{i % 3 + 1} 1:{i % 5}" for i in range(60)]
        (tmp_path / f"{name}.txt").write_text(f"60 5 {labels}\n" + "\n".join(lines) + "\n")
    words = "--model mlp --hidden 4 --loss mse --epochs 3 --format xmc".split()
    _, error = spout(
        *(
            "train",
            "--train",
            tmp_path / "train.txt",
            "--valid",
            tmp_path / "valid.txt",
        ),
        *("--output", tmp_path / "run", *words),
    )
    log = [json.loads(line) for line in (tmp_path / "run/log.jsonl").read_text().splitlines()]
    losses = [line["valid_loss"] for line in log if line["event"] == "epoch"]
    assert len(losses) == 3 and all(isinstance(loss, float) for loss in losses)


def test_a_search_goes_on_by_its_own_metric_and_bound(spout, data, tmp_path):
    from conftest import stop_training

    words = ("train", "--train", data / "train.txt", "--output", tmp_path / "run")
    more = "--model mlp --hidden 16 --loss bce --dropout 0.1 --input-dropout 0.1 --max-steps 4000"
    import signal

    assert stop_training([*words, *more.split()], signal.SIGINT, 3) == 130
    _, error = spout(*words, "--resume", "--metrics", "nDCG@5", code=2)
    assert said(error, "--metrics nDCG@5", "P@1")
    _, error = spout(*words, "--resume", "--max-steps", 20, code=2)
    assert "--max-steps" in error
