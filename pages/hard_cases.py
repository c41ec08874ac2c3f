"""攻百难: the year's hard items, how far, with what money, to what effect; the agenda of the monthly meeting."""

from dataclasses import replace
from datetime import datetime

import pandas as pd
import streamlit as st

from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.filters import CaseFilter
from data_access.district.programmes import VOID
from data_access.district.vocabulary import HOTLINE
from questions.meeting import meeting_of
from ui.choosing import drill
from ui.choosing.filterbar import one_of
from ui.desk import agenda, matters, steps
from ui.desk.effects import show_effects
from ui.drawing import charts
from ui.drawing.vega import draw
from ui.frame.page import answer, open_page
from ui.style.markup import html, markdown, plain
from ui.watch.doors import recorded
from ui.watch.mark import made_by
from ui.watch.viewer import viewer

PAGE = {"title": "攻百难", "group": "办理", "order": 40, "icon": "flag", "counts": "hard_case"}
VIEWS = {"year": "年度进展", "agenda": "会议议程"}


def show_stages(items: pd.DataFrame) -> pd.DataFrame:
    """The loop; returns the items of the stage that is picked, or all."""
    path = [stage for stage in programme.stages if stage not in programme.ends[1:]]
    counts, late = (rows["stage"].value_counts() for rows in (items, items[items["light"] == "红"]))
    frame = pd.DataFrame(
        {
            "stage": path,
            "count": [counts.get(stage, 0) for stage in path],
            "late": [late.get(stage, 0) for stage in path],
        }
    )
    hit = draw(charts.stages(frame), key="stages", width=760)
    st.caption("点选一个阶段，下面只列这一阶段的；橙色为已过期。")
    return items[items["stage"] == hit["stage"]] if hit else items


def show_year(opened: pd.DataFrame) -> None:
    items = opened[~opened["stage"].isin(programme.ends[1:])]
    done, going = (items["stage"] == programme.ends[0]).sum(), items[~items["over"]]
    counts = going["stage"].value_counts()
    money = pd.to_numeric(items["budget"]).dropna()
    by_stage = "、".join(f"{stage} {counts[stage]}" for stage in programme.stages if stage in counts)
    lead = html("{}年攻百难 <b>{:,}</b> 项，销账 <b>{:,}</b> 项", year, len(items), done)
    lead += html("，在办 <b>{:,}</b> 项", len(going))
    lead += f"（{by_stage}）" if by_stage else ""
    lead += f"，另撤回 {len(opened) - len(items)} 项" if len(opened) > len(items) else ""
    lead += html("；落实资金 <b>{:,.0f}</b> 万元（{} 项）。", money.sum(), len(money))
    total = (kept["stage"] == programme.ends[0]).sum()
    lead += html("历年销账 <b>{:,}</b> 项，目标 {:,} 项。", total, programme.goal) if programme.goal else ""
    answer(lead)
    chosen = show_stages(opened) if len(items) else opened
    matters.board(replace(desk, matters=chosen), ["leader", "unit", "community"],
                  empty="还没有攻百难事项。可在[薄弱环节](/weak_spots)勾选候选一键列入，或在下面新立。")  # fmt: skip
    with st.expander("新立一项"):
        propose()
    if len(items):
        st.subheader("成效")
        started = items[items["stage"] != programme.stages[0]]
        waiting = len(items) - len(started)
        if waiting:
            st.caption(markdown("{} 项{}，不算成效。", waiting, programme.stages[0]))
        if len(started):
            show_effects(reader, programme, started.assign(since=started["changed_at"]))


def propose() -> None:
    """A new item; what it is about says by which cases its effect is measured."""
    st.caption("选定社区、事项，立项后就按这些热线诉求衡量成效；都不选则无从衡量。")
    about = {
        name: st.selectbox(plain(DIMENSIONS[name].label), list(filter(None, reader.options(name))), None,
                           key=f"about_{name}", placeholder="不限") or ""
        for name in ("community", "category3")
    }  # fmt: skip
    chosen = {name: (value,) for name, value in about.items() if value}
    where = CaseFilter(source=(HOTLINE,)).replace(**chosen) if chosen else None
    if where:
        drill.cases_link(reader, where, "".join(about.values()))
    given = {"year": str(desk.ledger.now().year), "community": about["community"]}
    key = "_".join(("propose", *about.values()))  # another choice starts the form with other values
    if number := steps.open_form(desk, key=key, given=given, where=where,
                                  title="".join(about.values())):  # fmt: skip
        matters.go_to(programme, number)
        st.rerun()


def show_agenda(month: str) -> None:
    with st.spinner("正在按案件衡量成效 …"):
        start = datetime.fromisoformat(f"{month}-01")
        meeting = meeting_of(reader, desk.ledger, programme, start, viewer=desk.who)
    st.html(agenda.body(meeting))
    file, who = f"{meeting.title}.html", viewer()
    made = recorded(who, file, list(meeting.items["title"]), lambda: agenda.document(meeting, made_by(who)))
    st.download_button("下载议程（HTML，可直接打印）", made, file, "text/html", key="agenda_file", on_click="ignore")


reader = open_page("攻百难")
desk = matters.open_desk(reader, "hard_case")
programme = desk.programme
kept = desk.matters[desk.matters["stage"] != VOID]
with st.container(horizontal=True, vertical_alignment="bottom"):
    view = one_of(VIEWS, key="view", label="看什么")
    if view == "year":
        years = sorted(set(kept["year"]), reverse=True) or [str(desk.ledger.now().year)]
        year = one_of({year: f"{year}年" for year in years}, key="year", label="年度")
    elif len(kept):
        months = pd.period_range(kept["opened_at"].min(), desk.ledger.now(), freq="M").astype(str)[::-1]
        month = st.selectbox("会议月份", months, key="month", bind="query-params", filter_mode=None, width=160)
if view == "year":
    show_year(kept[kept["year"] == year])
elif len(kept):
    show_agenda(month)
else:
    st.info("还没有攻百难事项，没有可开会研究的；立项以后，这里按月生成会议议程。")
