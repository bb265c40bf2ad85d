"""The systems that the benchmarks measure: how each is built, found, and run once.

Every program takes `WORKLOAD WORKERS` and prints one plain number; it times itself.
"""

import os
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
RUN_SECONDS_MAX = 300


def built(name):
    """The path of a file that the build made, or None."""
    return next((str(path) for path in sorted(BUILD.rglob(name)) if path.is_file()), None)


def program_command(name):
    """For a program of its own."""

    def command(workload, workers):
        program = built(name)
        return program and [program, workload, str(workers)]

    return command


def erlang_command(workload, workers):
    beam = built("bench.beam")
    if not beam or not shutil.which("erl"):
        return None
    machine = ["erl", "-noinput", "+S", f"{workers}:{workers}", "+P", "2000000"]
    # A link's buffer in kilobytes, as bench_remote.erl explains; and a cookie for two nodes.
    link = ["+zdbbl", "32768", "-setcookie", secrets.token_hex(16)]
    module = ["-pa", os.path.dirname(beam), "-run", "bench", "main"]
    return machine + link + module + [workload, str(workers)]


@dataclass(frozen=True)
class System:
    """One library: how to run it (None: it is not there), what builds it, what installs it."""

    command: object
    target: str
    package: str = ""


SYSTEMS = {
    "troupe": System(program_command("bench_troupe"), "bench_troupe"),
    "caf": System(program_command("bench_caf"), "bench_peers", "libcaf-dev"),
    "erlang": System(erlang_command, "bench_peers", "erlang-base"),
    "zeromq": System(program_command("bench_zeromq"), "bench_peers", "libzmq3-dev"),
}


def say(words):
    print(f"bench: {words}", file=sys.stderr, flush=True)


def progress(words):
    """One line that is overwritten, and only where somebody watches."""
    if sys.stderr.isatty():
        print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)


def build(systems):
    """Configures and builds what the systems need; ends the program when that fails."""
    build_targets(sorted({SYSTEMS[system].target for system in systems}),
                  "-DTROUPE_BUILD_PEERS=ON")


def build_targets(targets, *options):
    """The same of these targets of the preset "release"."""
    log = ROOT / "build" / "bench-build.log"
    log.parent.mkdir(exist_ok=True)
    with open(log, "w", encoding="utf-8") as out:
        for command in (["cmake", "--preset", "release", "-DTROUPE_BUILD_BENCH=ON", *options],
                        ["cmake", "--build", str(BUILD), "--target", *targets]):
            progress(f"building: {' '.join(command)}")
            done = subprocess.run(command, cwd=ROOT, stdout=out, stderr=out, check=False)
            progress("")
            if done.returncode != 0:
                last = log.read_text(encoding="utf-8").splitlines()[-25:]
                say(f"{' '.join(command)} failed, the whole is in {log}:\n" + "\n".join(last))
                sys.exit(1)


def leave_out_missing(systems):
    there = [system for system in systems if SYSTEMS[system].command("ping_pong", 1)]
    for system in systems:
        if system not in there:
            package = SYSTEMS[system].package or "not built"
            say(f"*** {system} IS NOT INSTALLED ({package}); ITS COLUMN STAYS EMPTY ***")
    return there


def run_once(system, workload, workers):
    """One run, on as many cores as it has workers: (figure, None) or (None, words)."""
    cores = sorted(os.sched_getaffinity(0))[-workers:]
    pinned = ["taskset", "-c", ",".join(map(str, cores))]
    try:
        done = subprocess.run(pinned + SYSTEMS[system].command(workload, workers),
                              capture_output=True, text=True, timeout=RUN_SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired:
        return None, f"ran for more than {RUN_SECONDS_MAX} s"
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip() or "without a word"
        return None, f"exit status {done.returncode}: {words}"
    try:
        figure = float(done.stdout)
    except ValueError:
        return None, f"printed {done.stdout!r}, not one number"
    return (figure, None) if figure > 0 else (None, f"printed {figure}, which no work yields")


def machine():
    """The machine and the peers' versions, in one line."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.split(":")[1].strip() for line in info if line.startswith("model name")]
    model = models[0] if models else "an unknown processor"
    words = [f"{model}, {len(os.sched_getaffinity(0))} cores"]
    for name, system in SYSTEMS.items():
        if system.package and shutil.which("dpkg-query"):
            done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", system.package],
                                  capture_output=True, text=True, check=False)
            if done.returncode == 0:
                words.append(f"{name} {done.stdout}")
    return "; ".join(words)
