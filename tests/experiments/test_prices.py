"""A user's price file: refused with rows and reasons, repaired only when asked, and never with invented prices."""

from datetime import date, timedelta

import numpy as np
import pytest

from abm.errors import InputError
from experiments.calibration.prices import read_prices

FIRST = date(2022, 1, 3)  # a Monday


def write_prices(folder, prices, name="prices.csv", step=1, edit=lambda rows: rows):
    """A price file of consecutive days, with some of its rows (date, price) edited."""
    rows = [[str(FIRST + timedelta(days=step * day)), repr(float(price))] for day, price in enumerate(prices)]
    text = "\n".join(",".join(row) for row in [["date", "price"], *edit(rows)])
    path = folder / name
    path.write_text(text + "\n", encoding="utf-8")
    return path


PRICES = 100.0 * np.exp(np.cumsum(np.random.default_rng(1).normal(0.0, 0.02, 700)))


def faults(path, **options):
    with pytest.raises(InputError) as caught:
        read_prices(path, **options)
    return " | ".join(str(fault) for fault in caught.value.faults)


def test_clean_file_is_read(tmp_path):
    found = read_prices(write_prices(tmp_path, PRICES))
    assert found.returns == pytest.approx(np.diff(np.log(PRICES)))
    assert (found.first, found.last, found.repairs) == (FIRST, FIRST + timedelta(days=699), ())


def drop(*at):
    return lambda rows: [row for place, row in enumerate(rows) if place not in at]


def put(at, row):
    return lambda rows: [*rows[:at], row, *rows[at:]]


def price_at(at, text):
    return lambda rows: [[row[0], text] if place == at else row for place, row in enumerate(rows)]


@pytest.mark.parametrize(
    ("edit", "said", "mended"),
    [
        (drop(10, 11), ["line 12", "3 days after", "must not skip days"], 696),
        (price_at(20, "0"), ["line 22 ('0')", "above zero"], 697),
        (price_at(20, "-3.5"), ["line 22", "above zero"], 697),
        (price_at(20, ""), ["line 22", "above zero"], 697),
        (price_at(20, "nan"), ["line 22", "above zero"], 697),
        (put(30, [str(FIRST + timedelta(days=29)), "99"]), ["line 32", "as in line 31", "come twice"], 699),
        (lambda rows: [*rows[:5], rows[6], rows[5], *rows[7:]], ["line 8", "must ascend"], 699),
        (put(7, ["3 Jan", "99"]), ["line 9 ('3 Jan')", "2024-03-01"], 699),
        (put(7, ["2022-01-09 14:30", "99"]), ["line 9", "2024-03-01"], 699),
    ],
    ids=["gap", "zero", "negative", "blank", "NaN", "duplicate", "unsorted", "no date", "hour"],
)
def test_faults_are_named_with_rows_and_repaired_when_asked(tmp_path, edit, said, mended):
    path = write_prices(tmp_path, PRICES, edit=edit)
    told = faults(path)
    assert all(word in told for word in said), told
    found = read_prices(path, repair=True)
    assert found.returns.size == mended
    assert all(any(word in repair for repair in found.repairs) for word in said[:1])
    whole = np.diff(np.log(PRICES))
    assert np.isin(np.round(found.returns, 9), np.round(whole, 9)).mean() > 0.995  # no return is invented


def test_duplicate_keeps_the_later_row(tmp_path):
    path = write_prices(tmp_path, PRICES, edit=put(30, [str(FIRST + timedelta(days=29)), "99"]))
    assert read_prices(path, repair=True).returns[28] == pytest.approx(np.log(99 / PRICES[28]))


def test_weekly_file_cannot_be_repaired(tmp_path):
    path = write_prices(tmp_path, PRICES, step=7)
    assert "must be daily" in faults(path, repair=True)
    assert "7 days" in faults(path)


def test_trading_days_may_pause_on_weekends(tmp_path):
    """A stock: no Saturdays, no Sundays, a holiday on a Monday; a missing week is a gap all the same."""

    def weekdays(rows):
        return [row for row in rows if date.fromisoformat(row[0]).weekday() < 5 and row[0] != "2022-05-30"]

    prices = np.resize(PRICES, 1000)
    assert read_prices(write_prices(tmp_path, prices, edit=weekdays)).returns.size > 700
    path = write_prices(tmp_path, prices, edit=lambda rows: [*weekdays(rows)[:200], *weekdays(rows)[206:]])
    assert "must not skip days" in faults(path)


def test_columns_window_and_length(tmp_path):
    path = write_prices(tmp_path, PRICES)
    renamed = tmp_path / "close.csv"
    renamed.write_text(path.read_text().replace("date,price", "Date,prices"))
    assert "price" in faults(renamed)
    assert "rename 'prices'" in faults(renamed)
    assert "at least 500" in faults(path, window="2022-01..2022-03")
    assert read_prices(path, window="2022-02..2023-11").first == date(2022, 2, 1)
    assert "cannot be read" in faults(tmp_path / "missing.csv")
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    assert "must be a column" in faults(empty)
