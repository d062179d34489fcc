"""What the Python tests share: the executable, a small data set, a trained run."""

import os
import random
import re
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BINARY = os.environ.get("SPOUT_BIN", str(ROOT / "build/release/spout"))


def run_spout(*arguments, code=0, **options):
    """Runs spout and checks its exit code; returns what it printed (stdout, stderr)."""
    words = [BINARY, *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout, done.stderr


def refused(spout, *words, **options):
    """The one line that spout prints when it exits with 2."""
    out, error = spout(*words, code=2, **options)
    lines = [line for line in error.splitlines() if line.startswith("spout: ")]
    assert len(lines) == 1 and out == "", (out, error)
    assert "Exception raised from" not in error
    return lines[0]


def said(error, *words):
    """Whether one line of the messages holds all of these words."""
    lines = re.sub(r"\S*/", "", error).split("\n")  # file names without their folders
    return any(all(re.search(rf"(?<!\w)({w})(?!\w)", line) for w in words) for line in lines)


def says(said, number):
    """Whether a message has this count."""
    return re.search(rf" {number} [a-z]", said)


def load_matrix(path):
    """A file of one sparse matrix, read by SciPy or PyTorch, as SciPy's CSR."""
    import scipy.sparse as sp
    import torch

    if path.suffix == ".npz":
        return sp.load_npz(path).tocsr()
    coo = torch.load(path, weights_only=True).to_sparse_coo().coalesce()
    row, col = coo.indices().numpy()
    return sp.csr_matrix((coo.values().numpy(), (row, col)), tuple(coo.shape))


def stop_training(words, number, after_lines):
    """Starts a training and sends it a signal once its log has so many lines; returns the code."""
    process = subprocess.Popen([BINARY, *map(str, words)], stderr=subprocess.DEVNULL)
    log = words[words.index("--output") + 1] / "log.jsonl"
    while process.poll() is None:
        if log.exists() and log.read_text().count("\n") >= after_lines:
            process.send_signal(number)
            break
        time.sleep(0.001)
    return process.wait(timeout=60)


@pytest.fixture(scope="session")
def spout():
    return run_spout


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """A folder with train.txt and test.txt, planted by `spout synth`."""
    folder = tmp_path_factory.mktemp("data")
    run_spout(
        *"synth --rows 600 --features 300 --labels 120 --density 0.02 --seed 3".split(),
        *("--output", folder),
    )
    return folder


@pytest.fixture(scope="session")
def trained(data, tmp_path_factory):
    """A run folder with a small mlp trained on `data`."""
    run = tmp_path_factory.mktemp("runs") / "run"
    run_spout(
        *("train", "--train", data / "train.txt", "--output", run),
        *"--hidden 32 --epochs 6 --lr 0.01 --batch-size 64".split(),
    )
    return run


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A folder with d.txt and the run linear on it, smaller than `data` and `trained`."""
    folder = tmp_path_factory.mktemp("small")
    size = "--rows 100 --features 40 --labels 12 --density 0.1".split()
    run_spout("synth", *size, "--output", folder / "d")
    (folder / "d/train.txt").rename(folder / "d.txt")
    words = ("--train", folder / "d.txt", "--output", folder / "linear")
    run_spout("train", *words, "--model", "linear", "--epochs", 1)
    return folder


@pytest.fixture(scope="session")
def users(tmp_path_factory):
    """400 users of five groups of items, as adjacency text."""
    draw = random.Random(2)
    file = tmp_path_factory.mktemp("users") / "train.txt"
    lines = []
    for user in range(400):
        items = draw.sample(range(user % 5, 60, 5), draw.randint(4, 8)) + [draw.randrange(60)]
        lines.append(f"{1000 + user} {' '.join(map(str, dict.fromkeys(items)))}\n")
    file.write_text("".join(lines))
    return file


@pytest.fixture(scope="session")
def minilm():
    """The folder of a real pretrained encoder, which is fetched once."""
    if "SPOUT_MINILM" in os.environ:
        return Path(os.environ["SPOUT_MINILM"])
    fetch = [str(ROOT / "scripts/examples/fetch_minilm.sh")]
    done = subprocess.run(fetch, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        pytest.skip(f"{fetch[0]} could not fetch MiniLM: {done.stderr.strip()[-200:]}")
    return Path(done.stdout.strip())


@pytest.fixture(scope="session")
def real_data():
    """The folder of real data sets, where the machine has one."""
    folder = Path(os.environ.get("SPOUT_DATA", ROOT.parent / "shared/data"))
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}; SPOUT_DATA names another folder")
    return folder
