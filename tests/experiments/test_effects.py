"""Paired effects against SciPy's paired t test and a published worked example."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from abm.errors import InputError
from experiments.effects import paired_effect, paired_effects, thin_sample
from experiments.outcomes import OUTCOMES, Outcome, excess_kurtosis, outcomes_by_seed, outcomes_of, worst_fall

GAIN = Outcome("gain", "h", "Gain", ("gain",), lambda values: float(values[-1]))


def test_student_sleep():
    """Hours of sleep gained by ten patients on two drugs (Student 1908); the interval as R's t.test prints it."""
    a = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    b = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    effect = paired_effect(a, b)
    assert effect.difference == pytest.approx(1.58)
    assert (effect.low, effect.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-7)
    assert effect.pairs == 10
    assert effect.note == "interval excludes zero"


@pytest.mark.parametrize("pairs", [2, 5, 40])
def test_against_ttest_rel(pairs):
    draws = np.random.default_rng(pairs)
    a = draws.normal(size=pairs)
    b = a + 0.3 + draws.normal(size=pairs)
    interval = stats.ttest_rel(b, a).confidence_interval(0.9)
    effect = paired_effect(a, b, level=0.9)
    assert (effect.low, effect.high) == pytest.approx((interval.low, interval.high), rel=1e-12)


def test_exact_equality_is_said_and_near_equality_is_not():
    a = np.array([1.0, 2.0, 3.0])
    assert paired_effect(a, a.copy()).note == "exactly equal"
    assert paired_effect(a, np.nextafter(a, 9)).note != "exactly equal"


def test_one_pair_has_no_interval():
    effect = paired_effect(np.array([1.0]), np.array([2.0]))
    assert effect.difference == 1.0
    assert np.isnan([effect.low, effect.high]).all()
    assert effect.note == "one pair"


def test_pairs_without_a_value_are_left_out():
    effect = paired_effect(np.array([1.0, np.nan, 3.0]), np.array([2.0, 5.0, 6.0]))
    assert effect.pairs == 2
    assert effect.difference == 2.0
    assert paired_effect(np.array([np.nan]), np.array([1.0])).pairs == 0


def test_pairs_are_matched_by_seed():
    a = pd.DataFrame({"gain": [1.0, 2.0, 9.0]}, index=[1, 2, 7])
    b = pd.DataFrame({"gain": [4.0, 2.0]}, index=[2, 1])
    effects = paired_effects(a, b, (GAIN,))
    assert effects.loc["gain", "difference"] == 1.5  # (2 − 1 and 4 − 2), whatever the order of rows
    assert effects.loc["gain", "pairs"] == 2
    with pytest.raises(InputError, match="share at least one seed"):
        paired_effects(a, b.set_axis([3, 4]), (GAIN,))


def test_few_pairs_are_warned_of():
    frame = pd.DataFrame({"gain": np.arange(5.0)}, index=range(5))
    assert "5 seeds or more" in thin_sample(paired_effects(frame[:4], frame[:4], (GAIN,)))
    assert "One pair" in thin_sample(paired_effects(frame[:1], frame[:1], (GAIN,)))
    assert thin_sample(paired_effects(frame, frame, (GAIN,))) == ""


def test_outcomes_of_one_world():
    months = pd.DataFrame(
        {
            "price_usd": [100.0, 200.0, 50.0, 150.0],
            "price_return": np.log([1.0, 2.0, 0.25, 3.0]),
            "inflow_core_usd": [1e9, 2e9, -5e8, 0.0],
            "rule": [0, 2, 3, 1],
        }
    )
    found = outcomes_of(months)
    assert found["worst_fall"] == 0.75
    assert found["inflow_core"] == 2.5
    assert found["permissive"] == 0.5
    assert found["price_change"] == pytest.approx(np.log(1.5))
    assert found["volatility"] == pytest.approx(months["price_return"].std() * np.sqrt(12))
    assert found["kurtosis"] == pytest.approx(stats.kurtosis(months["price_return"]))
    assert "gini" not in found
    both = outcomes_by_seed(pd.concat([months.assign(seed=2), months.assign(seed=1)]))
    assert list(both.index) == [1, 2]


def test_still_prices():
    assert worst_fall(np.ones(3)) == 0.0
    assert np.isnan(excess_kurtosis(np.zeros(3)))


def test_outcomes_have_names_of_their_own():
    assert len({outcome.name for outcome in OUTCOMES}) == len(OUTCOMES)
    assert all(outcome.label for outcome in OUTCOMES)
