"""The plot of the README: how many times faster than eager PyTorch spout was measured to be.

    python scripts/bench/plot_figures.py [--figures scripts/bench/figures]
                                         [--output scripts/bench/figures/ratios.svg]

Reads the JSON files that the benchmarks left with `--json scripts/bench/figures/NAME.json`. Needs
matplotlib (pip install matplotlib), which nothing else here does.
"""

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]

# (file, key, what was measured); the comparison is named in the label.
BARS = [
    ("loss", "bce_vs_dense", "bce on scores, dense target"),
    ("loss", "bce_vs_eager", "bce on scores, target's coordinates"),
    ("loss", "softmax_vs_dense", "softmax on scores, dense target"),
    ("loss", "mse_vs_dense", "mse on scores, dense target"),
    ("step", "step_vs_fp32", "output layer's step, fp32"),
    ("step", "step_vs_bf16", "output layer's step, bf16"),
    ("step", "hinge_vs_fp32", "the same, squared hinge, 1 % gradients, fp32"),
    ("predict", "topk_vs_eager", "top-10 of a million labels, fp32"),
    ("epoch_sgd_bf16", "spout_vs_best_torch", "an epoch, SGD, spout's head in bf16"),
    ("epoch_adamw_fp32", "spout_vs_best_torch", "an epoch, AdamW, fp32"),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--figures", type=Path, default=ROOT / "scripts/bench/figures")
    parser.add_argument("--output", type=Path, default=ROOT / "scripts/bench/figures/ratios.svg")
    args = parser.parse_args()
    ratios = [json.loads((args.figures / f"{file}.json").read_text())[key] for file, key, _ in BARS]

    plt.rcParams.update({"svg.hashsalt": "spout", "svg.fonttype": "none", "font.size": 9})
    figure, axes = plt.subplots(figsize=(7.5, 3.2), layout="constrained")
    bars = axes.barh([label for _, _, label in BARS], ratios, color="#35608d", height=0.65)
    axes.bar_label(bars, [f"{ratio:.1f}" for ratio in ratios], padding=3)
    axes.set_xscale("log")
    axes.set_xlim(1, 1.6 * max(ratios))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("eager PyTorch's time / spout's, log scale (epochs: its better way)")
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(args.output, metadata={"Date": None})


if __name__ == "__main__":
    main()
