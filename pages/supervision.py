"""督办: cases that press, orders (督办单) issued from them, every order's way to its end, who received it first."""

from functools import partial

import pandas as pd
import streamlit as st

from analysis.duties import first_receivers
from analysis.league import wilson
from data_access.cases.filters import CaseFilter, references
from data_access.cases.measures import MEASURES
from questions.priority import pressing
from ui.choosing.filterbar import filter_bar
from ui.desk import matters, steps
from ui.desk.aside import aside, follow, is_last
from ui.drawing.tables import LINK, choose_columns, downloads, table
from ui.frame import login
from ui.frame.page import answer, open_page
from ui.style.lights import marked
from ui.style.links import case_address
from ui.style.markup import html, markdown, plain
from ui.style.numbers import UNKNOWN, moment, show

PAGE = {"title": "督办", "group": "办理", "order": 20, "icon": "assignment_late", "counts": "supervision"}
SHOWN = ["light", "points", "why", "category3", "street", "unit", "order", "due_at", "status", "case_id"]
USUAL = ["light", "points", "why", "category3", "street", "unit", LINK]  # unless others are chosen
LABELS = {
    "light": "灯",
    "order": "在办督办单",
    "case_id": "编号",
    "due_at": "截止时间",
    "points": "优先分",
    "why": "为什么",
    LINK: "案件",
}
DUTY = {"first_unit": "首接单位", "orders": "首接督办", "closed": "已办结", "due": "已到期", "in_time": "按期办结",
        "kept": "由首接办理", "returned": "退回次数", "rate": "按期率（95%区间）"}  # fmt: skip
MOST, LIVE_SECONDS = 100, 30


def show_receivers() -> None:
    """首接责任: a unit answers for what it received first, whoever handles it in the end."""
    issued = desk.matters[~desk.matters["stage"].isin(desk.programme.came_to_nothing)]
    closed = issued["stage"] == desk.programme.ends[0]
    in_time, due = closed & (issued["changed_at"] <= issued["due_at"]), issued["due_at"] < desk.ledger.now()
    orders = issued.assign(closed=closed, in_time=in_time, due=due)
    times = desk.ledger.times(desk.programme.kind)
    league = first_receivers(orders, times[times["move"] == "return"])
    low, high = wilson(league["in_time"], league["due"])
    parts = zip(league["in_time_rate"], low, high, strict=True)
    league["rate"] = [f"{rate:.1%}（{a:.0%}–{b:.0%}）" if rate == rate else UNKNOWN for rate, a, b in parts]
    table(league[list(DUTY)], key="receivers", labels=DUTY, phone=["first_unit", "orders", "rate"])
    downloads(league[list(DUTY)], "首接责任", key="receivers_file", labels=DUTY)
    st.caption(
        "转办以后，首接单位不变；撤回的督办单不算。按期率＝到期的里按期办结的÷已到期，到期未办结的算未按期；件数少时看区间。"
    )


def issue_orders(picked: pd.DataFrame) -> None:
    """The form of an order for each unit of the picked cases, beside them."""
    by_unit = references(picked).groupby(picked["unit"])
    each = steps.as_seen("issue", {str(unit): CaseFilter(case_id=tuple(ids)) for unit, ids in by_unit})
    with aside("aside", on_close=partial(steps.begin_anew, "issue")):
        for unit, cases in each.items():
            st.markdown(markdown("给 **{}** 发一张督办单，关于：{}", unit or "未填写单位", "、".join(cases.case_id)))
        number = steps.open_for_each(desk, each, key="issue")
    if number:
        matters.go_to(desk.programme, number if len(each) == 1 else "")
        st.rerun()


@st.fragment(run_every=LIVE_SECONDS)
def live_head() -> None:
    """The first line, redrawn every LIVE_SECONDS by itself. The lists below wait until their reader asks."""
    login.leave_if_over(reader)
    now = desk.ledger.matters(desk.programme.kind)
    going = now[~now["over"]]
    latest = reader.latest()
    late = show(latest.figure("overdue_open"), MEASURES["overdue_open"])
    answer(html("在办督办单 <b>{:,}</b> 件，其中{}；全部在办里逾期未办结 <b>{}</b> 件。",
                len(going), matters.lights(going), late), here=True)  # fmt: skip
    changed = now["events"].sum() != desk.matters["events"].sum() or latest.version != reader.version
    if changed and st.button("有新的变化，更新下面的清单", key="refresh", type="tertiary"):
        st.rerun()


reader = open_page("督办")
desk = matters.open_desk(reader, "supervision")
live_head()
matters.board(desk, ["unit", "level", "reason"], empty="还没有督办单。在下面勾选案件，即可发出第一张。")

st.subheader("重要案件优先")
where = filter_bar(reader, "all")
priority = reader.profile.programmes.priority
labels = {str(sign.rule): sign.label for sign in priority}
with st.container(horizontal=True, vertical_alignment="bottom"):
    signs = st.multiselect("表现", list(labels), key="signs", bind="query-params", placeholder="全部",
                           format_func=labels.__getitem__, select_all=False, width=420)  # fmt: skip
    seen = choose_columns([*SHOWN, LINK], USUAL, LABELS)
rows = pressing(reader, desk.ledger, where, signs=signs, limit=MOST)
if rows.empty:
    st.success("所选范围内没有需要优先办的案件。")
else:
    lit = [marked(matters.case_light(reader, row)) for row in rows.to_dict("records")]
    issued = matters.orders_of_cases(desk.going)
    orders = [issued.get(name, "") for name in references(rows)]
    listed = rows.assign(light=lit, order=orders)[SHOWN].assign(**{LINK: references(rows).map(case_address)})
    chosen = table(listed, key=f"pressing_{steps.turns('issue')}", labels=LABELS, several=True, seen=seen,
                   formats={"points": "%d"}, phone=["light", "why", "category3"],
                   records=list(references(rows)), on_pick=follow("issue"))  # fmt: skip
    st.caption(f"分数最高的 {len(rows)} 件（未办结，或近 {reader.profile.programmes.priority_days:d} 天回访不好的），"
               f"数据截至 {moment(reader.as_of)}。勾选后按承办单位各发一张督办单。")  # fmt: skip
    downloads(listed, "重要案件", key="pressing_file", labels=LABELS)
    if (chosen or steps.is_sent("issue")) and is_last("issue"):
        issue_orders(rows.iloc[chosen])
    with st.expander("优先分怎么算（默认口径，可配置）"):
        st.write(plain("符合一条加一条的分：" + "；".join(sign.in_words for sign in priority) + "。"))

st.subheader("首接责任")
if len(desk.matters):
    show_receivers()
else:
    st.info("发出督办单以后，这里按首接单位统计。")
