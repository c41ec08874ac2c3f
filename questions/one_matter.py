"""一事多诉: what several people report within a week at one place, so that it is handled once.

Two answers of the same reports: places where more people than usual complain of one class, and reports of one place
that tell the same matter, whatever class they were given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import h3
import numpy as np
import pandas as pd

from analysis import alike
from analysis.gathering import gathered
from data_access.cases.cache import cached
from data_access.cases.filters import CaseFilter, references
from data_access.cases.reader import Reader
from data_access.cases.reports import by_place_and_week, reports
from data_access.district.periods import DAY, Period, day_of

DAYS, WEEKS, RING = 7, 26, 1
PLACE, UNNAMED = ("street", "community", "address"), "未分类"


@dataclass(frozen=True)
class Gathering:
    """`where`: its cases, alone; `callers`: how many people reported them; `usual`: in a usual week at that place, of
    that class (unknown where the place is not known); `is_more`: more than chance, of all that was looked at; `alike`:
    of how many cases the texts tell the same matter."""

    where: CaseFilter
    street: str
    community: str
    address: str
    what: str
    unit: str
    cases: int
    callers: int
    usual: float
    is_more: bool
    alike: int
    first: pd.Timestamp
    newest: pd.Timestamp

    def is_about(self, where: CaseFilter | None) -> bool:
        """Whether these cases (of a matter, say) are of the same thing, be it of another day."""
        if where is None:
            return False
        mine = self.where
        same = bool(mine.h3_cell) and (where.h3_cell, where.category2) == (mine.h3_cell, mine.category2)
        return same or bool(set(where.case_id) & set(mine.case_id))


@dataclass(frozen=True)
class OneMatter:
    """`gatherings`: places with more than usual, the least likely by chance first; `matters`: reports of one matter,
    the most callers first; `period`: the days looked at; `limit`: the likeness of texts that counts as one matter, None
    where nobody may read them; `reports`, `watched`: cases and places with a class looked at."""

    gatherings: tuple[Gathering, ...]
    matters: tuple[Gathering, ...]
    period: Period
    limit: float | None
    reports: int
    watched: int


def _window(reader: Reader) -> Period:
    """The last seven days, today among them."""
    today = day_of(reader.as_of)
    return Period(today - (DAYS - 1) * DAY, today + DAY)


@cached
def one_matter(reader: Reader) -> OneMatter:
    """What of the last seven days is one matter. See `OneMatter`."""
    rules = reader.profile.settings.watch
    where = CaseFilter(period=_window(reader), source=rules.sources)
    told = reports(reader, where)
    if told.empty:
        return OneMatter((), (), where.when, None, 0, 0)
    judged = _judged(reader, where, told)
    told["group"], limit = _groups(told)
    least = rules.least_together
    found = [_gathering(rows, _at(judged, rows)) for _, rows in told.groupby("group")
             if rows["caller"].nunique() >= least]  # fmt: skip
    matters = sorted(found, key=lambda one: (-one.callers, -one.cases, one.first))
    return OneMatter(tuple(_beyond(where, told, judged)), tuple(matters), where.when, limit, len(told), len(judged))


def _around(cell: str) -> list[str]:
    return [cell, *(other for other in h3.grid_disk(cell, RING) if other != cell)] if cell else []


def _spread(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts by cell as counts by the places that a cell lies in: it and those around it. Columns as given."""
    around = {cell: _around(cell) for cell in counts["h3_cell"].unique()}
    wide = counts.assign(place=counts["h3_cell"].map(around)).explode("place")
    keys = [name for name in ("place", "category2", "week") if name in wide]
    return wide.groupby(keys)["cases"].sum().reset_index().rename(columns={"category2": "kind"})


def _judged(reader: Reader, where: CaseFilter, told: pd.DataFrame) -> pd.DataFrame:
    """Each place and class of the week against its half year; see `gathered`. Empty where the data is too short."""
    placed = told[(told["h3_cell"] != "") & (told["category2"] != "")]
    if placed.empty or where.when.start - WEEKS * DAYS * DAY < reader.span[0]:
        return pd.DataFrame(columns=["place", "kind", "cases", "usual", "p", "is_more"])
    now = placed.groupby(["h3_cell", "category2"])["caller"].nunique().rename("cases").reset_index()
    history = by_place_and_week(reader, where, WEEKS)
    return gathered(_spread(history), _spread(now), WEEKS)


def _groups(told: pd.DataFrame) -> tuple[np.ndarray, float | None]:
    """The matter of each report, and from which likeness on. Without texts, reports of one place and finest class."""
    own = told["h3_cell"].where(told["h3_cell"] != "", "@" + told["street"] + told["address"])
    own = own.where((told["h3_cell"] != "") | (told["address"] != ""), "")
    places = [_around(cell) if cell and not cell.startswith("@") else [cell] if cell else [] for cell in own]
    pairs = alike.neighbours(places)
    texts = [_bare(row) for row in told[[*PLACE, "title", "content"]].itertuples(index=False, name=None)]
    if not any(texts):
        kinds = told["category3"].to_numpy()
        links = pairs[(kinds[pairs[:, 0]] == kinds[pairs[:, 1]]) & (kinds[pairs[:, 0]] != "")]
        return alike.groups(len(told), links), None
    limit = alike.limit(texts, own.tolist())
    return alike.groups(len(told), pairs[alike.likeness(texts, pairs) >= limit]), limit


def _bare(row: Sequence[str]) -> str:
    """A report's words without its place's names, which all of one place would share."""
    *names, title, content = row
    words = f"{title} {content}"
    for name in sorted(filter(None, names), key=len, reverse=True):
        words = words.replace(name, "")
    return words.strip()


def _at(judged: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    return judged[judged["place"].isin(set(rows["h3_cell"])) & judged["kind"].isin(set(rows["category2"]))]


def _gathering(rows: pd.DataFrame, there: pd.DataFrame, where: CaseFilter | None = None) -> Gathering:
    """`rows`: its reports; `there`: how unusual its places are; `where`: its cases, where their numbers would be
    longer."""
    best = next(iter(there.sort_values("p").head(1).to_dict("records")), None)
    street, community, address, unit = (_most(rows[name]) for name in (*PLACE, "unit"))
    what = _most(rows["category3"]) or _most(rows["category2"]) or UNNAMED
    return Gathering(
        where or CaseFilter(case_id=tuple(references(rows))), street, community, address, what, unit, len(rows),
        int(rows["caller"].nunique()), float("nan") if best is None else float(best["usual"]),
        best is not None and bool(best["is_more"]), int(rows["group"].value_counts().iloc[0]),
        rows["created_at"].min(), rows["created_at"].max(),
    )  # fmt: skip


def _most(values: pd.Series) -> str:
    known = values[values != ""]
    return str(known.mode().iloc[0]) if len(known) else ""


def _beyond(where: CaseFilter, told: pd.DataFrame, judged: pd.DataFrame) -> list[Gathering]:
    """The places with more than usual, each once: of those that overlap, the least likely."""
    kept: list[tuple[str, set[str], Gathering]] = []
    more = judged[judged["is_more"].astype(bool)].sort_values(["p", "place"])
    for row in more.to_dict("records"):
        cells = set(_around(row["place"]))
        if any(kind == row["kind"] and cells & others for kind, others, _ in kept):
            continue
        rows = told[told["h3_cell"].isin(cells) & (told["category2"] == row["kind"])]
        here = where.replace(h3_cell=tuple(sorted(set(rows["h3_cell"]))), category2=(row["kind"],))
        kept.append((row["kind"], cells, _gathering(rows, pd.DataFrame([row]), here)))
    return [found for _, _, found in kept]
