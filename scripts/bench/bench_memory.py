"""Peak memory of a step of the output layer beyond weights and optimizer state, for every loss.

    .venv/bin/python scripts/bench/bench_memory.py [--labels 1000000] [--width 64] [--rows 256]
                                             [--per-row 16] [--drawn 4096] [--json FILE]

SGD in fp32, a process for each loss, since memory once held stays in a process. sampled-softmax
draws --drawn labels; mse runs with and without scores. `two-headed` has BCE and squared error.
Prints MiB.
"""

import argparse
import json
import subprocess
import sys

from benchmark import load_ops, peak_mib, random_target, report, reset_peak

import torch  # isort: skip

SETTINGS = {
    "lr": 0.1,
    "weight_decay": 0.0,
    "step": 1.0,
    "block_labels": 0.0,
    "sparse_share": 0.04,
    "want_value": 1.0,
}


def cases(ops):
    """{name: (loss, further settings)}"""
    cases = {name: (name, {}) for name in ops.losses()}
    cases["sampled-softmax"] = ("sampled-softmax", {"drawn": None})
    cases["mse from scores"] = ("mse", {"moments": 0.0})
    cases["mse of non-zeros"] = ("mse", {"zero_weight": 0.0})
    return cases


def wide_target(rows, labels, per_row):
    """Labels all over the range, without a permutation of a million for each row."""
    few = 8192
    narrow = random_target(rows, few, per_row)
    indices = narrow.indices().clone()
    indices[1] *= max(labels // few, 1)
    return torch.sparse_coo_tensor(indices, narrow.values(), (rows, labels)).coalesce()


def layer_step(ops, name, args):
    """A function that runs a step, with all weights in memory."""
    hidden = torch.randn(args.rows, args.width)
    target = wide_target(args.rows, args.labels, args.per_row)
    if name == "two-headed":
        layer = torch.classes.spout.TwoHeaded(args.width, args.labels)
        return lambda: layer.step(hidden, target)
    loss, further = cases(ops)[name]
    settings = SETTINGS | {k: float(args.drawn if v is None else v) for k, v in further.items()}
    weight = torch.randn(args.labels, args.width).mul_(0.05)
    bias = torch.full((args.labels,), -5.0)
    return lambda: ops.step(loss, hidden, weight, bias, target, settings)


def measure(name, args):
    """Peak of the first step over what is there before it; a small layer has warmed the code."""
    ops = load_ops()
    small = argparse.Namespace(**(vars(args) | {"labels": 8192, "drawn": 64}))
    layer_step(ops, name, small)()
    step = layer_step(ops, name, args)
    reset_peak()
    before = peak_mib()
    step()
    print(peak_mib() - before)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--labels", type=int, default=1_000_000)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("--per-row", type=int, default=16)
    parser.add_argument("--drawn", type=int, default=4096)
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--json")
    args = parser.parse_args()
    if args.only:
        return measure(args.only, args)
    figures = {}
    for name in [*cases(load_ops()), "two-headed"]:
        command = [sys.executable, *sys.argv, "--only", name]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        figures[name] = round(float(json.loads(done.stdout)), 1)
    report(figures, {}, args.json)


if __name__ == "__main__":
    main()
