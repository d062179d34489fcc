"""scripts/examples/consumer against an installed spout and by FetchContent, beside PyTorch.

Both ways reuse what the build has compiled: the second compiles spout again, in a folder as deep as
the build's own, so that ccache has every object. scripts/checks/bare_machine.sh is the form from
scratch, on a machine that has nothing.
"""

import os
import subprocess
from pathlib import Path

import pytest
import scipy.sparse
import torch
from conftest import BINARY, ROOT

BUILD = Path(BINARY).resolve().parent
SOURCE = ROOT / "scripts/examples/consumer"


def run(*words, cwd=None):
    done = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", BUILD, "--prefix", folder, "--component", "development")
    return folder


def torch_folder():
    return Path(torch.__file__).parent


def build(folder, *options):
    run("cmake", "-S", SOURCE, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", *options)
    run("cmake", "--build", folder, "-j2")
    return folder / "consumer"


def reference(saved, target):
    """The same three steps with dense targets and torch.optim, in double precision."""
    x, *first = (tensor.double() for tensor in saved[3:8])
    weights = [tensor.clone().requires_grad_() for tensor in first]
    optimizer = torch.optim.SGD(weights, lr=0.1)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        hidden = torch.relu(x @ weights[0].t() + weights[1])
        scores = hidden @ weights[2].t() + weights[3]
        terms = target.sum(1) * scores.logsumexp(1) - (target * scores).sum(1)
        loss = terms.sum() / len(x)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return [*losses, *(weight.detach() for weight in weights)]


def check(program, folder):
    run(program, cwd=folder)
    module = torch.jit.load(str(folder / "consumer.pt"))
    saved = [getattr(module, str(i)) for i in range(15)]
    rows, labels = saved[0].shape
    target = torch.zeros(rows, labels, dtype=torch.double)
    target[torch.arange(rows).repeat_interleave(3), torch.arange(3 * rows) * 7 % labels] = 1
    logits = saved[0].double().requires_grad_()
    bce = torch.nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="sum")
    (bce / rows).backward()
    assert abs(saved[1] / (bce / rows) - 1) < 1e-6
    assert (saved[2] - logits.grad).abs().max() < 1e-6
    for found, expected in zip(saved[8:], reference(saved, target)):
        assert (found - expected).abs().max() < 1e-6 * max(1, expected.abs().max())
    predictions = scipy.sparse.load_npz(folder / "predictions.npz")
    assert predictions.shape == (rows, labels)
    assert predictions.nnz == 10 * rows


def test_an_installed_spout_is_found_and_its_numbers_are_pytorchs(prefix, tmp_path):
    program = build(tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}")
    check(program, tmp_path)


def test_fetch_content_builds_the_libraries_alone(tmp_path):
    folder = ROOT / "build/fetch-content"
    program = build(folder, f"-DSPOUT_SOURCE={ROOT}", f"-DSPOUT_TORCH={torch_folder()}")
    check(program, tmp_path)
    assert not list(folder.glob("**/spout_tests"))
    assert not list(folder.glob("**/spout"))


def test_only_public_headers_are_installed_under_their_prefix(prefix):
    listed = (ROOT / "scripts/cmake/public_headers.txt").read_text().splitlines()
    listed = {line for line in listed if line and not line.startswith("#")}
    listed = {"spout.h" if line == "models/spout.h" else line for line in listed}
    include = prefix / "include"
    assert [path.name for path in include.iterdir()] == ["spout"]
    found = {str(path.relative_to(include / "spout")) for path in include.rglob("*.h")}
    assert found == listed


@pytest.mark.parametrize(
    "options, message",
    [
        (["-DSPOUT_TORCH=/nonexistent"], "no LibTorch in /nonexistent"),
        (["-DSPOUT_TORCH={old}"], "expected LibTorch"),
    ],
)
def test_a_missing_or_other_libtorch_is_no_fatal_error(prefix, tmp_path, options, message):
    old = tmp_path / "torch"
    (old / "lib").mkdir(parents=True)
    (old / "lib/libtorch.so").touch()
    header = torch_folder() / "include/torch/headeronly/version.h"
    text = header.read_text().replace(
        f"TORCH_VERSION_MINOR {torch.__version__.split('.')[1]}", "TORCH_VERSION_MINOR 99"
    )
    (old / "include/torch/headeronly").mkdir(parents=True)
    (old / "include/torch/headeronly/version.h").write_text(text)
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(optional LANGUAGES CXX)\n"
        "find_package(spout QUIET)\n"
        "if(NOT spout_FOUND)\n"
        '  message(STATUS "not found: ${spout_NOT_FOUND_MESSAGE}")\n'
        "endif()\n"
    )
    words = [option.format(old=old) for option in options]
    environment = {k: v for k, v in os.environ.items() if k != "SPOUT_TORCH"}
    done = subprocess.run(
        ["cmake", "-G", "Ninja", "-B", tmp_path / "b", "-S", tmp_path]
        + [f"-DCMAKE_PREFIX_PATH={prefix}", *words],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert "not found: " in done.stdout
    assert message in done.stdout
