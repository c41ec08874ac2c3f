"""问数 as a page: the answer says what it is made of, what was left, and leads to exactly the cases that are shown."""

from __future__ import annotations

import pandas as pd
import pytest

from data_access.cases.listing import SORTS
from data_access.cases.reader import Reader
from ui.drawing.about import about
from ui.drawing.columns import CASE_COLUMNS
from ui.style.links import filter_of


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("攻百难进展怎么样", ("这里答不了", "“进展”", "hard_cases")),
        ("上月受理量最多的3个地址", ("不给清单链接",)),
        ("上月东四街道解决率排第几", ("排第",)),
        ("上月除了疫情防控以外日均受理量", ("÷ 31 天", "除去一级分类：疫情防控")),
        ("上月哪两个街道受理量最多", ("上面 2 组的案件",)),
        ("上月投诉类占多少，求助类占多少", ("占同时段全部的",)),
        ("最久没办结的3件", ("件：第一件用时 <b>", "最早受理的 3 件", "按同样的顺序看这 3 件")),
        ("外卖骑手的诉求", ("是不是：新就业群体",)),
        ("今年吹了多少哨和飞碟", ("“飞碟”", "whistles")),
    ],
)
def test_an_answer_says_what_it_is_made_of(visit, asked: str, said: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    seen = visit("ask", q=asked)
    parts = [*seen.markdown, *seen.caption, *seen.warning]
    text = " ".join([*(one.value for one in parts), *(str(one.proto.body) for one in seen.get("html"))])
    assert all(words in text for words in said), text


@pytest.mark.parametrize(
    ("asked", "told"),
    [("上月东四街道办理时长最长的3件", ("案件清单（办理最久的 3 件）", "街道：东四街道；状态：已办结", "2022年12月")),
     ("上月东四街道各类受理量", ("问数", "街道：东四街道", "2022年12月"))],
)  # fmt: skip
def test_a_file_of_an_answer_says_of_which_cases_it_is(
    visit, monkeypatch: pytest.MonkeyPatch, reader: Reader, asked: str, told: tuple[str, str, str]
) -> None:  # type: ignore[no-untyped-def]
    given: list[tuple[pd.DataFrame, str]] = []
    monkeypatch.setattr("ui.desk.ask.downloads", lambda rows, title, **_: given.append((rows, title)))
    seen = visit("ask", q=asked)
    where = filter_of(seen.session_state["cases_asked_for"])
    said = about(reader, where, "")
    [(rows, title)] = given
    assert (title, said["筛选"]) == told[:2] and said["时段"].startswith(told[2])
    if title != "问数":  # the rows that 案件库 lists in that order
        _, column, falling, _ = SORTS["slowest"]
        assert rows.equals(reader.list_cases(where, sort=column, descending=falling, page_size=3)[CASE_COLUMNS])
