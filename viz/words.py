"""How the page says numbers and names: three figures, a unit, a true minus, thin spaces."""

from __future__ import annotations

import math

THIN = "\u202f"
"""Narrow no-break space: between thousands, and before a percent sign."""
MINUS = "\u2212"

RULES = ("Prohibit", "Discourage", "Permit", "Safe harbour", "Promote")
"""`abm.vocabulary.Rule` in words, by code."""

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SCALES = ((1e12, "trillion "), (1e9, "billion "), (1e6, "million "))


def figures(value: float) -> str:
    """Three significant figures without an exponent: 0.0123, 1.23, 123."""
    if value == 0.0:
        return "0"
    value = float(f"{value:.2e}")  # 0.9996 is 1.00, not 1.000
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}".replace(",", THIN).replace("-", MINUS)


def dollars(usd: float) -> str:
    """An amount such as "12.4 billion USD"; a dash where there is none yet."""
    if not math.isfinite(usd):
        return "–"
    for size, word in _SCALES:
        if abs(usd) >= 0.9995 * size:
            return f"{figures(usd / size)} {word}USD"
    return f"{whole(usd)} USD" if abs(usd) >= 100 or usd == 0 else f"{figures(usd)} USD"


def percent(share: float) -> str:
    """A share such as "43 %"; one decimal below 10 %."""
    if not math.isfinite(share):
        return "–"
    text = f"{100 * share:.{0 if abs(share) >= 0.0995 else 1}f}".replace("-", MINUS)
    return f"{text}{THIN}%"


def index(value: float) -> str:
    """A measure from 0 to 1 such as "0.49"."""
    return f"{value:.2f}".replace("-", MINUS) if math.isfinite(value) else "–"


def whole(count: float) -> str:
    """A count such as "20 000"."""
    return f"{count:,.0f}".replace(",", THIN).replace("-", MINUS)


def month_name(label: str) -> str:
    """The month "2031-09" as "September 2031"."""
    year, month = label.split("-")
    return f"{MONTHS[int(month) - 1]} {year}"


def rule_name(code: float) -> str:
    """The rule of a code in words, a dash where there is none yet."""
    return RULES[int(code)] if math.isfinite(code) else "–"


def sentence(text: str) -> str:
    """One sentence with a full stop, whatever the text ended with."""
    text = text.strip()
    return text if not text or text[-1] in ".!?" else text + "."
