"""Text to tf-idf on one core: spout and scikit-learn's TfidfVectorizer on the same documents.

    .venv/bin/python scripts/bench/bench_text.py [--data FILE] [--megabytes 32] [--rounds 3]
                                                 [--json FILE]

--data is a file of a document a line; without it, pieces of 1,500 characters of the Python sources
in .venv are the documents. `transform` reads words, looks them up and builds rows; `fit` counts
them and settles the vocabulary. Both programs start from documents in memory.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {"words": (1, 1, 0, 0), "words and pairs": (1, 2, 0, 0), "characters": (0, 0, 3, 5)}


def make_documents(size):
    """Pieces of source code, without line breaks and tabs, of `size` bytes together."""
    documents, total = [], 0
    for path in sorted((ROOT / ".venv/lib").resolve().glob("python3*/site-packages/**/*.py")):
        text = " ".join(path.read_text(errors="replace").split())
        documents += [text[at : at + 1500] for at in range(0, len(text), 1500)]
        total += len(text)
        if total >= size:
            return documents
    return documents


def build():
    folder = ROOT / os.environ.get("SPOUT_BUILD", "build/release")
    command = ["cmake", "--build", str(folder), "--target", "spout_bench_text", "-j2"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / "spout_bench_text"


def time_sklearn(documents, first, last, char_first, char_last):
    if first:
        vectorizer = TfidfVectorizer(ngram_range=(first, last), norm=None)
    else:
        ngrams = (char_first, char_last)
        vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=ngrams, norm=None)
    start = time.perf_counter()
    vectorizer.fit(documents)
    fitted = time.perf_counter()
    nnz = vectorizer.transform(documents).nnz
    return {"fit": fitted - start, "transform": time.perf_counter() - fitted, "nnz": nnz}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path)
    parser.add_argument("--megabytes", type=float, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    size = int(args.megabytes * 1e6)
    documents = args.data.read_text().splitlines() if args.data else make_documents(size)
    text = "".join(document + "\n" for document in documents)
    megabytes = len(text.encode()) / 1e6
    program, figures = build(), {}
    print(f"{len(documents)} documents, {megabytes:.1f} MB; MB/s on one core")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(text)
        file.flush()
        for name, (first, last, *chars) in SETTINGS.items():
            ranges = [f"{first},{last}", "{},{}".format(*chars)]
            words = [str(program), file.name, *ranges, str(args.rounds)]
            ours = json.loads(subprocess.run(words, check=True, capture_output=True).stdout)
            theirs = time_sklearn(documents, first, last, *chars)
            assert ours["nnz"] == theirs["nnz"], (ours, theirs)
            for part in ("fit", "transform"):
                speed = {"spout": megabytes / ours[part], "sklearn": megabytes / theirs[part]}
                figures[f"{name} {part}"] = speed
                ratio = speed["spout"] / speed["sklearn"]
                print(
                    f"{name:<16} {part:<10} spout {speed['spout']:7.1f}   "
                    f"scikit-learn {speed['sklearn']:6.2f}   {ratio:5.1f}x",
                    flush=True,
                )
            print(f"{name:<16} features   {ours['features']}, read {megabytes / ours['read']:.0f}")
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
