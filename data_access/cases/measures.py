"""Measures: each figure of the product, defined once, as a numerator and a denominator over `cases`.

Because both parts are sums, any grouping adds up: the rate of a month is the sum of its days'
numerators over the sum of their denominators. The page 指标口径 is generated from here. Names follow
GB/T 30428's usage for the grid and the three-rate assessment (三率) for the hotline; weights and
grade values are not publicly known and come from the profile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Float, and_, case, cast, distinct, func, literal, true

from data_access.cases.engines import quantile
from data_access.cases.filters import STATUSES
from data_access.cases.schema import cases
from data_access.cases.units import CASES, HOURS, PEOPLE, PER_10K, POINTS, SHARE, Unit
from data_access.district.models import Scoring
from data_access.district.profile import Profile
from data_access.district.vocabulary import GRID


@dataclass(frozen=True)
class Basis:
    """What a figure depends on beside the cases: the data's clock and the district's rules."""

    as_of: datetime
    profile: Profile


Part = Callable[[Basis], ColumnElement[Any]]


@dataclass(frozen=True)
class Measure:
    """One figure.

    Rates come as 0..1, scores as 0..100 (`unit`). `better`: up, down or ''.
    `unknown`: why the figure can be missing, for the screen. `is_snapshot`: tells the state at as_of,
    so an earlier period has no comparable value. `of_total`: divided by the sum over all groups. `population`: divided
    by residents. Both divisors are found outside the statement.
    """

    name: str
    label: str
    unit: Unit
    better: str
    definition: str
    numerator: Part
    denominator: Part | None = None
    calibre: str = ""
    unknown: str = ""
    is_snapshot: bool = False
    of_total: bool = False
    population: bool = False

    @property
    def is_count(self) -> bool:
        """Whether the figure is 0 where there are no cases; a rate of no cases is unknown instead."""
        return not self.is_ratio and self.unit.is_count

    @property
    def changes_absolutely(self) -> bool:
        """Whether a change is a difference (of rates in points, of times in hours); a count's change is in percent."""
        return self.is_ratio or not self.unit.is_relative

    @property
    def is_ratio(self) -> bool:
        return self.denominator is not None or self.of_total or self.population


def _count(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _status(name: str) -> Part:
    return lambda basis: _count(STATUSES[name][1](basis.as_of))


def _all(basis: Basis) -> ColumnElement[Any]:
    return func.count()


def _due(basis: Basis) -> ColumnElement[Any]:
    """应结案: has a deadline, and is closed or past it."""
    return _count(and_(cases.c.has_deadline == 1, (cases.c.is_closed == 1) | (cases.c.due_at < basis.as_of)))


def _settled(basis: Basis) -> ColumnElement[Any]:
    return _count(and_(cases.c.has_deadline == 1, cases.c.is_closed == 1))


def _on_time(basis: Basis) -> ColumnElement[Any]:
    return _count(and_(cases.c.has_deadline == 1, cases.c.is_closed == 1, cases.c.is_late == 0))


def _reported(basis: Basis) -> ColumnElement[Any]:
    """上报: every grid case."""
    return _count(cases.c.source == GRID)


def _filed(basis: Basis) -> ColumnElement[Any]:
    """立案: the grid's dispatched_at is its filing time; a hotline order's is the dispatch."""
    return _count(and_(cases.c.source == GRID, cases.c.dispatched_at.is_not(None)))


def _self_handled(basis: Basis) -> ColumnElement[Any]:
    """自行处置, by the channels that the profile names."""
    return _count(and_(cases.c.source == GRID, cases.c.channel.in_(basis.profile.settings.grid.self_handled)))


def _tells_self_handled(basis: Basis) -> ColumnElement[Any]:
    """Every grid case, or none where the profile names no channel: unknown is not zero."""
    return _reported(basis) if basis.profile.settings.grid.self_handled else literal(0)


def _by_validity(profile: Profile, value: Callable[[Scoring], ColumnElement[Any]]) -> ColumnElement[Any]:
    """`value` under the scoring rules in force on the day each case came in."""
    scorings = sorted(profile.settings.scoring, key=lambda scoring: scoring.valid_from, reverse=True)
    later = [(cases.c.created_day >= scoring.valid_from, value(scoring)) for scoring in scorings[:-1]]
    return case(*later, else_=value(scorings[-1])) if later else value(scorings[-1])


def _contacted(scoring: Scoring) -> ColumnElement[Any]:
    return cast(cases.c.is_contacted, Float)


def _resolved(scoring: Scoring) -> ColumnElement[Any]:
    return case({"yes": 1.0, "partly": scoring.partly_resolved}, value=cases.c.resolution, else_=0.0)


def _satisfied(scoring: Scoring) -> ColumnElement[Any]:
    return case(scoring.grades, value=cases.c.satisfaction, else_=0.0)


def _score(scoring: Scoring) -> ColumnElement[Any]:
    """A case's share of the composite score. The formula is linear, so a group's score is the mean of these shares."""
    share: ColumnElement[Any] = scoring.composite(_contacted(scoring), _resolved(scoring), _satisfied(scoring))
    return share


def _called_back(excluded: bool) -> ColumnElement[bool]:
    valid = cases.c.is_valid_callback == 1
    return valid if excluded else and_(valid, cases.c.is_excluded == 0)


def _callback_measure(
    name: str, label: str, unit: Unit, definition: str, value: Callable[[Scoring], ColumnElement[Any]]
) -> tuple[Measure, Measure]:
    """The same rate in its two calibres: 不含剔除 (ranking) and 含剔除 (headline)."""

    def in_calibre(suffix: str, calibre: str, excluded: bool) -> Measure:
        def numerator(basis: Basis) -> ColumnElement[Any]:
            counted = case((_called_back(excluded), _by_validity(basis.profile, value)), else_=literal(0.0))
            return func.coalesce(func.sum(cast(counted, Float)), 0.0)

        return Measure(
            name + suffix,
            label,
            unit,
            "up",
            definition,
            numerator,
            lambda basis: _count(_called_back(excluded)),
            calibre,
            "没有有效回访，无从计算",
        )

    return in_calibre("", "不含剔除", False), in_calibre("_all", "含剔除", True)


def _callback_count(name: str, label: str, definition: str, counted: ColumnElement[bool]) -> tuple[Measure, Measure]:
    """The number of valid callbacks that said something, in both calibres."""

    def in_calibre(suffix: str, calibre: str, excluded: bool) -> Measure:
        def numerator(basis: Basis) -> ColumnElement[Any]:
            return _count(and_(_called_back(excluded), counted))

        return Measure(name + suffix, label, CASES, "", definition, numerator, calibre=calibre)

    return in_calibre("", "不含剔除", False), in_calibre("_all", "含剔除", True)


def _quantile(share: float) -> Part:
    hours = cast(cases.c.handling_seconds, Float) / 3600.0
    return lambda basis: quantile(share, hours)


_NO_CALLER = "来源没有提供诉求人标识"
_SUMMED = (
    Measure("volume", "受理量", CASES, "", "受理时间在所选时段内的诉求与案件数，作废的不计", _all),
    Measure("share", "占比", SHARE, "", "本组受理量 ÷ 所选范围的受理总量", _all, of_total=True),
    Measure("closed", "已办结", CASES, "", "已经办结的件数", _status("closed")),
    Measure("open", "未办结", CASES, "down", "截至数据时间尚未办结的件数", _status("open"), is_snapshot=True),
    Measure(
        "overdue_open",
        "逾期未办结",
        CASES,
        "down",
        "截至数据时间已过截止时间而尚未办结的件数",
        _status("overdue_open"),
        is_snapshot=True,
    ),
    Measure(
        "overdue", "逾期", CASES, "down", "办结晚于截止时间的件数，加上已过截止时间尚未办结的件数", _status("overdue")
    ),
    Measure(
        "on_time_rate",
        "按期办结率",
        SHARE,
        "up",
        "按期办结数 ÷ 应办结数；应办结＝有截止时间，且已办结或已过截止时间。网格称按期结案率",
        _on_time,
        _due,
        unknown="来源没有截止时间或逾期标记",
    ),
    Measure(
        "closing_rate", "办结率", SHARE, "up", "已办结数 ÷ 受理量", _status("closed"), _all, unknown="所选范围没有件"
    ),
    Measure(
        "settled_rate",
        "结案率",
        SHARE,
        "up",
        "应办结中已办结的件数 ÷ 应办结数（网格口径：结案 ÷ 应结案）；应办结＝有截止时间，且已办结或已过截止时间",
        _settled,
        _due,
        unknown="来源没有截止时间或逾期标记",
    ),
    Measure(
        "filed_rate",
        "立案率",
        SHARE,
        "",
        "有立案时间的网格案件 ÷ 上报的网格案件，热线诉求不计",
        _filed,
        _reported,
        unknown="所选范围没有网格案件",
    ),
    Measure(
        "self_handled_share",
        "自行处置占比",
        SHARE,
        "",
        "监督员自行处置的网格案件（按配置的问题来源认定）÷ 上报的网格案件，热线诉求不计",
        _self_handled,
        _tells_self_handled,
        unknown="所选范围没有网格案件，或没有配置哪些来源是自行处置",
    ),
    Measure(
        "median_hours",
        "办理时长中位数",
        HOURS,
        "down",
        "已办结件自受理至办结所用小时数的中位数",
        _quantile(0.5),
        unknown="没有办结时间，无从计算",
    ),
    Measure(
        "p90_hours",
        "办理时长P90",
        HOURS,
        "down",
        "九成已办结件在这个小时数以内办完",
        _quantile(0.9),
        unknown="没有办结时间，无从计算",
    ),
    Measure(
        "repeat_share",
        "重复诉求占比",
        SHARE,
        "down",
        "同一诉求人同一二级分类在规定天数内再次提出的件数 ÷ 有诉求人标识的件数",
        _status("repeat"),
        lambda basis: _count(cases.c.caller_key != ""),
        unknown=_NO_CALLER,
    ),
    Measure(
        "callers",
        "诉求人数",
        PEOPLE,
        "",
        "不同诉求人标识的个数；各组之和可大于合计",
        lambda basis: func.nullif(func.count(distinct(case((cases.c.caller_key != "", cases.c.caller_key)))), 0),
        unknown=_NO_CALLER,
    ),
    Measure(
        "rework_rate",
        "返工率",
        SHARE,
        "down",
        "返工过的件数 ÷ 已办结件数",
        lambda basis: _count(and_(cases.c.rework_count > 0, cases.c.is_closed == 1)),
        _status("closed"),
        unknown="没有办结的件",
    ),
    Measure(
        "per_10k",
        "万人诉求量",
        PER_10K,
        "down",
        "受理量 ÷ 常住人口（万人，人口普查）",
        _all,
        unknown="缺少该范围的常住人口",
        population=True,
    ),
)
MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        *_SUMMED,
        *_callback_count("valid_callbacks", "有效回访量", "回访有效的件数，三率的分母", true()),
        *_callback_count("contacted", "已联系", "有效回访中承办单位已联系诉求人的件数", cases.c.is_contacted == 1),
        *_callback_count("resolved", "解决", "有效回访中答复已解决的件数", cases.c.resolution == "yes"),
        *_callback_count("partly_resolved", "部分解决", "有效回访中答复部分解决的件数", cases.c.resolution == "partly"),
        *_callback_count(
            "satisfied", "满意", "有效回访中答复非常满意或满意的件数", cases.c.satisfaction.in_(("非常满意", "满意"))
        ),
        *_callback_count(
            "basically_satisfied", "基本满意", "有效回访中答复基本满意的件数", cases.c.satisfaction == "基本满意"
        ),
        *_callback_measure("response_rate", "响应率", SHARE, "已联系数 ÷ 有效回访数", _contacted),
        *_callback_measure(
            "resolution_rate", "解决率", SHARE, "（解决数＋部分解决数×配置的折算值）÷ 有效回访数", _resolved
        ),
        *_callback_measure(
            "satisfaction_rate", "满意率", SHARE, "各档满意度按配置的折算值求和 ÷ 有效回访数", _satisfied
        ),
        *_callback_measure("composite", "综合成绩", POINTS, "100 ×（响应率、解决率、满意率按配置的权重加权）", _score),
    )
}
