"""What is known of the data itself: batches, rejected rows, gaps, freshness."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import DateTime, Double, Integer, SmallInteger, case, func, select

from data_access.cache import cached
from data_access.query import read_frame
from data_access.schema import cases, import_batches, rejected_rows
from data_access.store import Store, store_for

# Columns a page can miss; stored flags and derived columns always have a value.
CHECKED = {
    "street": "街道",
    "community": "社区",
    "address": "地址",
    "lon": "坐标",
    "category1": "一级分类",
    "category2": "二级分类",
    "category3": "三级分类",
    "dimension": "七有五性",
    "content": "诉求内容",
    "unit": "承办单位",
    "dispatched_at": "派单时间",
    "due_at": "截止时间",
    "closed_at": "办结时间",
    "callback_at": "回访时间",
    "resolution": "解决结果",
    "satisfaction": "满意度",
    "caller_key": "诉求人标识",
    "crowd": "人群",
    "industry": "行业",
}


def batches(store: Store | None = None) -> pd.DataFrame:
    """Imports, newest first. Grain: one row per batch, columns of `import_batches`."""
    store = store or store_for()
    return _batches(store) if store.exists else pd.DataFrame(columns=import_batches.columns.keys())


@cached
def _batches(store: Store) -> pd.DataFrame:
    return read_frame(store, select(import_batches).order_by(import_batches.c.batch_id.desc()))


def rejected(batch_id: int | None = None, *, limit: int = 1000, store: Store | None = None) -> pd.DataFrame:
    """Quarantined rows, newest batch first. Grain: one row per source row that could not be read."""
    store = store or store_for()
    return _rejected(store, batch_id, limit) if store.exists else pd.DataFrame(columns=rejected_rows.columns.keys())


@cached
def _rejected(store: Store, batch_id: int | None, limit: int) -> pd.DataFrame:
    statement = select(rejected_rows).order_by(rejected_rows.c.batch_id.desc(), rejected_rows.c.line).limit(limit)
    return read_frame(store, statement if batch_id is None else statement.where(rejected_rows.c.batch_id == batch_id))


def missing_rates(store: Store | None = None) -> pd.DataFrame:
    """Share of cases whose field is empty. Columns: source, field, label, missing (件), cases (件), rate (0..1)."""
    store = store or store_for()
    columns = ["source", "field", "label", "missing", "cases", "rate"]
    return _missing_rates(store) if store.exists else pd.DataFrame(columns=columns)


@cached
def _missing_rates(store: Store) -> pd.DataFrame:
    empties = []
    for name in CHECKED:
        column = cases.c[name]
        dated = isinstance(column.type, DateTime | Double | Integer | SmallInteger)
        empties.append(func.sum(case((column.is_(None) if dated else column == "", 1), else_=0)).label(name))
    wide = read_frame(store, select(cases.c.source, func.count().label("cases"), *empties).group_by(cases.c.source))
    long = wide.melt(["source", "cases"], var_name="field", value_name="missing")
    long["label"] = long["field"].map(CHECKED)
    long["rate"] = long["missing"] / long["cases"]
    return long[["source", "field", "label", "missing", "cases", "rate"]]


def freshness(store: Store | None = None) -> pd.DataFrame:
    """Newest times by source. Columns: source, cases (件), first, last, last_closed, last_callback."""
    store = store or store_for()
    columns = ["source", "cases", "first", "last", "last_closed", "last_callback"]
    return _freshness(store) if store.exists else pd.DataFrame(columns=columns)


@cached
def _freshness(store: Store) -> pd.DataFrame:
    return read_frame(
        store,
        select(
            cases.c.source,
            func.count().label("cases"),
            func.min(cases.c.created_at).label("first"),
            func.max(cases.c.created_at).label("last"),
            func.max(cases.c.closed_at).label("last_closed"),
            func.max(cases.c.callback_at).label("last_callback"),
        ).group_by(cases.c.source),
    )
