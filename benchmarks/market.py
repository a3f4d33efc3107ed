"""How fast the crypto market clears at 200 to 100 000 traders: µs a day, ns per trader and pass, and how it grows.

    python benchmarks/market.py [--compile]

A day is everything: draws, wants, the auction, its settlement and its record. Two clocks are told: the wall's, which
other work on the machine makes longer, and the processor's own time of this thread, which is what one core takes.
Stocks are drawn as in the model; no retirement money trades. `--compile` compiles all of it anew, in an empty cache.
Moments are judged by `abm validate market`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np
from numba import njit

from abm.crypto_market.clearing_kernels import Book, excess
from abm.scenario import Scenario
from abm.vocabulary import DAYS_A_MONTH
from experiments.labs.market_lab import MarketLab

SIZES = ((200, 60), (2_000, 60), (20_000, 20), (100_000, 8))
"""Traders, and months that are timed."""
LIMITS = {2_000: 40.0, 100_000: 2_000.0}
"""µs a day that must not be exceeded on one core."""


def seconds_a_day(traders: int, months: int, clock: Callable[[], float]) -> tuple[float, float]:
    """The quickest month's seconds a day, and mean passes a day."""
    lab = MarketLab(Scenario(seed=1).with_values({"market.traders": traders}))
    best, passes = np.inf, []
    for _ in range(months):
        begun = clock()
        days = lab.quiet_month()
        best = min(best, (clock() - begun) / DAYS_A_MONTH)
        passes.append(days["passes"].mean())
    return best, float(np.mean(passes))


def pass_seconds(traders: int) -> float:
    """Seconds of one pass over a book of uncut wants, on one core."""
    rng, size = np.random.default_rng(1), -(-traders // 8) * 8
    wants = {name: rng.random(size) for name in ("level", "tilt", "coins", "cash")}
    empty = {name: np.zeros(0) for name in Book._fields if name.startswith("fund_")}
    zero = {name: 0.0 for name in Book._fields if name not in wants | empty}
    book = Book(**wants, **empty, **(zero | {"longs": np.zeros(1024), "shorts": np.zeros(1024)}))
    repeats, best = max(20, 2_000_000 // size), np.inf
    pass_over(book, 1)
    for _ in range(6):
        begun = time.thread_time()
        pass_over(book, repeats)
        best = min(best, (time.thread_time() - begun) / repeats)
    return best


@njit
def pass_over(book, repeats):
    """Several passes in a row, without the cost of calling from Python."""
    total = 0.0
    for repeat in range(repeats):
        total += excess(book, 0.1 + 1e-9 * repeat, 0.0)[0]
    return total


def show_speed() -> None:
    """One row a size; growth is the processor time a trader against that of the size before."""
    print("traders   µs a day: core   wall   ns a trader   ns per trader and pass   passes a day   limit")
    for traders, months in SIZES:
        core, passes = seconds_a_day(traders, months, time.thread_time)
        wall, _ = seconds_a_day(traders, months, time.perf_counter)
        nanoseconds, limit = pass_seconds(traders) / traders * 1e9, LIMITS.get(traders)
        kept = "" if limit is None else f"{limit:.0f}: {'kept' if core * 1e6 < limit else 'MISSED'}"
        print(
            f"{traders:7d} {core * 1e6:16.1f} {wall * 1e6:6.0f} {core / traders * 1e9:13.1f} {nanoseconds:24.2f}"
            f" {passes:14.1f}   {kept}"
        )


def show_compilation() -> None:
    """Processor seconds of a first month in an empty cache less those of one in a full cache."""
    month = (
        "import time; from experiments.labs.market_lab import MarketLab; lab = MarketLab(); "
        "begun = time.process_time(); lab.run(30); print(time.process_time() - begun)"
    )
    with tempfile.TemporaryDirectory() as folder:
        spent = [
            float(
                subprocess.run(
                    [sys.executable, "-c", month],
                    env=os.environ | {"NUMBA_CACHE_DIR": folder},
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
            )
            for _ in range(2)
        ]
    print(f"\nfirst month: {spent[0]:.1f} s with an empty cache, {spent[1]:.2f} s with a full one (processor time)")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compile", action="store_true", help="time compilation too")
    chosen = parser.parse_args()
    MarketLab(Scenario().with_values({"market.traders": 200})).run(60)  # compile, or read the cache
    show_speed()
    if chosen.compile:
        show_compilation()


if __name__ == "__main__":
    main()
