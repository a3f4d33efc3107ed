"""Books: what is entered and measured agrees; what is not stops the run with month, sector and amount."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.books import SECTORS, Books
from abm.errors import BooksError
from abm.vocabulary import Sector

CENTS = st.integers(-(10**14), 10**14).map(lambda cents: cents / 100)
ENTRIES = st.lists(st.tuples(st.sampled_from(SECTORS), st.sampled_from(SECTORS), st.sampled_from("abc"), CENTS))


def books_with(accounts=1000.0, traders=50.0, coins=100.0):
    """Books whose first month has been closed with these stocks."""
    books = Books()
    books.open()
    books.close("2026-01", {Sector.ACCOUNTS: accounts, Sector.TRADERS: traders}, {Sector.TRADERS: coins})
    books.open()
    return books


@given(ENTRIES)
def test_every_kind_of_flow_sums_to_zero_over_sectors(entries):
    books = Books()
    books.open()
    for payer, payee, kind, amount in entries:
        books.pay(payer, payee, kind, amount)
    for kind, column in books.usd.flows.items():
        gross = sum(abs(amount) for _, _, entered, amount in entries if entered == kind)
        assert abs(column.sum()) <= 1e-9 * max(gross, 1.0)


@given(st.lists(st.tuples(st.sampled_from(SECTORS), st.sampled_from(SECTORS), st.integers(0, 10**14))))
def test_satoshi_add_exactly_in_any_order(entries):
    forward, backward = Books(), Books()
    for giver, taker, coins in entries:
        forward.deliver(giver, taker, "sale", float(coins))
    for giver, taker, coins in reversed(entries):
        backward.deliver(giver, taker, "sale", float(coins))
    for sector in SECTORS:
        assert forward.coins.net(sector) == backward.coins.net(sector)
    assert sum(forward.coins.net(sector) for sector in SECTORS) == 0.0


def test_a_month_in_which_all_is_entered_closes():
    books = books_with()
    books.pay(Sector.HOUSEHOLDS, Sector.ACCOUNTS, "contributions", 30.0)
    books.pay(Sector.ACCOUNTS, Sector.TRADERS, "crypto", 7.0)
    books.deliver(Sector.TRADERS, Sector.ACCOUNTS, "crypto", 2.0)
    books.usd.create(Sector.ACCOUNTS, "returns", -3.0)
    assert books.usd.net(Sector.ACCOUNTS) == 20.0
    books.close("2026-02", {Sector.ACCOUNTS: 1020.0, Sector.TRADERS: 57.0}, {Sector.TRADERS: 98.0})


@pytest.mark.parametrize(
    ("accounts", "traders", "coins", "sector", "amount", "unit", "word"),
    [
        (1000.5, 50.0, 100.0, "retirement accounts", 0.5, "USD", "gained"),
        (1000.0, 48.0, 100.0, "background traders", 2.0, "USD", "lost"),
        (1000.0, 50.0, 99.0, "background traders", 1.0, "coins", "lost"),
    ],
)
def test_a_break_names_month_sector_and_amount(accounts, traders, coins, sector, amount, unit, word):
    with pytest.raises(BooksError) as caught:
        books_with().close("2026-02", {Sector.ACCOUNTS: accounts, Sector.TRADERS: traders}, {Sector.TRADERS: coins})
    error = caught.value
    assert (error.month, error.sector, error.amount, error.unit) == ("2026-02", sector, amount, unit)
    assert str(error).startswith(f"The books of 2026-02 are broken: {sector} {word}")
    assert str(error).endswith(f"by {amount:g} {unit}.")


def test_a_payment_entered_but_not_made_is_found():
    books = books_with()
    books.pay(Sector.ACCOUNTS, Sector.MANAGERS, "fees", 1.0)
    with pytest.raises(BooksError, match=r"2026-02 .* retirement accounts gained .* 1 USD"):
        books.close("2026-02", {Sector.ACCOUNTS: 1000.0}, {})


def test_a_stock_that_is_no_number_is_a_break():
    with pytest.raises(BooksError, match="2026-02"):
        books_with().close("2026-02", {Sector.ACCOUNTS: float("nan")}, {})


def test_the_tolerance_is_a_billionth_of_what_moved():
    def close(gap):
        books = books_with(accounts=0.0, traders=0.0)
        books.pay(Sector.HOUSEHOLDS, Sector.ACCOUNTS, "contributions", 1e9)
        books.close("2026-02", {Sector.ACCOUNTS: 1e9 + gap}, {})

    close(0.9)
    with pytest.raises(BooksError):
        close(1.1)


def test_a_negative_payment_goes_the_other_way():
    books = books_with()
    books.pay(Sector.HOUSEHOLDS, Sector.ACCOUNTS, "net", -4.0)
    assert books.usd.net(Sector.HOUSEHOLDS) == 4.0
    assert books.usd.net(Sector.ACCOUNTS) == -4.0


def test_months_do_not_run_into_each_other():
    books = books_with()
    books.pay(Sector.HOUSEHOLDS, Sector.ACCOUNTS, "contributions", 30.0)
    books.close("2026-02", {Sector.ACCOUNTS: 1030.0}, {})
    books.open()
    assert books.matrix() == []
    books.close("2026-03", {Sector.ACCOUNTS: 1030.0}, {})


def test_the_matrix_lists_both_ends_of_each_entry():
    books = books_with()
    books.pay(Sector.HOUSEHOLDS, Sector.ACCOUNTS, "contributions", 30.0)
    books.deliver(Sector.TRADERS, Sector.ACCOUNTS, "crypto", 2.0)
    assert sorted(books.matrix()) == [
        ("USD", "households", "contributions", -30.0),
        ("USD", "retirement accounts", "contributions", 30.0),
        ("coins", "background traders", "crypto", -2.0),
        ("coins", "retirement accounts", "crypto", 2.0),
    ]


def test_one_kind_of_flow_can_be_asked_for():
    books = books_with()
    books.pay(Sector.EMPLOYERS, Sector.HOUSEHOLDS, "wages", 5.0)
    books.pay(Sector.EMPLOYERS, Sector.HOUSEHOLDS, "wages", 2.0)
    assert books.usd.received(Sector.HOUSEHOLDS, "wages") == 7.0
    assert books.usd.received(Sector.EMPLOYERS, "wages") == -7.0
    assert books.usd.received(Sector.HOUSEHOLDS, "benefits") == 0.0


@given(ENTRIES)
def test_a_sector_without_a_stock_is_balanced_to_zero(entries):
    books = Books()
    for payer, payee, kind, amount in entries:
        books.pay(payer, payee, kind, amount)
    before = {sector: books.usd.net(sector) for sector in SECTORS}
    books.usd.balance(Sector.EMPLOYERS, Sector.REST, "sales and other costs")
    tolerance = 1e-9 * max(books.usd.moved, 1.0)
    assert abs(books.usd.net(Sector.EMPLOYERS)) <= tolerance
    assert abs(books.usd.net(Sector.REST) - before[Sector.REST] - before[Sector.EMPLOYERS]) <= tolerance
    assert books.usd.net(Sector.ACCOUNTS) == before[Sector.ACCOUNTS]
