"""The `abm` command: run, compare, sweep, calibrate, validate, view, demo, params, version.

Heavy libraries are imported inside the commands, so that `abm --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from experiments import cli_market  # noqa: F401 its commands
from experiments.arguments import (
    count,
    find,
    read_levers,
    read_savers,
    read_scenario,
    refuse_old_checkpoints,
    refuse_with_resume,
    reserve_file,
)
from experiments.cli_base import (
    FAILED_RUN,
    INTERRUPTED,
    QuietOption,
    calibrate,
    says_errors,
    validate,
)
from experiments.cli_base import (
    end as _end,
)
from experiments.cli_base import (
    show as _show,
)

if TYPE_CHECKING:
    from abm.participants.population import SaversTable
    from abm.scenario import Scenario
    from experiments.checkpoint import Checkpoint

RESULTS = Path("results")
DEMO_SAVERS = 5_000

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="What happens when US retirement plans may hold crypto: run worlds, compare them, watch one live.",
)

app.add_typer(calibrate, name="calibrate")
app.add_typer(validate, name="validate")

ScenarioArgument = Annotated[
    str, typer.Argument(metavar="[SCENARIO]", help="A scenario file, or the name of one that comes with the project.")
]
MonthsOption = Annotated[int | None, typer.Option(help="Months to simulate.")]
ParticipantsOption = Annotated[int | None, typer.Option(help="Savers in the world.")]
WorkersOption = Annotated[int, typer.Option(min=1, help="Processes at a time, one world each.")]


@app.command()
@says_errors
def run(
    scenario: ScenarioArgument = "base",
    seed: Annotated[int | None, typer.Option(help="Seed of every draw.")] = None,
    months: MonthsOption = None,
    participants: ParticipantsOption = None,
    participants_from: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Your own table of savers, CSV or Parquet.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder to make.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="Any field, such as market.leverage=2.0.")
    ] = None,
    checkpoint_every: Annotated[int | None, typer.Option(min=1, metavar="N", help="Save it each N months.")] = None,
    resume: Annotated[Path | None, typer.Option(metavar="CHECKPOINT", help="Go on from a saved world.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier run in the same folder.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Run one world and leave a results folder that explains itself."""
    from experiments.checkpoint import load_checkpoint

    levers = read_levers(set_ or [], seed=seed, months=months, participants=participants)
    checkpoint = None
    if resume is not None:
        checkpoint = load_checkpoint(resume)
        refuse_with_resume(checkpoint, scenario, participants_from, levers)
        chosen = checkpoint.scenario.with_values(levers, "command line")
    else:
        chosen = read_scenario(scenario, levers)
    savers = None
    if participants_from is not None:
        savers, chosen = read_savers(participants_from, chosen, participants)
    _run(chosen, out, savers, participants_from, checkpoint, checkpoint_every, force, quiet)


@app.command()
@says_errors
def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="A scenario, or a folder of results.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The same, to be compared with A.")],
    seeds: Annotated[int, typer.Option(min=1, help="How many pairs of worlds, seeds 1, 2, …")] = 5,
    months: MonthsOption = None,
    participants: ParticipantsOption = None,
    workers: WorkersOption = 2,
    people: Annotated[bool, typer.Option("--people", help="Winners and losers, person by person.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Where the effects are saved.")] = None,
    quiet: QuietOption = False,
) -> None:
    """Compare two scenarios world by world, on the same draws, and print the paired differences."""
    if people:
        _compare_people((a, b), read_levers([], months=months, participants=participants), seeds, workers, out, quiet)
        return
    from experiments.compare import compare as compare_sides
    from experiments.compare import other_versions, plan, read_sides
    from experiments.durable import write_text
    from experiments.effects import thin_sample
    from experiments.progress import worlds_bar
    from experiments.report import effects_table

    levers = read_levers([], months=months, participants=participants)
    sides = read_sides(find(a), find(b), levers)
    if out is not None:
        reserve_file(out)
    wanted = range(1, seeds + 1)
    design = plan(*sides, wanted)
    folder = RESULTS / "compare" / f"{sides[0].name}-vs-{sides[1].name}-{design.address[:8] if design else 'read'}"
    with worlds_bar(len(design.worlds) if design else 0, quiet or design is None) as watch:
        effects, failed = compare_sides(*sides, wanted, folder, workers=workers, watch=watch)
    target = out or folder / "effects.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    write_text(target, effects.to_csv())
    if not quiet:
        _show(effects_table(effects, sides[0].name, sides[1].name), thin_sample(effects), other_versions(*sides))
    typer.echo(target)
    _end_if_failed(failed, folder)


@app.command()
@says_errors
def sweep(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="What to vary: [base], [grid], seeds.")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder of the sweep.")] = None,
    workers: WorkersOption = 2,
    quiet: QuietOption = False,
) -> None:
    """Run a grid of worlds in parallel; the same command goes on where it was stopped."""
    from experiments.designs import read_sweep
    from experiments.progress import worlds_bar
    from experiments.sweep import sweep as run_sweep

    design = read_sweep(find(str(file)))
    folder = out or RESULTS / "sweeps" / f"{design.name}-{design.address[:8]}"
    with worlds_bar(len(design.worlds), quiet) as watch:
        swept = run_sweep(design, folder, workers=workers, watch=watch)
    if not quiet:
        typer.echo(f"{count(swept.ran, 'world')} run, {swept.there} there before, {len(swept.failed)} failed.")
    typer.echo(swept.folder / "worlds.parquet")
    _end_if_failed(swept.failed, swept.folder)


@app.command()
@says_errors
def view(
    scenario: Annotated[str | None, typer.Argument(metavar="[SCENARIO]", help="What a new page starts with.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on this machine; 0 takes any free one.")] = 8765,
) -> None:
    """Open the live page, on this machine only (127.0.0.1)."""
    import subprocess

    start = [str(find(scenario))] if scenario else []
    page = [sys.executable, "-m", "viz", *start, "--port", str(port)]
    try:
        code = subprocess.run(page, check=False).returncode
    except KeyboardInterrupt:  # how a page is closed
        code = INTERRUPTED
    raise typer.Exit(code)


@validate.command("population")
@says_errors
def validate_population(
    participants: Annotated[int, typer.Option(min=100, help="Savers of a world.")] = 20_000,
    years: Annotated[int, typer.Option(min=1, help="Years of a world; figures along the run need ten or more.")] = 30,
    seeds: Annotated[int, typer.Option(min=1, help="Worlds.")] = 3,
    sampling: Annotated[int, typer.Option(min=0, help="Further worlds of one year, for sampling errors.")] = 10,
    first_seed: Annotated[int, typer.Option(min=1, help="Seed of the first world.")] = 1,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder of the scorecard.")] = None,
    quiet: QuietOption = False,
) -> None:
    """Hold savers, plans and the Treasury against published figures, at the start and for thirty years."""
    from experiments.validation import population
    from experiments.validation.scorecard import scorecard_table

    def say(sentence: str) -> None:
        if not quiet:
            typer.echo(f"{sentence} …", err=True)

    verdicts, folder = population.main(participants, years, seeds, sampling, first_seed, out, watch=say)
    if not quiet:
        _show(scorecard_table(verdicts, "Savers and plans"))
        typer.echo((folder / "README.txt").read_text(encoding="utf-8"))
    typer.echo(folder)


@validate.command("behaviour")
@says_errors
def validate_behaviour(
    participants: Annotated[int, typer.Option(min=100, help="Savers of a world.")] = 40_000,
    seeds: Annotated[int, typer.Option(min=1, help="Worlds.")] = 8,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder of the scorecard.")] = None,
    quiet: QuietOption = False,
) -> None:
    """Hold the choices of savers, sponsors and providers against what was observed of people and firms."""
    from experiments.validation import behaviour
    from experiments.validation.scorecard import scorecard_table

    def say(sentence: str) -> None:
        if not quiet:
            typer.echo(f"{sentence} …", err=True)

    verdicts, folder = behaviour.main(participants, seeds, out, watch=say)
    if not quiet:
        _show(scorecard_table(verdicts, behaviour.TITLE))
    typer.echo(folder)


@app.command()
@says_errors
def fiscal(
    years: Annotated[int, typer.Option(min=1, max=100, help="Calendar years to live.")] = 40,
    participants: Annotated[int, typer.Option(min=1, help="Savers of a world.")] = 20_000,
    seeds: Annotated[int, typer.Option(min=1, help="Pairs of worlds, seeds 1, 2, …")] = 3,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder of the path.")] = None,
    quiet: QuietOption = False,
) -> None:
    """Follow what retirement saving costs the Treasury, as the law stands and with Roth as the default."""
    from experiments.progress import worlds_bar
    from experiments.treasury import fiscal as path

    with worlds_bar(2 * seeds, quiet) as watch:
        _, folder = path.main(years, participants, seeds, out, watch)
    if not quiet:
        typer.echo((folder / "README.txt").read_text(encoding="utf-8"))
    typer.echo(folder)


@app.command()
@says_errors
def present_value(
    scenario: ScenarioArgument = "prohibit",
    years: Annotated[int, typer.Option(min=1, max=100, help="Years for which the accounts are followed.")] = 60,
    participants: ParticipantsOption = None,
    seeds: Annotated[int, typer.Option(min=1, help="Pairs of worlds.")] = 1,
    rate: Annotated[list[float] | None, typer.Option(help="Discount rate, such as 0.058; may be repeated.")] = None,
    mean_returns: Annotated[bool, typer.Option(help="Let all assets earn their mean return.")] = True,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder of the table.")] = None,
    quiet: QuietOption = False,
) -> None:
    """Measure what one year's contributions cost the Treasury over the lives of those who made them."""
    from experiments.progress import worlds_bar
    from experiments.treasury import present_value as accounting

    calm = {"parameters.returns.volatility_scale": 0.0} if mean_returns else {}
    chosen = read_scenario(scenario, {**calm, **read_levers([], participants=participants)})
    with worlds_bar(12 * years * seeds, quiet) as watch:
        _, folder = accounting.main(chosen, years, tuple(rate or accounting.RATES), seeds, out, watch)
    if not quiet:
        typer.echo((folder / "README.txt").read_text(encoding="utf-8"))
    typer.echo(folder)


@app.command()
@says_errors
def demo(quiet: QuietOption = False) -> None:
    """Run the base scenario small, in well under a minute, and leave a folder with a picture of the loop."""
    _run(read_scenario("base", {"participants": DEMO_SAVERS}), RESULTS / "demo", None, None, None, None, True, quiet)


@app.command()
@says_errors
def params() -> None:
    """Print every lever and parameter: default, unit, range, source."""
    from experiments.report import parameters_table

    _show(parameters_table())


@app.command()
@says_errors
def version() -> None:
    """Print the version of the program and of what its numbers depend on."""
    from experiments.provenance import model_version, versions

    typer.echo(f"double-bind {model_version()}")
    for name, value in versions().items():
        if name != "double-bind":
            typer.echo(f"{name} {value}")


def _compare_people(
    names: tuple[str, str], levers: dict[str, Any], seeds: int, workers: int, out: Path | None, quiet: bool
) -> None:
    """`abm compare A B --people`; the CSV and its picture lie in the folder of `out`, or beside the worlds."""
    from experiments.progress import worlds_bar
    from experiments.winners import compare_people, read_side, save, sentence

    sides = [read_side(find(name), levers) for name in names]
    labels = [side.name for side in sides]
    folder = RESULTS / "compare" / f"{labels[0]}-vs-{labels[1]}-people"
    with worlds_bar(seeds * sum(not isinstance(side, Path) for side in sides), quiet) as watch:
        compared = compare_people(*sides, range(1, seeds + 1), folder, workers=workers, watch=watch)
    target = save(compared, out.parent if out else folder, *labels, file=out.name if out else "winners.csv")
    if not quiet:
        typer.echo(sentence(compared, *labels))
    typer.echo(target)
    _end_if_failed(compared.failed, folder)


def main() -> None:
    """Entry point of the `abm` command."""
    try:
        app()
    except KeyboardInterrupt:  # before a command began
        typer.echo("Stopped before it began.", err=True)
        sys.exit(INTERRUPTED)


def _run(
    chosen: Scenario,
    out: Path | None,
    savers: SaversTable | None,
    savers_file: Path | None,
    checkpoint: Checkpoint | None,
    every: int | None,
    force: bool,
    quiet: bool,
) -> None:
    """Run a world with a progress bar, and print its table and where it lies."""
    from experiments.progress import months_bar
    from experiments.run import checkpoints_every, run_to_folder, title, watches
    from experiments.store import default_folder

    out = Path(os.path.abspath(out or default_folder(RESULTS / "runs", chosen, savers_file)))
    kept = out.with_name(f"{out.name}.checkpoints")
    if every and checkpoint is None and not force:
        refuse_old_checkpoints(kept)
    with months_bar(chosen, quiet) as bar:
        watch = watches(bar, checkpoints_every(every, kept)) if every else bar
        done = run_to_folder(
            chosen,
            out,
            savers=savers,
            savers_file=savers_file,
            checkpoint=checkpoint,
            force=force,
            watch=watch,
        )
    if not quiet:
        from experiments.report import summary_table

        late = ", ".join(done.facts["never_reached"])
        notes = [*done.facts["warnings"], f"Dated after the last month, never reached: {late}." if late else ""]
        _show(summary_table(done.months, done.events, title(chosen)), *notes)
        typer.echo(f"A picture of the loop: {done.path / 'loop.png'}")
    typer.echo(done.path)


def _end_if_failed(failed: Any, folder: Path) -> None:
    if len(failed):
        failures, error = count(len(failed), "world"), failed["error"].iloc[0]
        _end(f"{failures} failed: {error} Tracebacks are in {folder / 'failed.csv'}.", FAILED_RUN)


if __name__ == "__main__":
    main()
