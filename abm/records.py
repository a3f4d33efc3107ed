"""Every column that a run reports: name, unit, label, and how it is observed. Declared once, written every month.

Tables: `months` (one row a month), `days` (30 market days a month), `panel` (some savers, every month), `savers` (all
of them, now), `transactions` (the month's books), `events` (what happened, in sentences), `outcomes` (each December, by
group). `docs/model.md`, section 7.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
import pandas as pd

from abm.participants.agent import Participant
from abm.participants.alternatives import held_by
from abm.participants.outcome_groups import by_group, sizes
from abm.state import Stateful
from abm.vocabulary import ALTERNATIVES, BASIS_POINT, MONTHS_A_YEAR, Door, Menu, Sector

if TYPE_CHECKING:
    from abm.model import RetirementModel


@dataclass(frozen=True)
class Recorded:
    """One recorded column.

    Attributes:
        name: column name in the table.
        unit: unit in words.
        label: what a chart writes on its axis.
        observe: takes the world and returns the value; None where the table fills its rows as a whole.
    """

    name: str
    unit: str
    label: str
    observe: Callable[[RetirementModel], Any] | None = None


def _share(world: RetirementModel, flags: np.ndarray) -> float:
    """Weighted share of all savers for whom a flag holds."""
    return world.people.total(flags) / world.people.total(1.0)


def _looked(world: RetirementModel) -> float:
    """Share of persons with a plan account who looked at it, as recordkeepers count."""
    people = world.people
    with_account = people.total(people.plan_core + people.plan_crypto > 0.0)
    return people.total(world.choices.looked) / with_account if with_account else 0.0


def _jobs(world: RetirementModel, flags: np.ndarray) -> float:
    """Share of jobs at employers for which a flag holds, by size at the start."""
    return float(np.sum(world.sponsors.size[flags]))


def _inflow(door: Door) -> Callable[[RetirementModel], float]:
    """Net USD that entered crypto through a door this month."""
    if door is Door.SLEEVE:
        return lambda world: float(world.trades.fund_spent.sum())
    return lambda world: float(world.trades.spent[door] - world.trades.received[door])


def _received(sector: Sector, kind: str) -> Callable[[RetirementModel], float]:
    return lambda world: world.books.usd.received(sector, kind)


def _crypto_in_plans(world: RetirementModel) -> float:
    people = world.people
    return (people.total(people.plan_crypto) + float(world.managers.coins.sum())) * world.trades.price


def _crypto_in_iras(world: RetirementModel) -> float:
    return world.people.total(world.people.ira_crypto) * world.trades.price


def _plan_assets(world: RetirementModel) -> float:
    people = world.people
    held = people.plan_core + people.plan_crypto * world.trades.price
    return people.total(held)


def _ira_assets(world: RetirementModel) -> float:
    people = world.people
    return people.total(people.ira_core + people.ira_crypto * world.trades.price)


_ACCOUNTS, _HOUSEHOLDS, _GOVERNMENT = Sector.ACCOUNTS, Sector.HOUSEHOLDS, Sector.GOVERNMENT
_OF_PAY = "share of final pay"

MONTHS = (
    Recorded("month", "year-month", "Month", lambda w: w.clock.label),
    # Crypto market
    Recorded("price_usd", "USD/coin", "Price (not a forecast)", lambda w: w.trades.price),
    Recorded("price_return", "log", "Return of the month", lambda w: w.market.outlook.month_return),
    Recorded("volatility", "1/√year", "Volatility", lambda w: w.market.outlook.volatility),
    Recorded("drawdown", "share", "Fall from the high", lambda w: w.market.outlook.drawdown),
    Recorded("depth_usd", "USD per 1 %", "Depth", lambda w: w.market.outlook.depth_usd),
    Recorded("sale_1_usd", "USD", "Sale that takes the price down 1 % in a day", lambda w: w.trades.sale_1_usd),
    Recorded("sale_2_usd", "USD", "Sale that takes the price down 2 % in a day", lambda w: w.trades.sale_2_usd),
    Recorded("amihud", "%/billion USD", "Amihud illiquidity", lambda w: w.trades.amihud),
    Recorded("spread", "basis points", "Spread between bid and ask (proxy)", lambda w: w.trades.spread),
    Recorded("volume_usd", "USD/month", "Volume", lambda w: float(w.trades.days["volume_usd"].sum())),
    Recorded("liquidated_coins", "coins/month", "Liquidated", lambda w: float(w.trades.days["liquidated_coins"].sum())),
    Recorded("supply_coins", "coins", "Coins in existence", lambda w: w.market.supply),
    Recorded("float_share", "share of supply", "Coins that trade", lambda w: w.market.float_share),
    Recorded("long_term_share", "share of supply", "Coins of long-term holders", lambda w: w.market.long_term_share),
    Recorded("institutions_coins", "coins", "Coins of new institutions", lambda w: w.market.institutions_coins),
    # Doors
    *(
        Recorded(f"inflow_{door.name.lower()}_usd", "USD/month", f"Net inflow, {label}", _inflow(door))
        for door, label in zip(Door, ("core option", "brokerage window", "target-date sleeve", "IRA"), strict=True)
    ),
    Recorded("crypto_in_plans_usd", "USD", "Crypto in plans", _crypto_in_plans),
    Recorded("crypto_in_iras_usd", "USD", "Crypto in IRAs", _crypto_in_iras),
    Recorded("bid_spent_usd", "USD/month", "Bought by the standing bid", lambda w: w.trades.bid_spent),
    # Sponsors and providers
    Recorded(
        "core_share",
        "share of jobs",
        "Jobs with a core crypto option",
        lambda w: _jobs(w, w.sponsors.menu == Menu.CORE),
    ),
    Recorded(
        "window_share", "share of jobs", "Jobs with a brokerage window", lambda w: _jobs(w, w.sponsors.window == 1)
    ),
    Recorded(
        "sleeve_share",
        "share of jobs",
        "Jobs whose default fund has a crypto sleeve",
        lambda w: _jobs(w, w.sponsors.accepts_sleeve == 1),
    ),
    Recorded(
        "alternatives_share",
        "share of jobs",
        "Jobs whose default fund has alternatives",
        lambda w: _jobs(w, w.sponsors.alternatives == 1),
    ),
    Recorded(
        "sleeve_providers_share",
        "share of target-date assets",
        "Providers with a crypto sleeve",
        lambda w: float(w.managers.market_share[w.managers.moved == 1].sum()),
    ),
    Recorded("suits_pending", "suits", "Suits pending against plans", lambda w: int(w.sponsors.suits.sum())),
    # Savers
    Recorded(
        "holders_share", "share of savers", "Savers who chose crypto", lambda w: _share(w, w.people.crypto_target > 0)
    ),
    Recorded("exposed_share", "share of savers", "Savers with any crypto", lambda w: _share(w, w.stakes.crypto > 0)),
    Recorded("coverage_share", "share of savers", "Savers who defer", lambda w: _share(w, w.paid.plan > 0)),
    Recorded("looked_share", "share of plan savers/month", "Savers who looked at their plan", _looked),
    Recorded("panic_share", "share/month", "Savers who sold in panic", lambda w: _share(w, w.choices.panicked)),
    Recorded("mean_trust", "0–1", "Trust", lambda w: BASIS_POINT * _share(w, w.people.trust_points)),
    Recorded("plan_assets_usd", "USD", "Plan assets", _plan_assets),
    Recorded("ira_assets_usd", "USD", "IRA assets", _ira_assets),
    Recorded("wages_usd", "USD/month", "Wages", _received(_HOUSEHOLDS, "wages")),
    Recorded("deferrals_usd", "USD/month", "Deferrals", _received(_ACCOUNTS, "deferrals")),
    Recorded("match_usd", "USD/month", "Employer contributions", _received(_ACCOUNTS, "employer contributions")),
    Recorded("ira_contributions_usd", "USD/month", "IRA contributions", _received(_ACCOUNTS, "IRA contributions")),
    Recorded("returns_usd", "USD/month", "Returns of other assets", _received(_ACCOUNTS, "returns")),
    Recorded("fees_usd", "USD/month", "Fees", _received(Sector.MANAGERS, "fees")),
    Recorded("withdrawals_usd", "USD/month", "Withdrawals", _received(_HOUSEHOLDS, "withdrawals")),
    Recorded("cash_outs_usd", "USD/month", "Cash-outs", _received(_HOUSEHOLDS, "cash-outs")),
    Recorded("bequests_usd", "USD/month", "Bequests", _received(_HOUSEHOLDS, "bequests")),
    *(
        Recorded(
            f"{name}_{what}",
            "USD" if what == "usd" else "USD/month",
            f"{name.replace('_', ' ').capitalize()}{'' if what == 'usd' else ', fees'}",
            lambda w, field=field, place=place: float(getattr(w.valued, field)[place]),
        )
        for place, name in enumerate(ALTERNATIVES)
        for what, field in (("usd", "alternatives"), ("fees_usd", "class_fees"))
    ),
    # Politics
    Recorded("rule", "0 prohibit … 4 promote", "Rule in force", lambda w: int(w.government.rule)),
    Recorded("instrument", "0 guidance, 1 rule, 2 statute", "Instrument", lambda w: int(w.government.instrument)),
    Recorded("president", "0 Democratic, 1 Republican", "President's party", lambda w: int(w.government.president)),
    Recorded("clarity", "0–1", "Regulatory clarity", lambda w: w.government.stance.clarity),
    Recorded("enforcement", "0–1", "Enforcement", lambda w: w.government.stance.enforcement),
    Recorded("approval", "% of adults", "Approval of the president", lambda w: w.government.approval),
    Recorded("grievance", "0–1", "Grievance of voters", lambda w: w.government.grievance),
    Recorded("pressure", "0–1", "Political pressure", lambda w: w.government.pressure),
    Recorded("lock_in", "points of vote", "Vote lost by one notch of tightening", lambda w: w.government.lock_in),
    Recorded("votes_lost", "points of vote", "Vote lost through losses", lambda w: w.government.politics.votes_lost),
    Recorded("resentment", "points of vote", "Vote lost by restriction", lambda w: w.government.politics.resentment),
    Recorded("rescue_belief", "probability", "Believed probability of rescue", lambda w: w.government.rescue_belief),
    Recorded("window_strength", "0–1", "Liquidity window", lambda w: w.acts.window),
    Recorded("rescue_usd", "USD/month", "Compensation paid", _received(_ACCOUNTS, "compensation")),
    # Treasury
    Recorded("income_tax_usd", "USD/month", "Income tax", _received(_GOVERNMENT, "income tax")),
    Recorded("payroll_tax_usd", "USD/month", "Payroll tax", _received(_GOVERNMENT, "payroll tax")),
    Recorded("benefits_usd", "USD/month", "Social Security benefits", _received(_HOUSEHOLDS, "Social Security")),
    Recorded("revenue_usd", "USD/month", "Taxes collected", lambda w: w.government.treasury.revenue),
    Recorded("fiscal_balance_usd", "USD/month", "Fiscal balance", lambda w: w.government.treasury.balance),
    Recorded("debt_usd", "USD", "Debt held by the public", lambda w: w.government.treasury.debt),
    Recorded("rescues_usd", "USD", "Rescues paid since the start", lambda w: w.government.treasury.rescues),
    *(
        Recorded(
            f"tax_expenditure_{account}_{accounting}_usd",
            "USD, last calendar year",
            f"Tax expenditure, {label}, {accounting.replace('_', ' ')} accounting",
            lambda w, accounting=accounting, row=row: float(getattr(w.government.treasury, accounting)[row]),
        )
        for row, (account, label) in enumerate((("plans", "plans"), ("iras", "IRAs")))
        for accounting in ("gross", "cash_flow")
    ),
    # Outcomes
    *(
        Recorded(
            f"wealth_65_decile_{decile}",
            "2026 USD",
            f"Median retirement wealth at 63–67, income decile {decile}",
            lambda w, decile=decile: float(w.outcomes.wealth_by_decile[decile - 1]),
        )
        for decile in range(1, 11)
    ),
    Recorded("wealth_65", "2026 USD", "Mean retirement wealth at 63–67", lambda w: w.outcomes.wealth_at_65),
    Recorded("gini", "0–1", "Gini of retirement wealth", lambda w: w.outcomes.gini),
    Recorded("top_1_share", "share of wealth", "Held by the richest 1 %", lambda w: w.outcomes.top_1),
    Recorded("top_10_share", "share of wealth", "Held by the richest 10 %", lambda w: w.outcomes.top_10),
    Recorded(
        "replacement_rate_median",
        _OF_PAY,
        "Median replacement rate, retired at 67–71",
        lambda w: w.outcomes.replacement,
    ),
    *(
        Recorded(
            f"replacement_{pillar}",
            _OF_PAY,
            f"Of final pay, retired at 67–71: {label}",
            lambda w, pillar=pillar: getattr(w.outcomes, pillar),
        )
        for pillar, label in (("social_security", "Social Security"), ("plan", "plan"), ("ira", "IRA"))
    ),
    Recorded("shortfall_share", "share of retirees", "Retired with too little", lambda w: w.outcomes.shortfall),
    Recorded("price_index", "1 in the first year", "Consumer prices", lambda w: w.economy.price_index),
)

DAYS = (
    Recorded("month", "year-month", "Month"),
    Recorded("day", "1–30", "Day of the month"),
    Recorded("price_usd", "USD/coin", "Price (not a forecast)", lambda days: days["price"]),
    Recorded("volume_usd", "USD/day", "Volume", lambda days: days["volume_usd"]),
    Recorded("depth_usd", "USD per 1 %", "Depth", lambda days: days["depth_usd"]),
    Recorded("volatility", "1/√year", "Volatility", lambda days: days["volatility"]),
    Recorded("liquidated_coins", "coins/day", "Liquidated", lambda days: days["liquidated_coins"]),
)

_PANEL_FIELDS = (
    "seat", "generation", "age", "sex", "status", "employer", "salary", "plan", "managed", "deferral_points",
    "roth_share", "plan_core", "plan_crypto", "ira_core", "ira_crypto", "crypto_target", "crypto_basis", "high_water",
    "outside", "trust_points", "benefit",
)  # fmt: skip
_OF_POINTS = {"deferral_points": "deferral_rate", "trust_points": "trust"}


def _of_savers(names: tuple[str, ...]) -> tuple[Recorded, ...]:
    """Columns of savers as tables show them, with the unit and meaning that `Participant` declares."""
    return tuple(_of_saver(name) for name in names)


def _of_saver(name: str) -> Recorded:
    unit, label = {"seat": ("", "Seat"), "generation": ("", "Persons who held the seat before")}.get(name, ("", ""))
    if not label:
        unit, label = getattr(Participant, name).unit, getattr(Participant, name).doc
    if name in _OF_POINTS:  # points save room in a row; a table shows the share
        shown = unit.replace("basis points", "share")
        return Recorded(_OF_POINTS[name], shown, label, lambda w: getattr(w.people, name) / 10_000)
    return Recorded(name, unit, label, lambda w: getattr(w.people, name))


PANEL = (
    Recorded("month", "year-month", "Month"),
    *_of_savers(_PANEL_FIELDS),
    Recorded("plan_alternatives", "USD", "Of plan_core, in private equity, real estate and commodities"),
)
_STORED = tuple(name for name, field in vars(Participant).items() if hasattr(field, "dtype"))
SAVERS = (
    *_of_savers(("seat", "generation", *_STORED)),
    Recorded("plan_size", "0 large … 2 small, −1 none", "Employer", lambda w: sizes(w.people, w.sponsors).codes),
    Recorded("lean", "log odds", "Party lean, positive Republican", lambda w: w.traits.lean(w.people)),
    Recorded("turnout", "probability", "Probability of voting", lambda w: w.traits.turnout(w.people)),
)
TRANSACTIONS = (
    Recorded("month", "year-month", "Month"),
    Recorded("unit", "", "USD or coins"),
    Recorded("sector", "", "Sector"),
    Recorded("kind", "", "Kind of flow"),
    Recorded("amount", "USD or satoshi", "Received (+) or paid (−)"),
)
EVENTS = (
    Recorded("month", "year-month", "Month"),
    Recorded("kind", "", "Kind of event"),
    Recorded("actor", "", "Who acted"),
    Recorded("text", "", "What happened"),
    Recorded("value", "as in the text", "Main figure"),
)
OUTCOMES = (
    Recorded("month", "year-month", "Month, a December"),
    Recorded("kind", "", "Kind of group: all, cohort, sex, plan_size, decile of lifetime income"),
    Recorded("group", "", "Group"),
    Recorded("measure", "", "What is measured"),
    Recorded("value", "as the measure: USD of 2026, or a share", "Value"),
    Recorded("n", "rows", "Rows of savers behind the value"),
)
COLUMNS: dict[str, tuple[Recorded, ...]] = {
    "months": MONTHS,
    "days": DAYS,
    "panel": PANEL,
    "savers": SAVERS,
    "transactions": TRANSACTIONS,
    "events": EVENTS,
    "outcomes": OUTCOMES,
}


class Records(Stateful):
    """What a run has reported so far."""

    def __init__(self, world: RetirementModel) -> None:
        self._world = world
        self.datacollector = mesa.DataCollector(model_reporters={column.name: column.observe for column in MONTHS})
        kept_here = [name for name in COLUMNS if name not in ("months", "savers")]
        self._chunks: dict[str, list[dict[str, np.ndarray]]] = {name: [] for name in kept_here}
        count = min(world.scenario.panel, len(world.people))
        self._panel = np.linspace(0, len(world.people) - 1, count).astype(np.int64)

    def observe(self) -> None:
        """Write the present month into every table."""
        world, label = self._world, self._world.clock.label
        self.datacollector.collect(world)
        days = world.trades.days
        numbers = {column.name: column.observe(days) for column in DAYS if column.observe}
        self._append("days", {"month": [label] * len(days), "day": np.arange(1, len(days) + 1)} | numbers)
        panel = {column.name: column.observe(world)[self._panel] for column in PANEL if column.observe}
        panel["plan_alternatives"] = held_by(self._panel, world.people, world.sponsors, world.managers)
        self._append("panel", {"month": [label] * self._panel.size} | panel)
        self._append("transactions", _columns(TRANSACTIONS, [(label, *entry) for entry in world.books.matrix()]))
        self._append("events", _columns(EVENTS, [(label, *event) for event in world.events]))
        if world.clock.month_of_year == MONTHS_A_YEAR:
            groups = by_group(
                world.people, world.sponsors, world.trades.price, world.economy, world.clock,
                world.scenario.parameters.outcomes,
            )  # fmt: skip
            self._append("outcomes", _columns(OUTCOMES, [(label, *row) for row in groups]))

    def latest(self) -> dict[str, Any]:
        """The last row of `months`; empty before the first month."""
        return {name: values[-1] for name, values in self.datacollector.model_vars.items() if values}

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table as a DataFrame; `savers` shows all savers as they are now."""
        world = self._world
        frames = {name: pd.DataFrame(self._joined(name)) for name in ("months", *self._chunks)}
        return frames | {"savers": pd.DataFrame({column.name: column.observe(world) for column in SAVERS})}

    def state(self) -> dict[str, np.ndarray]:
        """All tables so far, as `table.column` arrays."""
        return {
            f"{table}.{name}": values
            for table in ("months", *self._chunks)
            for name, values in self._joined(table).items()
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take back what `state` returned."""
        for name, values in self.datacollector.model_vars.items():
            values[:] = np.asarray(kept[f"months.{name}"]).tolist()
        for table, chunks in self._chunks.items():
            whole = {column.name: np.asarray(kept[f"{table}.{column.name}"]) for column in COLUMNS[table]}
            chunks[:] = [whole] if len(next(iter(whole.values()))) else []

    def _append(self, table: str, values: Mapping[str, Any]) -> None:
        self._chunks[table].append({name: np.asarray(column) for name, column in values.items()})

    def _joined(self, table: str) -> dict[str, np.ndarray]:
        if table == "months":
            return {name: np.array(values) for name, values in self.datacollector.model_vars.items()}
        chunks = self._chunks[table]
        return {
            column.name: np.concatenate([chunk[column.name] for chunk in chunks]) if chunks else np.empty(0)
            for column in COLUMNS[table]
        }


def _columns(declared: tuple[Recorded, ...], rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Rows turned into columns; columns of an empty table stay empty texts, so that types do not change by month."""
    by_column = zip(*rows, strict=True) if rows else ((),) * len(declared)
    return {column.name: list(values) for column, values in zip(declared, by_column, strict=True)}
