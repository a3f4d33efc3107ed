"""Compiled rules of a working life: one function moves one saver by one month.

`s` is a saver's record (`Participants.records[i]`), `c` the sparse one (`Participants.sparse[k]`), `now` the month
(`month.Now`), `ages` what depends on age alone (one record a month of age), `jobs` what a job seeker meets (one record
an employer), `p` the life parameters. The starting population and the run use the same functions; the loops over savers
stand in `passes.py`.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from abm.streams import normal, normal_quantile, uniform
from abm.vocabulary import BASIS_POINT, MONTHS_A_YEAR, Exit, Plan, Status

EMPLOYED, BETWEEN, RETIRED, NEVER = (
    int(status) for status in (Status.EMPLOYED, Status.BETWEEN_JOBS, Status.RETIRED, Status.NEVER_ATTACHED)
)
NO_EXIT, CASH_OUT, ROLLOVER = int(Exit.NONE), int(Exit.CASH_OUT), int(Exit.ROLLOVER)
NO_PLAN = int(Plan.NONE)

compiled = njit(cache=True, nogil=True, error_model="numpy")

# Traits that last a life are not stored but drawn anew whenever they are needed: slots of the stream "life.person"
SEX, ATTACHMENT, ABILITY, THRIFT, PASSIVITY, MOBILITY, INCLINATION = range(7)


@compiled
def birth(s, p, keys):
    """Make `s` a person of 22 with no past; sex, ability and attachment are his own luck."""
    seat, person = s.seat, s.generation
    s.age = 22 * MONTHS_A_YEAR
    s.sex = 1 if uniform(keys.person, seat, person, SEX) < 0.5 else 0
    s.ability = p.ability_spread * (
        normal(keys.person, seat, person, ABILITY) - 0.5 * p.ability_spread
    )  # mean one in levels
    start(s, p, keys)


@compiled
def start(s, p, keys):
    """Empty accounts, no job, no record: where every life begins. Coins are whoever calls' to see to."""
    never = uniform(keys.person, s.seat, s.generation, ATTACHMENT) < p.never_attached
    s.status = NEVER if never else BETWEEN
    s.exit = NO_EXIT
    s.employer = -1
    s.tenure = 0
    s.plan = NO_PLAN
    s.managed = 0
    s.salary = 0.0
    s.deferral_points = 0
    s.wages_ytd = s.deferral_ytd = s.traditional_ytd = s.employer_ytd = 0.0
    s.ira_ytd = s.taxable_ytd = 0.0
    s.plan_core = s.plan_roth = s.ira_core = s.ira_roth = 0.0
    s.year_end_balance = 0.0
    s.earnings_sum = s.benefit = 0.0
    s.earnings_years = 0


@compiled
def pay_at(s, now, ages, p, keys):
    """USD a year: w₀ W exp(f(age) + z + e), e drawn anew at each call's month."""
    age = s.age
    shock = ages[age].transitory * normal(keys.pay, s.seat, now.month, 1)
    return p.peak_pay * now.wage_index * math.exp(ages[age].profile + s.ability + shock)


@compiled
def takes_part(s, ages, p, keys):
    """Probability that a worker who may defer does: logistic in relative pay, age and his own inclination."""
    age = s.age
    relative = s.ability + ages[age].profile + 0.25
    score = p.take_up + p.take_up_pay * relative - p.take_up_age * (age / MONTHS_A_YEAR - 40.0) / 20.0
    score += p.take_up_person * normal(keys.person, s.seat, s.generation, INCLINATION)
    return p.eligible / (1.0 + math.exp(-score))


@compiled
def points(share):
    """A share in whole basis points."""
    return np.int16(round(share / BASIS_POINT))


@compiled
def wanted_deferral(s, ages, p, keys):
    """Share of pay that a saver would defer at his age, by his own thrift and pay."""
    thrift = normal(keys.person, s.seat, s.generation, THRIFT)
    spread = p.thrift_spread
    rate = p.deferral_scale * ages[s.age].deferral
    rate *= math.exp(spread * thrift - 0.5 * spread * spread + p.thrift_pay * s.ability)
    return min(max(rate, p.deferral_least), p.deferral_most)


@compiled
def is_passive(s, jobs, p, keys):
    """True for one whom his employer enrols and who leaves it at that: default rate, default fund, escalation."""
    if jobs[s.employer].auto_enrolment == 0:
        return False
    return uniform(keys.person, s.seat, s.generation, PASSIVITY) < p.passive_share


@compiled
def enrol(s, now, jobs, ages, p, keys):
    """Begin to defer at the present employer; an account from before merges into the new plan."""
    passive = is_passive(s, jobs, p, keys)
    s.plan = jobs[s.employer].plan
    s.deferral_points = points(p.default_deferral if passive else wanted_deferral(s, ages, p, keys))
    chance = p.managed_share - p.managed_pay * s.ability
    luck = uniform(keys.job, s.seat, now.month, 3)
    s.managed = 1 if passive or luck < chance else 0


@compiled
def hire(s, now, jobs, ages, p, keys):
    """Begin a job: employer by size, pay by age and ability, take part or not."""
    luck = uniform(keys.job, s.seat, now.month, 1) * jobs[-1].cumulated
    s.employer = min(np.searchsorted(jobs.cumulated, luck), jobs.size - 1)
    s.status = EMPLOYED
    s.tenure = 0
    s.salary = pay_at(s, now, ages, p, keys)
    s.deferral_points = 0
    if uniform(keys.job, s.seat, now.month, 2) < takes_part(s, ages, p, keys):
        enrol(s, now, jobs, ages, p, keys)


@compiled
def roll_over(s, c):
    """Move the whole plan account into the IRA, coins in kind; returns USD moved (without coins)."""
    moved = s.plan_core
    total = moved + s.ira_core
    if total > 0.0:
        s.ira_roth = (moved * s.plan_roth + s.ira_core * s.ira_roth) / total
    s.ira_core = total
    c.ira_crypto += c.plan_crypto
    close_plan(s, c)
    return moved


@compiled
def close_plan(s, c):
    """Leave the plan account empty."""
    s.plan_core = c.plan_crypto = 0.0
    s.plan_roth = 0.0
    if s.deferral_points == 0:
        s.plan = NO_PLAN
        s.managed = 0


@compiled
def leave_job(s, c, now, jobs, ages, p, keys):
    """Separate: cash out, roll over or leave the account; a next job at once or later. Returns USD rolled over."""
    balance = s.plan_core / now.wage_index
    s.deferral_points = 0
    moved = 0.0
    if balance > 0.0 or c.plan_crypto > 0.0:
        cash = p.cash_out_least + p.cash_out_small / (1.0 + (balance / p.cash_out_scale) ** p.cash_out_slope)
        if s.age >= p.cash_out_old_age * MONTHS_A_YEAR:
            cash *= p.cash_out_old
        roll = p.rollover_leaver * balance / (balance + p.rollover_leaver_scale)
        luck = uniform(keys.job, s.seat, now.month, 4)
        if luck < cash:
            s.exit = CASH_OUT
        elif luck < cash + roll:
            s.exit = ROLLOVER
            moved = roll_over(s, c)
    if uniform(keys.job, s.seat, now.month, 0) < p.next_job_at_once:
        hire(s, now, jobs, ages, p, keys)
    else:
        s.status = BETWEEN
        s.tenure = 0
    return moved


@compiled
def january(s, now, jobs, ages, p, keys):
    """New Year for a worker: permanent and transitory shock to pay; deferrals escalate or are thought over."""
    age = s.age
    spread = ages[age].permanent
    s.ability += spread * normal(keys.pay, s.seat, now.month, 0) - 0.5 * spread * spread
    s.salary = pay_at(s, now, ages, p, keys)
    if s.deferral_points == 0:
        return
    if is_passive(s, jobs, p, keys):
        stepped = min(BASIS_POINT * s.deferral_points + p.escalation, wanted_deferral(s, ages, p, keys))
        s.deferral_points = max(s.deferral_points, points(stepped))
    elif uniform(keys.job, s.seat, now.month, 5) < p.second_thoughts:
        s.deferral_points = points(wanted_deferral(s, ages, p, keys))


@compiled
def claim(s, now, security):
    """Begin to draw Social Security: benefit on the record, adjusted by month of age, in USD of now."""
    months = s.age - security.full_age * MONTHS_A_YEAR
    insured = primary_insurance_amount(s.earnings_sum, security)
    since_62 = s.age / MONTHS_A_YEAR - security.first_age
    # The formula is fixed in the year of 62 and follows prices from then on (42 USC 415(a), (i)).
    s.benefit = (
        insured * claiming_factor(months, security) * now.wage_index * math.exp(-now.wages_over_prices * since_62)
    )


@compiled
def primary_insurance_amount(earnings_sum, security):
    """USD a month in wage units: 90, 32, 15 % of average indexed monthly earnings between bend points.

    Args:
        earnings_sum: indexed earnings of the best 35 years, wage-indexed USD a year, summed.
        security: record of social_security.csv.
    """
    average = earnings_sum / (security.years_counted * MONTHS_A_YEAR)
    first = min(average, security.bend_1)
    second = max(min(average, security.bend_2) - security.bend_1, 0.0)
    third = max(average - security.bend_2, 0.0)
    return security.factor_1 * first + security.factor_2 * second + security.factor_3 * third


@compiled
def claiming_factor(months, security):
    """Factor on the primary insurance amount when claimed `months` after full retirement age (negative: before)."""
    if months >= 0:
        return 1.0 + security.credit * min(months, (security.last_age - security.full_age) * MONTHS_A_YEAR)
    early = -months
    return 1.0 - security.reduction_first_36 * min(early, 36) - security.reduction_beyond * max(early - 36, 0)


@compiled
def live(s, c, now, jobs, ages, security, p, keys):
    """One month of working life: the events of a month exclude each other, so one draw decides. USD rolled over."""
    if s.status == NEVER:
        return 0.0
    age, moved = s.age, 0.0
    s.tenure += 1
    if now.month_of_year == 1 and s.status == EMPLOYED:
        january(s, now, jobs, ages, p, keys)
    luck = uniform(keys.event, s.seat, now.month, 0)
    has_plan = s.plan_core > 0.0
    if s.status == EMPLOYED:
        outside = s.deferral_points == 0
        stop = ages[age].retirement
        if separates(s, luck, outside, ages, p, keys):
            moved = leave_job(s, c, now, jobs, ages, p, keys)
        elif luck < stop:
            retire(s)
        elif outside and luck < stop + p.late_entry and luck < stop + p.late_entry * takes_part(s, ages, p, keys):
            enrol(s, now, jobs, ages, p, keys)
    elif s.status == BETWEEN:
        found = ages[age].job_finding
        stop = found + ages[age].retirement
        if luck < found:
            hire(s, now, jobs, ages, p, keys)
        elif luck < stop:
            retire(s)
        elif has_plan and luck < stop + p.rollover_idle * rolls(s, now, p):
            s.exit = ROLLOVER
            moved = roll_over(s, c)
    elif has_plan and luck < p.rollover_retired * rolls(s, now, p):
        s.exit = ROLLOVER
        moved = roll_over(s, c)
    if s.benefit == 0.0 and s.earnings_years >= security.years_needed:
        retired = s.status == RETIRED and age >= security.first_age * MONTHS_A_YEAR
        due = age >= (security.full_age if retired else security.last_age) * MONTHS_A_YEAR
        # Past full retirement age work no longer reduces benefits (42 USC 403(f)), so some claim beside it.
        ready = retired or age >= security.full_age * MONTHS_A_YEAR
        # The upper end of the same draw: no rollover is there, and of workers those who lose their job.
        if due or (ready and luck > 1.0 - p.claim_early):
            claim(s, now, security)
    return moved


@compiled
def separates(s, luck, outside, ages, p, keys):
    """Whether the month's draw ends the job: its upper end does, so that few need their mobility drawn.

    h = h₀ · age factor · (b + c e^(−tenure/fade)) · (factor without a plan) · e^(m(2u − 1)) m/sinh m,   u his for life
    """
    age = s.age
    hazard = p.tenure_base + p.tenure_rise * math.exp(-s.tenure / p.tenure_fade)
    hazard *= p.separation_outside if outside else 1.0
    if luck <= 1.0 - hazard * ages[age].separation_most:
        return False
    own = 2.0 * uniform(keys.person, s.seat, s.generation, MOBILITY) - 1.0
    return luck > 1.0 - hazard * ages[age].separation * math.exp(p.mobility_spread * own)


@compiled
def retire(s):
    """Leave working life for good; the account stays until it is rolled over or drawn down."""
    s.status = RETIRED
    s.tenure = 0
    s.deferral_points = 0


@compiled
def rolls(s, now, p):
    """How much more likely a large account is rolled over than a small one, 0–1."""
    balance = s.plan_core / now.wage_index
    return balance / (balance + p.rollover_scale)


@compiled
def person_uniforms(key, seats, generations, slot):
    """One uniform draw a person, keyed by seat and generation; shape (k,)."""
    out = np.empty(seats.size)
    for j in range(seats.size):
        out[j] = uniform(key, seats[j], generations[j], slot)
    return out


@compiled
def person_normals(key, seats, generations, slot):
    """One standard normal draw a person, keyed by seat and generation; shape (k,)."""
    out = np.empty(seats.size)
    for j in range(seats.size):
        out[j] = normal(key, seats[j], generations[j], slot)
    return out


@compiled
def quantiles(shares):
    """Standard normal values below which the given shares lie, shape (k,)."""
    out = np.empty(shares.size)
    for j in range(shares.size):
        out[j] = normal_quantile(shares[j])
    return out
