"""Files as they come, through to the store: the same rows in another kind of file are unchanged, and places are told."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.profile import current_profile
from data_access.intake import quality
from data_access.intake.guessing import guess_mapping
from data_access.intake.importing import ImportFailed, ImportResult, import_file
from tests.data_access.intake.reading.tables import HEADER, ROWS, write_book
from tests.data_access.intake.reading.test_kinds import WRITERS
from tests.test_architecture import ROOT

EXAMPLES = Path(__file__).with_name("examples")
FLAGS = ["工单编号", "来电时间", "是否吹哨", "是否有效回访", "是否联系", "是否解决", "满意度"]


def load(path: Path, store: Store, **more: object) -> ImportResult:
    return import_file(path, profile=current_profile(), store=store, **more)  # type: ignore[arg-type]


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return result.inserted, result.updated, result.unchanged, result.rejected


@pytest.mark.slow
def test_the_same_rows_in_another_kind_of_file_are_unchanged(tmp_path: Path, empty_store: Store) -> None:
    first, *others = WRITERS
    assert counts(load(WRITERS[first](tmp_path / first), empty_store)) == (3, 0, 0, 0)
    for kind in others:
        again = load(WRITERS[kind](tmp_path / kind), empty_store)
        assert (counts(again), again.batch_id) == ((0, 0, 3, 0), 0), kind


@pytest.mark.slow
def test_truth_values_of_a_workbook_and_of_its_csv_are_read(tmp_path: Path, empty_store: Store) -> None:
    truths = [True, False, True, True]
    load(write_book(tmp_path / "a.xlsx", {"a": [FLAGS, ["1", "2022-03-01", *truths, "满意"]]}), empty_store)
    case = Reader.of(empty_store, current_profile()).get_case("1")
    assert case and [case[name] for name in ("is_whistled", "is_valid_callback", "is_contacted")] == [1, 0, 1]
    assert case["resolution"] == "yes"
    for said in ("TRUE", "true", "True"):
        words = [
            said,
            said.replace("TRUE", "FALSE").replace("rue", "alse").replace("t", "f").replace("T", "F"),
            said,
            said,
        ]
        (tmp_path / "a.csv").write_text(f"{','.join(FLAGS)}\n1,2022-03-01,{','.join(words)},满意\n", encoding="utf-8")
        assert load(tmp_path / "a.csv", empty_store).batch_id == 0


def test_the_quarantine_says_the_sheet(tmp_path: Path, empty_store: Store) -> None:
    bad = ["2", "昨天", "东四街道", "", ""]
    sheets = {"1月": [["标题"], HEADER, ROWS[0], bad], "2月": [HEADER, bad, ROWS[1], ["合计：2件"]]}
    result = load(write_book(tmp_path / "a.xlsx", sheets), empty_store)
    assert counts(result) == (2, 0, 0, 3) and result.notes["读入的表（行）"] == {"1月": 2, "2月": 3}
    refused = quality.rejected(Reader.of(empty_store, current_profile()))
    assert set(zip(refused["file_name"], refused["line"], strict=True)) == {
        ("a.xlsx［1月］", 4), ("a.xlsx［2月］", 2), ("a.xlsx［2月］", 4)}  # fmt: skip


def test_the_same_case_in_two_sheets_is_the_later_one(tmp_path: Path, empty_store: Store) -> None:
    """Two rows on the same line of different sheets stay two rows."""
    sheets = {"1月": [HEADER, ROWS[0]], "2月": [HEADER, [*ROWS[0][:4], "否"]], "3月": [HEADER, ROWS[1]]}
    assert load(write_book(tmp_path / "a.xlsx", sheets), empty_store).rows_read == 3
    reader = Reader.of(empty_store, current_profile())
    case = reader.get_case(ROWS[0][0])
    assert reader.count() == 2 and case and case["resolution"] == "no"


def test_a_doubled_name_harms_only_where_it_is_read(tmp_path: Path, empty_store: Store) -> None:
    path = tmp_path / "a.csv"
    path.write_text("工单编号,来电时间,备注,备注\n1,2022-03-01,a,b\n", encoding="utf-8")
    assert counts(load(path, empty_store)) == (1, 0, 0, 0)
    path.write_text("工单编号,来电时间,街道,街道\n1,2022-03-01,东四街道,景山街道\n", encoding="utf-8")
    with pytest.raises(ImportFailed, match="2 个重名的列“街道”"):
        load(path, empty_store)


@pytest.mark.slow
@pytest.mark.parametrize("rows", [1_000, 400_000], ids=["found when opened", "found while read"])
def test_a_damaged_archive_leaves_the_store_as_it_was(tmp_path: Path, empty_store: Store, rows: int) -> None:
    lines = "".join(f"{number},2022-03-01\n" for number in range(rows))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", f"工单编号,来电时间\n{lines}")
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(ImportFailed, match="没有传完"):
        load(tmp_path / "a.zip", empty_store)
    assert not empty_store.exists


def test_a_guess_reads_the_sheet_and_row_it_is_told(tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "a.xlsx", {"说明": [["说明"]], "工单": [["1", "2"], ["受理单编码", "受理时间"], ["1", "2022-01-01"]]}
    )
    assert 'created_at = "受理时间"' in guess_mapping(path, current_profile(), sheet="工单", header_row=2)


@pytest.mark.slow
def test_a_closed_pipe_stops_no_import(tmp_path: Path, empty_store: Store) -> None:
    (tmp_path / "a.csv").write_text("工单编号,来电时间,街道\n1,2022-03-01,某街道\n", encoding="utf-8")
    environment = {**os.environ, "CASES_URL": empty_store.url, "CASES_FOLDER": str(empty_store.folder)}
    environment["PYTHONPATH"] = str(ROOT)
    environment["LEDGER_URL"] = f"sqlite:///{tmp_path / 'ledger.db'}"
    reading, writing = os.pipe()
    os.close(reading)  # nobody reads
    command = [sys.executable, "-m", "data_access", "import", str(tmp_path / "a.csv")]
    run = subprocess.run(command, env=environment, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (run.returncode, run.stderr) == (0, "")
    assert Reader.of(empty_store, current_profile()).count() == 1 and (tmp_path / "ledger.db").exists()


@pytest.mark.parametrize(
    ("name", "rows"),
    [("a01_title_rows.csv", 5), ("a02_title_rows.xlsx", 5), ("a03_merged_two_level_header.xlsx", 5),
     ("a05_two_month_sheets.xlsx", 10), ("d01_semicolon.csv", 5), ("d02_tab.csv", 5), ("e04_utf16le_bom.csv", 5),
     ("f02_cr_only.csv", 5), ("f07_short_rows.csv", 5), ("g03_html_table.xls", 5), ("g08_xlsx_named.csv", 5),
     ("h04_dup_unmapped_columns.csv", 5), ("h06_booleans.xlsx", 3)],
)  # fmt: skip
def test_the_examples_of_exports_are_read(empty_store: Store, name: str, rows: int) -> None:
    assert counts(load(EXAMPLES / name, empty_store)) == (rows, 0, 0, 0)
