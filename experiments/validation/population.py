"""`abm validate population`: are these the savers and plans that publishers report, at the start and for thirty years?

Worlds of savers and the Treasury with the rule held at prohibit and no coins in IRAs, on mean returns, with limits that
follow wages, so that whatever moves in wage units moves by the savers' own rules. A figure "kept" is the mean of the
last five year ends of each decade in % of the start; the decade that is farthest off is judged.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri

from abm.records import MONTHS
from abm.scenario import Scenario
from abm.vocabulary import MONTHS_A_YEAR
from experiments.durable import write_text
from experiments.labs.savers_only import SaversOnly
from experiments.validation.census import moves, remember, stocks
from experiments.validation.population_pictures import thirty_years
from experiments.validation.scorecard import Target, Verdict, judge_sample, load_targets, save
from experiments.validation.treasury_rows import first_year, treasury_rows

EARLY = 5
"""Years over which rates of a year (job changes, cash-outs, contributions) are averaged."""
LAST = 5
"""Year ends that stand for a decade."""
_RECORDED = tuple(
    column
    for column in MONTHS
    if column.name in ("month", "wages_usd")
    or column.name.startswith(("income_tax", "payroll_tax", "benefits", "fiscal_balance", "debt", "tax_expenditure"))
)
_TITLE = "Savers and plans"
_BESIDE = {
    "median_pay_others": "the model's are all non-savers, the published ones those who could save",
    "ira_mean": "persons of today against households of 2022",
    "ira_median": "persons of today against households of 2022",
}
_NOTES = _BESIDE | {
    "top_tenth_pay": "published by the year's wages, with those who worked a part of it",
    "top_hundredth_pay": "published by the year's wages, with those who worked a part of it",
    "benefit_decile_1": "no published figure by lifetime income found",
    "benefit_decile_5": "no published figure by lifetime income found",
    "benefit_decile_10": "no published figure by lifetime income found",
}


class Life(NamedTuple):
    """One world.

    Attributes:
        seed: its seed.
        census: year ends by row, the start first; columns as `census.stocks`, and "year".
        flows: calendar years by row; yearly sums of `census.moves`, USD of the year, persons in millions, and "year".
        months: what the Treasury recorded, month by month; columns as in the months table of a run.
    """

    seed: int
    census: pd.DataFrame
    flows: pd.DataFrame
    months: pd.DataFrame


def main(
    participants: int = 20_000,
    years: int = 30,
    seeds: int = 3,
    sampling: int = 10,
    first_seed: int = 1,
    out: Path | None = None,
    watch: Callable[[str], None] = lambda sentence: None,
) -> tuple[list[Verdict], Path]:
    """Validate savers and plans and leave a folder; returns the verdicts and the folder.

    Args:
        participants: rows of each world. years: of each world; what needs more years than there are is left out.
        seeds: worlds, seeds first_seed, first_seed + 1, …. sampling: further worlds of one year, on the seeds after
            those, for the sampling error of a year's flows.
        first_seed: those from 1 on were used in fits, in part.
        out: the folder. watch: is told what is being done.
    """
    lives = []
    for number in range(seeds):
        watch(f"World {number + 1} of {seeds}, {years} years")
        lives.append(live(participants, years, first_seed + number))
    first_years = [first_flows(each) for each in lives]
    for number in range(sampling):
        watch(f"Sampling error, world {number + 1} of {sampling}")
        first_years.append(first_flows(live(participants, 1, first_seed + seeds + number)))
    verdicts = judge_lives(lives) + treasury_rows([each.months for each in lives])
    folder = out or Path("results/validate/population")
    command = f"abm validate population --participants {participants} --years {years} --seeds {seeds}"
    command += f" --sampling {sampling}" * (sampling != 10) + f" --first-seed {first_seed}" * (first_seed != 1)
    write(lives, sampling_error(first_years), verdicts, folder, command)
    return verdicts, folder


def scenario_of(participants: int, years: int, seed: int) -> Scenario:
    """The world in which nothing but the savers' own rules can move figures in wage units."""
    dials = {
        "policy.rule": "prohibit",
        "policy.rule_held": True,
        "parameters.returns.volatility_scale": 0.0,
        "parameters.payroll.limits_follow_wages": 1.0,
    }
    base = Scenario(name="population", participants=participants, months=years * MONTHS_A_YEAR, seed=seed, panel=0)
    return base.with_values(dials)


def live(participants: int, years: int, seed: int) -> Life:
    """Build one world, live it, and take its census at the start and every December."""
    world = SaversOnly(scenario_of(participants, years, seed))
    census, flows, months, year = [{"year": 0, **stocks(world)}], [], [], []
    for _ in range(years * MONTHS_A_YEAR):
        before = remember(world)
        world.step()
        year.append(moves(world, before))
        months.append({column.name: column.observe(world.model) for column in _RECORDED})
        if world.clock.month_of_year == MONTHS_A_YEAR:
            census.append({"year": len(census), **stocks(world)})
            flows.append({"year": len(census) - 1, **pd.DataFrame(year).sum()})
            year = []
    return Life(seed, pd.DataFrame(census), pd.DataFrame(flows), pd.DataFrame(months))


def rates(flows: pd.DataFrame) -> dict[str, float]:
    """Rates of a year in %, from sums over calendar years, by name of target."""
    total = flows.sum()
    person_years = total["savers"] / MONTHS_A_YEAR
    plans = total["deferrals"] + total["employer_contributions"]
    return {
        "employer": 100.0 * total["employer_contributions"] / total["covered_wages"],
        "contributions": 100.0 * plans / total["wages"],
        "separation": 100.0 * total["separated"] / person_years,
        "cash_out": 100.0 * total["cashed_out"] / total["separated"],
        "cash_out_large": 100.0 * total["cashed_out_large"] / max(total["separated_large"], 1e-9),
        "hardship": 100.0 * total["hardships"] / (total["at_risk"] / MONTHS_A_YEAR),
        "rollovers": 100.0 * total["rollovers"] / total["wages"],
    }


def kept(name: str, lives: Sequence[Life]) -> list[float]:
    """A figure along the run, one value a world: the decade that is farthest from the start on average over worlds.

    Returns:
        % of the start, for "coverage" the change in points; empty for runs of less than a decade.
    """
    decades = []
    for end in range(10, len(lives[0].census), 10):
        change = []
        for each in lives:
            figure = each.census[name].to_numpy()
            later = float(np.mean(figure[end - LAST + 1 : end + 1]))
            change.append(later - figure[0] if name == "coverage" else 100.0 * later / figure[0])
        decades.append(change)
    unchanged = 0.0 if name == "coverage" else 100.0
    return max(decades, key=lambda change: abs(np.mean(change) - unchanged), default=[])


def judge_lives(lives: Sequence[Life]) -> list[Verdict]:
    """Every target of population.csv against the worlds."""
    early = [rates(each.flows.head(EARLY)) for each in lives]
    verdicts = []
    for target in load_targets("population").values():
        values = _values(target, lives, early)
        if values:
            beside = target.name in _BESIDE
            verdicts.append(judge_sample(target, values, _NOTES.get(target.name, ""), comparable=not beside))
    return verdicts


def _values(target: Target, lives: Sequence[Life], early: Sequence[dict[str, float]]) -> list[float]:
    """The figure of a target in each world."""
    if target.name.endswith("_kept"):
        return kept(target.name.removesuffix("_kept"), lives)
    if target.name in early[0]:
        return [each[target.name] for each in early]
    return [float(each.census[target.name].iloc[0]) for each in lives]


def first_flows(life: Life) -> pd.Series:
    """Flows of a world's first year: those of `census.moves`, and the Treasury's, USD."""
    treasury = first_year(life.months)
    yearly = {name: treasury.flows[f"{name}_usd"] for name in ("income_tax", "payroll_tax")}
    ledger = [f"tax_expenditure_{account}_{way}" for account in ("plans", "iras") for way in ("gross", "cash_flow")]
    # The ledger of the year is written in December.
    yearly |= {name: treasury.december[f"{name}_usd"] for name in ledger}
    return pd.concat([life.flows.iloc[0], pd.Series(yearly)])


def sampling_error(first_years: Sequence[pd.Series]) -> pd.DataFrame:
    """How far a year's national flow differs between seeds: one row a flow, mean and standard deviation.

    Args:
        first_years: `first_flows` of each world.
    """
    rows, whole = [], pd.DataFrame(list(first_years))
    for name in whole.columns.drop("year"):
        mean, deviation = float(whole[name].mean()), float(whole[name].std(ddof=1))
        relative = 100.0 * deviation / abs(mean) if mean else float("nan")
        rows.append({"flow": name, "mean": mean, "sd_over_seeds": deviation, "sd_percent": relative})
    return pd.DataFrame(rows).assign(worlds=len(whole))


def write(
    lives: Sequence[Life], sampling: pd.DataFrame, verdicts: Sequence[Verdict], folder: Path, command: str
) -> None:
    """Write the folder: scorecard, year by year, sampling errors, pictures, and a page of text."""
    save(verdicts, folder, _TITLE, text(lives, sampling, command))
    for name in ("census", "flows"):
        tables = [getattr(each, name).assign(seed=each.seed) for each in lives]
        write_text(folder / f"{name}.csv", pd.concat(tables).to_csv(index=False))
    write_text(folder / "sampling.csv", sampling.to_csv(index=False))
    if len(lives[0].census) > 1:
        (folder / "thirty_years.png").write_bytes(thirty_years([each.census for each in lives]))


def text(lives: Sequence[Life], sampling: pd.DataFrame, command: str) -> str:
    """How it was measured, and the sampling error of each national flow, in sentences."""
    years, worlds = len(lives[0].census) - 1, int(sampling["worlds"].iloc[0])
    top = np.mean([each.census["top_45_54"].tail(LAST).mean() for each in lives]) / 1e6
    lines = [
        f"Made by: {command}",
        "",
        f"{len(lives)} worlds of {years} years, seeds from {lives[0].seed} on, rule held at prohibit, no coins in "
        "IRAs, mean returns, limits following wages, population constant; money in wage units (USD over the average "
        "wage index).",
        f"Rates of a year are averages of the first {EARLY} years. Figures kept are means of the last {LAST} year ends "
        "of each decade over the start; the decade farthest off is judged. A household is a person and the spouse whom "
        "the rule of deaths would find.",
        f"At 45-54 the top percentile of 401(k) accounts begins at {top:.2f} million at the last {LAST} year ends; a "
        f"lognormal of the published mean and median has {lognormal_top():.2f}.",
        "Calibration: parameters were chosen with the figure in view. Validation: they were not.",
        "",
        f"Sampling error of a year's national flow: standard deviation over {worlds} seeds in % of the flow. Stocks "
        "are exact for every seed. Lump events (cash-outs, deaths) are booked as they fall, not as expected parts: an "
        "account is closed or it is not, so their flows are the least certain.",
        *(f"  {row.flow:32s} {row.sd_percent:6.2f} %" for row in sampling.itertuples()),
        "",
        "census.csv     figures of each year end, by seed",
        "flows.csv      sums of each calendar year, by seed: USD of the year, millions of persons",
        "sampling.csv   sampling errors",
        "thirty_years.png  figures along the run",
    ]
    return "\n".join(lines)


def lognormal_top() -> float:
    """Where the top percentile at 45-54 would begin if balances were lognormal, million USD."""
    targets = load_targets("population")
    mean, median = targets["mean_45_54"].value, targets["median_45_54"].value
    return median * math.exp(float(ndtri(0.99)) * math.sqrt(2.0 * math.log(mean / median))) / 1e6
