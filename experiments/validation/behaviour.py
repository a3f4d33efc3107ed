"""`abm validate behaviour`: do savers, sponsors and providers behave as people and firms were seen to behave?

Savers are watched in the base scenario for two years; three stretches of the past are lived again along the price of
bitcoin (`behaviour_paths`); sponsors adopt alone what was once on offer (`behaviour_sponsors`). The targets and their
bands are in targets/behaviour.csv. What fails is shown as failing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from abm.model import RetirementModel
from abm.scenario import Scenario
from abm.vocabulary import MONTHS_A_YEAR
from experiments.durable import write_text
from experiments.validation import behaviour_paths as paths
from experiments.validation import behaviour_sponsors as firms
from experiments.validation.behaviour_pictures import curves_picture, funds_picture
from experiments.validation.scorecard import Target, Verdict, judge, judge_sample, load_targets, mean_interval, save

FOLDER = Path("results/validate/behaviour")
TITLE = "Behaviour"
SPONSORS, SPONSOR_WORLDS = 400, 40
CURVES = {
    "target_date": ("target-date funds", "Vanguard"),
    "roth_psca": ("Roth option", "PSCA"),
    "roth_vanguard": ("Roth option", "Vanguard"),
    "annuities": ("in-plan annuities", "DOL and UBS"),
}
POINTS = {
    "target_date_points": ("target-date funds", "Vanguard"),
    "roth_points": ("Roth option", "PSCA and Vanguard"),
    "annuities_points": ("in-plan annuities", "DOL and UBS"),
}
TEXT = """
Savers looking, trading and holding: the base scenario, two years, one world a seed; a trade is a month in which a saver
looks at the allocation of the plan account. Income: thirds of all adults by pay of the present or last job.
IRA flows, exits and the self-managed funds: today's savers along month-end prices of bitcoin, every door but the IRA
closed. A month is decided on its eve, so the slope is taken on the last return that savers know. On the same month's
return, as for the ETFs, it is shown, not judged: there it would be missed. Both lags were looked at before this was
settled. The slope's interval is the regression's; all others are t intervals over worlds.
Diffusion: sponsors alone. Judged is the largest distance, in a published year, of the mean of 40 worlds from the
least-squares diffusion curve (Bass; start, p, q >= 0 and a ceiling up to 100 % free) through the points of one source,
which is fitted here to targets/adoption_curves.csv. Each world starts at that curve's level and has the ceiling of what
was offered; p and q are those of the speed. The largest distance from the points themselves is shown, not judged,
beside the smallest that any such curve can reach: surveys draw other firms every year, so that PSCA's share of plans
with a Roth option jumps by 11 points in one year, and PSCA and Vanguard ask different firms.
Self-managed funds: the model's savers of 50 to 72 with their IRAs, no parameter changed but the level at the start. An
earlier design let trustees look twice as often and gave them no door to pass; nobody has measured either, and the notes
say what it gives. The change of design was made with these rows in view, no parameter was. The ATO counts coins held
directly, not listed funds.
calibration: a parameter was chosen with the figure in view. validation: none was.
"""


def watch_savers(seed: int, participants: int, months: int = 2 * MONTHS_A_YEAR) -> dict[str, float]:
    """Looks, trades and holders in the base scenario, in %, by name of the target.

    Args:
        months: 24 for figures that compare; the shares of "no trade" and "one trade" are of that time.
    """
    world = RetirementModel(Scenario(participants=participants, seed=seed, months=months, panel=0))
    people = world.people
    figures = holder_cells(world)
    had, person = plan_money(world) > 0.0, people.generation.copy()
    looks = np.zeros((months, len(people)), dtype=bool)
    for month in range(months):
        world.step()
        looks[month] = world.choices.looked
    stayed = had & (people.generation == person) & (plan_money(world) > 0.0)
    trades = looks.sum(axis=0)
    years = [looks[begin : begin + MONTHS_A_YEAR].any(axis=0) for begin in range(0, months, MONTHS_A_YEAR)]
    everyone = people.total(stayed)
    return figures | {
        "looked": 100.0 * float(np.mean([people.total(stayed & year) for year in years])) / everyone,
        "no_trade": 100.0 * people.total(stayed & (trades == 0)) / everyone,
        "one_trade": 100.0 * people.total(stayed & (trades == 1)) / everyone,
    }


def plan_money(world: RetirementModel) -> np.ndarray:
    """USD in each saver's plan account, shape (n,)."""
    people = world.people
    return people.plan_core + people.plan_crypto * world.market.price


def holder_cells(world: RetirementModel) -> dict[str, float]:
    """% who hold crypto by sex and age and by pay, and % of IRA assets in crypto, as the world stands."""
    people, price = world.people, world.market.price
    holds = (people.outside == 1) | (people.ira_crypto > 0.0) | (people.plan_crypto > 0.0)
    young = people.age < 50 * MONTHS_A_YEAR
    low, high = np.quantile(people.salary, [1 / 3, 2 / 3])
    groups = {
        "men_young": (people.sex == 0) & young,
        "men_old": (people.sex == 0) & ~young,
        "women_young": (people.sex == 1) & young,
        "women_old": (people.sex == 1) & ~young,
        "high_income": people.salary >= high,
        "low_income": people.salary <= low,
    }
    cells = {name: 100.0 * people.total(group & holds) / people.total(group) for name, group in groups.items()}
    crypto = people.total(people.ira_crypto * price)
    return cells | {"ira_share": 100.0 * crypto / (crypto + people.total(people.ira_core))}


def judge_savers(targets: dict[str, Target], seeds: Iterable[int], participants: int) -> list[Verdict]:
    """Verdicts on looking, trading and holding."""
    sample = pd.DataFrame([watch_savers(seed, participants) for seed in seeds])
    return [judge_sample(targets[name], sample[name]) for name in targets if name in sample]


def judge_flows(targets: dict[str, Target], months: pd.DataFrame) -> list[Verdict]:
    """Verdicts on IRA flows since 2024.

    Args:
        months: `behaviour_paths.since_etfs` of several worlds, one below the other.
    """
    verdicts = [judge_sample(targets["ira_share_2026"], paths.share_of_iras(months, "2026-06"))]
    for name, lag in (("slope", 1), ("slope_same_month", 0)):
        found = paths.flow_slope(months, lag)
        ends = (found.slope - 1.96 * found.error, found.slope + 1.96 * found.error)
        note = f"{found.count} months, standard error {found.error:.2f}"
        note += "" if lag else "; savers decide before they know it"
        verdicts.append(judge(targets[name], found.slope, ends, note, comparable=bool(lag)))
    return [*verdicts, judge_sample(targets["etf_exit"], paths.coins_given_up(months))]


def judge_fall(targets: dict[str, Target], seeds: Iterable[int], participants: int) -> list[Verdict]:
    """Verdicts on who was left after the fall of 2021–23."""
    exits = [paths.great_fall(seed, participants) for seed in seeds]
    apart = "SHED asks persons, not accounts; ETF holders gave up far less"
    return [
        judge_sample(targets["survey_exit"], [exit.holders for exit in exits]),
        judge_sample(targets["account_exit"], [exit.accounts for exit in exits], apart, comparable=False),
    ]


def judge_sponsors(targets: dict[str, Target], worlds: int, sponsors: int) -> tuple[list[Verdict], pd.DataFrame]:
    """Verdicts on the curves of adoption, and the curves: one row a published year."""
    verdicts, rows, published = [], [], firms.published_curves() | firms.published_curves(mixed=True)
    lived = {key: firms.curve_sample(curve, range(1, worlds + 1), sponsors) for key, curve in published.items()}
    for name, key in CURVES.items():
        curve, sample = published[key], lived[key]
        verdicts.append(_gap_verdict(targets[name], curve, curve.through(), sample))
        low, high = np.quantile(sample, [0.05, 0.95], axis=0)
        for k, year in enumerate(curve.years):
            rows.append(
                {"curve": curve.name, "source": curve.source, "speed": curve.speed, "year": int(year)}
                | {"published": curve.shares[k], "fitted": curve.through()[k]}
                | {"model": sample[:, k].mean(), "low": low[k], "high": high[k]}
            )
    for name, key in POINTS.items():
        curve = published[key]
        note = f"no diffusion curve comes closer than {curve.smallest_gap():.1f}"
        verdicts.append(_gap_verdict(targets[name], curve, curve.shares, lived[key], note, comparable=False))
    return verdicts, pd.DataFrame(rows)


def _gap_verdict(
    target: Target, curve: firms.Curve, series: np.ndarray, sample: np.ndarray, note: str = "", comparable: bool = True
) -> Verdict:
    """Verdict on the largest distance of the worlds' mean from a series at the curve's years."""
    gap, place = firms.largest_gap(series, sample)
    ends = sorted(abs(end - series[place]) for end in mean_interval(sample[:, place]))
    where = f"{curve.years[place]}: {sample[:, place].mean():.0f} against {series[place]:.0f} %"
    notes = "; ".join(filter(None, (where, note)))
    return judge(target, gap, (ends[0], ends[-1]), notes, comparable)


def judge_funds(targets: dict[str, Target], funds: pd.DataFrame, engaged: pd.DataFrame) -> list[Verdict]:
    """Verdicts on Australian self-managed funds; validation only.

    Args:
        funds: `behaviour_paths.self_managed_funds` of several worlds, one below the other.
        engaged: the same with engaged trustees, for the notes.
    """
    verdicts = []
    for column, stem in (("assets", "funds_assets"), ("funds", "funds_holding")):
        for year, own in funds.groupby("year"):
            if f"{stem}_{year}" in targets:
                other = engaged.loc[engaged["year"] == year, column].mean()
                note = f"{other:.2f} if trustees look twice as often and no door holds them back"
                verdicts.append(judge_sample(targets[f"{stem}_{year}"], own[column], note))
    return verdicts


def main(
    participants: int = 40_000,
    seeds: int = 8,
    out: Path | None = None,
    watch: Callable[[str], None] = lambda sentence: None,
    sponsor_worlds: int = SPONSOR_WORLDS,
) -> tuple[list[Verdict], Path]:
    """Measure, judge and save; returns the verdicts and the folder.

    Args:
        participants: savers of a world.
        seeds: worlds, seeds 1, 2, …
        out: folder of the scorecard.
        watch: is told in a sentence what is being measured.
        sponsor_worlds: worlds of sponsors alone.
    """
    targets, chosen, folder = load_targets("behaviour"), range(1, seeds + 1), out or FOLDER
    watch("Savers of the base scenario, two years")
    verdicts = judge_savers(targets, chosen, participants)
    watch("IRAs since 2024")
    months = pd.concat([paths.since_etfs(seed, participants) for seed in chosen], ignore_index=True)
    verdicts += judge_flows(targets, months)
    watch("The fall of 2021 to 2023")
    verdicts += judge_fall(targets, chosen, participants)
    watch("Sponsors alone")
    adopted, curves = judge_sponsors(targets, sponsor_worlds, SPONSORS)
    watch("Australian self-managed funds, 2018 to 2025")
    funds = pd.concat([paths.self_managed_funds(seed, participants) for seed in chosen], ignore_index=True)
    engaged = pd.concat([paths.self_managed_funds(seed, participants, True) for seed in chosen], ignore_index=True)
    verdicts += adopted + judge_funds(targets, funds, engaged)
    order = {name: place for place, name in enumerate(targets)}
    verdicts.sort(key=lambda verdict: order[verdict.target.name])
    worlds = f"{participants:,} savers, seeds 1 to {seeds}; {sponsor_worlds} worlds of {SPONSORS} sponsors."
    save(verdicts, folder, TITLE, f"{TEXT}\n{worlds}\n")
    both = pd.concat([funds.assign(engaged=False), engaged.assign(engaged=True)], ignore_index=True)
    for name, table in (("curves", curves), ("flows", months), ("self_managed_funds", both)):
        write_text(folder / f"{name}.csv", table.to_csv(index=False))
    (folder / "curves.png").write_bytes(curves_picture(curves))
    (folder / "self_managed_funds.png").write_bytes(funds_picture(both))
    return verdicts, folder
