"""Progress on the terminal: months of a world, worlds of a sweep, with the time that is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from abm.scenario import Scenario


def _bar(quiet: bool) -> Progress:
    console = Console(stderr=True)  # so that the path on the standard output can be piped
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        disable=quiet or not console.is_terminal,
        transient=True,
    )


@contextmanager
def months_bar(scenario: Scenario, quiet: bool) -> Iterator[Callable[[Any], None]]:
    """A watch for `run_to_folder` that shows the month reached.

    Args:
        scenario: what is run.
        quiet: show nothing.
    """
    with _bar(quiet) as bar:
        task = bar.add_task("Building the world (the first time on a machine takes a minute)", total=scenario.months)

        def watch(world: Any) -> None:
            bar.update(task, completed=world.clock.month + 1, description=world.clock.label)

        yield watch


@contextmanager
def trials_bar(total: int, quiet: bool) -> Iterator[Callable[[int, float], None]]:
    """A watch for a calibration that shows the trial and the least sum of squares so far."""
    with _bar(quiet) as bar:
        task = bar.add_task("Trials", total=total)
        yield lambda trial, best: bar.update(task, completed=trial, description=f"Least sum of squares {best:.2f}")


@contextmanager
def worlds_bar(total: int, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A watch for `sweep` that shows how many worlds are settled.

    Args:
        total: worlds of the design.
        quiet: show nothing.
    """
    with _bar(quiet) as bar:
        task = bar.add_task("Worlds", total=total)
        yield lambda settled: bar.update(task, completed=settled)
