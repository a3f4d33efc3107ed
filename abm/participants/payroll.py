"""Payroll: wages, elective deferrals, employer contributions, IRA contributions, all within the legal limits.

    deferral  d = min( pay · rate,  402(g) + catch-up − paid this year )
    employer  m = min( s · (r₁ min(d, u₁) + r₂ (min(d, u₂) − u₁)⁺ + base) · pay,  415(c) − additions this year )
              0 before the months of service that the plan asks for

Traditional deferrals escape income tax, not payroll tax. Limits follow prices and are rounded down as the IRS does.
`docs/model.md` 4.2.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.data import table, value
from abm.participants import passes
from abm.participants.account_kernels import Limits, PayrollKeys
from abm.participants.life import jobs_of, records
from abm.participants.month import moment
from abm.quantities import Quantities, quantity
from abm.streams import stream
from abm.vocabulary import Sector

if TYPE_CHECKING:
    from abm.books import Books
    from abm.clock import Clock
    from abm.employers.agent import Employers
    from abm.participants.agent import Participants
    from abm.returns import Economy


class PayrollParameters(Quantities):
    """What employers add, who saves in an IRA, and how limits move."""

    match_scale: float = quantity(
        1.62, unit="factor", low=0.0, high=3.0, source="assumed; fitted to 4.8 % of pay, PSCA 2025"
    )
    """Multiplies the formulas of match_formulas.csv."""
    limits_follow_wages: float = quantity(
        0.0, unit="0 prices … 1 wages", low=0.0, high=1.0, source="26 USC 402(g)(4), 415(d): prices"
    )
    """What limits are indexed to; the wage base of Social Security follows wages in any case."""
    ira_savers: float = quantity(
        0.143,
        unit="share of workers",
        low=0.0,
        high=1.0,
        source="assumed; fitted to IRA owners under 35, CRS 2024",
    )
    """Workers who put money into an IRA themselves."""
    ira_slope: float = quantity(
        4.93, unit="exponent", low=1.0, high=20.0, source="assumed; fitted to IRA owners by age, CRS 2024"
    )
    """How much more often those inclined to save do (1: all alike): the most inclined come to this multiple."""
    ira_rate: float = quantity(
        0.019, unit="share of pay", low=0.0, high=0.2, source="assumed; fitted to IRA assets, ICI 2025"
    )
    """What they put in."""
    ira_roth_share: float = quantity(0.6, unit="share", low=0.0, high=1.0, source="assumed; ICI 2022 as above")
    """Roth part of it."""
    oasdi_rate: float = quantity(
        value("tax_parameters", "oasdi_rate"), unit="share of pay", low=0.0, high=0.2, source="26 USC 3101(a), 3111(a)"
    )
    """Social Security tax of each side up to the wage base."""
    medicare_rate: float = quantity(
        value("tax_parameters", "medicare_rate"),
        unit="share of pay",
        low=0.0,
        high=0.1,
        source="26 USC 3101(b), 3111(b)",
    )
    """Medicare tax of each side."""


class Contributions(NamedTuple):
    """USD that a month of payroll put into each person's accounts, shape (n,) each.

    Attributes:
        plan: deferral and employer contribution, in plan_core.
        ira: own contribution, in ira_core.
    """

    plan: np.ndarray
    ira: np.ndarray


class Payroll:
    """The rule of docs/model.md 4.2.

    Attributes:
        wages, deferrals, match, ira: national USD of the last month.
    """

    def __init__(self, p: PayrollParameters, seed: int = 0) -> None:
        self._parameters = p
        self.p = p.numbers()
        self.formulas = formulas()
        self.keys = PayrollKeys(stream(seed, "payroll.ira"), stream(seed, "life.person"))
        self.wages = self.deferrals = self.match = self.ira = 0.0

    def contribute(
        self,
        people: Participants,
        sponsors: Employers,
        economy: Economy,
        clock: Clock,
        books: Books,
        roth_default: float = 0.15,
    ) -> Contributions:
        """Pay everybody and move this month's contributions into the accounts.

        Args:
            roth_default: Roth share of new deferrals of savers who never chose (policy lever).

        Returns:
            what entered each person's accounts.
        """
        limits = limits_in_force(economy.price_index, economy.wage_index, self._parameters.limits_follow_wages)
        paid = Contributions(np.zeros(len(people)), np.zeros(len(people)))
        self.wages, self.deferrals, self.match, self.ira, tax = passes.contribute_all(
            people.records, people.sparse, moment(clock, economy), jobs_of(sponsors), self.formulas, limits,
            float(roth_default), self.p, self.keys, paid.plan, paid.ira,
        )  # fmt: skip
        books.pay(Sector.EMPLOYERS, Sector.HOUSEHOLDS, "wages", self.wages)
        books.pay(Sector.HOUSEHOLDS, Sector.ACCOUNTS, "deferrals", self.deferrals)
        books.pay(Sector.EMPLOYERS, Sector.ACCOUNTS, "employer contributions", self.match)
        books.pay(Sector.HOUSEHOLDS, Sector.ACCOUNTS, "IRA contributions", self.ira)
        books.pay(Sector.HOUSEHOLDS, Sector.GOVERNMENT, "payroll tax", tax)
        books.pay(Sector.EMPLOYERS, Sector.GOVERNMENT, "payroll tax", tax)
        return paid


def formulas() -> np.ndarray:
    """match_formulas.csv as records for kernels, by code."""
    columns = table("match_formulas")
    return records({name: columns[name] for name in ("rate_1", "upto_1", "rate_2", "upto_2", "base", "wait")})


def limits_in_force(price_index: float, wage_index: float, follow_wages: float = 0.0) -> Limits:
    """USD a year in a year whose indexes stand to 2026 as given; 2026's own limits at an index of 1."""
    index = price_index ** (1.0 - follow_wages) * wage_index**follow_wages
    year = {name: float(column[-1]) for name, column in table("limits").items()}
    return Limits(
        deferral=rounded_down(year["deferral"] * index, 500.0),
        catch_up_50=rounded_down(year["catch_up_50"] * index, 500.0),
        catch_up_60_63=rounded_down(year["catch_up_60_63"] * index, 250.0),
        annual_additions=rounded_down(year["annual_additions"] * index, 1000.0),
        ira=rounded_down(year["ira"] * index, 500.0),
        ira_catch_up=rounded_down(year["ira_catch_up"] * index, 100.0),
        wage_base=rounded_down(value("tax_parameters", "oasdi_wage_base") * wage_index, 300.0),
    )


def rounded_down(usd: float, multiple: float) -> float:
    """The largest multiple not above `usd`; a millionth of a USD is forgiven to floating point."""
    return multiple * math.floor((usd + 1e-6) / multiple)
