"""Trust: nothing shakes it in a quiet month, incidents do, holders feel it more, and it comes back."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from abm.participants.trust import TrustParameters, move, severity, shaken
from tests.worlds import run

P = TrustParameters()
NOBODY, EVERYBODY = np.zeros(2, bool), np.ones(2, bool)
FIRST = np.array([0.4, 0.8])


def incident(kind: str, jump: float) -> SimpleNamespace:
    return SimpleNamespace(kind=kind, jump=jump)


def test_a_quiet_month_takes_nothing():
    assert severity([], -0.1, P) == 0.0
    assert severity([incident("adoption", 0.1), incident("news", -0.5)], 0.3, P) == 0.0
    assert np.array_equal(shaken(FIRST, FIRST, EVERYBODY, 0.0, P), FIRST)


def test_incidents_add_up_and_holders_feel_them_more():
    blow = severity([incident("theft", -0.02), incident("failure", -0.18)], 0.0, P)
    assert blow == pytest.approx(P.incident_weight * 0.2)
    assert shaken(FIRST, FIRST, NOBODY, blow, P) == pytest.approx(FIRST * np.exp(-blow))
    assert shaken(FIRST, FIRST, EVERYBODY, blow, P) == pytest.approx(FIRST * np.exp(-P.holder_factor * blow))


def test_a_large_fall_takes_what_goes_beyond_the_ordinary():
    assert severity([], -0.5, P) == pytest.approx(0.4 * P.fall_weight)


def test_half_of_the_way_back_is_gone_after_the_half_life():
    trust = 0.5 * FIRST
    for _ in range(int(P.half_life)):
        trust = shaken(trust, FIRST, NOBODY, 0.0, P)
    assert trust == pytest.approx(0.75 * FIRST)


def moved_world(points):
    """Two persons who came with 4 000 and 8 000 points and have `points` now, and a function that moves them."""
    people = SimpleNamespace(
        trust_points=np.array(points, np.int16), crypto_target=np.zeros(2), outside=np.zeros(2, np.int8),
        seat=np.arange(2), generation=np.zeros(2),
    )  # fmt: skip
    traits = SimpleNamespace(first_trust=lambda seats, persons: FIRST + 0.00003)  # not a whole point
    return people, lambda incidents, month_return: move(people, traits, incidents, month_return, P)


@pytest.mark.parametrize("points", [(2_000, 4_000), (3_999, 7_999), (4_026, 8_010), (9_000, 9_000)])
def test_trust_kept_in_points_comes_all_the_way_back_and_stays(points):
    people, live = moved_world(points)
    ways = []
    for _ in range(600):
        live([], 0.0)
        ways.append(people.trust_points.copy())
    assert ways[-1].tolist() == [4_000, 8_000]
    gap = np.abs(np.array([points, *ways]) - [4_000, 8_000])
    assert (np.diff(gap, axis=0) <= 0).all()
    if points == (2_000, 4_000):
        assert gap[int(P.half_life)] == pytest.approx([1_000, 2_000], abs=30)


def test_blows_move_the_points_that_are_kept():
    people, live = moved_world((4_000, 8_000))
    live([incident("theft", -0.2)], 0.0)
    assert people.trust_points == pytest.approx(1e4 * FIRST * np.exp(-0.2 * P.incident_weight), abs=1.0)


def test_a_failed_venue_shakes_the_trust_of_a_whole_world():
    calm = run(months=3)
    struck = run(months=3, shocks=[{"month": "2026-02", "kind": "venue_failure", "size": 1.0}])
    seats = calm.people.generation == struck.people.generation
    assert (struck.people.trust_points[seats] <= calm.people.trust_points[seats]).all()
    assert struck.people.trust_points.mean() < 0.97 * calm.people.trust_points.mean()
    assert (struck.people.trust_points >= 0.0).all()
