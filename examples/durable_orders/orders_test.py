"""Kills the example again and again, and counts its orders.

  orders_test.py PROGRAM
"""

import os
import subprocess
import sys
import tempfile

ORDERS = 40


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


def numbers(lines, what):
    return [int(line.split()[1]) for line in lines if line.startswith(what + " ")]


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "orders.db")
        lines, _ = run([program, file, "place", str(ORDERS)], ORDERS + 4)
        placed = numbers(lines, "placed")
        packed = numbers(lines, "packed")
        for _ in range(3):
            lines, _ = run([program, file], 5)
            packed += numbers(lines, "packed")
        lines, code = run([program, file])
        packed += numbers(lines, "packed")
        assert code == 0, code
        assert lines[-1].startswith("nothing is left"), lines
    assert placed, "nothing was placed"
    missing = sorted(set(placed) - set(packed))
    assert not missing, f"placed and not packed: {missing}"
    first_time = list(dict.fromkeys(packed))
    assert first_time == sorted(first_time), f"not in order: {packed}"
    print(f"{len(placed)} placed, {len(first_time)} packed, "
          f"{len(packed) - len(first_time)} of them again")


if __name__ == "__main__":
    main()
