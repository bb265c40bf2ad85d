"""Compiles the headers of one layer by themselves, twice included, with the configured compiler.

A header that its own .cpp includes before anything else is left out: the build has compiled it by
itself already. (Builds that precompile headers or join sources have not; this runs in one that does
neither to the layers.)

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
                header = "troupe/" + inside.replace(os.sep, "/")
                if not is_first_of_its_source(os.path.join(folder, name), header):
                    yield header


def is_first_of_its_source(path, header):
    """Whether the .cpp of the same name has this header as its first line of code."""
    try:
        with open(path[: -len(".hpp")] + ".cpp", encoding="utf-8") as file:
            code = (line for line in file if line.strip() and not line.startswith("//"))
            included = next(code, "").strip() == f"#include <{header}>"
    except FileNotFoundError:
        return False
    with open(path, encoding="utf-8") as file:
        return included and "\n#pragma once\n" in file.read()


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
            "built.hpp": "// Known.\n#pragma once\nstd::string built();\n",
            "built.cpp": "// Why.\n\n#include <troupe/base/built.hpp>\n",
            "second.hpp": "#pragma once\nstd::string second();\n",
            "second.cpp": "#include <string>\n#include <troupe/base/second.hpp>\n",
            "open.hpp": "struct Open {};\n",
            "open.cpp": "#include <troupe/base/open.hpp>\n",
        }
        for name, text in samples.items():
            with open(os.path.join(folder, "base", name), "w", encoding="utf-8") as file:
                file.write(text)
        names = list(headers(folder, "base"))
        failed = [name for name, _ in failures(names, compiler, ["-I" + folder])]
    expected = [f"troupe/base/{name}.hpp" for name in ("lacking", "open", "second", "unguarded")]
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
    print(f"{len(names)} headers of {layer} compiled, {len(failed)} do not compile alone")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
