"""Who holds crypto outside retirement accounts: along ten flat years, in the base world, and along bitcoin's past.

    flat      the price stays as it is for ten years: do the surveyed cells of sex, age and pay stay?
    base      ten years of the base scenario, market and politics included
    bitcoin   month-end prices from October 2020, 4 % of adults holding on that eve (assumed: no survey was found)

Holders are persons with crypto anywhere, in % of adults, as surveys ask it. Shown beside them is how much of the time
the price is more than half below its high, as savers remember it (the high fades by 1 % a month), because holders leave
in falls: in the base worlds, and along bitcoin's prices from 2018 to mid 2026. Means over seeds. Run it with

    python -m experiments.studies.holders_outside [--seeds 8] [--participants 20000]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from abm.model import RetirementModel
from abm.scenario import Scenario
from abm.vocabulary import MONTHS_A_YEAR
from experiments import scenarios_folder
from experiments.durable import write_text
from experiments.labs.imposed import imposed_world, lived
from experiments.validation.behaviour import holder_cells
from experiments.validation.behaviour_paths import holders, replay

FOLDER = Path("results/studies/holders_outside")
YEARS = 10
DEEP = 0.5
"""Fall below the remembered high that counts as deep."""
SURVEYS = {"2021-10": 12.0, "2022-10": 10.0, "2023-10": 7.0, "2025-06": 14.0}
"""% of adults who hold: SHED 2021, 2022 and 2023; Gallup, June 2025."""
BEGIN, AT_FIRST = "2020-10", 4.0


def share(world: RetirementModel) -> float:
    """Holders in % of adults."""
    return 100.0 * holders(world) / world.people.total(1.0)


def flat(seed: int, participants: int, years: int = YEARS) -> pd.DataFrame:
    """The surveyed cells, %, at the start and after flat years; columns figure, when, percent."""
    scenario = Scenario(participants=participants, seed=seed, panel=0)
    price = scenario.parameters.crypto_market.start_price
    world = imposed_world(scenario, np.full(years * MONTHS_A_YEAR + 1, price))
    first = holder_cells(world) | {"all": share(world)}
    lived(world)
    last = holder_cells(world) | {"all": share(world)}
    del first["ira_share"], last["ira_share"]  # of assets, not of adults
    rows = [(name, when, cells[name]) for when, cells in (("start", first), ("end", last)) for name in cells]
    return pd.DataFrame(rows, columns=["figure", "when", "percent"]).assign(path="flat")


def base(seed: int, participants: int, years: int = YEARS) -> pd.DataFrame:
    """The base world: holders at the start and each December, and % of months in a deep fall."""
    scenario = Scenario.from_toml(scenarios_folder() / "base.toml")
    levers = {"participants": participants, "seed": seed, "panel": 0, "months": years * MONTHS_A_YEAR}
    world = RetirementModel(scenario.with_values(levers))
    seen, falls = {"start": share(world)}, []

    def note(world: RetirementModel) -> None:
        falls.append(world.market.outlook.drawdown)
        if world.clock.month_of_year == MONTHS_A_YEAR:
            seen[world.clock.label] = share(world)

    lived(world, note)
    return _rows("base", seen, falls)


def bitcoin(seed: int, participants: int) -> pd.DataFrame:
    """Holders along bitcoin's prices, in the months in which surveys asked."""
    world = replay(seed, participants, BEGIN, max(SURVEYS), AT_FIRST, {})
    months = [str(month) for month in pd.period_range(BEGIN, max(SURVEYS), freq="M")]
    seen = {BEGIN: share(world)}

    def note(world: RetirementModel) -> None:
        month = months[world.clock.month + 1]
        if month in SURVEYS:
            seen[month] = share(world)

    lived(world, note)
    return _rows("bitcoin", seen, [])


def deep_falls_of_bitcoin() -> float:
    """% of the months of 2018 to mid 2026 in which bitcoin stood more than half below its remembered high."""
    falls: list[float] = []
    world = replay(1, 300, "2017-12", "2026-06", AT_FIRST, {})
    lived(world, lambda world: falls.append(world.market.outlook.drawdown))
    return 100.0 * float(np.mean(np.array(falls) > DEEP))


def _rows(path: str, seen: dict[str, float], falls: list[float]) -> pd.DataFrame:
    rows = [("all", when, percent) for when, percent in seen.items()]
    if falls:
        rows.append(("months in a deep fall", "all", 100.0 * float(np.mean(np.array(falls) > DEEP))))
    return pd.DataFrame(rows, columns=["figure", "when", "percent"]).assign(path=path)


def findings(table: pd.DataFrame, deep: float) -> list[str]:
    """Means over seeds in lines.

    Args:
        table: path, figure, when, percent, seed. deep: `deep_falls_of_bitcoin`.
    """
    means = table.groupby(["path", "figure", "when"])["percent"].mean()
    lines = ["Flat price, % of adults who hold: start, after ten years"]
    lines += [
        f"  {name:14s} {cell['start']:5.1f} {cell['end']:5.1f}" for name, cell in means["flat"].unstack().iterrows()
    ]
    yearly = means["base", "all"].sort_index(key=lambda when: when.where(when != "start", "0"))
    lines += ["", "Base world, % of adults who hold"]
    lines += [f"  {when:14s} {percent:5.1f}" for when, percent in yearly.items()]
    own = means["base", "months in a deep fall", "all"]
    lines += ["", f"More than half below the high: {own:.0f} % of the base worlds' months, {deep:.0f} % of bitcoin's"]
    lines += ["", "Along bitcoin's prices, % of adults who hold: model, survey"]
    for when, percent in means["bitcoin", "all"].items():
        lines.append(f"  {when:14s} {percent:5.1f}" + (f" {SURVEYS[when]:5.0f}" if when in SURVEYS else "  assumed"))
    return lines


def main(seeds: int = 8, participants: int = 20_000, out: Path = FOLDER) -> Path:
    """Live the worlds, print the findings and keep them."""
    parts = [
        live(seed, participants).assign(seed=seed) for seed in range(1, seeds + 1) for live in (flat, base, bitcoin)
    ]
    table = pd.concat(parts, ignore_index=True)[["path", "figure", "when", "seed", "percent"]]
    keep(table, deep_falls_of_bitcoin(), f"--seeds {seeds} --participants {participants}", out)
    return out


def keep(table: pd.DataFrame, deep: float, options: str, out: Path) -> None:
    """Print the findings and write holders.csv and README.txt; `options` are those of the command that made them."""
    lines = findings(table, deep)
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / "holders.csv", table.to_csv(index=False))
    made = f"Made by: python -m experiments.studies.holders_outside {options}"
    write_text(out / "README.txt", "\n".join([str(__doc__), made, "", *lines, "", "holders.csv  by seed", ""]))
    print("\n".join(lines))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Holders of crypto outside retirement accounts.")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--participants", type=int, default=20_000)
    parser.add_argument("--out", type=Path, default=FOLDER)
    chosen = parser.parse_args()
    main(chosen.seeds, chosen.participants, chosen.out)
