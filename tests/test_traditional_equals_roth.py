"""Traditional equals Roth in present value, saver by saver, when nothing but the date of the tax differs.

Savers live 45 years of random returns under the model's own compiled rules: payroll, marks, withdrawals, tax. Each is
there three times: he defers c of his pay as Traditional; he defers c · (1 − τ) as Roth, at the same cost to him; and he
holds one USD in an account like his, whose growth is the rate he is discounted at. The conditions are those of the
theorem: one rate τ at both ends, no limit that binds, no employer's money, no penalty. Present value is taken where the
money moves: pay and the tax on it before the month's return, withdrawals and the tax on them after it. The rules are
compiled here for columns of double precision throughout, so that no rounding of a column stands between the two.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from abm.clock import Clock
from abm.columns import column
from abm.government.tax_kernels import tax_so_far
from abm.government.taxes import Schedule, schedule
from abm.participants import passes
from abm.participants.account_kernels import Limits, PayrollKeys
from abm.participants.agent import Participant, Participants
from abm.participants.life import records, social_security
from abm.participants.month import moment
from abm.participants.payroll import formulas
from abm.participants.retirement import divisors, retirement_numbers
from abm.participants.valuation import Valuation, blend
from abm.returns import Economy
from abm.scenario import Scenario
from abm.streams import stream, uniforms
from abm.vocabulary import Exit, Status

YEARS, NO_MATCH = 45, 6
WORLD = Scenario(seed=45)
P = WORLD.parameters


Unrounded = type(
    "Unrounded",
    (Participant,),
    {
        name: column(np.float64, default=kind.default, sparse=kind.sparse)
        for name, kind in vars(Participant).items()
        if isinstance(kind, column) and kind.dtype == np.float32
    },
)
"""A participant with every fraction and amount in double precision."""


class Values(NamedTuple):
    """Present values by saver, USD, shape (n,): what the Treasury gets, what he spends, what he pays in."""

    tax: np.ndarray
    spending: np.ndarray
    paid_in: np.ndarray


def flat(rate: float) -> Schedule:
    """A law that takes one rate of everything."""
    none = np.zeros(2)
    return schedule()._replace(
        rates=np.array([rate]), upper=np.full((2, 1), np.inf), deduction=none, extra=none, senior=0.0
    )


def savers(count: int, kept: float) -> Participants:
    """Each saver three times: Traditional, Roth with the share `kept` of that rate, and one USD that only grows."""
    key = stream(WORLD.seed, "test.savers")
    luck = [np.tile(uniforms(key, np.arange(count), 0, slot), 3) for slot in range(3)]
    rows = Participants(None, Unrounded, 3 * count)
    rows.seat[:], rows.weight[:] = np.arange(3 * count), 1.0
    rows.age[:] = (22 * 12 + luck[0] * 20 * 12).astype(np.int16)
    rows.salary[:] = 20_000.0 * 10.0 ** luck[1]
    rows.status[:], rows.tenure[:], rows.exit[:], rows.managed[:] = Status.EMPLOYED, 1, Exit.NONE, luck[2] < 0.7
    rate = 4.0 * np.floor(25.0 + 400.0 * luck[2])  # basis points, whole after a quarter or half is taken
    rows.deferral_points[:] = np.concatenate((rate[:count], kept * rate[:count], np.zeros(count)))
    rows.roth_share = np.repeat([-1.0, 1.0, -1.0], count)
    rows.plan_core[2 * count :] = 1.0
    return rows


def live(count: int, law: Schedule, kept: float, required: np.ndarray) -> tuple[Values, Values, float]:
    """The Traditional and the Roth twin after a working life and some years of retirement.

    Args:
        law: what income is taxed by. kept: Roth saving over Traditional saving.
        required: divisors by age; distributions are required of Traditional money only.

    Returns:
        the twins, and the largest relative difference of their spending in any month of any saver.
    """
    rows, clock, economy = savers(count, kept), Clock(WORLD.start), Economy(P.returns, WORLD.draws)
    valuation, wealthy = Valuation(P.valuation), Limits(*[1e15] * 7)
    payroll = P.payroll.but(ira_savers=0.0).numbers()
    # A fixed sum would not be the same share of both accounts; slow draws let required distributions bind.
    income = retirement_numbers(P.retirement.but(hardship=0.0, draw_least=0.0, draw_retired=0.029))
    jobs, none = np.zeros(1, [("match", np.int64)]), np.zeros(3 * count)
    jobs["match"] = NO_MATCH
    at = records({"fund": np.array([-1, -1]), "alternatives": -1, "plan_fee": np.full(2, 0.0004)})
    unheld = records({name: np.zeros(1) for name in ("share", "gain", "fee")})
    fund = records({name: np.zeros(1) for name in ("sleeve_share", "sleeve_gain", "holds_coins")})
    alone, paid = np.zeros(3 * count, dtype=bool), np.zeros((2, 3 * count))
    key = stream(1, "test.unused")
    keys = PayrollKeys(key, key)
    values, taxed, apart = np.zeros((3, 3, count)), np.zeros(3 * count), 0.0
    unit = rows.plan_core[2 * count :]

    def book(place: int, amounts: np.ndarray) -> None:
        values[place] += amounts.reshape(3, count) / unit

    def tax(year_begins: bool) -> np.ndarray:
        """What the law takes of what has come in since it last took."""
        owed, part = np.empty(3 * count), clock.month_of_year / 12
        other = rows.wages_ytd - rows.traditional_ytd + rows.taxable_ytd
        tax_so_far(other, none, none, none, alone, alone, part, law, 1.0, owed)
        due = owed - (0.0 if year_begins else taxed)
        taxed[:] = owed
        return due

    for _ in range(12 * YEARS):
        clock.tick()
        economy.advance(clock, ())
        rows.age[:] += 1
        rows.status[rows.age >= 65 * 12] = Status.RETIRED
        now = moment(clock, economy)
        before = rows.plan_core.copy()
        passes.contribute_all(rows.records, rows.sparse, now, jobs, formulas(), wealthy, 0.0, payroll, keys, *paid)
        pay = np.where(rows.status == Status.EMPLOYED, rows.salary / 12.0, 0.0)
        put_in, due = rows.plan_core - before, tax(clock.month_of_year == 1)
        book(0, due)
        spent = pay - put_in - due
        book(1, spent)
        book(2, put_in)
        by_age = {"managed": valuation.managed, "self_directed": valuation.self_directed}
        growth = records({name: blend(share, economy.monthly) for name, share in by_age.items()})
        passes.value_all(rows.records, rows.sparse, growth, at, fund, unheld, 0.0, 1.0, valuation.p)
        held, grown = rows.plan_core.copy(), unit.copy()
        law_of_benefits, early = social_security(P.life), np.empty(3 * count)
        passes.pay_all(rows.records, rows.sparse, now, 1.0, required, law_of_benefits, income, key, early)
        drawn = held - rows.plan_core
        unit[:] = grown  # the account that measures is never drawn from
        due = tax(False)
        book(0, due)
        book(1, drawn - due)
        apart = max(apart, widest(*(spent + drawn - due).reshape(3, count)[:2]))
    # What is left is paid out at the end, at the rate of the law.
    left = rows.plan_core.copy()
    due = law.rates[0] * left * (1.0 - rows.plan_roth.astype(np.float64))
    book(0, due)
    book(1, left - due)
    return Values(*values[:, 0]), Values(*values[:, 1]), apart


def widest(a: np.ndarray, b: np.ndarray) -> float:
    """Largest difference of two positive amounts relative to the first."""
    return float(np.max(np.abs(a - b) / np.maximum(a, 1.0)))


def gap(a: np.ndarray, b: np.ndarray, scale: np.ndarray) -> float:
    """Largest difference over savers, relative to what the saver pays in."""
    return float(np.max(np.abs(a - b) / scale))


@pytest.mark.parametrize(("rate", "count"), [(0.25, 20_000), (0.5, 500), (0.0, 500)])
def test_traditional_equals_roth_in_present_value_for_every_saver(rate, count):
    traditional, roth, _ = live(count, flat(rate), 1.0 - rate, divisors())
    assert (traditional.paid_in > 0.0).all()
    assert gap(roth.paid_in, (1.0 - rate) * traditional.paid_in, traditional.paid_in) < 1e-12
    assert gap(traditional.tax, roth.tax, traditional.paid_in) < 1e-9
    assert gap(traditional.spending, roth.spending, traditional.paid_in) < 1e-9


def test_without_required_distributions_they_are_equal_month_by_month():
    traditional, roth, apart = live(2_000, flat(0.25), 0.75, np.full(121, np.inf))
    assert apart < 1e-9
    assert gap(traditional.tax, roth.tax, traditional.paid_in) < 1e-9


def test_what_breaks_the_equality_is_seen():
    """Required distributions move dates; unequal saving moves spending; brackets tax pensions less than pay."""
    assert live(300, flat(0.25), 0.75, divisors())[2] > 0.01
    assert live(300, flat(0.25), 1.0, np.full(121, np.inf))[2] > 0.01
    traditional, roth, _ = live(300, schedule(), 0.75, divisors())
    assert np.mean(traditional.tax < roth.tax - 0.01 * traditional.paid_in) > 0.5
