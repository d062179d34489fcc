"""The models item-knn, slim and popular, against plain NumPy and in PyTorch."""

import json
import random
import re

import numpy as np
import pytest
import scipy.sparse as sp


def walks(x, alpha, beta):
    """Probabilities of two steps in a graph, with powers; counts as shares of their means."""
    of_user = x.sum(1) / x.sum(1).mean()
    of_item = x.sum(0) / x.sum(0).mean()
    return np.diag(of_item**-alpha) @ x.T @ np.diag(of_user**-alpha) @ x @ np.diag(of_item**-beta)


def cosines(x, weights):
    """The similarities of item-knn, by plain NumPy."""
    users, items = x.shape
    if weights == "walk":
        similar = walks(x, alpha=0.8, beta=0.2)
        np.fill_diagonal(similar, 0)
        return similar
    w = x.astype(float)
    if weights != "cosine":
        w = w * np.log(items / x.sum(1, keepdims=True))
    if weights == "bm25":
        counts = x.sum(0)
        length = 1 - 0.75 + 0.75 * counts / counts.mean()
        w = w * (1.2 + 1) / (1.2 * length + 1)
    if weights != "bm25":
        w = w / np.maximum(np.linalg.norm(w, axis=0), 1e-30)
    similar = w.T @ w
    np.fill_diagonal(similar, 0)
    return similar


def matrix_of(file, items=60):
    rows = [list(map(int, line.split()[1:])) for line in file.read_text().splitlines()]
    x = np.zeros((len(rows), items))
    for row, columns in enumerate(rows):
        x[row, columns] = 1
    return x


@pytest.mark.parametrize("weights", ["walk", "cosine", "tfidf", "bm25"])
@pytest.mark.parametrize("neighbours", [3, 100])
def test_item_knn_is_a_sum_of_similarities(spout, users, tmp_path, weights, neighbours):
    words = (
        "--model",
        "item-knn",
        "--item-weights",
        weights,
        "--neighbours",
        neighbours,
        "--effort",
        "fast",
    )
    spout(
        "train",
        "--train",
        users,
        "--format",
        "adjacency",
        "--output",
        tmp_path / "run",
        *words,
    )
    words = (
        "--data",
        users,
        "--top-k",
        60,
        "--keep-seen",
        "--output",
        tmp_path / "p.npz",
    )
    spout("predict", tmp_path / "run", *words)
    x = matrix_of(users)
    similar = cosines(x, weights)
    tied = np.zeros_like(similar)  # at the last neighbour, where rounding decides
    for row, ties in zip(similar, tied, strict=True):  # only the largest stay
        order = np.argsort(-row, kind="stable")
        last = row[order[min(neighbours, len(row)) - 1]]
        alike = np.isclose(row, last, rtol=1e-5, atol=0)
        ties[alike] = alike[order[neighbours:]].any()
        row[order[neighbours:]] = 0
    found = sp.load_npz(tmp_path / "p.npz").toarray()
    is_sure = x @ tied == 0
    assert is_sure.mean() > 0.9
    np.testing.assert_allclose(found[is_sure], (x @ similar)[is_sure], rtol=1e-5, atol=1e-4)


def least_squares(x, neighbours, ridge):
    """The weights of slim by plain NumPy, and the items whose last neighbour is tied."""
    similar = cosines(x, "cosine")
    gram = x.T @ x
    weights, tied = np.zeros_like(gram), np.zeros(len(gram), bool)
    for item, row in enumerate(similar):
        order = np.argsort(-row, kind="stable")
        last = row[order[min(neighbours, len(row)) - 1]]
        tied[item] = np.isclose(row[order[neighbours:]], last, rtol=1e-5, atol=0).any() and last > 0
        part = np.array([i for i in order[:neighbours] if row[i] > 0], int)
        inner = gram[np.ix_(part, part)] + ridge * np.eye(len(part))
        weights[part, item] = np.linalg.solve(inner, gram[part, item])
    return weights, tied


@pytest.mark.parametrize("neighbours", [3, 100])
def test_slim_is_least_squares_on_similar_items(spout, users, tmp_path, neighbours):
    words = ("--format", "adjacency", "--model", "slim", "--ridge", 10)
    run = tmp_path / "run"
    spout("train", "--train", users, "--output", run, *words, "--neighbours", neighbours)
    words = ("--top-k", 60, "--keep-seen", "--output", tmp_path / "p.npz")
    spout("predict", run, "--data", users, *words)
    x = matrix_of(users)
    weights, tied = least_squares(x, neighbours, ridge=10)
    assert tied.mean() < 0.5
    found = sp.load_npz(tmp_path / "p.npz").toarray()
    np.testing.assert_allclose(found[:, ~tied], (x @ weights)[:, ~tied], rtol=1e-4, atol=1e-5)
    if neighbours == 100:
        log = (run / "log.jsonl").read_text().splitlines()
        objective = ((x - x @ weights) ** 2).sum() + 10 * (weights**2).sum()
        assert json.loads(log[-1])["loss"] == pytest.approx(objective / len(x), rel=1e-4)


def test_ridge_and_neighbours_together_ask_for_slim(spout, users, tmp_path):
    run = tmp_path / "run"
    words = ("--format", "adjacency", "--ridge", 5, "--neighbours", 9)
    _, error = spout("train", "--train", users, "--output", run, *words)
    assert "model: slim" in error


def test_slim_chooses_its_ridge(spout, users, tmp_path):
    words = ("--format", "adjacency", "--model", "slim")
    _, error = spout("train", "--train", users, "--output", tmp_path / "run", *words)
    assert re.search(r"slim: --ridge (25|100|500|2000)\n", error)


def test_item_knn_in_pytorch(spout, users, tmp_path):
    import torch

    run = tmp_path / "run"
    words = ("--format", "adjacency", "--model", "item-knn")
    spout("train", "--train", users, "--output", run, *words)
    spout("export", run, "--output", tmp_path / "m.ts")
    words = ("--top-k", 60, "--keep-seen", "--output", tmp_path / "p.npz")
    spout("predict", run, "--data", users, *words)
    x = torch.from_numpy(matrix_of(users).astype(np.float32))
    module = torch.jit.load(tmp_path / "m.ts")
    expected = sp.load_npz(tmp_path / "p.npz").toarray()
    for given in (x, x.to_sparse_csr()):
        assert np.abs(module(given).numpy() - expected).max() < 1e-4


def test_popular_counts(spout, users, tmp_path):
    run = tmp_path / "run"
    spout(
        "train",
        "--train",
        users,
        "--format",
        "adjacency",
        "--output",
        run,
        "--model",
        "popular",
    )
    spout("predict", run, "--data", users, "--top-k", 4, "--output", tmp_path / "p.npz")
    x = matrix_of(users)
    counts = np.where(x > 0, -1, x.sum(0))
    found = sp.load_npz(tmp_path / "p.npz").tocsr()
    for row in range(len(x)):
        assert sorted(found[row].data) == sorted(np.sort(counts[row])[-4:])


def test_popular_labels(spout, data, tmp_path):
    """It learns from examples, too."""
    run = tmp_path / "run"
    spout("train", "--train", data / "train.txt", "--output", run, "--model", "popular")
    out, _ = spout("evaluate", run, "--data", data / "test.txt", "--metrics", "P@1")
    _, error = spout(
        *("train", "--train", data / "train.txt", "--valid", data / "test.txt"),
        *(
            "--model",
            "mlp",
            "--epochs",
            1,
            "--metrics",
            "P@1",
            "--output",
            tmp_path / "mlp",
        ),
    )
    baseline = next(line for line in error.splitlines() if line.startswith("baseline"))
    assert float(baseline.split()[-1]) == pytest.approx(float(out.split()[1]), abs=1e-3)


def test_a_model_of_few_similarities_is_read_again(spout, tmp_path):
    """Most items of real data have few neighbours, far fewer than the model may keep."""
    draw = random.Random(3)
    file = tmp_path / "users.txt"
    lines = [f"{u} {' '.join(map(str, draw.sample(range(900), 3)))}\n" for u in range(200)]
    file.write_text("".join(lines))
    words = ("--format", "adjacency", "--model", "item-knn")
    spout("train", "--train", file, "--output", tmp_path / "run", *words)
    spout("predict", tmp_path / "run", "--data", file, "--output", tmp_path / "p.npz")
