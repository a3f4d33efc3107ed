"""Compiled cores of the Treasury: the income tax of a household, and the tax expenditure of every person."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from abm.streams import normal, uniform
from abm.vocabulary import MONTHS_A_YEAR


@njit(cache=True, nogil=True)
def bracket_tax(taxable, rates, upper, index):
    """Tax of a bracket schedule on taxable income.

    Args:
        taxable: USD a year.
        rates: share of income by bracket, shape (b,).
        upper: upper end of each bracket, USD, the last infinite, shape (b,).
        index: multiplies the bracket ends.
    """
    tax = lower = 0.0
    for b in range(rates.size):
        top = upper[b] * index
        if taxable <= top:
            return tax + rates[b] * max(taxable - lower, 0.0)
        tax += rates[b] * (top - lower)
        lower = top
    return tax


@njit(cache=True, nogil=True)
def marginal_rate(taxable, rates, upper, index):
    """Rate of the bracket that holds the last USD of taxable income; 0 where there is none."""
    if taxable <= 0.0:
        return 0.0
    for b in range(rates.size):
        if taxable <= upper[b] * index:
            return rates[b]
    return rates[-1]


@njit(cache=True, nogil=True)
def taxable_benefits(benefits, other, first, second):
    """Part of Social Security benefits that is taxed (26 USC 86): up to half, then up to 85 %.

    Args:
        benefits, other: USD a year; `other` is all other income.
        first, second: thresholds of provisional income, USD; the law never indexed them.
    """
    provisional = other + 0.5 * benefits
    if benefits <= 0.0 or provisional <= first:
        return 0.0
    if provisional <= second:
        return min(0.5 * (provisional - first), 0.5 * benefits)
    half = min(0.5 * (second - first), 0.5 * benefits)
    return min(0.85 * (provisional - second) + half, 0.85 * benefits)


@njit(cache=True, nogil=True)
def senior_deduction(income, filing, seniors, law):
    """Deduction for those of 65 and over (26 USC 151(d)(5)(C)): so much each, less 6 % of income above the start.

    Args:
        income: adjusted gross income, USD a year.
        filing: 0 single, 1 joint.
        seniors: how many of 65 and over.
        law: `Schedule`; the amounts are not indexed, and 0 once the deduction has lapsed.
    """
    each = law.senior - law.senior_rate * max(income - law.senior_start[filing], 0.0)
    return seniors * max(each, 0.0)


@njit(cache=True, nogil=True)
def taxable_income(other, benefits, filing, seniors, law, index):
    """Taxable income of a person alone (filing 0) or of a couple (1), USD a year; below 0 where deductions exceed it.

    Args:
        other: income but Social Security, USD a year.
        benefits: Social Security, USD a year.
        filing: 0 single, 1 joint.
        seniors: how many of 65 and over, 0–2.
        law: `Schedule`.
        index: multiplies standard deductions; the thresholds of benefits and the senior deduction stay.
    """
    income = other + taxable_benefits(benefits, other, law.benefits_first[filing], law.benefits_second[filing])
    standard = (law.deduction[filing] + seniors * law.extra[filing]) * index
    return income - standard - senior_deduction(income, filing, seniors, law)


@njit(cache=True, nogil=True)
def couple_tax(other, benefits, filing, seniors, law, index):
    """Income tax of a person alone or of a couple, USD a year; arguments as in `taxable_income`."""
    taxable = taxable_income(other, benefits, filing, seniors, law, index)
    return bracket_tax(taxable, law.rates, law.upper[filing], index)


@njit(cache=True, nogil=True, error_model="numpy")
def tax_so_far(other, benefits, spouse_other, spouse_benefits, joint, old, part, law, index, out):
    """Income tax owed for the year so far, one entry a person, written into `out`.

    Income of the first months is blown up to a year, taxed, and scaled down again; with the whole year known
    (part 1) the tax is exact. Of a couple's tax each spouse owes the share of his income.

    Args:
        other, benefits: the person's income since January, without and from Social Security, USD, shape (n,).
        spouse_other, spouse_benefits: the spouse's, USD a year, shape (n,).
        joint: True where there is a spouse, shape (n,).
        old: True at 65 and over, shape (n,); spouses are of one age.
        part: share of the year that has passed, above 0.
        law, index: as in `taxable_income`.
        out: USD, shape (n,).
    """
    for i in range(other.size):
        own = (other[i] + benefits[i]) / part
        if own <= 0.0:
            out[i] = 0.0
            continue
        if joint[i]:
            whole = own + spouse_other[i] + spouse_benefits[i]
            seniors = 2 if old[i] else 0
            tax = couple_tax(
                other[i] / part + spouse_other[i], benefits[i] / part + spouse_benefits[i], 1, seniors, law, index
            )
            out[i] = part * tax * own / whole
        else:
            seniors = 1 if old[i] else 0
            out[i] = part * couple_tax(other[i] / part, benefits[i] / part, 0, seniors, law, index)


@njit(cache=True, nogil=True, error_model="numpy")
def tax_expenditure(year, base, accounts, equity, joint, old, weight, group, groups, law, index, p):
    """Tax expenditure of a calendar year, national USD: group × (plan, IRA) × (contributions, earnings, withdrawals).

    contributions  T(B + c) − T(B), each account alone;   withdrawals  T(B) − T(B − w), plan first;
    earnings       account · (stocks · (dividends + ½ · growth) · gains rate + bonds · yield · marginal rate)

    Args:
        year: contributions before tax to plan and IRA, taxed withdrawals from plan and from IRA, USD, shape (4, n).
        base: the couple's income but Social Security (withdrawals included), and its benefits, USD, shape (2, n).
        accounts: plan and IRA at the year's end, USD, shape (2, n).
        equity: stocks' share of accounts, shape (n,).
        joint, old: as in `tax_so_far`.
        weight: persons, shape (n,).
        group, groups: to which group a person belongs, int64, shape (n,), and how many there are.
        law, index, p: schedule, its index, `FiscalParameters` as a record.
    """
    out = np.zeros((groups, 2, 3))
    for i in range(weight.size):
        filing = 1 if joint[i] else 0
        seniors = (2 if joint[i] else 1) if old[i] else 0
        g, other, benefits = group[i], base[0, i], base[1, i]
        to_plan, to_ira, from_plan, from_ira = year[0, i], year[1, i], year[2, i], year[3, i]
        if to_plan > 0.0 or to_ira > 0.0 or from_plan > 0.0 or from_ira > 0.0:
            tax = couple_tax(other, benefits, filing, seniors, law, index)
            without_plan = couple_tax(other - from_plan, benefits, filing, seniors, law, index)
            without_both = couple_tax(other - from_plan - from_ira, benefits, filing, seniors, law, index)
            out[g, 0, 0] += weight[i] * (couple_tax(other + to_plan, benefits, filing, seniors, law, index) - tax)
            out[g, 1, 0] += weight[i] * (couple_tax(other + to_ira, benefits, filing, seniors, law, index) - tax)
            out[g, 0, 2] += weight[i] * (tax - without_plan)
            out[g, 1, 2] += weight[i] * (without_plan - without_both)
        if accounts[0, i] > 0.0 or accounts[1, i] > 0.0:
            taxable = taxable_income(other, benefits, filing, seniors, law, index)
            gains = marginal_rate(taxable, law.gains_rates, law.gains_upper[filing], index)
            marginal = marginal_rate(taxable, law.rates, law.upper[filing], index)
            stocks = equity[i] * (p.dividend_yield + p.gains_taxed * p.stock_growth) * gains
            avoided = weight[i] * (stocks + (1.0 - equity[i]) * p.bond_yield * marginal)
            out[g, 0, 1] += avoided * accounts[0, i]
            out[g, 1, 1] += avoided * accounts[1, i]
    return out


@njit(cache=True, nogil=True)
def impute_spouses(
    seat, generation, age, sex, ability, married, keys, wage_index, price_index, p, joint, old, pay, benefits
):
    """Give each person a spouse, or none, by hashed traits; writes joint, old, pay and benefits, shape (n,).

    Args:
        seat, generation: whose luck. age: months. sex: 0 male, 1 female. ability: log.
        married: share of the married by sex and age in years, shape (2, 120).
        keys: streams of being married, and of the spouse's work and pay.
        wage_index, price_index: 1 at the start. p: `FiscalParameters` as a record.
        joint, old: bool. pay, benefits: the spouse's, USD a year.
    """
    for i in range(seat.size):
        years = min(age[i] // MONTHS_A_YEAR, married.shape[1] - 1)
        old[i] = age[i] >= 65 * MONTHS_A_YEAR
        joint[i] = uniform(keys[0], seat[i], generation[i], 0) < married[sex[i], years]
        pay[i] = benefits[i] = 0.0
        if joint[i] and age[i] >= 66 * MONTHS_A_YEAR:
            benefits[i] = MONTHS_A_YEAR * p.spouse_benefit * price_index
        elif joint[i] and uniform(keys[1], seat[i], generation[i], 1) < p.spouse_earns:
            luck = p.spouse_spread * normal(keys[1], seat[i], generation[i], 2)
            pay[i] = p.spouse_pay * wage_index * math.exp(p.spouse_likeness * ability[i] + luck)
