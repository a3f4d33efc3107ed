"""Compiled rules of accounts: payroll, and the marks of a month.

`s` is a saver's record (`saver.SAVER`), `now` the month (`saver.Now`), `rows` the columns (`saver.Rows`). Every USD
that a function moves is in what it returns, so that the loops can hand national sums to the books.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from abm.streams import uniform
from abm.vocabulary import MONTHS_A_YEAR, Exit, Status

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


class Alternatives(NamedTuple):
    """Other alternatives in a month; classes in the order of `vocabulary.ALTERNATIVES`.

    Attributes:
        aims: share of the default fund by employer, shape (employers + 1, 3), the last row for none.
        provider: row of `mixes` by employer, the last of both for none.
        mixes: share of each class in a provider's alternatives, shape (managers + 1, 3).
        growth, fees, gates: of each class in a month, shape (3,). build: part of a gap bought in a month.
        held: national USD by provider and class, filled by the marks; paid: fees of each class, likewise.
    """

    aims: np.ndarray
    provider: np.ndarray
    mixes: np.ndarray
    growth: np.ndarray
    fees: np.ndarray
    gates: np.ndarray
    build: float
    held: np.ndarray
    paid: np.ndarray


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
def defer(s, now, formula, limits, roth_default, p):
    """This month's elective deferral and employer contribution of one saver, within every limit: (USD, USD)."""
    pay = s.salary / MONTHS_A_YEAR
    year_end = s.age + MONTHS_A_YEAR - now.month_of_year
    limit = deferral_limit(year_end, limits)
    if limits.annual_additions - s.employer_ytd < limits.deferral:  # the employer has used up room under 415(c)
        limit = min(limit, limits.annual_additions - s.employer_ytd)
    deferral = max(min(pay * s.deferral_rate, limit - s.deferral_ytd), 0.0)
    s.deferral_ytd = max(min(s.deferral_ytd + deferral, limit), s.deferral_ytd)
    # Catch-up deferrals do not count toward 415(c).
    room = limits.annual_additions - min(s.deferral_ytd, limits.deferral)
    rate = 0.0
    if pay > 0.0 and s.tenure >= formula.wait:
        rate = p.match_scale * employer_rate(deferral / pay, formula)
    employer = max(min(pay * rate, room - s.employer_ytd), 0.0)
    s.employer_ytd = max(min(s.employer_ytd + employer, room), s.employer_ytd)
    roth = s.roth_share if s.roth_share >= 0.0 else roth_default
    s.traditional_ytd += deferral * (1.0 - roth)
    held, added = s.plan_core + s.plan_alternatives, deferral + employer
    if added > 0.0:
        s.plan_roth = blended_share(s.plan_roth, held, roth * deferral / added, added)
        s.plan_core += added
    return deferral, employer


@compiled
def ira_chance(s, p, keys):
    """Probability of saving in an IRA: share · k u^(k − 1), u the person's place among those inclined to save."""
    place = uniform(keys.person, s.seat, s.generation, INCLINATION)
    return p.ira_savers * p.ira_slope * place ** (p.ira_slope - 1.0)


@compiled
def contribute(s, now, jobs, formulas, limits, roth_default, p, keys):
    """One month of pay: (wages, deferral, employer contribution, IRA contribution, payroll tax of each side), USD."""
    if now.month_of_year == 1:
        s.wages_ytd = s.deferral_ytd = s.traditional_ytd = s.employer_ytd = 0.0
        s.ira_ytd = s.taxable_ytd = s.penalty_ytd = 0.0
    if s.status != EMPLOYED or s.exit == DEATH:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    pay = s.salary / MONTHS_A_YEAR
    insured = max(min(pay, limits.wage_base - s.wages_ytd), 0.0)
    tax = p.oasdi_rate * insured + p.medicare_rate * pay
    s.wages_ytd += pay
    deferral = employer = 0.0
    # A first deferral comes with the second pay, so an account that closes this month takes none.
    if s.deferral_rate > 0.0 and s.tenure > 0 and s.exit == NO_EXIT:
        formula = formulas[jobs[s.employer].match]
        deferral, employer = defer(s, now, formula, limits, roth_default, p)
    ira = 0.0
    if uniform(keys.ira, s.seat, s.generation, 0) < ira_chance(s, p, keys):
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
def hold_alternatives(s, plan_fee, a):
    """Mark one saver's alternatives and move them toward the fund's aims: (returns, fees) in USD.

    Args:
        a: `Alternatives`; `held` and `paid` grow by this saver's part.
    """
    provider, before, core, grown = a.provider[s.employer], s.plan_alternatives, s.plan_core, 0.0
    wanted = 0.0
    returns = fees = moved = 0.0
    for k in range(a.growth.size):
        held = before * a.mixes[provider, k]
        marked = held * (1.0 + a.growth[k])
        returns += marked - held
        fees += marked * (plan_fee + a.fees[k])
        a.paid[k] += s.weight * marked * a.fees[k]
        grown += marked * (1.0 - plan_fee - a.fees[k])
        wanted += a.aims[s.employer, k]
    if before <= 0.0 and (s.managed == 0 or wanted <= 0.0):
        return 0.0, 0.0
    for k in range(a.growth.size):
        held = before * a.mixes[provider, k] * (1.0 + a.growth[k]) * (1.0 - plan_fee - a.fees[k])
        aim = a.aims[s.employer, k] if s.managed == 1 else 0.0
        gap = aim * (core + grown) - held
        # Buying is spread over months and paid from the liquid part; leaving waits at the gate.
        step = a.build * min(gap, core / a.growth.size) if gap > 0.0 else max(gap, -a.gates[k] * held)
        a.held[provider, k] += s.weight * (held + step)
        moved += step
    s.plan_core, s.plan_alternatives = core - moved, grown + moved
    return returns, fees


@compiled
def value(s, by_age, at, fund, alternatives, other_fee, price, p):
    """Mark one saver's accounts: (returns, fees) in USD; the sleeve's gain is in the account but in neither sum.

    Args:
        by_age: growth of managed and of self_directed accounts, records by age in years.
        at: record of his employer: plan_fee (a month). For none: the other fee.
        fund: record of the fund whose sleeve he shares: sleeve_share in coins while the month was traded, sleeve_gain
            over fund assets, holds_coins. Zeros for one who shares none.
        alternatives: `Alternatives`; its tallies are filled.
    """
    years = s.age // MONTHS_A_YEAR
    own = by_age[years].self_directed
    # Coins earn their price, the rest of the fund the glide path.
    gain = s.plan_core * (by_age[years].managed * (1.0 - fund.sleeve_share) if s.managed == 1 else own)
    sleeve = s.plan_core * fund.sleeve_gain
    core, ira = s.plan_core + gain + sleeve, s.ira_core * (1.0 + own)
    fees = at.plan_fee * core + other_fee * ira
    s.plan_core = core = core * (1.0 - at.plan_fee)
    returns = gain + s.ira_core * own
    s.ira_core = ira * (1.0 - other_fee)
    if core + s.plan_alternatives > 0.0:
        gained, charged = hold_alternatives(s, at.plan_fee, alternatives)
        core, returns, fees = s.plan_core, returns + gained, fees + charged
    if s.plan_crypto + s.ira_crypto > 0.0 or (fund.holds_coins > 0.0 and core > 0.0):
        s.high_water = max(price, price + (s.high_water - price) * p.high_water_kept)
    else:
        s.high_water = 0.0
    return returns, fees
