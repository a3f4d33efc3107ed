"""Questions put to the model, and their answers kept."""

from __future__ import annotations

from pathlib import Path


def scenarios_folder() -> Path:
    """The folder of the scenario files that come with the project."""
    return Path(__file__).parent / "scenarios"
