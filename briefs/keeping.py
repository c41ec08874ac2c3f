"""The briefs that were made: kept in a folder with the figures and the data's version they were made from."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from briefs.asked import NoBrief
from briefs.book import xlsx_bytes
from briefs.content import Brief, brief_of
from briefs.word import docx_bytes
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.people import Actor
from data_access.district.periods import beijing_now
from questions.messages import Outward
from ui.style.links import cases_address, filter_of
from ui.style.numbers import until_now

DEFAULT = "data/briefs"
ADDRESSES = "BRIEF_URLS"  # where briefs are sent, as ALARM_URLS


@dataclass(frozen=True)
class Kept:
    """A brief in the folder. `figures`: its overview's measures; `docx`, `xlsx`: its files; `streets`, `units`: whose
    it is, empty for the district's; `where`: its cases; `sentences`: by part's heading."""

    name: str
    kind: str
    where: CaseFilter
    title: str
    made_at: datetime
    made_by: str
    as_of: datetime
    version: str
    figures: Mapping[str, float]
    docx: Path
    xlsx: Path
    streets: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    sentences: Mapping[str, Sequence[str]] = field(default_factory=dict)


def folder() -> Path:
    """Where briefs are kept: BRIEFS_DIR, or data/briefs."""
    return Path(os.environ.get("BRIEFS_DIR") or DEFAULT)


def keep(brief: Brief, reader: Reader, *, made_by: str, where: Path | None = None) -> Kept:
    """Write a brief's files and its record; one of the same name and version is replaced, of another version not.

    The record is written last and moved into place: what has none was not finished, and is not listed.
    """
    into, now = where or folder(), beijing_now()
    into.mkdir(parents=True, exist_ok=True)
    name = f"{brief.name}_{brief.version}"
    signed = f"由 {made_by} 生成于 {now:%Y-%m-%d %H:%M}"
    (into / f"{name}.docx").write_bytes(docx_bytes(brief, reader.profile.folder, made_by=signed))
    (into / f"{name}.xlsx").write_bytes(xlsx_bytes(brief, made_by=signed))
    record = {
        "title": brief.title, "kind": brief.kind, "cases": cases_address(brief.where), "made_by": made_by,
        "made_at": f"{now:%Y-%m-%dT%H:%M:%S}", "as_of": brief.as_of.isoformat(), "version": brief.version,
        "streets": brief.where.street, "units": brief.where.unit,
        "figures": {key: None if math.isnan(value) else value for key, value in brief.figures.items()},
        "sentences": {part.heading: part.sentences for part in brief.parts},
    }  # fmt: skip
    whole = into / f"{name}.json.part"
    whole.write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")
    whole.replace(into / f"{name}.json")
    return next(kept for kept in kept_briefs(into) if kept.name == name)


def kept_briefs(where: Path | None = None) -> list[Kept]:
    """The kept briefs, the newest first; a record that cannot be read is left out."""
    into, found = where or folder(), list[Kept]()
    for path in into.glob("*.json") if into.is_dir() else ():
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            figures = {key: math.nan if value is None else float(value) for key, value in said["figures"].items()}
            found.append(Kept(
                path.stem, said["kind"], filter_of(parse_qs(urlsplit(said["cases"]).query)), said["title"],
                datetime.fromisoformat(said["made_at"]), said["made_by"],
                datetime.fromisoformat(said["as_of"]), said["version"], figures,
                path.with_suffix(".docx"), path.with_suffix(".xlsx"), tuple(said["streets"]), tuple(said["units"]),
                said["sentences"],
            ))  # fmt: skip
        except (ValueError, KeyError, OSError):
            continue
    return sorted(found, key=lambda kept: kept.made_at, reverse=True)


def again(kept: Kept, reader: Reader, *, viewer: Actor | None = None) -> Brief:
    """The same brief from the version of the data that it was made from; raises `NoBrief` where that is gone."""
    if kept.version not in {one.name for one in reader.store.versions()}:
        raise NoBrief(f"数据版本 {kept.version} 已清掉，不能再写；存下的文件还在")
    then = replace(reader, version=kept.version)
    return brief_of(then, kept.kind, kept.where.when, where=kept.where.replace(period=None), viewer=viewer)


def is_own(kept: Kept, own: Collection[str]) -> bool:
    """Whether a brief is about one's own street, unit or district and nothing else. `own`: Profile.units_of."""
    about = {*kept.streets, *kept.units} or {*kept.where.district}
    return bool(about) and about <= {*own}


def summary(brief: Brief) -> str:
    """What a message says of a brief whose files it brings."""
    first = brief.parts[0].sentences if brief.parts else ()
    return "\n".join([until_now(brief.where.when, brief.as_of), *first, *brief.notes])


def addresses() -> str:
    """Where briefs are sent; '' where that is set nowhere."""
    return os.environ.get("BRIEF_URLS", "")


def sent(brief: Brief, kept: Kept, outward: Outward) -> bool:
    """Send a kept brief with its files; whether every address took it."""
    return outward(brief.title, summary(brief), attached(kept))


def attached(kept: Kept) -> dict[str, str]:
    """A brief's files as a message brings them: name -> path."""
    last = min(kept.where.when.end - timedelta(microseconds=1), kept.as_of)
    return {f"brief-{kept.kind}-{last:%Y-%m-%d}{path.suffix}": str(path) for path in (kept.docx, kept.xlsx)}
