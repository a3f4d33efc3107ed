"""Doors: what savers of each plan can use this month, menus under the policy in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abm.vocabulary import Door, Menu

if TYPE_CHECKING:
    from abm.asset_managers.agent import AssetManagers
    from abm.employers.agent import Employers
    from abm.participants.agent import Participants
    from abm.scenario import Policy


class Doors(NamedTuple):
    """What savers can use this month, one entry an employer: menus under the policy in force.

    Attributes:
        plan_door: Menu value that savers can buy through, int8.
        plan_cap: largest share of a plan account in chosen crypto, the plan's and the rule's.
        sleeve_weight: crypto share that the default fund of this employer aims at, 0 where none.
        fund: manager row of the default fund, int32.
        accepts: whether the default fund is one with a crypto sleeve, bool.
        held_through: Door of the plan coins that savers hold, CORE or WINDOW, int8.
        closing: core option closed this month, so that its coins are sold, bool.
        ira_open: whether IRAs may buy. forced_exit: whether the rule makes all chosen plan coins be sold.
    """

    plan_door: np.ndarray
    plan_cap: np.ndarray
    sleeve_weight: np.ndarray
    fund: np.ndarray
    accepts: np.ndarray
    held_through: np.ndarray
    closing: np.ndarray
    ira_open: bool
    forced_exit: bool

    def fund_of(self, people: Participants) -> np.ndarray:
        """Manager row whose sleeve each saver shares through the default fund, −1 for none; int32, shape (n,)."""
        fund = np.append(np.where(self.accepts, self.fund, -1), -1)  # the last for those without an employer
        return np.where(people.managed == 1, fund[people.employer], -1).astype(np.int32)


def doors(sponsors: Employers, managers: AssetManagers, policy: Policy) -> Doors:
    """What savers can use under the policy in force; changes nothing.

    A lever that closes a door stops purchases; only a prohibition, and a sponsor that closes its core option, make
    savers sell. Savers stay in a fund that winds its sleeve up until the last coin is sold: its gains need owners.
    """
    prohibited = policy.rule == "prohibit"
    core = (sponsors.menu == Menu.CORE) & policy.core_option & (not prohibited)
    window = (sponsors.window == 1) & policy.brokerage_window & (not prohibited)
    plan_door = np.where(core, Menu.CORE, np.where(window, Menu.WINDOW, Menu.NONE)).astype(np.int8)
    cap = np.where(core, np.minimum(sponsors.crypto_cap.astype(np.float64), policy.crypto_cap), policy.crypto_cap)
    mine = sponsors.manager
    accepts = sponsors.accepts_sleeve == 1
    allowed = policy.target_date_sleeve and not prohibited
    return Doors(
        plan_door=plan_door,
        plan_cap=cap,
        sleeve_weight=np.where(accepts & allowed, managers.sleeve_target[mine], 0.0),
        fund=mine,
        accepts=accepts,
        held_through=np.where((sponsors.menu == Menu.CORE) | (sponsors.closing == 1), Door.CORE, Door.WINDOW).astype(
            np.int8
        ),
        closing=sponsors.closing == 1,
        ira_open=policy.ira,
        forced_exit=prohibited,
    )
