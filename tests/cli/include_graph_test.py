"""scripts/checks/include_graph.py on small trees: it must see what it is there to see."""

import subprocess
import sys

import pytest
from conftest import ROOT

SCRIPT = ROOT / "scripts/checks/include_graph.py"
SOUND = {
    "sparse/base/a.h": "",
    "sparse/layout/b.h": "sparse/base/a.h",
    "losses/c.cpp": "sparse/layout/b.h",
    "scripts/cmake/public_headers.txt": None,
}


def check(folder, files):
    for name, include in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if include is None:
            path.write_text("# the list\nsparse/layout/b.h\nsparse/base/a.h\n")
        else:
            path.write_text(f'#include "spout/{include}"\n' if include else "")
    done = subprocess.run([sys.executable, SCRIPT, folder], capture_output=True, text=True)
    assert (done.returncode == 0) == (done.stdout == "")
    return done.stdout


def test_a_sound_tree_passes(tmp_path):
    assert check(tmp_path, SOUND) == ""


@pytest.mark.parametrize(
    "name, include, message",
    [
        ("sparse/base/a.h", "losses/c.cpp", "sparse must not include losses/c.cpp"),
        (
            "sparse/base/a.h",
            "sparse/layout/b.h",
            "folders in a circle: sparse/layout -> sparse/base",
        ),
        ("sparse/base/a.h", "sparse/base/a.h", "includes itself"),
        ("sparse/base/a.h", "sparse/base/gone.h", "which is not there"),
        ("sparse/layout/b.h", "sparse/base/d.h", "sparse/layout/b.h is public but includes"),
    ],
)
def test_what_is_wrong_is_seen(tmp_path, name, include, message):
    assert message in check(tmp_path, SOUND | {"sparse/base/d.h": "", name: include})


def test_two_pairs_in_a_circle_are_seen(tmp_path):
    files = {"losses/x.h": "losses/y.h", "losses/y.cpp": "losses/x.h", "losses/y.h": ""}
    assert "file pairs in a circle: losses/" in check(tmp_path, SOUND | files)


def test_an_include_without_the_prefix_is_seen(tmp_path):
    check(tmp_path, SOUND)
    (tmp_path / "losses/c.cpp").write_text('#include "sparse/base/a.h"\n')
    done = subprocess.run([sys.executable, SCRIPT, tmp_path], capture_output=True, text=True)
    assert 'expected "spout/..."' in done.stdout
