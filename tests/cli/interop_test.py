"""What spout writes, torch and SciPy read, and the exported module computes what spout computes."""

import json

import numpy as np
import pytest
import scipy.sparse as sp
import torch


@pytest.fixture(scope="module")
def exported(spout, trained, tmp_path_factory):
    file = tmp_path_factory.mktemp("export") / "model.ts"
    spout("export", trained, "--output", file)
    return torch.jit.load(file)


@pytest.fixture(scope="module")
def features(spout, data, tmp_path_factory):
    """The raw test features, before any normalisation."""
    folder = tmp_path_factory.mktemp("npz")
    spout("convert", data / "test.txt", f"{folder}/X.npz,{folder}/Y.npz")
    return sp.load_npz(folder / "X.npz")


def as_torch_csr(matrix):
    return torch.sparse_csr_tensor(
        torch.from_numpy(matrix.indptr.astype(np.int64)),
        torch.from_numpy(matrix.indices.astype(np.int64)),
        torch.from_numpy(matrix.data.astype(np.float32)),
        matrix.shape,
    )


def all_scores(spout, trained, data, folder):
    """Every score of the executable, as a dense matrix."""
    spout(
        "predict",
        trained,
        "--data",
        data / "test.txt",
        "--top-k",
        120,
        *("--output", folder / "all.npz"),
    )
    return sp.load_npz(folder / "all.npz").toarray()


def test_npz_predictions_load_in_scipy_as_sorted_csr(spout, trained, data, tmp_path):
    spout("predict", trained, "--data", data / "test.txt", "--output", tmp_path / "p.npz")
    matrix = sp.load_npz(tmp_path / "p.npz")
    assert matrix.format == "csr"
    assert matrix.shape == (120, 120)
    assert matrix.has_sorted_indices and matrix.has_canonical_format
    assert (np.diff(matrix.indptr) == 5).all()


@pytest.mark.parametrize("mmap", [False, True])
@pytest.mark.parametrize("layout", ["csr", "csc"])
def test_pt_predictions_load_in_torch_weights_only(spout, trained, data, tmp_path, mmap, layout):
    for name in ("p.pt", "p.npz"):
        spout(
            "predict",
            trained,
            "--data",
            data / "test.txt",
            "--layout",
            layout,
            *("--output", tmp_path / name),
        )
    tensor = torch.load(tmp_path / "p.pt", weights_only=True, mmap=mmap)
    assert tensor.layout == getattr(torch, f"sparse_{layout}")
    assert np.array_equal(tensor.to_dense().numpy(), sp.load_npz(tmp_path / "p.npz").toarray())


def test_the_model_file_is_a_state_dict(trained):
    state = torch.load(trained / "model.pt", weights_only=True)
    assert state["output.weight"].shape == (120, 32)
    assert all(torch.isfinite(tensor).all() for tensor in state.values())


def test_exported_scores_equal_the_executables(spout, exported, features, trained, data, tmp_path):
    expected = all_scores(spout, trained, data, tmp_path)
    with torch.no_grad():
        from_csr = exported(as_torch_csr(features)).numpy()
        from_dense = exported(torch.from_numpy(features.toarray().astype(np.float32))).numpy()
    assert np.abs(from_csr - expected).max() < 1e-5
    assert np.abs(from_dense - expected).max() < 1e-5


def test_exported_predict_gives_the_executables_matrix(
    spout, exported, features, trained, data, tmp_path
):
    spout("predict", trained, "--data", data / "test.txt", "--output", tmp_path / "p.npz")
    expected = sp.load_npz(tmp_path / "p.npz")
    with torch.no_grad():
        predicted = exported.predict(as_torch_csr(features), 5)
        crow, col, values = exported.predict_parts(as_torch_csr(features), 5)
    assert predicted.layout == torch.sparse_csr
    assert np.array_equal(predicted.col_indices().numpy(), expected.indices)
    assert np.abs(predicted.values().numpy() - expected.data).max() < 1e-5
    assert torch.equal(crow, predicted.crow_indices())
    assert torch.equal(col, predicted.col_indices())
    assert torch.equal(values, predicted.values())


def test_exported_module_takes_any_batch_size_and_rows_without_features(exported):
    empty = torch.sparse_csr_tensor(
        torch.zeros(4, dtype=torch.int64),
        torch.zeros(0, dtype=torch.int64),
        torch.zeros(0),
        (3, 300),
    )
    with torch.no_grad():
        assert exported(empty).shape == (3, 120)
        assert exported.predict(torch.zeros(1, 300), 2).shape == (1, 120)


def test_a_pt_matrix_written_by_torch_is_evaluated(spout, trained, data, tmp_path):
    spout("predict", trained, "--data", data / "test.txt", "--output", tmp_path / "p.npz")
    torch.save(as_torch_csr(sp.load_npz(tmp_path / "p.npz")), tmp_path / "p.pt")
    for name in ("p.npz", "p.pt"):
        spout(
            "evaluate",
            tmp_path / name,
            "--data",
            data / "test.txt",
            "--metrics",
            "P@1,nDCG@5",
            *("--json", tmp_path / f"{name}.json"),
        )
    assert json.loads((tmp_path / "p.npz.json").read_text()) == json.loads(
        (tmp_path / "p.pt.json").read_text()
    )


def test_scipy_matrices_of_every_type_train(spout, tmp_path):
    rng = np.random.default_rng(0)
    x = sp.random(200, 50, density=0.1, random_state=1, format="csr")
    y = (sp.random(200, 30, density=0.1, random_state=2, format="csr") > 0).astype(np.int8)
    for number, (kind, index) in enumerate(
        [(np.float64, np.int32), (np.float32, np.int64), (np.float16, np.int32)]
    ):
        features = x.astype(np.float32) if kind == np.float16 else x.astype(kind)
        features.indices = features.indices.astype(index)
        features.indptr = features.indptr.astype(index)
        layout = features.tocsc() if number == 1 else features
        folder = tmp_path / str(number)
        folder.mkdir()
        sp.save_npz(folder / "X.npz", layout, compressed=bool(rng.integers(2)))
        sp.save_npz(folder / "Y.npz", y)
        spout(
            "train",
            "--train",
            f"{folder}/X.npz,{folder}/Y.npz",
            "--output",
            folder / "run",
            *("--epochs", 1, "--hidden", 8),
        )
