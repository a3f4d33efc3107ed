"""Keyed random draws: the luck of (seed, decision, entity, time) is the same whatever else happens.

A draw is a hash, not the next number of a sequence: nobody's luck depends on order, thread count, population
size or policy. Two worlds under different rules therefore share every exogenous shock.

    bits = mix(mix(key + entity · a) + time · b + slot · c),   key = mix(seed, decision name)

`mix` is the SplitMix64 finaliser (Steele, Lea & Flood 2014). Normals come from the inverse distribution function
(Wichura 1988, AS 241, about 1e-16 relative error), so one draw serves one normal.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Self

import numpy as np
from numba import njit

_MASK = (1 << 64) - 1
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ENTITY = np.uint64(0xD1B54A32D192ED03)
_TIME = np.uint64(0x8CB92BA72F3D8DD7)
_SLOT = np.uint64(0xABC98388FB8FAC03)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)

# AS 241: coefficients of three ratios of polynomials, highest power first.
_CORE_TOP = (
    2509.0809287301226727,
    33430.575583588128105,
    67265.770927008700853,
    45921.953931549871457,
    13731.693765509461125,
    1971.5909503065514427,
    133.14166789178437745,
    3.387132872796366608,
)
_CORE_LOW = (
    5226.495278852545925,
    28729.085735721942674,
    39307.89580009271061,
    21213.794301586595867,
    5394.1960214247511077,
    687.1870074920579083,
    42.313330701600911252,
    1.0,
)
_MIDDLE_TOP = (
    7.7454501427834140764e-4,
    0.0227238449892691845833,
    0.24178072517745061177,
    1.27045825245236838258,
    3.64784832476320460504,
    5.7694972214606914055,
    4.6303378461565452959,
    1.42343711074968357734,
)
_MIDDLE_LOW = (
    1.05075007164441684324e-9,
    5.475938084995344946e-4,
    0.0151986665636164571966,
    0.14810397642748007459,
    0.68976733498510000455,
    1.6763848301838038494,
    2.05319162663775882187,
    1.0,
)
_FAR_TOP = (
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    0.0012426609473880784386,
    0.026532189526576123093,
    0.29656057182850489123,
    1.7848265399172913358,
    5.4637849111641143699,
    6.6579046435011037772,
)
_FAR_LOW = (
    2.04426310338993978564e-15,
    1.4215117583164458887e-7,
    1.8463183175100546818e-5,
    7.868691311456132591e-4,
    0.0148753612908506148525,
    0.13692988092273580531,
    0.59983220655588793769,
    1.0,
)


class Seed(int):
    """A seed under which some families of decisions follow another seed of their own.

    An ordinary integer everywhere but in `stream`: "managers.move" belongs to the family "managers", and is drawn with
    that family's seed where it has one. So one kind of luck can be drawn anew while all other luck stays.

    Attributes:
        families: family to its own seed; a family that is not named follows the seed itself.
    """

    families: dict[str, int]

    def __new__(cls, seed: int, families: Mapping[str, int] | None = None) -> Self:
        """A seed; `families` may be left out."""
        made = super().__new__(cls, seed)
        made.families = dict(families or {})
        return made

    def __getnewargs__(self) -> tuple[int, dict[str, int]]:
        return int(self), self.families


def stream(seed: int, decision: str) -> np.uint64:
    """The key of one decision in one world: draws for it are made with this key.

    Args:
        seed: the scenario's seed, any non-negative integer; a `Seed` may give a family of decisions another.
        decision: a name such as "life.death"; another name is another, independent stream.
    """
    if isinstance(seed, Seed):
        seed = seed.families.get(decision.partition(".")[0], int(seed))
    digest = hashlib.blake2b(f"{seed}:{decision}".encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


@njit(cache=True, nogil=True, inline="always")
def mix(z):
    """SplitMix64 finaliser of one uint64."""
    z = (z ^ (z >> _S30)) * _M1
    z = (z ^ (z >> _S27)) * _M2
    return z ^ (z >> _S31)


@njit(cache=True, nogil=True)
def bits(key, entity, time, slot):
    """64 random bits for (key, entity, time, slot); entity, time and slot are integers of at least −2^63."""
    z = mix(key + _GOLDEN + np.uint64(entity) * _ENTITY)
    return mix(z + np.uint64(time) * _TIME + np.uint64(slot) * _SLOT)


@njit(cache=True, nogil=True)
def uniform(key, entity, time, slot):
    """One uniform draw in the open interval (0, 1)."""
    return (np.float64(bits(key, entity, time, slot) >> _S11) + 0.5) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True)
def normal(key, entity, time, slot):
    """One standard normal draw."""
    return normal_quantile(uniform(key, entity, time, slot))


@njit(cache=True, nogil=True)
def exponential(key, entity, time, slot):
    """One exponential draw of mean 1."""
    return -math.log(uniform(key, entity, time, slot))


@njit(cache=True, nogil=True)
def uniforms(key, entities, time, slot):
    """Uniform draws, one for each entity (int array, shape (n,)); returns float64, shape (n,)."""
    out = np.empty(entities.size)
    for i in range(entities.size):
        out[i] = uniform(key, entities[i], time, slot)
    return out


@njit(cache=True, nogil=True)
def normals(key, entities, time, slot):
    """Standard normal draws, one for each entity (int array, shape (n,)); returns float64, shape (n,)."""
    out = np.empty(entities.size)
    for i in range(entities.size):
        out[i] = normal(key, entities[i], time, slot)
    return out


@njit(cache=True, nogil=True, inline="always")
def horner(r, c):
    """The polynomial of degree 7 with coefficients c, highest power first, at r."""
    return ((((((c[0] * r + c[1]) * r + c[2]) * r + c[3]) * r + c[4]) * r + c[5]) * r + c[6]) * r + c[7]


@njit(cache=True, nogil=True)
def normal_quantile(p):
    """The standard normal value below which a share p (0 < p < 1) lies (AS 241, routine PPND16)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * horner(r, _CORE_TOP) / horner(r, _CORE_LOW)
    r = math.sqrt(-math.log(p if q < 0.0 else 1.0 - p))
    if r <= 5.0:
        value = horner(r - 1.6, _MIDDLE_TOP) / horner(r - 1.6, _MIDDLE_LOW)
    else:
        value = horner(r - 5.0, _FAR_TOP) / horner(r - 5.0, _FAR_LOW)
    return -value if q < 0.0 else value
