"""Periods by the data's clock, whose now is the newest case: presets, assessment months, comparison periods.

Source of the assessment clock: the profile ([clock]); the default follows domain practice (19th to 18th, noon).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

import pandas as pd

from data_access.district.festivals import lunar_new_year, new_year_near, unequal_days
from data_access.district.models import Clock
from data_access.district.names import Named, UnknownName, nearest

BEIJING = timezone(timedelta(hours=8))
DAY = timedelta(days=1)


def beijing_now() -> datetime:
    """The wall clock as the store writes times: naive, Beijing time, whatever zone the server keeps."""
    return datetime.now(BEIJING).replace(tzinfo=None)


@dataclass(frozen=True)
class Period:
    """Half-open stretch of naive Beijing time: start <= t < end. A date counts as the day's start."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            given = getattr(self, name)
            if not isinstance(given, datetime):
                object.__setattr__(self, name, _start_of(given))

    def until(self, as_of: datetime) -> Period:
        """The part that the data can know: nothing later than `as_of`."""
        return Period(self.start, max(self.start, min(self.end, as_of + timedelta(microseconds=1))))


def _start_of(day: object) -> datetime:
    """A date as the moment at which it begins; raises TypeError for what is none."""
    if isinstance(day, date):
        return datetime(day.year, day.month, day.day)
    raise TypeError(f"时段的两端要写 datetime 或 date，写的是 {type(day).__name__}：{day!r}")


def day_of(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


# How long the stretches are that time is told by.
DAYS_OF = {"day": 1, "week": 7}
MONTHS_OF = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def after(start: datetime, unit: str, many: int = 1) -> datetime:
    """The moment so many days, weeks, months, quarters, half-years or years later."""
    return start + many * DAYS_OF[unit] * DAY if unit in DAYS_OF else shift_months(start, many * MONTHS_OF[unit])


def shift_months(moment: datetime, months: int) -> datetime:
    """The same day and time `months` later, or the month's last day where it has no such day."""
    return (pd.Timestamp(moment) + pd.DateOffset(months=months)).to_pydatetime()


def _months(start: datetime, months: int = 1) -> Period:
    return Period(start, shift_months(start, months))


def assessment_month(as_of: datetime, clock: Clock) -> Period:
    """The assessment month (考核期) that `as_of` lies in."""
    start = day_of(as_of).replace(day=clock.assessment_month_start)
    return _months(start if start <= as_of else shift_months(start, -1))


def assessment_day(as_of: datetime, clock: Clock) -> Period:
    """The assessment day (default noon to noon) that `as_of` lies in."""
    start = day_of(as_of) + timedelta(hours=clock.assessment_day_start)
    start = start if start <= as_of else start - timedelta(days=1)
    return Period(start, start + timedelta(days=1))


FIRSTS = (1,)  # days of the month on which a run of whole months may begin
LONGEST_BY_WEEKDAY = 92  # days; of a longer stretch every weekday's share is the same whatever day it begins on
YEAR_OF_WEEKS = timedelta(days=364)


def _firsts(clock: Clock | None) -> tuple[int, ...]:
    return (*FIRSTS, clock.assessment_month_start) if clock else FIRSTS


def _whole_months(period: Period, firsts: Collection[int] = FIRSTS) -> int:
    """How many calendar or assessment months the period spans exactly; 0 when it is no run of whole months.

    近30天 from 31 March to 29 April ends where a month would, and is none.
    """
    if period.start.day not in firsts or period.start != day_of(period.start):
        return 0
    months = (period.end.year - period.start.year) * 12 + period.end.month - period.start.month
    return months if months and shift_months(period.start, months) == period.end else 0


def _moved(period: Period, months: int, firsts: Collection[int] = FIRSTS) -> Period:
    """The period `months` later: whole months stay whole months, other stretches keep their length."""
    start, whole = shift_months(period.start, months), _whole_months(period, firsts)
    return Period(start, shift_months(start, whole) if whole else start + (period.end - period.start))


def _later(period: Period, by: timedelta) -> Period:
    return Period(period.start + by, period.end + by)


def previous(period: Period, clock: Clock | None = None) -> Period:
    """The period of the same length just before (环比); whole months follow as many whole months."""
    if months := _whole_months(period, _firsts(clock)):
        return _moved(period, -months, _firsts(clock))
    return Period(period.start - (period.end - period.start), period.start)


def same_period_last_year(period: Period, clock: Clock | None = None) -> Period:
    """The same dates a year earlier (同比); where the clock aligns weekdays, days and weeks move by 52 weeks."""
    is_short = period.end - period.start <= timedelta(days=LONGEST_BY_WEEKDAY)
    if clock and clock.yoy == "weekday" and is_short and not _whole_months(period, _firsts(clock)):
        return _later(period, -YEAR_OF_WEEKS)
    return _moved(period, -12, _firsts(clock))


def previous_assessment(period: Period, clock: Clock | None = None) -> Period:
    """The same days of the assessment month before (上一考核期)."""
    return _moved(period, -1, _firsts(clock))


def same_days_from_new_year(period: Period, clock: Clock | None = None) -> Period:
    """The stretch that lay as far from the lunar new year a year earlier; by dates where no new year is near."""
    day = new_year_near(period)
    if day is None:
        return same_period_last_year(period, clock)
    before = lunar_new_year(day.year - 1)
    return _later(period, before - day) if before else same_period_last_year(period, clock)


SHIFTS: dict[str, Callable[[Period, Clock | None], Period]] = {
    "yoy": same_period_last_year,
    "previous": previous,
    "assessment": previous_assessment,
    "lunar": same_days_from_new_year,
}
SHIFT_LABELS = {"yoy": "同比", "previous": "环比", "assessment": "较上一考核期", "lunar": "春节对齐同比"}


def aligned(period: Period, kind: str, as_of: datetime, clock: Clock | None = None) -> tuple[Period, Period]:
    """The part of `period` that is over at `as_of`, and its comparison period cut to the same elapsed time.

    Half a month set against a whole one would look like a fall. Where the comparison period is the shorter one (30 days
    of March against February), both are cut to its length. Whole months that are over keep their own lengths.
    """
    if kind not in SHIFTS:
        raise UnknownName("比较", kind, nearest(kind, SHIFT_LABELS))
    current, base = period.until(as_of), SHIFTS[kind](period, clock)
    if current.end >= period.end:
        return current, base
    elapsed = min(current.end - current.start, base.end - base.start)
    return Period(current.start, current.start + elapsed), Period(base.start, base.start + elapsed)


@dataclass(frozen=True)
class Comparison:
    """Two stretches that are set against each other.

    `current`: of the chosen period what is over, and no more of it than the other has. `moment`: when the cases of
    `base` were as old as those of `current` are now; None where both are settled, and the newest state tells all.
    """

    kind: str
    current: Period
    base: Period
    moment: datetime | None

    @property
    def days(self) -> tuple[float, float]:
        """The lengths of both."""
        return (self.current.end - self.current.start) / DAY, (self.base.end - self.base.start) / DAY

    @property
    def length(self) -> float:
        """How much longer the current stretch is: a count of the base times this is one of as many days."""
        now, then = self.days
        return now / then if then else 1.0

    @property
    def is_per_day(self) -> bool:
        """Whether the stretches differ in length, so that counts are compared per day."""
        return abs(self.length - 1) > 1e-9

    @property
    def weeks(self) -> timedelta | None:
        """How much earlier the base lies where that is a run of weeks, so that weekdays stand on weekdays."""
        apart = self.current.start - self.base.start
        return apart if apart % timedelta(days=7) == timedelta(0) else None

    def by_weekdays(self, weights: Sequence[float]) -> float:
        """How many times as much the current stretch would have as the base of as many days, for its weekdays alone.

        `weights`: what a Monday, a Tuesday … usually has.
        """
        now, then = (_weight(stretch, weights) for stretch in (self.current, self.base))
        return now / (then * self.length) if now and then else 1.0

    @property
    def unequal(self) -> list[str]:
        """What of the calendar the two do not have in common, in words."""
        return unequal_days(self.current, self.base)


def _weight(stretch: Period, weights: Sequence[float]) -> float:
    """The days of a stretch, each as much as its weekday usually has; a day that is not whole by its part."""
    day, total = day_of(stretch.start), 0.0
    while day < stretch.end:
        part = (min(stretch.end, day + DAY) - max(stretch.start, day)) / DAY
        total += part * weights[day.weekday()]
        day += DAY
    return total


def comparison(period: Period, kind: str, as_of: datetime, clock: Clock) -> Comparison:
    """What a period is compared with, and as of when (同比, 环比, 较上一考核期, 按春节对齐)."""
    current, base = aligned(period, kind, as_of, clock)
    age = as_of - current.end
    return Comparison(kind, current, base, None if age >= timedelta(days=clock.settled_after_days) else base.end + age)


_PRESETS = {
    "today": "今天",
    "yesterday": "昨天",
    "assessment_day": "本考核日",
    "last7": "近7天",
    "last30": "近30天",
    "last90": "近90天",
    "last365": "近一年",
    "month": "本月",
    "last_month": "上月",
    "assessment": "本考核期",
    "last_assessment": "上一考核期",
    "quarter": "本季度",
    "year": "本年",
    "last_year": "上年",
    "all": "全部",
}
PRESETS = Named("时段", _PRESETS, str)


def preset(name: str, as_of: datetime, clock: Clock, first: datetime | None = None) -> Period:
    """The named period by the data's clock; `first` is the oldest case's time, for 'all'. Raises `UnknownName`."""
    today = day_of(as_of)
    tomorrow, month = today + timedelta(days=1), today.replace(day=1)
    makers: dict[str, Callable[[], Period]] = {
        "today": lambda: Period(today, tomorrow),
        "yesterday": lambda: Period(today - timedelta(days=1), today),
        "assessment_day": lambda: assessment_day(as_of, clock),
        "last7": lambda: Period(today - timedelta(days=6), tomorrow),
        "last30": lambda: Period(today - timedelta(days=29), tomorrow),
        "last90": lambda: Period(today - timedelta(days=89), tomorrow),
        "last365": lambda: Period(today - timedelta(days=364), tomorrow),
        "month": lambda: _months(month),
        "last_month": lambda: Period(shift_months(month, -1), month),
        "assessment": lambda: assessment_month(as_of, clock),
        "last_assessment": lambda: previous(assessment_month(as_of, clock), clock),
        "quarter": lambda: _months(month.replace(month=(month.month - 1) // 3 * 3 + 1), 3),
        "year": lambda: _months(month.replace(month=1), 12),
        "last_year": lambda: previous(_months(month.replace(month=1), 12)),
        "all": lambda: Period(day_of(first or as_of), tomorrow),
    }
    if name not in makers:
        raise UnknownName("时段", name, nearest(name, PRESETS))
    return makers[name]()


@dataclass(frozen=True)
class Windows:
    """Whole days before a matter's opening and after its end; `after` is shorter where the data ends sooner."""

    before: Period
    after: Period

    @property
    def days(self) -> tuple[int, int]:
        return tuple((window.end - window.start).days for window in (self.before, self.after))  # type: ignore[return-value]


def windows(opened_at: datetime, ended_at: datetime | None, days: int, last: datetime) -> Windows | None:
    """The `days` before the opening day and after the day of the end (after the opening day while the matter is open).

    `last`: the data's newest time; its day is not over and is left out. None while no whole day has passed.
    """
    opening, today = day_of(opened_at), day_of(last)
    after = day_of(ended_at or opened_at) + DAY
    end = min(after + days * DAY, today)
    if end <= after:
        return None
    return Windows(Period(opening - days * DAY, opening), Period(after, end))


@dataclass(frozen=True)
class Course:
    """The whole days before a matter's opening that count as history, and those after its end."""

    history: Period
    after: Period


def course(
    opened_at: datetime, ended_at: datetime | None, days: int, gap: int, span: tuple[datetime, datetime]
) -> Course | None:
    """History from the data's first whole day to `gap` days before the opening day; `days` days after the end.

    `ended_at`: None while the matter is open, and its opening counts. `span`: the data's oldest and newest time. None
    while no whole day after has passed. A history that ends before it begins has no days.
    """
    stretch = windows(opened_at, ended_at, days, span[1])
    if stretch is None:
        return None
    begins, ends = day_of(span[0]) + DAY, stretch.before.end - gap * DAY
    return Course(Period(begins, max(begins, ends)), stretch.after)


def whole_months(first: datetime, last: datetime) -> Period | None:
    """The whole months from `first` to `last`, as one period; None where there is none.

    The month of `first` counts when that is its first day, at whatever hour; the month of `last` is not over.
    """
    begins, ends = (day_of(moment).replace(day=1) for moment in (first, last))
    if first.day > 1:  # a month that began before the data is not whole
        begins = shift_months(begins, 1)
    return Period(begins, ends) if begins < ends else None
