"""What a person chooses about a world: size, horizon, seed, policy levers and their dates, market dials, loops, shocks.

Law is not biology: the levers a government sets live here and may change on a date; the constants a statistician
estimates live in `parameters.py`, carried along so that one scenario names one world completely.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import tomli_w
from pydantic import Field, ValidationError, create_model, model_validator

from abm.clock import ordinal
from abm.errors import Fault, InputError, ScenarioError
from abm.parameters import Parameters
from abm.quantities import Quantities, faults_of, misfit, quantity, walk
from abm.streams import Seed

RuleName = Literal["prohibit", "discourage", "permit", "safe_harbour", "promote"]
InstrumentName = Literal["guidance", "rule", "statute"]
Speed = Literal["slow", "middle", "fast"]
Doctrine = Literal["never", "case_by_case", "standing_bid"]
Regulation = Literal["hostile", "by_politics", "clear"]
ChoiceRule = Literal["inertia_and_peers", "expected_utility"]
ShockKind = Literal["news", "theft", "venue_failure", "liquidity", "equity", "election"]

_MONTH = r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$"
Month = Annotated[
    str,
    Field(pattern=_MONTH, json_schema_extra={"unit": "year-month", "source": "chosen"}),
]


class Policy(Quantities):
    """The levers of government; each may change on a date."""

    rule: RuleName = quantity("permit", unit="", source="status quo after CAR 2025-01")
    """Stance of the Department of Labor that the government asks for; politics may undo it."""
    instrument: InstrumentName = quantity("guidance", unit="", source="status quo after CAR 2025-01")
    """What the rule stands on: guidance is made and undone fastest, a statute slowest."""
    rule_held: bool = quantity(False, unit="", source="chosen")
    """True: the rule stays what the scenario asks for, whatever politics would do."""
    core_option: bool = quantity(True, unit="", source="chosen")
    """Employers may put a crypto fund on the core menu (where the rule allows any door)."""
    brokerage_window: bool = quantity(True, unit="", source="chosen")
    """Employers may offer crypto through a brokerage window."""
    target_date_sleeve: bool = quantity(True, unit="", source="chosen")
    """Target-date funds may hold a crypto sleeve."""
    ira: bool = quantity(True, unit="", source="status quo: IRAs may hold crypto today")
    """IRAs may buy crypto."""
    private_equity: bool = quantity(False, unit="", source="chosen")
    """Target-date funds may hold private equity."""
    real_estate: bool = quantity(False, unit="", source="chosen")
    """Target-date funds may hold direct real estate."""
    commodities: bool = quantity(False, unit="", source="chosen")
    """Target-date funds may hold commodities."""
    crypto_cap: float = quantity(0.05, unit="share of account", low=0.0, high=1.0, source="assumed")
    """Largest share of a plan account that a saver may choose to hold in crypto."""
    sleeve_cap: float = quantity(0.05, unit="share of fund", low=0.0, high=0.5, source="chosen")
    """Largest crypto share of a target-date fund."""
    alternatives_target: float = quantity(
        0.10, unit="share of fund", low=0.0, high=0.5, source="2025 provider announcements: 5–20 %"
    )
    """Share of a target-date fund that goes to each other alternatives class together, once adopted."""
    adoption_speed: Speed = quantity("middle", unit="", source="chosen; three natural experiments")
    """How fast sponsors and managers adopt: as annuities and windows, as the Roth option, as target-date funds."""
    regulation: Regulation = quantity("by_politics", unit="", source="chosen")
    """The SEC's stance: set by the president's party, or held hostile, or held clear."""
    rescue: Doctrine = quantity("case_by_case", unit="", source="chosen")
    """Never; decided case by case from contagion, promise and organisation; or with a standing bid in the market."""
    bid_discount: float = quantity(0.30, unit="fall below the 12-month high", low=0.05, high=0.95, source="chosen")
    """How far below its 12-month high the price must fall before the standing bid buys."""
    bid_budget: float = quantity(25.0, unit="billion USD", low=0.0, high=5000.0, source="chosen")
    """What the standing bid may spend in all."""
    guarantee_cover: float = quantity(
        0.5, unit="share of loss", low=0.0, high=1.0, source="historical episodes: partial"
    )
    """Share of a loss that a compensation pays."""
    guarantee_cap: float = quantity(50_000.0, unit="USD a saver", low=0.0, high=10_000_000.0, source="chosen")
    """Most that a compensation pays to one saver."""
    roth_default: float = quantity(
        0.15, unit="share of new deferrals", low=0.0, high=1.0, source="Vanguard: 18 % of those offered use Roth"
    )
    """Roth share of new deferrals of savers who do not choose; set at the start it shapes their past as well."""


def _levers() -> dict[str, Any]:
    """Every lever of `Policy` as an optional field: None means that it does not change."""
    levers = {}
    for name, field in Policy.model_fields.items():
        optional = copy.copy(field)
        optional.default = None
        levers[name] = (field.annotation | None, optional)
    return levers


class _Dated(Quantities):
    """What a change of levers must do: change one."""

    @model_validator(mode="after")
    def _changes_a_lever(self) -> Self:
        if not self.model_dump(exclude={"month"}, exclude_none=True):
            raise misfit("", self.model_dump(exclude_none=True), "must name at least one lever and its value")
        return self


Change = create_model("Change", __base__=_Dated, month=(Month, ...), **_levers())
Change.__doc__ = "A dated change of levers: the first month in which it holds, and the levers that change."


FAMILIES = {
    "population": "who lives where in the distributions of the first month",
    "traits": "attention, trust, outside holdings, lean and turnout of each person",
    "savers": "what a user's own table of savers leaves open",
    "life": "jobs, pay, retirement, death and who comes after",
    "payroll": "who contributes to an IRA",
    "retirement": "hardship withdrawals",
    "choice": "who looks, adopts, wants how much, leaves and panics",
    "employers": "industries, providers, matches, caps and prudence of the employers",
    "sponsors": "which employers ever open a door, and when; closings and suits",
    "managers": "which providers ever start a sleeve, when, and whether in the existing series",
    "network": "who knows whom",
    "returns": "the returns of the other assets",
    "market": "crypto traders, days and incidents: the path of the price as far as it is luck",
    "politics": "elections, rules, approval, rescues",
}
"""Every family of decisions, the part of a stream's name before the point, and what its draws decide."""


def _family(meaning: str) -> tuple[Any, Any]:
    """The field of one family of decisions."""
    declared = {"unit": "seed", "source": "chosen"}
    words = f"Seed of its own for {meaning}; left out, the scenario's."
    return int | None, Field(None, ge=0, le=2**63 - 1, description=words, json_schema_extra=declared)


Luck = create_model("Luck", __base__=Quantities, **{name: _family(meaning) for name, meaning in FAMILIES.items()})
Luck.__doc__ = "Families of decisions that follow another seed than the scenario's, so that one luck is drawn anew."


SHOCK_SIZES: dict[str, tuple[float, float, str]] = {
    "news": (-3.0, 3.0, "log points"),
    "theft": (0.0, 0.5, "share of supply"),
    "venue_failure": (0.0, 8.0, "failures"),
    "liquidity": (0.0, 1.0, "share of depth"),
    "equity": (-3.0, 3.0, "log points"),
    "election": (-20.0, 20.0, "points of vote"),
}
"""Closed range and unit of the size of each kind of shock. Log points end at a factor of 20 and thefts at half of all
coins, because much beyond it the market may find no price; no more venues fail than there are."""


class Shock(Quantities):
    """Something that happens on the first day of a month, whatever the draws say."""

    month: Month
    kind: ShockKind = quantity(unit="", source="chosen")
    """News moves the crypto value; theft and failure strike a venue; liquidity takes away part of what market makers
    quote, which returns by itself; equity moves stocks; election sets its error."""
    size: float = quantity(
        unit="log points (news, equity), share of supply (theft), failures (venue_failure), share of depth "
        "(liquidity), points of vote (election)",
        low=-20.0,
        high=20.0,
        source="chosen",
    )
    """Size and sign; zero changes nothing. News and equity lie within ±3, theft and liquidity from 0 to 1, failures
    from 0 to 8."""

    @model_validator(mode="after")
    def _size_fits_the_kind(self) -> Self:
        low, high, unit = SHOCK_SIZES[self.kind]
        if not low <= self.size <= high:
            raise misfit("size", self.size, f"must be a number from {low:g} to {high:g} for a {self.kind} shock,", unit)
        return self


class MarketDials(Quantities):
    """What the answer turns on and prices alone cannot tell: to be varied, not fitted."""

    traders: int = quantity(2000, unit="traders", low=50, high=1_000_000, source="assumed: moments as with many more")
    """Background traders, each with his own coins, cash, slope, belief and horizon."""
    slow_multiplier: float = quantity(
        13.0,
        unit="log price per share of value",
        low=2.0,
        high=80.0,
        source="one-year accounting of US spot ETF flows 2024–26: 12–15; prior lognormal(ln 13, 0.6)",
    )
    """Lasting change of log price for a lasting flow of one market value."""
    fast_multiplier: float = quantity(
        53.0,
        unit="log price per share of value",
        low=10.0,
        high=120.0,
        source="US spot ETF flows 2024–26, instrumented: 42–58; order books: 50–80; prior lognormal(ln 45, 0.35)",
    )
    """One-day change of log price for a flow of one market value, in median conditions."""
    leverage: float = quantity(1.0, unit="multiple of today's open interest", low=0.0, high=3.0, source="chosen")
    """Open interest as a multiple of 2.8 % of supply."""
    volatility: float = quantity(0.64, unit="1/√year", low=0.1, high=1.5, source="BTC 2018–26, 3.37 % a day")
    """Volatility that news and mood are scaled to."""
    drift: float = quantity(
        0.0, unit="log points a year", low=-0.5, high=0.5, source="chosen: the model makes no forecast"
    )
    """Drift of the consensus value."""


class Loops(Quantities):
    """Feedback loops; False cuts one, so that the paired difference is its strength."""

    returns: bool = quantity(True, unit="", source="chosen")
    """R1: past returns draw savers in and out."""
    peers: bool = quantity(True, unit="", source="chosen")
    """R2: savers, sponsors and managers follow their peers."""
    votes: bool = quantity(True, unit="", source="chosen")
    """R3: exposed voters weigh on the rule."""
    rescue_belief: bool = quantity(True, unit="", source="chosen")
    """R4: expecting a rescue raises exposure."""
    liquidations: bool = quantity(True, unit="", source="chosen")
    """R5: levered positions are liquidated inside the auction."""
    rebalancing: bool = quantity(True, unit="", source="chosen")
    """B1: sleeves trade back to their target share."""
    prudence: bool = quantity(True, unit="", source="chosen")
    """B2: volatility lowers sleeves and adoption."""
    backlash: bool = quantity(True, unit="", source="chosen")
    """B3: losses raise the odds of restriction."""
    institutions: bool = quantity(True, unit="", source="chosen")
    """B4: clarity brings institutions, and they bring depth."""


class Scenario(Quantities):
    """One world, completely named; frozen. A variation is `scenario.but(...)`."""

    name: str = quantity("base", unit="", source="chosen")
    """Short name; results folders carry it."""
    description: str = quantity("", unit="", source="chosen")
    """The question that this world is to answer, in a sentence."""
    months: int = quantity(120, unit="months", low=1, high=1200, source="chosen")
    """Months to run."""
    participants: int = quantity(20_000, unit="rows", low=1, high=72_000_000, source="chosen")
    """Savers; whatever their number, their weights add up to the adults of the country."""
    managers: int = quantity(12, unit="firms", low=1, high=100, source="target-date market: five firms hold 79 %")
    """Target-date providers."""
    seed: int = quantity(1, unit="", low=0, high=2**63 - 1, source="chosen")
    """Names the luck of this world: equal seeds share every exogenous draw."""
    luck: Luck = Luck()
    start: Month = "2026-01"
    """First simulated month."""
    panel: int = quantity(200, unit="savers", low=0, high=1_000_000, source="chosen")
    """Savers followed month by month in the recorded panel."""
    choice: ChoiceRule = quantity("inertia_and_peers", unit="", source="chosen; evidence in docs/model.md 4.3")
    """Which rule of portfolio choice savers follow."""
    policy: Policy = Policy()
    market: MarketDials = MarketDials()
    loops: Loops = Loops()
    changes: Annotated[tuple[Change, ...], Field(strict=False)] = ()
    """Dated changes of levers."""
    shocks: Annotated[tuple[Shock, ...], Field(strict=False)] = ()
    """Dated shocks."""
    parameters: Parameters = Parameters()

    def __init__(self, **values: Any) -> None:
        """Check and freeze the values; raises ScenarioError with every fault at once."""
        faults = []
        try:
            super().__init__(**values)
        except ValidationError as problem:
            faults = faults_of(type(self), problem)
        faults += _early(values, type(self).model_fields["start"].default)
        if faults:
            raise ScenarioError("scenario", faults) from None

    @classmethod
    def read(cls, values: Mapping[str, Any], source: str, error: type[InputError] = ScenarioError) -> Self:
        """Build a scenario from plain values; raises `error` that names the source of the input."""
        try:
            return cls(**values)
        except ScenarioError as problem:
            raise error(source, list(problem.faults)) from None

    @property
    def draws(self) -> Seed:
        """The seed as every rule takes it: the scenario's, and other ones for the families in `luck`."""
        return Seed(self.seed, self.luck.model_dump(exclude_none=True))

    def policy_asked(self, month: str) -> Policy:
        """The levers that the scenario asks for in a month such as "2027-03": the start's, then each change in turn."""
        policy = self.policy
        for change in sorted(self.changes, key=lambda change: ordinal(change.month)):
            if ordinal(change.month) <= ordinal(month):
                policy = policy.model_copy(update=change.model_dump(exclude={"month"}, exclude_none=True))
        return policy

    def shocks_in(self, month: str) -> tuple[Shock, ...]:
        """The shocks of one month."""
        return tuple(shock for shock in self.shocks if shock.month == month)

    @property
    def never_reached(self) -> tuple[str, ...]:
        """Changes and shocks dated after the last month, as "changes.0 of 2031-01": a run may be cut short."""
        end = ordinal(self.start) + self.months
        dated = {"changes": self.changes, "shocks": self.shocks}
        return tuple(
            f"{name}.{place} of {entry.month}"
            for name, entries in dated.items()
            for place, entry in enumerate(entries)
            if ordinal(entry.month) >= end
        )

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Read a scenario file.

        Raises:
            ScenarioError: the file is missing or malformed, or has faults (all of them are named).
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise ScenarioError(str(path), [Fault("file", str(path), f"cannot be read: {problem}")]) from None
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as problem:
            raise ScenarioError(str(path), [Fault("TOML", str(path), f"malformed: {problem}")]) from None
        return cls.read(values, str(path), ScenarioError)

    @classmethod
    def of(cls, values: Mapping[str, Any], source: str = "scenario") -> Self:
        """Build a scenario from plain values, all faults named at once."""
        return cls.read(values, source, ScenarioError)

    def with_values(self, changes: Mapping[str, Any], source: str = "scenario") -> Self:
        """The same scenario with dotted fields changed, such as {"market.slow_multiplier": 30.0}."""
        values = self.model_dump(exclude_defaults=True)
        for dotted, value in changes.items():
            *groups, leaf = dotted.split(".")
            inner = values
            for group in groups:
                inner = inner.setdefault(group, {})
                if not isinstance(inner, dict):
                    raise ScenarioError(source, [Fault(dotted, value, "no such field")])
            inner[leaf] = value
        return type(self).of(values, source)

    def to_toml(self) -> str:
        """TOML that reads back as an equal scenario: every choice, and each parameter that differs from its default."""
        values = self.model_dump(mode="json", exclude={"parameters"}, exclude_none=True)
        parameters = self.parameters.model_dump(mode="json", exclude_defaults=True)
        return tomli_w.dumps(values | ({"parameters": parameters} if parameters else {}))

    def digest(self) -> str:
        """A content address: equal scenarios have equal digests, names and descriptions left out."""
        values = self.model_dump(mode="json", exclude={"name", "description"})
        return hashlib.blake2b(json.dumps(values, sort_keys=True).encode(), digest_size=12).hexdigest()


def _early(values: Mapping[str, Any], start: str) -> list[Fault]:
    """Changes and shocks before the start, in values not checked yet; what is no month at all is not for here."""
    start, faults = values.get("start", start), []
    if not _is_month(start):
        return []
    for name in ("changes", "shocks"):
        entries = values.get(name, ())
        for place, entry in enumerate(entries if isinstance(entries, (list, tuple)) else ()):
            month = entry.get("month") if isinstance(entry, Mapping) else getattr(entry, "month", None)
            if _is_month(month) and ordinal(month) < ordinal(start):
                faults.append(Fault(f"{name}.{place}.month", month, f"must be {start}, the start, or later"))
    return faults


def _is_month(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(_MONTH, value) is not None


def fields() -> list[str]:
    """Dotted names of every single-valued field of a scenario, parameters included."""
    return [name for name, _ in walk(Scenario)]
