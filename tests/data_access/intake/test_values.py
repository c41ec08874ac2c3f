"""What a cell's text becomes: ids, callers, blanks that programs fill, values that cannot be read, names of places."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands import main
from data_access.cases.filters import CaseFilter, references
from data_access.cases.privacy import bare_number
from data_access.cases.store import Store
from data_access.district import profile as profile_module
from data_access.district.profile import Profile
from data_access.intake import quality
from data_access.intake.importing import ImportFailed
from data_access.intake.naming import nearest, recognised
from tests.data_access.intake.test_import import case, counts, load, newest, rows, stored, write_csv

GRID = ("案件号", "上报时间", "街道", "小类名称", "处置结束时间")


def reasons(store: Store) -> list[str]:
    return quality.rejected(newest(store))["reason"].tolist()


def lines(path: Path, *cells: tuple[str, ...]) -> Path:
    path.write_text("\n".join(",".join(row) for row in cells), encoding="utf-8")
    return path


# ---- numbers of cases


@pytest.mark.slow
def test_a_wrapped_number_is_the_bare_one(tmp_path: Path, empty_store: Store) -> None:
    wrapped = ['="20220301000001"', "'20220301000002", "\u200b20220301000003\ufeff", " 20220301000004\u00a0"]
    load(write_csv(tmp_path / "a.csv", rows(*({"工单编号": f"2022030100000{n}"} for n in (1, 2, 3, 4)))), empty_store)
    again = load(write_csv(tmp_path / "b.csv", rows(*({"工单编号": number} for number in wrapped))), empty_store)
    assert counts(again) == (4, 0, 0, 4, 0)


@pytest.mark.slow
def test_a_number_that_was_a_float_is_the_bare_one(tmp_path: Path, empty_store: Store) -> None:
    load(write_csv(tmp_path / "a.csv", rows({"工单编号": "202201010001.0"})), empty_store)
    assert case(empty_store, "202201010001")


@pytest.mark.parametrize("number", ["2.02201E+16", "2E+16", "2.022010100000124e+17", "2022010100000001.0"])
def test_numbers_that_lost_digits_refuse_the_file(tmp_path: Path, empty_store: Store, number: str) -> None:
    with pytest.raises(ImportFailed, match=r"丢了位数.*按文本导出"):
        load(
            write_csv(tmp_path / "a.csv", rows(*({"工单编号": number, "主要内容": str(n)} for n in range(5)))),
            empty_store,
        )
    assert not empty_store.exists


@pytest.mark.slow
def test_a_few_numbers_that_lost_digits_are_quarantined(tmp_path: Path, empty_store: Store) -> None:
    path = write_csv(tmp_path / "a.csv", rows({"工单编号": "2.02201E+16"}, {"工单编号": "5E12"}, {"工单编号": "A"}))
    assert counts(load(path, empty_store)) == (3, 2, 0, 0, 1)
    assert "2.02201E+16" in reasons(empty_store)[0]


def test_a_workbooks_long_numbers_are_refused_and_short_ones_read(tmp_path: Path, empty_store: Store) -> None:
    book = openpyxl.Workbook()
    for row in (("工单编号", "来电时间"), *((202201010000012345 + n, "2022-01-03 08:05") for n in range(3))):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(ImportFailed, match="按文本导出"):
        load(tmp_path / "a.xlsx", empty_store)
    book.active.delete_rows(2, 3)
    book.active.append((202201010001, "2022-01-03 08:05"))
    book.save(tmp_path / "a.xlsx")
    load(tmp_path / "a.xlsx", empty_store)
    assert case(empty_store, "202201010001")


@pytest.mark.slow
def test_cases_mixed_up_under_one_number_are_never_merged(tmp_path: Path, empty_store: Store) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        rows({"工单编号": "1"}, {"工单编号": "2"}, {"工单编号": "2", "来电时间": "2022-03-02 09:00:00"}, {"工单编号": "3"},
             {"工单编号": "3", "主要内容": "另一件事"}, {"工单编号": "4"}, {"工单编号": "4"}, {"工单编号": "5"}),
    )  # fmt: skip
    result = load(path, empty_store)
    assert counts(result) == (8, 3, 0, 1, 4) and result.notes["文件内完全相同的行"] == 1
    assert [row[0] for row in stored(empty_store, "SELECT case_id FROM cases ORDER BY 1")] == ["1", "4", "5"]
    assert all("说的不是同一件" in reason for reason in reasons(empty_store))


def test_a_log_with_times_of_update_leaves_the_latest(tmp_path: Path, empty_store: Store) -> None:
    states = ({"更新时间": "2022-03-06 00:00:00", "街道": "东四"}, {"更新时间": "2022-03-05 00:00:00", "街道": "景山"})
    result = load(write_csv(tmp_path / "a.csv", rows(*states, states[0])), empty_store)
    assert counts(result) == (3, 1, 0, 2, 0) and case(empty_store)["street"] == "东四街道"


def test_a_file_of_one_number_is_refused(tmp_path: Path, empty_store: Store) -> None:
    moments = ({"工单编号": "202201010000000000", "来电时间": f"2022-03-01 09:00:{n:02}"} for n in range(20))
    with pytest.raises(ImportFailed, match=r"不是编号.*20 行"):
        load(write_csv(tmp_path / "a.csv", rows(*moments)), empty_store)


def test_totals_are_no_cases(tmp_path: Path, empty_store: Store) -> None:
    path = write_csv(
        tmp_path / "a.csv", rows({}, {"工单编号": "合计", "来电时间": "20220131"}, {"工单编号": "总计：1件"})
    )
    assert counts(load(path, empty_store)) == (3, 1, 0, 0, 2)
    assert set(reasons(empty_store)) == {"合计行，不是案件"}


# ---- the source belongs to the key


@pytest.mark.slow
def test_a_grid_case_with_an_orders_number_is_another_case(tmp_path: Path, empty_store: Store) -> None:
    orders = write_csv(tmp_path / "a.csv", rows({"工单编号": "1001", "是否联系": "打过"}, {"工单编号": "1002"}))
    grid = lines(tmp_path / "g.csv", GRID, ("1001", "2022-02-03 08:05:00", "景山街道", "暴露垃圾", "2022-02-03 10:00:00"),
                 ("1003", "2022-02-03 08:06:00", "景山街道", "暴露垃圾", ""))  # fmt: skip
    load(orders, empty_store)
    assert counts(load(grid, empty_store)) == (2, 2, 0, 0, 0)
    reader = newest(empty_store)
    found = reader.list_cases(CaseFilter())
    assert sorted(references(found)) == ["1001", "1002", "grid:1001", "grid:1003"]
    for name, source in (("1001", "hotline"), ("grid:1001", "grid"), ("1003", "grid"), ("grid:1003", "grid")):
        assert (reader.get_case(name) or {})["source"] == source
        assert reader.count(CaseFilter(case_id=(name,))) == 1
    assert reader.count(CaseFilter(case_id=tuple(references(found)))) == 4
    assert reader.get_case("grid:1002") is None
    assert len(next(iter(reader.every_case(CaseFilter())))) == 4
    words = quality.unknown_words(reader)
    assert words.loc[words["word"] == "打过", ["source", "cases"]].values.tolist() == [["hotline", 1]]
    for path in (orders, grid):
        assert load(path, empty_store).batch_id == 0


# ---- callers


@given(
    st.sampled_from(["+86 ", "+86-", "0086", "86", "0", "='", ""]),
    st.sampled_from(["", " ", "-", "\u200b"]),
    st.booleans(),
    st.booleans(),
)
def test_a_mobile_has_one_spelling(before: str, between: str, is_wide: bool, is_float: bool) -> None:
    number = between.join(("138", "1234", "5678"))
    text = before + number + (".0" if is_float and not between else "")
    wide = text.translate({ord("0") + n: chr(0xFF10 + n) for n in range(10)}) if is_wide else text
    assert bare_number(wide) == "13812345678"


def test_landlines_and_other_numbers_stay_as_they_were() -> None:
    assert bare_number("010-65123456") == bare_number("+86 10 6512 3456") == "01065123456"
    assert bare_number("65123456转801") == "65123456801" and bare_number("C0012") == "0012"
    for nobody in ("0", "000", "00000000000", "138****5678", "1.38123E+10"):
        assert bare_number(nobody) == ""


def test_nobody_is_no_caller(tmp_path: Path, empty_store: Store) -> None:
    said = ("匿名", "匿名", "保 密", "保密", "未知", "0", "000", "1.38E+10", "1.38E+10", "138****5678", "138****5678")
    changes = [{"工单编号": str(n), "来电号码": word} for n, word in enumerate(said)]
    load(write_csv(tmp_path / "a.csv", rows(*changes)), empty_store)
    assert stored(empty_store, "SELECT DISTINCT caller_key, is_repeat FROM cases") == [("", 0)]


@pytest.mark.slow
def test_who_becomes_nobody_loses_the_key_and_who_is_only_hidden_keeps_it(tmp_path: Path, empty_store: Store) -> None:
    load(write_csv(tmp_path / "a.csv", rows({"工单编号": "1"}, {"工单编号": "2"})), empty_store)
    key = case(empty_store, "1")["caller_key"]
    changed = rows({"工单编号": "1", "来电号码": "匿名"}, {"工单编号": "2", "来电号码": "138****1234"})
    assert counts(load(write_csv(tmp_path / "b.csv", changed), empty_store)) == (2, 0, 1, 1, 0)
    assert (case(empty_store, "1")["caller_key"], case(empty_store, "2")["caller_key"]) == ("", key)


# ---- what cannot be read, and what cannot be believed


def test_a_blank_that_a_program_filled_closes_no_case(tmp_path: Path, empty_store: Store) -> None:
    blanks = (
        "1900-01-01", "1970-01-01 08:00:00", "0000-00-00 00:00:00", "9999-12-31", "2999-01-01", "0", "1899-12-30",
    )  # fmt: skip
    given = [{"工单编号": str(n), "办结时间": said} for n, said in enumerate(blanks)]
    result = load(write_csv(tmp_path / "a.csv", rows(*given)), empty_store)
    assert counts(result) == (7, 7, 0, 0, 0)
    assert result.notes["“办结时间”读不出或不可信（按未知）"] == dict.fromkeys(blanks, 1)
    assert stored(empty_store, "SELECT DISTINCT closed_at, is_closed FROM cases") == [(None, 0)]


def test_a_word_in_place_of_the_closing_time_says_open(tmp_path: Path, empty_store: Store) -> None:
    result = load(write_csv(tmp_path / "a.csv", rows({"办结时间": "未办结"})), empty_store)
    assert result.notes["“办结时间”写的是未办结（按未办结）"] == 1 and case(empty_store)["is_closed"] == 0


def test_an_unreadable_optional_value_is_unknown_and_its_row_counts(tmp_path: Path, empty_store: Store) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        rows({"经度": "东经116度", "派单时间": "昨天", "办结时间": "13912345678左右"}, {"工单编号": "2"}),
    )
    result = load(path, empty_store)
    assert counts(result) == (2, 2, 0, 0, 0)
    assert result.notes["“经度”读不出或不可信（按未知）"] == {"东经116度": 1}
    assert result.notes["“派单时间”读不出或不可信（按未知）"] == {"昨天": 1}
    assert "13912345678" not in str(result.notes)
    found = case(empty_store)
    assert (found["lon"], found["lat"], found["h3_cell"], found["dispatched_at"]) == (None, None, "", None)
    assert case(empty_store, "2")["lon"]


@pytest.mark.slow
def test_many_unreadable_values_are_all_counted(tmp_path: Path, empty_store: Store) -> None:
    changes = ({"工单编号": str(n), "派单时间": f"第{n}天"} for n in range(80))
    said = load(write_csv(tmp_path / "a.csv", rows(*changes)), empty_store).notes["“派单时间”读不出或不可信（按未知）"]
    assert sum(said.values()) == 80 and said["（其余）"] == 30


@pytest.mark.slow
def test_truth_in_every_spelling(tmp_path: Path, empty_store: Store) -> None:
    truth = {"TRUE": 1, "True": 1, "Y": 1, "√": 1, "FALSE": 0, "false": 0, "N": 0, "×": 0}
    load(
        write_csv(tmp_path / "a.csv", rows(*({"工单编号": f"{said}号", "是否有效回访": said} for said in truth))),
        empty_store,
    )
    flags = stored(empty_store, "SELECT case_id, is_valid_callback FROM cases")
    assert {number.removesuffix("号"): flag for number, flag in flags} == truth


# ---- times that the mapping explains


def mapping_for(path: Path, created: str, more: str = "") -> str:
    path.write_text(
        f'label = "x"\nsource = "hotline"\n{more}\n[columns]\ncase_id = "编号"\ncreated_at = {created}\n',
        encoding="utf-8",
    )
    return str(path)


@pytest.mark.parametrize(
    ("day", "clock"), [("2022-01-03", "08:05"), ("2022/1/3 0:00", "上午8:05"), ("20220103", "0805")]
)
def test_date_and_time_in_two_columns(tmp_path: Path, empty_store: Store, day: str, clock: str) -> None:
    path = lines(tmp_path / "a.csv", ("编号", "日期", "时间"), ("1", day, clock), ("2", day, ""), ("3", "", clock))
    mapping = mapping_for(tmp_path / "m.toml", '{date = "日期", time = "时间"}')
    assert counts(load(path, empty_store, mapping=mapping)) == (3, 2, 0, 0, 1)
    assert case(empty_store, "1")["created_at"] == dt.datetime(2022, 1, 3, 8, 5)
    assert case(empty_store, "2")["created_at"] == dt.datetime(2022, 1, 3)
    assert ("没有日期" if ":" in clock else "不是日期") in reasons(empty_store)[0]


def test_a_workbooks_date_and_time_in_two_columns(tmp_path: Path, empty_store: Store) -> None:
    book = openpyxl.Workbook()
    for row in (("编号", "日期", "时间"), ("1", dt.datetime(2022, 1, 3), dt.time(8, 5, 1))):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    load(tmp_path / "a.xlsx", empty_store, mapping=mapping_for(tmp_path / "m.toml", '{date = "日期", time = "时间"}'))
    assert case(empty_store, "1")["created_at"] == dt.datetime(2022, 1, 3, 8, 5, 1)


def test_a_file_without_the_column_of_the_time_does_not_fit(tmp_path: Path, empty_store: Store) -> None:
    path = lines(tmp_path / "a.csv", ("编号", "日期"), ("1", "2022-01-03"))
    with pytest.raises(ImportFailed, match="没有对照表"):
        load(path, empty_store, mapping=mapping_for(tmp_path / "m.toml", '{date = "日期", time = "时间"}'))


@pytest.mark.parametrize(
    ("more", "message"),
    [('zone = "北京"', "时区"), ('dates = ["%Y-%m-%d %z"]', "时间格式"), ('dates = ["epoch"]', "时间格式")],
)
def test_a_mapping_that_cannot_be_meant_is_refused(tmp_path: Path, empty_store: Store, more: str, message: str) -> None:
    path = lines(tmp_path / "a.csv", ("编号", "时间"), ("1", "2022-01-03"))
    with pytest.raises(ImportFailed, match=message):
        load(path, empty_store, mapping=mapping_for(tmp_path / "m.toml", '"时间"', more))


@pytest.mark.slow
def test_a_parquet_time_keeps_its_zone(tmp_path: Path, empty_store: Store) -> None:
    at = [dt.datetime(2022, 1, 3, 16, 30)]
    for number, zone in enumerate(("UTC", "Asia/Shanghai", "America/New_York", None)):
        table = {"编号": [str(number)], "时间": pa.array(at, pa.timestamp("ns", zone))}
        parquet.write_table(pa.table(table), tmp_path / "a.parquet")
        load(tmp_path / "a.parquet", empty_store, mapping=mapping_for(tmp_path / "m.toml", '"时间"'))
    found = [case(empty_store, str(number))["created_at"] for number in range(4)]
    assert found == [dt.datetime(2022, 1, 4, 0, 30)] * 3 + at


# ---- names of places and units


@pytest.mark.parametrize(
    ("field", "written", "name"),
    [("street", "东四街道办事处", "东四街道"), ("street", "北京市东城区东四街道", "东四街道"), ("street", "东城区 东四", "东四街道"),
     ("street", "东四\u200b街道", "东四街道"), ("street", "东四街道（东四）", "东四街道"), ("community", "东华门街道多福巷社区居委会", "多福巷社区"),
     ("unit", "北京市东城区财政局", "区财政局"), ("unit", "东城区城管委", "区城市管理委员会")],
)  # fmt: skip
def test_a_name_in_another_form_is_recognised(profile: Profile, field: str, written: str, name: str) -> None:
    assert recognised(profile, field, [written]) == {written: name}


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("street", "東四街道"),
        ("street", "北京市朝阳区东四街道"),
        ("unit", "北京市财政局"),
        ("street", "北京市"),
        ("street", "东城区"),
    ],
)
def test_a_name_that_only_looks_alike_is_not(profile: Profile, field: str, written: str) -> None:
    assert recognised(profile, field, [written]) == {}


def test_every_name_of_the_profile_is_its_own(profile: Profile) -> None:
    for field, known in (("street", profile.streets), ("unit", profile.units)):
        names = [row.name for row in known]
        assert recognised(profile, field, names) == dict(zip(names, names, strict=True))
    assert nearest(profile, "street", "東四街道") == "东四街道" and not nearest(profile, "street", "无名")


@pytest.mark.slow
def test_one_command_makes_an_alias(
    tmp_path: Path, caring: Profile, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASES_URL", f"duckdb:///{tmp_path / 'cases'}")
    path = str(write_csv(tmp_path / "a.csv", rows({"街道": "東四街道"})))
    assert main(["import", path]) == 0
    said = capsys.readouterr().out
    command = next(line for line in said.splitlines() if " alias " in line).split("data_access ")[1]
    assert main([word.strip("'") for word in command.split()]) == 0
    profile_module._loaded.cache_clear()
    assert main(["import", path]) == 0 and "更新 1" in capsys.readouterr().out
    assert main(["alias", "street", "景山", "东四街道"]) == 1 and "景山街道" in capsys.readouterr().err
    assert main(["alias", "street", "x", "没有的街道"]) == 1
    assert profile_module.load_profile(caring.folder).streets
