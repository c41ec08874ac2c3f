"""The filter bar: the same on every page, its choices in the address, its defaults not.

What the bar has no widget for (an hour, a cell, a status) may still stand in the address, where a drill
put it; it is shown as a condition and can be dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial

import streamlit as st

from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.filters import CaseFilter, status_label
from data_access.cases.reader import Reader
from data_access.district.periods import PRESETS, Period, preset
from ui.style.links import END, FIELDS, NUMBERS, START, STATUS, filter_of, not_understood, read, written
from ui.style.markup import markdown, plain
from ui.style.numbers import stretch
from ui.style.theme import WEEKDAYS, is_phone

CUSTOM = "custom"
SHOWN = {**PRESETS, CUSTOM: "自选日期"}
FIRST = ("street", "source")
# Widgets outside the bar's first row; each offers what the ones before it leave.
MORE = ("community", "category1", "category2", "category3", "unit", "unit_type", "channel", "request_type", "dimension")
EXTRAS = tuple(name for name in FIELDS if name not in (*FIRST, *MORE))


def _choose(reader: Reader, name: str, narrowed: CaseFilter, *, seen: bool = True) -> tuple[str, ...]:
    """A widget for one field; what the address holds is offered too, however rare, since it always applies.

    `seen`: whether anybody can see the widget; while nobody can, nobody asks what else there is to choose.
    """
    held = [read(name, words) for words in st.query_params.get_all(name)] + list(st.session_state.get(name, ()))
    chosen = st.multiselect(
        plain(DIMENSIONS[name].label),
        list(dict.fromkeys([*(reader.options(name, narrowed) if seen else ()), *held])),
        key=name,
        bind="query-params",
        placeholder="全部",
        select_all=False,
        format_func=partial(written, name),
    )
    return tuple(chosen)


def _period(reader: Reader, default: str) -> Period:
    clock, first, last = reader.profile.settings.clock, reader.span[0], reader.as_of
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
        yield "状态：" + "、".join(map(status_label, extra.status))
    if extra.text:
        yield f"查找：{extra.text}"
    if extra.case_id:
        yield f"指定的 {len(extra.case_id)} 件"
    for name in ("urgency", "crowd", "industry", "h3_cell"):
        if values := getattr(extra, name):
            yield f"{DIMENSIONS[name].label}：" + "、".join(written(name, value) for value in values)


def _drop(names: Sequence[str]) -> None:
    for name in names:
        st.query_params.pop(name, None)


def _extras(own: Sequence[str]) -> CaseFilter:
    """What the address adds to the widgets, shown with a way to drop it. `own`: what the page has a widget for."""
    names = [name for name in (*EXTRAS, START, END) if name not in own]
    extra = filter_of({name: st.query_params.get_all(name) for name in names if name in st.query_params})
    words = list(_conditions(extra))
    if extra.period:
        words.insert(0, f"时段：{stretch(extra.period.start, extra.period.end)}")
    if words:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("另有条件　" + plain("；".join(words)), width="content")
            st.button("清除这些条件", on_click=_drop, args=(names,), type="tertiary", key="drop_extras")
    return extra


def _refuse(own: Sequence[str]) -> None:
    """Stop the page where the address has a condition that means nothing: never more than was asked for."""
    query = {name: st.query_params.get_all(name) for name in st.query_params if name not in own}
    strange = not_understood(query)
    strange += [words for words in query.get("period", []) if words not in SHOWN.values()]
    strange += [words for words in query.get("days", []) if not _is_day(words)]
    if strange:
        names = [STATUS, *NUMBERS, START, END, "period", "days"]
        st.warning(markdown("链接里的条件不认识：{}。为了不多显示，什么也没有列出。", "；".join(strange)))
        st.button("清除不认识的条件", on_click=_drop, args=(names,), key="drop_strange")
        st.stop()


def _is_day(words: str) -> bool:
    try:
        return all(date.fromisoformat(part.strip()) for part in words.split(","))
    except ValueError:
        return False


def filter_bar(reader: Reader, default: str = "assessment", *, own: Sequence[str] = ()) -> CaseFilter:
    """Draw the bar and return what is chosen, its period always among it.

    `default`: the preset that stands when nothing is chosen. `own`: fields that the page asks for by itself.
    """
    _refuse(own)
    # On a phone the bar is folded: open, it would push the page's answer off the first screen.
    drawer = st.expander("筛选") if is_phone() else st.container()
    with drawer, st.container(horizontal=True, vertical_alignment="bottom", key="filter_bar"):
        period = _period(reader, default)
        with st.container(width=300):
            where = CaseFilter(street=_choose(reader, "street", CaseFilter()))
        with st.container(width=190):
            where = where.replace(source=_choose(reader, "source", CaseFilter()))
        with st.popover("更多筛选", key="more_filters", on_change="rerun") as drawn:
            for name in MORE:
                where = where.replace(**{name: _choose(reader, name, where, seen=bool(drawn.open))})
    extra = _extras(own)
    more = [
        f"{DIMENSIONS[name].label}：{'、'.join(written(name, value) for value in getattr(where, name))}"
        for name in (*(FIRST if is_phone() else ()), *MORE)
        if getattr(where, name)
    ]
    if more:
        st.caption("已选　" + plain("；".join(more)))
    return where.replace(period=extra.period or period, **{name: getattr(extra, name) for name in EXTRAS})


def one_of(choices: Mapping[str, str], *, key: str, label: str = "") -> str:
    """One of a few ways to look at a page, the first unless chosen otherwise; `choices`: value -> words."""
    values = list(choices)
    chosen = st.segmented_control(
        plain(label or key),
        values,
        default=values[0],
        required=True,
        format_func=lambda value: plain(choices[value]),
        key=key,
        bind="query-params",
        label_visibility="visible" if label else "collapsed",
    )
    return chosen or values[0]
