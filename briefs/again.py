"""What is reported again and again: one matter by several people (一事多诉), one kind of matter by one caller."""

from __future__ import annotations

import math
from datetime import timedelta

import pandas as pd

from briefs.asked import Asked, Part
from briefs.parts import PREVIOUS, THAN
from briefs.words import change_words, figure_words
from data_access.cases.filters import CaseFilter
from data_access.cases.repeats import repeated
from data_access.district.vocabulary import HOTLINE
from questions.one_matter import Gathering, OneMatter, one_matter
from ui.style.numbers import UNKNOWN, day

MATTERS = {"kind": "哪一种", "street": "街道", "place": "地点", "what": "分类", "cases": "件数", "callers": "来电人",
           "usual": "那里该有（件/周）", "unit": "承办最多的单位"}  # fmt: skip
CALLERS = {"street": "街道", "community": "社区", "category2": "二级分类", "cases": "{}天内（件）",
           "within": "本期（件）", "open": "未办结（件）", "first": "始于", "newest": "最近",
           "unit": "承办最多的单位"}  # fmt: skip
MORE, SAME = "比平常多", "说同一件事"
MOST, ON_PAPER, LEAST = 200, 8, 3  # rows in the Excel file, on paper; cases of a caller, where the profile says none


def found_by(asked: Asked) -> OneMatter:
    """What the page 一事多诉 found at the end of the period: of the seven days up to it."""
    reader, last = asked.reader, asked.where.when.end - timedelta(microseconds=1)
    return one_matter(reader.seen_at(last) if last < reader.as_of else reader)


def one_matters(asked: Asked) -> Part | None:
    """一事多诉 of the seven days that end with the brief's."""
    if not asked.whole and not asked.where.street:
        return None
    found = found_by(asked)
    if not found.reports:
        return None
    ours = [[one for one in some if not asked.where.street or one.street in asked.where.street]
            for some in (found.gatherings, found.matters)]  # fmt: skip
    places, matters = ours
    days = f"{day(found.period.start)}至{day(found.period.end - timedelta(days=1))}"
    said = f"{days}，比平常多的同一处同一类 {len(places):,} 处"
    said += f"；可能说同一件事的 {len(matters):,} 组，共 {sum(one.cases for one in matters):,} 件，合并前请看原文。"
    rows = [_row(kind, one) for kind, some in ((MORE, places), (SAME, matters)) for one in some]
    if not rows:
        return Part("一事多诉", (said,))
    least = asked.reader.profile.settings.watch.least_together
    how = f"比平常多：列出的平均不到 5% 是偶然；说同一件事：同一地点、{least} 人以上"
    how += "、文字相近。" if found.limit is not None else "、同一个三级分类，没有诉求文字可比。"
    frame = pd.DataFrame(rows[:MOST])[list(MATTERS)]
    return Part("一事多诉", (said, how), frame, MATTERS, paper=frame.head(ON_PAPER))


def _row(kind: str, one: Gathering) -> dict[str, object]:
    """A row of the table. The place is the community: a paper goes further than the page that has the address."""
    return {"kind": kind, "street": one.street or UNKNOWN, "place": one.community or "社区未填写", "what": one.what,
            "cases": one.cases, "callers": one.callers, "unit": one.unit or UNKNOWN,
            "usual": UNKNOWN if math.isnan(one.usual) else f"{one.usual:.1f}"}  # fmt: skip


def repeats_of(asked: Asked) -> tuple[pd.DataFrame, int, int]:
    """The callers who came again, the least number of their cases, and the days these lie in."""
    profile = asked.reader.profile
    least = next((sign.least for sign in profile.programmes.priority if sign.rule == "repeats"), LEAST)
    days = profile.settings.clock.repeat_window_days
    return repeated(asked.reader, _hotline(asked), least, days), least, days


def _hotline(asked: Asked) -> CaseFilter:
    return asked.where.replace(source=(HOTLINE,))


def callers(asked: Asked) -> Part | None:
    """同一诉求人: who brought the same kind of matter again; nobody is named."""
    share = asked.reader.changes(["repeat_share"], _hotline(asked), PREVIOUS)["repeat_share"]
    if share.current != share.current:
        return None
    said = [f"热线{figure_words(share)}，{change_words(share, THAN[PREVIOUS])}。"]
    rows, least, days = repeats_of(asked)
    if not asked.reader.sight.cases:
        return Part("同一诉求人", (*said, "逐人的清单您的身份看不到。"))
    if rows.empty:
        return Part("同一诉求人", (*said, f"没有人 {days} 天内同一类来电 {least} 次以上、本期又来。"))
    said += [
        f"{days} 天内同一类来电 {least} 次以上、本期又来的有 {len(rows):,} 组（一人一类为一组），"
        f"共 {rows['cases'].sum():,.0f} 件，其中未办结 {rows['open'].sum():,.0f} 件；不写姓名、号码和地址。"
    ]
    told = rows.head(MOST).assign(**{name: rows[name].head(MOST).map("{:%Y-%m-%d}".format) for name in
                                     ("first", "newest")})[list(CALLERS)]  # fmt: skip
    heads = {name: words.format(days) for name, words in CALLERS.items()}
    return Part("同一诉求人", tuple(said), told, heads, paper=told.head(ON_PAPER))
