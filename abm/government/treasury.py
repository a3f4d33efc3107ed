"""The Treasury: income tax on persons, the tax expenditure for retirement accounts, and debt.

    withheld since January   Σ weight · T(income so far, blown up to a year) · months/12;  in December exactly T(income)
    tax expenditure          contributions T(B + c) − T(B), earnings inside, less withdrawals T(B) − T(B − w)
    debt(t)                = debt(t−1) − Σ everything that the books show as received less paid by the government

One ledger, by decade of birth, has three accountings: gross (contributions and earnings), cash flow (gross less
withdrawals and heirs: what the Joint Committee on Taxation and the Treasury report), and present value (the difference
that one year's contributions make to the ledger of a lifetime, `experiments/treasury/present_value.py`). Scope: tax on
wages, benefits and retirement accounts, payroll tax, Social Security, rescues, interest. All else of the budget is one
exogenous line, "other outlays", net of the taxes that are not modelled (capital income, companies, excises). Left out:
credits, itemised deductions, state tax, payroll tax lost on employers' contributions. `docs/model.md` 4.8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.data import married_shares, table
from abm.government.claims import carry
from abm.government.kernels import weighted_sum
from abm.government.tax_kernels import impute_spouses, tax_expenditure, tax_so_far
from abm.government.taxes import schedule
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

_OLD_AGE = 70 * MONTHS_A_YEAR
FIRST_DECADE, DECADES = 1890, 26
"""Decades of birth that the ledger is kept by: 1890–99 the first; those born outside are counted to the nearest."""
PENALTY = 3
"""Last column of the ledger, after contributions, earnings and withdrawals."""


class FiscalParameters(Quantities):
    """Spouses, the return on savings that is not taxed, and the rest of the budget."""

    joint_share: float = quantity(
        1.0, unit="factor", low=0.0, high=5.0, source="chosen; nearly all the married file jointly, IRS (recalled)"
    )
    """Multiplies the shares of the married, who file jointly; 0: everybody files alone."""
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
    ira_deducted: float = quantity(
        0.4, unit="share", low=0.0, high=1.0, source="assumed: the Traditional part of IRA contributions, ICI 2022"
    )
    """Part of IRA contributions that is deducted from income."""
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
    """Tax rate of heirs on Traditional accounts left to them; a spouse's stay accounts and are taxed later."""
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
        0.081,
        unit="share of GDP",
        low=-0.1,
        high=0.3,
        source="closes the first year's deficit at 6 % of GDP (CBO, February 2026)",
    )
    """Outlays that are not modelled, less the taxes that are not."""


class Treasury(Stateful):
    """Taxes, tax expenditure and debt.

    Attributes:
        seat, generation: whose tax is kept, shape (n,). withheld, benefits: since January, USD, shape (n,).
        debt: USD. balance: received less paid this month, USD. revenue: taxes of this month, USD.
        cohorts: ledger of the last full calendar year, USD: decade of birth × (plan, IRA) × (contributions, earnings,
            withdrawals, penalty), shape (26, 2, 4).
        heirs: tax of heirs since January, USD. early: early-withdrawal tax by decade of birth, likewise, shape (26,).
        index: price index to which the year's brackets are set.
        bid_spent: USD spent by the standing bid so far. rescues: compensation and bid so far, USD.
        relief: True while early withdrawals are free of their additional tax.
    """

    STATE = (
        "seat", "generation", "withheld", "benefits", "debt", "balance", "revenue", "cohorts",
        "heirs", "early", "index", "bid_spent", "rescues", "relief",
    )  # fmt: skip

    def __init__(self, p: FiscalParameters, seed: int) -> None:
        self._p, self._numbers, self._married = p, p.numbers(), p.joint_share * married_shares()
        # Married is who leaves his accounts to a spouse: the same draw.
        self._keys = stream(seed, "retirement.spouse"), stream(seed, "politics.spouse")
        self.seat, self.generation = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32)
        self.withheld, self.benefits, self.cohorts = np.empty(0), np.empty(0), np.zeros((DECADES, 2, 4))
        self.debt, self.balance, self.revenue, self.index = p.debt, 0.0, 0.0, 1.0
        self.early = np.zeros(DECADES)
        self.heirs = self.bid_spent = self.rescues = 0.0
        self.relief = False

    @property
    def expenditure(self) -> np.ndarray:
        """The ledger of all cohorts, USD a year: rows plan and IRA, columns as in `cohorts`, shape (2, 4)."""
        return self.cohorts.sum(axis=0)

    @property
    def gross(self) -> np.ndarray:
        """Tax not paid on contributions and on earnings inside plans and IRAs, USD a year, shape (2,)."""
        return self.expenditure[:, 0] + self.expenditure[:, 1]

    @property
    def cash_flow(self) -> np.ndarray:
        """Gross less tax on withdrawals and on heirs, USD a year, shape (2,); the penalty is no part of it."""
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
        joint, old, pay, benefits = self._spouses(people, economy)
        owed, law = np.empty(len(people)), schedule(clock.year)
        part = min(clock.month_of_year, clock.month + 1) / MONTHS_A_YEAR
        tax_so_far(self._other_income(people), self.benefits, pay, benefits, joint, old, part, law, self.index, owed)
        books.pay(Sector.HOUSEHOLDS, government, "income tax", weighted_sum(people.weight, owed - self.withheld))
        self.withheld = owed
        heirs = p.heirs_rate * _traditional_share(people) * income.bequests
        books.pay(Sector.HOUSEHOLDS, government, "income tax of heirs", heirs)
        early = 0.0 if self.relief else income.early_tax
        books.pay(Sector.HOUSEHOLDS, government, "early-withdrawal tax", early)
        self.heirs += heirs
        if early > 0.0:
            self.early += np.bincount(decade_of_birth(people.age, clock), people.weight * income.penalties, DECADES)
        if clock.month_of_year == MONTHS_A_YEAR and part == 1.0:
            self._account(people, economy, clock)
        books.pay(government, Sector.REST, "other outlays", p.other_outlays * self.gdp(economy) / MONTHS_A_YEAR)
        books.pay(government, Sector.REST, "interest", p.interest * self.debt / MONTHS_A_YEAR)
        self._close(books)

    def ledger(self, people: Participants, economy: Economy, year: int, group: np.ndarray, groups: int) -> np.ndarray:
        """The calendar year's tax expenditure by groups of persons, read in December after the taxes are taken.

        Args:
            people, economy: as the year ends. year: the calendar year, whose law holds.
            group: each person's group, int64, shape (n,). groups: how many there are.

        Returns:
            USD: group × (plan, IRA) × (contributions, earnings, withdrawals), shape (groups, 2, 3).
        """
        joint, old, pay, benefits = self._spouses(people, economy)
        accounts, traditional = _accounts(people)
        both = traditional.sum(axis=0)
        in_plan = np.divide(traditional[0], both, out=np.zeros(both.size), where=both > 0.0)
        to_plan, to_ira = people.traditional_ytd + people.employer_ytd, self._p.ira_deducted * people.ira_ytd
        flows = np.stack((to_plan, to_ira, people.taxable_ytd * in_plan, people.taxable_ytd * (1.0 - in_plan)))
        base = np.stack((self._other_income(people) + pay, self.benefits + benefits))
        glide = table("glide_path")
        # Between managed and self-directed accounts, which the tax does not tell apart.
        stocks = np.interp(people.age / MONTHS_A_YEAR, glide["age"], 0.5 * (glide["managed"] + glide["self_directed"]))
        return tax_expenditure(
            flows, base, accounts, stocks, joint, old, people.weight, group, groups,
            schedule(year), self.index, self._numbers,
        )  # fmt: skip

    def _account(self, people: Participants, economy: Economy, clock: Clock) -> None:
        """Write the calendar year's ledger by decade of birth.

        Heirs' tax is split as Traditional balances of 70 and over are; early-withdrawal tax counts to plans.
        """
        born = decade_of_birth(people.age, clock)
        self.cohorts[:, :, :PENALTY] = self.ledger(people, economy, clock.year, born, DECADES)
        self.cohorts[:, 0, PENALTY] = self.early
        traditional = _accounts(people)[1] * np.where(people.age >= _OLD_AGE, people.weight, 0.0)
        by = np.stack([np.bincount(born, row, DECADES) for row in traditional], axis=1)
        if by.sum() > 0.0:
            self.cohorts[:, :, 2] += self.heirs * by / by.sum()

    def _other_income(self, people: Participants) -> np.ndarray:
        """Each person's income since January but Social Security, USD, shape (n,)."""
        deducted = people.traditional_ytd + self._p.ira_deducted * people.ira_ytd
        return people.wages_ytd - deducted + people.taxable_ytd

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
            self.index, self.heirs, self.early = economy.price_index, 0.0, np.zeros(DECADES)

    def _spouses(self, people: Participants, economy: Economy) -> tuple[np.ndarray, ...]:
        """Arrays joint, old, pay and benefits of `impute_spouses`."""
        n = len(people)
        out = np.empty(n, bool), np.empty(n, bool), np.empty(n), np.empty(n)
        impute_spouses(
            people.seat, people.generation, people.age, people.sex, people.ability, self._married, self._keys,
            economy.wage_index, economy.price_index, self._numbers, *out,
        )  # fmt: skip
        return out


def decade_of_birth(age: np.ndarray, clock: Clock) -> np.ndarray:
    """Row of the ledger that each person belongs to, int64, shape (n,).

    Args:
        age: months, shape (n,). clock: the month in which it is so.
    """
    month = clock.year * MONTHS_A_YEAR + clock.month_of_year - 1
    born = (month - age.astype(np.int64)) // MONTHS_A_YEAR
    return np.clip(born // 10 - FIRST_DECADE // 10, 0, DECADES - 1)


def _traditional_share(people: Participants) -> float:
    """Traditional part of the accounts of 70 and over, from which nearly all estates come; 1 where there are none."""
    weight = np.where(people.age >= _OLD_AGE, people.weight, 0.0)
    held, traditional = (float(np.sum(weight * part.sum(axis=0))) for part in _accounts(people))
    return traditional / held if held > 0.0 else 1.0


def _accounts(people: Participants) -> tuple[np.ndarray, np.ndarray]:
    """USD in plan and IRA but coins, and the Traditional part of it, shape (2, n) each."""
    accounts = np.stack((people.plan_core, people.ira_core))
    return accounts, accounts * (1.0 - np.stack((people.plan_roth, people.ira_roth)).astype(np.float64))
