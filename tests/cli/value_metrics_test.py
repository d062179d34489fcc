"""`evaluate`'s errors of values and of calibration against scikit-learn and NumPy, densified."""

import json

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn import metrics as sk

NAMES = "MSE,MAE,R2,nz-MSE,nz-MAE,nz-R2,density,density-ratio,precision,recall,micro-F1"


def planted(tmp_path, seed):
    """A real-valued target and a prediction that overlaps it in part, as SciPy files."""
    rng = np.random.default_rng(seed)
    truth = sp.random(60, 37, 0.08, "csr", random_state=seed, dtype=np.float32)
    other = sp.random(60, 37, 0.05, "csr", random_state=seed + 1, dtype=np.float32)
    kept = truth.multiply(rng.random(truth.shape) < 0.6)
    predicted = (kept * np.float32(1.2) - other).tocsr()
    predicted.sort_indices()
    features = sp.identity(60, dtype=np.float32, format="csr")
    for name, matrix in (("X", features), ("Y", truth), ("P", predicted)):
        sp.save_npz(tmp_path / f"{name}.npz", matrix)
    return truth.toarray().astype(np.float64), predicted.toarray().astype(np.float64)


def measure(spout, tmp_path, names):
    spout(
        *("evaluate", tmp_path / "P.npz", "--data", f"{tmp_path}/X.npz,{tmp_path}/Y.npz"),
        *("--metrics", names, "--json", tmp_path / "values.json", "--force"),
    )
    return json.loads((tmp_path / "values.json").read_text())


@pytest.mark.parametrize("seed", range(4))
def test_errors_of_values_agree_with_scikit_learn(spout, tmp_path, seed):
    y, p = planted(tmp_path, seed)
    there = y != 0
    support = {"y_true": there.ravel(), "y_pred": (p != 0).ravel()}
    expected = {
        "MSE": sk.mean_squared_error(y.ravel(), p.ravel()),
        "MAE": sk.mean_absolute_error(y.ravel(), p.ravel()),
        "R2": sk.r2_score(y.ravel(), p.ravel()),
        "nz-MSE": sk.mean_squared_error(y[there], p[there]),
        "nz-MAE": sk.mean_absolute_error(y[there], p[there]),
        "nz-R2": sk.r2_score(y[there], p[there]),
        "density": (p != 0).mean(),
        "density-ratio": (p != 0).sum() / there.sum(),
        "precision": sk.precision_score(**support),
        "recall": sk.recall_score(**support),
        "micro-F1": sk.f1_score(**support),
    }
    assert measure(spout, tmp_path, NAMES) == pytest.approx(expected, abs=1e-9)


def test_calibration_agrees_with_numpy(spout, tmp_path):
    y, p = planted(tmp_path, 9)
    probabilities, truths = [], []
    for i in range(len(y)):
        stored = np.flatnonzero(p[i])
        best = stored[np.argsort(-p[i, stored], kind="stable")][:3]
        probabilities += (1 / (1 + np.exp(-p[i, best]))).tolist()
        truths += (y[i, best] != 0).tolist()
    probability, truth = np.array(probabilities), np.array(truths, dtype=float)
    bins = np.minimum((probability * 15).astype(int), 14)
    error = sum(
        abs(probability[bins == b].sum() - truth[bins == b].sum()) for b in range(15)
    ) / len(truth)
    expected = {"Brier@3": sk.brier_score_loss(truth, probability), "ECE@3": error}
    assert measure(spout, tmp_path, "Brier@3,ECE@3") == pytest.approx(expected, abs=1e-9)
