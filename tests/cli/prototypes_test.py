"""The model prototypes: labels by the rows of a frozen encoder and by their own texts."""

import json
import shutil

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import refused, said

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

TOPICS = {
    "space travel": "rocket moon orbit astronaut planet".split(),
    "cooking": "soup bread oven salt pepper".split(),
    "music": "violin drum opera melody choir".split(),
    "gardens": "rose tree soil seed lawn".split(),
    "law": "court judge trial statute verdict".split(),
    "trains": "rail engine station track wagon".split(),
}
NEVER_TAUGHT = "trains"
NUM_ROWS = 240


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """The folder of a tiny BERT with random weights, whose rows still tell words apart."""
    folder = tmp_path_factory.mktemp("encoder")
    words = sorted({w for name, topic in TOPICS.items() for w in (*name.split(), *topic)})
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": true}')
    torch.manual_seed(5)
    config = transformers.BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=64, initializer_range=0.1,
    )  # fmt: skip
    transformers.BertModel(config).eval().save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """train.jsonl, in which one topic is never taught, and test.jsonl with that topic."""
    folder = tmp_path_factory.mktemp("documents")
    random = np.random.default_rng(2)

    def write(name, topics, rows):
        with open(folder / name, "w") as file:
            for _ in range(rows):
                label = topics[random.integers(len(topics))]
                text = " ".join(random.choice(TOPICS[label], 8))
                file.write(json.dumps({"text": text, "labels": [label]}) + "\n")

    taught = [topic for topic in TOPICS if topic != NEVER_TAUGHT]
    write("train.jsonl", taught, NUM_ROWS)
    write("test.jsonl", list(TOPICS), 60)
    (folder / "labels.txt").write_text(
        "".join(f"{name}\t{name} {' '.join(topic)}\n" for name, topic in TOPICS.items())
    )
    (folder / "names.txt").write_text("\n".join(TOPICS) + "\n")
    return folder


def train(spout, documents, encoder, run, *words, train="train.jsonl"):
    return spout(
        "train", "--train", documents / train, "--encoder", encoder, "--output", run, *words
    )  # fmt: skip


@pytest.fixture(scope="module")
def trained(spout, documents, encoder, tmp_path_factory):
    """A run on words and meaning, with the texts of labels."""
    run = tmp_path_factory.mktemp("runs") / "run"
    train(spout, documents, encoder, run, "--label-text", documents / "labels.txt")
    return run


def rows_of(spout, texts, encoder, folder, name):
    """The encoder's rows of texts, as `convert` writes them."""
    (folder / f"{name}.txt").write_text("\n".join(texts) + "\n")
    words = ("--encoder", encoder, "--format", "text", "--force")
    spout("convert", folder / f"{name}.txt", folder / f"{name}.npy", *words)
    return np.load(folder / f"{name}.npy")


def unit(rows):
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def read_jsonl(path):
    return [json.loads(line) for line in open(path)]


def test_scores_are_cosines_with_weighted_sums_of_rows_and_texts(
    spout, documents, encoder, tmp_path
):
    few = read_jsonl(documents / "train.jsonl")[:40]  # too few for anything to be chosen
    (tmp_path / "few.jsonl").write_text("".join(json.dumps(d) + "\n" for d in few))
    options = "--features encoder --name-weight 2 --epochs 0".split()
    train(spout, tmp_path, encoder, tmp_path / "run", *options, train="few.jsonl")
    spout("predict", tmp_path / "run", "--data", documents / "test.jsonl",
          "--output", tmp_path / "p.npz", "--top-k", 10)  # fmt: skip
    names = (tmp_path / "run/labels.txt").read_text().splitlines()

    def rows(texts):
        return unit(rows_of(spout, texts, encoder, tmp_path, "x").astype(np.float64))

    x = rows([d["text"] for d in few])
    labels = rows(names)
    center, label_center = x.mean(0), labels.mean(0)
    placed = unit(x - center)
    sums = 2 * unit(labels - label_center)
    for row, document in zip(placed, few, strict=True):
        sums[names.index(document["labels"][0])] += row
    test = unit(rows([d["text"] for d in read_jsonl(documents / "test.jsonl")]) - center)
    found = sp.load_npz(tmp_path / "p.npz").toarray()
    assert np.abs(found - test @ unit(sums).T).max() < 1e-5


def test_labels_without_training_rows_are_found(spout, documents, trained):
    out, _ = spout("evaluate", trained, "--data", documents / "test.jsonl",
                   "--metrics", "Recall@1,Recall-0@2,Recall-1-5@1")  # fmt: skip
    values = {line.split()[0]: float(line.split()[1]) for line in out.splitlines()}
    assert values["Recall@1"] > 0.7
    assert values["Recall-0@2"] > 0.5
    assert values["Recall-1-5@1"] == 0.0  # no topic has so few rows


def test_a_run_works_when_the_encoder_has_moved(spout, documents, encoder, trained, tmp_path):
    """The run holds a copy of the folder."""
    moved = tmp_path / "moved"
    shutil.copytree(encoder, moved)
    train(
        spout,
        documents,
        moved,
        tmp_path / "run",
        "--label-text",
        documents / "labels.txt",
    )
    shutil.rmtree(moved)
    outputs = []
    for run in (trained, tmp_path / "run"):
        data = ("--data", documents / "test.jsonl", "--output", "-")
        outputs.append(spout("predict", run, *data)[0])
    assert outputs[0] == outputs[1]
    assert outputs[0].splitlines()[0].count(":") >= 5


def test_a_folder_of_ones_own_is_left_alone(spout, documents, encoder, data, tmp_path):
    """A run removes only copies that it made itself."""
    (tmp_path / "encoder").mkdir()
    (tmp_path / "encoder/mine.txt").write_text("mine")
    train = ("train", "--train", data / "train.txt", "--output", tmp_path, "--force")
    spout(*train, "--model", "linear", "--epochs", 1)
    assert (tmp_path / "encoder/mine.txt").read_text() == "mine"


def test_a_training_goes_on_when_the_encoder_has_moved(spout, documents, encoder, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(encoder, moved)
    options = "--model mlp --hidden 8 --epochs 2".split()
    train(spout, documents, moved, tmp_path / "run", *options)
    shutil.rmtree(moved)
    spout("train", "--output", tmp_path / "run", "--resume", "--epochs", 3)
    more = ("--train", documents / "train.jsonl", "--output", tmp_path / "more")
    spout("train", *more, "--extend", tmp_path / "run", "--epochs", 1)
    spout("train", *more, "--warm-start", tmp_path / "run", *options, "--force")
    spout("predict", tmp_path / "more", "--data", documents / "test.jsonl", "--output", "-")
    line = refused(spout, "train", *more, "--encoder", moved, "--force")
    assert "found nothing of that name" in line


def test_predict_adds_labels_from_their_texts(spout, documents, encoder, tmp_path):
    _, error = train(spout, documents, encoder, tmp_path / "run")
    data = ("--data", documents / "test.jsonl", "--top-k", 2)
    before, _ = spout("predict", tmp_path / "run", *data, "--output", "-")
    assert NEVER_TAUGHT not in before
    more = ("--label-text", documents / "labels.txt")
    after, error = spout("predict", tmp_path / "run", *data, *more, "--output", "-")
    assert said(error, "1 labels are new", "5 are known")
    true = [d["labels"][0] for d in read_jsonl(documents / "test.jsonl")]
    hits = [NEVER_TAUGHT in line for line, t in zip(after.splitlines(), true, strict=True)
            if t == NEVER_TAUGHT]  # fmt: skip
    assert np.mean(hits) > 0.5
    spout("predict", tmp_path / "run", *data, *more, "--output", tmp_path / "p.npz")
    assert sp.load_npz(tmp_path / "p.npz").shape == (60, 6)


def test_an_exported_module_scores_as_the_run_does(spout, documents, encoder, trained, tmp_path):
    spout("export", trained, "--output", tmp_path / "m.ts")
    test = documents / "test.jsonl"
    spout("predict", trained, "--data", test, "--output", tmp_path / "p.npz", "--top-k", 6)
    spout("convert", test, f"{tmp_path}/X.npz,{tmp_path}/Y.npz", "--names", trained)
    x = sp.load_npz(tmp_path / "X.npz").tocsr()
    x = torch.sparse_csr_tensor(x.indptr.astype(np.int64), x.indices.astype(np.int64), x.data,
                                size=x.shape)  # fmt: skip
    found = torch.jit.load(str(tmp_path / "m.ts"))(x).numpy()
    expected = sp.load_npz(tmp_path / "p.npz").toarray()
    assert np.abs(np.where(expected != 0, found - expected, 0)).max() < 2e-5


def test_rows_are_kept_and_taken_again(spout, documents, encoder, tmp_path):
    run = tmp_path / "run"
    train(spout, documents, encoder, run)
    kept = sorted((tmp_path / "run.rows").iterdir())
    assert len(kept) == 2  # of the documents and of the labels' texts
    times = [path.stat().st_mtime_ns for path in kept]
    before = (run / "model.pt").read_bytes()
    train(spout, documents, encoder, run, "--force")
    assert [path.stat().st_mtime_ns for path in kept] == times
    assert (run / "model.pt").read_bytes() == before
    np.save(kept[0], np.zeros((3, 3), np.float32))
    line = refused(spout, "train", "--train", documents / "train.jsonl", "--encoder", encoder,
                   "--output", run, "--force")  # fmt: skip
    assert "remove this file" in line


def test_any_model_of_rows_reads_the_encoders(spout, documents, encoder, tmp_path):
    """Frozen rows are dense features, alone or beside words."""
    for number, words in enumerate(
        (
            "--model mlp --hidden 16 --epochs 20 --lr 0.01",
            "--model mlp --hidden 16 --features both --epochs 20 --lr 0.01",
            "--model linear --epochs 20 --lr 0.1",
            "--model encoder --freeze-encoder --epochs 20 --lr 0.01",
        )
    ):
        run = tmp_path / f"run{number}"
        train(spout, documents, encoder, run, "--batch-size", 32, *words.split())
        out, _ = spout("evaluate", run, "--data", documents / "train.jsonl", "--metrics", "P@1")
        assert float(out.split()[1]) > 0.8, words


def test_numbers_are_no_texts(spout, documents, encoder, tmp_path):
    (tmp_path / "n.txt").write_text("17\trocket moon\np12\tsoup bread\n" * 30)
    _, error = train(spout, tmp_path, encoder, tmp_path / "run", "--format", "text", train="n.txt")
    assert said(error, "2 of 2 labels", "not used")
    out, _ = spout("predict", tmp_path / "run", "--data", "-", "--output", "-", "--top-k", 1,
                   input="rocket moon\nsoup bread\n")  # fmt: skip
    assert [line.split(":")[0] for line in out.splitlines()] == ["17", "p12"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "music\tsongs\nmusic\tsinging\n",
            ':2: expected each label once, found "music" again',
        ),
        (
            "music\t\n",
            ":1: expected a label and its text, name<TAB>text, found no text",
        ),
        ("music\tx\ty\n", "found further tabs"),
        ("\tsongs\n", ":1: expected a name"),
        ("", "found an empty file"),
    ],
)
def test_bad_label_texts_are_refused(spout, documents, encoder, tmp_path, text, expected):
    (tmp_path / "labels.txt").write_text(text)
    line = refused(
        spout, "train", "--train", documents / "train.jsonl", "--encoder", encoder,
        "--output", tmp_path / "run", "--label-text", tmp_path / "labels.txt",
    )  # fmt: skip
    assert expected in line
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--features", "words"], "--features words: leaves --encoder and --tokenizer"),
        (
            ["--model", "svm", "--features", "both", "--name-weight", "1"],
            "--name-weight",
        ),
        (["--model", "cnn"], "--encoder: the model cnn does not use it"),
        (["--model", "encoder", "--features", "both"], "reads one kind of features"),
        (["--features", "encoder", "--ngrams", "1,2"], "--ngrams: is for words"),
        (["--features", "encoder", "--svm-cost", "2"], "--svm-cost: is for words"),
        (["--features", "encoder", "--word-weight", "2"], "--word-weight: is for words"),
        (["--text-input", "tokens"], "--text-input tokens: --encoder and --tokenizer make rows"),
        (["--model", "encoder", "--name-weight", "2"], "--name-weight: needs"),
        (["--model", "encoder", "--label-text", "x"], "--label-text: needs"),
    ],
)
def test_options_that_do_not_go_together(spout, documents, encoder, tmp_path, words, expected):
    line = refused(spout, "train", "--train", documents / "train.jsonl", "--encoder", encoder,
                   "--output", tmp_path / "run", *words)  # fmt: skip
    assert expected in line


def test_other_data_are_refused(spout, data, trained, encoder, tmp_path):
    run = ("--output", tmp_path / "run")
    line = refused(spout, "train", "--train", data / "train.txt", "--encoder", encoder, *run)
    assert "expected documents with labels" in line
    line = refused(spout, "train", "--train", data / "train.txt", "--model", "prototypes", *run)
    assert "reads dense features" in line
    line = refused(spout, "predict", trained, "--data", "x", "--output", "-", "--label-text", "no")
    assert "no:" in line


def test_dense_features_of_any_origin_will_do(spout, tmp_path):
    random = np.random.default_rng(1)
    centers = random.normal(size=(8, 16))
    y = random.integers(8, size=400)
    np.save(
        tmp_path / "X.npy",
        (centers[y] + random.normal(size=(400, 16))).astype(np.float32),
    )
    sp.save_npz(tmp_path / "Y.npz", sp.csr_matrix(np.eye(8, dtype=np.float32)[y]))
    pair = f"{tmp_path}/X.npy,{tmp_path}/Y.npz"
    spout("train", "--train", pair, "--model", "prototypes", "--output", tmp_path / "run")
    out, _ = spout("evaluate", tmp_path / "run", "--data", pair, "--metrics", "P@1")
    assert float(out.split()[1]) > 0.85


@pytest.mark.parametrize("model", ["prototypes", "svm", "linear"])
def test_words_and_rows_give_the_same_scores_on_every_way(
    spout, encoder, documents, tmp_path, model
):
    """From text, from converted rows, and from the exported module: words are scaled, rows not."""
    words = ("--encoder", encoder, "--features", "both", "--model", model)
    steps = ("--epochs", 3) if model == "linear" else ()
    train = ("--train", documents / "train.jsonl", "--output", tmp_path / "run")
    spout("train", *train, *words, *steps)
    test = documents / "test.jsonl"
    pair = f"{tmp_path}/X.npz,{tmp_path}/Y.npz"
    spout("convert", test, pair, "--names", tmp_path / "run")
    scores = {}
    for name, data in (("text", test), ("rows", tmp_path / "X.npz")):
        out = ("--top-k", 10, "--output", tmp_path / f"{name}.pt")
        spout("predict", tmp_path / "run", "--data", data, *out)
        scores[name] = torch.load(tmp_path / f"{name}.pt", weights_only=True).to_dense()
    spout("export", tmp_path / "run", "--output", tmp_path / "m.ts")
    x = sp.load_npz(tmp_path / "X.npz").tocsr()
    module = torch.jit.load(tmp_path / "m.ts")
    dense = torch.from_numpy(x.toarray())
    sparse = torch.sparse_csr_tensor(x.indptr.astype("i8"), x.indices.astype("i8"), x.data, x.shape)
    scores["module"] = module(dense)
    scores["module, sparse"] = module(sparse)
    assert (scores["text"] != 0).any()
    for name, found in scores.items():
        kept = scores["text"] != 0  # svm's trees leave labels out
        assert (found - scores["text"])[kept].abs().max() < 1e-4, name


def test_real_titles_are_named_by_meaning(spout, minilm, real_data, tmp_path):
    """Of 2,000 titles and 27,754 names, most of which no title has: better than words alone."""
    import gzip

    def head(name, rows):
        lines = gzip.open(real_data / f"yso-en/{name}.jsonl.gz", "rt").readlines()[:rows]
        (tmp_path / f"{name}.jsonl").write_text("".join(lines))

    head("train", 2000)
    head("test", 500)
    names = gzip.open(real_data / "yso-en/labels.txt.gz", "rt").read().splitlines()
    (tmp_path / "names.txt").write_text("".join(line.split("\t")[0] + "\n" for line in names))
    found = {}
    for run, words in (("svm", ()), ("both", ("--label-text", tmp_path / "names.txt"))):
        more = ("--encoder", minilm, *words) if words else ()
        spout("train", "--train", tmp_path / "train.jsonl", "--output", tmp_path / run, *more)
        spout("evaluate", tmp_path / run, "--data", tmp_path / "test.jsonl",
              "--metrics", "P@1,Recall@10,Recall-0@10", "--json", tmp_path / "m.json",
              "--force")  # fmt: skip
        found[run] = json.loads((tmp_path / "m.json").read_text())
    assert found["both"]["P@1"] > found["svm"]["P@1"] + 0.1
    assert found["both"]["Recall@10"] > found["svm"]["Recall@10"] + 0.15
    assert found["both"]["Recall-0@10"] > 0.15
