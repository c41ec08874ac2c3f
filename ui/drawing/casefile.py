"""One case as a story: what was asked, and each step until the callback."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import streamlit as st
from markupsafe import Markup

from data_access.district import words
from data_access.district.vocabulary import NO, RESOLUTIONS, SOURCES, UNREAD, YES
from ui.style.markup import html, joined, markdown, plain
from ui.style.numbers import UNKNOWN, lasted, moment, time_left
from ui.watch.doors import opens_case
from ui.watch.mark import mark_screen

STEPS = {"created_at": "受理", "dispatched_at": "派单", "due_at": "截止", "closed_at": "办结", "callback_at": "回访"}
FACTS = {
    "channel": "渠道",
    "request_type": "诉求类型",
    "dimension": "七有五性",
    "urgency": "时限类别",
    "unit": "承办单位",
    "unit_type": "单位类别",
    "street": "街道",
    "community": "社区",
    "address": "地址",
    "crowd": "人群",
    "industry": "行业",
    "excluded_reason": "剔除原因",
}
FLAGS = {
    "is_late": "逾期办结",
    "is_repeat": "重复诉求",
    "is_whistled": "已吹哨",
    "is_group": "群体诉求",
    "is_excluded": "已剔除",
    "is_void": "作废",
}


def _step(field: str, case: Mapping[str, Any], now: datetime) -> Markup:
    when = case[field]
    if when is None:
        return html("<div><b>{}</b>{}</div>", STEPS[field], UNKNOWN)
    extra = ""
    if field == "due_at" and case["is_closed"] == NO and when < now:
        extra = f"（已{time_left(when, now)}）"
    if field == "closed_at" and case["handling_seconds"] is not None:
        extra = f"（用时 {lasted(case['handling_seconds'])}{'，逾期' if case['is_late'] == YES else ''}）"
    if field == "callback_at" and case["is_valid_callback"] != YES:
        extra = "（未取得有效回访）" if case["is_valid_callback"] == NO else "（是否有效未识别）"
    elif field == "callback_at":
        said = [RESOLUTIONS.get(case["resolution"], ""), case["satisfaction"]]
        extra = f"（{'，'.join(word for word in said if word) or '有效'}）"
    return html("<div><b>{}</b>{}{}</div>", STEPS[field], moment(when), extra)


def life_line(case: Mapping[str, Any], now: datetime) -> bool:
    """Draw one case: every field of the store that says something, once it is recorded who looks; whether it was.
    `now`: the data's."""
    if not opens_case(case):
        return False
    mark_screen()
    st.subheader(plain(case["title"] or case["category3"] or case["case_id"]))
    path = " › ".join(case[level] for level in ("category1", "category2", "category3") if case[level])
    about = (SOURCES[case["source"]], case["case_id"], path, case["status"])
    st.caption(markdown("{}　编号 {}　{}　{}", *about))
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.text(case["content"] or "来源没有提供诉求内容")
        flags = [label for field, label in FLAGS.items() if case[field] == YES]
        flags += [f"{label}未识别" for field, label in words.FLAGS.items() if case[field] == UNREAD]
        if case["rework_count"]:
            flags.append(f"返工 {case['rework_count']} 次")
        if flags:
            st.caption(plain("　".join(flags)))
        st.html(html('<div class="lifeline">{}</div>', joined("", (_step(field, case, now) for field in STEPS))))
    with right:
        facts = [(label, case[field]) for field, label in FACTS.items() if case[field]]
        st.dataframe({"项目": [label for label, _ in facts], "内容": [value for _, value in facts]}, hide_index=True)
    return True
