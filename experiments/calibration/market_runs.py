"""Daily prices of simulated markets: the crypto market alone, which is fast, and inside the whole model.

Alone, nobody but the background traders, the makers, the levered and the miners trades: no retirement money, no sleeve,
no bid, regulation as at the start. Stocks and incidents are drawn as in the model.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from abm.errors import ClearingError
from abm.model import RetirementModel
from abm.scenario import Scenario
from abm.vocabulary import DAYS_A_MONTH
from experiments.labs.market_lab import MarketLab

FITTING_SEEDS, UNSEEN_SEEDS = 1, 20_001
"""First seed of the worlds that parameters are chosen on, and of those that they are judged on."""


def alone(scenario: Scenario, days: int) -> np.ndarray:
    """Daily log prices of the market alone, shape (days,)."""
    return MarketLab(scenario).run(days)["log_price"].to_numpy()


def embedded(scenario: Scenario, days: int) -> np.ndarray:
    """Daily log prices of the market inside the whole model, shape (days,)."""
    months = -(-days // DAYS_A_MONTH)
    world = RetirementModel(scenario.but(months=months))
    prices = []
    for _ in range(months):
        world.step()
        prices.append(world.trades.days["price"])
    return np.log(np.concatenate(prices)[:days])


def panel(
    scenario: Scenario,
    days: int,
    seeds: range,
    live: Callable[[Scenario, int], np.ndarray] = alone,
) -> list[np.ndarray]:
    """Daily log returns, shape (days,), of worlds that differ by their seed alone.

    Args:
        scenario: the world; its seed is replaced. days: returns a world. seeds: one world each.
        live: `alone` or `embedded`.

    Raises:
        ClearingError: no price cleared the market of some world; a note says of which.
    """
    returns = []
    for seed in seeds:
        try:
            returns.append(np.diff(live(scenario.but(seed=seed), days + 1)))
        except ClearingError as problem:
            problem.add_note(f"In the world of seed {seed}.")
            raise
    return returns
