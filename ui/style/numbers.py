"""Figures as people here write them. Unknown is a dash, never a zero."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

import pandas as pd

from data_access.cases.measures import NOT_REACHED
from data_access.cases.units import Shown
from data_access.district.periods import Period, day_of

UNKNOWN = "—"


def _is_unknown(value: float | None) -> bool:
    return value is None or math.isnan(value)


def show(value: float | None, measure: Shown, digits: int | None = None) -> str:
    """A measure's value with its unit where the unit is part of the figure; `digits`: decimals of a percent."""
    if value is None or _is_unknown(value):
        return UNKNOWN
    if math.isinf(value):
        return NOT_REACHED
    return measure.unit.write(value, digits if measure.unit.is_share else None)


def show_change(change: float, measure: Shown) -> str:
    """A comparison's change: counts relative, rates in percentage points, the rest in their unit."""
    if _is_unknown(change):
        return UNKNOWN
    if not measure.changes_absolutely:
        return _sign(change, 3) + f"{abs(change):.1%}"
    size = measure.unit.difference(change)
    written = f"{abs(size):,.{measure.unit.decimals}f} {measure.unit.of_differences}"
    return _sign(size, measure.unit.decimals) + written


def _sign(change: float, decimals: int) -> str:
    """Of a change as it is written: what rounds to nothing has none."""
    rounded = round(change, decimals)
    return "+" if rounded > 0 else "−" if rounded < 0 else ""


def show_difference(change: float, measure: Shown) -> str:
    """One figure less another, short enough for a map: rates in percentage points, all without their unit."""
    if _is_unknown(change):
        return UNKNOWN
    digits = 0 if measure.is_count else measure.unit.decimals
    return f"{measure.unit.difference(change):+,.{digits}f}".replace("-", "−")


def relative(change: float, digits: int = 0) -> str:
    """A relative change with its sign: 0.08 -> "+8%"; what rounds to nothing has none."""
    return UNKNOWN if _is_unknown(change) else _sign(change, digits + 2) + f"{abs(change):.{digits}%}"


def signed(points: float, digits: int = 2) -> str:
    """A difference of scores, with its sign."""
    return UNKNOWN if _is_unknown(points) else f"{points:+.{digits}f}".replace("-", "−")


def band(best: Any, worst: Any) -> str:
    """The places that something could take: 1–6."""
    if pd.isna(best) or pd.isna(worst):
        return UNKNOWN
    return f"{best:.0f}" if best == worst else f"{best:.0f}–{worst:.0f}"


def is_good(change: float, measure: Shown) -> bool | None:
    """Whether the change is welcome; None where neither direction is, or nothing changed."""
    if _is_unknown(change) or not measure.better or change == 0:
        return None
    return (change > 0) == (measure.better == "up")


def with_unit(measure: Shown, scope: str = "") -> str:
    """The label with its calibre and the unit of its figures, for a heading or an axis."""
    return name(measure, scope) + (f"（{measure.unit}）" if str(measure.unit) else "")


# Of which cases a state of now is told: those that a page's period brought in, or all there are.
OF_PERIOD, OF_ALL = "本期受理", "全部在办"


def name(measure: Shown, scope: str = "") -> str:
    """The label with its calibre and scope (of which cases), so that two figures are never taken for one."""
    about = "，".join(filter(None, (scope, measure.calibre)))
    return f"{measure.label}（{about}）" if about else measure.label


def short_day(moment: date) -> str:
    return f"{moment.month}月{moment.day}日"


def day(moment: date) -> str:
    return f"{moment.year}年{moment.month}月{moment.day}日"


def moment(when: datetime) -> str:
    return f"{day(when)} {when:%H:%M}"


def until_now(period: Period, now: datetime) -> str:
    """A period as far as the data knows it: one that is not over yet ends "now"."""
    if period.end <= now or period.start > now:
        return stretch(period.start, period.end)
    # An assessment day begins at noon: without the hour its figures would be taken for those of the whole day.
    begins = day(period.start) if period.start == day_of(period.start) else moment(period.start)
    return f"{begins}至今"


def lasted(seconds: float) -> str:
    """A time that passed, in the two largest units that say something: 11天9小时, 5小时20分, 12分.

    The one way in which screens, walls and messages write how long something took or is late; a measure's hours (a
    median) are a figure, with its unit in its label."""
    minutes = int(max(seconds, 0) // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days:,}天" + (f"{hours}小时" if hours else "")
    return (f"{hours}小时" if hours else "") + (f"{rest}分" if rest or not hours else "")


OVERDUE = "逾期"  # how the words for a deadline that is over begin


def time_left(due: datetime | None, now: datetime) -> str:
    """What is left until a deadline, or by how much it is over; '' without one."""
    if due is None or pd.isna(due):
        return ""
    away = (due - now).total_seconds()
    return f"剩 {lasted(away)}" if away >= 0 else f"{OVERDUE} {lasted(-away)}"


BUCKETS = {"day": "日", "week": "周", "month": "月"}


def partial_note(partial: pd.Series, time: str, now: datetime) -> str:
    """What the dashed ends of a course mean; '' where all buckets are whole. `partial`: by bucket of `time`."""
    return f"虚线和浅点：未满一{BUCKETS[time]}（数据到 {moment(now)}），不是升降" if partial.any() else ""


def stretch(start: datetime, end: datetime) -> str:
    """A half-open period as its first and last moments: whole days without times."""
    if start.time() == end.time() == datetime.min.time():
        last = date.fromordinal(end.toordinal() - 1)
        return day(start) if last == start.date() else f"{day(start)}至{day(last)}"
    return f"{moment(start)}至{moment(end)}"
