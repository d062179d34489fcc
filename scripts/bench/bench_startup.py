"""How long `spout predict` takes for one row, beside a program that only links LibTorch.

Both are started in turn; the difference of the medians is what spout adds to loading LibTorch.

    .venv/bin/python scripts/bench/bench_startup.py [--rounds 9] [--json FILE]

Needs g++. SPOUT_BIN names the executable, else build/release/spout.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("SPOUT_BIN", str(ROOT / "build/release/spout"))
BARE = """
#include <ATen/ATen.h>
#include <cstdio>
int main() { std::printf("%d\\n", at::ones({2}).sum().item<int>()); }
"""


def build_bare(folder):
    """A program that links what spout links of LibTorch, and adds two numbers."""
    package = Path(torch.__file__).parent
    wanted = ["torch", "torch_cpu", "c10", "torch_cuda", "c10_cuda"]
    libraries = [name for name in wanted if (package / f"lib/lib{name}.so").exists()]
    nvidia = ":".join(map(str, package.parent.glob("nvidia/*/lib")))
    (folder / "bare.cpp").write_text(BARE)
    command = ["g++", "-O1", "-std=c++20", str(folder / "bare.cpp"), "-o", str(folder / "bare")]
    command += [f"-I{package}/include", f"-I{package}/include/torch/csrc/api/include"]
    command += [f"-L{package}/lib", "-Wl,--no-as-needed", *(f"-l{name}" for name in libraries)]
    command += [f"-Wl,-rpath,{package}/lib", f"-Wl,-rpath-link,{nvidia}"]
    subprocess.run(command, check=True)
    return [str(folder / "bare")]


def train_run(folder):
    """A small run, and the command that predicts one row by it."""
    size = "--rows 2000 --features 1000 --labels 500 --seed 1".split()
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([BINARY, "synth", *size, "--output", folder / "data"], **quiet)
    words = ["--train", folder / "data/train.txt", "--output", folder / "run"]
    subprocess.run([BINARY, "train", *words], **quiet)
    (folder / "row.txt").write_text("3:1 17:0.5\n")
    return [BINARY, "predict", folder / "run", "--data", folder / "row.txt", "--output", "-"]


def seconds(command):
    start = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(command, check=True, **quiet)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commands = {"bare": build_bare(folder), "spout": train_run(folder)}
        times = {name: [] for name in commands}
        for turn in range(options.rounds + 1):
            for name, command in commands.items():
                if turn == 0:
                    seconds(command)  # the first call reads the libraries from the disk
                else:
                    times[name].append(seconds(command))
    medians = {name: statistics.median(values) for name, values in times.items()}
    medians["difference"] = medians["spout"] - medians["bare"]
    for name, value in medians.items():
        print(f"{name:<12} {value:.3f} s")
    if options.json:
        options.json.write_text(json.dumps(medians))


if __name__ == "__main__":
    main()
