"""`abm fiscal`: the fiscal path of retirement saving over decades, as the law stands and with Roth as the default.

Both worlds of a pair share every draw; they differ in `roth_default` alone. Each year the Treasury's ledger is read:
gross (tax not paid on contributions and earnings), cash flow (gross less tax on withdrawals and of heirs), per account
and by decade of birth; and what it adds up to in debt,

    accumulated(t) = accumulated(t−1) · (1 + interest) + cash flow(t)
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from abm.government.treasury import FIRST_DECADE
from abm.model import RetirementModel
from abm.scenario import Scenario
from abm.vocabulary import MONTHS_A_YEAR
from experiments import scenarios_folder
from experiments.treasury.fiscal_report import write
from experiments.validation.scorecard import Verdict, mean_interval
from experiments.validation.treasury_rows import treasury_rows

SIDES = {"traditional": "base", "roth": "roth_world"}
ACCOUNTS = ("plans", "iras")
COLUMNS = ("contributions", "earnings", "withdrawals", "penalty")
_FLOWS = ("wages_usd", "income_tax_usd", "payroll_tax_usd", "benefits_usd", "revenue_usd", "fiscal_balance_usd")


class Lived(NamedTuple):
    """One world's fiscal history.

    Attributes:
        years: one row a year, USD. cohorts: one row a year, decade of birth and account, USD. months: what it recorded.
    """

    years: pd.DataFrame
    cohorts: pd.DataFrame
    months: pd.DataFrame


class Path40(NamedTuple):
    """The fiscal path of both sides.

    Attributes:
        path: side, year, account, measure; billion USD, its interval over seeds, 2026 USD and % of wages.
        difference: Roth less Traditional by year and measure, with the paired interval.
        cohorts: the ledger by side, year, decade of birth and account, with gross and cash flow: mean over seeds,
            billion USD, and billion 2026 USD in the columns that end in _2026.
        verdicts: the Traditional worlds' first year against published figures.
    """

    path: pd.DataFrame
    difference: pd.DataFrame
    cohorts: pd.DataFrame
    verdicts: list[Verdict]


def main(
    years: int = 40,
    participants: int = 20_000,
    seeds: int = 3,
    out: Path | None = None,
    watch: Callable[[int], None] = lambda worlds: None,
    size: dict[str, Any] | None = None,
) -> tuple[Path40, Path]:
    """Live the pairs and leave a folder.

    Args:
        years: calendar years to live. participants: savers of a world. seeds: pairs, seeds 1, 2, …
        out: the folder. watch: is told how many worlds are done. size: other fields of both scenarios.
    """
    lived: dict[str, list[Lived]] = {side: [] for side in SIDES}
    for seed in range(1, seeds + 1):
        for side, name in SIDES.items():
            chosen = Scenario.from_toml(scenarios_folder() / f"{name}.toml").with_values(
                {
                    "months": years * MONTHS_A_YEAR,
                    "participants": participants,
                    "seed": seed,
                    "panel": 0,
                    **(size or {}),
                }
            )
            lived[side].append(live(chosen))
            watch(sum(len(worlds) for worlds in lived.values()))
    found = Path40(
        path=_path(lived),
        difference=_difference(lived),
        cohorts=_cohorts(lived),
        verdicts=treasury_rows([world.months for world in lived["traditional"]]),
    )
    return found, write(found, out or Path("results/fiscal"), years, participants, seeds)


def live(scenario: Scenario) -> Lived:
    """One world to its end, its ledger read every December."""
    world, kept, cohorts = RetirementModel(scenario), [], []
    treasury = world.government.treasury
    while world.running:
        world.step()
        if world.clock.month_of_year != MONTHS_A_YEAR:
            continue
        year = {"year": world.clock.year, "price_index": world.economy.price_index}
        year |= {"gdp_usd": treasury.gdp(world.economy), "debt_usd": treasury.debt}
        for row, account in enumerate(ACCOUNTS):
            year |= {f"{account}.{name}": usd for name, usd in zip(COLUMNS, treasury.expenditure[row], strict=True)}
            year |= {f"{account}.gross": treasury.gross[row], f"{account}.cash_flow": treasury.cash_flow[row]}
            for decade in np.flatnonzero(np.any(treasury.cohorts[:, row] != 0.0, axis=1)):
                figures = dict(zip(COLUMNS, treasury.cohorts[decade, row], strict=True))
                where = {"year": world.clock.year, "born": FIRST_DECADE + 10 * int(decade), "account": account}
                cohorts.append(where | figures)
        kept.append(year)
    months = world.records.tables()["months"]
    flows = months.groupby(months["month"].str[:4].astype(int))[list(_FLOWS)].sum()
    table = pd.DataFrame(kept).set_index("year").join(flows)
    for name in (*COLUMNS, "gross", "cash_flow"):
        table[f"all.{name}"] = table[f"plans.{name}"] + table[f"iras.{name}"]
    interest = scenario.parameters.government.fiscal.interest
    for account in (*ACCOUNTS, "all"):
        total, sums = 0.0, []
        for usd in table[f"{account}.cash_flow"]:
            total = total * (1.0 + interest) + usd
            sums.append(total)
        table[f"{account}.accumulated"] = sums
    return Lived(table, pd.DataFrame(cohorts), months)


def _measures(table: pd.DataFrame) -> dict[tuple[str, str], pd.Series]:
    """Every USD series of a world by (account, measure); those of the whole budget have the account "budget"."""
    budget = {("budget", name[: -len("_usd")]): table[name] for name in (*_FLOWS, "debt_usd", "gdp_usd")}
    return budget | {tuple(name.split(".")): table[name] for name in table.columns if "." in name}


def _path(lived: dict[str, list[Lived]]) -> pd.DataFrame:
    """Mean over seeds of every series of both sides, with its interval."""
    rows = []
    for side, worlds in lived.items():
        series = [_measures(world.years) for world in worlds]
        for account, measure in series[0]:
            values = np.stack([world[account, measure] for world in series]) / 1e9
            wages = np.stack([world["budget", "wages"] for world in series]).mean(axis=0) / 1e9
            prices = worlds[0].years["price_index"].to_numpy()
            for at, year in enumerate(worlds[0].years.index):
                mean, (low, high) = float(values[:, at].mean()), mean_interval(values[:, at])
                figures = {"billion_usd": mean, "low": low, "high": high, "billion_2026_usd": mean / prices[at]}
                named = {"side": side, "year": year, "account": account, "measure": measure}
                rows.append(named | figures | {"percent_of_wages": 100.0 * mean / wages[at]})
    return pd.DataFrame(rows)


def _difference(lived: dict[str, list[Lived]]) -> pd.DataFrame:
    """Roth less Traditional, pair by pair: revenue, debt and cash flow of each year."""
    rows = []
    pairs = [[_measures(world.years) for world in lived[side]] for side in ("traditional", "roth")]
    years = lived["roth"][0].years
    for account, measure in (("budget", "revenue"), ("budget", "debt"), ("all", "gross"), ("all", "cash_flow")):
        values = np.stack([b[account, measure] - a[account, measure] for a, b in zip(*pairs, strict=True)]) / 1e9
        for at, year in enumerate(years.index):
            mean, (low, high) = float(values[:, at].mean()), mean_interval(values[:, at])
            real, gdp = mean / years["price_index"].iloc[at], years["gdp_usd"].iloc[at] / 1e9
            figures = {"billion_usd": mean, "low": low, "high": high, "billion_2026_usd": real}
            rows.append({"year": year, "measure": measure} | figures | {"percent_of_gdp": 100.0 * mean / gdp})
    return pd.DataFrame(rows)


def _cohorts(lived: dict[str, list[Lived]]) -> pd.DataFrame:
    """The ledger by decade of birth, mean over seeds: billion USD, then the same in 2026 USD."""
    keys = ["side", "year", "born", "account"]
    worlds = next(iter(lived.values()))
    whole = pd.concat([world.cohorts.assign(side=side) for side, pair in lived.items() for world in pair])
    ledger = whole.groupby(keys)[list(COLUMNS)].sum() / len(worlds) / 1e9
    ledger["gross"] = ledger["contributions"] + ledger["earnings"]
    ledger["cash_flow"] = ledger["gross"] - ledger["withdrawals"]
    prices = worlds[0].years["price_index"].reindex(ledger.index.get_level_values("year")).to_numpy()
    return ledger.join(ledger.div(prices, axis=0).add_suffix("_2026")).reset_index()
