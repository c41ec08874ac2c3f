"""案件库: every case; search, filter, sort, page; one case's life line."""

import math

import pandas as pd
import streamlit as st

from data_access.cases.filters import STATUSES, references, status_label, with_statuses
from ui.choosing.filterbar import filter_bar
from ui.drawing.casefile import life_line
from ui.drawing.columns import CASE_COLUMNS, CASE_LABELS
from ui.drawing.exporting import TICKETS
from ui.drawing.tables import downloads, table
from ui.frame.page import answer, open_page
from ui.style.links import TEXT, export_address
from ui.style.markup import html, markdown

PAGE = {"title": "案件库", "group": "办理", "order": 10}
SIZE = 50
MOST_DOWNLOADED = 20_000
SORTS = {"created_at": "最新受理", "due_at": "截止时间最晚", "closed_at": "最近办结", "street": "街道",
         "category1": "分类"}  # fmt: skip


def everything() -> pd.DataFrame:
    """All cases of the list: fetched when somebody asks for the file."""
    return reader.list_cases(where, sort=sort, descending=falling, page_size=MOST_DOWNLOADED)[CASE_COLUMNS]


def close_case() -> None:
    st.query_params.pop("case", None)
    # Another key makes a new table: the old one would still have its row selected, and open the case again.
    st.session_state["turn"] = st.session_state.get("turn", 0) + 1


reader = open_page("案件库").singly
if number := st.query_params.get("case"):
    case = reader.get_case(number)
    st.button("← 返回列表", on_click=close_case, key="back")
    if case:
        life_line(case, reader.as_of)
    else:
        st.warning("没有这个编号的案件：可能写错了，已随版本退回，或您的身份看不到。")
    st.stop()

where = filter_bar(reader, "all", own=[TEXT])
with st.container(horizontal=True, vertical_alignment="bottom"):
    words = st.text_input("查找", key=TEXT, bind="query-params", type="search", width=420,
                          placeholder="标题、内容、地址或编号里的字，空格分开表示都要有")  # fmt: skip
    states = st.multiselect("状态", list(STATUSES), format_func=status_label, key="state", bind="query-params",
                            placeholder="全部", select_all=False, width=240)  # fmt: skip
    sort = st.selectbox("排序", list(SORTS), format_func=SORTS.__getitem__, key="sort", bind="query-params",
                        filter_mode=None, width=180)  # fmt: skip
where = with_statuses(where.replace(text=words), tuple(states))

count = reader.count(where)
if not count:
    answer("没有符合条件的案件。" if reader.sight.cases else "您的身份只看汇总，不能一件一件查看案件。")
    st.info("可以放宽时段、减少查找的字，或清除上面的筛选条件。" if reader.sight.cases else "汇总数字在其他页面。")
    st.stop()
answer(html("共 <b>{:,}</b> 件。", count))
pages = math.ceil(count / SIZE)
page, falling = min(st.session_state.get("page", 1), pages), sort in ("created_at", "due_at", "closed_at")
rows = reader.list_cases(where, sort=sort, descending=falling, page=page, page_size=SIZE)
chosen = table(rows[CASE_COLUMNS], key=f"list_{st.session_state.get('turn', 0)}", labels=CASE_LABELS, selectable=True,
               height=38 * 16, phone=["created_at", "category3", "street", "status"])  # fmt: skip
with st.container(horizontal=True, vertical_alignment="center"):
    st.pagination(pages, key="page")
    if count <= MOST_DOWNLOADED:
        downloads(everything, "案件清单", key="list_file", labels=CASE_LABELS)
    else:
        st.markdown(
            markdown(
                "[下载全部 {:,} 件（CSV，按受理时间）]({})", count, export_address(where, TICKETS.give(reader.sight))
            )
        )
        st.caption(f"XLSX 最多 {MOST_DOWNLOADED:,} 件，下面两个文件是本页")
        downloads(rows[CASE_COLUMNS], "案件清单（本页）", key="list_file", labels=CASE_LABELS)
if chosen:
    st.query_params["case"] = references(rows).iloc[chosen[0]]
    st.rerun()
st.caption("点选一行，可看这件案件从受理到回访的全过程。")
