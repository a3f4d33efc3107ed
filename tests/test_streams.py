"""Keyed draws: the right distributions, no trace of one key in another, the same values everywhere."""

import os
import subprocess
import sys

import numpy as np
import pytest
from numba import njit
from scipy import special, stats

from abm.streams import bits, exponential, mix, normal, normal_quantile, normals, stream, uniform, uniforms

N = 100_000
PEOPLE = np.arange(N, dtype=np.int64)


@njit
def over_time(key, entity, months):
    return np.array([uniform(key, entity, month, 0) for month in range(-months // 2, months // 2)])


@njit
def over_slots(key, entity, slots):
    return np.array([uniform(key, entity, 7, slot) for slot in range(slots)])


@njit
def exponentials(key, n):
    return np.array([exponential(key, entity, 3, 0) for entity in range(n)])


@njit
def mixed(z):
    return mix(z)


def close_to_independent(x, y):
    """|correlation| within 4.5 standard errors: about one false alarm in 150 000 checks, and the draws are fixed."""
    return abs(np.corrcoef(x, y)[0, 1]) < 4.5 / np.sqrt(len(x))


@pytest.mark.parametrize("month", [-37, 0, 119])
def test_uniforms_over_people(month):
    draws = uniforms(stream(1, "life.death"), PEOPLE, month, 0)
    assert 0.0 < draws.min() <= draws.max() < 1.0
    assert stats.kstest(draws, "uniform").pvalue > 1e-3


def test_normals_and_exponentials_over_people():
    assert stats.kstest(normals(stream(1, "life.wage"), PEOPLE, 5, 0), "norm").pvalue > 1e-3
    assert stats.kstest(exponentials(stream(1, "venue.theft"), N), "expon").pvalue > 1e-3


def test_uniforms_over_time_and_slots():
    key = stream(1, "market.news")
    assert stats.kstest(over_time(key, 0, N), "uniform").pvalue > 1e-3
    assert stats.kstest(over_slots(key, 0, N), "uniform").pvalue > 1e-3


def test_every_bit_is_fair():
    words = np.array([bits(stream(1, "a"), entity, 0, 0) for entity in range(4096)], dtype=np.uint64)
    ones = np.unpackbits(words.view(np.uint8).reshape(-1, 8), axis=1).mean(axis=0)
    assert np.abs(ones - 0.5).max() < 4.5 * 0.5 / np.sqrt(len(words))


def test_neighbouring_keys_share_nothing():
    base = normals(stream(1, "life.death"), PEOPLE, 10, 0)
    others = {
        "next month": normals(stream(1, "life.death"), PEOPLE, 11, 0),
        "a year later": normals(stream(1, "life.death"), PEOPLE, 22, 0),
        "mirrored month": normals(stream(1, "life.death"), PEOPLE, -10, 0),
        "next person": normals(stream(1, "life.death"), PEOPLE + 1, 10, 0),
        "next slot": normals(stream(1, "life.death"), PEOPLE, 10, 1),
        "next seed": normals(stream(2, "life.death"), PEOPLE, 10, 0),
        "other decision": normals(stream(1, "life.birth"), PEOPLE, 10, 0),
        "month and slot swapped": normals(stream(1, "life.death"), PEOPLE, 0, 10),
    }
    related = [name for name, draws in others.items() if not close_to_independent(base, draws)]
    assert not related
    squares = [name for name, draws in others.items() if not close_to_independent(base**2, draws**2)]
    assert not squares


def test_one_persons_months_are_unrelated():
    draws = over_time(stream(1, "life.death"), 4, N)
    for lag in (1, 2, 12, 120):
        assert close_to_independent(draws[:-lag], draws[lag:]), lag


def test_sums_over_a_grid_have_the_right_spread():
    """Row and column means of a person × month table vary as independent draws do: no lattice hides in the keys."""
    table = np.array([uniforms(stream(9, "choice.look"), PEOPLE[:500], month, 0) for month in range(500)])
    for axis in (0, 1):
        score = (table.mean(axis=axis) - 0.5) * np.sqrt(12 * 500)
        assert stats.kstest(score, "norm").pvalue > 1e-3


def test_no_two_keys_collide():
    months = [uniforms(stream(seed, name), PEOPLE, month, 0) for seed in (1, 2) for name in "ab" for month in (0, 1)]
    assert len(np.unique(np.concatenate(months))) >= len(months) * N - 1


def test_normal_quantile_agrees_with_scipy():
    shares = np.concatenate([np.logspace(-300, -1, 3000), np.linspace(0.01, 0.99, 3001), 1 - np.logspace(-15, -1, 500)])
    ours = np.array([normal_quantile(share) for share in shares])
    np.testing.assert_allclose(ours, special.ndtri(shares), rtol=4e-14, atol=1e-15)
    assert normal_quantile(0.5) == 0.0


def test_negative_times_are_times_of_their_own():
    draws = [uniform(stream(1, "a"), 3, month, 0) for month in range(-240, 240)]
    assert len(set(draws)) == len(draws)
    assert all(0.0 < draw < 1.0 for draw in draws)


def test_array_and_single_draws_agree():
    key = stream(5, "x")
    assert list(uniforms(key, PEOPLE[:9], -2, 3)) == [uniform(key, i, -2, 3) for i in range(9)]
    assert list(normals(key, PEOPLE[:9], -2, 3)) == [normal(key, i, -2, 3) for i in range(9)]
    assert list(uniforms(key, PEOPLE[:9][::-1].copy(), -2, 3)) == [uniform(key, i, -2, 3) for i in range(8, -1, -1)]


def test_streams_are_named_by_seed_and_decision():
    keys = [stream(seed, name) for seed in (0, 1, 10, 2**63 - 1) for name in ("a", "b", "0:a", "")]
    assert len(set(keys)) == len(keys)


def test_another_process_draws_the_same():
    code = (
        "from abm.streams import *; k = stream(7, 'life.death');"
        "print(int(k), uniform(k, 12345, -8, 2).hex(), normal(k, 0, 1199, 0).hex())"
    )
    for seed_of_hashes in ("0", "1"):
        out = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed_of_hashes},
        )
        key = stream(7, "life.death")
        assert out.stdout.split() == [
            str(int(key)),
            uniform(key, 12345, -8, 2).hex(),
            normal(key, 0, 1199, 0).hex(),
        ]


def test_the_finaliser_is_splitmix64():
    """First outputs of the published generator at seed 0 (Steele, Lea & Flood 2014; Vigna's reference code)."""
    golden = 0x9E3779B97F4A7C15
    states = np.array([golden * step % 2**64 for step in (1, 2, 3)], dtype=np.uint64)
    assert [int(mixed(state)) for state in states] == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def slow_bits(key, entity, time, slot):
    """The formula of the module's first lines in plain integers."""

    def mix(z):
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
        return z ^ z >> 31

    z = mix((key + 0x9E3779B97F4A7C15 + entity * 0xD1B54A32D192ED03) % 2**64)
    return mix((z + time * 0x8CB92BA72F3D8DD7 + slot * 0xABC98388FB8FAC03) % 2**64)


@pytest.mark.parametrize("where", [(0, 0, 0), (3, -5, 1), (72_000_000, 1199, 12), (-1, -600, 3)])
def test_kernel_agrees_with_its_slow_twin(where):
    key = stream(1, "life.death")
    assert int(bits(key, *where)) == slow_bits(int(key), *where)
    assert uniform(key, *where) == ((slow_bits(int(key), *where) >> 11) + 0.5) / 2**53
