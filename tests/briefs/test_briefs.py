"""Briefs of the demo: every figure equals the page's, files open, the record comes last, nothing is nonsense."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import docx
import openpyxl
import pytest

from briefs.asked import NoBrief
from briefs.book import xlsx_bytes
from briefs.content import Brief, brief_of, compared, period_of
from briefs.keeping import again, is_own, keep, kept_briefs
from briefs.parts import ALL, RATES
from briefs.word import TEMPLATE, docx_bytes, template
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.periods import Period
from questions.league import STREET, league_of
from ui.style.numbers import name, show

NEW_YEAR = date(2022, 2, 2)
NONSENSE = re.compile(r"nan|None|inf|NaT|，，|。。|；。|（）|\{", re.IGNORECASE)


@pytest.fixture(scope="module")
def week(reader: Reader) -> Brief:
    return brief_of(reader, "week", period_of(reader, "week", date(2022, 11, 16)))  # whose callbacks are in


def text_of(file: bytes) -> str:
    paper = docx.Document(io.BytesIO(file))
    cells = (cell.text for table in paper.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in paper.paragraphs), *cells])


@pytest.mark.parametrize(
    ("kind", "on", "start", "end"),
    [
        ("day", date(2023, 1, 10), datetime(2023, 1, 9, 12), datetime(2023, 1, 10, 12)),
        ("week", date(2023, 1, 4), datetime(2023, 1, 2), datetime(2023, 1, 9)),
        ("month", date(2023, 1, 10), datetime(2022, 12, 19), datetime(2023, 1, 19)),
        ("season", date(2023, 1, 10), datetime(2022, 11, 15), datetime(2023, 3, 16)),
    ],
)
def test_each_kind_is_about_its_days(reader: Reader, kind: str, on: date, start: datetime, end: datetime) -> None:
    assert period_of(reader, kind, on) == Period(start, end)


def test_days_without_data_are_refused(reader: Reader) -> None:
    with pytest.raises(NoBrief, match="数据从"):
        period_of(reader, "week", date(2035, 1, 1))
    with pytest.raises(NoBrief, match="不在任何季节"):
        period_of(reader, "season", date(2022, 4, 10))


def test_every_figure_is_the_pages(reader: Reader, week: Brief) -> None:
    """The overview's are the cards', the league's are the league's."""
    assert week.figures == {
        key: pytest.approx(figure.current, nan_ok=True)
        for key, figure in reader.changes(ALL, week.where, "previous").items()
    }
    said = "\n".join(week.parts[0].sentences)
    assert show(week.figures["volume"], MEASURES["volume"]) in said
    told = next(part for part in week.parts if part.heading == "三率").rows
    league = league_of(reader, week.where, STREET).units
    assert told is not None
    assert told.set_index("unit")["composite"].to_dict() == pytest.approx(league["composite"].to_dict(), nan_ok=True)


@pytest.mark.slow
def test_rates_of_too_few_callbacks_are_not_told(reader: Reader) -> None:
    """100 % of four says nothing."""
    street = CaseFilter(street=(reader.profile.streets[0].name,))
    brief = brief_of(reader, "day", period_of(reader, "day", date(2022, 11, 10)), where=street)
    called = reader.figure("valid_callbacks", brief.where)
    assert 0 < called < reader.profile.scoring_at(date(2022, 11, 10)).small_sample
    rows = next(part for part in brief.parts if part.heading == "总体情况").rows
    assert rows is not None
    told = rows.set_index("measure")["now"]
    assert {told[name(MEASURES[rate])] for rate in RATES} == {"样本少"}
    said = "".join(next(part for part in brief.parts if part.heading == "三率").sentences)
    assert f"热线有效回访 {called:,.0f} 件，不足 30 件：样本少" in said and "率（" not in said


@pytest.mark.slow
@pytest.mark.parametrize("on", [NEW_YEAR, date(2021, 1, 2), date(2023, 1, 10)])
def test_any_week_reads_right(reader: Reader, on: date) -> None:
    """The new year's, the first of all, one that is not over; of the district and of a street with few cases."""
    for street in ((), ("前门街道",)):
        brief = brief_of(reader, "week", period_of(reader, "week", on), where=CaseFilter(street=street))
        said = text_of(docx_bytes(brief, reader.profile.folder))
        assert not NONSENSE.search(said), NONSENSE.findall(said)
        assert brief.title in said
        assert not [sentence for part in brief.parts for sentence in part.sentences if not sentence.endswith("。")]


@pytest.mark.slow
def test_the_word_file_holds_every_part_and_the_template_is_the_offices(
    reader: Reader, week: Brief, tmp_path: Path
) -> None:
    paper = docx.Document(io.BytesIO(template()))
    paper.paragraphs[0].insert_paragraph_before("内部资料　注意保存")
    paper.save(str(tmp_path / TEMPLATE))
    said = text_of(docx_bytes(week, tmp_path, made_by="由 调度员甲 生成"))
    assert said.startswith("内部资料")
    assert "{{" not in said
    for part in week.parts:
        assert part.heading in said
        assert all(sentence in said for sentence in part.sentences)
    assert "由 调度员甲 生成" in said
    pictures = docx.Document(io.BytesIO(docx_bytes(week, tmp_path))).inline_shapes
    assert len(pictures) == sum(part.chart is not None for part in week.parts)


def test_the_workbook_holds_figures_not_words(week: Brief) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(week, made_by="由 调度员甲 生成")))
    sheet = book["三率"]
    head = next(row for row in sheet.iter_rows() if row[0].value == "名次")
    first = next(sheet.iter_rows(min_row=head[0].row + 1, max_row=head[0].row + 1))
    assert isinstance(first[1].value, str)
    assert isinstance(first[2].value, int | float)
    assert first[2].number_format == MEASURES["composite"].unit.spreadsheet
    assert "由 调度员甲 生成" in [cell.value for row in book["口径"].iter_rows() for cell in row]


@pytest.mark.slow
def test_a_kept_brief_is_listed_once_it_is_whole_and_made_again_is_the_same(
    reader: Reader, week: Brief, tmp_path: Path
) -> None:
    kept = keep(week, reader, made_by="调度员甲", where=tmp_path)
    assert kept.docx.exists()
    assert kept.xlsx.exists()
    (tmp_path / "坏.json").write_text("{", encoding="utf-8")
    again = keep(brief_of(reader, week.kind, week.where.when), reader, made_by="调度员甲", where=tmp_path)
    assert [one.name for one in kept_briefs(tmp_path)] == [kept.name]
    told = compared(again.figures, kept.figures)
    assert set(told["measure"]) == set(ALL)
    assert (told["difference"].fillna(0) == 0).all()
    assert timedelta(0) <= again.made_at - kept.made_at


@pytest.mark.slow
def test_a_kept_brief_is_made_again_from_its_data_or_says_that_it_is_gone(
    reader: Reader, week: Brief, tmp_path: Path
) -> None:
    kept = keep(week, reader, made_by="调度员甲", where=tmp_path)
    assert kept.where == week.where and kept.kind == "week"
    assert again(kept, reader).parts[0].sentences == week.parts[0].sentences
    with pytest.raises(NoBrief, match="已清掉"):
        again(replace(kept, version="v999999"), reader)


@pytest.mark.slow
def test_a_street_has_the_briefs_about_itself_alone(reader: Reader, tmp_path: Path) -> None:
    street, other = (street.name for street in reader.profile.streets[:2])
    own = brief_of(reader, "free", period_of(reader, "free", date(2022, 5, 1)), where=CaseFilter(street=(street,)))
    kept = keep(own, reader, made_by="命令行", where=tmp_path)
    assert is_own(kept, [street])
    assert not is_own(kept, [other]) and not is_own(kept, [])
    assert not is_own(replace(kept, units=(other,)), [street])
    assert not is_own(replace(kept, streets=()), [street])
    of_city = replace(kept, streets=(), where=CaseFilter(district=("甲区",)))
    assert is_own(of_city, ["甲区", street]) and not is_own(of_city, ["乙区", street])
    assert is_own(kept, ["甲区", street]) and not is_own(replace(kept, streets=(street, other)), ["甲区", street])
