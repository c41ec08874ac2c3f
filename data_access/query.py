"""The one query door: every page, export, report and test asks here.

`aggregate` answers any measures by any dimensions under any filter in one statement, cached under
the data's version; `compare` adds 同比, 环比 and the assessment month before; `list_cases` pages in
the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Select, func, select

from data_access.cache import cached
from data_access.dimensions import DIMENSIONS
from data_access.filters import CaseFilter, conditions
from data_access.measures import MEASURES, Measure, Rules
from data_access.periods import aligned
from data_access.profile import Profile, current_profile
from data_access.schema import cases, store_info
from data_access.store import Store, store_for

LIST_COLUMNS = (
    "case_id", "source", "created_at", "street", "community", "category1", "category2", "category3", "title",
    "unit", "status", "due_at", "closed_at", "is_closed", "is_late", "resolution", "satisfaction", "is_repeat",
)  # fmt: skip


def read_frame(store: Store, statement: Select[Any]) -> pd.DataFrame:
    """The statement's rows from the current version."""
    with store.reading() as connection:
        if connection.dialect.name != "duckdb":
            return pd.read_sql(statement, connection)
        # Whole columns at once: row by row a wide grouping takes four times as long.
        result = connection.execute(statement)
        frame: pd.DataFrame = result.cursor.fetchdf()
        result.close()
        return frame


def version(store: Store | None = None) -> str:
    """The data version every cached answer belongs to; '' while there is no data."""
    return (store or store_for()).version


def span(store: Store | None = None) -> tuple[datetime, datetime] | None:
    """The times of the oldest and the newest case; None while there is none."""
    store = store or store_for()
    return _span(store) if store.exists else None


@cached
def _span(store: Store) -> tuple[datetime, datetime] | None:
    found = read_frame(
        store, select(func.min(cases.c.created_at).label("first"), func.max(cases.c.created_at).label("last"))
    )
    first, last = found.iloc[0]
    return None if pd.isna(last) else (pd.Timestamp(first).to_pydatetime(), pd.Timestamp(last).to_pydatetime())


def as_of(store: Store | None = None) -> datetime | None:
    """The data's "now": the newest case's time."""
    found = span(store)
    return found[1] if found else None


def is_synthetic(store: Store | None = None) -> bool:
    """Whether the store holds demo data (演示数据)."""
    store = store or store_for()
    return store.exists and store_value("synthetic", store) == "1"


def store_value(key: str, store: Store | None = None) -> str:
    """A note kept with the data (profile, seed …), '' when absent."""
    return _store_info(store or store_for()).get(key, "")


@cached
def _store_info(store: Store) -> dict[str, str]:
    with store.reading() as connection:
        return {row.key: row.value for row in connection.execute(select(store_info))}


def aggregate(
    measures: Sequence[str],
    by: Sequence[str] = (),
    where: CaseFilter | None = None,
    *,
    order_by: str | None = None,
    descending: bool = True,
    limit: int | None = None,
    store: Store | None = None,
) -> pd.DataFrame:
    """Measures by dimensions. Grain: one row per combination of `by` that has cases.

    Columns: the dimensions, then each measure (NaN = unknown); ratios also bring `name__num` and
    `name__den`. Without `order_by` rows are ordered by the dimensions; unknown measures sort last.
    """
    store = store or store_for()
    found = _aggregate(store, tuple(measures), tuple(by), where or CaseFilter())
    if order_by:
        found = found.sort_values([order_by, *by], ascending=[not descending, *[True] * len(by)], ignore_index=True)
    return found.head(limit) if limit else found


@cached
def _aggregate(store: Store, measures: tuple[str, ...], by: tuple[str, ...], where: CaseFilter) -> pd.DataFrame:
    profile, now = current_profile(), as_of(store)
    if now is None:
        return _typed(pd.DataFrame(columns=[*by, *_result_columns(measures)], dtype="float64"), by)
    rules = Rules(now, profile)
    dimensions = [DIMENSIONS[name].expression(profile.settings.clock).label(name) for name in by]
    columns = [part.label(label) for name in measures for label, part in _parts(MEASURES[name], rules).items()]
    statement = select(*dimensions, *columns).where(*conditions(where, now))
    if by:
        statement = statement.group_by(*(DIMENSIONS[name].expression(profile.settings.clock) for name in by))
    frame = read_frame(store, statement)
    for name in measures:
        _finish(frame, MEASURES[name], by, where, profile, store)
    frame = _typed(frame, by)
    return frame[[*by, *_result_columns(measures)]].sort_values(list(by), ignore_index=True) if by else frame


def _parts(measure: Measure, rules: Rules) -> dict[str, Any]:
    if not measure.is_ratio:
        return {measure.name: measure.numerator(rules)}
    parts = {f"{measure.name}__num": measure.numerator(rules)}
    if measure.denominator:
        parts[f"{measure.name}__den"] = measure.denominator(rules)
    return parts


def _result_columns(measures: Sequence[str]) -> list[str]:
    suffixes = {name: ("", "__num", "__den") if MEASURES[name].is_ratio else ("",) for name in measures}
    return [name + suffix for name in measures for suffix in suffixes[name]]


def _finish(
    frame: pd.DataFrame, measure: Measure, by: Sequence[str], where: CaseFilter, profile: Profile, store: Store
) -> None:
    """Divide after the query: engines disagree on integer division and on division by zero."""
    name = measure.name
    if not measure.is_ratio:
        frame[name] = frame[name].astype("float64")
        return
    if measure.of_total:
        frame[f"{name}__den"] = (
            _aggregate(store, ("volume",), (), where)["volume"].iloc[0] if by else frame[f"{name}__num"]
        )
    if measure.population:
        frame[f"{name}__den"] = _residents(frame, by, where, profile)
    numerator, denominator = (frame[f"{name}__{part}"].astype("float64") for part in ("num", "den"))
    frame[f"{name}__num"], frame[f"{name}__den"] = numerator, denominator
    frame[name] = numerator / denominator.where(denominator > 0, np.nan)


def _residents(frame: pd.DataFrame, by: Sequence[str], where: CaseFilter, profile: Profile) -> Any:
    """Residents in 10,000 behind each row; NaN where the profile does not know them all."""
    known = {street.name: street.population / 1e4 for street in profile.streets if street.population}
    if where.community or where.h3_cell or {"community", "h3_cell"} & set(by):
        return np.nan
    if "street" in by:
        return frame["street"].map(known).astype("float64")
    if where.street:
        return sum(known.get(street, np.nan) for street in where.street)
    total = profile.settings.district.population
    return total / 1e4 if total else np.nan


def _typed(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    for name in by:
        kind = DIMENSIONS[name].kind
        if kind in ("day", "period"):
            frame[name] = pd.to_datetime(frame[name])
        if kind == "period":
            frame[name] = frame[name].dt.strftime("%Y-%m")
        if kind == "number":
            frame[name] = frame[name].astype("int64")
    return frame


def compare(
    measures: Sequence[str], where: CaseFilter, kind: str = "yoy", *, store: Store | None = None
) -> pd.DataFrame:
    """Current against base, aligned on equal elapsed time. Grain: one row per measure.

    `kind`: yoy (同比), previous (环比) or assessment (较上一考核期). Columns: measure, current, base,
    change (counts relative, rates and scores as a difference), reason ('' or why there is no change).
    """
    store = store or store_for()
    found = span(store)
    if found is None or where.period is None:
        now = _values(store, measures, where)
        return pd.DataFrame(
            [_change(MEASURES[name], now.get(name, np.nan), np.nan, "没有时段可比") for name in measures]
        )
    current, base = aligned(where.period, kind, found[1])
    reason = "" if base.start >= found[0].replace(hour=0, minute=0, second=0, microsecond=0) else "数据没有覆盖比较期"
    now = _values(store, measures, where.replace(period=current))
    then = _values(store, measures, where.replace(period=base))
    return pd.DataFrame([_change(MEASURES[name], now[name], then[name], reason) for name in measures])


def _values(store: Store, measures: Sequence[str], where: CaseFilter) -> dict[str, float]:
    found = aggregate(measures, (), where, store=store)
    return {name: float(found[name].iloc[0]) for name in measures} if len(found) else {}


def _change(measure: Measure, current: float, base: float, reason: str) -> dict[str, Any]:
    if measure.is_snapshot:
        reason = reason or "按当前状态统计，比较期已无当时的状态"
    elif np.isnan(current):
        reason = measure.unknown or reason
    elif np.isnan(base):
        reason = reason or f"比较期：{measure.unknown}"
    elif base == 0 and not (measure.is_ratio or measure.unit in ("小时", "分")):
        reason = reason or "比较期为 0 件"
    absolute = measure.is_ratio or measure.unit in ("小时", "分")
    change = np.nan if reason else (current - base if absolute else current / base - 1)
    return {
        "measure": measure.name,
        "current": current,
        "base": np.nan if reason else base,
        "change": change,
        "reason": reason,
    }


def with_base(
    measures: Sequence[str], by: Sequence[str], where: CaseFilter, kind: str = "yoy", *, store: Store | None = None
) -> pd.DataFrame:
    """Measures now and in the comparison period. Grain: one row per combination of `by` with cases now or then.

    Columns: `by`, each measure as `aggregate` gives it, and with `_base` what it was then (0 for a count without
    cases). Empty when the data does not cover the comparison period.
    """
    store = store or store_for()
    found = span(store)
    columns = [*_result_columns(measures), *(f"{name}_base" for name in measures)]
    if found is None or where.period is None:
        return pd.DataFrame(columns=[*by, *columns])
    current, base = aligned(where.period, kind, found[1])
    if base.start < found[0].replace(hour=0, minute=0, second=0, microsecond=0):
        return pd.DataFrame(columns=[*by, *columns])
    now = aggregate(measures, by, where.replace(period=current), store=store)
    then = aggregate(measures, by, where.replace(period=base), store=store)[[*by, *measures]]
    joined = now.merge(then.rename(columns={name: f"{name}_base" for name in measures}), on=list(by), how="outer")
    counts = [name for name in measures if MEASURES[name].is_count]
    return joined.fillna({column: 0.0 for name in counts for column in (name, f"{name}_base")})


def compare_groups(
    measure: str, by: str, where: CaseFilter, kind: str = "yoy", *, store: Store | None = None
) -> pd.DataFrame:
    """What rose and what fell. Grain: one row per value of `by` that has cases now or then.

    Columns: `by`, current, base (0 for a count without cases), change (absolute), largest rise first. Empty when the
    data does not cover the comparison period.
    """
    found = with_base([measure], [by], where, kind, store=store)
    joined = found.rename(columns={measure: "current", f"{measure}_base": "base"})
    joined["change"] = joined["current"] - joined["base"]
    return joined.sort_values(["change", by], ascending=[False, True], ignore_index=True)[
        [by, "current", "base", "change"]
    ]


def list_cases(
    where: CaseFilter,
    *,
    sort: str = "created_at",
    descending: bool = True,
    page: int = 1,
    page_size: int = 50,
    store: Store | None = None,
) -> pd.DataFrame:
    """One page of cases. Grain: one row per case, columns LIST_COLUMNS, ties ordered by case_id."""
    return _list(store or store_for(), where, sort, descending, page, page_size)


@cached
def _list(store: Store, where: CaseFilter, sort: str, descending: bool, page: int, page_size: int) -> pd.DataFrame:
    now = as_of(store)
    if now is None:
        return pd.DataFrame(columns=list(LIST_COLUMNS))
    order = cases.c[sort].desc() if descending else cases.c[sort].asc()
    statement = (
        select(*(cases.c[name] for name in LIST_COLUMNS))
        .where(*conditions(where, now))
        .order_by(order.nulls_last(), cases.c.case_id)
        .limit(page_size)
        .offset((page - 1) * page_size)
    )
    frame = read_frame(store, statement)
    for name in ("due_at", "closed_at"):  # a page without a single time comes back as objects
        frame[name] = pd.to_datetime(frame[name])
    return frame


def get_case(case_id: str, *, store: Store | None = None) -> dict[str, Any] | None:
    """Every field of one case, or None."""
    store = store or store_for()
    if not store.exists:
        return None
    with store.reading() as connection:
        row = connection.execute(select(cases).where(cases.c.case_id == case_id)).mappings().first()
    return dict(row) if row else None


def options(
    dimension: str, where: CaseFilter | None = None, limit: int = 500, *, store: Store | None = None
) -> list[str]:
    """The values of a dimension under a filter, most frequent first; '' stands for unknown."""
    found = aggregate(["volume"], [dimension], where, order_by="volume", limit=limit, store=store)
    return found[dimension].tolist()
