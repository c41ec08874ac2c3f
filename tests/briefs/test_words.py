"""Sentences claim what their figures bear, and read right, in every situation that figures can be in."""

from __future__ import annotations

import math

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from briefs.words import UNSURE, change_words, counted, figure_words, listed, record_words, risen_words
from data_access.cases.comparison import Change
from data_access.cases.measures import MEASURES

NUMBERS = st.one_of(st.just(0.0), st.floats(0.0001, 1e6), st.just(math.nan))
SHARES = st.one_of(st.just(0.0), st.floats(0.0, 1.0), st.just(math.nan))


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """A measure's change as `Reader.changes` may give it: known or not, beyond chance or not."""
    name = draw(st.sampled_from(sorted(MEASURES)))
    measure = MEASURES[name]
    values = SHARES if measure.unit.is_share else NUMBERS
    current, base = draw(values), draw(values)
    if math.isnan(current) or math.isnan(base) or (not measure.changes_absolutely and base == 0):
        return Change(name, current, base, math.nan, draw(st.sampled_from(["", "数据没有覆盖比较期"])))
    change = current - base if measure.changes_absolutely else current / base - 1
    half = draw(st.floats(0.0, 2.0)) * abs(change)
    return Change(name, current, base, change, "", change - half, change + half)


@given(changes())
def test_a_sentence_says_no_more_than_its_figure(figure: Change) -> None:
    said = f"{figure_words(figure)}，{change_words(figure, '上期')}。"
    assert not [wrong for wrong in ("nan", "None", "inf", "，，", "。。", "（）", "--", "+-") if wrong in said.lower()]
    up, down = (
        any(word in said for word in ("比上期多", "比上期高")),
        any(word in said for word in ("比上期少", "比上期低")),
    )
    assert not (up and down)
    if up or down:
        assert figure.is_sure
        assert up == (figure.change > 0)
    elif figure.is_known and not figure.is_sure:
        assert UNSURE in said or "持平" in said or (figure.current == 0 and "上期有" in said)
    if math.isnan(figure.current):
        assert "没有数" in said


@given(st.floats(0, 1e5), st.lists(st.floats(0, 1e5), max_size=20))
def test_a_record_is_one(current: float, before: list[float]) -> None:
    said = record_words(current, before, "周")
    if "最多" in said:
        assert all(current > earlier for earlier in before)
    elif "最少" in said:
        assert all(current < earlier for earlier in before)
    if said:
        assert f"近 {len(before) + 1} 周" in said
        assert len(before) >= 5


def test_what_rose_is_named_only_where_it_is_sure() -> None:
    moved = pd.DataFrame({
        "category2": ["供暖", "噪声", ""], "current": [90.0, 40.0, 30.0], "base": [30.0, 35.0, 20.0],
        "change": [60.0, 5.0, 10.0], "is_sure": [True, False, True],
    })  # fmt: skip
    said = risen_words(moved, "category2", "上期")
    assert "有 2 个分类：供暖（多 60 件，30 → 90）、未填写（多 10 件，20 → 30）" in said
    assert "噪声" not in said
    assert "没有能确定增多的街道" in risen_words(moved.assign(is_sure=False), "category2", "上期", "街道")
    assert "无从" in risen_words(moved.head(0), "category2", "上期")


def test_names_in_a_row() -> None:
    assert listed(["甲", "乙"]) == "甲、乙"
    assert listed(list("甲乙丙丁戊己")) == "甲、乙、丙、丁、戊等 6 个"
    assert (
        counted(pd.DataFrame({"unit": ["甲", ""], "volume": [1234.0, 5.0]}), "unit", "volume")
        == "甲（1,234 件）、未填写（5 件）"
    )
