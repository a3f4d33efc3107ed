"""The words that all actors share: rules, instruments, doors, plan kinds, states of a saver, sectors.

A word that arrays hold is an IntEnum whose values are the row codes; a word that people choose is its lower-case name.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import NamedTuple


class Rule(IntEnum):
    """How the Department of Labor stands to crypto in plans, from least to most friendly."""

    PROHIBIT = 0
    DISCOURAGE = 1
    PERMIT = 2
    SAFE_HARBOUR = 3
    PROMOTE = 4


class Instrument(IntEnum):
    """What a rule stands on; each is made and undone by other offices and in other times."""

    GUIDANCE = 0
    RULE = 1
    STATUTE = 2


class Party(IntEnum):
    """The party of a president, a chamber or a voter's lean."""

    DEMOCRATIC = 0
    REPUBLICAN = 1


class Door(IntEnum):
    """How retirement money reaches crypto; the order of every array of shape (4,) over doors."""

    CORE = 0
    WINDOW = 1
    SLEEVE = 2
    IRA = 3


class Menu(IntEnum):
    """The widest door that an employer's plan offers to a saver who decides for himself."""

    NONE = 0
    WINDOW = 1
    CORE = 2


class Status(IntEnum):
    """What a saver does for a living."""

    EMPLOYED = 0
    BETWEEN_JOBS = 1
    RETIRED = 2
    NEVER_ATTACHED = 3


class Plan(IntEnum):
    """The plan a saver has at work."""

    NONE = 0
    K401 = 1
    B403 = 2


class Sector(StrEnum):
    """Who pays and who is paid; the rows of the transaction matrix."""

    HOUSEHOLDS = "households"
    ACCOUNTS = "retirement accounts"
    EMPLOYERS = "employers"
    MANAGERS = "asset managers"
    TRADERS = "background traders"
    MARKET_MAKERS = "market makers"
    LEVERED = "levered traders and lenders"
    GOVERNMENT = "government"
    REST = "rest of world"


ALTERNATIVES = ("private_equity", "real_estate", "commodities")
"""Other alternative assets, as levers and columns call them; the order of every array of shape (3,) over them."""
MONTHS_A_YEAR = 12
BASIS_POINT = 1e-4
"""What a share that is kept in whole basis points counts in."""
DAYS_A_MONTH = 30
ENTRY_AGE = 22 * MONTHS_A_YEAR
"""Age in months at which a person enters the model."""


class Exit(IntEnum):
    """What closes a plan account in a month."""

    NONE = 0
    CASH_OUT = 1
    ROLLOVER = 2
    DEATH = 3


class Event(NamedTuple):
    """Something noteworthy that happened in a month.

    Attributes:
        kind: "rule", "election", "rescue", "incident", "menu", "suit", "sleeve", "shock".
        actor: who acted.
        text: one plain sentence with figures and units.
        value: the main figure of the event.
    """

    kind: str
    actor: str
    text: str
    value: float
