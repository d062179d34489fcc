"""Pretrained encoders in folders of Hugging Face and sentence-transformers: --encoder FOLDER.

Small random models of every family are compared with transformers, sentence-transformers and
PyTorch's autograd; so are the real weights of all-MiniLM-L6-v2.
"""

import json
import shutil
import struct

import numpy as np
import pytest
import torch
from conftest import refused

transformers = pytest.importorskip("transformers")
tokenizers = pytest.importorskip("tokenizers")

FAMILIES = ["bert", "distilbert", "roberta", "xlm-roberta", "mpnet"]
WORDS = "a model of sparse output labels with huge vocabularies trains fast on texts and words"
WORDS = sorted(set(WORDS.split()))
POSITIONS = 40


def texts():
    """Of different lengths; the last is longer than the positions."""
    rng = np.random.default_rng(4)
    lengths = [1, 2, 3, 5, 8, 13, 21, 30, 7, 4, 60]
    return [" ".join(rng.choice(WORDS, length)) for length in lengths]


def write_tokenizer(folder, family):
    """Whole words as tokens; what differs between families is the special tokens."""
    like_bert = family in ("bert", "distilbert")
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    if not like_bert:
        names = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    first, last, unknown = (names[2], names[3], names[1]) if like_bert else (names[0], *names[2:4])
    vocabulary = {word: i for i, word in enumerate([*names, *WORDS])}
    made = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token=unknown))
    made.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    made.post_processor = tokenizers.processors.TemplateProcessing(
        single=f"{first} $A {last}",
        special_tokens=[(name, vocabulary[name]) for name in (first, last)],
    )
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token=names[0] if like_bert else names[1],
        unk_token=unknown,
        cls_token=first,
        sep_token=last,
        mask_token=names[4],
        model_max_length=POSITIONS - 4,
    )
    fast.save_pretrained(folder)
    return fast


def make_model(folder, family, **more):
    """A random model whose attention matters, with a tokenizer, saved by transformers."""
    sizes = {"vocab_size": 5 + len(WORDS), "max_position_embeddings": POSITIONS}
    sizes["pad_token_id"] = 0 if family in ("bert", "distilbert") else 1
    if family == "distilbert":
        sizes |= {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48}
        sizes |= {"dropout": 0.0, "attention_dropout": 0.0}
    else:
        sizes |= {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
        sizes |= {"intermediate_size": 48, "hidden_dropout_prob": 0.0}
        sizes |= {"attention_probs_dropout_prob": 0.0}
    config = transformers.AutoConfig.for_model(family, initializer_range=0.2, **sizes | more)
    torch.manual_seed(3)
    model = transformers.AutoModel.from_config(config).eval()
    for name, parameter in model.named_parameters():
        if parameter.dim() == 1:  # biases and norms, which begin as zeros and ones
            torch.nn.init.normal_(parameter, float("orm" in name and "weight" in name), 0.2)
    model.save_pretrained(folder)
    return model, write_tokenizer(folder, family)


@pytest.fixture(scope="module", params=FAMILIES)
def family(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    model, tokenizer = make_model(folder, request.param)
    return folder, model, tokenizer


def tokens_of(tokenizer, lines):
    return tokenizer(lines, truncation=True, padding=True, return_tensors="pt")


def mean_rows(model, batch):
    """The mean of the tokens' rows, as a sentence's row is made without modules.json."""
    inputs = {key: batch[key] for key in ("input_ids", "attention_mask")}
    hidden = model(**inputs).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(2)
    return (hidden * mask).sum(1) / mask.sum(1)


def write_texts(path, lines):
    path.write_text("".join(f"x\t{line}\n" for line in lines))
    return path


def spout_rows(spout, folder, tmp_path, lines, *more):
    data = write_texts(tmp_path / "texts.txt", lines)
    spout("convert", data, tmp_path / "rows.npy", "--encoder", folder, "--force", *more)
    return np.load(tmp_path / "rows.npy")


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_rows_are_those_of_transformers(spout, family, tmp_path):
    folder, model, tokenizer = family
    with torch.no_grad():
        expected = mean_rows(model, tokens_of(tokenizer, texts())).numpy()
    rows = spout_rows(spout, folder, tmp_path, texts())
    assert rows.dtype == np.float32 and rows.shape == expected.shape
    assert np.abs(rows - expected).max() < 1e-5
    low = spout_rows(spout, folder, tmp_path, texts(), "--precision", "bf16")
    assert np.abs(unit(low) - unit(expected)).max() < 1e-2


@pytest.mark.parametrize("activation", ["gelu_new", "relu", "silu"])
def test_the_activation_is_the_configurations(spout, tmp_path, activation):
    model, tokenizer = make_model(tmp_path / "m", "bert", hidden_act=activation)
    with torch.no_grad():
        expected = mean_rows(model, tokens_of(tokenizer, texts())).numpy()
    assert np.abs(spout_rows(spout, tmp_path / "m", tmp_path, texts()) - expected).max() < 1e-5


@pytest.mark.parametrize("pooling", ["mean", "cls", "max"])
@pytest.mark.parametrize("dense", [False, True])
def test_rows_are_those_of_sentence_transformers(spout, tmp_path, pooling, dense):
    sentence = pytest.importorskip("sentence_transformers")
    modules = pytest.importorskip("sentence_transformers.sentence_transformer.modules")
    make_model(tmp_path / "plain", "mpnet")
    parts = [modules.Transformer(str(tmp_path / "plain"))]
    parts.append(modules.Pooling(32, pooling))
    if dense:
        torch.manual_seed(5)
        parts.append(modules.Dense(32, 12))
    parts.append(modules.Normalize())
    model = sentence.SentenceTransformer(modules=parts, device="cpu")
    model.save(str(tmp_path / "model"))
    expected = model.encode(texts(), batch_size=4)
    rows = spout_rows(spout, tmp_path / "model", tmp_path, texts())
    assert np.abs(rows - expected).max() < 1e-5


def test_minilm_rows_are_those_of_sentence_transformers(spout, minilm, tmp_path):
    folder = str(minilm)
    sentence = pytest.importorskip("sentence_transformers")
    lines = [*texts(), "Sparse matrices, from files to metrics", "word " * 400]
    expected = sentence.SentenceTransformer(folder, device="cpu").encode(lines)
    assert np.abs(spout_rows(spout, folder, tmp_path, lines) - expected).max() < 1e-5
    low = spout_rows(spout, folder, tmp_path, lines, "--precision", "bf16")
    assert np.abs(low - expected).max() < 1e-2


# ----- training -----

LABELS = ["red", "green", "blue"]


def write_labels(path):
    """Each text with one or two labels; returns the names by text."""
    rows = [[LABELS[i % 3], LABELS[(i + 1) % 3]][: 1 + i % 2] for i in range(len(texts()))]
    path.write_text("".join(f"{' '.join(r)}\t{t}\n" for r, t in zip(rows, texts(), strict=True)))
    return rows


def train(spout, folder, tmp_path, run, *more):
    words = f"--optimizer sgd --lr 1 --epochs 1 --batch-size {len(texts())} --bias-init zero"
    words += " --schedule constant --valid-share 0 --normalize none"
    spout(
        *(
            "train",
            "--model",
            "encoder",
            "--encoder",
            folder,
            "--train",
            tmp_path / "train.txt",
        ),
        *("--output", run, *words.split(), *more),
    )
    return torch.load(run / "model.pt", weights_only=True)


def label_order(run):
    return (run / "labels.txt").read_text().split("\n")[: len(LABELS)]


def split_names(family, layer):
    """What the three tensors of `attend` are called by transformers."""
    if family == "distilbert":
        return [f"transformer.layer.{layer}.attention.{x}_lin" for x in "qkv"]
    if family == "mpnet":
        return [f"encoder.layer.{layer}.attention.attn.{x}" for x in "qkv"]
    own = f"encoder.layer.{layer}.attention.self"
    return [f"{own}.{x}" for x in ("query", "key", "value")]


def test_a_step_is_pytorchs_gradient(spout, family, tmp_path):
    folder, model, tokenizer = family
    rows = write_labels(tmp_path / "train.txt")
    after = train(spout, folder, tmp_path, tmp_path / "run")
    start = train(spout, folder, tmp_path, tmp_path / "start", "--lr", 1e-30)
    order = label_order(tmp_path / "run")
    y = torch.tensor([[float(name in row) for name in order] for row in rows])
    model.zero_grad()
    hidden = mean_rows(model, tokens_of(tokenizer, texts()))
    loss = torch.nn.functional.binary_cross_entropy_with_logits(
        hidden @ start["output.weight"].t(), y, reduction="sum"
    )
    (loss / len(rows)).backward()
    gradients = {name: p.grad for name, p in model.named_parameters()}
    kind = model.config.model_type
    expected = {"word_embedding": gradients["embeddings.word_embeddings.weight"]}
    expected["position_embedding"] = gradients["embeddings.position_embeddings.weight"]
    for ending in ("weight", "bias"):
        expected[f"embedding_norm_{ending}"] = gradients[f"embeddings.LayerNorm.{ending}"]
        for layer in range(2):
            parts = [gradients[f"{name}.{ending}"] for name in split_names(kind, layer)]
            expected[f"layer_{layer}_attend_{ending}"] = torch.cat(parts)
    if kind == "mpnet":
        expected["distance_bias"] = gradients["encoder.relative_attention_bias.weight"]
    for name, gradient in expected.items():
        moved = start[f"encoder.{name}"] - after[f"encoder.{name}"]
        assert (moved - gradient).abs().max() < 1e-4, name
        assert gradient.abs().max() > 0, name


def test_the_exported_module_gives_the_executables_scores(spout, family, tmp_path):
    folder, _, tokenizer = family
    write_labels(tmp_path / "train.txt")
    train(spout, folder, tmp_path, tmp_path / "run", "--lr", 0.1)
    spout("export", tmp_path / "run", "--output", tmp_path / "m.ts")
    spout(
        *(
            "predict",
            tmp_path / "run",
            "--data",
            tmp_path / "train.txt",
            "--top-k",
            len(LABELS),
        ),
        *("--output", tmp_path / "p.pt"),
    )
    expected = torch.load(tmp_path / "p.pt", weights_only=True).to_dense()
    exported = torch.jit.load(tmp_path / "m.ts")
    ids = tokens_of(tokenizer, texts())["input_ids"]
    padding = int(tokenizer.pad_token_id)
    with torch.no_grad():
        assert (exported(ids) - expected).abs().max() < 1e-5
        wider = torch.nn.functional.pad(ids, (0, 9), value=padding)
        assert (exported(wider) - expected).abs().max() < 1e-5


def test_a_resumed_run_gives_the_same_bits(spout, tmp_path):
    """With the dropout of the configuration, which is a function of seed and step."""
    more = {"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}
    make_model(tmp_path / "m", "bert", **more)
    write_labels(tmp_path / "train.txt")
    options = ("--lr", 0.05, "--batch-size", 4)
    train(spout, tmp_path / "m", tmp_path, tmp_path / "whole", *options, "--epochs", 4)
    train(spout, tmp_path / "m", tmp_path, tmp_path / "cut", *options, "--epochs", 2)
    spout("train", "--output", tmp_path / "cut", "--resume", "--epochs", 4)
    assert (tmp_path / "whole/model.pt").read_bytes() == (tmp_path / "cut/model.pt").read_bytes()


# ----- folders that are refused -----


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound") / "m"
    make_model(folder, "bert")
    return folder


def edit_config(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def edit_header(folder, change):
    """Rewrites the header of the weights, whose data stay."""
    path = folder / "model.safetensors"
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    change(header)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length :])


def by_place(header):
    tensors = [value for key, value in header.items() if key != "__metadata__"]
    return sorted(tensors, key=lambda value: value["data_offsets"])


def shift_first(header):
    by_place(header)[0]["data_offsets"][1] += 4


def overlap(header):
    begin, end = by_place(header)[1]["data_offsets"]
    by_place(header)[1]["data_offsets"] = [0, end - begin]


def beyond(header):
    begin, end = by_place(header)[-1]["data_offsets"]
    by_place(header)[-1]["data_offsets"] = [10**12, 10**12 + end - begin]


def cut_weights(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def only_pickle(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def put_pointer(folder):
    text = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 90868376\n"
    (folder / "model.safetensors").write_text(text)


BAD = {
    "Git LFS": (put_pointer, "a pointer of Git LFS"),
    "no config": (lambda f: (f / "config.json").unlink(), "config.json"),
    "no weights": (
        lambda f: (f / "model.safetensors").unlink(),
        "expected model.safetensors",
    ),
    "a pickle": (only_pickle, "safetensors"),
    "another architecture": (
        lambda f: edit_config(f, model_type="t5"),
        'expected a model of bert, distilbert, roberta, xlm-roberta, mpnet, found "t5"',
    ),
    "a wider model": (
        lambda f: edit_config(f, hidden_size=64),
        "as config.json has it, found",
    ),
    "more layers": (lambda f: edit_config(f, num_hidden_layers=3), "encoder.layer.2."),
    "a fraction": (lambda f: edit_config(f, num_hidden_layers=1.5), "found 1.5"),
    "truncated": (cut_weights, "model.safetensors: expected"),
    "a size of its own": (
        lambda f: edit_header(f, shift_first),
        "model.safetensors: expected",
    ),
    "overlapping": (lambda f: edit_header(f, overlap), "model.safetensors: expected"),
    "beyond the file": (
        lambda f: edit_header(f, beyond),
        "model.safetensors: expected",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_folders_are_refused_in_one_line(spout, sound, tmp_path, what):
    damage, part = BAD[what]
    folder = tmp_path / "m"
    shutil.copytree(sound, folder)
    damage(folder)
    data = write_texts(tmp_path / "texts.txt", texts())
    line = refused(spout, "convert", data, tmp_path / "rows.npy", "--encoder", folder)
    assert part in line
    assert not (tmp_path / "rows.npy").exists()
