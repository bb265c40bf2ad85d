"""Runs the benchmarks of Troupe and its peers, and reports; scripts/bench is the way to call it.

Every program takes `WORKLOAD WORKERS` and prints one plain number. Per case (a workload with a
number of workers) the systems take turns, round by round, so that a slow minute of the machine
meets them all. What is compared is the median. The programs time themselves.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import bench_chart

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
RUN_SECONDS_MAX = 300


@dataclass(frozen=True)
class Workload:
    """One kind of work. `bars` holds, for each number of workers to run it with, how many times
    better than the better peer we promise to be, or None. The key None: workers do not matter."""

    name: str
    unit: str
    bars: dict
    smaller_is_better: bool = False


# To add a workload: teach it to each bench program under the same name, and add a line.
WORKLOADS = (
    Workload("ping_pong", "msg/s", {1: 8, 2: 6}),
    Workload("counting", "msg/s", {1: 2.2, 2: 2.2}),
    Workload("fan_in", "msg/s", {1: None, 2: 2.8}),
    Workload("ring", "hops/s", {1: 8, 2: None}),
    Workload("spawn", "actors/s", {1: None, 2: 25}),
    Workload("idle_bytes", "bytes", {None: 5}, smaller_is_better=True),
    Workload("skynet", "s", {1: None, 2: 9}, smaller_is_better=True),
    Workload("ask_sequential", "asks/s", {1: 7, 2: None}),
    Workload("ask_concurrent", "asks/s", {1: 2.5, 2: None}),
)


def built(name):
    """The path of a file that the build made, or None."""
    return next((str(path) for path in sorted(BUILD.rglob(name)) if path.is_file()), None)


def troupe_command(workload, workers):
    program = built("bench_troupe")
    return program and [program, workload, str(workers)]


def caf_command(workload, workers):
    program = built("bench_caf")
    return program and [program, workload, str(workers)]


def erlang_command(workload, workers):
    beam = built("bench.beam")
    if not beam or not shutil.which("erl"):
        return None
    machine = ["erl", "-noinput", "+S", f"{workers}:{workers}", "+P", "2000000"]
    module = ["-pa", os.path.dirname(beam), "-run", "bench", "main"]
    return machine + module + [workload, str(workers)]


@dataclass(frozen=True)
class System:
    """One library: how to run it (None: it is not there), what builds it, what installs it."""

    command: object
    target: str
    package: str = ""


SYSTEMS = {
    "troupe": System(troupe_command, "bench_troupe"),
    "caf": System(caf_command, "bench_peers", "libcaf-dev"),
    "erlang": System(erlang_command, "bench_peers", "erlang-base"),
}
OURS = "troupe"


@dataclass
class Case:
    """A workload with a number of workers, and what was measured: figures by system, in order."""

    workload: Workload
    workers: object
    runs: dict = field(default_factory=dict)
    failures: dict = field(default_factory=dict)

    @property
    def bar(self):
        return self.workload.bars[self.workers]

    @property
    def title(self):
        workers = {None: "", 1: ", 1 worker"}.get(self.workers, f", {self.workers} workers")
        return self.workload.name + workers

    def median(self, system):
        """None when there is no figure to trust: nothing was measured, or a run failed."""
        if system in self.failures or not self.runs.get(system):
            return None
        return statistics.median(self.runs[system])

    def ratio(self):
        """How many times better we are than the better of the peers that were measured, or None."""
        ours = self.median(OURS)
        medians = [self.median(system) for system in SYSTEMS if system != OURS]
        peers = [median for median in medians if median is not None]
        if ours is None or not peers:
            return None
        return min(peers) / ours if self.workload.smaller_is_better else ours / max(peers)

    def is_met(self):
        """None when there is no bar, or when a system is missing: one peer alone proves little."""
        if self.bar is None or any(self.median(system) is None for system in SYSTEMS):
            return None
        return self.ratio() >= self.bar

    def shown(self, ratio):
        """A ratio in words; for what should be small, 1/9 says that ours is nine times smaller."""
        if ratio is None:
            return "-"
        digits = f"{ratio:.1f}" if ratio >= 10 else f"{ratio:.2f}"
        digits = digits.rstrip("0").rstrip(".")
        return f"1/{digits}" if self.workload.smaller_is_better else f"{digits}x"


def shown_figure(value, unit):
    if value is None:
        return "-"
    if unit == "s":
        return f"{value:.3f}"
    if value >= 1e6:
        return f"{value / 1e6:.2f} M"
    return f"{value / 1e3:.0f} k" if value >= 1e5 else f"{value:,.0f}"


def say(words):
    print(f"bench: {words}", file=sys.stderr, flush=True)


def progress(words):
    """One line that is overwritten, and only where somebody watches."""
    if sys.stderr.isatty():
        print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)


def build(systems):
    """Configures and builds what the systems need; ends the program when that fails."""
    targets = sorted({SYSTEMS[system].target for system in systems})
    options = ["-DTROUPE_BUILD_BENCH=ON", "-DTROUPE_BUILD_PEERS=ON"]
    log = ROOT / "build" / "bench-build.log"
    log.parent.mkdir(exist_ok=True)
    with open(log, "w", encoding="utf-8") as out:
        for command in (["cmake", "--preset", "release", *options],
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


def run_once(system, case):
    """One run: (figure, None) or (None, words)."""
    workers = case.workers or 1
    cores = sorted(os.sched_getaffinity(0))[-workers:]
    pinned = ["taskset", "-c", ",".join(map(str, cores))]
    try:
        done = subprocess.run(pinned + SYSTEMS[system].command(case.workload.name, workers),
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


def measure(cases, systems, rounds):
    for number, case in enumerate(cases, 1):
        for turn in range(1, rounds + 1):
            for system in systems:
                if system in case.failures:
                    continue
                progress(f"{number}/{len(cases)} {case.title}: round {turn} of {rounds}, {system}")
                figure, words = run_once(system, case)
                if words:
                    progress("")
                    say(f"FAILED: {case.title}, {system}: {words}")
                    case.failures[system] = words
                else:
                    case.runs.setdefault(system, []).append(figure)
    progress("")


def table(cases):
    """The report's lines. Our figures come with their range, the peers' as the median alone."""
    rows = [["workload", "unit", "workers", *SYSTEMS, "ratio", "bar", "met"]]
    for case in cases:
        unit = case.workload.unit
        figures = []
        for system in SYSTEMS:
            text = "FAILED" if system in case.failures else shown_figure(case.median(system), unit)
            if system == OURS and case.median(OURS) is not None and len(case.runs[OURS]) > 1:
                low, high = (shown_figure(of(case.runs[OURS]), unit) for of in (min, max))
                text += f" ({low}..{high})"
            figures.append(text)
        met = {None: "-", True: "yes", False: "NO"}[case.is_met()]
        rows.append([case.workload.name, unit, str(case.workers or "-"), *figures,
                     case.shown(case.ratio()), case.shown(case.bar), met])
    widths = [max(map(len, column)) for column in zip(*rows)]
    left = {0, 1}
    return ["  ".join(cell.ljust(width) if index in left else cell.rjust(width)
                      for index, (cell, width) in enumerate(zip(row, widths))).rstrip()
            for row in rows]


def records(cases):
    """What --json writes: one record for each case and system that was measured."""
    return [{"workload": case.workload.name, "system": system, "workers": case.workers,
             "median": case.median(system), "min": min(runs), "max": max(runs),
             "unit": case.workload.unit, "runs": runs}
            for case in cases for system, runs in case.runs.items()
            if case.median(system) is not None]


def chart_bar(case, system):
    if system in case.failures:
        return bench_chart.Bar(system, 0, 0, 0, "failed")
    runs, median = case.runs[system], case.median(system)
    return bench_chart.Bar(system, median, min(runs), max(runs),
                           shown_figure(median, case.workload.unit))


def chart_groups(cases):
    groups = []
    for case in cases:
        ratio, met = case.ratio(), case.is_met()
        verdict = "" if ratio is None else f"{case.shown(ratio)} the better peer"
        if ratio is not None and case.workload.smaller_is_better:
            verdict = f"{case.shown(ratio)} of the better peer"
        if met is not None:
            verdict += f" (bar {case.shown(case.bar)})"
        bars = [chart_bar(case, system) for system in SYSTEMS
                if system in case.failures or case.median(system) is not None]
        better = "shorter is better" if case.workload.smaller_is_better else "longer is better"
        groups.append(bench_chart.Group(case.workload.name, case.title,
                                        f"{case.workload.unit}, {better}", verdict, met, bars))
    return groups


def machine():
    """The machine and the peers' versions, for the chart's foot."""
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


def summary(cases, rounds, svg):
    failed = [f"{case.title} ({system})" for case in cases for system in case.failures]
    barred = [case.is_met() for case in cases if case.bar is not None]
    bars = f"{barred.count(True)} of {len(barred)} bars met"
    if None in barred:
        bars += f" and {barred.count(None)} not judged"
    medians = f"{len(records(cases))} medians of {rounds} round{'s' * (rounds > 1)}"
    words = [medians, bars, f"chart in {svg}"]
    if failed:
        words.append("FAILED: " + ", ".join(failed))
    return "bench: " + "; ".join(words)


def arguments():
    names = [workload.name for workload in WORKLOADS]
    parser = argparse.ArgumentParser(
        prog="scripts/bench", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measures Troupe, CAF and Erlang on the same work, taking turns.",
        epilog=f"workloads: {', '.join(names)}\n\n"
        "ratio: how many times better our median is than the better peer's. For bytes and seconds\n"
        "it is written 1/9.2: ours is 9.2 times smaller.\n\n"
        "exit status: 0 when every run ended well, whether the bars are met or not; 1 when one\n"
        "failed; 2 for a wrong call.")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="default: 5")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--svg", type=Path, metavar="FILE", default=ROOT / "build" / "bench.svg",
                        help="write the chart there (default: build/bench.svg)")
    parser.add_argument("--only", type=partial(pick, names), default=names, metavar="NAME[,NAME]")
    parser.add_argument("--systems", type=partial(pick, list(SYSTEMS)), default=list(SYSTEMS),
                        metavar="troupe,caf,erlang")
    parser.add_argument("--quick", action="store_true",
                        help="one round, and only the cases that have a bar: a rough look")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    if options.quick:
        options.rounds = 1
    return options


def pick(known, text):
    names = text.split(",")
    unknown = [name for name in names if name not in known]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(known)}")
    return [name for name in known if name in names]


def main():
    options = arguments()
    build(options.systems)
    systems = leave_out_missing(options.systems)
    cases = [Case(workload, workers) for workload in WORKLOADS if workload.name in options.only
             for workers, bar in workload.bars.items() if bar is not None or not options.quick]
    cores = len(os.sched_getaffinity(0))
    if any((case.workers or 1) > cores for case in cases):
        say(f"*** ONLY {cores} CORE HERE: MORE WORKERS SHARE IT, AND THEIR FIGURES SAY LITTLE ***")
    if os.getloadavg()[0] > 0.5:
        say(f"the machine is busy (load {os.getloadavg()[0]:.1f}): expect low and uneven figures")
    measure(cases, systems, options.rounds)

    print("\n".join(table(cases)))
    print("ratio: ours to the better peer's; of bytes and seconds 1/9: ours is nine times smaller")
    foot = f"{machine()}; median of {options.rounds}, the thin line is the range"
    options.svg.parent.mkdir(parents=True, exist_ok=True)
    options.svg.write_text(bench_chart.draw(chart_groups(cases), foot), encoding="utf-8")
    if options.json:
        options.json.write_text(json.dumps(records(cases), indent=1) + "\n", encoding="utf-8")
    print(summary(cases, options.rounds, options.svg))
    return 1 if any(case.failures for case in cases) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        progress("")
        say("interrupted; nothing was written")
        sys.exit(130)
