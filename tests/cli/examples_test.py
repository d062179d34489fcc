"""The examples run as they stand, at small size."""

import os
import shutil
import subprocess

import pytest
from conftest import BINARY, ROOT


@pytest.mark.parametrize("name", ["threshold", "index_value", "sparse_target"])
def test_an_example_runs(name):
    bash = shutil.which("bash")
    done = subprocess.run(
        [bash, ROOT / f"scripts/examples/{name}.sh", "--small"],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"SPOUT_BIN": str(BINARY)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "evaluate" in done.stdout
