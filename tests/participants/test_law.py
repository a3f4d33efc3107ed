"""Worked examples from the publishers' own pages: Social Security's formula, the IRS's required distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from abm.participants import income_kernels, kernels
from abm.participants.agent import Participant, Participants
from abm.participants.life import LifeParameters, records, social_security
from abm.participants.month import Now
from abm.participants.retirement import divisors, retirement_numbers
from abm.scenario import Scenario
from abm.vocabulary import Status

LAW = social_security(LifeParameters())


def law_of(**changed):
    """The record of Social Security's law with some entries changed."""
    values = {name: float(LAW[name]) for name in LAW.dtype.names} | changed
    return records({name: np.array([value]) for name, value in values.items()})[0]


def to_the_dime(usd):
    return math.floor(usd * 10.0 + 1e-9) / 10.0


def test_maximum_earner_of_2025():
    """ssa.gov/oact/cola/Benefits.html: AIME 13 689, bend points of 2025 → a primary insurance amount of 4 020.90."""
    law = law_of(bend_1=1_226.0, bend_2=7_391.0)
    assert to_the_dime(kernels.primary_insurance_amount(13_689.0 * 420, law)) == 4_020.90


@pytest.mark.parametrize(
    ("average", "bend_points", "amount"),
    [
        (5_825.0, (1_286.0, 7_749.0), 2_609.80),  # case A of 2026, who retires at 62; 2 609.88 before rounding down
        (11_463.0, (996.0, 6_002.0), 3_317.40),  # case B of 2026, 62 in 2021, before the rises with prices since
        (12_427.0, (1_115.0, 6_721.0), 3_653.30),  # the maximum of one who is 62 in 2023
    ],
)
def test_social_security_examples_as_quoted(average, bend_points, amount):
    """Benefit Calculation Examples for Workers Retiring in 2026 (ssa.gov/oact/ProgData, retirebenefit1 and 2).

    The figures are as others quote them in public, not read from the publisher's page.
    """
    law = law_of(bend_1=bend_points[0], bend_2=bend_points[1])
    assert to_the_dime(kernels.primary_insurance_amount(average * 420, law)) == amount


def test_benefit_at_62_of_case_a_as_quoted():
    """The same example (case A), 1 826 USD: 2 609.80 less 30 % for the 60 months to 67, rounded down to the dollar."""
    assert math.floor(2_609.80 * kernels.claiming_factor(-60, LAW) + 1e-9) == 1_826


@pytest.mark.parametrize(
    ("average", "amount"),
    [
        (1_000.0, 900.0),  # below the first bend point: 90 %
        (1_286.0, 1_157.4),  # at it
        (4_000.0, 1_157.4 + 0.32 * 2_714.0),
        (7_749.0, 1_157.4 + 0.32 * 6_463.0),  # at the second
        (12_000.0, 1_157.4 + 2_068.16 + 0.15 * 4_251.0),
    ],
)
def test_bend_points_of_2026(average, amount):
    assert kernels.primary_insurance_amount(average * 420, LAW) == pytest.approx(amount, abs=1e-9)


@pytest.mark.parametrize(
    ("months", "percent"),
    [(-60, 70.0), (-59, 70.42), (-48, 75.0), (-36, 80.0), (-24, 86.67), (-12, 93.33), (0, 100.0), (12, 108.0),
     (24, 116.0)],
)  # fmt: skip
def test_reductions_and_credits_of_those_born_in_1960_or_later(months, percent):
    """ssa.gov/benefits/retirement/planner/1960.html and delayret.html, in % of the full benefit."""
    assert 100.0 * kernels.claiming_factor(months, LAW) == pytest.approx(percent, abs=0.005)


def test_no_credit_after_70():
    assert kernels.claiming_factor(60, LAW) == kernels.claiming_factor(36, LAW)


def test_uniform_lifetime_table():
    """IRS Publication 590-B, appendix B, table III, every age."""
    published = (
        "27.4 26.5 25.5 24.6 23.7 22.9 22.0 21.1 20.2 19.4 18.5 17.7 16.8 16.0 15.2 14.4 13.7 12.9 12.2 11.5 10.8 10.1 "
        "9.5 8.9 8.4 7.8 7.3 6.8 6.4 6.0 5.6 5.2 4.9 4.6 4.3 4.1 3.9 3.7 3.5 3.4 3.3 3.1 3.0 2.9 2.8 2.7 2.5 2.3 2.0"
    )
    ours = divisors()
    assert ours[72:121].tolist() == [float(divisor) for divisor in published.split()]
    assert ours.size == 121
    assert np.isinf(ours[:72]).all()


@pytest.mark.parametrize(
    ("balance", "years", "required"),
    [(100_000.0, 73, 3_773.58), (205_000.0, 74, 8_039.22), (100_000.0, 75, 4_065.04), (250_000.0, 83, 14_124.29),
     (50_000.0, 120, 25_000.0), (50_000.0, 130, 25_000.0)],
)  # fmt: skip
def test_required_distributions(balance, years, required):
    """Balance of the last year end over table III; from 120 on the last divisor holds."""
    assert income_kernels.required_distribution(balance, years, divisors()) == pytest.approx(required, abs=0.005)


def test_example_of_publication_590b_as_quoted():
    """Justin: 38 400 USD over 27.4, the divisor of his age before 2022 (now of 72), is 1 401; as others quote it."""
    assert divisors()[72] == 27.4
    assert round(income_kernels.required_distribution(38_400.0, 72, divisors())) == 1_401


def year_of_80(price=0.0, coins=0.0, planned=0.0, **accounts):
    """A retiree of 80 in 2026 lives through a year: (his record at its end, USD taken, USD required)."""
    people = Participants(None, Participant, 1)
    s, c = people.records[0], people.sparse[-1]
    s["age"], s["status"], c["plan_crypto"] = 80 * 12, Status.RETIRED, coins
    for name, amount in accounts.items():
        s[name] = amount
    s["year_end_balance"] = income_kernels.traditional_balance(s, c, price)
    p = Scenario().parameters.retirement.but(draw_retired=0.0, draw_per_year=0.0, draw_least=planned)
    taken = required = 0.0
    for month in range(12):
        now = Now(month, month + 1, 2026 * 12 + month, 1.0, 1.0, 0.0)
        usd = income_kernels.withdraw(s, c, now, price, divisors(), retirement_numbers(p))
        taken, required = taken + usd[0], required + usd[1]
    return s, taken, required


@pytest.mark.parametrize(
    "accounts",
    [
        {"plan_core": 1e6, "plan_roth": 0.5},
        {"ira_core": 1e6, "ira_roth": 0.5},
        {"plan_core": 5e5, "plan_roth": 1.0, "ira_core": 5e5},
        {"plan_core": 8e5, "plan_roth": 0.5, "ira_core": 2e5, "ira_roth": 0.5},
    ],
)
def test_what_is_required_comes_from_traditional_money(accounts):
    """Of 500 000 USD Traditional and as much Roth at 80, 500 000 / 20.2 is required: all taxable, no Roth touched."""
    s, taken, required = year_of_80(**accounts)
    assert taken == required == pytest.approx(500_000.0 / 20.2, rel=1e-9)
    assert s["taxable_ytd"] == pytest.approx(taken, rel=1e-6)
    roth = s["plan_core"] * s["plan_roth"] + s["ira_core"] * s["ira_roth"]
    assert roth == pytest.approx(500_000.0, rel=1e-6)  # shares are kept in single precision


def test_what_is_planned_beyond_it_comes_from_both_alike():
    s, taken, required = year_of_80(planned=48_000.0, plan_core=1e6, plan_roth=0.5)
    assert taken == pytest.approx(48_000.0)
    assert required == pytest.approx(500_000.0 / 20.2, rel=1e-6)
    roth = s["plan_core"] * s["plan_roth"]
    # Of the rest half is Roth, a little more each month, as Traditional money goes first.
    assert 0.5 * (taken - required) < 500_000.0 - roth < 0.53 * (taken - required)
    assert s["taxable_ytd"] == pytest.approx(taken - (500_000.0 - roth), rel=1e-5)


def test_only_roth_requires_nothing():
    s, taken, required = year_of_80(plan_core=1e6, plan_roth=1.0)
    assert (taken, required, s["taxable_ytd"], s["plan_core"]) == (0.0, 0.0, 0.0, 1e6)


def test_coins_are_not_sold_but_their_traditional_part_counts():
    """Half of a half-Roth account in coins: the year's 24 752 USD come from the rest, and no Roth money is taxed."""
    s, taken, required = year_of_80(price=1e5, coins=5.0, plan_core=5e5, plan_roth=0.5)
    assert taken == required == pytest.approx(500_000.0 / 20.2, rel=1e-9)
    assert s["taxable_ytd"] == pytest.approx(taken, rel=1e-6)
    assert s["plan_roth"] * (s["plan_core"] + 5e5) == pytest.approx(500_000.0, rel=1e-6)
