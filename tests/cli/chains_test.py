"""Small files of drawn content through chains of commands: scripts/checks/chains.py, in short."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "scripts/checks"))
from chains import run_seed  # noqa: E402

SEEDS = range(718, 742)  # every kind of file, and five trainings


@pytest.fixture(scope="module")
def failures(tmp_path_factory):
    """seed -> what was wrong, or None."""
    folder = tmp_path_factory.mktemp("chains")
    with ThreadPoolExecutor(max_workers=2) as workers:
        results = workers.map(lambda seed: run_seed(seed, folder / f"seed-{seed}"), SEEDS)
        return dict(zip(SEEDS, results))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_chain_gives_the_drawn_numbers_or_refuses_in_one_line(failures, seed):
    assert failures[seed] is None, failures[seed]
