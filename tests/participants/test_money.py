"""Law to the cent, books closed every month, and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from abm.data import value
from abm.participants import account_kernels, income_kernels, kernels
from abm.participants.agent import Participant, Participants
from abm.participants.life import LifeParameters, social_security
from abm.participants.month import Now
from abm.participants.payroll import formulas, limits_in_force
from abm.participants.retirement import divisors
from abm.scenario import Scenario
from abm.vocabulary import Exit, Sector, Status
from tests.participants.savers import PRICES, SaversWorld

LAW = social_security(LifeParameters())
KEYS = account_kernels.PayrollKeys(np.uint64(1), np.uint64(2))


@pytest.fixture(scope="module")
def years():
    """Three years of 2 000 savers, with what the limits and the accounts were at every month's end."""
    world = SaversWorld(Scenario(participants=2_000, seed=11))
    world.open_sleeves()
    before, history = accounts(world), []
    for _ in range(36):
        reports = world.step()
        after = accounts(world)
        columns = ("age", "deferral_ytd", "employer_ytd", "ira_ytd", "plan_core", "ira_core")
        kept = {name: getattr(world.people, name).copy() for name in columns}
        limits = limits_in_force(world.economy.price_index, world.economy.wage_index)
        flows = world.books.usd.net(Sector.ACCOUNTS)
        history.append((world.clock.month_of_year, limits, kept, after - before - flows, after, world.now, reports))
        before = after
    return history


def alone():
    """The record of one saver, and that of his coins: none."""
    people = Participants(None, Participant, 1)
    return people.records[0], people.sparse[-1]


def accounts(world):
    """Measured USD of accounts: claims less the coins that sleeves hold for them."""
    people = world.people
    claims = np.dot(people.weight, people.plan_core + people.ira_core)
    return float(claims - world.managers.coins.sum() * PRICES[world.clock.month + 1])


# Limits ----------------------------------------------------------------------------------------------------------


def test_no_limit_is_ever_exceeded(years):
    bound = 0
    for month, limits, kept, *_ in years:
        turns = (kept["age"] + 12 - month) // 12
        deferral = np.full(turns.size, limits.deferral)
        deferral[turns >= 50] += limits.catch_up_50
        deferral[(turns >= 60) & (turns <= 63)] += limits.catch_up_60_63 - limits.catch_up_50
        ira = limits.ira + np.where(turns >= 50, limits.ira_catch_up, 0.0)
        assert (kept["deferral_ytd"] <= deferral).all()
        assert (np.minimum(kept["deferral_ytd"], limits.deferral) + kept["employer_ytd"]
                <= limits.annual_additions).all()  # fmt: skip
        assert (kept["ira_ytd"] <= ira).all()
        bound += int((kept["deferral_ytd"] == deferral).sum())
    assert bound > 0, "nobody reached a limit: the test saw nothing"


def test_employer_room_binds_before_a_late_deferral():
    s, c = alone()
    s["salary"], s["deferral_points"], s["age"], s["tenure"] = 1.2e6, 200, 40 * 12, 12
    limits, p = limits_in_force(1.0, 1.0), Scenario().parameters.payroll.but(match_scale=3.0).numbers()
    for month in range(1, 13):
        if month == 7:
            s["deferral_points"] = 5000
        now = Now(month - 1, month, 2026 * 12 + month - 1, 1.0, 1.0, 0.0)
        account_kernels.defer(s, c, now, formulas()[5], limits, 0.0, p)
        assert min(s["deferral_ytd"], limits.deferral) + s["employer_ytd"] <= limits.annual_additions
    assert s["employer_ytd"] > 60_000.0


def test_limits_of_2026_and_rounding_down():
    assert limits_in_force(1.0, 1.0)[:6] == (24_500.0, 8_000.0, 11_250.0, 72_000.0, 7_500.0, 1_100.0)
    assert limits_in_force(1.02, 1.0).deferral == 24_500.0  # 24 990 is rounded down to a multiple of 500
    assert limits_in_force(1.0, 1.04, follow_wages=1.0).deferral == 25_000.0  # 25 480


@pytest.mark.parametrize(
    ("code", "deferral", "expected"),
    [
        (0, 0.05, 0.025),
        (0, 0.10, 0.03),
        (1, 0.10, 0.04),
        (2, 0.04, 0.035),
        (2, 0.10, 0.04),
        (4, 0.06, 0.06),
        (5, 0.0, 0.08),
    ],
)
def test_match_formulas(code, deferral, expected):
    assert account_kernels.employer_rate(deferral, formulas()[code]) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(("code", "wait", "paid"), [(0, 12, 150.0), (5, 12, 400.0), (1, 0, 200.0)])
def test_some_plans_pay_employer_contributions_only_after_a_year_of_service(code, wait, paid):
    """Pay of 5 000 USD a month, a tenth of it deferred: when the employer's part begins, and what it is."""
    limits, p = limits_in_force(1.0, 1.0), Scenario().parameters.payroll.but(match_scale=1.0).numbers()
    now, (s, c) = Now(0, 1, 2026 * 12, 1.0, 1.0, 0.0), alone()
    s["salary"], s["deferral_points"], s["age"] = 60_000.0, 1000, 40 * 12
    for tenure in (wait - 1, wait):
        s["tenure"] = max(tenure, 0)
        deferral, employer = account_kernels.defer(s, c, now, formulas()[code], limits, 0.0, p)
        assert deferral == pytest.approx(500.0)
        assert employer == pytest.approx(paid if s["tenure"] >= wait else 0.0)


# Social Security and required distributions ----------------------------------------------------------------------


def test_primary_insurance_amount_worked_example():
    """Average indexed monthly earnings 8 000: 0.9·1286 + 0.32·(7749 − 1286) + 0.15·(8000 − 7749)."""
    assert kernels.primary_insurance_amount(8_000.0 * 420, LAW) == pytest.approx(1157.40 + 2068.16 + 37.65, abs=1e-9)


@pytest.mark.parametrize(
    ("age", "factor"), [(62, 0.70), (64, 0.80), (66, 1 - 12 * 5 / 900), (67, 1.0), (68.5, 1.12), (70, 1.24)]
)
def test_claiming_factors_are_the_published_ones(age, factor):
    assert kernels.claiming_factor((age - 67) * 12, LAW) == pytest.approx(factor, abs=1e-12)


def test_earnings_record_keeps_about_the_best_35_years():
    rng = np.random.Generator(np.random.PCG64(3))
    earned = 60_000.0 * np.exp(rng.normal(0.0, 0.5, (300, 42)))
    exact = np.sort(earned, axis=1)[:, -35:].sum(axis=1)
    kept = []
    for life in earned:
        total = 0.0
        for year, usd in enumerate(life, start=1):
            total = income_kernels.record(total, year, usd, LAW)
        kept.append(total)
    assert np.mean(np.array(kept) / exact) == pytest.approx(1.0, abs=0.02)


def test_required_distribution_worked_example():
    """IRS: 100 000 USD at the last year end, 75 in the year: 100 000 / 24.6."""
    assert income_kernels.required_distribution(100_000.0, 75, divisors()) == pytest.approx(4_065.04, abs=0.005)
    assert income_kernels.required_distribution(100_000.0, 60, divisors()) == 0.0


def test_required_age_depends_on_year_of_birth():
    assert income_kernels.required_age(2030 * 12, 70 * 12) == 75 * 12  # born 1960
    assert income_kernels.required_age(2029 * 12, 70 * 12) == 73 * 12  # born 1959


def test_a_year_of_required_months_is_the_year():
    s, c = alone()
    s["age"], s["status"], s["ira_core"], s["year_end_balance"] = 80 * 12, Status.RETIRED, 1e6, 1e6
    p, taken = Scenario().parameters.retirement.but(draw_retired=0.0, draw_per_year=0.0), 0.0
    from abm.participants.retirement import retirement_numbers

    for month in range(1, 13):
        now = Now(month - 1, month, 2026 * 12 + month - 1, 1.0, 1.0, 0.0)
        taken += income_kernels.withdraw(s, c, now, 0.0, divisors(), retirement_numbers(p))[0]
    assert taken == pytest.approx(1e6 / 20.2, rel=1e-12)
    assert s["taxable_ytd"] == pytest.approx(taken, rel=1e-6)  # kept in single precision


def test_cash_out_pays_the_additional_tax_before_55_only():
    p = Scenario().parameters.retirement
    from abm.participants.retirement import retirement_numbers

    for age, due in ((40, 750.0), (56, 0.0)):
        s, c = alone()
        s["age"], s["plan_core"], s["plan_roth"], s["exit"] = age * 12, 10_000.0, 0.25, Exit.CASH_OUT
        paid, tax = income_kernels.cash_out(s, c, retirement_numbers(p))
        assert (paid, tax) == (10_000.0, pytest.approx(due))
        assert s["taxable_ytd"] == 7_500.0
        assert s["plan_core"] == 0.0


# Books and closed forms ------------------------------------------------------------------------------------------


def test_accounts_move_by_their_flows_to_the_last_digits(years):
    for *_, gap, measured, now, reports in years:
        auction = -float(now.fund_spent.sum())  # the sleeves' purchases, which the market would have entered
        assert abs(gap - auction) <= 1e-12 * measured, reports


def test_nobody_is_below_zero(years):
    for _, _, kept, *_ in years:
        for name in ("plan_core", "ira_core"):
            assert kept[name].min() >= 0.0


def test_annuity_of_one_who_never_changes_anything():
    """A steady saver on constant returns: b_n = c ((1 + g)^n − 1)/g with the return after fees."""
    scenario = Scenario(participants=1, seed=1)
    p, limits = scenario.parameters, limits_in_force(1.0, 1.0)
    payroll = p.payroll.but(match_scale=0.0, ira_savers=0.0).numbers()
    s, c = alone()
    s["age"], s["salary"], s["deferral_points"], s["status"] = 30 * 12, 60_000.0, 625, Status.EMPLOYED
    s["tenure"], s["employer"], s["plan"] = 1, 0, 1
    world = SaversWorld(scenario)
    from abm.participants.life import jobs_of, records
    from abm.participants.valuation import Valuation

    monthly, fee = 0.005, p.valuation.fee / 12
    ages = records({"managed": np.full(120, monthly), "self_directed": np.full(120, monthly)})
    at = records({"fund": np.array([-1.0]), "plan_fee": np.array([fee])})[0]
    fund = records({name: np.zeros(1) for name in ("sleeve_share", "sleeve_gain", "holds_coins")})[0]
    none = records({name: np.zeros(1) for name in ("share", "gain", "fee")})[0]
    for month in range(240):
        now = Now(month, month % 12 + 1, 2026 * 12 + month, 1.0, 1.0, 0.0)
        account_kernels.contribute(s, c, now, jobs_of(world.sponsors), formulas(), limits, 0.0, payroll, KEYS)
        account_kernels.value(s, c, ages, at, fund, none, fee, 0.0, Valuation(p.valuation).p)
    growth = (1 + monthly) * (1 - fee)
    saved = 60_000.0 / 12 * 0.0625
    assert s["plan_core"] == pytest.approx(saved * growth * (growth**240 - 1) / (growth - 1), rel=1e-12)


def test_sleeve_gain_reaches_savers_exactly():
    """Claims before and after differ by returns, fees and exactly what the coins gained."""
    world = SaversWorld(Scenario(participants=1_000, seed=2))
    world.open_sleeves(share=0.05, alternatives=0.0)
    world.clock.tick()
    world.books.open()
    people = world.people
    held = lambda: float(np.dot(people.weight, people.plan_core + people.ira_core))  # noqa: E731
    trades, before = world.trades(), held()
    after = world.managers.coins
    gain = after * trades.price - (after - trades.fund_coins) * trades.price_open - trades.fund_spent
    valued = world.rules[2].value(
        people, world.sponsors, world.managers, world.doors, world.economy, trades, world.books
    )
    assert gain.sum() > 1e9
    assert valued.sleeve_gain == pytest.approx(gain.sum(), rel=1e-12)
    assert held() - before == pytest.approx(valued.returns - valued.fees + gain.sum(), abs=1e-12 * before)


def test_high_water_fades_with_its_half_life():
    world = SaversWorld(Scenario(participants=200, seed=2))
    people, holder = world.people, int(np.argmax(world.people.ira_core))
    people[holder].ira_crypto, people[holder].high_water = 1.0, 3 * PRICES[1]
    world.clock.tick()
    world.rules[2].value(
        people, world.sponsors, world.managers, world.doors, world.economy, world.trades(), world.books
    )
    assert people.high_water[holder] == pytest.approx(PRICES[1] * (1 + 2 * 0.5 ** (1 / 24)), rel=1e-6)
    assert (np.delete(people.high_water, holder) == 0.0).all()


def test_wage_base_of_the_payroll_tax():
    s, c = alone()
    s["salary"], s["status"], s["tenure"], s["age"] = 1_200_000.0, Status.EMPLOYED, 9, 480
    world = SaversWorld(Scenario(participants=1, seed=1))
    from abm.participants.life import jobs_of

    tax = 0.0
    for month in range(1, 13):
        now = Now(month - 1, month, 2026 * 12 + month - 1, 1.0, 1.0, 0.0)
        tax += account_kernels.contribute(
            s, c, now, jobs_of(world.sponsors), formulas(), limits_in_force(1.0, 1.0), 0.0,
            Scenario().parameters.payroll.numbers(), KEYS,
        )[4]  # fmt: skip
    base = value("tax_parameters", "oasdi_wage_base")
    assert tax == pytest.approx(0.062 * base + 0.0145 * 1_200_000.0, rel=1e-12)
