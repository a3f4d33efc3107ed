"""Elections: who governs, and when that may change.

    two-party vote of the president's party = 51 + 2.1 running − 3.45 duration + economy + error − voters' shift

The first three terms are Fair's vote equation (Fair 2009; coefficients of 1916–2020); economy and error are drawn, the
shift comes from the model's own voters. The House follows the vote in presidential years and punishes the president's
party at midterm; a third of the Senate follows every two years. Winners take office in January. `docs/model.md` 4.7.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from abm.quantities import Quantities, quantity
from abm.state import Stateful
from abm.streams import normal, stream
from abm.vocabulary import MONTHS_A_YEAR, Event, Party

if TYPE_CHECKING:
    from abm.clock import Clock

_SENATE_SEATS = np.array([33.0, 34.0, 33.0])
"""Seats of the Senate's classes 2, 3 and 1, in the order in which they stand from 2026 on."""
_NOBODY = -1


class ElectionParameters(Quantities):
    """Vote equation, seats, and the government of January 2026."""

    intercept: float = quantity(
        51.0, unit="% of two-party vote", low=45.0, high=55.0, source="assumed; Fair 2009: 47–52"
    )
    """Vote of a party in its first term that runs another candidate, economy aside."""
    running: float = quantity(2.1, unit="points", low=0.0, high=5.0, source="Fair 2009, sample 1916–2020: 2.11")
    """Added where the president himself stands again."""
    duration: float = quantity(-3.45, unit="points", low=-6.0, high=0.0, source="Fair 2009, sample 1916–2020: −3.45")
    """Added after two terms of a party in a row, and a quarter more for every further term."""
    economy_spread: float = quantity(3.0, unit="points", low=0.0, high=6.0, source="assumed; growth and prices in Fair")
    """Standard deviation of what the economy adds; it is exogenous here."""
    error_spread: float = quantity(2.7, unit="points", low=0.0, high=6.0, source="assumed; standard error in Fair 2009")
    """Standard deviation of the vote equation's error."""
    swing: float = quantity(2.0, unit="% of seats per point of vote", low=1.0, high=3.0, source="assumed")
    """Seats that follow a point of the vote."""
    seat_noise: float = quantity(2.0, unit="% of seats", low=0.0, high=6.0, source="assumed")
    """Standard deviation of a chamber's seats, given the vote."""
    midterm_loss: float = quantity(25.0, unit="House seats", low=0.0, high=60.0, source="Gallup 2018: mean 1946–2014")
    """Seats that the president's party loses at midterm when half of the country approves."""
    midterm_slope: float = quantity(
        1.5,
        unit="House seats per point",
        low=0.0,
        high=4.0,
        source="Gallup 2018: −14 above, −37 below 50 % approval",
    )
    """Seats saved by a point of approval above one half."""
    senate_memory: float = quantity(0.5, unit="share", low=0.0, high=1.0, source="assumed")
    """Part of a Senate class's lean that outlasts an election: the same states vote again."""
    house_republicans: float = quantity(
        0.506, unit="share of seats", low=0.0, high=1.0, source="119th Congress: 220 of 435 elected"
    )
    """Republican share of the House in January 2026."""
    senate_republicans: float = quantity(53.0, unit="senators", low=0.0, high=100.0, source="119th Congress")
    """Republican senators in January 2026."""
    months_in_office: int = quantity(12, unit="months", low=0, high=95, source="inauguration of January 2025")
    """Months for which the president's party has held the White House at the start (a Republican, second term)."""


def presidential_vote(running: bool, terms: int, economy: float, error: float, p: ElectionParameters) -> float:
    """Two-party vote of the president's party, %, the voters' own shift left out.

    Args:
        running: whether the president stands again.
        terms: terms in a row that his party has held the White House, 1 or more.
        economy, error: points.
    """
    duration = 0.0 if terms < 2 else 1.0 + 0.25 * (terms - 2)
    return p.intercept + p.running * running + p.duration * duration + economy + error


def midterm_seats(held: float, approval: float, votes_lost: float, noise: float, p: ElectionParameters) -> float:
    """House seats of the president's party after a midterm, share of all.

    Args:
        held: share before. approval: % of adults. votes_lost: points. noise: standard normal.
    """
    swing = (-p.midterm_loss + p.midterm_slope * (approval - 50.0)) / 435.0
    return held + swing + (p.seat_noise * noise - p.swing * votes_lost) / 100.0


def passage(republicans: tuple[float, float], yes: tuple[float, float], needed: float = 60.0) -> float:
    """Probability that a bill passes both chambers: a quantal response to the votes it has over those it needs.

    Args:
        republicans: share of the House, senators of 100.
        yes: share of Democrats and of Republicans who vote for such a bill.
        needed: senators, 60 where a filibuster must end.
    """
    house, senate = republicans[0] * 100.0, republicans[1]
    votes_house = house * yes[1] + (100.0 - house) * yes[0]
    votes_senate = senate * yes[1] + (100.0 - senate) * yes[0]
    # Five votes in a hundred either way turn even odds into about three to one.
    return 1.0 / (1.0 + math.exp((50.0 - votes_house) / 5.0)) / (1.0 + math.exp((needed - votes_senate) / 5.0))


def months_to_election(year: int, month: int) -> int:
    """Months from this month to the next federal election, 0 in an election's own month."""
    ahead = 11 - month + (MONTHS_A_YEAR if year % 2 else 0)
    return ahead if ahead >= 0 else ahead + 2 * MONTHS_A_YEAR


class Elections(Stateful):
    """Who holds the White House and Congress.

    Attributes:
        president: party. since: months since that party took the White House.
        terms: its terms in a row. served: terms of the present president.
        house: Republican share of seats. senate: Republican senators by class, shape (3,).
        elected: party of the president-elect, −1 where none waits. newcomer: whether he is another person.
        house_elected, senate_elected: the Congress that sits from January.
        shock: points added to the vote of the president's party in the next election.
    """

    STATE = (
        "president", "since", "terms", "served", "house", "senate",
        "elected", "newcomer", "house_elected", "senate_elected", "shock",
    )  # fmt: skip

    def __init__(self, p: ElectionParameters, seed: int) -> None:
        self._p = p
        self._vote_key, self._economy_key = stream(seed, "politics.vote"), stream(seed, "politics.economy")
        self._seats_key = stream(seed, "politics.seats")
        self.president, self.since, self.terms, self.served = int(Party.REPUBLICAN), p.months_in_office - 1, 1, 2
        self.house = self.house_elected = p.house_republicans
        # Classes of the 119th Congress held 20, 19 and 14 Republicans; another total moves all alike.
        self.senate = np.array([20.0, 19.0, 14.0]) + (p.senate_republicans - 53.0) / 3.0
        self.senate_elected = self.senate.copy()
        self.elected, self.newcomer, self.shock = _NOBODY, False, 0.0

    @property
    def republicans(self) -> tuple[float, float]:
        """Republican share of the House, and Republican senators."""
        return self.house, float(self.senate.sum())

    @property
    def unified(self) -> bool:
        """Whether the president's party holds the House and at least half of the Senate (his vice breaks ties)."""
        house, senate = self.republicans
        if self.president == Party.DEMOCRATIC:
            house, senate = 1.0 - house, 100.0 - senate
        return house > 0.5 and senate >= 50.0

    def inaugurate(self, clock: Clock) -> tuple[bool, bool, list[Event]]:
        """In January, those elected take office.

        Returns:
            (whether the White House changed party, whether a new president came, events).
        """
        self.since += 1
        if clock.month_of_year != 1:
            return False, False, []
        self.house, self.senate = self.house_elected, self.senate_elected.copy()
        if self.elected == _NOBODY:
            return False, False, []
        new_party, newcomer = self.elected != self.president, self.newcomer
        self.terms, self.served = (1 if new_party else self.terms + 1), (1 if newcomer else self.served + 1)
        self.since = 0 if new_party else self.since
        self.president, self.elected = self.elected, _NOBODY
        party = Party(self.president).name.title()
        text = f"A {party} president took office" + (", a change of party." if new_party else ".")
        return new_party, newcomer, [Event("election", "White House", text, float(self.president))]

    def vote(self, clock: Clock, approval: float, votes_lost: float) -> list[Event]:
        """In November of even years, elect a House, a third of the Senate and, every fourth year, a president.

        Args:
            approval: % of adults.
            votes_lost: points that the model's own voters take from the president's party.
        """
        if clock.month_of_year != 11 or clock.year % 2:
            return []
        shock, self.shock = self.shock, 0.0
        if clock.year % 4 == 0:
            return self._presidential(clock, votes_lost - shock)
        held = self.house if self.president == Party.REPUBLICAN else 1.0 - self.house
        share = midterm_seats(held, approval, votes_lost - shock, normal(self._seats_key, 0, clock.month, 0), self._p)
        house = share if self.president == Party.REPUBLICAN else 1.0 - share
        self._seat(clock, house, 50.0 + 100.0 * (house - 0.5) / self._p.swing)
        text = f"Midterm: the president's party goes from {100.0 * held:.1f} to {100.0 * share:.1f} % of the House."
        return [Event("election", "voters", text, share)]

    def _presidential(self, clock: Clock, votes_lost: float) -> list[Event]:
        p, month, running = self._p, clock.month, self.served < 2
        economy = p.economy_spread * normal(self._economy_key, 0, month, 0)
        error = p.error_spread * normal(self._vote_key, 0, month, 0)
        share = presidential_vote(running, self.terms, economy, error, p) - votes_lost
        stays = share > 50.0
        self.elected = self.president if stays else 1 - self.president
        self.newcomer = not (stays and running)
        republican_vote = share if self.president == Party.REPUBLICAN else 100.0 - share
        noise = p.seat_noise * normal(self._seats_key, 0, month, 0)
        self._seat(clock, 0.5 + (p.swing * (republican_vote - 50.0) + noise) / 100.0, republican_vote)
        text = (
            f"Presidential election: the {Party(self.president).name.title()} side won {share:.1f} % of the two-party "
            f"vote and {'keeps' if stays else 'loses'} the White House."
        )
        return [Event("election", "voters", text, share)]

    def _seat(self, clock: Clock, house: float, republican_vote: float) -> None:
        """Elect the House and the Senate class that is due."""
        p, due = self._p, ((clock.year - 2026) // 2) % 3
        self.house_elected = min(max(house, 0.2), 0.8)
        lean = p.senate_memory * (self.senate[due] / _SENATE_SEATS[due] - 0.5)
        noise = p.seat_noise * normal(self._seats_key, 1, clock.month, 0)
        share = 0.5 + lean + (p.swing * (republican_vote - 50.0) + noise) / 100.0
        self.senate_elected = self.senate.copy()
        self.senate_elected[due] = round(_SENATE_SEATS[due] * min(max(share, 0.0), 1.0))
