"""Forms of the matters that some cases may become, filled in with what is known; what they became already."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

import streamlit as st

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.ledger.opening import ledger_if_any
from data_access.ledger.pen import cases_of
from ui.desk import matters, steps
from ui.desk.alarms import ACT
from ui.desk.desk import Desk
from ui.frame.identity import actor, is_closed
from ui.style.links import page_address
from ui.style.markup import markdown, plain
from ui.style.ways import go_to
from ui.watch.doors import watched

PAGES = {"supervision": "supervision", "whistle": "whistles", "hard_case": "hard_cases"}  # kind of matter -> its page
ACTIONS = {"supervision": "督办", "whistle": "吹哨", "hard_case": "列入攻百难"}
NO_REASON: Mapping[str, str] = MappingProxyType({})


def offer(
    reader: Reader,
    where: CaseFilter,
    *,
    key: str,
    given: dict[str, str],
    title: str,
    text: str,
    is_about: Callable[[CaseFilter | None], bool] | None = None,
    only: Collection[str] = tuple(ACTIONS),
    reasons: Mapping[str, str] = NO_REASON,
) -> None:
    """`where`: the cases of the matter that is opened; `given`, `title`, `text`: what its form starts with; `is_about`:
    whether another matter's cases are the same thing (without: the very same cases); `only`: of which kinds; `reasons`:
    by kind, why it is opened, where that is known."""
    ledger, who, same = None if is_closed(reader) else ledger_if_any(reader), actor(reader.profile), is_about
    if ledger is None:
        return
    kinds = {kind: label for kind, label in ACTIONS.items() if kind in only and reader.profile.has_programme(kind)}
    desks = {kind: Desk(reader, watched(ledger), reader.profile.programme(kind), who, ledger.matters(kind))
             for kind in kinds}  # fmt: skip
    for kind, desk in desks.items():
        for row in desk.going.to_dict("records"):
            if same(cases_of(row)) if same else cases_of(row) == where:
                address = page_address(PAGES[kind], CaseFilter(), **{matters.ASKED: row["matter_id"]})
                st.markdown(markdown("已{}：[{}]({}) {}", kinds[kind], row["matter_id"], address, row["title"]))
    if who is None:
        st.caption(plain(f"{'、'.join(kinds.values())}：{steps.NOBODY}"))
        return
    for kind, desk in desks.items():
        if who.role not in desk.programme.opens:
            continue
        known = given | {"reason": reasons.get(kind, "")}
        part = next(iter(desk.profile.parts_of(kind)), None) if kind == "whistle" else None
        with st.expander(plain(kinds[kind]), expanded=st.query_params.get(ACT) == kind):
            number = steps.open_form(desk, key=f"{key}_{kind}", given=known, where=where, parts=part,
                                     title=title, text=text)  # fmt: skip
        if number:
            go_to(PAGES[kind], {matters.ASKED: number})
