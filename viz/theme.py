"""Colours of the page, once: they go out as CSS variables and into Vuetify, and the canvases read the variables.

The pair for sign is of the Okabe–Ito kind; the five categories were searched for the largest least difference under
normal, protan, deutan and tritan sight (OKLab distance of at least 14.5 in both themes, 23 for the pair). Text has a
contrast of at least 6.5 on its panel, marks of at least 3.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Palette(NamedTuple):
    """Colours of one theme as "#rrggbb".

    Attributes:
        back, panel: behind the cards, and of a card.
        text, muted: words, and words that matter less.
        rule: hairlines and outlines.
        plus, minus: what adds and what takes away.
        event: marks of events and the focus ring.
        grey: what is there but not counted.
        categories: series of a chart, in order.
    """

    back: str
    panel: str
    text: str
    muted: str
    rule: str
    plus: str
    minus: str
    event: str
    grey: str
    categories: tuple[str, str, str, str, str]


LIGHT = Palette(
    back="#f6f7f9",
    panel="#ffffff",
    text="#16202b",
    muted="#51606f",
    rule="#d9dfe6",
    plus="#0a62b8",
    minus="#b5430a",
    event="#8a5a00",
    grey="#8a97a5",
    categories=("#0a62b8", "#b5430a", "#b57c98", "#8587fc", "#723760"),
)
DARK = Palette(
    back="#10161d",
    panel="#18212b",
    text="#e8edf2",
    muted="#a3b1bf",
    rule="#2d3a47",
    plus="#62b0ff",
    minus="#ff9a4d",
    event="#f0c35a",
    grey="#6f7f8e",
    categories=("#62b0ff", "#ff9a4d", "#aa7630", "#7bfedd", "#488ba3"),
)


def variables(palette: Palette) -> str:
    """The palette as CSS declarations: `--text`, …, `--category-1` to `--category-5`."""
    single = {name: colour for name, colour in palette._asdict().items() if name != "categories"}
    numbered = {f"category-{number}": colour for number, colour in enumerate(palette.categories, start=1)}
    return "".join(f"--{name}:{colour};" for name, colour in (single | numbered).items())


def style() -> str:
    """The whole style sheet of the page: the variables of both themes, then `page.css`."""
    sheet = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
    return f".theme--light{{{variables(LIGHT)}}}\n.theme--dark{{{variables(DARK)}}}\n{sheet}"


def vuetify() -> dict[str, dict[str, str]]:
    """What Vuetify calls the same colours, by theme."""
    return {
        name: {"primary": palette.plus, "secondary": palette.muted, "error": palette.minus, "accent": palette.event}
        for name, palette in (("light", LIGHT), ("dark", DARK))
    }
