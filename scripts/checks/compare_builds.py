#!/usr/bin/env python3
"""Compares two builds of spout: the same commands must give the same bits, and the new one must
go on with what the old one left.

    .venv/bin/python scripts/checks/compare_builds.py OLD NEW [--data FILE] [--keep]

For each of several models both executables train on the same data, predict, evaluate and export.
Compared bit for bit: the tensors of model.pt, predictions, metrics, the log without its times. Then
a training by OLD is stopped after its first epochs and resumed by NEW; it must end with the bits of
an unbroken one. A data folder that OLD converted trains in NEW as in OLD. With --data the models
for examples train on that file (XMLRepository text) as well. The last line is `N passed, N failed`.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import scipy.sparse
import torch

COMMON = ["--threads", "2", "--seed", "3"]
STEPS = ["--epochs", "4", "--batch-size", "64"]
RUNS = {
    "mlp": ("train.txt", ["--model", "mlp", "--hidden", "32", "--dropout", "0.2", *STEPS]),
    "linear": ("train.txt", ["--model", "linear", "--loss", "squared-hinge", *STEPS]),
    "svm": ("train.txt", ["--model", "svm", "--trees", "0,3"]),
    "two-headed": ("X.npz,Y.npz", ["--model", "two-headed", "--hidden", "32", *STEPS]),
    "mf": ("users.txt", ["--model", "mf", "--hidden", "16", *STEPS]),
    "cnn": (
        "text.txt",
        ["--format", "text", "--model", "cnn", "--width", "16", "--filters", "8", *STEPS],
    ),
    "softmax-bf16": (
        "train.txt",
        ["--model", "mlp", "--hidden", "32", "--loss", "softmax", "--precision", "bf16", *STEPS],
    ),
    "sampled": (
        "train.txt",
        ["--model", "mlp", "--hidden", "32", "--loss", "sampled-softmax", "--lazy", *STEPS],
    ),
}


class Counter:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, good, detail=""):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"FAILED {name} {detail}", flush=True)


def run(program, *words):
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{program} {' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout


def make_data(program, folder):
    """Examples, real values, users and items, and documents: all made by one executable."""
    run(program, "synth", "--rows", 600, "--features", 300, "--labels", 80, "--seed", 5,
        "--output", folder)  # fmt: skip
    real = folder / "real"
    run(program, "synth", "--rows", 400, "--features", 100, "--labels", 50, "--values", "real",
        "--density", 0.03, "--output", real)  # fmt: skip
    shutil.copy(real / "train_X.npz", folder / "X.npz")
    shutil.copy(real / "train_Y.npz", folder / "Y.npz")
    random = np.random.default_rng(7)
    lines = [
        " ".join(map(str, [user, *sorted(random.choice(60, 8, replace=False))]))
        for user in range(200)
    ]
    (folder / "users.txt").write_text("\n".join(lines) + "\n")
    words = [f"word{i}" for i in range(120)]
    texts = []
    for _ in range(300):
        label = int(random.integers(12))
        chosen = random.choice(words, 9).tolist() + [words[label]] * 2
        texts.append(f"label{label}\t{' '.join(chosen)}")
    (folder / "text.txt").write_text("\n".join(texts) + "\n")


def data_name(folder, name):
    return ",".join(str(folder / part) for part in name.split(","))


def tensors(path):
    return torch.load(path, weights_only=True)


def same_tensors(a, b):
    return a.keys() == b.keys() and all(
        a[name].dtype == b[name].dtype and torch.equal(a[name], b[name]) for name in a
    )


def log_of(run_folder):
    lines = [json.loads(line) for line in (run_folder / "log.jsonl").read_text().splitlines()]
    for line in lines:
        line.pop("seconds", None)
    return lines


def results(program, data, run_folder, out):
    """What a run gives: (predictions, metrics)."""
    run(
        program,
        "predict",
        run_folder,
        "--data",
        data,
        "--output",
        out,
        "--top-k",
        7,
        "--threads",
        2,
    )
    metrics = out.with_suffix(".json")
    run(program, "evaluate", run_folder, "--data", data, "--json", metrics, "--threads", 2)
    return scipy.sparse.load_npz(out), json.loads(metrics.read_text())


def same_matrix(a, b):
    return a.shape == b.shape and all(
        np.array_equal(getattr(a, part), getattr(b, part)) for part in ("indptr", "indices", "data")
    )


def same_metrics(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k], equal_nan=True) for k in a)


def compare(count, old, new, name, data, options, folder):
    made = {}
    for which, program in (("old", old), ("new", new)):
        output = folder / f"{name}-{which}"
        run(program, "train", "--train", data, "--output", output, *options, *COMMON)
        predictions, metrics = results(program, data, output, folder / f"{name}-{which}.npz")
        run(program, "export", output, "--output", folder / f"{name}-{which}.ts")
        made[which] = (tensors(output / "model.pt"), log_of(output), predictions, metrics)
    (a, log_a, p_a, m_a), (b, log_b, p_b, m_b) = made["old"], made["new"]
    count.check(f"{name}: model.pt", same_tensors(a, b))
    count.check(f"{name}: log", log_a == log_b, f"{log_a[-1]} {log_b[-1]}")
    count.check(f"{name}: predictions", same_matrix(p_a, p_b))
    count.check(f"{name}: metrics", same_metrics(m_a, m_b), f"{m_a} {m_b}")
    predictions, metrics = results(new, data, folder / f"{name}-old", folder / f"{name}-both.npz")
    count.check(f"{name}: the old run in the new build", same_matrix(predictions, p_a))
    count.check(f"{name}: its metrics", same_metrics(metrics, m_a))


def resume(count, old, new, name, data, options, folder):
    """OLD trains two epochs of a schedule that does not depend on their number, NEW the rest."""
    options = [*options, "--schedule", "constant"]
    whole, parted = folder / f"{name}-whole", folder / f"{name}-parted"
    run(old, "train", "--train", data, "--output", whole, *options, *COMMON)
    short = ["2" if previous == "--epochs" else word for previous, word in
             zip(["", *options], options)]  # fmt: skip
    run(old, "train", "--train", data, "--output", parted, *short, *COMMON)
    run(new, "train", "--train", data, "--output", parted, "--resume", "--epochs", "4")
    a, b = tensors(whole / "model.pt"), tensors(parted / "model.pt")
    count.check(f"{name}: resumed to the same bits", same_tensors(a, b))
    a, b = tensors(whole / "checkpoint.pt"), tensors(parted / "checkpoint.pt")
    count.check(f"{name}: and the same checkpoint", same_tensors(a, b))
    count.check(f"{name}: and the same log", log_of(whole) == log_of(parted))


def data_folder(count, old, new, folder):
    out = folder / "arrays"
    run(old, "convert", folder / "train.txt", f"{out}/")
    options = RUNS["mlp"][1]
    for which, program in (("old", old), ("new", new)):
        run(program, "train", "--train", out, "--output", folder / f"arrays-{which}", *options,
            *COMMON)  # fmt: skip
    a, b = (tensors(folder / f"arrays-{which}/model.pt") for which in ("old", "new"))
    count.check("a data folder of the old build", same_tensors(a, b))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--data", help="XMLRepository text to train on as well")
    parser.add_argument("--keep", action="store_true", help="leave the folder, and print its name")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="spout-compare-"))
    count = Counter()
    try:
        make_data(args.old, folder)
        for name, (data, options) in RUNS.items():
            compare(count, args.old, args.new, name, data_name(folder, data), options, folder)
            if "--epochs" in options:
                resume(count, args.old, args.new, name, data_name(folder, data), options, folder)
        data_folder(count, args.old, args.new, folder)
        for name in ("mlp", "linear", "svm") if args.data else ():
            options = RUNS[name][1]
            compare(count, args.old, args.new, f"{name}-data", args.data, options, folder)
    finally:
        if args.keep:
            print(folder)
        else:
            shutil.rmtree(folder)
    print(f"{count.passed} passed, {count.failed} failed")
    return int(count.failed > 0)


if __name__ == "__main__":
    sys.exit(main())
