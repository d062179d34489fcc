#!/usr/bin/env python3
"""Compares the ids of spout's tokenizers with those of PyPI `tokenizers` and `sentencepiece`.

usage: tokenizer_equality.py SPOUT TEXTS [--lines N] [--tokenizer FILE]...

TEXTS has a text a line (.gz too, or .jsonl with "text"). Tokenizers of every kind are trained on
them in a temporary folder, and fuzzed lines of all of Unicode are added. --tokenizer compares
further files. Prints a table and exits with 1 if an id differs.
"""

import argparse
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import unicodedata
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"

import numpy as np
import sentencepiece
import tokenizers
from tokenizers import AddedToken, Tokenizer, models, trainers
from tokenizers import normalizers as norm
from tokenizers import pre_tokenizers as pre
from tokenizers import processors as post

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True)]
NAMED = [token if isinstance(token, str) else token.content for token in SPECIAL]
PIECES = [
    *NAMED,
    *" \t\u00a0\u200b\u200d\u0301\u2581\u3000\u0130\u00df\u03a3'\r\x0b\x85\u2028",
]
PIECES += [
    "'s",
    "'ll",
    "  ",
    "   ",
    "[MASK]",
    "[SEP]",
    "<0x41>",
    "##a",
    "Foo",
    "\ufffd",
    "\xad",
]
PLANES = [(0, 0x250), (0x250, 0x900), (0x300, 0x370), (0x900, 0x2000), (0x2000, 0x3000)]
PLANES += [(0x3000, 0xA000), (0xA000, 0xD800), (0xE000, 0x12000), (0x1D400, 0x1FB00)]
PLANES += [(0x10000, 0x110000)]


def read_texts(path, count):
    opened = gzip.open if path.suffix == ".gz" else open
    texts = []
    with opened(path, "rt", encoding="utf8", errors="replace") as file:
        for line in file:
            if ".jsonl" in path.name:
                line = json.loads(line)["text"]
            text = " ".join(line.split("\n")).strip()
            if text:
                texts.append(text)
            if len(texts) == count:
                break
    return texts


def fuzzed(words, rng):
    text = ""
    for _ in range(rng.randint(1, 14)):
        kind = rng.random()
        if kind < 0.4:
            text += rng.choice(words) + rng.choice(["", " ", "  "])
        elif kind < 0.6:
            text += rng.choice(PIECES)
        else:
            first, last = rng.choice(PLANES)
            points = (rng.randrange(first, last) for _ in range(rng.randint(1, 5)))
            text += "".join(chr(p) for p in points if not 0xD800 <= p < 0xE000)
            if rng.random() < 0.2:
                text = unicodedata.normalize(rng.choice(["NFD", "NFKD", "NFC"]), text)
    return text.replace("\n", "")


def byte_level(prefix, normalizer, texts):
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre.ByteLevel(add_prefix_space=prefix)
    if normalizer:
        made.normalizer = normalizer
    alphabet = pre.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=12000,
        initial_alphabet=alphabet,
        special_tokens=SPECIAL,
        show_progress=False,
    )
    made.train_from_iterator(texts, trainer)
    made.post_processor = post.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return made


def word_piece(texts):
    made = Tokenizer(models.WordPiece(unk_token="<unk>"))
    made.normalizer, made.pre_tokenizer = norm.BertNormalizer(), pre.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=12000, special_tokens=SPECIAL, show_progress=False
    )
    made.train_from_iterator(texts, trainer)
    made.add_tokens([AddedToken("Foo", single_word=True), AddedToken("  ")])
    return made


def llama(texts):
    made = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    made.pre_tokenizer = pre.Metaspace()
    trainer = trainers.BpeTrainer(
        vocab_size=8000,
        limit_alphabet=150,
        special_tokens=SPECIAL + [f"<0x{byte:02X}>" for byte in range(256)],
        show_progress=False,
    )
    made.train_from_iterator(texts, trainer)
    made.pre_tokenizer = pre.Metaspace(prepend_scheme="first", split=False)
    return made


def unigram(texts):
    made = Tokenizer(models.Unigram())
    made.normalizer, made.pre_tokenizer = norm.NFKC(), pre.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=8000, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False
    )
    made.train_from_iterator(texts[:50000], trainer)
    return made


KINDS = {
    "word-piece": word_piece,
    "bpe-roberta": lambda texts: byte_level(True, None, texts),
    "bpe-modernbert": lambda texts: byte_level(False, norm.NFC(), texts),
    "bpe-llama": llama,
    "unigram": unigram,
}
SENTENCE_PIECE = {
    "sp-unigram": {"model_type": "unigram"},
    "sp-unigram-bytes": {"model_type": "unigram", "byte_fallback": True},
    "sp-bpe": {"model_type": "bpe"},
    "sp-bpe-bytes": {
        "model_type": "bpe",
        "byte_fallback": True,
        "character_coverage": 0.98,
    },
}


def train_all(folder, texts):
    for name, train in KINDS.items():
        train(texts).save(str(folder / f"{name}.json"))
        yield folder / f"{name}.json"
    (folder / "texts.txt").write_text("\n".join(texts))
    for name, options in SENTENCE_PIECE.items():
        sentencepiece.SentencePieceTrainer.train(
            input=str(folder / "texts.txt"),
            model_prefix=str(folder / name),
            vocab_size=6000,
            minloglevel=2,
            **options,
        )
        yield folder / f"{name}.model"


def encoder_of(path):
    if path.suffix == ".model":
        return sentencepiece.SentencePieceProcessor(model_file=str(path)).EncodeAsIds
    made = Tokenizer.from_file(str(path))
    made.no_padding()
    return lambda text: made.encode(text).ids


def spout_ids(spout, folder, tokenizer, texts):
    """The ids of all texts, and the seconds that spout took."""
    data, out = folder / "texts.jsonl", folder / "out"
    with open(data, "w") as file:
        for text in texts:
            file.write(json.dumps({"text": text, "labels": ["a"]}) + "\n")
    words = [
        "convert",
        data,
        f"{out}/",
        "--tokenizer",
        tokenizer,
        "--max-length",
        0,
        "--force",
    ]
    begin = time.perf_counter()
    subprocess.run([spout, *map(str, words)], check=True, capture_output=True)
    seconds = time.perf_counter() - begin
    return np.load(out / "X_indptr.npy"), np.load(out / "X_tokens.npy"), seconds


def compare(spout, folder, tokenizer, texts):
    encode = encoder_of(tokenizer)
    begin = time.perf_counter()
    expected = [encode(text) for text in texts]
    theirs = len(texts) / (time.perf_counter() - begin)
    _, _, start_up = spout_ids(spout, folder, tokenizer, texts[:1])
    ends, ids, seconds = spout_ids(spout, folder, tokenizer, texts)
    ours = len(texts) / max(seconds - start_up, 1e-3)
    rows = (ids[a:b].tolist() for a, b in zip(ends[:-1], ends[1:], strict=True))
    differing = [i for i, row in enumerate(rows) if row != expected[i]]
    name, count = tokenizer.stem, len(texts)
    print(
        f"| {name} | {count} | {len(differing)} | {ours:.0f} | {theirs:.0f} | {ours / theirs:.1f} |"
    )
    for i in differing[:3]:
        print(f"  {ascii(texts[i])}\n  expected {expected[i]}", file=sys.stderr)
    return len(differing)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("spout", type=Path)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--lines", type=int, default=100000)
    parser.add_argument("--tokenizer", type=Path, action="append", default=[])
    options = parser.parse_args()
    texts = read_texts(options.texts, options.lines)
    rng = random.Random(1)
    words = [word for text in texts[:3000] for word in text.split()]
    noise = [fuzzed(words, rng) for _ in range(options.lines // 2)]
    every = texts + [text for text in noise if text]
    print(f"tokenizers {tokenizers.__version__}, sentencepiece {sentencepiece.__version__}")
    print("| kind | lines | differing | lines/s | theirs | ratio |")
    print("|---|---|---|---|---|---|")
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for tokenizer in [*options.tokenizer, *train_all(folder, texts)]:
            failed += compare(options.spout, folder, tokenizer, every)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
