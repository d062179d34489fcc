"""Value and gradient of the losses on a sparse target: spout against PyTorch, same scores.

    .venv/bin/python scripts/bench/bench_loss.py [--rows 256] [--labels 131072] [--rounds 7]
                                                 [--json FILE]

PyTorch runs eagerly on the densified target, eagerly on the target's coordinates, and through
torch.compile (--compile; the first call takes a minute). `*_vs_*` are medians of interleaved runs,
PyTorch's time over spout's; bce_copy_share is the time of copying the scores over spout's.
"""

import argparse

from benchmark import interleave, load_ops, random_target, report  # first: sets up threads

import torch  # isort: skip
import torch.nn.functional as F  # isort: skip


def gradient_of(loss):
    def run(z):
        leaf = z.detach().requires_grad_(True)
        loss(leaf).backward()
        return leaf.grad

    return run


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("--labels", type=int, default=131072)
    parser.add_argument("--per-row", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--json")
    args = parser.parse_args()
    spout = load_ops()
    target = random_target(args.rows, args.labels, args.per_row)
    index = target.indices()
    start = torch.randn(args.rows, args.labels) - 5
    z = start.clone()
    other = torch.empty_like(z)
    n = args.rows

    def bce_dense(x):
        return F.binary_cross_entropy_with_logits(x, target.to_dense(), reduction="sum") / n

    def bce_sparse(x):
        return (F.softplus(x).sum() - x[index[0], index[1]].sum()) / n

    def softmax_dense(x):
        return -(target.to_dense() * F.log_softmax(x, 1)).sum() / n

    def mse_dense(x):
        return F.mse_loss(x, target.to_dense(), reduction="sum") / n

    candidates = {
        "copy": lambda: other.copy_(z),
        "bce spout": lambda: spout.loss_gradient("bce", z, target),
        "bce dense": lambda: gradient_of(bce_dense)(z),
        "bce eager, sparse-aware": lambda: gradient_of(bce_sparse)(z),
        "softmax spout": lambda: spout.loss_gradient("softmax", z, target),
        "softmax dense": lambda: gradient_of(softmax_dense)(z),
        "mse spout": lambda: spout.loss_gradient("mse", z, target),
        "mse dense": lambda: gradient_of(mse_dense)(z),
        "squared-hinge spout": lambda: spout.loss_gradient("squared-hinge", z, target),
    }
    if args.compile:
        compiled = torch.compile(bce_dense)
        candidates["bce torch.compile"] = lambda: gradient_of(compiled)(z)
    times = interleave(candidates, args.rounds, prepare=lambda: z.copy_(start))
    figures = {
        "bce_vs_dense": times["bce dense"] / times["bce spout"],
        "bce_vs_eager": times["bce eager, sparse-aware"] / times["bce spout"],
        "bce_copy_share": times["copy"] / times["bce spout"],
        "softmax_vs_dense": times["softmax dense"] / times["softmax spout"],
        "mse_vs_dense": times["mse dense"] / times["mse spout"],
    }
    if args.compile:
        figures["bce_vs_compile"] = times["bce torch.compile"] / times["bce spout"]
    report(figures, times, args.json)


if __name__ == "__main__":
    main()
