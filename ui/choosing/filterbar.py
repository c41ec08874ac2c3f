"""The filter bar: the same on every page, its choices in the address, its defaults not.

What the bar has no widget for (an hour, a cell, a status) may still stand in the address, where a drill
put it; it is shown as a condition and can be dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import LiteralString

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.own import own_of
from data_access.cases.reader import Reader
from data_access.district.periods import PRESETS, Period, preset
from ui.choosing.following import follow, hold
from ui.drawing.about import filter_words
from ui.style.links import (
    END,
    FIELDS,
    NUMBERS,
    START,
    STATUS,
    WITHOUT,
    filter_of,
    not_understood,
    query_of,
    read,
    written,
)
from ui.style.markup import markdown, plain
from ui.style.numbers import name as called
from ui.style.numbers import stretch
from ui.style.theme import is_phone
from ui.watch.viewer import asks_for

CUSTOM = "custom"
SHOWN = {**PRESETS, CUSTOM: "自选日期"}
FIRST = {"district": 190, "street": 300, "source": 190}  # how wide; by district only a city is chosen from
# Widgets outside the bar's first row; each offers what the ones before it leave.
MORE = ("community", "category1", "category2", "category3", "unit", "unit_type", "channel", "request_type", "dimension")
EXTRAS = tuple(name for name in FIELDS if name not in (*FIRST, *MORE))


def _held(name: str) -> list[str]:
    return [read(name, words) for words in st.query_params.get_all(name)] + list(st.session_state.get(name, ()))


def _choose(reader: Reader, name: str, narrowed: CaseFilter, *, seen: bool = True) -> tuple[str, ...]:
    """A widget for one field; what the address holds is offered too, however rare, since it always applies.

    `seen`: whether anybody can see the widget; while nobody can, nobody asks what else there is to choose, and there is
    none unless something is chosen.
    """
    held = _held(name)
    if not seen and not held:
        return ()
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
    if default not in SHOWN:
        preset(default, last, clock, first)  # tells the nearest names
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


def _drop(names: Sequence[str]) -> None:
    for name in names:
        st.query_params.pop(name, None)


def _extras(own: Sequence[str]) -> CaseFilter:
    """What the address adds to the widgets, shown with a way to drop it. `own`: what the page has a widget for, or
    what makes no difference to it."""
    names = [name for name in (*EXTRAS, START, END) if name not in own]
    extra = filter_of({name: st.query_params.get_all(name) for name in names if name in st.query_params})
    words = filter_words(extra.replace(period=None))
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
        names = [STATUS, *NUMBERS, WITHOUT, START, END, "period", "days"]
        st.warning(markdown("链接里的条件不认识：{}。为了不多显示，什么也没有列出。", "；".join(strange)))
        st.button("清除不认识的条件", on_click=_drop, args=(names,), key="drop_strange")
        st.stop()


def _is_day(words: str) -> bool:
    try:
        return all(date.fromisoformat(part.strip()) for part in words.split(","))
    except ValueError:
        return False


def filter_bar(reader: Reader, default: str | None = "assessment", *, own: Sequence[str] = ()) -> CaseFilter:
    """Draw the bar and return what is chosen, its period always among it.

    `default`: the preset that stands when nothing is chosen; None for a page that is about no period, which has no
    choice of one. `own`: fields that the page asks for by itself.
    """
    _refuse(own)
    follow()
    # On a phone the bar is folded: open, it would push the page's answer off the first screen.
    drawer = st.expander("筛选") if is_phone() else st.container()
    with drawer, st.container(horizontal=True, vertical_alignment="bottom", key="filter_bar"):
        period = _period(reader, default) if default else None
        where = CaseFilter()
        for name, width in FIRST.items():
            if name != "district" or reader.profile.several or _held(name):
                with st.container(width=width):
                    chosen = _choose(reader, name, CaseFilter(district=where.district))
                where = where.replace(**{name: chosen})
        with st.popover("更多筛选", key="more_filters", on_change="rerun") as drawn:
            if not drawn.open:
                st.caption("正在列出…")  # what stands here for the moment between the click and the answer
            asked = None
            for place, name in enumerate(MORE):
                if drawn.open and where != asked:  # of the same cases in one statement: on some engines each reads all
                    reader.ask_together(where, {(more,): ("volume",) for more in MORE[place:]})
                    asked = where
                where = where.replace(**{name: _choose(reader, name, where, seen=bool(drawn.open))})
    extra = _extras(own if default else (*own, START, END))
    named = (*(FIRST if is_phone() else ()), *MORE)
    more = filter_words(CaseFilter(**{name: getattr(where, name) for name in named}))
    if more:
        st.caption("已选　" + plain("；".join(more)))
    where = where.replace(period=extra.period or period, **{name: getattr(extra, name) for name in EXTRAS})
    hold(_chosen(default))
    asks_for(where)
    return where


def _chosen(default: str | None) -> dict[str, list[str]]:
    """What the bar's widgets stand at, as an address has it; without what stands there anyway."""
    held = {name: [written(name, value) for value in st.session_state.get(name) or ()] for name in (*FIRST, *MORE)}
    period = st.session_state.get("period", default)
    if default and period != default:
        held["period"] = [SHOWN[period]]
    if default and period == CUSTOM:
        held["days"] = [day.isoformat() for day in st.session_state["days"]]
    return {name: values for name, values in held.items() if values}


def keep_to(where: CaseFilter, names: Sequence[str]) -> None:
    """Have the page be about these conditions of a filter from its next run on, as if they were chosen in its bar."""
    query = query_of(where)
    for name in names:
        if name in (*FIRST, *MORE):
            st.session_state[name] = list(getattr(where, name))
        else:
            st.query_params[name] = query[name]


def has_bar() -> bool:
    """Whether the page that is being drawn has drawn a filter bar."""
    return "street" in st.session_state


def controls() -> DeltaGenerator:
    """Where a page's own choices stand: in a row; on a phone folded, since open they would push its figures away."""
    return st.expander("看法") if is_phone() else st.container(horizontal=True, vertical_alignment="bottom")


def choose_measure(reader: Reader, usual: Sequence[str], label: LiteralString = "指标") -> str:
    """A measure: one of the page's usual ones, or of the district's own (measures.toml)."""
    choices = list(dict.fromkeys([*usual, *own_of(reader.profile).measures]))
    return st.selectbox(label, choices, format_func=lambda key: called(MEASURES[key]), key="measure",
                        bind="query-params", filter_mode=None, width=240)  # fmt: skip


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
