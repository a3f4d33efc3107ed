"""The study of holders outside accounts: what it counts, and what it prints."""

import pandas as pd
import pytest

from experiments.studies import holders_outside as study


def test_findings_are_means_over_seeds():
    rows = [
        ("flat", "all", "start", 1, 13.0), ("flat", "all", "end", 1, 12.0), ("flat", "all", "end", 2, 14.0),
        ("flat", "all", "start", 2, 13.0), ("base", "all", "start", 1, 13.0), ("base", "all", "2026-12", 1, 9.0),
        ("base", "months in a deep fall", "all", 1, 40.0), ("base", "months in a deep fall", "all", 2, 60.0),
        ("bitcoin", "all", "2020-10", 1, 4.0), ("bitcoin", "all", "2021-10", 1, 11.0),
    ]  # fmt: skip
    text = "\n".join(study.findings(pd.DataFrame(rows, columns=["path", "figure", "when", "seed", "percent"]), 17.0))
    assert "all             13.0  13.0" in text
    assert text.index("start           13.0") < text.index("2026-12          9.0")
    assert "50 % of the base worlds' months, 17 % of bitcoin's" in text
    assert "2021-10         11.0    12" in text


def test_every_path_begins_as_surveyed_and_is_seen_when_asked():
    flat, base, bitcoin = study.flat(1, 2_000, 1), study.base(1, 2_000, 1), study.bitcoin(1, 2_000)
    first = {name: table[(table["figure"] == "all")]["percent"].iloc[0] for name, table in
             (("flat", flat), ("base", base), ("bitcoin", bitcoin))}  # fmt: skip
    assert first["flat"] == pytest.approx(13.5, abs=3.0)
    assert first["bitcoin"] == pytest.approx(4.0, abs=1.5)
    assert bitcoin["when"].tolist() == [study.BEGIN, *study.SURVEYS]
    assert base["when"].tolist() == ["start", "2026-12", "all"]
    assert 0.0 < study.deep_falls_of_bitcoin() < 100.0
