"""The third accounting of tax expenditure: what one year's contributions cost over the lives of those who made them.

    present value = Σ_y ( ledger with − ledger without )(y) / (1 + r)^y,      y = 0 the year of the contributions

Two worlds share every draw. In one, nothing is paid into any account in the first year: wages are paid in cash, and
employers add nothing. Afterwards all save as they would have. The ledger is that of the Treasury, kept by decade of
birth and by decile of pay; a person who enters later belongs to neither, and what passes to a spouse is counted with
the spouse from then on. Costs are positive: tax not paid on contributions and on earnings inside the account, less tax
on withdrawals and of heirs, less penalties.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from abm.government.treasury import DECADES, FIRST_DECADE, PENALTY, decade_of_birth
from abm.scenario import Scenario
from abm.vocabulary import MONTHS_A_YEAR, Status
from experiments.labs.savers_only import SaversOnly

RATES = (0.043, 0.054, 0.058, 0.095)
"""Discount rates: ten-year Treasury bonds 4.34 % (July 2025), mixed portfolios, stocks with a premium."""
PARTS = ("contributions", "earnings", "withdrawals", "penalty")
DECILES = 10
_GROUPS = DECADES * DECILES + 1
_LATER = _GROUPS - 1


class Paired(NamedTuple):
    """What one year's contributions change.

    Attributes:
        difference: ledger with less ledger without, USD: year × (decade of birth × decile of pay, and those who come
            later) × (plan, IRA) × PARTS, shape (years, 261, 2, 4).
        contributed: USD put into plans and IRAs in the first year by group, shape (261,).
    """

    difference: np.ndarray
    contributed: np.ndarray


def pair(scenario: Scenario, years: int = 60, watch: Callable[[int], None] = lambda month: None) -> Paired:
    """Live the two worlds side by side.

    Args:
        scenario: size, seed and parameters; crypto is left out of it.
        years: how long the accounts are followed. watch: is told each month that both have lived.
    """
    horizon = scenario.but(months=years * MONTHS_A_YEAR)
    sides = SaversOnly(horizon), SaversOnly(horizon)
    group = _groups(sides[0])
    ledgers = np.zeros((2, years, _GROUPS, 2, 4))
    contributed, heirs, early = np.zeros(_GROUPS), np.zeros((2, _GROUPS)), np.zeros((2, _GROUPS))
    for month in range(years * MONTHS_A_YEAR):
        year, first = divmod(month, MONTHS_A_YEAR)
        for side, world in enumerate(sides):
            people = world.people
            # Who dies leaves the seat at once; what he leaves is still his group's.
            before = np.where(people.generation == 0, group, _LATER)
            world.step(paying_in=side == 0 or year > 0)
            living = np.where(people.generation == 0, group, _LATER)
            if side == 0 and year == 0:
                for paid in world.paid:
                    contributed += np.bincount(before, people.weight * paid, _GROUPS)
            heirs[side] += np.bincount(before, people.weight * world.heirs_tax, _GROUPS)
            early[side] += np.bincount(living, people.weight * world.income.penalties, _GROUPS)
            if first == MONTHS_A_YEAR - 1:
                ledgers[side, year] = _december(world, living, heirs[side], early[side])
                heirs[side] = early[side] = 0.0
        watch(month + 1)
    return Paired(ledgers[0] - ledgers[1], contributed)


def _groups(world: SaversOnly) -> np.ndarray:
    """Decade of birth × decile of pay among those at work, of the persons of the first month; int64, shape (n,)."""
    people = world.people
    working = people.status == Status.EMPLOYED
    edges = np.quantile(people.salary[working], np.arange(1, DECILES) / DECILES)
    return decade_of_birth(people.age, world.clock) * DECILES + np.searchsorted(edges, people.salary, side="right")


def _december(world: SaversOnly, group: np.ndarray, heirs: np.ndarray, early: np.ndarray) -> np.ndarray:
    """The year's ledger by group, shape (groups, 2, 4).

    Args:
        heirs, early: tax of heirs, which counts with IRAs, and on early withdrawals, with plans; shape (groups,).
    """
    ledger = np.zeros((_GROUPS, 2, 4))
    ledger[:, :, :PENALTY] = world.treasury.ledger(world.people, world.economy, world.clock.year, group, _GROUPS)
    ledger[:, 1, 2] += heirs
    ledger[:, 0, PENALTY] = early
    return ledger


def present_values(paired: Paired, rates: Sequence[float] = RATES) -> pd.DataFrame:
    """Present values by group and rate: USD contributed, and the parts and the net cost per 100 USD contributed."""
    costs = paired.difference * np.array([1.0, 1.0, -1.0, -1.0])
    rows = []
    for kind, name, members in _selections():
        usd = float(paired.contributed[members].sum())
        if usd <= 0.0:
            continue
        # Plans and IRAs together: what is paid into a plan is later rolled over, and taxed as it leaves an IRA.
        yearly = costs[:, members].sum(axis=(1, 2))
        for rate in rates:
            discount = (1.0 + rate) ** -np.arange(len(yearly))
            parts = 100.0 * np.sum(yearly * discount[:, None], axis=0) / usd
            figures = dict(zip(PARTS, parts.tolist(), strict=True)) | {"net": float(parts.sum())}
            rows.append({"by": kind, "group": name, "rate": rate, "contributed_usd": usd} | figures)
    return pd.DataFrame(rows)


def _selections() -> list[tuple[str, str, np.ndarray]]:
    """Everybody, each decade of birth, each decile of pay: kind, name, rows of the ledger."""
    of = np.arange(_LATER)
    cohorts = [("cohort", f"{FIRST_DECADE + 10 * d}s", of[of // DECILES == d]) for d in range(DECADES)]
    deciles = [("decile", str(d + 1), of[of % DECILES == d]) for d in range(DECILES)]
    return [("all", "all", np.arange(_GROUPS)), *cohorts, *deciles]


def main(
    scenario: Scenario,
    years: int = 60,
    rates: Sequence[float] = RATES,
    seeds: int = 1,
    out: Path | None = None,
    watch: Callable[[int], None] = lambda month: None,
) -> tuple[pd.DataFrame, Path]:
    """Present values of the first year's contributions, as a table and a folder; mean over seeds with its interval.

    Args:
        scenario: size and parameters. years: how long accounts are followed. rates: discount rates, 1/year.
        seeds: pairs of worlds, from the scenario's seed on. out: the folder. watch: see `pair`.
    """
    from experiments.validation.scorecard import mean_interval

    tables = []
    for seed in range(seeds):
        done = seed * years * MONTHS_A_YEAR
        paired = pair(scenario.but(seed=scenario.seed + seed), years, lambda month, done=done: watch(done + month))
        tables.append(present_values(paired, rates).assign(seed=scenario.seed + seed))
    keys = ["by", "group", "rate"]
    grouped = pd.concat(tables).groupby(keys, sort=False)
    table = grouped[["contributed_usd", *PARTS, "net"]].mean()
    ends = grouped["net"].apply(lambda values: mean_interval(values.to_numpy()))
    table["net_low"], table["net_high"] = [end[0] for end in ends], [end[1] for end in ends]
    table = table.assign(seeds=grouped.size()).reset_index()
    return table, write(table, out or Path("results/present_value"), scenario, years)


def write(table: pd.DataFrame, folder: Path, scenario: Scenario, years: int) -> Path:
    """present_value.csv, present_value.png and README.txt."""
    from experiments.durable import write_text

    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "present_value.csv", table.to_csv(index=False))
    (folder / "present_value.png").write_bytes(picture(table))
    write_text(folder / "README.txt", _readme(table, scenario, years))
    return folder


_EXPLANATION = """\
In one of the two worlds of a pair nothing is paid into any account in the first year. Cost = tax not paid on
contributions and on earnings inside the account, less tax on withdrawals and of heirs, less the early-withdrawal tax,
discounted to the first year. What the money would have been spent on is not asked, and payroll tax is left out.

present_value.csv   by all, decade of birth, decile of pay at the start: parts and net, USD per 100 contributed
present_value.png   net cost by decade and decile
"""


def _readme(table: pd.DataFrame, scenario: Scenario, years: int) -> str:
    pairs = int(table["seeds"].max())
    whole = table[table["by"] == "all"]
    lines = [
        f"  at {100 * row.rate:.1f} % a year {row.net:7.1f}"
        + (f"   [{row.net_low:.1f}, {row.net_high:.1f}]" if pairs > 1 else "")
        for row in whole.itertuples()
    ]
    head = "Present value of the tax expenditure for one year's contributions, USD per 100 contributed"
    rates = sorted(table["rate"].unique())
    asked = "" if rates == sorted(RATES) else "".join(f" --rate {rate:g}" for rate in rates)
    calm = "" if scenario.parameters.returns.volatility_scale == 0.0 else " --no-mean-returns"
    command = (
        f"Made by: abm present-value {scenario.name} --years {years} --participants {scenario.participants} "
        f"--seeds {pairs}{asked}{calm}"
    )
    made = f"{scenario.participants} savers without crypto, {years} years, pairs of worlds on the same draws: {pairs}."
    return "\n".join([head, "", *lines, "", made, command, "", _EXPLANATION])


def picture(table: pd.DataFrame) -> bytes:
    """Net cost per 100 USD by decade of birth and by decile, one line a discount rate; PNG."""
    import io

    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    whole = table["contributed_usd"].max()
    for axis, kind, label in zip(axes, ("cohort", "decile"), ("decade of birth", "decile of pay"), strict=True):
        shown = table[(table["by"] == kind) & (table["contributed_usd"] > 0.002 * whole)]
        for rate, rows in shown.groupby("rate"):
            axis.plot(rows["group"], rows["net"], marker="o", markersize=3, label=f"{100 * rate:.1f} % a year")
        axis.axhline(0.0, color="#888888", linewidth=0.8)
        axis.set_xlabel(label)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("cost, USD per 100 contributed")
    axes[0].legend(frameon=False, fontsize="small")
    kept = io.BytesIO()
    figure.savefig(kept, format="png", dpi=120)
    return kept.getvalue()
