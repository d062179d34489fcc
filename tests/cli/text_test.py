"""Documents through every command: tf-idf or tokens in, labels by name out."""

import random
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import BINARY, ROOT, load_matrix, refused

# What documents of a topic speak of; a name may hold a colon.
TOPICS = {
    "sport": "ball goal team match coach player season league",
    "topic:law": "court judge trial appeal lawyer statute verdict clause",
    "music": "piano chord melody concert opera violin rhythm singer",
    "sea": "ship sailor harbour anchor captain voyage tide reef",
}


def planted(rows, seed):
    """Lines of one or two topics and words of theirs among words of no topic."""
    rng = random.Random(seed)
    common = [f"filler{i}" for i in range(40)]
    for _ in range(rows):
        topics = rng.sample(list(TOPICS), rng.choice([1, 1, 2]))
        words = [rng.choice(TOPICS[t].split()) for t in topics for _ in range(6)]
        words += rng.choices(common, k=8)
        rng.shuffle(words)
        yield topics, " ".join(words).capitalize() + "."


def write_planted(path, rows, seed):
    path.write_text("".join(f"{' '.join(t)}\t{text}\n" for t, text in planted(rows, seed)))
    return path


@pytest.fixture(scope="module")
def run(spout, tmp_path_factory):
    """A folder with train.txt, test.txt and a run trained on them."""
    folder = tmp_path_factory.mktemp("run")
    train = write_planted(folder / "train.txt", 400, 1)
    write_planted(folder / "test.txt", 100, 2)
    _, error = spout(
        *("train", "--train", train, "--output", folder / "run", "--epochs", 15),
        *("--hidden", 32, "--lr", 0.01, "--ngrams", "1,2", "--min-df", 2),
    )
    assert "text: tf-idf of words 1 to 2, " in error
    return folder


def test_a_run_reads_documents_by_its_own_words(spout, run):
    out, _ = spout("evaluate", run / "run", "--data", run / "test.txt", "--metrics", "P@1")
    assert float(out.split()[1]) > 0.95
    out, error = spout(
        *("predict", run / "run", "--data", "-", "--output", "-", "--top-k", 2),
        input="The judge heard an appeal in court\n\nA captain, his ship\n",
    )
    lines = out.split("\n")
    assert len(lines) == 4 and lines[3] == ""
    assert re.fullmatch(r"topic:law:[-\d.e]+\t[a-z:]+:[-\d.e]+", lines[0])
    assert lines[2].startswith("sea:")
    assert re.search(r"-: 3 rows; answers took [\d.]+ ms \(median of 1\)", error)
    out, _ = spout("inspect", run / "run")
    assert re.search(r"text +tf-idf of words 1 to 2, \d+ terms, from 400 documents", out)


def test_lines_are_answered_as_they_arrive(run):
    words = [BINARY, "predict", run / "run", "--data", "-", "--output", "-", "--top-k", "1"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        for topic, other in [("sea", "music"), ("music", "sport"), ("sport", "sea")]:
            process.stdin.write(f"{TOPICS[topic]}\n")
            process.stdin.flush()
            assert process.stdout.readline().startswith(f"{topic}:")
            process.stdin.write(f"{TOPICS[other]}\n" * 300)  # more than a batch
            process.stdin.flush()
            for _ in range(300):
                assert process.stdout.readline().startswith(f"{other}:")
        out, error = process.communicate("no end of line")
    assert process.returncode == 0 and out.count("\n") == 1
    assert "-: 904 rows; answers took" in error


def test_what_standard_input_cannot_be_is_refused(spout, run):
    words = ["predict", run / "run", "--data", "-", "--output", "-"]
    assert "standard input: expected documents, found nothing" in refused(spout, *words, input="")
    _, error = spout(*words, code=2, input='{"text": "ship"}\n{"text": 7}\n')
    assert 'standard input:2: expected a text as "text", found "7"' in error
    piped = subprocess.run([BINARY, *words], input=b"\x1f\x8b\x08", capture_output=True)
    assert piped.returncode == 2 and b"expected more gzip data" in piped.stderr


@pytest.mark.parametrize("sentence", ["2", "1 2 3", "0 1:2", "{a} x", "PKs and goals", "a\tb"])
def test_a_sentence_may_look_like_other_formats(spout, run, sentence):
    words = ["predict", run / "run", "--data", "-", "--output", "-"]
    out, _ = spout(*words, input=sentence + "\n")
    assert out.count("\n") == 1 and out.count(":") == 5  # one name holds one


def test_predictions_by_name_read_back(spout, run, tmp_path):
    file = tmp_path / "p.txt"
    spout("predict", run / "run", "--data", run / "test.txt", "--output", file)
    metrics = ["--metrics", "P@1,P@3,nDCG@3,PSP@1"]
    known = ["--data", run / "test.txt", "--train", run / "train.txt", "--format", "text"]
    from_file, _ = spout("evaluate", file, *known, *metrics)
    from_run, _ = spout("evaluate", run / "run", "--data", run / "test.txt", *metrics)
    assert from_file == from_run
    out, _ = spout("inspect", file, "--row", 0)
    assert sorted(line.rsplit(":", 1)[0] for line in out.splitlines()) == sorted(TOPICS)
    out, _ = spout("inspect", run / "test.txt", "--format", "text", "--row", 0)
    assert out.splitlines()[0].rsplit(":", 1)[0] in TOPICS
    spout("predict", run / "run", "--data", run / "test.txt", "--output", tmp_path / "p.npz")
    error = refused(spout, "evaluate", tmp_path / "p.npz", *known, *metrics)
    assert "calls by name; predict to a .txt file" in error
    broken = tmp_path / "broken.txt"
    broken.write_text("sport:1\nsport:1\tsea\n")
    assert "broken.txt:2: expected name:score, found" in refused(
        spout, "evaluate", broken, *known, *metrics
    )


def test_labels_that_training_has_not_seen_count_as_missed(spout, run, tmp_path):
    test = tmp_path / "new.txt"
    text = (run / "test.txt").read_text().splitlines()
    test.write_text("\n".join(f"new1 new2 {line}" for line in text) + "\n")
    words = ["evaluate", run / "run", "--data", test, "--metrics", "Recall@4"]
    out, error = spout(*words)
    assert "names 2 labels that the model has not seen, 200 times" in error
    labels = [len(line.split("\t")[0].split()) for line in text]
    assert float(out.split()[1]) == pytest.approx(np.mean([n / (n + 2) for n in labels]), abs=1e-4)


def test_documents_that_are_empty_broken_or_huge(spout, run, tmp_path):
    file = tmp_path / "odd.txt"
    sentence = (run / "test.txt").read_text().splitlines()[0].split("\t")[1]
    huge = (sentence + " ") * (10_000_000 // len(sentence))
    lines = [b"sport\t" + sentence.encode(), b"", b"\t", b"sea\tsh\xffip \xe2\x82 sailor"]
    file.write_bytes(b"\n".join([*lines, b"sport\t" + huge.encode()]) + b"\n")
    predictions = tmp_path / "p.npz"
    _, error = spout("predict", run / "run", "--data", file, "--output", predictions)
    assert "odd.txt: 2 broken UTF-8 sequences" in error
    scores = load_matrix(predictions)
    assert scores.shape == (5, 4) and np.isfinite(scores.data).all()
    assert abs(scores[1] - scores[2]).max() == 0
    out, _ = spout("evaluate", run / "run", "--data", file, "--metrics", "P@1")
    assert out.startswith("P@1")
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    error = refused(spout, "evaluate", run / "run", "--data", empty)
    assert "empty.txt: expected documents, found an empty file" in error


def test_held_back_documents_teach_no_words(spout, tmp_path):
    lines = [f"a\tcommon only{i}\n" for i in range(100)]
    (tmp_path / "train.txt").write_text("".join(lines))
    words = ["train", "--train", tmp_path / "train.txt", "--output", tmp_path / "run"]
    words += ["--epochs", 1, "--format", "text", "--model", "linear"]
    _, error = spout(*words, "--valid-share", 0.2)
    assert "81 terms, from 80 documents" in error
    out, _ = spout(*words, "--valid-share", 0.2, "--resume", "--epochs", 2)
    assert "trained 2 epochs" in out


def test_text_options_are_for_text(spout, data, run, tmp_path):
    train = ["train", "--output", tmp_path / "run", "--train"]
    xmc = data / "train.txt"
    for option, value in [("ngrams", "1,2"), ("min-df", 2), ("text-input", "tokens")]:
        error = refused(spout, *train, xmc, f"--{option}", value)
        assert f"--{option}: is for documents (--format text), but {xmc} is xmc" in error
    error = refused(spout, *train, xmc, "--sublinear-tf")
    assert "--sublinear-tf: is for documents" in error
    text = run / "train.txt"
    for option, value, said in [
        ("ngrams", "2,1", "--ngrams: expected 1 <= first <= last"),
        ("ngrams", "1,2,3", "--ngrams: expected one length or first,last, found 3 numbers"),
        ("ngrams", "0", "--ngrams: expected words or characters, found neither"),
        ("hash-bits", 40, "--hash-bits: expected 0 to 30, found 40"),
        ("min-df", 1000, "expected a term in at least 1000 of the documents"),
        ("text-input", "words", "--text-input: 'words' is unknown"),
    ]:
        assert said in refused(spout, *train, text, f"--{option}", value)
    assert not (tmp_path / "run").exists()


def test_a_run_of_hashed_terms(spout, run, tmp_path):
    spout(
        *("train", "--train", run / "train.txt", "--output", tmp_path / "run", "--epochs", 15),
        *("--hidden", 32, "--lr", 0.01, "--hash-bits", 12),
    )
    assert not (tmp_path / "run/text/terms.txt").exists()
    words = ["evaluate", tmp_path / "run", "--data", run / "test.txt", "--metrics", "P@1"]
    out, _ = spout(*words)
    assert float(out.split()[1]) > 0.9


@pytest.fixture(scope="module")
def encoder_file(tmp_path_factory):
    """The example's transformer, for a vocabulary larger than that of any test."""
    path = tmp_path_factory.mktemp("encoder") / "encoder.ts"
    script = ROOT / "scripts/examples/encoder.py"
    words = ["--output", path, "--vocabulary", "200", "--width", "32"]
    subprocess.run([sys.executable, script, *words], check=True)
    return path


@pytest.mark.parametrize("model", ["cnn", "transformer", "encoder"])
def test_models_that_read_order_learn_from_text(spout, run, encoder_file, tmp_path, model):
    options = ["--encoder", encoder_file] if model == "encoder" else ["--model", model]
    folder = tmp_path / "run"
    _, error = spout(
        *("train", "--train", run / "train.txt", "--output", folder, "--epochs", 12),
        *("--lr", 0.003, "--batch-size", 32, *options),
    )
    assert "text: words in order, " in error
    out, _ = spout("evaluate", folder, "--data", run / "test.txt", "--metrics", "P@1")
    assert float(out.split()[1]) > 0.9
    sentence = "The judge, unheardof, heard an appeal in court"
    out, _ = spout("predict", folder, "--data", "-", "--output", "-", input=sentence + "\n\n")
    assert out.startswith("topic:law:") and out.count("\n") == 2
    spout("export", folder, "--output", tmp_path / "model.ts")
    terms = (folder / "text/terms.txt").read_text().splitlines()
    words = re.findall(r"\w\w+", sentence.lower())
    tokens = [terms.index(word) + 2 if word in terms else 1 for word in words]
    assert 1 in tokens
    scores = torch.jit.load(tmp_path / "model.ts")(torch.tensor([tokens])).tolist()[0]
    found = dict(entry.rsplit(":", 1) for entry in out.split("\n")[0].split("\t"))
    for label, name in enumerate((folder / "labels.txt").read_text().splitlines()):
        assert float(found[name]) == pytest.approx(scores[label], abs=1e-5)


def test_tokens_are_for_models_that_read_order(spout, run, tmp_path):
    words = ["train", "--train", run / "train.txt", "--output", tmp_path / "run"]
    error = refused(spout, *words, "--text-input", "tokens")
    assert "the model mlp reads rows of features" in error
    error = refused(spout, *words, "--text-input", "tfidf", "--model", "cnn")
    assert "text has them (--text-input tokens)" in error
    assert not (tmp_path / "run").exists()


def test_bad_json_names_its_line(spout, tmp_path):
    file = tmp_path / "bad.jsonl"
    file.write_text('{"text": "fine", "labels": ["a"]}\n{"text": 7}\n')
    error = refused(spout, "inspect", file)
    assert f'{Path(file)}:2: expected a text as "text", found "7"' in error


def test_utf_16_is_named(spout, tmp_path):
    (tmp_path / "d.txt").write_bytes("x\tfast words\n".encode("utf-16"))
    words = ("--train", tmp_path / "d.txt", "--output", tmp_path / "run")
    assert "expected text in UTF-8, found UTF-16" in refused(spout, "train", *words)
