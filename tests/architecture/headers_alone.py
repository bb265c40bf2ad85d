"""Compiles every header of one layer by itself, twice included, with the configured compiler.

  headers_alone.py ROOT LAYER COMPILER [FLAGS...]
  headers_alone.py --self-test COMPILER
"""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

JOBS = 2


def headers(root, layer):
    for folder, _, names in os.walk(os.path.join(root, layer)):
        for name in sorted(names):
            if name.endswith(".hpp"):
                inside = os.path.relpath(os.path.join(folder, name), root)
                yield "troupe/" + inside.replace(os.sep, "/")


def compile_alone(header, compiler, flags):
    """What the compiler says; empty when the header compiles."""
    command = [compiler, "-std=c++20", "-fsyntax-only", *flags, "-x", "c++", "-"]
    text = f"#include <{header}>\n#include <{header}>\n"
    result = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return result.stderr if result.returncode else ""


def failures(names, compiler, flags):
    with ThreadPoolExecutor(JOBS) as pool:
        outputs = pool.map(lambda name: compile_alone(name, compiler, flags), names)
    return [(name, output) for name, output in zip(names, outputs) if output]


def self_test(compiler):
    """A header that lacks an include has to fail, and one that lacks nothing has to pass."""
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(folder, os.path.join(folder, "troupe"))
        os.mkdir(os.path.join(folder, "base"))
        samples = {
            "whole.hpp": "#pragma once\n#include <string>\nstd::string f();\n",
            "lacking.hpp": "#pragma once\nstd::string f();\n",
            "unguarded.hpp": "struct Twice {};\n",
        }
        for name, text in samples.items():
            with open(os.path.join(folder, "base", name), "w", encoding="utf-8") as file:
                file.write(text)
        names = list(headers(folder, "base"))
        failed = [name for name, _ in failures(names, compiler, ["-I" + folder])]
    expected = ["troupe/base/lacking.hpp", "troupe/base/unguarded.hpp"]
    print(f"failed: {failed}, expected: {expected}")
    return failed == expected


def main():
    if sys.argv[1] == "--self-test":
        sys.exit(0 if self_test(sys.argv[2]) else 1)
    root, layer, compiler, *flags = sys.argv[1:]
    names = list(headers(root, layer))
    failed = failures(names, compiler, flags)
    for name, output in failed:
        print(f"{name} does not compile alone:\n{output}")
    print(f"{len(names)} headers of {layer}, {len(failed)} do not compile alone")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
