"""Builds consumer/every_part.cpp with the sanitizers against the installed package, which is built
without, and runs it: whatever a sanitizer reports fails. And links code that does not fit the
library, which has to fail.

  sanitizers.py BUILD_DIR LIBRARIES INCLUDE_DIRS COMPILERS
"""

import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SANITIZERS = ("address,undefined", "thread")
EXPECTED = "as expected\n"
# Any file of ours brings the check in.
FITTING = "#include <troupe/base/error.hpp>\nint main() {}\n"


def run(*command):
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        timeout=200)  # fmt: skip


def libraries_of(prefix):
    """What the package itself says that it takes to link with it."""
    (path,) = glob.glob(os.path.join(prefix, "**", "troupe.pc"), recursive=True)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    variables = {"pcfiledir": os.path.dirname(path), **dict(re.findall(r"(?m)^(\w+)=(.*)$", text))}
    libraries = re.search(r"(?m)^Libs: (.*)$", text).group(1)
    while "${" in libraries:
        libraries = re.sub(r"\$\{(\w+)\}", lambda name: variables[name.group(1)], libraries)
    return libraries.split()


class Package:
    """The package at a prefix, used without CMake."""

    def __init__(self, prefix, others, includes):
        self.include = os.path.join(prefix, "include")
        self.libraries = [*libraries_of(prefix), *others]
        self.includes = [f"-idirafter{place}" for place in includes]

    def build(self, compiler, source, program, *flags, include=None):
        return run(compiler, "-std=c++20", "-O0", "-g1", "-DMSGPACK_NO_BOOST", *flags,
                   f"-I{include or self.include}", *self.includes, source, *self.libraries,
                   "-o", program)  # fmt: skip


def failure_with(package, folder, compiler, sanitizer):
    """What goes wrong with this sanitizer; None for nothing."""
    program = os.path.join(folder, f"every_part_{os.path.basename(compiler)}_{sanitizer}")
    source = os.path.join(HERE, "consumer", "every_part.cpp")
    built = package.build(compiler, source, program, f"-fsanitize={sanitizer}",
                          "-fno-sanitize-recover=undefined")  # fmt: skip
    if built.returncode != 0:
        return f"{compiler} -fsanitize={sanitizer} does not build:\n{built.stdout}"
    ran = run(program)
    if ran.returncode != 0 or not ran.stdout.endswith(EXPECTED):
        return f"{compiler} -fsanitize={sanitizer} reports ({ran.returncode}):\n{ran.stdout}"
    return None


def bumped_headers(package, folder):
    """A copy of the header that names the version, of the next version."""
    name = os.path.join("troupe", "base", "layout_version.hpp")
    with open(os.path.join(package.include, name), encoding="utf-8") as file:
        text = file.read()
    if "layout_1" not in text:
        sys.exit("this test names layout_1: keep it in step with base/layout_version.hpp")
    bumped = os.path.join(folder, "bumped")
    os.makedirs(os.path.join(bumped, os.path.dirname(name)))
    with open(os.path.join(bumped, name), "w", encoding="utf-8") as file:
        file.write(text.replace("layout_1", "layout_2"))
    return bumped


def misfit(package, folder, compiler):
    """What is wrong with how code that does not fit is refused; None for nothing."""
    source = os.path.join(folder, "fitting.cpp")
    program = os.path.join(folder, "fitting")
    with open(source, "w", encoding="utf-8") as file:
        file.write(FITTING)
    built = package.build(compiler, source, program)
    if built.returncode != 0:
        return f"code that fits does not link:\n{built.stdout}"
    bumped = bumped_headers(package, folder)
    for flag, symbol in (
        ("-D_GLIBCXX_DEBUG", "troupe::layout_1_with_debug_containers"),
        (f"-I{bumped}", "troupe::layout_2"),
    ):
        built = package.build(compiler, source, program, flag)
        if built.returncode == 0 or symbol not in built.stdout:
            return f"with {flag} the linker does not name {symbol}:\n{built.stdout}"
    return None


def main():
    build, libraries, includes, compilers = sys.argv[1:]
    compilers = [compiler for compiler in compilers.split(",") if compiler]
    with tempfile.TemporaryDirectory(prefix="troupe_sanitizers_") as folder:
        prefix = os.path.join(folder, "prefix")
        installed = run("cmake", "--install", build, "--prefix", prefix)
        if installed.returncode != 0:
            sys.exit(installed.stdout)
        package = Package(prefix, libraries.split(","), includes.split(","))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            results = [
                pool.submit(failure_with, package, folder, compiler, sanitizer)
                for compiler in compilers
                for sanitizer in SANITIZERS
            ]
            results.append(pool.submit(misfit, package, folder, compilers[0]))
            failures = [result.result() for result in results if result.result() is not None]
    if failures:
        sys.exit("\n".join(failures))
    print(f"nothing to report with {', '.join(compilers)}")


if __name__ == "__main__":
    main()
