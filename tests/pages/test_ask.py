"""问数 as a page: the answer says what it is made of, what was left, and leads to exactly the cases that are shown."""

from __future__ import annotations

import pytest


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
