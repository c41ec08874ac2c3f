"""列入攻百难: a weak spot becomes a matter, with its evidence and its cases, in one click."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.people import Refused
from data_access.ledger import machine
from data_access.ledger.opening import ledger_if_any
from data_access.ledger.pen import cases_of
from ui.desk import steps
from ui.desk.desk import Desk
from ui.desk.matters import ASKED
from ui.frame.identity import actor
from ui.style.links import page_address
from ui.style.markup import markdown, plain
from ui.style.ways import go_to
from ui.watch.doors import watched

KIND = "hard_case"
PAGE = Path(__file__).resolve().parents[2] / "pages" / "hard_cases.py"


def enlist(reader: Reader, title: str, where: CaseFilter, dimension: str, evidence: str, *, key: str) -> None:
    """A button that opens the matter and goes to it; a link instead where a matter about these cases is going on."""
    profile, who = reader.profile, actor(reader.profile)
    if not profile.has_programme(KIND):
        return
    ledger, programme = ledger_if_any(reader), profile.programme(KIND)
    if ledger is None:
        st.info("还没有办理台账，不能列入。")
        return
    desk = Desk(reader, watched(ledger), programme, who, ledger.matters(KIND))
    going, now = [row for row in desk.going.to_dict("records") if cases_of(row) == where], ledger.now()
    if going:
        number = going[0]["matter_id"]
        address = page_address(PAGE.stem, CaseFilter(), **{ASKED: number})
        st.info(markdown("“{}”已列入{}：[{}]({})", title, programme.title, number, address))
    elif who is None:
        st.info(markdown("要把“{}”列入{}，", title, programme.title) + steps.NOBODY)
    elif st.button(markdown("列入{}", programme.title), key=key):
        place = next((community for community in profile.communities if (community.name,) == where.community), None)
        fields = {"year": str(now.year), "dimension": dimension, "evidence": evidence}
        fields |= {"community": place.name, "street": place.street} if place else {}
        due = machine.deadline(programme, now, programme.due_hours, profile.programmes.office)
        try:
            number = desk.ledger.open_matter(programme, who, title, fields=fields, where=where, due_at=due)
        except Refused as refusal:
            st.error(plain(str(refusal)))
            return
        steps.remember(desk, [(number, 1)], f"已列入{programme.title} {number}")
        # A switch of pages can set only parameters that no widget is bound to; the filter bar's are bound.
        go_to(PAGE.stem, {ASKED: number})
