"""Builds and runs consumer/ outside of the tree, as a user of Troupe does.

  package.py installed BUILD_DIR COMPILER [CMAKE_ARGS...]      from `cmake --install`, then moved
  package.py subdirectory SOURCE_DIR COMPILER [CMAKE_ARGS...]  through add_subdirectory
"""

import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
EXPECTED = "500 cents\n"


def run(*command):
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if result.returncode != 0:
        sys.exit(f"failed: {' '.join(command)}\n{result.stdout}")
    return result.stdout


def installed(build, folder):
    """Installs to one place and moves it to another: nothing in it may name where it was made."""
    made = os.path.join(folder, "made")
    moved = os.path.join(folder, "moved")
    run("cmake", "--install", build, "--prefix", made)
    os.rename(made, moved)
    for path in text_files(moved):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for place in (made, os.path.abspath(build)):
            if place in text:
                sys.exit(f"{path} names {place}")
    return f"-DCMAKE_PREFIX_PATH={moved}"


def text_files(folder):
    for inside, _, names in os.walk(folder):
        for name in names:
            if name.endswith((".cmake", ".hpp")):
                yield os.path.join(inside, name)


def build_and_run_consumer(folder, compiler, arguments):
    source = os.path.join(folder, "consumer")
    build = os.path.join(folder, "build")
    shutil.copytree(os.path.join(HERE, "consumer"), source)
    run("cmake", "-S", source, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
        "-DCMAKE_CXX_FLAGS_DEBUG=-O0", f"-DCMAKE_CXX_COMPILER={compiler}", *arguments)  # fmt: skip
    run("cmake", "--build", build, "-j", "2")
    for program in ("consumer", "consumer_with_testkit"):
        output = run(os.path.join(build, program))
        if output != EXPECTED:
            sys.exit(f"{program} printed {output!r} and not {EXPECTED!r}")


def main():
    how, place, compiler, *arguments = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="troupe_package_") as folder:
        if how == "installed":
            arguments.append(installed(place, folder))
        else:
            arguments += [f"-DTROUPE_SUBDIRECTORY={place}", "-DTROUPE_UNITY=ON"]
        build_and_run_consumer(folder, compiler, arguments)
    print("the consumer was built and has run")


if __name__ == "__main__":
    main()
