"""spout beside recommenders for users and items, on one machine in one run.

    .venv/bin/python scripts/bench/compare_recommenders.py TRAIN TEST
        [--peers item-knn,item-knn-tfidf,item-knn-bm25,als,als-alpha-10,ease-100,ease-500]
        [--capped] [--recipe CONFIG.json] [--seeds 1,2,3] [--threads 2] [--json FILE]

TRAIN and TEST are adjacency text, a user and the user's items in each line; *.gz as well. Every
test user's items are ranked without those of TRAIN. item-knn* are implicit's nearest neighbours
(K 100), als implicit's alternating least squares (its defaults; alpha 10), ease-R the closed form
of Steck (WWW 2019) with the ridge R, worked out with NumPy. They are installed from PyPI into an
environment of their own; each runs in a process of its own. spout runs with nothing but TRAIN, and
with --recipe. Recall@20 divides by the smaller of 20 and the user's items where --capped is given,
else by the user's items; nDCG@20 is cut at 20. Metrics are worked out here, the same for all.
"""

import gzip
import json
import sys
import tempfile
from pathlib import Path

from peers import (
    Clock,
    argument_parser,
    mean_of,
    of_peer,
    peers_python,
    spout,
    spout_settings,
    table,
    train_spout,
)

PACKAGES = ["implicit==0.7.2", "scipy==1.13.1", "numpy==1.26.4"]
PEERS = ["item-knn", "item-knn-tfidf", "item-knn-bm25"]
PEERS += ["als", "als-alpha-10", "ease-100", "ease-500"]
TOP = 20
COLUMNS = ["Recall@20", "nDCG@20"]
BLOCK = 512


def read(path, shape=None):
    """Users x items as SciPy CSR; numbers as they stand in the file."""
    import numpy as np
    import scipy.sparse as sp

    users, items = [], []
    opened = gzip.open(path, "rt") if str(path).endswith(".gz") else open(path)
    with opened as file:
        for line in file:
            user, *own = map(int, line.split())
            users += [user] * len(own)
            items += own
    shape = shape or (max(users) + 1, max(items) + 1)
    matrix = sp.csr_matrix((np.ones(len(items), np.float32), (users, items)), shape)
    matrix.data[:] = 1
    return matrix


def best(scores, known):
    """The best items of each user that are not known, from scores [n, L]."""
    import numpy as np

    for row in range(known.shape[0]):
        scores[row, known.indices[known.indptr[row] : known.indptr[row + 1]]] = -np.inf
    top = np.argpartition(-scores, TOP, 1)[:, :TOP]
    order = np.argsort(-np.take_along_axis(scores, top, 1), 1)
    return np.take_along_axis(top, order, 1)


def neighbours(peer, train, threads):
    from implicit import nearest_neighbours

    kinds = {
        "item-knn": nearest_neighbours.CosineRecommender,
        "item-knn-tfidf": nearest_neighbours.TFIDFRecommender,
        "item-knn-bm25": nearest_neighbours.BM25Recommender,
    }
    model = kinds[peer](K=100, num_threads=threads)
    model.fit(train, show_progress=False)
    similar = model.similarity.tocsr()
    size = similar.data.nbytes + similar.indices.nbytes
    return size, lambda users: (train[users] @ similar).toarray()


def least_squares(peer, train, threads):
    from implicit.als import AlternatingLeastSquares

    alpha = {"alpha": 10.0} if peer == "als-alpha-10" else {}
    model = AlternatingLeastSquares(random_state=0, num_threads=threads, **alpha)
    model.fit(train, show_progress=False)
    of_users, of_items = model.user_factors, model.item_factors
    size = of_users.nbytes + of_items.nbytes
    return size, lambda users: of_users[users] @ of_items.T


def ease(peer, train, threads):
    import numpy as np

    gram = (train.T @ train).toarray().astype(np.float32)
    gram[np.diag_indices_from(gram)] += float(peer.removeprefix("ease-"))
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights.nbytes, lambda users: np.asarray(train[users] @ weights)


def run_peer(peer, files, threads):
    """In the peers' environment: trains, predicts, and leaves the best items in files["top"]."""
    import numpy as np

    train, users = read(files["train"]), np.load(files["users"])
    train.resize(files["shape"])
    kinds = {"item-knn": neighbours, "als": least_squares, "ease": ease}
    kind = next(kind for name, kind in kinds.items() if peer.startswith(name))
    clock = Clock()
    size, score = kind(peer, train, threads)
    wall, cpu, peak = clock.seconds()
    clock = Clock()
    top = []
    for begin in range(0, len(users), BLOCK):
        some = users[begin : begin + BLOCK]
        top.append(best(np.array(score(some), np.float32), train[some]))
    np.save(files["top"], np.concatenate(top))
    figures = {"train s": wall, "CPU s": cpu, "model MiB": size / 2**20, "peak MiB": peak}
    print(json.dumps(figures | {"predict ms": 1000 * clock.seconds()[0] / len(users)}))


def of_spout(files, options, seed, threads):
    import numpy as np
    import scipy.sparse as sp

    run = Path(files["folder"]) / "run"
    format = ["--format", "adjacency", "--threads", threads]
    figures = train_spout(["--train", files["train"], "--seed", seed, *format, *options], run)
    output = Path(files["folder"]) / "predicted.npz"
    words = ["--data", files["known"], "--exclude", files["known"], "--top-k", TOP, "--force"]
    said = spout("predict", run, *words, *format, "--output", output).split()
    found = sp.load_npz(output).tocsr()
    named = run / "labels.txt"  # items that are numbers are their own columns
    names = np.arange(found.shape[1])
    if named.exists():
        names = np.array(list(map(int, named.read_text().split())))
    top = np.full((found.shape[0], TOP), -1)
    for row in range(len(top)):
        span = slice(found.indptr[row], found.indptr[row + 1])
        order = np.argsort(-found.data[span], kind="stable")[:TOP]
        top[row, : len(order)] = names[found.indices[span][order]]
    np.save(files["top"], top)
    return figures | {"predict ms": float(said[said.index("ms") - 1])}


def metrics(top, truth, capped):
    import numpy as np

    discount = 1 / np.log2(np.arange(2, TOP + 2))
    recall, gain = [], []
    for row in range(len(top)):
        items = truth.indices[truth.indptr[row] : truth.indptr[row + 1]]
        hits = np.isin(top[row], items)
        recall.append(hits.sum() / (min(len(items), TOP) if capped else len(items)))
        gain.append((hits * discount).sum() / discount[: min(len(items), TOP)].sum())
    return {"Recall@20": 100 * np.mean(recall), "nDCG@20": 100 * np.mean(gain)}


def prepare(args, folder):
    """The files of a run, and the items of the test users that are to be found."""
    import numpy as np

    train, test = read(args.train), read(args.test)
    shape = tuple(map(max, zip(train.shape, test.shape, strict=True)))
    train.resize(shape)
    test.resize(shape)
    users = np.flatnonzero(np.diff(test.indptr))
    files = {"folder": folder, "train": args.train, "top": f"{folder}/top.npy"}
    files |= {"users": f"{folder}/users.npy", "shape": shape, "known": f"{folder}/known.txt"}
    np.save(files["users"], users)
    with open(files["known"], "w") as file:
        for user in users:
            items = train.indices[train.indptr[user] : train.indptr[user + 1]]
            file.write(" ".join(map(str, [user, *items])) + "\n")
    return files, test[users]


def compare(args):
    import numpy as np

    lines = {}
    with tempfile.TemporaryDirectory() as folder:
        files, truth = prepare(args, folder)
        python = peers_python("recommenders", PACKAGES) if args.peers else ""
        for peer in filter(None, args.peers.split(",")):
            figures = of_peer(python, __file__, peer, files, args.threads)
            lines[peer] = figures | metrics(np.load(files["top"]), truth, args.capped)
            print(f"{peer}: {lines[peer]}", file=sys.stderr)
        for name, options in spout_settings(args.recipe).items():
            runs = []
            for seed in args.seeds.split(","):
                figures = of_spout(files, options, seed, args.threads)
                runs.append(figures | metrics(np.load(files["top"]), truth, args.capped))
                print(f"{name}, seed {seed}: {runs[-1]}", file=sys.stderr)
            lines[name] = mean_of(runs, COLUMNS[0])
    print(table(lines, COLUMNS))
    if args.json:
        Path(args.json).write_text(json.dumps(lines, indent=1) + "\n")


def main():
    if sys.argv[1:2] == ["--run-peer"]:
        return run_peer(sys.argv[2], json.loads(sys.argv[3]), int(sys.argv[4]))
    parser = argument_parser(PEERS)
    parser.add_argument("--capped", action="store_true")
    args = parser.parse_args()
    args.train, args.test = str(Path(args.train).resolve()), str(Path(args.test).resolve())
    return compare(args)


if __name__ == "__main__":
    main()
