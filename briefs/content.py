"""What a brief says: its parts in their order, from the same functions as the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pandas as pd

from briefs import hard_cases, parts, portrait, seasonal, topics
from briefs.again import callers, one_matters
from briefs.asked import Asked, NoBrief, Part
from briefs.coming import coming
from briefs.focus import focuses, unknown_of
from briefs.gathering import gatherings
from briefs.parts import alarms, classes, late, matters, outlook, overview, streets
from briefs.rates import course, month_so_far, others, rates
from briefs.scores import livelihood, livelihood_streets
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import NoData, Reader
from data_access.cases.units import WHOLE, Figure
from data_access.district.calendar import course_of, is_in
from data_access.district.people import Actor
from data_access.district.periods import DAY, Period, assessment_day, assessment_month, day_of, shift_months
from questions.topics import months, topic_years
from ui.style.numbers import UNKNOWN, day, moment, name, show, stretch

KINDS = {"day": "日报", "week": "周报", "month": "月报", "season": "季节专报", "free": "专报", "portrait": "画像",
         "hard_case": "攻百难调度材料", "topic": "每月一题会议材料"}  # fmt: skip


Writer = Callable[[Asked], Part | tuple[Part, ...] | None]
REPORT: tuple[Writer, ...] = (
    overview, alarms, rates, others, classes, streets, focuses, late, livelihood, livelihood_streets, matters, outlook,
    coming,
)  # fmt: skip
# What only papers of one kind tell, and after which part.
OWN: dict[str, dict[Writer, tuple[Writer, ...]]] = {
    "week": {classes: (one_matters, callers), streets: (gatherings,)},
    "month": {rates: (course,)},
    "season": {overview: (seasonal.classes, seasonal.companies)},
}
INSTEAD: dict[str, dict[Writer, Writer]] = {"day": {rates: month_so_far}}
NOT_OF: dict[str, frozenset[Writer]] = {
    "day": frozenset({outlook}),
    "season": frozenset({others, focuses}),
}  # a day has it in its next steps, a season its own classes
OF_THE_DISTRICT = frozenset({alarms, streets, others})
PORTRAIT: tuple[Writer, ...] = (
    overview, rates, portrait.handled, portrait.lost, portrait.where_from, late, livelihood, matters, coming,
)  # fmt: skip
# The papers of meetings: their parts, and their figures for setting them side by side.
MEETINGS = {"hard_case": hard_cases.told, "topic": topics.told}


@dataclass(frozen=True)
class Brief:
    """A brief. `title`: as it stands on the paper; `where`: its cases; `notes`: what its figures rest on."""

    kind: str
    title: str
    where: CaseFilter
    as_of: datetime
    version: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...]
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """For its files: its kind, its last day, and whose it is."""
        last = min(self.where.when.end - timedelta(microseconds=1), self.as_of)
        return "_".join([KINDS[self.kind], f"{last:%Y-%m-%d}", *self.where.street, *self.where.unit])


def period_of(reader: Reader, kind: str, on: date, until: date | None = None) -> Period:
    """The days that a brief of a kind is about. `on`: a day within them; `until`: the last day, of a free one.

    日报: the assessment day that closes on `on`; 周报: Monday to Sunday; 月报: the assessment month; 季节专报: the
    season of the profile that `on` lies in; 画像: from `on` to `until`, without it the ninety days that end on `on`;
    攻百难: the calendar month; 每月一题: the year to the last of its months that is over. Raises `NoBrief` where the
    data has no such days.
    """
    clock = reader.profile.settings.clock
    noon = datetime.combine(on, datetime.min.time()) + timedelta(hours=12)
    if kind == "day":
        # The assessment day that closes on `on`: at noon, or at midnight where days are counted so.
        period = assessment_day(datetime.combine(on, datetime.min.time()), clock)
    elif kind == "week":
        monday = day_of(noon) - timedelta(days=on.weekday())
        period = Period(monday, monday + timedelta(weeks=1))
    elif kind == "month":
        period = assessment_month(noon, clock)
    elif kind == "season":
        period = _season(reader, on)
    elif kind == "hard_case":
        month = day_of(noon).replace(day=1)
        period = Period(month, shift_months(month, 1))
    elif kind == "topic":
        period = _months_over(reader, on)
    else:
        last = until or on
        first = on - timedelta(days=portrait.DAYS - 1) if kind == "portrait" and until is None else on
        period = Period(datetime.combine(first, datetime.min.time()), datetime.combine(last, datetime.min.time()) + DAY)
    if not reader.has_data or period.end <= reader.span[0] or period.start > reader.as_of:
        known = f"数据从 {day(reader.span[0])} 到 {moment(reader.as_of)}" if reader.has_data else "还没有数据"
        raise NoBrief(f"{stretch(period.start, period.end)}没有数据：{known}")
    return period


def _months_over(reader: Reader, on: date) -> Period:
    """January to the month of `on`, or to the last before it that is over; in a January, the year before."""
    over = topic_years(reader)
    for year, month in ((on.year, on.month), (on.year - 1, 12)):
        if until := min(over.get(year, 0), month):
            return months(year, until)
    raise NoBrief(f"{on.year}年没有题目（topics.csv），或还没有一个完整的月")


def _season(reader: Reader, on: date) -> Period:
    for season in reader.profile.settings.seasons:
        if is_in(season, on):
            return Period(*course_of(season, on))
    named = "、".join(season.name for season in reader.profile.settings.seasons) or "没有写"
    raise NoBrief(f"{on} 不在任何季节里（区情配置 [[seasons]]：{named}）")


def brief_of(
    reader: Reader, kind: str, period: Period, *, where: CaseFilter | None = None, viewer: Actor | None = None
) -> Brief:
    """The brief of a period. `where`: a street or a unit whose cases alone it is about; `viewer`: whose matters.

    Raises `NoData` without any data, `NoBrief` where there is nothing of the kind to write about.
    """
    if not reader.has_data:
        raise NoData("还没有数据")
    asked = Asked(reader, (where or CaseFilter()).replace(period=period), kind, viewer)
    named, district = "".join((*asked.where.street, *asked.where.unit)), reader.profile.settings.district.name
    # A unit whose name begins with the letter that the district ends with shares it: …区, then 区…
    title = f"{district.removesuffix(named[:1]) if named else district}{named}接诉即办{_called(reader, kind, period)}"
    if kind in MEETINGS:
        if not asked.whole:
            raise NoBrief("会议材料只写全区的")
        made, figures = MEETINGS[kind](asked)
        notes = (*parts.basis(asked), *parts.OF_CHANGES)
        return Brief(kind, title, asked.where, reader.as_of, reader.version, made, notes, figures)
    if kind == "portrait" and len(asked.where.street) + len(asked.where.unit) != 1:
        raise NoBrief("画像写一个街道或一个承办单位的：请选一个")
    told = tuple(part for write in _writers(asked) for part in _each(write(asked)))
    notes = (*parts.notes(asked), *(unknown_of(asked) if asked.in_short else ()))
    return Brief(kind, title, asked.where, reader.as_of, reader.version, told, notes, parts.figures(asked))


def _writers(asked: Asked) -> Iterator[Writer]:
    instead = INSTEAD.get(asked.kind, {})
    own, without = OWN.get(asked.kind, {}), NOT_OF.get(asked.kind, frozenset())
    for write in PORTRAIT if asked.kind == "portrait" else REPORT:
        if write not in without and (asked.whole or write not in OF_THE_DISTRICT):
            yield instead.get(write, write)
            yield from own.get(write, ())


def _each(told: Part | tuple[Part, ...] | None) -> tuple[Part, ...]:
    return told if isinstance(told, tuple) else (told,) if told else ()


def _called(reader: Reader, kind: str, period: Period) -> str:
    if kind != "season":
        return KINDS[kind]
    on = period.start.date()
    return next((season.name + "专报" for season in reader.profile.settings.seasons if is_in(season, on)), KINDS[kind])


def compared(new: Mapping[str, float], old: Mapping[str, float]) -> pd.DataFrame:
    """Two briefs' figures beside each other. Grain: one row per measure, or number of another name, that both have.

    Columns: measure, new, old, difference.
    """
    names = [name for name in new if name in old]
    frame = pd.DataFrame({"measure": names, "new": [new[name] for name in names], "old": [old[name] for name in names]})
    return frame.assign(difference=frame["new"] - frame["old"])


def in_words(figures: pd.DataFrame) -> pd.DataFrame:
    """`compared` as it is read."""
    known = [MEASURES.get(key, Figure(key, WHOLE)) for key in figures["measure"]]
    told = {
        side: [show(value, one) for value, one in zip(figures[side], known, strict=True)] for side in ("new", "old")
    }
    apart = [UNKNOWN if pd.isna(value) else f"{one.unit.difference(value):+,.{one.unit.decimals}f}".replace("-", "−")
             for value, one in zip(figures["difference"], known, strict=True)]  # fmt: skip
    return pd.DataFrame({"measure": [name(one) for one in known], **told, "difference": apart})
