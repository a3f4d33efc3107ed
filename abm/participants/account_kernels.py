"""Compiled rules of accounts: payroll, and the marks of a month.

`s` is a saver's record (`Participants.records[i]`), `c` the sparse one (`Participants.sparse[k]`), `now` the month
(`month.Now`). Every USD that a function moves is in what it returns, so that the loops can hand national sums to the
books.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from abm.streams import uniform
from abm.vocabulary import BASIS_POINT, MONTHS_A_YEAR, Exit, Status

EMPLOYED = int(Status.EMPLOYED)
NO_EXIT, DEATH = int(Exit.NONE), int(Exit.DEATH)

INCLINATION = 6
"""Slot of a person's inclination to save on the stream "life.person"; `kernels.py` names them all."""

compiled = njit(cache=True, nogil=True, error_model="numpy")


class PayrollKeys(NamedTuple):
    """Stream keys of payroll: who saves in an IRA, and lasting traits."""

    ira: np.uint64
    person: np.uint64


class Limits(NamedTuple):
    """USD a year in force: what may be put into accounts, and the wage base of Social Security."""

    deferral: float
    catch_up_50: float
    catch_up_60_63: float
    annual_additions: float
    ira: float
    ira_catch_up: float
    wage_base: float


# Payroll ---------------------------------------------------------------------------------------------------------


@compiled
def employer_rate(deferral, formula):
    """Employer contribution as a share of pay for a deferral as a share of pay: two tiers of match and a base."""
    matched = formula.rate_1 * min(deferral, formula.upto_1)
    matched += formula.rate_2 * max(min(deferral, formula.upto_2) - formula.upto_1, 0.0)
    return matched + formula.base


@compiled
def deferral_limit(age_at_year_end, limits):
    """Elective deferrals allowed in the year (26 USC 402(g), 414(v)) at an age in months."""
    years = age_at_year_end // MONTHS_A_YEAR
    if 60 <= years <= 63:
        return limits.deferral + limits.catch_up_60_63
    return limits.deferral + (limits.catch_up_50 if years >= 50 else 0.0)


@compiled
def blended_share(share, held, added_share, added):
    """Roth share of an account after an addition; the coins in it are left out, for they keep their account's share."""
    total = held + added
    return (share * held + added_share * added) / total if total > 0.0 else 0.0


@compiled
def defer(s, c, now, formula, limits, roth_default, p):
    """This month's elective deferral and employer contribution of one saver, within every limit: (USD, USD)."""
    pay = s.salary / MONTHS_A_YEAR
    year_end = s.age + MONTHS_A_YEAR - now.month_of_year
    limit = deferral_limit(year_end, limits)
    if limits.annual_additions - s.employer_ytd < limits.deferral:  # the employer has used up room under 415(c)
        limit = min(limit, limits.annual_additions - s.employer_ytd)
    deferral = max(min(pay * BASIS_POINT * s.deferral_points, limit - s.deferral_ytd), 0.0)
    s.deferral_ytd = max(min(s.deferral_ytd + deferral, limit), s.deferral_ytd)
    # Catch-up deferrals do not count toward 415(c).
    room = limits.annual_additions - min(s.deferral_ytd, limits.deferral)
    rate = 0.0
    if pay > 0.0 and s.tenure >= formula.wait:
        rate = p.match_scale * employer_rate(deferral / pay, formula)
    employer = max(min(pay * rate, room - s.employer_ytd), 0.0)
    s.employer_ytd = max(min(s.employer_ytd + employer, room), s.employer_ytd)
    roth = c.roth_share if c.roth_share >= 0.0 else roth_default
    s.traditional_ytd += deferral * (1.0 - roth)
    held, added = s.plan_core, deferral + employer
    if added > 0.0:
        s.plan_roth = blended_share(s.plan_roth, held, roth * deferral / added, added)
        s.plan_core += added
    return deferral, employer


@compiled
def saves_in_ira(s, p, keys):
    """Whether one saves in an IRA while at work, u < share · k v^(k − 1), v his place among those inclined to save."""
    luck, most = uniform(keys.ira, s.seat, s.generation, 0), p.ira_savers * p.ira_slope
    if luck >= most:
        return False
    place = uniform(keys.person, s.seat, s.generation, INCLINATION)
    # The first question spares most the power.
    return luck < most * (place if p.ira_slope >= 2.0 else 1.0) and luck < most * place ** (p.ira_slope - 1.0)


@compiled
def contribute(s, c, now, jobs, formulas, limits, roth_default, p, keys):
    """One month of pay: (wages, deferral, employer contribution, IRA contribution, payroll tax of each side), USD."""
    if now.month_of_year == 1:
        s.wages_ytd = s.deferral_ytd = s.traditional_ytd = s.employer_ytd = 0.0
        s.ira_ytd = s.taxable_ytd = 0.0
    if s.status != EMPLOYED or s.exit == DEATH:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    pay = s.salary / MONTHS_A_YEAR
    insured = max(min(pay, limits.wage_base - s.wages_ytd), 0.0)
    tax = p.oasdi_rate * insured + p.medicare_rate * pay
    s.wages_ytd += pay
    deferral = employer = 0.0
    # A first deferral comes with the second pay, so an account that closes this month takes none.
    if s.deferral_points > 0 and s.tenure > 0 and s.exit == NO_EXIT:
        formula = formulas[jobs[s.employer].match]
        deferral, employer = defer(s, c, now, formula, limits, roth_default, p)
    ira = 0.0
    if saves_in_ira(s, p, keys):
        older = s.age + MONTHS_A_YEAR - now.month_of_year >= 50 * MONTHS_A_YEAR
        limit = limits.ira + (limits.ira_catch_up if older else 0.0)
        ira = max(min(pay * p.ira_rate, limit - s.ira_ytd), 0.0)
        s.ira_ytd = min(s.ira_ytd + ira, limit)
        if ira > 0.0:
            s.ira_roth = blended_share(s.ira_roth, s.ira_core, p.ira_roth_share, ira)
            s.ira_core += ira
    return pay, deferral, employer, ira, tax


# Valuation -------------------------------------------------------------------------------------------------------


@compiled
def value(s, c, by_age, at, fund, other, other_fee, price, p):
    """Mark one saver's accounts: (returns, fees) in USD; the sleeve's gain is in the account but in neither sum.

    Args:
        by_age: growth of managed and of self-directed accounts, records by age in years.
        at: record of his employer: plan_fee (a month). For none: the other fee.
        fund: record of the fund whose sleeve he shares: sleeve_share in coins while the month was traded, sleeve_gain
            over fund assets, holds_coins. Zeros for one who shares none.
        other: record of the fund whose other alternatives he shares: share in them, their gain and their own fees over
            claims. For none: what no fund's savers own.
    """
    years = s.age // MONTHS_A_YEAR
    own = by_age[years].self_directed
    path = by_age[years].managed if s.managed == 1 else own
    # Coins and alternatives earn their own returns, the rest of the fund the glide path.
    gain = s.plan_core * (path * max(1.0 - fund.sleeve_share - other.share, 0.0) + other.gain)
    sleeve = s.plan_core * fund.sleeve_gain
    core, ira = s.plan_core + gain + sleeve, s.ira_core * (1.0 + own)
    of_classes = s.plan_core * other.fee
    fees = at.plan_fee * core + of_classes + other_fee * ira
    returns = gain + s.ira_core * own
    s.plan_core = core = core * (1.0 - at.plan_fee) - of_classes
    s.ira_core = ira * (1.0 - other_fee)
    if c.plan_crypto + c.ira_crypto > 0.0 or (fund.holds_coins > 0.0 and core > 0.0):
        c.high_water = max(price, price + (c.high_water - price) * p.high_water_kept)
    else:
        c.high_water = 0.0
    return returns, fees
