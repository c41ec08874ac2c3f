"""The importer: each quirk of real files, the identity of its counts, and that it is idempotent."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from sqlalchemy import select, text

from data_access.cases.clickhouse import ClickHouseStore
from data_access.cases.privacy import hashed
from data_access.cases.reader import Reader
from data_access.cases.schema import metadata
from data_access.cases.store import Store, store_for
from data_access.district.profile import current_profile
from data_access.intake import quality
from data_access.intake.guessing import guess_mapping
from data_access.intake.importing import ImportFailed, ImportResult, import_file

HEADER = ("工单编号", "来电时间", "派单时间", "截止时间", "办结时间", "街道", "社区", "三级分类", "经度", "纬度", "主办单位",
          "是否剔除", "是否有效回访", "是否联系", "是否解决", "满意度", "来电号码", "主要内容", "更新时间")  # fmt: skip
GOOD = {
    "工单编号": "20220301000001", "来电时间": "2022-03-01 09:00:00", "派单时间": "2022-03-01 09:20:00",
    "截止时间": "2022-03-08 09:20:00", "办结时间": "2022-03-05 16:00:00", "街道": "崇外", "社区": "", "三级分类": "室温不达标",
    "经度": "116.418", "纬度": "39.898", "主办单位": "", "是否剔除": "保留", "是否有效回访": "是", "是否联系": "是",
    "是否解决": "是", "满意度": "满意", "来电号码": "13800001234", "主要内容": "室温低", "更新时间": "",
}  # fmt: skip


def rows(*changes: dict[str, str]) -> list[list[str]]:
    return [[(GOOD | change)[name] for name in HEADER] for change in changes]


def write_csv(path: Path, lines: Iterable[Sequence[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([HEADER, *lines])
    return path


def load(path: Path, store: Store, **more: Any) -> ImportResult:
    return import_file(path, profile=current_profile(), store=store, **more)


def newest(store: Store) -> Reader:
    """A reader of what the last import left."""
    return Reader.of(store, current_profile())


def counts(result: ImportResult) -> tuple[int, ...]:
    assert result.rows_read == result.inserted + result.updated + result.unchanged + result.rejected
    return result.rows_read, result.inserted, result.updated, result.unchanged, result.rejected


def stored(store: Store, statement: str) -> list[tuple[Any, ...]]:
    with store.reading() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def case(store: Store, number: str = GOOD["工单编号"]) -> dict[str, Any]:
    found = newest(store).get_case(number)
    assert found is not None
    return found


@pytest.mark.slow
def test_imports_leave_the_same_rows_on_clickhouse(tmp_path: Path, clickhouse_database: str) -> None:
    """Upserts, doubles, repeats, refused rows, and texts that CSV, SQL and paths would stumble over."""
    strange = ['说"不"', "两\n行\r\n", "反\\N斜\\t\\", "a,b;'c'", "\\N", "NULL", " 空 ", "𠮷ёЙ%_", "--/*"]
    first = [{"工单编号": f"T{n}", "主要内容": words, "社区": words} for n, words in enumerate(strange)]
    later = [{"工单编号": "T1", "满意度": "不满意"}, {"工单编号": "T2", "办结时间": ""}, {"工单编号": "T3", "来电时间": "昨天"},
             {"工单编号": "U1", "来电时间": "2022-03-03 09:00:00.250"}, {"工单编号": "U1", "满意度": "5星"}]  # fmt: skip
    files = [write_csv(tmp_path / "a.csv", rows(*first)), write_csv(tmp_path / "b.csv", rows(*later))]
    stores = (store_for(f"duckdb:///{tmp_path / 'files'}"), ClickHouseStore(clickhouse_database, tmp_path / "kept"))
    results = []
    for store in stores:
        store.folder.mkdir(exist_ok=True)
        (store.folder / "caller.key").write_text("0" * 64, encoding="ascii")
        results.append([counts(load(path, store)) for path in (*files, files[0])])
    assert results[0] == results[1] and results[0][1][4]
    for table in metadata.sorted_tables:
        other = ("started_at", "finished_at", "notes")  # notes name what is equally frequent in any order
        names = [column.name for column in table.columns if column.name not in other]
        asked = select(*(table.c[name] for name in names)).order_by(*(table.c[name] for name in names))
        both = []
        for store in stores:
            with store.reading() as connection:
                both.append([tuple(row) for row in connection.execute(asked)])
        assert both[0] == both[1]


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_every_encoding_reads_alike(tmp_path: Path, empty_store: Store, encoding: str) -> None:
    result = load(write_csv(tmp_path / "a.csv", rows({}), encoding), empty_store)
    assert counts(result) == (1, 1, 0, 0, 0)
    found = case(empty_store)
    assert found["street"] == "崇文门外街道"
    assert found["dimension"] == "宜居性" and found["urgency"] == "民生" and found["category1"] == "公共服务"
    assert found["handling_seconds"] == (4 * 24 + 7) * 3600 and found["is_late"] == 0 and found["is_closed"] == 1
    assert (found["is_excluded"], found["is_valid_callback"], found["resolution"]) == (0, 1, "yes")


@pytest.mark.slow
def test_the_same_file_twice_changes_nothing(tmp_path: Path, empty_store: Store) -> None:
    path = write_csv(tmp_path / "a.csv", rows({}, {"工单编号": "2"}))
    assert counts(load(path, empty_store)) == (2, 2, 0, 0, 0)
    before = stored(empty_store, "SELECT * FROM cases ORDER BY case_id")
    version, again = empty_store.version, load(path, empty_store)
    assert counts(again) == (2, 0, 0, 2, 0) and again.batch_id == 0
    assert stored(empty_store, "SELECT * FROM cases ORDER BY case_id") == before
    # Nothing new is published, so no good version is pushed out by importing the same file night after night.
    assert empty_store.version == version and len(quality.batches(newest(empty_store))) == 1


@pytest.mark.slow
def test_a_later_file_updates_and_blanks_change_nothing(tmp_path: Path, empty_store: Store) -> None:
    open_case = {"办结时间": "", "是否有效回访": "", "是否联系": "", "是否解决": "", "满意度": ""}
    load(write_csv(tmp_path / "a.csv", rows(open_case)), empty_store)
    assert case(empty_store)["is_closed"] == 0
    assert counts(load(write_csv(tmp_path / "b.csv", rows({"街道": "-"})), empty_store)) == (1, 0, 1, 0, 0)
    found = case(empty_store)
    assert found["is_closed"] == 1 and found["satisfaction"] == "满意" and found["street"] == "崇文门外街道"
    assert counts(load(tmp_path / "a.csv", empty_store)) == (1, 0, 0, 1, 0)
    assert case(empty_store)["is_closed"] == 1


@pytest.mark.slow
def test_an_older_row_never_overwrites_a_newer_one(tmp_path: Path, empty_store: Store) -> None:
    new, old = (
        {"更新时间": f"2022-03-0{day} 00:00:00", "满意度": grade} for day, grade in ((6, "不满意"), (5, "满意"))
    )
    load(write_csv(tmp_path / "a.csv", rows(new)), empty_store)
    assert counts(load(write_csv(tmp_path / "b.csv", rows(old)), empty_store)) == (1, 0, 0, 1, 0)
    assert case(empty_store)["satisfaction"] == "不满意"


@pytest.mark.slow
def test_doubles_in_one_file_keep_the_last_and_are_noted(tmp_path: Path, empty_store: Store) -> None:
    result = load(write_csv(tmp_path / "a.csv", rows({"满意度": "不满意"}, {}, {"工单编号": "2"})), empty_store)
    assert counts(result) == (3, 2, 0, 1, 0)
    assert case(empty_store)["satisfaction"] == "满意" and "文件内重复编号（以最后一次为准）" in result.notes


@pytest.mark.slow
@pytest.mark.parametrize(
    "written",
    [
        "２０２２-０３-０１ ０９：００",
        " 2022/3/1 9:00 ",
        "2022年3月1日 09:00",
        "44621.375",
        "20220301090000",
        "2022-03-01T09:00:00",
    ],
)
def test_times_as_people_write_them(tmp_path: Path, empty_store: Store, written: str) -> None:
    load(write_csv(tmp_path / "a.csv", rows({"来电时间": written})), empty_store)
    assert case(empty_store)["created_at"] == dt.datetime(2022, 3, 1, 9)


BAD = (
    [("来电时间", "昨天", "不是日期时间"), ("来电时间", "", "缺少受理时间"), ("来电时间", "2999-01-01", "将来"), ("工单编号", " ", "缺少编号"),
     ("工单编号", "2.02201E+16", "按文本导出"), ("工单编号", "2022010100000001.0", "按文本导出"), ("工单编号", "合计", "合计行"),
     ("来电时间", "下午3:05", "没有日期"), ("来电时间", "2022-03-01 03:05:00 foo", "两种读法"), ("来电时间", "1/3/2022", "两种读法")]
)  # fmt: skip


@pytest.mark.slow
def test_a_bad_value_quarantines_its_row_only(tmp_path: Path, empty_store: Store) -> None:
    bad = [{"工单编号": f"坏{n}", field: value, "主要内容": f"第{n}件"} for n, (field, value, _) in enumerate(BAD)]
    good = [{"工单编号": f"好{n}"} for n in range(len(BAD) + 1)]
    in_turn = [row for pair in zip(good, bad, strict=False) for row in pair] + good[-1:]
    assert counts(load(write_csv(tmp_path / "a.csv", rows(*in_turn)), empty_store)) == (21, 11, 0, 0, 10)
    assert [number for (number,) in stored(empty_store, "SELECT case_id FROM cases ORDER BY case_id")] == sorted(
        row["工单编号"] for row in good
    )
    refused = quality.rejected(newest(empty_store)).sort_values("line", ignore_index=True)
    for n, (field, _, reason) in enumerate(BAD):
        found = refused.loc[n]
        assert (found["line"], found["column"], found["file_name"]) == (2 * n + 3, field, "a.csv")
        assert reason in found["reason"] and f"第{n}件" in found["raw"]


@pytest.mark.slow
def test_what_the_profile_does_not_know_is_kept_and_reported(tmp_path: Path, empty_store: Store) -> None:
    result = load(
        write_csv(tmp_path / "a.csv", rows({"街道": "无名街道", "主办单位": "某单位", "三级分类": "新事"})), empty_store
    )
    assert case(empty_store)["street"] == "无名街道" and case(empty_store)["unit"] == "某单位"
    assert (
        {"无名街道": 1} in result.notes.values()
        and {"某单位": 1} in result.notes.values()
        and {"新事": 1} in result.notes.values()
    )


@pytest.mark.slow
def test_coordinates_are_converted_and_strangers_dropped(tmp_path: Path, empty_store: Store) -> None:
    result = load(write_csv(tmp_path / "a.csv", rows({"经度": "116.3975", "纬度": "39.9087"}, {"工单编号": "2", "经度": "121.5", "纬度": "31.2"})), empty_store)  # fmt: skip
    found = case(empty_store)
    assert (found["lon"], found["lat"]) == (pytest.approx(116.3912, abs=2e-4), pytest.approx(39.9073, abs=2e-4))
    assert found["h3_cell"] != "" and case(empty_store, "2")["lon"] is None
    assert result.notes["坐标在区外，已舍去"] == 1


def test_callers_are_hashed_and_numbers_masked(tmp_path: Path, empty_store: Store) -> None:
    written = "请打１３９．１２３４．５６７８或+86 139 1234 5678，身份证110101 19900101 1234，座机（010）6512-0000"
    secret = {"主要内容": written, "来电号码": "139-1234-5678", "街道": "东四 139 1234 5678"}
    path = write_csv(tmp_path / "a.csv", rows(secret, secret | {"工单编号": "2", "来电号码": "13912345678"}, secret | {"工单编号": "3", "来电时间": "x"}))  # fmt: skip
    load(path, empty_store)
    keys = {row[0] for row in stored(empty_store, "SELECT caller_key FROM cases")}
    assert len(keys) == 1 and len(keys.pop()) == 16
    database = b"".join(file.read_bytes() for file in empty_store.folder.rglob("*.duckdb"))
    for table in ("cases", "rejected_rows", "unread_words"):
        database += str(stored(empty_store, f"SELECT * FROM {table}")).encode()
    for hidden in ("１２３４．５６７８", "1234 5678", "12345678", "19900101", "6512"):
        assert hidden.encode() not in database
    assert (empty_store.folder / "caller.key").stat().st_mode & 0o077 == 0


def test_a_hash_needs_its_key() -> None:
    assert hashed("13800001234", b"a") == hashed("138 0000 1234", b"a") != hashed("13800001234", b"b")


@pytest.mark.slow
def test_repeats_are_found_across_files(tmp_path: Path, empty_store: Store) -> None:
    later = {"工单编号": "2", "来电时间": "2022-03-20 09:00:00", "办结时间": ""}
    load(write_csv(tmp_path / "b.csv", rows(later)), empty_store)
    load(write_csv(tmp_path / "a.csv", rows({})), empty_store)
    assert (case(empty_store)["is_repeat"], case(empty_store, "2")["is_repeat"]) == (0, 1)


def test_xlsx_with_true_dates_serials_and_text(tmp_path: Path, empty_store: Store) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    moments: list[Any] = [dt.datetime(2022, 3, 1, 9), 44621.375, "2022/3/1 9:00:00"]
    sheet.append(HEADER)
    for number, moment in enumerate(moments):
        sheet.append(
            [moment if name == "来电时间" else float(number) if name == "工单编号" else GOOD[name] for name in HEADER]
        )
    book.save(tmp_path / "a.xlsx")
    assert counts(load(tmp_path / "a.xlsx", empty_store)) == (3, 3, 0, 0, 0)
    assert {row[0] for row in stored(empty_store, "SELECT created_at FROM cases")} == {dt.datetime(2022, 3, 1, 9)}
    assert case(empty_store, "0")["street"] == "崇文门外街道"


def test_parquet(tmp_path: Path, empty_store: Store) -> None:
    frame = pd.DataFrame([GOOD | {"来电时间": dt.datetime(2022, 3, 1, 9), "经度": 116.418, "纬度": 39.898}])
    frame.to_parquet(tmp_path / "a.parquet")
    assert counts(load(tmp_path / "a.parquet", empty_store)) == (1, 1, 0, 0, 0)
    assert case(empty_store)["created_at"] == dt.datetime(2022, 3, 1, 9)


GRID_HEADER = "案件号,问题来源,案件类型,大类名称,小类名称,小类明细,街道,上报时间,立案时间,处置截止时间,处置结束时间,结案时间,当前阶段,返工数"
GRID = """2019东城管字1,监督员上报,事件,街面秩序,店外经营,店外经营,体育馆,2019-05-01 08:00:00,2019-05-01 08:10:00,2019-05-01 18:00:00,2019-05-02 09:00:00,2019-05-02 10:00:00,[结案],1
2019东城管字2,监督员自行处理,事件,市容环境,暴露垃圾,暴露垃圾,永外,2019-05-01 08:00:00,,,,,[结案],0
2019东城管字3,监督员上报,事件,市容环境,暴露垃圾,暴露垃圾,东四,2019-05-01 08:00:00,,,,,[作废],0
2019东城管字4,监督员上报,事件,市容环境,暴露垃圾,暴露垃圾,东四,2019-05-03 08:00:00,,2019-05-03 09:00:00,,,[派遣],0
"""


def test_the_grid_export(tmp_path: Path, empty_store: Store) -> None:
    path = tmp_path / "grid.csv"
    path.write_text(f"{GRID_HEADER}\n{GRID}", encoding="gb18030")
    assert counts(load(path, empty_store)) == (4, 4, 0, 0, 0)
    found = newest(empty_store).aggregate(["volume", "open", "overdue"]).iloc[0]
    assert (found["volume"], found["open"], found["overdue"]) == (3, 1, 1)
    own = case(empty_store, "2019东城管字2")
    assert own["is_closed"] == 1 and own["closed_at"] == own["created_at"] and own["street"] == "永定门外街道"
    assert case(empty_store, "2019东城管字1")["rework_count"] == 1
    assert newest(empty_store).as_of == dt.datetime(2019, 5, 3, 8)


def test_a_guess_imports_after_editing(tmp_path: Path, empty_store: Store) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("信件号,提交日期,题目,正文内容\n1,2022-03-01,路灯,不亮\n2,2022-03-02,树,倒了\n", encoding="utf-8")
    with pytest.raises(ImportFailed, match="--guess"):
        load(path, empty_store)
    guess = guess_mapping(path, current_profile())
    assert 'created_at = "提交日期"' in guess and 'content = "正文内容"' in guess and "题目" in guess
    edited = tmp_path / "odd.toml"
    edited.write_text(guess.replace('case_id = "*"', 'case_id = "信件号"') + "\n", encoding="utf-8")
    assert counts(load(path, empty_store, mapping=str(edited))) == (2, 2, 0, 0, 0)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [("a.csv", b"", "空文件"), ("a.xlsx", b"PK\x03\x04truncated", "打不开"), ("a.parquet", b"PAR1 not", "打不开"),
     ("a.docx", b"%PDF-1.7\n", "PDF"), ("a.csv", "工单编号,来电时间,来电时间\n1,2,3\n".encode(), "重名"), ("a.csv", b"foo,bar\n1,2\n", "认不出"),
     pytest.param("a.csv", b",".join(b"c%d" % i for i in range(100_000)) + b"\n", "100,000", marks=pytest.mark.slow)],
    ids=["empty", "broken xlsx", "broken parquet", "pdf", "doubled header", "strange header", "100,000 columns"],
)  # fmt: skip
def test_what_cannot_be_imported_says_why(
    tmp_path: Path, empty_store: Store, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImportFailed, match=message):
        load(tmp_path / name, empty_store)
    assert not empty_store.exists


def test_a_folder_and_nothing_are_no_files(tmp_path: Path, empty_store: Store) -> None:
    with pytest.raises(ImportFailed, match="文件夹"):
        load(tmp_path, empty_store)
    with pytest.raises(ImportFailed, match="没有这个文件"):
        load(tmp_path / "none.csv", empty_store)


@pytest.mark.parametrize(
    ("toml", "message"),
    [("label = 1", "字段"), ("oops", "第 1 行：写法不对"), ('label="x"\nsource="hotline"\n[columns]\ncase_id="工单编号"', "created_at"),
     ('label="x"\nsource="hotline"\n[columns]\ncase_id="工单编号"\ncreated_at="来电时间"\ncolour="街道"', "colour"),
     ('label="x"\nsource="hotline"\n[columns]\ncase_id="没有的列"\ncreated_at="来电时间"', "没有的列")],
)  # fmt: skip
def test_a_wrong_mapping_names_its_field(tmp_path: Path, empty_store: Store, toml: str, message: str) -> None:
    (tmp_path / "m.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(ImportFailed, match=message):
        load(write_csv(tmp_path / "a.csv", rows({})), empty_store, mapping=str(tmp_path / "m.toml"))


@pytest.mark.slow
def test_a_caller_who_turns_out_to_be_another_leaves_no_repeat_behind(tmp_path: Path, empty_store: Store) -> None:
    """The second case was a repeat because of the first, until the first came out as somebody else's."""
    first, second = {"工单编号": "1"}, {"工单编号": "2", "来电时间": "2022-03-02 09:00:00"}
    load(write_csv(tmp_path / "a.csv", rows(first, second)), empty_store)
    repeats = "SELECT case_id FROM cases WHERE is_repeat = 1"
    assert stored(empty_store, repeats) == [("2",)]
    load(write_csv(tmp_path / "b.csv", rows(first | {"来电号码": "13900005678"})), empty_store)
    assert stored(empty_store, repeats) == []
