#!/usr/bin/env python3
"""Does its worst to training runs and checks that nothing is lost.

    scripts/checks/fault_test.py [kill] [fill] [corrupt] [--kills 200] [--seed 1] [--keep]

kill     kills trainings (SIGKILL) at random moments and resumes them, over again: the weights must
         come out as those of a run that was left alone, to the bit, and so must the log
fill     makes the 1st to the 50th write, fsync or rename fail, alone and with all after it: the
         exit code must not be 0, and a resume must end with the same weights
corrupt  changes bytes of a checkpoint: it is refused by name, or the weights come out the same
All three by default. The last line is `N passed, N failed`. SPOUT_BIN is the binary to test.
"""

import argparse
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("SPOUT_BIN", str(ROOT / "build/release/spout"))
WRITES = 50
CORRUPTIONS = 40


def settings(epochs):
    """Options of trainings that differ in what is saved and how it is computed."""
    for model, optimizer, precision, threads in itertools.product(
        ("mlp", "two-headed"), ("sgd", "adamw"), ("fp32", "bf16"), (1, 2)
    ):
        words = f"--model {model} --optimizer {optimizer} --precision {precision}"
        words += f" --threads {threads} --hidden 16 --dropout 0.2 --batch-size 32"
        if optimizer == "sgd":
            words += " --momentum 0.9"
        yield words + f" --epochs {epochs} --checkpoint-every 1 --log-every 1 --valid-share 0.1"


class Runs:
    """Trainings on small data in a folder of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0
        self.passed = 0
        self.failed = 0
        self.call("synth", "--rows", 400, "--features", 300, "--labels", 80, "--output", folder)

    def words(self, run, options):
        words = ["train", "--train", self.folder / "train.txt", "--output", run, *options.split()]
        return [BINARY, *map(str, words)]

    def new(self):
        self.count += 1
        return self.folder / f"run{self.count}"

    def call(self, *words, env=None):
        """Exit code and standard error."""
        done = subprocess.run(
            [BINARY, *map(str, words)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})},
            check=False,
        )
        return done.returncode, done.stderr.decode(errors="replace")

    def train(self, run, options, env=None):
        return self.call(*self.words(run, options)[1:], env=env)

    def whole(self, options):
        """A run that is left alone, and how many seconds it took."""
        run = self.new()
        begin = time.monotonic()
        code, error = self.train(run, options)
        if code != 0:
            sys.exit(f"fault_test: {options}: exit code {code}: {error}")
        return run, time.monotonic() - begin

    def check(self, good, what):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"FAILED: {what}", flush=True)


def log_of(run):
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


def same(run, whole):
    return (run / "model.pt").read_bytes() == (whole / "model.pt").read_bytes()


def is_clean(run):
    """Nothing is left of files that were being written."""
    return not list(run.glob(".spout-*.tmp"))


def log_size(run):
    log = run / "log.jsonl"
    return log.stat().st_size if log.exists() else 0


def wait_for_steps(run, process):
    """Until the log grows, which it does not before training goes on."""
    size = log_size(run)
    while log_size(run) <= size and process.poll() is None:
        time.sleep(0.001)


def kill(runs, kills, rng):
    """Kills spread over all settings; each run is killed several times before it may end.

    One of five comes at any time while the process starts, the others while it trains.
    """
    all_settings = list(settings(epochs=40))
    moments = Counter()
    for i, options in enumerate(all_settings):
        whole, seconds = runs.whole(options)
        share = kills // len(all_settings) + (i < kills % len(all_settings))
        run = runs.new()
        done = 0
        while done < share:
            process = subprocess.Popen(
                runs.words(run, options + " --resume"),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            if rng.random() < 0.2:
                time.sleep(rng.uniform(0.0, 0.3) * seconds)
            else:
                wait_for_steps(run, process)
                time.sleep(rng.uniform(0.0, 0.1) * seconds)
            process.kill()
            code = process.wait()
            if code == 0:  # it was faster: another one
                runs.check(same(run, whole), f"{options}: after {done} kills: other weights")
                run = runs.new()
                continue
            runs.check(code == -9, f"{options}: exit code {code} of a killed run")
            moments["within the write of a file"] += not is_clean(run)
            moments["behind a checkpoint"] += (run / "checkpoint.pt").exists()
            done += 1
        code, error = runs.train(run, options + " --resume")
        runs.check(code == 0, f"{options}: resume: {error}")
        runs.check(code == 0 and same(run, whole), f"{options}: other weights")
        runs.check(code == 0 and log_of(run) == log_of(whole), f"{options}: another log")
        runs.check(is_clean(run), f"{options}: unfinished files are left")
        print(f"kill: {share} times: {options}", flush=True)
    print("kill:", ", ".join([f"{count} {moment}" for moment, count in moments.items()]))


def fill(runs, library):
    """A disk on which the N-th write fails."""
    options = next(settings(epochs=3))
    whole, _ = runs.whole(options)
    for at, more in itertools.product(range(1, WRITES + 1), ("", "1")):
        run = runs.new()
        env = {"LD_PRELOAD": str(library), "FAIL_AT": str(at)}
        if more:
            env["FAIL_ALL"] = more
        code, error = runs.train(run, options, env=env)
        what = f"write {at}{' and all after it' if more else ''}"
        runs.check(code in (1, 2), f"{what}: exit code {code}")
        runs.check(len(error.strip().splitlines()) >= 1, f"{what}: nothing is said")
        code, error = runs.train(run, options + " --resume")
        runs.check(code == 0, f"{what}: resume: {error}")
        runs.check(code == 0 and same(run, whole), f"{what}: other weights")
    print(f"fill: {2 * WRITES} failures", flush=True)


def corrupt(runs, rng):
    """A checkpoint in the middle of a run, with one byte changed."""
    options = next(settings(epochs=3))
    whole, run = runs.new(), runs.new()
    for each in (whole, run):  # in two parts: the learning rates of three epochs are others
        runs.train(each, options + " --epochs 2")
    runs.train(whole, options + " --resume")
    checkpoint = run / "checkpoint.pt"
    sound = checkpoint.read_bytes()
    refused = 0
    for _ in range(CORRUPTIONS):
        place = rng.randrange(len(sound))
        changed = bytearray(sound)
        changed[place] ^= rng.randrange(1, 256)
        checkpoint.write_bytes(changed)
        code, error = runs.train(run, options + " --resume")
        if code == 0:
            runs.check(same(run, whole), f"byte {place}: other weights")
        else:
            refused += 1
            runs.check(code == 2 and "checkpoint.pt" in error, f"byte {place}: {code} {error}")
        runs.train(run, options + " --epochs 2 --force")
    print(f"corrupt: {CORRUPTIONS} bytes, {refused} refused", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", default=[], help="kill, fill, corrupt")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the runs' folder")
    args = parser.parse_args()
    what = args.what or ["kill", "fill", "corrupt"]
    rng = random.Random(args.seed)
    folder = tempfile.mkdtemp(prefix="spout-faults-")
    try:
        runs = Runs(Path(folder))
        if "kill" in what:
            kill(runs, args.kills, rng)
        if "fill" in what:
            library = runs.folder / "fail_writes.so"
            source = ROOT / "scripts/checks/fail_writes.c"
            subprocess.run(
                ["cc", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True
            )
            fill(runs, library)
        if "corrupt" in what:
            corrupt(runs, rng)
        print(f"{runs.passed} passed, {runs.failed} failed")
        return 1 if runs.failed else 0
    finally:
        if not args.keep:
            shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
