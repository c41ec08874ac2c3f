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

from sqlalchemy import ColumnElement, Integer, and_, case, cast, distinct, func, literal, null, true

from data_access.cases.callbacks import (
    Answer,
    called_back,
    count_of,
    graded,
    number_of,
    number_of_shares,
    resolution,
    response,
    satisfaction,
    sum_of,
    sum_of_shares,
    unread_answer,
)
from data_access.cases.filters import STATUSES, is_due
from data_access.cases.schema import cases
from data_access.cases.units import CASES, HOURS, PEOPLE, PER_10K, POINTS, SHARE, Unit
from data_access.district.names import Named
from data_access.district.profile import Profile
from data_access.district.vocabulary import GRID, HOTLINE, UNREAD


@dataclass(frozen=True)
class Basis:
    """What a figure depends on beside the cases: the data's clock and the district's rules."""

    as_of: datetime
    profile: Profile
    tells_ends: bool = True  # whether any case is closed, or has a status that says it is not


Part = Callable[[Basis], ColumnElement[Any]]
OfCallbacks = Callable[[bool, Profile], ColumnElement[Any]]  # with the excluded ones?, the district's rules
CALLED_BACK = ("callback_at",)
NOT_REACHED = "尚未达到"


@dataclass(frozen=True)
class Measure:
    """One figure.

    Rates come as 0..1, scores as 0..100 (`unit`). `better`: up, down or ''.
    `unknown`: why the figure can be missing, for the screen. `is_snapshot`: tells the state at as_of,
    so an earlier period has no comparable value. `of_total`: divided by the sum over all groups. `population`: divided
    by residents. Both divisors are found outside the statement. `of_source`: tells of this source's cases only.
    `quantile`: of the handling times of all cases, those still open as well (data_access.cases.durations), which is
    found outside the statement too.

    `dated_by`: the columns that tell since when a case has counted as it does, so that an earlier state can be had
    back; empty where it counts from the moment it comes in, None where no column tells.
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
    of_source: str = ""
    quantile: float | None = None
    dated_by: tuple[str, ...] | None = ()

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


def _status(name: str) -> Part:
    return lambda basis: count_of(STATUSES[name][1](basis.as_of))


def _nothing() -> ColumnElement[Any]:
    """Unknown, of all cases of a group together: as an aggregate, or there would be a row for each."""
    return func.max(cast(null(), Integer))


def _ends(name: str) -> Part:
    """As `_status`; unknown where the store tells of no case whether it is closed."""
    return lambda basis: _status(name)(basis) if basis.tells_ends else _nothing()


def _overdue(name: str) -> Part:
    """As `_status`; unknown where no case has a deadline: without one none is known to be in time."""
    dated = case((func.coalesce(func.sum(case((cases.c.has_deadline != 0, 1), else_=0)), 1) > 0, 1))
    return lambda basis: _ends(name)(basis) * dated if basis.tells_ends else _nothing()


def _all(basis: Basis) -> ColumnElement[Any]:
    return func.count()


def _due(basis: Basis) -> ColumnElement[Any]:
    """应结案: how many."""
    return count_of(is_due(basis.as_of))


def _settled(basis: Basis) -> ColumnElement[Any]:
    return count_of(and_(is_due(basis.as_of), cases.c.is_closed == 1))


def _on_time(basis: Basis) -> ColumnElement[Any]:
    return count_of(and_(is_due(basis.as_of), cases.c.is_closed == 1, cases.c.is_late == 0))


def _tells_closed(basis: Basis) -> ColumnElement[Any]:
    return count_of(cases.c.is_closed != UNREAD) if basis.tells_ends else literal(0)


def _reported(basis: Basis) -> ColumnElement[Any]:
    """上报: every grid case."""
    return count_of(cases.c.source == GRID)


def _filed(basis: Basis) -> ColumnElement[Any]:
    """立案: the grid's dispatched_at is its filing time; a hotline order's is the dispatch."""
    return count_of(and_(cases.c.source == GRID, cases.c.dispatched_at.is_not(None)))


def _self_handled(basis: Basis) -> ColumnElement[Any]:
    """自行处置, by the channels that the profile names."""
    return count_of(and_(cases.c.source == GRID, cases.c.channel.in_(basis.profile.settings.grid.self_handled)))


def _tells_self_handled(basis: Basis) -> ColumnElement[Any]:
    """Every grid case, or none where the profile names no channel: unknown is not zero."""
    return _reported(basis) if basis.profile.settings.grid.self_handled else literal(0)


def _callback_measure(
    name: str, label: str, unit: Unit, definition: str, numerator: OfCallbacks, denominator: OfCallbacks
) -> tuple[Measure, Measure]:
    """The same figure in its two calibres: 不含剔除 (ranking) and 含剔除 (headline)."""

    def in_calibre(suffix: str, calibre: str, excluded: bool) -> Measure:
        return Measure(
            name + suffix,
            label,
            unit,
            "up",
            definition,
            lambda basis: numerator(excluded, basis.profile),
            lambda basis: denominator(excluded, basis.profile),
            calibre,
            "没有有效回访，或答复的用词都未识别（见数据质量），无从计算",
            dated_by=CALLED_BACK,
        )

    return in_calibre("", "不含剔除", False), in_calibre("_all", "含剔除", True)


def _rate(name: str, label: str, definition: str, answer: Answer) -> tuple[Measure, Measure]:
    return _callback_measure(
        name,
        label,
        SHARE,
        definition,
        lambda excluded, profile: sum_of(answer, excluded, profile),
        lambda excluded, profile: number_of(answer, excluded, profile),
    )


def _callback_count(
    name: str, label: str, definition: str, counted: Callable[[Basis], ColumnElement[bool]]
) -> tuple[Measure, Measure]:
    """The number of valid callbacks that said something, in both calibres."""

    def in_calibre(suffix: str, calibre: str, excluded: bool) -> Measure:
        def numerator(basis: Basis) -> ColumnElement[Any]:
            return count_of(and_(called_back(excluded), counted(basis)))

        return Measure(name + suffix, label, CASES, "", definition, numerator, calibre=calibre, dated_by=CALLED_BACK)

    return in_calibre("", "不含剔除", False), in_calibre("_all", "含剔除", True)


def _called_back_share() -> tuple[Measure, Measure]:
    """How many of the orders were called back: the three rates of young orders are those of the quick ones."""

    def in_calibre(suffix: str, calibre: str, excluded: bool) -> Measure:
        counted = cases.c.source == HOTLINE if excluded else and_(cases.c.source == HOTLINE, cases.c.is_excluded == 0)
        return Measure(
            "called_back_share" + suffix,
            "已回访占比",
            SHARE,
            "",
            "有效回访数 ÷ 热线受理量；先回访的多是办得快的，占比低时三率偏高",
            lambda basis: count_of(and_(counted, cases.c.is_valid_callback == 1)),
            lambda basis: count_of(counted),
            calibre,
            "所选范围没有热线诉求",
            dated_by=CALLED_BACK,
        )

    return in_calibre("", "不含剔除", False), in_calibre("_all", "含剔除", True)


def _hours(name: str, label: str, share: float, words: str) -> Measure:
    return Measure(
        name,
        label,
        HOURS,
        "down",
        f"受理后过多少小时，{words}的件已经办结；在办的件也算在内（Kaplan–Meier），不到这个比例时尚未达到",
        _status("closed"),
        unknown=f"{NOT_REACHED}：办结的还不到{words}，或没有办结时间",
        quantile=share,
        dated_by=("closed_at",),
    )


def _says(column: str, *words: str | int) -> Callable[[Basis], ColumnElement[bool]]:
    return lambda basis: cases.c[column].in_(words)


_ANSWERED = "有效回访数（用词未识别的答复不计；留空的按配置，默认计入）"
_NO_CALLER = "来源没有提供诉求人标识"
_NO_ENDS = "来源没有办结的信息"
_NO_DEADLINES = "来源没有截止时间"
_SUMMED = (
    Measure("volume", "受理量", CASES, "", "受理时间在所选时段内的诉求与案件数，作废的不计", _all),
    Measure("share", "占比", SHARE, "", "本组受理量 ÷ 所选范围的受理总量", _all, of_total=True),
    Measure("closed", "已办结", CASES, "", "已经办结的件数",
            _ends("closed"), unknown=_NO_ENDS, dated_by=("closed_at",)),
    Measure("open", "未办结", CASES, "down", "截至数据时间尚未办结的件数",
            _ends("open"), unknown=_NO_ENDS, is_snapshot=True),
    Measure("overdue_open", "逾期未办结", CASES, "down", "截至数据时间已过截止时间而尚未办结的件数",
            _overdue("overdue_open"), unknown=_NO_DEADLINES, is_snapshot=True),
    Measure("overdue", "逾期", CASES, "down", "办结晚于截止时间的件数，加上已过截止时间尚未办结的件数",
            _overdue("overdue"), unknown=_NO_DEADLINES, dated_by=("due_at", "closed_at")),
    Measure(
        "on_time_rate",
        "按期办结率",
        SHARE,
        "up",
        "按期办结数 ÷ 应办结数；应办结＝截止时间已过的件，提前办结的也到截止时才计入。网格称按期结案率",
        _on_time,
        _due,
        unknown="截止时间都还没到，或来源没有截止时间",
        dated_by=("due_at",),
    ),
    Measure(
        "closing_rate",
        "办结率",
        SHARE,
        "up",
        "已办结数 ÷ 受理量，办结与否的用词未识别的件不计",
        _status("closed"),
        _tells_closed,
        unknown="所选范围没有件，或来源没有办结的信息",
        dated_by=("closed_at",),
    ),
    Measure(
        "settled_rate",
        "结案率",
        SHARE,
        "up",
        "应办结中已办结的件数 ÷ 应办结数（网格口径：结案 ÷ 应结案）；应办结＝截止时间已过的件",
        _settled,
        _due,
        unknown="截止时间都还没到，或来源没有截止时间",
        dated_by=("due_at", "closed_at"),
    ),
    Measure("filed_rate", "立案率", SHARE, "", "有立案时间的网格案件 ÷ 上报的网格案件，热线诉求不计",
            _filed, _reported, unknown="所选范围没有网格案件", dated_by=("dispatched_at",)),
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
    _hours("median_hours", "办理时长中位数", 0.5, "一半"),
    _hours("p90_hours", "办理时长P90", 0.9, "九成"),
    Measure(
        "repeat_share",
        "重复诉求占比",
        SHARE,
        "down",
        "同一诉求人同一二级分类在规定天数内再次提出的件数 ÷ 有诉求人标识的件数",
        _status("repeat"),
        lambda basis: count_of(cases.c.caller_key != ""),
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
    Measure("rework_rate", "返工率", SHARE, "down", "返工过的件数 ÷ 已办结件数",
            lambda basis: count_of(and_(cases.c.rework_count > 0, cases.c.is_closed == 1)),
            _status("closed"), unknown="没有办结的件", dated_by=None),
    Measure(
        "per_10k",
        "万人诉求量",
        PER_10K,
        "down",
        "所选时段内的热线诉求数 ÷ 常住人口（万人，人口普查），不折算成全年；网格案件不是居民诉求，不计",
        lambda basis: count_of(cases.c.source == HOTLINE),
        calibre="时段合计",
        unknown="缺少该范围的常住人口，或所选范围没有热线诉求",
        population=True,
        of_source=HOTLINE,
    ),
    Measure(
        "grid_per_10k",
        "万人网格案件量",
        PER_10K,
        "",
        "所选时段内的网格案件数 ÷ 常住人口（万人，人口普查），不折算成全年；多由监督员巡查发现，巡查多则案件多",
        _reported,
        calibre="时段合计",
        unknown="缺少该范围的常住人口，或所选范围没有网格案件",
        population=True,
        of_source=GRID,
    ),
)  # fmt: skip
BUILT_IN: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        *_SUMMED,
        *_callback_count("valid_callbacks", "有效回访量", "回访有效的件数", lambda basis: true()),
        *_callback_count(
            "unread_callbacks",
            "答复未识别",
            "有效回访中有答复的用词未识别的件数；未识别的答复不计入那一项率的分子和分母",
            lambda basis: unread_answer(basis.profile),
        ),
        *_callback_count("contacted", "已联系", "有效回访中承办单位已联系诉求人的件数", _says("is_contacted", 1)),
        *_callback_count("resolved", "解决", "有效回访中答复已解决的件数", _says("resolution", "yes")),
        *_callback_count("partly_resolved", "部分解决", "有效回访中答复部分解决的件数", _says("resolution", "partly")),
        *_callback_count(
            "satisfied",
            "满意",
            "有效回访中答复按配置计全分的件数（非常满意、满意）",
            lambda basis: graded(basis.profile, lambda worth: worth >= 1),
        ),
        *_callback_count(
            "basically_satisfied",
            "基本满意",
            "有效回访中答复按配置计部分分的件数（基本满意）",
            lambda basis: graded(basis.profile, lambda worth: 0 < worth < 1),
        ),
        *_rate("response_rate", "响应率", f"已联系数 ÷ {_ANSWERED}", response),
        *_rate("resolution_rate", "解决率", f"（解决数＋部分解决数×配置的折算值）÷ {_ANSWERED}", resolution),
        *_rate("satisfaction_rate", "满意率", f"各档满意度按配置的折算值求和 ÷ {_ANSWERED}", satisfaction),
        *_callback_measure(
            "composite",
            "综合成绩",
            POINTS,
            "100 ×（响应率、解决率、满意率按配置的权重加权）；三率有一项未知，成绩就未知",
            sum_of_shares,
            number_of_shares,
        ),
        *_called_back_share(),
    )
}
# With the district's own, once a reader of it was opened (data_access.cases.own).
MEASURES = Named("指标", BUILT_IN, lambda measure: measure.label)
