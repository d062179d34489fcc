"""Small data of one's own, with nothing tuned: what a newcomer gets on the first try.

    .venv/bin/python scripts/bench/small_cases.py [--binary build/release/spout] [--seed S]

1. README's own network (`--hidden 100 --loss bce`) on 3,000 rows of 30 groups: P@1 at least .90.
2. 500 short texts with 20 tags, nothing but the required options: P@1 at least .80.
3. Spectra: sparse amounts in 200 channels, learned by two heads: the error at the non-zeros
   (nz-MSE) is below that of ridge regression, whose penalty is chosen on held-out rows.
4. The same groups at a rate at which the first epochs learn nothing, with --patience 3: the run
   goes on until it is better than naming the commonest label.

The last line is `N passed, N failed`.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import scipy.sparse as sp

ROOT = Path(__file__).resolve().parents[2]


def spout(binary, *words):
    done = subprocess.run([binary, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stderr


def save(folder, name, x, y):
    np.save(folder / f"{name}_X.npy", x.astype(np.float32))
    sp.save_npz(folder / f"{name}_Y.npz", sp.csr_matrix(y.astype(np.float32)))
    return f"{folder / name}_X.npy,{folder / name}_Y.npz"


def groups(folder, draw, rows=3000, features=784, count=30, noise=1.5):
    """Rows around one of some centres, the first group the commonest; the label is the group."""
    centres = draw.standard_normal((count, features))
    weights = (np.arange(count) + 1.0) ** -1.0
    group = draw.choice(count, rows + 1000, p=weights / weights.sum())
    x = centres[group] + noise * draw.standard_normal((len(group), features))
    y = np.eye(count)[group]
    return save(folder, "train", x[:rows], y[:rows]), save(folder, "test", x[rows:], y[rows:])


def texts(folder, draw, rows=500, tags=20):
    def write(name, count):
        with (folder / f"{name}.txt").open("w") as file:
            for _ in range(count):
                tag = draw.integers(tags)
                words = [f"own{tag}x{draw.integers(12)}" for _ in range(3)]
                words += [f"common{draw.integers(300)}" for _ in range(6)]
                draw.shuffle(words)
                file.write(f"tag{tag}\t{' '.join(words)}\n")
        return folder / f"{name}.txt"

    return write("train", rows), write("test", 1000)


def spectra(draw, rows=3000, features=60, channels=200, compounds=20):
    """Each row mixes some compounds, whose lines lie in few channels; features tell the mixture."""
    lines = draw.gamma(2.0, 20.0, (compounds, channels))
    lines *= draw.random((compounds, channels)) < 0.08
    readings = draw.standard_normal((compounds, features))
    mixture = draw.gamma(1.0, 1.0, (rows + 1000, compounds))
    mixture *= draw.random(mixture.shape) < 0.15
    x = np.log1p(mixture) @ readings + 0.1 * draw.standard_normal((len(mixture), features))
    y = mixture @ lines
    return x, y


def ridge_error(x, y, rows):
    """The nz-MSE of ridge regression on test rows."""
    x = np.hstack([x, np.ones((len(x), 1))])
    fit, held = slice(0, rows - 300), slice(rows - 300, rows)

    def error(train, test, penalty):
        gram = x[train].T @ x[train] + penalty * np.eye(x.shape[1])
        weights = np.linalg.solve(gram, x[train].T @ y[train])
        where = y[test] != 0
        return np.mean((x[test] @ weights - y[test])[where] ** 2)

    penalty = min([0.1, 1.0, 10.0, 100.0, 1000.0], key=lambda p: error(fit, held, p))
    return error(slice(0, rows), slice(rows, None), penalty)


def metric(binary, folder, test, name, *words):
    report = folder / "m.json"
    report.unlink(missing_ok=True)
    words = ("--data", test, "--metrics", name, "--json", report, *words)
    spout(binary, "evaluate", folder / "run", *words)
    return json.loads(report.read_text())[name]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", default=str(ROOT / "build/release/spout"))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    results = []

    def check(what, found, limit, good):
        results.append(good)
        verdict = "passed" if good else "FAILED"
        print(f"{verdict}: {what}: {found:.4g}, limit {limit:.4g}", flush=True)

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        train = (
            "train",
            "--output",
            folder / "run",
            "--force",
            "--seed",
            options.seed,
            "--train",
        )
        draw = np.random.default_rng(options.seed)
        rows, test = groups(folder, draw)
        spout(options.binary, *train, rows, "--hidden", 100, "--loss", "bce")
        found = metric(options.binary, folder, test, "P@1")
        check("the network of README on 3,000 rows, P@1", found, 0.9, found >= 0.9)
        words = "--model mlp --epochs 200 --patience 3 --valid-share 0.1 --lr 0.00001".split()
        spout(options.binary, *train, rows, *words)
        found = metric(options.binary, folder, test, "P@1")
        common = np.bincount(sp.load_npz(test.split(",")[1]).indices).max() / 1000
        check("a flat start with --patience 3, P@1", found, common, found > common)
        rows, test = texts(folder, draw)
        spout(options.binary, *train, rows, "--format", "text")
        found = metric(options.binary, folder, test, "P@1", "--format", "text")
        check("500 short texts, P@1", found, 0.8, found >= 0.8)
        x, y = spectra(draw)
        rows = save(folder, "train", x[:3000], y[:3000])
        test = save(folder, "test", x[3000:], y[3000:])
        spout(options.binary, *train, rows, "--model", "two-headed")
        found, limit = (
            metric(options.binary, folder, test, "nz-MSE"),
            ridge_error(x, y, 3000),
        )
        check("spectra by two heads, nz-MSE", found, limit, found < limit)
    failed = len(results) - sum(results)
    print(f"{sum(results)} passed, {failed} failed")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
