"""The tax of 1 000 households to the cent, against the published schedule written out again in whole cents."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest
from government_toys import ECONOMY
from test_treasury import collect, people

from abm.government.tax_kernels import couple_tax, senior_deduction, taxable_benefits
from abm.government.taxes import schedule
from abm.government.treasury import FiscalParameters, Treasury
from abm.streams import stream, uniform

LAW = schedule(2026)
SINGLE, JOINT = 0, 1

# IRS Revenue Procedure 2025-32, sections 4.01, 4.14: whole USD; 26 USC 86(c); 26 USC 151(d)(5)(C).
BRACKETS = {
    SINGLE: ((10, 12_400), (12, 50_400), (22, 105_700), (24, 201_775), (32, 256_225), (35, 640_600), (37, None)),
    JOINT: ((10, 24_800), (12, 100_800), (22, 211_400), (24, 403_550), (32, 512_450), (35, 768_700), (37, None)),
}
STANDARD, EXTRA = {SINGLE: 16_100, JOINT: 32_200}, {SINGLE: 2_050, JOINT: 1_650}
BASES = {SINGLE: (25_000, 34_000), JOINT: (32_000, 44_000)}
SENIOR, SENIOR_FROM = 6_000, {SINGLE: 75_000, JOINT: 150_000}


class Household(NamedTuple):
    """Income of a year in cents, filing, and how many are 65 or over."""

    other: int
    benefits: int
    filing: int
    seniors: int


def taxed_benefits(home: Household) -> Fraction:
    """Cents of Social Security that are taxed: IRS Publication 915, worksheet 1, line by line."""
    base, adjusted = (100 * usd for usd in BASES[home.filing])
    half = Fraction(home.benefits, 2)
    line_7 = half + home.other
    if home.benefits == 0 or line_7 <= base:
        return Fraction(0)
    line_9 = line_7 - base
    line_10 = adjusted - base
    line_11 = max(line_9 - line_10, 0)
    line_14 = min(Fraction(min(line_9, line_10)) / 2, half)
    return min(line_11 * Fraction(85, 100) + line_14, home.benefits * Fraction(85, 100))


def tax_in_cents(home: Household, year: int = 2026) -> Fraction:
    """Exact tax in cents, every rate a fraction and every bracket end a whole number."""
    income = home.other + taxed_benefits(home)
    over = max(income - 100 * SENIOR_FROM[home.filing], 0)
    each = max(100 * SENIOR - Fraction(6, 100) * over, 0) if year <= 2028 else 0
    deduction = 100 * (STANDARD[home.filing] + home.seniors * EXTRA[home.filing]) + home.seniors * each
    left, lower, tax = max(income - deduction, Fraction(0)), 0, Fraction(0)
    for percent, upper in BRACKETS[home.filing]:
        within = left - lower if upper is None else min(left, 100 * upper) - lower
        if within <= 0:
            break
        tax += Fraction(percent, 100) * within
        lower = 0 if upper is None else 100 * upper
    return tax


def cents(exact: Fraction) -> int:
    """The nearest whole cent, halves up."""
    return int(exact + Fraction(1, 2))


def households(count: int = 1000) -> list[Household]:
    """Households by keyed draws: all brackets, both filings, 0–2 of 65 and over, with and without benefits."""
    key, homes = stream(915, "test.households"), []
    for i in range(count):
        luck = [uniform(key, i, 0, slot) for slot in range(5)]
        filing = int(luck[0] < 0.5)
        seniors = int(luck[1] * (filing + 2))
        other = int(np.exp(np.log(3_000_00) + luck[2] * np.log(500.0)))
        benefits = int(luck[4] * 30_000_00 * (filing + 1)) if seniors or luck[3] < 0.1 else 0
        homes.append(Household(other, benefits, filing, seniors))
    return homes


HOMES = households()


def test_the_households_reach_every_corner_of_the_schedule():
    marginal = {(home.filing, rate_of(home)) for home in HOMES}
    assert marginal == {(filing, rate) for filing in (SINGLE, JOINT) for rate in (0, 10, 12, 22, 24, 32, 35, 37)}
    parts = [taxed_benefits(home) / home.benefits for home in HOMES if home.benefits]
    assert {0, Fraction(85, 100)} < set(parts)
    assert sum(0 < part < Fraction(1, 2) for part in parts) > 20
    assert sum(Fraction(1, 2) < part < Fraction(85, 100) for part in parts) > 10
    assert {home.seniors for home in HOMES if home.filing == JOINT} == {0, 1, 2}
    middle = [home for home in HOMES if home.seniors and 0 < reduced(home) < 6_000]
    assert len(middle) > 20


def rate_of(home: Household) -> int:
    """Percent that one USD more of wages is taxed at, read off the reference; 0 where it is not taxed."""
    plain = home._replace(benefits=0, seniors=0)
    return round(tax_in_cents(plain._replace(other=plain.other + 100)) - tax_in_cents(plain))


def reduced(home: Household) -> float:
    income = float(home.other + taxed_benefits(home)) / 100
    return senior_deduction(income, home.filing, 1, LAW)


@pytest.mark.parametrize("year", [2026, 2029])
def test_tax_of_a_thousand_households_equals_the_published_schedule_to_the_cent(year):
    law, wrong = schedule(year), []
    for home in HOMES:
        exact = tax_in_cents(home, year)
        usd = couple_tax(home.other / 100, home.benefits / 100, home.filing, home.seniors, law, 1.0)
        # A tenth of a millionth of a cent is forgiven to floating point where the exact tax ends in half a cent.
        if abs(100 * usd - float(exact)) > 1e-5 or int(100 * usd + 0.5 + 1e-7) != cents(exact):
            wrong.append((home, usd, float(exact) / 100))
    assert not wrong


def test_one_cent_of_tax_too_much_would_be_seen():
    off = LAW._replace(deduction=LAW.deduction - 0.1)
    differing = [
        home for home in HOMES
        if cents(tax_in_cents(home))
        != int(100 * couple_tax(home.other / 100, home.benefits / 100, home.filing, home.seniors, off, 1.0) + 0.5)
    ]  # fmt: skip
    assert len(differing) > 900 - sum(tax_in_cents(home) == 0 for home in HOMES)


def test_the_treasury_takes_these_taxes_from_its_people():
    """The same thousand through a whole year of withholding, spouses shared out as the model shares them."""
    homes = [home for home in HOMES if home.filing == SINGLE and home.seniors < 2]
    pay, benefits = (np.array([getattr(home, name) / 100 for home in homes]) for name in ("other", "benefits"))
    age = np.where([home.seniors for home in homes], 70 * 12, 40 * 12).astype(np.int16)
    treasury = Treasury(FiscalParameters(joint_share=0.0), 1)
    for month in range(12):
        who = people(len(homes), age=age, wages_ytd=pay * (month + 1) / 12, benefit=benefits / 12)
        collect(treasury, who, month)
    assert 100 * treasury.withheld == pytest.approx([float(tax_in_cents(home)) for home in homes], abs=1e-4)


def test_couples_pay_together_what_the_schedule_says():
    count = 500
    treasury, key = Treasury(FiscalParameters(joint_share=5.0), 5), stream(7, "test.couples")
    age = np.where(np.arange(count) % 2, 45 * 12, 71 * 12).astype(np.int16)
    pay = np.round(5e3 * 60.0 ** np.array([uniform(key, i, 0, 0) for i in range(count)]), 2)
    for month in range(12):
        who = people(count, age=age, wages_ytd=pay * (month + 1) / 12, benefit=np.where(age > 800, 1500.0, 0.0))
        collect(treasury, who, month)
    _, _, spouse_pay, spouse_benefits = treasury._spouses(who, ECONOMY)
    for i in range(count):
        own = Fraction(who.wages_ytd[i]) + 12 * Fraction(who.benefit[i])
        other = Fraction(who.wages_ytd[i]) + Fraction(spouse_pay[i])
        benefits = 12 * Fraction(who.benefit[i]) + Fraction(spouse_benefits[i])
        home = Household(100 * other, 100 * benefits, JOINT, 2 if who.age[i] > 800 else 0)
        share = own / (own + Fraction(spouse_pay[i]) + Fraction(spouse_benefits[i]))
        assert 100 * treasury.withheld[i] == pytest.approx(float(tax_in_cents(home) * share), abs=1e-4)


@pytest.mark.parametrize(
    ("other", "benefits", "filing", "taxed"),
    [
        (28_990.0, 5_980.0, SINGLE, 2_990.0),  # George White: pension 18 600, wages 9 400, interest 990
        (28_750.0, 5_600.0, JOINT, 0.0),  # Ray and Alice Hopkins: 29 750 less 1 000 paid to an IRA
        (40_500.0, 10_000.0, JOINT, 6_275.0),  # Joe and Betty Johnson: 38 000, 2 300 and 200 of excluded interest
    ],
)
def test_worked_examples_of_publication_915(other, benefits, filing, taxed):
    assert taxable_benefits(benefits, other, LAW.benefits_first[filing], LAW.benefits_second[filing]) == taxed
    assert taxed_benefits(Household(int(other * 100), int(benefits * 100), filing, 1)) == 100 * taxed


@pytest.mark.parametrize(
    ("income", "filing", "seniors", "deduction"),
    [
        (75_000.0, SINGLE, 1, 6_000.0),
        (90_000.0, SINGLE, 1, 5_100.0),
        (175_000.0, SINGLE, 1, 0.0),
        (180_000.0, JOINT, 2, 8_400.0),  # Schedule 1-A, part V: 4 200 each
        (180_000.0, JOINT, 1, 4_200.0),
        (250_000.0, JOINT, 2, 0.0),
        (60_000.0, SINGLE, 0, 0.0),
    ],
)
def test_worked_examples_of_the_senior_deduction(income, filing, seniors, deduction):
    assert senior_deduction(income, filing, seniors, LAW) == pytest.approx(deduction, abs=1e-9)
    assert senior_deduction(income, filing, seniors, schedule(2028)) == pytest.approx(deduction, abs=1e-9)
    assert senior_deduction(income, filing, seniors, schedule(2029)) == 0.0


def test_long_term_gains_have_brackets_of_their_own():
    assert LAW.gains_upper.tolist() == [[49_450.0, 545_500.0, np.inf], [98_900.0, 613_700.0, np.inf]]
