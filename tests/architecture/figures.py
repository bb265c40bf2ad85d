"""Prints the figures of the house, to be compared with the aims: how long, how entangled, how well
explained. They are measures, not limits; only an include cycle fails.

  figures.py ROOT [--all]      with --all, each users' header and not just those past the aim
  figures.py --self-test
"""

import re
import sys
from collections import Counter, defaultdict
from itertools import chain
from statistics import median

import functions
import tree
from tree import Source

PULLED_AIM = 40
COMMENTS_AIM = 35
ROOMS_MAX = 16  # More cannot be put in their best order in no time.

# What users include, as cmake/install_headers.cmake installs it.
OF_USERS = re.compile(
    r"troupe\.hpp|(base|wire|actor|testkit)/\w+\.hpp|node/node\w*\.hpp"
    r"|transport/(\w+/)?key_files\.hpp"
)
TEST = re.compile(r"^(?:TYPED_)?TEST(?:_[FP])?\s*\(\s*(\w+)\s*,\s*\w+", re.MULTILINE)


def project_includes(source):
    """The project's headers that a file includes, as paths."""
    names = (include[1:-1] for _, include in source.includes())
    return [name[len("troupe/") :] for name in names if name.startswith("troupe/")]


def lines_of_layers(sources):
    lines = Counter()
    for source in sources:
        if source.is_cpp:
            lines[source.layer or source.path.split("/")[0]] += source.text.count("\n")
    return lines


def lengths_of_functions(sources):
    """Pairs of the lines and the place of each function of the layers."""
    for source in sources:
        if source.layer is not None and source.is_cpp:
            for line, lines, _ in functions.functions(source.code()):
                yield lines, f"{source.path}:{line}"


def pulled_in(graph, header):
    """All that comes with a header."""
    found = set()
    left = [header]
    while left:
        for include in graph.get(left.pop(), []):
            if include not in found:
                found.add(include)
                left.append(include)
    return found - {header}


def cycles(graph):
    """Sets of headers that include each other, in a circle."""
    reached = {header: pulled_in(graph, header) for header in graph}
    circles = set()
    for header, found in reached.items():
        back = {other for other in found if header in reached.get(other, ())}
        circle = frozenset({header} | back)
        if len(circle) > 1 or header in graph[header]:
            circles.add(circle)
    return sorted(sorted(circle) for circle in circles)


def comment_share(source):
    """Lines with a comment, and all that are not empty."""
    lines = sum(bool(line.strip()) for line in source.text.split("\n"))
    return len(source.comment_lines()), lines


def room_of(path):
    return path.rsplit("/", 1)[0]


def arrows_between_rooms(sources):
    """For each layer, the pairs of rooms of which the one includes the other."""
    arrows = defaultdict(set)
    for source in sources:
        if source.layer is None or not source.is_cpp:
            continue
        room = room_of(source.path)
        arrows[source.layer].add((room, room))
        for include in project_includes(source):
            if include.startswith(source.layer + "/"):
                arrows[source.layer].add((room, room_of(include)))
    return arrows


def upward(arrows):
    """How many rooms there are, and the fewest arrows that run up in any order of them."""
    rooms = sorted(set(chain.from_iterable(arrows)))
    if len(rooms) > ROOMS_MAX:
        return len(rooms), None
    place = {room: 1 << i for i, room in enumerate(rooms)}
    includes = {
        bit: sum({place[to] for one, to in arrows if one == room and to != room})
        for room, bit in place.items()
    }
    fewest = {0: 0}  # By the rooms that are placed already, from the ground up.
    for placed in range(1, 1 << len(rooms)):
        fewest[placed] = min(
            fewest[placed ^ bit] + bin(includes[bit] & ~placed).count("1")
            for bit in place.values()
            if placed & bit
        )
    return len(rooms), fewest[(1 << len(rooms)) - 1]


def suites(sources):
    tests = Counter()
    for source in sources:
        if source.path.startswith("tests/") and source.is_cpp:
            tests.update(TEST.findall(source.text))
    return tests


def report(sources, shows_all):
    """The lines to print, and the include cycles."""
    sources = list(sources)
    graph = {source.path: project_includes(source) for source in sources if source.is_header}
    of_users = [source for source in sources if OF_USERS.fullmatch(source.path)]

    lines = lines_of_layers(sources)
    known = [layer for layer in [*tree.LAYERS, "tests", "examples", "bench"] if lines[layer]]
    yield "lines: " + ", ".join(f"{layer} {lines[layer]}" for layer in known)

    lengths = sorted(lengths_of_functions(sources))
    if lengths:
        middle = median(length for length, _ in lengths)
        yield (
            f"functions: {len(lengths)}, median {middle:g} lines, "
            f"longest {lengths[-1][0]} ({lengths[-1][1]})"
        )

    pulled = sorted(((len(pulled_in(graph, s.path)), s.path) for s in of_users), reverse=True)
    past = sum(count > PULLED_AIM for count, _ in pulled)
    yield f"headers of users: {len(pulled)}, {past} pull in more than {PULLED_AIM} of the project's"
    yield from (f"  {count:4} {path}" for count, path in pulled if shows_all or count > PULLED_AIM)

    shares = [comment_share(source) for source in of_users]
    total = sum(all_lines for _, all_lines in shares)
    if total:
        share = 100 * sum(with_comment for with_comment, _ in shares) / total
        yield f"comments in headers of users: {share:.1f} % of the lines (aim: {COMMENTS_AIM} %)"

    for layer, arrows in sorted(arrows_between_rooms(sources).items()):
        rooms, up = upward(arrows)
        if rooms > 1:
            yield f"rooms in {layer}: {rooms}, arrows that run up: {'?' if up is None else up}"

    tests = suites(sources)
    single = sum(count == 1 for count in tests.values())
    yield f"test suites: {len(tests)}, {single} of one test"

    found = cycles(graph)
    yield f"include cycles: {len(found)}"
    yield from ("  " + ", ".join(circle) for circle in found)


def sample(includes=(), code=""):
    return "".join(f"#include <troupe/{name}>\n" for name in includes) + code


def self_test():
    files = {
        "troupe.hpp": sample(["actor/a.hpp"]),
        "actor/a.hpp": "// A.\n" + sample(["actor/b.hpp", "actor/life/c.hpp"], "int a;  // b\n\n"),
        "actor/b.hpp": sample(["actor/life/c.hpp"], 'const char* b = "//";\n'),
        "actor/life/c.hpp": "",
        "actor/life/d.hpp": sample(["actor/life/e.hpp"]),
        "actor/life/e.hpp": sample(["actor/life/d.hpp"]),
        "actor/life/c.cpp": sample(["actor/time/t.hpp"], "int f() {\n  return 1;\n}\n"),
        "actor/time/t.hpp": sample(["actor/life/c.hpp"]),
        "tests/a_test.cpp": "TEST(A, B) {}\nTEST_F(A, C) {}\nTEST_P(B, A) {}\n",
    }
    sources = [Source(path, text) for path, text in files.items()]
    printed = "\n".join(report(sources, True))
    problems = [
        f"should say '{expected}'"
        for expected in (
            "lines: actor 14, tests 3",
            "functions: 1, median 3 lines, longest 3 (actor/life/c.cpp:2)",
            "headers of users: 3, 0 pull in more than 40",
            "     3 troupe.hpp",
            "     2 actor/a.hpp",
            "     1 actor/b.hpp",
            "comments in headers of users: 28.6 % of the lines",
            "rooms in actor: 3, arrows that run up: 1",
            "test suites: 2, 1 of one test",
            "include cycles: 1\n  actor/life/d.hpp, actor/life/e.hpp",
        )
        if expected not in printed
    ]
    print("\n".join([*problems, printed]) if problems else "the figures are right")
    return not problems


def main():
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(0 if self_test() else 1)
    printed = list(report(tree.sources(sys.argv[1]), "--all" in sys.argv[2:]))
    print("\n".join(printed))
    sys.exit(0 if "include cycles: 0" in printed else 1)


if __name__ == "__main__":
    main()
