"""The loops: each rule once over all savers, and each saver through his whole past. Sums run in the order of rows.

`rows` are the savers' records, `few` the sparse table beside them (`Participants.sparse`). Both are in order of seat,
so one pass walks both; whoever has no record there is given the last one, of defaults.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from abm.participants.account_kernels import contribute, value
from abm.participants.income_kernels import pay
from abm.participants.kernels import birth, live, start
from abm.participants.month import Now
from abm.streams import uniform
from abm.vocabulary import ENTRY_AGE, MONTHS_A_YEAR, Exit, Status

NO_EXIT, DEATH = int(Exit.NONE), int(Exit.DEATH)
EMPLOYED = int(Status.EMPLOYED)

compiled = njit(cache=True, nogil=True, error_model="numpy")


@compiled
def live_all(rows, few, now, jobs, ages, security, p, keys, heads):
    """One month of life for all: a month older, death, work. Returns national USD rolled over and persons who died.

    Args:
        heads: is filled with the persons at work by employer, shape (employers,).
    """
    rolled = died = 0.0
    k = 0
    for i in range(rows.size):
        s = rows[i]
        own = few[k].seat == s.seat
        c = few[k if own else -1]
        k += own
        age = min(s.age + 1, ages.size - 1)
        s.age = age
        s.exit = NO_EXIT
        hazard = ages[age].death_female if s.sex == 1 else ages[age].death_male
        if uniform(keys.death, s.seat, now.month, 0) < hazard:
            s.exit = DEATH
            died += s.weight
        else:
            rolled += s.weight * live(s, c, now, jobs, ages, security, p, keys)
        if s.status == EMPLOYED:
            heads[s.employer] += s.weight
    return rolled, died


@compiled
def contribute_all(rows, few, now, jobs, formulas, limits, roth_default, p, keys, plan, ira):
    """Payroll of all savers; fills `plan` and `ira` (USD a person, shape (n,)) and returns five national USD sums."""
    wages = deferrals = employers = iras = taxes = 0.0
    k = 0
    for i in range(rows.size):
        s = rows[i]
        own = few[k].seat == s.seat
        c = few[k if own else -1]
        k += own
        if s.status != EMPLOYED and now.month_of_year != 1:
            continue
        paid, deferral, employer, saved, tax = contribute(s, c, now, jobs, formulas, limits, roth_default, p, keys)
        plan[i], ira[i] = deferral + employer, saved
        wages += s.weight * paid
        deferrals += s.weight * deferral
        employers += s.weight * employer
        iras += s.weight * saved
        taxes += s.weight * tax
    return wages, deferrals, employers, iras, taxes


@compiled
def fund_assets(weight, managed, employer, plan_core, fund, managers):
    """National USD of savers' claims on each manager's fund, shape (managers,).

    Args:
        weight, managed, employer, plan_core: columns, shape (n,).
        fund: row of the manager whose sleeve (or alternatives) an employer's managed savers share, −1 for none,
            shape (employers,).
    """
    assets = np.zeros(managers)
    for i in range(weight.size):
        if managed[i] == 1 and employer[i] >= 0 and fund[employer[i]] >= 0:
            assets[fund[employer[i]]] += weight[i] * plan_core[i]
    return assets


@compiled
def value_all(rows, few, by_age, by_employer, by_fund, by_alternatives, other_fee, price, p):
    """Mark all accounts; returns national USD of returns and of fees.

    Args:
        by_employer, by_fund, by_alternatives: records of `account_kernels.value`, and a last one for those without
            (index −1).
    """
    returns = fees = 0.0
    k = 0
    for i in range(rows.size):
        s = rows[i]
        own = few[k].seat == s.seat
        c = few[k if own else -1]
        k += own
        if s.plan_core + s.ira_core + c.high_water + (c.plan_crypto + c.ira_crypto) == 0.0:
            continue
        at = by_employer[s.employer]
        fund = by_fund[np.int64(at.fund) if s.managed == 1 else -1]
        other = by_alternatives[np.int64(at.alternatives) if s.managed == 1 else -1]
        gained, charged = value(s, c, by_age, at, fund, other, other_fee, price, p)
        returns += s.weight * gained
        fees += s.weight * charged
    return returns, fees


@compiled
def pay_all(rows, few, now, price, divisors, security, p, key, penalties):
    """One month of income of all savers; returns national USD, shape (7,), in the order of `income_kernels.Paid`.

    Args:
        penalties: is filled with early-withdrawal tax, USD a person, shape (n,).
    """
    sums = np.zeros(7)
    k = 0
    for i in range(rows.size):
        s = rows[i]
        own = few[k].seat == s.seat
        c = few[k if own else -1]
        k += own
        paid = pay(s, c, now, price, divisors, security, p, key)
        sums[0] += s.weight * paid.benefits
        sums[1] += s.weight * paid.withdrawals
        sums[2] += s.weight * paid.required
        sums[3] += s.weight * paid.hardship
        sums[4] += s.weight * paid.cash_out
        sums[5] += s.weight * paid.estate
        sums[6] += s.weight * paid.early_tax
        penalties[i] = paid.early_tax
    return sums


@compiled
def enter_all(rows, entrants, p, keys):
    """Seat a person of 22 in each of the rows `entrants` (int64, shape (k,)); coins are left alone."""
    for j in range(entrants.size):
        birth(rows[entrants[j]], p, keys)


@compiled
def live_through_all(rows, few, first_month, jobs, lookups, parameters, keys, limits, roth_default, growth, indexation):
    """Each saver in turn through all of his months, in wage units; see `history.live_through`.

    Args:
        first_month: months since year 0 of month 0 of the run.
        lookups: ages, Social Security, match formulas, divisors.
        parameters, keys: of life, payroll, retirement.
        growth: of managed and of self-directed accounts in a month by age, shape (120,) each, and the fee.
        indexation: factor on benefits in January, and log points a year by which wages outgrow prices.
    """
    ages, security, formulas, divisors = lookups
    life_p, payroll_p, income_p = parameters
    life_keys, payroll_keys, income_key = keys
    managed, self_directed, fee = growth
    c = few[-1]  # nobody held coins or had elected anything
    for i in range(rows.size):
        s = rows[i]
        months = s.age - ENTRY_AGE
        s.age = ENTRY_AGE
        start(s, life_p, life_keys)
        for month in range(-months, 0):
            era = first_month + month
            month_of_year = era % MONTHS_A_YEAR + 1
            now = Now(month, month_of_year, era, 1.0, indexation[0] if month_of_year == 1 else 1.0, indexation[1])
            s.exit = NO_EXIT
            s.age += 1
            live(s, c, now, jobs, ages, security, life_p, life_keys)
            contribute(s, c, now, jobs, formulas, limits, roth_default, payroll_p, payroll_keys)
            years = s.age // MONTHS_A_YEAR
            s.plan_core *= (1.0 + (managed[years] if s.managed == 1 else self_directed[years])) * (1.0 - fee)
            s.ira_core *= (1.0 + self_directed[years]) * (1.0 - fee)
            pay(s, c, now, 0.0, divisors, security, income_p, income_key)
        s.exit = NO_EXIT
