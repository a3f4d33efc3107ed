"""Compiled core of the employers' folder: traits whose shares of workers come out right although sizes are lumpy."""

from __future__ import annotations

import numpy as np
from numba import njit

from abm.streams import uniform


@njit(cache=True, nogil=True)
def quota(key, sizes, shares):
    """Draw a class for each row so that classes hold their shares of size as nearly as the lumps allow.

    Rows are taken in order; each draws among the classes in proportion to what these still lack of their share of the
    size seen so far. A row's class depends on itself and the rows before it, never on the rows after it.

    Args:
        key: stream of the trait.
        sizes: size of each row, float64, shape (n,), in any unit.
        shares: wanted share of each class, float64, shape (k,), summing to 1.

    Returns:
        class of each row, int32, shape (n,).
    """
    given = np.zeros(shares.size)
    seen = 0.0
    out = np.empty(sizes.size, np.int32)
    for i in range(sizes.size):
        seen += sizes[i]
        lacking = 0.0
        for k in range(shares.size):
            lacking += max(shares[k] * seen - given[k], 0.0)
        left = uniform(key, i, 0, 0) * lacking
        chosen = 0
        for k in range(shares.size):
            lack = max(shares[k] * seen - given[k], 0.0)
            if lack > 0.0:
                chosen = k
                left -= lack
                if left <= 0.0:
                    break
        out[i] = chosen
        given[chosen] += sizes[i]
    return out
