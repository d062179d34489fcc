"""--popularity: predictions count how common a label was in training; the loss does not."""

import numpy as np
import pytest
import torch


def weights(run):
    found = torch.load(run / "model.pt", weights_only=True)
    return {name: value for name, value in found.items() if isinstance(value, torch.Tensor)}


@pytest.mark.parametrize("model", ["mlp", "linear", "mf", "multvae"])
@pytest.mark.parametrize("layer", ["chunked", "logits"])
def test_popularity_is_added_to_predictions_and_to_nothing_else(spout, tmp_path, model, layer):
    draw = np.random.default_rng(2)
    share = 1 / (1 + np.arange(20.0))
    rows = [draw.choice(20, 4, replace=False, p=share / share.sum()) for _ in range(80)]
    data = tmp_path / "users.txt"
    data.write_text("".join(f"{u} {' '.join(map(str, r))}\n" for u, r in enumerate(rows)))
    words = ["--train", data, "--model", model, "--epochs", 2, "--output-layer", layer]
    words += [] if model == "linear" else ["--hidden", 8]
    words += ["--format", "adjacency"]
    spout("train", *words, "--output", tmp_path / "plain")
    spout("train", *words, "--output", tmp_path / "tilted", "--popularity", -1.5)
    plain, tilted = weights(tmp_path / "plain"), weights(tmp_path / "tilted")
    counts = np.bincount(np.concatenate(rows), minlength=20)
    prior = tilted.pop("output.prior")
    np.testing.assert_allclose(prior, -1.5 * np.log1p(counts), rtol=1e-6)
    assert not plain.pop("output.prior").any()
    assert all(torch.equal(tilted[name], plain[name]) for name in plain)
    x = torch.eye(20)[:3]
    scores = {}
    for run in ("plain", "tilted"):
        spout("export", tmp_path / run, "--output", tmp_path / f"{run}.ts")
        scores[run] = torch.jit.load(tmp_path / f"{run}.ts")(x).detach()
    torch.testing.assert_close(scores["tilted"], scores["plain"] + prior, rtol=1e-5, atol=1e-5)
    (tmp_path / "new.txt").write_text("0 0\n1 1\n2 2\n")
    spout(
        *(
            "predict",
            tmp_path / "tilted",
            "--data",
            tmp_path / "new.txt",
            "--top-k",
            20,
        ),
        *("--keep-seen", "--output", tmp_path / "p.pt"),
    )
    found = torch.load(tmp_path / "p.pt", weights_only=True).to_dense()
    torch.testing.assert_close(found, scores["tilted"], rtol=1e-5, atol=1e-5)
