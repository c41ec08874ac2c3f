"""A picked mark can narrow the whole page: its conditions stand in the bar, or in the address where the bar has none."""

from __future__ import annotations

from datetime import datetime

import pytest
from streamlit.testing.v1 import AppTest

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import Period

PAGE = """
import streamlit as st
from data_access import open_reader
from ui.choosing.filterbar import filter_bar, has_bar, keep_to
reader = open_reader()
st.session_state["before"] = has_bar()
where = filter_bar(reader, "last30")
st.session_state["told"] = (where, has_bar())
st.button("go", key="go", on_click=lambda: keep_to(*st.session_state["wanted"]))
"""


@pytest.fixture
def page(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("CASES_URL", f"duckdb:///{reader.store.folder}")
    return AppTest.from_string(PAGE, default_timeout=60).run()


def test_what_is_picked_becomes_the_pages_filter(page: AppTest, reader: Reader) -> None:
    street = reader.options("street")[0]
    week = Period(datetime(2023, 1, 2), datetime(2023, 1, 9))
    wanted = CaseFilter(street=street, weekday=6, period=week)
    page.session_state["wanted"] = (wanted, ["street", "weekday", "start", "end"])
    told, is_drawn = page.button(key="go").click().run().session_state["told"]
    assert not page.exception and is_drawn
    assert (told.street, told.weekday, told.period) == ((street,), (6,), week)


def test_a_page_without_a_bar_is_not_narrowed(page: AppTest) -> None:
    assert not page.session_state["before"]
