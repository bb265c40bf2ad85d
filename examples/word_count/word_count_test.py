"""Runs the word count as scripts/demo does, on a small text: three processes, all totals checked,
then one is killed, whoever asks or watches it is told, and its child is placed again.

  word_count_test.py WORKER_PROGRAM COORDINATOR_PROGRAM
"""

import collections
import re
import select
import subprocess
import sys
import tempfile
from pathlib import Path

ANSWER_SECONDS_MAX = 30
TEXT = "".join(f"In the beginning, God created {number % 7} heavens\nand the Earth; don't ask.\n"
               for number in range(4000))  # Some pieces for each counter.


class Program:
    """A process that answers lines with lines; it ends with the `with` statement."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def read(self):
        ready, _, _ = select.select([self.process.stdout], [], [], ANSWER_SECONDS_MAX)
        assert ready, f"{self.process.args} says nothing"
        return self.process.stdout.readline().decode().strip()

    def ask(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return self.read()


def check_totals(coordinator, folder):
    text, result = folder / "text", folder / "totals"
    text.write_text(TEXT, encoding="utf-8")
    print(coordinator.ask(f"count {text} {result}"))
    counted = {}
    for line in result.read_text(encoding="utf-8").splitlines():
        times, word = line.split()
        counted[word] = int(times)
    expected = collections.Counter(re.findall("[a-z]+", TEXT.lower()))
    assert counted == expected, f"counted {counted}, expected {expected}"


def check_kill(coordinator, dead, alive):
    """`dead` is a program and its address, `alive` an address."""
    program, address = dead
    program.process.kill()
    program.process.wait()
    answer = coordinator.ask(f"ask {address}")
    assert re.match("node_(unreachable|down)", answer), answer
    answer = coordinator.ask(f"ask {alive}")
    assert answer.startswith("5 words"), answer


def check_loss(coordinator, dead, alive):
    answer = coordinator.ask("losses")
    for counter in (1, 2):
        assert f"troupe://{dead}/user/counter-{counter} node_down" in answer, answer
    assert alive not in answer, answer
    answer = coordinator.ask("child")
    assert answer.startswith(f"troupe://{alive}/") and answer.endswith("5 words"), answer


def main():
    worker, coordinator = sys.argv[1:]
    with Program(worker, "anna") as anna, Program(worker, "ben") as ben:
        addresses = [anna.read(), ben.read()]
        with Program(coordinator, *addresses) as asker, tempfile.TemporaryDirectory() as folder:
            check_totals(asker, Path(folder))
            assert asker.ask("child").startswith(f"troupe://{addresses[1]}/")
            check_kill(asker, (ben, addresses[1]), addresses[0])
            check_loss(asker, addresses[1], addresses[0])
            asker.process.stdin.close()
            assert asker.process.wait(ANSWER_SECONDS_MAX) == 0


if __name__ == "__main__":
    main()
