"""The rule on crypto in plans: who may move it, by which instrument, how soon, and how it is undone.

A rule stands on guidance (Labor alone), on a rule of notice and comment, or on a statute. Each month, against holding,

    guidance     odds of the president's direction 1.0/12 in a party's first year, 0.2/12 later; of the other 0.06/12;
                 tightening × e^(min(3, β_P P) − β_L Λ), loosening × the inverse
    rulemaking   starts at 0.25 a year for two years, then 0.05; takes 14 months; dies at a change of party;
                 the Review Act may end a young rule; courts end 0.04 a year
    statute      passes at 0.12 a year under a friendly president × e^(0.3 Λ) × Congress; repealed at 0.012

A Republican president is friendly, a Democrat hostile: on average, for the other party is divided. Hazards come from 45
contested financial and retirement policies of 1994–2026, coded by hand. `docs/model.md` 4.7.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from abm.quantities import Quantities, quantity
from abm.state import Stateful
from abm.streams import stream, uniform
from abm.vocabulary import MONTHS_A_YEAR, Event, Instrument, Party, Rule

if TYPE_CHECKING:
    from abm.clock import Clock
    from abm.scenario import Policy

_LIST = "hazards of 45 contested financial and retirement policies 1994–2026, coded"
_NONE = -1
_WORDS = {
    Rule.PROHIBIT: "prohibited", Rule.DISCOURAGE: "discouraged", Rule.PERMIT: "permitted",
    Rule.SAFE_HARBOUR: "given a safe harbour", Rule.PROMOTE: "promoted",
}  # fmt: skip


class RuleParameters(Quantities):
    """Hazards of the three instruments, and the SEC's stance."""

    guidance_first_year: float = quantity(1.0, unit="1/year", low=0.3, high=2.5, source=_LIST + ": 1.01")
    """Odds that guidance follows a party's first year in office."""
    guidance_later: float = quantity(0.2, unit="1/year", low=0.0, high=1.0, source=_LIST + ": 0.31, then 0.16")
    """The same in later years."""
    guidance_against: float = quantity(0.06, unit="1/year", low=0.0, high=0.3, source=_LIST + ": own party 0.06")
    """Odds that guidance moves against the president's direction."""
    pressure_gain: float = quantity(20.0, unit="per unit of pressure", low=0.0, high=40.0, source="assumed")
    """How strongly pressure tilts guidance toward tightening (β_P)."""
    pressure_cap: float = quantity(3.0, unit="log odds", low=0.0, high=5.0, source="assumed")
    """Most that pressure tilts."""
    lock_in_gain: float = quantity(0.7, unit="per point of vote", low=0.0, high=1.5, source="assumed")
    """How strongly lock-in tilts guidance away from tightening (β_L)."""
    rulemaking_early: float = quantity(0.25, unit="1/year", low=0.0, high=1.0, source=_LIST + ": 0.26")
    """Rate at which rulemakings start in a party's first two years."""
    rulemaking_late: float = quantity(0.05, unit="1/year", low=0.0, high=0.5, source=_LIST + ": 0.05")
    """The same later."""
    rulemaking_months: float = quantity(14.0, unit="months", low=8.0, high=24.0, source="Sunstein 2020: 7 to 36")
    """From the start to the final rule."""
    review_act: float = quantity(
        0.3, unit="probability", low=0.0, high=1.0, source="assumed; Review Act: 38 of its 42 rules in 2017–18 and 2025"
    )
    """Chance that a new president with both chambers ends a hostile rule of under a year."""
    courts: float = quantity(0.04, unit="1/year", low=0.0, high=0.3, source=_LIST + ": 3 of 16 rules")
    """Rate at which courts end a rule."""
    statute_rate: float = quantity(0.12, unit="1/year", low=0.0, high=0.3, source="assumed (0.04–0.3)")
    """Rate at which a permissive rule becomes a statute under a friendly president, in the Congress of January 2026."""
    statute_lock_in: float = quantity(0.3, unit="per point of vote", low=0.0, high=1.5, source="assumed")
    """How strongly lock-in raises that rate."""
    statute_repeal: float = quantity(0.012, unit="1/year", low=0.0, high=0.05, source=_LIST + ": 0.012")
    """Rate at which a statute is repealed, whoever governs."""
    yes_democrats: float = quantity(
        0.40, unit="share", low=0.0, high=1.0, source="roll calls 2024–25: FIT21 0.35, GENIUS 0.38 and 0.48"
    )
    """Democrats in Congress who vote for a permissive statute."""
    yes_republicans: float = quantity(
        0.98, unit="share", low=0.0, high=1.0, source="roll calls 2024–25: FIT21 208 to 3"
    )
    """Republicans who do."""
    clarity_start: float = quantity(0.5, unit="0–1", low=0.0, high=1.0, source="assumed: statute on stablecoins only")
    """Regulatory clarity in January 2026."""
    clarity_friendly: float = quantity(0.8, unit="0–1", low=0.0, high=1.0, source="assumed")
    """Clarity that a friendly SEC works toward."""
    clarity_hostile: float = quantity(0.35, unit="0–1", low=0.0, high=1.0, source="assumed")
    """Clarity that regulation by enforcement leaves."""
    clarity_months: float = quantity(36.0, unit="months", low=6.0, high=120.0, source="assumed; CLARITY took years")
    """Time in which clarity gets there."""
    clarity_lock_in: float = quantity(
        0.3, unit="per point of vote", low=0.0, high=1.5, source="assumed, as for statutes"
    )
    """How strongly lock-in speeds up gains of clarity and slows down losses."""
    enforcement_friendly: float = quantity(
        0.45, unit="ratio to hostile", low=0.0, high=1.0, source="SEC crypto actions a year: 13–19 of 34 (Cornerstone)"
    )
    """Enforcement of a friendly SEC; a hostile one's is 1."""
    enforcement_months: float = quantity(1.5, unit="months", low=0.25, high=12.0, source="assumed: turns within weeks")
    """Time in which enforcement turns."""


class Climate(NamedTuple):
    """What the offices look at when they decide on the rule.

    Attributes:
        president: Party. since: months since his party came in.
        pressure: 0–1, and 0 where the loop of backlash is cut.
        lock_in: points of vote, and 0 where the loop of votes is cut.
        congress: passage of a permissive statute over its passage in January 2026.
    """

    president: int
    since: int
    pressure: float
    lock_in: float
    congress: float


def direction_of(president: int) -> int:
    """+1 where the president's party loosens the rule, −1 where it tightens."""
    return 1 if president == Party.REPUBLICAN else -1


def guidance_odds(climate: Climate, p: RuleParameters) -> tuple[float, float]:
    """Monthly odds, against holding, of tightening and of loosening by guidance."""
    with_him = (p.guidance_first_year if climate.since < MONTHS_A_YEAR else p.guidance_later) / MONTHS_A_YEAR
    against = p.guidance_against / MONTHS_A_YEAR
    tilt = math.exp(min(p.pressure_cap, p.pressure_gain * climate.pressure) - p.lock_in_gain * climate.lock_in)
    tighten, loosen = (against, with_him) if direction_of(climate.president) > 0 else (with_him, against)
    return tighten * tilt, loosen / tilt


def monthly(rate: float) -> float:
    """Probability in a month of what happens at a yearly rate."""
    return -math.expm1(-rate / MONTHS_A_YEAR)


class Rules(Stateful):
    """The rule in force, what is being made of it, and the SEC's stance.

    Attributes:
        rule, instrument: in force. asked_rule, asked_instrument: the scenario's last request, −1 before the first.
        age: months for which the rule has stood on this instrument.
        rulemaking: months since a rulemaking began, −1 where none is under way. aim: its direction, ±1.
        clarity, enforcement: 0–1.
    """

    STATE = (
        "rule",
        "instrument",
        "asked_rule",
        "asked_instrument",
        "age",
        "rulemaking",
        "aim",
        "clarity",
        "enforcement",
    )

    def __init__(self, p: RuleParameters, seed: int) -> None:
        self._p = p
        names = ("guidance", "rulemaking", "courts", "statute", "review")
        self._keys = {name: stream(seed, f"politics.{name}") for name in names}
        self.rule, self.instrument = int(Rule.PERMIT), int(Instrument.GUIDANCE)
        self.asked_rule = self.asked_instrument = self.rulemaking = _NONE
        self.age, self.aim = 0, 0
        self.clarity, self.enforcement = p.clarity_start, p.enforcement_friendly

    def take(self, asked: Policy) -> tuple[int, list[Event]]:
        """Adopt what the scenario asks for in the month in which its request changes, or always where it is held.

        Returns:
            (notches of tightening, events).
        """
        wanted = int(Rule[asked.rule.upper()]), int(Instrument[asked.instrument.upper()])
        first, changed = self.asked_rule == _NONE, wanted != (self.asked_rule, self.asked_instrument)
        self.asked_rule, self.asked_instrument = wanted
        self.age += 1
        if not (changed or asked.rule_held) or wanted == (self.rule, self.instrument):
            return 0, []
        notches = max(self.rule - wanted[0], 0)
        self.rulemaking = _NONE
        events = self._set(*wanted, actor="government", reason="as the scenario asks")
        return (0, []) if first else (notches, events)

    def inaugurate(self, president: int, new_party: bool, unified: bool, clock: Clock) -> tuple[int, list[Event]]:
        """A change of party ends rulemakings, and may end a young rule under the Congressional Review Act.

        Returns:
            (notches of tightening, events).
        """
        if not new_party:
            return 0, []
        self.rulemaking = _NONE
        hostile = direction_of(president) != self._leaning
        young = self.instrument == Instrument.RULE and self.age < MONTHS_A_YEAR
        if young and hostile and unified and self._luck("review", clock) < self._p.review_act:
            return self._undo("Congress", "under the Review Act")
        return 0, []

    def move(self, climate: Climate, clock: Clock) -> tuple[int, list[Event]]:
        """Let agency, rulemaking, courts and Congress act, in this order; the first that acts is the month's.

        Returns:
            (notches of tightening, events).
        """
        for office in (self._guide, self._make_rule, self._judge, self._legislate):
            notches, events = office(climate, clock)
            if events:
                return notches, events
        return 0, []

    def regulate(self, regulation: str, climate: Climate) -> None:
        """Let the SEC's clarity and enforcement drift to where its stance leads.

        Args:
            regulation: "hostile", "clear" or "by_politics" (the president's party decides).
            climate: the month's.
        """
        p = self._p
        friendly = direction_of(climate.president) > 0 if regulation == "by_politics" else regulation == "clear"
        gap = (p.clarity_friendly if friendly else p.clarity_hostile) - self.clarity
        speed = math.exp(math.copysign(p.clarity_lock_in, gap) * climate.lock_in) / p.clarity_months
        self.clarity += gap * min(speed, 1.0)
        target = p.enforcement_friendly if friendly else 1.0
        self.enforcement += (target - self.enforcement) * -math.expm1(-1.0 / p.enforcement_months)

    @property
    def permissive(self) -> bool:
        """Whether the rule in force permits crypto, or does more."""
        return self.rule >= Rule.PERMIT

    @property
    def _leaning(self) -> int:
        return 1 if self.permissive else -1

    def _guide(self, climate: Climate, clock: Clock) -> tuple[int, list[Event]]:
        """Labor's guidance, one notch, between discouraging and permitting: more needs a rule."""
        luck = self._luck("guidance", clock)
        if self.instrument != Instrument.GUIDANCE:
            return 0, []
        tighten, loosen = guidance_odds(climate, self._p)
        tighten *= self.rule > Rule.DISCOURAGE
        loosen *= self.rule < Rule.PERMIT
        held = 1.0 + tighten + loosen
        if luck < tighten / held:
            return 1, self._set(self.rule - 1, Instrument.GUIDANCE, "Department of Labor", "by guidance")
        if luck > 1.0 - loosen / held:
            return 0, self._set(self.rule + 1, Instrument.GUIDANCE, "Department of Labor", "by guidance")
        return 0, []

    def _make_rule(self, climate: Climate, clock: Clock) -> tuple[int, list[Event]]:
        """A rulemaking starts, goes on, or ends in a rule one notch on; it carries guidance over into a rule."""
        p, luck, aim = self._p, self._luck("rulemaking", clock), direction_of(climate.president)
        if self.rulemaking >= 0:
            self.rulemaking += 1
            if self.rulemaking < p.rulemaking_months or self.instrument == Instrument.STATUTE:
                return 0, []
            self.rulemaking = _NONE
            goal = min(max(self.rule + self.aim, Rule.PROHIBIT), max(self.rule, Rule.SAFE_HARBOUR))
            notches = max(self.rule - goal, 0)
            return notches, self._set(goal, Instrument.RULE, "Department of Labor", "by rule")
        early = climate.since < 2 * MONTHS_A_YEAR
        if self._worth_a_rule(aim) and luck < monthly(p.rulemaking_early if early else p.rulemaking_late):
            self.rulemaking, self.aim = 0, aim
        return 0, []

    def _worth_a_rule(self, aim: int) -> bool:
        """Whether a rulemaking in this direction would change anything that guidance cannot."""
        if self.instrument == Instrument.STATUTE:
            return False
        # Guidance that permits is undone by guidance; only a rule, or a prohibition, needs a rulemaking.
        if aim > 0:
            return self.rule < Rule.SAFE_HARBOUR or self.instrument == Instrument.GUIDANCE
        return self.rule > Rule.PROHIBIT and (self.instrument == Instrument.RULE or self.rule == Rule.DISCOURAGE)

    def _judge(self, climate: Climate, clock: Clock) -> tuple[int, list[Event]]:
        """Courts end a rule: what is left is guidance, a notch nearer to permitting."""
        if self.instrument == Instrument.RULE and self._luck("courts", clock) < monthly(self._p.courts):
            notch = (self.rule < Rule.PERMIT) - (self.rule > Rule.PERMIT)
            reason = "after a court ended the rule"
            return max(-notch, 0), self._set(self.rule + notch, Instrument.GUIDANCE, "courts", reason)
        return 0, []

    def _legislate(self, climate: Climate, clock: Clock) -> tuple[int, list[Event]]:
        """Congress puts a permissive rule into a statute, or repeals one."""
        p, luck = self._p, self._luck("statute", clock)
        if self.instrument == Instrument.STATUTE:
            return self._undo("Congress", "by repeal of the statute") if luck < monthly(p.statute_repeal) else (0, [])
        rate = p.statute_rate * math.exp(p.statute_lock_in * climate.lock_in) * climate.congress
        if self.permissive and direction_of(climate.president) > 0 and luck < monthly(rate):
            self.rulemaking = _NONE
            return 0, self._set(self.rule, Instrument.STATUTE, "Congress", "by statute")
        return 0, []

    def _undo(self, actor: str, reason: str) -> tuple[int, list[Event]]:
        """Take the rule back to guidance, one notch against its leaning."""
        goal = self.rule - self._leaning
        return max(self.rule - goal, 0), self._set(goal, Instrument.GUIDANCE, actor, reason)

    def _set(self, rule: int, instrument: int, actor: str, reason: str) -> list[Event]:
        self.rule, self.instrument, self.age = int(rule), int(instrument), 0
        word = _WORDS[Rule(self.rule)]
        return [
            Event("rule", actor, f"The Department of Labor now {word} crypto in plans, {reason}.", float(self.rule))
        ]

    def _luck(self, decision: str, clock: Clock) -> float:
        return uniform(self._keys[decision], 0, clock.month, 0)
