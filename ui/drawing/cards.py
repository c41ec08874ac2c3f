"""Number cards: a figure, its comparison in words, and where it comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from markupsafe import Markup

from data_access.cases import measures
from data_access.cases.comparison import Change
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES, Measure
from data_access.cases.reader import Reader
from data_access.district.festivals import new_year_near
from data_access.district.periods import SHIFT_LABELS, YEAR_OF_WEEKS, Comparison
from ui.drawing.spark import spark
from ui.style.links import cases_address
from ui.style.markup import html, markdown, plain
from ui.style.numbers import OF_PERIOD, is_good, name, relative, show, show_change, stretch, with_unit

CALLED_BACK, UNSURE = "called_back_share", "（不能确定）"
LINES = (
    "卡片里的线：近 28 个已过完的日子（率只到回访、到期已齐的那天）；浅色是平常的范围，过去 100 天里约 95 天落在其中。"
)
# The cases a card's figure counts, as a status of the list.
STATUS_OF = {"open": ("open",), "overdue": ("overdue",), "overdue_open": ("overdue_open",)}


def _parts(reader: Reader, measure: str, where: CaseFilter) -> str:
    """What a rate was counted from."""
    if not MEASURES[measure].denominator:
        return ""
    parts = reader.aggregate([measure], (), where)
    numerator, denominator = (float(parts[f"{measure}__{part}"].iloc[0]) for part in ("num", "den"))
    return f"\n\n分子 {numerator:,.1f}，分母 {denominator:,.0f}"


def figures(
    reader: Reader,
    names: Sequence[str],
    where: CaseFilter,
    kind: str,
    whose: str = "",
    lines: Mapping[str, pd.DataFrame] | None = None,
) -> None:
    """A row of cards, one per measure; an unknown figure says why. What may be chance has no arrow, no colour, and is
    said to be level. The whole card leads to its cases. `whose`: of whom all of the figures are, before their labels.
    `lines`: the days of those that have them (questions.usual).
    """
    whose = whose or ("所选" if where.replace(period=None) != CaseFilter() else "")
    with st.container(key=f"cards_{names[0]}"):  # on a phone two stand side by side (ui/style/theme.py)
        places = st.columns(len(names))
    for column, figure in zip(places, reader.changes(names, where, kind).values(), strict=True):
        measure = MEASURES[figure.measure]
        scope = OF_PERIOD if measure.is_snapshot else ""
        title = name(measure, scope) if measure.unit.is_share else with_unit(measure, scope)
        with column, st.container(border=True, height="stretch", key=f"card_{figure.measure}"):
            st.metric(
                plain(whose + title),
                show(figure.current, measure),
                **_change(figure, measure, kind),
                help=plain(measure.definition + _parts(reader, figure.measure, where) + _interval(figure, measure)),
            )
            if not figure.is_known:
                st.caption(plain(figure.reason))
            if lines and figure.measure in lines and (line := spark(lines[figure.measure], measure)):
                st.html(line)
            if figure.current:
                behind = where.replace(status=STATUS_OF.get(figure.measure, where.status))
                st.markdown(markdown("[看案件]({})", cases_address(behind)))


def counts(told: Sequence[tuple[str, str, int, str, str]]) -> None:
    """A row of cards that lead on: each its key, label, how many, a note, and the address of what it counts."""
    with st.container(key=f"cards_{told[0][0]}"):
        places = st.columns(len(told))
    for column, (key, label, count, note, address) in zip(places, told, strict=True):
        with column, st.container(border=True, height="stretch", key=f"card_{key.replace('+', '_')}"):
            st.metric(plain(label), f"{count:,}", plain(note) or None, delta_color="red", delta_arrow="off")
            st.markdown(markdown("[去看]({})", address))


def _change(figure: Change, measure: Measure, kind: str) -> dict[str, Any]:
    """How a card shows its change: in colour only beyond chance."""
    if not figure.is_known:
        return {}
    good = is_good(figure.change, measure) if figure.is_sure else None
    words = show_change(figure.change, measure)
    return {
        "delta": f"{SHIFT_LABELS[kind]} {words}" if figure.is_sure else f"{SHIFT_LABELS[kind]} 持平（{words}）",
        "delta_color": "off" if good is None else "blue" if good else "orange",
        "delta_arrow": "off" if not figure.is_sure else "up" if figure.change > 0 else "down",
    }


def _interval(figure: Change, measure: Measure) -> str:
    """How far the change may be off by chance."""
    if math.isnan(figure.low) or math.isinf(figure.low) or math.isinf(figure.high):
        return ""
    low, high = (show_change(bound, measure) for bound in (figure.low, figure.high))
    return f"\n\n变化的 95% 区间：{low} 至 {high}"


def changed(figure: Change, kind: str) -> Markup:
    """A change in a sentence, with a comma before it; one that chance alone may have made says so."""
    if not figure.is_known:
        return Markup()
    doubt = "" if figure.is_sure else UNSURE
    return html("，{} <b>{}</b>{}", SHIFT_LABELS[kind], show_change(figure.change, MEASURES[figure.measure]), doubt)


def say_what_is_compared(reader: Reader, where: CaseFilter, kind: str) -> None:
    """One line below the cards: which days are set against which, how old the cases are, what is only chance."""
    between = reader.compared_with(where, kind)
    if between:
        usual = reader.changes(["volume"], where, kind)["volume"].by_weekdays
        weekdays = f"，星期不同本身就使件数差约 {relative(usual)}" if abs(usual) >= 0.02 else ""
        said = f"{SHIFT_LABELS[kind]}：与{basis(between)}{weekdays}。{called_back(reader, where, kind)}"
        st.caption(plain(f"{said}“持平”：变化在偶然范围内，不能确定升降。{LINES}"))


def basis(between: Comparison) -> str:
    """What a period is compared with, in words."""
    now, then = between.days
    words = [stretch(between.base.start, between.base.end) + "比"]
    if between.is_per_day:
        words.append(f"两期 {now:.0f} 天、{then:.0f} 天，件数折算到同样天数")
    else:
        words.append(f"两期都算 {now:.3g} 天")
    if between.kind == "lunar" and new_year_near(between.current) is None:
        words.append("附近没有春节，与上年同期比")
    if between.current.start - between.base.start == YEAR_OF_WEEKS:
        words.append("对齐星期")
    if between.moment:
        words.append("比较期的件按当时同样的办理时长还原")
    return "，".join([*words, *between.unequal])


def called_back(reader: Reader, where: CaseFilter, kind: str = "previous") -> str:
    """How many of a young period's orders were called back, in a sentence; '' for a settled period."""
    between, share = reader.compared_with(where, kind), MEASURES[CALLED_BACK]
    figure = reader.changes([CALLED_BACK], where, kind)[CALLED_BACK]
    if math.isnan(figure.current) or (between and between.moment is None):
        return ""
    then = f"（比较期同龄时 {show(figure.base, share)}）" if figure.is_known else ""
    return f"热线已回访 {show(figure.current, share)}{then}，先回访的多是办得快的，占比低时三率偏高。"


def young(reader: Reader, measure: Measure, where: CaseFilter) -> str:
    """What the newest days of a figure that comes with time cannot tell yet, in words; '' where they tell all."""
    if measure.dated_by == measures.CALLED_BACK:
        return called_back(reader, where)
    return "" if measure.dated_by == () else "最近几天的件多未到期或未办结，曲线末端还会变"
