"""One byte a saver: what the network paints. Copied inside the world thread, so a picture is never half of a month."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from viz import words

LEAST, MOST = 0.001, 0.30
"""Crypto shares of an account between which the colour deepens, on a log scale."""
DEEPEST = 0.6
"""Loss below the high-water mark at which the colour is deepest."""


class Pixels(NamedTuple):
    """What is painted, by mode; uint8, shape (s,).

    Attributes:
        holdings: 0 no crypto; 1–127 only through a target-date sleeve; 128–255 by own choice.
        losses: 0 not exposed; 1 no loss, …, 255 a loss of `DEEPEST` or more.
        sleeves: 1 where an asset manager runs a crypto sleeve, shape (m,).
    """

    holdings: np.ndarray
    losses: np.ndarray
    sleeves: np.ndarray


def paint(world: Any, rows: np.ndarray, price: float) -> Pixels:
    """Bytes of the given rows of participants at a price in USD a coin."""
    own, through_sleeve, balance = exposure(world, rows, price)
    share = (own + through_sleeve) / np.maximum(balance, 1.0)
    high_water = world.people.high_water[rows]
    fall = np.where(high_water > 0, 1.0 - price / np.maximum(high_water, 1e-9), 0.0)
    return Pixels(
        holdings_bytes(own > 0, share),
        losses_bytes(share > 0, fall),
        (np.asarray(world.managers.coins) > 0).astype(np.uint8),
    )


def exposure(world: Any, rows: np.ndarray, price: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """USD of crypto by own choice, USD of crypto through the sleeve, USD of all accounts; each of shape (s,)."""
    people, sponsors, managers = world.people, world.sponsors, world.managers
    own = (people.plan_crypto[rows] + people.ira_crypto[rows]) * price
    core = people.plan_core[rows]
    sleeve_share = np.divide(
        managers.coins * price, managers.assets, out=np.zeros(len(managers)), where=np.asarray(managers.assets) > 0
    )
    employer = people.employer[rows]
    offered = np.append(sponsors.accepts_sleeve * sleeve_share[sponsors.manager], 0.0)  # −1, no employer, reads the 0
    through_sleeve = core * offered[employer] * (people.managed[rows] > 0)
    balance = core + people.ira_core[rows] + own
    return own, through_sleeve, balance


def holdings_bytes(chosen: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Bytes of the mode "holdings" from who chose crypto himself, and the crypto share of the account."""
    depth = np.log(np.maximum(share, 1e-12) / LEAST) / np.log(MOST / LEAST)
    level = np.rint(126 * np.clip(depth, 0.0, 1.0)).astype(np.uint8)
    return np.where(share <= 0, 0, np.where(chosen, 129 + level, 1 + level)).astype(np.uint8)


def losses_bytes(exposed: np.ndarray, fall: np.ndarray) -> np.ndarray:
    """Bytes of the mode "losses" from who is exposed, and the fall below the high-water mark as a share."""
    level = np.rint(254 * np.clip(fall / DEEPEST, 0.0, 1.0))
    return np.where(exposed, 1 + level, 0).astype(np.uint8)


def describe(world: Any, row: int, price: float) -> str:
    """One saver in a sentence."""
    people = world.people
    own, through_sleeve, balance = (float(part[0]) for part in exposure(world, np.array([row]), price))
    employer = int(people.employer[row])
    work = f"at employer {employer}" if employer >= 0 else "without an employer"
    text = (
        f"Saver {words.whole(row)}, {int(people.age[row]) // 12} years old, {work}: "
        f"accounts {words.dollars(balance)}, crypto {words.dollars(own + through_sleeve)}"
    )
    if own + through_sleeve > 0:
        way = "by own choice" if own > 0 else "through a target-date sleeve"
        text += f" ({words.percent((own + through_sleeve) / max(balance, 1.0))} of them, {way})"
        high = float(people.high_water[row])
        if high > np.float32(price):  # the mark is kept in single precision
            text += f", {words.percent(1.0 - price / high)} below its high-water mark"
    return text + f"; stands for {words.whole(float(people.weight[row]))} persons."
