"""spout convert of matrices and data: spout reads what SciPy and PyTorch wrote, and the reverse."""

import itertools

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from conftest import load_matrix, refused

LAYOUTS = ("csr", "csc", "coo")
WIDE = 3_000_000_000
EMPTY = {
    "no entries": (3, 4),
    "no columns": (3, 0),
    "no rows": (0, 4),
    "nothing": (0, 0),
    "a column": (3, 1),
}
# The extremes of f32, and numbers whose shortest text is long.
VALUES = np.float32([1e-45, -1.1754944e-38, 3.4028235e38, -0.0, 0.0, 1 / 3, -16777217, 0.1, 1, -2])


def sample(kind=np.float32):
    """7 x 9 with empty rows and columns (the last ones too), and values that fit every type."""
    row, col = [0, 0, 2, 3, 3, 3, 5], [0, 7, 4, 1, 2, 7, 0]
    return sp.csr_matrix((np.array([1, 2, 3, 4, 5, 6, 7], kind), (row, col)), (7, 9))


def hard_values():
    """A row for each of VALUES beside 5, and an empty one."""
    size = len(VALUES)
    data = np.concatenate([VALUES, np.full(size, 5, np.float32)])
    col = np.concatenate([np.arange(size), np.full(size, size)])
    return sp.csr_matrix((data, (np.tile(np.arange(size), 2), col)), (size + 1, size + 1))


def torch_tensor(matrix, layout):
    coo = matrix.tocoo()
    index = torch.from_numpy(np.array([coo.row, coo.col], np.int64).reshape(2, -1))
    tensor = torch.sparse_coo_tensor(index, torch.from_numpy(coo.data), matrix.shape).coalesce()
    if layout == "coo":
        return tensor
    return tensor.to_sparse_csr() if layout == "csr" else tensor.to_sparse_csc()


def save(path, matrix, layout):
    if path.suffix == ".npz":
        sp.save_npz(path, matrix.asformat(layout))
    else:
        torch.save(torch_tensor(matrix, layout), path)


def layout_of(path):
    if path.suffix == ".npz":
        return sp.load_npz(path).format
    return str(torch.load(path, weights_only=True).layout).removeprefix("torch.sparse_")


def assert_same(found, expected):
    """The same shape, entries (explicit zeros are such) and bits."""
    found, expected = found.tocsr(), expected.tocsr()
    found.sort_indices()
    expected.sort_indices()
    assert found.shape == expected.shape
    assert found.indptr.tolist() == expected.indptr.tolist()
    assert found.indices.tolist() == expected.indices.tolist()
    assert found.data.astype(np.float32).tobytes() == expected.data.astype(np.float32).tobytes()


@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "i1", "u1", "i2", "i4", "i8", "?"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("ending", ["npz", "pt"])
def test_every_layout_and_type_of_scipy_and_torch_is_read(spout, tmp_path, ending, layout, kind):
    if ending == "npz" and kind == "f2":
        pytest.skip("SciPy has no sparse matrices of f2")
    matrix = sample(np.float32)
    matrix.data = matrix.data.astype(kind)
    if ending == "npz":
        sp.save_npz(tmp_path / "in.npz", matrix.asformat(layout))
    else:
        tensor = torch_tensor(sample(), layout).to(torch.from_numpy(np.zeros(1, kind)).dtype)
        torch.save(tensor, tmp_path / "in.pt")
    spout("convert", tmp_path / f"in.{ending}", tmp_path / "out.npz")
    assert_same(sp.load_npz(tmp_path / "out.npz"), matrix)


@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_both_types_of_scipys_indices_are_read(spout, tmp_path, layout, index):
    matrix = sample().asformat(layout)
    if layout == "coo":
        matrix = sp.coo_array((matrix.data, matrix.coords), matrix.shape)
        matrix.coords = tuple(part.astype(index) for part in matrix.coords)
    else:
        matrix.indices, matrix.indptr = matrix.indices.astype(index), matrix.indptr.astype(index)
    sp.save_npz(tmp_path / "in.npz", matrix, compressed=False)
    spout("convert", tmp_path / "in.npz", tmp_path / "out.npz")
    assert_same(sp.load_npz(tmp_path / "out.npz"), sample())


def check_chain(spout, folder, matrix, steps):
    """Converts in.npz to the first of "ending:layout ...", that to the second, and so on."""
    last = folder / "in.npz"
    for number, (ending, layout) in enumerate(step.split(":") for step in steps.split()):
        out = folder / f"{number}.{ending}"
        width = ("--labels", matrix.shape[1])
        spout("convert", last, out, "--layout", layout or "csr", *width)
        if ending == "txt":
            assert len(out.read_text().splitlines()) == matrix.shape[0]
        if ending in ("npz", "pt"):
            assert layout_of(out) == layout
            assert_same(load_matrix(out), matrix)
        last = out


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_way_round_keeps_every_bit(spout, tmp_path, layout):
    matrix = hard_values()
    assert matrix.nnz == 2 * len(VALUES)  # zeros are stored
    save(tmp_path / "in.npz", matrix, layout)
    steps = "npz: pt: pt: txt: npz: txt.gz: pt: npz: txt: pt:".replace(":", f":{layout}")
    check_chain(spout, tmp_path, matrix, steps)


@pytest.mark.parametrize("name", EMPTY)
def test_empty_matrices_keep_their_shape(spout, tmp_path, name):
    matrix = sp.csr_matrix(EMPTY[name], dtype=np.float32)
    if name == "a column":
        matrix = sp.csr_matrix(np.float32([[0], [2], [0]]))
    for layout in LAYOUTS:
        save(tmp_path / "in.npz", matrix, layout)
        save(tmp_path / "in.pt", matrix, layout)
        spout("convert", tmp_path / "in.pt", tmp_path / f"{layout}.npz")
        assert_same(load_matrix(tmp_path / f"{layout}.npz"), matrix)
    check_chain(spout, tmp_path, matrix, "pt:csr pt:csc npz:csc npz:coo pt:coo txt: npz:csr")


@pytest.mark.parametrize("layout", ["csr", "coo"])
@pytest.mark.parametrize("first, second", itertools.permutations(["npz", "pt", "txt"], 2))
def test_3_000_000_000_columns(spout, tmp_path, layout, first, second):
    matrix = sp.csr_array(
        (np.float32([1, 2, 3]), (np.int64([0, 0, 2]), np.int64([0, WIDE - 1, 5]))), (4, WIDE)
    )
    assert matrix.indices.dtype == np.int64
    one, two = tmp_path / f"1.{first}", tmp_path / f"2.{second}"
    if first == "txt":
        one.write_text(f"{WIDE - 1}:2 0:1\n\n5:3\n\n")
    else:
        save(one, matrix, layout)
    spout("convert", one, two, "--layout", layout, "--labels", WIDE)
    if second == "txt":
        assert two.read_text() == f"{WIDE - 1}:2 0:1\n\n5:3\n\n"
    else:
        assert_same(load_matrix(two), matrix)
        assert layout_of(two) == layout


def test_a_csc_matrix_of_too_many_columns_is_refused_with_advice(spout, tmp_path):
    (tmp_path / "m.txt").write_text("0:1\n")
    words = ("--labels", 1 << 47, "--layout", "csc")
    for ending in ("npz", "pt"):
        out = tmp_path / f"m.{ending}"
        line = refused(spout, "convert", tmp_path / "m.txt", out, *words)
        assert f"m.{ending}" in line and "--layout csr or coo" in line
        assert not out.exists()
        spout("convert", tmp_path / "m.txt", out, *words[:2], "--layout", "coo")
        assert load_matrix(out).shape == (1, 1 << 47)


def test_predict_writes_coo_too(spout, trained, data, tmp_path):
    for layout, ending in itertools.product(LAYOUTS, ("npz", "pt")):
        out = tmp_path / f"{layout}.{ending}"
        words = ("predict", trained, "--data", data / "test.txt", "--layout", layout)
        spout(*words, "--output", out)
        assert layout_of(out) == layout
        assert_same(load_matrix(out), load_matrix(tmp_path / "csr.npz"))
    spout("evaluate", tmp_path / "coo.npz", "--data", data / "test.txt", "--metrics", "P@1")


def test_a_coo_file_for_torch_is_coalesced_also_under_its_checks(spout, tmp_path):
    save(tmp_path / "in.npz", sample(), "csr")
    spout("convert", tmp_path / "in.npz", tmp_path / "out.pt", "--layout", "coo")
    for mmap in (False, True):
        with torch.sparse.check_sparse_tensor_invariants():
            tensor = torch.load(tmp_path / "out.pt", weights_only=True, mmap=mmap)
        assert tensor.is_coalesced() and tensor.dtype == torch.float32
        assert tensor.to_dense().numpy().tolist() == sample().toarray().tolist()


def test_scipys_later_form_of_coo_is_read(spout, tmp_path):
    coo = sample().tocoo()
    np.savez(
        tmp_path / "in.npz",
        format=b"coo",
        shape=coo.shape,
        data=coo.data,
        coords=np.array([coo.row, coo.col]),
        _is_array=True,
    )
    assert_same(sp.load_npz(tmp_path / "in.npz"), sample())
    spout("convert", tmp_path / "in.npz", tmp_path / "out.npz")
    assert_same(sp.load_npz(tmp_path / "out.npz"), sample())


def test_entries_named_twice_are_summed(spout, tmp_path):
    twice = ([0, 0, 1], [3, 3, 0])
    for values, expected in (([1, 1, 1], 2), ([1, 2, 1], 3)):
        sp.save_npz(tmp_path / "in.npz", sp.coo_matrix((np.float32(values), twice), (2, 4)))
        tensor = torch.sparse_coo_tensor(torch.tensor(twice), torch.tensor(values), (2, 4))
        torch.save(tensor.float(), tmp_path / "in.pt")
        for name in ("in.npz", "in.pt"):
            words = ("convert", tmp_path / name, tmp_path / "out.npz", "--force")
            assert f"{name}: 1 entries named twice were added up" in spout(*words)[1]
            sums = [[0, 0, 0, expected], [1, 0, 0, 0]]
            assert sp.load_npz(tmp_path / "out.npz").toarray().tolist() == sums


def bad_torch_files():
    index = torch.tensor([[0, 5], [0, 1]])
    coo = torch.sparse_coo_tensor
    yield "a row out of range", coo(index, torch.ones(2), (2, 4), check_invariants=False)
    yield "NaN", coo(index, torch.tensor([1, float("nan")]), (6, 4))
    yield "infinite in f32", coo(index, torch.tensor([1, 1e300], dtype=torch.float64), (6, 4))
    yield "dense", torch.ones(2, 3)
    yield "hybrid", coo(torch.tensor([[0, 1]]), torch.ones(2, 4), (2, 4))
    yield "three dimensions", torch.ones(2, 2, 2).to_sparse()
    yield "blocks", torch.eye(4).to_sparse_bsr((2, 2))
    yield "complex", coo(index, torch.ones(2, dtype=torch.complex64), (6, 4))
    yield "far too many rows", coo(index, torch.ones(2), (1 << 40, 4))
    yield "far too many columns", coo(index, torch.ones(2), (6, 1 << 60))
    yield "a dict", {"m": torch.ones(2, 3)}


BAD_TORCH_FILES = dict(bad_torch_files())


@pytest.mark.parametrize("name", BAD_TORCH_FILES)
def test_torch_files_that_are_no_good_matrix_get_one_line(spout, tmp_path, name):
    torch.save(BAD_TORCH_FILES[name], tmp_path / "in.pt")
    line = refused(spout, "convert", tmp_path / "in.pt", tmp_path / "out.npz")
    assert "in.pt" in line and not (tmp_path / "out.npz").exists()


def test_prediction_text_is_as_wide_as_told_or_as_its_labels_need(spout, tmp_path):
    (tmp_path / "m.txt").write_text("3:0.5 1:0.25\n\n0:-1\n")
    words = ("convert", tmp_path / "m.txt", tmp_path / "m.npz", "--force")
    for more, width in (((), 4), (("--labels", 9), 9)):
        spout(*words, *more)
        matrix = sp.load_npz(tmp_path / "m.npz")
        assert matrix.shape == (3, width)
        assert matrix.toarray()[:, :4].tolist() == [[0, 0.25, 0, 0.5], [0] * 4, [-1, 0, 0, 0]]
    assert "m.txt:1: expected a label below 3, found 3" in refused(spout, *words, "--labels", 3)
    assert "--labels: expected" in refused(spout, *words, "--labels", -2)
    assert "--labels: expected" in refused(spout, *words, "--labels", 1 << 49)
    assert "did you mean 'coo'" in refused(spout, *words, "--layout", "cooo")
    words = ("convert", tmp_path / "m.npz", tmp_path / "m.pt")
    assert "expected 5 columns, found 9" in refused(spout, *words, "--labels", 5)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_data_go_from_text_to_pairs_and_back(spout, data, tmp_path, layout):
    text = (data / "train.txt").read_text()
    places = [f"{tmp_path}/X.npz,{tmp_path}/Y.npz", f"{tmp_path}/X.pt,{tmp_path}/Y.pt"]
    spout("convert", data / "train.txt", places[0], "--layout", layout)
    spout("convert", places[0], places[1], "--layout", layout)
    for number, pair in enumerate(places):
        spout("convert", pair, tmp_path / f"{number}.txt")
        assert (tmp_path / f"{number}.txt").read_text() == text
        for path in pair.split(","):
            assert layout_of(type(data)(path)) == layout


def test_data_keep_empty_rows_and_columns(spout, tmp_path):
    text = "4 5 6\n0,3 0:0.1 2:1e-45\n \n 1:-2\n2\n"
    (tmp_path / "in.txt").write_text(text)
    pair = f"{tmp_path}/X.pt,{tmp_path}/Y.npz"
    spout("convert", tmp_path / "in.txt", pair)
    spout("convert", pair, tmp_path / "out.txt")
    assert (tmp_path / "out.txt").read_text() == text.replace("\n1:-2", "\n 1:-2")
    spout("convert", tmp_path / "X.pt", tmp_path / "features.txt")
    assert (tmp_path / "features.txt").read_text() == "0:0.1 2:1e-45\n\n1:-2\n\n"


@pytest.mark.parametrize("features", [*LAYOUTS, "dense"])
def test_pairs_of_torch_files_are_data_for_every_command(spout, data, tmp_path, features):
    spout("convert", data / "train.txt", f"{tmp_path}/X.npz,{tmp_path}/Y.npz")
    x = sp.load_npz(tmp_path / "X.npz")
    if features == "dense":
        torch.save(torch.from_numpy(x.toarray()).double(), tmp_path / "X.pt")
    else:
        save(tmp_path / "X.pt", x, features)
    save(tmp_path / "Y.pt", sp.load_npz(tmp_path / "Y.npz"), "coo")
    pair = f"{tmp_path}/X.pt,{tmp_path}/Y.pt"
    run = tmp_path / "run"
    words = ("--normalize", "none", "--epochs", 1, "--hidden", 8)
    spout("train", "--train", pair, "--valid", pair, "--output", run, *words)
    spout("evaluate", run, "--data", pair, "--train", pair)
    assert "600 x 300" in spout("inspect", pair)[0]
    spout("predict", run, "--data", tmp_path / "X.pt", "--output", tmp_path / "1.npz")
    spout("predict", run, "--data", data / "train.txt", "--output", tmp_path / "2.npz")
    found, expected = (sp.load_npz(tmp_path / f"{name}.npz").toarray() for name in "12")
    assert np.abs(found - expected).max() < 1e-5
    line = refused(spout, "evaluate", run, "--data", tmp_path / "X.pt")
    assert "labels are needed" in line


def test_dense_features_go_between_numpy_and_torch(spout, tmp_path):
    x = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
    np.save(tmp_path / "X.npy", x)
    save(tmp_path / "Y.npz", sp.csr_matrix(np.float32([[1, 0.5], [0, 0], [0, 2]])), "csc")
    spout("convert", f"{tmp_path}/X.npy,{tmp_path}/Y.npz", f"{tmp_path}/A.pt,{tmp_path}/B.pt")
    tensor = torch.load(tmp_path / "A.pt", weights_only=True)
    assert tensor.dtype == torch.float32 and tensor.numpy().tobytes() == x.tobytes()
    assert_same(load_matrix(tmp_path / "B.pt"), load_matrix(tmp_path / "Y.npz"))
    spout("convert", f"{tmp_path}/A.pt,{tmp_path}/B.pt", f"{tmp_path}/C.npy,{tmp_path}/D.npz")
    assert np.load(tmp_path / "C.npy").tobytes() == x.tobytes()


def test_pairs_that_do_not_fit_are_refused(spout, tmp_path):
    torch.save(torch.ones(3, 2), tmp_path / "dense.pt")
    torch.save(torch.full((3, 2), float("nan")), tmp_path / "nan.pt")
    save(tmp_path / "x.pt", sp.eye(3, 2, format="csr", dtype=np.float32), "csr")
    save(tmp_path / "y.npz", sp.eye(2, format="csr", dtype=np.float32), "csr")
    good = f"{tmp_path}/x.pt,{tmp_path}/x.pt"
    for pair, out, part in [
        ("x.pt,y.npz", "a.npz,b.npz", "y.npz: expected 3 rows"),
        ("nan.pt,x.pt", "a.npz,b.npz", "nan.pt: row 0, column 0: expected a finite value"),
        ("x.pt,x.pt", "a.npy,b.npz", "a.npy: these features are sparse"),
        ("dense.pt,x.pt", "a.npz,b.npz", "a.npz: these features are dense"),
        ("x.pt,x.pt", "a.npz,b.npy", "b.npy: the target goes to"),
        ("dense.pt,x.pt", "a.txt", "dense features go to a pair"),
    ]:
        words = [
            ",".join(str(tmp_path / name) for name in names.split(",")) for names in (pair, out)
        ]
        assert part in refused(spout, "convert", *words)
        assert not list(tmp_path.glob("[ab].*"))
    wide = ("--labels", 5, "--force")
    assert "expected 5 labels" in refused(spout, "convert", good, tmp_path / "a.txt", *wide)


def test_features_named_twice_are_summed_as_in_scipy(spout, tmp_path):
    words = sp.csr_matrix((np.ones(6, np.float32), [0, 1, 0, 2, 3, 1], [0, 3, 6]), shape=(2, 4))
    target = sp.csr_matrix(np.eye(2, dtype=np.float32))
    sp.save_npz(tmp_path / "X.npz", words)
    sp.save_npz(tmp_path / "Y.npz", target)
    spout("convert", f"{tmp_path}/X.npz,{tmp_path}/Y.npz", f"{tmp_path}/data/")
    parts = [np.load(tmp_path / f"data/X_{part}.npy") for part in ("data", "indices", "indptr")]
    found = sp.csr_matrix(tuple(parts), shape=(2, 4))
    assert found.toarray().tolist() == words.toarray().tolist() == [[2, 1, 0, 0], [0, 1, 1, 1]]
    big = np.float32(3e38)
    sp.save_npz(tmp_path / "X.npz", sp.csr_matrix(([big, big], [0, 0], [0, 2, 2]), shape=(2, 4)))
    error = refused(spout, "convert", f"{tmp_path}/X.npz,{tmp_path}/Y.npz", f"{tmp_path}/more/")
    assert "X.npz: row 0 names column 0 twice" in error
