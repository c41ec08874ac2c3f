"""Four small stores to try a page on: without a case, with one, with those of one street, with plenty.

Their cases are made up from the profile's own names, evenly and without any sense: what counts is that every column is
filled here and blank there. They are marked as synthetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import h3
import numpy as np
import pandas as pd
import pyarrow as pa

from data_access.cases.files import FileStore
from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.profile import Profile
from data_access.district.vocabulary import DIMENSIONS_75, GRID, HOTLINE, UNIT_TYPES
from data_access.ledger.opening import begin_ledger

STORES = {"none": "空库", "one": "只有一件", "street": "只有一个街道", "plenty": "许多件"}
DAYS, A_DAY = 800, 5  # two years and more, so that every comparison has its base
END = datetime(2023, 1, 10, 20)


def small_store(name: str, folder: Path, profile: Profile) -> Store:
    """One of STORES, made in `folder`; beside one that has cases stands an empty ledger."""
    cases, store = made_up(profile), FileStore(folder / name)
    one_street = cases["street"] == cases["street"].iloc[0]
    rows = {"none": cases[:0], "one": cases[-1:], "street": cases[one_street], "plenty": cases}[name]
    if len(rows):
        _write(store, rows)
        begin_ledger(Reader.of(store, profile))
    return store


def _write(store: Store, rows: pd.DataFrame) -> None:
    with store.writing() as con:
        con.register("made_up", pa.Table.from_pandas(rows, preserve_index=False))
        con.execute("INSERT INTO cases BY NAME SELECT * FROM made_up").fetchall()
        con.execute("INSERT INTO store_info VALUES ('synthetic', '1')").fetchall()
        con.unregister("made_up")


def made_up(profile: Profile) -> pd.DataFrame:
    """The cases of the store with plenty, oldest first; columns as in the table `cases`."""
    number = DAYS * A_DAY
    draw = np.random.default_rng(2022)

    def one_of(words: Sequence[str], blank: float = 0.0) -> np.ndarray:
        chosen = draw.choice([*words] or [""], number)
        return np.where(draw.random(number) < blank, "", chosen)

    def flag(share: float) -> np.ndarray:
        return (draw.random(number) < share).astype(int)

    created = pd.Series(pd.date_range(END - timedelta(days=DAYS), END, periods=number)).dt.floor("s")
    hours = pd.Series(draw.exponential(60, number).round(2))
    closed = created + pd.to_timedelta(hours, unit="h").dt.floor("s")
    is_closed = (closed <= END) & (draw.random(number) < 0.95)
    due = created + pd.Timedelta(days=5)
    called = is_closed & (draw.random(number) < 0.7)
    streets = [street.name for street in profile.streets] or ["一街道", "二街道"]
    at = draw.integers(0, len(streets), number)
    places = [(street.lon or np.nan, street.lat or np.nan) for street in profile.streets] or [(np.nan, np.nan)] * 2
    lon, lat = (np.array([place[axis] for place in places])[at] + draw.normal(0, 0.004, number) for axis in (0, 1))
    leaves = profile.categories or ()
    leaf = draw.integers(0, max(len(leaves), 1), number)
    levels = {
        name: [getattr(leaves[one], name) if leaves else "其他" for one in leaf]
        for name in ("category1", "category2", "category3")
    }
    grades = list(profile.settings.scoring[-1].grades)
    return pd.DataFrame({
        "case_id": [f"S{one:06}" for one in range(number)],
        "source": np.where(draw.random(number) < 0.7, HOTLINE, GRID),
        "channel": one_of(("电话", "网络"), 0.1), "request_type": one_of(("投诉", "求助", "咨询"), 0.05),
        "created_at": created, "created_day": created.dt.date, "dispatched_at": created + pd.Timedelta(hours=1),
        "due_at": due, "closed_at": closed.where(is_closed),
        "callback_at": (closed + pd.Timedelta(days=1)).where(called),
        "street": np.array(streets)[at], "community": one_of([one.name for one in profile.communities][:40], 0.1),
        "address": "某路某号", "lon": lon, "lat": lat,
        "h3_cell": ["" if np.isnan(x) else h3.latlng_to_cell(y, x, 10) for x, y in zip(lon, lat, strict=True)],
        **levels, "dimension": one_of(DIMENSIONS_75, 0.1), "title": "试页面用的件",
        "content": "合成的文字，不是真实案件",
        "crowd": one_of(("老年人", "学生"), 0.6), "industry": one_of(("餐饮", "物业"), 0.6),
        "unit": one_of([one.name for one in profile.units][:30], 0.02), "unit_type": one_of(UNIT_TYPES, 0.02),
        "status": np.where(is_closed, "已办结", "办理中"), "urgency": one_of(("一般", "紧急"), 0.1),
        "rework_count": flag(0.05), "caller_key": one_of([f"k{one}" for one in range(900)], 0.2),
        "is_excluded": flag(0.05), "is_valid_callback": called.astype(int),
        "is_contacted": called.astype(int) * flag(0.9),
        "resolution": np.where(called, one_of(("yes", "yes", "partly", "no")), ""),
        "satisfaction": np.where(called, one_of(grades), ""),
        "handling_seconds": (closed - created).dt.total_seconds().where(is_closed), "is_closed": is_closed.astype(int),
        "is_late": (is_closed & (closed > due)).astype(int), "has_deadline": 1, "is_repeat": flag(0.1), "batch_id": 1,
    })  # fmt: skip
