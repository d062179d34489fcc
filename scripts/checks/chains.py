#!/usr/bin/env python3
"""Writes small files of drawn content in drawn forms, and checks chains of commands on them.

    .venv/bin/python scripts/checks/chains.py [--count 1000] [--seed 1] [--keep FOLDER]

Each seed draws a truth (users and items, labelled rows, or documents), writes it as a person's
program might (separators, quotes, line ends, headers, dates, gzip), and hands it to spout as a
file or through a pipe. Every command must give the truth's numbers, or exit with 2 and one line
if something in the file is wrong. The last line is `N passed, N failed`. SPOUT_BIN is the binary.
"""

import argparse
import contextlib
import gzip
import json
import math
import os
import random
import re
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from chain_inputs import (
    draw_adjacency,
    draw_documents,
    draw_pairs,
    draw_rows,
    draw_time,
    items_by_user,
    last_items,
    latest,
)

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("SPOUT_BIN", str(ROOT / "build/release/spout"))

METRICS = ["P@1", "Recall@3", "nDCG@3"]


class Wrong(Exception):
    """What spout did is not what it has to do."""


class Refused(Exception):
    """Spout refused a file as it may; the chain ends here."""


# ---- users and items


class Users:
    """The chains of users and items, and what their truth says."""

    def __init__(self, chain, drawn):
        self.chain, self.drawn, rng = chain, drawn, chain.rng
        self.named = drawn.kind == "pairs"
        table = drawn.table
        has_rating = table is not None and table.has_rating
        self.filters, self.limit, least = [], 0, 0
        if rng.random() < (0.4 if has_rating else 0.05):
            self.limit = rng.choice([2, 3.5])
            self.filters += ["--min-rating", self.limit]
            drawn.must = drawn.must if has_rating else "refuse"
        self.convert = [*drawn.options, *self.filters]
        if rng.random() < 0.2:
            least = rng.choice([2, 3])
            self.convert += ["--min-items", least]
        self.kept = latest(drawn.truth, self.limit, least)
        drawn.doubt(not self.kept)
        count = Counter(user for user, _ in self.kept)
        self.all_users = list(dict.fromkeys(entry[0] for entry in drawn.truth))
        self.users = [user for user in self.all_users if count[user] >= least]
        items = [entry[1] for entry in drawn.truth]
        self.items = list(dict.fromkeys(items)) if self.named else list(range(max(items) + 1))

    def check_names(self, stem):
        """The files of names beside what convert wrote."""
        files = [self.chain.folder / f"{stem}{what}.txt" for what in ("users", "items")]
        if not self.named:
            return same("files of names", [f for f in files if f.exists()], [])
        same("users", read_lines(files[0]), self.users)
        same("items", read_lines(files[1]), self.items)

    def named_pairs(self, path, numbers_users):
        """The pairs of a file of adjacency text, by name."""
        pairs = set()
        for line in read_lines(path):
            user, *items = line.split(" ")
            user = self.users[int(user)] if numbers_users else user
            pairs |= {(user, self.items[int(item)]) for item in items if item}
        return pairs

    def check_matrix(self):
        """Ratings as a matrix."""
        has_values = self.named and self.drawn.table.has_rating and self.chain.rng.random() < 0.5
        options = [*self.convert, *["--ratings", "values"] * has_values]
        self.chain.read(self.drawn, "convert", "DATA", "m.npz", *options)
        shape, cells = read_npz(self.chain.folder / "m.npz")
        self.check_names("m.")
        same("shape", shape, (len(self.users), len(self.items)))
        found = {(self.users[row], self.items[col]): v for (row, col), v in cells.items()}
        same("matrix", found, {p: e[0] if has_values else 1 for p, e in self.kept.items()})

    def check_text(self):
        """Adjacency text."""
        self.chain.read(self.drawn, "convert", "DATA", "m.txt", *self.convert)
        self.check_names("m.")
        same("pairs", self.named_pairs(self.chain.folder / "m.txt", self.named), set(self.kept))

    def check_split(self):
        """A split by time, or the last items of each user; returns the pairs held out."""
        rng, table = self.chain.rng, self.drawn.table
        if table and table.has_time and not self.chain.trains and rng.random() < 0.5:
            seconds, when = draw_time(rng, "number" if table.time_form == "number" else "%Y-%m-%d")
            how = ["time", "--after", when]
            held = {pair for pair, entry in self.kept.items() if entry[1][0] > seconds}
            self.drawn.doubt(len(held) in (0, len(self.kept)))
        else:
            number = rng.choice([1, 1, 2, 3])
            how = ["leave-last", *["--last-items", number] * (number > 1)]
            held = last_items(self.kept, number)
        self.chain.read(self.drawn, "convert", "DATA", "ml", *self.convert, "--split", *how)
        self.check_names("ml/")
        for part, pairs in (("train", set(self.kept) - held), ("test", held)):
            found = self.named_pairs(self.chain.folder / f"ml/{part}.txt", self.named)
            same(f"pairs of {part}.txt", found, pairs)
        return held

    def check(self):
        """A conversion; or a split, a training on it, recommendations and their metrics."""
        if not self.chain.trains:
            return self.chain.rng.choice([self.check_matrix, self.check_text, self.check_split])()
        held = self.check_split()
        folder, spout = self.chain.folder, self.chain.spout
        known = ["--data", "ml/train.txt", "--format", "adjacency", "--top-k", 3]
        model = self.chain.rng.choice(["ease --ridge 1", "mf --hidden 4 --epochs 1"]).split()
        train = ["--train", "ml/train.txt", "--format", "adjacency", "--model", *model]
        spout("train", *train, "--output", "run")
        if self.named:
            same("labels.txt", read_lines(folder / "run/labels.txt"), self.items)
        spout("predict", "run", *known, "--output", "p.txt")
        users = [line.split(" ")[0] for line in read_lines(folder / "ml/train.txt")]
        users = [self.users[int(user)] for user in users] if self.named else users
        ranked = dict(zip(users, read_ranked(folder / "p.txt", self.named)))
        truth = items_by_user(held)
        rows = [(ranked[user], set(map(str, items))) for user, items in truth.items()]
        if rows:
            self.chain.check_metrics(rows, "--data", "ml/test.txt", "--format", "adjacency")
        self.check_raw()

    def check_raw(self):
        """Recommendations for the file as it was drawn: all users, none of their own items."""
        words = ["--output", "raw.txt", "--top-k", 3, "--user-names"]
        options = [*self.drawn.options, *self.filters]
        self.chain.read(self.drawn, "predict", "run", "--data", "DATA", *options, *words)
        lines = [line.partition("\t") for line in read_lines(self.chain.folder / "raw.txt")]
        same("users", [line[0] for line in lines], self.all_users)
        seen = items_by_user(latest(self.drawn.truth, self.limit, 0))
        for user, _, answer in lines:
            items = {entry.rpartition(":")[0] for entry in answer.split("\t "[not self.named])}
            again = items & set(map(str, seen.get(user, ())))
            same(f"items of {user[:40]!r} that it has already", again, set())
            same("unknown items", items - {"", *map(str, self.items)}, set())


# ---- labelled rows and documents


def check_rows(chain, drawn):
    """A conversion to matrices, a training, predictions, and their metrics."""
    chain.read(drawn, "convert", "DATA", "X.npz,Y.npz", *drawn.options)
    (x_shape, x), (y_shape, y) = (read_npz(chain.folder / f"{name}.npz") for name in "XY")
    rows = drawn.truth
    if drawn.kind == "text":
        names = read_lines(chain.folder / "X.names/labels.txt")
        terms = read_lines(chain.folder / "X.names/text/terms.txt")
        same("names of labels", sorted(names), sorted(set().union(*(row[0] for row in rows))))
        y = {(row, names[label]): value for (row, label), value in y.items()}
        x = by_length({(row, terms[term]): value for (row, term), value in x.items()})
        features, widths = tf_idf([row[1] for row in rows]), [len(terms), len(names)]
        same("terms", sorted(terms), sorted({term for _, term in features}))
    else:
        features = {(i, f): value for i, row in enumerate(rows) for f, value in row[1].items()}
        widths = drawn.widths
    same("shapes", [x_shape, y_shape], [(len(rows), width) for width in widths])
    same("targets", y, {(i, label): 1 for i, row in enumerate(rows) for label in row[0]})
    same("features", sorted(x), sorted(features))
    worst = max(abs(x[cell] - value) for cell, value in features.items())
    same("features off by more than 1e-6", worst > 1e-6, False)
    if not chain.trains:
        return
    model = chain.rng.choice(["svm", "linear --epochs 1"]).split()
    train = ["train", "--train", "DATA", "--output", "run", "--model", *model]
    chain.read(drawn, *train, *drawn.options)
    chain.read(drawn, *"predict run --data DATA --top-k 3 --output p.txt".split(), *drawn.options)
    ranked = read_ranked(chain.folder / "p.txt", drawn.kind == "text")
    same("rows of predictions", len(ranked), len(rows))
    truth = [set(map(str, row[0])) for row in rows]
    chain.check_metrics(list(zip(ranked, truth)), "--data", "DATA", *drawn.options, drawn=drawn)


def tf_idf(texts):
    """(row, term) -> weight, as scikit-learn's TfidfVectorizer has it, rows of length 1."""
    counts = [Counter(re.findall(r"\w\w+", text.lower())) for text in texts]
    rows_with = Counter(term for count in counts for term in count)
    idf = {term: math.log((1 + len(texts)) / (1 + df)) + 1 for term, df in rows_with.items()}
    return by_length(
        {(i, t): n * idf[t] for i, count in enumerate(counts) for t, n in count.items()}
    )


def by_length(cells):
    """Rows scaled to Euclidean length 1."""
    squares = Counter()
    for (row, _), value in cells.items():
        squares[row] += value * value
    return {cell: value / math.sqrt(squares[cell[0]]) for cell, value in cells.items()}


# ---- what spout wrote


def same(what, found, expected):
    """Raises Wrong unless both are equal."""
    if found == expected:
        return
    if isinstance(found, dict):
        found, expected = dict_difference(found, expected)
    raise Wrong(f"{what}: expected {str(expected)[:600]}, found {str(found)[:600]}")


def dict_difference(one, other):
    """The entries of each dict that the other does not have."""
    return dict(one.items() - other.items()), dict(other.items() - one.items())


def read_lines(path):
    """The lines of a text file; other line ends than the newline are part of a name."""
    lines = path.read_bytes().decode().split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def read_npz(path):
    """The shape of a matrix and its entries, (row, column) -> value."""
    with np.load(path) as file:
        starts, columns, values = file["indptr"], file["indices"].tolist(), file["data"].tolist()
        rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts)).tolist()
        same("entries named twice", len(set(zip(rows, columns))), len(columns))
        return tuple(file["shape"].tolist()), dict(zip(zip(rows, columns), values))


def read_ranked(path, named):
    """Each row's labels of a prediction text, best first."""
    lines = [line.split("\t" if named else " ") for line in read_lines(path)]
    return [[entry.rpartition(":")[0] for entry in line if entry] for line in lines]


def plain_metrics(rows):
    """The means of METRICS over rows of (ranked labels, true labels)."""
    sums = dict.fromkeys(METRICS, 0.0)
    for ranked, true in rows:
        gains = [(label in true) / math.log2(i + 2) for i, label in enumerate(ranked[:3])]
        ideal = sum(1 / math.log2(i + 2) for i in range(min(3, len(true))))
        sums["P@1"] += bool(ranked and ranked[0] in true)
        sums["Recall@3"] += len(true & set(ranked[:3])) / max(1, len(true))
        sums["nDCG@3"] += sum(gains) / (ideal or 1)
    return {name: total / len(rows) for name, total in sums.items()}


# ---- running spout


class Chain:
    """The commands of one seed, in a folder of its own."""

    def __init__(self, seed, folder):
        self.rng = random.Random(seed)
        self.folder = folder
        self.commands = []
        self.trains = self.rng.random() < 0.25

    def encode(self, lines):
        """The bytes of a text file, with one of the line ends there are."""
        end = self.rng.choice(["\n", "\n", "\r\n", "\r"])
        text = end.join(lines) + self.rng.choice([end, end, ""])
        data = (self.rng.choice(["", "", "", "\ufeff"]) + text).encode()
        return gzip.compress(data) if self.rng.random() < 0.2 else data

    @contextlib.contextmanager
    def source(self):
        """The word that names the drawn file, and what the process needs to read it."""
        file = self.folder / "drawn"
        how = self.rng.choice(["file", "file", "pipe", "fifo", "stdin"])
        if how == "file":
            yield "drawn", {}
            return
        if how == "fifo":
            (self.folder / "fifo").unlink(missing_ok=True)
            os.mkfifo(self.folder / "fifo")
            words = ["sh", "-c", 'cat "$0" >"$1"', file, self.folder / "fifo"]
        else:
            words = ["cat", file]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as feeder:
            number = feeder.stdout.fileno()
            try:
                if how == "fifo":
                    yield "fifo", {}
                elif how == "pipe":
                    yield f"/dev/fd/{number}", {"pass_fds": [number]}
                else:
                    yield "-", {"stdin": number}
            finally:
                feeder.kill()

    def read(self, drawn, *words):
        """Runs a command in which DATA stands for the drawn file."""
        with self.source() as (name, options):
            words = [name if word == "DATA" else word for word in words]
            self.spout(*words, must=drawn.must, **options)

    def spout(self, *words, must="read", **options):
        """Runs a command; raises Wrong if it does not do what it must, Refused if it refuses."""
        words = [str(word) for word in words]
        self.commands.append("spout " + shlex.join(words))
        before = set(self.folder.rglob("*"))
        done = subprocess.run(
            [BINARY, *words], cwd=self.folder, capture_output=True, timeout=120, **options
        )
        error = done.stderr.decode(errors="replace")
        if done.returncode not in (0, 2) or (done.returncode == 2) > (must != "read"):
            raise Wrong(f"exit code {done.returncode}: {error.strip()[-600:]}")
        if done.returncode == 0:
            same("exit code", 0, {"refuse": 2}.get(must, 0))
            return
        told = [line for line in error.split("\n") if line.startswith("spout: ")]
        same("lines that begin with `spout: `", len(told), 1)
        same("standard output", done.stdout, b"")
        same("files left behind", set(self.folder.rglob("*")) - before, set())
        raise Refused

    def check_metrics(self, rows, *words, drawn=None):
        """`evaluate` measures what the labels say: rows of (ranked labels, true labels)."""
        words = ["evaluate", "run", *words, "--metrics", ",".join(METRICS), "--json", "m.json"]
        if drawn:
            self.read(drawn, *words)
        else:
            self.spout(*words)
        found = json.loads((self.folder / "m.json").read_text())
        for name, value in plain_metrics(rows).items():
            same(name, round(found[name] - value, 6), 0)


def run_seed(seed, folder):
    """Runs the chain of a seed in a new folder; returns what was wrong, or None."""
    folder.mkdir(parents=True)
    chain = Chain(seed, folder)
    draw = chain.rng.choice([draw_pairs, draw_pairs, draw_adjacency, draw_rows, draw_documents])
    drawn = draw(chain.rng)
    (folder / "drawn").write_bytes(chain.encode(drawn.lines))
    try:
        if drawn.kind in ("pairs", "adjacency"):
            Users(chain, drawn).check()
        else:
            check_rows(chain, drawn)
    except Refused:
        return None
    except (Wrong, subprocess.TimeoutExpired, OSError, ValueError, IndexError, KeyError) as error:
        return "\n".join([f"FAILED: seed {seed}", *chain.commands, f"{drawn.must}: {error}"])
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1, help="the first of the seeds")
    parser.add_argument("--keep", type=Path, help="a folder in which all files stay")
    args = parser.parse_args()
    failed = 0
    for seed in range(args.seed, args.seed + args.count):
        with tempfile.TemporaryDirectory(prefix="spout-chains-") as scratch:
            wrong = run_seed(seed, (args.keep or Path(scratch)).absolute() / f"seed-{seed}")
        if wrong:
            failed += 1
            print(wrong + "\n", flush=True)
    print(f"{args.count - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
