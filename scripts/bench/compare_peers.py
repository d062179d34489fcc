"""spout beside the tools for extreme multi-label classification, on one machine in one run.

    .venv/bin/python scripts/bench/compare_peers.py TRAIN TEST
        [--peers omikuji,omikuji-bonsai,pecos,napkinxc] [--recipe CONFIG.json] [--only-recipe]
        [--text] [--seeds 1,2,3] [--bootstrap PEER] [--threads 2] [--json FILE]

TRAIN and TEST are files of the Extreme Classification Repository: `rows features labels`, then
`l1,l2 f:v f:v` a row; *.gz as well; with --text, of JSON lines or labels<TAB>text, which spout
reads as they are and the peers as scikit-learn's tf-idf. Rows are scaled to length one for every
tool where TRAIN's are not. The peers are installed from PyPI into an environment of their own
(~/.cache/spout/peers); each runs in a process of its own, with the settings that its
documentation gives: Omikuji's defaults (Parabel-like, 3 trees) and its Bonsai-like setting (100
unbalanced clusters, depth 3), PECOS's XR-Linear with PIFA and hierarchical k-means, napkinXC's
PLT. spout runs with nothing but TRAIN (`spout`), and with --recipe (`spout, CONFIG`); the model
that it took stands behind. Training
seconds are whole processes for spout, start-up, reading and saving included, and the call that
trains for the peers; peak MiB is a process's when it has trained (of Omikuji's without Python's
copy of the rows). Test rows are predicted to five labels. Metrics are worked out here, the same
for all. The table is printed as Markdown; with several seeds spout's lines are means, with half
the spread of P@1 behind. --bootstrap PEER adds, for each spout line, how often resampled test
rows leave it ahead of that peer in P@1 + P@3 + P@5.
"""

import gzip
import json
import sys
import tempfile
from pathlib import Path

from peers import (
    Clock,
    argument_parser,
    bytes_under,
    mean_of,
    of_peer,
    peers_python,
    spout,
    spout_settings,
    table,
    train_spout,
)

PACKAGES = ["omikuji==0.5.2", "libpecos==1.2.8", "napkinxc==0.7.2"]
PEERS = ["omikuji", "omikuji-bonsai", "pecos", "napkinxc"]
TOP = 5
COLUMNS = ["P@1", "P@3", "P@5", "PSP@1", "PSP@5"]


# What follows runs in that environment too, and so imports NumPy where it is used.


def read(path):
    """Features and labels as SciPy CSR."""
    import numpy as np
    import scipy.sparse as sp

    opened = gzip.open(path, "rt") if str(path).endswith(".gz") else open(path)
    with opened as file:
        rows, features, labels = map(int, file.readline().split())
        x_at, x_col, x_value, y_at, y_col = [0], [], [], [0], []
        for line in file:
            named, _, rest = line.rstrip("\n").partition(" ")
            if ":" in named:
                named, rest = "", line
            y_col += sorted({int(label) for label in named.split(",") if label})
            y_at.append(len(y_col))
            for entry in rest.split():
                column, _, value = entry.partition(":")
                x_col.append(int(column))
                x_value.append(float(value))
            x_at.append(len(x_col))
    x = sp.csr_matrix((np.array(x_value, np.float32), x_col, x_at), (rows, features))
    y = sp.csr_matrix((np.ones(len(y_col), np.float32), y_col, y_at), (rows, labels))
    x.sort_indices()
    return x, y


def scaled_to_unit(x):
    import numpy as np
    import scipy.sparse as sp

    length = np.sqrt(np.asarray(x.multiply(x).sum(1)).ravel())
    length[length == 0] = 1
    x = (sp.diags(1 / length) @ x).tocsr().astype(np.float32)
    x.sort_indices()
    return x


def write(path, x, y):
    with open(path, "w") as file:
        file.write(f"{x.shape[0]} {x.shape[1]} {y.shape[1]}\n")
        for row in range(x.shape[0]):
            labels = ",".join(map(str, y.indices[y.indptr[row] : y.indptr[row + 1]]))
            span = slice(x.indptr[row], x.indptr[row + 1])
            pairs = zip(x.indices[span], x.data[span], strict=True)
            file.write(f"{labels} " + " ".join(f"{c}:{v:.7g}" for c, v in pairs) + "\n")


def best(scores):
    """The best columns of every row of CSR scores; -1 where there are fewer."""
    import numpy as np

    scores = scores.tocsr()
    top = np.full((scores.shape[0], TOP), -1)
    for row in range(len(top)):
        span = slice(scores.indptr[row], scores.indptr[row + 1])
        order = np.argsort(-scores.data[span], kind="stable")[:TOP]
        top[row, : len(order)] = scores.indices[span][order]
    return top


def train_omikuji(peer, files, folder, threads):
    import numpy as np
    import omikuji

    settings = omikuji.Model.default_hyper_param()
    if peer == "omikuji-bonsai":
        settings.cluster_k, settings.cluster_balanced = 100, False
        settings.n_trees, settings.max_depth, settings.cluster_min_size = 3, 3, 2
    clock = Clock()
    model = omikuji.Model.train_on_data(files["train"], settings, threads)
    trained = clock.seconds()
    model.save(folder)
    x = read(files["test"])[0]
    clock = Clock()
    top = np.full((x.shape[0], TOP), -1)
    for row in range(len(top)):
        span = slice(x.indptr[row], x.indptr[row + 1])
        pairs = list(zip(x.indices[span].tolist(), x.data[span].tolist(), strict=True))
        found = model.predict(pairs, top_k=TOP)
        top[row, : len(found)] = [label for label, _ in found]
    return trained, clock.seconds()[0], top


def train_pecos(files, folder, threads):
    from pecos.xmc import Indexer, LabelEmbeddingFactory
    from pecos.xmc.xlinear.model import XLinearModel

    x, y = read(files["train"])
    clock = Clock()
    embedding = LabelEmbeddingFactory.create(y, x, method="pifa")
    clusters = Indexer.gen(embedding, indexer_type="hierarchicalkmeans")
    model = XLinearModel.train(x, y, C=clusters, threads=threads)
    trained = clock.seconds()
    model.save(folder)
    x_test = read(files["test"])[0]
    clock = Clock()
    scores = model.predict(x_test, only_topk=TOP, threads=threads)
    return trained, clock.seconds()[0], best(scores)


def train_napkinxc(files, folder, threads):
    import numpy as np
    from napkinxc.models import PLT

    x, y = read(files["train"])
    rows = [y.indices[y.indptr[i] : y.indptr[i + 1]].tolist() for i in range(y.shape[0])]
    Path(folder).mkdir()
    model = PLT(folder, threads=threads)
    clock = Clock()
    model.fit(x, rows)
    trained = clock.seconds()
    x_test = read(files["test"])[0]
    clock = Clock()
    found = model.predict(x_test, top_k=TOP)
    seconds = clock.seconds()[0]
    top = np.full((len(found), TOP), -1)
    for row, labels in enumerate(found):
        top[row, : len(labels)] = labels
    return trained, seconds, top


def run_peer(peer, files, threads):
    """In the peers' environment: trains, predicts, and leaves the best labels in files["top"]."""
    import numpy as np

    folder = str(Path(files["folder"]) / f"model-{peer}")
    if peer == "pecos":
        (wall, cpu, peak), predict, top = train_pecos(files, folder, threads)
    elif peer == "napkinxc":
        (wall, cpu, peak), predict, top = train_napkinxc(files, folder, threads)
    else:
        (wall, cpu, peak), predict, top = train_omikuji(peer, files, folder, threads)
    np.save(files["top"], top)
    figures = {
        "train s": wall,
        "CPU s": cpu,
        "predict ms": 1000 * predict / len(top),
        "model MiB": bytes_under(folder) / 2**20,
        "peak MiB": peak,
    }
    print(json.dumps(figures))


def of_spout(files, options, seed, threads):
    """The same figures of the executable. Prediction is what `spout predict` says it took."""
    import numpy as np
    import scipy.sparse as sp

    run = Path(files["folder"]) / "run"
    words = ["--train", files["spout train"], "--seed", seed, "--threads", threads, *options]
    figures = train_spout(words, run)
    output = Path(files["folder"]) / "predicted.npz"
    words = ["--data", files["spout test"], "--top-k", TOP, "--force", "--threads", threads]
    said = spout("predict", run, *words, "--output", output).split()
    top = best(sp.load_npz(output))
    if files.get("names"):
        number = {name: i for i, name in enumerate(Path(files["names"]).read_text().splitlines())}
        names = (run / "labels.txt").read_text().splitlines()
        to = np.array([number[name] for name in names] + [-1])
        top = to[top]
    np.save(files["top"], top)
    return figures | {"predict ms": float(said[said.index("ms") - 1])}


class Metrics:
    """Precision, and precision weighted by inverse propensity, of the best labels of test rows."""

    def __init__(self, y_train, y_test, a=0.55, b=1.5):
        import numpy as np

        count = np.asarray(y_train.sum(0)).ravel()
        c = (np.log(y_train.shape[0]) - 1) * (b + 1) ** a
        inverse = 1 + c * (count + b) ** -a
        self.truth = [
            y_test.indices[y_test.indptr[i] : y_test.indptr[i + 1]] for i in range(y_test.shape[0])
        ]
        self.inverse = inverse
        self.ideal = np.zeros((len(self.truth), TOP))
        for row, labels in enumerate(self.truth):
            weights = np.sort(inverse[labels])[::-1][:TOP]
            self.ideal[row, : len(weights)] = weights

    def hits(self, top):
        import numpy as np

        return np.array([np.isin(t, labels) for t, labels in zip(top, self.truth, strict=True)])

    def __call__(self, top):
        hits = self.hits(top)
        weights = hits * self.inverse[top]
        result = {f"P@{k}": 100 * hits[:, :k].mean() for k in (1, 3, 5)}
        for k in (1, 5):
            result[f"PSP@{k}"] = 100 * weights[:, :k].sum() / self.ideal[:, :k].sum()
        return result

    def share_ahead(self, tops, rival, draws=2000):
        """Of resampled test rows: how often the mean of `tops` is ahead in P@1 + P@3 + P@5."""
        import numpy as np

        def value(top):
            hits = self.hits(top)
            return sum(hits[:, :k].mean(1) for k in (1, 3, 5))

        gain = np.mean([value(top) for top in tops], 0) - value(rival)
        drawn = np.random.default_rng(1).integers(0, len(gain), (draws, len(gain)))
        return float((gain[drawn].mean(1) > 0).mean())


def prepare(args, folder):
    """Both files as plain text with rows of length one, and what is measured by them."""
    import numpy as np

    (x, y), (x_test, y_test) = read(args.train), read(args.test)
    files = {"folder": folder, "top": f"{folder}/top.npy"}
    length = np.asarray(x.multiply(x).sum(1)).ravel()
    unit = np.abs(length[length > 0] - 1).max() < 1e-3
    for name, features, labels in (("train", x, y), ("test", x_test, y_test)):
        files[name] = f"{folder}/{name}.txt"
        write(files[name], features if unit else scaled_to_unit(features), labels)
        files[f"spout {name}"] = files[name]
    return files, Metrics(y, y_test)


def read_texts(path):
    """Labels and text of every row of JSON lines (text, labels) or of labels<TAB>text."""
    opened = gzip.open(path, "rt") if str(path).endswith(".gz") else open(path)
    rows = []
    with opened as file:
        for line in file:
            if line.startswith("{"):
                row = json.loads(line)
                rows.append((row["labels"], row["text"]))
            else:
                labels, _, text = line.rstrip("\n").partition("\t")
                rows.append(([label for label in labels.split(",") if label], text))
    return rows


def prepare_texts(args, folder):
    """Texts as they are for spout; for the peers, which read no text, scikit-learn's tf-idf of them
    (single words, its defaults but for logarithmic counts)."""
    import numpy as np
    import scipy.sparse as sp
    from sklearn.feature_extraction.text import TfidfVectorizer

    train, test = read_texts(args.train), read_texts(args.test)
    names = sorted({label for labels, _ in train for label in labels})
    number = {name: i for i, name in enumerate(names)}
    words = TfidfVectorizer(sublinear_tf=True, dtype=np.float32)
    words.fit(text for _, text in train)
    files = {"folder": folder, "top": f"{folder}/top.npy", "names": f"{folder}/names.txt"}
    Path(files["names"]).write_text("".join(f"{name}\n" for name in names))
    targets = []
    for name, rows, path in (("train", train, args.train), ("test", test, args.test)):
        # Labels that no training row has keep a column: nobody can find them.
        known = [sorted({number.get(n, len(names)) for n in labels}) for labels, _ in rows]
        at = np.cumsum([0, *map(len, known)])
        columns = np.array([column for row in known for column in row], np.int64)
        shape = (len(rows), len(names) + 1)
        targets.append(sp.csr_matrix((np.ones(len(columns), np.float32), columns, at), shape))
        files[name], files[f"spout {name}"] = f"{folder}/{name}.txt", path
        write(files[name], words.transform(text for _, text in rows), targets[-1])
    return files, Metrics(*targets)


def compare(args):
    import numpy as np

    lines, ahead, tops = {}, {}, {}
    with tempfile.TemporaryDirectory() as folder:
        files, metrics = (prepare_texts if args.text else prepare)(args, folder)
        python = peers_python("peers", PACKAGES) if args.peers else ""
        for peer in filter(None, args.peers.split(",")):
            figures = of_peer(python, __file__, peer, files, args.threads)
            tops[peer] = np.load(files["top"])
            lines[peer] = figures | metrics(tops[peer])
            print(f"{peer}: {lines[peer]}", file=sys.stderr)
        settings = spout_settings(args.recipe)
        if args.only_recipe:
            del settings["spout"]
        for name, options in settings.items():
            runs, found = [], []
            for seed in args.seeds.split(","):
                figures = of_spout(files, options, seed, args.threads)
                found.append(np.load(files["top"]))
                runs.append(figures | metrics(found[-1]))
                print(f"{name}, seed {seed}: {runs[-1]}", file=sys.stderr)
            lines[name] = mean_of(runs, COLUMNS[0])
            if args.bootstrap:
                ahead[name] = metrics.share_ahead(found, tops[args.bootstrap])
    print(table(lines, COLUMNS))
    for name, share in ahead.items():
        print(f"{name}: ahead of {args.bootstrap} in {100 * share:.1f} % of resampled test sets")
    if args.json:
        Path(args.json).write_text(json.dumps({"lines": lines, "ahead": ahead}, indent=1) + "\n")


def main():
    if sys.argv[1:2] == ["--run-peer"]:
        return run_peer(sys.argv[2], json.loads(sys.argv[3]), int(sys.argv[4]))
    parser = argument_parser(PEERS)
    parser.add_argument("--text", action="store_true")
    parser.add_argument("--only-recipe", action="store_true")
    parser.add_argument("--bootstrap")
    args = parser.parse_args()
    if args.bootstrap and args.bootstrap not in args.peers.split(","):
        parser.error(f"--bootstrap: expected one of --peers, found {args.bootstrap}")
    args.train, args.test = str(Path(args.train).resolve()), str(Path(args.test).resolve())
    return compare(args)


if __name__ == "__main__":
    main()
