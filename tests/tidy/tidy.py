"""Runs clang-tidy, with the checks of .clang-tidy, over one layer's sources as they were built.

  tidy.py CLANG_TIDY BUILD LAYER [PART PARTS]    of many, those whose place has this remainder
  tidy.py --self-test CLANG_TIDY ROOT

What it says is what is wrong; without the program, or with another version, it is skipped.
"""

import json
import os
import subprocess
import sys
import tempfile

VERSION = " version 19."
SKIPPED = 77

# Sources, and what they are told, if anything.
SAMPLES = {
    "#include <vector>\nint sum(const std::vector<std::vector<int>>& all) {\n"
    "  int s = 0;\n  for (const auto one : all) s += one[0];\n  return s;\n}\n": "performance-",
    "int* none() { return 0; }\n": "modernize-use-nullptr",
    "#include <memory>\nvoid drop(std::unique_ptr<int>& it) { it.release(); }\n": "bugprone-",
    "int twice(int x) { return 2 * x; }\n": None,
}


def has_right_version(program):
    if not program:
        return False
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return VERSION in answer.stdout


def sources_of(build, layer):
    """The files that the layer's library is compiled from: where it is unified, many in one."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    ours = f"/troupe_{layer}.dir/"
    built = {one["file"] for one in commands if ours in one.get("output", one["command"])}
    return sorted(file for file in built if not file.endswith("cmake_pch.hxx.cxx"))


def findings(program, source, options, compiler_options=None):
    command = [program, "--quiet", *options, source]
    if compiler_options is not None:
        command += ["--", *compiler_options]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return run.stdout or (run.stderr if run.returncode != 0 else "")


def check(program, build, layer, part, parts):
    sources = sources_of(build, layer)
    if not sources:
        return [f"{build} has no commands for the layer {layer}"]
    said = [findings(program, source, ["-p", build]) for source in sources[part::parts]]
    return [text for text in said if text]


def self_test(program, root):
    """A source with a mistake of each group of checks is told of it, and one without is not."""
    for text, word in SAMPLES.items():
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "sample.cpp")
            with open(source, "w", encoding="utf-8") as file:
                file.write(text)
            config = f"--config-file={os.path.join(root, '.clang-tidy')}"
            said = findings(program, source, [config], ["-std=c++20"])
        if word is None and said:
            yield f"a source without a mistake is told: {said}"
        if word is not None and word not in said:
            yield f"'{text}' should be told {word}, and was told '{said}'"


def main(arguments):
    tests_itself = arguments[:1] == ["--self-test"]
    program = arguments[1] if tests_itself else arguments[0]
    if not has_right_version(program):
        print("skipped: there is no clang-tidy 19; scripts/setup installs it")
        return SKIPPED
    if tests_itself:
        said = list(self_test(program, arguments[2]))
    else:
        build, layer, *share = arguments[1:]
        part, parts = (int(number) for number in share or (0, 1))
        said = check(program, build, layer, part, parts)
    print(*said, "something to mend, see above" if said else "nothing to mend", sep="\n")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
