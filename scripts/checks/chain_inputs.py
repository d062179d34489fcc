"""Small files of drawn content in drawn forms, for scripts/checks/chains.py.

Each draw_* function makes the lines of a file as a person's program might write it, together with
the truth that they hold, the options that reading them needs, and whether spout must read them.
"""

import contextlib
import csv
import io
import json
import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

NAMES = """anna|Anna|ANNA|bob|7|007|7.0|-1|1e3|nan|null|true|O'Neil|Heat, 1995|say "hi"|"quoted"|a;b
a::b|a:b|x:0.5|two words|#1|\\N|=1+1|100%|C++|a,b|{a}|[1]|caf\u00e9|cafe\u0301|\U0001f600 smile
\U0001f468\u200d\U0001f469|line\u2028end|next\u0085line|\u00a0wide\u00a0|a\ufeffb|\u65e5\u672c\u8a9e"""
NAMES = [*NAMES.replace("\n", "|").split("|"), "long" * 1500, " outer "]
BAD_NAMES = ["", "a\x01b", "a\x7f", "\x1fz", "\ufeffanna", "a\nb", "a\tb", "a\rb", "a\x00"]
HEADER_WORDS = {
    "user": ["user", "user_id", "customer_id", "reviewerID", "uid", "userId"],
    "item": ["item", "movie_id", "asin", "product_id", "itemId", "anime_id"],
    "rating": ["rating", "star_rating", "stars", "score", "overall", "playcount", "count", "plays"],
    "time": ["time", "timestamp", "date", "review_date", "unixReviewTime", "created_at"],
    "extra": ["helpful", "verified", "vine"],
}
UNKNOWN_WORDS = {"user": "kunde", "item": "ware", "rating": "note", "time": "wann", "extra": "ort"}
TIMES = """number|%Y-%m-%d|%Y-%m-%dT%H:%M:%S|%Y-%m-%d %H:%M:%S|%Y-%m-%dT%H:%M:%S.250Z|offset
%Y/%m/%d|%d %b %Y|%b %d, %Y|%m %d, %Y""".replace("\n", "|").split("|")
WORDS = "Ball goal team court Judge trial chord ship Anchor gr\u00f6\u00dfe na\u00efve x 42".split()


@dataclass
class Drawn:
    """A drawn file: what it says, how spout is told to read it, and whether spout must."""

    kind: str
    lines: list
    truth: object = None
    options: list = field(default_factory=list)
    must: str = "read"  # or "refuse", or "either" where both are right
    table: object = None  # of pairs, how they are written
    widths: list = None  # of labelled rows, the numbers of features and labels

    def doubt(self, is_open):
        """Allows a refusal of a file that may be understood in two ways."""
        if is_open and self.must == "read":
            self.must = "either"


class Table:
    """How a file of users and items is written: columns, separator, quotes, blanks, dates."""

    def __init__(self, rng):
        self.rng = rng
        self.separator = rng.choice([",", ",", ";", "\t", "::", " "])
        self.is_csv = self.separator in ",;"
        self.quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
        self.is_padded = self.quoting == csv.QUOTE_MINIMAL and rng.random() < 0.3
        self.is_trailed = rng.random() < 0.2
        self.header = rng.choice(["known", "known", "unknown", "positions", "none"])
        self.has_rating = rng.random() < 0.7
        self.has_time = rng.random() < 0.7 and (self.has_rating or self.header != "none")
        self.time_form = rng.choice([f for f in TIMES if self.separator != " " or " " not in f])
        self.roles = ["user", "item", *["rating"] * self.has_rating, *["time"] * self.has_time]
        if self.header != "none":
            self.roles += ["extra"] * rng.choice([0, 1])
            rng.shuffle(self.roles)
        words = {role: rng.choice(words) for role, words in HEADER_WORDS.items()}
        self.words = UNKNOWN_WORDS if self.header == "unknown" else words

    def fits(self, name):
        """Whether a name can stand in this table as it is."""
        if name.strip(" ") != name:
            return self.is_csv and self.quoting != csv.QUOTE_MINIMAL
        if self.is_csv:
            return True
        return self.separator not in name and name.strip(":") == name

    def options(self):
        """The options without which spout cannot know the columns."""
        names = self.words if self.header == "unknown" else {}
        columns = [f"{role}={names.get(role, i)}" for i, role in enumerate(self.roles, 1)]
        columns = ",".join(pair for pair in columns if not pair.startswith("extra"))
        options = ["--columns", columns] if self.header in ("unknown", "positions") else []
        if self.header != "known" or self.rng.random() < 0.5:
            options += ["--format", "pairs"]
        return options

    def join(self, fields):
        """One line with the separator and the quotes of this table."""
        if self.is_padded:
            special = self.separator + '"' if self.is_csv else ""
            fields = [f if set(special) & set(str(f)) else f" {f} " for f in fields]
        if not self.is_csv:
            return self.separator.join(map(str, fields))
        out = io.StringIO()
        csv.writer(out, delimiter=self.separator, quoting=self.quoting).writerow(fields)
        return out.getvalue().removesuffix("\r\n")

    def line(self, values, may_end_early=True):
        """The line of an entry; values are by role."""
        fields = [values[role] for role in self.roles]
        if self.roles[-1] == "extra" and may_end_early and self.rng.random() < 0.1:
            fields.pop()
        return self.join(fields) + self.separator * (self.is_trailed and self.rng.randrange(3))

    def bad_line(self):
        """A line that no reading of this table may accept."""
        parts = {"user": "x", "item": "y", "rating": "3", "time": "1500000000", "extra": "z"}
        faults = ["surplus", "short", *self.roles]
        fault = self.rng.choice(faults + ["cut", "cut", "behind"] * self.is_csv)
        if fault == "rating":
            parts[fault] = self.rng.choice(["nan", "inf", "three", "1e999", "--3"])
        elif fault == "time":
            parts[fault] = self.rng.choice(["01/02/2019", "31/01/2019", "noon", "2019-13-01"])
        elif fault in ("cut", "behind"):
            parts["item"] = '"y' if fault == "cut" else '"y"y'
        elif fault not in ("surplus", "short"):
            fits = [n for n in BAD_NAMES if self.is_csv or (n and not set(n) & set("\t\n\r"))]
            parts["item" if fault == "item" else "user"] = self.rng.choice(fits)
        fields = [parts[role] for role in self.roles]
        if fault == "short":
            needed = max(i for i, role in enumerate(self.roles) if role != "extra")
            fields = fields[:needed]
        if fault in ("cut", "behind"):
            return self.separator.join(fields)
        return self.join([*fields, *["more"] * (fault == "surplus")])


def draw_time(rng, form):
    """A moment of a few days, in seconds and in the words of a file."""
    clock = rng.choice([0, 3600, 43200]) if "%H" in form or form in ("number", "offset") else 0
    seconds = (17897 + rng.randrange(9)) * 86400 + clock
    if form == "number":
        return seconds, seconds
    hours = rng.choice([0, 2, -5]) if form == "offset" else 0
    when = datetime.fromtimestamp(seconds + 3600 * hours, UTC)
    if form == "offset":
        return seconds, when.strftime("%Y-%m-%dT%H:%M:%S") + f"{hours:+03d}:00"
    return seconds + (0.25 if ".250" in form else 0), when.strftime(form)


def draw_pairs(rng):
    """A table of users and items; a few entries come twice."""
    table = Table(rng)
    pool = [name for name in NAMES if table.fits(name)]
    users, items = rng.sample(pool, 5), rng.sample(pool, 6)
    pairs = [(user, item) for user in users for item in rng.sample(items, rng.randint(1, 5))]
    pairs += rng.sample(pairs, rng.randrange(4))
    rng.shuffle(pairs)
    entries, lines = [], []
    for user, item in pairs:
        rating = rng.choice([1, 2, 3, 3.5, 4.5, 5])
        time, when = draw_time(rng, table.time_form)
        extra = rng.choice(["no", "yes", *["", "two words"] * (table.separator != " ")])
        values = {"user": user, "item": item, "rating": rating, "time": when, "extra": extra}
        has_header = table.header in ("known", "unknown")
        if not lines and not has_header:
            values["extra"] = "yes"
        lines.append(table.line(values, may_end_early=bool(lines) or has_header))
        entries.append((user, item, rating, (time if table.has_time else 0, len(entries))))
    drawn = Drawn("pairs", lines, entries, table.options(), table=table)
    for column in zip(*pairs):
        first, *rest = map(looks_numeric, column)
        drawn.doubt(not has_header and not first and all(rest))
    if rng.random() < 0.15:
        drawn.must = "refuse"
        lines.insert(rng.randrange(1, len(lines) + 1), table.bad_line())
    if has_header:
        header = table.join([table.words[role] for role in table.roles])
        if rng.random() < 0.2:
            lines.insert(rng.randrange(1, len(lines)), rng.choice(["", "\ufeff"]) + header)
        lines.insert(0, header)
    others = {"::", ",", ";"} - {table.separator}
    drawn.doubt(table.separator in ",; " and any(o in line for o in others for line in lines))
    return drawn


def looks_numeric(name):
    """Whether Python reads a name as a number."""
    with contextlib.suppress(ValueError):
        return math.isfinite(float(name))
    return False


def draw_adjacency(rng):
    """Users by name and items by number; a user may have several lines."""
    users = rng.sample([name for name in NAMES if " " not in name], 5)
    entries, lines = [], []
    for user in [*users, rng.choice(users)]:
        items = rng.choices(range(9), k=rng.randint(1, 5))
        lines.append(rng.choice(" \t").join([user, *map(str, items)]) + rng.choice(["", " "]))
        entries += [(user, item, 1, (0, len(entries) + i)) for i, item in enumerate(items)]
    drawn = Drawn("adjacency", lines, entries, ["--format", "adjacency"])
    if rng.random() < 0.15:
        drawn.must = "refuse"
        bad = rng.choice(["x -1", "x y", "x 1.5", "x 123456789", "x 3,4", "a\x01b 3", "\ufeffb 3"])
        lines.insert(rng.randrange(1, len(lines) + 1), bad)
    return drawn


def latest(entries, limit, least):
    """(user, item) -> (rating, time) of the entries that count.

    Of several the latest counts, whose rating must reach `limit`; users need `least` entries.
    """
    kept = {}
    for user, item, rating, time in entries:
        if time >= kept.get((user, item), (0, (0, -1)))[1]:
            kept[user, item] = (rating, time)
    kept = {pair: entry for pair, entry in kept.items() if entry[0] >= limit}
    count = Counter(user for user, _ in kept)
    return {pair: entry for pair, entry in kept.items() if count[pair[0]] >= least}


def items_by_user(pairs):
    """user -> set of items."""
    result = {}
    for user, item in pairs:
        result.setdefault(user, set()).add(item)
    return result


def last_items(kept, number):
    """The last `number` items of each user, of whose items one at least stays behind."""
    held = set()
    for user, items in items_by_user(kept).items():
        ordered = sorted(items, key=lambda item: kept[user, item][1])
        held |= {(user, item) for item in ordered[max(1, len(ordered) - number) :]}
    return held


def draw_rows(rng):
    """Rows of labels and features as XMLRepository or libsvm text."""
    form, base = rng.choice([("xmc", 0), ("libsvm", 1), ("libsvm", 0)])
    rows, lines = [], []
    for i in range(rng.randint(8, 12)):
        labels = rng.sample(range(5), rng.choice([0, 1, 1, 2, 3] if i else [1, 2]))
        values = {f: round(rng.uniform(-1, 1), 3) + 2 for f in rng.sample(range(9), 4)}
        written = [str(label) for label in labels + labels[:1] * (rng.random() < 0.1)]
        features = [f"{f + base}:{value:g}" for f, value in values.items()]
        lines.append(rng.choice(" \t").join([",".join(written), *features]))
        rows.append((labels, values))
    drawn = Drawn(form, lines, rows, rng.choice([[], ["--format", form]]))
    if base == 0 and form == "libsvm":
        drawn.options += ["--index-base", "0"]
    if rng.random() < 0.2:
        drawn.must = "refuse"
        faults = ["0 3:nan", "0 3:", "x 3:1", "0 3:1 3:2", "-1 3:1", "0 -1:1", "0 3;1"]
        faults += ["9 3:1", "0 12:1"] * (form == "xmc") + ["0 0:1"] * base
        lines[rng.randrange(1, len(lines))] = rng.choice(faults)
    sizes = [len(rows), 9, 5] if form == "xmc" else []
    if form == "xmc":
        lines.insert(0, " ".join(map(str, sizes)))
        if rng.random() < 0.1:
            drawn.must = "refuse"
            lines[0] = f"{len(rows) + rng.choice([-1, 1])} 9 5"
    widths = [1 + max(max(row[i], default=0) for row in rows) for i in (1, 0)]
    drawn.widths = sizes[1:] or widths
    return drawn


def draw_documents(rng):
    """Documents as tab text or JSON lines; labels are names."""
    is_json = rng.random() < 0.6
    pool = [n for n in NAMES if is_json or not (" " in n or n[0] in "{[")]
    pool = rng.sample(pool, 4)
    rows = []
    for i in range(rng.randint(8, 12)):
        labels = rng.sample(pool, rng.choice([0, 1, 1, 2] if i else [1, 2]))
        rows.append((labels, " ".join(rng.choices(WORDS, k=rng.randint(3, 8)))))
    if is_json:
        lines = [json_line(rng, *row) for row in rows]
    else:
        lines = [" ".join(labels) + "\t" + text for labels, text in rows]
    options = ["--format", "text"]
    drawn = Drawn("text", lines, rows, options if not is_json else rng.choice([[], options]))
    if rng.random() < 0.2:
        drawn.must = "refuse"
        spoil_documents(rng, lines, is_json)
    return drawn


def json_line(rng, labels, text):
    """A document as a line of JSON, whose labels may be under another key."""
    labels = [int(n) if n == "7" and rng.random() < 0.5 else n for n in labels]
    document = {"text": text, "labels": labels}
    if rng.random() < 0.2:
        key = document.pop("labels")
        document["label"] = key[0] if len(key) == 1 and rng.random() < 0.7 else key
    if not labels and rng.random() < 0.5:
        document = {"text": text}
    if rng.random() < 0.2:
        document = {"id": 7, **document}
    return json.dumps(document, ensure_ascii=rng.random() < 0.5)


def spoil_documents(rng, lines, is_json):
    """Makes a text that may not be read of good documents."""
    place = rng.randrange(1, len(lines))
    if not is_json:
        bad = rng.choice([name for name in BAD_NAMES if name and not set(name) & set("\t\n\r")])
        lines[place] = f"good {bad}\tball"
        if rng.random() < 0.3:
            lines[:] = [f"id{i}\t{line}" for i, line in enumerate(lines)]
        return
    names = [json.dumps({"text": "ball", "labels": ["good", bad]}) for bad in BAD_NAMES]
    broken = ['{"text": "a ball", "labels": [NaN]}', '{"text": "a ball", "labels": ["a"],}']
    broken += ['{"text": "a bal', '{"text": "\\ud800", "labels": ["a"]}', '{"labels": ["a"]}']
    broken += ['{"text": "a", "label": "b", "labels": ["c"]}', '{"text": 7}', "ball"]
    lines[place] = rng.choice([rng.choice(names), *broken])
    if rng.random() < 0.2:
        whole = ",\n".join(json.dumps({"text": "ball", "labels": ["a"]}) for _ in lines)
        indented = json.dumps({"text": "ball", "labels": ["a"]}, indent=1)
        lines[:] = rng.choice([f"[{whole}]", f"[\n{whole}\n]", indented]).split("\n")
