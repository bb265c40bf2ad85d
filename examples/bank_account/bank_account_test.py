"""Kills the example again and again, and checks its totals.

  bank_account_test.py PROGRAM
"""

import os
import re
import subprocess
import sys
import tempfile

BOOKINGS = 150


def run(arguments, lines_max=None):
    """What the program says; after `lines_max` lines it is killed."""
    lines = []
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as program:
        for line in program.stdout:
            lines.append(line.strip())
            if lines_max is not None and len(lines) >= lines_max:
                program.kill()
                break
        lines += [line.strip() for line in program.stdout]
    return lines, program.returncode


def found(line):
    """How many bookings, and cents, it has begun with."""
    match = re.fullmatch(r"found (\d+) bookings, (\d+) cents", line)
    assert match, line
    return int(match[1]), int(match[2])


def booked(lines):
    """The amounts that it said to have booked."""
    return [int(line.split()[1].rstrip(",")) for line in lines if line.startswith("booked ")]


def amount(number):
    return -number if number % 10 == 0 else number


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "bank.db")
        bookings, cents = 0, 0
        for lines_max in (2, 20, 90, 140, 60, None):
            lines, code = run([program, file, str(BOOKINGS)], lines_max)
            assert found(lines[0]) == (bookings, cents), f"{lines[0]}: not {bookings}, {cents}"
            said = booked(lines)
            assert said == [amount(i + 1) for i in range(len(said))], said
            assert lines_max is not None or (code == 0 and len(said) == BOOKINGS), code
            # The one behind the last that it said may be booked or not; nothing else.
            lines, code = run([program, file])
            assert code == 0, code
            may_be = [
                (bookings + n, cents + sum(amount(i + 1) for i in range(n)))
                for n in (len(said), len(said) + 1)
            ]
            assert found(lines[0]) in may_be, f"{lines[0]}: none of {may_be}"
            bookings, cents = found(lines[0])
        print(f"{bookings} bookings, {cents} cents")


if __name__ == "__main__":
    main()
