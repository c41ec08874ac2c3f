"""The paper of a season (供暖季): its own classes by what, where and whom; its companies beside each other."""

from __future__ import annotations

from datetime import date, timedelta

from briefs.asked import Asked, Part
from briefs.focus import CLASSES, classes_of
from briefs.parts import THAN, YOY
from briefs.rates import league_part, standing_words
from briefs.words import change_words, counted, figure_words
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.district.calendar import course_of, is_in
from data_access.district.models import Season
from data_access.district.periods import Period
from data_access.district.vocabulary import HOTLINE
from questions.league import league_of
from ui.drawing import charts
from ui.style.numbers import stretch
from ui.style.theme import LIGHT

COMPANY = "企业"
MOST, AFTER = 6, timedelta(days=30)  # third classes in the picture; how long after a season its end is told of
TOLD = ("volume", "response_rate", "resolution_rate", "satisfaction_rate")


def season_of(asked: Asked) -> Season | None:
    """The season that the brief is about, where the profile names its classes."""
    on = asked.where.when.start.date()
    return next((one for one in asked.reader.profile.settings.seasons if one.category2 and is_in(one, on)), None)


def cases_of(asked: Asked, season: Season) -> CaseFilter:
    """The season's own cases."""
    return asked.where.replace(source=(HOTLINE,), category2=season.category2)


def classes(asked: Asked) -> Part | None:
    """How many, with what rates beside the season before; of which third classes; how many out of season."""
    season = season_of(asked)
    if season is None:
        return None
    reader, where = asked.reader, cases_of(asked, season)
    now, heading = reader.changes(TOLD, where, YOY), f"{'、'.join(season.category2)}诉求"
    if not now["volume"].current:
        return Part(heading, ("本期没有这类诉求。", *_outside(asked, season)))
    said = ["；".join(f"{figure_words(now[key])}，{change_words(now[key], THAN[YOY])}" for key in TOLD) + "。"]
    top = reader.aggregate(["volume"], ["category3"], where, order_by="volume", limit=MOST)
    said += [f"最多的是{counted(top, 'category3', 'volume')}。", *_outside(asked, season)]
    drawn = charts.bars(top, "category3", MEASURES["volume"], colours=LIGHT)
    rows = classes_of(asked, where, "category3", YOY)
    return Part(heading, tuple(said), rows, CLASSES | {"base": "上年同期（件）"}, drawn, f"{heading}最多的 {MOST} 类")


def _outside(asked: Asked, season: Season) -> list[str]:
    """The same classes between the season before and this one, and after this one, as far as the data goes."""
    reader, course = asked.reader, asked.where.when
    _, ended = course_of(season, date(course.start.year - 1, *season.first_day))
    said = []
    for words, period in (("此前", Period(ended, course.start)), ("此后", Period(course.end, course.end + AFTER))):
        known = period.until(reader.as_of)
        if known.end > known.start and reader.covers(period):
            cases = reader.count(cases_of(asked, season).replace(period=period))
            said.append(f"{words}不在{season.name}的 {stretch(known.start, known.end)}{cases:,.0f} 件。")
    return said


def companies(asked: Asked) -> Part | None:
    """The companies that handle the season's classes beside each other, by the league's rules."""
    season = season_of(asked)
    if season is None or asked.where.unit:
        return None
    where, heading = cases_of(asked, season), f"{'、'.join(season.category2)}承办企业"
    table = league_of(asked.reader, where, COMPANY)
    every = asked.reader.aggregate(["volume"], ["unit_type"], where, order_by="volume")
    by = "、".join(f"{kind or '未填写'} {volume:,.0f} 件" for kind, volume in
                  zip(every["unit_type"], every["volume"], strict=True))  # fmt: skip
    unknown = "来源没有供热等企业的一列，按承办单位算；街道、部门承办的分不到企业，"
    unknown += "各企业管多少户也不知道，件数多少不比好坏。"
    said = [f"按承办单位：{by}。"] if len(every) else []
    if table.units.empty:
        return Part(heading, (*said, "没有企业承办的。", unknown))
    return league_part(heading, (*said, standing_words(table, COMPANY), unknown), table, COMPANY)
