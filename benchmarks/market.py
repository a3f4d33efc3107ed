"""How fast the crypto market clears, and how near its daily returns come to those of bitcoin.

    python benchmarks/market.py                 speed at 200 … 100 000 traders, moments of 20 fresh runs
    python benchmarks/market.py --runs 0        speed only

The moments table compares medians over runs of 105 months (3 150 days) with BTC 2018-01 to 2026-07; t is the gap in
bootstrap standard errors of the data. Stocks are drawn as in the model; no retirement money trades.
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
from abm.data import table
from abm.returns import Economy, ReturnsParameters
from abm.scenario import Loops, MarketDials

MONTHS, DAYS = 105, 30
WINDOW = "2018-01..2026-07"


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


def moments(returns: np.ndarray) -> dict[str, float]:
    """Moments of daily log returns, by the names of abm/data/market_moments.csv; % where they are % there."""
    size = np.abs(returns)
    ordered = np.sort(size)[::-1]
    tail = int(0.05 * size.size)
    centred = returns - returns.mean()

    def memory(x: np.ndarray, lag: int) -> float:
        lags = (lag,) if lag == 1 else (lag - 1, lag, lag + 1)
        return float(np.mean([np.corrcoef(x[:-k], x[k:])[0, 1] for k in lags]))

    def variance_ratio(days: int) -> float:
        return float(np.convolve(returns, np.ones(days), "valid").var() / (days * returns.var()))

    found = {
        "sd": 100 * returns.std(),
        "mean_abs": 100 * size.mean(),
        "skew": np.mean(centred**3) / returns.std() ** 3,
        "excess_kurtosis": np.mean(centred**4) / returns.var() ** 2 - 3.0,
        "hill_abs_5": 1.0 / np.mean(np.log(ordered[:tail] / ordered[tail])),
        "acf_r_1": memory(returns, 1),
        "leverage_corr_1": np.corrcoef(returns[:-1], size[1:])[0, 1],
        "ES_2.5": 100 * np.sort(returns)[: int(0.025 * returns.size)].mean(),
    }
    found |= {f"acf_abs_{lag}": memory(size, lag) for lag in (1, 5, 10, 25, 50, 100)}
    found |= {f"q{level}": np.percentile(100 * returns, level) for level in (1, 5, 95, 99)}
    return found | {f"VR_{days}": variance_ratio(days) for days in (20, 60)}


def show_speed() -> None:
    print("traders   µs a day   ns per trader and pass   passes a day")
    for traders, months in ((200, 60), (2_000, 60), (20_000, 12), (100_000, 4)):
        days, seconds = run(1, months, traders=traders)
        nanoseconds = pass_seconds(traders) / traders * 1e9
        print(f"{traders:7d} {seconds * 1e6:10.1f} {nanoseconds:24.2f} {days['passes'].mean():14.1f}")


def show_moments(runs: int, traders: int, first_seed: int) -> None:
    data = {
        moment: (value, error)
        for window, moment, value, error in zip(
            *(table("market_moments")[name] for name in ("window", "moment", "value", "standard_error")), strict=True
        )
        if window == WINDOW
    }
    logs = [np.log(run(first_seed + seed, MONTHS, traders=traders)[0]["price"]) for seed in range(runs)]
    found = [moments(np.diff(log)) for log in logs]
    print(f"\nmoment                 model      data      t      (medians of {runs} runs, {traders} traders)")
    for name in found[0]:
        middle = float(np.median([run[name] for run in found]))
        value, error = data[name]
        print(f"{name:18s} {middle:9.3f} {value:9.3f} {(middle - value) / error:6.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--traders", type=int, default=2_000)
    parser.add_argument("--first-seed", type=int, default=1_000)
    chosen = parser.parse_args()
    run(0, 2, traders=200)  # compile, or read the cache
    show_speed()
    if chosen.runs:
        show_moments(chosen.runs, chosen.traders, chosen.first_seed)


if __name__ == "__main__":
    main()
