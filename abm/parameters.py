"""What a statistician estimates: the frozen groups that each rule declares beside its equation, gathered."""

from __future__ import annotations

from abm.quantities import Quantities


class Parameters(Quantities):
    """Every estimated constant of the model, by the rule that reads it."""
