"""热点区域 tells the spots of the page 聚集热点, with a map of them; without any it says that there is none."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from analysis.hotspots import COLD, HOT
from briefs import gathering
from briefs.asked import Asked
from briefs.content import period_of
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.vocabulary import HOTLINE
from questions import clusters


def test_spots_are_the_pages_and_are_drawn(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(reader, CaseFilter(period=period_of(reader, "week", date(2022, 11, 16))), "week")
    known = clusters.spots(reader, asked.where.replace(source=(HOTLINE,)), gathering.SIZE, gathering.QUESTION)
    least = clusters.least_shown(reader)
    places = known.cells.nlargest(2, "cases").assign(spot=[HOT, COLD], cases=float(least))
    few = known.cells.head(1).assign(spot=HOT, cases=float(least - 1))
    for cells, shown in ((places, places), (known.cells.assign(spot=""), few.head(0)), (few, few.head(0))):
        monkeypatch.setattr(clusters, "spots", lambda *_, cells=cells: replace(known, cells=cells))
        part = gathering.gatherings(asked)
        assert part is not None
        drawn = json.dumps(part.chart, default=str, ensure_ascii=False)
        assert len(part.rows if part.rows is not None else ()) == len(shown)
        assert (HOT in drawn and COLD in drawn) == bool(len(shown)) == ("没有哪一处" not in part.sentences[0])
        assert known.basis in part.sentences[1 if len(shown) else 0]
