"""探索: SQL of one's own under one's own rights, for whoever holds the right."""

import streamlit as st

from ui.desk import exploring
from ui.frame.identity import may
from ui.frame.page import answer, open_page

PAGE = {"title": "探索", "group": "分析", "order": 90, "needs": "sql", "icon": "manage_search"}

reader = open_page("探索")
if not may(reader, "sql"):
    st.info("没有这个页面。")
    st.stop()
answer("写一条 SELECT，问您能看的案件；每次查询都记入审计。")
trail = exploring.trail_of_reader(reader)
exploring.opened(trail)
st.session_state.setdefault(exploring.TEXT, exploring.FIRST)
write, tables = st.columns([3, 2], gap="large")
with write:
    statement = st.text_area("SQL", key=exploring.TEXT, height=260, max_chars=20_000)
    with st.container(horizontal=True, vertical_alignment="center"):
        run = st.button("运行", key="explore_run")
        own = exploring.own_tables()
    st.caption(
        "按 DuckDB 的写法，只能 SELECT；“:as_of”是数据的“今天”。作废的件（is_void = 1）不进任何指标，自己写时请去掉。"
    )
with tables:
    exploring.describe(reader, own)
if run and statement.strip():
    exploring.ask(reader, statement, own)
found = st.session_state.get(exploring.ANSWER)
if found:
    st.subheader("结果")
    exploring.show(reader, found)
kept, past, page = st.tabs(["存下的查询", "本次查过的", "做成页面"])
with kept:
    exploring.library(trail, statement)
with past:
    exploring.history()
with page:
    st.caption("复制到 pages/ 里的一个新文件，保存后刷新就在菜单里；这里不会写任何文件。")
    if own:
        st.caption("自己的表另存为同名的 CSV（UTF-8），放在页面文件旁边，第一行写“# 来源：…”。")
    st.code(exploring.as_page(statement, own), language="python")
