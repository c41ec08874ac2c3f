"""No place without the places that it could be, no change without what chance reaches."""

import pandas as pd
import pytest

from ui.drawing.score_words import (
    change_words,
    clipped_words,
    district_words,
    ends_words,
    halves_words,
    places_words,
    score_words,
    standing_words,
    street_words,
)

ROW = pd.Series({"score": 61.04, "off": 1.7, "change": 1.7, "reach": 3.6, "verdict": "不能确定"})


def bands(*places: tuple[int | None, int | None, int | None]) -> pd.DataFrame:
    names = pd.Index([f"街{nth}" for nth in range(len(places))], name="street")
    return pd.DataFrame(places, index=names, columns=["place", "best", "worst"]).astype("Int64")


def test_a_score_and_a_change_bring_what_chance_leaves_open() -> None:
    assert score_words(ROW) == "61.0±1.7" and score_words(pd.Series({**ROW, "score": float("nan")})) == "—"
    assert change_words(ROW, "较上月") == "较上月 +1.7，不能确定（偶然可到 ±3.6）"
    assert change_words(pd.Series({**ROW, "verdict": ""}), "较上月") == "较上月无从比较"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (bands((1, 1, 3), (2, 1, 3), (3, 1, 3)), "3 个街道分不出先后"),
        (bands((1, 1, 1), (2, 2, 3), (3, 2, 3)), "能确定在前一半的街道：<b>街0</b>"),
        (bands((1, 1, 2), (2, 1, 3), (3, 3, 3)), "能确定在后一半的街道：<b>街2</b>"),
        (bands((1, 1, 3), (2, 1, 4), (3, 1, 4), (4, 2, 4)), "没有一个能确定在前一半或后一半"),
        (bands((None, None, None), (1, 1, 1)), "街道不排名次"),
    ],
)
def test_what_is_certain_of_the_streets(found: pd.DataFrame, said: str) -> None:
    assert said in standing_words(found)


def test_a_place_never_stands_alone() -> None:
    found = bands((1, 1, 2), (2, 1, 3), (3, 3, 3), (None, None, None))
    assert "名次在 <b>1–2</b> 之间（按得分排第 1）" in street_words("街0", ROW, found)
    assert "第 <b>3</b> 名" in street_words("街2", ROW, found) and "不排名次" in street_words("街3", ROW, found)


def test_what_is_said_of_the_district_and_of_all_places() -> None:
    sure = pd.DataFrame([ROW] * 3, index=["总分", "七有", "五性"])
    lead = district_words(sure, ["安全性", "病有所医"], bands((1, 1, 2), (2, 1, 2)), "较上月")
    assert "总分较上月 +1.7，不能确定" in lead and "<b>安全性</b>、<b>病有所医</b>之中，分不出先后" in lead
    assert "最弱的维度是<b>安全性</b>" in district_words(sure, ["安全性"], bands(), "较上月")
    said = places_words(13.6, 0.58, [], ["万人诉求量"], "较上月")
    assert all(words in said for words in ("约差 14 分", "约 58% 是偶然", "没有", "万人诉求量"))
    assert "几乎全是偶然" in places_words(13.6, 0.99, ["街0"], [], "较上月")


def test_indicators_at_the_end_of_their_scale_are_named() -> None:
    rows = pd.DataFrame({"label": ["甲", "乙", "甲"], "at_low": [0.0, 0.0, 0.1], "at_high": [0.2, 0.01, 0.0]})
    assert clipped_words(rows, 0.05).endswith("：甲。") and clipped_words(rows, 0.3) == ""


def test_who_could_take_every_place_has_none_named() -> None:
    found = bands((1, 1, 3), (2, 1, 3), (3, 1, 3))
    assert street_words("街0", ROW, found).endswith("与其余各街道分不出先后。")


def test_who_leads_and_who_trails_is_said_with_whether_it_can_be_told() -> None:
    def said(*places: tuple[int, int, int]) -> str:
        found = bands(*places).assign(composite=[97.0 - nth for nth in range(len(places))])
        return str(ends_words(found, found, "composite", "街道"))

    open_ = said((1, 1, 3), (2, 1, 3), (3, 2, 3))
    assert "居首的街道是<b>街0</b>（<b>97.00</b> 分，可能名次 1–3）" in open_ and "居末的是<b>街2</b>" in open_
    assert open_.endswith("两者谁好谁差不能确定。")
    assert said((1, 1, 1), (2, 2, 3), (3, 2, 3)).endswith("两者分得出先后。")
    assert "居末" not in said((1, 1, 1))


def test_the_halves_name_the_outermost_first_and_only_what_is_sure() -> None:
    found = bands((1, 1, 2), (2, 1, 2), (3, 3, 4), (4, 4, 4), (None, None, None))
    said = halves_words(pd.Series([1, 1, -1, -1, 0], index=found.index), found)
    assert said.index("街0") < said.index("街1") and said.index("街3") < said.index("街2") and "街4" not in said
    none = halves_words(pd.Series([0] * 5, index=found.index), found)
    assert "不能确定" in none and "<b>" not in none
