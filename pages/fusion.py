"""网格融合: what the grid had found before a resident called, patrols to where it has not looked, its own figures."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from analysis.coincidence import LESS, MORE, UNSURE
from data_access.cases.coincidence import references
from data_access.cases.fusion import MATCHED, UNSEEN_DEFINITION, unseen_points
from data_access.cases.measures import MEASURES
from data_access.district.vocabulary import GRID
from data_access.intake import quality
from questions.coincidence import against_chance
from questions.patrols import funnel
from ui.choosing.filterbar import filter_bar, one_of
from ui.desk import matters, patrols
from ui.drawing import charts
from ui.drawing.published import show_published
from ui.drawing.tables import downloads, table
from ui.drawing.vega import draw
from ui.frame.page import answer, computing, open_page
from ui.style.markup import html, markdown, plain
from ui.style.numbers import UNKNOWN, show, until_now

PAGE = {"title": "网格融合", "group": "办理", "order": 60, "icon": "grid_view", "counts": "patrol"}
RATE = MATCHED["first_rate"]
VIEWS = {"family": "按类别", "street": "按街道"}
LABELS = {
    "family": "类别",
    **{name: measure.label for name, measure in MATCHED.items()},
    "rate": RATE.label,
    "by_chance": "偶然重合",
    "excess": "超出偶然",
    "beyond": "超出偶然（区间）",
    "verdict": "判断",
    "later_by_chance": "偶然的后发现（约）",
}
COUNTS = ["orders", "first", "later", "later_by_chance", "never", "pending", "uncovered", "no_place"]
MEANING = {
    MORE: "网格确有一部分先发现",
    LESS: "少于偶然",
    UNSURE: "不能确定网格是否真的先发现",
}
KPIS = ["volume", "filed_rate", "settled_rate", "on_time_rate", "rework_rate", "self_handled_share"]
WIDER, NARROWER = 604, 391  # pixels of the two columns on a screen 1440 wide
MOST = 20  # rows of the chart: those with most orders
KPI_BY = {"street": "按街道", "category2": "按大类", "channel": "按来源"}
PUBLISHED = ("hotline_grid_volume", "hotline_grid_verified", "hotline_grid_supervised")


def beyond(row: Mapping[Any, Any]) -> str:
    """The share beyond chance with its interval; unknown without one."""
    if row["low"] != row["low"]:
        return UNKNOWN
    return f"{row['excess']:.1%}（{row['low']:.1%}—{row['high']:.1%}）".replace("-", "−")


def show_matched(by: str) -> None:
    """How often the grid was first beyond chance, by family or by street."""
    groups = against_chance(reader, where, (by,))
    if groups.empty:
        st.info("没有与网格同类的热线诉求，无从对照。")
        return
    rows = groups.to_dict("records")
    told = {"rate": [show(row["first_rate"], RATE) for row in rows], "beyond": [beyond(row) for row in rows]}
    groups = groups.assign(**told, by_chance=[show(row["chance"], RATE) for row in rows])
    drawn = groups.dropna(subset=["low"]).nlargest(MOST, "orders").sort_values("excess", ascending=False)
    chart = charts.rate_intervals(drawn, by, "excess", LABELS["excess"]) if len(drawn) else None
    if chart:
        draw(chart, key="first", picks=False, is_kept=False)
    shown = groups[[by, "rate", "by_chance", "beyond", "verdict", *COUNTS]].round({"later_by_chance": 0})
    table(shown, key="matched", labels=LABELS, phone=[by, "rate", "by_chance", "verdict"], room=WIDER,
          menu="matched_columns")  # fmt: skip
    figures = ["first_rate", "first_rate__num", "first_rate__den", "chance", "excess", "low", "high", "verdict"]
    downloads(groups[[by, *figures, *COUNTS]], "未诉先办", key="matched_file", chart=chart,
              labels=LABELS | {"chance": LABELS["by_chance"], "low": "区间下限", "high": "区间上限"})  # fmt: skip
    st.caption(
        "超出偶然 ＝（未诉先办率 − 偶然重合）÷（1 − 偶然重合），按它排序；区间 95%，各行一并计，含 0 即不能确定。"
        f"图中只画诉求最多的 {MOST:d} 行。"
    )


def show_kpis() -> None:
    """The grid's own figures, each by the names of the national standard."""
    by = one_of(KPI_BY, key="grid_by")
    figures = reader.aggregate(KPIS, [by], where.replace(source=(GRID,)), order_by="volume")
    if figures.empty:
        st.info("所选范围没有网格案件。")
        return
    rates = [column for name in KPIS[1:] for column in (name, f"{name}__num", f"{name}__den")]
    table(figures[[by, *KPIS]], key="kpis", digits=2, phone=[by, "volume", "on_time_rate"])
    downloads(figures[[by, "volume", *rates]], "网格指标", key="kpis_file")


reader = open_page("网格融合")
desk = matters.open_desk(reader, "patrol")
if not reader.profile.bridge:
    st.info("本区配置里没有 bridge.csv（热线与网格的分类对应），无从对照。写法见 profiles 里的样例。")
    st.stop()
where = filter_bar(reader, "last365")
with computing():
    whole = against_chance(reader, where)
if whole.empty or not whole["orders"].iloc[0]:
    why = "：来源没有分类，认不出同类" if "二级分类" in quality.absent(reader) else ""
    answer(f"{until_now(where.when, reader.as_of)}，没有与网格同类的热线诉求{why}。")
else:
    row = whole.iloc[0].to_dict()
    lead = html("{}，与网格同类的热线诉求 {:,.0f} 件：<b>{}</b>；扣除偶然重合后，网格先发现的占 {}。",
                until_now(where.when, reader.as_of), row["orders"], MEANING[row["verdict"]], beyond(row))  # fmt: skip
    lead += html("网格先发现 {:,.0f} 件，未诉先办率 {}（{:,.0f}/{:,.0f}，默认口径），其中偶然重合约 <b>{}</b>；",
                 row["first"], show(row["first_rate"], RATE), row["first_rate__num"], row["first_rate__den"],
                 show(row["chance"], RATE))  # fmt: skip
    answer(lead + html("网格未发现 {:,.0f} 件。在办巡查点位 <b>{:,}</b> 处。", row["never"], len(desk.going)))
fusion = reader.profile.settings.fusion
st.caption(markdown("同类：按本区的热线与网格分类对应表；同一处：同一网格单元或外 {} 圈；先发现：受理前 {} 天内。{}。",
                    fusion.rings, fusion.window_days, RATE.definition))  # fmt: skip
st.caption(markdown("偶然重合：同一处、同类，前后各 {} 天（同一星期几、同一时刻）若有来电，网格也“先发现”的占比；"
                    "网格案件多的地方，互不相关也常重合。", "、".join(str(day) for day in references(fusion.window_days)
                    if day > 0)))  # fmt: skip

left, right = st.columns([3, 2], gap="large")
with left:
    st.subheader("网格先发现了多少")
    show_matched(one_of(VIEWS, key="matched_by"))
with right:
    st.subheader("从诉求到立案")
    stages = funnel(reader, desk.programme, desk.matters, where)
    draw(charts.stages(stages), key="funnel", picks=False)
    table(
        stages[["stage", "count", "about"]],
        key="funnel_table",
        labels={"stage": "环节", "count": "数量", "about": "怎么数"},
        room=NARROWER,
    )
    show_published(reader, PUBLISHED, without=("measure", "subject"), room=NARROWER)

st.subheader("网格没看到的点位")
points = unseen_points(reader, where, limit=None)
patrols.offer(desk, points)
st.caption(UNSEEN_DEFINITION)

st.subheader("巡查点位")
matters.board(desk, ["street", "family", "finding", "unit"], empty="还没有派巡查。在上面勾选点位，即可派监督员核实。")

st.subheader("网格指标")
show_kpis()
with st.expander("这些指标怎么算"):
    st.write(plain("；".join(f"{MEASURES[name].label}：{MEASURES[name].definition}" for name in KPIS[1:]) + "。"))
