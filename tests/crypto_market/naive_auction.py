"""The auction again, slow and plain: the same curves in NumPy, each stretch between two rungs searched by brentq.

It looks from yesterday's price downwards (or upwards) for the *first* price at which everything adds up to nothing.
"""

import numpy as np
from scipy.optimize import brentq

RUNG, REACH = 0.005, 10.0


def want(book, p):
    """Net wants at log price p, satoshi, without the ladders."""
    price = np.exp(p)
    satoshi_per_cent = 1e8 / (100.0 * price)
    traders = np.clip(book.level - book.tilt * p, -book.coins, book.cash * satoshi_per_cent).sum()
    makers = np.clip(book.makers_level - book.makers_tilt * p, book.makers_low, book.makers_high)
    worth = book.fund_assets * satoshi_per_cent + book.fund_coins
    sleeves = book.fund_speed * (book.fund_weight * worth - book.fund_coins)
    sleeves = sleeves + book.fund_cents * satoshi_per_cent - book.fund_sale
    bid = min(book.budget * satoshi_per_cent, book.bid_slope * max(book.floor - p, 0.0)) if book.budget > 0 else 0.0
    return traders + makers + sleeves.sum() + book.cents * satoshi_per_cent + book.fixed + bid


def find_price(book):
    """Log price at which the market stops, or None."""
    down = want(book, book.last) < 0.0
    sign = -1.0 if down else 1.0
    ladder, share = (book.longs, -book.long_share) if down else (book.shorts, book.short_share)
    rung, edge, crossed, end = int(np.floor(book.last / RUNG)), book.last, 0.0, book.last + sign * REACH
    for swept in range(len(ladder) + 1):
        far = RUNG * (rung if down else rung + 1)
        if swept == len(ladder) or (far - end) * sign > 0.0:
            far = end
        near_want, far_want = _excess(edge, book, crossed * share), _excess(far, book, crossed * share)
        if near_want == 0.0:
            return edge
        if near_want * far_want <= 0.0:
            return brentq(_excess, edge, far, args=(book, crossed * share), xtol=1e-13, rtol=1e-15)
        if far == end:
            return None
        crossed += ladder[rung % len(ladder)]
        edge, rung = far, rung + int(sign)
    return None


def _excess(p, book, forced):
    return want(book, p) + forced
