"""What files of the `abm` command share: groups of commands, how a command ends, options of several commands."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Annotated, Any

import typer

BAD_INPUT, FAILED_RUN, INTERRUPTED = 2, 1, 130

calibrate = typer.Typer(no_args_is_help=True, help="Fit parameters to published figures.")
validate = typer.Typer(no_args_is_help=True, help="Hold the model against published figures.")

QuietOption = Annotated[bool, typer.Option("--quiet", help="No progress bar and no tables.")]


def says_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command end with one clear sentence and its exit code, whatever stops it."""

    @functools.wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except KeyboardInterrupt:
            end("Stopped. Nothing unfinished was kept under the name of a result.", INTERRUPTED)
        except BrokenPipeError:
            raise  # whoever read our output has enough, as in `abm params | head`: click ends quietly
        except OSError as problem:
            end(f"The system refused: {problem}.", FAILED_RUN)
        except MemoryError as problem:
            end(f"There is not enough memory for this: {problem or 'take fewer participants'}.", FAILED_RUN)
        except Exception as problem:
            from abm.errors import CheckpointError, DoubleBindError, InputError, ResultsError

            if not isinstance(problem, DoubleBindError):
                raise  # a mistake of ours: the traceback is what helps
            end(str(problem), BAD_INPUT if isinstance(problem, InputError | ResultsError | CheckpointError) else 1)

    return guarded


def show(table: Any, *sentences: str) -> None:
    """Print a table, and sentences below it that are not empty."""
    from rich.console import Console

    console = Console()
    console.print(table)
    for sentence in filter(None, sentences):
        console.print(sentence, markup=False, style="yellow")


def end(sentence: str, code: int) -> None:
    """End the command with a sentence on the error output."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)
