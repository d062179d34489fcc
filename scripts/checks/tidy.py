#!/usr/bin/env python3
"""Runs clang-tidy over the sources named in build/ci/compile_commands.json, several at a time.

Torch's headers make it slow (10 s and more a file), so a file that passed is remembered in the
user's cache, under a hash of all that could change the answer: its text, the project headers it
includes, the checks, its compile commands (they name the torch), clang-tidy's version. Prints what
failed; the last line counts. Usage: tidy.py JOBS
"""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/ci"
TIDY = ROOT / ".venv/bin/clang-tidy"
HOME_CACHE = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
CACHE = pathlib.Path(HOME_CACHE) / "spout/tidy"
INCLUDE = re.compile(rb'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
# GCC's OpenMP header is not clang's; without OpenMP torch's headers leave it out.
ARGUMENTS = ["--extra-arg=-fno-openmp", "--extra-arg=-Wno-unknown-warning-option", "--quiet"]


def read_commands():
    """The compile commands of every C++ source of the project: {file: [command, ...]}."""
    commands = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        if path.suffix == ".cpp" and path.is_relative_to(ROOT):
            commands.setdefault(path, []).append(entry["command"].replace(str(ROOT), ""))
    return commands


def with_headers(path, seen):
    """Adds to `seen` the file and the project headers it includes, directly or through others."""
    if path in seen or not path.is_file():
        return
    seen[path] = path.read_bytes()
    for name in INCLUDE.findall(seen[path]):
        with_headers(ROOT / name.decode().removeprefix("spout/"), seen)


def mark_of(path, commands, common):
    seen = {}
    with_headers(path, seen)
    digest = hashlib.sha256(common)
    for command in sorted(commands):
        digest.update(command.encode())
    for file in sorted(seen):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + seen[file] + b"\0")
    return CACHE / digest.hexdigest()


def check(path, mark):
    """None if the file is known to pass, else (seconds, output, passed)."""
    if mark.exists():
        mark.touch()
        return None
    start = time.monotonic()
    run = subprocess.run(
        [TIDY, "-p", BUILD, *ARGUMENTS, path], capture_output=True, text=True, check=False
    )
    if run.returncode == 0:
        mark.touch()
    return time.monotonic() - start, run.stdout + run.stderr, run.returncode == 0


def main():
    CACHE.mkdir(parents=True, exist_ok=True)
    month_ago = time.time() - 30 * 86400
    for mark in CACHE.iterdir():
        if mark.stat().st_mtime < month_ago:
            mark.unlink(missing_ok=True)
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes() + " ".join(ARGUMENTS).encode()
    commands = read_commands()
    failed = fresh = 0
    with ThreadPoolExecutor(int(sys.argv[1])) as pool:
        marks = [mark_of(path, commands[path], common) for path in commands]
        for path, result in zip(commands, pool.map(check, commands, marks), strict=True):
            if result is None:
                continue
            seconds, output, passed = result
            fresh += 1
            failed += not passed
            name = path.relative_to(ROOT)
            verdict = "ok" if passed else "failed"
            print(f"tidy: {name}: {verdict} ({seconds:.0f} s)", file=sys.stderr)
            if not passed:
                print(output, file=sys.stderr)
    print(f"tidy: {len(commands)} files, {fresh} checked anew, {failed} failed", file=sys.stderr)
    return 1 if failed or not commands else 0


if __name__ == "__main__":
    sys.exit(main())
