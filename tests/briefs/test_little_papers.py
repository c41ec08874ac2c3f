"""Papers of stores that know little, and of an empty week: each is written, and nothing in it is nonsense."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from briefs.asked import NoBrief
from briefs.book import xlsx_bytes
from briefs.content import brief_of, period_of
from briefs.word import docx_bytes
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.periods import Period
from data_access.district.profile import current_profile
from tests.briefs.test_briefs import NONSENSE, text_of
from tests.little import LITTLE, little


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("little_papers")


@pytest.mark.slow
@pytest.mark.parametrize("name", LITTLE)
def test_a_store_that_knows_little_gives_a_paper(name: str, folder: Path, demo_store: Store) -> None:
    reader = Reader.of(little(name, folder, demo_store), current_profile("dongcheng"))
    on = reader.as_of.date()
    for kind in ("day", "week"):
        try:
            period = period_of(reader, kind, on)
        except NoBrief:
            continue
        brief = brief_of(reader, kind, period)
        said = text_of(docx_bytes(brief, reader.profile.folder))
        assert not NONSENSE.search(said), (kind, NONSENSE.findall(said))
        assert xlsx_bytes(brief)


@pytest.mark.slow
def test_a_week_without_a_case_is_said_to_have_none(reader: Reader) -> None:
    """Of a unit that has none in it."""
    empty = CaseFilter(unit=("没有这个单位",))
    brief = brief_of(reader, "week", Period(datetime(2022, 5, 2), datetime(2022, 5, 9)), where=empty)
    said = text_of(docx_bytes(brief, reader.profile.folder))
    assert "共受理 0 件" in said and "上期也没有" in said
    assert not [words for words in ("没有数（", "无从比较", "其中热线", "样本少，不写") if words in said]
    assert not NONSENSE.search(said), NONSENSE.findall(said)
