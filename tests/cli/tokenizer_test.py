"""Tokenizers of pretrained encoders: the ids of PyPI `tokenizers` and `sentencepiece`.

Tiny tokenizers of every kind are trained here, and `spout convert --tokenizer` writes their ids.
scripts/checks/tokenizer_equality.py compares 100,000 lines.
"""

import json
import random

import numpy as np
import pytest
from conftest import refused

tokenizers = pytest.importorskip("tokenizers")
sentencepiece = pytest.importorskip("sentencepiece")

WORDS = "the sparse outputs of a model it's na\u00efve 2024 caf\u00e9 \u4e2d\u6587 (x) e\u0301 a_b"
WORDS += " Stra\u00dfe \u03a3\u0391\u03a3 \ufb01ne -- \U0001f600"
POOLS = [
    (0x20, 0x7F),
    (0xA0, 0x250),
    (0x300, 0x380),
    (0x1E00, 0x2100),
    (0x4E00, 0x4E80),
]
POOLS += [(0x2E40, 0x2E60), (0x10000, 0x10100), (0x1F600, 0x1F640), (0xFF00, 0xFFEF)]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


def texts():
    """Words, and code points of many scripts among them; none begins or ends with a blank."""
    rng = random.Random(3)
    yield from ["the", "the  model's [MASK]of 2024", "caf\u00e9 [SEP] Foo"]
    for _ in range(400):
        parts = [rng.choice(WORDS.split()) for _ in range(rng.randint(1, 8))]
        parts += ["".join(map(chr, rng.sample(range(*rng.choice(POOLS)), 3))) for _ in range(2)]
        rng.shuffle(parts)
        yield rng.choice([" ", "  "]).join(parts).strip().replace("\t", "")


TEXTS = list(texts())
TRAINING = [" ".join(random.Random(i).choices(WORDS.split(), k=9)) for i in range(300)]


def trained(kind):
    """A small tokenizer; its parts are those of a well-known family."""
    t = tokenizers
    pre, norm, post = t.pre_tokenizers, t.normalizers, t.processors
    mask = t.AddedToken("[MASK]", lstrip=True)
    options = {
        "special_tokens": [*SPECIAL, mask],
        "show_progress": False,
        "vocab_size": 400,
    }
    if kind == "bert":
        made = t.Tokenizer(t.models.WordPiece(unk_token="[UNK]"))
        made.normalizer, made.pre_tokenizer = (
            norm.BertNormalizer(),
            pre.BertPreTokenizer(),
        )
        trainer = t.trainers.WordPieceTrainer(**options)
        made.post_processor = post.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    elif kind == "roberta":
        made = t.Tokenizer(t.models.BPE())
        made.pre_tokenizer = pre.ByteLevel(add_prefix_space=True)
        trainer = t.trainers.BpeTrainer(initial_alphabet=pre.ByteLevel.alphabet(), **options)
        made.post_processor = post.RobertaProcessing(("[SEP]", 3), ("[CLS]", 2))
    elif kind == "modernbert":
        made = t.Tokenizer(t.models.BPE())
        made.normalizer, made.pre_tokenizer = (
            norm.NFC(),
            pre.ByteLevel(add_prefix_space=False),
        )
        trainer = t.trainers.BpeTrainer(initial_alphabet=pre.ByteLevel.alphabet(), **options)
        ends = [("[CLS]", 2), ("[SEP]", 3)]
        made.post_processor = post.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    elif kind == "llama":
        made = t.Tokenizer(t.models.BPE(unk_token="[UNK]", byte_fallback=True, fuse_unk=True))
        made.normalizer = norm.Sequence([norm.Prepend("\u2581"), norm.Replace(" ", "\u2581")])
        options["special_tokens"] = options["special_tokens"] + [f"<0x{b:02X}>" for b in range(256)]
        trainer = t.trainers.BpeTrainer(limit_alphabet=20, **options | {"vocab_size": 600})
    else:
        made = t.Tokenizer(t.models.Unigram())
        made.normalizer = norm.Sequence([norm.NFKC(), norm.Lowercase()])
        made.pre_tokenizer = pre.Sequence([pre.WhitespaceSplit(), pre.Metaspace()])
        trainer = t.trainers.UnigramTrainer(unk_token="[UNK]", **options | {"vocab_size": 80})
    made.train_from_iterator(TRAINING, trainer)
    made.add_tokens([t.AddedToken("Foo", single_word=True), t.AddedToken("  ")])
    return made


KINDS = ["bert", "roberta", "modernbert", "llama", "unigram"]


@pytest.fixture(scope="module")
def kinds():
    return {kind: trained(kind) for kind in KINDS}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """SentencePiece models by name."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "texts.txt").write_text("\n".join(TRAINING))
    for kind in ("unigram", "bpe"):
        for name, more in (("", {}), ("-bytes", {"byte_fallback": True})):
            sentencepiece.SentencePieceTrainer.train(
                input=str(folder / "texts.txt"),
                model_prefix=str(folder / (kind + name)),
                model_type=kind,
                vocab_size=340,
                character_coverage=0.98,
                hard_vocab_limit=False,
                user_defined_symbols=["Foo"],
                minloglevel=2,
                **more,
            )
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "texts.txt"),
        model_prefix=str(folder / "word"),
        model_type="word",
        vocab_size=20,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return folder


def spout_ids(spout, folder, tokenizer, *options):
    """The ids that spout gives to TEXTS."""
    data = folder / "texts.jsonl"
    data.write_text("".join(json.dumps({"text": t, "labels": ["a"]}) + "\n" for t in TEXTS))
    out = folder / "out"
    spout("convert", data, f"{out}/", "--tokenizer", tokenizer, "--force", *options)
    ends = np.load(out / "X_indptr.npy")
    ids = np.load(out / "X_tokens.npy")
    return [ids[a:b].tolist() for a, b in zip(ends[:-1], ends[1:], strict=True)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_tokenizer_json_gives_the_same_ids(spout, kinds, kind, tmp_path):
    kinds[kind].save(str(tmp_path / "tokenizer.json"))
    expected = [kinds[kind].encode(text).ids for text in TEXTS]
    assert spout_ids(spout, tmp_path, tmp_path / "tokenizer.json") == expected


def test_a_vocab_txt_gives_the_same_ids(spout, kinds, tmp_path):
    made = tokenizers.Tokenizer.from_str(kinds["bert"].to_str())
    vocabulary = sorted(made.get_vocab(with_added_tokens=False).items(), key=lambda pair: pair[1])
    (tmp_path / "vocab.txt").write_text("".join(token + "\n" for token, _ in vocabulary))
    plain = tokenizers.BertWordPieceTokenizer(str(tmp_path / "vocab.txt"))
    plain.add_special_tokens(["[MASK]"])
    assert spout_ids(spout, tmp_path, tmp_path) == [plain.encode(text).ids for text in TEXTS]


def test_vocab_json_and_merges_give_the_same_ids(spout, kinds, tmp_path):
    kinds["modernbert"].model.save(str(tmp_path))
    plain = tokenizers.ByteLevelBPETokenizer(
        str(tmp_path / "vocab.json"), str(tmp_path / "merges.txt")
    )
    assert spout_ids(spout, tmp_path, tmp_path) == [plain.encode(text).ids for text in TEXTS]


@pytest.mark.parametrize("name", ["unigram", "bpe", "unigram-bytes", "bpe-bytes"])
def test_a_sentencepiece_model_gives_the_same_ids(spout, models, name, tmp_path):
    model = sentencepiece.SentencePieceProcessor(model_file=str(models / f"{name}.model"))
    expected = [model.EncodeAsIds(text) for text in TEXTS]
    assert spout_ids(spout, tmp_path, models / f"{name}.model") == expected


def changed(kinds, kind, change):
    """The JSON of a tokenizer after `change` has changed it."""
    made = json.loads(kinds[kind].to_str())
    change(made)
    return json.dumps(made)


BAD = {
    "normalizer": ("bert", lambda t: t.update(normalizer={"type": "Nmt"}), '"Nmt"'),
    "pre-tokenizer": (
        "bert",
        lambda t: t.update(pre_tokenizer={"type": "UnicodeScripts"}),
        '"UnicodeScripts"',
    ),
    "model": ("bert", lambda t: t["model"].update(type="WordLevel"), '"WordLevel"'),
    "regex": (
        "bert",
        lambda t: t.update(
            pre_tokenizer={
                "type": "Split",
                "pattern": {"Regex": "[0-9]"},
                "behavior": "Removed",
                "invert": False,
            }
        ),
        "[0-9]",
    ),
    "unknown": ("bert", lambda t: t["model"]["vocab"].pop("[UNK]"), "[UNK]"),
    "id": ("bert", lambda t: t["model"]["vocab"].update(the=10**9), "1000000000"),
    "template": (
        "bert",
        lambda t: t["post_processor"].update(sep=["[SEP]", 10**6]),
        "1000000",
    ),
    "added": ("bert", lambda t: t["added_tokens"][-1].update(id=10**6), "1000000"),
    "merge": ("roberta", lambda t: t["model"]["merges"].append(["q", "zzz"]), "zzz"),
    "unk_id": ("unigram", lambda t: t["model"].update(unk_id=99999), "99999"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_does_not_fit_is_refused_in_one_line(spout, kinds, what, tmp_path):
    kind, change, named = BAD[what]
    (tmp_path / "tokenizer.json").write_text(changed(kinds, kind, change))
    (tmp_path / "a.txt").write_text("x\ttext\n")
    words = ("convert", tmp_path / "a.txt", f"{tmp_path}/out/", "--tokenizer", tmp_path)
    line = refused(spout, *words)
    assert "tokenizer.json: expected " in line and named in line


def test_damaged_files_are_refused_in_one_line(spout, kinds, models, tmp_path):
    (tmp_path / "a.txt").write_text("x\ttext\n")
    whole = kinds["bert"].to_str().encode()
    (tmp_path / "cut.json").write_bytes(whole[: len(whole) // 2])
    model = (models / "bpe.model").read_bytes()
    (tmp_path / "cut.model").write_bytes(model[: len(model) // 2])
    (tmp_path / "word.model").write_bytes((models / "word.model").read_bytes())
    (tmp_path / "vocab.txt").write_text("a\nb\n")
    (tmp_path / "empty").mkdir()
    for name in ("cut.json", "cut.model", "word.model", "vocab.txt", "empty", "none"):
        words = (
            "convert",
            tmp_path / "a.txt",
            f"{tmp_path}/out/",
            "--tokenizer",
            tmp_path / name,
        )
        assert f"{name}: expected " in refused(spout, *words)


def test_names_of_tokens_take_the_tokenizer_again(spout, kinds, tmp_path):
    """The folder of names has no words, so that it says nothing against a tokenizer."""
    (tmp_path / "train.txt").write_text("x\tthe model\ny\tsparse outputs\n")
    next(iter(kinds.values())).save(str(tmp_path / "tokenizer.json"))
    words = ("convert", tmp_path / "train.txt", "--format", "text")
    words += ("--tokenizer", tmp_path / "tokenizer.json")
    spout(*words, f"{tmp_path}/a/")
    spout(*words, f"{tmp_path}/b/", "--names", tmp_path / "a.names")
    tokens = [np.load(tmp_path / folder / "X_tokens.npy") for folder in "ab"]
    assert np.array_equal(*tokens)
