"""A network that literally emits ten (index, value) pairs a row, as the Keras question had it.

    .venv/bin/python scripts/examples/emit_pairs.py --data DIR --output DIR [--epochs 200]

Reads DIR/train_X.npz and the like, trains 784 -> 100 -> 20 by squared error on each row's first
ten indices and values, and writes the test rows' outputs as I.npy and V.npy [n, 10] for
`spout convert`. Indices come out as floats, may repeat and may leave the range.
"""

import argparse
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import torch

PAIRS = 10


def dense(path):
    return torch.from_numpy(sp.load_npz(path).toarray())


def pairs_of(target):
    """[n, 2 * PAIRS]: indices scaled to [0, 1], then values; rows with fewer repeat their last."""
    rows = []
    for row in target:
        places = np.resize(row.indices[:PAIRS], PAIRS) if row.nnz else np.zeros(PAIRS, int)
        order = np.argsort(places)
        values = np.resize(row.data[:PAIRS], PAIRS) if row.nnz else np.zeros(PAIRS)
        rows.append(np.concatenate([places[order] / target.shape[1], values[order]]))
    return torch.from_numpy(np.asarray(rows, np.float32))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=200)
    args = parser.parse_args()
    torch.manual_seed(1)
    x = dense(args.data / "train_X.npz")
    y = sp.load_npz(args.data / "train_Y.npz")
    wanted = pairs_of(y)
    network = torch.nn.Sequential(
        torch.nn.Linear(x.shape[1], 100), torch.nn.ReLU(), torch.nn.Linear(100, 2 * PAIRS)
    )
    adam = torch.optim.Adam(network.parameters(), lr=1e-3)
    for _ in range(args.epochs):
        for rows in torch.randperm(len(x)).split(256):
            loss = (network(x[rows]) - wanted[rows]).square().mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
    with torch.no_grad():
        out = network(dense(args.data / "test_X.npz"))
    np.save(args.output / "I.npy", (out[:, :PAIRS] * y.shape[1]).numpy())
    np.save(args.output / "V.npy", out[:, PAIRS:].numpy())
    print(f"last loss {loss.item():.4f}; wrote {args.output}/I.npy and V.npy {[len(out), PAIRS]}")


if __name__ == "__main__":
    main()
