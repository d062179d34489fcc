"""`evaluate` against napkinXC's metrics, an implementation by others."""

import json

import numpy as np
import pytest
import scipy.sparse as sp

napkinxc = pytest.importorskip("napkinxc.metrics", reason="napkinxc has no wheel for this Python")

METRICS = [f"{name}@{k}" for name in ("P", "nDCG", "Recall", "PSP", "PSnDCG") for k in (1, 3, 5)]


def load(spout, path, folder, name):
    spout("convert", path, f"{folder}/{name}X.npz,{folder}/{name}Y.npz")
    return sp.load_npz(f"{folder}/{name}Y.npz")


def rankings(matrix):
    """Labels of each row by falling score, equal scores by ascending label."""
    rows = []
    for i in range(matrix.shape[0]):
        begin, end = matrix.indptr[i], matrix.indptr[i + 1]
        order = np.argsort(-matrix.data[begin:end], kind="stable")
        rows.append(matrix.indices[begin:end][order].tolist())
    return rows


def expected_values(truth, predicted, train):
    true_labels = [row.indices.tolist() for row in truth]
    ranked = rankings(predicted)
    # napkinXC does not know how many rows have no labels when it is given lists of lists of N.
    inverse = napkinxc.Jain_et_al_inverse_propensity(train)
    values = {
        "P": napkinxc.precision_at_k(true_labels, ranked, k=5),
        "nDCG": napkinxc.ndcg_at_k(true_labels, ranked, k=5),
        "Recall": napkinxc.recall_at_k(true_labels, ranked, k=5),
        "PSP": napkinxc.psprecision_at_k(true_labels, ranked, inverse, k=5),
        "PSnDCG": napkinxc.psndcg_at_k(true_labels, ranked, inverse, k=5),
    }
    return {f"{name}@{k}": values[name][k - 1] for name in values for k in (1, 3, 5)}


def check_against_napkinxc(spout, run, train, test, folder):
    spout("predict", run, "--data", test, "--output", folder / "p.npz")
    spout(
        "evaluate",
        folder / "p.npz",
        "--data",
        test,
        "--train",
        train,
        *("--metrics", ",".join(METRICS), "--json", folder / "file.json"),
    )
    spout(
        "evaluate",
        run,
        "--data",
        test,
        "--metrics",
        ",".join(METRICS),
        *("--json", folder / "run.json"),
    )
    expected = expected_values(
        load(spout, test, folder, "test"),
        sp.load_npz(folder / "p.npz"),
        load(spout, train, folder, "train"),
    )
    for name in ("file", "run"):
        values = json.loads((folder / f"{name}.json").read_text())
        assert values == pytest.approx(expected, abs=1e-6)


def test_metrics_agree_with_napkinxc_on_planted_data(spout, trained, data, tmp_path):
    check_against_napkinxc(spout, trained, data / "train.txt", data / "test.txt", tmp_path)


def test_metrics_agree_where_rows_have_no_labels(spout, trained, data, tmp_path):
    lines = (data / "test.txt").read_text().splitlines()
    for i in (1, 5, 40):
        lines[i] = " " + lines[i].split(" ", 1)[1]
    test = tmp_path / "test.txt"
    test.write_text("\n".join(lines) + "\n")
    check_against_napkinxc(spout, trained, data / "train.txt", test, tmp_path)


def test_metrics_agree_with_napkinxc_on_bibtex(spout, real_data, tmp_path):
    train, test = real_data / "bibtex/train.txt.gz", real_data / "bibtex/test.txt.gz"
    spout("train", "--train", train, "--output", tmp_path / "run", "--epochs", 3)
    check_against_napkinxc(spout, tmp_path / "run", train, test, tmp_path)


def test_f1_agrees_with_napkinxc_and_numpy(spout, trained, data, tmp_path):
    threshold = ("--threshold", -2)
    words = ("predict", trained, "--data", data / "test.txt", "--top-k", 0, *threshold)
    spout(*words, "--output", tmp_path / "p.npz")
    truth = load(spout, data / "test.txt", tmp_path, "test")
    predicted = sp.load_npz(tmp_path / "p.npz")
    words = ("evaluate", trained, "--data", data / "test.txt", *threshold)
    spout(*words, "--metrics", "micro-F1,macro-F1", "--json", tmp_path / "f1.json")
    values = json.loads((tmp_path / "f1.json").read_text())

    lists = [row.indices.tolist() for row in truth], [row.indices.tolist() for row in predicted]
    assert 0 < values["micro-F1"] < 1
    assert values["micro-F1"] == pytest.approx(napkinxc.micro_f1_measure(*lists), abs=1e-9)
    # napkinXC's macro mean leaves out labels above the largest that occurs; ours is over all L.
    y, p = truth.toarray() > 0, predicted.toarray() != 0
    mentioned = y.sum(0) + p.sum(0)
    macro = np.mean(2 * (y & p).sum(0) / np.maximum(mentioned, 1))
    assert values["macro-F1"] == pytest.approx(macro, abs=1e-9)
