"""A district's tables as its own cases name them: streets, communities, units, categories, and the words of its codes.

The cases come from a store, read by the same import as ever, so a name stands here exactly as the store will hold it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import func, select

from data_access.cases.engines import percentile
from data_access.cases.reader import Reader
from data_access.cases.schema import cases
from data_access.district.spelling import Pair, alike, bare
from data_access.district.vocabulary import ABSENT, DIMENSIONS_75, HOTLINE, UNIT_TYPES
from data_access.district.words import known_words

Rows = list[dict[str, str]]
# What speaks for a kind of unit where the source does not say; checked by whoever edits units.csv.
STREETS_OWN = re.compile(r"街道|办事处|社区|居委会|村委会")
COMPANY = re.compile(r"公司|集团|企业|银行|供电局|营业|\b(?:inc|llc|ltd|corp)\b", re.IGNORECASE)
CODED = ("request_type", "channel", "status", "crowd", "industry")
MOST_WORDS = 30  # distinct words of a column that may be a list of codes; more are free text
CLASS = ["source", "category1", "category2", "category3", "dimension"]


@dataclass(frozen=True)
class Found:
    """`tables`: file -> rows to write; `counts`: kind -> name -> cases; `words`: source -> column -> word -> cases;
    `grades`: satisfaction words that the default rules do not know -> cases; `box`: west, south, east, north of nearly
    all coordinates; `has`: which of dimension, callbacks, text the cases bring.
    """

    tables: dict[str, Rows] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    pairs: tuple[Pair, ...] = ()
    words: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    grades: dict[str, int] = field(default_factory=dict)
    box: tuple[float, float, float, float] | None = None
    span: tuple[datetime, datetime] | None = None
    cases: int = 0
    has: frozenset[str] = frozenset()

    @property
    def unsure(self) -> list[Pair]:
        """Pairs that a person has to judge."""
        return [pair for pair in self.pairs if not pair.is_same]


def found_in(reader: Reader) -> Found:
    """What the store's cases say of their district; nothing where there are none."""
    if not reader.has_data:
        return Found()
    places = _grouped(reader, "street", "community")
    units = _grouped(reader, "unit", "unit_type")
    classes = _grouped(reader, *CLASS)
    streets = _counts(places, "street")
    communities = _counts(places, "community")
    street_of = _mostly(places, "community", "street")
    counts = {"street": streets, "community": communities, "unit": _counts(units, "unit")}
    pairs = [*alike("street", streets), *alike("community", communities, street_of), *alike("unit", counts["unit"])]
    type_of = _mostly(units[units["unit_type"].isin(UNIT_TYPES)], "unit", "unit_type")
    kinds = {name: type_of.get(name) or _type_of(name, streets) for name in counts["unit"]}
    spelt = {kind: _spelt(counts[kind], pairs, kind) for kind in counts}
    canonical = {alias: name for name, aliases in spelt["street"].items() for alias in aliases}
    tables = {
        "streets.csv": [_street(name, aliases, spelt["street"]) for name, aliases in spelt["street"].items()],
        "communities.csv": [
            {"name": name, "street": canonical.get(street_of[name], street_of[name]), "aliases": "|".join(aliases)}
            for name, aliases in spelt["community"].items() if street_of.get(name)
        ],
        "units.csv": [
            {"name": name, "unit_type": kinds[name], "aliases": "|".join(aliases)}
            for name, aliases in spelt["unit"].items()
        ],
        "categories.csv": _categories(classes),
    }  # fmt: skip
    return Found(
        tables={name: rows for name, rows in tables.items() if rows or name == "streets.csv"},
        counts=counts | {"category": _counts(classes, "category3")},
        pairs=tuple(pairs),
        words=_words(reader),
        grades=_grades(reader),
        box=_box(reader),
        span=reader.span,
        cases=int(places["cases"].sum()),
        has=_has(reader),
    )


def _grouped(reader: Reader, *names: str) -> pd.DataFrame:
    columns = [cases.c[name] for name in names]
    return reader.read(select(*columns, func.count().label("cases")).group_by(*columns))


def _counts(groups: pd.DataFrame, name: str) -> dict[str, int]:
    """Name -> cases, the most frequent first; the blank is no name."""
    summed = groups[groups[name] != ""].groupby(name)["cases"].sum().reset_index()
    ordered = summed.sort_values(["cases", name], ascending=[False, True])
    return {str(key): int(count) for key, count in zip(ordered[name], ordered["cases"], strict=True)}


def _mostly(groups: pd.DataFrame, name: str, other: str) -> dict[str, str]:
    """Name -> the `other` that most of its cases have."""
    told = groups[(groups[name] != "") & (groups[other] != "")].sort_values([name, "cases", other])
    return dict(told.drop_duplicates(name, keep="last")[[name, other]].itertuples(index=False))


def _type_of(name: str, streets: Mapping[str, int]) -> str:
    if COMPANY.search(name):
        return "企业"
    return "街道" if name in streets or STREETS_OWN.search(name) else "部门"


def _spelt(counts: Mapping[str, int], pairs: list[Pair], kind: str) -> dict[str, list[str]]:
    """Name -> its other spellings, where only form differs."""
    others = {pair.other: pair.kept for pair in pairs if pair.kind == kind and pair.is_same}
    return {name: [o for o, kept in others.items() if kept == name] for name in counts if name not in others}


def _street(name: str, aliases: list[str], every: Mapping[str, list[str]]) -> dict[str, str]:
    """A street's row: usual spellings are added unless they are another street's name."""
    usual = [bare("street", name), f"{name}办事处"] if name.endswith("街道") else []
    taken = {word for street, words in every.items() for word in (street, *words)}
    return {"name": name, "aliases": "|".join([*aliases, *(word for word in usual if word not in taken)])}


def _categories(classes: pd.DataFrame) -> Rows:
    """The leaves, each under the levels above it; without a third level there is no table."""
    leaves = classes[classes["category3"] != ""].sort_values([*CLASS[:4], "cases"])
    leaves = leaves.drop_duplicates(CLASS[:4], keep="last")
    known = leaves["dimension"].where(leaves["dimension"].isin(DIMENSIONS_75), "")
    return [dict(zip(CLASS, row, strict=True)) for row in leaves.assign(dimension=known)[CLASS].itertuples(index=False)]


def _words(reader: Reader) -> dict[str, dict[str, dict[str, int]]]:
    found: dict[str, dict[str, dict[str, int]]] = {}
    for name in CODED:
        groups = _grouped(reader, "source", name)
        for source, rows in groups.groupby("source"):
            words = _counts(rows, name)
            if 0 < len(words) <= MOST_WORDS:
                found.setdefault(str(source), {})[name] = words
    return found


def _grades(reader: Reader) -> dict[str, int]:
    said = _counts(_grouped(reader, "source", "satisfaction"), "satisfaction")
    known = {*known_words(reader.profile, "satisfaction", HOTLINE), ABSENT}
    return {word: count for word, count in said.items() if word not in known}


def _box(reader: Reader) -> tuple[float, float, float, float] | None:
    """All but one in a hundred of the points at each side, and a twentieth of the width more."""
    lon, lat = cases.c.lon, cases.c.lat
    edges: list[Any] = [
        percentile(column, share).label(f"{column.name}_{share}")
        for share in (0.01, 0.99) for column in (lon, lat)
    ]  # fmt: skip
    row = reader.read(select(*edges).where(lon.is_not(None), lat.is_not(None))).iloc[0]
    if row.isna().any():
        return None
    west, south, east, north = (float(value) for value in row)
    wide, high = (east - west) / 20, (north - south) / 20
    return (round(west - wide, 4), round(south - high, 4), round(east + wide, 4), round(north + high, 4))


def _has(reader: Reader) -> frozenset[str]:
    """What the cases bring: dimension, callbacks, text."""
    told = {
        "dimension": cases.c.dimension.in_(DIMENSIONS_75),
        "callbacks": cases.c.is_valid_callback == 1,
        "text": (cases.c.content != "") | (cases.c.title != ""),
    }
    counted: list[Any] = [func.count().filter(told[name]).label(name) for name in told]
    row = reader.read(select(*counted)).iloc[0]
    return frozenset(name for name in told if row[name])
