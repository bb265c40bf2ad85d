"""Holds the recipes for package managers to the build that they are for: the Conan recipe has the
folder of each layer and a component for each library, and neither recipe leaves to the machine what
is built.

  recipes.py ROOT
  recipes.py --self-test
"""

import ast
import os
import re
import sys

CMAKE = "CMakeLists.txt"
CONAN = "packaging/conan/conanfile.py"
VCPKG = "packaging/vcpkg/ports/troupe/portfile.cmake"

# Layers that are built where an option is on, and the option.
OPTIONAL = {"program": "TROUPE_BUILD_PROGRAM"}
# What a recipe has to decide.
OPTIONS = ("TROUPE_BUILD_TESTS", "TROUPE_BUILD_EXAMPLES", "TROUPE_BUILD_PROGRAM",
           "TROUPE_WITH_REDIS", "TROUPE_WITH_SQLITE")  # fmt: skip


def layers(cmake):
    """In their order, each once."""
    return list(dict.fromkeys(re.findall(r"^\s*troupe_add_layer\((\w+)", cmake, re.M)))


def lists(recipe):
    """The names that a recipe gives to lists of text, and these."""
    for node in ast.parse(recipe).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple):
            yield node.targets[0].id, [element.value for element in node.value.elts]


def options_of_conan(recipe):
    """The options that the recipe sets, with whether they are on."""
    found = dict(re.findall(r'cache_variables\["(TROUPE_\w+)"\] = (True|False)', recipe))
    for parts in re.findall(r"for part in \(([^)]*)\):\s*toolchain\.cache_variables\[f", recipe):
        found.update({f"TROUPE_BUILD_{part}": "False" for part in re.findall(r'"(\w+)"', parts)})
    return {name: value == "True" for name, value in found.items()}


def options_of_vcpkg(recipe):
    return {name: value == "ON" for name, value in re.findall(r"-D(TROUPE_\w+)=(ON|OFF)", recipe)}


def check(texts):
    for path, options in (
        (CONAN, options_of_conan(texts[CONAN])),
        (VCPKG, options_of_vcpkg(texts[VCPKG])),
    ):
        for option in OPTIONS:
            if option not in options:
                yield f"{path}: leaves {option} to the machine that builds"
    options = options_of_conan(texts[CONAN])
    built = [
        layer for layer in layers(texts[CMAKE])
        if layer not in OPTIONAL or options.get(OPTIONAL[layer], True)
    ]  # fmt: skip
    has = dict(lists(texts[CONAN]))
    yield from differences("LIBRARIES", has.get("LIBRARIES", []), built)
    # The sources of a layer may be there though nothing of them is compiled.
    kept = has.get("FOLDERS", [])
    needed = [layer for layer in layers(texts[CMAKE]) if layer in built or layer in kept]
    yield from differences("FOLDERS", kept, needed)


def differences(name, has, needs):
    for layer in needs:
        if layer not in has:
            yield f"{CONAN}: {name} has no {layer}, which {CMAKE} builds"
    for layer in has:
        if layer not in needs:
            yield f"{CONAN}: {name} has {layer}, which {CMAKE} does not build then"
    if sorted(has) == sorted(needs) and has != needs:
        yield f"{CONAN}: {name} is not in the order of {CMAKE}, lowest first"


GOOD = {
    CMAKE: "troupe_add_layer(base PUBLIC a)\nif(X)\n  troupe_add_layer(program PUBLIC b)\nendif()\n"
    "troupe_add_layer(node)\n",
    CONAN: 'FOLDERS = ("base", "program", "node")\nLIBRARIES = ("base", "node")\n'
    'for part in ("TESTS", "EXAMPLES", "PROGRAM"):\n'
    '    toolchain.cache_variables[f"TROUPE_BUILD_{part}"] = False\n'
    'toolchain.cache_variables["TROUPE_WITH_REDIS"] = False\n'
    'toolchain.cache_variables["TROUPE_WITH_SQLITE"] = False\n',
    VCPKG: " ".join(f"-D{option}=OFF" for option in OPTIONS),
}
# What is changed, into what, and the words of the objection.
SAMPLES = [
    (CMAKE, "(node)", "(node)\ntroupe_add_layer(cluster)", "LIBRARIES has no cluster"),
    (CMAKE, "(node)", "(node)\ntroupe_add_layer(cluster)", "FOLDERS has no cluster"),
    (CONAN, 'LIBRARIES = ("base", "node")', 'LIBRARIES = ("node", "base")', "lowest first"),
    (CONAN, '"node")\nLIB', '"attic")\nLIB', "FOLDERS has attic"),
    (CONAN, '"EXAMPLES", "PROGRAM")', '"EXAMPLES")', "no program"),
    (CONAN, '"TROUPE_WITH_REDIS"', '"TROUPE_WITH_IT"', "leaves TROUPE_WITH_REDIS"),
    (VCPKG, "-DTROUPE_WITH_REDIS=OFF", "", "leaves TROUPE_WITH_REDIS"),
]


def failed_samples():
    for problem in check(GOOD):
        yield f"the good sample is told: {problem}"
    for path, before, after, words in SAMPLES:
        problems = list(check({**GOOD, path: GOOD[path].replace(before, after)}))
        if not any(words in problem for problem in problems):
            yield f"a sample should be told '{words}', and was told {problems}"


def read(root):
    texts = {}
    for path in (CMAKE, CONAN, VCPKG):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            texts[path] = file.read()
    return texts


def main():
    is_test = sys.argv[1:] == ["--self-test"]
    problems = list(failed_samples() if is_test else check(read(sys.argv[1])))
    for problem in problems:
        print(problem)
    print(f"{len(problems)} violations" if problems else "no violation")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
