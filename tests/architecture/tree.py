"""The source tree as the tests of architecture see it, and how such a test runs.

A test is a function from one Source to the sentences that say what is wrong with it. It is proven
by samples: small bad sources that it must object to, and good ones that it must not.
"""

import os
import re
import sys
from dataclasses import dataclass
from fnmatch import fnmatch

# Lowest first. A layer may include those of its row in MAY_INCLUDE and itself.
LAYERS = ["base", "wire", "actor", "transport", "persistence", "cluster", "node", "program",
          "testkit"]
SKIPPED_FOLDERS = {".git", ".cache", "__pycache__", "third_party"}
TEXT_SUFFIXES = (
    ".hpp", ".cpp", ".py", ".sh", ".cmake", ".txt", ".md", ".json", ".in", ".yml", ".erl"
)

_COMMENT_OR_LITERAL = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | R"(?P<d>[^\s()\\]{0,16})\(.*?\)(?P=d)"
        | "(?:[^"\\\n]|\\.)*" | (?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+'""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Source:
    """One file: its path from the root, with slashes, and its text."""

    path: str
    text: str

    @property
    def layer(self):
        """The layer it belongs to, or None for everything outside the layers."""
        first = self.path.split("/")[0]
        return first if first in LAYERS and "/" in self.path else None

    @property
    def is_header(self):
        return self.path.endswith(".hpp")

    @property
    def is_cpp(self):
        return self.path.endswith((".hpp", ".cpp"))

    def matches(self, patterns):
        return any(fnmatch(self.path, pattern) for pattern in patterns)

    def code(self):
        """The text without comments and literals; lines keep their numbers."""

        def blank(found):
            token = found.group(0)
            if self._is_include(found):
                return token
            kept = "" if token[0] == "/" else '""'
            return kept + "\n" * token.count("\n")

        return _COMMENT_OR_LITERAL.sub(blank, self.text)

    def comment_lines(self):
        """The numbers of the lines on which a comment stands, be it behind code."""
        numbers = set()
        for found in _COMMENT_OR_LITERAL.finditer(self.text):
            if found.group(0)[0] == "/":
                first = self.text.count("\n", 0, found.start()) + 1
                numbers.update(range(first, first + found.group(0).count("\n") + 1))
        return numbers

    def includes(self):
        """Pairs of line number and what stands between the brackets or quotes, with them."""
        found = re.finditer(r"^[ \t]*#[ \t]*include[ \t]*([<\"][^>\"\n]+[>\"])", self.code(), re.M)
        return [(self.line_of(match.start(1)), match.group(1)) for match in found]

    def _is_include(self, found):
        line = self.text[self.text.rfind("\n", 0, found.start()) + 1 : found.start()]
        return re.fullmatch(r"\s*#\s*include\s*", line) is not None

    def line_of(self, position):
        return self.code().count("\n", 0, position) + 1


def sources(root):
    """Every text file of the tree but what a build made. Links are not followed."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            name for name in folders if name not in SKIPPED_FOLDERS and not name.startswith("build")
        )
        for name in sorted(names):
            path = os.path.join(folder, name)
            if os.path.islink(path) or not is_text(root, path):
                continue
            with open(path, encoding="utf-8") as file:
                yield Source(os.path.relpath(path, root).replace(os.sep, "/"), file.read())


def is_text(root, path):
    inside = os.path.relpath(path, root)
    if inside.startswith(os.path.join("examples", "data")):
        return False
    return path.endswith(TEXT_SUFFIXES) or inside.startswith(("scripts" + os.sep, ".ci" + os.sep))


def main(check, samples):
    """Runs `check` over the tree named by the argument, or proves it with --self-test."""
    if sys.argv[1:] == ["--self-test"]:
        problems = list(failed_samples(check, samples))
    else:
        problems = [problem for source in sources(sys.argv[1]) for problem in check(source)]
    for problem in problems:
        print(problem)
    print(f"{len(problems)} violations" if problems else "no violation")
    sys.exit(1 if problems else 0)


def failed_samples(check, samples):
    """A sample is (path, text, words of the objection); None for a sample that is good."""
    for path, text, words in samples:
        problems = list(check(Source(path, text)))
        if words is None and problems:
            yield f"sample {path} is good, but: {problems[0]}"
        if words is not None and not any(words in problem for problem in problems):
            yield f"sample {path} should be told '{words}', and was told {problems}"
