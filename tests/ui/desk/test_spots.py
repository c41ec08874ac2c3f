"""聚集热点 begins with the answer of its test."""

from __future__ import annotations

import pandas as pd
import pytest

from questions.clusters import Spots
from ui.desk.spots import first_line


@pytest.mark.parametrize(
    ("spots", "said"),
    [(["", ""], "<b>没有</b>哪一处多得或少得超出偶然"), (["热点", "冷点", "热点", ""], "<b>2</b> 处多得超出偶然"),
     (["冷点"], "<b>0</b> 处多得超出偶然（热点），<b>1</b> 处少得")],
)  # fmt: skip
def test_the_first_line_says_how_many_are_beyond_chance(spots: list[str], said: str) -> None:
    known = Spots("本期与上年同期比", "各处一样", pd.DataFrame({"spot": spots}))
    line = first_line(known, "近30天")
    assert line.startswith("近30天，本期与上年同期比：") and said in line


def test_without_an_answer_it_says_why() -> None:
    assert "没有覆盖" in first_line(Spots("", "", pd.DataFrame(), "数据没有覆盖上年同期。"), "近30天")
