"""The model blend: the scores of its parts, added; one model for every command."""

import json
import random
import re
import signal

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from conftest import load_matrix, refused, run_spout, said, stop_training

NETWORK = "--hidden 16 --loss squared-hinge --lr 0.01 --input-dropout 0.1 --threads 2".split()
SVM = "--trees 0,2 --svm-cost 1 --feature-power 1".split()
LABELS = 120


def train(data, run, *words):
    return run_spout("train", "--train", data / "train.txt", "--output", run, *words)


def scores(run, data, folder, *more):
    """The scores of all labels for the test rows; -inf where there is none."""
    file = folder / f"{run.name}.npz"
    words = ("--data", data / "test.txt", "--output", file, "--top-k", LABELS, "--force")
    run_spout("predict", run, *words, *more)
    matrix = load_matrix(file)
    dense = np.full(matrix.shape, -np.inf)
    coo = matrix.tocoo()
    dense[coo.row, coo.col] = coo.data
    return dense


@pytest.fixture(scope="module")
def parts(data, tmp_path_factory):
    """A blend of weight 0.3, and its parts trained by themselves: all with the same options."""
    folder = tmp_path_factory.mktemp("parts")
    epochs = ("--epochs", 3)
    weight = ("--blend-weight", 0.3)
    _, error = train(data, folder / "blend", "--model", "blend", *NETWORK, *SVM, *epochs, *weight)
    assert "race: " not in error
    train(data, folder / "mlp", "--model", "mlp", *NETWORK, *epochs)
    train(data, folder / "svm", "--model", "svm", *SVM)
    return folder


def test_a_blend_adds_the_scores_of_its_parts(data, parts, tmp_path):
    svm, mlp, blend = (scores(parts / name, data, tmp_path) for name in ("svm", "mlp", "blend"))
    assert np.isinf(svm).any() and np.isfinite(mlp).all()
    np.testing.assert_allclose(blend, np.maximum(svm, -1) + 0.3 * mlp, rtol=1e-4, atol=1e-5)


def test_best_labels_are_those_of_all_scores(spout, data, parts, tmp_path):
    everything = scores(parts / "blend", data, tmp_path)
    file = tmp_path / "best.npz"
    spout("predict", parts / "blend", "--data", data / "test.txt", "--output", file, "--top-k", 3)
    best = load_matrix(file)
    for row in range(best.shape[0]):
        expected = np.sort(np.argsort(-everything[row], kind="stable")[:3])
        assert best[row].indices.tolist() == expected.tolist()


def test_the_exported_module_gives_the_same_scores(spout, data, parts, tmp_path):
    spout("export", parts / "blend", "--output", tmp_path / "blend.ts")
    spout("convert", data / "test.txt", f"{tmp_path}/x.npz,{tmp_path}/y.npz")
    x = sp.load_npz(tmp_path / "x.npz").tocsr()
    module = torch.jit.load(tmp_path / "blend.ts")
    rows = torch.sparse_csr_tensor(x.indptr, x.indices, torch.tensor(x.data), x.shape)
    expected = scores(parts / "blend", data, tmp_path)
    np.testing.assert_allclose(module(rows).detach().numpy(), expected, rtol=1e-4, atol=1e-5)


def test_popularity_is_added_once(data, parts, tmp_path):
    words = ("--model", "blend", *NETWORK, *SVM, "--epochs", 3, "--blend-weight", 0.3)
    train(data, tmp_path / "popular", *words, "--popularity", 0.5)
    lines = (data / "train.txt").read_text().splitlines()[1:]
    counts = np.zeros(LABELS)
    for line in lines:
        for label in line.split(" ")[0].split(","):
            counts[int(label)] += bool(label)
    added = scores(tmp_path / "popular", data, tmp_path) - scores(parts / "blend", data, tmp_path)
    expected = np.tile(0.5 * np.log1p(counts), (added.shape[0], 1))
    np.testing.assert_allclose(added, expected, atol=1e-4)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Rows with a label of the parity of two features, and one that a single feature names: what
    an svm can and cannot find."""
    draw = random.Random(1)
    lines = []
    for _ in range(2000):
        a, b, c = draw.randrange(2), draw.randrange(2), draw.randrange(500)
        features = {a, 2 + b, 4 + c} | {draw.randrange(504, 900) for _ in range(3)}
        words = " ".join(f"{f}:1" for f in sorted(features))
        lines.append(f"{a ^ b},{2 + c} {words}\n")
    folder = tmp_path_factory.mktemp("mixed")
    for name, part in (("train", lines[:1600]), ("test", lines[1600:])):
        (folder / f"{name}.txt").write_text(f"{len(part)} 900 502\n" + "".join(part))
    return folder


def race_metrics(error):
    """The metrics of each candidate of a race, as it reports them."""
    lines = re.findall(r"^race: (P@1 .*?)  [\d.]+ s  ", error, re.M)
    return [[float(value) for value in re.findall(r" (0\.\d+)", line)] for line in lines]


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """Rows of words as in documents: some by their labels, whose words overlap, and more that say
    nothing."""
    draw = random.Random(1)
    words, labels = 3000, 300
    own = [[draw.randrange(words) for _ in range(30)] for _ in range(labels)]
    lines = []
    for _ in range(1600):
        chosen = {int((labels + 1) ** draw.random()) - 1 for _ in range(draw.randint(1, 6))}
        chosen = sorted(chosen)
        row = {
            draw.randrange(words) if draw.random() < 0.6 else draw.choice(own[draw.choice(chosen)])
            for _ in range(draw.randint(10, 40))
        }
        text = " ".join(f"{word}:1" for word in sorted(row))
        lines.append(f"{','.join(map(str, chosen))} {text}\n")
    folder = tmp_path_factory.mktemp("documents")
    (folder / "train.txt").write_text(f"{len(lines)} {words} {labels}\n" + "".join(lines))
    return folder


def test_a_race_finds_that_two_models_know_more_than_one(documents, tmp_path):
    run = tmp_path / "run"
    out, error = train(documents, run)
    models, _, _ = error.partition("settings of svm")
    means = [np.mean(found) for found in race_metrics(models)]
    assert means[-1] > 1.002 * max(means[:-1]) and said(error, "race", "blend of svm and mlp.*")
    options = json.loads((run / "options.json").read_text())
    assert options["model"] == "blend" and options["blend-weight"] < 0
    named = tmp_path / "named"
    train(documents, named, "--model", "blend", "--trees", "0,9")
    assert json.loads((named / "blend.json").read_text())["weight"] > 0
    assert re.search(r"^blend: .* before it learned from the held-out rows$", out, re.M)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("lines", [30, 130])
def test_a_stopped_blend_goes_on_to_the_same_bits(mixed, tmp_path, lines, number):
    words = ("--model", "blend", *NETWORK, *SVM, "--effort", "fast", "--max-steps", 110)
    words = (*words, "--log-every", 1, "--checkpoint-every", 7)
    train(mixed, tmp_path / "whole", *words)
    command = ("train", "--train", mixed / "train.txt", "--output", tmp_path / "cut", *words)
    assert stop_training(command, number, lines) == (130 if number == signal.SIGINT else -number)
    train(mixed, tmp_path / "cut", *words, "--resume")
    files = [tmp_path / run / "model.pt" for run in ("whole", "cut")]
    assert files[0].read_bytes() == files[1].read_bytes()
    out, _ = train(mixed, tmp_path / "cut", *words, "--resume")
    assert "nothing to do" in out


def test_a_lost_model_is_made_again(data, parts, tmp_path):
    words = ("--model", "blend", *NETWORK, *SVM, "--epochs", 1, "--blend-weight", 0.3)
    train(data, tmp_path / "run", *words)
    model = (tmp_path / "run/model.pt").read_bytes()
    (tmp_path / "run/model.pt").unlink()
    train(data, tmp_path / "run", *words, "--resume")
    assert (tmp_path / "run/model.pt").read_bytes() == model


@pytest.mark.parametrize("rows", [8, 40])
def test_few_rows_are_enough(data, tmp_path, rows):
    lines = (data / "train.txt").read_text().splitlines()[: rows + 1]
    lines[0] = f"{rows} 300 120"
    (tmp_path / "train.txt").write_text("\n".join(lines) + "\n")
    words = ("--model", "blend", "--max-steps", 20)
    _, error = train(tmp_path, tmp_path / "run", *words)
    assert said(error, "blend", "since no rows are held out.*") == (rows < 10)


def test_a_lost_choice_is_no_other_choice(mixed, tmp_path):
    words = ("--model", "blend", *NETWORK, *SVM, "--effort", "fast", "--max-steps", 50)
    train(mixed, tmp_path / "run", *words)
    out, _ = run_spout("inspect", tmp_path / "run")
    weight = json.loads((tmp_path / "run/blend.json").read_text())["weight"]
    assert f"svm + {weight:g} mlp" in out
    for name in ("blend.json", "model.pt"):
        (tmp_path / "run" / name).unlink()
    words = ("train", "--train", mixed / "train.txt", "--output", tmp_path / "run", "--resume")
    _, error = run_spout(*words, code=2)
    assert "blend.json" in error and "--force" in error


def test_both_fits_of_the_svm_have_the_same_settings(mixed, tmp_path):
    words = ("--model", "blend", *NETWORK, "--effort", "fast", "--max-steps", 50)
    _, error = train(mixed, tmp_path / "run", *words)
    assert error.count("--svm-cost ") == 1 and error.count("svm: fitted to") == 2


def test_parts_are_raced_for_a_blend_that_is_named(mixed, tmp_path):
    _, error = train(mixed, tmp_path / "run", "--model", "blend", "--max-steps", 100)
    assert said(error, "race", "svm") and said(error, "race", "blend of svm and mlp.*")
    assert json.loads((tmp_path / "run/options.json").read_text())["model"] == "blend"


def test_no_epoch_is_a_blend_with_an_untrained_network(data, tmp_path):
    train(data, tmp_path / "run", "--model", "blend", "--epochs", 0)
    assert (tmp_path / "run/model.pt").exists()


def test_more_epochs_make_a_new_blend(data, tmp_path):
    words = ("--model", "blend", *NETWORK, *SVM, "--valid-share", 0.2)
    words += ("--schedule", "constant")
    train(data, tmp_path / "whole", *words, "--epochs", 3)
    train(data, tmp_path / "more", *words, "--epochs", 1)
    files = ("blend.json", "model.pt")
    before = [(tmp_path / "more" / file).read_bytes() for file in files]
    train(data, tmp_path / "more", *words, "--epochs", 3, "--resume")
    after = [(tmp_path / "more" / file).read_bytes() for file in files]
    assert after == [(tmp_path / "whole" / file).read_bytes() for file in files]
    assert before[1] != after[1]
    out, error = train(data, tmp_path / "more", *words, "--epochs", 3, "--resume")
    assert "nothing to do" in out


def test_a_blend_takes_up_further_labels(spout, data, parts, tmp_path):
    lines = (data / "train.txt").read_text().splitlines()
    rows, features, labels = map(int, lines[0].split())
    lines[0] = f"{rows} {features} {labels + 2}"
    lines[1:] = [f"{labels + i % 2},{line}" for i, line in enumerate(lines[1:])]
    (tmp_path / "train.txt").write_text("\n".join(lines) + "\n")
    words = ("--train", tmp_path / "train.txt", "--output", tmp_path / "more", "--epochs", 2)
    _, error = spout("train", "--extend", parts / "blend", *words)
    assert said(error, "warm start", "2 labels are new") and said(error, "svm: fitted")
    spout("evaluate", tmp_path / "more", "--data", tmp_path / "train.txt", "--metrics", "P@1")


def test_options_that_no_part_reads_are_refused(spout, data, tmp_path):
    words = ("train", "--train", data / "train.txt", "--output", tmp_path / "run")
    assert "--ridge" in refused(spout, *words, "--model", "blend", "--ridge", 5)
    assert "--blend-weight" in refused(spout, *words, "--model", "svm", "--blend-weight", 1)
    assert "--metrics loss" in refused(spout, *words, "--model", "blend", "--metrics", "loss")
    assert "--loss mse" in refused(spout, *words, "--model", "blend", "--loss", "mse")
