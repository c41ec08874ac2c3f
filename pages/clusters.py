"""聚集热点: where cases gather within the streets, by community, cell or density; and where it is more than chance."""

from html import escape

import pandas as pd
import streamlit as st

from analysis.classes import BREAKS, breaks, centres, class_of, coarser, middles
from analysis.hotspots import COLD, HOT, hot_spots
from data_access.filters import CaseFilter
from data_access.measures import MEASURES
from data_access.periods import same_period_last_year
from data_access.profile import current_profile
from data_access.query import aggregate, as_of, span
from ui import charts, drill, maps
from ui.filterbar import filter_bar, one_of
from ui.frame import answer, open_page
from ui.numbers import name, show, until_now
from ui.tables import downloads, table
from ui.theme import palette

PAGE = {"title": "聚集热点", "group": "分析", "order": 35}
LAYERS = {"cells": "网格单元", "raised": "立体", "heat": "热力", "communities": "社区", "spots": "显著冷热点"}
SIZES = {"9": "约350米", "8": "约900米", "10": "约130米"}
COLOURS = ["volume", "resolution_rate", "satisfaction_rate", "repeat_share", "on_time_rate"]
CLASSES = 5
SPOTS = {
    "h3_cell": "单元",
    "cases": "件数",
    "of": "基数",
    "portion": "占比%（收缩后）",
    "z": "Gi*",
    "p": "p 值",
    "spot": "冷热",
}


def draw_cells(raised: bool) -> None:
    limits = breaks(shown["volume"], CLASSES, kind)
    words = [f"{cases:,.0f} 件" for cases in shown["volume"]]
    colours = maps.shades(class_of(shown["volume"], limits))
    heights = shown["volume"] / shown["volume"].max() if raised else None
    state = st.pydeck_chart(maps.hexagons(profile, shown, words, colours, heights=heights), height=maps.HEIGHT,
                            on_select="rerun", key=f"cells_{size}_{raised}")  # fmt: skip
    maps.legend(maps.class_words(limits, "{:,.0f} 件".format))
    follow(state, shown.set_index("h3_cell")["within"])
    downloads(shown[["h3_cell", "volume"]], "网格单元受理量", key="cells_file")


def follow(state: object, within: pd.Series) -> None:
    """The cases of the cell that was clicked; `within`: by cell, the cells it was made of."""
    st.caption(f"点选单元可查看案件；不足 {least} 件的单元不列")
    if (hit := maps.clicked(state, maps.CELLS)) and hit["h3_cell"] in within.index:
        drill.cases_here(where.replace(h3_cell=within[hit["h3_cell"]]), "这个单元")


def draw_communities() -> None:
    chosen = st.selectbox("颜色", COLOURS, format_func=lambda key: name(MEASURES[key]), key="measure",
                          bind="query-params", filter_mode=None, width=240)  # fmt: skip
    measure, asked = MEASURES[chosen], list(dict.fromkeys(("volume", chosen)))
    places = centres(aggregate(["volume"], ["community", "h3_cell"], where), "community", "h3_cell", "volume")
    found = aggregate(asked, ["community"], where).merge(places, on="community")
    found = found[(found["volume"] >= least) & (found["community"] != "")]
    if found.empty:
        st.info("没有可以定位的社区：来源没有坐标或社区。")
        return
    limits = breaks(found[chosen], CLASSES, kind)
    rows = found.to_dict("records")
    words = [f"{name(measure)} {show(row[chosen], measure)}，受理 {row['volume']:,.0f} 件" for row in rows]
    deck = maps.bubbles(profile, found.assign(name=found["community"], size=found["volume"]), words,
                        maps.shades(class_of(found[chosen], limits)))  # fmt: skip
    state = st.pydeck_chart(deck, height=maps.HEIGHT, on_select="rerun", key="communities")
    maps.legend(maps.class_words(limits, lambda value: show(value, measure)))
    st.caption("圆的面积为受理量，位置为案件坐标的中心，不是社区边界；点选可查看案件")
    if hit := maps.clicked(state, maps.BUBBLES):
        drill.cases_here(where.replace(community=(hit["name"],)), hit["name"])
    downloads(found[["community", *asked]], "各社区", key="communities_file")


def draw_spots() -> None:
    """Shares of all cases in the same cells when something is selected, else of this period in both years."""
    everything = CaseFilter(period=where.period, source=where.source, street=where.street)
    last_year = same_period_last_year(where.period)
    if where != everything:
        basis, whole = "所选诉求占当地全部诉求的比例", everything
    elif last_year.start >= span()[0].replace(hour=0, minute=0, second=0):
        basis, whole = "本期占两年同期之和的比例（高于全区即增长更快）", None
    else:
        st.info("数据没有覆盖上年同期。先选一类诉求（更多筛选），再看它在哪里扎堆。")
        return
    theirs = aggregate(["volume"], ["h3_cell"], whole or where.replace(period=last_year))
    joined = cells.rename(columns={"volume": "cases"}).merge(theirs, how="outer").fillna(0.0)
    joined["of"] = joined["volume"] if whole else joined["volume"] + joined["cases"]
    sums, _ = coarser(joined[["h3_cell", "of", "cases"]], "h3_cell", ["of", "cases"], int(size), least)
    found = hot_spots(sums)
    marked = found[found["spot"] != ""].sort_values("p")
    st.markdown(
        f"按{basis}：**{sum(found['spot'] == HOT):,}** 个热点单元，**{sum(found['spot'] == COLD):,}** 个冷点单元。"
    )
    colours = found["spot"].map({HOT: palette().bad, COLD: palette().accent, "": palette().faint})
    words = [f"{spot or '不显著'}，{cases:,.0f}/{of:,.0f} 件" if cases >= least else spot or "不显著"
             for spot, cases, of in zip(found["spot"], found["cases"], found["of"], strict=True)]  # fmt: skip
    state = st.pydeck_chart(maps.hexagons(profile, found, words, colours), height=maps.HEIGHT, on_select="rerun",
                            key=f"spots_{size}")  # fmt: skip
    maps.legend(["热点", "冷点", "不显著"], (palette().bad, palette().accent, palette().faint))
    follow(state, found[found["cases"] >= least].set_index("h3_cell")["within"])
    st.caption("局部 Gi*（与邻近单元一起看），双侧检验，错误发现率 5%；比例经收缩，所以人多的地方不会因为人多而变红。")
    if len(marked):
        listed = marked[marked["cases"] >= least].assign(portion=100 * marked["share"])[list(SPOTS)]
        table(listed, key="spots_table", labels=SPOTS, formats={"portion": "%.1f", "p": "%.0e"})
        downloads(listed, "显著冷热点", key="spots_file", labels=SPOTS)


open_page("聚集热点")
where = filter_bar("last90")
with st.container(horizontal=True, vertical_alignment="bottom"):
    layer = one_of(LAYERS, key="layer", label="图层")
    size = one_of(SIZES, key="size", label="单元大小")
    kind = one_of(BREAKS, key="breaks", label="分档")
profile = current_profile()
least, note = profile.settings.geography.min_cell_count, profile.settings.geography.boundaries_note
cells = aggregate(["volume"], ["h3_cell"], where)
shown, hidden = coarser(cells, "h3_cell", ["volume"], int(size), least)
if shown.empty or not maps.features(profile):
    answer(f"{until_now(where.period, as_of())}，没有可以画在图上的案件。")
    st.info("来源没有坐标、本区没有街道边界，或都在不足最低件数的单元里。")
    st.stop()
top = where.replace(h3_cell=shown.nlargest(1, "volume")["within"].iloc[0])
near = aggregate(["volume"], ["community"], top, order_by="volume", limit=1)["community"].iloc[0] or "未填写社区"
lead = f"{until_now(where.period, as_of())}，最密集的单元（{SIZES[size]}）在<b>{escape(near)}</b>一带，"
answer(lead + f"<b>{shown['volume'].max():,.0f}</b> 件；共 <b>{shown['volume'].sum():,.0f}</b> 件在图上。")
st.caption(f"{note}　不足 {least} 件的单元和没有坐标的件不显示，共 {hidden:,.0f} 件；个人地址从不画成点")
left, right = st.columns([3, 2], gap="large")
with left:
    if layer == "communities":
        draw_communities()
    elif layer == "heat":
        fine, _ = coarser(cells, "h3_cell", ["volume"], 10, least)
        deck = maps.heat(profile, middles(fine, "h3_cell").rename(columns={"volume": "size"}))
        st.pydeck_chart(deck, height=maps.HEIGHT, key="heat")
    elif layer == "spots":
        draw_spots()
    else:
        draw_cells(layer == "raised")
with right:
    st.subheader("受理量最多的社区")
    most = aggregate(["volume"], ["community"], where, order_by="volume", limit=20)
    drill.chart(charts.bars(most, "community", MEASURES["volume"]), where, key="most")
    downloads(most, "受理量最多的社区", key="most_file")
