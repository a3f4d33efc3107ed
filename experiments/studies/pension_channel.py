"""What does the pension channel bring to crypto, by door, year and speed of adoption, from 2026 to 2036?

The rule is held open (safe harbour from August 2026). Every seed is a world with its own people, elections and path of
the price; in every one of them the providers' luck alone is drawn several times (`luck.managers`), so that the part of
the uncertainty that is "which provider moves" can be told from all the rest by the law of total variance:

    Var(Y) = E[Var(Y | all other luck)] + Var(E[Y | all other luck]),    share = E[Var(Y | all other luck)] / Var(Y)

Beside it stands the public estimate of 1 % of 401(k) assets, 87 to 100 billion USD. Run it with

    python -m experiments.studies.pension_channel

and again when you like: worlds that are there are only read. Prices are no forecast. The sum of flows can be negative
where the price soars, since sleeves trade back to their weight and some holders leave at a gain, so the share held is
shown too.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from abm.scenario import Scenario
from experiments import scenarios_folder
from experiments.designs import Design, grid
from experiments.durable import write_text
from experiments.outcomes import BILLION
from experiments.progress import worlds_bar
from experiments.report import DOORS
from experiments.sweep import sweep

FOLDER = Path("results/studies/pension_channel")
SPEEDS = ("slow", "middle", "fast")
PLAN_DOORS = ("inflow_core_usd", "inflow_window_usd", "inflow_sleeve_usd")
PUBLIC_ESTIMATE = (87.0, 100.0)
"""1 % of 401(k) assets of 8.7 to 10 trillion (ICI 2024–25), billion USD."""
MONTHS = 132
RESAMPLES = 2_000


class Share(NamedTuple):
    """Share of a variance, with a 95 % bootstrap interval over seeds; NaN where nothing varies."""

    share: float
    low: float
    high: float


def design(seeds: int, draws: int, participants: int, traders: int, months: int = MONTHS) -> Design:
    """Worlds by speed, seed and luck of the providers."""
    base = Scenario.from_toml(scenarios_folder() / "safe_harbour.toml")
    base = base.with_values({"participants": participants, "months": months, "panel": 0, "market.traders": traders})
    axes = {"policy.adoption_speed": list(SPEEDS), "luck.managers": list(range(1, draws + 1))}
    return grid(base, axes, range(1, seeds + 1))


def inflows(worlds: pd.DataFrame) -> pd.DataFrame:
    """Billion USD a year by world and door.

    Args:
        worlds: months tables one above the other, with seed and the axes as columns.

    Returns:
        columns speed, seed, managers, year, door, billion; the door "plans" is the sum of the three plan doors.
    """
    named = worlds.rename(columns={"policy.adoption_speed": "speed", "luck.managers": "managers"})
    named = named.assign(year=named["month"].str[:4].astype(int), plans=named[list(PLAN_DOORS)].sum(axis=1))
    columns = {column: label for column, (label, _) in DOORS.items()} | {"plans": "plans, all doors"}
    yearly = named.groupby(["speed", "seed", "managers", "year"])[list(columns)].sum() / BILLION
    yearly.columns = list(columns.values())
    yearly.columns.name = "door"
    return yearly.stack().rename("billion").reset_index()


def by_year(flows: pd.DataFrame) -> pd.DataFrame:
    """Mean and 5–95 % over worlds of each year and of the whole time ("sum"), by speed and door."""
    whole = flows.groupby(["speed", "seed", "managers", "door"], as_index=False)["billion"].sum().assign(year="sum")
    both = pd.concat([flows.assign(year=flows["year"].astype(str)), whole], ignore_index=True)
    groups = both.groupby(["speed", "door", "year"])["billion"]
    table = groups.agg(mean="mean", low=lambda v: v.quantile(0.05), median="median", high=lambda v: v.quantile(0.95))
    return table.assign(worlds=groups.size()).reset_index()


def holdings(worlds: pd.DataFrame) -> pd.DataFrame:
    """Crypto in % of plan assets in the last month, by speed: 5, 50 and 95 % of the worlds, and the mean."""
    last = worlds.sort_values("month").groupby(["policy.adoption_speed", "seed", "luck.managers"]).tail(1)
    share = 100.0 * last["crypto_in_plans_usd"] / last["plan_assets_usd"]
    groups = share.groupby(last["policy.adoption_speed"])
    table = groups.quantile([0.05, 0.5, 0.95]).unstack().set_axis(["low", "median", "high"], axis=1)
    return table.assign(mean=groups.mean()).rename_axis("speed").reset_index()


def reaching(flows: pd.DataFrame) -> pd.DataFrame:
    """In how many worlds the sum over all plan doors and years is the low end of the public estimate or more, by speed.

    Args:
        flows: as from `inflows`.

    Returns:
        columns reached and worlds, one row a speed.
    """
    plans = flows[flows["door"] == "plans, all doors"]
    enough = plans.groupby(["speed", "seed", "managers"])["billion"].sum() >= PUBLIC_ESTIMATE[0]
    return enough.groupby("speed").agg(reached="sum", worlds="size").reset_index()


def providers_share(table: np.ndarray) -> float:
    """Share of the variance that the providers' luck makes, within worlds that share all other luck.

    Args:
        table: outcome by seed and draw of the providers' luck, shape (seeds, draws).
    """
    within = float(np.mean(table.var(axis=1, ddof=1)))
    between = max(
        float(table.mean(axis=1).var(ddof=1)) - within / table.shape[1], 0.0
    )  # the means carry some of within
    return within / (within + between) if within + between > 0.0 else float("nan")


def share_of_providers(table: np.ndarray) -> Share:
    """`providers_share` with the interval of a bootstrap over seeds (a fixed generator: the same every time)."""
    luck = np.random.default_rng(1)
    picks = luck.integers(0, len(table), size=(RESAMPLES, len(table)))
    drawn = np.array([providers_share(table[pick]) for pick in picks])
    if np.isnan(drawn).all():
        return Share(providers_share(table), float("nan"), float("nan"))
    return Share(providers_share(table), *(float(end) for end in np.nanquantile(drawn, [0.025, 0.975])))


def shares(flows: pd.DataFrame) -> pd.DataFrame:
    """Which part of the variance of the sum over all years is "which provider moves", by speed and door."""
    whole = flows.groupby(["speed", "door", "seed", "managers"])["billion"].sum().unstack("managers")
    rows = []
    for (speed, door), table in whole.groupby(level=["speed", "door"], sort=False):
        values = table.to_numpy()
        deviation = float(values.std(ddof=1))
        rows.append({"speed": speed, "door": door, "deviation": deviation} | share_of_providers(values)._asdict())
    return pd.DataFrame(rows)


def results_table(years: pd.DataFrame, parts: pd.DataFrame) -> Table:
    """Sums by speed and door, beside the public estimate."""
    low, high = PUBLIC_ESTIMATE
    lived = [year for year in years["year"] if year != "sum"]
    estimate = f"Public estimate, 1 % of 401(k) assets: {low:.0f}–{high:.0f}"
    title = f"Net inflow {min(lived)}–{max(lived)}, billion USD. {estimate}"
    table = Table(title=title, title_justify="left")
    for heading in ("Speed", "Door", "Mean", "Median", "5–95 %", "Worlds", "Which provider moves: share of variance"):
        table.add_column(heading, justify="left" if heading in ("Speed", "Door") else "right")
    known = parts.set_index(["speed", "door"])
    for row in _ordered(years[years["year"] == "sum"]).itertuples():
        part = known.loc[(row.speed, row.door)]
        share = "–" if np.isnan(part["share"]) else f"{part['share']:.2f} ({part['low']:.2f}–{part['high']:.2f})"
        span = f"{row.low:.1f} … {row.high:.1f}"
        table.add_row(row.speed, row.door, f"{row.mean:.1f}", f"{row.median:.1f}", span, str(row.worlds), share)
    return table


def findings(years: pd.DataFrame, parts: pd.DataFrame, held: pd.DataFrame, reached: pd.DataFrame) -> list[str]:
    """The sums, the shares, who reaches the public estimate, and the holdings in lines, for the README."""
    known, low, high = parts.set_index(["speed", "door"]), *PUBLIC_ESTIMATE
    lived = [year for year in years["year"] if year != "sum"]
    lines = [
        f"Net inflow {min(lived)}-{max(lived)}, billion USD: mean, median (5-95 % of the worlds), and the share of the",
        "variance that is which provider moves (95 % interval). The public estimate, 1 % of 401(k) assets, is",
        f"{low:.0f} to {high:.0f}.",
        "",
    ]
    for row in _ordered(years[years["year"] == "sum"]).itertuples():
        part = known.loc[(row.speed, row.door)]
        share = "-" if np.isnan(part["share"]) else f"{part['share']:.2f} ({part['low']:.2f} to {part['high']:.2f})"
        span = f"{row.mean:7.1f} {row.median:7.1f}  ({row.low:.1f} to {row.high:.1f})"
        lines.append(f"  {row.speed:7s} {row.door:18s} {span:32s} {share}")
    lines += ["", f"Worlds in which all plans bring {low:.0f} billion or more:", ""]
    lines += [f"  {row.speed:7s} {row.reached} of {row.worlds}" for row in _ordered(reached).itertuples()]
    lines += ["", "Crypto in % of plan assets in the last month: median (5-95 %), mean; public estimate 1 %.", ""]
    for row in _ordered(held).itertuples():
        lines.append(f"  {row.speed:7s} {row.median:.2f}  ({row.low:.2f} to {row.high:.2f})  {row.mean:.2f}")
    return lines


def picture(years: pd.DataFrame) -> bytes:
    """Inflow into plans by year and speed, median and 5–95 % of the worlds, and the doors' medians, as PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3.6), layout="constrained")
    yearly = years[years["year"] != "sum"].assign(when=lambda frame: frame["year"].astype(int))
    for axis, speed in zip(figure.subplots(1, len(SPEEDS)), SPEEDS, strict=True):
        own = yearly[yearly["speed"] == speed]
        plans = own[own["door"] == "plans, all doors"]
        axis.fill_between(plans["when"], plans["low"], plans["high"], color="#bbbbbb", alpha=0.6, linewidth=0)
        axis.plot(plans["when"], plans["median"], color="#222222", linewidth=1.8, label="plans, all doors (5–95 %)")
        for label, colour in DOORS.values():
            door = own[own["door"] == label]
            axis.plot(door["when"], door["median"], color=colour, linewidth=1.1, label=label)
        whole = years[(years["year"] == "sum") & (years["speed"] == speed) & (years["door"] == "plans, all doors")]
        axis.set_title(f"{speed}: {whole['median'].iloc[0]:.0f} in all years", loc="left", fontsize="medium")
        axis.axhline(0.0, color="#888888", linewidth=0.6)
        evenly = sum(PUBLIC_ESTIMATE) / 2 / yearly["when"].nunique()
        axis.axhline(evenly, color="#222222", linewidth=1.0, linestyle=":", label="public estimate, spread evenly")
        axis.spines[["top", "right"]].set_visible(False)
    lines = figure.axes[0].get_legend_handles_labels()
    figure.legend(*lines, loc="outside lower center", ncols=6, frameon=False, fontsize="small")
    figure.supylabel("net inflow, billion USD a year, median", fontsize="small")
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=120)
    return out.getvalue()


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows by speed from slow to fast, and by door: all of the plans, each of them, IRAs."""
    doors = ["plans, all doors", *(label for label, _ in DOORS.values())]
    by = {"speed": frame["speed"].map(SPEEDS.index)} | (
        {"door": frame["door"].map(doors.index)} if "door" in frame else {}
    )
    return frame.loc[pd.DataFrame(by).sort_values(list(by)).index]


def main(
    seeds: Annotated[int, typer.Option(min=2, help="Worlds with their own people, elections and price.")] = 8,
    draws: Annotated[int, typer.Option(min=2, help="Draws of the providers' luck in each.")] = 4,
    participants: Annotated[int, typer.Option(min=100)] = 5_000,
    traders: Annotated[int, typer.Option(min=50)] = 500,
    months: Annotated[int, typer.Option(min=1)] = MONTHS,
    workers: Annotated[int, typer.Option(min=1)] = 1,
    out: Annotated[Path, typer.Option(metavar="DIR")] = FOLDER,
) -> None:
    """Run the worlds that are not there yet, print the table and save it with a picture."""
    plan = design(seeds, draws, participants, traders, months)
    with worlds_bar(len(plan.worlds), quiet=False) as watch:
        worlds = sweep(plan, out / f"worlds-{plan.address[:8]}", workers=workers, watch=watch).worlds()
    flows = inflows(worlds)
    years, parts = by_year(flows), shares(flows)
    held = holdings(worlds)
    write_text(out / "holdings.csv", held.to_csv(index=False))
    write_text(out / "inflows.csv", flows.to_csv(index=False))
    write_text(out / "by_year.csv", years.to_csv(index=False))
    write_text(out / "providers.csv", parts.to_csv(index=False))
    (out / "inflows.png").write_bytes(picture(years))
    size = f"{seeds} seeds, {draws} draws of the providers' luck, {participants:,} savers, {traders:,} traders."
    files = "by_year.csv: mean, 5, 50 and 95 % over worlds, billion USD. providers.csv: share of the variance."
    options = f"--seeds {seeds} --draws {draws} --participants {participants} --traders {traders} --months {months}"
    made = f"Made by: python -m experiments.studies.pension_channel {options}"
    lines = findings(years, parts, held, reaching(flows))
    write_text(out / "README.txt", "\n".join([__doc__, size, made, "", *lines, "", files, ""]))
    Console(width=130).print(results_table(years, parts))
    for row in _ordered(held).itertuples():
        words = (
            f"crypto {row.median:.2f} % of plan assets at the end ({row.low:.2f}–{row.high:.2f}, mean {row.mean:.2f})"
        )
        Console(width=130).print(f"{row.speed}: {words}; the public estimate is 1 %")
    Console(width=130).print(f"{size} With few seeds the shares and the 5–95 % ends are rough.\n{out}")


if __name__ == "__main__":  # worker processes import this file
    typer.run(main)
