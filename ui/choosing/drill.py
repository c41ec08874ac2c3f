"""From a mark to the cases behind it: the count on the link is the count of the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from data_access.cases import small
from data_access.cases.filters import CaseFilter, references
from data_access.cases.reader import Reader
from data_access.district.periods import Period, after
from ui.drawing.tables import LINK, table
from ui.style.links import NUMBERS, case_address, cases_address, page_address, written
from ui.style.markup import markdown
from ui.style.theme import WEEKDAYS

NEWEST = 10
SHOWN = ["created_at", "street", "community", "category3", "unit", "status"]
LISTED = {"created_at": "受理时间", LINK: "案件"}


def _within(outer: Period | None, start: datetime, end: datetime) -> Period:
    """A bucket may begin before the chosen stretch or end after it; its cases are those inside both."""
    return Period(max(start, outer.start), min(end, outer.end)) if outer else Period(start, end)


STRETCHES = (
    "day",
    "week",
    "month",
    "quarter",
    "half",
)  # what a mark in time stands for: its days, which are no field of a filter


def narrowed(where: CaseFilter, fields: dict[str, Any], within: Sequence[Period] = ()) -> CaseFilter:
    """The filter of one mark: `fields` are the dimensions' values at it; times come in milliseconds or as text.

    `within`: the stretches the chart shows, where they are not the filter's own.
    """
    for field, value in fields.items():
        if field in STRETCHES:
            start = pd.Timestamp(value, unit="ms" if isinstance(value, int | float) else None).to_pydatetime()
            end = after(start, field)
            shown = next((period for period in within if period.start < end and start < period.end), where.period)
            where = where.replace(period=_within(shown, start, end))
        elif field in NUMBERS:
            where = where.replace(**{field: (int(value),)})
        else:
            where = where.replace(**{field: (value,)})
    return where


def cases_link(reader: Reader, where: CaseFilter, what: str) -> None:
    """A link to the list of these cases, saying how many there are; of those that the viewer may see one by one."""
    count, seen = reader.count(where), reader.singly.count(where)
    about = "约" if small.least_of(reader, where) else ""
    if seen == count:
        st.markdown(markdown("**{}**：[查看这 {:,} 件案件]({})", what, count, cases_address(where)))
    elif seen:
        link = markdown("[查看您可看的 {:,} 件]({})", seen, cases_address(where))
        st.markdown(markdown("**{}**：共{} {:,} 件，", what, about, count) + link)
    else:
        st.markdown(markdown("**{}**：共{} {:,} 件，您的身份不能一件一件查看", what, about, count))


def cases_here(reader: Reader, where: CaseFilter, what: str) -> None:
    """The newest of these cases in place, and the link to all of them."""
    cases_link(reader, where, what)
    newest = reader.list_cases(where, page_size=NEWEST)
    if newest.empty:
        return
    listed = newest[SHOWN].assign(**{LINK: references(newest).map(case_address)})
    table(listed, key=f"here_{what}", labels=LISTED, phone=["created_at", "category3", LINK])
    st.caption(f"最新 {len(newest):,} 件")


def unread_answers(callbacks: int, left_out: Mapping[str, tuple[int, float]]) -> None:
    """A warning where answers have words that nobody knows, with the way to mend it. `left_out`: rate -> how many
    callbacks it goes without, and which part of them all."""
    if callbacks:
        missing = "，".join(f"{rate}少 {number:,} 件（{part:.1%}）" for rate, (number, part) in left_out.items())
        st.warning(markdown(
            "{:,} 件有效回访的答复里有不认识的词，不计入那一项率：{}。少得多时先补上再看名次，补法见[数据质量]({})。",
            callbacks, missing, page_address("quality", CaseFilter()),
        ))  # fmt: skip


def written_at(field: str, value: Any) -> str:
    """A mark's field as people read it; times come in milliseconds or as text."""
    if field in STRETCHES:
        moment = pd.Timestamp(value, unit="ms" if isinstance(value, int | float) else None)
        words = f"{moment.year}年{moment.month}月"
        if field == "quarter":
            return f"{moment.year}年{'一二三四'[moment.quarter - 1]}季度"
        if field == "half":
            return f"{moment.year}年{'上下'[moment.month > 6]}半年"
        return words if field == "month" else f"{words}{moment.day}日" + ("起一周" if field == "week" else "")
    if field == "weekday":
        return WEEKDAYS[int(value) % 7]
    return f"{int(value)}时" if field == "hour" else written(field, str(value))
