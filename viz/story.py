"""The one sentence on top of the page: the newest event, or what was just asked for."""

from __future__ import annotations

import math
from typing import Any

from viz import words

MARKED = ("rescue", "rule", "election", "incident", "shock")
"""Kinds of event that the charts mark, the weightiest first; "suit" and "sleeve" only make sentences."""
_WEIGHT = (*MARKED, "sleeve", "suit")

LEVERS = {
    "rule": "rule",
    "crypto_cap": "cap on crypto",
    "core_option": "core option",
    "brokerage_window": "brokerage window",
    "target_date_sleeve": "target-date sleeve",
    "ira": "IRA",
    "rescue": "rescue doctrine",
    "adoption_speed": "speed of adoption",
}
"""Levers in words, for sentences."""


class Chronicle:
    """Events of a world so far, as far as the page needs them."""

    def __init__(self) -> None:
        self.marks: tuple[tuple[int, str], ...] = ()
        self._newest = ""
        self._months = 0

    def note(self, world: Any) -> None:
        """Take the events of the month that was just simulated."""
        events = sorted(world.events, key=lambda event: _weight(event.kind))
        kinds = dict.fromkeys(event.kind for event in events if event.kind in MARKED)
        self.marks += tuple((self._months, kind) for kind in kinds)
        self._months += 1
        if events:
            self._newest = f"{words.month_name(world.clock.label)}: {words.sentence(events[0].text)}"

    def line(self) -> str:
        """The sentence for the header."""
        if not self._months:
            return "Press play or step: the first month has not been simulated yet."
        return self._newest or "Nothing out of the ordinary has happened yet."


def asked(levers: dict[str, Any]) -> str:
    """What the page says between a lever and the next month."""
    parts = [f"{LEVERS.get(name, name.replace('_', ' '))} {_value(value)}" for name, value in levers.items()]
    return f"Asked for, from the next month on: {', '.join(parts)}."


def announced(kind: str, size: float) -> str:
    """What the page says between a shock and the next month."""
    if kind == "theft":
        return f"Next month a venue is robbed of {words.percent(size)} of all coins."
    if kind == "venue_failure":
        return "Next month a venue fails."
    if kind == "equity":
        return f"Next month stocks move by {words.percent(math.expm1(size))}."
    if kind == "news":
        return f"Next month news moves what coins are held to be worth by {words.percent(math.expm1(size))}."
    return f"The next election strays by {words.figures(100 * size)} points of the vote."


def _weight(kind: str) -> int:
    return _WEIGHT.index(kind) if kind in _WEIGHT else len(_WEIGHT)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "open" if value else "closed"
    if isinstance(value, float):
        return words.percent(value)
    return str(value).replace("_", " ")
