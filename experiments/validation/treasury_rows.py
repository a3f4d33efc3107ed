"""The Treasury against published figures: rows for a scorecard, from months that worlds have recorded.

rows = treasury_rows([world])                 # or several worlds, or their `months` tables
print_scorecard(rows, "Treasury")
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from abm.parameters import Parameters
from abm.vocabulary import MONTHS_A_YEAR
from experiments.validation.scorecard import Verdict, judge_sample, load_targets

if TYPE_CHECKING:
    from abm.model import RetirementModel

_BILLION = 1e9
_FLOWS = {
    "social_security": "benefits_usd",
    "payroll_tax": "payroll_tax_usd",
    "income_tax": "income_tax_usd",
    "wages": "wages_usd",
}
_NOTES = {
    "dc_cash_flow": "payroll tax lost on employers' part left out",
    "ira_cash_flow": "IRAs that keep up with wages pay out more than is taxed today; see docs/validation.md",
    "social_security": "published with disability and dependants",
    "payroll_tax": "published with the self-employed and unemployment",
    "income_tax": "published on all income and after credits",
}
_OTHER_SCOPE = ("income_tax",)


class FirstYear(NamedTuple):
    """A world's first whole calendar year.

    Attributes:
        year: the calendar year. flows: USD by column of the months table. december: the last month's row.
    """

    year: int
    flows: pd.Series
    december: pd.Series


def treasury_rows(
    runs: Sequence[RetirementModel | pd.DataFrame], parameters: Parameters | None = None
) -> list[Verdict]:
    """Verdicts on the first whole calendar year, and on the debt of 2036 where the worlds reach it.

    Args:
        runs: worlds, or `months` tables, each of at least one calendar year.
        parameters: those of the worlds, for GDP; the defaults when left out.

    Raises:
        ValueError: a world has not lived a whole calendar year.
    """
    p, targets = parameters or Parameters(), load_targets("treasury")
    tables = [run if isinstance(run, pd.DataFrame) else run.records.tables()["months"] for run in runs]
    years = [first_year(months) for months in tables]
    found = {name: [year.flows[column] / _BILLION for year in years] for name, column in _FLOWS.items()}
    for account, name in (("plans", "dc_cash_flow"), ("iras", "ira_cash_flow")):
        found[name] = [year.december[f"tax_expenditure_{account}_cash_flow_usd"] / _BILLION for year in years]
    start = int(tables[0]["month"].iloc[0][:4])

    def gdp(year: int) -> float:
        return p.government.fiscal.gdp * (1.0 + p.returns.wage_growth) ** (year - start)

    found["deficit"] = [-100.0 * year.flows["fiscal_balance_usd"] / gdp(year.year) for year in years]
    ends = [months.loc[months["month"] == "2036-12", "debt_usd"] for months in tables]
    if all(len(end) for end in ends):
        found["debt_2036"] = [100.0 * float(end.iloc[0]) / gdp(2036) for end in ends]
    return [
        judge_sample(target, found[name], _NOTES.get(name, ""), comparable=name not in _OTHER_SCOPE)
        for name, target in targets.items()
        if name in found
    ]


def first_year(months: pd.DataFrame) -> FirstYear:
    """The first whole calendar year of a months table.

    Raises:
        ValueError: there is none.
    """
    year = months["month"].str[:4].astype(int)
    whole = year.value_counts()
    whole = whole[whole == MONTHS_A_YEAR].index
    if whole.empty:
        raise ValueError("The Treasury's accounts need a world that has lived a whole calendar year.")
    chosen = months[year == whole.min()]
    numbers = chosen.select_dtypes(np.number).sum()
    return FirstYear(int(whole.min()), numbers, chosen.iloc[-1])
