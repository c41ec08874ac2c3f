"""What is known of the data itself: batches, rejected rows, gaps, freshness.

Batches and rejected rows are of the whole district: who may see only some of its cases sees none of them.
"""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Double,
    Integer,
    SmallInteger,
    and_,
    case,
    func,
    literal,
    not_,
    select,
    union_all,
)

from data_access.cases import small
from data_access.cases.cache import cached
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.schema import cases, import_batches, rejected_rows, unread_words
from data_access.district.vocabulary import SOURCES
from data_access.district.words import FLAGS, TEXTS, known_words
from data_access.intake.clerk import AT_ONCE, FEWEST, LATER, QUESTIONS, SEEN

# Columns that a source may leave empty, with their labels; flags and derived columns always have a value.
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


@cached
def batches(reader: Reader) -> pd.DataFrame:
    """Imports, newest first. Grain: one row per batch, columns of `import_batches`."""
    if reader.is_scoped or not reader.version:
        return pd.DataFrame(columns=import_batches.columns.keys())
    return reader.read(select(import_batches).order_by(import_batches.c.batch_id.desc()))


def said(notes: str) -> dict[str, str]:
    """A batch's notes as people read them: label -> words."""
    told = {label: note for label, note in json.loads(notes or "{}").items() if label not in (QUESTIONS, SEEN)}
    return {label: _in_words(note) for label, note in told.items()}


def _in_words(note: dict[str, int] | int | str) -> str:
    if isinstance(note, dict):
        return "、".join(f"{name} {count:,}" for name, count in note.items())
    return f"{note:,}" if isinstance(note, int) else note


@cached
def questions(reader: Reader) -> pd.DataFrame:
    """What was asked after imports (data_access/intake/clerk.py), the newest first.

    Grain: one row per import and line. Columns: batch_id, file_name, finished_at, line.
    """
    columns = ["batch_id", "file_name", "finished_at", "line"]
    listed = batches(reader)
    listed = listed.assign(line=[json.loads(notes or "{}").get(QUESTIONS) for notes in listed["notes"]])
    return listed.explode("line").dropna(subset=["line"])[columns].reset_index(drop=True)


@cached
def blanks_by_import(reader: Reader, most: int = 8) -> pd.DataFrame:
    """Shares of blanks among the new cases of each import, and of what is known later among its settled ones.

    Grain: one row per import and column, of each mapping's newest `most` imports with enough new cases; the oldest
    first. Columns: mapping, batch_id, file_name, finished_at, field, label, blank, rows (件), rate (0..1, NaN where the
    settled cases are too few).
    """
    columns = ["mapping", "batch_id", "file_name", "finished_at", "field", "label", "blank", "rows", "rate"]
    found: list[dict[str, object]] = []
    for row in batches(reader).iloc[::-1].to_dict("records"):
        seen = json.loads(row["notes"] or "{}").get(SEEN, {})
        about = {name: row[name] for name in columns[:4]}
        for key, labels in (("new", AT_ONCE), ("old", LATER)) if seen.get("new", 0) >= FEWEST else ():
            rows, blanks = seen[key], seen[f"{key}_blank"]
            for field in (field for field in labels if field in blanks):
                rate = blanks[field] / rows if rows >= FEWEST else float("nan")
                told = {"field": field, "label": labels[field], "blank": blanks[field], "rows": rows, "rate": rate}
                found.append(about | told)
    frame = pd.DataFrame(found, columns=columns)
    newest = frame.drop_duplicates(["mapping", "batch_id"]).groupby("mapping").tail(most)["batch_id"]
    return frame[frame["batch_id"].isin(newest)].reset_index(drop=True)


@cached
def rejected(reader: Reader, batch_id: int | None = None, limit: int = 1000) -> pd.DataFrame:
    """Quarantined rows, newest batch first. Grain: one row per source row that could not be read."""
    if reader.is_scoped or not reader.version:
        return pd.DataFrame(columns=rejected_rows.columns.keys())
    statement = select(rejected_rows).order_by(rejected_rows.c.batch_id.desc(), rejected_rows.c.line).limit(limit)
    return reader.read(statement if batch_id is None else statement.where(rejected_rows.c.batch_id == batch_id))


def _is_empty(field: str) -> ColumnElement[bool]:
    column = cases.c[field]
    return column.is_(None) if isinstance(column.type, DateTime | Double | Integer | SmallInteger) else column == ""


@cached
def missing_rates(reader: Reader) -> pd.DataFrame:
    """Share of cases whose field is empty. Columns: source, field, label, missing (件), cases (件), rate (0..1)."""
    if not reader.has_data:
        return pd.DataFrame(columns=["source", "field", "label", "missing", "cases", "rate"])
    empties = [func.sum(case((_is_empty(name), 1), else_=0)).label(name) for name in CHECKED]
    wide = reader.exact.read(
        select(cases.c.source, func.count().label("cases"), *empties).group_by(cases.c.source).order_by(cases.c.source)
    )
    long = wide.melt(["source", "cases"], var_name="field", value_name="missing")
    long["label"] = long["field"].map(CHECKED)
    long["missing"] = long["missing"].astype("float64")
    long = _in_steps(reader, long, ["missing", "cases"])
    long["rate"] = long["missing"] / long["cases"]
    return long[["source", "field", "label", "missing", "cases", "rate"]]


@cached
def absent(reader: Reader) -> list[str]:
    """The labels of the fields that no case has, so that figures of them are unknown."""
    if not reader.has_data:
        return []
    # To find one case that has it is quick, to count all that have it is not.
    told: list[ColumnElement[Any]] = [
        select(cases.c.case_id).where(not_(_is_empty(name))).limit(1).exists().label(name) for name in CHECKED
    ]
    [row] = reader.exact.rows(select(*told))
    return [label for name, label in CHECKED.items() if not row[name]]


@cached
def unknown_words(reader: Reader) -> pd.DataFrame:
    """Words of coded columns that are not known (data_access/district/words.py), the most frequent first.

    Grain: one row per source, field and word. Columns: source, field, label, word, cases (件, void ones too), mapping:
    the one by which the source's last file was read ('' for who may see only some cases).
    """
    columns = ["source", "field", "label", "word", "cases", "mapping"]
    if not reader.has_data:
        return pd.DataFrame(columns=columns)
    parts = []
    for field in TEXTS:
        word = cases.c[field]
        for source in SOURCES:
            if known := known_words(reader.profile, field, source):
                strange = and_(cases.c.source == source, word.not_in(["", *known]))
                said = select(cases.c.source, literal(field).label("field"), word.label("word")).where(strange)
                parts.append(said)
    if reader.keeps_unread_words:
        kept = unread_words
        flags = select(cases.c.source, kept.c.field, kept.c.word).join_from(
            kept, cases, and_(kept.c.source == cases.c.source, kept.c.case_id == cases.c.case_id)
        )
        parts.append(flags)
    every = union_all(*parts).subquery()
    names = (every.c.source, every.c.field, every.c.word)
    found = reader.exact.read(select(*names, func.count().label("cases")).group_by(*names))
    found = _in_steps(reader, found, ["cases"])
    found["label"] = found["field"].map(TEXTS | FLAGS)
    last = batches(reader).drop_duplicates("source").set_index("source")["mapping"]
    found["mapping"] = [str(last.get(source, "")) for source in found["source"]]
    ordered = found.sort_values(["cases", "source", "field", "word"], ascending=[False, True, True, True])
    return ordered[columns].reset_index(drop=True)


@cached
def freshness(reader: Reader) -> pd.DataFrame:
    """Newest times by source. Columns: source, cases (件), first, last, last_closed, last_callback."""
    if not reader.has_data:
        return pd.DataFrame(columns=["source", "cases", "first", "last", "last_closed", "last_callback"])
    found = reader.exact.read(
        select(
            cases.c.source,
            func.count().label("cases"),
            func.min(cases.c.created_at).label("first"),
            func.max(cases.c.created_at).label("last"),
            func.max(cases.c.closed_at).label("last_closed"),
            func.max(cases.c.callback_at).label("last_callback"),
        )
        .group_by(cases.c.source)
        .order_by(cases.c.source),
    )
    return _in_steps(reader, found, ["cases"])


def _in_steps(reader: Reader, frame: pd.DataFrame, counts: list[str]) -> pd.DataFrame:
    return small.rounded(reader, frame, counts, "cases", where=CaseFilter(), by=("source",))
