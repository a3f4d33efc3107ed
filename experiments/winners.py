"""Winners and losers: the same persons in two worlds that share every draw, one by one.

    difference of a person = wealth in B − wealth in A at the last month, USD of the first year
    better, worse          = a difference beyond a stated least one

Rows are matched by seat and generation: in both worlds the same person, of the same birth and luck, alive in both.
Wealth is what is in plan and IRA, coins at each world's own last price; what was drawn before is not in it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from abm.errors import Fault, InputError, ResultsError
from abm.participants.outcome_groups import SIZES
from abm.scenario import Scenario
from experiments.durable import flush, write_text
from experiments.effects import FEW, LEVEL, paired_effect
from experiments.store import Run, is_run, open_run
from experiments.workers import Crew, Failure, keep_going

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAST_USD = 100.0
"""Differences up to this, USD of the first year, count as none."""
NO_EMPLOYER = "no employer so far"
QUANTILES = (0.01, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99)
SHARES = ("better", "worse")


class Compared(NamedTuple):
    """What `compare_people` found.

    Attributes:
        groups: one row a kind of group and group: shares better and worse with interval, mean and quantiles.
        people: one row a person and seed: the group labels, wealth in A and in B, and the difference.
        failed: worlds that could not be run: what and why.
    """

    groups: pd.DataFrame
    people: pd.DataFrame
    failed: pd.DataFrame


def read_side(path: Path, levers: Mapping[str, Any]) -> Scenario | Path:
    """A scenario file with some fields changed, or the folder of a run as it is."""
    return path if path.is_dir() else Scenario.from_toml(path).with_values(levers, "command line")


def fortunes(run: Run) -> pd.DataFrame:
    """Everybody at the end of a run, by seat and generation: wealth, and what groups a person belongs to."""
    savers, last = run.savers, run.months.iloc[-1]
    if "plan_size" not in savers:
        raise ResultsError(f"{run.path} is of a version that did not record plan_size: run it again.")
    coins = savers["plan_crypto"] + savers["ira_crypto"]
    other = savers["plan_core"] + savers["ira_core"]
    year, month = (int(part) for part in last["month"].split("-"))
    born = (12 * year + month - 1 - savers["age"].astype(int)) // 12
    frame = pd.DataFrame(
        {
            "seat": savers["seat"],
            "generation": savers["generation"],
            "wealth": (other + coins * last["price_usd"]) / last["price_index"],
            "weight": savers["weight"],
            "sex": np.where(savers["sex"] == 1, "female", "male"),
            "cohort": (born // 10 * 10).astype(str) + "s",
            "plan_size": np.array((*SIZES, NO_EMPLOYER))[savers["plan_size"]],  # −1 is the last
            "income": savers["earnings_sum"] / savers["earnings_years"].clip(lower=1),
        }
    )
    return frame.set_index(["seat", "generation"])


def differences(a: Run, b: Run) -> pd.DataFrame:
    """Persons alive in both worlds: labels of A's world, `wealth_a`, `wealth_b`, `difference`.

    Raises:
        InputError: the two worlds differ in seed, size, start or length, so that their persons are not the same.
    """
    odd = [
        Fault(name, getattr(b.scenario, name), f"must be that of the other side, {getattr(a.scenario, name)}")
        for name in ("seed", "participants", "start", "months")
        if getattr(a.scenario, name) != getattr(b.scenario, name)
    ]
    if odd:
        raise InputError("comparison person by person", odd)
    ours, theirs = fortunes(a), fortunes(b)
    both = ours.rename(columns={"wealth": "wealth_a"}).join(theirs["wealth"].rename("wealth_b"), how="inner")
    both["difference"] = both["wealth_b"] - both["wealth_a"]
    tenth = np.floor(10.0 * both["income"].rank(method="first").sub(1.0) / len(both)).astype(int) + 1
    return both.assign(decile=tenth.astype(str), seed=a.scenario.seed, all="all").reset_index()


def group_rows(people: pd.DataFrame, least: float = LEAST_USD) -> pd.DataFrame:
    """Shares better and worse, mean and quantiles of the difference, by group; intervals over seeds.

    Args:
        people: what `differences` gives, one seed above the other.
        least: difference beyond which a person counts, USD of the first year.
    """
    rows = []
    for kind in ("all", "decile", "sex", "cohort", "plan_size"):
        present = people[kind].unique()
        names = sorted(present, key=lambda name: (len(name), name))
        if kind == "plan_size":
            names = [name for name in (*SIZES, NO_EMPLOYER) if name in present]
        for name in names:
            inside = people[people[kind] == name]
            by_seed = [_shares(part, least) for _, part in inside.groupby("seed", sort=True)]
            row: dict[str, Any] = {"kind": kind, "group": name, "seeds": len(by_seed), "persons": len(inside)}
            for place, share in enumerate(SHARES):
                values = np.array([shares[place] for shares in by_seed])
                seen = paired_effect(np.zeros_like(values), values)
                low, high = np.clip((seen.low, seen.high), 0.0, 1.0)
                row |= {share: seen.difference, f"{share}_low": low, f"{share}_high": high}
            row["mean_usd"] = float(np.average(inside["difference"], weights=inside["weight"]))
            spread = np.quantile(inside["difference"], QUANTILES)
            rows.append(row | {f"p{100 * q:02.0f}_usd": value for q, value in zip(QUANTILES, spread, strict=True)})
    return pd.DataFrame(rows)


def compare_people(
    a: Scenario | Path,
    b: Scenario | Path,
    seeds: Sequence[int],
    folder: Path,
    *,
    workers: int = 1,
    least: float = LEAST_USD,
    watch: Callable[[int], None] = lambda done: None,
) -> Compared:
    """Run pairs of worlds that are not there yet, and compare their persons one by one.

    Args:
        a, b: each a scenario, run once a seed, or the results folder of one run.
        seeds: seeds for scenarios; where a side is a folder, its own seed is taken.
        folder: where worlds are kept, as results folders; a second call finds them there.
        workers: processes at a time.
        least: difference beyond which a person counts as better or worse off, USD of the first year.
        watch: called with the number of worlds done.

    Raises:
        InputError: the sides are not the same persons.
        ResultsError: no pair of worlds is whole, or a folder holds no run.
    """
    given = [open_run(side) for side in (a, b) if isinstance(side, Path) and _is_whole(side)]
    wanted = [int(run.scenario.seed) for run in given[:1]] or [int(seed) for seed in seeds]
    places = [[_place(side, label, seed, folder) for side, label in ((a, "A"), (b, "B"))] for seed in wanted]
    tasks = [
        (side.but(seed=seed), place)
        for seed, pair in zip(wanted, places, strict=True)
        for side, place in zip((a, b), pair, strict=True)
        if isinstance(side, Scenario) and not is_run(place)
    ]
    failed = _run_all(tasks, workers, watch)
    whole = [pair for pair in places if all(is_run(place) for place in pair)]
    if not whole:
        raise ResultsError(f"No pair of worlds is whole: {failed['error'].iloc[0] if len(failed) else folder}.")
    people = pd.concat([differences(*map(open_run, pair)) for pair in whole], ignore_index=True)
    return Compared(group_rows(people, least), people, failed)


def save(
    compared: Compared, folder: Path, name_a: str, name_b: str, least: float = LEAST_USD, file: str = "winners.csv"
) -> Path:
    """Write the groups, the picture and a text of the same stem into a folder; returns the CSV's path."""
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / file
    write_text(table, compared.groups.to_csv(index=False))
    table.with_suffix(".png").write_bytes(_png(picture(compared, name_a, name_b)))
    flush(table.with_suffix(".png"))
    write_text(table.with_suffix(".txt"), _readme(compared, name_a, name_b, least))
    return table


def sentence(compared: Compared, name_a: str, name_b: str) -> str:
    """The result in one sentence."""
    row = compared.groups.iloc[0]
    seeds = f"{row['seeds']} seed{'s' if row['seeds'] > 1 else ''}"
    thin = f"; fewer than {FEW} seeds give no reliable interval" if row["seeds"] < FEW else ""
    return (
        f"Under {name_b} {row['better']:.1%} of persons end better off than under {name_a} and {row['worse']:.1%} "
        f"worse off; the median difference is {row['p50_usd']:,.0f} USD of the first year, the middle nine in ten "
        f"lie between {row['p05_usd']:,.0f} and {row['p95_usd']:,.0f} ({seeds}{thin})."
    )


def picture(compared: Compared, name_a: str, name_b: str) -> Figure:
    """Shares better and worse by decile and cohort, and the differences of all persons, in order."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4), layout="constrained")
    axes = figure.subplots(1, 3)
    for axis, kind, label in ((axes[0], "decile", "Decile of lifetime income"), (axes[1], "cohort", "Born in the")):
        rows = compared.groups[compared.groups["kind"] == kind]
        spots = np.arange(len(rows))
        for share, sign, colour in (("better", 1, "#0072b2"), ("worse", -1, "#d55e00")):
            axis.bar(spots, sign * 100 * rows[share], color=colour, label=f"{share} off")
            edges = 100 * np.array([rows[share] - rows[f"{share}_low"], rows[f"{share}_high"] - rows[share]])
            axis.errorbar(spots, sign * 100 * rows[share], edges[::sign], fmt="none", ecolor="#222222", elinewidth=0.8)
        axis.set_xticks(spots, rows["group"], rotation=0 if kind == "decile" else 60)
        axis.axhline(0.0, color="#222222", linewidth=0.8)
        axis.set_xlabel(label)
        axis.set_ylabel("% of persons (worse: downward)")
    axes[0].legend(frameon=False)
    touched = compared.people["difference"].abs() > 1.0
    ordered = np.sort(compared.people.loc[touched, "difference"])
    axes[2].plot(100 * (np.arange(ordered.size) + 0.5) / ordered.size, ordered, color="#222222")
    axes[2].set_yscale("symlog", linthresh=LEAST_USD)
    axes[2].axhline(0.0, color="#888888", linewidth=0.8)
    axes[2].set_xlabel(f"% of the {touched.mean():.1%} of persons with any difference, in its order")
    axes[2].set_ylabel("Difference, USD of the first year")
    figure.suptitle(f"{name_b} against {name_a}, person by person", fontsize=11)
    return figure


def _shares(people: pd.DataFrame, least: float) -> tuple[float, float]:
    """Weighted shares of persons better and worse off by more than `least`."""
    gain, weight = people["difference"].to_numpy(), people["weight"].to_numpy(float)
    total = weight.sum()
    return float(weight[gain > least].sum() / total), float(weight[gain < -least].sum() / total)


def _is_whole(path: Path) -> bool:
    if not is_run(path):
        raise ResultsError(f"{path} holds no run; person by person needs a scenario or the folder of one run.")
    return True


def _place(side: Scenario | Path, label: str, seed: int, folder: Path) -> Path:
    return side if isinstance(side, Path) else folder / f"{label}-{side.but(seed=seed).digest()[:8]}-{seed}"


def _run_all(tasks: list[tuple[Scenario, Path]], workers: int, watch: Callable[[int], None]) -> pd.DataFrame:
    """Run worlds into their folders; returns those that failed."""
    failures: list[Failure] = []
    done: list[int] = []

    def settled(index: int) -> None:
        done.append(index)
        watch(len(done))

    if tasks:
        Crew(_run_one, tasks, workers, settled, failures.append).run()
    return pd.DataFrame(
        [(str(tasks[failure.index][1]), failure.error, failure.traceback) for failure in failures],
        columns=["world", "error", "traceback"],
    )


def _run_one(task: tuple[Scenario, Path]) -> None:
    from experiments.run import run_to_folder

    scenario, place = task
    run_to_folder(scenario, place, watch=keep_going)


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=130)
    return file.getvalue()


def _readme(compared: Compared, name_a: str, name_b: str, least: float) -> str:
    return f"""Winners and losers, person by person: {name_b} (B) against {name_a} (A), on the same draws.

{sentence(compared, name_a, name_b)}

A person is matched by seat and generation; only those alive in both worlds at the end are compared. Wealth is plan and
IRA at the last month in USD of the first year, coins at each world's own price. Better and worse: by more than
{least:,.0f} USD. Intervals: {LEVEL:.0%}, Student's t over seeds; the quantiles pool the persons of all seeds. Deciles
are of lifetime income (average indexed earnings) among the compared; plan_size is by the employer in A, thirds of
all jobs, the last employer of those without a job. Money drawn before is not in the wealth.

*.csv         one row a group: shares, intervals, mean and quantiles of the difference
*.png         shares by decile and cohort, and all differences in order
A-*, B-*      the worlds, as results folders
"""
