"""Daily returns of simulated markets: the crypto market alone, which is fast, and inside the whole model.

Alone, nobody but the background traders, the makers, the levered and the miners trades: no retirement money, no sleeve,
no bid, regulation as at the start. Stocks and incidents are drawn as in the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import mesa
import numpy as np

from abm.books import Books
from abm.clock import Clock
from abm.crypto_market.agent import CryptoMarket, Orders
from abm.errors import ClearingError
from abm.model import RetirementModel
from abm.returns import Economy
from abm.scenario import Scenario
from abm.vocabulary import DAYS_A_MONTH

FITTING_SEEDS, UNSEEN_SEEDS = 1, 10_001
"""First seed of the worlds that parameters are chosen on, and of those that they are judged on."""


class _Funds(NamedTuple):
    """No sleeves."""

    other_assets: np.ndarray = np.zeros(0)
    weight: np.ndarray = np.zeros(0)
    active: np.ndarray = np.zeros(0, dtype=bool)


class _Bid(NamedTuple):
    """No standing bid."""

    log_floor: float = 0.0
    budget: float = 0.0
    slope: float = 0.0


class _Stance(NamedTuple):
    """Regulation as at the start."""

    clarity: float = 0.5
    enforcement: float = 0.5


def months_alone(scenario: Scenario, months: int) -> Iterator[tuple[CryptoMarket, np.ndarray]]:
    """The market and its daily records of the month, shape (30,), month by month."""
    p = scenario.parameters
    market = CryptoMarket(mesa.Model(), scenario.market, scenario.loops, p.crypto_market, scenario.draws, 0.0)
    economy, clock, books, none = Economy(p.returns, scenario.draws), Clock(scenario.start), Books(), np.zeros(4)
    for _ in range(months):
        clock.tick()
        economy.advance(clock, ())
        books.open()
        trades = market.trade(Orders(none, none), _Funds(), _Bid(), _Stance(), economy.equity_news, (), clock, books)
        yield market, trades.days


def months_embedded(scenario: Scenario, months: int) -> Iterator[tuple[CryptoMarket, np.ndarray]]:
    """The same for the market inside the whole model."""
    world = RetirementModel(scenario.but(months=max(months, scenario.months)))
    for _ in range(months):
        world.step()
        yield world.market, world.trades.days


def log_prices(
    scenario: Scenario, days: int, live: Callable[..., Iterator[tuple[CryptoMarket, np.ndarray]]] = months_alone
) -> np.ndarray:
    """Daily log prices, shape (days + 1,), so that there are `days` returns."""
    months = -(-(days + 1) // DAYS_A_MONTH)
    prices = np.concatenate([record["price"] for _, record in live(scenario, months)])
    return np.log(prices[: days + 1])


def panel(
    scenario: Scenario,
    days: int,
    seeds: range,
    live: Callable[..., Iterator[tuple[CryptoMarket, np.ndarray]]] = months_alone,
    watch: Callable[[], None] = lambda: None,
) -> list[np.ndarray]:
    """Daily log prices of worlds that differ by their seed alone.

    Args:
        scenario: the world; its seed is replaced. days: returns a world. seeds: one world each.
        live: `months_alone` or `months_embedded`. watch: called after each world.

    Raises:
        ClearingError: no price cleared the market of some world.
    """
    paths = []
    for seed in seeds:
        try:
            paths.append(log_prices(scenario.but(seed=seed), days, live))
        except ClearingError as problem:
            problem.add_note(f"In the world of seed {seed}.")
            raise
        watch()
    return paths
