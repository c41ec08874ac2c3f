"""One caller's calls (一网情深), and whether care changed them. Drawn only for people the profile names.

Nothing here is a link, a download or a sheet of paper: what is looked at is shown in place.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st
from markupsafe import Markup

from analysis.effects import UNCERTAIN
from analysis.series import cut_short
from data_access.cases.care import Change, calls
from data_access.cases.filters import CaseFilter, references
from data_access.cases.measures import MEASURES
from data_access.cases.privacy import pseudonym
from data_access.district.periods import Period
from data_access.district.programmes import VOID
from data_access.district.vocabulary import HOTLINE
from questions.care import change_of, together
from ui.desk.desk import Desk
from ui.drawing import courses
from ui.drawing.casefile import life_line
from ui.drawing.tables import table
from ui.drawing.vega import draw
from ui.frame.page import answer
from ui.style.markup import html, markdown
from ui.style.numbers import UNKNOWN, moment, signed, stretch

LISTED = {"created_at": "受理时间", "category3": "三级分类", "status": "状态", "resolution": "解决", "unit": "承办单位",
          "case_id": "编号"}  # fmt: skip
MOST = 200


def plans_of(desk: Desk) -> pd.DataFrame:
    """All plans but those that were taken back."""
    return desk.matters[desk.matters["stage"] != VOID]


def _change(desk: Desk, plan: pd.Series) -> Change:
    return change_of(desk.reader, desk.who, desk.programme, plan, plans_of(desk))


def _percent(share: float) -> str:
    return UNKNOWN if share != share else f"{signed(100 * share, 1)}%"


def in_all(desk: Desk) -> Markup:
    """How the calls of all who have a plan changed, in one sentence."""
    whole = together(desk.reader, desk.who, desk.programme, plans_of(desk))
    if not whole.plans:
        return html("来电变化{}：还没有可比的计划。", UNKNOWN)
    after, before, others = whole.after, whole.expected, whole.expected_as_others
    said = html("可比的 {} 份计划，办后来电 {:,} 件；", whole.plans, after)
    said += f"照办前的频次应有 {before:,.0f} 件（{_percent(after / before - 1)}）"
    if others > 0:
        said += html("，照同样符合条件而没有计划的人应有 {:,.0f} 件（{}）", others, _percent(after / others - 1))
    judged = whole.judged
    if judged.reason:
        return said + html("；{}，{}。", judged.reason, UNCERTAIN)
    interval = f"95% 区间 {_percent(judged.low - 1)}～{_percent(judged.high - 1)}"
    return said + html("；与他们相比<b>{}</b>（{}）。", judged.verdict, interval)


def show_change(desk: Desk, plan: pd.Series) -> None:
    """What stands beside a plan: the calls before and after, and all of them. `plan`: a row of `desk.matters`."""
    st.subheader("来电变化")
    change = _change(desk, plan)
    if change.spans is None or change.reason:
        st.info(markdown("来电变化{}：{}。", UNKNOWN, change.reason))
    else:
        before, after = change.spans.days
        lead = html(
            "办前 {} 天 <b>{:,}</b> 件，办后 {} 天 <b>{:,}</b> 件，", before, change.before, after, change.after
        )
        lead += html("日均 {}；", _percent(change.change))
        answer(
            lead + f"当时同样符合条件而没有计划的 {change.others:,} 人，{change.others_before:,} 件与 "
            f"{change.others_after:,} 件，日均 {_percent(change.others_change)}。"
        )
        ends = (stretch(span.start, span.end) for span in (change.spans.before, change.spans.after))
        st.caption(
            markdown("办前 {}，办后 {}。来电最多的时候选出的人，往后多半会少，所以要与同样选出的其他人比；", *ends)
            + "件数少时会因偶然而升降，仅供参考。"
        )
    show_calls(desk, plan["caller"])


def show_calls(desk: Desk, key: str) -> None:
    """A caller's cases by month, and the course of the one that is picked. `key`: the caller's, as the store has it."""
    st.subheader("全部来电")
    reader, months = desk.reader, calls(desk.reader, desk.who, key)
    if months.empty:
        st.info("案件库里没有这位诉求人的来电。")
        return
    counts = months.assign(volume=months["cases"], source=HOTLINE)
    counts["partial"] = cut_short(counts["month"], "month", Period(reader.span[0], reader.as_of))
    draw(
        courses.by_source(counts, "month", MEASURES["volume"], height=180),
        key="calls_by_month",
        picks=False,
        is_kept=False,
    )
    ids = tuple(case_id for month in months["case_ids"] for case_id in month)
    listed = reader.list_cases(CaseFilter(case_id=ids), page_size=MOST)
    drawn = f"cases_of_{pseudonym(key)}_{reader.version}"
    phone = ["created_at", "category3", "status"]
    chosen = table(listed[[*LISTED]], key=drawn, labels=LISTED, selectable=True, height=320, phone=phone)
    st.caption(
        f"共 {len(ids):,} 件，列出最近 {len(listed):,} 件，数据截至 {moment(reader.as_of)}。勾选一件，在下面看全过程"
    )
    if chosen and (case := reader.get_case(references(listed).iloc[chosen[0]])):
        life_line(case, reader.as_of)
