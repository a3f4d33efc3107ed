"""`abm validate market` and `abm calibrate market`: the commands; what they do stands in the modules of those names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.arguments import read_scenario
from experiments.cli_base import QuietOption, calibrate, says_errors, show, validate

PricesOption = Annotated[
    Path | None, typer.Option(metavar="FILE.csv", help="Daily prices of any asset: columns date, price.")
]
WindowOption = Annotated[
    str | None,
    typer.Option(help="2018-26 or 2014-26; of a price file months such as 2018-01..2026-07, or all of it."),
]
RepairOption = Annotated[bool, typer.Option("--repair", help="Mend the price file instead of refusing it.")]


@validate.command("market")
@says_errors
def validate_market(
    seeds: Annotated[int, typer.Option(min=6, help="Worlds, none of them used for fitting.")] = 30,
    window: WindowOption = None,
    prices: PricesOption = None,
    repair: RepairOption = False,
    embedded: Annotated[bool, typer.Option("--embedded", help="Inside the whole model, under prohibit.")] = False,
    participants: Annotated[int, typer.Option(min=1, help="Savers of an embedded world.")] = 2_000,
    scenario: Annotated[str | None, typer.Option(help="A scenario with other parameters of the market.")] = None,
    years: Annotated[int, typer.Option(min=0, help="Years in which drift is looked for; 0 leaves it out.")] = 40,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder of the scorecard.")] = None,
    quiet: QuietOption = False,
) -> None:
    """Hold the market against moments of real prices, on worlds that no parameter was chosen on."""
    from experiments.validation import market as validation
    from experiments.validation.scorecard import scorecard_table

    def say(sentence: str) -> None:
        if not quiet:
            typer.echo(f"{sentence} …", err=True)

    found, folder = validation.main(
        seeds, window, prices, repair, embedded, participants, scenario, years, out, watch=say
    )
    if not quiet:
        show(scorecard_table(found.verdicts, "Market"))
        typer.echo((folder / "README.txt").read_text(encoding="utf-8"))
    typer.echo(folder)


@calibrate.command("market")
@says_errors
def calibrate_market(
    prices: PricesOption = None,
    window: WindowOption = None,
    repair: RepairOption = False,
    trials: Annotated[int, typer.Option(min=1, help="Evaluations of the search.")] = 400,
    seeds: Annotated[int, typer.Option(min=1, help="Worlds a trial, the same in every trial.")] = 24,
    traders: Annotated[int, typer.Option(min=50, help="Traders in these worlds.")] = 500,
    free: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=LOW:HIGH", help="What to fit, such as traders.news_size=0.01:0.03."),
    ] = None,
    scenario: Annotated[str | None, typer.Option(help="Where the search begins.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder; an earlier search in it goes on.")
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Fit the market's traders to moments of real prices; stop it when you like, the same command goes on."""
    from experiments.calibration import market as calibration
    from experiments.progress import trials_bar
    from experiments.validation.scorecard import scorecard_table

    start = read_scenario(scenario, {}) if scenario else None
    with trials_bar(trials, quiet) as watch:
        found, folder = calibration.main(prices, window, repair, trials, seeds, traders, free, start, out, watch)
    if not quiet:
        show(scorecard_table(found.verdicts, "Fit"), calibration.parameters_table(found).to_string(index=False))
        typer.echo((folder / "README.txt").read_text(encoding="utf-8"))
    typer.echo(folder)
