"""Measures what it costs to compile an actor with 4 handlers and one with 64, each figure beside
its bar, and beside the same of CAF; `scripts/bench compile` is the way to call it. Exit status: 1
where a bar is missed.

The files are generated. A compiler's time is that of its user CPU, its memory the most that was
resident; of some runs, in turns, the median. What is linked, and warnings, cost users more.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from bench_systems import ROOT, progress, say

HANDLERS = (4, 64)
SECONDS_MAX = 2.0  # Of the file with an actor of four handlers.
RATIO_MAX = 2.0  # Of the file with 64 to that with four, in time and in memory.

# As users of the installed package compile: CMake's Release, and what the package adds.
FLAGS = ["-std=c++20", "-O3", "-DNDEBUG", "-DMSGPACK_NO_BOOST", "-pthread"]

TROUPE = """\
#include <troupe/{header}>

{messages}
class Account : public troupe::Actor {{
 public:
  using Protocol = troupe::Accepts<{names}>;

{handlers}
 private:
  int cents_ = 0;
}};

int main() {{
  troupe::ActorSystem system("bank");
  const auto account = system.spawn<Account>("account");
  return account.ask(M0{{1}}, std::chrono::seconds(1)).get().value();
}}
"""
TROUPE_MESSAGE = """\
struct M{i} {{
  using Reply = int;
  int cents = 0;
}};
"""
TROUPE_HANDLER = "  int on(M{i} message) {{ return cents_ += message.cents; }}\n"

# Its messages have inspect(), so that they may be sent to other nodes, as Troupe's may.
CAF = """\
#include <caf/all.hpp>

{messages}
struct Account {{
  int cents = 0;
}};

caf::behavior account(caf::stateful_actor<Account>* self) {{
  return {{
{handlers}  }};
}}

int main() {{
  caf::actor_system_config config;
  caf::actor_system system(config);
  caf::scoped_actor self(system);
  int cents = 0;
  self->request(system.spawn(account), std::chrono::seconds(1), M0{{1}})
      .receive([&](int answer) {{ cents = answer; }}, [](const caf::error&) {{}});
  return cents;
}}
"""
CAF_MESSAGE = """\
struct M{i} {{
  int cents = 0;
}};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, M{i}& message) {{
  return f(caf::meta::type_name("M{i}"), message.cents);
}}
"""
CAF_HANDLER = "      [=](const M{i}& message) {{ return self->state.cents += message.cents; }},\n"


def source(program, message, handler, count, **more):
    numbers = range(count)
    return program.format(messages="".join(message.format(i=i) for i in numbers),
                          handlers="".join(handler.format(i=i) for i in numbers),
                          names=", ".join(f"M{i}" for i in numbers), **more)


def cost_of(compiler, path, include):
    """User CPU in seconds and memory in MiB of one run; ends the program where it fails."""
    command = [compiler, *FLAGS, f"-I{include}", "-c", str(path), "-o", os.devnull]
    with tempfile.TemporaryFile() as words:
        # Not subprocess: wait4() has the figures of this run alone.
        process = os.posix_spawnp(command[0], command, os.environ, file_actions=[
            (os.POSIX_SPAWN_DUP2, words.fileno(), 1), (os.POSIX_SPAWN_DUP2, words.fileno(), 2)])
        _, status, used = os.wait4(process, 0)
        if status != 0:
            words.seek(0)
            first = words.read().decode(errors="replace").splitlines()[:20]
            say(f"FAILED: {' '.join(command)}\n" + "\n".join(first))
            sys.exit(1)
    return used.ru_utime, used.ru_maxrss / 1024


def measure(compiler, sources, rounds):
    """By the name of a source: the medians of time and memory."""
    with tempfile.TemporaryDirectory(prefix="troupe_bench_") as folder:
        os.symlink(ROOT, Path(folder) / "troupe")
        paths = {}
        for number, (name, text) in enumerate(sources.items()):
            paths[name] = Path(folder) / f"source_{number}.cpp"
            paths[name].write_text(text, encoding="utf-8")
        costs = {name: [] for name in sources}
        for turn in range(rounds):
            for name, path in paths.items():
                progress(f"{name}: {turn + 1} of {rounds}")
                costs[name].append(cost_of(compiler, path, folder))
        progress("")
    return {name: tuple(median(figures) for figures in zip(*runs)) for name, runs in costs.items()}


class Report:
    def __init__(self):
        self.met = True

    def line(self, what, figure, bar="", is_met=True):
        self.met &= is_met
        verdict = ("met" if is_met else "MISSED") if bar else "no bar"
        print(f"{what:<52}{figure:>12}  {bar:<8}{verdict}", flush=True)

    def costs(self, system, costs, has_bars):
        few, many = (costs[f"{system}, {count} handlers"] for count in HANDLERS)
        seconds, ratio = (f"{SECONDS_MAX:g} s", f"{RATIO_MAX:g}") if has_bars else ("", "")
        self.line(f"{system}: an actor of {HANDLERS[0]} handlers", f"{few[0]:.2f} s", seconds,
                  not has_bars or few[0] < SECONDS_MAX)
        self.line(f"{system}: its memory", f"{few[1]:.0f} MiB")
        self.line(f"{system}: an actor of {HANDLERS[1]} handlers", f"{many[0]:.2f} s")
        self.line(f"{system}: its memory", f"{many[1]:.0f} MiB")
        for what, one, other in zip(("time", "memory"), few, many):
            self.line(f"{system}: {HANDLERS[1]} handlers to {HANDLERS[0]}, in {what}",
                      f"{other / one:.2f}", ratio, not has_bars or other / one <= RATIO_MAX)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench compile", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="default: 5")
    parser.add_argument("--compiler", default="g++", metavar="NAME", help="default: g++")
    parser.add_argument("--header", default="actor/actor_system.hpp", metavar="FILE",
                        help="what the file includes of Troupe (default: "
                             "actor/actor_system.hpp, which is all that it needs; troupe.hpp "
                             "brings nodes and clusters too)")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    if not shutil.which(options.compiler):
        parser.error(f"there is no {options.compiler}")
    sources = {f"Troupe, {count} handlers": source(TROUPE, TROUPE_MESSAGE, TROUPE_HANDLER, count,
                                                   header=options.header) for count in HANDLERS}
    has_caf = subprocess.run([options.compiler, "-E", "-x", "c++", "-"], text=True,
                             input="#include <caf/all.hpp>\n", capture_output=True,
                             check=False).returncode == 0
    if has_caf:
        sources |= {f"CAF, {count} handlers": source(CAF, CAF_MESSAGE, CAF_HANDLER, count)
                    for count in HANDLERS}
    else:
        say("*** CAF IS NOT INSTALLED (libcaf-dev); ITS FIGURES ARE LEFT OUT ***")
    costs = measure(options.compiler, sources, options.rounds)
    report = Report()
    report.costs("Troupe", costs, has_bars=True)
    if has_caf:
        report.costs("CAF", costs, has_bars=False)
    return 0 if report.met else 1


if __name__ == "__main__":
    sys.exit(main())
