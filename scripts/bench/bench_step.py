"""A whole training step of the output layer: spout against PyTorch and against bare products.

    .venv/bin/python scripts/bench/bench_step.py [--labels 131072] [--width 512] [--rows 256]
                                           [--rounds 7] [--json FILE]

A step is scores, exact loss, gradient into the hidden rows, and SGD with weight decay on bf16
weights (stochastic rounding). `step_vs_gemm` is its time over that of its three bf16 products
alone, at their best block size; `step_vs_fp32` and `step_vs_bf16` are eager PyTorch's times with a
dense target over spout's, `step_vs_autocast` that with fp32 weights under bf16 autocast;
`value_cost` is the step with its loss over the step without. With --fp32, for processors that do
not multiply bf16, PyTorch and the bare products stay in fp32. `hinge_step_*` is the step with
squared hinge at that density of gradients, over the same step with dense products; plain SGD.
`peak_mib_1m` is the peak memory over the weights at a million labels, d = 128.
"""

import argparse

from benchmark import interleave, load_ops, peak_mib, random_target, report, reset_peak

import torch  # isort: skip
import torch.nn.functional as F  # isort: skip

LR = 1e-3
DECAY = 1e-4
SPARSE_SHARE = 0.04


class Spout:
    """The layer in spout's hands."""

    def __init__(self, ops, loss, hidden, weight, bias, target):
        self.ops, self.loss, self.target = ops, loss, target
        self.hidden, self.weight, self.bias = hidden, weight.clone(), bias.clone()
        self.number = 0

    def step(self, decay=DECAY, share=0.0, value=True, block=0):
        self.number += 1
        settings = {
            "lr": LR,
            "weight_decay": decay,
            "step": float(self.number),
            "block_labels": float(block),
            "sparse_share": share,
            "want_value": float(value),
        }
        layer = (self.hidden, self.weight, self.bias, self.target)
        return self.ops.step(self.loss, *layer, settings)


class Eager:
    """The layer as PyTorch users write it, with a dense target."""

    def __init__(self, loss, hidden, weight, bias, target, dtype):
        self.loss, self.target = loss, target
        self.hidden = hidden.to(dtype)
        self.weight = weight.to(dtype, copy=True).requires_grad_(True)
        self.bias = bias.to(dtype, copy=True).requires_grad_(True)
        parameters = [self.weight, self.bias]
        self.sgd = torch.optim.SGD(parameters, lr=LR, weight_decay=DECAY, fused=True)

    def step(self):
        hidden = self.hidden.detach().requires_grad_(True)
        z = F.linear(hidden, self.weight, self.bias).float()
        y = self.target.to_dense()
        if self.loss == "bce":
            loss = F.binary_cross_entropy_with_logits(z, y, reduction="sum")
        else:
            loss = ((1 - y) * F.relu(1 + z).square() + y * F.relu(1 - z).square()).sum()
        (loss / len(z)).backward()
        self.sgd.step()
        self.sgd.zero_grad(set_to_none=True)


def bare_products(hidden, weight, block, dtype):
    """The three products of a step, over blocks of labels, into memory that is there already."""
    x, w = hidden.to(dtype), weight.to(dtype)
    n, d = x.shape
    z = torch.empty(n, block, dtype=dtype)
    dx = torch.empty(n, d, dtype=dtype)
    dw = torch.empty(block, d, dtype=dtype)

    def run():
        for part in w.split(block):
            scores = z[:, : len(part)] if len(part) < block else z
            torch.mm(x, part.t(), out=scores)
            torch.mm(scores, part, out=dx)
            torch.mm(scores.t(), x, out=dw[: len(part)])

    return run


def autocast(step):
    def run():
        with torch.autocast("cpu", torch.bfloat16):
            step()

    return run


def bias_for_density(hidden, weight, density):
    """The bias with which that share of the scores lies above -1, where squared hinge is flat."""
    scores = hidden @ weight[:4096].float().t()
    return -1.0 - torch.quantile(scores.flatten()[: 1 << 23], 1 - density)


def hinge_times(ops, args, hidden, weight, target, density):
    bias = torch.full((args.labels,), float(bias_for_density(hidden, weight, density)))
    sparse = Spout(ops, "squared-hinge", hidden, weight, bias, target)
    dense = Spout(ops, "squared-hinge", hidden, weight, bias, target)
    candidates = {
        "sparse": lambda: sparse.step(decay=0.0, share=SPARSE_SHARE),
        "dense": lambda: dense.step(decay=0.0),
    }
    if density == 0.01:
        eager = Eager("squared-hinge", hidden, weight.float(), bias, target, torch.float32)
        candidates["eager"] = eager.step
    return interleave(candidates, args.rounds)


def peak_figures(ops, rows):
    """Peak memory of a step over what the weights take, at a million labels, d = 128."""
    labels, width = 1_000_000, 128
    hidden = torch.randn(rows, width)
    weight = (torch.randn(labels, width) * 0.05).to(torch.bfloat16)
    layer = Spout(ops, "bce", hidden, weight, torch.zeros(labels), random_target(rows, 5000, 16))
    del weight
    indices, values = layer.target.indices() * 150, layer.target.values()
    indices[0] //= 150
    layer.target = torch.sparse_coo_tensor(indices, values, (rows, labels)).coalesce()
    nothing = torch.sparse_coo_tensor(size=(rows, 8)).coalesce()
    Spout(ops, "bce", hidden, torch.zeros(8, width), torch.zeros(8), nothing).step()
    reset_peak()
    before = peak_mib()
    layer.step()
    return {"peak_mib_1m": peak_mib() - before}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("--labels", type=int, default=131072)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--per-row", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--fp32", action="store_true", help="no rival and no bare product in bf16")
    parser.add_argument("--json")
    args = parser.parse_args()
    ops = load_ops()
    torch.manual_seed(1)
    figures = peak_figures(ops, args.rows)
    hidden = torch.randn(args.rows, args.width)
    weight = (torch.randn(args.labels, args.width) * 0.05).to(torch.bfloat16)
    bias = torch.full((args.labels,), -5.0)
    target = random_target(args.rows, args.labels, args.per_row)

    layer = Spout(ops, "bce", hidden, weight, bias, target)
    eager = Eager("bce", hidden, weight.float(), bias, target, torch.float32)
    candidates = {
        "step": layer.step,
        "step without the value": lambda: layer.step(value=False),
        "eager fp32, dense": eager.step,
    }
    dtype = torch.float32 if args.fp32 else torch.bfloat16
    if not args.fp32:
        narrow = Eager("bce", hidden, weight, bias, target, torch.bfloat16)
        cast = Eager("bce", hidden, weight.float(), bias, target, torch.float32)
        candidates["eager bf16, dense"] = narrow.step
        candidates["eager under bf16 autocast"] = autocast(cast.step)
    for block in (1024, 2048, 4096, 8192, 32768):
        products = bare_products(hidden, weight, block, dtype)
        candidates[f"three products, blocks of {block}"] = products
        candidates[f"step, blocks of {block}"] = lambda block=block: layer.step(block=block)
    times = interleave(candidates, args.rounds)
    products = min(value for name, value in times.items() if name.startswith("three"))
    figures |= {
        "step_vs_gemm": times["step"] / products,
        "step_vs_fp32": times["eager fp32, dense"] / times["step"],
        "value_cost": times["step"] / times["step without the value"],
    }
    if not args.fp32:
        figures["step_vs_bf16"] = times["eager bf16, dense"] / times["step"]
        figures["step_vs_autocast"] = times["eager under bf16 autocast"] / times["step"]
        del narrow, cast
    candidates.clear()
    del eager
    for density, name in ((0.01, "1pct"), (0.003, "03pct")):
        hinge = hinge_times(ops, args, hidden, weight, target, density)
        figures[f"hinge_step_{name}"] = hinge["sparse"] / hinge["dense"]
        if "eager" in hinge:
            figures["hinge_vs_fp32"] = hinge["eager"] / hinge["sparse"]
        times |= {f"hinge {name} {key}": value for key, value in hinge.items()}
    report(figures, times, args.json)


if __name__ == "__main__":
    main()
