"""The toy world that every test of columns may ask for."""

from __future__ import annotations

import pytest

from tests.columns.column_toys import SOME, RowWorld


@pytest.fixture
def world():
    return RowWorld(SOME)
