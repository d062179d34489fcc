"""Arrays that NumPy of Python 2 wrote: sizes in their headers end in L."""

import warnings
import zipfile

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import refused

X = np.arange(48, dtype=np.float32).reshape(12, 4)
Y = sp.csr_matrix(np.eye(12, 3, dtype=np.float32))


def python2_bytes(array, version=1, shape=None):
    """The bytes of a .npy of this array, with a header as Python 2 wrote it."""
    shape = shape or "(" + ", ".join(f"{n}L" for n in array.shape)
    shape += ",)" if len(array.shape) == 1 else ")"
    order = array.ndim > 1 and array.flags.f_contiguous
    head = f"{{'descr': '{array.dtype.str}', 'fortran_order': {order}, 'shape': {shape}, }}"
    size = 2 if version == 1 else 4
    length = -(-(8 + size + len(head) + 1) // 64) * 64 - 8 - size
    head = head.ljust(length - 1) + "\n"
    start = b"\x93NUMPY" + bytes([version, 0]) + length.to_bytes(size, "little")
    return start + head.encode() + array.tobytes(order="A")


def write_python2(path, array, **options):
    path.write_bytes(python2_bytes(array, **options))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.array_equal(np.load(path), array)
    return path


def python2_npz(path, matrix, layout="csr"):
    """The matrix as save_npz of Python 2 wrote it."""
    plain = path.with_name("plain.npz")
    sp.save_npz(plain, matrix.asformat(layout), compressed=False)
    with np.load(plain) as arrays, zipfile.ZipFile(path, "w") as archive:
        for name in arrays.files:
            array = arrays[name]
            content = python2_bytes(array) if array.shape else None
            with zipfile.ZipFile(plain) as old:
                archive.writestr(f"{name}.npy", content or old.read(f"{name}.npy"))
    return path


DENSE = {
    "issue": (X, {}),
    "Fortran": (np.asfortranarray(X), {}),
    "version 2": (X, {"version": 2}),
    "doubles": (X.astype(np.float64), {}),
}


@pytest.mark.parametrize("name", DENSE)
def test_dense_features_of_python_2_are_read(spout, tmp_path, name):
    array, options = DENSE[name]
    x = write_python2(tmp_path / "X.npy", array, **options)
    sp.save_npz(tmp_path / "Y.npz", Y)
    spout("convert", f"{x},{tmp_path}/Y.npz", f"{tmp_path}/X2.npy,{tmp_path}/Y2.npz")
    assert np.array_equal(np.load(tmp_path / "X2.npy"), X)


@pytest.mark.parametrize("layout", ["csr", "csc", "coo"])
def test_sparse_matrices_of_python_2_are_read(spout, tmp_path, layout):
    file = python2_npz(tmp_path / "Y.npz", Y, layout)
    spout("convert", file, tmp_path / "m.npz")
    assert (sp.load_npz(tmp_path / "m.npz") != Y).nnz == 0


def test_indices_and_values_of_python_2_are_read(spout, tmp_path):
    i = write_python2(tmp_path / "I.npy", np.array([[0, 2], [1, 0]]))
    v = write_python2(tmp_path / "V.npy", np.array([[0.5, 0.25], [1, 2]], np.float32))
    spout("convert", f"{i},{v}", tmp_path / "m.npz", "--labels", 3)
    assert sp.load_npz(tmp_path / "m.npz").toarray().tolist() == [[0.5, 0, 0.25], [2, 1, 0]]


def test_weights_of_labels_of_python_2_are_read(spout, tmp_path):
    weights = write_python2(tmp_path / "w.npy", np.array([1, 2, 3], np.float32))
    np.save(tmp_path / "X.npy", X)
    sp.save_npz(tmp_path / "Y.npz", Y)
    pair = f"{tmp_path}/X.npy,{tmp_path}/Y.npz"
    words = ["--output", tmp_path / "run", "--hidden", 4, "--epochs", 1]
    spout("train", "--train", pair, *words, "--positive-weight", weights)


def test_a_data_folder_of_python_2_is_read(spout, tmp_path):
    np.save(tmp_path / "X.npy", X)
    sp.save_npz(tmp_path / "Y.npz", Y)
    pair = f"{tmp_path}/X.npy,{tmp_path}/Y.npz"
    spout("convert", pair, f"{tmp_path}/folder/")
    for path in (tmp_path / "folder").iterdir():
        write_python2(path, np.load(path))
    shown, _ = spout("inspect", f"{tmp_path}/folder/")
    assert "12 x 4" in shown and "12 x 3" in shown


@pytest.mark.parametrize("shape", ["(12LL, 4L)", "(L, 4L)", "(12L 4L)", "(12l, 4)", "(12L, -4L)"])
def test_other_words_for_sizes_are_refused(spout, tmp_path, shape):
    """Guards: these were refused before."""
    (tmp_path / "X.npy").write_bytes(python2_bytes(X, shape=shape[:-1]))
    assert "X.npy" in refused(spout, "inspect", tmp_path / "X.npy")
