"""Keeps a cluster runnable in one thread, in virtual time, from one seed: below node/ nothing reads
the clock, the environment or a random device, and nothing starts a thread, outside the few files
that are listed here with a reason. Tests do not sleep."""

import re

import tree

BELOW_NODE = tree.LAYERS[: tree.LAYERS.index("node")]

# What is forbidden, and the files that are there to do it.
RULES = [
    (
        "reads the clock; take it from Platform",
        r"\b\w*_clock\s*::\s*now\b|\b(clock_gettime|gettimeofday|timespec_get)\s*\("
        r"|\b(std::|::)?time\s*\(\s*(nullptr|NULL|0|&)",
        # base/log.cpp: the time of day in front of a line for people, which nothing reads back.
        ["base/platform.cpp", "base/log.cpp"],
    ),
    (
        "reads a random device; take numbers from Platform",
        r"\brandom_device\b|\bmt19937|\bs?rand\s*\(|\bgetrandom\s*\(|\bgetentropy\s*\(",
        ["base/platform.cpp"],
    ),
    (
        "reads the environment; settings come in from outside",
        r"\b(secure_)?getenv\s*\(|\benviron\b",
        [],
    ),
    (
        "has to do with threads; the scheduler and the I/O threads alone do",
        r"\bstd::j?thread\b(?!\s*::\s*id)|\bstd::async\b|\bpthread_create\b",
        # worker.hpp: a thread of the scheduler; transport/zmq/: the transport's I/O thread;
        # detached_thread.cpp: look-ups and log sinks, which cannot be broken off; client_thread.*:
        # a Redis client's; sqlite_thread.*: the one that has a storage's file.
        [
            "actor/runtime/scheduler*.?pp",
            "actor/runtime/worker.hpp",
            "transport/zmq/zmq_*.?pp",
            "base/detached_thread.cpp",
            "persistence/redis/client_thread.?pp",
            "persistence/sqlite/sqlite_thread.?pp",
        ],
    ),
]
SLEEPS = re.compile(
    r"\b(sleep_for|sleep_until|usleep|nanosleep|clock_nanosleep)\s*\(|(?<!\w)::sleep\s*\("
    r"|(?<![.>\w])sleep\s*\(\s*\d"
)


def check(source):
    if not source.is_cpp:
        return
    code = source.code()
    if source.layer in BELOW_NODE:
        for words, pattern, allowed in RULES:
            if not source.matches(allowed):
                yield from (f"{place}: {words}" for place in places(source, code, pattern))
    if source.layer in BELOW_NODE or source.path.startswith("tests/"):
        for place in places(source, code, SLEEPS):
            yield f"{place}: sleeps; step a clock or wait for the event"


def places(source, code, pattern):
    for found in re.finditer(pattern, code):
        line = code.count("\n", 0, found.start()) + 1
        yield f"{source.path}:{line}: {found.group(0).strip()}"


SAMPLES = [
    ("actor/a.cpp", "auto t = std::chrono::steady_clock::now();\n", "reads the clock"),
    ("base/a.hpp", "inline auto t = Clock_clock::now;\n", "reads the clock"),
    ("cluster/a.cpp", "x();\nclock_gettime(CLOCK_MONOTONIC, &t);\n", "a.cpp:2: "),
    ("wire/a.cpp", "srand(time(nullptr));\n", "reads the clock"),
    ("transport/a.cpp", "std::random_device device;\n", "reads a random device"),
    ("base/platform.cpp", 'getenv("HOME");\n', "reads the environment"),
    ("actor/a.cpp", "std::jthread t(f);\n", "has to do with threads"),
    ("transport/link/association.cpp", "std::thread io_;\n", "has to do with threads"),
    ("actor/a.cpp", "std::this_thread::sleep_for(1s);\n", "sleeps"),
    ("tests/integration/a_test.cpp", "usleep(10);\n", "sleeps"),
    ("tests/stress/a_test.cpp", "  sleep(1);\n", "sleeps"),
    ("tests/stress/a_test.cpp", "f(); ::sleep(seconds);\n", "sleeps"),
    ("actor/runtime/scheduler.cpp", "void S::sleep(Worker& w);\nsleep(worker);\n", None),
    ("tests/actor/a_test.cpp", "std::this_thread::sleep_for(1ms);\n", "sleeps"),
    ("actor/a.cpp", '// steady_clock::now()\nf("getenv(");\nint n = 1\'000;\n', None),
    ("actor/a.cpp", "std::thread::id owner_; clock.now(); time(message); next_time(0);\n", None),
    ("base/platform.cpp", "clock_gettime(CLOCK_MONOTONIC, &t); std::random_device d;\n", None),
    ("actor/runtime/scheduler.hpp", "std::vector<std::jthread> workers_;\n", None),
    ("transport/zmq/zmq_thread.cpp", "std::thread io([] {});\n", None),
    ("program/main.cpp", 'std::thread t; getenv("TROUPE"); steady_clock::now();\n', None),
    ("tests/stress/a_test.cpp", "std::thread t; steady_clock::now();\n", None),
]

if __name__ == "__main__":
    tree.main(check, SAMPLES)
