"""案件库: every case; search, filter, sort, page; one case's life line."""

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from data_access.cases.filters import STATUSES, CaseFilter, references, status_label, with_statuses
from data_access.cases.listing import SORTS, same_caller
from data_access.district.periods import Period
from data_access.district.vocabulary import NO
from ui.choosing.filterbar import filter_bar
from ui.desk.saved import saved
from ui.drawing.about import filter_words
from ui.drawing.casefile import life_line
from ui.drawing.columns import CASE_COLUMNS, CASE_LABELS, LINK
from ui.drawing.exporting import TICKETS
from ui.drawing.tables import choose_columns, downloads, table
from ui.frame.page import answer, open_page
from ui.style.links import END, START, TEXT, case_address, export_address
from ui.style.markup import html, markdown, plain
from ui.style.numbers import time_left, until_now
from ui.watch.doors import refused
from ui.watch.viewer import asks_for, viewer

PAGE = {"title": "案件库", "group": "办理", "order": 10, "icon": "folder_open"}
SIZE = 50
MOST_DOWNLOADED = 20_000
FIRST = ["created_at", "left", "category3", "street", "community", "unit", "status"]  # unless others are chosen
LISTED = [*FIRST, *(column for column in CASE_COLUMNS if column not in FIRST)]
NAMED = CASE_LABELS | {"left": "时限"}
OTHERS = ["created_at", "category3", "status", LINK]
ALIKE = timedelta(days=90)


def everything() -> pd.DataFrame:
    """All cases of the list: fetched when somebody asks for the file."""
    return reader.list_cases(where, sort=column, descending=falling, page_size=MOST_DOWNLOADED)[CASE_COLUMNS]


def show_others(case: Mapping[str, Any]) -> None:
    """Earlier and later cases of the same caller, where callers may be seen, and of the same place and class."""
    around = Period(case["created_at"] - ALIKE, case["created_at"] + ALIKE)
    place = CaseFilter(around, street=(case["street"],), community=(case["community"],), category2=(case["category2"],))
    near = reader.list_cases(place, page_size=20) if case["community"] else pd.DataFrame(columns=CASE_COLUMNS)
    near = near[near["case_id"] != case["case_id"]]
    same = same_caller(reader, str(number), 20)
    for words, key, found in (("同一诉求人的其他件", "same_caller", same), ("同社区同类的前后三个月", "near", near)):
        if len(found):
            st.subheader(plain(words))
            listed = found.assign(**{LINK: references(found).map(case_address)})[OTHERS]
            table(listed, key=key, labels=CASE_LABELS | {LINK: "案件"})


def offer_all() -> None:
    """The way from the period with which the list begins to all of time."""
    if where.when.start > reader.span[0] and not {START, END} & set(st.query_params):
        st.button(
            "换成全部时段", key="all_time", type="tertiary", on_click=st.session_state.update, args=({"period": "all"},)
        )


def close_case() -> None:
    st.query_params.pop("case", None)
    # Another key makes a new table: the old one would still have its row selected, and open the case again.
    st.session_state["turn"] = st.session_state.get("turn", 0) + 1


reader = open_page("案件库").singly
if number := st.query_params.get("case"):
    case = reader.get_case(number)
    st.button("← 返回列表", on_click=close_case, key="back")
    if case:
        if life_line(case, reader.as_of):
            show_others(case)
    else:
        refused(number, "没有这个编号，或看不到")
        st.warning("没有这个编号的案件：可能写错了，已随版本退回，或您的身份看不到。")
    st.stop()

where = filter_bar(reader, own=[TEXT])
with st.container(horizontal=True, vertical_alignment="bottom"):
    words = st.text_input("查找", key=TEXT, bind="query-params", type="search", width=420,
                          placeholder="标题、内容、地址或编号里的字，空格分开表示都要有")  # fmt: skip
    sort = st.selectbox("排序", list(SORTS), format_func=lambda one: SORTS[one][0], key="sort", bind="query-params",
                        filter_mode=None, width=200)  # fmt: skip
states = st.pills("状态", list(STATUSES), selection_mode="multi", format_func=lambda one: plain(status_label(one)),
                  key="state", bind="query-params")  # fmt: skip
_, column, falling, only = SORTS[sort]
where = with_statuses(with_statuses(where.replace(text=words), tuple(states)), (only,) if only else ())
asks_for(where)

with st.container(horizontal=True, vertical_alignment="center"):
    saved(reader, "cases")
    offer_all()
    seen = choose_columns(LISTED, FIRST, NAMED)
count, stretch = reader.count(where), until_now(where.when, reader.as_of)
if not count:
    may = bool(reader.sight.cases)
    answer(f"{stretch}受理的，没有符合条件的案件。" if may else "您的身份只看汇总，不能一件一件查看案件。")
    st.info("可以放宽时段、减少查找的字，或清除上面的筛选条件。" if may else "汇总数字在其他页面。")
    st.stop()
told = "；".join(filter_words(where))
answer(html("{}受理的共 <b>{:,}</b> 件{}。", stretch, count, f"（{told}）" if told else ""))
pages = math.ceil(count / SIZE)
page = min(st.session_state.get("page", 1), pages)
rows = reader.list_cases(where, sort=column, descending=falling, page=page, page_size=SIZE)
left = [time_left(due, reader.as_of) if is_closed == NO else ""
        for due, is_closed in zip(rows["due_at"], rows["is_closed"], strict=True)]  # fmt: skip
chosen = table(rows.assign(left=left)[LISTED], key=f"list_{st.session_state.get('turn', 0)}", selectable=True,
               labels=NAMED, height=38 * 16, seen=seen,
               phone=["created_at", "category3", "left", "status"])  # fmt: skip
with st.container(horizontal=True, vertical_alignment="center"):
    st.pagination(pages, key="page")
    if count > reader.sight.exports:
        st.caption(f"您的身份一个文件最多下载 {reader.sight.exports:,} 件，请缩小范围。")
    elif count <= MOST_DOWNLOADED:
        downloads(everything, "案件清单", key="list_file", labels=CASE_LABELS)
    else:
        st.markdown(
            markdown(
                "[下载全部 {:,} 件（CSV，按受理时间）]({})",
                count,
                export_address(where, TICKETS.give(reader.sight, viewer())),
            )
        )
        st.caption(f"XLSX 最多 {MOST_DOWNLOADED:,} 件，“下载”是本页")
        downloads(rows[CASE_COLUMNS], "案件清单（本页）", key="list_file", labels=CASE_LABELS)
if chosen:
    st.query_params["case"] = references(rows).iloc[chosen[0]]
    st.rerun()
st.caption("点任一格，可看这件案件从受理到回访的全过程。")
