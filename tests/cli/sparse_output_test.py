"""Every way to a sparse output, on the executable: thresholds, two heads, weights, drawn labels."""

import json

import numpy as np
import pytest
import scipy.sparse as sp
import torch


@pytest.fixture(scope="module")
def real(spout, tmp_path_factory):
    """Planted real-valued targets, 1 % dense: train and test as X.npz,Y.npz."""
    folder = tmp_path_factory.mktemp("real")
    spout(
        *"synth --rows 2000 --features 300 --labels 200 --density 0.02 --values real".split(),
        *("--seed", 4, "--output", folder),
    )
    pair = "{0}/{1}_X.npz,{0}/{1}_Y.npz"
    return {name: pair.format(folder, name) for name in ("train", "test")} | {"folder": folder}


@pytest.fixture(scope="module")
def two_headed(spout, real, tmp_path_factory):
    run = tmp_path_factory.mktemp("two") / "run"
    spout(
        *("train", "--train", real["train"], "--output", run, "--model", "two-headed"),
        *"--hidden 64 --epochs 25 --lr 0.01 --batch-size 64 --valid-share 0.1".split(),
        *("--metrics", "P@1"),
    )
    return run


def truth_of(real):
    return sp.load_npz(real["folder"] / "test_Y.npz")


def predict(spout, run, real, output, *options):
    _, errors = spout(
        *("predict", run, "--data", real["test"], "--output", output, "--force", *options)
    )
    return sp.load_npz(output), errors


def f1(predicted, truth):
    both = (predicted != 0).multiply(truth != 0).nnz
    return 2 * both / (predicted.nnz + truth.nnz)


def test_auto_is_within_a_point_of_the_best_threshold_on_a_grid(spout, real, two_headed, tmp_path):
    scores, _ = predict(
        *(spout, two_headed, real, tmp_path / "s.npz"),
        *("--top-k", 200, "--support-scores"),
    )
    assert scores.nnz == np.prod(scores.shape)
    dense, truth = scores.toarray(), truth_of(real)
    grid = max(f1(sp.csr_matrix(dense > cut), truth) for cut in np.linspace(-6, 6, 121))
    found, errors = predict(
        *(spout, two_headed, real, tmp_path / "p.npz"), *("--threshold", "auto")
    )
    assert "threshold: " in errors and "held-back rows" in errors
    assert f1(found, truth) > grid - 0.01
    assert grid > 0.6  # the planted structure was learnt


def test_values_are_kept_and_are_those_of_the_second_head(spout, real, two_headed, tmp_path):
    values, _ = predict(spout, two_headed, real, tmp_path / "v.npz", "--threshold", "density")
    truth = truth_of(real)
    hit = (values != 0).multiply(truth != 0).tocsr()
    error = np.asarray(values[hit] - truth[hit]) ** 2
    spread = np.var(truth.data)
    assert error.mean() < 0.5 * spread
    share = truth.nnz / np.prod(truth.shape)
    assert values.nnz / np.prod(values.shape) == pytest.approx(share, rel=0.05)


def test_share_keeps_that_share(spout, real, two_headed, tmp_path):
    found, _ = predict(spout, two_headed, real, tmp_path / "p.npz", "--threshold", "share:0.015")
    assert found.nnz == round(0.015 * np.prod(found.shape))


def test_per_label_raises_the_macro_f1_and_reports_scores(spout, real, two_headed, tmp_path):
    values = {}
    for rule in ("auto", "per-label"):
        spout(
            *("evaluate", two_headed, "--data", real["test"], "--threshold", rule),
            *("--calibrate", real["train"], "--metrics", "macro-F1,micro-F1"),
            *("--json", tmp_path / f"{rule}.json"),
        )
        values[rule] = json.loads((tmp_path / f"{rule}.json").read_text())
    assert values["per-label"]["macro-F1"] > values["auto"]["macro-F1"]
    scores, _ = predict(
        *(spout, two_headed, real, tmp_path / "s.npz"),
        *("--top-k", 200, "--support-scores"),
    )
    found, _ = predict(
        *(spout, two_headed, real, tmp_path / "p.npz"),
        *("--threshold", "per-label", "--calibrate", real["train"], "--support-scores"),
    )
    kept = found.nonzero()
    np.testing.assert_allclose(found[kept], scores[kept], atol=1e-5)


def test_without_validation_rows_the_training_rows_place_the_threshold(spout, real, tmp_path):
    run = tmp_path / "run"
    spout(
        *("train", "--train", real["train"], "--output", run),
        *"--loss mse --hidden 8 --epochs 1".split(),
    )
    _, errors = predict(spout, run, real, tmp_path / "p.npz", "--threshold", "auto")
    assert "the training rows" in errors
    _, errors = spout(
        *("predict", run, "--data", real["test"], "--output", tmp_path / "q.npz"),
        *("--threshold", "per-label"),
        code=2,
    )
    assert "per-label needs --calibrate DATA" in errors
    _, errors = spout(
        *("predict", run, "--data", real["test"], "--output", tmp_path / "q.npz"),
        "--support-scores",
        code=2,
    )
    assert "has one head" in errors


def test_rules_for_thresholds_are_checked(spout, real, two_headed, tmp_path):
    common = ("predict", two_headed, "--data", real["test"], "--output", tmp_path / "p.npz")
    for rule, words in {
        "best": "--threshold: expected a number, auto, per-label, density or share:S",
        "share:0": "S above 0 and up to 1",
        "share:2": "S above 0 and up to 1",
        "share:x": "--threshold: expected a number",
    }.items():
        _, errors = spout(*common, "--threshold", rule, code=2)
        assert words in errors and len(errors.splitlines()) == 1
    _, errors = spout(*common, "--calibrate", real["test"], code=2)
    assert "--calibrate is for" in errors
    spout(*common)
    _, errors = spout(
        *("evaluate", tmp_path / "p.npz", "--data", real["test"], "--threshold", "auto"), code=2
    )
    assert "a prediction file takes a number" in errors


def test_a_two_headed_export_gives_the_executables_entries(spout, real, two_headed, tmp_path):
    module = tmp_path / "m.ts"
    spout("export", two_headed, "--output", module)
    script = torch.jit.load(str(module))
    x = torch.from_numpy(sp.load_npz(real["folder"] / "test_X.npz").toarray())
    expected, _ = predict(spout, two_headed, real, tmp_path / "p.npz", "--threshold", -1.0)
    found = script.predict(x, 0, -1.0).to_dense().numpy()
    np.testing.assert_allclose(found, expected.toarray(), atol=1e-4)
    best, _ = predict(spout, two_headed, real, tmp_path / "k.npz", "--top-k", 3)
    np.testing.assert_allclose(script.predict(x, 3).to_dense().numpy(), best.toarray(), atol=1e-4)
    crow, col, values = script.predict_parts(x[:0], 3)
    assert crow.tolist() == [0] and col.numel() == 0 and values.numel() == 0
    assert script.predict(x[:1], 3).shape == (1, 200)


@pytest.mark.parametrize("loss", ["log-normal", "poisson", "huber"])
def test_value_losses_train_and_predict_positive_values(spout, real, tmp_path, loss):
    run = tmp_path / "run"
    spout(
        *("train", "--train", real["train"], "--output", run, "--model", "two-headed"),
        *("--value-loss", loss, *"--hidden 64 --epochs 15 --lr 0.01 --batch-size 64".split()),
    )
    values, _ = predict(spout, run, real, tmp_path / "p.npz", "--threshold", "density")
    if loss != "huber":
        assert (values.data > 0).all()
    assert np.median(values.data) == pytest.approx(np.median(truth_of(real).data), rel=0.5)


def test_negative_values_are_refused_where_they_have_no_sense(spout, tmp_path):
    sp.save_npz(tmp_path / "X.npz", sp.identity(3, format="csr", dtype=np.float32))
    sp.save_npz(tmp_path / "Y.npz", -sp.identity(3, format="csr", dtype=np.float32))
    common = ("train", "--train", f"{tmp_path}/X.npz,{tmp_path}/Y.npz", "--output", tmp_path / "r")
    _, errors = spout(*common, *"--model two-headed --value-loss poisson".split(), code=2)
    assert "must not be negative, found -1" in errors
    spout(*common, *"--model two-headed --epochs 1".split())


def test_positive_weights_move_scores_up_and_come_from_a_file_as_well(spout, data, tmp_path):
    common = ("train", "--train", data / "train.txt", *"--hidden 16 --epochs 3".split())
    labels = 120
    np.save(tmp_path / "w.npy", np.full(labels, 5.0, np.float32))
    logs = {}
    for weight in ("1", "5", tmp_path / "w.npy", "propensity"):
        run = tmp_path / f"run-{len(logs)}"
        spout(*common, "--output", run, "--positive-weight", weight)
        logs[str(weight)] = [json.loads(x)["loss"] for x in open(run / "log.jsonl")]
    assert logs["5"] == logs[str(tmp_path / "w.npy")]
    assert len({tuple(log) for log in logs.values()}) == 3
    means = []
    for run in ("run-0", "run-1"):
        scores = tmp_path / f"{run}.npz"
        spout(
            *("predict", tmp_path / run, "--data", data / "test.txt", "--output", scores),
            *("--top-k", labels),
        )
        means.append(sp.load_npz(scores).mean())
    assert means[1] > means[0] + 1.0  # about log 5


def test_propensities_that_say_nothing_are_refused(spout, data, tmp_path):
    common = ("train", "--train", data / "train.txt", "--output", tmp_path / "r")
    weights = ("--positive-weight", "propensity", "--epochs", 1)
    _, errors = spout(*common, *weights, "--propensity-b", 0, code=2)
    assert "expected a weight above 0, found inf" in errors
    assert not (tmp_path / "r").exists()
    spout(*common, *weights)


def test_a_refused_training_keeps_the_run_that_force_would_replace(spout, data, tmp_path):
    common = ("train", "--train", data / "train.txt", "--output", tmp_path / "r", "--epochs", 1)
    spout(*common, "--hidden", 8)
    before = {p.name: p.read_bytes() for p in (tmp_path / "r").iterdir()}
    np.save(tmp_path / "w.npy", np.ones(3, np.float32))
    spout(*common, "--force", "--positive-weight", tmp_path / "w.npy", code=2)
    assert {p.name: p.read_bytes() for p in (tmp_path / "r").iterdir()} == before


def test_a_weights_file_is_found_from_another_folder(spout, data, tmp_path):
    np.save(tmp_path / "w.npy", np.full(120, 2, np.float32))
    (tmp_path / "elsewhere").mkdir()
    common = ("train", "--train", data / "train.txt", "--hidden", 8, "--output", tmp_path / "r")
    spout(*common, "--epochs", 1, "--positive-weight", "w.npy", cwd=tmp_path)
    spout(*common, "--epochs", 2, "--resume", cwd=tmp_path / "elsewhere")


def test_sampled_softmax_is_refused_where_it_would_score_all_labels(spout, data, tmp_path):
    _, errors = spout(
        *("train", "--train", data / "train.txt", "--output", tmp_path / "r"),
        *("--model", "linear", "--loss", "sampled-softmax"),
        code=2,
    )
    assert "scores all labels whatever is drawn" in errors


def test_a_share_counts_without_the_excluded_entries(spout, real, two_headed, tmp_path):
    found, errors = predict(
        *(spout, two_headed, real, tmp_path / "p.npz"),
        *("--threshold", "share:0.02", "--exclude", real["test"]),
    )
    assert found.nnz == round(0.02 * np.prod(found.shape))
    assert "above which 2 %" in errors
    assert found.multiply(truth_of(real)).nnz == 0


def test_bad_positive_weights_are_refused(spout, data, tmp_path):
    common = ("train", "--train", data / "train.txt", "--output", tmp_path / "r")
    for value in ("-1", "0", "often", "nan", "1e300", "1e-300"):
        _, errors = spout(*common, "--positive-weight", value, code=2)
        assert "--positive-weight: expected a number from 1e-6 to 1e6" in errors
    np.save(tmp_path / "short.npy", np.ones(7, np.float32))
    _, errors = spout(*common, "--positive-weight", tmp_path / "short.npy", code=2)
    assert "expected a weight for each of 120 labels, found 7 numbers" in errors
    np.save(tmp_path / "nan.npy", np.full(120, np.nan, np.float32))
    _, errors = spout(*common, "--positive-weight", tmp_path / "nan.npy", code=2)
    assert "label 0: expected a weight above 0, found nan" in errors
    _, errors = spout(*common, "--sampled-labels", 10, code=2)
    assert "the loss bce does not use it" in errors


def test_sampled_softmax_comes_near_softmax(spout, data, tmp_path):
    precision = {}
    for loss, options in (("softmax", ()), ("sampled-softmax", ("--sampled-labels", 40))):
        run = tmp_path / loss
        spout(
            *("train", "--train", data / "train.txt", "--output", run, "--loss", loss, *options),
            *"--hidden 32 --epochs 12 --lr 0.01 --batch-size 64".split(),
        )
        spout(
            *("evaluate", run, "--data", data / "test.txt", "--metrics", "P@1"),
            *("--json", tmp_path / f"{loss}.json"),
        )
        precision[loss] = json.loads((tmp_path / f"{loss}.json").read_text())["P@1"]
    assert precision["softmax"] > 0.5
    assert precision["sampled-softmax"] > precision["softmax"] - 0.05
