"""The parts of 探索: what may be asked, own tables, asking under record, the answer, kept queries, the page to copy."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from data_access.cases.columns import CALLABLE, MEANINGS, TABLES
from data_access.cases.errors import QueryFailed, StoreError
from data_access.cases.filters import CaseFilter
from data_access.cases.own_sql import MOST_FRAME, NAME, tables_of
from data_access.cases.reader import Reader
from data_access.cases.statements import names_in, recorded
from data_access.cases.units import NUMBER, WHOLE, Figure
from data_access.ledger.opening import trail_of
from data_access.trail.kept import STATEMENT, STATEMENTS, forget, keep, kept
from data_access.trail.schema import DoorClosed, TrailProblem
from data_access.trail.trail import Trail
from ui.drawing import charts
from ui.drawing.tables import downloads, table
from ui.drawing.vega import draw
from ui.style.links import page_address
from ui.style.markup import markdown, plain
from ui.watch import doors
from ui.watch.mark import mark_screen
from ui.watch.viewer import viewer

TEXT, OWN, ANSWER, PAST = "explore_text", "explore_tables", "explore_answer", "explore_past"  # in the session
SHOWN, BARS, PASTED = 5_000, 40, 200_000  # rows on the screen, bars of a chart, letters of a pasted table
REMEMBERED = 20
FIRST = """SELECT street, count(*) AS cases, round(avg(handling_seconds) / 3600.0, 1) AS hours
FROM cases
WHERE is_void = 0 AND created_at >= :as_of - INTERVAL 30 DAY
GROUP BY street
ORDER BY cases DESC"""


@dataclass(frozen=True)
class Answer:
    """What a statement gave. `frame`: its first SHOWN rows."""

    statement: str
    frame: pd.DataFrame
    is_cut: bool
    seconds: float


def put(statement: str) -> None:
    """The editor holds this statement from the next run on."""
    st.session_state[TEXT] = statement


def describe(reader: Reader, own: Mapping[str, pd.DataFrame]) -> None:
    """The tables and their columns, in Chinese, as far as this reader has them."""
    for name, columns in tables_of(reader).items():
        is_first = name == "cases"
        with st.expander(markdown("**{}**　{}", name, TABLES[name]), expanded=is_first):
            keys = [str(column.key) for column in columns.selected_columns]
            if not is_first:
                st.caption(plain("、".join(keys)))
                continue
            told = pd.DataFrame({"列": keys, "是什么": [MEANINGS[key] for key in keys]})
            st.dataframe(told, hide_index=True, height=330, key=f"columns_of_{name}")
    with st.expander("可用的函数"):
        for use, names in CALLABLE.items():
            st.caption(plain(f"{use}：{'、'.join(names)}"))
    for name, frame in own.items():
        with st.expander(markdown("**{}**　自己的表，{:,} 行", name, len(frame))):
            st.caption(plain("、".join(map(str, frame.columns))))


def own_tables() -> dict[str, pd.DataFrame]:
    """The tables that somebody brought in this session; draws where to bring another."""
    own: dict[str, pd.DataFrame] = st.session_state.setdefault(OWN, {})
    with st.popover("自己的表"):
        st.caption("选一个 CSV 文件，或从 Excel 复制几列（带表头）贴在下面。只在本次打开的页面里，不存到服务器，"
                   f"别人看不到；至多 {MOST_FRAME[0]:,} 行、{MOST_FRAME[1]} 列。")  # fmt: skip
        name = st.text_input("表名", "mine", key="explore_own_name", max_chars=40)
        file = st.file_uploader("CSV 文件（1 兆字节以内）", ["csv"], key="explore_own_file")
        text = st.text_area("内容", key="explore_own_text", height=140, max_chars=PASTED)
        if st.button("加入", key="explore_own_add") and (file or text.strip()):
            try:
                own[_own_name(name)] = _pasted(_decoded(file.getvalue()) if file else text)
            except ValueError as error:
                st.error(plain(str(error)))
        for one in list(own):
            if st.button(plain(f"去掉 {one}"), key=f"explore_own_drop_{one}"):
                del own[one]
                st.rerun()
    return own


def _own_name(name: str) -> str:
    if not NAME.fullmatch(name.strip()) or name.strip().lower() in TABLES:
        raise ValueError("表名以字母或汉字开头，不能有空格，也不能与已有的表同名")
    return name.strip().lower()


def _decoded(content: bytes) -> str:
    """A file's text: UTF-8, or what Excel on a Chinese Windows writes. Raises `ValueError` in words."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("看不懂这个文件：要 CSV 文本，UTF-8 或 GBK 编码")


def _pasted(text: str) -> pd.DataFrame:
    """A table from cells copied out of a spreadsheet, or from CSV. Raises `ValueError` in words."""
    first = next(iter(text.strip().splitlines()), "")
    try:
        frame = pd.read_csv(io.StringIO(text.strip()), sep="\t" if "\t" in first else ",")
    except (ValueError, pd.errors.ParserError) as error:
        raise ValueError("看不懂这个表：第一行要是表头，每行的列数要一样") from error
    frame.columns = [str(name).strip() for name in frame.columns]
    if len(frame) > MOST_FRAME[0] or len(frame.columns) > MOST_FRAME[1] or frame.empty:
        raise ValueError(f"至少一行，至多 {MOST_FRAME[0]:,} 行、{MOST_FRAME[1]} 列")
    return frame


def ask(reader: Reader, statement: str, own: Mapping[str, pd.DataFrame]) -> None:
    """Record the statement, then ask it; the answer, or why there is none, is said."""
    try:
        doors.opens_query(recorded(statement))
        began = time.monotonic()
        with st.spinner("正在查询……"):
            found = reader.sql(statement, frames=own, most=SHOWN)
    except DoorClosed as closed:
        st.error(plain(f"{closed}。"))
    except QueryFailed as failed:
        st.session_state.pop(ANSWER, None)
        st.error(plain(f"没有结果：{failed}"))
    else:
        answer = Answer(statement, found, bool(found.attrs["is_cut"]), time.monotonic() - began)
        st.session_state[ANSWER] = answer
        past = [one for one in st.session_state.get(PAST, []) if one[0] != statement]
        st.session_state[PAST] = [(statement, len(found)), *past][:REMEMBERED]


def figures_of(frame: pd.DataFrame) -> list[Figure]:
    """The frame's numbers as figures of its own: a column that is called like a measure is none."""
    numbers = frame.select_dtypes("number")
    whole = {name for name in numbers if (numbers[name].dropna() % 1 == 0).all()}
    return [Figure(str(name), WHOLE if name in whole else NUMBER, "自己写的查询") for name in numbers]


def show(reader: Reader, answer: Answer) -> None:
    """The answer as chart, table and files."""
    mark_screen()  # its rows may be cases, whatever its columns are called
    frame = answer.frame
    rows = f"前 {len(frame):,} 行（还有更多，请汇总或加条件）" if answer.is_cut else f"{len(frame):,} 行"
    st.caption(plain(f"{rows}，{answer.seconds:.1f} 秒；数字按自己的语句算，不是看板的指标"))
    if frame.empty:
        st.info("没有符合条件的行。")
        return
    figures = figures_of(frame)
    _chart(frame, figures)
    table(frame, key="explore_table", figures=figures, height=420)
    if len(frame) > reader.sight.exports:
        st.caption(markdown("您的身份一个文件最多 {:,} 行，所以没有下载：请汇总或加条件。", reader.sight.exports))
    else:
        downloads(frame, "探索", key="explore_file", figures=figures)


def _chart(frame: pd.DataFrame, figures: list[Figure]) -> None:
    """The kind of chart that the columns suggest, or another that is chosen."""
    if not figures or len(frame) < 2:
        return
    numbers = {figure.name: figure for figure in figures}
    others = [str(name) for name in frame if str(name) not in numbers]
    kinds = (["柱", "线"] if others else []) + (["散点"] if others and len(figures) > 1 else []) + ["分布"]
    along_time = bool(others) and pd.api.types.is_datetime64_any_dtype(frame[others[0]])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        first = "线" if along_time else kinds[0]
        kind = st.segmented_control("图", kinds, default=first, required=True, key="explore_kind", format_func=plain)
        by = st.selectbox("横向比什么", others, key="explore_by", width=200) if kind != "分布" else ""
        figure = numbers[st.selectbox("看哪个数", list(numbers), key="explore_figure", width=200)]
        if kind == "散点":
            up = numbers[st.selectbox("纵轴", list(numbers)[::-1], key="explore_up", width=200)]
        lines = ["", *(one for one in others if one != by)]
        each = st.selectbox("各一条线", lines, key="explore_each", width=200) if kind == "线" and len(lines) > 1 else ""
    known = frame.dropna(subset=[figure.name])
    if kind == "分布":
        drawn = charts.distribution(known, figure)
    elif kind == "散点":
        drawn = charts.scatter(known.astype({by: str}), by, figure, up)
    elif kind == "线":
        drawn = charts.lines(known.sort_values(by, kind="stable") if along_time else known, by, figure, each)
    else:
        if len(known) > BARS:
            st.caption(markdown("图上是前 {:,} 行，全部见表。", BARS))
        drawn = charts.bars(known.head(BARS).astype({by: str}), by, figure)
    draw(drawn, key="explore_chart", picks=False)


def library(trail: Trail | None, statement: str) -> None:
    """Kept queries with their owners and links; keep the one in the editor."""
    who = viewer().name
    if trail is None:
        st.caption("还没有办理台账，查询没有地方存：请管理员运行 python -m data_access ledger init。")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.text_input("名称", key="explore_title", max_chars=STATEMENT.title, width=260)
        if st.button("存下编辑框里的查询", key="explore_keep", disabled=not who or not statement.strip()):
            try:
                st.query_params["query"] = keep(trail, who, STATEMENTS, title, statement)
                st.success("已存下：复制地址栏里的链接，有查询权限的人都能打开；各人看到的按各人的权限。")
            except TrailProblem as problem:
                st.error(plain(f"{problem}。"))
    if not who:
        st.caption("要存查询，先在左侧选择姓名或登录。")
    for row in reversed(kept(trail, STATEMENTS)):
        with st.container(horizontal=True, vertical_alignment="center"):
            link = page_address("explore", CaseFilter(), query=row["id"])
            st.markdown(markdown("[{}]({})　{}　{:%Y-%m-%d}", row["title"], link, row["owner"], row["made_at"]))
            st.button("放进编辑框", key=f"explore_open_{row['id']}", on_click=put, args=(row["text"],), type="tertiary")
            if row["owner"] == who and st.button("删去", key=f"explore_drop_{row['id']}", type="tertiary"):
                forget(trail, who, row["id"])
                st.rerun()


def opened(trail: Trail | None) -> None:
    """Put the query that the address names into the editor, once."""
    number = st.query_params.get("query", "")
    if not number or trail is None or st.session_state.get("explore_opened") == number:
        return
    st.session_state["explore_opened"] = number
    found = [row for row in kept(trail, STATEMENTS) if row["id"] == number]
    if found:
        put(found[0]["text"])
    else:
        st.warning("没有这条查询：可能已被删去。")


def history() -> None:
    """What was asked in this session."""
    for place, (statement, rows) in enumerate(st.session_state.get(PAST, [])):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.code(statement, language="sql", width="stretch")
            st.button(
                plain(f"放回（{rows:,} 行）"),
                key=f"explore_past_{place}",
                on_click=put,
                args=(statement,),
                type="tertiary",
            )
    if not st.session_state.get(PAST):
        st.caption("还没有查询过。关掉页面后不保留。")


def trail_of_reader(reader: Reader) -> Trail | None:
    """The trail, where there is one that can be read."""
    try:
        return trail_of(reader)
    except StoreError:
        return None


def as_page(statement: str, own: Mapping[str, pd.DataFrame]) -> str:
    """A page's file that shows the answer, to be copied into pages/; own tables are read from files beside it."""
    inside = statement.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    try:
        brought = sorted(names_in(statement) & own.keys())
    except QueryFailed:  # it is not written yet
        brought = []
    beside = "from ui.choosing.beside import open_table\n" if brought else ""
    frames = "".join(f'"{name}": open_table("{name}.csv"), ' for name in brought).removesuffix(", ")
    given = f", frames={{{frames}}}" if brought else ""
    return f'''"""我的页面: what it answers, in one sentence."""

import streamlit as st

{beside}from ui.drawing.tables import downloads, table
from ui.frame.page import answer, open_page

PAGE = {{"title": "我的页面", "group": "分析", "order": 90, "needs": "sql"}}
QUERY = """
{inside}
"""

reader = open_page("我的页面")
found = reader.sql(QUERY{given})
answer(f"共 {{len(found):,}} 行。")
if len(found):
    table(found, key="found")
    downloads(found, "我的页面", key="found_file")
else:
    st.info("没有符合条件的行。")
'''
