"""The first study: what does the permissive rule change, in worlds that share every draw?

Each seed is lived twice, once with crypto kept out of plans and once along the announced path. Nothing else differs, so
the difference within a pair is the effect of the rule. Run it with

    python -m experiments.studies.first_loop

It takes a few minutes the first time and keeps its worlds, so that the second time it only reads them.
"""

from pathlib import Path

from rich.console import Console

from abm.scenario import Scenario
from experiments import scenarios_folder
from experiments.designs import pair
from experiments.effects import paired_effects, thin_sample
from experiments.outcomes import outcomes_by_seed
from experiments.progress import worlds_bar
from experiments.report import effects_table
from experiments.sweep import sweep

SEEDS = range(1, 6)
SIZE = {"months": 60, "participants": 5_000}


def main(folder: Path = Path("results/studies/first_loop")) -> None:
    """Run the pairs that are not there yet, and print what the rule changes."""
    control = Scenario.from_toml(scenarios_folder() / "prohibit.toml").but(**SIZE)
    treated = Scenario.from_toml(scenarios_folder() / "base.toml").but(**SIZE)

    design = pair(control, treated, SEEDS)
    with worlds_bar(len(design.worlds), quiet=False) as watch:
        worlds = sweep(design, folder, watch=watch).worlds()

    outcomes = {side: outcomes_by_seed(part) for side, part in worlds.groupby("side")}
    effects = paired_effects(outcomes["A"], outcomes["B"])
    effects.to_csv(folder / "effects.csv")
    console = Console()
    console.print(effects_table(effects, control.name, treated.name))
    console.print(thin_sample(effects))


if __name__ == "__main__":  # worker processes import this file
    main()
