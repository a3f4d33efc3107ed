"""Moments against values that can be worked out by hand, and the bootstrap against closed forms."""

import numpy as np
import pytest

from experiments.moments import circular, correlation, hill, memory, moments, resampled, variance_ratio, worst_drawdown
from experiments.validation.market_evidence import (
    CALIBRATION,
    VALIDATION,
    built_in,
    from_prices,
    judge_moments,
    median_interval,
)
from experiments.validation.nulls import fit_garch, garch, random_walk


def test_pieces_by_hand():
    assert memory(np.array([1.0, 2.0, 3.0, 4.0]), (1, 3)) == pytest.approx([0.25, -0.45])
    assert hill(np.array([2.0, 8.0, 4.0, 1.0]), 0.5) == pytest.approx(1.0 / (1.5 * np.log(2.0)))
    assert variance_ratio(np.array([1.0, -1.0] * 50), 2) == 0.0
    assert variance_ratio(np.repeat([1.0, -1.0, 1.0, -1.0], 50), 2) == pytest.approx(2.0, rel=0.03)
    assert worst_drawdown(np.log([100.0, 50.0, 120.0, 30.0, 90.0])) == pytest.approx(0.75)
    assert correlation(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 7.0])) == pytest.approx(5 / np.sqrt(2 * 38 / 3))


def test_moments_of_a_known_series():
    """200 days: −10, −4, +1 and +4 % by turns in runs of five."""
    r = np.tile(np.repeat([-0.10, -0.04, 0.01, 0.04], 5), 10)
    found = moments(r)
    assert found["mean"] == pytest.approx(-2.25)
    assert found["mean_abs"] == pytest.approx(4.75)
    assert found["sd"] == pytest.approx(np.sqrt((7.75**2 + 1.75**2 + 3.25**2 + 6.25**2) / 4))
    assert found["ann_vol"] == pytest.approx(found["sd"] * np.sqrt(365))
    assert (found["q1"], found["q99"], found["ES_2.5"]) == pytest.approx((-10.0, 4.0, -10.0))
    assert found["days_below_5"] == pytest.approx(365 / 4)
    assert found["days_below_10"] == 0.0  # not below, but at it
    assert found["log_kurtosis"] == pytest.approx(np.log(found["excess_kurtosis"] + 3.0))
    assert found["acf_abs_5"] == pytest.approx(np.mean(memory(np.abs(r), (4, 5, 6))))
    assert found["acf_abs_1"] == pytest.approx(memory(np.abs(r), (1,))[0])
    assert found["leverage_corr_1"] == pytest.approx(np.corrcoef(r[:-1], np.abs(r[1:]))[0, 1])


def test_every_published_moment_is_measured():
    from abm.data import table

    assert set(table("market_moments")["moment"]) <= set(moments(random_walk(0.0, 0.03, 500, 1)))


def test_too_short_or_constant_series_are_refused():
    with pytest.raises(ValueError, match="more than 150"):
        moments(np.ones(10))
    with pytest.raises(ValueError, match="not all equal"):
        moments(np.zeros(500))


def test_variance_ratio_of_an_autoregression():
    """AR(1): VR_k = 1 + 2 Σ (1 − j/k) φ^j."""
    rng, phi, r = np.random.default_rng(3), 0.3, np.zeros(200_000)
    for day, z in enumerate(rng.standard_normal(r.size - 1), start=1):
        r[day] = phi * r[day - 1] + z
    known = 1.0 + 2.0 * sum((1.0 - j / 20) * phi**j for j in range(1, 20))
    assert variance_ratio(r, 20) == pytest.approx(known, rel=0.03)


def test_blocks_wrap_around_and_draw_every_day_equally_often():
    assert circular(np.array([8, 3]), 5, 10).tolist() == [8, 9, 0, 1, 2, 3, 4, 5, 6, 7]
    every = np.concatenate([circular(np.array([start]), 10, 10) for start in range(10)])
    assert (np.bincount(every) == 10).all()


def test_bootstrap_error_of_a_mean():
    """Independent days: σ/√n; an autoregression: σ_z / ((1 − φ) √n), which blocks of single days would miss."""
    rng, phi, n = np.random.default_rng(5), 0.6, 4_000
    independent = rng.standard_normal(n)
    error = resampled(independent, ["mean"], 300).std() / 100.0
    assert error == pytest.approx(independent.std() / np.sqrt(n), rel=0.35)
    clustered = np.zeros(n)
    for day, z in enumerate(rng.standard_normal(n - 1), start=1):
        clustered[day] = phi * clustered[day - 1] + z
    long_run = 1.0 / (1.0 - phi) / np.sqrt(n)
    assert resampled(clustered, ["mean"], 300).std() / 100.0 == pytest.approx(long_run, rel=0.35)
    assert resampled(clustered, ["mean"], 300, block=1).std() / 100.0 < 0.65 * long_run


def test_median_interval_by_order_statistics():
    assert median_interval(np.arange(30.0)) == (9.0, 20.0)  # ranks 10 and 21 of 30: 95.7 %
    assert np.isnan(median_interval(np.arange(5.0))).all()
    rng = np.random.default_rng(1)
    covered = [
        low <= np.log(2.0) <= high for low, high in (median_interval(rng.exponential(size=30)) for _ in range(1000))
    ]
    assert 0.93 < np.mean(covered) < 0.98


def test_built_in_targets():
    data = built_in("2018-26")
    assert tuple(data.targets) == (*CALIBRATION, *VALIDATION)
    assert data.targets["q99"].value == pytest.approx(9.7319)
    kurtosis = data.targets["log_kurtosis"]
    assert (kurtosis.low, kurtosis.value, kurtosis.high) == pytest.approx(np.log([6.1085, 17.749, 36.592]))
    assert {data.targets[name].use for name in ("log_kurtosis", "skew")} == {"validation"}


def test_nulls_fail_where_they_should():
    """A random walk has neither clusters nor fat tails; a GARCH has clusters, but no asymmetry."""
    data, seeds = built_in("2018-26"), range(12)
    alpha, beta = fit_garch(data.targets["acf_abs_1"].value, data.targets["acf_abs_25"].value, days=15_000)
    assert 0.9 < alpha + beta < 1.0

    def missed(series):
        verdicts = judge_moments([moments(r) for r in series], data)
        return {v.target.name for v in verdicts if v.verdict == "missed"}

    walk = missed(random_walk(0.0, 0.0337, data.days, seed) for seed in seeds)
    assert {"acf_abs_1", "acf_abs_10", "hill_abs_5", "q99", "ES_2.5", "leverage_corr_1", "log_kurtosis"} <= walk
    assert "sd" not in walk
    clustered = missed(garch(0.0, 0.0337, alpha, beta, data.days, seed) for seed in seeds)
    assert {"leverage_corr_1", "skew"} <= clustered
    assert not clustered & {"sd", "acf_abs_1", "acf_abs_5", "acf_abs_10"}


def test_garch_has_the_variance_it_was_given():
    r = garch(0.0, 0.03, 0.08, 0.9, 100_000, 7)
    assert r.std() == pytest.approx(0.03, rel=0.05)
    assert memory(np.abs(r), (1,))[0] > 0.1


def test_series_meets_its_own_band(tmp_path):
    """The scorecard of a price file, given the very series, is met in every line."""
    from test_prices import write_prices

    r = garch(0.0, 0.03, 0.09, 0.88, 900, 2)
    data = from_prices(write_prices(tmp_path, 100.0 * np.exp(np.append(0.0, np.cumsum(r)))), replications=100)
    assert data.days == 900
    assert data.correlation.shape == (len(CALIBRATION), len(CALIBRATION))
    verdicts = judge_moments([moments(r)] * 8, data)
    assert sum(v.verdict == "met" for v in verdicts) >= len(verdicts) - 3  # skewed bands may leave out their origin
    assert all(abs(v.value - v.target.value) < 1e-6 for v in verdicts)
