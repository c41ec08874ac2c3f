"""攻百难: the paper of the monthly meeting, from the same meeting as the page's agenda."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from briefs.asked import Asked, NoBrief, Part, text_of
from data_access.district.people import Refused
from data_access.ledger.ledger import Ledger
from data_access.ledger.opening import ledger_if_any
from questions.meeting import Meeting, meeting_of
from ui.drawing.effect_words import COMPARED, DONE, GOING, MEASURED, compared, effect_words
from ui.style.lights import marked
from ui.style.numbers import UNKNOWN, day, short_day

KIND = "hard_case"
ITEMS = {"place": "序号", "title": "事项", "unit": "主责单位", "leader": "牵头领导", "stage": "阶段", "light": "灯",
         "due_at": "截止", "steps": "本月进展（次）", "parts": "下次会前到期节点"}  # fmt: skip
DECISIONS = {"place": "序号", "title": "事项", "decided": "议定事项", "unit": "责任单位", "until": "完成时限"}
EFFECTS = ("title", "what", "verdict", "interval", "cases", "solved", "reason")
MOVED, LATE, DUE = "本月有进展（项）", "节点过期未完成（个）", "下次会前到期（个）"


def ledger_of(asked: Asked, kind: str) -> Ledger:
    """The ledger, if somebody may be told of matters of a kind in it; else `NoBrief` with the reason."""
    profile = asked.reader.profile
    if not profile.has_programme(kind):
        raise NoBrief("本区配置里没有这类事项（programmes.toml）")
    if asked.reader.sight.matters.whose == "none":
        raise NoBrief("您的身份看不到办理事项，写不出会议材料")
    ledger = ledger_if_any(asked.reader)
    if ledger is None:
        raise NoBrief("还没有办理台账，没有可写的事项")
    return ledger


def told(asked: Asked) -> tuple[tuple[Part, ...], Mapping[str, float]]:
    """The paper's parts, and the meeting's numbers for setting papers side by side."""
    reader, ledger = asked.reader, ledger_of(asked, KIND)
    try:
        held = meeting_of(reader, ledger, reader.profile.programme(KIND), asked.where.when.start, viewer=asked.viewer)
    except Refused as refused:
        raise NoBrief(str(refused)) from refused
    if held.items.empty:
        return (Part("总体情况", ("这个月没有要研究的事项。",)),), figures(held)
    return (overview(held), items(held), effects(asked, held), decisions(held)), figures(held)


def overview(held: Meeting) -> Part:
    lights = "、".join(f"{light}灯 {many} 项" if light else f"已结束 {many} 项" for light, many in held.lights.items())
    waiting, still = len(held.parts) - held.late, len(held.items) - held.moved
    said = f"本次研究 {len(held.items)} 项（{lights}）；本月有进展 {held.moved} 项，没有进展 {still} 项；"
    said += f"节点过期未完成 {held.late} 个，下次会前到期 {waiting} 个。"
    steps = held.events["matter_id"].value_counts()
    due = held.parts["parent"].value_counts()
    rows = [{**row, "place": place, "light": marked(row["light"]) or "已结束", "due_at": _day(row["due_at"]),
             "unit": row["unit"] or UNKNOWN, "leader": row["leader"] or UNKNOWN,
             "steps": int(steps.get(row["matter_id"], 0)), "parts": int(due.get(row["matter_id"], 0))}
            for place, row in _numbered(held)]  # fmt: skip
    return Part("总体情况", (said,), pd.DataFrame(rows)[list(ITEMS)], ITEMS)


def _numbered(held: Meeting) -> list[tuple[int, dict[Any, Any]]]:
    return list(enumerate(held.ranked.to_dict("records"), start=1))


def _day(when: Any) -> str:
    return UNKNOWN if pd.isna(when) else day(when)


def items(held: Meeting) -> Part:
    """Each item in a paragraph: what happened, what is due, with what effect."""
    return Part("逐项情况", (*(_item(place, row, held) for place, row in _numbered(held)), MEASURED))


def _item(place: int, row: Mapping[Any, Any], held: Meeting) -> str:
    number, going = row["matter_id"], bool(row["light"])
    events = held.events[held.events["matter_id"] == number].to_dict("records")
    steps = "；".join(f"{short_day(one['at'])}{one['said']}" + (f"：{_ended(one['text'])}" if one["text"] else "")
                     for one in events)  # fmt: skip
    parts = held.parts[held.parts["parent"] == number].sort_values("due_at").to_dict("records")
    due = "；".join(f"{one['title']}（{one['unit'] or UNKNOWN}，{day(one['due_at'])}"
                   f"{'，已过期' if one['due_at'] < held.end else ''}）" for one in parts)  # fmt: skip
    said = f"{place}．{row['title']}（{row['stage']}）。" + (f"本月：{steps}。" if steps else "本月没有记录。")
    said += f"节点：{due}。" if due else ""
    return said + text_of(effect_words(held.effects, number, going=going))


def _ended(text: str) -> str:
    """What somebody wrote, without its last stop: another follows."""
    return text.strip().rstrip("。；")


def effects(asked: Asked, held: Meeting) -> Part:
    known = compared(held.effects)
    if known.empty:
        return Part("成效", ("各项都还没有启动，没有成效可说。",))
    programme = asked.reader.profile.programme(KIND)
    known = known.merge(held.items[["matter_id", "title", "stage"]], on="matter_id")
    known["what"] = known["stage"].map(programme.is_over).astype(bool).map({True: DONE, False: GOING})
    counts = known[known["reason"] == ""]["verdict"].value_counts()
    words = "、".join(f"{verdict} {many} 项" for verdict, many in counts.items()) or "没有一项可比"
    return Part("成效", (f"与别处同类诉求相比，受理量：{words}。",), known[list(EFFECTS)], COMPARED)


def decisions(held: Meeting) -> Part:
    """What the meeting decides, to be filled in."""
    rows = [{"place": place, "title": row["title"], "decided": "", "unit": row["unit"] or "", "until": ""}
            for place, row in _numbered(held)]  # fmt: skip
    return Part("议定事项", ("会上填写。",), pd.DataFrame(rows)[list(DECISIONS)], DECISIONS)


def figures(held: Meeting) -> Mapping[str, float]:
    """The meeting's numbers."""
    lights = {f"{light}灯（项）" if light else "已结束（项）": float(many) for light, many in held.lights.items()}
    return {"研究事项（项）": float(len(held.items)), **lights, MOVED: float(held.moved), LATE: float(held.late),
            DUE: float(len(held.parts) - held.late)}  # fmt: skip
