"""Holds every C++ source to the layout that .clang-format says.

  layout.py ROOT [CLANG_FORMAT]          without the program, or with another version: skipped
  layout.py --self-test [CLANG_FORMAT]
"""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import tree

VERSION = " version 19."
SKIPPED = 77
JOBS = 2
FILES_AT_ONCE = 40


def has_right_version(program):
    if not program:
        return False
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return VERSION in answer.stdout


def differing(program, root, paths):
    """The lines of clang-format that name a place which it would lay out in another way."""

    def run(some):
        command = [program, "--dry-run", "--style=file", *some]
        result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        errors = [line for line in result.stderr.split("\n") if "warning:" in line]
        return errors or ([result.stderr] if result.returncode else [])

    groups = [paths[i : i + FILES_AT_ONCE] for i in range(0, len(paths), FILES_AT_ONCE)]
    with ThreadPoolExecutor(JOBS) as pool:
        return [line for lines in pool.map(run, groups) for line in lines]


def self_test(program):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("good.cpp", "int f();\n"), ("bad.cpp", "int  f( );\n")):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        good = differing(program, folder, ["good.cpp"])
        bad = differing(program, folder, ["bad.cpp"])
    print(f"good: {good}, bad: {bad}")
    return not good and bad and all("bad.cpp:1:" in line for line in bad)


def main():
    what, program = sys.argv[1], "".join(sys.argv[2:])
    if not has_right_version(program):
        print("SKIPPED: no clang-format 19 here; scripts/setup installs it")
        sys.exit(SKIPPED)
    if what == "--self-test":
        sys.exit(0 if self_test(program) else 1)
    paths = [source.path for source in tree.sources(what) if source.is_cpp]
    found = differing(program, what, paths)
    print("\n".join(found))
    print(f"{len(paths)} files, {len(found)} places that differ; clang-format-19 -i mends them")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
