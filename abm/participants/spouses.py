"""Spouses: whose accounts pass to a husband or wife at death instead of being paid out.

    married     u < m(sex, age),  u his own for life                     (married_by_age.csv)
    spouse      the living married person of the other sex, of the same block of seats, who is nearest in
                |age difference| / 5 years + |difference of ability|,  within ten years of age
    transfer    survivor's IRA += accounts of the dead · weight of the dead / weight of the survivor

Couples are imputed at the moment they are needed and not remembered. A block's seats never change, so nobody's spouse
depends on how many savers there are. `docs/model.md` 4.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from abm.participants.account_kernels import blended_share
from abm.streams import uniform
from abm.vocabulary import MONTHS_A_YEAR, Exit

if TYPE_CHECKING:
    from abm.participants.agent import Participants

BLOCK = 256
"""Seats among which a person's spouse is looked for."""
DEATH = int(Exit.DEATH)
_FARTHEST = 10 * MONTHS_A_YEAR
_AGE_SCALE = 5.0 * MONTHS_A_YEAR

compiled = njit(cache=True, nogil=True, error_model="numpy")


def pass_on(people: Participants, married: np.ndarray, share: float, key: np.uint64) -> float:
    """Move the accounts of the married dead of this month into their spouses' IRAs; coins stay for the market.

    Args:
        married: `married_shares`. share: factor on them; 0 pays every account out. key: stream of being married.

    Returns:
        national USD moved.
    """
    dead = np.flatnonzero(people.exit == Exit.DEATH)
    return pass_on_all(people.records, dead, married * share, key)


@compiled
def is_married(rows, i, married, key):
    """Whether the person in row i is married, by his own luck for life and the share at his age."""
    return uniform(key, rows[i].seat, rows[i].generation, 0) < married[rows[i].sex, rows[i].age // MONTHS_A_YEAR]


@compiled
def spouse_of(rows, i, married, key):
    """Row of the imputed spouse of the person in row i; −1 for none."""
    if not is_married(rows, i, married, key):
        return -1
    block, first = rows[i].seat // BLOCK, i
    while first > 0 and rows[first - 1].seat // BLOCK == block:
        first -= 1
    nearest, best = np.inf, -1
    j = first
    while j < rows.size and rows[j].seat // BLOCK == block:
        gap = abs(np.int64(rows[j].age) - np.int64(rows[i].age))
        if rows[j].sex != rows[i].sex and rows[j].exit != DEATH and gap <= _FARTHEST:
            distance = gap / _AGE_SCALE + abs(np.float64(rows[j].ability) - np.float64(rows[i].ability))
            if distance < nearest and is_married(rows, j, married, key):
                nearest, best = distance, j
        j += 1
    return best


@compiled
def spouses_of(rows, married, key):
    """Row of everybody's imputed spouse, −1 for none; int64, shape (n,). Two may name the same person."""
    out = np.empty(rows.size, np.int64)
    for i in range(rows.size):
        out[i] = spouse_of(rows, i, married, key)
    return out


@compiled
def pass_on_all(rows, dead, married, key):
    """Core of `pass_on`, in the order of rows: money leaves one row and enters another, weight by weight."""
    moved = 0.0
    for i in dead:
        left = rows[i].plan_core + rows[i].ira_core
        heir = spouse_of(rows, i, married, key) if left > 0.0 else -1
        if heir < 0:
            continue
        plan = rows[i].plan_core
        roth = (plan * rows[i].plan_roth + rows[i].ira_core * rows[i].ira_roth) / left
        added = left * (np.float64(rows[i].weight) / rows[heir].weight)
        rows[heir].ira_roth = blended_share(np.float64(rows[heir].ira_roth), rows[heir].ira_core, roth, added)
        rows[heir].ira_core += added
        rows[i].plan_core = rows[i].ira_core = 0.0
        moved += rows[i].weight * left
    return moved
