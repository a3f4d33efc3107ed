"""Income tax to the cent, withholding, tax expenditure, debt."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from government_toys import ECONOMY

from abm.books import Books
from abm.clock import Clock
from abm.government.tax_kernels import couple_tax, marginal_rate, tax_so_far, taxable_benefits
from abm.government.taxes import income_tax, schedule
from abm.government.treasury import DECADES, FIRST_DECADE, PENALTY, FiscalParameters, Treasury, decade_of_birth
from abm.vocabulary import Sector

LAW, P = schedule(), FiscalParameters()
SINGLE, JOINT = 0, 1
NO_INCOME = SimpleNamespace(bequests=0.0, early_tax=0.0)


class People(SimpleNamespace):
    """Savers as the Treasury sees them."""

    def __len__(self):
        return len(self.seat)


def people(count: int = 4, **columns) -> People:
    """Savers of 40 without income, with some columns changed."""
    zero = {
        name: np.zeros(count)
        for name in (
            "wages_ytd", "traditional_ytd", "employer_ytd", "taxable_ytd", "benefit", "plan_core",
            "plan_roth", "ira_core", "ira_roth", "ability", "ira_ytd",
        )
    }  # fmt: skip
    rest = {
        "seat": np.arange(count, dtype=np.int64),
        "generation": np.zeros(count, dtype=np.int32),
        "sex": (np.arange(count) % 2).astype(np.int8),
        "age": np.full(count, 480, dtype=np.int16),
        "weight": np.full(count, 1000.0),
    }
    return People(**zero | rest | columns)


def collect(treasury, who, month, income=NO_INCOME, economy=ECONOMY, start="2026-01"):
    """One month of the Treasury; returns the books."""
    books = Books()
    books.open()
    treasury.collect(who, income, economy, Clock(start, month=month), books)
    return books


@pytest.mark.parametrize(
    ("income", "filing", "tax"),
    [
        (16_100.00, SINGLE, 0.00),  # the standard deduction
        (28_500.00, SINGLE, 1_240.00),  # 10 % of 12 400
        (60_000.00, SINGLE, 5_020.00),  # 1 240 + 12 % of 31 500
        (300_000.00, SINGLE, 68_134.25),  # 1 240 + 4 560 + 12 166 + 23 058 + 17 424 + 35 % of 27 675
        (150_000.00, JOINT, 15_340.00),  # 2 480 + 9 120 + 22 % of 17 000
        (1_000_000.00, JOINT, 280_250.50),  # 2 480 + 9 120 + 24 332 + 46 116 + 34 848 + 89 687.50 + 37 % of 199 100
        (32_200.01, JOINT, 0.001),
    ],
)
def test_tax_of_households_computed_by_hand(income, filing, tax):
    assert income_tax(income, filing, LAW) == pytest.approx(tax, abs=1e-6)


def test_tax_agrees_with_a_slow_twin_and_indexation_is_homogeneous():
    def twin(income, filing):
        taxable = max(income - LAW.deduction[filing], 0.0)
        edges = np.concatenate(([0.0], LAW.upper[filing]))
        return float(np.clip(taxable - edges[:-1], 0.0, np.diff(edges)) @ LAW.rates)

    for income in np.geomspace(1.0, 5e6, 200):
        for filing in (SINGLE, JOINT):
            assert income_tax(income, filing, LAW) == pytest.approx(twin(income, filing), abs=1e-6)
            assert income_tax(1.3 * income, filing, LAW, 1.3) == pytest.approx(1.3 * twin(income, filing), abs=1e-6)
    rates = [
        marginal_rate(taxable, LAW.rates, LAW.upper[SINGLE], 1.0) for taxable in (0.0, 1.0, 12_400.0, 12_401.0, 1e9)
    ]
    assert rates == [0.0, 0.10, 0.10, 0.12, 0.37]


def test_benefits_are_taxed_by_the_worksheet():
    # Single, 24 000 of benefits, 30 000 besides: 85 % of the 8 000 above 34 000, and the 4 500 below.
    assert taxable_benefits(24_000.0, 30_000.0, 25_000.0, 34_000.0) == pytest.approx(11_300.0)
    assert taxable_benefits(24_000.0, 16_000.0, 25_000.0, 34_000.0) == pytest.approx(1_500.0)
    assert taxable_benefits(24_000.0, 10_000.0, 25_000.0, 34_000.0) == 0.0
    assert taxable_benefits(24_000.0, 500_000.0, 25_000.0, 34_000.0) == pytest.approx(20_400.0)
    # 65 and over: 41 300 of income less 16 100, 2 050 and 6 000 leaves 17 150; after 2028, 23 150.
    assert couple_tax(30_000.0, 24_000.0, SINGLE, 1, LAW, 1.0) == pytest.approx(1_240.0 + 0.12 * 4_750.0)
    assert couple_tax(30_000.0, 24_000.0, SINGLE, 1, schedule(2029), 1.0) == pytest.approx(1_240.0 + 0.12 * 10_750.0)


def test_withholding_is_even_and_december_settles_exactly():
    treasury = Treasury(P.but(joint_share=0.0), 1)
    pay = np.array([60_000.0, 28_500.0, 300_000.0, 0.0])
    taken = []
    for month in range(12):
        who = people(wages_ytd=pay * (month + 1) / 12)
        taken.append(collect(treasury, who, month).usd.received(Sector.GOVERNMENT, "income tax"))
    exact = 1000.0 * sum(income_tax(income, SINGLE, LAW) for income in pay)
    assert sum(taken) == pytest.approx(exact, abs=1e-3)
    assert taken == pytest.approx([exact / 12] * 12)


def test_december_settles_what_the_months_did_not_know():
    treasury = Treasury(P.but(joint_share=0.0), 1)
    total = 0.0
    for month in range(12):
        late = people(wages_ytd=np.full(4, 90_000.0 if month == 11 else 0.0))
        total += collect(treasury, late, month).usd.received(Sector.GOVERNMENT, "income tax")
    assert total == pytest.approx(4000.0 * income_tax(90_000.0, SINGLE, LAW))


def test_a_death_refunds_nothing():
    treasury = Treasury(P.but(joint_share=0.0), 1)
    first = collect(treasury, people(wages_ytd=np.full(4, 5000.0)), 0).usd.received(Sector.GOVERNMENT, "income tax")
    reborn = people(generation=np.ones(4, dtype=np.int32))
    assert first > 0.0
    assert collect(treasury, reborn, 1).usd.received(Sector.GOVERNMENT, "income tax") == 0.0


def test_a_couples_tax_is_shared_and_most_persons_file_jointly():
    count = 4000
    treasury = Treasury(P, 1)
    collect(treasury, people(count, wages_ytd=np.full(count, 60_000.0)), 0)
    joint, old, pay, benefits = treasury._spouses(people(count), ECONOMY)
    assert joint.mean() == pytest.approx(0.65, abs=0.03)  # at 40
    aged = people(count, age=np.full(count, 80 * 12, dtype=np.int16))
    still = treasury._spouses(aged, ECONOMY)[0]
    assert [still[::2].mean(), still[1::2].mean()] == pytest.approx([0.72, 0.35], abs=0.04)
    assert (pay > 0).sum() / joint.sum() == pytest.approx(0.72, abs=0.03)
    assert np.median(pay[pay > 0]) == pytest.approx(55_000.0, rel=0.06)
    assert not old.any()
    assert not benefits.any()


def test_spouses_shares_add_up_to_the_couples_tax():
    own, spouse, out = np.array([90_000.0, 40_000.0]), np.array([40_000.0, 90_000.0]), np.empty(2)
    nothing, both, young = np.zeros(2), np.ones(2, dtype=bool), np.zeros(2, dtype=bool)
    tax_so_far(own, nothing, spouse, nothing, both, young, 1.0, LAW, 1.0, out)
    assert out.sum() == pytest.approx(income_tax(130_000.0, JOINT, LAW))
    assert out[0] / out[1] == pytest.approx(90 / 40)
    tax_so_far(own / 4, nothing, spouse, nothing, both, young, 0.25, LAW, 1.0, out)
    assert out.sum() == pytest.approx(income_tax(130_000.0, JOINT, LAW) / 4)


def test_tax_expenditure_of_one_saver_by_hand():
    treasury = Treasury(P.but(joint_share=0.0), 1)
    saver = {
        "wages_ytd": np.array([100_000.0]),
        "traditional_ytd": np.array([10_000.0]),
        "employer_ytd": np.array([5_000.0]),
        "taxable_ytd": np.array([4_000.0]),
        "plan_core": np.array([60_000.0]),
        "ira_core": np.array([20_000.0]),
    }
    collect(treasury, people(1, **saver), 11)
    # Income 94 000, taxable 77 900, 22 % bracket; gains at 15 %; at 40 a mean of 87 % in stocks.
    stocks = 0.87 * (0.015 + 0.5 * 0.052) * 0.15 + 0.13 * 0.045 * 0.22
    plan, ira = [0.22 * 15_000, 60_000 * stocks, 0.22 * 3_000, 0.0], [0.0, 20_000 * stocks, 0.22 * 1_000, 0.0]
    want = 1000.0 * np.array([plan, ira])
    assert treasury.expenditure == pytest.approx(want)
    assert treasury.gross == pytest.approx(want[:, 0] + want[:, 1])
    assert treasury.cash_flow == pytest.approx(treasury.gross - want[:, 2])


def test_the_ledger_is_kept_by_decade_of_birth():
    treasury = Treasury(P.but(joint_share=0.0), 1)
    age = np.array([25, 41, 62, 84]) * 12
    saver = {
        "age": age.astype(np.int16),
        "wages_ytd": np.array([50e3, 100e3, 80e3, 0.0]),
        "traditional_ytd": np.array([2e3, 10e3, 5e3, 0.0]),
        "ira_ytd": np.array([0.0, 5e3, 0.0, 0.0]),
        "taxable_ytd": np.array([3e3, 0.0, 0.0, 40e3]),
        "plan_core": np.array([5e3, 60e3, 200e3, 0.0]),
        "ira_core": np.array([0.0, 20e3, 0.0, 500e3]),
    }
    who = people(4, **saver)
    collect(treasury, who, 11, SimpleNamespace(bequests=1e9, early_tax=3e5, penalties=np.array([300.0, 0.0, 0.0, 0.0])))
    decades = np.flatnonzero(treasury.cohorts.any(axis=(1, 2)))
    assert (FIRST_DECADE + 10 * decades).tolist() == [1940, 1960, 1980, 2000]
    assert treasury.expenditure == pytest.approx(treasury.cohorts.sum(axis=0))
    oldest, youngest = treasury.cohorts[decades[0]], treasury.cohorts[decades[-1]]
    assert oldest[:, 0].tolist() == [0.0, 0.0]
    assert oldest[1, 2] > 0.2 * 1e9  # heirs' tax falls where old savers' Traditional balances lie
    assert youngest[0, PENALTY] == treasury.expenditure[0, PENALTY] == 3e5
    # Income 83 000 after the deduction of two thousand for the IRA: taxed at 22 %.
    assert treasury.cohorts[decades[2], 1, 0] == pytest.approx(1000.0 * 0.22 * P.ira_deducted * 5e3)
    alone = np.arange(4)
    by_person = treasury.ledger(who, ECONOMY, 2026, alone, 4)
    assert by_person.sum(axis=0)[:, :2] == pytest.approx(treasury.expenditure[:, :2])
    assert by_person[0, 0, 0] == pytest.approx(treasury.cohorts[decades[-1], 0, 0])


def test_heirs_pay_no_tax_on_roth():
    aged = {"age": np.array([80, 75, 40, 40], dtype=np.int16) * 12, "ira_core": np.array([30e3, 10e3, 90e3, 0.0])}
    taken = []
    for roth in (np.zeros(4), np.array([1.0, 0.0, 0.5, 0.0]), np.ones(4)):
        who, left = people(4, **aged, ira_roth=roth), SimpleNamespace(bequests=1e9, early_tax=0.0)
        taken.append(collect(Treasury(P, 1), who, 0, left).usd.received(Sector.GOVERNMENT, "income tax of heirs"))
    assert taken == pytest.approx([0.2e9, 0.05e9, 0.0])


def test_birth_before_and_after_the_ledger_counts_to_its_ends():
    ages = np.array([1439, 264], dtype=np.int16)
    assert decade_of_birth(ages, Clock("2026-01", month=0)).tolist() == [1, 11]
    assert decade_of_birth(ages, Clock("2200-01", month=0)).tolist() == [19, DECADES - 1]


def test_debt_moves_by_what_the_books_say():
    treasury, books = Treasury(P, 1), Books()
    books.open()
    books.pay(Sector.EMPLOYERS, Sector.GOVERNMENT, "payroll tax", 7e9)
    books.pay(Sector.GOVERNMENT, Sector.HOUSEHOLDS, "benefits", 9e9)
    books.pay(Sector.GOVERNMENT, Sector.ACCOUNTS, "compensation", 2e9)
    books.pay(Sector.MARKET_MAKERS, Sector.GOVERNMENT, "auction", -3e9)
    income = SimpleNamespace(bequests=10e9, early_tax=1e9, penalties=np.full(4, 2.5e5))
    treasury.collect(people(wages_ytd=np.full(4, 5000.0)), income, ECONOMY, Clock("2026-01", month=0), books)
    received = {kind: books.usd.received(Sector.GOVERNMENT, kind) for kind in books.usd.flows}
    assert treasury.debt - P.debt == pytest.approx(-sum(received.values()), rel=1e-12)
    assert received["interest"] == pytest.approx(-31e12 * 0.033 / 12)
    assert received["early-withdrawal tax"] == 1e9
    assert received["income tax of heirs"] == pytest.approx(0.2 * 10e9)
    assert treasury.bid_spent == 3e9
    assert treasury.rescues == 5e9
    assert treasury.revenue == pytest.approx(7e9 + 1e9 + 2e9 + received["income tax"])


def test_relief_waives_the_early_withdrawal_tax():
    treasury = Treasury(P, 1)
    treasury.relief = True
    books = collect(treasury, people(), 0, SimpleNamespace(bequests=0.0, early_tax=1e9, penalties=np.full(4, 2.5e5)))
    assert books.usd.received(Sector.GOVERNMENT, "early-withdrawal tax") == 0.0


def test_a_resumed_treasury_goes_on_exactly():
    def year(treasury, months):
        for month in months:
            who = people(wages_ytd=np.linspace(1e4, 2e5, 4) * (month % 12 + 1) / 12, benefit=np.full(4, 900.0))
            collect(
                treasury, who, month, SimpleNamespace(bequests=1e9, early_tax=1e8, penalties=np.full(len(who), 2.5e4))
            )
        return treasury

    whole, part = year(Treasury(P, 1), range(30)), year(Treasury(P, 1), range(17))
    fresh = Treasury(P, 1)
    fresh.restore(part.state())
    year(fresh, range(17, 30))
    assert all(np.array_equal(fresh.state()[name], value) for name, value in whole.state().items())
