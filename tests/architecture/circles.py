"""Finds units, a header with its .cpp, that need each other in a circle: none can be read, tested
or moved without the others. A unit needs what its header or its .cpp includes.

  circles.py ROOT
  circles.py --self-test

A unit is known by its layer and its own name, in whatever folder of the layer it lies.
"""

import re
import sys

import tree

# The circles that are left: none. Each would be a line such as "actor: deliver refusal reply".
KNOWN = []


def known_circles():
    for text in KNOWN:
        layer, names = text.split(":")
        yield {f"{layer}/{name}" for name in names.split()}


def unit_of(path):
    """The name of the unit that a path such as actor/runtime/cell.hpp belongs to: actor/cell."""
    return path.split("/")[0] + "/" + path.rsplit("/", 1)[1].rsplit(".", 1)[0]


def needs(sources):
    """For each unit the units that it includes."""
    found = {}
    for source in sources:
        if source.layer is None or not source.is_cpp:
            continue
        needed = found.setdefault(unit_of(source.path), set())
        for _, include in source.includes():
            inside = re.fullmatch(r"<troupe/(\w+/[\w/]+\.hpp)>", include)
            if inside:
                needed.add(unit_of(inside.group(1)))
    return {unit: {other for other in needed if other in found} for unit, needed in found.items()}


def circles(graph):
    """The sets of units that reach each other (Tarjan, 1972), without those of one unit."""
    order, low, path, found = {}, {}, [], []
    for start in graph:
        work = [(start, None)]
        while work:
            unit, left = work.pop()
            if left is None:
                if unit in order:
                    continue
                order[unit] = low[unit] = len(order)
                path.append(unit)
                left = sorted(graph[unit])
            while left:
                other = left[0]
                if other not in order:
                    work.append((unit, left))  # Looked at again once `other` is done.
                    work.append((other, None))
                    break
                if other in path:
                    low[unit] = min(low[unit], low[other])
                left = left[1:]
            else:
                if low[unit] == order[unit]:
                    circle = set(path[path.index(unit) :])
                    del path[path.index(unit) :]
                    if len(circle) > 1:
                        found.append(circle)
    return found


def problems(graph, known):
    found = circles(graph)
    for circle in found:
        inside = max(known, key=lambda one: len(one & circle), default=set())
        new = sorted(circle - inside)
        if new:
            rest = ", ".join(sorted(circle - set(new))) or "each other"
            yield f"{', '.join(new)}: in a circle of units with {rest}"
    left = set().union(*found)
    for unit in sorted(set().union(*known) - left):
        yield f"{unit}: is in no circle any more: take it out of KNOWN in circles.py"


SAMPLES = [
    # Files with what they include, the known circles, and words of what is said, or None.
    ({"wire/a.hpp": "base/b", "base/b.cpp": "base/b", "base/b.hpp": "base/c"}, [], None),
    ({"wire/a.cpp": "wire/b", "wire/b.hpp": "wire/a"}, [], "wire/a, wire/b: in a circle"),
    ({"wire/a.cpp": "wire/x/b", "wire/x/b.hpp": "wire/a"}, [{"wire/a", "wire/b"}], None),
    (
        {"wire/a.cpp": "wire/b", "wire/b.cpp": "wire/c", "wire/c.cpp": "wire/a"},
        [{"wire/a", "wire/b"}],
        "wire/c: in a circle of units with wire/a, wire/b",
    ),
    ({"wire/a.cpp": "wire/b", "wire/b.hpp": "base/a"}, [{"wire/a", "wire/b"}], "no circle any"),
    ({"wire/a.cpp": "wire/b", "wire/b.hpp": "", "tests/wire/b.cpp": "wire/a"}, [], None),
]


def failed_samples():
    for files, known, words in SAMPLES:
        sources = [
            tree.Source(path, f"#include <troupe/{include}.hpp>\n" if include else "")
            for path, include in files.items()
        ]
        said = list(problems(needs(sources), known))
        if words is None and said:
            yield f"sample {files} is good, but: {said[0]}"
        if words is not None and not any(words in one for one in said):
            yield f"sample {files} should be told '{words}', and was told {said}"


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        said = list(failed_samples())
    else:
        said = list(problems(needs(tree.sources(sys.argv[1])), list(known_circles())))
    print(*said, f"{len(said)} violations" if said else "no violation", sep="\n")
    sys.exit(1 if said else 0)
