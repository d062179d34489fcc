"""What the benchmarks share: spout's operators in this process, interleaved timing, the report."""

import json
import os
import statistics
import subprocess
import time
from pathlib import Path

# Threads that spin while they wait spoil every rival on a shared machine: before torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]


def load_ops():
    """Builds spout's operators if need be, and gives torch.ops.spout.

    SPOUT_BUILD: the build folder; or SPOUT_OPS: the library, which is then taken as it is.
    """
    if "SPOUT_OPS" in os.environ:
        torch.ops.load_library(os.environ["SPOUT_OPS"])
        return torch.ops.spout
    build = ROOT / os.environ.get("SPOUT_BUILD", "build/release")
    command = ["cmake", "--build", str(build), "--target", "spout_bench_ops", "-j2"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    torch.ops.load_library(str(build / "libspout_bench_ops.so"))
    return torch.ops.spout


def synchronize():
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def interleave(candidates, rounds, prepare=lambda: None):
    """Median seconds of each {name: function}, run in turn after prepare() and one warm-up each."""
    times = {name: [] for name in candidates}
    for turn in range(rounds + 1):
        for name, run in candidates.items():
            prepare()
            synchronize()
            start = time.perf_counter()
            run()
            synchronize()
            if turn > 0:
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def random_target(rows, labels, per_row, seed=1):
    """A coalesced 0/1 COO target with `per_row` labels in each row."""
    generator = torch.Generator().manual_seed(seed)
    columns = torch.stack(
        [torch.randperm(labels, generator=generator)[:per_row] for _ in range(rows)]
    )
    row = torch.arange(rows).repeat_interleave(per_row)
    indices = torch.stack([row, columns.flatten()])
    values = torch.ones(rows * per_row)
    return torch.sparse_coo_tensor(indices, values, (rows, labels)).coalesce()


def peak_mib():
    """The process's peak resident memory, MiB."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def reset_peak():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def machine():
    with open("/proc/cpuinfo") as info:
        name = next((line.split(":")[1].strip() for line in info if "model name" in line), "?")
    gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    return f"{name}, {torch.get_num_threads()} threads{gpu}, torch {torch.__version__}"


def report(figures, times, path):
    """Prints milliseconds and ratios; the ratios go to `path` as a flat JSON object."""
    print(machine())
    for name, seconds in times.items():
        print(f"  {name:<34} {1000 * seconds:10.2f} ms")
    for name, value in figures.items():
        print(f"{name:<36} {value:10.4g}")
    if path:
        Path(path).write_text(json.dumps(figures) + "\n")
