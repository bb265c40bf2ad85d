"""Builds and runs consumer/ outside of the tree, as a user of Troupe does.

  package.py installed BUILD_DIR COMPILER [CMAKE_ARGS...]      from `cmake --install`, then moved
  package.py subdirectory SOURCE_DIR COMPILER [CMAKE_ARGS...]  through add_subdirectory
  package.py shared SOURCE_DIR COMPILER [CMAKE_ARGS...]        as shared libraries: configured only
  package.py deb BUILD_DIR COMPILER                            as Debian packages: looked into only
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
EXPECTED = "500 cents\n"
SHARED = ("base", "wire", "actor", "transport", "persistence", "cluster", "node", "program",
          "testkit")


def run(*command):
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if result.returncode != 0:
        sys.exit(f"failed: {' '.join(command)}\n{result.stdout}")
    return result.stdout


def fails(*command):
    """What a command says that has to fail."""
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if result.returncode == 0:
        sys.exit(f"should fail: {' '.join(command)}\n{result.stdout}")
    return " ".join(result.stdout.split())


def install(build, place, *components):
    for component in components:
        run("cmake", "--install", build, "--prefix", place, "--component", component)


def installed(build, folder, compiler, arguments):
    """Installs to one place and moves it to another: nothing in it may name where it was made. The
    testkit comes last, so that what comes before is seen to do without."""
    made = os.path.join(folder, "made")
    moved = os.path.join(folder, "moved")
    found = [f"-DCMAKE_PREFIX_PATH={moved}", *arguments]
    install(build, made, "runtime", "development")
    os.rename(made, moved)
    check_headers(moved)
    check_what_is_missing(folder, compiler, found)
    check_pkg_config(folder, moved, compiler)
    install(build, made, "testkit")
    shutil.copytree(made, moved, dirs_exist_ok=True)
    for path in text_files(moved):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for place in (made, os.path.abspath(build)):
            if place in text:
                sys.exit(f"{path} names {place}")
    return found


def check_headers(place):
    """Users' headers, and none that are of the layers alone."""
    include = os.path.join(place, "include", "troupe")
    for header in ("troupe.hpp", "actor/receive_timeout.hpp", "transport/key_files.hpp",
                   "program/node_main.hpp"):  # fmt: skip
        if not os.path.exists(os.path.join(include, header)):
            sys.exit(f"{header} is not installed")
    for header in ("transport/transport.hpp", "transport/outgoing/outbox.hpp", "testkit/probe.hpp",
                   "program/setting.hpp"):  # fmt: skip
        if os.path.exists(os.path.join(include, header)):
            sys.exit(f"{header} is installed with the headers for users")


def check_what_is_missing(folder, compiler, arguments):
    """CMake itself tells of a component, or a library, that is not there."""
    for more, words in (
        ([], "installed without the component 'testkit'"),
        (["-DTROUPE_ZMQ_LIBRARY="], "Troupe needs libzmq"),
    ):
        build = tempfile.mkdtemp(dir=folder)
        said = fails("cmake", "-S", os.path.join(HERE, "consumer"), "-B", build, "-G", "Ninja",
                     f"-DCMAKE_CXX_COMPILER={compiler}", *arguments, *more)  # fmt: skip
        if words not in said or "considered to be NOT FOUND" not in said:
            sys.exit(f"should be told of with {words!r}, and is with {said}")


def check_pkg_config(folder, place, compiler):
    if shutil.which("pkg-config") is None:
        print("SKIPPED in part: there is no pkg-config")
        return
    files = glob.glob(os.path.join(place, "**", "troupe.pc"), recursive=True)
    environment = {**os.environ, "PKG_CONFIG_PATH": os.path.dirname(files[0])}
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "troupe"], env=environment,
                           stdout=subprocess.PIPE, text=True, check=True)  # fmt: skip
    program = os.path.join(folder, "with_pkg_config")
    run(compiler, "-std=c++20", "-O0", os.path.join(HERE, "consumer", "main.cpp"),
        *flags.stdout.split(), "-o", program)  # fmt: skip
    if run(program) != EXPECTED:
        sys.exit("what pkg-config has built does not do what it should")


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
    output = run(os.path.join(build, "consumer_with_program"), "config", "--name", "consumer")
    if 'name = "consumer"  # --name\n' not in output:
        sys.exit(f"consumer_with_program printed {output!r}")
    with_sqlite = os.path.join(build, "consumer_with_sqlite")
    if os.path.exists(with_sqlite) and "its folder" not in run(with_sqlite):
        sys.exit(f"consumer_with_sqlite printed {run(with_sqlite)!r}")
    with_redis = os.path.join(build, "consumer_with_redis")
    if os.path.exists(with_redis) and "the Redis URL" not in run(with_redis):
        sys.exit(f"consumer_with_redis printed {run(with_redis)!r}")
    return build


def check_nothing_is_installed(build, folder):
    """A project that has Troupe as a part installs its own things alone."""
    place = os.path.join(folder, "of_the_consumer")
    run("cmake", "--install", build, "--prefix", place)
    if os.path.exists(place):
        sys.exit(f"installed with the consumer: {os.listdir(place)}")


def check_shared(source, folder, compiler, arguments):
    """Each layer is a shared library of position-independent code whose name has the version."""
    build = os.path.join(folder, "shared")
    run("cmake", "-S", source, "-B", build, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={compiler}",
        "-DBUILD_SHARED_LIBS=ON", "-DTROUPE_BUILD_TESTS=OFF", *arguments)  # fmt: skip
    with open(os.path.join(build, "build.ninja"), encoding="utf-8") as file:
        text = file.read()
    for layer in SHARED:
        if not re.search(rf"SONAME = libtroupe_{layer}\.so\.\d+\.\d+\n", text):
            sys.exit(f"{layer} is no shared library with a version")
    for compiled in re.findall(r"^build CMakeFiles/troupe_(\w+)\.dir/.*(?:\n  .*)*", text, re.M):
        if compiled not in (*SHARED, "main"):
            sys.exit(f"{compiled} is compiled and not known here")
    for block in re.findall(r"^build CMakeFiles/troupe_(?!main).*\.o:.*(?:\n  .*)*", text, re.M):
        if "-fPIC" not in block:
            sys.exit(f"not position-independent:\n{block}")


def check_deb(build, folder):
    """What CPack makes has the files of one component each."""
    run("cpack", "-G", "DEB", "--config", os.path.join(build, "CPackConfig.cmake"), "-B", folder)
    for name, inside, outside in (
        ("troupe_", "/usr/bin/troupe", ".hpp"),
        ("libtroupe-dev_", "/usr/include/troupe/troupe.hpp", "testkit"),
        ("libtroupe-testkit-dev_", "/usr/include/troupe/testkit/probe.hpp", "troupe.hpp"),
    ):
        (package,) = glob.glob(os.path.join(folder, f"{name}*.deb"))
        files = run("dpkg-deb", "--contents", package)
        if inside not in files or outside in files:
            sys.exit(f"{package} should have {inside} and no {outside}:\n{files}")


def main():
    how, place, compiler, *arguments = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="troupe_package_") as folder:
        if how == "shared":
            check_shared(place, folder, compiler, arguments)
        elif how == "deb":
            check_deb(place, folder)
        elif how == "installed":
            arguments = installed(place, folder, compiler, arguments)
            build_and_run_consumer(folder, compiler, arguments)
        else:
            arguments += [f"-DTROUPE_SUBDIRECTORY={place}", "-DTROUPE_UNITY=ON"]
            check_nothing_is_installed(build_and_run_consumer(folder, compiler, arguments), folder)
    print("as expected")


if __name__ == "__main__":
    main()
