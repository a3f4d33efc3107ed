"""The government: the offices that hear voters, move the rule, rescue, hold elections and keep the budget.

Each office does only what it may do alone: Labor guides and makes rules, the SEC enforces, emergency offices lend, the
Internal Revenue Service defers, courts strike down; Congress must agree to statutes and to anything that costs money.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import mesa
import numpy as np

from abm.government.claims import Claims, guaranteed
from abm.government.elections import ElectionParameters, Elections, months_to_election, passage
from abm.government.kernels import weighted_sum
from abm.government.politics import Losses, Politics, PoliticsParameters, capacity_to_organise, losses_of, voters_of
from abm.government.rescue import Bid, Case, RescueParameters, Rescues, contagion, promise, score, standing_bid
from abm.government.rules import Climate, RuleParameters, Rules
from abm.government.treasury import FiscalParameters, Treasury
from abm.quantities import Quantities
from abm.state import Stateful
from abm.vocabulary import Event, Instrument, Party, Rule

if TYPE_CHECKING:
    from abm.clock import Clock
    from abm.crypto_market.agent import CryptoMarket, Outlook
    from abm.participants.exposure import Stakes
    from abm.returns import Economy
    from abm.scenario import Policy, Scenario, Shock


class GovernmentParameters(Quantities):
    """Everything estimated about government, by the file that reads it."""

    politics: PoliticsParameters = PoliticsParameters()
    elections: ElectionParameters = ElectionParameters()
    rules: RuleParameters = RuleParameters()
    rescue: RescueParameters = RescueParameters()
    fiscal: FiscalParameters = FiscalParameters()


class Stance(NamedTuple):
    """How the SEC stands to crypto.

    Attributes:
        clarity: of regulation, 0–1. enforcement: 0–1, 1 as under a hostile SEC.
    """

    clarity: float
    enforcement: float


class Acts(NamedTuple):
    """What the government does in a month.

    Attributes:
        compensation: USD a person, shape (n,).
        window: strength of the liquidity window, 0–1. tax_relief: 1 while it lasts, else 0.
        events: of the month so far.
    """

    compensation: np.ndarray
    window: float
    tax_relief: float
    events: list[Event]


class Government(mesa.Agent, Stateful):
    """One government with its offices.

    Attributes:
        politics, elections, rules, rescues, claims, treasury: its parts, each with its own state.
        events: what it did this month.
    """

    STATE = ("politics", "elections", "rules", "rescues", "claims", "treasury")

    def __init__(self, model: mesa.Model, scenario: Scenario, p: GovernmentParameters) -> None:
        """Found the government of the scenario's start.

        Args:
            model: the world; the seats of its `people` name the voters.
            scenario: seed, switches of loops, policy of the first month.
            p: parameters.
        """
        mesa.Agent.__init__(self, model)
        self._p, self._loops, self._policy = p, scenario.loops, scenario.policy
        self.politics = Politics(p.politics, scenario.draws)
        self.elections = Elections(p.elections, scenario.draws)
        self.rules = Rules(p.rules, scenario.draws)
        self.rescues = Rescues(p.rescue, scenario.draws)
        self.claims = Claims()
        self.treasury = Treasury(p.fiscal, scenario.draws)
        self.events: list[Event] = []
        self._first_passage = {
            "statute": self._passage(p.rules.yes_democrats, p.rules.yes_republicans),
            "money": self._passage(p.rescue.yes_democrats, p.rescue.yes_republicans),
        }

    @property
    def rule(self) -> Rule:
        """The rule in force."""
        return Rule(self.rules.rule)

    @property
    def instrument(self) -> Instrument:
        """What the rule stands on."""
        return Instrument(self.rules.instrument)

    @property
    def president(self) -> Party:
        """The president's party."""
        return Party(self.elections.president)

    @property
    def approval(self) -> float:
        """Approval of the president, % of adults."""
        return self.politics.approval

    @property
    def grievance(self) -> float:
        """Turnout-weighted mean grievance, 0–1."""
        return self.politics.grievance

    @property
    def pressure(self) -> float:
        """Political pressure, 0–1."""
        return self.politics.pressure

    @property
    def lock_in(self) -> float:
        """Points of vote that one notch of tightening would cost the president's party."""
        return self.politics.lock_in

    @property
    def rescue_belief(self) -> float:
        """Believed probability that a crash is answered by a rescue; it stays as it began where the loop is cut."""
        first = self._p.rescue.belief_for / (self._p.rescue.belief_for + self._p.rescue.belief_against)
        return self.rescues.belief if self._loops.rescue_belief else first

    @property
    def stance(self) -> Stance:
        """The SEC's clarity and enforcement."""
        return Stance(self.rules.clarity, self.rules.enforcement)

    def take_request(self, asked: Policy, clock: Clock) -> Policy:
        """Let those elected take office, adopt what the scenario newly asks for, and return the policy in force."""
        self.events = []
        new_party, newcomer, self.events[:] = self.elections.inaugurate(clock)
        if newcomer:
            self.politics.welcome(new_party)
        if not asked.rule_held:
            self._record(self.rules.inaugurate(self.elections.president, new_party, self.elections.unified, clock))
        self._record(self.rules.take(asked))
        names = {"rule": self.rule.name.lower(), "instrument": self.instrument.name.lower()}
        self._policy = asked.model_copy(update=names)
        return self._policy

    def bid(self, market: CryptoMarket) -> Bid:
        """The standing bid for this month's market; its budget is 0 under every other doctrine."""
        return standing_bid(self._policy, market.outlook, self.treasury.bid_spent, self._p.rescue)

    def respond(
        self,
        stakes: Stakes,
        neighbours: tuple[np.ndarray, np.ndarray],
        outlook: Outlook,
        economy: Economy,
        shocks: Iterable[Shock],
        clock: Clock,
    ) -> Acts:
        """Hear the voters, then let offices act, in the order of docs/model.md 4.7."""
        losses = self._hear(stakes, neighbours, outlook, clock)
        self._rescue(stakes, losses, outlook, economy, clock)
        climate = self._climate()
        self.rules.regulate(self._policy.regulation, climate)
        if not self._policy.rule_held:
            self._record(self.rules.move(climate, clock))
        self.elections.shock += sum(shock.size for shock in shocks if shock.kind == "election")
        shift = self.politics.votes_lost + self.politics.resentment if self._loops.votes else 0.0
        self.events += self.elections.vote(clock, self.politics.approval, shift)
        relief = float(self.rescues.relief > 0.0)
        self.treasury.relief = relief > 0.0
        return Acts(self.claims.pay(), self.rescues.window, relief, self.events)

    def _hear(
        self, stakes: Stakes, neighbours: tuple[np.ndarray, np.ndarray], outlook: Outlook, clock: Clock
    ) -> Losses:
        seat, losses = self.model.people.seat, losses_of(stakes)
        self.claims.follow(seat, stakes.balance, self._p.politics.gratitude_half_life)
        voters = voters_of(stakes, seat, self.claims.promised, self.claims.gratitude)
        government = (self.president, self.rules.permissive)
        self.politics.hear(voters, losses, neighbours, outlook.month_return, government, clock)
        return losses

    def _rescue(self, stakes: Stakes, losses: Losses, outlook: Outlook, economy: Economy, clock: Clock) -> None:
        """Emergency offices, Congress, Internal Revenue Service and what people learn from them."""
        p, policy, gdp = self._p, self._policy, self.treasury.gdp(economy)
        share = 100.0 * losses.usd / gdp
        promised = guaranteed(stakes.loss, self.claims.promised, policy.guarantee_cover, policy.guarantee_cap)
        spreading = contagion(share, p.rescue)
        votes_lost = self.politics.votes_lost if self._loops.votes else 0.0
        organised = capacity_to_organise(losses.holders, p.politics)
        z = score(spreading, promise(self.rule, self.instrument, p.rescue), organised, votes_lost, p.rescue)
        case = Case(
            losses, share, weighted_sum(stakes.weight, promised), gdp, z, spreading, self.politics.pressure,
            self._passage(p.rescue.yes_democrats, p.rescue.yes_republicans) / self._first_passage["money"],
            months_to_election(clock.year, clock.month_of_year),
        )  # fmt: skip
        self.rescues.watch(outlook.fall_12m, outlook.price, losses.usd)
        granted, events = self.rescues.decide(case, policy.rescue, clock)
        self.events += events
        if granted:
            self.claims.grant(promised, stakes.loss, round(p.rescue.payout), p.politics.gratitude)

    def _climate(self) -> Climate:
        p = self._p.rules
        return Climate(
            president=self.elections.president,
            since=self.elections.since,
            pressure=self.politics.pressure if self._loops.backlash else 0.0,
            lock_in=self.politics.lock_in if self._loops.votes else 0.0,
            congress=self._passage(p.yes_democrats, p.yes_republicans) / self._first_passage["statute"],
        )

    def _passage(self, yes_democrats: float, yes_republicans: float) -> float:
        return passage(self.elections.republicans, (yes_democrats, yes_republicans))

    def _record(self, outcome: tuple[int, list[Event]]) -> None:
        """Keep an office's events, and let exposed voters resent what it tightened."""
        notches, events = outcome
        self.politics.resent(notches)
        self.events += events
