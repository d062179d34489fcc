#!/usr/bin/env python3
"""Checks that the rooms' includes point one way.

Three graphs are made of all C++ and CUDA sources of the rooms: room -> room, folder -> folder, and
file pair -> file pair (x.h with x.cpp is one pair). It is an error when a room includes a later one
(sparse <- losses <- models <- app), when a folder or a pair is part of a circle, when an include of
the project lacks its prefix spout/ or names no file, when a file includes itself, and when a public
header, which is installed, includes one that is not. Prints what is wrong, and exits 1 then.

Usage: include_graph.py [ROOT]
"""

import pathlib
import re
import sys

ROOMS = ["sparse", "losses", "models", "app"]
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)
SOURCES = {".h", ".cpp", ".cu"}


def read_includes(root):
    """The project's includes of every source: {file: [included file, ...]}, and what is wrong."""
    includes, wrong = {}, []
    for path in sorted(p for room in [*ROOMS, "tests"] for p in (root / room).rglob("*")):
        if path.suffix not in SOURCES:
            continue
        name = path.relative_to(root).as_posix()
        includes[name] = []
        for quote, target in INCLUDE.findall(path.read_text()):
            if not target.startswith("spout/"):
                if quote == '"' or target.split("/")[0] in ROOMS:
                    wrong.append(f'{name}: expected "spout/...", found {target}')
                continue
            target = target.removeprefix("spout/")
            if target == name:
                wrong.append(f"{name}: includes itself")
            if not (root / target).is_file():
                wrong.append(f"{name}: includes {target}, which is not there")
            includes[name].append(target)
    return includes, wrong


def graph_of(includes, node_of):
    """The includes as a graph of other nodes: {node: {node, ...}}, without edges to itself."""
    graph = {}
    for name, targets in includes.items():
        if name.startswith("tests/"):
            continue
        node = node_of(name)
        graph.setdefault(node, set()).update({node_of(t) for t in targets} - {node})
    return graph


def find_circle(graph):
    """Nodes that lead from one back to itself, or None."""
    done = set()

    def walk(node, path):
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return None
        for other in sorted(graph.get(node, ())):
            circle = walk(other, [*path, node])
            if circle:
                return circle
        done.add(node)
        return None

    for node in sorted(graph):
        circle = walk(node, [])
        if circle:
            return circle
    return None


def public_headers(root):
    """The headers that scripts/cmake/public_headers.txt lists; they are installed."""
    lines = (root / "scripts/cmake/public_headers.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def main(root):
    sys.setrecursionlimit(10000)
    includes, wrong = read_includes(root)
    for name, targets in includes.items():
        room = name.split("/")[0]
        for target in targets:
            other = target.split("/")[0]
            if room in ROOMS and (other not in ROOMS or ROOMS.index(other) > ROOMS.index(room)):
                wrong.append(f"{name}: {room} must not include {target}")
    kinds = {
        "folders": lambda name: str(pathlib.PurePosixPath(name).parent),
        "file pairs": lambda name: str(pathlib.PurePosixPath(name).with_suffix("")),
    }
    for what, node_of in kinds.items():
        circle = find_circle(graph_of(includes, node_of))
        if circle:
            wrong.append(f"{what} in a circle: {' -> '.join(circle)}")
    public = public_headers(root)
    for header in public:
        for target in includes.get(header, [f"{header}, which is not there"]):
            if target not in public:
                wrong.append(f"{header} is public but includes {target}")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
