"""What an earlier version wrote (tests/cli/earlier): it loads, predicts and trains on.

Weights and scores are compared to a tolerance, since another processor adds up in another order;
scripts/checks/compare_builds.py compares bits on one machine.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

EARLIER = Path(__file__).parent / "earlier"


@pytest.fixture
def earlier(tmp_path):
    """A copy of the files, the run's options with the place of its training rows."""
    folder = tmp_path / "earlier"
    shutil.copytree(EARLIER, folder)
    options = folder / "run/options.json"
    text = json.loads(options.read_text())
    text["train"] = str(folder / "train.txt")
    options.write_text(json.dumps(text))
    return folder


def scores_in(path):
    """{(row, label): score} of a prediction file."""
    rows = Path(path).read_text().splitlines()
    return {
        (row, int(label)): float(score)
        for row, line in enumerate(rows)
        for label, score in (word.split(":") for word in line.split())
    }


def test_it_predicts_the_same(spout, earlier, tmp_path):
    out = tmp_path / "predictions.txt"
    spout("predict", earlier / "run", "--data", earlier / "train.txt", "--output", out)
    found, expected = scores_in(out), scores_in(earlier / "run_predictions.txt")
    assert found.keys() == expected.keys()
    assert np.allclose(list(found.values()), [expected[entry] for entry in found], atol=1e-5)


def test_it_resumes_from_its_checkpoint(spout, earlier):
    run = earlier / "run"
    spout("train", "--train", earlier / "train.txt", "--output", run, "--resume", "--epochs", 4)
    found = torch.load(run / "model.pt", weights_only=True)
    expected = torch.load(earlier / "resumed_model.pt", weights_only=True)
    assert found.keys() == expected.keys()
    for name, tensor in found.items():
        assert torch.allclose(tensor, expected[name], atol=1e-5), name
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in log] == [1, 2, 3, 4]


def test_defaults_of_its_time_are_no_wishes(spout, earlier):
    """Its options.json names those of all models, whatever its own model is."""
    run = earlier / "run"
    options = json.loads((run / "options.json").read_text())
    options |= {"ridge": 500, "neighbours": 100, "item-weights": "tfidf"}
    (run / "options.json").write_text(json.dumps(options))
    spout("train", "--train", earlier / "train.txt", "--output", run, "--resume", "--epochs", 4)


def test_its_data_folder_is_read(spout, earlier, tmp_path):
    out = tmp_path / "rows.txt"
    spout("convert", f"{earlier / 'arrays'}/", out)
    assert out.read_text().splitlines()[0] == "60 30 12"
    spout(
        "train", "--train", earlier / "arrays", "--output", tmp_path / "run", "--hidden", 4,
        "--epochs", 1,
    )  # fmt: skip
