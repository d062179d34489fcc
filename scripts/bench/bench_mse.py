"""A step of the output layer under mse: without scores, from scores, and on the non-zeros alone.

    .venv/bin/python scripts/bench/bench_mse.py [--labels 131072] [--rounds 5] [--json FILE]

SGD in fp32, 16 non-zeros a row. The figures are the time from scores over the time by second
moments (losses/chunked/quadratic_zeros.h), which spout takes where the width is at most half the
rows, and over that of `--zero-weight 0`; named by rows x width.
"""

import argparse

from benchmark import interleave, load_ops, random_target, report

import torch  # isort: skip

SHAPES = ((256, 64), (256, 128), (256, 256), (1024, 256))


def steps_of(ops, rows, width, labels):
    hidden = torch.randn(rows, width)
    weight = torch.randn(labels, width) * 0.05
    layer = (hidden, weight, torch.zeros(labels), random_target(rows, labels, 16))
    settings = {
        "lr": 1e-4,
        "weight_decay": 0.0,
        "step": 1.0,
        "block_labels": 0.0,
        "sparse_share": 0.0,
        "want_value": 1.0,
    }
    ways = {"moments": {}, "scores": {"moments": 0.0}, "non-zeros": {"zero_weight": 0.0}}
    return {
        name: lambda further=further: ops.step("mse", *layer, settings | further)
        for name, further in ways.items()
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--labels", type=int, default=131072)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json")
    args = parser.parse_args()
    ops = load_ops()
    torch.manual_seed(1)
    figures, times = {}, {}
    for rows, width in SHAPES:
        shape = f"{rows} x {width}"
        seconds = interleave(steps_of(ops, rows, width, args.labels), args.rounds)
        times |= {f"{shape} {name}": value for name, value in seconds.items()}
        figures[f"{shape} scores/moments"] = seconds["scores"] / seconds["moments"]
        figures[f"{shape} scores/non-zeros"] = seconds["scores"] / seconds["non-zeros"]
    report(figures, times, args.json)


if __name__ == "__main__":
    main()
