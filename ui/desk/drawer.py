"""What stands behind a mark, at the side of the page: how many, what and where, the newest, and what to do about it.

One rule for all charts, maps and tables: what was picked last is shown, once, whatever else is still picked. Nothing
below the fold has to be looked for, and the page stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, LiteralString

import pandas as pd
import streamlit as st

from data_access.cases.filters import CaseFilter, references
from data_access.cases.reader import Reader
from data_access.district.periods import Period
from ui.choosing import drill
from ui.choosing.filterbar import has_bar, keep_to
from ui.desk import begin
from ui.desk.aside import aside, follow, is_last
from ui.desk.enlist import KIND as HARD
from ui.drawing.tables import LINK, table
from ui.drawing.vega import Drawing, draw
from ui.style.links import END, START, case_address, written
from ui.style.markup import Markdown, html, joined, markdown
from ui.style.numbers import stretch

__all__ = ["chart", "follow", "show"]

TOP, NEWEST = 3, 10
NOTHING_MORE = Markdown()
LISTED = {"created_at": "受理", "category3": "三级分类", LINK: "案件"}
CAUSES, PLACES, HANDLERS = ("category3", "category2"), ("community", "street"), ("unit",)


def chart(
    reader: Reader,
    drawn: Drawing,
    where: CaseFilter,
    *,
    key: str,
    hint: LiteralString = "点选图上的一处，可查看对应的案件",
    within: Sequence[Period] = (),
    is_kept: bool = True,
) -> dict[str, Any] | None:
    """Draw a chart whose marks open the drawer; returns the picked mark's fields. `is_kept`: as ui.drawing.vega.draw,
    False where `downloads` offers it with more."""
    fields = draw(drawn, key=key, on_pick=follow(key), is_kept=is_kept)
    if fields:
        what = "、".join(drill.written_at(field, value) for field, value in fields.items())
        narrowed = drill.narrowed(where, fields, within)
        names = [name for field in fields for name in ((START, END) if field in drill.STRETCHES else (field,))]
        show(reader, narrowed, what, key=key, keep=partial(_keep_to, narrowed, names))
    elif hint:
        st.caption(hint)
    return fields


def _keep_to(where: CaseFilter, names: Sequence[str]) -> None:
    keep_to(where, names)
    follow("")()


def show(
    reader: Reader,
    where: CaseFilter,
    what: str,
    *,
    key: str,
    more: Markdown = NOTHING_MORE,
    is_about: Callable[[CaseFilter | None], bool] | None = None,
    enlisting: Callable[[], None] | None = None,
    keep: Callable[[], None] | None = None,
) -> None:
    """Open the drawer about these cases, unless something else was picked since. `key`: of what was picked; `more`:
    where else it leads; `is_about`: which matters are about the same thing (without: about the very same cases);
    `enlisting`: draws the way into 攻百难 where it brings evidence with it, in place of the form; `keep`: makes the
    page be about what was picked."""
    if not is_last(key):
        return
    with aside("drawer"):
        drill.cases_link(reader, where, what)
        if keep and has_bar():
            st.button(markdown("本页只看{}", what), key="drawer_keep", type="tertiary", on_click=keep)
        if more:
            st.markdown(more)
        if reader.count(where):
            _most(reader, where)
            _act(reader, where, what, is_about, enlisting)  # above the list: an unfolded form is seen at once
            _newest(reader, where)


def _most(reader: Reader, where: CaseFilter) -> None:
    """What the cases are about, where they are, and whose: the most frequent of each that the filter leaves open."""
    lines = []
    for words, names in (("什么", CAUSES), ("哪里", PLACES), ("谁在办", HANDLERS)):
        by = next((name for name in names if len(getattr(where, name)) != 1), None)
        if by is None:
            continue
        top = reader.aggregate(["volume"], [by], where, order_by="volume", limit=TOP)
        told = (
            html("{} <b>{:,.0f}</b>", written(by, group), volume)
            for group, volume in zip(top[by], top["volume"], strict=True)
        )
        lines.append(html('<div class="fact"><i>{}</i>{}</div>', words, joined("、", told)))
    st.html(joined("", lines))


def _newest(reader: Reader, where: CaseFilter) -> None:
    newest = reader.list_cases(where, page_size=NEWEST)
    if newest.empty:
        return
    listed = newest[["created_at", "category3"]].assign(**{LINK: references(newest).map(case_address)})
    listed["created_at"] = pd.to_datetime(listed["created_at"]).dt.strftime("%m-%d %H:%M")
    table(listed, key="drawer_cases", labels=LISTED, height="content")
    st.caption(f"最新 {len(newest):,} 件")


def _act(
    reader: Reader,
    where: CaseFilter,
    what: str,
    is_about: Callable[[CaseFilter | None], bool] | None,
    enlisting: Callable[[], None] | None,
) -> None:
    """Forms of the matters that the cases may become, with everything known filled in."""
    known = {name: _only(reader, name, where) for name in ("unit", "street", "community")}
    given = {**known, "place": known["community"] or known["street"]}
    when = stretch(where.period.start, where.period.end) + "，" if where.period else ""
    text = f"{when}{what}，共 {reader.count(where):,} 件。"
    kinds = [kind for kind in begin.ACTIONS if kind != HARD or not enlisting]
    begin.offer(reader, where, key="drawer", given=given, title=what, text=text, is_about=is_about, only=kinds)
    if enlisting:
        enlisting()


def _only(reader: Reader, name: str, where: CaseFilter) -> str:
    """The only unit, street or community of the cases; of several, the one of most, but no community."""
    found = reader.options(name, where, 2)
    return found[0] if found and (len(found) == 1 or name != "community") else ""
