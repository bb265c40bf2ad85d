"""Measures five processes of the troupe program as one cluster on loopback, each figure beside its
bar; `scripts/bench cluster` is the way to call it. Exit status: 1 where a bar is missed.

What a node has seen is taken from the lines of its log, at the time at which they come.
"""

import argparse
import json
import os
import re
import signal
import socket
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench_systems import ROOT, build_targets, built, progress, say

NAMES = ("a", "b", "c", "d", "e")
NOISE = 0.3  # Of this machine, on top of what the settings promise.
STOPPED_SECONDS = 3
WAIT_SECONDS_MAX = 60
BYTES_A_JOIN_MAX = 2048


class Missed(Exception):
    """What was waited for has not come."""


def free_ports(count):
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


@dataclass
class Member:
    """One place: its address, and the process that has it now."""

    name: str
    port: int
    process: subprocess.Popen = None
    began: float = 0
    seen: list = field(default_factory=list)  # (when, line) of the present process.
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def address(self):
        return f"{self.name}@127.0.0.1:{self.port}"

    def read(self, stream, seen):
        for line in stream:
            with self.changed:
                seen.append((time.monotonic(), line.rstrip("\n")))
                self.changed.notify_all()

    def when(self, pattern, since):
        """When a line came, after `since`, in which the pattern is found."""
        sought = re.compile(pattern)
        with self.changed:
            found = []

            def has_come():
                found[:] = [at for at, line in self.seen if at >= since and sought.search(line)]
                return bool(found)

            if not self.changed.wait_for(has_come, WAIT_SECONDS_MAX):
                raise Missed(f"{self.name} has not said {pattern!r} in {WAIT_SECONDS_MAX} s")
            return found[0]

    def has_said(self, pattern, since):
        with self.changed:
            return any(at >= since and re.search(pattern, line) for at, line in self.seen)


class RedisServer:
    """One that this starts, with a folder and a socket of its own, and ends."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="troupe_bench_")
        self.url = f"unix://{self.folder}/socket"
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", f"{self.folder}/socket", "--dir",
             self.folder, "--appendonly", "yes"], stdout=subprocess.DEVNULL)

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Cluster:
    by_redis = False

    def __init__(self, program, times, names=NAMES):
        self.program = program
        self.times = times
        self.redis = RedisServer() if self.by_redis else None
        ports = free_ports(len(names) + 1)
        self.members = {name: Member(name, port) for name, port in zip(names, ports)}
        self.guest = Member("guest", ports[-1])
        seeds = ",".join(member.address for member in self.members.values())
        self.authority = (["--cluster-redis", self.redis.url] if self.redis else
                          ["--cluster-seeds", seeds])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for member in (*self.members.values(), self.guest):
            if member.process is not None and member.process.poll() is None:
                member.process.send_signal(signal.SIGCONT)
                member.process.kill()
                member.process.wait()
        if self.redis:
            self.redis.close()

    def start(self, member):
        member.seen = []
        member.began = time.monotonic()
        member.process = subprocess.Popen(
            [self.program, "node", "--name", member.name, "--listen", f"127.0.0.1:{member.port}",
             *self.authority, "--cluster-times", self.times],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        threading.Thread(target=member.read, args=(member.process.stderr, member.seen),
                         daemon=True).start()

    def form(self):
        """Starts all; the time from the start of the last until all say that all are up."""
        for member in self.members.values():
            self.start(member)
        last = max(member.began for member in self.members.values())
        return max(self.all_see_up(member, 0) for member in self.members.values()) - last

    def all_see_up(self, member, since, among=None):
        """When the last of them has seen this life of the member up."""
        return max(other.when(rf"\] {member.name}@\S+ is up in the cluster", since)
                   for other in among or self.members.values())

    def others(self, member):
        return [other for other in self.members.values() if other is not member]

    def settle(self):
        """Waits until everybody shows the same members, and that they own."""
        end = time.monotonic() + WAIT_SECONDS_MAX
        views = []
        while time.monotonic() < end:
            views = [self.ask("members", member) for member in self.members.values()]
            if len({tuple(sorted(view.splitlines()[:-1])) for view in views}) == 1 and \
                    not any("settled" in view or "leaving" in view or "down" in view
                            for view in views):
                return
            time.sleep(0.05)
        raise Missed("the cluster has not settled:\n" + "\n".join(views))

    def ask(self, command, member, *options):
        done = subprocess.run([self.program, command, *options, member.address],
                              capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            raise Missed(f"troupe {command} {member.address}: {done.stderr.strip()}")
        return done.stdout


class Report:
    def __init__(self):
        self.met = True

    def line(self, what, figure, bar, is_met):
        self.met &= is_met
        progress("")
        print(f"{what:<58}{figure:>22}  {bar:<24}{'met' if is_met else 'MISSED'}", flush=True)


def kill_and_return(report, program, times, promised, rounds):
    with Cluster(program, times) as cluster:
        formed = cluster.form()
        report.line(f"all up after the start of the last ({times})", f"{formed:.2f} s", "3 s",
                    formed <= 3)
        took = []
        for turn in range(rounds):
            progress(f"kill -9 ({times}): {turn + 1} of {rounds}")
            cluster.settle()
            member = cluster.members[NAMES[turn % len(NAMES)]]
            killed = time.monotonic()
            member.process.kill()
            member.process.wait()
            took.append(max(other.when(rf"\] {member.name}@\S+ is down", killed)
                            for other in cluster.others(member)) - killed)
            cluster.start(member)
            cluster.all_see_up(member, member.began)
        in_time = sum(one <= promised + NOISE for one in took)
        report.line(f"kill -9 acted upon by all others ({times})",
                    f"{in_time} of {rounds}, <= {max(took):.2f} s",
                    f"{promised} s (+ {NOISE}), all", in_time == rounds)


def stop_and_go_on(report, program, rounds):
    with Cluster(program, "standard") as cluster:
        cluster.form()
        harmless = 0
        for turn in range(rounds):
            progress(f"SIGSTOP: {turn + 1} of {rounds}")
            cluster.settle()
            member = cluster.members[NAMES[turn % len(NAMES)]]
            began = time.monotonic()
            member.process.send_signal(signal.SIGSTOP)
            time.sleep(STOPPED_SECONDS)
            member.process.send_signal(signal.SIGCONT)
            cluster.settle()
            harmless += all(one.process.poll() is None and not one.has_said(" is down", began)
                            for one in cluster.members.values())
        report.line(f"a SIGSTOP of {STOPPED_SECONDS} s ends nobody", f"{harmless} of {rounds}",
                    "all", harmless == rounds)


def cpu_seconds(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(process):
    pages = Path(f"/proc/{process.pid}/statm").read_text(encoding="utf-8").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def stand_idle(report, program, seconds):
    with Cluster(program, "standard") as cluster:
        cluster.form()
        cluster.settle()
        before = [cpu_seconds(member.process) for member in cluster.members.values()]
        progress(f"idle for {seconds} s")
        time.sleep(seconds)
        after = [cpu_seconds(member.process) for member in cluster.members.values()]
        most = max(late - early for early, late in zip(before, after)) / seconds
        report.line("CPU of a node of an idle cluster of five", f"{most:.2%} of a core", "1 %",
                    most < 0.01)


def held(cluster):
    """What the members hold: (of the cluster and of the system by member, resident bytes)."""
    kept = {}
    for member in cluster.members.values():
        status = json.loads(cluster.ask("status", member, "--json"))
        # The peers that are known are forgotten some minutes later, and are listed apart.
        descriptors = len(os.listdir(f"/proc/{member.process.pid}/fd"))
        threads = len(os.listdir(f"/proc/{member.process.pid}/task"))
        kept[member.name] = {"descriptors": descriptors, "threads": threads,
                             "members": cluster.ask("members", member).count("@"),
                             "dead letters": status["dead_letters"]}
    return kept, {member.name: resident_bytes(member.process)
                  for member in cluster.members.values()}


def come_and_go(report, program, times):
    with Cluster(program, "local") as cluster:
        cluster.form()
        cluster.settle()
        warm_up = min(20, times // 2)
        for turn in range(times):
            progress(f"join and leave: {turn + 1} of {times}")
            cluster.start(cluster.guest)
            cluster.all_see_up(cluster.guest, cluster.guest.began)
            left = time.monotonic()
            cluster.guest.process.terminate()
            for member in cluster.members.values():
                member.when(r"\] guest@\S+:? ?(it )?(has left|is down)", left)
            if cluster.guest.process.wait(WAIT_SECONDS_MAX) != 0:
                raise Missed(f"the guest ended with {cluster.guest.process.returncode}")
            if turn + 1 == warm_up:
                cluster.settle()
                before, bytes_before = held(cluster)
        cluster.settle()
        after, bytes_after = held(cluster)
        end = time.monotonic() + WAIT_SECONDS_MAX
        while after != before and time.monotonic() < end:
            time.sleep(0.5)
            after, bytes_after = held(cluster)
        report.line(f"members, descriptors, threads left by {times} joins and leaves",
                    "none" if after == before else f"{before} -> {after}", "none", after == before)
        grown = max(bytes_after[name] - bytes_before[name] for name in bytes_after)
        each = grown / (times - warm_up)
        report.line("memory left by each of them", f"{each:.0f} B", f"{BYTES_A_JOIN_MAX} B",
                    each <= BYTES_A_JOIN_MAX)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench cluster", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20, metavar="N",
                        help="of what is done to one member after the other (default: 20)")
    parser.add_argument("--joins", type=int, default=100, metavar="N", help="default: 100")
    parser.add_argument("--redis", action="store_true",
                        help="by a table in a redis-server that this starts, not by gossip")
    parser.add_argument("--program", type=Path, metavar="FILE",
                        help="a troupe program that is built (default: builds the preset release)")
    options = parser.parse_args()
    if options.rounds < 1 or options.joins < 2:
        parser.error("--rounds must be at least 1, --joins at least 2")
    if options.program is None:
        build_targets(["troupe_main"])
    program = str(options.program or built("troupe"))
    Cluster.by_redis = options.redis
    report = Report()
    try:
        kill_and_return(report, program, "standard", 4.7, options.rounds)
        kill_and_return(report, program, "local", 0.7, options.rounds)
        stop_and_go_on(report, program, options.rounds)
        stand_idle(report, program, 20)
        come_and_go(report, program, options.joins)
    except Missed as missed:
        progress("")
        say(f"FAILED: {missed}")
        return 1
    return 0 if report.met else 1


if __name__ == "__main__":
    sys.exit(main())
