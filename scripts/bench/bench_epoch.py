"""Seconds of one training epoch: spout against eager PyTorch, on the same data in the same run.

    .venv/bin/python scripts/bench/bench_epoch.py --train train.txt.gz [--hidden 512] [--rounds 3]
                                            [--optimizer adamw|sgd] [--precision fp32|bf16]

The network is the same everywhere: features -> embedding bag -> ReLU -> labels, BCE, batch 256.
PyTorch is eager and fp32, its optimizer the fastest it has: fused, and for sgd with a sparse
gradient of the embedding. --precision is spout's (bf16: output weights in bf16). PyTorch runs with
a dense target and with the sparse-aware form softplus(z).sum() - z[positives].sum(); both read
batches from SciPy rows held in memory. Rounds are interleaved; medians and their ratio are printed
(--json FILE: also written).
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import torch
import torch.nn.functional as F

BATCH = 256
LR = 1e-3


def spout_binary():
    return os.environ.get(
        "SPOUT_BIN", str(Path(__file__).resolve().parents[2] / "build/release/spout")
    )


def load(path, folder):
    """Features (rows of length 1) and labels as SciPy CSR, through `spout convert`."""
    x, y = f"{folder}/X.npz", f"{folder}/Y.npz"
    command = [spout_binary(), "convert", path, f"{x},{y}", "--normalize", "l2"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return sp.load_npz(x).astype(np.float32), sp.load_npz(y).astype(np.float32)


class Network(torch.nn.Module):
    def __init__(self, features, hidden, labels, sparse):
        super().__init__()
        self.first = torch.nn.EmbeddingBag(
            features, hidden, mode="sum", include_last_offset=True, sparse=sparse
        )
        torch.nn.init.uniform_(self.first.weight, -(features**-0.5), features**-0.5)
        self.bias = torch.nn.Parameter(torch.zeros(hidden))
        self.out = torch.nn.Linear(hidden, labels)

    def forward(self, x):
        bag = self.first(
            torch.from_numpy(x.indices.astype(np.int64)),
            torch.from_numpy(x.indptr.astype(np.int64)),
            per_sample_weights=torch.from_numpy(x.data),
        )
        return self.out(F.relu(bag + self.bias))


def dense_loss(z, y):
    target = torch.from_numpy(y.toarray())
    return F.binary_cross_entropy_with_logits(z, target, reduction="sum") / len(z)


def sparse_loss(z, y):
    rows = torch.from_numpy(np.repeat(np.arange(y.shape[0]), np.diff(y.indptr)))
    columns = torch.from_numpy(y.indices.astype(np.int64))
    return (F.softplus(z).sum() - z[rows, columns].sum()) / len(z)


class Eager:
    """An eager PyTorch training whose epochs can be taken one at a time."""

    def __init__(self, x, y, hidden, loss, optimizer):
        torch.manual_seed(1)
        self.x, self.y, self.loss = x, y, loss
        self.network = Network(x.shape[1], hidden, y.shape[1], sparse=optimizer == "sgd")
        if optimizer == "sgd":
            dense = [self.network.bias, *self.network.out.parameters()]
            self.optimizers = [
                torch.optim.SGD(self.network.first.parameters(), lr=LR),
                torch.optim.SGD(dense, lr=LR, fused=True),
            ]
        else:
            parameters = self.network.parameters()
            self.optimizers = [torch.optim.AdamW(parameters, lr=LR, weight_decay=0.0, fused=True)]

    def epoch(self):
        order = np.random.default_rng(0).permutation(self.x.shape[0])
        start = time.perf_counter()
        for begin in range(0, len(order), BATCH):
            rows = order[begin : begin + BATCH]
            loss = self.loss(self.network(self.x[rows]), self.y[rows])
            self.network.zero_grad(set_to_none=True)
            loss.backward()
            for optimizer in self.optimizers:
                optimizer.step()
            loss.item()
        return time.perf_counter() - start


def spout_epoch(data, args, folder):
    run = f"{folder}/run"
    command = [spout_binary(), "train", "--train", data, "--output", run, "--force"]
    command += ["--epochs", "1", "--hidden", str(args.hidden), "--batch-size", str(BATCH)]
    command += ["--optimizer", args.optimizer, "--lr", str(LR), "--precision", args.precision]
    command += ["--threads", str(torch.get_num_threads())]
    command += ["--normalize", "none", "--schedule", "constant"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    lines = [json.loads(line) for line in Path(run, "log.jsonl").read_text().splitlines()]
    return next(line["seconds"] for line in lines if line["event"] == "epoch")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", required=True)
    parser.add_argument("--hidden", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--optimizer", choices=["adamw", "sgd"], default="adamw")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--json")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        x, y = load(args.train, folder)
        data = f"{folder}/X.npz,{folder}/Y.npz"
        seconds = {"torch_dense": [], "torch_sparse": [], "spout": []}
        for _ in range(args.rounds):
            for name, loss in (("torch_dense", dense_loss), ("torch_sparse", sparse_loss)):
                seconds[name].append(Eager(x, y, args.hidden, loss, args.optimizer).epoch())
            seconds["spout"].append(spout_epoch(data, args, folder))
            print({name: round(values[-1], 1) for name, values in seconds.items()}, flush=True)
    median = {name: statistics.median(values) for name, values in seconds.items()}
    best = min(median["torch_dense"], median["torch_sparse"])
    result = {f"{name}_s": round(value, 2) for name, value in median.items()}
    result["spout_vs_best_torch"] = round(best / median["spout"], 3)
    print(json.dumps(result))
    if args.json:
        Path(args.json).write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
