"""Founding: the sponsors at the start, Zipf sizes and traits whose shares of workers match the published ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.data import table
from abm.employers.agent import Employer, Employers
from abm.employers.kernels import quota
from abm.streams import normals, stream
from abm.vocabulary import Menu, Plan

if TYPE_CHECKING:
    from abm.asset_managers.agent import AssetManagers
    from abm.columns import ColumnModel
    from abm.employers.menu import SponsorParameters

PLAN_CAPS = np.array([0.05, 0.10, 0.20])
"""Caps that providers offered: ForUsAll 5 % (2022), Fidelity at most 20 % (2022), and one between."""


def found_employers(
    model: ColumnModel, participants: int, managers: AssetManagers, p: SponsorParameters, seed: int
) -> Employers:
    """The sponsors at the start: Zipf sizes, traits by quota of workers; row i depends on rows up to i only."""
    count = max(1, round(participants / p.savers_each))
    sponsors = Employers(model, Employer, count)
    raw = np.arange(1, count + 1, dtype=np.float64) ** -p.size_exponent

    def draw(trait: str, *shares: float) -> np.ndarray:
        return quota(stream(seed, f"employers.{trait}"), raw, np.array(shares))

    formulas = table("match_formulas")
    sponsors.size[:] = raw / raw.sum()
    sponsors.industry[:] = draw("industry", *np.full(p.industries, 1.0 / p.industries))
    sponsors.manager[:] = draw("manager", *managers.market_share)
    sponsors.match[:] = formulas["code"][draw("match", *(formulas["share"] / formulas["share"].sum()))]
    sponsors.plan[:] = np.where(draw("plan", 1.0 - p.share_403b, p.share_403b) == 1, Plan.B403, Plan.K401)
    sponsors.auto_enrolment[:] = draw("auto", 1.0 - p.auto_enrolment, p.auto_enrolment)
    sponsors.window[:] = draw("window", 1.0 - p.window_access, p.window_access)
    sponsors.menu[:] = np.where(sponsors.window == 1, Menu.WINDOW, Menu.NONE)
    large = max(0.0, 1.0 - p.small_cap - p.middle_cap)
    sponsors.crypto_cap[:] = PLAN_CAPS[draw("cap", p.small_cap, 1.0 - p.small_cap - large, large)]
    luck = normals(stream(seed, "employers.prudence"), np.arange(count), 0, 0)
    sponsors.prudence[:] = np.exp(p.prudence_spread * luck - 0.5 * p.prudence_spread**2)
    model.adopt(sponsors)
    return sponsors
