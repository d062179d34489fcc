"""The model svm from the command line: where it is the default, what it leaves, what it refuses."""

import json

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from conftest import refused

ROWS, FEATURES, LABELS = 400, 2000, 60
RATINGS = "user,item,rating\n" + "".join(f"u{u},i{u % 4},{u % 5 + 1}\n" for u in range(12))


def words_and_tags(seed):
    """Rows of eight words of their label's thirty and four of any; scaled to length one."""
    rng = np.random.default_rng(seed)
    lines = [f"{ROWS} {FEATURES} {LABELS}"]
    for row in range(ROWS):
        label = row % LABELS
        own = rng.choice(30, 8, replace=False) + 30 * label
        words = sorted({*own.tolist(), *rng.integers(0, FEATURES, 4).tolist()})
        value = 1 / np.sqrt(len(words))
        lines.append(f"{label} " + " ".join(f"{word}:{value:.6f}" for word in words))
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("words")
    for seed, name in enumerate(["train.txt", "test.txt"]):
        (folder / name).write_text(words_and_tags(seed))
    return folder


@pytest.fixture(scope="module")
def run(spout, files):
    words = ("--effort", "fast")  # what is tried first might be another model
    spout("train", "--train", files / "train.txt", "--output", files / "run", *words)
    return files / "run"


def model_of(run):
    return json.loads((run / "options.json").read_text())["model"]


def test_it_is_what_sparse_features_get_and_it_learns(spout, files, run):
    assert model_of(run) == "svm"
    out, _ = spout("evaluate", run, "--data", files / "test.txt", "--metrics", "P@1")
    assert float(out.split()[1]) > 0.95
    assert "nothing to do" in spout("train", "--output", run, "--resume")[0]


def test_label_trees_are_chosen_by_the_data_and_kept(spout, files, run, tmp_path):
    trees = lambda folder: json.loads((folder / "options.json").read_text())["trees"]  # noqa: E731
    assert trees(run) == [0, 9]
    again = tmp_path / "again"
    spout("train", "--output", again, "--config", run / "options.json", "--effort", "fast")
    assert trees(again) == [0, 9]
    words = ("--train", files / "train.txt", "--model", "mlp", "--max-steps", 64)
    spout("train", *words, "--output", tmp_path / "mlp", "--effort", "fast")
    assert trees(tmp_path / "mlp") == "auto"
    asked = ("--train", files / "train.txt", "--trees", "auto", "--effort", "fast")
    spout("train", *asked, "--output", tmp_path / "asked")
    assert trees(tmp_path / "asked") == [0, 9]


@pytest.mark.parametrize("trees", [None, "10,14"])
def test_the_script_predicts_what_spout_predicts(spout, files, run, tmp_path, trees):
    if trees is not None:
        words = ("--train", files / "train.txt", "--trees", trees, "--beam", 3, "--effort", "fast")
        run = tmp_path / "run"
        spout("train", *words, "--output", run)
    spout("predict", run, "--data", files / "test.txt", "--output", tmp_path / "p.npz")
    spout("export", run, "--output", tmp_path / "model.ts")
    spout("convert", files / "test.txt", f"{tmp_path}/X.npz,{tmp_path}/Y.npz")
    ours = sp.load_npz(tmp_path / "p.npz").tocsr()
    x = sp.load_npz(tmp_path / "X.npz").tocsr().astype(np.float32)
    rows = torch.sparse_csr_tensor(
        *(torch.from_numpy(part.astype(np.int64)) for part in (x.indptr, x.indices)),
        torch.from_numpy(x.data),
        x.shape,
    )
    script = torch.jit.load(tmp_path / "model.ts")
    for given in (rows, rows.to_dense()):
        theirs = script.predict(given, 5)
        assert theirs.crow_indices().numpy().tolist() == ours.indptr.tolist()
        assert theirs.col_indices().numpy().tolist() == ours.indices.tolist()
        assert np.allclose(theirs.values().numpy(), ours.data, atol=1e-5)


@pytest.mark.parametrize("words", ["--hidden 8", "--epochs 2", "--lr 0.1", "--optimizer sgd"])
def test_an_option_that_it_does_not_have_asks_for_the_mlp(spout, files, tmp_path, words):
    words = words.split() + ([] if "--epochs" in words else ["--max-steps", "64"])
    words += ["--effort", "fast"] if "--epochs" not in words else []
    _, said = spout("train", "--train", files / "train.txt", "--output", tmp_path / "run", *words)
    assert model_of(tmp_path / "run") == "mlp"
    assert "model: mlp, because of --" in said


def test_other_data_get_other_models(spout, files, data, tmp_path):
    (tmp_path / "ratings.csv").write_text(RATINGS)
    np.save(tmp_path / "X.npy", np.eye(20, 4, dtype=np.float32))
    sp.save_npz(tmp_path / "Y.npz", sp.eye(20, 5, format="csr", dtype=np.float32))
    dense = f"{tmp_path}/X.npy,{tmp_path}/Y.npz"
    for train, model in ((tmp_path / "ratings.csv", "item-knn"), (dense, "mlp")):
        spout("train", "--train", train, "--output", tmp_path / "run", "--force")
        assert model_of(tmp_path / "run") == model


def test_it_can_be_asked_for_with_dense_features(spout, tmp_path):
    np.save(tmp_path / "X.npy", np.tile(np.eye(4, dtype=np.float32), (5, 1)))
    sp.save_npz(tmp_path / "Y.npz", sp.csr_matrix(np.tile(np.eye(4, dtype=np.float32), (5, 1))))
    pair = f"{tmp_path}/X.npy,{tmp_path}/Y.npz"
    spout("train", "--train", pair, "--output", tmp_path / "run", "--model", "svm")
    out, _ = spout("evaluate", tmp_path / "run", "--data", pair, "--metrics", "P@1")
    assert float(out.split()[1]) == 1.0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--model svm --epochs 3", "--epochs has no effect: svm is fitted in one pass"),
        ("--model svm --hidden 8", "--hidden: the model svm does not use it"),
        ("--model mlp --trees 3", "--trees: the model mlp does not use it"),
        ("--svm-cost 2 --ridge 8", "--svm-cost: the model mlp does not use it"),
        ("--svm-cost -1", "--svm-cost: expected a number from 0 to 1000000, found -1"),
        ("--svm-cost-power 1", "--svm-cost-power: needs --svm-cost"),
        ("--feature-power 1,x", "--feature-power: expected numbers with commas between, found"),
        ("--feature-power 1,2,3", "--feature-power: several numbers need --trees with as many"),
        ("--trees 0,9 --feature-power 1,2,3", "expected 1 number or one for each of the 2 trees"),
        ("--trees some", "--trees: expected auto or whole numbers with commas between, found"),
        ("--svm-margin 1", "--svm-margin: expected a number from 0 to 0.99, found 1"),
        ("--trees 0,30", "--trees: expected a number from 0 to 20, found 30"),
        ("--beam 0", "--beam: expected a number from 1 to 1000000, found 0"),
        ("--model svm --epochs 10", "--epochs has no effect: svm is fitted in one pass"),
        ("--model svm --warm-start RUN", "--warm-start: the model svm is fitted at once"),
    ],
)
def test_what_it_refuses(spout, files, run, tmp_path, words, expected):
    words = words.replace("RUN", str(run)).split()
    base = ["train", "--train", files / "train.txt", "--output", tmp_path / "run"]
    assert expected in refused(spout, *base, *words)
    assert not (tmp_path / "run").exists()


def test_users_and_items_are_for_other_models(spout, tmp_path):
    (tmp_path / "ratings.csv").write_text(RATINGS)
    base = ["train", "--train", tmp_path / "ratings.csv", "--output", tmp_path / "run"]
    assert "of users and items there are " in refused(spout, *base, "--model", "svm")


def test_one_seed_gives_one_model(spout, files, run, tmp_path):
    train = ["train", "--train", files / "train.txt", "--output", tmp_path / "run", "--threads", 1]
    spout(*train, "--model", "svm")
    ours, theirs = (torch.load(r / "model.pt", weights_only=True) for r in (run, tmp_path / "run"))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_what_the_data_settle_is_said_and_can_be_given(spout, files, tmp_path):
    train = ["train", "--train", files / "train.txt", "--threads", 1, "--model", "svm", "--output"]
    _, error = spout(*train, tmp_path / "a")
    line = next(line for line in error.splitlines() if line.startswith("svm: "))
    spout(*train, tmp_path / "b", *line.removeprefix("svm: ").split())
    assert (tmp_path / "a/model.pt").read_bytes() == (tmp_path / "b/model.pt").read_bytes()


def test_an_option_of_steps_asks_for_a_network_even_at_its_default(spout, files, tmp_path):
    words = ["--train", files / "train.txt", "--output", tmp_path / "run", "--epochs", 10]
    spout("train", *words)
    assert json.loads((tmp_path / "run/options.json").read_text())["model"] == "mlp"
