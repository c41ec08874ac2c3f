"""今日比平常: the page says of each street what the question says, and of a store that cannot know it, why."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from streamlit.testing.v1 import AppTest

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from questions.streets_now import FEWER, MORE, USUAL, streets_now
from tests.pages.test_pages import words
from ui.desk.usual import said

Visit = Callable[..., AppTest]
VIEW = "今日比平常"


def test_the_map_the_list_and_the_sentence_are_one_answer(visit: Visit, reader: Reader) -> None:
    found = streets_now(reader, CaseFilter())
    seen = visit("heat", view=VIEW)
    listed = seen.dataframe[0].value.set_index("street")
    assert listed["verdict"].to_dict() == found["verdict"].to_dict()
    assert listed["observed"].to_dict() == found["observed"].to_dict() and listed["observed"].is_monotonic_decreasing
    beyond = set(found.index[found["verdict"] != USUAL])
    first = words(seen).split("平常：同类")[0]
    assert {street for street in found.index if street in first} == beyond
    assert beyond or f"{len(found)} 个街道都在平常之内" in first
    assert "分档" not in [one.label for one in seen.get("button_group")]


def test_the_sentence_names_who_is_beyond_on_either_side() -> None:
    told = pd.DataFrame({"street": ["甲街道", "乙街道", "丙街道"], "observed": [85, 1, 9], "expected": [0.6, 11.2, 9.0],
                         "verdict": [MORE, FEWER, USUAL]})  # fmt: skip
    assert said(told) == "多于平常的街道：甲街道（85 件，平常 0.6）；少于平常的街道：乙街道（1 件，平常 11）"


def test_who_has_no_past_is_told_so_and_a_source_of_days_names_no_hour(visit: Visit) -> None:
    assert "无从比较" in words(visit("heat", "one", view=VIEW))
    assert "今日，" in words(visit("heat", "pingshan", view=VIEW))
