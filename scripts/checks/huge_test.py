#!/usr/bin/env python3
"""Data of more than 2^31 entries, through every stage that disk and memory allow.

    .venv/bin/python scripts/checks/huge_test.py FOLDER [--entries 2200000000] [--steps-seconds 60]

Writes XMLRepository text in which one block of rows is repeated, so that what is right can be told
from the block alone, and then
  convert   text to a data folder, and that back to text (the same bytes) and to X.npz,Y.npz
  train     on the folder for some seconds, until SIGINT
  predict   all rows by a model of one block: those of every block must be those of the first
Needs 70 GB in FOLDER for the default, and takes some 20 minutes. The last line is
`N passed, N failed`. SPOUT_BIN is the binary to test.
"""

import argparse
import json
import os
import signal
import subprocess
import time
import zipfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("SPOUT_BIN", str(ROOT / "build/release/spout"))
BLOCK_ROWS = 4096
PER_ROW = 512
FEATURES = 100_000
LABELS = 1_000
NETWORK = ["--model", "mlp", "--hidden", "8", "--epochs", "1"]


class Checks:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def __call__(self, good, what):
        self.passed += bool(good)
        self.failed += not good
        print(f"{'ok' if good else 'FAILED'}: {what}", flush=True)


def spout(*words):
    start = time.monotonic()
    subprocess.run([BINARY, *map(str, words)], check=True, stdout=subprocess.DEVNULL)
    print(f"{' '.join(map(str, words))}: {time.monotonic() - start:.0f} s", flush=True)


def make_block():
    """Columns [rows, per row] ascending, and the text of all rows."""
    rng = np.random.default_rng(1)
    steps = rng.integers(1, FEATURES // PER_ROW, (BLOCK_ROWS, PER_ROW))
    columns = np.cumsum(steps, axis=1) - 1
    labels = columns[:, :2] * 7 % LABELS
    lines = []
    for row, label in zip(columns.tolist(), np.sort(labels, axis=1).tolist(), strict=True):
        features = " ".join([f"{column}:1" for column in row])
        lines.append(f"{','.join(map(str, dict.fromkeys(label)))} {features}\n")
    return columns, "".join(lines).encode()


def write_text(path, header, block, blocks):
    with open(path, "wb") as file:
        file.write(header)
        for _ in range(blocks):
            file.write(block)


def is_text(path, header, block, blocks):
    with open(path, "rb") as file:
        good = file.read(len(header)) == header
        for _ in range(blocks):
            good = good and file.read(len(block)) == block
        return good and file.read(1) == b""


def repeats(read, first, blocks):
    """Whether read(n), called again and again, gives the same `first` each time."""
    return all(np.array_equal(read(len(first)), first) for _ in range(blocks))


def is_npz_repeated(path, name, first, blocks):
    with zipfile.ZipFile(path) as archive, archive.open(f"{name}.npy") as file:
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        first = first.astype(dtype)

        def read(count):
            return np.frombuffer(file.read(count * dtype.itemsize), dtype)

        return shape == (blocks * len(first),) and repeats(read, first, blocks)


def check_arrays(check, folder, columns, blocks):
    entries = blocks * columns.size
    indices = np.load(folder / "X_indices.npy", mmap_mode="r")
    indptr = np.load(folder / "X_indptr.npy", mmap_mode="r")
    check(len(indices) == entries and indptr[-1] == entries, f"{entries} entries in the folder")
    check(np.array_equal(np.diff(indptr), np.full(blocks * BLOCK_ROWS, PER_ROW)), "its row lengths")
    last = np.array(indices[-columns.size :]).reshape(columns.shape)
    check(np.array_equal(last, columns), "its last block")


def train(check, data, run, seconds):
    command = [BINARY, "train", "--train", data, "--output", run, *NETWORK]
    command += ["--log-every", "10", "--force"]
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL)
    log = run / "log.jsonl"
    deadline = time.monotonic() + 1800
    while time.monotonic() < deadline and process.poll() is None:
        if log.exists() and '"step"' in log.read_text():
            time.sleep(seconds)
            process.send_signal(signal.SIGINT)
            break
        time.sleep(1)
    code = process.wait()
    steps = [json.loads(line).get("step", 0) for line in log.read_text().splitlines()]
    good = code in (0, 130) and max(steps) >= 10
    check(good, f"trained for {max(steps)} steps, exit code {code}")


def check_predictions(check, path, blocks):
    with np.load(path) as file:
        indices, data, indptr = file["indices"], file["data"], file["indptr"]
    check(len(indptr) == blocks * BLOCK_ROWS + 1, f"predictions of {len(indptr) - 1} rows")
    for name, array in (("labels", indices), ("scores", data)):
        of_block = array.reshape(blocks, -1)
        good = all(np.array_equal(of_block[i], of_block[0]) for i in range(1, blocks))
        check(good, f"predicted {name} of each block are those of the first")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--entries", type=int, default=2_200_000_000)
    parser.add_argument("--steps-seconds", type=float, default=60)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    check = Checks()
    columns, block = make_block()
    blocks = -(-args.entries // columns.size)
    header = f"{blocks * BLOCK_ROWS} {FEATURES} {LABELS}\n".encode()
    text, data = args.folder / "data.txt", args.folder / "data"
    write_text(text, header, block, blocks)
    spout("convert", text, f"{data}/", "--force")
    text.unlink()
    check_arrays(check, data, columns, blocks)
    train(check, data, args.folder / "run", args.steps_seconds)
    # A run that was stopped within its first epoch has no model yet: another learns from one block.
    one, small = args.folder / "block.txt", args.folder / "block-run"
    write_text(one, f"{BLOCK_ROWS} {FEATURES} {LABELS}\n".encode(), block, 1)
    spout("train", "--train", one, "--output", small, *NETWORK, "--force")
    predictions = args.folder / "predictions.npz"
    spout("predict", small, "--data", data, "--top-k", 5, "--output", predictions, "--force")
    check_predictions(check, predictions, blocks)
    spout("convert", data, text, "--force")
    check(is_text(text, header, block, blocks), "the same bytes of text again")
    text.unlink()
    x, y = args.folder / "X.npz", args.folder / "Y.npz"
    spout("convert", data, f"{x},{y}", "--force")
    check(is_npz_repeated(x, "indices", columns.ravel(), blocks), "all indices in X.npz")
    for file in (x, y):
        file.unlink()
    print(f"{check.passed} passed, {check.failed} failed")
    raise SystemExit(check.failed != 0)


if __name__ == "__main__":
    main()
