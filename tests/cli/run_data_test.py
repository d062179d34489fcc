"""What a run has settled about its data holds in every later command, and nothing else is lost."""

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import refused

QUICK = "--epochs 1 --hidden 4 --batch-size 8".split()
MF = ["--model", "mf", *QUICK]


def write(path, *lines):
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def users_of_equal_length(path, name="{}"):
    """Adjacency text whose lines could be user, item and rating as well."""
    return write(path, *(f"{name.format(u)} {u % 7} {(u * 3 + 1) % 7}" for u in range(20)))


@pytest.mark.parametrize("name", ["{}", "user{}"])
def test_a_run_of_adjacency_reads_the_same_file_the_same_way(spout, tmp_path, name):
    train = users_of_equal_length(tmp_path / "train.txt", name)
    words = ["train", "--train", train, "--output", tmp_path / "run", *MF]
    assert "could be" in refused(spout, *words)
    spout(*words, "--format", "adjacency")
    out = tmp_path / "p.npz"
    spout("predict", tmp_path / "run", "--data", train, "--output", out, "--keep-seen")
    assert sp.load_npz(out).shape == (20, 7)


def test_a_run_of_pairs_reads_the_same_file_the_same_way(spout, tmp_path):
    times = [f"{u}\t{i}\t5\t{881250949 + u}" for u in range(9) for i in (u % 5, u % 4 + 5)]
    train = write(tmp_path / "train.txt", *times)
    run = tmp_path / "run"
    spout("train", "--train", train, "--output", run, *MF)
    assert (run / "labels.txt").exists()
    test = write(tmp_path / "test.txt", *(line.rsplit("\t", 1)[0] for line in times))
    assert "could be" in refused(spout, "inspect", test)
    for data in (train, test):
        out, _ = spout("predict", run, "--data", data, "--output", tmp_path / "p.txt", "--force")
        assert ": 9 x 9, " in out
    # Other fields than the first line's are not what pairs hold.
    ragged = write(tmp_path / "ragged.txt", "1 2", "2 3 4")
    words = ("predict", run, "--data", ragged, "--output", tmp_path / "q.txt")
    found = refused(spout, *words)
    assert "ragged.txt:2: expected 2 fields, as the first line has, found 3" in found
    header = write(tmp_path / "header.csv", "time,item,user", "5,1,1", "6,2,9")
    out, _ = spout("predict", run, "--data", header, "--output", tmp_path / "h.txt")
    assert ": 2 x 9, " in out


def test_what_was_in_the_folder_of_a_run_is_not_lost(spout, data, tmp_path):
    run = tmp_path / "run"
    (run / "text").mkdir(parents=True)
    kept = write(run / "text/notes.txt", "mine")
    words = ["train", "--train", data / "train.txt", "--output", run, *QUICK]
    assert f"{run}/text: exists; --force overwrites it" in refused(spout, *words)
    spout(*words, "--force")
    assert kept.read_text() == "mine\n"
    for name in ("labels.txt", "users.txt"):
        other = tmp_path / name.removesuffix(".txt")
        other.mkdir()
        write(other / name, "mine")
        words[4] = other
        assert f"{name}: exists; --force overwrites it" in refused(spout, *words)
        assert (other / name).read_text() == "mine\n"


RATINGS = [f"u{u},i{(u + 3 * k) % 8},{5 - k}" for u in range(24) for k in range(4)]


def rated(path, lowest=0, user="u"):
    chosen = (line.replace("u", user, 1) for line in RATINGS if int(line[-1]) >= lowest)
    return write(path, "user,item,rating", *chosen)


def test_ratings_are_read_as_in_training(spout, tmp_path):
    every, best = rated(tmp_path / "all.csv"), rated(tmp_path / "best.csv", 4)
    run = tmp_path / "run"
    ratings = ("--min-rating", 4, "--ratings", "values")
    words = ["--model", "multdae", "--loss", "mse", *QUICK]
    spout("train", "--train", every, "--output", run, *words, *ratings)

    def predicted(name, data, *more):
        out = tmp_path / f"{name}.npz"
        spout("predict", run, "--data", data, "--output", out, "--top-k", 8, *more)
        return sp.load_npz(out).toarray()

    of_all = predicted("all", every)
    assert np.array_equal(of_all, predicted("best", best))
    assert np.array_equal(of_all, predicted("same", every, *ratings))
    assert not np.array_equal(of_all, predicted("low", every, "--min-rating", 0))
    metrics = ("--metrics", "Recall@3")
    other = rated(tmp_path / "other.csv", user="v"), rated(tmp_path / "better.csv", 4, "v")
    found = [spout("evaluate", run, "--data", data, "--train", every, *metrics) for data in other]
    assert found[0][0] == found[1][0]
    # What is to be excluded is so however it was rated.
    excluded = predicted("excluded", best, "--exclude", every)
    assert (excluded != 0).sum() <= 24 * 4


def test_a_resumed_run_keeps_its_words_and_names(spout, tmp_path):
    lines = [f"{'ab'[i % 2]}\tword{i % 2} common" for i in range(20)]
    train = write(tmp_path / "train.txt", *lines)
    run = tmp_path / "run"
    spout("train", "--train", train, "--output", run, "--format", "text", *QUICK)
    names = ["labels.txt", "text/terms.txt", "text/text.json"]
    before = [(run / name).read_text() for name in names]
    write(train, *(["b\tother new words"] * 30), *lines)
    more = ("train", "--output", run, "--resume", "--epochs", 2)
    assert "not the data that" in refused(spout, *more)
    spout(*more, "--accept-changes")
    assert [(run / name).read_text() for name in names] == before


def test_a_resumed_run_keeps_its_users_in_their_order(spout, tmp_path):
    lines = [f"u{u} {u % 7} {(u * 3 + 1) % 7}" for u in range(20)]
    train = write(tmp_path / "train.txt", *lines)
    run = tmp_path / "run"
    words = ("--format", "adjacency", "--user-vectors", *MF)
    spout("train", "--train", train, "--output", run, *words)
    users = (run / "users.txt").read_text()
    write(train, *reversed(lines))
    more = ("train", "--output", run, "--resume", "--epochs", 2)
    assert "not the data that" in refused(spout, *more)
    spout(*more, "--accept-changes")
    assert (run / "users.txt").read_text() == users


@pytest.mark.parametrize("rule", ["auto", "per-label"])
def test_a_threshold_is_found_on_rows_with_labels_that_training_has_not_seen(spout, tmp_path, rule):
    lines = [f"{'ab'[i % 2]}\tword{i % 2} common" for i in range(20)]
    train = write(tmp_path / "train.txt", *lines)
    valid = write(tmp_path / "valid.txt", *lines, "new newer\tword1 common")
    run = tmp_path / "run"
    words = ("--format", "text", *QUICK)
    spout("train", "--train", train, "--valid", valid, "--output", run, *words)
    words = ("--threshold", rule, "--metrics", "micro-F1")
    _, error = spout("evaluate", run, "--data", train, *words)
    assert "threshold: " in error and f"on 21 rows of {valid}" in error


def test_numbered_labels_beyond_those_of_the_run_count_as_missed(spout, tmp_path):
    train = write(tmp_path / "train.txt", "4 3 6", *(f"{i},{i + 2} {i % 3}:1" for i in range(4)))
    other = write(tmp_path / "other.txt", "2 3 9", "8 0:1", "0 1:1")
    run = tmp_path / "run"
    spout("train", "--train", train, "--output", run, *QUICK)
    said = spout("evaluate", run, "--data", other, "--metrics", "P@1")[1]
    assert "other.txt: 1 entries have labels beyond the 6 of the run; they count as missed" in said
    fewer = write(tmp_path / "fewer.txt", "1 3 5", "0 1:1")
    line = refused(spout, "evaluate", run, "--data", fewer)
    assert "fewer.txt: expected 6 labels, as the model has, found 5" in line
    spout("predict", run, "--data", other, "--output", tmp_path / "p.npz")  # asks for no labels


def test_documents_without_a_label_teach_and_measure_nothing(spout, data, tmp_path):
    lines = [f"{'ab'[i % 2]}\tword{i % 2} common" for i in range(20)]
    train = write(tmp_path / "train.txt", *lines)
    run = tmp_path / "run"
    spout("train", "--train", train, "--output", run, "--format", "text", *QUICK)
    other = data / "train.txt"  # of another format, which documents may look like
    said = "expected documents with labels, found none among 601"
    assert said in refused(spout, "evaluate", run, "--data", other)
    words = ("--train", other, "--warm-start", run, "--output", tmp_path / "more")
    assert said in refused(spout, "train", *words, *QUICK)
    spout("predict", run, "--data", other, "--output", tmp_path / "p.npz")


def test_new_labels_are_missed_only_where_something_is_measured(spout, tmp_path):
    lines = [f"{'ab'[i % 2]}\tword{i % 2} common" for i in range(20)]
    train = write(tmp_path / "train.txt", *lines)
    more = write(tmp_path / "more.txt", "c\tword1", *lines[1:])
    run = tmp_path / "run"
    words = ("--format", "text", *QUICK)
    spout("train", "--train", train, "--output", run, *words)
    missed = "names 1 labels that the model has not seen, 1 times; they count as missed"
    assert missed in spout("evaluate", run, "--data", more, "--metrics", "P@1")[1]
    words = ("--data", train, "--exclude", more, "--output", tmp_path / "p.npz")
    assert "missed" not in spout("predict", run, *words)[1]
    for name, source in (("same", train), ("more", more)):
        pair = f"{tmp_path}/{name}.npz,{tmp_path}/{name}_Y.npz"
        _, error = spout("convert", source, pair, "--format", "text", "--names", run)
        assert "missed" not in error.replace(str(tmp_path), "")
    assert not (tmp_path / "same.names").exists()
    assert sp.load_npz(tmp_path / "more_Y.npz").shape == (20, 3)
    assert (tmp_path / "more.names/labels.txt").read_text() == "a\nb\nc\n"
    terms = [(folder / "text/terms.txt").read_text() for folder in (run, tmp_path / "more.names")]
    assert terms[0] == terms[1]
