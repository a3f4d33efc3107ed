"""A user's own savers: read without loss, refused with every fault named, lived on like anybody else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abm.errors import SaversTableError
from abm.participants.savers_table import DERIVED, FIELDS, SaversTable
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
    assert names == [name for name in FIELDS if name not in given] + list(DERIVED)


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
        ("age_years,plan_kind\n30,none\n", "salary_usd = None: column must be given; in USD/year"),
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
        "row 1, managed",
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


HEADER = "age_years,salary_usd,plan_kind,plan_balance_usd"


def refusal(tmp_path, text):
    with pytest.raises(SaversTableError) as caught:
        SaversTable.from_file(written(tmp_path, text))
    return caught.value


def test_contradictions_say_the_reason_after_the_unit(tmp_path):
    columns = ",deferral_rate,managed,status\n"
    rows = "40,50000,none,7,0,1,employed\n40,0,401k,7,0.1,0,never_attached\n40,0,403b,7,0,0,employed\n"
    assert [str(fault) for fault in refusal(tmp_path, HEADER + columns + rows).faults] == [
        "row 1, plan_balance_usd = 7.0: must be 0 USD; plan_kind is none",
        "row 1, managed = 1.0: must be 0; plan_kind is none",
        "row 2, deferral_rate = 0.1: must be 0 share of pay; status is not employed",
        "row 3, salary_usd = 0.0: must be above 0 USD/year; status is employed",
        "row 2, plan_kind = '401k': must be none; status is never_attached",
    ]


@pytest.mark.parametrize("saver", ["68,100000,401k,9000,0.10", "30,0,401k,9000,0.10", "64,0,401k,9000,0.10"])
def test_a_deferral_that_the_default_status_would_drop_is_refused(tmp_path, saver):
    (fault,) = refusal(tmp_path, f"{HEADER},deferral_rate\n{saver}\n").faults
    assert (fault.field, fault.value) == ("row 1, deferral_rate", 0.1)
    assert "left out" in fault.hint


CELLS = {
    "age_years": st.integers(22, 80),
    "salary_usd": st.sampled_from([0, 100_000]),
    "plan_kind": st.sampled_from(["none", "401k", "403b"]),
    "plan_balance_usd": st.sampled_from([0, 9_000]),
}
OPTIONAL = {
    "deferral_rate": st.sampled_from([0.0, 0.1]),
    "managed": st.sampled_from([0, 1]),
    "status": st.sampled_from([status.name.lower() for status in Status]),
}


@settings(max_examples=60, deadline=None)
@given(st.fixed_dictionaries(CELLS, optional=OPTIONAL))
def test_a_saver_is_refused_or_seated_as_given(saver):
    try:
        table = SaversTable.from_frame(pd.DataFrame([saver]))
    except SaversTableError:
        return
    people = SaversWorld(Scenario(participants=1, seed=1), table).people
    assert people.salary[0] == saver["salary_usd"]
    assert people.plan_core[0] == saver["plan_balance_usd"]
    assert people.plan[0] == Plan[{"401k": "K401", "403b": "B403", "none": "NONE"}[saver["plan_kind"]]]
    for name, kept in {"deferral_rate": people.deferral_points[0] / 10_000, "managed": people.managed[0]}.items():
        assert kept == pytest.approx(saver.get(name, kept)), name
    assert Status(people.status[0]).name.lower() == saver.get("status", Status(people.status[0]).name.lower())


@pytest.mark.parametrize(
    ("age", "salary", "status"),
    [
        (30, 0, Status.BETWEEN_JOBS), (61, 0, Status.BETWEEN_JOBS), (62, 0, Status.RETIRED), (66, 0, Status.RETIRED),
        (66, 1, Status.EMPLOYED), (67, 1, Status.RETIRED),
    ],
)  # fmt: skip
def test_status_by_age_and_salary(age, salary, status):
    table = SaversTable.from_frame(pd.DataFrame([[age, salary, "none", 0]], columns=HEADER.split(",")))
    assert SaversWorld(Scenario(participants=1, seed=1), table).people.status[0] == status


def test_rows_longer_than_the_header_are_named(tmp_path):
    error = refusal(tmp_path, f"{HEADER}\n30,1000,none,0\n# a comment\n\n40,1000,none,0,9,8\n50,1000,none,0,\n")
    assert [(fault.field, fault.value) for fault in error.faults] == [("row 2", "9,8"), ("row 3", "")]
    error = refusal(tmp_path, f"{HEADER}\n" + "61,000,401k,28000,5\n" * 30)
    assert {"row 1", "row 20", "rows"} <= {fault.field for fault in error.faults}
    assert "10 more rows" in str(error)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_each_long_row_is_a_fault_and_no_other(tmp_path, extra):
    text = "\n".join([HEADER, *("30,1000,none,0" + ",7" * more for more in extra)])
    long = [f"row {place}" for place, more in enumerate(extra, 1) if more]
    if long:
        assert [fault.field for fault in refusal(tmp_path, text).faults] == long
    else:
        assert SaversTable.from_file(written(tmp_path, text)).values["age_years"].tolist() == [30.0] * len(extra)


def test_a_column_given_twice_is_one_fault(tmp_path):
    columns = [*HEADER.split(","), "salary_usd"]
    with pytest.raises(SaversTableError) as caught:
        SaversTable.from_frame(pd.DataFrame([[30, 1, "none", 0, 2]], columns=columns))
    assert [str(fault) for fault in caught.value.faults] == ["salary_usd = '2 columns': column must be given once"]
    (fault,) = refusal(tmp_path, f"{HEADER},salary_usd\n30,1,none,0,2\n").faults
    assert fault.field == "salary_usd"


def test_a_file_of_a_spreadsheet_is_read(tmp_path):
    path = tmp_path / "savers.csv"
    path.write_bytes(f'\ufeff{HEADER}\r\n"30", 50000,"401k","7" # mine\r\n'.encode())
    assert {name: column.tolist() for name, column in SaversTable.from_file(path).values.items()} == {
        "age_years": [30.0], "salary_usd": [50_000.0], "plan_kind": [1.0], "plan_balance_usd": [7.0],
    }  # fmt: skip
