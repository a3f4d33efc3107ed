"""Compiled cores of the government: voters asked one by one, and the income tax of every person."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from abm.streams import normal, uniform
from abm.vocabulary import MONTHS_A_YEAR


@njit(cache=True, nogil=True)
def weighted_sum(weight, values):
    """Sum of weight · value in the order of rows, arrays of shape (n,).

    A library's dot product may split the sum among threads, and then its last digits depend on the machine.
    """
    total = 0.0
    for i in range(weight.size):
        total += weight[i] * values[i]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def count_losses(weight, loss, income, balance, holder):
    """Loss of all, persons who hold, persons who save, and the sum of holders' losses in years of income.

    Args:
        weight: persons. loss, income, balance: USD, USD a year, USD. holder: bool. All of shape (n,).
    """
    usd = holders = savers = years = 0.0
    for i in range(weight.size):
        usd += weight[i] * loss[i]
        if balance[i] > 0.0:
            savers += weight[i]
        if holder[i]:
            holders += weight[i]
            years += weight[i] * loss[i] / income[i]
    return usd, holders, savers, years


@njit(cache=True, nogil=True, error_model="numpy")
def own_grievance(loss, income, promised, half_loss, out):
    """What each voter's own loss makes him feel, 0–1, written into `out`; returns the largest.

    g = L/(L + L₀) · (1 − promised/loss),   L = loss/income in years of income        (docs/model.md 4.7)

    Args:
        loss, promised: USD, shape (n,); what has been promised in compensation soothes, at most wholly.
        income: USD a year, above 0, shape (n,).
        half_loss: L₀, years of income.
        out: shape (n,).
    """
    largest = 0.0
    for i in range(loss.size):
        if loss[i] > promised[i]:
            years = loss[i] / income[i]
            out[i] = years / (years + half_loss) * (1.0 - promised[i] / loss[i])
            largest = max(largest, out[i])
        else:
            out[i] = 0.0
    return largest


@njit(cache=True, nogil=True, error_model="numpy")
def felt_grievance(own, indptr, indices, neighbour_weight, out):
    """Own grievance mixed with the mean of one's neighbours, written into `out`, shape (n,).

    Args:
        own: grievance, 0–1, shape (n,).
        indptr, indices: neighbours in compressed rows, shapes (n + 1,) and (edges,).
        neighbour_weight: share of the neighbours' mean; those without neighbours feel their own.
    """
    for i in range(own.size):
        first, last = indptr[i], indptr[i + 1]
        around = 0.0
        for k in range(first, last):
            around += own[indices[k]]
        mean = around / (last - first) if last > first else own[i]
        out[i] = (1.0 - neighbour_weight) * own[i] + neighbour_weight * mean


@njit(cache=True, nogil=True, error_model="numpy")
def ask_voters(grievance, gratitude, exposed, lean, ballots, seat, side, blame, key, p):
    """Ask every voter how he would vote today, and how if the rule went one notch toward prohibition.

    log odds for the president's party = side · lean − κ · blame · grievance + gratitude
    one notch tighter:  − κ_x · λ/2.25 · f,  f = e/(e + e₀);   and ± taste for the few exposed who care otherwise

    Only the exposed are asked about the notch: it takes nothing from the others, so nobody exposed means exactly 0.

    Args:
        grievance, gratitude: 0–1 and log odds, shape (n,).
        exposed: crypto share of retirement accounts, 0–1, shape (n,).
        lean: log odds toward the Republican party, shape (n,).
        ballots: persons × turnout, shape (n,).
        seat: whose taste is drawn, int64, shape (n,).
        side: +1 where the president is a Republican, −1 where he is a Democrat.
        blame: share of a loss that voters lay at the president's door.
        key: stream of tastes (drawn once for a seat).
        p: `PoliticsParameters` as a record.

    Returns:
        (mean grievance 0–1, votes lost through losses, votes lost by the notch), the last two in points of vote.
    """
    cast = felt = lost = locked = 0.0
    notch = p.exposure_weight * p.loss_aversion / 2.25
    for i in range(grievance.size):
        cast += ballots[i]
        felt += ballots[i] * grievance[i]
        moved = gratitude[i] - p.loss_weight * blame * grievance[i]
        if moved == 0.0 and exposed[i] <= 0.0:
            continue
        before = side * lean[i]
        today = 1.0 / (1.0 + math.exp(-before - moved))
        if moved != 0.0:
            lost += ballots[i] * (1.0 / (1.0 + math.exp(-before)) - today)
        if exposed[i] > 0.0:
            then = before + moved - notch * exposed[i] / (exposed[i] + p.half_exposure)
            luck = uniform(key, seat[i], 0, 0)
            if luck < p.caring_share:
                then += p.taste if luck < 0.5 * p.caring_share else -p.taste
            locked += ballots[i] * (today - 1.0 / (1.0 + math.exp(-then)))
    if cast <= 0.0:
        return 0.0, 0.0, 0.0
    return felt / cast, 100.0 * lost / cast, 100.0 * locked / cast


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
def couple_tax(other, benefits, filing, extra, law, index):
    """Income tax of a person alone (filing 0) or of a couple (1), USD a year.

    Args:
        other: income but Social Security, USD a year.
        benefits: Social Security, USD a year.
        filing: 0 single, 1 joint.
        extra: added to the standard deduction for those of 65 and over, USD of the schedule's year.
        law: `Schedule`.
        index: multiplies brackets and deductions; the thresholds of benefits stay.
    """
    income = other + taxable_benefits(benefits, other, law.benefits_first[filing], law.benefits_second[filing])
    return bracket_tax(income - (law.deduction[filing] + extra) * index, law.rates, law.upper[filing], index)


@njit(cache=True, nogil=True, error_model="numpy")
def tax_so_far(other, benefits, spouse_other, spouse_benefits, joint, old, part, law, index, out):
    """Income tax owed for the year so far, one entry a person, written into `out`.

    Income of the first months is blown up to a year, taxed, and scaled down again; with the whole year known
    (part 1) the tax is exact. Of a couple's tax each spouse owes the share of his income.

    Args:
        other, benefits: the person's income since January, without and from Social Security, USD, shape (n,).
        spouse_other, spouse_benefits: the spouse's, USD a year, shape (n,).
        joint: True where there is a spouse, shape (n,).
        old: True at 65 and over, shape (n,).
        part: share of the year that has passed, above 0.
        law, index: as in `couple_tax`.
        out: USD, shape (n,).
    """
    for i in range(other.size):
        own = (other[i] + benefits[i]) / part
        if own <= 0.0:
            out[i] = 0.0
            continue
        if joint[i]:
            whole = own + spouse_other[i] + spouse_benefits[i]
            extra = 2.0 * law.extra[1] if old[i] else 0.0
            tax = couple_tax(
                other[i] / part + spouse_other[i], benefits[i] / part + spouse_benefits[i], 1, extra, law, index
            )
            out[i] = part * tax * own / whole
        else:
            extra = law.extra[0] if old[i] else 0.0
            out[i] = part * couple_tax(other[i] / part, benefits[i] / part, 0, extra, law, index)


@njit(cache=True, nogil=True, error_model="numpy")
def tax_expenditure(year, base, accounts, equity, joint, old, weight, law, index, p):
    """Tax expenditure of a calendar year, national USD: (plan, IRA) × (contributions, earnings, withdrawals).

    contributions  T(B + c) − T(B);   withdrawals  T(B) − T(B − w), plan first;
    earnings       account · (stocks · (dividends + ½ · growth) · gains rate + bonds · yield · marginal rate)

    Args:
        year: contributions to the plan before tax, taxed withdrawals from plan and from IRA, USD, shape (3, n).
        base: the couple's income but Social Security (withdrawals included), and its benefits, USD, shape (2, n).
        accounts: plan and IRA at the year's end, USD, shape (2, n).
        equity: stocks' share of accounts, shape (n,).
        joint, old: as in `tax_so_far`.
        weight: persons, shape (n,).
        law, index, p: schedule, its index, `FiscalParameters` as a record.
    """
    out = np.zeros((2, 3))
    for i in range(weight.size):
        filing = 1 if joint[i] else 0
        extra = (2.0 * law.extra[1] if joint[i] else law.extra[0]) if old[i] else 0.0
        other, benefits = base[0, i], base[1, i]
        paid, from_plan, from_ira = year[0, i], year[1, i], year[2, i]
        if paid > 0.0 or from_plan > 0.0 or from_ira > 0.0:
            tax = couple_tax(other, benefits, filing, extra, law, index)
            without_plan = couple_tax(other - from_plan, benefits, filing, extra, law, index)
            without_both = couple_tax(other - from_plan - from_ira, benefits, filing, extra, law, index)
            out[0, 0] += weight[i] * (couple_tax(other + paid, benefits, filing, extra, law, index) - tax)
            out[0, 2] += weight[i] * (tax - without_plan)
            out[1, 2] += weight[i] * (without_plan - without_both)
        if accounts[0, i] > 0.0 or accounts[1, i] > 0.0:
            income = other + taxable_benefits(benefits, other, law.benefits_first[filing], law.benefits_second[filing])
            taxable = income - (law.deduction[filing] + extra) * index
            gains = marginal_rate(taxable, law.gains_rates, law.gains_upper[filing], index)
            marginal = marginal_rate(taxable, law.rates, law.upper[filing], index)
            stocks = equity[i] * (p.dividend_yield + p.gains_taxed * p.stock_growth) * gains
            avoided = weight[i] * (stocks + (1.0 - equity[i]) * p.bond_yield * marginal)
            out[0, 1] += avoided * accounts[0, i]
            out[1, 1] += avoided * accounts[1, i]
    return out


@njit(cache=True, nogil=True)
def impute_spouses(seat, generation, age, ability, key, wage_index, price_index, p, joint, old, pay, benefits):
    """Give each person a spouse, or none, by hashed traits; writes joint, old, pay and benefits, shape (n,).

    Args:
        seat, generation: whose luck. age: months. ability: log.
        key: stream. wage_index, price_index: 1 at the start. p: `FiscalParameters` as a record.
        joint, old: bool. pay, benefits: the spouse's, USD a year.
    """
    for i in range(seat.size):
        old[i] = age[i] >= 65 * MONTHS_A_YEAR
        joint[i] = uniform(key, seat[i], generation[i], 0) < p.joint_share
        pay[i] = benefits[i] = 0.0
        if joint[i] and age[i] >= 66 * MONTHS_A_YEAR:
            benefits[i] = MONTHS_A_YEAR * p.spouse_benefit * price_index
        elif joint[i] and uniform(key, seat[i], generation[i], 1) < p.spouse_earns:
            luck = p.spouse_spread * normal(key, seat[i], generation[i], 2)
            pay[i] = p.spouse_pay * wage_index * math.exp(p.spouse_likeness * ability[i] + luck)
