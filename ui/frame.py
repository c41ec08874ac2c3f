"""The top of every page: its title, how old the data is, and whose data it is."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from data_access.periods import beijing_now
from data_access.profile import current_profile
from data_access.query import as_of, is_synthetic
from ui.numbers import moment


def open_page(title: str) -> None:
    """Draw the top of a page; where there is no data, say how it comes in, and stop."""
    st.title(title)
    now = as_of()
    district = current_profile().settings.district.name
    if now is None:
        st.info(
            f"{district}还没有数据。\n\n导入自己的案件：`python -m data_access import 文件`　"
            "先看演示数据：`python -m data_access demo`\n\n完成后刷新本页即可，不必重启。"
        )
        st.stop()
    kind = "　**演示数据**（合成，非真实案件）" if is_synthetic() else ""
    st.caption(f"{district}　数据截至 {moment(now)}{kind}")
    _warn_if_stale(now)


def _warn_if_stale(now: datetime) -> None:
    """Demo data stands still on purpose; real data that does must be noticed."""
    limit = current_profile().settings.clock.stale_after_hours
    behind = (beijing_now() - now).total_seconds() / 3600
    if behind <= limit or is_synthetic():
        return
    ago = f"{behind / 24:,.0f} 天" if behind >= 48 else f"{behind:,.0f} 小时"
    st.warning(f"数据已落后当前时间 {ago}（超过 {limit:g} 小时的限度）：页面上的“今天”是数据的最新时间，请检查导入。")


def answer(text: str) -> None:
    """The page's first line: what it has found out. `text` may hold <b> around figures, never users' words."""
    st.html(f'<div class="answer">{text}</div>')
