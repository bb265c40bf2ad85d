"""Holds the tree to the part of its style that a machine can see: sizes, names, opening comments,
where exceptions may be caught, and nothing of the machine or the place it was written on."""

import re

import tree

LINES_MAX = 400
COLUMNS_MAX = 100
PROJECT_INCLUDES_MAX = 10
OPENING_SENTENCES_MAX = 5
NO_NOUNS = {"util", "utils", "common", "helper", "helpers", "manager", "impl", "misc"}

# Where an exception may be caught: where the cell calls a user's code and turns what it throws into
# supervision, and around calls of third parties that throw. Supervision asks for the type of a
# stored exception, which the language tells to a catch only. Programs, tests, examples and
# benchmarks may catch what they like.
MAY_CATCH = [
    "actor/runtime/user_code.?pp",
    "actor/ports/want_of_memory.hpp",
    "actor/supervision.hpp",
    "wire/msgpack.hpp",
    "transport/*/zmq_*.cpp",
    "persistence/redis/*.cpp",
    "persistence/sqlite/*.cpp",
    "program/command_line.cpp",
    "program/json_*.cpp",
    "program/node_main.cpp",
]

# Looks for the constant of its own library first, and then for any of the type.
MAY_COMPARE_ADDRESSES = ["actor/runtime/dispatch.hpp"]

# Places that exist on one machine only, and references that a reader outside cannot follow.
LOCAL = re.compile(
    r"/(?:work|root|home|Users|workspace)/\w|\.\./shared\b|\bshared/(?:design|spec)\b"
    r"|\bissues?[ /]#?\d+|\bPR ?#?\d+|(?<![\w&#\"'(/])#\d+\b|\(#\d+\)",
    re.IGNORECASE,
)
LOCAL_ALLOWED = ["tests/architecture/style.py"]


def check(source):
    yield from size(source)
    yield from name(source)
    yield from local(source)
    if source.layer is not None and source.is_cpp:
        yield from catches(source)
        yield from addresses(source)
    if source.is_header:
        yield from opening(source)
        yield from includes(source)


def size(source):
    if source.path.endswith((".md", ".json")):
        return
    lines = source.text.split("\n")
    if len(lines) - 1 > LINES_MAX:
        yield f"{source.path}: has {len(lines) - 1} lines; something wants out at {LINES_MAX}"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            yield f"{source.path}:{number}: has {len(line)} columns; the limit is {COLUMNS_MAX}"


def name(source):
    stem = source.path.split("/")[-1].split(".")[0]
    banned = NO_NOUNS & set(stem.lower().split("_"))
    if banned:
        yield f"{source.path}: is named '{banned.pop()}', which is no noun of the field"
    if source.is_cpp and not re.fullmatch(r"[a-z][a-z0-9_]*", stem):
        yield f"{source.path}: is not named in snake_case"


def local(source):
    if source.matches(LOCAL_ALLOWED):
        return
    for number, line in enumerate(source.text.split("\n"), 1):
        found = LOCAL.search(line)
        if found:
            yield f"{source.path}:{number}: '{found.group(0)}' means nothing to a reader elsewhere"


def catches(source):
    code = source.code()
    if source.matches(MAY_CATCH):
        return
    for found in re.finditer(r"\bcatch\s*\(", code):
        line = code.count("\n", 0, found.start()) + 1
        yield f"{source.path}:{line}: catches; only the cell and calls of third parties do"


def addresses(source):
    """A library with hidden visibility has constants of its own, of which this is untrue."""
    if source.matches(MAY_COMPARE_ADDRESSES):
        return
    code = source.code()
    for found in re.finditer(r"[=!]=\s*&(?:\w+::)*message_type<", code):
        line = code.count("\n", 0, found.start()) + 1
        yield f"{source.path}:{line}: compares types by address; same_type() tells"


def opening(source):
    comment = re.match(r"(?://[^\n]*\n)+", source.text)
    if comment is None:
        yield f"{source.path}:1: does not open with a comment that says what it is"
        return
    prose = re.sub(r"^//+ ?", "", comment.group(0), flags=re.M)
    paragraph = prose.strip().split("\n\n")[0]
    sentences = len(re.findall(r"[.!?](?=\s|$)", paragraph))
    if sentences == 0:
        yield f"{source.path}:1: opens with a comment that is no sentence"
    elif sentences > OPENING_SENTENCES_MAX:
        yield f"{source.path}:1: opens with {sentences} sentences; say it in five"


def includes(source):
    if source.layer is None:
        return
    count = sum(include.startswith("<troupe/") for _, include in source.includes())
    if count > PROJECT_INCLUDES_MAX:
        yield f"{source.path}: includes {count} project headers, not {PROJECT_INCLUDES_MAX} at most"


GOOD = "// Ref: a plain value. It keeps nothing alive.\n#pragma once\n"
SAMPLES = [
    ("actor/ref.hpp", GOOD, None),
    ("actor/ref.hpp", GOOD + "\n" * 400, "has 402 lines"),
    ("actor/ref.cpp", "x\n" + "y" * 101 + "\n", "ref.cpp:2: has 101 columns"),
    ("actor/utils.cpp", "", "is named 'utils'"),
    ("actor/actor_impl.hpp", GOOD, "is named 'impl'"),
    ("actor/ActorRef.hpp", GOOD, "snake_case"),
    ("actor/ref.hpp", "#pragma once\n", "does not open with a comment"),
    ("actor/ref.hpp", "// ref\n#pragma once\n", "is no sentence"),
    ("actor/ref.hpp", "// A. B. C. D. E. F.\n#pragma once\n", "opens with 6 sentences"),
    ("actor/ref.hpp", "// A. B.\n//\n// C. D. E. F.\n#pragma once\n", None),
    ("actor/ref.hpp", GOOD + "#include <troupe/base/a.hpp>\n" * 11, "includes 11 project headers"),
    ("actor/router.cpp", "try { f(); } catch (...) {}\n", "router.cpp:1: catches"),
    ("actor/runtime/user_code.hpp", GOOD + "try { f(); } catch (...) {}\n", None),
    ("tests/actor/a_test.cpp", "try { f(); } catch (...) {}\n", None),
    ("wire/codec.hpp", GOOD + "try { f(); } catch (...) {}\n", "codec.hpp:3: catches"),
    ("actor/router.cpp", "// catch (it)\n", None),
    ("actor/a.cpp", "if (x.type ==\n &runtime::message_type<M>) f();\n", "compares types by addr"),
    ("actor/a.cpp", "const MessageType* type = &message_type<M>;\n", None),
    ("actor/runtime/dispatch.hpp", GOOD + "x == &message_type<M>;\n", None),
    ("scripts/test", "cd /home/ann/troupe\n", "'/home/a'"),
    ("docs/a.md", "see ../shared/design\n", "'../shared'"),
    ("docs/a.md", "as asked in #12\n", "'#12'"),
    ("docs/a.md", "(see issue 7)\n", "'issue 7'"),
    ("docs/a.md", "# 1. Title\n\na line of more than a hundred columns" + " x" * 90 + "\n", None),
]

if __name__ == "__main__":
    tree.main(check, SAMPLES)
