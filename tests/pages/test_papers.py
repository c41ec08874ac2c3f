"""Papers of meetings, portraits, 七有五性: each says what its page says, to whom may know; 简报 keeps and repeats."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import docx
import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from briefs.asked import NoBrief
from briefs.book import xlsx_bytes
from briefs.content import Brief, brief_of, period_of
from briefs.keeping import kept_briefs
from briefs.word import docx_bytes
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.cases.sight import NO_MATTER, WHOLE
from tests.briefs.test_briefs import NONSENSE
from tests.pages.test_hard_cases import ledger, numbers  # noqa: F401 - fixtures
from tests.pages.test_pages import words
from ui.style.numbers import show

Visit = Callable[..., AppTest]
SPACE = re.compile(r"\s+")


def written(reader: Reader, kind: str, on: date, **whose: str) -> Brief:
    where = CaseFilter().replace(**{name: (value,) for name, value in whose.items()})
    return brief_of(reader, kind, period_of(reader, kind, on), where=where)


def opened(brief: Brief, reader: Reader) -> str:
    """The Word file's words; both files hold every table."""
    paper = docx.Document(io.BytesIO(docx_bytes(brief, reader.profile.folder)))
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(brief)))
    with_tables = [part for part in brief.parts if part.rows is not None and len(part.rows)]
    printed = [part for part in brief.parts if not part.is_annex and part.printed is not None and len(part.printed)]
    assert len(paper.tables) == len(printed)
    assert {part.heading for part in with_tables} <= set(book.sheetnames)
    cells = (cell.text for table in paper.tables for row in table.rows for cell in row.cells)
    said = "\n".join([*(paragraph.text for paragraph in paper.paragraphs), *cells])
    assert not NONSENSE.search(said), NONSENSE.findall(said)
    return said


def bare(text: str) -> str:
    """A page's words without marks and spaces, as they are compared."""
    return SPACE.sub("", re.sub("<[^>]*>", "", text))


def test_the_hard_cases_paper_is_the_agenda(reader: Reader, numbers: list[str], visit: Visit) -> None:  # noqa: F811
    brief = written(reader, "hard_case", date(2022, 6, 15))
    agenda = bare(words(visit("hard_cases", view="会议议程", month="2022-06")))
    told = re.search(
        r"研究(\d+)项.*?本月有进展(\d+)项，没有进展(\d+)项；节点过期未完成(\d+)个，下次会前到期(\d+)个", agenda
    )
    assert told
    listed, moved, _, late, due = map(int, told.groups())
    figures = brief.figures
    assert (listed, moved, late, due) == (figures["研究事项（项）"], figures["本月有进展（项）"],
                                          figures["节点过期未完成（个）"], figures["下次会前到期（个）"])  # fmt: skip
    said = opened(brief, reader)
    blocks = next(part for part in brief.parts if part.heading == "逐项情况").rows
    assert blocks is not None and len(blocks) == listed == 2
    for block in blocks.to_dict("records"):
        assert all(str(block[name]) in said for name in ("title", "latest", "next", "effect"))
        for figure in re.findall(r"[−+]\d[\d.,]*%", block["effect"]):
            assert figure.lstrip("−+") in agenda, block["effect"]
        assert bare(re.split("[：（]", block["effect"])[0].strip("—")) in agenda
    steps = next(part for part in brief.parts if part.heading == "本月每一步")
    assert steps.is_annex and steps.rows is not None and not any("本月每一步" in line for line in said.splitlines())
    assert len(steps.rows) == sum(agenda.count(bare(words)) > 0 for words in steps.rows["said"])


def test_a_paper_of_matters_is_for_those_who_may_see_them(reader: Reader, numbers: list[str]) -> None:  # noqa: F811
    outside = replace(reader, sight=replace(WHOLE, matters=NO_MATTER))
    with pytest.raises(NoBrief, match="看不到办理事项"):
        written(outside, "hard_case", date(2022, 6, 15))
    assert "办理进展" not in [part.heading for part in written(outside, "topic", date(2022, 6, 30)).parts]
    with pytest.raises(NoBrief, match="只写全区"):
        written(reader, "topic", date(2022, 6, 30), street=reader.profile.streets[0].name)


def test_the_topics_paper_is_the_page(reader: Reader, visit: Visit) -> None:
    brief = written(reader, "topic", date(2022, 6, 30))
    page = bare(words(visit("monthly_topics", year="2022年", until="6月")))
    first = brief.parts[0]
    assert bare(first.sentences[0]) in page
    assert first.rows is not None and brief.figures["volume"] > 0
    assert first.rows["volume"].sum() >= brief.figures["volume"]
    assert first.sentences[0] in opened(brief, reader)


def test_a_january_looks_back_on_the_year_before(reader: Reader) -> None:
    period = period_of(reader, "topic", date(2023, 1, 5))
    assert (period.start.year, period.end.date()) == (2022, date(2023, 1, 1))
    with pytest.raises(NoBrief):
        period_of(reader, "topic", date(2035, 1, 5))


def test_the_index_of_a_month_is_the_pages(reader: Reader, visit: Visit) -> None:
    brief = written(reader, "month", date(2022, 12, 10))
    part = next(part for part in brief.parts if part.heading == "七有五性")
    page = bare(words(visit("livelihood_index", index_month="2022年11月")))
    assert bare(part.sentences[0]) in page
    said = opened(brief, reader)
    assert part.sentences[0] in said
    week = written(reader, "week", date(2022, 12, 14))  # completes no month
    assert "七有五性" not in [part.heading for part in week.parts]


@pytest.mark.parametrize("by", ["street", "unit"])
def test_a_portrait_is_its_page(reader: Reader, visit: Visit, by: str) -> None:
    one = reader.profile.streets[0].name if by == "street" else next(
        unit for unit in reader.options("unit") if unit and not unit.endswith("街道")
    )  # fmt: skip
    brief = written(reader, "portrait", date(2022, 12, 31), **{by: one})
    said = opened(brief, reader)
    assert one in brief.title and one in brief.name and "区区" not in brief.title
    if by == "unit":
        seen = visit("unit", start="2022-10-03T00:00:00", end="2023-01-01T00:00:00", who=one)
        cards = [metric.value for metric in seen.metric]
        assert cards == [show(brief.figures[name], MEASURES[name]) for name in (
            "volume", "open", "overdue_open", "median_hours", "response_rate", "resolution_rate", "satisfaction_rate",
            "composite")]  # fmt: skip
    assert show(brief.figures["volume"], MEASURES["volume"]) in said
    with pytest.raises(NoBrief, match="请选一个"):
        written(reader, "portrait", date(2022, 12, 31))


def test_a_kept_brief_is_read_and_made_again_on_the_page(
    reader: Reader, visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIEFS_DIR", str(tmp_path))
    seen = visit("brief", kind="周报", on="2022-12-14")
    seen.session_state["actor_name"] = "值班长甲"
    seen.run().button(key="keep").click().run()
    assert not seen.exception and "已存" in words(seen)
    kept = kept_briefs()[0]
    assert set(kept.sentences) == {part.heading for part in written(reader, "week", date(2022, 12, 14)).parts}
    seen = visit("brief", view="已写的")
    assert kept.title in words(seen)
