"""聚集热点: where cases gather within the streets, by community, cell or density; and where it is more than chance."""

import pandas as pd
import streamlit as st

from analysis.classes import BREAKS, breaks, middles
from analysis.hotspots import COLD, HOT
from data_access.cases.measures import MEASURES
from questions import clusters, standing
from ui.choosing.filterbar import choose_measure, controls, filter_bar, one_of
from ui.desk import drawer
from ui.desk.spots import first_line, show_marked
from ui.drawing import charts, maps
from ui.drawing.tables import downloads
from ui.frame.page import answer, computing, open_page
from ui.style.markup import markdown, plain
from ui.style.numbers import name, show, until_now
from ui.style.theme import palette

PAGE = {"title": "聚集热点", "group": "分析", "order": 35, "icon": "bubble_chart"}
LAYERS = {"cells": "网格单元", "raised": "立体", "heat": "热力", "communities": "社区", "spots": "显著冷热点"}
SIZES = {"9": "约350米", "8": "约900米", "10": "约130米"}
COLOURS = ["volume", "resolution_rate", "satisfaction_rate", "repeat_share", "on_time_rate"]
CLASSES, FINEST = 5, 10


def draw_cells(raised: bool) -> None:
    limits = breaks(shown["volume"], CLASSES, kind)
    words = [f"{cases:,.0f} 件" for cases in shown["volume"]]
    colours = maps.shaded(shown["volume"], limits)
    heights = shown["volume"] / shown["volume"].max() if raised else None
    deck = maps.hexagons(reader.profile, shown, words, colours, heights=heights)
    state = maps.show(deck, key=f"cells_{size}_{raised}", on_pick=drawer.follow("cells"))
    maps.legend(maps.class_words(limits, "{:,.0f} 件".format))
    follow(state, shown.set_index("h3_cell")["within"])
    downloads(shown[["h3_cell", "volume"]], "网格单元受理量", key="cells_file")


def follow(state: object, within: pd.Series) -> None:
    """The cases of the cell that was clicked. `within`: for each cell drawn, the stored cells that lie in it."""
    st.caption(markdown("点选单元可查看案件；不足 {} 件的单元不列", least))
    if (hit := maps.clicked(state, maps.CELLS)) and hit["h3_cell"] in within.index:
        drawer.show(reader, where.replace(h3_cell=within[hit["h3_cell"]]), "这个单元", key="cells")


def draw_communities() -> None:
    chosen = choose_measure(reader, COLOURS, "颜色")
    measure, places = MEASURES[chosen], clusters.communities(reader, where, chosen)
    if places.empty:
        st.info("没有可以定位的社区：来源没有坐标或社区。")
        return
    places[chosen] = places[chosen].where(standing.enough(reader, places, measure, where))
    limits = breaks(places[chosen], CLASSES, kind)
    rows = places.to_dict("records")
    words = [f"{name(measure)} {show(row[chosen], measure)}，受理 {row['volume']:,.0f} 件" for row in rows]
    drawn = places.assign(name=places["community"], size=places["volume"])
    deck = maps.bubbles(reader.profile, drawn, words, maps.shaded(places[chosen], limits))
    state = maps.show(deck, key="communities", on_pick=drawer.follow("communities"))
    maps.legend(maps.class_words(limits, lambda value: show(value, measure)))
    st.caption("圆的面积为受理量，位置为案件坐标的中心，不是社区边界；灰色：没有这个数或样本少；点选可查看案件")
    if hit := maps.clicked(state, maps.BUBBLES):
        drawer.show(reader, where.replace(community=(hit["name"],)), hit["name"], key="communities")
    downloads(places[list(dict.fromkeys(("community", "volume", chosen)))], "各社区", key="communities_file")


def draw_spots() -> None:
    if known.reason:
        return
    cells = known.cells
    colours = cells["spot"].map({HOT: palette().bad, COLD: palette().accent, "": palette().faint})
    words = [f"{spot or '不显著'}，{cases:,.0f}/{of:,.0f} 件" if cases >= least else spot or "不显著"
             for spot, cases, of in zip(cells["spot"], cells["cases"], cells["of"], strict=True)]  # fmt: skip
    deck = maps.hexagons(reader.profile, cells, words, colours)
    state = maps.show(deck, key=f"spots_{size}_{question}", on_pick=drawer.follow("cells"))
    maps.legend(["热点", "冷点", "不显著"], (palette().bad, palette().accent, palette().faint))
    follow(state, cells[cells["cases"] >= least].set_index("h3_cell")["within"])
    st.caption(markdown("如果{}（单元之间平常的参差算作偶然），整张图上出现哪怕一个热点或冷点的机会不超过 5%；"
                        "不显著不等于没有。"
                        "同一人在同一处就同一类事，时段内只算一次；没有诉求人标识的逐件算。", known.null))  # fmt: skip
    show_marked(reader, where, known, least)


def draw_density() -> None:
    fine, _ = clusters.cells(reader, where, FINEST)
    words = [f"{cases:,.0f} 件" for cases in shown["volume"]]
    deck = maps.heat(reader.profile, middles(fine, "h3_cell").rename(columns={"volume": "size"}), shown, words)
    state = maps.show(deck, key=f"heat_{size}", on_pick=drawer.follow("cells"))
    follow(state, shown.set_index("h3_cell")["within"])


def say_where() -> None:
    """Where most cases lie, which is no hot spot yet, and how many are not shown."""
    top = where.replace(h3_cell=shown.nlargest(1, "volume")["within"].iloc[0])
    near = reader.options("community", top, limit=1)[0] or "未填写社区"
    most, whole = shown["volume"].max(), shown["volume"].sum()
    told = (SIZES[size], near, most, whole)
    lead = markdown("件数最多的单元（{}）在 **{}** 一带，{:,.0f} 件；共 {:,.0f} 件在图上。件数多不等于热点。", *told)
    note = reader.profile.settings.geography.boundaries_note
    said = f"　不足 {least:d} 件的单元和没有坐标的件不显示，共 {hidden:,.0f} 件；个人地址从不画成点"
    st.caption(lead + plain(note) + said)


reader = open_page("聚集热点")
where = filter_bar(reader, "last90")
with controls():
    layer = one_of(LAYERS, key="layer", label="图层")
    size = one_of(SIZES, key="size", label="单元大小")
    if layer == "spots":
        question = one_of(clusters.QUESTIONS, key="question", label="问什么")
    else:
        question = next(iter(clusters.QUESTIONS))
        kind = one_of(BREAKS, key="breaks", label="分档")
least, stretch = clusters.least_shown(reader), until_now(where.when, reader.as_of)
shown, hidden = clusters.cells(reader, where, int(size))
if shown.empty or not maps.features(reader.profile):
    answer(f"{stretch}，没有可以画在图上的案件。")
    if not maps.features(reader.profile):
        st.info(plain(maps.why_none(reader.profile) + "。"))
    else:
        st.info("来源没有坐标，或都在不足最低件数的单元里。")
    st.stop()
with computing():
    known = clusters.spots(reader, where, int(size), question)
answer(first_line(known, stretch))
if layer != "spots":
    say_where()
left, right = st.columns([3, 2], gap="large")
with left:
    if layer == "communities":
        draw_communities()
    elif layer == "heat":
        draw_density()
    elif layer == "spots":
        draw_spots()
    else:
        draw_cells(layer == "raised")
with right:
    st.subheader("受理量最多的社区")
    most = reader.aggregate(["volume"], ["community"], where, order_by="volume", limit=20)
    drawer.chart(reader, charts.bars(most, "community", MEASURES["volume"]), where, key="most")
