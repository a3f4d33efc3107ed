"""The estimator on models whose answer is known in closed form, and the market's calibration from end to end."""

import json

import numpy as np
import pytest
from test_prices import write_prices

from abm.errors import InputError
from abm.scenario import Scenario
from experiments.calibration import market as calibration
from experiments.calibration.msm import FAILED, Box, Memo, infer, middle, search, slopes
from experiments.validation.nulls import garch

RNG = np.random.default_rng(4)
MATRIX = RNG.normal(size=(7, 3)) * 8.0
TRUE = np.array([0.3, 0.6, 0.8])
BOX = Box(("a", "b", "c"), np.array([-1.0, 0.0, 0.0]), np.array([-2.0, 0.0, -5.0]), np.array([2.0, 1.0, 5.0]))


def linear(noise):
    return lambda unit: np.sum(MATRIX * (unit - TRUE), axis=1) + noise


def test_search_finds_the_least_squares_point():
    noise = RNG.normal(size=7)
    best = search(Memo(linear(noise)), np.array([0.5, 0.5, 0.5]), 80)
    exact = TRUE - np.linalg.lstsq(MATRIX, noise, rcond=None)[0]
    assert best == pytest.approx(exact, abs=0.01)


def test_evolution_leaves_a_side_valley():
    """Two valleys: the search starts in the wrong one and ends in the right one."""

    def valleys(unit):
        wrong = np.array([(unit[0] - 0.85) * 20.0, 2.0])
        right = np.array([(unit[0] - 0.2) * 20.0, 0.0])
        return wrong if np.sum(wrong**2) < np.sum(right**2) else right

    assert search(Memo(valleys), np.array([0.85]), 100)[0] == pytest.approx(0.2, abs=0.01)


def test_errors_and_j_have_their_distributions():
    """Over draws of the data, estimates scatter as the sandwich says, and J averages its degrees of freedom."""
    shared = 0.4 * np.ones((7, 7)) + 0.6 * np.eye(7)
    root = np.linalg.cholesky(shared)
    found = []
    for _ in range(400):
        noise = np.sum(root * RNG.normal(size=7), axis=1)
        exact = TRUE - np.linalg.lstsq(MATRIX, noise, rcond=None)[0]
        found.append(infer(linear(noise), exact, BOX, shared, 10**9))
    scatter = np.std([estimate.value for estimate in found], axis=0)
    assert found[0].error == pytest.approx(scatter, rel=0.12)
    assert found[0].freedom == 4
    assert np.mean([estimate.j for estimate in found]) == pytest.approx(4.0, abs=0.5)
    assert np.mean([estimate.p < 0.05 for estimate in found]) == pytest.approx(0.05, abs=0.035)


def test_few_worlds_widen_the_errors():
    many, few = (infer(linear(np.zeros(7)), TRUE, BOX, np.eye(7), worlds) for worlds in (10**9, 4))
    assert few.error == pytest.approx(many.error * np.sqrt(1.25))


def test_what_moments_do_not_see_shows_as_a_zero_singular_value():
    twins = MATRIX.copy()
    twins[:, 2] = twins[:, 1]  # two parameters that do the same

    found = infer(lambda unit: np.sum(twins * (unit - TRUE), axis=1), TRUE, BOX, np.eye(7), 10)
    assert found.singular[2] < 1e-9 * found.singular[0]
    assert found.freedom == 5
    blind = np.abs(np.linalg.svd(found.sensitivity)[2][2])
    assert blind == pytest.approx([0.0, 0.5**0.5, 0.5**0.5], abs=1e-9)


def test_slopes_stay_within_the_box():
    asked = []

    def watched(unit):
        asked.append(unit)
        return linear(np.zeros(7))(unit)

    assert slopes(watched, np.array([0.0, 1.0, 0.5])) == pytest.approx(MATRIX)
    assert (np.min(asked), np.max(asked)) == (0.0, 1.0)


def test_middle_ignores_a_world_gone_wild():
    assert middle(np.array([[1.0], [2.0], [3.0], [1e9]])) == pytest.approx([2.5])


def test_stopped_search_goes_on_where_it_was(tmp_path):
    """Stopped by the 20th trial, the search that is begun anew asks for no trial twice and ends at the same point."""
    path, asked = tmp_path / "trials.jsonl", []

    def trial(unit):
        if len(asked) == 20:
            raise KeyboardInterrupt
        asked.append(tuple(unit))
        return linear(np.ones(7))(unit)

    with pytest.raises(KeyboardInterrupt):
        search(Memo(trial, path, "t"), np.full(3, 0.5), 60)
    with open(path, "a", encoding="utf-8") as file:
        file.write('{"topic": "t", "at": [0.1')  # torn by the stop
    before, asked[:] = list(asked), []
    again = Memo(lambda unit: (asked.append(tuple(unit)), linear(np.ones(7))(unit))[1], path, "t")
    assert again.recalled == 20
    unbroken = search(Memo(linear(np.ones(7))), np.full(3, 0.5), 60)
    assert search(again, np.full(3, 0.5), 60) == pytest.approx(unbroken)
    assert not set(before) & set(asked)
    assert Memo(trial, path, "another topic").recalled == 0


def small(tmp_path, **options):
    log = np.append(0.0, np.cumsum(garch(0.0, 0.03, 0.1, 0.85, 600, 1)))
    given = {"trials": 12, "seeds": 2, "traders": 60, "free": ["traders.news_size", "traders.mood_size"]}
    prices = write_prices(tmp_path, np.exp(log))
    return calibration.main(prices=prices, out=tmp_path / "fit", **(given | options))


def test_calibration_leaves_a_folder_that_loads(tmp_path):
    seen = []
    found, folder = small(tmp_path, watch=lambda trial, best: seen.append((trial, best)))
    fitted = Scenario.from_toml(folder / "fitted.toml")
    assert fitted.parameters.crypto_market.traders.news_size == pytest.approx(found.estimate.value[0], rel=1e-5)
    assert {path.name for path in folder.iterdir()} == {
        "README.txt", "correlation.csv", "fitted.toml", "parameters.csv", "scorecard.csv", "scorecard.png",
        "trials.jsonl",
    }  # fmt: skip
    best = [best for _, best in seen]
    assert best == sorted(best, reverse=True)
    assert found.estimate.objective <= best[0]
    assert found.estimate.freedom == 16
    lines = (folder / "trials.jsonl").read_text().splitlines()
    again, _ = small(tmp_path)
    assert (folder / "trials.jsonl").read_text().splitlines() == lines
    assert again.estimate.value == pytest.approx(found.estimate.value, abs=0.0)
    assert all(np.isfinite(json.loads(line)["residuals"]).all() for line in lines)


@pytest.mark.parametrize(
    ("free", "said"),
    [
        (["traders.news_sise"], "must read"),
        (["news_size=1:2"], "must read"),
        (["traders.news_size=0.03:0.04"], "must enclose 0.0"),
        (["traders.herding=0.1:3.0"], "lie within 0 to 1.9"),
        (["traders.pareto"], "must read"),
    ],
)
def test_wrong_parameters_are_refused(tmp_path, free, said):
    with pytest.raises(InputError, match="--free") as caught:
        small(tmp_path, free=free)
    assert said in str(caught.value)


def test_market_that_breaks_is_far_from_everything():
    data = calibration.built_in("2018-26")
    assert (calibration.distance([], data) == FAILED).all()
