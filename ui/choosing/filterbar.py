"""The filter bar: the same on every page, its choices in the address, its defaults not.

What the bar has no widget for (an hour, a cell, a status) may still stand in the address, where a drill
put it; it is shown as a condition and can be dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

import streamlit as st

from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.filters import STATUSES, CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import PRESETS, Period, preset
from ui.style.links import END, START, filter_of, period_of, written
from ui.style.numbers import plain, stretch
from ui.style.theme import WEEKDAYS, is_phone

CUSTOM = "custom"
SHOWN = {**PRESETS, CUSTOM: "自选日期"}
# Widgets outside the bar's first row; each offers what the ones before it leave.
MORE = ("community", "category1", "category2", "category3", "unit", "unit_type", "channel", "request_type", "dimension")
EXTRAS = ("hour", "weekday", "status", "urgency", "crowd", "industry", "h3_cell", "case_id")


def _choose(reader: Reader, name: str, narrowed: CaseFilter) -> tuple[str, ...]:
    label = DIMENSIONS[name].label
    known = reader.options(name, narrowed)
    chosen = st.multiselect(
        label,
        known,
        key=name,
        bind="query-params",
        placeholder="全部",
        select_all=False,
        format_func=written,
    )
    return tuple(chosen)


def _period(reader: Reader, default: str) -> Period:
    clock, (first, last) = reader.profile.settings.clock, reader.span
    chosen = st.selectbox(
        "时段",
        list(SHOWN),
        index=list(SHOWN).index(default),
        format_func=SHOWN.__getitem__,
        key="period",
        bind="query-params",
        filter_mode=None,
        width=170,
    )
    if chosen != CUSTOM:
        return preset(chosen or default, last, clock, first)
    days = st.date_input(
        "起止日期",
        value=(last.date() - timedelta(days=29), last.date()),
        min_value=first.date(),
        max_value=last.date(),
        key="days",
        bind="query-params",
        format="YYYY-MM-DD",
        width=260,
    )
    # While the second day is not chosen yet the first one stands alone.
    picked: list[date] = list(days) if isinstance(days, tuple) else [days]
    start, end = picked[0], picked[-1]
    return Period(
        datetime.combine(start, datetime.min.time()), datetime.combine(end, datetime.min.time()) + timedelta(days=1)
    )


def _conditions(extra: CaseFilter) -> Iterable[str]:
    if extra.hour:
        yield "时刻：" + "、".join(f"{hour}时" for hour in extra.hour)
    if extra.weekday:
        yield "星期：" + "、".join(WEEKDAYS[number % 7] for number in extra.weekday)
    if extra.status:
        yield "状态：" + "、".join(STATUSES[name][0] for name in extra.status)
    if extra.case_id:
        yield f"指定的 {len(extra.case_id)} 件"
    for name in ("urgency", "crowd", "industry", "h3_cell"):
        if values := getattr(extra, name):
            yield f"{DIMENSIONS[name].label}：" + "、".join(map(written, values))


def _drop_extras() -> None:
    for name in (*EXTRAS, START, END):
        st.query_params.pop(name, None)


def _extras() -> tuple[CaseFilter, Period | None]:
    """What the address adds to the widgets, shown with a way to drop it."""
    query = {name: st.query_params.get_all(name) for name in (*EXTRAS, START, END) if name in st.query_params}
    extra, period = filter_of({name: values for name, values in query.items() if name in EXTRAS}), period_of(query)
    words = list(_conditions(extra))
    if period:
        words.insert(0, f"时段：{stretch(period.start, period.end)}")
    if words:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("另有条件　" + plain("；".join(words)), width="content")
            st.button("清除这些条件", on_click=_drop_extras, type="tertiary", key="drop_extras")
    return extra, period


def filter_bar(reader: Reader, default: str = "assessment") -> CaseFilter:
    """Draw the bar and return what is chosen; `default` is the preset that stands when nothing is."""
    # On a phone the bar is a drawer: what is asked for stands above what may be asked.
    drawer = st.expander("筛选") if is_phone() else st.container()
    with drawer, st.container(horizontal=True, vertical_alignment="bottom", key="filter_bar"):
        period = _period(reader, default)
        with st.container(width=300):
            where = CaseFilter(street=_choose(reader, "street", CaseFilter()))
        with st.container(width=190):
            where = where.replace(source=_choose(reader, "source", CaseFilter()))
        with st.popover("更多筛选", key="more_filters"):
            for name in MORE:
                where = where.replace(**{name: _choose(reader, name, where)})
    extra, exact = _extras()
    more = [
        f"{DIMENSIONS[name].label}：{'、'.join(map(written, getattr(where, name)))}"
        for name in (*(("street", "source") if is_phone() else ()), *MORE)
        if getattr(where, name)
    ]
    if more:
        st.caption("已选　" + plain("；".join(more)))
    return where.replace(period=exact or period, **{name: getattr(extra, name) for name in EXTRAS})


def one_of(choices: Mapping[str, str], *, key: str, label: str = "") -> str:
    """One of a few ways to look at a page, the first unless chosen otherwise; `choices`: value -> words."""
    values = list(choices)
    chosen = st.segmented_control(
        label or key,
        values,
        default=values[0],
        required=True,
        format_func=choices.__getitem__,
        key=key,
        bind="query-params",
        label_visibility="visible" if label else "collapsed",
    )
    return chosen or values[0]
