"""What spout chooses for itself, beside each model that it could have chosen, on made data.

    .venv/bin/python scripts/bench/bench_auto.py [--only NAME,NAME] [--binary build/release/spout]
        [--keep FOLDER] [--json FILE]

Twenty sets of very different shape are made: 300 to 100,000 rows, 20 to 500,000 labels, one label
a row to fifty; dense, sparse, text, users and items; easy to nearly random. On each, `spout train`
runs with nothing but its two required options, and then once for every candidate by name
(--effort fast), to its end. The table gives the test metric of both (P@1, or nDCG@20 for users and
items), the candidate that was best, and seconds of whole processes. A choice is `good` if it is
within 1 % or one standard error of the best, and `bad` if it is more than 5 % below.
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import scipy.sparse as sp

ROOT = Path(__file__).resolve().parents[2]
WIDE = "--hidden 1024 --dropout 0.5 --input-dropout 0.2"
FOR_EXAMPLES = {
    "svm": "--model svm",
    "mlp": "--model mlp",
    "mlp, wide, squared hinge": f"--model mlp {WIDE} --loss squared-hinge",
}
FOR_DENSE = {name: words for name, words in FOR_EXAMPLES.items() if name != "svm"}
FOR_USERS = {
    "popular": "--model popular",
    "item-knn": "--model item-knn",
    "item-knn, short walk": "--model item-knn --walk-alpha 0.5",
    "item-knn, tfidf": "--model item-knn --item-weights tfidf",
    "item-knn, cosine": "--model item-knn --item-weights cosine",
    "item-knn, bm25": "--model item-knn --item-weights bm25",
    "ease": "--model ease",
    "mf": "--model mf",
    "mf, soft": "--model mf --temperature 0.2 --lr 0.01",
    "multvae": "--model multvae",
}


def csr(rows, columns, values, shape):
    matrix = sp.csr_matrix((np.asarray(values, np.float32), (rows, columns)), shape)
    matrix.sum_duplicates()
    return matrix


def zipf_draw(draw, count, size):
    """Draws of a Zipf-like law by inversion, in no time for half a million labels."""
    return np.minimum((count + 1) ** draw.random(size) - 1, count - 1).astype(np.int64)


def topics(draw, n, features, labels, a_row, words=20, noise=0.5):
    """Rows of words: each label has words of its own, and a share `noise` of all words is drawn
    from all, as in documents with tags."""
    own = draw.integers(0, features, size=(labels, 30))
    rows, columns, y_rows, y_columns = [], [], [], []
    for row in range(n):
        chosen = np.unique(zipf_draw(draw, labels, draw.integers(1, 2 * a_row + 1)))
        count = draw.integers(words // 2, 2 * words)
        mine = own[draw.choice(chosen, count), draw.integers(0, 30, count)]
        other = draw.random(count) < noise
        mine[other] = zipf_draw(draw, features, other.sum())
        rows += [row] * count
        columns += mine.tolist()
        y_rows += [row] * len(chosen)
        y_columns += chosen.tolist()
    x = csr(rows, columns, np.ones(len(rows)), (n, features))
    return x, csr(y_rows, y_columns, np.ones(len(y_rows)), (n, labels))


def low_rank(draw, n, features, labels, a_row, noise=0.5, density=1.0, rank=16):
    """Labels by a bent map of few directions, from dense or sparse features."""
    x = draw.standard_normal((n, features)).astype(np.float32)
    if density < 1.0:
        x *= draw.random((n, features)) < density
    first = draw.standard_normal((features, rank)) / np.sqrt(features * density)
    second = draw.standard_normal((rank, labels))
    popular = -0.5 * np.log(np.arange(labels) + 2.0)
    y_rows, y_columns = [], []
    for row in range(n):
        scores = np.tanh(3 * x[row] @ first) @ second / np.sqrt(rank) + popular
        scores += noise * draw.standard_normal(labels)
        best = np.argpartition(-scores, a_row)[:a_row]
        y_rows += [row] * a_row
        y_columns += best.tolist()
    y = csr(y_rows, y_columns, np.ones(len(y_rows)), (n, labels))
    return (sp.csr_matrix(x) if density < 1.0 else x), y


def groups(draw, n, items, a_row, groups=20, noise=0.3):
    """Users who take most of their items from one of some groups, the popular ones more often."""
    rows, columns = [], []
    for user in range(n):
        count = draw.integers(3, 2 * a_row)
        group = draw.integers(groups)
        size = items // groups
        own = zipf_draw(draw, size, count) * groups + group
        other = draw.random(count) < noise
        own[other] = zipf_draw(draw, items, other.sum())
        own = np.unique(np.minimum(own, items - 1))
        rows += [user] * len(own)
        columns += own.tolist()
    return csr(rows, columns, np.ones(len(rows)), (n, items))


def taste(draw, n, items, a_row, rank=8, strength=2.0):
    """Users and items with vectors; a user's items are drawn by their products."""
    u, v = draw.standard_normal((n, rank)), draw.standard_normal((items, rank))
    popular = -np.log(np.arange(items) + 5.0)
    rows, columns = [], []
    for user in range(n):
        count = draw.integers(4, 2 * a_row)
        scores = strength * (v @ u[user]) / np.sqrt(rank) + popular + draw.gumbel(size=items)
        own = np.argpartition(-scores, count)[:count]
        rows += [user] * count
        columns += own.tolist()
    return csr(rows, columns, np.ones(len(rows)), (n, items))


# name: (kind, maker, arguments); kinds are rows (X.npz or X.npy, Y.npz), text and users.
SETS = {
    "topics-tiny": ("rows", topics, dict(n=300, features=2000, labels=20, a_row=1)),
    "topics-small": ("rows", topics, dict(n=1200, features=5000, labels=200, a_row=3)),
    "topics-noisy": (
        "rows",
        topics,
        dict(n=5000, features=20000, labels=500, a_row=2, noise=0.9),
    ),
    "topics-wide": (
        "rows",
        topics,
        dict(n=20000, features=50000, labels=50000, a_row=5),
    ),
    "topics-huge": (
        "rows",
        topics,
        dict(n=4000, features=50000, labels=500000, a_row=5),
    ),
    "topics-long": (
        "rows",
        topics,
        dict(n=100000, features=30000, labels=2000, a_row=2),
    ),
    "topics-fifty": (
        "rows",
        topics,
        dict(n=3000, features=10000, labels=3000, a_row=50, words=200),
    ),
    "text-small": ("text", topics, dict(n=500, features=3000, labels=30, a_row=1)),
    "text-many": ("text", topics, dict(n=10000, features=20000, labels=3000, a_row=3)),
    "text-noisy": (
        "text",
        topics,
        dict(n=3000, features=8000, labels=100, a_row=1, noise=0.95),
    ),
    "dense-tiny": ("rows", low_rank, dict(n=400, features=50, labels=20, a_row=1)),
    "dense-few": ("rows", low_rank, dict(n=3000, features=100, labels=500, a_row=5)),
    "dense-many": ("rows", low_rank, dict(n=20000, features=200, labels=5000, a_row=5)),
    "dense-random": (
        "rows",
        low_rank,
        dict(n=2000, features=50, labels=200, a_row=2, noise=5.0),
    ),
    "bent-sparse": (
        "rows",
        low_rank,
        dict(n=8000, features=500, labels=1000, a_row=10, density=0.04),
    ),
    "bent-long": (
        "rows",
        low_rank,
        dict(n=50000, features=400, labels=300, a_row=3, density=0.03),
    ),
    "users-few": ("users", groups, dict(n=500, items=300, a_row=10)),
    "users-groups": ("users", groups, dict(n=8000, items=4000, a_row=15)),
    "users-taste": ("users", taste, dict(n=6000, items=3000, a_row=20)),
    "users-random": ("users", taste, dict(n=3000, items=1000, a_row=10, strength=0.2)),
}


def write_rows(folder, name, x, y):
    sparse = sp.issparse(x)
    file = folder / f"{name}_X.{'npz' if sparse else 'npy'}"
    sp.save_npz(file, x) if sparse else np.save(file, x)
    sp.save_npz(folder / f"{name}_Y.npz", y)
    return f"{file},{folder / f'{name}_Y.npz'}"


def write_text(folder, name, x, y):
    path = folder / f"{name}.txt"
    with path.open("w") as file:
        for row in range(x.shape[0]):
            labels = " ".join(f"t{label}" for label in y[row].indices)
            counts = np.repeat(x[row].indices, x[row].data.astype(int))
            file.write(f"{labels}\t{' '.join(f'word{word}' for word in counts)}\n")
    return str(path)


def write_users(folder, name, matrix):
    path = folder / f"{name}.txt"
    with path.open("w") as file:
        for user in range(matrix.shape[0]):
            file.write(f"{user} {' '.join(map(str, matrix[user].indices))}\n")
    return str(path)


def make(folder, name, seed=1):
    """Writes a set; returns the names of its training and test data, and test rows that count."""
    kind, maker, arguments = SETS[name]
    draw = np.random.default_rng([seed, *name.encode()])
    if kind == "users":
        matrix = maker(draw, **arguments)
        held = matrix.copy()  # its arrays too: eliminate_zeros() moves entries in place
        held.data = (draw.random(matrix.nnz) < 0.2).astype(np.float32)
        parts = {"train": matrix - held, "test": held}
        for part in parts.values():
            part.eliminate_zeros()
        train, test = (write_users(folder, part, parts[part].tocsr()) for part in parts)
        return train, test, int((np.diff(held.indptr) > 0).sum())
    tests = min(arguments["n"], 2000)
    x, y = maker(draw, **{**arguments, "n": arguments["n"] + tests})
    write = write_text if kind == "text" else write_rows
    train = write(folder, "train", x[tests:], y[tests:])
    return train, write(folder, "test", x[:tests], y[:tests]), tests


def run(binary, folder, train, test, words, metric):
    """Trains and evaluates; returns the test metric, the seconds of training, and what was said."""
    out = folder / "run"
    format_ = ["--format", "adjacency"] if metric.startswith("nDCG") else []
    if train.endswith(".txt") and not format_:
        format_ = ["--format", "text"]
    begin = time.perf_counter()
    command = [
        binary,
        "train",
        "--train",
        train,
        "--output",
        out,
        "--force",
        *format_,
        *words,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begin
    if done.returncode:
        return float("nan"), seconds, done.stderr
    report = folder / "metrics.json"
    report.unlink(missing_ok=True)
    command = [
        binary,
        "evaluate",
        out,
        "--data",
        test,
        "--metrics",
        metric,
        "--json",
        report,
    ]
    subprocess.run(command, capture_output=True, check=True)
    return json.loads(report.read_text())[metric], seconds, done.stderr


def compare(binary, folder, name):
    """One line of the table, as a dict."""
    train, test, count = make(folder, name)
    kind = SETS[name][0]
    metric = "nDCG@20" if kind == "users" else "P@1"
    candidates = FOR_USERS if kind == "users" else FOR_EXAMPLES
    if train.split(",")[0].endswith(".npy"):
        candidates = FOR_DENSE
    found, seconds, said = run(binary, folder, train, test, [], metric)
    chosen = [line for line in said.splitlines() if line.startswith("model: ")]
    singles = {}
    for candidate, words in candidates.items():
        words = [*words.split(), "--effort", "fast"]
        singles[candidate] = run(binary, folder, train, test, words, metric)[:2]
    best = max(singles, key=lambda c: np.nan_to_num(singles[c][0], nan=-1.0))
    most = singles[best][0]
    # One standard error; an nDCG varies less from row to row than hits do.
    error = np.sqrt(max(most * (1 - most), 1e-9) / count) * (0.6 if kind == "users" else 1.0)
    verdict = "good" if found >= most - max(0.01 * most, error) else "bad"
    if verdict == "bad" and found >= 0.95 * most:
        verdict = "fair"
    reason = chosen[-1].split("(")[-1].rstrip(")") if chosen else ""
    return {
        "set": name,
        "metric": metric,
        "auto": found,
        "chosen": reason,
        "auto_s": seconds,
        "best": most,
        "candidate": best,
        "best_s": singles[best][1],
        "verdict": verdict,
        "all": {candidate: value[0] for candidate, value in singles.items()},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", help="sets, by name: a,b")
    parser.add_argument("--binary", default=str(ROOT / "build/release/spout"))
    parser.add_argument("--keep", help="a folder for data and runs, which stay there")
    parser.add_argument("--json", help="a file for all figures")
    options = parser.parse_args()
    names = options.only.split(",") if options.only else list(SETS)
    lines = []
    print("| set | metric | auto | best single | candidate | chosen | auto s | best s | |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in names:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(options.keep or temporary) / name
            folder.mkdir(parents=True, exist_ok=True)
            line = compare(options.binary, folder, name)
        lines.append(line)
        print(
            f"| {name} | {line['metric']} | {line['auto']:.4f} | {line['best']:.4f} "
            f"| {line['candidate']} | {line['chosen']} | {line['auto_s']:.1f} "
            f"| {line['best_s']:.1f} | {line['verdict']} |",
            flush=True,
        )
        if options.json:
            Path(options.json).write_text(json.dumps(lines, indent=1))
    verdicts = [line["verdict"] for line in lines]
    print(", ".join(f"{word} {verdicts.count(word)}" for word in ("good", "fair", "bad")))


if __name__ == "__main__":
    main()
