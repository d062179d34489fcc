"""A training step of a very large output layer on a GPU: spout against the memory bus and PyTorch.

    python scripts/bench/bench_cuda.py [--labels 2812281] [--width 768] [--rows 128] [--rounds 7]
                                 [--bandwidth 4800] [--json FILE]

The step is that of bench_step.py with bf16 weights. `cuda_peak_over_weights` is the peak of device
memory over the weights' bytes; `cuda_step_vs_bus` the step's time over that of moving four times
the weights' bytes at 80 % of the datasheet's bandwidth (--bandwidth, GB/s; 4800 is an H200's);
`cuda_vs_eager` PyTorch's time, bf16 with a dense target, over spout's at the largest number of
labels that PyTorch can hold, which is printed.
"""

import argparse

from bench_step import Eager, Spout
from benchmark import interleave, load_ops, random_target, report

import torch  # isort: skip

GPU = "cuda"


def make_layer(ops, args, labels):
    hidden = torch.randn(args.rows, args.width, device=GPU)
    weight = torch.empty(labels, args.width, device=GPU, dtype=torch.bfloat16).normal_(std=0.05)
    bias = torch.full((labels,), -5.0, device=GPU)
    target = random_target(args.rows, labels, 16).to(GPU)
    layer = Spout(ops, "bce", hidden, weight[:1], bias, target)
    layer.weight = weight  # not a copy: it is what fills the device
    return layer


def alone(ops, args):
    """The step at full size: milliseconds, and what it takes beside the weights."""
    layer = make_layer(ops, args, args.labels)
    held = layer.weight.numel() * layer.weight.element_size()
    layer.step()
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    times = interleave({"step": layer.step}, args.rounds)
    peak = torch.cuda.max_memory_reserved()
    bus = 4 * held / (0.8e9 * args.bandwidth)
    figures = {
        "cuda_peak_over_weights": peak / held,
        "cuda_peak_beyond_weights_mib": (peak - held) / 2**20,
        "cuda_step_vs_bus": times["step"] / bus,
    }
    return figures, times


def against_eager(ops, args, labels):
    layer = make_layer(ops, args, labels)
    rival = Eager("bce", layer.hidden, layer.weight, layer.bias, layer.target, torch.bfloat16)
    return interleave({"spout": layer.step, "eager bf16, dense": rival.step}, args.rounds)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--labels", type=int, default=2_812_281)
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--rows", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--bandwidth", type=float, default=4800)
    parser.add_argument("--json")
    args = parser.parse_args()
    ops = load_ops()
    torch.manual_seed(1)
    figures, times = alone(ops, args)
    labels = args.labels
    while labels > 1:
        torch.cuda.empty_cache()
        try:
            rivals = against_eager(ops, args, labels)
            break
        except torch.cuda.OutOfMemoryError:
            labels //= 2
    print(f"PyTorch holds {labels} labels")
    figures["cuda_vs_eager"] = rivals["eager bf16, dense"] / rivals["spout"]
    report(figures, times | rivals, args.json)


if __name__ == "__main__":
    main()
