"""The agenda of a monthly meeting (月度调度会议程): each item with what happened, what is due, and lines to decide on.

Frames in, HTML out; the same HTML stands on the page, on paper and in the file, which needs nothing beside itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from markupsafe import Markup

from questions.meeting import Meeting
from ui.drawing.effect_words import MEASURED, effect_words
from ui.style.lights import marked
from ui.style.markup import html, joined
from ui.style.numbers import UNKNOWN, day, short_day, stretch
from ui.style.theme import FONT

DECISIONS = ("议定事项", "责任单位", "完成时限")
STYLE = Markup("""<style>
.agenda {max-width: 46rem; line-height: 1.6}
.agenda h1 {font-size: 1.4em; margin: .4em 0; padding: 0}
.agenda section {border-top: 1px solid rgba(128, 140, 155, .5); padding: .5em 0; break-inside: avoid}
.agenda h2 {font-size: 1.1em; margin: 0; padding: 0}
.agenda :is(p, ul) {margin: .15em 0}
.agenda ul {padding-left: 1.6em}
.agenda i {font-style: normal; white-space: nowrap}
.agenda .light {float: right; font-weight: 400; font-size: .85em; margin-left: 1em}
.agenda .blank {display: flex; gap: 1em; margin-top: .3em}
.agenda .blank span {border-bottom: 1px solid currentColor; flex: 1; padding-top: .8em}
.agenda .blank span:first-child {flex: 2.5}
@media (max-width: 640px) {.agenda .blank, .agenda .blank span {display: block}}
@media print {.agenda {max-width: none}}
</style>""")
FILE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
{style}<style>@page {{size: A4; margin: 16mm 15mm}}
body {{font-family: {font}; margin: 1rem auto; max-width: 46rem; padding: 0 1rem}}
@media print {{body {{margin: 0; padding: 0; font-size: 12px}}}}</style></head><body>{body}</body></html>"""


def body(meeting: Meeting) -> Markup:
    """The agenda as HTML, its style included; the most pressing item first."""
    ranked = enumerate(meeting.ranked.to_dict("records"), start=1)
    items = joined("", (_item(place, row, meeting) for place, row in ranked))
    about = f"回看 {stretch(meeting.start, meeting.end)}。{MEASURED}"
    head = html('<h1>{}</h1><p class="answer">{}</p><p>{}</p>', meeting.title, _counts(meeting), about)
    return html('{}<div class="agenda">{}{}</div>', STYLE, head, items or html("<p>这个月没有要研究的事项。</p>"))


def document(meeting: Meeting, note: str) -> bytes:
    """The agenda as a file of its own (UTF-8). `note`: its last line, who made it and when."""
    content = body(meeting).removeprefix(STYLE) + html("<footer>{}</footer>", note)
    return html(FILE, title=meeting.title, style=STYLE, font=FONT, body=content).encode()


def _counts(meeting: Meeting) -> Markup:
    """The meeting in one sentence."""
    items, moved, late = len(meeting.items), meeting.moved, meeting.late
    words = "、".join(f"{light}灯 {many}" if light else f"已结束 {many}" for light, many in meeting.lights.items())
    said = html("研究 <b>{}</b> 项", items) + (f"（{words}）" if words else "")
    said += html("；本月有进展 <b>{}</b> 项，没有进展 <b>{}</b> 项", moved, items - moved)
    waiting = len(meeting.parts) - late
    return said + html("；节点过期未完成 <b>{}</b> 个，下次会前到期 <b>{}</b> 个。", late, waiting)


def _item(place: int, row: Mapping[Any, Any], meeting: Meeting) -> Markup:
    number, due = row["matter_id"], row["due_at"]
    facts = [("牵头领导", row["leader"]), ("主责单位", row["unit"]), ("阶段", row["stage"]),
             ("截止", "" if pd.isna(due) else day(due)), ("编号", number)]  # fmt: skip
    told = meeting.events[meeting.events["matter_id"] == number]
    parts = meeting.parts[meeting.parts["parent"] == number]
    return html(
        '<section><h2>{}. {}<span class="light">{}</span></h2>'
        '<p>{}</p>{}{}<p>{}</p><div class="blank">{}</div></section>',
        place, row["title"], marked(row["light"]) or "已结束",
        joined("　", (html("<i>{} <b>{}</b></i>", name, value or UNKNOWN) for name, value in facts)),
        _happened(told), _milestones(parts, meeting.end),
        effect_words(meeting.effects, number, going=bool(row["light"])),
        joined("", (html("<span>{}</span>", name) for name in DECISIONS)),
    )  # fmt: skip


def _happened(told: pd.DataFrame) -> Markup:
    lines = [
        html("<li>{} {}（{}）{}</li>", short_day(row["at"]), row["said"], row["who"],
             f"：{row['text']}" if row["text"] else "")
        for row in told.to_dict("records")
    ]  # fmt: skip
    return html("<ul>{}</ul>", joined("", lines)) if lines else html("<p>本月没有记录。</p>")


def _milestones(parts: pd.DataFrame, end: datetime) -> Markup:
    said = [
        f"{row['title']}（{row['unit']}，{day(row['due_at'])}{'，已过期' if row['due_at'] < end else ''}）"
        for row in parts.sort_values("due_at").to_dict("records")
    ]
    return html("<p>节点：{}</p>", "；".join(said)) if said else Markup()
