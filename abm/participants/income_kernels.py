"""Compiled rules of money that leaves accounts: withdrawals, hardship, cash-outs, estates; and the year's end.

`s` is a saver's record (`Participants.records[i]`), `c` the sparse one (`Participants.sparse[k]`), `now` the month
(`month.Now`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from abm.streams import uniform
from abm.vocabulary import MONTHS_A_YEAR, Exit, Plan, Status

EMPLOYED, RETIRED = int(Status.EMPLOYED), int(Status.RETIRED)
NO_EXIT, CASH_OUT, DEATH = int(Exit.NONE), int(Exit.CASH_OUT), int(Exit.DEATH)
NO_PLAN = int(Plan.NONE)
AGE_55, AGE_59_HALF = 55 * MONTHS_A_YEAR, 59 * MONTHS_A_YEAR + 6
BIRTH_1960 = 1960 * MONTHS_A_YEAR
"""Month of birth, in months since year 0, from which distributions begin at 75 instead of 73."""

compiled = njit(cache=True, nogil=True, error_model="numpy")


class Paid(NamedTuple):
    """USD that one saver gets out of accounts, or of Social Security, in a month."""

    benefits: float
    withdrawals: float
    required: float
    hardship: float
    cash_out: float
    estate: float
    early_tax: float


@compiled
def required_age(months_of_era, age):
    """Age in months at which required distributions begin (SECURE 2.0, section 107)."""
    return (75 if months_of_era - age >= BIRTH_1960 else 73) * MONTHS_A_YEAR


@compiled
def required_distribution(balance, years, divisors):
    """USD that must be taken in the year: last year end's balance over the divisor of the age reached in the year."""
    return balance / divisors[min(years, divisors.size - 1)]


@compiled
def planned_rate(years, retired, p):
    """Share of the accounts that a saver past 59½ plans to draw in a year."""
    if not retired:
        return p.draw_working
    return max(p.draw_retired + p.draw_per_year * (years - 70.0), 0.0)


@compiled
def traditional_balance(s, c, price):
    """USD of both accounts that was never taxed, coins at the price."""
    plan = s.plan_core + c.plan_crypto * price
    ira = s.ira_core + c.ira_crypto * price
    return plan * (1.0 - s.plan_roth) + ira * (1.0 - s.ira_roth)


@compiled
def draw(s, c, price, amount, required):
    """Take up to `amount` USD from the cash-like parts of both accounts; (USD taken, taxable USD).

    The first `required` USD come from Traditional money, pro rata of what each account has of it, for Roth accounts
    have no required distribution in the owner's life (26 USC 408A(c)(4); SECURE 2.0, section 325, for plans). The rest
    comes pro rata of the accounts, Traditional and Roth as they lie. What each account has in Roth counts its coins.
    """
    plan, ira = s.plan_core, s.ira_core
    amount = min(amount, plan + ira)
    if amount <= 0.0:
        return 0.0, 0.0
    all_plan, all_ira = plan + c.plan_crypto * price, ira + c.ira_crypto * price
    of_plan = min(all_plan * (1.0 - s.plan_roth), plan)
    of_ira = min(all_ira * (1.0 - s.ira_roth), ira)
    first = min(required, amount, of_plan + of_ira)
    if first > 0.0:
        share = first / (of_plan + of_ira)
        from_plan, from_ira = share * of_plan, share * of_ira
        s.plan_roth = roth_after(s.plan_roth, all_plan, from_plan)
        s.ira_roth = roth_after(s.ira_roth, all_ira, from_ira)
        plan, ira = plan - from_plan, ira - from_ira
    left = plan + ira
    share = min((amount - first) / left, 1.0) if left > 0.0 else 0.0
    taxable = first + share * (plan * (1.0 - s.plan_roth) + ira * (1.0 - s.ira_roth))
    s.plan_core, s.ira_core = max(plan * (1.0 - share), 0.0), max(ira * (1.0 - share), 0.0)
    return amount, taxable


@compiled
def roth_after(share, held, taken):
    """Roth share of an account of `held` USD once `taken` USD of Traditional money have left it."""
    return min(share * held / (held - taken), 1.0) if held > taken else share


@compiled
def withdraw(s, c, now, price, divisors, p):
    """Planned or required withdrawal of one past 59½: (USD, of it required)."""
    year_end = s.age + MONTHS_A_YEAR - now.month_of_year
    years = year_end // MONTHS_A_YEAR
    coins = c.plan_crypto + c.ira_crypto
    balance = s.plan_core + s.ira_core + coins * price
    if balance <= 0.0:
        return 0.0, 0.0
    amount = planned_rate(s.age / MONTHS_A_YEAR, s.status == RETIRED, p) * balance / MONTHS_A_YEAR
    if s.status == RETIRED:
        amount = max(amount, p.draw_least * now.wage_index / MONTHS_A_YEAR)
    required = 0.0
    if year_end >= required_age(now.months_of_era, s.age):
        required = required_distribution(s.year_end_balance, years, divisors) / MONTHS_A_YEAR
    taken, taxable = draw(s, c, price, max(amount, required), required)
    s.taxable_ytd += taxable
    return taken, min(required, taxable)


@compiled
def hardship(s, now, p, key):
    """Hardship withdrawal of a worker from his plan: (USD, early-withdrawal tax)."""
    if s.plan_core <= 0.0 or uniform(key, s.seat, now.month, 0) >= p.hardship_hazard:
        return 0.0, 0.0
    amount = min(p.hardship_pay * s.salary, p.hardship_account * s.plan_core)
    s.plan_core -= amount
    return amount, tax_early(s, amount * (1.0 - s.plan_roth), AGE_59_HALF, p)


@compiled
def tax_early(s, taxable, age_free, p):
    """Enter a taxable withdrawal and, before the age that frees from it, the additional tax of 26 USC 72(t)."""
    s.taxable_ytd += taxable
    return p.early_tax * taxable if s.age < age_free else 0.0


@compiled
def cash_out(s, c, p):
    """Pay out the whole plan account of one who left his job: (USD, early-withdrawal tax)."""
    amount = s.plan_core
    # Who separates at 55 or later is free of the additional tax.
    tax = tax_early(s, amount * (1.0 - s.plan_roth), AGE_55, p)
    s.plan_core = 0.0
    if c.plan_crypto == 0.0:
        s.plan_roth = 0.0
        if s.deferral_points == 0:
            s.plan, s.managed = NO_PLAN, 0
    return amount, tax


@compiled
def year_end(s, c, now, price, security):
    """December: the balance on which next year's distribution rests, and the year's entry on the earnings record."""
    s.year_end_balance = traditional_balance(s, c, price)
    if s.wages_ytd > 0.0:
        earned = min(s.wages_ytd / now.wage_index, security.taxable_maximum)
        s.earnings_years += 1
        s.earnings_sum = record(s.earnings_sum, s.earnings_years, earned, security)


@compiled
def record(earnings_sum, years, earned, security):
    """Sum of the best 35 years after one more year of `earned` wage-indexed USD.

    The worst year on the record is not kept but estimated as a share of the average, S ← S + max(e − k S/35, 0).
    """
    if years <= security.years_counted:
        return earnings_sum + earned
    return earnings_sum + max(earned - security.worst_year * earnings_sum / security.years_counted, 0.0)


@compiled
def pay(s, c, now, price, divisors, security, p, key):
    """One month of income from accounts and Social Security of one saver; USD of each kind."""
    if s.exit == DEATH:
        estate = s.plan_core + s.ira_core
        return Paid(0.0, 0.0, 0.0, 0.0, 0.0, estate, 0.0)
    s.benefit *= now.cost_of_living
    cashed = needed = drawn = required = tax = late_tax = 0.0
    if s.exit == CASH_OUT:
        cashed, tax = cash_out(s, c, p)
    if s.status == EMPLOYED:
        needed, late_tax = hardship(s, now, p, key)
    if s.age >= AGE_59_HALF:
        drawn, required = withdraw(s, c, now, price, divisors, p)
    if now.month_of_year == MONTHS_A_YEAR:
        year_end(s, c, now, price, security)
    return Paid(np.float64(s.benefit), drawn, required, needed, cashed, 0.0, tax + late_tax)
