"""The cases as the other dashboards get them: one row per case, the columns of our own list, and what its callback's
answers count for, so that a rate is a plain mean there and comes out as ours does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data_access.cases.callbacks import ANSWERS, answer_of
from data_access.cases.reader import Reader
from data_access.cases.schema import cases
from data_access.district.periods import Period, after, preset
from ui.drawing.columns import CASE_COLUMNS
from ui.drawing.maps import features, view_of

STRETCH = "last365"  # what every board shows
RATES = {"responded": "响应率", "resolved": "解决率", "satisfied": "满意率"}  # column -> what its mean is called
HIGH = 300  # pixels of a map, for where it looks at first
_NOTHING = {"type": "GeometryCollection", "geometries": []}
_LAYERS = ("coastlines", "countries", "lakes", "land", "ocean", "rivers", "subunits")
# What Plotly would else load from outside before it draws a map, though none of it is shown.
NO_WORLD = {"type": "Topology", "arcs": [], "objects": dict.fromkeys(_LAYERS, _NOTHING)}
CASES, STREETS, ASKED = "cases.parquet", "streets.json", "asked.json"


@dataclass(frozen=True)
class Asked:
    """What is asked of every board: of which time, and by which values it is filtered."""

    period: Period
    exported: Period  # the newest cases, as many as the file of the bench
    streets: list[str]
    categories: list[str]  # the most frequent first


def asked_of(reader: Reader, exported: int) -> Asked:
    """`exported`: how many cases the file has, which is as many as that on whole minutes."""
    period = preset(STRETCH, reader.as_of, reader.profile.settings.clock, reader.span[0])
    moment = cases.c.created_at
    newest = reader.read(cases.select().with_only_columns(moment).order_by(moment.desc()).offset(exported).limit(1))
    since: datetime = newest["created_at"].iloc[0].to_pydatetime().replace(second=0, microsecond=0)
    ranked = reader.aggregate("volume", "category1", order_by="volume")
    return Asked(
        period,
        Period(since, period.end),
        [street.name for street in reader.profile.streets],
        [str(name) for name in ranked["category1"]],
    )


def written(reader: Reader, folder: Path, asked: Asked) -> int:
    """Write the cases, the streets' outlines and what is asked; returns how many cases there are."""
    answers = (
        answer_of(answer, False, reader.profile).label(name) for answer, name in zip(ANSWERS, RATES, strict=True)
    )
    columns = [*(cases.c[name] for name in CASE_COLUMNS), *answers]
    months = [*_months(reader)]
    newest = _of(reader, columns, months[-1])
    count, schema = 0, pa.Schema.from_pandas(newest, preserve_index=False)
    with pq.ParquetWriter(folder / CASES, schema) as file:
        for month in months:  # of ten million no frame holds all
            found = _of(reader, columns, month)
            file.write_table(pa.Table.from_pandas(found, schema=schema, preserve_index=False))
            count += len(found)
    view = view_of(features(reader.profile), HIGH)
    looks = {name: float(getattr(view, name)) for name in ("longitude", "latitude", "zoom")}
    outlines = {shape["properties"]["name"]: shape["geometry"] for shape in features(reader.profile)}
    (folder / STREETS).write_text(json.dumps(outlines, ensure_ascii=False), encoding="utf-8")
    (folder / "assets").mkdir(exist_ok=True)
    (folder / "assets" / "world_110m.json").write_text(json.dumps(NO_WORLD), encoding="utf-8")
    told = {
        "start": asked.period.start.isoformat(),
        "end": asked.period.end.isoformat(),
        "export_start": asked.exported.start.isoformat(),
        "streets": asked.streets,
        "categories": asked.categories,
        "columns": CASE_COLUMNS,
        "rates": RATES,
        "view": {**looks, "bearing": 0, "pitch": 0},
    }
    (folder / ASKED).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return count


def _months(reader: Reader) -> Iterator[Period]:
    start, end = reader.span
    begin = datetime(start.year, start.month, 1)
    while begin < end:
        yield Period(begin, after(begin, "month"))
        begin = after(begin, "month")


def _of(reader: Reader, columns: Sequence[Any], month: Period) -> pd.DataFrame:
    at = cases.c.created_at
    told = cases.select().with_only_columns(*columns)
    return reader.read(told.where(cases.c.is_void == 0, at >= month.start, at < month.end))
