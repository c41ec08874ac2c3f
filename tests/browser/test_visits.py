"""The other tests' way to wait: whatever a page does by itself is over before anything is looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError

from data_access.cases.store import Store
from tests.browser.serving import serving
from tests.browser.visits import Visit

# Every run sleeps, asks for the next one three times over, and a button begins it all again.
RESTLESS = """
import time
import streamlit as st

def begin():
    st.session_state.left = 3

st.session_state.setdefault("left", 3)
st.button("anew", on_click=begin)
st.markdown(f"still {st.session_state.left} to go")
time.sleep(0.3)
if st.session_state.left:
    st.session_state.left -= 1
    st.rerun()
st.markdown("at rest")
st.expander("drawer").markdown("inside")
"""


@pytest.fixture
def restless(empty_store: Store, tmp_path: Path) -> Path:
    app = tmp_path / "restless.py"
    app.write_text(RESTLESS, encoding="utf-8")
    return app


def test_a_page_that_runs_itself_anew_is_waited_for(
    restless: Path, empty_store: Store, visit: Callable[..., Visit], tmp_path: Path
) -> None:
    with serving(empty_store, tmp_path / "server.log", app=restless) as address:
        seen = visit()
        seen.open(address)
        for _ in range(2):
            assert seen.page.locator('[data-testid="stMarkdown"]').all_inner_texts()[:2] == ["still 0 to go", "at rest"]
            with seen.rerun():
                seen.page.get_by_role("button", name="anew").click()
        with pytest.raises(TimeoutError), seen.rerun(within_ms=500):
            seen.page.get_by_text("drawer").click()  # of which the server hears nothing
