"""A model of real tags gets a tenth more labels: what it knew stays, the new ones are learnt."""

import numpy as np
import pytest
import scipy.sparse as sp

STILL = "--optimizer sgd --lr 1e-20 --epochs 1".split()  # steps too small to be seen


@pytest.fixture(scope="module")
def parts(spout, real_data, tmp_path_factory):
    """bibtex with a random tenth of its labels moved behind the others, and how many those are."""
    folder = tmp_path_factory.mktemp("bibtex")
    known = 0
    for part in ("train", "test"):
        pair = f"{folder}/{part}_X.npz,{folder}/{part}_Y.npz"
        spout("convert", real_data / f"bibtex/{part}.txt.gz", pair)
        target = sp.load_npz(folder / f"{part}_Y.npz").tocsr()
        order = np.random.default_rng(0).permutation(target.shape[1])
        known = target.shape[1] - target.shape[1] // 10
        target = target[:, order].tocsr()
        target.sort_indices()
        sp.save_npz(folder / f"{part}_all.npz", target)
        old = sp.csr_matrix(target[:, :known])
        old.sort_indices()
        sp.save_npz(folder / f"{part}_old.npz", old)
    return folder, known


def scores(spout, run, folder, target):
    """Dense logits of the test rows."""
    words = ["--data", f"{folder}/test_X.npz,{folder}/test_{target}.npz"]
    spout("predict", run, *words, "--threshold", -1e9, "--output", run / "p.npz", "--force")
    return sp.load_npz(run / "p.npz").toarray()


def precision(scores, target):
    """P@1 in points."""
    best = scores.argmax(axis=1)
    return 100 * np.mean([target[row, label] > 0 for row, label in enumerate(best)])


def test_a_tenth_more_labels(spout, parts, tmp_path):
    folder, known = parts
    data = {name: f"{folder}/train_X.npz,{folder}/train_{name}.npz" for name in ("old", "all")}
    words = "--model mlp --hidden 256 --loss squared-hinge --epochs 40 --lr 0.002".split()
    words += ["--input-dropout", 0.5]
    spout("train", "--train", data["old"], "--output", tmp_path / "old", *words)
    extend = ["train", "--train", data["all"], "--extend", tmp_path / "old", "--output"]
    spout(*extend, tmp_path / "still", *STILL)
    spout(*extend, tmp_path / "grown")
    before = scores(spout, tmp_path / "old", folder, "old")
    assert np.array_equal(scores(spout, tmp_path / "still", folder, "all")[:, :known], before)
    after = scores(spout, tmp_path / "grown", folder, "all")
    target = sp.load_npz(folder / "test_all.npz").toarray()
    assert precision(after[:, :known], target) > precision(before, target) - 0.5
    spout("train", "--train", data["all"], "--output", tmp_path / "whole", *words)
    whole = scores(spout, tmp_path / "whole", folder, "all")
    news = target[:, known:]
    rows = news.any(axis=1)
    start = scores(spout, tmp_path / "still", folder, "all")
    learnt = precision(after[rows, known:], news[rows])
    at_once = precision(whole[rows, known:], news[rows])
    assert precision(start[rows, known:], news[rows]) < 25
    assert learnt > 0.9 * at_once
