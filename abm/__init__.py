"""Double Bind: what happens when the US retirement system may hold crypto and other alternative assets.

    import abm

    world = abm.RetirementModel(abm.Scenario(participants=5_000, months=24))
    while world.running:
        world.step()
    world.records.tables()["months"]

Names are loaded when first used, so that `abm --help` answers at once.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "AssetManager": "abm.asset_managers.agent",
    "CryptoMarket": "abm.crypto_market.agent",
    "DoubleBindError": "abm.errors",
    "Employer": "abm.employers.agent",
    "Government": "abm.government.agent",
    "Participant": "abm.participants.agent",
    "Policy": "abm.scenario",
    "RetirementModel": "abm.model",
    "SaversTable": "abm.participants.population",
    "Scenario": "abm.scenario",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
