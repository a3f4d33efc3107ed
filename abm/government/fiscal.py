"""The Treasury: income tax on persons, the tax expenditure for retirement accounts, and debt.

    withheld since January   Σ weight · T(income so far, blown up to a year) · months/12;  in December exactly T(income)
    tax expenditure          contributions T(B + c) − T(B), earnings inside, less withdrawals T(B) − T(B − w)
    debt(t)                = debt(t−1) − Σ everything that the books show as received less paid by the government

Two accountings are kept, gross (contributions and earnings) and cash flow (gross less withdrawals: what the Joint
Committee on Taxation and the Treasury report). Scope: tax on wages, benefits and retirement accounts, payroll tax,
Social Security, rescues, interest. All else of the budget is one exogenous line, "other outlays", net of the taxes that
are not modelled (capital income, companies, excises). Left out: credits, itemised and senior deductions, deductible IRA
contributions, state tax, payroll tax lost on employers' contributions. `docs/model.md` 4.8.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.data import table, value
from abm.government.claims import carry
from abm.government.kernels import bracket_tax, impute_spouses, tax_expenditure, tax_so_far, weighted_sum
from abm.quantities import Quantities, quantity
from abm.state import Stateful
from abm.streams import stream
from abm.vocabulary import MONTHS_A_YEAR, Sector

if TYPE_CHECKING:
    from abm.books import Books
    from abm.clock import Clock
    from abm.participants.agent import Participants
    from abm.participants.retirement import Income
    from abm.returns import Economy

FILINGS = ("single", "joint")
_STEPS = ("low", "middle", "high")
_OLD_AGE = 70 * MONTHS_A_YEAR


class FiscalParameters(Quantities):
    """Spouses, the return on savings that is not taxed, and the rest of the budget."""

    joint_share: float = quantity(
        0.58, unit="share of persons", low=0.0, high=1.0, source="recalled: filing statistics, IRS"
    )
    """Persons who file jointly with a spouse."""
    spouse_earns: float = quantity(0.72, unit="share of spouses", low=0.0, high=1.0, source="assumed")
    """Spouses under 66 who earn."""
    spouse_pay: float = quantity(55_000.0, unit="USD/year", low=20_000.0, high=120_000.0, source="assumed")
    """Median pay of those, at the start; it follows wages."""
    spouse_likeness: float = quantity(0.3, unit="ratio", low=0.0, high=1.0, source="assumed")
    """How much of a person's ability shows in the spouse's pay."""
    spouse_spread: float = quantity(0.6, unit="log", low=0.0, high=1.5, source="assumed")
    """Spread of spouses' pay."""
    spouse_benefit: float = quantity(
        2071.0, unit="USD/month", low=0.0, high=5000.0, source="SSA, December 2025: average retired worker"
    )
    """Social Security of a spouse of 66 and over, at the start; it follows prices."""
    dividend_yield: float = quantity(0.015, unit="1/year", low=0.0, high=0.05, source="assumed")
    """Dividends of stocks."""
    stock_growth: float = quantity(0.052, unit="1/year", low=0.0, high=0.12, source="assumed: 6.7 % less dividends")
    """Growth of stocks."""
    gains_taxed: float = quantity(0.5, unit="share", low=0.0, high=1.0, source="assumed: deferral and step-up at death")
    """Part of the tax on gains that an account outside a plan would really pay."""
    bond_yield: float = quantity(
        0.045, unit="1/year", low=0.0, high=0.1, source="assumed; ten-year Treasury 4.34 %, 2025"
    )
    """Taxable yield of bonds."""
    heirs_rate: float = quantity(0.20, unit="share", low=0.0, high=0.4, source="assumed")
    """Tax rate of heirs on accounts left to them."""
    heirs_taxed: float = quantity(0.55, unit="share", low=0.0, high=1.0, source="assumed: Traditional, not to a spouse")
    """Part of those accounts that heirs pay tax on."""
    gdp: float = quantity(
        31e12, unit="USD/year", low=20e12, high=60e12, source="CBO, February 2026: debt 31 trillion, 99 %"
    )
    """Gross domestic product at the start; it follows wages."""
    debt: float = quantity(31e12, unit="USD", low=0.0, high=100e12, source="CBO, February 2026: held by the public")
    """Debt at the start."""
    interest: float = quantity(
        0.033,
        unit="1/year",
        low=0.0,
        high=0.15,
        source="recalled: CBO, February 2026, net interest near 1 trillion",
    )
    """Interest on debt."""
    other_outlays: float = quantity(
        0.088,
        unit="share of GDP",
        low=-0.1,
        high=0.3,
        source="closes the first year's deficit at 6 % of GDP (CBO, February 2026)",
    )
    """Outlays that are not modelled, less the taxes that are not."""


class Schedule(NamedTuple):
    """A year's income tax law, by filing status (0 single, 1 joint).

    Attributes:
        rates: share of income by bracket, shape (b,). upper: upper ends, USD, shape (2, b).
        deduction: standard deduction, USD, shape (2,). extra: added for each of 65 and over, USD, shape (2,).
        benefits_first, benefits_second: thresholds of taxable benefits, USD, never indexed, shape (2,).
        gains_rates: on long-term gains, shape (3,). gains_upper: upper ends, USD, shape (2, 3).
    """

    rates: np.ndarray
    upper: np.ndarray
    deduction: np.ndarray
    extra: np.ndarray
    benefits_first: np.ndarray
    benefits_second: np.ndarray
    gains_rates: np.ndarray
    gains_upper: np.ndarray


@cache
def schedule() -> Schedule:
    """The law of 2026, from data/tax_brackets.csv and data/tax_parameters.csv."""
    brackets = table("tax_brackets")
    rows = [brackets["filing"] == filing for filing in FILINGS]

    def both(name: str, suffix: str = "") -> np.ndarray:
        return np.array([value("tax_parameters", f"{name}_{filing}{suffix}") for filing in FILINGS])

    middle, high = (value("tax_parameters", f"capital_gains_{step}_from_single") for step in ("middle", "high"))
    # Joint brackets of gains are near twice the single ones, but for the highest, which few reach.
    return Schedule(
        rates=np.array(brackets["rate"][rows[0]]),
        upper=np.array([brackets["upper_usd"][row] for row in rows]),
        deduction=both("standard_deduction"),
        extra=np.array(
            [
                value("tax_parameters", "extra_deduction_65_single"),
                value("tax_parameters", "extra_deduction_65_joint_each"),
            ]
        ),
        benefits_first=both("benefits_taxable_first"),
        benefits_second=both("benefits_taxable_second"),
        gains_rates=np.array(
            [value("tax_parameters", f"capital_gains_rate_{step}") for step in ("low", "middle", "high")]
        ),
        gains_upper=np.array([[middle, high, np.inf], [2.0 * middle, 2.0 * high, np.inf]]),
    )


def income_tax(income: float, filing: int, law: Schedule, index: float = 1.0) -> float:
    """Federal income tax, USD a year, exact for the published schedule.

    Args:
        income: adjusted gross income, USD a year; the standard deduction is taken off here.
        filing: 0 single, 1 joint.
        law: the schedule.
        index: multiplies brackets and deduction.
    """
    return bracket_tax(income - law.deduction[filing] * index, law.rates, law.upper[filing], index)


class Treasury(Stateful):
    """Taxes, tax expenditure and debt.

    Attributes:
        seat, generation: whose tax is kept, shape (n,). withheld, benefits: since January, USD, shape (n,).
        debt: USD. balance: received less paid this month, USD. revenue: taxes of this month, USD.
        expenditure: tax expenditure of the last full calendar year, USD: rows plan and IRA, columns contributions,
            earnings, withdrawals, shape (2, 3).
        heirs: tax of heirs since January, USD. index: price index to which the year's brackets are set.
        bid_spent: USD spent by the standing bid so far. rescues: compensation and bid so far, USD.
        relief: True while early withdrawals are free of their additional tax.
    """

    STATE = (
        "seat", "generation", "withheld", "benefits", "debt", "balance", "revenue", "expenditure",
        "heirs", "index", "bid_spent", "rescues", "relief",
    )  # fmt: skip

    def __init__(self, p: FiscalParameters, seed: int) -> None:
        self._p, self._numbers, self._key = p, p.numbers(), stream(seed, "politics.spouse")
        self._law = schedule()
        self.seat, self.generation = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32)
        self.withheld, self.benefits, self.expenditure = np.empty(0), np.empty(0), np.zeros((2, 3))
        self.debt, self.balance, self.revenue, self.heirs, self.index = p.debt, 0.0, 0.0, 0.0, 1.0
        self.bid_spent, self.rescues, self.relief = 0.0, 0.0, False

    @property
    def gross(self) -> np.ndarray:
        """Tax not paid on contributions and on earnings inside plans and IRAs, USD a year, shape (2,)."""
        return self.expenditure[:, 0] + self.expenditure[:, 1]

    @property
    def cash_flow(self) -> np.ndarray:
        """Gross less tax on withdrawals and on heirs, USD a year, shape (2,)."""
        return self.gross - self.expenditure[:, 2]

    def gdp(self, economy: Economy) -> float:
        """Gross domestic product, USD a year."""
        return self._p.gdp * economy.wage_index

    def collect(self, people: Participants, income: Income, economy: Economy, clock: Clock, books: Books) -> None:
        """Take this month's taxes, account for them in December, pay the rest of the budget, and move the debt.

        Args:
            people: columns of savers. income: this month's national withdrawals.
            economy, clock: indices and the month. books: this month's entries.
        """
        p, government = self._p, Sector.GOVERNMENT
        self._follow(people, clock, economy)
        spouses = self._spouses(people, economy)
        owed = np.empty(len(people))
        part = min(clock.month_of_year, clock.month + 1) / MONTHS_A_YEAR
        other = people.wages_ytd - people.traditional_ytd + people.taxable_ytd
        joint, old, pay, benefits = spouses
        tax_so_far(other, self.benefits, pay, benefits, joint, old, part, self._law, self.index, owed)
        books.pay(Sector.HOUSEHOLDS, government, "income tax", weighted_sum(people.weight, owed - self.withheld))
        self.withheld = owed
        heirs = p.heirs_rate * p.heirs_taxed * income.bequests
        self.heirs += heirs
        books.pay(Sector.HOUSEHOLDS, government, "income tax of heirs", heirs)
        early = 0.0 if self.relief else income.early_tax
        books.pay(Sector.HOUSEHOLDS, government, "early-withdrawal tax", early)
        if clock.month_of_year == MONTHS_A_YEAR and part == 1.0:
            self._account(people, other, spouses)
        books.pay(government, Sector.REST, "other outlays", p.other_outlays * self.gdp(economy) / MONTHS_A_YEAR)
        books.pay(government, Sector.REST, "interest", p.interest * self.debt / MONTHS_A_YEAR)
        self._close(books)

    def _close(self, books: Books) -> None:
        """Read the month's balance off the books: every USD of new debt is an entry there."""
        usd, government = books.usd, Sector.GOVERNMENT
        taxes = ("income tax", "income tax of heirs", "early-withdrawal tax", "payroll tax")
        self.revenue = sum(usd.received(government, kind) for kind in taxes)
        bid = -usd.received(government, "auction")
        self.bid_spent += bid
        self.rescues += bid - usd.received(government, "compensation")
        self.balance = usd.net(government)
        self.debt -= self.balance

    def _follow(self, people: Participants, clock: Clock, economy: Economy) -> None:
        """Keep what was withheld with its person; a seat's new person, and a new year, begin at 0."""
        if not np.array_equal(people.seat, self.seat):
            for name in ("withheld", "benefits", "generation"):
                setattr(self, name, carry(getattr(self, name), self.seat, people.seat))
            self.seat = np.array(people.seat, dtype=np.int64)
        fresh = np.ones(len(people), bool) if clock.month_of_year == 1 else self.generation != people.generation
        self.withheld[fresh] = self.benefits[fresh] = 0.0
        self.generation = np.array(people.generation, dtype=np.int32)
        self.benefits += people.benefit
        if clock.month_of_year == 1:
            self.index, self.heirs = economy.price_index, 0.0

    def _spouses(self, people: Participants, economy: Economy) -> tuple[np.ndarray, ...]:
        """Arrays joint, old, pay and benefits of `impute_spouses`."""
        n = len(people)
        out = np.empty(n, bool), np.empty(n, bool), np.empty(n), np.empty(n)
        impute_spouses(
            people.seat, people.generation, people.age, people.ability, self._key,
            economy.wage_index, economy.price_index, self._numbers, *out,
        )  # fmt: skip
        return out

    def _account(self, people: Participants, other: np.ndarray, spouses: tuple[np.ndarray, ...]) -> None:
        """The calendar year's tax expenditure; heirs' tax is split as old savers' Traditional balances are."""
        joint, old, pay, benefits = spouses
        accounts = np.stack((people.plan_core + people.plan_alternatives, people.ira_core))
        traditional = accounts * (1.0 - np.stack((people.plan_roth, people.ira_roth)).astype(np.float64))
        both = traditional.sum(axis=0)
        in_plan = np.divide(traditional[0], both, out=np.zeros(both.size), where=both > 0.0)
        taxed = people.taxable_ytd
        year = np.stack((people.traditional_ytd + people.employer_ytd, taxed * in_plan, taxed * (1.0 - in_plan)))
        base = np.stack((other + pay, self.benefits + benefits))
        glide = table("glide_path")
        # Between managed and self-directed accounts, which the tax does not tell apart.
        stocks = np.interp(people.age / MONTHS_A_YEAR, glide["age"], 0.5 * (glide["managed"] + glide["self_directed"]))
        self.expenditure = tax_expenditure(
            year, base, accounts, stocks, joint, old, people.weight, self._law, self.index, self._numbers
        )
        old_money = np.where(people.age >= _OLD_AGE, people.weight, 0.0)
        national = np.array([weighted_sum(old_money, balance) for balance in traditional])
        if national.sum() > 0.0:
            self.expenditure[:, 2] += self.heirs * national / national.sum()
