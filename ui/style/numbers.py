"""Figures as people here write them. Unknown is a dash, never a zero."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

import pandas as pd

from data_access.cases.measures import NOT_REACHED, Measure
from data_access.district.periods import Period

UNKNOWN = "—"


def _is_unknown(value: float | None) -> bool:
    return value is None or math.isnan(value)


def show(value: float | None, measure: Measure, digits: int | None = None) -> str:
    """A measure's value with its unit where the unit is part of the figure; `digits`: decimals of a percent."""
    if value is None or _is_unknown(value):
        return UNKNOWN
    if math.isinf(value):
        return NOT_REACHED
    return measure.unit.write(value, digits if measure.unit.is_share else None)


def show_change(change: float, measure: Measure) -> str:
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


def show_difference(change: float, measure: Measure) -> str:
    """One figure less another, short enough for a map: rates in percentage points, all without their unit."""
    if _is_unknown(change):
        return UNKNOWN
    digits = 0 if measure.is_count else measure.unit.decimals
    return f"{measure.unit.difference(change):+,.{digits}f}".replace("-", "−")


def signed(points: float, digits: int = 2) -> str:
    """A difference of scores, with its sign."""
    return UNKNOWN if _is_unknown(points) else f"{points:+.{digits}f}".replace("-", "−")


def band(best: Any, worst: Any) -> str:
    """The places that something could take: 1–6."""
    if pd.isna(best) or pd.isna(worst):
        return UNKNOWN
    return f"{best:.0f}" if best == worst else f"{best:.0f}–{worst:.0f}"


def is_good(change: float, measure: Measure) -> bool | None:
    """Whether the change is welcome; None where neither direction is, or nothing changed."""
    if _is_unknown(change) or not measure.better or change == 0:
        return None
    return (change > 0) == (measure.better == "up")


def with_unit(measure: Measure) -> str:
    """The label with its calibre and the unit of its figures, for a heading or an axis."""
    return f"{name(measure)}（{measure.unit}）"


def name(measure: Measure) -> str:
    """The label with its calibre, so that two figures are never taken for one."""
    return f"{measure.label}（{measure.calibre}）" if measure.calibre else measure.label


def short_day(moment: date) -> str:
    return f"{moment.month}月{moment.day}日"


def day(moment: date) -> str:
    return f"{moment.year}年{moment.month}月{moment.day}日"


def moment(when: datetime) -> str:
    return f"{day(when)} {when:%H:%M}"


def until_now(period: Period, now: datetime) -> str:
    """A period as far as the data knows it: one that is not over yet ends "now"."""
    if period.end <= now:
        return stretch(period.start, period.end)
    return f"{day(period.start)}至今"


def last_day_note(period: Period, now: datetime) -> str:
    """A reminder that the newest day is not over: its low figure is no fall."""
    ends_today = period.start <= now < period.end and 0 < now.hour < 23
    return f"{short_day(now)}只到 {now:%H:%M}，未满一日" if ends_today else ""


def stretch(start: datetime, end: datetime) -> str:
    """A half-open period as its first and last moments: whole days without times."""
    if start.time() == end.time() == datetime.min.time():
        last = date.fromordinal(end.toordinal() - 1)
        return day(start) if last == start.date() else f"{day(start)}至{day(last)}"
    return f"{moment(start)}至{moment(end)}"
