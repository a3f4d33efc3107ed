"""The fiscal path of both sides, and the Treasury's rows of a scorecard."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from abm.model import RetirementModel
from abm.scenario import Scenario
from experiments.cli import app
from experiments.treasury.fiscal import COLUMNS, Path40, main
from experiments.treasury.fiscal_report import series, text
from experiments.validation.scorecard import MET, MISSED, NOT_COMPARABLE
from experiments.validation.treasury_rows import first_year, treasury_rows

SIZE = {"market.traders": 300}


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> tuple[Path40, object]:
    return main(years=3, participants=600, seeds=2, out=tmp_path_factory.mktemp("fiscal"), size=SIZE)


def value(found: Path40, side: str, account: str, measure: str, column: str = "billion_usd") -> np.ndarray:
    return series(found.path, side, account, measure)[column].to_numpy()


def test_the_path_is_one_ledger_three_ways(done):
    found, _ = done
    for side in ("traditional", "roth"):
        for account in ("plans", "iras", "all"):
            parts = [value(found, side, account, name) for name in COLUMNS]
            assert value(found, side, account, "gross") == pytest.approx(parts[0] + parts[1])
            assert value(found, side, account, "cash_flow") == pytest.approx(parts[0] + parts[1] - parts[2])
        whole = value(found, side, "all", "cash_flow")
        assert whole == pytest.approx(
            value(found, side, "plans", "cash_flow") + value(found, side, "iras", "cash_flow")
        )
        grown, interest = value(found, side, "all", "accumulated"), 1.033
        assert grown[2] == pytest.approx((whole[0] * interest + whole[1]) * interest + whole[2])
        real = value(found, side, "all", "cash_flow", "billion_2026_usd")
        assert whole / real == pytest.approx([1.0, 1.023, 1.023**2])
        share = value(found, side, "all", "cash_flow", "percent_of_wages")
        assert share == pytest.approx(100.0 * whole / value(found, side, "budget", "wages"))


def test_cohorts_add_up_to_the_nation(done):
    found, _ = done
    measures = [*COLUMNS, "gross", "cash_flow"]
    sums = found.cohorts.groupby(["side", "year", "account"]).sum()
    for (side, year, account), row in sums.iterrows():
        for name in measures:
            nation = series(found.path, side, account, name).loc[year]
            assert row[name] == pytest.approx(nation["billion_usd"], abs=1e-9)
            assert row[f"{name}_2026"] == pytest.approx(nation["billion_2026_usd"], abs=1e-9)
    assert (sums["gross_2026"].xs(2028, level="year") < sums["gross"].xs(2028, level="year")).all()
    assert found.cohorts["born"].between(1890, 2010).all()


def test_roth_brings_revenue_forward(done):
    found, _ = done
    first = found.difference[found.difference["year"] == 2026].set_index("measure")["billion_usd"]
    assert first["revenue"] > 0.0 > first["debt"]
    assert first["debt"] == pytest.approx(-first["revenue"], rel=0.05)
    assert first["gross"] < 0.0
    assert (found.difference["low"] <= found.difference["high"]).all()
    # What was saved before stays Traditional: the first year's withdrawals are taxed as ever.
    taxed = [value(found, side, "iras", "withdrawals")[0] for side in ("traditional", "roth")]
    assert taxed[1] == pytest.approx(taxed[0], rel=0.1)


def test_the_folder_explains_itself(done):
    found, folder = done
    names = {path.name for path in folder.iterdir()}
    tables = {"fiscal_path.csv", "roth_less_traditional.csv", "cohorts.csv", "scorecard.csv"}
    assert names == tables | {"fiscal.png", "scorecard.png", "README.txt"}
    readme = (folder / "README.txt").read_text(encoding="utf-8")
    assert text(found) in readme
    assert "abm fiscal --years 3 --participants 600 --seeds 2" in readme
    assert len(pd.read_csv(folder / "fiscal_path.csv")) == len(found.path)


def months_table(cash_flow: float = 203e9) -> pd.DataFrame:
    """A year of months that meets every target of the first year, but for the cash flow of plans."""
    yearly = {"benefits_usd": 1666e9, "payroll_tax_usd": 1814e9, "income_tax_usd": 1700e9, "wages_usd": 11_844e9}
    flows = {name: usd / 12 for name, usd in (yearly | {"fiscal_balance_usd": -0.06 * 31e12}).items()}
    stocks = {"tax_expenditure_plans_cash_flow_usd": cash_flow, "tax_expenditure_iras_cash_flow_usd": 38e9}
    months = [f"2026-{month:02d}" for month in range(1, 13)]
    return pd.DataFrame([{"month": month, "debt_usd": 31e12} | flows | stocks for month in months])


def test_rows_are_judged_as_published():
    verdicts = {v.target.name: v for v in treasury_rows([months_table()])}
    assert {name for name, v in verdicts.items() if v.verdict != MET} == {"income_tax"}
    assert verdicts["income_tax"].verdict == NOT_COMPARABLE
    assert verdicts["deficit"].value == pytest.approx(6.0)
    assert "debt_2036" not in verdicts
    assert {v.target.use for v in verdicts.values()} == {"calibration", "validation"}
    missed = {v.target.name: v.verdict for v in treasury_rows([months_table(150e9)])}
    assert missed["dc_cash_flow"] == MISSED
    two = treasury_rows([months_table(190e9), months_table(210e9)])[0]
    assert two.value == pytest.approx(200.0)
    assert two.low < 190.0 < 210.0 < two.high


def test_rows_need_a_whole_year_and_take_worlds():
    short = months_table().iloc[:11]
    with pytest.raises(ValueError, match="whole calendar year"):
        treasury_rows([short])
    late = pd.concat(
        [months_table().iloc[6:], months_table().assign(month=lambda m: m["month"].str.replace("2026", "2027"))]
    )
    assert first_year(late).year == 2027
    world = RetirementModel(Scenario.of({"participants": 300, "months": 12, "market": {"traders": 300}}))
    while world.running:
        world.step()
    assert len(treasury_rows([world])) == 7


def test_the_commands_leave_their_folders(tmp_path):
    run = CliRunner().invoke
    sizes = ["--participants", "200", "--years", "1", "--seeds", "1"]
    path = run(app, ["fiscal", *sizes, "--out", str(tmp_path / "path")])
    assert path.exit_code == 0, path.output
    assert "Roth less Traditional" in path.output
    assert path.output.splitlines()[-1] == str(tmp_path / "path")
    lives = run(app, ["present-value", *sizes, "--rate", "0.03", "--quiet", "--out", str(tmp_path / "lives")])
    assert lives.exit_code == 0, lives.output
    assert pd.read_csv(tmp_path / "lives" / "present_value.csv")["rate"].unique().tolist() == [0.03]
    made = "abm present-value prohibit --years 1 --participants 200 --seeds 1 --rate 0.03\n"
    assert made in (tmp_path / "lives" / "README.txt").read_text(encoding="utf-8")
