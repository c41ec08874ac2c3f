"""What the district has told of by itself (敏感诉求, 涉企诉求): counts by class, and what still needs somebody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pandas as pd

from briefs.asked import Asked, Part
from briefs.parts import PREVIOUS, SMALL, THAN
from briefs.words import change_words, counted
from data_access.cases.filters import CaseFilter, status_label
from data_access.cases.measures import MEASURES
from data_access.district.focus import Focus, focuses_at
from data_access.district.vocabulary import HOTLINE, RESOLUTIONS
from ui.style.numbers import UNKNOWN, show

RATE = "resolution_rate"
NEEDING = ("open", "unresolved", "dissatisfied")
MOST, ON_PAPER, IN_SHORT = 200, 8, 5  # cases listed in the Excel file, on paper, on that of a day
CLASSES = {"current": "本期（件）", "base": "上期（件）", "change": "增减（件）", "sure": "判断", "rate": "解决率"}
LISTED = {"case_id": "编号", "created": "受理", "street": "街道", "category3": "三级分类", "unit": "承办单位",
          "due": "截止", "stands": "情况"}  # fmt: skip


def focuses(asked: Asked) -> tuple[Part, ...]:
    """Each [[focus]] of the profile that is in force on the period's first day."""
    told = focuses_at(asked.reader.profile.settings.focus, asked.where.when.start.date())
    return tuple(part for one in told for part in _told(asked, one))


def cases_of(asked: Asked, focus: Focus) -> CaseFilter:
    """The cases that a focus is about."""
    return asked.where.replace(source=(HOTLINE,), **focus.parts)


def _told(asked: Asked, focus: Focus) -> tuple[Part, ...]:
    reader, where = asked.reader, cases_of(asked, focus)
    volume = reader.changes(["volume"], where, PREVIOUS)["volume"]
    said = [f"{focus.name}（{'、'.join(sum(focus.parts.values(), ()))}）{volume.current:,.0f} 件，"
            f"{change_words(volume, THAN[PREVIOUS])}。"]  # fmt: skip
    said += [f"来源不知道的：{focus.unknown.rstrip('。')}。"] if focus.unknown and not asked.in_short else []
    if not volume.current:
        return (Part(focus.name, tuple(said)),)
    rows = classes_of(asked, where, "category3" if len(focus.category2) == 1 else "category2")
    whole = Part(focus.name, tuple(said), rows, CLASSES)
    if not focus.listed:
        return (whole,)
    left = needing(asked, focus)
    if not asked.in_short:
        return (whole, left)
    known = rows[rows["current"] > 0]
    each = f"其中{counted(known, rows.columns[0], 'current', most=len(known))}。" if len(known) > 1 else ""
    one = replace(left, heading=focus.name, sentences=(said[0] + each, *left.sentences))
    return (one, replace(whole, heading=f"{focus.name}：各类", is_annex=True))


def unknown_of(asked: Asked) -> list[str]:
    """What the source does not tell of each, as a note."""
    told = focuses_at(asked.reader.profile.settings.focus, asked.where.when.start.date())
    return [f"{one.name}：{one.unknown.rstrip('。')}。" for one in told if one.unknown]


def classes_of(asked: Asked, where: CaseFilter, by: str, kind: str = PREVIOUS) -> pd.DataFrame:
    """The classes with their counts now and before, and their rate where enough were called back. Columns: `by`,
    CLASSES."""
    reader = asked.reader
    every = asked.where.replace(source=where.source)
    # Among all classes, as 诉求类别 compares them: one class has one verdict in a paper.
    is_part = by == "category2" and where == every.replace(category2=where.category2)
    moved = reader.compare_groups("volume", by, every if is_part else where, kind)
    moved = moved[moved[by].isin(where.category2)] if is_part and len(moved) else moved
    rates = reader.aggregate(["volume", RATE, "valid_callbacks"], [by], where, order_by="volume")
    if moved.empty:
        moved = rates.rename(columns={"volume": "current"}).assign(
            base=float("nan"), change=float("nan"), is_sure=False
        )
    least = reader.profile.scoring_at(where.when.start.date()).small_sample
    shown = {row[by]: show(row[RATE], MEASURES[RATE]) if row["valid_callbacks"] >= least else SMALL
             for row in rates.to_dict("records")}  # fmt: skip
    words = [UNKNOWN if pd.isna(change) else "不能确定" if not sure else "上升" if change > 0 else "下降"
             for change, sure in zip(moved["change"], moved["is_sure"], strict=True)]  # fmt: skip
    told = moved.assign(sure=words, rate=[shown.get(name, UNKNOWN) for name in moved[by]])
    return told.sort_values("current", ascending=False)[[by, *CLASSES]]


def needing(asked: Asked, focus: Focus) -> Part:
    """Those that are open, or were called back and not solved or not satisfied, the nearest deadline first. Without the
    words of any: whoever may read them opens the case by its number."""
    reader, heading, printed = asked.reader, f"{focus.name}：还要有人管的", IN_SHORT if asked.in_short else ON_PAPER
    where = cases_of(asked, focus).replace(status=NEEDING)
    many, rows = reader.count(where), pd.DataFrame()
    what = "、".join(map(status_label, NEEDING))
    if many and reader.sight.cases:
        most = min(MOST, reader.sight.exports)
        rows = reader.list_cases(where, sort="due_at", descending=False, page_size=most) if most else rows
    said = f"{what}的 {many:,} 件" if many else f"没有{what}的件"
    more = f"，逐件列在 Excel 里，这里是期限最早的 {printed} 件" if len(rows) > printed else ""
    said += f"{more}；原文和办理经过凭编号在案件库看。" if len(rows) else "。"
    if rows.empty:
        return Part(heading, (said, *(["逐件的清单您的身份看不到。"] if many else [])))
    told = pd.DataFrame({
        "case_id": rows["case_id"], "created": rows["created_at"].map("{:%m-%d %H:%M}".format),
        "street": rows["street"], "category3": rows["category3"], "unit": rows["unit"],
        "due": [UNKNOWN if pd.isna(due) else f"{due:%m-%d %H:%M}" for due in rows["due_at"]],
        "stands": [_stands(row, reader.as_of) for row in rows.to_dict("records")],
    })  # fmt: skip
    return Part(heading, (said,), told, LISTED, paper=told.head(printed))


def _stands(row: Mapping[Any, Any], now: datetime) -> str:
    """How a case stands, in words."""
    if row["is_closed"] == 1:
        solved = RESOLUTIONS.get(str(row["resolution"]), str(row["resolution"]))
        return "，".join(filter(None, ("已办结", solved, str(row["satisfaction"]))))
    due = row["due_at"]
    return "逾期未办结" if not pd.isna(due) and due < now else "未办结"
