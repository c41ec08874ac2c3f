"""Workbooks: every sheet of one layout is read, the others are named; where rows stand; what cells become."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_access.intake.reading import UnreadableFile, open_document
from data_access.intake.reading.headers import Expected
from tests.data_access.intake.reading.tables import (
    EXPECTED,
    HEADER,
    ROWS,
    Table,
    opened,
    places_of,
    refused_of,
    rows_of,
    write_book,
    write_ods,
    write_xml,
)
from tests.test_architecture import ROOT

NOTES: Table = [["字段", "说明"], ["工单编号", "热线系统的编号"], ["来电时间", "年月日时分"]]
CODES: Table = [["街道", "代码"], *([f"街道{number}", number] for number in range(30))]


@st.composite
def books(draw: st.DrawFn) -> tuple[dict[str, Table], list[str], list[list[str]], list[tuple[str, int]]]:
    """Sheets, which are hidden, the rows to be read, and where each stands."""
    sheets: dict[str, Table] = {}
    wanted: list[list[str]] = []
    places: list[tuple[str, int]] = []
    months = draw(st.permutations(["1月", "2月", "说明", "代码表", "空"]))
    for name in months:
        if name.endswith("月"):
            titles = [["明细表"], [], ["导出时间：2022-02-01", "共 3 件"]][: draw(st.integers(0, 3))]
            order = draw(st.permutations(range(len(HEADER))))
            rows = [[f"{name}{number}", *ROWS[number][1:]] for number in range(draw(st.integers(1, 3)))]
            sheets[name] = [*titles, [HEADER[at] for at in order], *([row[at] for at in order] for row in rows)]
            wanted += rows
            places += [(name, len(titles) + 2 + number) for number in range(len(rows))]
        else:
            sheets[name] = {"说明": NOTES, "代码表": CODES, "空": []}[name]
    hidden = draw(st.lists(st.sampled_from(months[:-1]), unique=True))
    return sheets, hidden, wanted, places


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(books())
def test_all_sheets_of_one_layout_are_read_and_the_others_named(
    tmp_path: Path, book: tuple[dict[str, Table], list[str], list[list[str]], list[tuple[str, int]]]
) -> None:
    sheets, hidden, wanted, places = book
    found = opened(write_book(tmp_path / "a.xlsx", sheets, hidden))
    table = [dict(zip(found.header, row, strict=True)) for row in rows_of(found)]
    assert [[row[name] for name in HEADER] for row in table] == wanted
    marked = {name: f"{name}（隐藏）" if name in hidden else name for name in sheets}
    assert places_of(found) == [(f"［{marked[name]}］", line) for name, line in places]
    assert found.notes["读入的表（行）"] == {
        marked[name]: sum(1 for one, _ in places if one == name) for name in sheets if name.endswith("月")
    }
    (unread,) = [label for label in found.notes if "没有读的表" in label]
    assert "没有所需的列" in unread and all(marked[name] in unread for name in ("说明", "代码表"))
    assert "空" not in unread


def test_a_sheet_can_be_asked_for(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", {"1月": [HEADER, ROWS[0]], "2月": [HEADER, ROWS[1]]}, ["1月"])
    assert rows_of(opened(path, sheet="2月")) == [ROWS[1]] and rows_of(opened(path, sheet="1月")) == [ROWS[0]]
    with pytest.raises(UnreadableFile, match=r"没有工作表“3月”；现有：1月（隐藏）、2月"):
        opened(path, sheet="3月")


def test_of_two_layouts_the_longer_is_read_and_the_other_says_how(tmp_path: Path) -> None:
    short, long = [HEADER[:3], *(row[:3] for row in ROWS)], [HEADER, *ROWS, *ROWS]
    found = opened(write_book(tmp_path / "a.xlsx", {"旧": short, "新": long}))
    assert len(rows_of(found)) == 6
    (label,) = [label for label in found.notes if "没有读的表" in label]
    assert "少 主要内容、是否解决" in label and "--sheet" in label and label.endswith("：旧")


def test_columns_that_nobody_reads_may_differ(tmp_path: Path) -> None:
    sheets = {"1月": [[*HEADER, "备注"], [*ROWS[0], "a"]], "2月": [["批次", *HEADER], ["b", *ROWS[1]]]}
    found = opened(write_book(tmp_path / "a.xlsx", sheets))
    assert found.header == [*HEADER, "备注", "批次"]
    assert rows_of(found) == [[*ROWS[0], "a", ""], [*ROWS[1], "", "b"]]


def test_cells_are_what_a_clean_csv_has(tmp_path: Path) -> None:
    cells = [
        (True, "TRUE"), (False, "FALSE"), (12.0, "12"), (1.5, "1.5"), (202201010001, "202201010001"),
        (dt.datetime(2022, 1, 3, 8, 5), "2022-01-03 08:05:00"), (dt.datetime(2022, 1, 3), "2022-01-03"),
        (2.0**60, "1.152921504606847e+18"), ("007", "007"),
    ]  # fmt: skip
    header = [*HEADER[:2], *(f"列{number}" for number in range(len(cells)))]
    table: Table = [header, ["1", "2022-01-03", *(cell for cell, _ in cells)]]
    for path in (write_book(tmp_path / "a.xlsx", {"a": table}), write_xml(tmp_path / "b.xls", {"a": table})):
        ((_, _, *found),) = rows_of(opened(path))
        right = [text for _, text in cells]
        right[6] = found[6] if found[6].startswith(right[6]) else right[6]  # a day, with or without its midnight
        assert found == right


def test_a_time_of_day_is_to_the_second(tmp_path: Path) -> None:
    """A serial number holds 08:05:00 as 08:04:59.9999."""
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    sheet, style = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.write_row(0, 0, HEADER[:2])
    sheet.write(1, 0, "1")
    sheet.write_number(1, 1, 44564 + (8 * 3600 + 5 * 60 - 0.0004) / 86400, style)
    book.close()
    assert rows_of(opened(tmp_path / "a.xlsx")) == [["1", "2022-01-03 08:05:00"]]


def test_an_area_that_begins_elsewhere_keeps_its_lines(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    sheet = book.add_worksheet()
    for line, row in enumerate([HEADER, ROWS[0], [], ROWS[1]]):
        sheet.write_row(3 + line, 2, row)
    book.close()
    found = opened(tmp_path / "a.xlsx")
    assert found.header[2:] == HEADER and [row[2:] for row in rows_of(found)] == ROWS[:2]
    assert places_of(found) == [("", 5), ("", 7)]


@pytest.mark.slow
@pytest.mark.parametrize("corner", [(1_048_575, 2), (1_048_575, 16_383), (300, 16_383)])
def test_a_stray_cell_far_away_costs_no_memory(tmp_path: Path, corner: tuple[int, int]) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    sheet = book.add_worksheet("工单")
    for line, row in enumerate([HEADER, *(ROWS * 3)]):
        sheet.write_row(line, 0, row)
    sheet.write(*corner, "x")
    book.add_worksheet("说明").write(0, 0, "说明")
    book.close()
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from tests.data_access.intake.reading.tables import opened, places_of\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "places = places_of(opened(Path(sys.argv[1])))\n"
        "print(len(places), places[-1][1], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "a.xlsx")], cwd=ROOT, capture_output=True, text=True, check=True
    )
    rows, last, grown = map(int, run.stdout.split())
    assert (rows, last) == ((10, corner[0] + 1) if corner[1] < len(HEADER) else (9, 10))  # the stray one is a row too
    assert grown < 300_000  # KB; the whole area would be 2 GB, or more than there is


def test_an_ods_with_a_cell_in_its_last_corner_opens(tmp_path: Path) -> None:
    near, far = tmp_path / "near.ods", tmp_path / "far.ods"
    write_ods(near, [HEADER, *ROWS])
    blank = '<table:table-cell table:number-columns-repeated="16383"/>'
    gap = f'<table:table-row table:number-rows-repeated="{1_048_575 - 1 - len(ROWS)}">{blank}</table:table-row>'
    last = f"<table:table-row>{blank}<table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>"
    with zipfile.ZipFile(near) as old, zipfile.ZipFile(far, "w") as new:
        for item in old.infolist():
            new.writestr(item, old.read(item).replace(b"</table:table>", f"{gap}{last}</table:table>".encode()))
    assert rows_of(opened(far)) == rows_of(opened(near)) and places_of(opened(far)) == places_of(opened(near))


def test_a_large_ods_reads_as_a_small_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_ods(tmp_path / "a.ods", [HEADER, *ROWS])
    held = opened(tmp_path / "a.ods")
    monkeypatch.setattr(open_document, "LARGE", 0)
    streamed = opened(tmp_path / "a.ods")
    assert (streamed.header, rows_of(streamed)) == (held.header, rows_of(held)) and rows_of(held)


def test_a_stray_cell_is_a_row_like_others(tmp_path: Path) -> None:
    """Row by row the same sheets, names and lines come out as at once."""
    sheets: dict[str, Table] = {"说明": NOTES, "1月": [["标题"], HEADER, *ROWS], "2月": [HEADER, ROWS[0]]}
    near = opened(write_book(tmp_path / "near.xlsx", sheets, ["2月"]))
    book = openpyxl.load_workbook(tmp_path / "near.xlsx")
    book.create_sheet("远").cell(50_000, 200, "x")
    book.save(tmp_path / "far.xlsx")
    far = opened(tmp_path / "far.xlsx")
    assert rows_of(near) == rows_of(far) and places_of(near) == places_of(far) and refused_of(far) == []


def test_a_mapping_whose_columns_no_sheet_has_opens_the_best_known(tmp_path: Path) -> None:
    found = opened(
        write_book(tmp_path / "a.xlsx", {"代码表": CODES, "工单": [["街道", "主要内容", "编号"], ["a", "b", "c"]]})
    )
    assert found.header == ["街道", "主要内容", "编号"]
    assert not EXPECTED.fits(found.header) and not Expected().fits([])
