"""The past: every saver lives his own life from 22 to his age by the rules of the run, on mean returns, nobody dying.

History runs in wage units: money is divided by the wage index, so pay, limits and bend points stand still and returns
are those over wages. What it leaves behind (balances, tenures, earnings records, and how they hang together) is the
steady state of the very rules that go on from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.participants import passes
from abm.participants.life import jobs_of
from abm.participants.payroll import limits_in_force
from abm.participants.valuation import blend
from abm.vocabulary import MONTHS_A_YEAR

if TYPE_CHECKING:
    from abm.clock import Clock
    from abm.employers.agent import Employers
    from abm.participants.agent import Participants
    from abm.participants.life import Life
    from abm.participants.payroll import Payroll
    from abm.participants.retirement import Retirement
    from abm.participants.valuation import Valuation
    from abm.returns import Economy


def live_through(
    people: Participants,
    sponsors: Employers,
    rules: tuple[Life, Payroll, Valuation, Retirement],
    economy: Economy,
    clock: Clock,
    roth_default: float,
) -> None:
    """Bring persons who have an age, a sex and an ability, and nothing else, to the eve of the start.

    Args:
        rules: the four rules of a saver's month.
        economy: mean returns and growth of wages and prices.
        clock: stands before the first month.
        roth_default: Roth share of deferrals of those who never chose.
    """
    life, payroll, valuation, retirement = rules
    wages, prices = economy.yearly_wage_growth, economy.yearly_inflation
    over_wages = economy.mean_monthly() - np.log1p(wages) / MONTHS_A_YEAR
    first_month = clock.year * MONTHS_A_YEAR + clock.month_of_year - 1 - clock.month
    fee = valuation.monthly_fee
    passes.live_through_all(
        people.records, people.sparse, first_month, jobs_of(sponsors),
        (life.ages, life.security, payroll.formulas, retirement.divisors),
        (life.p, payroll.p, retirement.p), (life.keys, payroll.keys, retirement.key),
        limits_in_force(1.0, 1.0), float(roth_default),
        (blend(valuation.managed, over_wages), blend(valuation.self_directed, over_wages), fee),
        ((1.0 + prices) / (1.0 + wages), float(np.log1p(wages) - np.log1p(prices))),
    )  # fmt: skip
