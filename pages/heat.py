"""街道热力: any measure by street on the district's map; two periods beside each other; in motion."""

from collections.abc import Iterable
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analysis.classes import BREAKS, breaks, symmetric
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.district.periods import DAY, SHIFT_LABELS, Period, shift_months
from questions import standing
from ui.choosing import drill
from ui.choosing.filterbar import choose_measure, controls, filter_bar, one_of
from ui.choosing.player import play
from ui.desk import drawer
from ui.desk.usual import usual_map
from ui.drawing import cards, charts, maps, place_words, titles
from ui.drawing.map_pictures import show_streets
from ui.drawing.tables import downloads
from ui.frame.page import answer, open_page
from ui.style.markup import markdown, plain
from ui.style.numbers import name, show, show_difference, until_now
from ui.style.theme import palette

PAGE = {"title": "街道热力", "group": "分析", "order": 30, "icon": "map"}
CHOICES = ["volume", "per_10k", "grid_per_10k", "overdue", "on_time_rate", "resolution_rate", "satisfaction_rate",
           "composite", "repeat_share", "median_hours"]  # fmt: skip
BESIDE = {kind: f"对比（{SHIFT_LABELS[kind]}）" for kind in ("yoy", "previous")}
VIEWS = {"now": "一张图", "usual": "今日比平常", **BESIDE, "month": "逐月播放", "hour": "逐时播放"}
CLASSES = 5
TWO_MONTHS = 59 * DAY


def draw(frame: pd.DataFrame, limits: list[float], key: str, behind: CaseFilter) -> None:
    shade(frame, frame[chosen].map(written), maps.shaded(frame[chosen], limits), key, behind)


def shade(frame: pd.DataFrame, words: Iterable[str], colours: list[str], key: str, behind: CaseFilter) -> None:
    follow = drawer.follow(key)
    if place := show_streets(profile, frame, words, colours, key=key, by=by, on_pick=follow):
        drawer.show(reader, behind.replace(**{by: (place,)}), place, key=key)


def draw_comparison(below: DeltaGenerator) -> None:
    both = reader.with_base([chosen], [by], where, view)
    if both.empty or both[f"{chosen}_base"].isna().all():
        st.info(plain(reader.changes([chosen], where, view)[chosen].reason + "，无法对比。可换一个时段或指标。"))
        return
    then = both[[by]].assign(**{chosen: both[f"{chosen}_base"]})
    limits = breaks(pd.concat([both[chosen], then[chosen]]), CLASSES, kind)
    earlier = where.replace(period=between.base) if (between := reader.compared_with(where, view)) else where
    sides = (("本期", both, where), ("对比期", then, earlier))
    for column, (title, frame, behind) in zip(st.columns(2), sides, strict=True):
        with column:
            st.subheader(plain(title))
            draw(frame, limits, f"map_{title}", behind)
    maps.legend(maps.class_words(limits, written))
    beside = both[[by]].merge(moved, on=by, how="left")
    change = beside["change"].astype(float)
    edges, colours = symmetric(change, CLASSES), palette().diverging
    colours = colours[::-1] if measure.better == "up" else colours
    words = [show_difference(difference, measure) for difference in change]
    with below:
        titles.titled(titles.moved_places(moved, measure, SHIFT_LABELS[view], by), "变化（本期减对比期）")
        sure = change.where(beside["is_sure"].fillna(False).astype(bool))
        shade(both, words, maps.shaded(sure, edges, colours), "change", where)
        maps.legend(maps.class_words(edges, lambda value: show_difference(value, measure)), colours)
        meaning = ("变差", "变好") if measure.better else ("增加", "减少")
        st.caption(markdown("单位：{}　橙色为{}，蓝色为{}，灰色在偶然范围内、不能确定　{}",
                            measure.unit.of_differences, *meaning, note))  # fmt: skip
        if between:
            st.caption(plain(f"与{cards.basis(between)}"))
        kept = both.assign(change=change)[[by, chosen, f"{chosen}_base", "change"]]
        downloads(kept, f"{measure.label}对比", key="both_file", labels={f"{chosen}_base": "对比期", "change": "变化"})


def draw_motion() -> None:
    within, whole = where, reader.whole_months
    if view == "month" and whole and where.when.end - where.when.start < TWO_MONTHS:
        within = where.replace(period=Period(max(whole.start, shift_months(whole.end, -12)), whole.end))
        st.caption(markdown("所选时段不足两个整月，播放 {}。", until_now(within.when, reader.as_of)))
    frames = reader.aggregate([chosen], [view, by], within)
    frames[chosen] = frames[chosen].where(standing.enough(reader, frames, measure, where))
    moments = sorted(frames[view].unique())
    limits = breaks(frames[chosen], CLASSES, kind)
    titles = [f"{moment.year}年{moment.month}月" if view == "month" else f"{moment} 时" for moment in moments]

    def show_frame(at: int) -> None:
        draw(frames[frames[view] == moments[at]], limits, "moving", drill.narrowed(within, {view: moments[at]}))

    play(titles, show_frame, key=view)
    maps.legend(maps.class_words(limits, written))
    st.caption(markdown("{}　各帧用同一套分档，颜色可以前后比较", note))
    downloads(frames, f"{measure.label}{VIEWS[view]}", key="frames_file")


reader = open_page("街道热力")
where = filter_bar(reader, "last30")
with controls():
    view = one_of(VIEWS, key="view", label="看法")
    if view != "usual":
        chosen = choose_measure(reader, CHOICES)
        kind = one_of(BREAKS, key="breaks", label="分档")
        by = one_of(place_words.PLACES, key="by", label="按") if reader.profile.several else "street"
if view == "usual":
    usual_map(reader, standing.among_all(where, ["street"]))
    st.stop()
profile, measure, places = reader.profile, MEASURES[chosen], place_words.PLACES[by]
written, note = partial(show, measure=measure), profile.settings.geography.boundaries_note
own, where = standing.chosen(reader, where, by), standing.among_all(where, [by])
streets = reader.aggregate([chosen], [by], where, order_by=chosen)
few = streets[streets[chosen].notna() & ~standing.enough(reader, streets, measure, where)][by]
streets.loc[few.index, chosen] = float("nan")
known, stretch = streets.dropna(subset=[chosen]), until_now(where.when, reader.as_of)
if known.empty:
    answer(f"{stretch}，{name(measure)}没有可显示的数：{measure.unknown or '没有案件'}。")
    st.stop()
moved = reader.compare_groups(chosen, by, where, view) if view in SHIFT_LABELS else known.head(0)
answer(place_words.ends_words(known, measure, stretch, by) if moved.empty
       else place_words.moved_words(moved, measure, stretch, SHIFT_LABELS[view], by))  # fmt: skip
if unknown := len(streets) - len(known) - len(few):
    st.caption(markdown("{} 个{}没有这个数（灰色）：{}。", unknown, places, measure.unknown))
if len(few):
    st.caption(plain(standing.few_words(few, profile.scoring_at(where.when.start.date()).small_sample)))

if not maps.features(profile):
    st.info(markdown("{}。这里只列出排名。", maps.why_none(profile)))
above = st.container()
left, right = st.columns([wide := maps.share(profile), 1 - wide], gap="large")
if maps.features(profile) and view in ("yoy", "previous"):
    with above:
        draw_comparison(left)
elif maps.features(profile):
    with left:
        if view == "now":
            limits = breaks(streets[chosen], CLASSES, kind)
            draw(streets, limits, "street_map", where)
            maps.legend(maps.class_words(limits, written))
            st.caption(markdown("{}：{}　{}　点选{}可查看案件", measure.label, measure.definition, note, places))
        else:
            draw_motion()
with right:
    titles.titled(titles.places(known, measure, by), f"各{places}{name(measure)}")
    drawer.chart(reader, charts.bars(known, by, measure, chosen=own), where, key="streets")
