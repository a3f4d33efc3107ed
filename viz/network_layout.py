"""Where everybody stands in the picture of the network: laid out by role, once, and never by springs.

Offices in the middle, asset managers around them, employers as discs whose size is their number of savers, and those
without an employer in a ring outside. A world of 20 000 savers takes some ten milliseconds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

WIDTH, HEIGHT = 1.3, 1.0
"""The box of the picture; coordinates are sent as uint16 with 65535 = WIDTH on both axes."""
LARGEST = 300
"""Employers that get a disc of their own; the savers of all smaller ones share one more."""
CANDIDATES = 16_000
"""Places that are tried for a disc: finer packs tighter, 16 000 cost some 30 milliseconds for 300 discs."""
SHOWN = 20_000
"""Savers that are drawn at most; more are sampled evenly."""

_GOLDEN = np.pi * (3.0 - np.sqrt(5.0))


class Discs(NamedTuple):
    """Where employers stand.

    Attributes:
        x, y: centres, shape (k,), in units of the spacing between savers; the middle of the picture is 0, 0.
        radius: shape (k,), same unit.
        hall: half-width and half-height of the free ellipse in the middle.
    """

    x: np.ndarray
    y: np.ndarray
    radius: np.ndarray
    hall: float


class Layout(NamedTuple):
    """Positions of one picture.

    Attributes:
        rows: drawn rows of participants, shape (s,).
        savers: uint16 x, y pairs, shape (s, 2).
        employers: uint16, shape (k, 2); the last one stands for all smaller employers if there are any.
        managers: uint16, shape (m, 2).
        links: manager of each disc, shape (k,), −1 for none.
        spacing: between neighbouring savers, in the unit of the coordinates.
    """

    rows: np.ndarray
    savers: np.ndarray
    employers: np.ndarray
    managers: np.ndarray
    links: np.ndarray
    spacing: float


def lay_out(employer: np.ndarray, manager: np.ndarray, managers: int) -> Layout:
    """Positions for a world.

    Args:
        employer: row of each participant's employer, −1 for none, shape (n,).
        manager: row of each employer's asset manager, shape (n_employers,).
        managers: number of asset managers.
    """
    rows = np.unique(np.linspace(0, len(employer) - 1, min(len(employer), SHOWN)).astype(np.int64))
    disc, biggest = _discs_of(employer[rows], len(manager))
    counts = np.bincount(disc[disc >= 0], minlength=len(biggest) + 1)
    counts = counts if counts[-1] else counts[:-1]
    discs = arrange(counts)
    x, y = _stand(disc, discs)
    scale = 1.02 * max(np.abs(x).max(initial=1.0) / (WIDTH / 2), np.abs(y).max(initial=1.0) / (HEIGHT / 2))
    angle = 2 * np.pi * (np.arange(managers) + 0.5) / max(managers, 1)
    hall_x, hall_y = 0.86 * discs.hall * WIDTH * np.cos(angle), 0.86 * discs.hall * np.sin(angle)
    links = np.full(len(counts), -1, np.int32)
    links[: len(biggest)] = manager[biggest]
    return Layout(
        rows,
        _packed(x, y, scale),
        _packed(discs.x, discs.y, scale),
        _packed(hall_x, hall_y, scale),
        links,
        65_535 / WIDTH / scale,
    )


def arrange(counts: np.ndarray) -> Discs:
    """Place discs without overlap, in the order given, each as near the middle as it fits.

    Args:
        counts: savers of each disc, largest first, shape (k,). A disc of c savers, one per unit square, has the
            radius √(c / π).
    """
    radius = np.sqrt(np.maximum(counts, 1) / np.pi)
    total = max(1.0, float(np.sum((radius + 1.0) ** 2)))
    hall = 0.27 * np.sqrt(total)
    # Candidate places on a sunflower that is stretched to the shape of the box, from the middle outwards.
    order = np.arange(1, CANDIDATES + 1)
    reach = 1.5 * np.sqrt(total) * np.sqrt(order / order[-1])
    places_x, places_y = reach * np.cos(order * _GOLDEN) * WIDTH, reach * np.sin(order * _GOLDEN)
    clearance = _outside_hall(places_x, places_y, hall)
    x, y = np.zeros(len(radius)), np.zeros(len(radius))
    for disc, size in enumerate(radius):
        fits = clearance >= size + 1.0
        place = int(np.argmax(fits)) if fits.any() else int(np.argmax(clearance))
        x[disc], y[disc] = places_x[place], places_y[place]
        gap = np.hypot(places_x - x[disc], places_y - y[disc]) - size
        clearance = np.minimum(clearance, gap)
    return Discs(x, y, radius, hall)


def _outside_hall(x: np.ndarray, y: np.ndarray, hall: float) -> np.ndarray:
    """Distance to the ellipse of the hall, along the ray from the middle; negative inside."""
    distance = np.hypot(x, y)
    return distance * (1.0 - hall / np.hypot(x / WIDTH, y))


def _discs_of(employer: np.ndarray, employers: int) -> tuple[np.ndarray, np.ndarray]:
    """The disc of each saver, largest first (−1: none), and the employers that have a disc of their own."""
    working = employer >= 0
    counts = np.bincount(employer[working], minlength=employers)
    biggest = np.argsort(-counts, kind="stable")[:LARGEST]
    biggest = biggest[counts[biggest] > 0]
    place = np.full(employers, len(biggest))
    place[biggest] = np.arange(len(biggest))
    disc = np.full(len(employer), -1)
    disc[working] = place[employer[working]]
    return disc, biggest


def _stand(disc: np.ndarray, discs: Discs) -> tuple[np.ndarray, np.ndarray]:
    """A place for each saver: a sunflower in the disc, or in the ring outside for those without an employer."""
    order = np.argsort(disc, kind="stable")
    sorted_disc = disc[order]
    first = np.searchsorted(sorted_disc, sorted_disc)
    rank = np.empty(len(disc))
    rank[order] = np.arange(len(disc)) - first
    away = disc < 0
    extent = float(np.max(np.hypot(discs.x / WIDTH, discs.y) + discs.radius, initial=1.0)) + 4.0
    # Outside, equal areas of the stretched ring again: r² grows by WIDTH-scaled unit squares.
    reach = np.where(away, np.sqrt(extent**2 + rank / (np.pi * WIDTH)), np.sqrt((rank + 0.5) / np.pi))
    x, y = reach * np.cos(rank * _GOLDEN), reach * np.sin(rank * _GOLDEN)
    inside = ~away
    x[away] *= WIDTH
    x[inside] += discs.x[disc[inside]]
    y[inside] += discs.y[disc[inside]]
    return x, y


def _packed(x: np.ndarray, y: np.ndarray, scale: float) -> np.ndarray:
    """Coordinates as uint16 pairs, shape (…, 2), 65535 for WIDTH on both axes."""
    across = np.stack([x / scale + WIDTH / 2, y / scale + HEIGHT / 2], axis=-1)
    return np.clip(np.rint(across / WIDTH * 65_535), 0, 65_535).astype("<u2")
