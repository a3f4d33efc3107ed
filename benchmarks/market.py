"""How fast the crypto market clears at 200 to 100 000 traders: µs a day, ns per trader and pass.

    python benchmarks/market.py

Stocks are drawn as in the model; no retirement money trades. Its moments are judged by `abm validate market`.
"""

from __future__ import annotations

import argparse
import time
from typing import NamedTuple

import mesa
import numpy as np
from numba import njit

from abm.books import Books
from abm.clock import Clock
from abm.crypto_market.agent import CryptoMarket, CryptoMarketParameters, Orders
from abm.crypto_market.clearing_kernels import Book, excess
from abm.returns import Economy, ReturnsParameters
from abm.scenario import Loops, MarketDials

DAYS = 30


class Funds(NamedTuple):
    """No sleeves."""

    other_assets: np.ndarray = np.zeros(0)
    weight: np.ndarray = np.zeros(0)
    active: np.ndarray = np.zeros(0, dtype=bool)


class Bid(NamedTuple):
    """No standing bid."""

    log_floor: float = 0.0
    budget: float = 0.0
    slope: float = 0.0


class Stance(NamedTuple):
    """Regulation as at the start."""

    clarity: float = 0.5
    enforcement: float = 0.5


def run(seed: int, months: int, **dials: float) -> tuple[np.ndarray, float]:
    """Daily records of one market, shape (30 × months,), and seconds a day (the quickest month)."""
    market = CryptoMarket(mesa.Model(), MarketDials(**dials), Loops(), CryptoMarketParameters(), seed, 0.0)
    economy, clock, books, none = Economy(ReturnsParameters(), seed), Clock("2026-01"), Books(), np.zeros(4)
    days, seconds = [], []
    for _ in range(months):
        clock.tick()
        economy.advance(clock, ())
        books.open()
        begun = time.perf_counter()
        trades = market.trade(Orders(none, none), Funds(), Bid(), Stance(), economy.equity_news, (), clock, books)
        seconds.append(time.perf_counter() - begun)
        days.append(trades.days)
    return np.concatenate(days), min(seconds) / DAYS


def pass_seconds(traders: int) -> float:
    """Seconds of one pass over a book of uncut wants."""
    rng, size = np.random.default_rng(1), -(-traders // 8) * 8
    wants = {name: rng.random(size) for name in ("level", "tilt", "coins", "cash")}
    empty = {name: np.zeros(0) for name in Book._fields if name.startswith("fund_")}
    zero = {name: 0.0 for name in Book._fields if name not in wants | empty}
    book = Book(**wants, **empty, **(zero | {"longs": np.zeros(1024), "shorts": np.zeros(1024)}))
    repeats, best = max(20, 2_000_000 // size), np.inf
    for _ in range(6):
        begun = time.perf_counter()
        pass_over(book, repeats)
        best = min(best, (time.perf_counter() - begun) / repeats)
    return best


@njit
def pass_over(book, repeats):
    """Several passes in a row, without the cost of calling from Python."""
    total = 0.0
    for repeat in range(repeats):
        total += excess(book, 0.1 + 1e-9 * repeat, 0.0)[0]
    return total


def show_speed() -> None:
    print("traders   µs a day   ns per trader and pass   passes a day")
    for traders, months in ((200, 60), (2_000, 60), (20_000, 12), (100_000, 4)):
        days, seconds = run(1, months, traders=traders)
        nanoseconds = pass_seconds(traders) / traders * 1e9
        print(f"{traders:7d} {seconds * 1e6:10.1f} {nanoseconds:24.2f} {days['passes'].mean():14.1f}")


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    run(0, 2, traders=200)  # compile, or read the cache
    show_speed()


if __name__ == "__main__":
    main()
