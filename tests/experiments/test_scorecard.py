"""Scorecards: verdicts, intervals, what is saved."""

import math

import numpy as np
import pandas as pd
import pytest

from experiments.validation.scorecard import (
    COLUMNS,
    MET,
    MISSED,
    NOT_COMPARABLE,
    USES,
    Target,
    judge,
    judge_sample,
    load_targets,
    mean_interval,
    save,
    summary,
    targets_folder,
)

TARGET = Target("looked", "Looked in a year", 9.3, 8.3, 10.3, "%", "calibration", "a survey")


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(9.3, MET), (8.3, MET), (10.3, MET), (8.299, MISSED), (10.301, MISSED), (math.nan, NOT_COMPARABLE)],
)
def test_a_figure_is_met_within_its_band_ends_included(value, verdict):
    assert judge(TARGET, value).verdict == verdict


def test_a_figure_that_is_only_shown_is_not_judged():
    assert judge(TARGET, 9.3, comparable=False).verdict == NOT_COMPARABLE


def test_an_interval_that_crosses_the_band_says_so():
    assert "edge" in judge(TARGET, 9.3, (8.0, 10.0)).note
    assert "edge" not in judge(TARGET, 9.3, (8.9, 9.9)).note
    assert "edge" not in judge(TARGET, 20.0, (19.0, 21.0)).note


def test_the_interval_of_a_mean_is_the_t_interval():
    low, high = mean_interval([1.0, 2.0, 3.0])
    assert high - 2.0 == pytest.approx(4.302653 * 1.0 / math.sqrt(3), rel=1e-6)  # t(0.975, 2 degrees of freedom)
    assert low == pytest.approx(4.0 - high)
    assert np.isnan(mean_interval([1.0])).all()
    verdict = judge_sample(TARGET, [9.0, 9.6])
    assert verdict.value == pytest.approx(9.3)
    assert "only 2 worlds" in verdict.note


def test_what_is_saved_can_be_read_back(tmp_path):
    verdicts = [judge(TARGET, 9.0), judge(TARGET._replace(name="other", use="validation"), 99.0, (90.0, 110.0))]
    save(verdicts, tmp_path / "card", "Behaviour", "How it was measured.")
    table = pd.read_csv(tmp_path / "card" / "scorecard.csv")
    assert table["verdict"].tolist() == [MET, MISSED]
    assert (tmp_path / "card" / "scorecard.png").read_bytes().startswith(b"\x89PNG")
    assert "How it was measured." in (tmp_path / "card" / "README.txt").read_text(encoding="utf-8")
    assert summary(verdicts) == "1 of 1 calibration met; 0 of 1 validation met"


@pytest.mark.parametrize("topic", ["behaviour"])
def test_the_project_s_targets_are_whole(topic):
    targets = load_targets(topic)
    assert targets
    for target in targets.values():
        assert target.source
        assert target.unit
        assert target.use in USES
        assert target.low <= target.value <= target.high
    assert (targets_folder() / f"{topic}.csv").read_text(encoding="utf-8").startswith("#")


def test_unpublished_figures_are_shown_and_not_judged(tmp_path):
    (tmp_path / "t.csv").write_text(",".join(COLUMNS) + "\na,A,,,,%,validation,none\n", encoding="utf-8")
    verdict = judge(load_targets("t", tmp_path)["a"], 3.0)
    assert (verdict.verdict, verdict.value) == (NOT_COMPARABLE, 3.0)
    save([verdict], tmp_path / "card", "Title")
    assert summary([verdict]) == "1 not comparable"


def test_broken_targets_are_refused(tmp_path):
    head = ",".join(COLUMNS)
    for row, reason in (
        ("a,A,1,2,1,%,calibration,x", "band"),
        ("a,A,1,0,,%,calibration,x", "band"),
        ("a,A,1,0,2,%,guess,x", "use"),
        ("a,A,1,0,2,%,validation,x\na,A,1,0,2,%,validation,x", "twice"),
    ):
        (tmp_path / "bad.csv").write_text(f"{head}\n{row}\n", encoding="utf-8")
        with pytest.raises(ValueError, match=reason):
            load_targets("bad", tmp_path)
