"""A user's own savers: read without loss, refused with every fault named, lived on like anybody else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from abm.errors import SaversTableError
from abm.participants.savers_table import FIELDS, SaversTable
from abm.scenario import Scenario
from abm.vocabulary import Plan, Status
from tests.participants.savers import SaversWorld

GOOD = """# savers of one town
age_years,salary_usd,plan_kind,plan_balance_usd,ira_balance_usd,sex
25,48000,401k,9000,0,female
61.5,120000,403b,410000,52000,male
74,0,none,0,230000,female
"""


def written(tmp_path, text, name="savers.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_good_table_is_seated_as_it_is(tmp_path):
    savers = SaversTable.from_file(written(tmp_path, GOOD))
    people = SaversWorld(Scenario(participants=3, seed=1), savers).people
    assert people.age.tolist() == [300, 738, 888]
    assert people.plan.tolist() == [Plan.K401, Plan.B403, Plan.NONE]
    assert people.plan_core.tolist() == [9000.0, 410000.0, 0.0]
    assert people.ira_core.tolist() == [0.0, 52000.0, 230000.0]
    assert people.status.tolist() == [Status.EMPLOYED, Status.EMPLOYED, Status.RETIRED]
    assert people.sex.tolist() == [1, 0, 1]
    assert people.total(1.0) == pytest.approx(250e6)
    assert people.deferral_points[0] == 680  # Vanguard's average from 25 to 34


def test_what_was_defaulted_is_listed(tmp_path):
    savers = SaversTable.from_file(written(tmp_path, GOOD))
    names = [entry.split(":")[0] for entry in savers.defaulted]
    given = {"age_years", "salary_usd", "plan_kind", "plan_balance_usd", "ira_balance_usd", "sex"}
    assert names == [name for name in FIELDS if name not in given]


def test_parquet_reads_like_csv_and_weights_are_kept(tmp_path):
    csv = SaversTable.from_file(written(tmp_path, GOOD))
    frame = pd.read_csv(tmp_path / "savers.csv", comment="#")
    frame["weight"] = [1.0, 2.0, 3.5]
    frame.to_parquet(tmp_path / "savers.parquet")
    parquet = SaversTable.from_file(tmp_path / "savers.parquet")
    for name, column in csv.values.items():
        assert np.array_equal(column, parquet.values[name]), name
    people = SaversWorld(Scenario(participants=3, seed=1), parquet).people
    assert people.weight.tolist() == [1.0, 2.0, 3.5]


def test_such_savers_live_on(tmp_path):
    world = SaversWorld(Scenario(participants=3, seed=1), SaversTable.from_file(written(tmp_path, GOOD)))
    for _ in range(24):
        world.step()
    assert world.people.age[0] >= 22 * 12
    assert np.isfinite(world.people.plan_core).all()


def test_all_faults_are_named_at_once_with_rows_and_units(tmp_path):
    bad = "age_years,salary_usd,plan_kind,plan_balance_usd,ira_balance\n17,-5,401k,100,0\n40,abc,pension,10,0\n"
    with pytest.raises(SaversTableError) as caught:
        SaversTable.from_file(written(tmp_path, bad))
    message = str(caught.value)
    for part in (
        "ira_balance", "did you mean 'ira_balance_usd'", "row 1, age_years = '17'", "from 22 to 119 years",
        "row 1, salary_usd = '-5'", "row 2, salary_usd = 'abc'", "USD/year", "row 2, plan_kind = 'pension'",
    ):  # fmt: skip
        assert part in message, part
    assert len(caught.value.faults) == 5


def test_contradictions_between_cells_are_named(tmp_path):
    bad = "age_years,salary_usd,plan_kind,plan_balance_usd,status\n30,0,none,7,employed\n"
    with pytest.raises(SaversTableError, match=r"row 1, plan_balance_usd.*row 1, salary_usd"):
        SaversTable.from_file(written(tmp_path, bad))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("age_years,plan_kind\n30,none\n", "salary_usd = None: column must be given USD/year"),
        ("age_years,salary_usd,plan_kind,plan_balance_usd\n", "at least one saver"),
        ("", "cannot be read"),
        ("age_years,salary_usd,plan_kind,plan_balance_usd\n30,,none,0\n", "row 1, salary_usd"),
        ("age_years,salary_usd,plan_kind,plan_balance_usd\n30,inf,none,0\n", "row 1, salary_usd"),
    ],
)
def test_other_bad_tables_are_refused(tmp_path, text, part):
    with pytest.raises(SaversTableError) as caught:
        SaversTable.from_file(written(tmp_path, text))
    assert part in str(caught.value)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(SaversTableError, match="cannot be read"):
        SaversTable.from_file(tmp_path / "nowhere.csv")


def test_many_bad_rows_are_counted_not_listed(tmp_path):
    rows = "age_years,salary_usd,plan_kind,plan_balance_usd\n" + "30,-1,none,0\n" * 500
    with pytest.raises(SaversTableError, match="480 more rows"):
        SaversTable.from_file(written(tmp_path, rows))


def test_contradictions_are_named_together_with_bad_cells_and_counted(tmp_path):
    header = "age_years,salary_usd,plan_kind,plan_balance_usd,status,deferral_rate,tenure_years,managed\n"
    bad = header + (
        "30,50000,none,7,employed,0.05,3,1\n"  # a balance and a deferral without a plan
        "30,0,401k,7,employed,0.05,17,0\n"  # a worker without pay, at work since he was 13
        "70,50000,401k,7,retired,0.05,3,0.5\n"  # a retiree who defers; managed is yes or no
        "40,50000,none,0,never_attached,0,0,0\n"
        "16,50000,none,0,employed,0,0,0\n"
    )
    with pytest.raises(SaversTableError) as caught:
        SaversTable.from_file(written(tmp_path, bad))
    named = {fault.field for fault in caught.value.faults}
    assert named == {
        "row 1, plan_balance_usd",
        "row 1, deferral_rate",
        "row 2, salary_usd",
        "row 2, tenure_years",
        "row 3, deferral_rate",
        "row 3, managed",
        "row 4, salary_usd",
        "row 5, age_years",
    }


def test_a_bad_cell_contradicts_nothing(tmp_path):
    bad = "age_years,salary_usd,plan_kind,plan_balance_usd,status\n30,x,none,7,employed\n"
    with pytest.raises(SaversTableError) as caught:
        SaversTable.from_file(written(tmp_path, bad))
    assert {fault.field for fault in caught.value.faults} == {"row 1, salary_usd", "row 1, plan_balance_usd"}
