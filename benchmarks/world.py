"""How fast a whole world runs: build, months, second start, peak memory. Medians of several runs on this machine.

python benchmarks/world.py                        20 000 participants × 120 months, 3 runs
python benchmarks/world.py --participants 100000 --months 24 --runs 1
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

_MEASURED = """
import sys, time
start = time.perf_counter()
import resource
from abm.model import RetirementModel
from abm.scenario import Scenario
imported = time.perf_counter()
world = RetirementModel(Scenario(participants={participants}, months={months}))
built = time.perf_counter()
world.step()
first = time.perf_counter()
for _ in range({months} - 1):
    world.step()
done = time.perf_counter()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(imported - start, built - imported, first - built, done - first, peak)
"""


def measure(participants: int, months: int) -> list[float]:
    """Seconds to import, build, first month, further months; peak MB: in a process of its own."""
    code = _MEASURED.format(participants=participants, months=months)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--participants", type=int, default=20_000)
    parser.add_argument("--months", type=int, default=120)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()

    began = time.perf_counter()
    measure(200, 2)
    print(f"first process after an empty cache, or from cache: {time.perf_counter() - began:.1f} s")
    runs = [measure(chosen.participants, chosen.months) for _ in range(chosen.runs)]
    imports, build, first, rest, peak = (statistics.median(column) for column in zip(*runs, strict=True))
    months, start = first + rest, imports + build + first
    each = 1e9 * months / chosen.months / chosen.participants
    print(f"{chosen.participants:,} participants × {chosen.months} months, median of {chosen.runs}:")
    print(f"  import {imports:.2f} s, build {build:.2f} s, first month {first:.2f} s: second start {start:.2f} s")
    print(f"  months after compilation {months:.2f} s, {each:,.0f} ns a row-month")
    print(f"  peak memory {peak:.0f} MB, imports included")


if __name__ == "__main__":
    main()
