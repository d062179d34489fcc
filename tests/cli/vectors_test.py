"""Static vectors of tokens: --vectors starts cnn, transformer and embedding-bag, and a folder of
sentence-transformers' StaticEmbedding is an --encoder."""

import gzip
import shutil

import numpy as np
import pytest
import torch
from conftest import refused

WORDS = "apple banana cherry grape lemon melon olive peach plum quince".split()
MODELS = ["embedding-bag", "cnn", "transformer"]


def write_documents(path, count=60):
    rng = np.random.default_rng(3)
    rows = [rng.choice(WORDS, rng.integers(3, 8)) for _ in range(count)]
    path.write_text("".join(f"{row[0]}\t{' '.join(row)}\n" for row in rows))
    return path


def vectors_of(words, width=6, seed=5):
    rng = np.random.default_rng(seed)
    return {word: rng.normal(0, 2, width).round(3) for word in words}


def lines_of(vectors):
    return "".join(f"{word} {' '.join(map(str, row))}\n" for word, row in vectors.items())


def train(spout, folder, run, *more, model="embedding-bag"):
    data = folder / "train.txt"
    if not data.exists():
        write_documents(data)
    words = [
        "train",
        "--train",
        data,
        "--format",
        "text",
        "--output",
        folder / run,
        "--model",
        model,
    ]
    if model == "transformer":
        words += ["--heads", 2]
    return spout(*words, *more)


def table_of(run):
    return torch.load(run / "model.pt", weights_only=True)["encoder.embedding"].numpy()


def terms_of(run):
    return (run / "text/terms.txt").read_text().split("\n")[:-1]


@pytest.mark.parametrize("model", MODELS)
def test_words_begin_with_their_vectors(spout, tmp_path, model):
    """All scaled alike, to the size of random ones; the words without one begin at random."""
    known = [*WORDS[:7], "unheard"]
    vectors = vectors_of(known)
    (tmp_path / "v.txt").write_text(lines_of(vectors))
    _, said = train(
        spout, tmp_path, "run", "--vectors", tmp_path / "v.txt", "--epochs", 0, model=model
    )
    assert "7 of 10 words are in" in said and "width 6" in said
    train(spout, tmp_path, "plain", "--width", 6, "--epochs", 0, model=model)
    table, plain = table_of(tmp_path / "run"), table_of(tmp_path / "plain")
    rows = np.stack([vectors[term] for term in terms_of(tmp_path / "run") if term in vectors])
    scale = np.sqrt((plain**2).mean() / (rows**2).mean())
    for number, term in enumerate(terms_of(tmp_path / "run"), 2):
        expected = vectors[term] * scale if term in vectors else plain[number]
        assert np.abs(table[number] - expected).max() < 1e-6, term
    assert np.array_equal(table[:2], plain[:2])


@pytest.mark.parametrize("model", MODELS)
def test_they_are_trained_resumed_and_exported(spout, tmp_path, model):
    (tmp_path / "v.txt").write_text(lines_of(vectors_of(WORDS)))
    words = ("--vectors", tmp_path / "v.txt", "--batch-size", 16, "--schedule", "constant")
    train(spout, tmp_path, "whole", *words, "--epochs", 4, model=model)
    train(spout, tmp_path, "cut", *words, "--epochs", 2, model=model)
    (tmp_path / "v.txt").unlink()  # a run that has begun does not need the file
    spout("train", "--output", tmp_path / "cut", "--resume", "--epochs", 4)
    run, cut = tmp_path / "whole", tmp_path / "cut"
    assert (run / "model.pt").read_bytes() == (cut / "model.pt").read_bytes()
    spout("export", run, "--output", tmp_path / "m.ts")
    data = ("--data", tmp_path / "train.txt", "--top-k", 10)
    spout("predict", run, *data, "--output", tmp_path / "p.pt")
    expected = torch.load(tmp_path / "p.pt", weights_only=True).to_dense()
    number = {term: i for i, term in enumerate(terms_of(run), 2)}
    texts = [x.split("\t")[1].split() for x in (tmp_path / "train.txt").read_text().splitlines()]
    ids = torch.zeros(len(texts), 8, dtype=torch.long)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = torch.tensor([number[word] for word in text])
    assert (torch.jit.load(tmp_path / "m.ts")(ids) - expected).abs().max() < 1e-5


def test_vectors_help_where_rows_are_few(spout, tmp_path):
    """Words of one meaning have near vectors, so that one stands for the others."""
    rng = np.random.default_rng(1)
    groups = [[f"{name}{i}" for i in range(30)] for name in ("red", "blue", "green")]
    centres = rng.normal(0, 1, (3, 8))
    vectors = {
        word: centres[g] + rng.normal(0, 0.2, 8) for g, group in enumerate(groups) for word in group
    }
    (tmp_path / "v.txt").write_text(lines_of({k: v.round(4) for k, v in vectors.items()}))
    lines = [
        f"L{g}\t{' '.join(rng.choice(group, 3))}\n"
        for part in (slice(0, 15), slice(15, 30))
        for g, group in enumerate(x[part] for x in groups)
        for _ in range(100)
    ]
    (tmp_path / "test.txt").write_text("".join(lines[300:]))
    # A row without labels puts all words into the vocabulary.
    everything = "\t" + " ".join(sorted(vectors)) + "\n"
    (tmp_path / "train.txt").write_text("".join(lines[:300]) + everything)
    scores = {}
    for name, more in (("plain", ["--width", 8]), ("vectors", ["--vectors", tmp_path / "v.txt"])):
        train(spout, tmp_path, name, *more, *"--epochs 20 --optimizer sgd --lr 5".split())
        out, _ = spout(
            "evaluate", tmp_path / name, "--data", tmp_path / "test.txt", "--metrics", "P@1"
        )
        scores[name] = float(out.split()[-1])
    assert scores["vectors"] > scores["plain"] + 0.1, scores


def test_word2vec_and_compressed_files_are_read(spout, tmp_path):
    """A first line of the size; the same letters win over others."""
    text = "3 4\nApple 9 9 9 9 \napple 1 2 3 4 \nPLUM 5 6 7 8 \n"
    with gzip.open(tmp_path / "v.vec.gz", "wt") as file:
        file.write(text)
    _, said = train(spout, tmp_path, "run", "--vectors", tmp_path / "v.vec.gz", "--epochs", 0)
    assert "2 of 10 words are in" in said and "width 4 (1 of them" in said
    table, terms = table_of(tmp_path / "run"), terms_of(tmp_path / "run")
    apple, plum = (table[2 + terms.index(word)] for word in ("apple", "plum"))
    assert np.allclose(apple / apple[0], [1, 2, 3, 4], atol=1e-6)
    assert np.allclose(plum / plum[0] * 5, [5, 6, 7, 8], atol=1e-5)


def test_the_model_is_cnn_unless_named(spout, tmp_path):
    write_documents(tmp_path / "train.txt")
    (tmp_path / "v.txt").write_text(lines_of(vectors_of(WORDS)))
    words = ("--train", tmp_path / "train.txt", "--output", tmp_path / "run", "--epochs", 1)
    spout("train", *words, "--vectors", tmp_path / "v.txt")
    assert '"model": "cnn"' in (tmp_path / "run/options.json").read_text()


# ----- matrices of a tokenizer's tokens -----

tokenizers = pytest.importorskip("tokenizers")


def write_tokenizer(path, padding=True):
    names = ["[PAD]" if padding else "nothing", "[UNK]", "[CLS]", "[SEP]", *WORDS]
    made = tokenizers.Tokenizer(
        tokenizers.models.WordPiece({n: i for i, n in enumerate(names)}, unk_token="[UNK]")
    )
    made.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    made.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    made.save(str(path))
    return made


def write_matrix(path, matrix):
    from safetensors.numpy import save_file

    if path.suffix == ".npy":
        np.save(path, matrix)
    else:
        save_file({"embeddings": matrix}, path)
    return path


@pytest.mark.parametrize("name", ["v.npy", "v.safetensors"])
def test_a_matrix_has_a_row_for_each_token(spout, tmp_path, name):
    tokens = write_tokenizer(tmp_path / "tokenizer.json").get_vocab_size()
    matrix = np.random.default_rng(2).normal(size=(tokens, 5)).astype(np.float32)
    words = ("--tokenizer", tmp_path / "tokenizer.json", "--epochs", 0)
    vectors = ("--vectors", write_matrix(tmp_path / name, matrix))
    train(spout, tmp_path, "run", *words, *vectors)
    table = table_of(tmp_path / "run")[:tokens]
    scale = table[0, 0] / matrix[0, 0]
    assert scale > 0 and np.abs(table - matrix * scale).max() < 1e-6


# ----- files that are refused -----

BAD = {
    "no vectors": ("some text\nof words\n", [], "v.txt:1: expected a word and its numbers"),
    "bytes": ("\x00\x01\x02\n\x03", [], "v.txt:1: expected a word and its numbers"),
    "word2vec's binary": ("2 3\napple \x00\x00\x80?\x01?", [], "word2vec's binary files"),
    "size alone": ("2 3\n", [], "has vectors of 0 words, and none of the 10 words"),
    "another size": ("2 2\napple 1 2\nplum 1 2 3\n", [], "v.txt:3: expected 2 numbers behind"),
    "empty": ("", [], "empty file"),
    "too few numbers": (
        "apple 1 2 3\nplum 4 5\n",
        [],
        "v.txt:2: expected 3 numbers behind the word, found 2",
    ),
    "no number": ("apple 1 2 3\nplum 4 x 5\n", [], 'found "x"'),
    "infinite": ("apple 1 2 3\nplum 4 inf 5\n", [], 'found "inf"'),
    "no known word": ("foo 1 2\nbar 3 4\n", [], "has vectors of 2 words, and none of the 10 words"),
    "another width": ("apple 1 2 3\n", ["--width", 5], "--width 5: the vectors of"),
    "hashed words": ("apple 1 2 3\n", ["--hash-bits", 8], "hashed words have no names"),
    "not for mlp": ("apple 1 2 3\n", ["--model", "mlp"], "the model mlp does not use it"),
    "heads": ("apple 1 2 3\n", ["--model", "transformer"], "3 and 2"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_one_line(spout, tmp_path, case):
    text, more, line = BAD[case]
    (tmp_path / "v.txt").write_text(text)
    words = ["train", "--train", write_documents(tmp_path / "train.txt")]
    words += ["--output", tmp_path / "run", "--vectors", tmp_path / "v.txt"]
    if "--model" not in more:
        words += ["--model", "embedding-bag"]
    if "transformer" in more:
        words += ["--heads", 2]
    assert line in refused(spout, *words, *more)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("padding", [True, False])
def test_a_folder_of_tokens_takes_the_matrix_of_its_tokenizer(spout, tmp_path, padding):
    """Whether or not the tokenizer has a token of padding."""
    made = write_tokenizer(tmp_path / "tokenizer.json", padding)
    matrix = np.random.default_rng(2).normal(size=(made.get_vocab_size(), 5)).astype(np.float32)
    write_documents(tmp_path / "train.txt")
    words = ("--format", "text", "--tokenizer", tmp_path / "tokenizer.json")
    spout("convert", tmp_path / "train.txt", f"{tmp_path}/tokens/", *words)
    words = ("--train", tmp_path / "tokens", "--output", tmp_path / "run", "--epochs", 0)
    spout("train", *words, "--vectors", write_matrix(tmp_path / "v.npy", matrix))
    table = table_of(tmp_path / "run")[: len(matrix)]
    scale = table[0, 0] / matrix[0, 0]
    assert np.abs(table - matrix * scale).max() < 1e-6
    out, _ = spout("inspect", tmp_path / "tokens")
    assert "tokens" in out and "a row on average" in out


def test_rows_that_belong_to_no_token_are_counted(spout, tmp_path):
    tokens = write_tokenizer(tmp_path / "tokenizer.json").get_vocab_size()
    matrix = write_matrix(tmp_path / "v.npy", np.ones((tokens + 7, 3), np.float32))
    words = ("--tokenizer", tmp_path / "tokenizer.json", "--epochs", 0)
    _, said = train(spout, tmp_path, "run", *words, "--vectors", matrix)
    assert f"{tokens} tokens begin" in said and "its last 7 rows belong to no token" in said


def test_matrices_and_words_are_not_taken_for_each_other(spout, tmp_path):
    write_tokenizer(tmp_path / "tokenizer.json")
    write_documents(tmp_path / "train.txt")
    matrix = write_matrix(tmp_path / "v.npy", np.ones((14, 3), np.float32))
    words = ("train", "--train", tmp_path / "train.txt", "--output", tmp_path / "run")
    words += ("--model", "cnn")
    tokenizer = ("--tokenizer", tmp_path / "tokenizer.json")
    assert "--tokenizer is needed" in refused(spout, *words, "--vectors", matrix)
    (tmp_path / "v.txt").write_text("apple 1 2 3\n")
    line = refused(spout, *words, *tokenizer, "--vectors", tmp_path / "v.txt")
    assert "not for the tokens of --tokenizer" in line
    few = write_matrix(tmp_path / "few.npy", np.ones((9, 3), np.float32))
    line = refused(spout, *words, *tokenizer, "--vectors", few)
    assert "a vector for each of the 14 tokens, found 9" in line


def test_a_run_to_begin_with_has_its_own(spout, tmp_path):
    (tmp_path / "v.txt").write_text(lines_of(vectors_of(WORDS)))
    train(spout, tmp_path, "run", "--vectors", tmp_path / "v.txt", "--epochs", 1)
    start = ("--warm-start", tmp_path / "run")
    words = ("train", "--train", tmp_path / "train.txt", "--model", "embedding-bag")
    words += ("--output", tmp_path / "next")
    line = refused(spout, *words, *start, "--vectors", tmp_path / "v.txt", "--width", 6)
    assert "has vectors of its own" in line
    (tmp_path / "v.txt").unlink()
    spout(*words, *start, "--config", tmp_path / "run/options.json")
    words = ("--train", tmp_path / "train.txt", "--output", tmp_path / "wider")
    spout("train", "--extend", tmp_path / "run", *words)
    for name in ("next", "wider"):
        assert np.isfinite(table_of(tmp_path / name)).all()


def test_a_run_that_has_begun_takes_no_other_vectors(spout, tmp_path):
    (tmp_path / "v.txt").write_text(lines_of(vectors_of(WORDS)))
    (tmp_path / "w.txt").write_text(lines_of(vectors_of(WORDS, seed=6)))
    train(spout, tmp_path, "run", "--vectors", tmp_path / "v.txt", "--epochs", 1)
    words = ("train", "--output", tmp_path / "run", "--resume", "--accept-changes")
    line = refused(spout, *words, "--epochs", 2, "--vectors", tmp_path / "w.txt")
    assert "this run has begun" in line


def test_values_of_any_size_are_scaled(spout, tmp_path):
    vectors = {word: row * 1e30 for word, row in vectors_of(WORDS).items()}
    (tmp_path / "v.txt").write_text(lines_of(vectors))
    train(spout, tmp_path, "run", "--vectors", tmp_path / "v.txt", "--epochs", 0)
    table, terms = table_of(tmp_path / "run"), terms_of(tmp_path / "run")
    row = table[2 + terms.index("apple")]
    assert 0.01 < np.abs(row).max() < 1
    assert np.allclose(row / row[0], vectors["apple"] / vectors["apple"][0], atol=1e-5)


# ----- folders of static vectors: --encoder -----


@pytest.fixture(scope="module")
def static(tmp_path_factory):
    """A StaticEmbedding with its steps, as sentence-transformers writes it."""
    sentence = pytest.importorskip("sentence_transformers")
    modules = pytest.importorskip("sentence_transformers.sentence_transformer.modules")
    folder = tmp_path_factory.mktemp("static")
    tokenizer = write_tokenizer(folder / "tokenizer.json")
    torch.manual_seed(1)
    parts = [modules.StaticEmbedding(tokenizer, embedding_dim=8)]
    parts += [modules.Dense(8, 5), modules.Normalize()]
    model = sentence.SentenceTransformer(modules=parts, device="cpu")
    model.save(str(folder / "model"))
    return model, folder / "model"


def rows_of(spout, encoder, tmp_path, texts):
    (tmp_path / "t.txt").write_text("".join(f"x\t{text}\n" for text in texts))
    spout("convert", tmp_path / "t.txt", tmp_path / "r.npy", "--encoder", encoder)
    return np.load(tmp_path / "r.npy")


def test_static_rows_are_those_of_sentence_transformers(spout, static, tmp_path):
    model, folder = static
    texts = ["apple plum", "olive", "unheard peach peach", " ".join(WORDS * 9)]
    assert np.abs(rows_of(spout, folder, tmp_path, texts) - model.encode(texts)).max() < 1e-5


def test_model2vec_shares_and_weighs_rows(spout, tmp_path):
    """Its file, read by sentence-transformers."""
    from safetensors.numpy import save_file

    sentence = pytest.importorskip("sentence_transformers")
    tokens = write_tokenizer(tmp_path / "tokenizer.json").get_vocab_size()
    rng = np.random.default_rng(4)
    tensors = {"embeddings": rng.normal(size=(6, 4)).astype(np.float32)}
    tensors["mapping"] = rng.integers(0, 6, tokens)
    tensors["weights"] = rng.uniform(0.1, 2, tokens)
    save_file(tensors, tmp_path / "model.safetensors")
    place = '"idx": 0, "name": "0", "path": "."'
    (tmp_path / "modules.json").write_text(
        f'[{{{place}, "type": "sentence_transformers.models.StaticEmbedding"}},'
        '{"idx": 1, "name": "1", "path": "1_N", "type": "sentence_transformers.models.Normalize"}]'
    )
    texts = ["apple plum", "olive lemon lemon", "peach"]
    expected = sentence.SentenceTransformer(str(tmp_path), device="cpu").encode(texts)
    assert np.abs(rows_of(spout, tmp_path, tmp_path, texts) - expected).max() < 1e-5


def test_static_encoders_are_trained_and_moved(spout, static, tmp_path):
    """Frozen under prototypes and jointly under encoder; the run holds a copy."""
    _, folder = static
    write_documents(tmp_path / "train.txt")
    for name, more in (("p", []), ("e", ["--model", "encoder", "--epochs", 30, "--lr", 0.05])):
        run, there = tmp_path / name, tmp_path / f"encoder-{name}"
        shutil.copytree(folder, there)
        words = ("--train", tmp_path / "train.txt", "--encoder", there, "--output", run)
        spout("train", *words, *more)
        there.rename(tmp_path / f"moved-{name}")
        out, _ = spout("evaluate", run, "--data", tmp_path / "train.txt", "--metrics", "P@1")
        assert float(out.split()[-1]) > 0.25
    spout("export", tmp_path / "e", "--output", tmp_path / "m.ts")
    (tmp_path / "one.txt").write_text("x\tapple plum\n")
    data = ("--data", tmp_path / "one.txt", "--top-k", 10, "--output", tmp_path / "p.pt")
    spout("predict", tmp_path / "e", *data)
    expected = torch.load(tmp_path / "p.pt", weights_only=True).to_dense()
    ids = torch.tensor([[4 + WORDS.index("apple"), 4 + WORDS.index("plum"), 0, 0]])
    assert (torch.jit.load(tmp_path / "m.ts")(ids) - expected).abs().max() < 1e-5


@pytest.mark.parametrize(
    "case", ["no matrix", "two matrices", "mapping beyond", "quantised", "infinite", "few tokens"]
)
def test_bad_static_folders_are_one_line(spout, tmp_path, case):
    from safetensors.numpy import save_file

    write_tokenizer(tmp_path / "tokenizer.json")
    (tmp_path / "modules.json").write_text('[{"type": "a.StaticEmbedding", "path": ""}]')
    matrix = np.ones((14, 3), np.float32)
    tensors, line = {
        "no matrix": ({"x": np.ones(3, np.float32)}, "found none"),
        "two matrices": ({"x": matrix, "y": matrix}, "found 2"),
        "mapping beyond": ({"embeddings": matrix, "mapping": np.full(14, 14)}, "rows below 14"),
        "quantised": ({"embeddings": matrix.astype(np.int8)}, "found embeddings of Char"),
        "infinite": ({"embeddings": matrix / 0}, "in the vector of token 0"),
        "few tokens": ({"embeddings": matrix[:9]}, "a tokenizer of at most 9 tokens"),
    }[case]
    save_file(tensors, tmp_path / "model.safetensors")
    (tmp_path / "t.txt").write_text("x\tapple\n")
    words = ("convert", tmp_path / "t.txt", tmp_path / "r.npy", "--encoder", tmp_path)
    assert line in refused(spout, *words)
