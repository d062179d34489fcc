"""An option that would be of no effect is refused by name rather than passed over."""

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import refused

DOCUMENTS = "".join(f"{'ab'[i % 2]}\tword{i % 2} common\n" for i in range(20))
RATINGS = "user,item,rating\n" + "".join(f"u{u},i{u % 4},{u % 5 + 1}\n" for u in range(12))


@pytest.fixture
def documents(tmp_path):
    (tmp_path / "docs.txt").write_text(DOCUMENTS)
    return tmp_path / "docs.txt"


@pytest.fixture
def ratings(tmp_path):
    (tmp_path / "ratings.csv").write_text(RATINGS)
    return tmp_path / "ratings.csv"


@pytest.mark.parametrize(
    "words",
    ["--epochs 7", "--optimizer adam", "--loss bce", "--lr 0.7", "--momentum 0.5", "--clip 1"]
    + ["--bias-init zero", "--positive-weight 2", "--output-layer logits", "--zero-weight 0.5"],
)
def test_a_model_that_is_worked_out_has_no_steps(spout, ratings, tmp_path, words):
    base = ["train", "--train", ratings, "--output", tmp_path / "run", "--model", "ease"]
    line = refused(spout, *base, *words.split())
    assert f"{words.split()[0]}: the model ease is worked out and does not use it" in line
    assert not (tmp_path / "run").exists()


def test_a_model_that_is_worked_out_goes_on_from_its_own_options(spout, ratings, tmp_path):
    run = tmp_path / "run"
    base = ["train", "--train", ratings, "--output", run]
    spout(*base, "--model", "ease")
    assert "nothing to do" in spout("train", "--output", run, "--resume")[0]
    spout(*base[:-1], tmp_path / "other", "--config", run / "options.json")
