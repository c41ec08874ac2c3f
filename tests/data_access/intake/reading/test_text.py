"""Delimited text, however it is written, is the table of the plain file; lines that are no text are named."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_access.intake.reading import UnreadableFile
from tests.data_access.intake.reading.tables import HEADER, ROWS, opened, places_of, refused_of, rows_of

LETTERS = st.text("东四街道路灯不亮，。；“”\"',;\t|ab 019-=", max_size=12)
TITLES = (["东城区12345工单明细表"], ["导出时间：2022-02-01 09:00"], ["制表单位：指挥中心", "共 3 件"])


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, list[list[str]], str]:
    """Bytes, the rows they hold, and what to name the file."""
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    cell = LETTERS if end == "\r" else st.text('东四路灯,;\t|"\n ab1', max_size=8) | LETTERS
    rows = [
        [f"DC{number}", f"2022-01-0{number + 1} 08:05:00", *draw(st.lists(cell, min_size=3, max_size=3))]
        for number in range(draw(st.integers(1, 5)))
    ]
    separator = draw(st.sampled_from([",", ";", "\t", "|"]))
    titles = draw(st.lists(st.sampled_from(TITLES), max_size=3, unique_by=tuple))
    if draw(st.booleans()):  # as Excel writes it: every row has all separators
        titles = [title + [""] * (len(HEADER) - len(title)) for title in titles]
    text = io.StringIO()
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    csv.writer(text, delimiter=separator, lineterminator=end, quoting=quoting).writerows([*titles, HEADER, *rows])
    whole = text.getvalue() if draw(st.booleans()) else text.getvalue().removesuffix(end)
    whole = draw(st.sampled_from(["", f"sep={separator}{end}"])) + whole
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]))
    return whole.encode(encoding), rows, draw(st.sampled_from(["a.csv", "a.txt", "a.tsv", "a.xls", "a.dat", "a"]))


@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files())
def test_every_way_of_writing_a_table_reads_alike(tmp_path: Path, file: tuple[bytes, list[list[str]], str]) -> None:
    content, rows, name = file
    (tmp_path / name).write_bytes(content)
    found = opened(tmp_path / name)
    assert (found.header, rows_of(found), refused_of(found)) == (HEADER, rows, [])


def text_of(rows: list[list[str]], separator: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\n").writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_lines_of_another_encoding_are_read_and_named(tmp_path: Path, encoding: str) -> None:
    other = {"utf-8": "gb18030", "gb18030": "utf-8"}[encoding]
    lines = text_of([HEADER, *(ROWS * 20)]).splitlines(keepends=True)
    strange = [5, 9, 30]
    content = [line.encode(other if number in strange else encoding) for number, line in enumerate(lines, 1)]
    (tmp_path / "a.csv").write_bytes(b"".join(content))
    found = opened(tmp_path / "a.csv")
    assert rows_of(found) == ROWS * 20
    ((label, count),) = found.notes.items()
    assert "第 5、9、30 行" in label and ("GBK" if encoding == "utf-8" else "UTF-8") in label and count == 3


@pytest.mark.slow
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 40), byte=st.integers(0x80, 0xFF), instead=st.booleans())
def test_a_damaged_line_is_never_taken_for_another_encoding(
    tmp_path: Path, place: int, byte: int, instead: bool
) -> None:
    """A byte put into (or instead of one of) a line's Chinese: the line is refused, or only that character differs."""
    head, bad, tail = (text_of([row]).encode() for row in ([*HEADER], ROWS[0], ROWS[1]))
    at = bad.index("东四".encode()) + place % (len("东四街道,路灯不亮".encode()) - 1)
    broken = bad[:at] + bytes([byte]) + bad[at + instead :]
    (tmp_path / "a.csv").write_bytes(head + broken + tail * 5)
    found = opened(tmp_path / "a.csv")
    read = rows_of(found)
    assert read[-5:] == [ROWS[1]] * 5
    if len(read) == 6:
        assert read[0][0] == "DC2022001" and "“很久”了" in read[0][3]
    else:
        assert [(line, "编码" in reason) for _, line, reason in refused_of(found)] == [(2, True)]


def test_short_rows_are_filled_and_long_ones_refused(tmp_path: Path) -> None:
    lines = [HEADER, ROWS[0][:3], ROWS[1], [*ROWS[2], "", ""], [*ROWS[2], "x"], ["合计"]]
    (tmp_path / "a.csv").write_text(text_of(lines), encoding="utf-8")
    found = opened(tmp_path / "a.csv")
    assert rows_of(found) == [[*ROWS[0][:3], "", ""], ROWS[1], ROWS[2], ["合计", "", "", "", ""]]
    assert refused_of(found) == [("", 5, "有 6 列，表头是 5 列")]


@pytest.mark.parametrize("width", [3, 7])
def test_a_file_whose_rows_all_have_another_width_is_still_read_fast(tmp_path: Path, width: int) -> None:
    rows = [[*row, "", ""][:width] for row in ROWS]
    (tmp_path / "a.csv").write_text(text_of([HEADER, *(rows * 1000)]), encoding="utf-8")
    found = opened(tmp_path / "a.csv")
    assert [type(chunk.lines) for chunk in found.chunks()] == [range]  # the fast reader numbers whole blocks
    assert rows_of(found) == [[*row[:width], *[""] * (5 - width)] for row in ROWS] * 1000


def test_a_quoted_line_break_in_a_short_row_is_no_open_quote(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text_of([HEADER, ["1", "2022-01-01", "", "两\n行"], ROWS[0]]), encoding="utf-8")
    found = opened(tmp_path / "a.csv")
    assert rows_of(found) == [["1", "2022-01-01", "", "两\n行", ""], ROWS[0]] and refused_of(found) == []


def test_lines_are_counted_from_the_files_first(tmp_path: Path) -> None:
    lines = [["标题"], [], HEADER, ROWS[0], [], ROWS[1]]
    (tmp_path / "a.csv").write_text(text_of(lines), encoding="utf-8")
    assert places_of(opened(tmp_path / "a.csv")) == [("", 4), ("", 6)]


@pytest.mark.parametrize("content", ["\n\n\n", "\ufeff", ",,,\n,,\n"], ids=["blank lines", "a mark", "separators"])
def test_a_file_without_a_row_says_so(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableFile, match="没有可读的行"):
        opened(tmp_path / "a.csv")
