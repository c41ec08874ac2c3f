"""攻百难: the paper of the monthly meeting, from the same meeting as the page's agenda."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from briefs.asked import Asked, NoBrief, Part
from data_access.district.people import Refused
from data_access.ledger.ledger import Ledger
from data_access.ledger.opening import ledger_if_any
from questions.meeting import Meeting, meeting_of
from ui.drawing.effect_words import COMPARED, DONE, GOING, MEASURED, compared
from ui.style.lights import marked
from ui.style.numbers import UNKNOWN, moment, relative, short_day

KIND = "hard_case"
ITEMS = {"place": "序号", "title": "事项", "unit": "主责单位", "leader": "牵头领导", "stage": "阶段", "light": "灯",
         "due_at": "截止", "steps": "本月进展（次）", "parts": "下次会前到期节点"}  # fmt: skip
BLOCKS = {"place": "序号", "title": "事项", "latest": "本月最近一步", "next": "最近的节点",
          "effect": "成效（没有销账的，是办理中的变化）"}  # fmt: skip
STEPS = {"place": "序号", "title": "事项", "at": "时间", "said": "一步", "who": "由", "text": "写了什么"}
PARTS = {"place": "序号", "title": "事项", "part": "节点", "unit": "责任单位", "due_at": "到期", "late": "是否过期"}
DECISIONS = {"place": "序号", "title": "事项", "decided": "议定事项", "unit": "责任单位", "until": "完成时限"}
LONGEST = 36  # letters of what somebody wrote, in the paper; the whole of it is in the Excel file
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
    annexes = (steps(held), nodes(held), effects(asked, held))
    return (overview(held), items(held), decisions(held), *(one for one in annexes if one)), figures(held)


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
    return UNKNOWN if pd.isna(when) else f"{when:%Y-%m-%d}"


def items(held: Meeting) -> Part:
    """A short block for each item: its latest step of the month, what is due next, with what effect."""
    known = compared(held.effects).set_index("matter_id").to_dict("index") if held.effects else {}
    rows = pd.DataFrame([_block(place, row, held, known) for place, row in _numbered(held)])[list(BLOCKS)]
    said = (
        "每项只写本月最近的一步、最近的节点和成效；本月的每一步、下次会前到期的每个节点、成效的区间和解决率在 Excel。"
    )
    return Part("逐项情况", (said, MEASURED), rows, BLOCKS)


def _block(place: int, row: Mapping[Any, Any], held: Meeting, effects: Mapping[Any, Any]) -> dict[str, Any]:
    number = row["matter_id"]
    events = held.events[held.events["matter_id"] == number].sort_values("at")
    latest = "没有记录"
    if len(events):
        one = events.iloc[-1].to_dict()
        latest = f"{short_day(one['at'])}{one['said']}" + (f"：{_short(one['text'])}" if one["text"] else "")
    due = held.parts[held.parts["parent"] == number].sort_values("due_at")
    words = UNKNOWN
    if len(due):
        one = due.iloc[0].to_dict()
        words = f"{one['title']}（{one['unit'] or UNKNOWN}，{short_day(one['due_at'])}到期"
        words += f"{'，已过期' if one['due_at'] < held.end else ''}）" + (f"等 {len(due)} 个" if len(due) > 1 else "")
    return {"place": place, "title": row["title"], "latest": latest, "next": words,
            "effect": _effect(effects.get(number))}  # fmt: skip


def _effect(known: Mapping[str, Any] | None) -> str:
    if known is None:
        return "还没有启动"
    if known["reason"]:
        return f"{UNKNOWN}（{known['reason']}）"
    return f"{known['verdict']}：{relative(known['value'] / 100, 1)}（95% 区间 {known['interval']}）"


def _short(text: str) -> str:
    """The beginning of what somebody wrote."""
    told = text.strip().rstrip("。；")
    return told if len(told) <= LONGEST else f"{told[:LONGEST]}……"


def steps(held: Meeting) -> Part | None:
    """Every step of the month, in the Excel file."""
    places = {row["matter_id"]: place for place, row in _numbered(held)}
    titles = dict(zip(held.items["matter_id"], held.items["title"], strict=True))
    rows = held.events.assign(place=held.events["matter_id"].map(places), title=held.events["matter_id"].map(titles),
                              at=held.events["at"].map(moment))  # fmt: skip
    if rows.empty:
        return None
    rows = rows.sort_values(["place", "at"], kind="stable")[list(STEPS)]
    return Part("本月每一步", (f"本月共 {len(rows):,} 步。",), rows, STEPS, is_annex=True)


def nodes(held: Meeting) -> Part | None:
    """Every milestone that is due before the next meeting, in the Excel file."""
    if held.parts.empty:
        return None
    known = {row["matter_id"]: (place, row["title"]) for place, row in _numbered(held)}
    rows = [(*known[one["parent"]], one["title"], one["unit"] or UNKNOWN, _day(one["due_at"]),
             "已过期" if one["due_at"] < held.end else "未到期")
            for one in held.parts.sort_values("due_at").to_dict("records")]  # fmt: skip
    told = pd.DataFrame(rows, columns=list(PARTS)).sort_values("place", kind="stable")
    said = f"没有完成、下次会前到期的节点共 {len(told):,} 个，其中已过期 {held.late:,} 个。"
    return Part("到期节点", (said,), told, PARTS, is_annex=True)


def effects(asked: Asked, held: Meeting) -> Part:
    known = compared(held.effects)
    if known.empty:
        return Part("成效", ("各项都还没有启动，没有成效可说。",), is_annex=True)
    programme = asked.reader.profile.programme(KIND)
    known = known.merge(held.items[["matter_id", "title", "stage"]], on="matter_id")
    known["what"] = known["stage"].map(programme.is_over).astype(bool).map({True: DONE, False: GOING})
    counts = known[known["reason"] == ""]["verdict"].value_counts()
    words = "、".join(f"{verdict} {many} 项" for verdict, many in counts.items()) or "没有一项可比"
    return Part("成效", (f"与别处同类诉求相比，受理量：{words}。",), known[list(EFFECTS)], COMPARED, is_annex=True)


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
