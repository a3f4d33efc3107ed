"""Employers: plan sponsors with Zipf sizes, their match formula, menu and provider."""

from __future__ import annotations

import numpy as np

from abm.columns import Population, RowAgent, column
from abm.vocabulary import Menu


class Employer(RowAgent):
    """A plan sponsor."""

    size = column(np.float64, unit="share of workers", doc="Share of jobs, Zipf with exponent about 1.")
    headcount = column(np.float64, unit="persons", doc="Persons employed, recounted every month.")
    industry = column(np.int16, unit="code", doc="Industry; peers share industry and size.")
    manager = column(np.int32, unit="row of asset managers", doc="Target-date provider and recordkeeper.")
    match = column(np.int8, unit="row of match_formulas.csv", doc="Match formula.")
    plan = column(np.int8, unit="Plan", doc="Kind of plan offered: 401(k) or 403(b).")
    auto_enrolment = column(np.int8, unit="0 or 1", doc="1: new workers are enrolled into the default fund.")
    window = column(np.int8, unit="0 or 1", doc="1: the plan has a brokerage window through which crypto can be held.")
    menu = column(np.int8, unit="Menu", doc="Widest crypto door open to savers' own choice.", default=Menu.NONE)
    closing = column(np.int8, unit="0 or 1", doc="1: closed its core option this month; coins held there are sold.")
    accepts_sleeve = column(np.int8, unit="0 or 1", doc="1: keeps a default fund with a crypto sleeve.")
    declined = column(np.int8, unit="0 or 1", doc="1: withdrew from a sleeve, so that it does not come back by itself.")
    crypto_cap = column(np.float32, unit="share of account", doc="The plan's own cap on chosen crypto.", default=0.05)
    alternatives = column(np.int8, unit="0 or 1", doc="1: accepts a default fund with other alternatives.")
    prudence = column(np.float32, unit="ratio", doc="Risk aversion relative to the average sponsor's.", default=1.0)
    suits = column(np.int16, unit="suits", doc="Suits pending against the plan.")


class Employers(Population[Employer]):
    """All sponsors, as columns."""
