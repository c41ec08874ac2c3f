"""Dimensions: what measures are grouped by. Expressions carry no bound parameters, which GROUP BY refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, case, cast, literal_column

from data_access.cases.engines import among_days, bucket, looked_up, part, quoted, shifted
from data_access.cases.schema import cases
from data_access.district.names import Named
from data_access.district.profile import Profile
from data_access.district.worktime import FIRST_YEAR, LAST_YEAR, is_working_day, shifts

WORKDAY, WEEKEND, HOLIDAY = "工作日", "周末", "节假日"
Expression = Callable[[Profile], ColumnElement[Any]]


@dataclass(frozen=True)
class Dimension:
    """`kind`: text, number, day (a date) or period (the text of a month or assessment period)."""

    name: str
    label: str
    expression: Expression
    kind: str = "text"


def _column(name: str, label: str) -> Dimension:
    return Dimension(name, label, lambda profile: cases.c[name])


def _bucket(unit: str) -> Expression:
    return lambda profile: bucket(unit, cases.c.created_day)


def _half_year(profile: Profile) -> ColumnElement[Any]:
    """The first day of the half-year in which the day lies."""
    day, first = cases.c.created_day, bucket("year", cases.c.created_day)
    return case((part("month", day) > literal_column("6"), cast(shifted(first, "6 months"), Date)), else_=first)


def _part(name: str) -> Expression:
    return lambda profile: part(name, cases.c.created_at)


def _assessment_month(profile: Profile) -> ColumnElement[Any]:
    """The month in which the assessment month closes, as its first day."""
    clock = profile.settings.clock
    if clock.assessment_month_start == 1:
        return _bucket("month")(profile)
    opened = bucket("month", shifted(cases.c.created_at, f"-{clock.assessment_month_start - 1} days"))
    return cast(shifted(opened, "1 month"), Date)


def _assessment_day(profile: Profile) -> ColumnElement[Any]:
    """The day on which the assessment day closes: [D-1 noon, D noon) is day D."""
    return cast(shifted(cases.c.created_at, f"{(24 - profile.settings.clock.assessment_day_start) % 24} hours"), Date)


def kind_of(day: date) -> str:
    """As `kind_of_day`, of one day."""
    return WORKDAY if is_working_day(day) else WEEKEND if day.weekday() >= 5 else HOLIDAY


def kind_of_day() -> ColumnElement[Any]:
    """A working day, a weekend, or a day off on a weekday. Days that are not what their weekday says are written out:
    there are thirty a year."""
    worked, off = shifts(FIRST_YEAR, LAST_YEAR)
    day = cases.c.created_day
    return case(
        (among_days(day, off), literal_column(f"'{HOLIDAY}'")),
        (among_days(day, worked), literal_column(f"'{WORKDAY}'")),
        (part("isodow", day) > literal_column("5"), literal_column(f"'{WEEKEND}'")),
        else_=literal_column(f"'{WORKDAY}'"),
    )


def _hour_band(profile: Profile) -> ColumnElement[Any]:
    """The profile's stretch of the day; the last one runs over midnight."""
    hour, bands = part("hour", cases.c.created_at), profile.settings.clock.hour_bands
    begun: list[Any] = [
        (hour >= literal_column(str(band.start)), literal_column(quoted(band.name))) for band in reversed(bands)
    ]
    return case(*begun, else_=literal_column(quoted(bands[-1].name)))


def _district(profile: Profile) -> ColumnElement[Any]:
    """The district in which the street lies, as the profile says; '' for a street that it does not list."""
    return looked_up(cases.c.street, profile.district_of)


_DIMENSIONS = {
    dimension.name: dimension
    for dimension in (
        Dimension("hour", "小时", _part("hour"), "number"),
        Dimension("weekday", "星期", _part("isodow"), "number"),
        Dimension("hour_band", "时段（一天中）", _hour_band),
        Dimension("kind_of_day", "工作日与节假日", lambda profile: kind_of_day()),
        Dimension("day", "日", lambda profile: cases.c.created_day, "day"),
        Dimension("week", "周", _bucket("week"), "day"),
        Dimension("month", "月", _bucket("month"), "day"),
        Dimension("quarter", "季度", _bucket("quarter"), "day"),
        Dimension("half", "半年", _half_year, "day"),
        Dimension("year", "年", _part("year"), "number"),
        Dimension("assessment_month", "考核期", _assessment_month, "period"),
        Dimension("assessment_day", "考核日", _assessment_day, "day"),
        _column("source", "来源"),
        _column("channel", "渠道"),
        _column("request_type", "诉求类型"),
        Dimension("district", "区", _district),
        _column("street", "街道"),
        _column("community", "社区"),
        _column("address", "地址"),
        _column("category1", "一级分类"),
        _column("category2", "二级分类"),
        _column("category3", "三级分类"),
        _column("dimension", "七有五性"),
        _column("unit", "承办单位"),
        _column("unit_type", "单位类别"),
        _column("urgency", "时限类别"),
        _column("status", "状态"),
        _column("crowd", "人群"),
        _column("industry", "行业"),
        Dimension("is_contacted", "是否联系", lambda profile: cases.c.is_contacted, "number"),
        _column("excluded_reason", "剔除原因"),
        _column("resolution", "解决结果"),
        _column("satisfaction", "满意度"),
        Dimension("is_group", "是否群体诉求", lambda profile: cases.c.is_group, "number"),
        Dimension("is_excluded", "是否剔除", lambda profile: cases.c.is_excluded, "number"),
        Dimension("is_repeat", "是否重复诉求", lambda profile: cases.c.is_repeat, "number"),
        Dimension("is_whistled", "是否吹哨", lambda profile: cases.c.is_whistled, "number"),
        Dimension("rework_count", "返工次数", lambda profile: cases.c.rework_count, "number"),
        _column("h3_cell", "网格单元"),
    )
}
DIMENSIONS = Named("维度", _DIMENSIONS, lambda dimension: dimension.label)


def dimensions_of(profile: Profile) -> dict[str, Dimension]:
    """What a district's cases may be told by: by district only where there are several."""
    return {name: one for name, one in DIMENSIONS.items() if name != "district" or profile.several}
