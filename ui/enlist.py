"""列入攻百难: a weak spot becomes a matter, with its evidence and its cases, in one click."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from data_access import machine
from data_access.filters import CaseFilter
from data_access.ledger import cases_of, decision_time, ledger_for
from data_access.machine import Refused
from data_access.profile import current_profile
from ui import steps
from ui.identity import actor
from ui.matters import ASKED
from ui.numbers import plain

KIND = "hard_case"
PAGE = Path(__file__).resolve().parent.parent / "pages" / "hard_cases.py"


def enlist(title: str, where: CaseFilter, dimension: str, evidence: str, *, key: str) -> None:
    """The button, which opens the matter and goes to it. What is being worked on already is not listed twice."""
    profile, who = current_profile(), actor()
    if not any(one.kind == KIND for one in profile.programmes.programmes):
        return
    ledger, programme, now = ledger_for(), profile.programme(KIND), decision_time()
    going = [row for row in ledger.matters(KIND).to_dict("records") if not row["over"] and cases_of(row) == where]
    if going:
        number = going[0]["matter_id"]
        st.info(f"“{plain(title)}”已列入{programme.title}：[{number}](/{PAGE.stem}?{ASKED}={number})")
    elif who is None:
        st.info(f"要把“{plain(title)}”列入{programme.title}，{steps.NOBODY}")
    elif st.button(f"列入{programme.title}", type="primary", key=key):
        place = next((one for one in profile.communities if (one.name,) == where.community), None)
        fields = {"year": str(now.year), "dimension": dimension, "evidence": evidence}
        fields |= {"community": place.name, "street": place.street} if place else {}
        due = machine.deadline(programme, now, programme.due_hours, profile.programmes.office)
        try:
            number = ledger.open_matter(programme, who, title, fields=fields, where=where, due_at=due)
        except Refused as refusal:
            st.error(str(refusal))
            return
        steps.remember([(number, 1)], f"已列入{programme.title} {number}")
        # Only parameters that no widget is bound to may be handed over; the filter bar's are.
        st.switch_page(PAGE, query_params={ASKED: number})
