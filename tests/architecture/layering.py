"""Holds every include of the layers to the arrows, those between the rooms of a layer to the order
of these, the runtime of the actors to its own layer, and third-party headers to the files that may
show them. Examples, benchmarks and tests may include anything."""

import re

import tree

MAY_INCLUDE = {
    "base": set(),
    "wire": {"base"},
    "actor": {"base", "wire"},
    "transport": {"base", "wire", "actor"},
    "persistence": {"base", "wire", "actor"},
    "cluster": {"base", "wire", "actor", "transport", "persistence"},
    "node": {"base", "wire", "actor", "transport", "persistence", "cluster"},
    "program": {"base", "wire", "actor", "transport", "persistence", "cluster", "node"},
    "testkit": {"base", "wire", "actor", "transport", "persistence", "cluster", "node"},
}

# The rooms of a layer, which are its folders, and the units outside of them: lowest first. A file
# may include what stands in its own line and in those above it here.
ROOMS = {
    "transport": [
        "node_identity keys key_files security_settings transport_counts",
        "frame",
        "liveness",
        "carrier cluster_port transport_settings",
        "log",
        "security",
        "identity",
        "outgoing",
        "incoming",
        "link",
        "peer",
        "sending",
        "reception",
        "sessions",
        "lives",
        "handshakes",
        "transport",
        "sockets",
        "connections",
        "zmq",
    ],
    "persistence": [
        # What users include: the seams, and the storages that they make.
        "position token operation records queue_state durable_queue journal snapshot_store back_up",
        "storage_counts storage_limits storage",
        "memory_settings sqlite_settings",
        "rules",
        "memory sqlite redis",
        "redis_storage_settings",
        "redis_storage",
        "memory_storage sqlite_storage",
        "mailbox",
        "actors",
        # What users derive their actors from.
        "persistent_actor",
        "durable_state projection",
    ],
}

# Files that include what stands below them here, and why.
UPWARDS = {
    # A link owns what is known of the lives at its address.
    "transport/link/peer_link_session.cpp": ["transport/peer/remote_peer.hpp"],
}

# What a layer keeps to itself. The others have actor/ports/ in its place.
PRIVATE = "troupe/actor/runtime/"
# What a thread does for the actors just now is the runtime's, too.
PRIVATE_NAME = re.compile(r"(?<!std::)\bthis_thread\b")

# Which files may include a third party's headers. A header that is on none of these lists and is
# neither ours, nor the language's, nor the system's is refused everywhere.
THIRD_PARTY = [
    (r"tl/.*", ["base/result.hpp"]),
    (r"msgpack(\.hpp|/.*)", ["wire/*"]),
    (r"zmq\.(hpp|h)|zmq_addon\.hpp", ["transport/*/zmq_*.cpp"]),
    (r"CLI/.*", ["program/command_line.cpp"]),
    (r"toml\+\+/.*", ["program/config_file.cpp"]),
    (r"nlohmann/.*", ["program/json_*.cpp", "program/json_text.hpp"]),
    (r"hiredis/.*", ["persistence/redis/*.cpp"]),
    (r"sqlite3\.h", ["persistence/sqlite/*.cpp"]),
]
SYSTEM = re.compile(
    r"(sys|netinet|arpa|linux|net)/\w+\.h|(unistd|pthread|sched|signal|fcntl|poll|netdb|dlfcn|spawn"
    r"|errno|time|cxxabi|execinfo|ifaddrs|termios|syslog|immintrin|x86intrin|cpuid"
    r"|sanitizer/\w+)\.h"
)


def check(source):
    if source.layer is None:
        return
    if source.is_cpp and source.layer in ROOMS and place_of(source.path)[0] is None:
        yield f"{source.path}: is in no room: see ROOMS in layering.py"
    for line, include in source.includes():
        problem = problem_with(source, include)
        if problem:
            yield f"{source.path}:{line}: {include} {problem}"
    if source.layer != "actor" and source.is_cpp:
        for found in PRIVATE_NAME.finditer(source.code()):
            yield f"{source.path}:{source.line_of(found.start())}: this_thread is of actor/runtime/"


def problem_with(source, include):
    name = include[1:-1]
    ours = re.fullmatch(r"troupe/(?:(\w+)/)?[\w/]+\.hpp", name)
    if include[0] == '"':
        return f"is in quotes: write <troupe/{source.layer}/...>"
    if ours and ours.group(1) is None:
        return "is for users: it holds every layer"
    if name.startswith(PRIVATE) and source.layer != "actor":
        return "is private to its layer: see actor/ports/"
    if ours:
        return arrow_problem(source.layer, ours.group(1)) or room_problem(
            source.path, name.removeprefix("troupe/")
        )
    for pattern, allowed in THIRD_PARTY:
        if re.fullmatch(pattern, name):
            return None if source.matches(allowed) else f"is allowed in {', '.join(allowed)} only"
    if SYSTEM.fullmatch(name):
        hidden = not source.is_header or source.path.startswith("actor/runtime/")
        return None if hidden else "belongs in a .cpp: no header shows the system"
    return None if re.fullmatch(r"[a-z_]+", name) else "is unknown: see THIRD_PARTY in layering.py"


def arrow_problem(layer, included):
    if included == layer or included in MAY_INCLUDE[layer]:
        return None
    if included not in MAY_INCLUDE:
        return f"is in no layer: {', '.join(tree.LAYERS)}"
    return f"breaks the arrows: {layer} may not include {included}"


def room_problem(path, included):
    layer = path.split("/")[0]
    if layer not in ROOMS or not included.startswith(layer + "/"):
        return None
    if included in UPWARDS.get(path, ()):
        return None
    (floor, room), (floor_there, room_there) = place_of(path), place_of(included)
    if floor is None or floor_there is None or floor_there <= floor:
        return None
    return f"breaks the order of the rooms: {room} may not include {room_there}"


def place_of(path):
    """The number of a file's line in ROOMS, None for none, and the room or unit that it is in."""
    layer, *folders = path.split("/")
    name = folders[0].split(".")[0]
    floors = (i for i, line in enumerate(ROOMS[layer]) if name in line.split())
    return next(floors, None), name


SAMPLES = [
    ("base/a.hpp", "#include <troupe/wire/b.hpp>\n", "breaks the arrows"),
    ("actor/a.cpp", "#include <troupe/transport/b.hpp>\n", "breaks the arrows"),
    ("transport/transport.cpp", "#include <troupe/persistence/b.hpp>\n", "breaks the arrows"),
    ("transport/transport.cpp", "#include <troupe/cluster/b.hpp>\n", "breaks the arrows"),
    ("node/a.cpp", "  #  include <troupe/testkit/b.hpp>\n", "node/a.cpp:1: "),
    ("actor/runtime/a.hpp", "\n/* x\n */\n#include <troupe/node/b.hpp>\n", "a.hpp:4: "),
    ("transport/frame/a.cpp", "\n#include <troupe/actor/runtime/b.hpp>\n", "a.cpp:2: "),
    ("transport/frame/b.hpp", "#include <troupe/actor/runtime/c.hpp>\n", "see actor/ports/"),
    ("testkit/a.hpp", "#include <troupe/actor/runtime/b.hpp>\n", "see actor/ports/"),
    ("node/a.cpp", "\nvoid f() { runtime::this_thread.core = nullptr; }\n", "node/a.cpp:2: "),
    ("transport/zmq/a.cpp", "using namespace runtime;\nauto a = this_thread;\n", "is of actor"),
    ("transport/frame/a.cpp", "auto a = std::this_thread::get_id();  // not this_thread\n", None),
    ("transport/frame/a.cpp", "#include <troupe/actor/ports/b.hpp>\n", None),
    ("actor/a.hpp", "#include <troupe/actor/runtime/b.hpp>\nauto a = this_thread;\n", None),
    ("actor/ports/a.hpp", "#include <troupe/actor/runtime/b.hpp>\n", None),
    ("tests/transport/a.cpp", "#include <troupe/actor/runtime/b.hpp>\n", None),
    ("actor/a.hpp", "#include <troupe/troupe.hpp>\n", "is for users"),
    ("actor/a.hpp", "#include <troupe/actr/b.hpp>\n", "in no layer"),
    ("actor/a.hpp", '#include "b.hpp"\n', "is in quotes"),
    ("transport/link/association.cpp", "#include <zmq.hpp>\n", "transport/*/zmq_*.cpp only"),
    ("transport/zmq/zmq_link.hpp", "#include <zmq.hpp>\n", "transport/*/zmq_*.cpp only"),
    ("transport/link/a.hpp", "#include <troupe/transport/peer/b.hpp>\n", "order of the rooms"),
    (
        "transport/link/peer_link_session.cpp",
        "#include <troupe/transport/peer/remote_peer.hpp>\n",
        None,
    ),
    ("transport/carrier.hpp", "#include <troupe/transport/zmq/b.hpp>\n", "order of the rooms"),
    ("transport/zmq/a.cpp", "\n#include <troupe/transport/b.hpp>\n", None),
    ("transport/lives/a.cpp", "#include <troupe/transport/transport.hpp>\n", "order of the rooms"),
    ("transport/attic/a.cpp", "", "is in no room"),
    ("persistence/sqlite_storage.hpp", "#include <troupe/persistence/mailbox/a.hpp>\n", "order of"),
    ("persistence/journal.hpp", "#include <troupe/persistence/rules/a.hpp>\n", "order of the"),
    ("persistence/memory/a.hpp", "#include <troupe/persistence/rules/a.hpp>\n", None),
    ("transport/a.hpp", "", "is in no room"),
    ("actor/a.hpp", "#include <msgpack.hpp>\n", "wire/* only"),
    ("actor/a.hpp", "#include <tl/expected.hpp>\n", "base/result.hpp only"),
    ("node/a.cpp", "#include <boost/asio.hpp>\n", "is unknown"),
    ("actor/a.hpp", "#include <unistd.h>\n", "belongs in a .cpp"),
    ("actor/a.hpp", "#include <vector>\n#include <troupe/wire/b.hpp>\n", None),
    ("actor/a.hpp", "// #include <zmq.hpp>\n", None),
    ("cluster/a.cpp", "#include <troupe/transport/b.hpp>\n#include <unistd.h>\n", None),
    ("transport/zmq/zmq_link.cpp", "#include <zmq.hpp>\n", None),
    ("node/node.cpp", "#include <CLI/CLI.hpp>\n", "program/command_line.cpp only"),
    ("persistence/redis/a.cpp", "#include <hiredis/hiredis.h>\n", None),
    ("testkit/a.hpp", "#include <troupe/node/b.hpp>\n", None),
    ("tests/base/a_test.cpp", "#include <troupe/node/b.hpp>\n#include <zmq.hpp>\n", None),
]

if __name__ == "__main__":
    tree.main(check, SAMPLES)
