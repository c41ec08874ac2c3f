"""Hotline × grid (网格融合): had the grid found what a caller reports, before the call (未诉先办)?

An order and a grid case are one problem when their classes are of one family (bridge.csv of the profile), the grid
case lies in the order's H3 cell or in one of the rings around it, and its time within the window before or after the
order's ([fusion] and [grid] in district.toml). No public source defines any of this: 默认口径，可配置.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import h3
import numpy as np
import pandas as pd
from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    column,
    func,
    or_,
    select,
    true,
)

from data_access.cases import small
from data_access.cases.cache import cached
from data_access.cases.callbacks import answer_of, resolution
from data_access.cases.engines import bucket, days_later, listed, most_frequent, once, shifted
from data_access.cases.filters import STATUSES, CaseFilter, conditions
from data_access.cases.measures import Basis, Measure
from data_access.cases.reader import Reader
from data_access.cases.schema import cases
from data_access.cases.units import CASES, SHARE
from data_access.district.periods import Period
from data_access.district.profile import Profile
from data_access.district.vocabulary import GRID, HOTLINE

BY = ("family", "street")
POINT_COLUMNS = (
    "h3_cell", "street", "community", "address", "family", "orders", "unresolved_rate", "unresolved_rate__num",
    "unresolved_rate__den", "newest", "last_seen", "lon", "lat",
)  # fmt: skip
JUDGED = ("first", "later", "never", "pending")  # outcomes that first_rate counts
UNSEEN_DEFINITION = (
    "时段内同一网格单元的同类诉求达到规定件数，或回访中未解决的占比达到规定值（含剔除，回访须达到规定件数），"
    "而自其中最近一件受理前规定天数起至数据时间，该单元及相邻单元没有同类网格案件；"
    "按未解决件数、诉求件数、最近受理时间排序。默认口径，可配置"
)


def _ended(*outcomes: str) -> Callable[[Basis], ColumnElement[Any]]:
    """The number of orders with one of these outcomes; of all orders where none is named."""
    ended = column("outcome").in_(outcomes) if outcomes else true()
    return lambda basis: func.coalesce(func.sum(case((ended, 1), else_=0)), 0)


# Figures about orders, not about cases: counted over `_outcomes`, so only `matched` can ask them.
MATCHED: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure(
            "orders", "同类诉求", CASES, "", "分类在对应关系表中的热线诉求，作废的不计；等于以下六项之和", _ended()
        ),
        Measure(
            "first",
            "网格先发现",
            CASES,
            "up",
            "受理前规定天数内，网格已在同一或相邻单元立有同类案件的诉求；因诉求而立的网格案件不算",
            _ended("first"),
        ),
        Measure("later", "网格后发现", CASES, "", "这样的网格案件在受理后规定天数内才有的诉求", _ended("later")),
        Measure(
            "never", "网格未发现", CASES, "down", "受理前、后规定天数内都没有这样的网格案件的诉求", _ended("never")
        ),
        Measure("pending", "未满天数", CASES, "", "尚未发现，而网格数据还没到受理后规定天数的诉求", _ended("pending")),
        Measure("uncovered", "网格未覆盖", CASES, "", "受理前规定天数超出网格数据起止的诉求", _ended("uncovered")),
        Measure("no_place", "没有点位", CASES, "", "来源没有给出坐标的诉求", _ended("no_place")),
        Measure(
            "first_rate",
            "未诉先办率",
            SHARE,
            "up",
            "网格先发现的诉求 ÷ 有点位、受理前规定天数有网格数据的诉求。默认口径，可配置",
            _ended("first"),
            _ended(*JUDGED),
            unknown="没有可判定的诉求，或网格数据没有坐标",
        ),
    )
}
MATCHED_COLUMNS = tuple(
    name + part for name, measure in MATCHED.items() for part in (("", "__num", "__den") if measure.is_ratio else ("",))
)


def matched(reader: Reader, where: CaseFilter, by: Sequence[str] = ("family",)) -> pd.DataFrame:
    """What the grid knew of the hotline orders in `where`. Grain: one row per combination of `by` that has orders.

    `by`: any of BY; none gives the total. Columns: `by` and MATCHED_COLUMNS (件; first_rate 0..1, NaN = unknown),
    ordered by `by`. Only hotline orders are counted, whatever `where.source` says.
    """
    if set(by) - set(BY):
        raise ValueError(f"by may name {BY}, not {tuple(by)}")
    return _matched(reader, where, tuple(by))


@cached
def _matched(reader: Reader, where: CaseFilter, by: tuple[str, ...]) -> pd.DataFrame:
    if not _can_match(reader):
        return pd.DataFrame(columns=[*by, *MATCHED_COLUMNS])
    basis, outcomes = Basis(reader.as_of, reader.profile, reader.tells_ends), _outcomes(reader, where)
    parts = {
        name + ("__num" if measure.is_ratio else ""): measure.numerator(basis) for name, measure in MATCHED.items()
    }
    parts |= {f"{name}__den": measure.denominator(basis) for name, measure in MATCHED.items() if measure.denominator}
    keys = [outcomes.c[name] for name in by]
    statement = select(*keys, *(part.label(name) for name, part in parts.items())).select_from(outcomes)
    frame = reader.exact.read(statement.group_by(*keys).order_by(*keys)).astype(dict.fromkeys(parts, "float64"))
    frame = small.rounded(reader, frame, list(parts), "orders", where=where, by=by)
    frame["first_rate"] = _share(frame, "first_rate")
    return frame[[*by, *MATCHED_COLUMNS]]


def unseen_points(reader: Reader, where: CaseFilter, *, limit: int | None = 100) -> pd.DataFrame:
    """The patrol list: see UNSEEN_DEFINITION. Grain: one row per H3 cell and family, the most pressing first.

    Columns POINT_COLUMNS: street, community and address are the most frequent of the point's orders ('' unknown),
    orders (件), unresolved_rate of the callbacks (0..1), newest order, last_seen (newest grid case there, NaT = none),
    lon and lat of the cell's centre (WGS-84).
    """
    return _unseen(reader, where, limit)


@cached
def _unseen(reader: Reader, where: CaseFilter, limit: int | None) -> pd.DataFrame:
    if not _can_match(reader):
        return pd.DataFrame(columns=list(POINT_COLUMNS))
    points = reader.exact.read(_unseen_statement(reader, where).limit(limit))
    counts = ["orders", *(f"unresolved_rate__{part}" for part in ("num", "den"))]
    points = small.rounded(reader, points, counts, "orders", where=where, by=("h3_cell", "family"))
    if small.least_of(reader, where):  # the moment of a single case is not told
        points = points.assign(**{name: points[name].dt.floor("D") for name in ("newest", "last_seen")})
    centres = [h3.cell_to_latlng(cell) for cell in points["h3_cell"]]
    points["lat"], points["lon"] = (pd.Series([centre[axis] for centre in centres], dtype="float64") for axis in (0, 1))
    points["unresolved_rate"] = _share(points, "unresolved_rate")
    parts = [f"unresolved_rate__{part}" for part in ("num", "den")]
    return points[list(POINT_COLUMNS)].astype(dict.fromkeys(parts, "float64"))


def _can_match(reader: Reader) -> bool:
    """Whether there is data, and a bridge between the two sources' classes in the profile."""
    return reader.has_data and bool(reader.profile.bridge)


def _share(frame: pd.DataFrame, name: str) -> pd.Series:
    of = frame[f"{name}__den"].astype("float64")
    return frame[f"{name}__num"] / of.where(of > 0, np.nan)


def _outcomes(reader: Reader, where: CaseFilter, shifts: Sequence[int] = (0,)) -> CTE:
    """What became of each order, and what would have become of it so many days earlier (-) or later at the same place.

    Grain: one row per order and shift; columns case_id, family, street, h3_cell, day (of the order), shift (days),
    outcome, is_over (the grid's data reach to the end of the window).
    """
    window = reader.profile.settings.fusion.window_days
    orders = _orders(reader, where, "case_id", "street", "h3_cell", "created_at").cte("orders")
    days = listed("days", {"days": [str(shift) for shift in shifts]})
    moves = select(cast(days.c.days, Integer).label("shift")).cte("moves")
    seen, known = _seen(reader, where, orders, moves, window + max(shifts)), _grid_span()
    came = days_later(orders.c.created_at, moves.c.shift)
    earliest, latest = shifted(came, f"-{window} days"), shifted(came, f"{window} days")
    outcome = case(
        (orders.c.h3_cell == "", "no_place"),
        # An order whose window reaches outside the grid's data is left out whether a grid case was found for it or not.
        # Were it counted only when one was found, 未诉先办率 would come out too high.
        (or_(known.c.first.is_(None), earliest < known.c.first, came > known.c.last), "uncovered"),
        (seen.c.first < came, "first"),
        (seen.c.first.is_not(None), "later"),
        (latest > known.c.last, "pending"),
        else_="never",
    )
    kept = [orders.c[name] for name in ("case_id", "family", "street", "h3_cell")]
    day, is_over = bucket("day", orders.c.created_at).label("day"), (latest <= known.c.last).label("is_over")
    return (
        select(*kept, day, moves.c.shift, outcome.label("outcome"), is_over)
        .join_from(orders, moves, true())
        .join(known, true())
        .outerjoin(seen, and_(seen.c.case_id == orders.c.case_id, seen.c.shift == moves.c.shift))
        .cte("outcomes")
    )


def _seen(reader: Reader, where: CaseFilter, orders: CTE, moves: CTE, reach: int) -> CTE:
    """The first grid case near an order within the windows around each of its moments: case_id, shift, first.

    `reach`: days from an order to the end of its farthest window. Places are joined once, moments to few near cases.
    """
    fusion, period = reader.profile.settings.fusion, where.period
    away = timedelta(days=reach)
    around = Period(period.start - away, period.end + away) if period else None
    looks, near = _unprompted(reader, around).cte("looks"), _near(reader, fusion.rings)
    at, came, window = looks.c.created_at, orders.c.created_at, fusion.window_days
    pairs = (
        select(orders.c.case_id, came.label("came"), at.label("at"))
        .join_from(orders, near, near.c.h3_cell == orders.c.h3_cell)
        .join(looks, and_(looks.c.h3_cell == near.c.other, looks.c.family == orders.c.family))
        .where(at.between(shifted(came, f"-{reach} days"), shifted(came, f"{reach} days")))
        .cte("pairs")
    )
    moment = days_later(pairs.c.came, moves.c.shift)
    around_it = pairs.c.at.between(shifted(moment, f"-{window} days"), shifted(moment, f"{window} days"))
    return (
        select(pairs.c.case_id, moves.c.shift, func.min(pairs.c.at).label("first"))
        .join_from(pairs, moves, around_it)
        .group_by(pairs.c.case_id, moves.c.shift)
        .cte("seen")
    )


def _grid_span() -> CTE:
    """One row: the times of the oldest and the newest grid case with a place, both null while there is none.

    The grid may be imported later than the hotline: what it may still report must not count as not found.
    """
    placed = and_(cases.c.source == GRID, cases.c.is_void == 0, cases.c.h3_cell != "")
    first, last = func.min(cases.c.created_at).label("first"), func.max(cases.c.created_at).label("last")
    return once(select(first, last).where(placed).cte("grid_span"))


def _unseen_statement(reader: Reader, where: CaseFilter) -> Select[Any]:
    fusion = reader.profile.settings.fusion
    points, near = _hot_points(reader, where), _near(reader, fusion.rings)
    key = (points.c.h3_cell, points.c.family)
    # A grid case opened because of a call also shows that somebody was there: all channels count, up to as_of.
    looks = _looks(reader, None).cte("looks")
    visits = (
        select(*key, func.max(looks.c.created_at).label("last_seen"))
        .join_from(points, near, near.c.h3_cell == points.c.h3_cell)
        .join(looks, and_(looks.c.h3_cell == near.c.other, looks.c.family == points.c.family))
        .group_by(*key)
        .cte("visits")
    )
    seen, since = visits.c.last_seen, shifted(points.c.newest, f"-{fusion.window_days} days")
    return (
        select(*points.c, seen)
        .outerjoin_from(points, visits, and_(visits.c.h3_cell == key[0], visits.c.family == key[1]))
        .where(or_(seen.is_(None), seen < since))
        .order_by(points.c.unresolved_rate__num.desc(), points.c.orders.desc(), points.c.newest.desc(), *key)
    )


def _hot_points(reader: Reader, where: CaseFilter) -> CTE:
    """Cells and families with many orders, or with a large share of the callbacks unresolved."""
    fusion = reader.profile.settings.fusion
    unresolved = case((STATUSES["unresolved"][1](reader.as_of), 1), else_=0).label("is_unresolved")
    columns = ("h3_cell", "street", "community", "address", "created_at")
    answered = case((answer_of(resolution, True, reader.profile).is_not(None), 1), else_=0).label("is_answered")
    placed = _orders(reader, where, *columns).add_columns(unresolved, answered).where(cases.c.h3_cell != "")
    orders = placed.cte("orders")
    many, num, den = func.count(), func.sum(orders.c.is_unresolved), func.sum(orders.c.is_answered)
    is_low = and_(den >= fusion.low_callbacks, num >= fusion.low_unresolved * den)
    return (
        select(
            orders.c.h3_cell,
            orders.c.family,
            *(most_frequent(orders.c[name]) for name in ("street", "community", "address")),
            many.label("orders"),
            num.label("unresolved_rate__num"),
            den.label("unresolved_rate__den"),
            func.max(orders.c.created_at).label("newest"),
        )
        .group_by(orders.c.h3_cell, orders.c.family)
        .having(or_(many >= fusion.hot_least, is_low))
        .cte("points")
    )


def _orders(reader: Reader, where: CaseFilter, *columns: str) -> Select[Any]:
    return _of_families(reader, where.replace(source=(HOTLINE,)), *columns)


def orders_at(profile: Profile, cell: str, family: str) -> CaseFilter:
    """The hotline orders of a family in a cell: what a patrol point is about."""
    classes = [category for category in profile.categories if category.source == HOTLINE]
    leaves = [
        category.category3
        for category in classes
        if profile.family_of(HOTLINE, category.category2, category.category3) == family
    ]
    return CaseFilter(source=(HOTLINE,), h3_cell=(cell,), category3=tuple(leaves))


def _looks(reader: Reader, period: Period | None) -> Select[Any]:
    """The grid's cases of the whole district: a ring around an order may reach into a street that is not selected."""
    return _of_families(reader, CaseFilter(source=(GRID,), period=period), "h3_cell", "created_at")


def _unprompted(reader: Reader, period: Period | None) -> Select[Any]:
    """As `_looks`, without what the grid opened because of a call: that is no finding of its own."""
    return _looks(reader, period).where(cases.c.channel.not_in(reader.profile.settings.grid.prompted))


def _of_families(reader: Reader, where: CaseFilter, *columns: str) -> Select[Any]:
    """The cases in `where` whose class is in the bridge, which gives each one family: family and `columns`."""
    rows = reader.profile.bridge
    names = ("family", "source", "category2", "category3")
    bridge = listed("bridge", {name: [getattr(row, name) for row in rows] for name in names})
    of_class = or_(bridge.c.category3 == "", bridge.c.category3 == cases.c.category3)
    same = and_(bridge.c.source == cases.c.source, bridge.c.category2 == cases.c.category2, of_class)
    chosen = select(bridge.c.family, *(cases.c[name] for name in columns)).join_from(cases, bridge, same)
    return chosen.where(*conditions(where, reader.as_of))


def _near(reader: Reader, rings: int) -> Subquery:
    """Every hotline cell with each cell around it, itself included: h3_cell, other."""
    cells, others = _neighbours(reader, rings)
    return listed("near", {"h3_cell": cells, "other": others})


@cached
def _neighbours(reader: Reader, rings: int) -> tuple[list[str], list[str]]:
    placed = reader.exact.aggregate(["volume"], ["h3_cell"], CaseFilter(source=(HOTLINE,)))["h3_cell"]
    pairs = [(cell, other) for cell in placed if cell for other in h3.grid_disk(cell, rings)]
    return [cell for cell, _ in pairs], [other for _, other in pairs]
