"""Holds docs/errors.md to base/error.hpp: each ErrorCode has a row there, and its cells are the
comment of the enumerator.

  errors.py ROOT
"""

import os
import re
import sys

ENUMERATOR = re.compile(r"((?:^  ///[^\n]*\n)*)^  (\w+) = \d+,$", re.MULTILINE)
ROW = re.compile(r"^\| `(\w+)` \| (.*) \| (.*) \| (.*) \|$", re.MULTILINE)


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return file.read()


def commented(header):
    """The enumerators and their comments."""
    body = header[header.index("enum class ErrorCode") :]
    body = body[: body.index("};")]
    return {name: " ".join(re.sub(r"^ *///", "", comment, flags=re.MULTILINE).split())
            for comment, name in ENUMERATOR.findall(body)}  # fmt: skip


def problems(header, page):
    comments = commented(header)
    rows = {name: " ".join(cells) for name, *cells in ROW.findall(page)}
    for name in sorted(set(comments) | set(rows)):
        if name not in rows:
            yield f"docs/errors.md has no row for {name}"
        elif name not in comments:
            yield f"docs/errors.md has a row for {name}, which is no ErrorCode"
        elif comments[name] != rows[name]:
            yield f"{name}: the header says {comments[name]!r}, and docs/errors.md {rows[name]!r}"


def main():
    header = read(sys.argv[1], "base", "error.hpp")
    page = read(sys.argv[1], "docs", "errors.md")
    found = list(problems(header, page))
    without = page.replace("| `killed` |", "| `slain` |")
    if len(list(problems(header, without))) != len(found) + 2 or len(commented(header)) < 25:
        found.append("this test does not find what is missing")
    for problem in found:
        print(problem)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
