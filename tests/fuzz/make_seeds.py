#!/usr/bin/env python3
"""Small valid inputs for every reader of spout_fuzz, a folder each, and a dictionary for some.

usage: make_seeds.py FOLDER SPOUT      writes FOLDER/READER/* and FOLDER/READER.dict

SPOUT is the executable, which trains the runs that are seeds of `run` and `checkpoint`.
"""

import gzip
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import torch

TEXTS = {
    "xmc": ["2 4 3\n0,2 0:1 3:-2.5e-3\n 1:.5\n", "3 5 2\n1 0:1\n\n0:2 1:3\r\n"],
    "libsvm": ["0,2 1:1 4:-2.5\n 2:.5\n\n1 1:1e3\n", "3\t2:+1\r\n"],
    "adjacency": ["0 1 2 3\n1 0\nuser\n0 7\n", "a 281474976710655\n"],
    "pairs": [
        'userId,movieId,rating,timestamp\n1,10,4.5,964982703\n2,"a, ""b""",3,964981247\n',
        "1::1193::5::978300760\n2::661::3::978302109\n",
        "u\ti\n1\t2\n",
        "ann bob 1 2020-01-01T10:00:00\n",
        "a;b;1\nb;c;nan\nc;d;1e39\n",
    ],
    "documents": [
        "a b\tsome text here\n\tno label\nno tab\n\n",
        '{"text": "hello \\u00e9", "labels": ["x y", 7]}\n{"text": "", "labels": null}\n',
        "\xef\xbb\xbfa\tbroken \xff utf\n",
    ],
    "predictions": ["0:1.5 3:-2\n\n7:1e-3\n", "a b:1\tc:d:2.5\n\nx:-1\n"],
    "word-vectors": ["the 0.1 -2e-3 3\nParis 4 5 6\n. . 7 8 9\n", "3 2\nthe 0.5 1 \na 1 2\n"],
    "names": ["a\nb c\nd\n", "\n"],
}
DICTIONARIES = {
    "pairs": [
        "::",
        "userId",
        "itemId",
        "rating",
        "timestamp",
        '"',
        '""',
        "inf",
        "nan",
        "1e39",
        "2020-01-01",
    ],
    "documents": [
        '{"text": "',
        '", "labels": [',
        '"labels"',
        "\\u0000",
        "[[[[",
        "null",
    ],
    "config": ['": ', "true", "[1, 2]", "1e999", "/*", "//", "\\ud800", "auto", "-1"],
    "xmc": ["0:1", "1e39", "nan", "281474976710656", "\r\n"],
    "npy": [
        "{'descr': '<f4', ",
        "'fortran_order': True, ",
        "'shape': (",
        "|b1",
        "<i8",
        "<u8",
        "|S3",
        "<U3",
        "9223372036854775807",
    ],
    "torch-parts": [
        "ctorch._utils\n_rebuild_tensor_v2\n",
        "ctorch\nFloatStorage\n",
        "ctorch\nLongStorage\n",
        "ctorch\nSize\n",
        "ccollections\nOrderedDict\n",
        "ctorch._utils\n_rebuild_sparse_tensor\n",
        "torch.sparse_csr",
        "torch.sparse_coo",
        "ctorch.serialization\n_get_layout\n",
        "storage",
        "#@a",
        "#@b",
        "#@c",
        "#@d",
        "\x8a\x08",
        "\x85",
        "\x86",
        "\x87",
    ],
    "run": ['{"features": ', '"labels": ', '"density": ', '"kind": "', "dense", "tokens"],
}
SIZES = [(3, 4), (0, 5), (5, 0)]


def parts(letters_and_bytes):
    return b"".join(b"#@" + letter.encode() + data for letter, data in letters_and_bytes)


def npy(array):
    file = io.BytesIO()
    np.save(file, np.asarray(array), allow_pickle=False)
    return file.getvalue()


def matrix(rows, cols):
    dense = np.zeros((rows, cols), dtype=np.float32)
    if rows and cols:
        dense[0, 0], dense[0, 3], dense[2, 1] = 1.5, -2, 0.25
    return sp.csr_matrix(dense)


def npz_seeds():
    names = ["format", "shape", "indptr", "indices", "data", "row", "col", "coords"]
    for layout in ("csr", "csc", "coo"):
        for rows, cols in SIZES:
            for packed in (False, True):
                file = io.BytesIO()
                sp.save_npz(file, matrix(rows, cols).asformat(layout), compressed=packed)
                whole = file.getvalue()
                archive = zipfile.ZipFile(file)
                found = [
                    (name.upper() if packed else name, archive.read(name + ".npy"))
                    for name in names
                    if name + ".npy" in archive.namelist()
                ]
                letters = [
                    (chr(ord("A" if packed else "a") + names.index(name.lower())), data)
                    for name, data in found
                ]
                yield whole, parts(letters)


def torch_objects():
    dense = torch.arange(12, dtype=torch.float32).view(3, 4)
    yield dense
    yield dense.t().to(torch.bfloat16)
    for layout in (torch.sparse_csr, torch.sparse_csc, torch.sparse_coo):
        yield (dense.to_sparse(layout=layout) if layout != torch.sparse_coo else dense.to_sparse())
    yield {
        "a": dense,
        "b": [1, 2.5, None, True, "x"],
        "c": {"d": (dense[0], torch.nn.Parameter(dense))},
        7: torch.Size([1, 2]),
    }
    yield torch.nn.Linear(3, 2).state_dict()


def torch_seeds():
    for item in torch_objects():
        file = io.BytesIO()
        torch.save(item, file)
        archive = zipfile.ZipFile(file)
        root = archive.namelist()[0].split("/")[0]
        names = ["data.pkl", "byteorder", "data/0", "data/1", "data/2", "data/3"]
        found = [
            (chr(ord("a") + i), archive.read(f"{root}/{name}"))
            for i, name in enumerate(names)
            if f"{root}/{name}" in archive.namelist()
        ]
        yield file.getvalue(), parts(found)


def text_feature_seeds():
    settings = {
        "version": 1,
        "documents": 2,
        "features": 3,
        "input": "tfidf",
        "ngrams": [1, 1],
        "char_ngrams": [0, 0],
        "lowercase": True,
        "min_chars": 2,
        "min_df": 1,
        "max_features": 0,
        "hash_bits": 0,
        "sublinear_tf": False,
        "max_length": 512,
    }
    terms, idf = b"the\nand\nof\n", npy(np.ones(3, dtype=np.float32))
    yield parts([("a", json.dumps(settings).encode()), ("b", terms), ("c", idf)])
    settings |= {"input": "tokens", "features": 5}
    yield parts([("a", json.dumps(settings).encode()), ("b", terms)])
    settings |= {"input": "tfidf", "features": 2, "hash_bits": 1}
    yield parts([("a", json.dumps(settings).encode()), ("c", npy(np.ones(2, dtype=np.float32)))])


def npy_seeds():
    for type_ in ("<f4", "<f8", "<f2", "<i4", "<u8", "|b1"):
        yield npy(np.ones((2, 3), dtype=type_))
    yield npy(np.asfortranarray(np.arange(6.0).reshape(2, 3)))
    yield npy(np.ones((0, 3)))
    yield npy(np.array("csr", dtype="S3"))


RUNS = {
    "mlp": ["--hidden", "2"],
    "svm": ["--trees", "0,1"],
    "mf": ["--hidden", "2"],
    "linear": [],
    "two-headed": ["--hidden", "2"],
    "multvae": ["--hidden", "2", "--latent", "2"],
    "ease": [],
    "item-knn": [],
}
LABELLED = "0 1:1 2:2\n1,2 3:1 4:1\n0 1:1 4:2\n2 2:1\n"
OF_USERS = ("mf", "multvae", "ease", "item-knn")
LISTED = "a 0 1 2\nb 1 3\nc 0 3\n"


def record_parts(path):
    """The records of a .pt archive of spout as parts; spout.json is part g, whatever the rest."""
    with zipfile.ZipFile(path) as archive:
        found = {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}
    names = [
        "data.pkl",
        "byteorder",
        *(f"data/{i}" for i in range(4)),
        "spout.json",
        *(f"data/{i}" for i in range(4, 23)),
    ]
    return [(chr(ord("a") + i), found[name]) for i, name in enumerate(names) if name in found]


def run_seeds(spout):
    with tempfile.TemporaryDirectory() as folder:
        for model, options in RUNS.items():
            data, run = Path(folder) / "data.txt", Path(folder) / model
            kind, text = ("adjacency", LISTED) if model in OF_USERS else ("libsvm", LABELLED)
            data.write_text(text)
            words = ["--train", data, "--output", run, "--model", model, "--format", kind]
            words += ["--epochs", "1", "--threads", "1", *options]
            subprocess.run([spout, "train", *words], check=True, capture_output=True)
            settings = (run / "options.json").read_bytes()
            yield "config", settings
            yield "run", parts([("0", settings), *record_parts(run / "model.pt")])
            if model == "mlp":
                yield "checkpoint", parts(record_parts(run / "checkpoint.pt"))


def dictionary_letter(letter):
    return letter if letter.isalnum() and letter.isascii() else f"\\x{ord(letter):02x}"


def safetensors_seeds():
    for array in (
        np.ones((2, 3), np.float32),
        np.arange(4, dtype=np.int64),
        np.zeros((0, 2)),
    ):
        header = {"w": {"dtype": {"f4": "F32", "i8": "I64", "f8": "F64"}[array.dtype.str[1:]],
                        "shape": array.shape, "data_offsets": [0, array.nbytes]},
                  "__metadata__": {"format": "pt"}}  # fmt: skip
        text = json.dumps(header).encode()
        yield len(text).to_bytes(8, "little") + text + array.tobytes()


def pretrained_seeds():
    config = {"model_type": "bert", "vocab_size": 9, "hidden_size": 4, "num_hidden_layers": 1,
              "num_attention_heads": 2, "intermediate_size": 8, "max_position_embeddings": 8,
              "type_vocab_size": 2, "pad_token_id": 0, "hidden_act": "gelu"}  # fmt: skip
    kind = "sentence_transformers.models."
    modules = [{"idx": 0, "name": "0", "path": "", "type": kind + "Transformer"},
               {"idx": 1, "name": "1", "path": "m", "type": kind + "Pooling"}]  # fmt: skip
    pooling = {"word_embedding_dimension": 4, "pooling_mode_mean_tokens": True}
    index = {"weight_map": {"embeddings.word_embeddings.weight": "a.safetensors"}}
    files = [
        config,
        modules,
        pooling,
        {"max_seq_length": 8},
        {"model_max_length": 8},
        index,
    ]
    yield parts([(str(i), json.dumps(file).encode()) for i, file in enumerate(files)])
    other = config | {"model_type": "distilbert", "dim": 4, "n_layers": 1, "n_heads": 2}
    yield parts([("0", json.dumps(other).encode())])


def tokenizer_json(model, **more):
    return json.dumps({"version": "1.0", "added_tokens": [], "model": model} | more).encode()


def tokenizer_seeds():
    vocabulary = {"[UNK]": 0, "a": 1, "##b": 2, "ab": 3}
    special = {"id": 0, "content": "[UNK]", "single_word": False, "lstrip": False,
               "rstrip": False, "normalized": False, "special": True}  # fmt: skip
    yield tokenizer_json(
        {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
         "max_input_chars_per_word": 100, "vocab": vocabulary},
        added_tokens=[special], normalizer={"type": "BertNormalizer", "clean_text": True,
        "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        pre_tokenizer={"type": "BertPreTokenizer"},
    )  # fmt: skip
    yield tokenizer_json(
        {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]},
        pre_tokenizer={
            "type": "ByteLevel",
            "add_prefix_space": True,
            "use_regex": True,
        },
    )
    yield tokenizer_json(
        {
            "type": "Unigram",
            "unk_id": 0,
            "vocab": [["<unk>", 0.0], ["a", -1.5], ["\u2581", -2.0]],
        },
        pre_tokenizer={
            "type": "Metaspace",
            "replacement": "\u2581",
            "prepend_scheme": "always",
        },
    )


def token_file_seeds():
    words = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\n"
    yield "bert-vocabulary", parts([("a", words), ("b", b'{"do_lower_case": false}')])
    yield (
        "byte-level-bpe",
        parts([("a", b'{"a": 0, "b": 1, "ab": 2}'), ("b", b"a b\n")]),
    )


def sentencepiece_seeds():
    import sentencepiece  # noqa: PLC0415, of the tests' environment

    lines = iter(["sparse output of models", "models of text", "a text of words"] * 20)
    for kind in ("unigram", "bpe"):
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=lines, model_writer=model, vocab_size=30, model_type=kind,
            hard_vocab_limit=False, minloglevel=2,
        )  # fmt: skip
        lines = iter(["sparse output of models", "models of text", "a text of words"] * 20)
        yield model.getvalue()


def data_folder_seeds():
    x, y = sp.csr_matrix(matrix(4, 9)), sp.csr_matrix(matrix(4, 5))
    for dense in (b"", npy(np.ones((4, 9), np.float32))):
        arrays = [npy(np.array([4, 9, 5], np.int64))]
        for m in (x, y):
            arrays += [npy(m.indptr.astype(np.int64)), npy(m.indices.astype(np.int64))]
            arrays.append(npy(m.data.astype(np.float32)))
        pairs = list(zip("abcdefg", arrays, strict=True))
        yield parts(pairs + ([("h", dense)] if dense else []))


def main():
    folder = Path(sys.argv[1])
    seeds = {name: [text.encode("latin-1") for text in texts] for name, texts in TEXTS.items()}
    seeds["format"] = [text for texts in list(seeds.values()) for text in texts]
    seeds["gzip"] = [gzip.compress(text) for text in seeds["format"][:4]] + [b"plain\n"]
    seeds["npy"] = list(npy_seeds())
    seeds["npz"], seeds["npz-parts"] = (list(column) for column in zip(*npz_seeds()))
    seeds["torch"], seeds["torch-parts"] = (list(column) for column in zip(*torch_seeds()))
    seeds["text-features"] = list(text_feature_seeds())
    seeds["data-folder"] = list(data_folder_seeds())
    seeds["safetensors"] = list(safetensors_seeds())
    seeds["pretrained"] = list(pretrained_seeds())
    seeds["tokenizer"] = list(tokenizer_seeds())
    seeds["sentencepiece"] = list(sentencepiece_seeds())
    seeds.update((name, [data]) for name, data in token_file_seeds())
    for name, data in run_seeds(sys.argv[2]):
        seeds.setdefault(name, []).append(data)
    for name, inputs in seeds.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(inputs):
            (folder / name / f"seed{number}").write_bytes(data)
    for name, words in DICTIONARIES.items():
        lines = [f'"{"".join(map(dictionary_letter, word))}"' for word in words]
        (folder / f"{name}.dict").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
