"""One saver as a record: what the compiled rules of a month read and write.

Columns live in `Participants`; a rule that moves a saver works on a record in the processor's nearest memory, filled
from his row and written back. History keeps one record through all months of a life.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from abm.participants.agent import Participant
from abm.vocabulary import MONTHS_A_YEAR

if TYPE_CHECKING:
    from abm.clock import Clock
    from abm.participants.agent import Participants
    from abm.returns import Economy


class Rows(NamedTuple):
    """The columns of `Participants` that the rules of life, payroll, valuation and income touch, shape (n,) each."""

    seat: np.ndarray
    generation: np.ndarray
    weight: np.ndarray
    age: np.ndarray
    sex: np.ndarray
    status: np.ndarray
    exit: np.ndarray
    employer: np.ndarray
    tenure: np.ndarray
    ability: np.ndarray
    salary: np.ndarray
    wages_ytd: np.ndarray
    plan: np.ndarray
    managed: np.ndarray
    deferral_rate: np.ndarray
    roth_share: np.ndarray
    deferral_ytd: np.ndarray
    traditional_ytd: np.ndarray
    employer_ytd: np.ndarray
    ira_ytd: np.ndarray
    taxable_ytd: np.ndarray
    penalty_ytd: np.ndarray
    plan_core: np.ndarray
    plan_crypto: np.ndarray
    plan_roth: np.ndarray
    ira_core: np.ndarray
    ira_crypto: np.ndarray
    ira_roth: np.ndarray
    year_end_balance: np.ndarray
    high_water: np.ndarray
    turnout: np.ndarray
    earnings_sum: np.ndarray
    earnings_years: np.ndarray
    benefit: np.ndarray


_OWN = {"seat": np.int64, "generation": np.int32}
SAVER = np.dtype(
    [(name, _OWN[name] if name in _OWN else getattr(Participant, name).dtype) for name in Rows._fields], align=True
)
"""A saver's record: the columns of `Rows` with the types they have there, so that rounding is the same."""


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


def rows_of(people: Participants) -> Rows:
    """The columns that the compiled rules touch; views, so what is written there is written in the population."""
    return Rows(*(getattr(people, name) for name in Rows._fields))


def record() -> np.ndarray:
    """An empty record to work on, shape (1,)."""
    return np.zeros(1, SAVER)


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


@njit(cache=True, nogil=True, inline="always")
def read(rows, i, s):
    """Fill the record `s` from row i."""
    s.seat = rows.seat[i]
    s.generation = rows.generation[i]
    s.weight = rows.weight[i]
    s.age = rows.age[i]
    s.sex = rows.sex[i]
    s.status = rows.status[i]
    s.exit = rows.exit[i]
    s.employer = rows.employer[i]
    s.tenure = rows.tenure[i]
    s.ability = rows.ability[i]
    s.salary = rows.salary[i]
    s.wages_ytd = rows.wages_ytd[i]
    s.plan = rows.plan[i]
    s.managed = rows.managed[i]
    s.deferral_rate = rows.deferral_rate[i]
    s.roth_share = rows.roth_share[i]
    s.deferral_ytd = rows.deferral_ytd[i]
    s.traditional_ytd = rows.traditional_ytd[i]
    s.employer_ytd = rows.employer_ytd[i]
    s.ira_ytd = rows.ira_ytd[i]
    s.taxable_ytd = rows.taxable_ytd[i]
    s.penalty_ytd = rows.penalty_ytd[i]
    s.plan_core = rows.plan_core[i]
    s.plan_crypto = rows.plan_crypto[i]
    s.plan_roth = rows.plan_roth[i]
    s.ira_core = rows.ira_core[i]
    s.ira_crypto = rows.ira_crypto[i]
    s.ira_roth = rows.ira_roth[i]
    s.year_end_balance = rows.year_end_balance[i]
    s.high_water = rows.high_water[i]
    s.turnout = rows.turnout[i]
    s.earnings_sum = rows.earnings_sum[i]
    s.earnings_years = rows.earnings_years[i]
    s.benefit = rows.benefit[i]


@njit(cache=True, nogil=True, inline="always")
def write(rows, i, s):
    """Write the record `s` to row i; seat, generation and weight never change here."""
    rows.age[i] = s.age
    rows.sex[i] = s.sex
    rows.status[i] = s.status
    rows.exit[i] = s.exit
    rows.employer[i] = s.employer
    rows.tenure[i] = s.tenure
    rows.ability[i] = s.ability
    rows.salary[i] = s.salary
    rows.wages_ytd[i] = s.wages_ytd
    rows.plan[i] = s.plan
    rows.managed[i] = s.managed
    rows.deferral_rate[i] = s.deferral_rate
    rows.roth_share[i] = s.roth_share
    rows.deferral_ytd[i] = s.deferral_ytd
    rows.traditional_ytd[i] = s.traditional_ytd
    rows.employer_ytd[i] = s.employer_ytd
    rows.ira_ytd[i] = s.ira_ytd
    rows.taxable_ytd[i] = s.taxable_ytd
    rows.penalty_ytd[i] = s.penalty_ytd
    rows.plan_core[i] = s.plan_core
    rows.plan_crypto[i] = s.plan_crypto
    rows.plan_roth[i] = s.plan_roth
    rows.ira_core[i] = s.ira_core
    rows.ira_crypto[i] = s.ira_crypto
    rows.ira_roth[i] = s.ira_roth
    rows.year_end_balance[i] = s.year_end_balance
    rows.high_water[i] = s.high_water
    rows.turnout[i] = s.turnout
    rows.earnings_sum[i] = s.earnings_sum
    rows.earnings_years[i] = s.earnings_years
    rows.benefit[i] = s.benefit
