"""Dimensions: what measures are grouped by. Expressions carry no bound parameters, which GROUP BY refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, cast

from data_access.cases.engines import bucket, part, shifted
from data_access.cases.schema import cases
from data_access.district.models import Clock

Expression = Callable[[Clock], ColumnElement[Any]]


@dataclass(frozen=True)
class Dimension:
    """`kind`: text, number, day (a date) or period (the text of a month or assessment period)."""

    name: str
    label: str
    expression: Expression
    kind: str = "text"


def _column(name: str, label: str) -> Dimension:
    return Dimension(name, label, lambda clock: cases.c[name])


def _bucket(unit: str) -> Expression:
    return lambda clock: bucket(unit, cases.c.created_day)


def _part(name: str) -> Expression:
    return lambda clock: part(name, cases.c.created_at)


def _assessment_month(clock: Clock) -> ColumnElement[Any]:
    """The month in which the assessment month closes, as its first day."""
    if clock.assessment_month_start == 1:
        return _bucket("month")(clock)
    opened = bucket("month", shifted(cases.c.created_at, f"-{clock.assessment_month_start - 1} days"))
    return cast(shifted(opened, "1 month"), Date)


def _assessment_day(clock: Clock) -> ColumnElement[Any]:
    """The day on which the assessment day closes: [D-1 noon, D noon) is day D."""
    return cast(shifted(cases.c.created_at, f"{(24 - clock.assessment_day_start) % 24} hours"), Date)


DIMENSIONS = {
    dimension.name: dimension
    for dimension in (
        Dimension("hour", "小时", _part("hour"), "number"),
        Dimension("weekday", "星期", _part("isodow"), "number"),
        Dimension("day", "日", lambda clock: cases.c.created_day, "day"),
        Dimension("week", "周", _bucket("week"), "day"),
        Dimension("month", "月", _bucket("month"), "day"),
        Dimension("year", "年", _part("year"), "number"),
        Dimension("assessment_month", "考核期", _assessment_month, "period"),
        Dimension("assessment_day", "考核日", _assessment_day, "day"),
        _column("source", "来源"),
        _column("channel", "渠道"),
        _column("request_type", "诉求类型"),
        _column("street", "街道"),
        _column("community", "社区"),
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
        Dimension("is_contacted", "是否联系", lambda clock: cases.c.is_contacted, "number"),
        _column("resolution", "解决结果"),
        _column("satisfaction", "满意度"),
        _column("h3_cell", "网格单元"),
    )
}
