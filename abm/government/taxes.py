"""The federal income tax: the schedule of a year as published, and what a household owes by it.

    tax      = Σ over brackets of rate · part of taxable income in the bracket
    taxable  = income + taxed part of Social Security − standard deduction − extra and senior deductions from 65 on

Amounts are those of 2026 (Revenue Procedure 2025-32). Later years multiply brackets and standard deductions by the
price index, without the rounding to multiples of 25 or 50 USD. The thresholds of 26 USC 86 and the senior deduction,
which ends with 2028, are not indexed. `docs/model.md` 4.8.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from abm.data import table, value
from abm.government.tax_kernels import bracket_tax

FILINGS = ("single", "joint")
_STEPS = ("low", "middle", "high")


class Schedule(NamedTuple):
    """A year's income tax law, by filing status (0 single, 1 joint).

    Attributes:
        rates: share of income by bracket, shape (b,). upper: upper ends, USD, shape (2, b).
        deduction: standard deduction, USD, shape (2,). extra: added for each of 65 and over, USD, shape (2,).
        benefits_first, benefits_second: thresholds of taxable benefits, USD, never indexed, shape (2,).
        gains_rates: on long-term gains, shape (3,). gains_upper: upper ends, USD, shape (2, 3).
        senior: deduction for each of 65 and over, USD, never indexed, 0 once it has lapsed.
        senior_rate: share of income above the start that is taken off it. senior_start: USD, shape (2,).
    """

    rates: np.ndarray
    upper: np.ndarray
    deduction: np.ndarray
    extra: np.ndarray
    benefits_first: np.ndarray
    benefits_second: np.ndarray
    gains_rates: np.ndarray
    gains_upper: np.ndarray
    senior: float
    senior_rate: float
    senior_start: np.ndarray


def schedule(year: int = 2026) -> Schedule:
    """The law of a year in USD of 2026, from data/tax_brackets.csv and data/tax_parameters.csv."""
    return _schedule(year <= value("tax_parameters", "senior_deduction_last_year"))


@cache
def _schedule(senior: bool) -> Schedule:
    """The law with the senior deduction, or after it has lapsed."""
    brackets = table("tax_brackets")
    rows = [brackets["filing"] == filing for filing in FILINGS]

    def both(name: str, suffix: str = "") -> np.ndarray:
        return np.array([value("tax_parameters", f"{name}_{filing}{suffix}") for filing in FILINGS])

    gains_from = [both(f"capital_gains_{step}_from") for step in _STEPS[1:]]
    extra = ("extra_deduction_65_single", "extra_deduction_65_joint_each")
    return Schedule(
        rates=np.array(brackets["rate"][rows[0]]),
        upper=np.array([brackets["upper_usd"][row] for row in rows]),
        deduction=both("standard_deduction"),
        extra=np.array([value("tax_parameters", name) for name in extra]),
        benefits_first=both("benefits_taxable_first"),
        benefits_second=both("benefits_taxable_second"),
        gains_rates=np.array([value("tax_parameters", f"capital_gains_rate_{step}") for step in _STEPS]),
        gains_upper=np.stack([*gains_from, np.full(len(FILINGS), np.inf)], axis=1),
        senior=value("tax_parameters", "senior_deduction") if senior else 0.0,
        senior_rate=value("tax_parameters", "senior_deduction_phase_out"),
        senior_start=both("senior_deduction_start"),
    )


def income_tax(income: float, filing: int, law: Schedule, index: float = 1.0) -> float:
    """Federal income tax of a household under 65 without Social Security, USD a year, exact for the schedule.

    Args:
        income: adjusted gross income, USD a year; the standard deduction is taken off here.
        filing: 0 single, 1 joint.
        law: the schedule.
        index: multiplies brackets and deduction.
    """
    return bracket_tax(income - law.deduction[filing] * index, law.rates, law.upper[filing], index)
