"""Training on data larger than memory beside training on the same data in memory.

    .venv/bin/python scripts/bench/bench_mapped.py [--limit 1024] [--times 3] [--sorted]
                                             [--hidden 64] [--epochs 1] [--folder DIR] [--json FILE]

Makes examples of --times the --limit (MiB, as stored in a data folder), in which every label
plants features of its own among noise; with --sorted the rows lie in the order of their labels,
the worst that reading in file order could meet. They are written as text, converted from it into a
data folder, and trained on from both: from the folder mapped and shuffled by blocks, and from the
text in memory and shuffled as a whole. Anonymous resident memory (RssAnon, pages of mapped files
not counted) is sampled every 50 ms of every process. Prints the peaks, and the metrics of both
models on rows held back.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("SPOUT_BIN", str(ROOT / "build/release/spout"))
SAMPLE_SECONDS = 0.05
FEATURES = 50_000
LABELS = 1_000
PLANTED = 8  # features of each label in each row that has it
LABELS_PER_ROW = 2
NOISE = 84
ENTRIES = PLANTED * LABELS_PER_ROW + NOISE  # of a row, before twins are removed
ENTRY_BYTES = 12  # index and value
CHUNK = 20_000
TEST_ROWS = 20_000
METRICS = "P@1,P@3,P@5"


def anonymous_mib(pid):
    try:
        with open(f"/proc/{pid}/status") as status:
            line = next((line for line in status if line.startswith("RssAnon:")), None)
    except FileNotFoundError:
        return 0.0
    return 0.0 if line is None else int(line.split()[1]) / 1024


def run(*words):
    """Standard output, the peak of anonymous memory in MiB, and seconds."""
    command = [BINARY, *map(str, words)]
    start = time.monotonic()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, anonymous_mib(process.pid))
            time.sleep(SAMPLE_SECONDS)
        if process.returncode != 0:
            raise SystemExit(f"bench_mapped: {' '.join(command)}: exit code {process.returncode}")
        out.seek(0)
        return out.read(), peak, time.monotonic() - start


class Examples:
    """Rows whose labels can be told from their features, made some at a time."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        frequency = 1.0 / np.arange(1, LABELS + 1)
        self.share = np.cumsum(frequency / frequency.sum())
        # A label's features are fixed; a row shows a random half of them.
        self.own = np.random.default_rng(0).integers(0, FEATURES, (LABELS, 2 * PLANTED))

    def labels(self, rows):
        draws = self.rng.random((rows, LABELS_PER_ROW))
        return np.minimum(np.searchsorted(self.share, draws), LABELS - 1)

    def features(self, labels):
        rows = len(labels)
        which = self.rng.integers(0, 2 * PLANTED, (rows, LABELS_PER_ROW, PLANTED))
        planted = self.own[labels[:, :, None], which].reshape(rows, -1)
        noise = self.rng.integers(0, FEATURES, (rows, NOISE))
        columns = np.sort(np.concatenate([planted, noise], axis=1), axis=1)
        return columns, self.rng.integers(1, 10, columns.shape)

    def write(self, path, labels):
        with open(path, "w") as file:
            file.write(f"{len(labels)} {FEATURES} {LABELS}\n")
            for first in range(0, len(labels), CHUNK):
                chunk = labels[first : first + CHUNK]
                columns, values = self.features(chunk)
                new = np.diff(columns, axis=1, prepend=-1) > 0
                for row, label in enumerate(chunk):
                    kept = new[row]
                    pairs = zip(columns[row, kept].tolist(), values[row, kept].tolist())
                    text = " ".join([f"{column}:0.{value}" for column, value in pairs])
                    file.write(f"{label[0]},{label[1]} {text}\n")


def measure(folder, args):
    rows = int(args.times * args.limit * 2**20 / (ENTRIES * ENTRY_BYTES))
    examples = Examples(seed=1)
    labels = examples.labels(rows)
    if args.sorted:
        labels = labels[np.lexsort(labels.T[::-1])]
    train, test = folder / "train.txt", folder / "test.txt"
    if not train.exists():
        examples.write(test, examples.labels(TEST_ROWS))
        examples.write(train, labels)
    figures = {"rows": rows, "limit_mib": args.limit}
    _, figures["convert_mib"], figures["convert_s"] = run(
        "convert", train, f"{folder}/train/", "--force"
    )
    stored = sum(file.stat().st_size for file in (folder / "train").iterdir())
    figures["data_mib"] = stored / 2**20
    for name, data in (("mapped", folder / "train"), ("memory", train)):
        words = ["train", "--model", "mlp", "--hidden", args.hidden, "--epochs", args.epochs]
        words += ["--train", data, "--output", folder / name, "--force", "--seed", 1]
        _, figures[f"{name}_mib"], figures[f"{name}_s"] = run(*words)
        out, _, _ = run("evaluate", folder / name, "--data", test, "--metrics", METRICS)
        for line in out.splitlines():
            metric, value = line.split()[:2]
            figures[f"{name}_{metric}"] = 100 * float(value)
        print({key: round(value, 2) for key, value in figures.items()}, flush=True)
    return {key: round(value, 2) for key, value in figures.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=float, default=1024)
    parser.add_argument("--times", type=float, default=3)
    parser.add_argument("--sorted", action="store_true")
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--folder", help="keep files here, and use the texts that are there")
    parser.add_argument("--json")
    args = parser.parse_args()
    if args.folder:
        Path(args.folder).mkdir(parents=True, exist_ok=True)
        figures = measure(Path(args.folder), args)
    else:
        with tempfile.TemporaryDirectory() as folder:
            figures = measure(Path(folder), args)
    print(json.dumps(figures))
    if args.json:
        Path(args.json).write_text(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
