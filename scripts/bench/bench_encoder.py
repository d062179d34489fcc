"""A pretrained encoder: spout and transformers on the same texts, and the head on frozen rows.

    .venv/bin/python scripts/bench/bench_encoder.py TEXTS --encoder FOLDER [--rows 1000]
                                                    [--labels 5000] [--rounds 5] [--json FILE]

TEXTS is a file of a text a line, or of JSON lines with "text"; FOLDER a pretrained model. The
forward pass is timed from texts to rows, for `rows` texts: spout by the difference of two calls of
`spout convert`, of which one has nine times the texts of the other; PyTorch by the same tokenizer
and weights in transformers, in batches of texts of like length. Then an epoch of
`--model encoder --freeze-encoder` from its kept rows is compared with the same layer on the same
rows as dense features (an encoder that changes nothing). SPOUT_BIN: the executable.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from benchmark import ROOT, report, torch
from transformers import AutoModel, AutoTokenizer

SPOUT = os.environ.get("SPOUT_BIN", str(ROOT / "build/release/spout"))
BATCH_TOKENS = 1 << 13  # as spout's batches
BATCH_ROWS = 128
MULTIPLE = 9  # of the texts that the larger call converts


def spout(*words):
    subprocess.run([SPOUT, *map(str, words)], check=True, capture_output=True)


def read_texts(path, count):
    texts = []
    with open(path) as file:
        for line in file:
            is_json = line.startswith("{")
            text = json.loads(line)["text"] if is_json else line.rstrip("\n").split("\t")[-1]
            texts.append(" ".join(text.split()))
            if len(texts) == count:
                return texts
    raise SystemExit(f"{path}: expected {count} texts, found {len(texts)}")


class Rival:
    """Mean-pooled rows of transformers' own model."""

    def __init__(self, folder, bf16):
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder).eval()
        self.bf16 = bf16
        # What spout keeps of a text, too.
        limit = Path(folder) / "sentence_bert_config.json"
        limits = [512, self.tokenizer.model_max_length]
        if limit.exists():
            limits.append(json.loads(limit.read_text())["max_seq_length"])
        self.most = min(limits)

    def batches(self, ids):
        order = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
        batch = []
        for row in order:
            longest = len(ids[batch[0]]) if batch else 0
            if batch and (len(batch) == BATCH_ROWS or (len(batch) + 1) * longest > BATCH_TOKENS):
                yield batch
                batch = []
            batch.append(row)
        yield batch

    @torch.no_grad()
    def __call__(self, texts):
        ids = self.tokenizer(texts, truncation=True, max_length=self.most)["input_ids"]
        rows = torch.empty(len(texts), self.model.config.hidden_size)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            for batch in self.batches(ids):
                inputs = self.tokenizer.pad(
                    {"input_ids": [ids[i] for i in batch]}, return_tensors="pt"
                )
                hidden = self.model(**inputs).last_hidden_state
                mask = inputs["attention_mask"].unsqueeze(2)
                rows[batch] = ((hidden * mask).sum(1) / mask.sum(1)).float()
        return rows


def timed(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def time_forward(texts, folder, scratch, rounds, bf16):
    """Seconds for a ninth of the texts: medians of interleaved runs."""
    sizes = {"small": len(texts) // MULTIPLE, "large": len(texts)}
    for name, size in sizes.items():
        (scratch / name).write_text("".join(f"x\t{text}\n" for text in texts[:size]))
    rival = Rival(folder, bf16)
    rival(texts[: sizes["small"]])
    ours, theirs = [], []
    for _ in range(rounds):
        seconds = {}
        for name in sizes:
            words = ("convert", scratch / name, scratch / "rows.npy", "--encoder", folder)
            precision = ("--precision", "bf16" if bf16 else "fp32")
            seconds[name] = timed(lambda w=(*words, *precision): spout(*w, "--force"))
        ours.append((seconds["large"] - seconds["small"]) / (MULTIPLE - 1))
        theirs.append(timed(lambda: rival(texts[sizes["small"] :])) / (MULTIPLE - 1))
    return statistics.median(ours), statistics.median(theirs)


class Same(torch.nn.Module):
    def forward(self, x):
        return x


def epoch_seconds(run):
    """The median time of an epoch, without the first."""
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    ends = [line["seconds"] for line in lines if line["event"] == "epoch"]
    return statistics.median(np.diff(ends))


def time_head(texts, folder, scratch, labels, rounds):
    rng = np.random.default_rng(1)
    names = [" ".join(f"n{i}" for i in rng.integers(0, labels, 3)) for _ in texts]
    lines = (f"{name}\t{text}\n" for name, text in zip(names, texts, strict=True))
    (scratch / "train.txt").write_text("".join(lines))
    data = ("--train", scratch / "train.txt", "--format", "text")
    spout("convert", scratch / "train.txt", f"{scratch}/X.npy,{scratch}/Y.npz", "--encoder", folder)
    torch.jit.script(Same()).save(str(scratch / "same.ts"))
    dense = ("--train", f"{scratch}/X.npy,{scratch}/Y.npz", "--encoder", scratch / "same.ts")
    common = "--model encoder --freeze-encoder --epochs 4 --normalize none --force --log-every 1000"
    seconds = {"frozen": [], "dense": []}
    for _ in range(rounds):
        for name, words in (("frozen", (*data, "--encoder", folder)), ("dense", dense)):
            spout("train", *words, *common.split(), "--output", scratch / name)
            seconds[name].append(epoch_seconds(scratch / name))
    return {name: statistics.median(values) for name, values in seconds.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("texts", type=Path)
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--labels", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    texts = read_texts(args.texts, args.rows * MULTIPLE)
    figures, times = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for name, bf16 in (("fp32", False), ("bf16", True)):
            ours, theirs = time_forward(texts, args.encoder, scratch, args.rounds, bf16)
            times |= {f"forward {name}, spout": ours, f"forward {name}, transformers": theirs}
            figures[f"forward {name}, spout / transformers"] = ours / theirs
        head = time_head(texts, args.encoder, scratch, args.labels, args.rounds)
        times |= {f"epoch of the head, {name} rows": value for name, value in head.items()}
        figures["epoch of the head, frozen / dense"] = head["frozen"] / head["dense"]
    report(figures, times, args.json)


if __name__ == "__main__":
    main()
