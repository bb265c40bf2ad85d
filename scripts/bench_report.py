"""Runs the benchmarks of Troupe and its peers, and reports; scripts/bench is the way to call it.

Per case (a workload with a number of workers) the systems take turns, round by round, so that a
slow minute of the machine meets them all. What is compared is the median.
"""

import argparse
import json
import os
import sys
from functools import partial
from pathlib import Path

import bench_chart
from bench_systems import (ROOT, SYSTEMS, build, leave_out_missing, machine, progress, run_once,
                           say)
from bench_workloads import OURS, WORKLOADS, Case, has_bar


def shown_figure(value, unit):
    if value is None:
        return "-"
    if unit == "s":
        return f"{value:.3f}"
    if unit in ("us", "ms"):
        return f"{value:.2f}" if value < 10 else f"{value:.1f}"
    if value >= 1e6:
        return f"{value / 1e6:.2f} M"
    return f"{value / 1e3:.0f} k" if value >= 1e5 else f"{value:,.0f}"


def measure(cases, systems, rounds):
    for number, case in enumerate(cases, 1):
        for turn in range(1, rounds + 1):
            for system in systems:
                if system not in case.workload.systems or system in case.failures:
                    continue
                progress(f"{number}/{len(cases)} {case.title}: round {turn} of {rounds}, {system}")
                figure, words = run_once(system, case.workload.name, case.workers or 1)
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
        verdict = case.comparison(cases)
        met = {None: "-", True: "yes", False: "NO"}[verdict.met]
        rows.append([case.workload.name, unit, str(case.workers or "-"), *figures,
                     verdict.ratio, verdict.bar, met])
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
        verdict = case.comparison(cases)
        words = verdict.ratio if verdict.ratio != "-" else ""
        if verdict.bar != "-":
            words += f" (bar {verdict.bar})"
        bars = [chart_bar(case, system) for system in SYSTEMS
                if system in case.failures or case.median(system) is not None]
        better = "shorter is better" if case.workload.smaller_is_better else "longer is better"
        groups.append(bench_chart.Group(case.workload.name, case.title,
                                        f"{case.workload.unit}, {better}", words, verdict.met,
                                        bars))
    return groups


def summary(cases, rounds, svg):
    failed = [f"{case.title} ({system})" for case in cases for system in case.failures]
    barred = [case.comparison(cases).met for case in cases if has_bar(case.bar)]
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
        description="Measures Troupe, CAF, Erlang and ZeroMQ on the same work, taking turns.",
        epilog=f"workloads: {', '.join(names)}\n\n"
        "ratio: our median to the better peer's, or to that of whom it names. 1/9.2: ours is 9.2\n"
        "times smaller, where smaller is better.\n\n"
        "exit status: 0 when every run ended well, whether the bars are met or not; 1 when one\n"
        "failed; 2 for a wrong call.")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="default: 5")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--svg", type=Path, metavar="FILE", default=ROOT / "build" / "bench.svg",
                        help="write the chart there (default: build/bench.svg)")
    parser.add_argument("--only", type=partial(pick, names), default=names, metavar="NAME[,NAME]")
    parser.add_argument("--systems", type=partial(pick, list(SYSTEMS)), default=list(SYSTEMS),
                        metavar=",".join(SYSTEMS))
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
             for workers, bar in workload.bars.items() if has_bar(bar) or not options.quick]
    cores = len(os.sched_getaffinity(0))
    if any((case.workers or 1) > cores for case in cases):
        say(f"*** ONLY {cores} CORE HERE: MORE WORKERS SHARE IT, AND THEIR FIGURES SAY LITTLE ***")
    if os.getloadavg()[0] > 0.5:
        say(f"the machine is busy (load {os.getloadavg()[0]:.1f}): expect low and uneven figures")
    measure(cases, systems, options.rounds)

    print("\n".join(table(cases)))
    print("ratio: ours to the better peer's, or to whom it names; 1/9: ours is nine times smaller")
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
