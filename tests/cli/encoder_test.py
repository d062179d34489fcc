"""A TorchScript module of one's own in front of the output layer: --encoder."""

import json

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from conftest import refused
from resume_test import log_without_times

ROWS, FEATURES, LABELS, WIDTH = 240, 20, 30, 12


class Dense(torch.nn.Module):
    """Dropout and BatchNorm: both differ between training and prediction."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(FEATURES, 16)
        self.norm = torch.nn.BatchNorm1d(16)
        self.drop = torch.nn.Dropout(0.3)
        self.second = torch.nn.Linear(16, WIDTH)
        self.register_buffer("steps", torch.zeros(1))

    def forward(self, x):
        if self.training:
            self.steps = self.steps + 1  # a new tensor each time, not one changed in place
        h = self.drop(torch.relu(self.norm(self.first(x))))
        return torch.relu(self.second(h))


class Bag(torch.nn.Module):
    """Sums of the rows of a table, whose gradient is sparse; takes torch.sparse_csr."""

    def __init__(self):
        super().__init__()
        self.bag = torch.nn.EmbeddingBag(FEATURES, WIDTH, mode="sum", sparse=True)
        self.same = torch.nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        h = self.bag(x.col_indices(), x.crow_indices()[:-1], x.values())
        return torch.tanh(self.same(torch.tanh(self.same(h))))


class Tied(torch.nn.Module):
    """One weight in two places."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(FEATURES, FEATURES, bias=False)
        self.second = torch.nn.Linear(FEATURES, FEATURES, bias=False)
        self.second.weight = self.first.weight

    def forward(self, x):
        return torch.tanh(self.second(torch.tanh(self.first(x))))


class Same(torch.nn.Module):
    """Nothing to train."""

    def forward(self, x):
        return x


def save(module, path):
    torch.jit.save(torch.jit.script(module), str(path))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Planted data, dense and sparse, and a file of each module above."""
    folder = tmp_path_factory.mktemp("encoder")
    rng = np.random.default_rng(5)
    x = rng.normal(size=(ROWS, FEATURES)).astype(np.float32)
    scores = np.maximum(x @ rng.normal(size=(FEATURES, 8)), 0) @ rng.normal(size=(8, LABELS))
    y = sp.csr_matrix((scores > np.quantile(scores, 0.92)).astype(np.float32))
    np.save(folder / "X.npy", x)
    sp.save_npz(folder / "Y.npz", y)
    sp.save_npz(folder / "S.npz", sp.csr_matrix(np.where(np.abs(x) > 1, x, 0)))
    torch.manual_seed(1)
    for module in (Dense(), Bag(), Tied(), Same()):
        save(module, folder / f"{type(module).__name__}.ts")
    return folder


OPTIONS = "--epochs 4 --batch-size 32 --lr 0.02 --seed 7 --threads 2 --log-every 1".split()


def train(spout, folder, run, *more, module="Dense", x="X.npy", **options):
    data = f"{folder}/{x},{folder}/Y.npz"
    words = ("--encoder", folder / f"{module}.ts") if module else ()
    return spout("train", "--train", data, "--output", run, *words, *OPTIONS, *more, **options)


def weights(run):
    return torch.load(run / "model.pt", weights_only=True)


def losses(run):
    return [line["loss"] for line in log_without_times(run) if line["event"] == "epoch"]


def all_scores(spout, run, folder, x):
    spout(
        *("predict", run, "--data", folder / x, "--top-k", LABELS),
        *("--output", run / "all.npz", "--force"),
    )
    return sp.load_npz(run / "all.npz").toarray()


def as_torch_csr(matrix):
    return torch.sparse_csr_tensor(
        torch.from_numpy(matrix.indptr.astype(np.int64)),
        torch.from_numpy(matrix.indices.astype(np.int64)),
        torch.from_numpy(matrix.data.astype(np.float32)),
        matrix.shape,
    )


@pytest.fixture(scope="module")
def trained(spout, folder, tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "run"
    train(spout, folder, run)
    return run


def test_the_loss_falls_and_the_modules_weights_move(folder, trained):
    values = losses(trained)
    assert values[-1] < 0.9 * values[0]
    before = torch.jit.load(folder / "Dense.ts").state_dict()
    after = weights(trained)
    output = {f"output.{name}" for name in ("weight", "bias", "prior")}
    assert {f"encoder.{name}" for name in before} | output == set(after)
    for name, tensor in before.items():
        assert not torch.equal(tensor, after[f"encoder.{name}"]), name
    steps = -(-ROWS // 32) * 4
    assert after["encoder.norm.num_batches_tracked"].item() == steps
    assert after["encoder.steps"].item() == steps


def test_the_run_keeps_the_module_and_needs_no_other_file(spout, folder, tmp_path):
    copy = tmp_path / "mine.ts"
    copy.write_bytes((folder / "Dense.ts").read_bytes())
    data = f"{folder}/X.npy,{folder}/Y.npz"
    spout("train", "--train", data, "--output", tmp_path / "run", "--encoder", copy, *OPTIONS)
    assert (tmp_path / "run/encoder.ts").read_bytes() == copy.read_bytes()
    copy.unlink()
    spout("evaluate", tmp_path / "run", "--data", data)
    spout("inspect", tmp_path / "run")
    spout("train", "--output", tmp_path / "run", "--resume", "--epochs", 5)
    # Its own copy trains a new run in the same place; a run without a module leaves none.
    own = ("--encoder", tmp_path / "run/encoder.ts")
    spout("train", "--train", data, "--output", tmp_path / "run", *own, *OPTIONS, "--force")
    assert (tmp_path / "run/encoder.ts").exists()
    train(spout, folder, tmp_path / "run", "--force", module=None)
    assert not (tmp_path / "run/encoder.ts").exists()


def test_a_frozen_module_stays_as_it_is(spout, folder, tmp_path):
    train(spout, folder, tmp_path / "run", "--freeze-encoder")
    assert losses(tmp_path / "run")[-1] < losses(tmp_path / "run")[0]
    for name, tensor in torch.jit.load(folder / "Dense.ts").state_dict().items():
        assert torch.equal(tensor, weights(tmp_path / "run")[f"encoder.{name}"]), name
    state = torch.load(tmp_path / "run/checkpoint.pt", weights_only=True)
    optimizer = [name for name in state if name.startswith("optimizer:")]
    assert optimizer and not any("encoder." in name for name in optimizer)
    train(spout, folder, tmp_path / "same", "--freeze-encoder", module="Same")


def test_a_part_that_python_froze_stays_too(spout, folder, tmp_path):
    module = Dense()
    module.first.weight.requires_grad_(False)
    save(module, folder / "Part.ts")
    train(spout, folder, tmp_path / "run", module="Part")
    after = weights(tmp_path / "run")
    assert torch.equal(after["encoder.first.weight"], module.first.weight)
    assert not torch.equal(after["encoder.second.weight"], module.second.weight)


def test_the_module_has_a_learning_rate_of_its_own(spout, folder, tmp_path, trained):
    train(spout, folder, tmp_path / "same", "--encoder-lr", 0.02)
    assert (tmp_path / "same/model.pt").read_bytes() == (trained / "model.pt").read_bytes()
    train(spout, folder, tmp_path / "slow", "--encoder-lr", 1e-6)
    before = torch.jit.load(folder / "Dense.ts").first.weight
    moved = [
        (weights(run)["encoder.first.weight"] - before).abs().max().item()
        for run in (tmp_path / "slow", trained)
    ]
    assert 0 < moved[0] < 1e-4 < moved[1]
    assert not torch.equal(
        weights(tmp_path / "slow")["output.weight"], weights(trained)["output.weight"]
    )


@pytest.mark.parametrize(
    "options", ["", "--loss softmax --optimizer sgd --momentum 0.9", "--output-layer logits"]
)
@pytest.mark.parametrize("module,x", [("Dense", "X.npy"), ("Bag", "S.npz")])
def test_a_stopped_run_resumes_to_the_same_bits(spout, folder, tmp_path, options, module, x):
    choice = (*options.split(), "--input-dropout", 0.1, "--valid-share", 0.2)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    files = {"module": module, "x": x}
    train(spout, folder, whole, *choice, "--schedule", "constant", **files)
    train(spout, folder, cut, *choice, "--schedule", "constant", "--epochs", 2, **files)
    spout("train", "--output", cut, "--resume", "--epochs", 4)
    assert (whole / "model.pt").read_bytes() == (cut / "model.pt").read_bytes()
    assert log_without_times(whole) == log_without_times(cut)


@pytest.mark.parametrize("module,x", [("Dense", "X.npy"), ("Bag", "S.npz"), ("Tied", "X.npy")])
def test_the_exported_module_gives_the_executables_scores(spout, folder, tmp_path, module, x):
    run = tmp_path / "run"
    train(spout, folder, run, module=module, x=x)
    spout("export", run, "--output", tmp_path / "model.ts")
    exported = torch.jit.load(tmp_path / "model.ts")
    expected = all_scores(spout, run, folder, x)
    features = (
        torch.from_numpy(np.load(folder / x))
        if x.endswith("npy")
        else as_torch_csr(sp.load_npz(folder / x))
    )
    with torch.no_grad():
        scores = exported(features)
        best = exported.predict(features, 3)
    assert np.abs(scores.numpy() - expected).max() < 1e-5
    assert best.shape == (ROWS, LABELS) and best.values().numel() == 3 * ROWS


def test_a_tied_weight_moves_once_for_both_places(spout, folder, tmp_path):
    train(spout, folder, tmp_path / "run", *("--optimizer", "sgd", "--loss", "mse"), module="Tied")
    after = weights(tmp_path / "run")
    assert "encoder.first.weight" in after and "encoder.second.weight" not in after
    spout("export", tmp_path / "run", "--output", tmp_path / "model.ts")
    exported = torch.jit.load(tmp_path / "model.ts").encoder_module
    assert torch.equal(exported.first.weight, exported.second.weight)


def test_the_gradient_is_the_one_that_pytorch_finds(spout, folder, tmp_path):
    """One step of plain SGD over all rows, against the same step in PyTorch."""
    run = tmp_path / "run"
    options = "--optimizer sgd --lr 0.5 --epochs 1 --bias-init zero --schedule constant"
    options += f" --batch-size {ROWS}"
    train(spout, folder, run, *options.split(), module="Tied")
    frozen = ("--freeze-encoder", "--lr", 1e-30)
    train(spout, folder, tmp_path / "start", *options.split(), *frozen, module="Tied")
    start = weights(tmp_path / "start")
    module = torch.jit.load(folder / "Tied.ts")
    weight = module.first.weight.detach().clone().requires_grad_(True)
    x = torch.from_numpy(np.load(folder / "X.npy"))
    y = torch.from_numpy(sp.load_npz(folder / "Y.npz").toarray())
    h = torch.tanh(torch.tanh(x @ weight.t()) @ weight.t())
    loss = torch.nn.functional.binary_cross_entropy_with_logits(
        h @ start["output.weight"].t(), y, reduction="sum"
    )
    (loss / ROWS).backward()
    expected = weight.detach() - 0.5 * weight.grad
    assert (weights(run)["encoder.first.weight"] - expected).abs().max() < 1e-5


def test_bf16_products_and_a_frozen_module_go_together(spout, folder, tmp_path):
    train(spout, folder, tmp_path / "run", "--precision", "bf16")
    assert losses(tmp_path / "run")[-1] < losses(tmp_path / "run")[0]
    train(spout, folder, tmp_path / "frozen", "--precision", "bf16", "--freeze-encoder")


class Tuple(Same):
    def forward(self, x):
        return x, x


class ThreeD(Same):
    def forward(self, x):
        return x.unsqueeze(0)


class Ints(Same):
    def forward(self, x):
        return x.to(torch.int64)


class Raises(Same):
    def forward(self, x):
        if x.size(0) != 1000:
            raise ValueError("only a thousand rows\nat a time")
        return x


class Misfit(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(FEATURES + 1, 4)

    def forward(self, x):
        return self.first(x)


class TwoInputs(torch.nn.Module):
    def forward(self, x, y):
        return x + y


@pytest.mark.parametrize(
    "module,what",
    [
        (Tuple(), "expected the module to make a tensor, found a Tuple"),
        (ThreeD(), "rows [2, d] of x [2, 20], found [1, 2, 20]"),
        (Ints(), "rows of f32, found Long"),
        (Raises(), "only a thousand rows"),
        (Misfit(), "mat1 and mat2 shapes cannot be multiplied (2x20 and 21x4)"),
        (TwoInputs(), "missing value for argument 'y'"),
        (Misfit().double(), "weights of f32, found first.weight of Double"),
        (Same(), "no parameters to train"),
    ],
)
def test_a_module_that_does_not_fit_is_explained_in_one_line(spout, folder, tmp_path, module, what):
    save(module, folder / "Bad.ts")
    # A module of doubles is trained, and so refused, whatever else is wrong.
    frozen = () if isinstance(module, Misfit) or type(module) is Same else ("--freeze-encoder",)
    line = refused(
        lambda *words, **more: train(spout, folder, tmp_path / "run", *frozen, module="Bad", **more)
    )
    assert what in line and "Bad.ts" in line, line
    assert not (tmp_path / "run").exists()


def test_files_that_are_no_torchscript_are_refused(spout, folder, tmp_path):
    (folder / "Text.ts").write_text("def forward(x): return x")
    torch.save(Dense().state_dict(), folder / "State.ts")
    for name in ("Text", "State", "Missing"):
        line = refused(
            lambda *words, name=name, **more: train(
                spout, folder, tmp_path / "run", module=name, **more
            )
        )
        assert f"{name}.ts: " in line and "TorchScript" in line, line


def test_options_that_do_not_go_with_a_module_are_refused(spout, folder, tmp_path):
    for words, what in [
        (("--hidden", 8), "--hidden: the model encoder does not use it"),
        (("--dropout", 0.5), "--dropout: the model encoder does not use it"),
        (("--activation", "gelu"), "--activation: the model encoder does not use it"),
        (("--model", "linear"), "--encoder: the model linear does not use it"),
        (("--freeze-encoder", "--encoder-lr", 1), "exclude each other"),
    ]:
        line = refused(
            lambda *_, words=words, **more: train(spout, folder, tmp_path / "r", *words, **more)
        )
        assert what in line, line
    line = refused(
        lambda *_, **more: train(
            spout, folder, tmp_path / "r", "--model", "encoder", module=None, **more
        )
    )
    assert "--model encoder needs --encoder FILE" in line
    line = refused(
        lambda *_, **more: train(
            spout, folder, tmp_path / "r", "--freeze-encoder", module=None, **more
        )
    )
    assert "--freeze-encoder: the model mlp does not use it" in line


def test_models_of_tokens_refuse_rows_of_features(spout, folder, tmp_path):
    for model in ("cnn", "transformer"):
        line = refused(
            lambda *_, model=model, **more: train(
                spout, folder, tmp_path / "r", "--model", model, module=None, **more
            )
        )
        assert f"the model {model} reads tokens" in line


def test_the_options_file_names_the_module(trained, folder):
    options = json.loads((trained / "options.json").read_text())
    assert options["model"] == "encoder"
    assert options["encoder"] == str(folder / "Dense.ts")
