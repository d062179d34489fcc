#!/usr/bin/env python3
"""Turns apt's records of packages into rows of text: names a package depends on, tab, its words.

Reads what `apt-cache dumpavail` prints, followed by Translation files (Debian keeps the long
descriptions there, found by Description-md5), or what `apt-cache show` prints. A row's text is the
package's name with blanks for its hyphens, then its short and long description. Its labels are the
names in Depends: the first of alternatives, without version and architecture. Pre-Depends is left
out: it says what dpkg's scripts need, not what the program does. make_debian.sh calls this.
"""

import argparse
import contextlib
import hashlib
import json
import re
import statistics
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

FIELDS = {
    *("Package", "Source", "Version", "Depends"),
    *("Description", "Description-en", "Description-md5"),
}
PACKAGE_NAME = re.compile(r"\s*([a-z0-9][a-z0-9+.-]+)")
BLANK_LINE = re.compile(r"^ \.\s*$", re.MULTILINE)
CONTROLS = dict.fromkeys([*range(9), *range(14, 28), *range(127, 133), *range(134, 160)])
HOW = (
    "a row per package: labels = names in Depends (first alternative, no versions, no "
    "architectures, no Pre-Depends); text = words of its name, short and long description; "
    "packages of one source are all in the same part"
)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--dump", default="-", help="apt's records; - is standard input")
    parser.add_argument("--output", type=Path, required=True, help="the folder to make")
    parser.add_argument("--force", action="store_true", help="replace a folder made by this")
    parser.add_argument("--test-share", type=float, default=0.2, help="of sources (default 0.2)")
    parser.add_argument("--seed", type=int, default=0, help="which sources are in the test part")
    parser.add_argument(
        "--min-sources", type=int, default=1, help="that use a label, for it to stay (default 1)"
    )
    parser.add_argument("--origin", default="", help="where the records come from, for about.json")
    arguments = parser.parse_args()
    if not 0 < arguments.test_share < 1:
        parser.error(
            f"--test-share: expected a number between 0 and 1, found {arguments.test_share}"
        )
    return arguments


def open_dump(path):
    if path == "-":
        return contextlib.nullcontext(sys.stdin.buffer)
    return open(path, "rb")


def read_records(lines):
    """Paragraphs of `Field: value` lines as dictionaries, the fields that matter only."""
    record, field = {}, None
    for raw in lines:
        line = raw.decode("utf-8", "replace")
        if not line.strip():
            if record:
                yield record
            record, field = {}, None
        elif line[0] in " \t":
            if field:
                record[field] += line
        else:
            field, _, value = line.partition(":")
            field = field if field in FIELDS else None
            if field:
                record[field] = value
    if record:
        yield record


def one_line(text):
    """All white space as single blanks; a line of one dot stands for an empty one."""
    return " ".join(BLANK_LINE.sub("", text).translate(CONTROLS).split())


def labels_of(depends, package):
    """`a (>= 1), b:any | c, a` -> [a, b]: each name once, in order, without the package itself."""
    matches = (PACKAGE_NAME.match(clause.split("|")[0]) for clause in depends.split(","))
    return [name for name in dict.fromkeys(m[1] for m in matches if m) if name != package]


def collect(lines):
    """Every package's record (the first, where several versions are listed) and the long texts."""
    packages, long_texts, repeated = {}, {}, 0
    for record in read_records(lines):
        digest = record.get("Description-md5", "").strip()
        if digest and "Description-en" in record:
            long_texts[digest] = record["Description-en"]
        name = record.get("Package", "").strip()
        if not name or "Version" not in record:
            continue  # a translation
        repeated += name in packages
        packages.setdefault(name, record)
    return packages, long_texts, repeated


def in_test(source, seed, share):
    digest = hashlib.sha256(f"{seed}:{source}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def source_of(name, record):
    """`Source: name (version)`; left out where the package has its source's name."""
    return (record.get("Source", "").split() or [name])[0]


def rare_labels(labels, packages, least):
    """Labels that the packages of fewer than `least` sources have."""
    sources = defaultdict(set)
    for name, names in labels.items():
        for label in names:
            sources[label].add(source_of(name, packages[name]))
    return {label for label, users in sources.items() if len(users) < least}


def make_rows(packages, long_texts, arguments):
    """Rows (labels, text) of both parts in order of name, and a count of what was left out."""
    parts, left_out = {"train": [], "test": []}, Counter()
    labels = {name: labels_of(r.get("Depends", ""), name) for name, r in sorted(packages.items())}
    rare = rare_labels(labels, packages, arguments.min_sources)
    for name, all_names in labels.items():
        record = packages[name]
        names = [label for label in all_names if label not in rare]
        short = record.get("Description-en") or record.get("Description") or ""
        described = one_line(long_texts.get(record.get("Description-md5", "").strip(), short))
        if not names or not described:
            left_out["without_labels" if not names else "without_description"] += 1
            continue
        test = in_test(source_of(name, record), arguments.seed, arguments.test_share)
        parts["test" if test else "train"].append(
            (names, one_line(f"{name.replace('-', ' ')} {described}"))
        )
    return parts, left_out


def describe(parts):
    """What is in the rows, as numbers."""
    train, test = parts["train"], parts["test"]
    known = Counter(label for labels, _ in train for label in labels)
    tested = [label for labels, _ in test for label in labels]
    sizes = [len(labels) for labels, _ in train + test]
    words = [text.count(" ") + 1 for _, text in train + test]
    return {
        "train_rows": len(train),
        "test_rows": len(test),
        "labels": len(known.keys() | set(tested)),
        "labels_in_train": len(known),
        "labels_with_at_most_5_train_rows": sum(count <= 5 for count in known.values()),
        "labels_per_row_mean": round(statistics.mean(sizes), 2),
        "labels_per_row_max": max(sizes),
        "test_labels_unseen_in_train_share": round(
            sum(label not in known for label in tested) / max(1, len(tested)), 4
        ),
        "words_per_row_mean": round(statistics.mean(words), 1),
    }


def write_rows(path, rows):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{' '.join(labels)}\t{text}\n" for labels, text in rows)
    return path.stat().st_size


def check_output(folder, force):
    """Nothing is overwritten unasked, and what this script did not make not even then."""
    if not folder.exists() and not folder.is_symlink():
        return
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if not force:
        raise ValueError(f"{folder}: exists; --force replaces it, --output names another folder")
    if not (folder / "about.json").is_file() or not (folder / "train.txt").is_file():
        raise ValueError(f"{folder}: not made by this script (no about.json), so not replaced")


def write_folder(folder, parts, about):
    """All files are complete before the folder has its name."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        fresh, old = Path(temporary, "new"), Path(temporary, "old")
        fresh.mkdir()
        for part, rows in parts.items():
            about[f"{part}_bytes"] = write_rows(fresh / f"{part}.txt", rows)
        (fresh / "about.json").write_text(json.dumps(about, indent=2) + "\n")
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)


def run(arguments):
    check_output(arguments.output, arguments.force)
    with open_dump(arguments.dump) as lines:
        packages, long_texts, repeated = collect(lines)
    parts, left_out = make_rows(packages, long_texts, arguments)
    if not parts["train"] or not parts["test"]:
        found = f"{len(packages)} packages, {len(parts['train'])} and {len(parts['test'])} rows"
        raise ValueError(f"{arguments.dump}: expected packages for both parts, found {found}")
    about = {"how": HOW, "origin": arguments.origin} if arguments.origin else {"how": HOW}
    for option in ("seed", "test_share", "min_sources"):
        about[option] = getattr(arguments, option)
    about |= describe(parts)
    about["packages"] = len(packages)
    about["records_of_other_versions"] = repeated
    about["long_descriptions"] = len(long_texts)
    about |= {f"packages_{reason}": count for reason, count in sorted(left_out.items())}
    write_folder(arguments.output, parts, about)
    for key, value in about.items():
        if key != "how":
            print(f"  {key.replace('_', ' ')}: {value}")


def main():
    arguments = parse_arguments()
    try:
        run(arguments)
    except (OSError, ValueError) as error:
        print(f"make_debian: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
