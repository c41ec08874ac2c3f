"""The header is found by what is in it: titles above it, several levels, decorations, names that come twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.intake.reading import Expected, UnreadableFile, open_file
from data_access.intake.reading.headers import find_header
from tests.data_access.intake.reading.tables import EXPECTED, HEADER, ROWS, opened, rows_of

GROUPED = Expected(frozenset({"工单编号", "来电时间", "诉求人-电话", "地址"}), {"工单编号", "来电时间"}.issubset)


def numbered(*rows: list[str]) -> list[tuple[int, list[str]]]:
    return list(enumerate(rows, 1))


@given(
    decorations=st.lists(
        st.sampled_from(
            [
                "{}",
                "*{}",
                "{}*",
                "＊{}",
                "{}（必填）",
                "{}(必填)",
                "【选填】{}",
                "*{}（必填项）",
                " {}\n",
                "{}\u200b",
                "\ufeff{}",
            ]
        ),
        min_size=5,
        max_size=5,
    )
)
def test_decorations_are_no_part_of_a_name(decorations: list[str]) -> None:
    row = [form.format(name) for form, name in zip(decorations, HEADER, strict=True)]
    found = find_header(numbered(row, ROWS[0]), EXPECTED)
    assert found and found.names == HEADER and found.fits


def test_a_name_that_is_known_with_its_decoration_keeps_it() -> None:
    found = find_header(numbered(["*工单编号", "来电时间（必填）"]), Expected(frozenset({"*工单编号"})))
    assert found and found.names == ["*工单编号", "来电时间"]


def test_levels_are_joined_where_the_mapping_or_a_doubled_leaf_asks_for_it() -> None:
    found = find_header(
        numbered(
            ["工单明细"],
            ["基本信息", "", "诉求人", "", "承办人", "", "地点"],
            ["工单编号", "来电时间", "姓名", "电话", "姓名", "电话", "地址"],
            ["1", "2022-01-01", "张三", "138", "李四", "139", "东四"],
        ),
        GROUPED,
    )
    assert found and found.line == 3
    assert found.names == ["工单编号", "来电时间", "诉求人-姓名", "诉求人-电话", "承办人-姓名", "承办人-电话", "地址"]


def test_a_cell_merged_downwards_names_its_column() -> None:
    found = find_header(
        numbered(
            ["工单编号", "来电时间", "诉求人", "", "地址"],
            ["", "", "姓名", "电话", ""],
            ["1", "2022-01-01", "张三", "138", ""],
        ),
        GROUPED,
    )
    assert found and (found.line, found.names) == (2, ["工单编号", "来电时间", "姓名", "诉求人-电话", "地址"])


def test_a_known_leaf_that_comes_twice_is_reported_with_its_groups() -> None:
    found = find_header(
        numbered(["", "", "诉求人", "事发"], ["工单编号", "来电时间", "地址", "地址"], ["1", "2022-01-01", "a", "b"]),
        GROUPED,
    )
    assert found and found.doubled == {"地址": ["诉求人-地址", "事发-地址"]}


def test_doubled_names_are_numbered(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        ",".join([*HEADER, "备注", "备注"]) + "\n" + ",".join([*ROWS[2], "a", "b"]), "utf-8"
    )
    found = opened(tmp_path / "a.csv")
    assert found.header == [*HEADER, "备注", "备注（2）"] and found.doubled == {"备注": ["备注", "备注"]}


def test_without_known_names_the_shape_tells(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("来信登记表\n制表：办公室,2022年\n编号,日期,题目\n1,2022-03-01,路灯\n", "utf-8")
    found = open_file(tmp_path / "a.csv")
    assert (found.header, found.header_line, rows_of(found)) == (
        ["编号", "日期", "题目"],
        3,
        [["1", "2022-03-01", "路灯"]],
    )


@pytest.mark.parametrize(
    ("text", "proposed"),
    [
        ("1,2022-03-01,路灯,10\n2,2022-03-02,树,20\n", "第 1 行（1、2022-03-01"),  # no header at all
        ("1,2,3\n4,5,6\n编号,日期,题目,内容\n1,2022-03-01,路灯,a\n2,2022-03-02,树,b\n", "第 3 行（编号、日期"),
    ],
)
def test_where_it_is_uncertain_one_sentence_proposes_a_row(tmp_path: Path, text: str, proposed: str) -> None:
    (tmp_path / "a.csv").write_text(text, "utf-8")
    with pytest.raises(UnreadableFile) as refused:
        open_file(tmp_path / "a.csv")
    assert proposed in str(refused.value) and "--header-row" in str(refused.value)
    assert open_file(tmp_path / "a.csv", header_row=1).header_line == 1


def test_a_row_that_is_taken_for_a_header_is_shown_without_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,2022-03-01,13812345678\n2,2022-03-02,13912345678\n", "utf-8")
    with pytest.raises(UnreadableFile) as refused:
        open_file(tmp_path / "a.csv")
    assert "12345678" not in str(refused.value) and "2022-03-01" in str(refused.value)


def test_the_row_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,2,3\n编号,日期,题目\n1,2022-03-01,路灯\n", "utf-8")
    assert open_file(tmp_path / "a.csv", header_row=2).header == ["编号", "日期", "题目"]
    with pytest.raises(UnreadableFile, match="没有第 9 行"):
        open_file(tmp_path / "a.csv", header_row=9)
