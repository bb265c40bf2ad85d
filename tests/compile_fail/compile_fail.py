"""Shows that one program does not compile, with the words its user gets, and that it does once it
is corrected.

  compile_fail.py FILE HEADERS COMPILER [FLAGS...]
  compile_fail.py --precompile HEADERS COMPILER [FLAGS...]
  compile_fail.py --self-test COMPILER

HEADERS is a file that --precompile makes, of the headers that most of the programs include, so that
each of them takes a moment and not seconds. It changes nothing in what they mean.

The file's leading lines `// expect: REGEX` must each be found in what the compiler says. With
-DFIXED the file is the corrected program, which has to compile; so it fails for the right reason.
More leading lines, where they matter:

  // first: REGEX            the first error, which is what people read
  // lines: NUMBER           the most lines that the compiler says in all, but for its last one, "1
                             error generated.", and the one about the precompiled header
  // only: g++ before 13     other compilers have to take the file as it is
"""

import os
import re
import subprocess
import sys
import tempfile


LANGUAGE = ["-std=c++20", "-Werror=unused-result"]
PRECOMPILED = "#include <troupe/troupe.hpp>\n"


def precompile(headers, compiler, flags):
    os.makedirs(os.path.dirname(headers), exist_ok=True)
    with open(headers, "w", encoding="utf-8") as file:
        file.write("#pragma once\n" + PRECOMPILED)
    command = [compiler, *LANGUAGE, *flags, "-x", "c++-header", headers, "-o", headers + ".gch"]
    return subprocess.run(command, check=False).returncode


def compile_file(path, compiler, flags):
    command = [compiler, *LANGUAGE, "-fsyntax-only", *flags, path]
    # In the C locale compilers quote with ', and speak English.
    environment = {**os.environ, "LC_ALL": "C"}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return result.returncode == 0, result.stderr


def leading_lines(path, word):
    with open(path, encoding="utf-8") as file:
        leading = re.match(r"(?:[ \t]*(?://[^\n]*)?\n)*", file.read()).group(0)
    return re.findall(rf"^// {word}: (.+)$", leading, re.M)


UNCOUNTED = re.compile(
    r"^\d+ errors? generated\.$|^\s*(In file included )?from .*precompiled\.hpp"
)

CONDITIONS = {"g++ before 13": "!defined(__clang__) && __GNUC__ < 13"}


def is_meant(condition, compiler):
    command = [compiler, "-E", "-x", "c++", "-"]
    source = f"#if {CONDITIONS[condition]}\nmeant\n#endif\n"
    result = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    return "\nmeant\n" in result.stdout


def problem_with(path, compiler, flags):
    """Why the file is no proof, or None when it is one."""
    expected = leading_lines(path, "expect")
    if not expected:
        return "has no leading line `// expect: REGEX`"
    compiles, output = compile_file(path, compiler, ["-DFIXED", *flags])
    if not compiles:
        return "does not compile when it is corrected (-DFIXED):\n" + output
    compiles, output = compile_file(path, compiler, flags)
    if not all(is_meant(condition, compiler) for condition in leading_lines(path, "only")):
        return None if compiles else "does not compile, though it is right here:\n" + output
    if compiles:
        return "compiles, and must not"
    for pattern in leading_lines(path, "first"):
        first = next((line for line in output.split("\n") if "error: " in line), "")
        if not re.search(pattern, first):
            return f"has a first error without '{pattern}':\n{output}"
    for most in leading_lines(path, "lines"):
        said = [line for line in output.rstrip("\n").split("\n") if not UNCOUNTED.search(line)]
        if len(said) > int(most):
            return f"has an error of more than {most} lines:\n{output}"
    for pattern in expected:
        if not re.search(pattern, output):
            return f"fails to compile without saying '{pattern}', but:\n{output}"
    return None


# What a sample's body is, and the words of the complaint about it; None when it is a proof.
GUARDED = "#ifdef FIXED\nint x = 1;\n#else\n%s\n#endif\n"
SAMPLES = [
    ("// expect: no text in x\n" + GUARDED % 'static_assert(false, "no text in x");', None),
    ("// Why.\n\n// expect: y.* not declared|undeclared.*y\n" + GUARDED % "int x = y;", None),
    ("// expect: discard|nodiscard\n[[nodiscard]] int f();\nvoid g() {\n"
     "#ifdef FIXED\n  (void)(f() + 1);\n#else\n  f();\n#endif\n}\n", None),
    ("// expect: x\n" + GUARDED % "int x = 2;", "compiles, and must not"),
    ("// expect: bananas\n" + GUARDED % "int x = y;", "without saying 'bananas'"),
    ("// expect: y\nint x = y;\n", "when it is corrected"),
    ("int a;\n// expect: y\n" + GUARDED % "int x = y;", "has no leading line"),
    ("// first: y\n// expect: y\n" + GUARDED % "int x = y;", None),
    ("// first: zebra\n// expect: y\n" + GUARDED % "int x = y;\nint w = zebra;",
     "a first error without"),
    ("// lines: 9\n// expect: y\n" + GUARDED % "int x = y;", None),
    ("// lines: 9\n// expect: y\n" + GUARDED % ("int x = y;\n" * 20), "more than 9 lines"),
]  # fmt: skip


def self_test(compiler):
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "sample.cpp")
        for text, words in SAMPLES:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            problem = problem_with(path, compiler, [])
            if (problem is None) != (words is None) or (words and words not in problem):
                failed += 1
                print(f"sample:\n{text}expected: {words}\nfound: {problem}")
    print(f"{len(SAMPLES)} samples, {failed} misjudged")
    return failed == 0


def main():
    if sys.argv[1] == "--self-test":
        sys.exit(0 if self_test(sys.argv[2]) else 1)
    if sys.argv[1] == "--precompile":
        headers, compiler, *flags = sys.argv[2:]
        sys.exit(precompile(headers, compiler, flags))
    path, headers, compiler, *flags = sys.argv[1:]
    problem = problem_with(path, compiler, [*flags, "-include", headers])
    print(f"{path} {problem or 'does not compile, for the right reason'}")
    sys.exit(1 if problem else 0)


if __name__ == "__main__":
    main()
