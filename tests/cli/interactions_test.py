"""Users and items: files, joins by user, splits, models, and metrics against plain NumPy."""

import gzip
import json
import math
import random
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import refused

GOWALLA = Path(__file__).resolve().parents[3] / "shared/data/gowalla"
METRICS = ["Recall", "nDCG", "HitRate", "MRR", "MAP", "P", "coverage"]


def planted(num_users=300, num_items=80, groups=5, seed=0):
    """user -> items, most of them from the group of items that the user belongs to."""
    draw = random.Random(seed)
    rows = {}
    for user in range(num_users):
        group = range(user % groups, num_items, groups)
        items = draw.sample(group, draw.randint(5, 10)) + draw.sample(range(num_items), 2)
        rows[str(1000 + user)] = list(dict.fromkeys(items))
    return rows


def write_adjacency(path, rows):
    path.write_text("".join(f"{user} {' '.join(map(str, r))}\n" for user, r in rows.items()))
    return path


def read_adjacency(path):
    opened = gzip.open(path, "rt") if str(path).endswith(".gz") else open(path)
    with opened as lines:
        words = [line.split() for line in lines]
    return {w[0]: [int(item) for item in w[1:]] for w in words if w}


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """train.txt and test.txt; the test users in another order, and two of them without items."""
    folder = tmp_path_factory.mktemp("interactions")
    rows = planted()
    train = {user: items[2:] for user, items in rows.items()}
    test = {user: items[:2] for user, items in reversed(list(rows.items()))}
    test["1007"] = test["1008"] = []
    write_adjacency(folder / "train.txt", train)
    write_adjacency(folder / "test.txt", test)
    return folder, train, test


@pytest.fixture(scope="module")
def run(spout, parts):
    folder = parts[0]
    words = "--model mf --hidden 16 --epochs 15 --batch-size 32 --lr 0.05 --optimizer adam"
    spout("train", "--train", folder / "train.txt", "--output", folder / "run", *words.split())
    return folder / "run"


def plain_metrics(ranked, truth, k, num_items):
    """Means over users with items to be found; `ranked` best first, user -> items."""
    sums = dict.fromkeys(METRICS, 0.0)
    shown = set()
    users = [user for user, items in truth.items() if items]
    for user in users:
        found = [item in set(truth[user]) for item in ranked[user][:k]]
        shown.update(ranked[user][:k])
        true = len(set(truth[user]))
        hits = np.flatnonzero(found)
        ideal = sum(1 / math.log2(place + 2) for place in range(min(k, true)))
        sums["Recall"] += len(hits) / true
        sums["P"] += len(hits) / k
        sums["HitRate"] += len(hits) > 0
        sums["MRR"] += 1 / (hits[0] + 1) if len(hits) else 0
        sums["nDCG"] += sum(1 / math.log2(place + 2) for place in hits) / ideal
        precisions = [(i + 1) / (place + 1) for i, place in enumerate(hits)]
        sums["MAP"] += sum(precisions) / min(k, true)
    values = {name: total / len(users) for name, total in sums.items()}
    values["coverage"] = len(shown) / num_items
    return values


def ranking(matrix, users):
    """user -> items by falling score, ties by number."""
    matrix = matrix.tocsr()
    result = {}
    for row, user in enumerate(users):
        begin, end = matrix.indptr[row], matrix.indptr[row + 1]
        order = np.lexsort((matrix.indices[begin:end], -matrix.data[begin:end]))
        result[user] = matrix.indices[begin:end][order].tolist()
    return result


def check_metrics(spout, run, train_file, test_file, tmp_path, cuts):
    train, test = read_adjacency(train_file), read_adjacency(test_file)
    wanted = ",".join(f"{name}@{k}" for name in METRICS for k in cuts)
    spout("evaluate", run, "--data", test_file, "--metrics", wanted, "--json", tmp_path / "m.json")
    got = json.loads((tmp_path / "m.json").read_text())
    # Scores of all items, seen ones included, so that leaving out is NumPy's own work too.
    most = max(len(items) for items in train.values())
    output = tmp_path / "scores.npz"
    top = ("--top-k", max(cuts) + most, "--keep-seen")
    spout("predict", run, "--data", train_file, "--output", output, *top)
    scores = sp.load_npz(output)
    ranked = ranking(scores, train)
    for user, items in ranked.items():
        seen = set(train[user])
        ranked[user] = [item for item in items if item not in seen]
    for k in cuts:
        for name, value in plain_metrics(ranked, test, k, scores.shape[1]).items():
            assert got[f"{name}@{k}"] == pytest.approx(value, abs=1e-9), (name, k)
    return got


def test_metrics_agree_with_numpy(spout, parts, run, tmp_path):
    folder = parts[0]
    got = check_metrics(spout, run, folder / "train.txt", folder / "test.txt", tmp_path, (1, 5, 20))
    assert got["Recall@20"] > 0.6  # of 80 items, 16 in a user's group


@pytest.mark.skipif(not GOWALLA.exists(), reason="needs ../shared/data/gowalla")
def test_metrics_agree_with_numpy_on_gowalla(spout, tmp_path):
    words = "--model mf --hidden 16 --epochs 1 --batch-size 1024 --lr 0.02 --optimizer adam"
    train, test = GOWALLA / "train.txt.gz", GOWALLA / "test.txt.gz"
    spout("train", "--train", train, "--output", tmp_path / "run", *words.split())
    check_metrics(spout, tmp_path / "run", train, test, tmp_path, (1, 20, 100))


def test_predictions_are_evaluated_by_user_as_the_run_is(spout, parts, run, tmp_path):
    folder = parts[0]
    out = tmp_path / "p.npz"
    spout("predict", run, "--data", folder / "train.txt", "--output", out, "--top-k", 20)
    printed = spout("evaluate", run, "--data", folder / "test.txt")[0]
    known = ("--train", folder / "train.txt")
    assert spout("evaluate", out, "--data", folder / "test.txt", *known)[0] == printed
    line = refused(spout, "evaluate", out, "--data", folder / "test.txt", "--train", out)
    assert "could be" in line or "expected" in line


@pytest.mark.parametrize("ending", ["npz", "pt", "txt"])
def test_predictions_are_evaluated_on_users_who_have_no_item_of_the_last(
    spout, parts, run, tmp_path, ending
):
    folder, _, test = parts
    few = {user: [item for item in items if item < 60] for user, items in test.items()}
    data = ("--data", write_adjacency(tmp_path / "few.txt", few), "--format", "adjacency")
    out = tmp_path / f"p.{ending}"
    spout("predict", run, "--data", folder / "train.txt", "--output", out, "--top-k", 20)
    printed = spout("evaluate", run, *data, "--metrics", "Recall@20,coverage@20")[0]
    known = ("--train", folder / "train.txt", "--metrics", "Recall@20,coverage@20")
    assert spout("evaluate", out, *data, *known)[0] == printed


def test_numbered_predictions_of_named_items_are_refused(spout, tmp_path):
    (tmp_path / "a.csv").write_text(CSV)
    sp.save_npz(tmp_path / "p.npz", sp.csr_matrix(np.ones((2, 2), np.float32)))
    words = ("--data", tmp_path / "a.csv", "--train", tmp_path / "a.csv")
    line = refused(spout, "evaluate", tmp_path / "p.npz", *words)
    assert "calls by name; predict to a .txt file, or evaluate the run" in line


def test_own_items_are_left_out_unless_kept(spout, parts, run, tmp_path):
    folder, train, _ = parts
    base = ["predict", run, "--data", folder / "train.txt", "--top-k", 70, "--output"]
    spout(*base, tmp_path / "new.npz")
    spout(*base, tmp_path / "all.npz", "--keep-seen")
    new, every = (sp.load_npz(tmp_path / name) for name in ("new.npz", "all.npz"))
    overlap = {"new": 0, "all": 0}
    for row, items in enumerate(train.values()):
        overlap["new"] += len(set(new[row].indices) & set(items))
        overlap["all"] += len(set(every[row].indices) & set(items))
    assert overlap["new"] == 0 < overlap["all"]


def test_excluded_items_are_joined_by_user(spout, parts, run, tmp_path):
    folder, train, test = parts
    base = ["predict", run, "--data", folder / "train.txt", "--top-k", 60]
    out = tmp_path / "p.npz"
    spout(*base, "--output", out, "--exclude", folder / "test.txt")
    predicted = sp.load_npz(out)
    for row, (user, items) in enumerate(train.items()):
        assert not set(predicted[row].indices) & (set(items) | set(test[user]))


def test_new_users_are_folded_in(spout, parts, run, tmp_path):
    """Users whom training has not seen get items of the group that theirs belong to."""
    write_adjacency(tmp_path / "input.txt", {9000 + g: range(g, 40, 5) for g in range(5)})
    write_adjacency(tmp_path / "test.txt", {9000 + g: range(40 + g, 80, 5) for g in range(5)})
    words = ("--train", tmp_path / "input.txt", "--metrics", "Recall@8", "--json")
    spout("evaluate", run, "--data", tmp_path / "test.txt", *words, tmp_path / "m.json")
    assert json.loads((tmp_path / "m.json").read_text())["Recall@8"] > 0.8


def test_unknown_users_and_unseen_items_count_as_missed(spout, parts, run, tmp_path):
    write_adjacency(tmp_path / "test.txt", {"1001": [200, 3, 5], "nobody": [3]})
    _, said = spout("evaluate", run, "--data", tmp_path / "test.txt", "--metrics", "Recall@5")
    assert "1 of 2 users" in said
    assert "names 1 items that the run does not know, 1 times (e.g. 200); they count" in said


CSV = 'when,userId,rating,movieId\n1,ann,5,"Heat, 1995"\n2,bob,2.5,Alien\n3,ann,4,Alien\n'
VARIANTS = {
    "header.csv": CSV + '4,bob,4.5,"say ""hi"""\n',
    "tabs.tsv": "ann\tHeat, 1995\t5\t1\nbob\tAlien\t2.5\t2\nann\tAlien\t4\t3\n"
    'bob\tsay "hi"\t4.5\t4\n',
    "colons.dat": "ann::Heat, 1995::5::1\nbob::Alien::2.5::2\nann::Alien::4::3\n"
    'bob::say "hi"::4.5::9\n',
}


@pytest.mark.parametrize("name", VARIANTS)
def test_pairs_are_read_from_csv_tabs_and_double_colons(spout, tmp_path, name):
    (tmp_path / name).write_text(VARIANTS[name])
    out = tmp_path / "m.npz"
    spout("convert", tmp_path / name, out, "--format", "pairs", "--ratings", "values")
    assert sp.load_npz(out).toarray().tolist() == [[5, 4, 0], [0, 2.5, 4.5]]
    assert (tmp_path / "m.items.txt").read_text() == 'Heat, 1995\nAlien\nsay "hi"\n'
    assert (tmp_path / "m.users.txt").read_text() == "ann\nbob\n"
    spout("convert", tmp_path / name, tmp_path / "a.txt", "--min-rating", 4, "--format", "pairs")
    assert (tmp_path / "a.txt").read_text() == "0 0 1\n1 2\n"


def test_pairs_are_known_by_their_header_or_asked_for(spout, tmp_path):
    (tmp_path / "a.csv").write_text(CSV)
    printed, _ = spout("convert", tmp_path / "a.csv", tmp_path / "a.npz")
    assert "2 users, 2 items, 3 entries" in printed
    (tmp_path / "b.txt").write_text("1 2\n3 4\n")
    line = refused(spout, "convert", tmp_path / "b.txt", tmp_path / "b.npz")
    assert "could be adjacency or pairs; say which with --format" in line


@pytest.mark.parametrize(
    "text, found",
    [
        ("user,item,rating\na,b,x\n", ':2: expected a rating, found "x"'),
        ("user,item\na\n", ":2: expected 2 fields, as the header has, found 1"),
        ('user,item\na,"b\n', ":2: expected a closing quote"),
        ("user,item,time\na,b,noon\n", ":2: expected a time"),
        ("user,item\na,\n", ":2: expected a user and an item"),
    ],
)
def test_bad_pairs_are_one_clear_line(spout, tmp_path, text, found):
    (tmp_path / "a.csv").write_text(text)
    assert found in refused(spout, "convert", tmp_path / "a.csv", tmp_path / "a.npz")


def test_a_bad_item_number_is_one_clear_line(spout, tmp_path):
    (tmp_path / "a.txt").write_text("0 1 2 3 4\n1 5 x\n")
    words = ("convert", tmp_path / "a.txt", tmp_path / "a.npz", "--format", "adjacency")
    assert ':2: expected an item\'s number, found "x"' in refused(spout, *words)


def split(spout, tmp_path, how, *more):
    rows = planted()
    write_adjacency(tmp_path / "all.txt", rows)
    out = tmp_path / how
    words = ("--format", "adjacency", "--split", how, *more)
    spout("convert", tmp_path / "all.txt", out, *words)
    names = ["train", "test"] + (["test_input"] if how == "by-user" else [])
    return rows, *(read_adjacency(out / f"{name}.txt") for name in names)


def test_split_random_holds_out_a_share_of_each_user(spout, tmp_path):
    rows, train, test = split(spout, tmp_path, "random", "--test-share", 0.25)
    for user, items in rows.items():
        assert sorted(train[user] + test[user]) == sorted(items)
        assert len(test[user]) == round(0.25 * len(items) + 1e-9)
    record = json.loads((tmp_path / "random/split.json").read_text())
    assert record["test"]["entries"] == sum(map(len, test.values())) and record["seed"] == 1


def test_split_leave_last_takes_the_latest(spout, tmp_path):
    rows, train, test = split(spout, tmp_path, "leave-last")
    for user, items in rows.items():
        assert train[user] == items[:-1] and test[user] == items[-1:]


def test_split_by_user_keeps_test_users_apart(spout, tmp_path):
    rows, train, test, known = split(spout, tmp_path, "by-user", "--test-share", 0.1)
    assert len(test) == len(known) == 30 and len(train) == 270
    assert not set(train) & set(test)
    for user in test:
        assert sorted(test[user] + known[user]) == sorted(rows[user])


def test_scipy_matrices_of_users_and_items_train(spout, parts, tmp_path):
    train = parts[1]
    row = [i for i, items in enumerate(train.values()) for _ in items]
    col = [item for items in train.values() for item in items]
    sp.save_npz(tmp_path / "r.npz", sp.csr_matrix((np.ones(len(row)), (row, col))))
    base = ["train", "--train", tmp_path / "r.npz", "--output", tmp_path / "run", "--epochs", 1]
    assert "--format adjacency" in refused(spout, *base)
    spout(*base, "--format", "adjacency", "--model", "multdae", "--hidden", 8)


@pytest.mark.parametrize("model", ["mf", "multdae", "multvae", "ease"])
def test_models_find_held_out_items_and_agree_with_their_export(spout, parts, tmp_path, model):
    import torch

    folder, train, _ = parts
    run = tmp_path / "run"
    words = f"--valid-share 0.2 --metrics Recall@10 --model {model}"
    more = {"multvae": "--hidden 40 --latent 16 --lr 0.01", "ease": "--ridge 10"}
    words += " " + more.get(model, "--hidden 24 --lr 0.02")
    words += "" if model == "ease" else " --epochs 25 --batch-size 32 --optimizer adam"
    spout("train", "--train", folder / "train.txt", "--output", run, *words.split())
    best = max(
        entry["Recall@10"]
        for entry in map(json.loads, (run / "log.jsonl").read_text().splitlines())
        if "Recall@10" in entry
    )
    assert best > 0.5  # at random 10 of 80 would be 0.125
    spout("export", run, "--output", tmp_path / "m.ts")
    words = ("--data", folder / "train.txt", "--keep-seen")
    spout("predict", run, *words, "--output", tmp_path / "p.npz")
    dense = np.zeros((len(train), 80), dtype=np.float32)
    for row, items in enumerate(train.values()):
        dense[row, items] = 1
    module = torch.jit.load(tmp_path / "m.ts")
    logits = module(torch.from_numpy(dense).to_sparse_csr()).detach().numpy()
    predicted = sp.load_npz(tmp_path / "p.npz").tocoo()
    assert np.abs(logits[predicted.row, predicted.col] - predicted.data).max() < 2e-5


def test_ease_is_the_closed_form(spout, parts, tmp_path):
    folder, train, _ = parts
    x = np.zeros((len(train), 80))
    for row, items in enumerate(train.values()):
        x[row, items] = 1
    inverse = np.linalg.inv(x.T @ x + 10 * np.eye(80))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    words = ("--model", "ease", "--ridge", 10)
    spout("train", "--train", folder / "train.txt", "--output", tmp_path / "run", *words)
    log = [json.loads(line) for line in (tmp_path / "run/log.jsonl").read_text().splitlines()]
    objective = ((x - x @ weights) ** 2).sum() + 10 * (weights**2).sum()
    assert log[-1]["loss"] == pytest.approx(objective / len(train), rel=1e-4)
    words = ("--data", folder / "train.txt", "--top-k", 80, "--keep-seen", "--output")
    spout("predict", tmp_path / "run", *words, tmp_path / "p.npz")
    assert np.abs(sp.load_npz(tmp_path / "p.npz").toarray() - x @ weights).max() < 1e-4


def check_export_of_user_vectors(spout, file, run, tmp_path):
    """The exported module takes a user's feature behind the items as predict sets it."""
    import torch

    words = ("--keep-seen", "--output", tmp_path / "own.npz")
    spout("predict", run, "--data", file, *words)
    spout("export", run, "--output", tmp_path / "m.ts")
    train = read_adjacency(file)
    x = np.zeros((len(train), 80 + len(train)), dtype=np.float32)
    for row, items in enumerate(train.values()):
        x[row, [*items, 80 + row]] = 1
    predicted = sp.load_npz(tmp_path / "own.npz").tocoo()
    module = torch.jit.load(tmp_path / "m.ts")
    for given in (torch.from_numpy(x), torch.from_numpy(x).to_sparse_csr()):
        logits = module(given).detach().numpy()
        assert np.abs(logits[predicted.row, predicted.col] - predicted.data).max() < 2e-5


def test_users_may_have_vectors_of_their_own(spout, parts, tmp_path):
    folder = parts[0]
    words = "--model mf --hidden 16 --epochs 5 --user-vectors --lr 0.05 --batch-size 32"
    run = tmp_path / "run"
    spout("train", "--train", folder / "train.txt", "--output", run, *words.split())
    assert (run / "users.txt").read_text().splitlines() == list(parts[1])
    spout("evaluate", run, "--data", folder / "test.txt")
    write_adjacency(tmp_path / "new.txt", {"new": [0, 5, 10, 15]})
    words = ("--format", "adjacency", "--output", tmp_path / "p.npz")
    spout("predict", run, "--data", tmp_path / "new.txt", *words)
    check_export_of_user_vectors(spout, folder / "train.txt", run, tmp_path)


def test_validation_users_may_be_users_of_their_own(spout, tmp_path):
    split(spout, tmp_path, "by-user", "--test-share", 0.1)
    base = ["train", "--train", tmp_path / "by-user/train.txt", "--output", tmp_path / "run"]
    base += "--model multdae --hidden 24 --lr 0.02 --epochs 20 --batch-size 32".split()
    valid = ("--valid", tmp_path / "by-user/test.txt")
    known = ("--valid-input", tmp_path / "by-user/test_input.txt")
    printed, _ = spout(*base, *valid, *known, "--metrics", "Recall@20")
    assert float(printed.split("Recall@20 ")[1].split()[0]) > 0.6
    assert "--valid-input needs --valid" in refused(spout, *base, *known, "--force")


def test_what_is_for_users_and_items_is_refused_elsewhere(spout, data, trained, tmp_path):
    base = ["train", "--train", data / "train.txt", "--output", tmp_path / "run"]
    assert "users and items" in refused(spout, *base, "--model", "ease")
    assert "users and items" in refused(spout, *base, "--model", "mf", "--user-vectors")
    words = ("--data", data / "test.txt", "--output", tmp_path / "p.npz", "--keep-seen")
    assert "users and items" in refused(spout, "predict", trained, *words)
