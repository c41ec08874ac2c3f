"""街道热力: any measure by street on the district's map; two periods beside each other; in motion."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analysis.classes import BREAKS, breaks, class_of, symmetric
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.district.periods import SHIFT_LABELS
from ui.choosing import drill
from ui.choosing.filterbar import filter_bar, one_of
from ui.choosing.player import play
from ui.drawing import cards, charts, maps
from ui.drawing.tables import downloads
from ui.frame.page import answer, open_page
from ui.style.markup import html, markdown, plain
from ui.style.numbers import name, show, show_difference, until_now
from ui.style.theme import palette

PAGE = {"title": "街道热力", "group": "分析", "order": 30}
CHOICES = ["volume", "per_10k", "grid_per_10k", "overdue", "on_time_rate", "resolution_rate", "satisfaction_rate",
           "composite", "repeat_share", "median_hours"]  # fmt: skip
VIEWS = {"now": "一张图", **{kind: f"对比（{SHIFT_LABELS[kind]}）" for kind in ("yoy", "previous")},
         "month": "逐月播放", "hour": "逐时播放"}  # fmt: skip
CLASSES = 5


def written(value: float) -> str:
    return show(value, measure)


def shaded(values: pd.Series, limits: list[float], ramp: Sequence[str] = ()) -> list[str]:
    return maps.shades(class_of(values, limits), ramp)


def draw(frame: pd.DataFrame, limits: list[float], key: str, behind: CaseFilter) -> None:
    colours = shaded(frame[chosen], limits)
    deck = maps.choropleth(profile, frame, frame[chosen].map(written), colours, measure.definition)
    state = st.pydeck_chart(deck, height=maps.HEIGHT, on_select="rerun", key=key)
    if hit := maps.clicked(state, maps.STREETS):
        drill.cases_here(reader, behind.replace(street=(hit["name"],)), hit["name"])


def draw_comparison(below: DeltaGenerator) -> None:
    both = reader.with_base([chosen], ["street"], where, view)
    if both.empty or both[f"{chosen}_base"].isna().all():
        st.info(plain(reader.changes([chosen], where, view)[chosen].reason + "，无法对比。可换一个时段或指标。"))
        return
    then = both[["street"]].assign(**{chosen: both[f"{chosen}_base"]})
    limits = breaks(pd.concat([both[chosen], then[chosen]]), CLASSES, kind)
    for column, title, frame in zip(st.columns(2), ("本期", "对比期"), (both, then), strict=True):
        with column:
            st.subheader(plain(title))
            deck = maps.choropleth(profile, frame, frame[chosen].map(written), shaded(frame[chosen], limits))
            st.pydeck_chart(deck, height=maps.HEIGHT, key=f"map_{title}")
    maps.legend(maps.class_words(limits, written))
    moved = both[["street"]].merge(reader.compare_groups(chosen, "street", where, view), on="street", how="left")
    change = moved["change"].astype(float)
    edges, colours = symmetric(change, CLASSES), palette().diverging
    colours = colours[::-1] if measure.better == "up" else colours
    words = [show_difference(difference, measure) for difference in change]
    with below:
        st.subheader("变化（本期减对比期）")
        sure = change.where(moved["is_sure"].fillna(False).astype(bool))
        deck = maps.choropleth(profile, both, words, shaded(sure, edges, colours))
        st.pydeck_chart(deck, height=maps.HEIGHT, key="change")
        maps.legend(maps.class_words(edges, lambda value: show_difference(value, measure)), colours)
        meaning = ("变差", "变好") if measure.better else ("增加", "减少")
        st.caption(markdown("单位：{}　橙色为{}，蓝色为{}，灰色在偶然范围内、不能确定　{}",
                            measure.unit.of_differences, *meaning, note))  # fmt: skip
        if between := reader.compared_with(where, view):
            st.caption(plain(f"与{cards.basis(between)}"))
        kept = both.assign(change=change)[["street", chosen, f"{chosen}_base", "change"]]
        downloads(kept, f"{measure.label}对比", key="both_file", labels={f"{chosen}_base": "对比期", "change": "变化"})


def draw_motion() -> None:
    frames = reader.aggregate([chosen], [view, "street"], where)
    moments = sorted(frames[view].unique())
    limits = breaks(frames[chosen], CLASSES, kind)
    titles = [f"{moment.year}年{moment.month}月" if view == "month" else f"{moment} 时" for moment in moments]

    def show_frame(at: int) -> None:
        draw(frames[frames[view] == moments[at]], limits, "moving", drill.narrowed(where, {view: moments[at]}))

    play(titles, show_frame, key=view)
    maps.legend(maps.class_words(limits, written))
    st.caption(markdown("{}　各帧用同一套分档，颜色可以前后比较", note))
    downloads(frames, f"{measure.label}{VIEWS[view]}", key="frames_file")


reader = open_page("街道热力")
where = filter_bar(reader, "last30")
with st.container(horizontal=True, vertical_alignment="bottom"):
    view = one_of(VIEWS, key="view", label="看法")
    chosen = st.selectbox("指标", CHOICES, format_func=lambda key: name(MEASURES[key]), key="measure",
                          bind="query-params", filter_mode=None, width=240)  # fmt: skip
    kind = one_of(BREAKS, key="breaks", label="分档")
profile, measure = reader.profile, MEASURES[chosen]
note = profile.settings.geography.boundaries_note
streets = reader.aggregate([chosen], ["street"], where, order_by=chosen)
known = streets.dropna(subset=[chosen])
if known.empty:
    answer(f"{until_now(where.when, reader.as_of)}，{name(measure)}没有可显示的数：{measure.unknown or '没有案件'}。")
    st.stop()
top, last = known.iloc[0], known.iloc[-1]
alike = top[chosen] == last[chosen]
ends = [html("<b>{}</b>（<b>{}</b>）", one["street"] or "未填写街道", written(one[chosen])) for one in (top, last)]
told = (until_now(where.when, reader.as_of), name(measure), *ends)
if alike and len(known) > 1:
    answer(html("{}，{}在 {} 个街道都是 <b>{}</b>，不分高低。", *told[:2], len(known), written(top[chosen])))
elif alike:
    answer(html("{}，{}只有{}有数。", *told[:3]))
elif measure.is_count:
    answer(html("{}，{}最多的是{}，最少的是{}；没有按人口折算。", *told))
else:
    answer(html("{}，{}在{}和{}之间；没有检验是否超出偶然，不作先后。", *told))
if len(known) < len(streets):
    st.caption(markdown("{} 个街道没有这个数（灰色）：{}。", len(streets) - len(known), measure.unknown))

if not maps.features(profile):
    st.info(markdown("{}。这里只列出排名。", maps.why_none(profile)))
above = st.container()
left, right = st.columns([3, 2], gap="large")
if maps.features(profile) and view in ("yoy", "previous"):
    with above:
        draw_comparison(left)
elif maps.features(profile):
    with left:
        if view == "now":
            limits = breaks(streets[chosen], CLASSES, kind)
            draw(streets, limits, "street_map", where)
            maps.legend(maps.class_words(limits, written))
            st.caption(markdown("{}　点选街道可查看案件", note))
        else:
            draw_motion()
with right:
    st.subheader(f"各街道{name(measure)}")
    drill.chart(reader, charts.bars(known, "street", measure), where, key="streets")
    downloads(streets, f"各街道{measure.label}", key="streets_file")
