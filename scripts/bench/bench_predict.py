"""Top-k prediction of the output layer: spout in blocks of labels against eager PyTorch.

    .venv/bin/python scripts/bench/bench_predict.py [--labels 1000000] [--width 128] [--rows 256]
                                                    [-k 10] [--rounds 7] [--json FILE]

spout ranks bf16 products of bf16 weights and gives CSR; PyTorch makes fp32 logits and takes
torch.topk of them. `topk_vs_eager` is PyTorch's time over spout's, `topk_peak_mib` spout's peak
memory over weights and results. Before timing, both must choose the same labels where bf16 leaves
no doubt; the share of agreement is printed.
"""

import argparse

from benchmark import interleave, load_ops, peak_mib, report, reset_peak

import torch  # isort: skip
import torch.nn.functional as F  # isort: skip


def agreement(ops, hidden, weight, bias, k):
    """The share of PyTorch's choices that are spout's as well, of the same rounded weights."""
    _, columns, _ = ops.top_k(hidden.to(torch.bfloat16), weight, bias, k)
    expected = F.linear(hidden, weight.float(), bias).topk(k).indices
    pairs = zip(columns.view(-1, k).tolist(), expected.tolist())
    return sum(len(set(a) & set(b)) for a, b in pairs) / expected.numel()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--labels", type=int, default=1_000_000)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("-k", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json")
    args = parser.parse_args()
    ops = load_ops()
    torch.manual_seed(1)
    hidden = torch.randn(args.rows, args.width)
    weight = (torch.randn(args.labels, args.width) * 0.05).to(torch.bfloat16)
    bias = torch.randn(args.labels)
    narrow = hidden.to(torch.bfloat16)
    ops.top_k(narrow, weight[:64], bias[:64], args.k)
    reset_peak()
    before = peak_mib()
    ops.top_k(narrow, weight, bias, args.k)
    figures = {"topk_peak_mib": peak_mib() - before}
    print(f"choices in common: {agreement(ops, hidden, weight, bias, args.k):.4f}")
    wide = weight.float()
    candidates = {
        "spout": lambda: ops.top_k(narrow, weight, bias, args.k),
        "eager fp32": lambda: F.linear(hidden, wide, bias).topk(args.k),
    }
    times = interleave(candidates, args.rounds)
    figures["topk_vs_eager"] = times["eager fp32"] / times["spout"]
    report(figures, times, args.json)


if __name__ == "__main__":
    main()
