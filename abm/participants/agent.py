"""Participants: one adult of 22 or over a row, each standing for many persons; a Mesa agent to whoever looks at one.

A row is a seat: when its person dies, an entrant of 22 takes the seat with the same weight and nothing else, under the
next generation number. Luck is keyed by the seat, so nobody's luck depends on who else lives. What a person is for life
(thrift, attention, party lean) is drawn anew from his own stream whenever it is needed, and takes no column.
"""

from __future__ import annotations

import numpy as np

from abm.columns import Population, RowAgent, column
from abm.vocabulary import Plan, Status


class Participant(RowAgent):
    """A saver, worker or retiree, with or without a plan or an IRA; all of them vote."""

    weight = column(np.float32, unit="persons", doc="Persons of the country that this row stands for.")
    # Who
    age = column(np.int16, unit="months", doc="Age.")
    sex = column(np.int8, unit="0 male, 1 female", doc="Sex.")
    status = column(
        np.int8, unit="Status", doc="Employed, between jobs, retired, never attached.", default=Status.EMPLOYED
    )
    exit = column(np.int8, unit="Exit", doc="What closes a plan account this month: cash-out, rollover, death.")
    # Work
    employer = column(
        np.int32,
        unit="row of employers",
        doc="Employer; the last one for those without a job; −1 for none.",
        default=-1,
    )
    tenure = column(np.int16, unit="months", doc="Months with this employer, or in this spell without one.")
    ability = column(np.float32, unit="log", doc="Permanent component of pay over the age profile.")
    salary = column(np.float32, unit="USD/year", doc="Pay of the present job; the last pay for those without one.")
    wages_ytd = column(np.float32, unit="USD", doc="Wages since January.")
    # Plan at work and IRA
    plan = column(np.int8, unit="Plan", doc="None, 401(k), 403(b).", default=Plan.NONE)
    managed = column(np.int8, unit="0 or 1", doc="1: the plan account sits in the default target-date fund.")
    deferral_points = column(np.int16, unit="basis points of pay", doc="Elected deferral.")
    roth_share = column(
        np.float32,
        unit="share",
        doc="Share of new deferrals that goes to Roth; −1: the default in force.",
        default=-1.0,
        sparse=True,
    )
    deferral_ytd = column(np.float32, unit="USD", doc="Elective deferrals since January.")
    traditional_ytd = column(np.float32, unit="USD", doc="Of these, Traditional (not taxed now).")
    employer_ytd = column(np.float32, unit="USD", doc="Employer contributions since January.")
    ira_ytd = column(np.float32, unit="USD", doc="IRA contributions since January.")
    taxable_ytd = column(np.float32, unit="USD", doc="Taxable withdrawals since January.")
    plan_core = column(
        np.float64,
        unit="USD",
        doc="Plan account outside chosen crypto; for managed savers a claim on the target-date fund and all it holds.",
    )
    plan_crypto = column(
        np.float64, unit="coins", doc="Crypto chosen in the plan (core option or window).", sparse=True
    )
    plan_roth = column(np.float32, unit="share", doc="Roth share of the plan account.")
    ira_core = column(np.float64, unit="USD", doc="IRA outside crypto.")
    ira_crypto = column(np.float64, unit="coins", doc="Crypto in the IRA.", sparse=True)
    ira_roth = column(np.float32, unit="share", doc="Roth share of the IRA.")
    year_end_balance = column(
        np.float32, unit="USD", doc="Traditional balance at the last year end: base of the required distribution."
    )
    # Choice
    crypto_target = column(
        np.float32,
        unit="share of account",
        doc="Crypto share chosen when last looked; 0 for those who hold none.",
        sparse=True,
    )
    crypto_basis = column(np.float32, unit="USD", doc="What the chosen coins cost.", sparse=True)
    high_water = column(
        np.float32, unit="USD/coin", doc="Highest price since exposed, fading toward the price.", sparse=True
    )
    sidelined = column(np.int16, unit="months", doc="Months to wait after a panic sale; −1 for ever.", sparse=True)
    outside = column(np.int8, unit="0 or 1", doc="1: holds crypto outside retirement accounts.")
    trust_points = column(
        np.int16, unit="basis points", doc="Trust in crypto as a place for savings, from none to full."
    )
    # Social Security
    earnings_sum = column(np.float32, unit="wage-indexed USD/year", doc="Sum of the best years' indexed earnings.")
    earnings_years = column(np.int8, unit="years", doc="Years with earnings on the record.")
    benefit = column(np.float32, unit="USD/month", doc="Social Security benefit; 0 before it is claimed.")


class Participants(Population[Participant]):
    """All savers, as columns."""

    def total(self, values: np.ndarray) -> float:
        """National total of a value a person, shape (n,): Σ weight · value, summed in the same order on any machine."""
        return float(np.sum(np.multiply(self.weight, values, dtype=np.float64)))
