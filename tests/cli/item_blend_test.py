"""The model item-blend: the scores of item-knn and mf, added."""

import json
import re
import signal

import numpy as np
import pytest
import torch
from conftest import load_matrix, run_spout, said, stop_training

NETWORK = "--hidden 8 --lr 0.01 --threads 2".split()
NEIGHBOURS = "--neighbours 5 --walk-alpha 0.6".split()
ITEMS = 60


def train(users, run, *words, **more):
    words = ("--format", "adjacency", "--output", run, *words)
    return run_spout("train", "--train", users, *words, **more)


def scores(run, users, folder):
    """The scores of all items, those that a user has included."""
    file = folder / f"{run.name}.npz"
    words = ("--data", users, "--output", file, "--top-k", ITEMS, "--keep-seen", "--force")
    run_spout("predict", run, *words)
    matrix = load_matrix(file)
    assert matrix.nnz == np.prod(matrix.shape)
    return matrix.toarray()


def rest_of(run):
    """The scores of item-knn for items that no neighbour names."""
    return torch.load(run / "model.pt", weights_only=True)["output.item_knn.output.bias"].numpy()


@pytest.fixture(scope="module")
def parts(users, tmp_path_factory):
    """A blend of weight 0.3, and its parts trained by themselves: all with the same options."""
    folder = tmp_path_factory.mktemp("parts")
    words = ("--epochs", 3, "--blend-weight", 0.3)
    train(users, folder / "blend", "--model", "item-blend", *NETWORK, *NEIGHBOURS, *words)
    train(users, folder / "mf", "--model", "mf", *NETWORK, "--epochs", 3)
    train(users, folder / "knn", "--model", "item-knn", "--effort", "fast", *NEIGHBOURS)
    return folder


def test_an_item_blend_adds_the_scores_of_its_parts(users, parts, tmp_path):
    knn, mf, blend = (scores(parts / name, users, tmp_path) for name in ("knn", "mf", "blend"))
    is_named = knn > rest_of(parts / "blend").max()
    assert not is_named.all()
    expected = is_named * knn / knn.max(1, keepdims=True) + 0.3 * mf
    np.testing.assert_allclose(blend, expected, rtol=1e-4, atol=1e-5)


def test_weight_0_is_the_order_of_neighbours(users, parts, tmp_path):
    words = ("--model", "item-blend", *NETWORK, *NEIGHBOURS, "--epochs", 1, "--blend-weight", 0)
    train(users, tmp_path / "zero", *words)
    knn, zero = scores(parts / "knn", users, tmp_path), scores(tmp_path / "zero", users, tmp_path)
    for expected, found in zip(knn, zero, strict=True):
        in_order = expected[np.argsort(-found, kind="stable")]
        assert (np.diff(in_order) <= 1e-6 * in_order[:-1]).all()


def test_the_exported_module_gives_the_same_scores(spout, users, parts, tmp_path):
    spout("export", parts / "blend", "--output", tmp_path / "blend.ts")
    x = np.zeros((400, ITEMS), np.float32)
    for row, line in enumerate(users.read_text().splitlines()):
        x[row, list(map(int, line.split()[1:]))] = 1
    module = torch.jit.load(tmp_path / "blend.ts")
    expected = scores(parts / "blend", users, tmp_path)
    for rows in (torch.from_numpy(x), torch.from_numpy(x).to_sparse_csr()):
        np.testing.assert_allclose(module(rows).detach(), expected, rtol=1e-4, atol=1e-5)


def test_held_out_items_choose_the_weight_and_are_learned_then(users, tmp_path):
    run = tmp_path / "run"
    words = ("--model", "item-blend", "--effort", "fast", *NETWORK, "--max-steps", 60)
    out, error = train(users, run, *words)
    assert re.search(r"^blend: .* before it learned from the held-out rows$", out, re.M)
    assert error.count("item-knn: fitted to 400 rows") == 2
    weight = json.loads((run / "blend.json").read_text())["weight"]
    assert f"item-knn + {weight:g} mf" in run_spout("inspect", run)[0]
    # The neighbours are those of all items, the held-out ones too.
    train(users, tmp_path / "knn", "--model", "item-knn", "--effort", "fast")
    of_blend, alone = (
        torch.load(path / "model.pt", weights_only=True) for path in (run, tmp_path / "knn")
    )
    columns = of_blend["output.item_knn.output.column"]
    assert torch.equal(columns, alone["output.column"])


def test_held_out_items_may_stay_held_out(users, tmp_path):
    words = ("--model", "item-blend", "--effort", "fast", *NETWORK, "--max-steps", 60)
    out, error = train(users, tmp_path / "run", *words, "--keep-held-out")
    assert re.search(r"^blend: ", out, re.M) and "before it learned" not in out
    assert error.count("item-knn: fitted to 400 rows") == 1


def test_popularity_adds_the_same_to_an_items_scores_for_all_users(users, parts, tmp_path):
    words = ("--model", "item-blend", *NETWORK, *NEIGHBOURS, "--epochs", 3, "--blend-weight", 0.3)
    train(users, tmp_path / "popular", *words, "--popularity", 0.5)
    plain, popular = (
        scores(run, users, tmp_path) for run in (parts / "blend", tmp_path / "popular")
    )
    added = popular - plain
    counts = np.zeros(ITEMS)
    for line in users.read_text().splitlines():
        counts[list(map(int, line.split()[1:]))] += 1
    assert (np.abs(added - added[0]) < 1e-4).all()
    assert np.corrcoef(added[0], np.log(counts))[0, 1] > 0.999


def test_a_race_blends_models_of_users_and_items(users, tmp_path):
    _, error = train(users, tmp_path / "run", "--model", "item-blend", "--max-steps", 60)
    assert said(error, "race", "item-knn --item-weights tfidf") and said(error, "race", "mf")
    assert said(error, "race", "blend of item-knn.* and mf.*")
    options = json.loads((tmp_path / "run/options.json").read_text())
    assert options["model"] == "item-blend"


@pytest.mark.parametrize("lines", [20, 90])
def test_a_stopped_blend_goes_on_to_the_same_bits(users, tmp_path, lines):
    words = ("--model", "item-blend", *NETWORK, "--effort", "fast", "--max-steps", 80)
    words = (*words, "--log-every", 1, "--checkpoint-every", 7)
    train(users, tmp_path / "whole", *words)
    command = ("train", "--train", users, "--format", "adjacency", "--output", tmp_path / "cut")
    assert stop_training((*command, *words), signal.SIGKILL, lines) == -signal.SIGKILL
    run_spout(*command, *words, "--resume")
    files = [tmp_path / run / "model.pt" for run in ("whole", "cut")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_blends_are_of_their_own_data(users, data, tmp_path):
    _, error = train(users, tmp_path / "run", "--model", "blend", code=2)
    assert "item-blend" in error
    words = ("--train", data / "train.txt", "--output", tmp_path / "run", "--model", "item-blend")
    assert "users and items" in run_spout("train", *words, code=2)[1]
