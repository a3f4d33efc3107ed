"""The month, as the compiled rules of participants read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.vocabulary import MONTHS_A_YEAR

if TYPE_CHECKING:
    from abm.clock import Clock
    from abm.returns import Economy


class Now(NamedTuple):
    """The month, as rules read it.

    Attributes:
        month: months since the start of the run, negative in history.
        month_of_year: 1 for January … 12 for December.
        months_of_era: months since year 0, from which years of birth follow.
        wage_index: 1 in the start year; history runs in wage units and keeps it at 1.
        cost_of_living: factor on benefits, other than 1 in January only.
        wages_over_prices: log points a year by which wages outgrow prices.
    """

    month: int
    month_of_year: int
    months_of_era: int
    wage_index: float
    cost_of_living: float
    wages_over_prices: float


def moment(clock: Clock, economy: Economy) -> Now:
    """The month as the compiled rules read it."""
    # Balances and benefits of the start are in USD of the first year, so the first January adjusts nothing.
    adjusts = clock.month_of_year == 1 and clock.years > 0
    return Now(
        month=clock.month,
        month_of_year=clock.month_of_year,
        months_of_era=clock.year * MONTHS_A_YEAR + clock.month_of_year - 1,
        wage_index=float(economy.wage_index),
        cost_of_living=1.0 + economy.yearly_inflation if adjusts else 1.0,
        wages_over_prices=float(np.log1p(economy.yearly_wage_growth) - np.log1p(economy.yearly_inflation)),
    )
