"""What the benchmarks measure: the workloads, who does them, and the bars that we set ourselves.

A bar compares the medians of one case (a workload with a number of workers) with those of others
or with a limit. Knows nothing of running programs, nor of tables and charts.
"""

import statistics
from dataclasses import dataclass, field, replace

OURS = "troupe"
LOCAL_PEERS = ("caf", "erlang")
REMOTE_PEERS = ("caf", "erlang", "zeromq")


@dataclass(frozen=True)
class Comparison:
    """What became of a bar, in words; `met` is None where it cannot be judged, or there is none."""

    ratio: str
    bar: str
    met: object


def times_better(workload, ours, theirs):
    """How many times better our figure is, or None when one is missing."""
    if ours is None or theirs is None:
        return None
    return theirs / ours if workload.smaller_is_better else ours / theirs


def shown_ratio(workload, ratio):
    """In words; for what should be small, 1/9 says that ours is nine times smaller."""
    if ratio is None:
        return "-"
    divides = workload.smaller_is_better and ratio > 1
    times = 1 / ratio if workload.smaller_is_better and not divides else ratio
    digits = f"{times:.1f}" if times >= 10 else f"{times:.2f}"
    digits = digits.rstrip("0").rstrip(".")
    return f"1/{digits}" if divides else f"{digits}x"


def compare(workload, name, ratio, bar):
    """With `name` before the ratio, where it would not go without saying."""
    met = None if ratio is None or bar is None else ratio >= bar
    shown = f"{name} {shown_ratio(workload, ratio)}".strip()
    return Comparison(shown, shown_ratio(workload, bar), met)


@dataclass(frozen=True)
class BetterPeer:
    """So many times better than the better of the peers; without a number it is shown, no bar."""

    times: float = None

    def comparisons(self, case, _cases):
        workload = case.workload
        peers = [case.median(peer) for peer in workload.peers]
        ratios = [times_better(workload, case.median(OURS), peer)
                  for peer in peers if peer is not None]
        ratio = min((ratio for ratio in ratios if ratio is not None), default=None)
        whole = compare(workload, "", ratio, self.times)
        return [replace(whole, met=None) if None in peers else whole]  # One alone proves little.


@dataclass(frozen=True)
class Peers:
    """So many times better than each of the peers that are named."""

    times: dict

    def comparisons(self, case, _cases):
        return [compare(case.workload, peer,
                        times_better(case.workload, case.median(OURS), case.median(peer)), bar)
                for peer, bar in self.times.items()]


@dataclass(frozen=True)
class OurOther:
    """So many times as good as we are at another workload with as many workers, in the same run."""

    name: str
    times: float

    def comparisons(self, case, cases):
        theirs = next((other.median(OURS) for other in cases
                       if (other.workload.name, other.workers) == (self.name, case.workers)), None)
        ratio = times_better(case.workload, case.median(OURS), theirs)
        return [compare(case.workload, self.name, ratio, self.times)]


@dataclass(frozen=True)
class OneWorker:
    """So many times as good as we are at the same workload with one worker, in the same run; and at
    another workload, with as many workers, where one is named."""

    times: float
    other: OurOther = None

    def comparisons(self, case, cases):
        alone = next((other.median(OURS) for other in cases
                      if (other.workload, other.workers) == (case.workload, 1)), None)
        ratio = times_better(case.workload, case.median(OURS), alone)
        mine = [compare(case.workload, "1 worker", ratio, self.times)]
        return mine + (self.other.comparisons(case, cases) if self.other else [])


@dataclass(frozen=True)
class Limit:
    """Better than a figure of the workload's own unit, whatever others do."""

    figure: float

    def comparisons(self, case, _cases):
        ratio = times_better(case.workload, case.median(OURS), self.figure)
        side = "under" if case.workload.smaller_is_better else "over"
        words = f"{side} {self.figure:g} {case.workload.unit}"
        return [Comparison("-", words, None if ratio is None else ratio > 1)]


@dataclass(frozen=True)
class Workload:
    """One kind of work. `bars` holds a bar for each number of workers to run it with; the key None:
    workers do not matter. Of two processes, each has so many workers."""

    name: str
    unit: str
    bars: dict
    smaller_is_better: bool = False
    peers: tuple = LOCAL_PEERS

    @property
    def systems(self):
        return (OURS, *self.peers)


def has_bar(bar):
    return bar != BetterPeer()


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

    def comparison(self, cases):
        """All that the bar says, as one; `cases` are those of the same run."""
        all_of_it = self.bar.comparisons(self, cases)
        met = [one.met for one in all_of_it]
        return Comparison(", ".join(one.ratio for one in all_of_it),
                          ", ".join(one.bar for one in all_of_it),
                          False if False in met else None if None in met else True)


# To add a workload: teach it to the bench program of each system under the same name, and add a
# line. Those below the empty line are of two nodes, in two processes.
WORKLOADS = (
    Workload("ping_pong", "msg/s", {1: BetterPeer(8), 2: BetterPeer(6)}),
    Workload("counting", "msg/s", {1: BetterPeer(2.2), 2: BetterPeer(2.2)}),
    Workload("fan_in", "msg/s", {1: BetterPeer(), 2: BetterPeer(2.8)}),
    Workload("ring", "hops/s", {1: BetterPeer(8), 2: BetterPeer()}),
    Workload("spawn", "actors/s", {1: BetterPeer(), 2: BetterPeer(25)}),
    Workload("idle_bytes", "bytes", {None: BetterPeer(5)}, smaller_is_better=True),
    Workload("skynet", "s", {1: BetterPeer(), 2: BetterPeer(9)}, smaller_is_better=True),
    Workload("ask_sequential", "asks/s", {1: BetterPeer(7), 2: BetterPeer()}),
    Workload("ask_concurrent", "asks/s", {1: BetterPeer(2.5), 2: BetterPeer()}),
    # Two workers take at most 1.05 of the time of one; more threads outside together send no less.
    Workload("pipeline", "msg/s", {1: BetterPeer(), 2: OneWorker(0.95)}, peers=()),
    Workload("outside_tell", "msg/s", {1: BetterPeer(), 2: OneWorker(0.95)}, peers=()),
    Workload("outside_tell_2", "msg/s",
             {1: OurOther("outside_tell", 1), 2: OneWorker(0.95, OurOther("outside_tell", 1))},
             peers=()),
    Workload("outside_tell_4", "msg/s",
             {1: OurOther("outside_tell", 1), 2: OneWorker(0.95, OurOther("outside_tell", 1))},
             peers=()),
    Workload("spawn_and_end", "actors/s", {1: BetterPeer(), 2: OneWorker(0.95)}, peers=()),

    Workload("remote_tell_32", "msg/s", {2: Peers({"erlang": 10, "zeromq": 0.6})},
             peers=REMOTE_PEERS),
    Workload("remote_tell_1k", "msg/s", {2: Peers({"erlang": 3, "zeromq": 1.3})},
             peers=REMOTE_PEERS),
    Workload("remote_tell_curve", "msg/s", {2: OurOther("remote_tell_32", 0.5)}, peers=()),
    Workload("remote_ask_1000", "asks/s", {2: Peers({"caf": 8})}, peers=REMOTE_PEERS),
    Workload("remote_ask_p50_us", "us", {2: Peers({"erlang": 1, "zeromq": 1})},
             smaller_is_better=True, peers=REMOTE_PEERS),
    # How often threads of both processes wait for an ask, and how often they lose their core.
    Workload("remote_ask_switches", "switches", {2: Limit(6.5)}, smaller_is_better=True,
             peers=("zeromq",)),
    Workload("remote_ask_forced_switches", "switches", {2: Peers({"zeromq": 1})},
             smaller_is_better=True, peers=("zeromq",)),
    Workload("ask_p99_under_tells_ms", "ms", {2: Limit(5)}, smaller_is_better=True, peers=()),
)
