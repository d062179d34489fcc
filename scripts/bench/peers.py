"""What comparisons with other tools share: the peers' environment, clocks, and runs of spout."""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "spout"


def peers_python(name, packages):
    """An environment with these packages, made where it is missing."""
    folder = CACHE / name
    python = folder / "bin/python"
    ready = folder / "ready"
    if not ready.exists() or ready.read_text().split() != packages:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *packages], check=True)
        ready.write_text("\n".join(packages) + "\n")
    return str(python)


def of_peer(python, script, peer, files, threads):
    """Runs `script --run-peer` in the peers' environment; the figures on its last line."""
    command = [python, script, "--run-peer", peer, json.dumps(files), str(threads)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def bytes_under(path):
    path = Path(path)
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(file.stat().st_size for file in files)


class Clock:
    """Wall and CPU seconds since it was made, children's included, and this process's peak."""

    def __init__(self):
        self.wall, self.cpu = time.perf_counter(), self.cpu_now()

    @staticmethod
    def cpu_now():
        who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        own, done = (resource.getrusage(w) for w in who)
        return own.ru_utime + own.ru_stime + done.ru_utime + done.ru_stime

    def seconds(self):
        wall, cpu = time.perf_counter() - self.wall, self.cpu_now() - self.cpu
        return wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def spout(*words):
    """Runs the executable; what it printed."""
    binary = os.environ.get("SPOUT_BIN", str(ROOT / "build/release/spout"))
    command = [binary, *map(str, words)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout + done.stderr


def train_spout(words, run):
    """Trains into the folder `run`; the figures of the whole process."""
    binary = os.environ.get("SPOUT_BIN", str(ROOT / "build/release/spout"))
    command = [binary, "train", "--output", str(run), "--force", *map(str, words)]
    clock = Clock()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = clock.seconds()[0]
    if status != 0:
        sys.exit(f"failed: {' '.join(command)}")
    return {
        "train s": wall,
        "CPU s": usage.ru_utime + usage.ru_stime,
        "model MiB": bytes_under(run / "model.pt") / 2**20,
        "peak MiB": usage.ru_maxrss / 1024,
        "model": json.loads((run / "options.json").read_text())["model"],
    }


def argument_parser(peers):
    """The options that all comparisons have."""
    parser = argparse.ArgumentParser()
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--peers", default=",".join(peers))
    parser.add_argument("--recipe", action="append", default=[])
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--json")
    return parser


def spout_settings(recipes):
    """The options of each run of spout: none, and those of each recipe."""
    settings = {"spout": []}
    return settings | {f"spout, {Path(r).stem}": ["--config", r] for r in recipes}


def mean_of(figures, first):
    """Of several seeds: means of numbers, and the spread of the metric `first`."""
    numbers = [name for name in figures[0] if not isinstance(figures[0][name], str)]
    result = {name: statistics.fmean(f[name] for f in figures) for name in numbers}
    if len(figures) > 1:
        result["spread"] = max(f[first] for f in figures) - min(f[first] for f in figures)
    result["model"] = ", ".join(sorted({f["model"] for f in figures}))
    return result


def table(lines, metrics):
    """Markdown: a row for each tool."""
    columns = [*metrics, "train s", "CPU s", "predict ms", "model MiB", "peak MiB"]
    text = "| tool | " + " | ".join(columns) + " |\n|" + "---|" * (len(columns) + 1) + "\n"
    for name, figures in lines.items():
        cells = []
        for column in columns:
            value = figures.get(column)
            digits = 3 if column == "predict ms" else 0 if column.endswith("MiB") else 1
            cells.append("" if value is None else f"{value:.{digits}f}")
        if "spread" in figures:
            cells[0] += f" (+-{figures['spread'] / 2:.1f})"
        name += f" ({figures['model']})" if figures.get("model") else ""
        text += f"| {name} | " + " | ".join(cells) + " |\n"
    return text
