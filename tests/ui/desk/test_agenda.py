"""The agenda says what the frames say, keeps people's words as words, and needs nothing beside itself."""

import re
from dataclasses import replace
from datetime import datetime

import pandas as pd
import pytest

from ui.desk import agenda
from ui.drawing.effect_words import sentence

EVIL = "<img src=x onerror=alert(1)>"
ITEMS = pd.DataFrame(
    [
        ("难1", "绿的", "项目推动", "绿", datetime(2022, 12, 1), "区长", "甲局"),
        ("难2", f"红的{EVIL}", "资金保障", "红", datetime(2022, 6, 1), EVIL, ""),
        ("难3", "完的", "销账", "", pd.NaT, "书记", "乙局"),
    ],
    columns=["matter_id", "title", "stage", "light", "due_at", "leader", "unit"],
)
EVENTS = pd.DataFrame(
    [("难1", datetime(2022, 6, 12, 9), "值班长甲", f"已开工{EVIL}", "项目推动", "记录")],
    columns=["matter_id", "at", "who", "text", "stage", "said"],
)
PARTS = pd.DataFrame(
    [("难1", "勘察", "甲局", datetime(2022, 6, 20)), ("难1", "开工", "甲局", datetime(2022, 7, 20))],
    columns=["parent", "title", "unit", "due_at"],
)
MEASURED = ("measure", "before", "after", "value", "low", "high", "verdict", "reason", "control", "control_change",
            "before__num", "before__den", "after__num", "after__den")  # fmt: skip
EFFECT = pd.DataFrame(
    [
        ("volume", 0.5, 0.25, -0.5, -0.7, -0.1, "下降", "", "别处同类诉求", -0.1, 45.0, 90.0, 15.0, 60.0),
        ("resolution_rate", 0.6, 0.8, 0.2, -0.1, 0.5, "不能确定", "", "别处同类诉求", 0.0, 12.0, 20.0, 8.0, 10.0),
    ],
    columns=MEASURED,
)


@pytest.fixture
def meeting() -> agenda.Meeting:
    start, end = datetime(2022, 6, 1), datetime(2022, 7, 1)
    return agenda.Meeting("2022年6月议程", start, end, ITEMS, EVENTS, PARTS, {"难1": EFFECT, "难2": None})


def test_it_counts_what_there_is(meeting: agenda.Meeting) -> None:
    said = agenda.body(meeting)
    assert "研究 <b>3</b> 项（红灯 1、绿灯 1、已结束 1）" in said
    assert "本月有进展 <b>1</b> 项，没有进展 <b>2</b> 项" in said
    assert "节点过期未完成 <b>1</b> 个，下次会前到期 <b>1</b> 个" in said
    assert "回看 2022年6月1日至2022年6月30日" in said


def test_the_most_pressing_comes_first_with_all_it_has(meeting: agenda.Meeting) -> None:
    sections = re.findall(r"<section>.*?</section>", agenda.body(meeting), re.S)
    assert [re.search("难[123]", one)[0] for one in sections] == ["难2", "难1", "难3"]  # type: ignore[index]
    pressing, green, over = sections
    assert "本月没有记录" in pressing and "没有写明涉及的案件" in pressing and "主责单位 <b>—</b>" in pressing
    assert "6月12日 记录（值班长甲）" in green and "勘察（甲局，2022年6月20日，已过期）" in green
    assert "与别处同类诉求相比，受理量<b>下降 50.0%</b>（95% 区间 −70.0%～−10.0%）" in green
    assert "办后日均 0.25 件，办前 0.50 件" in green
    assert "解决率办前 60.0%（12/20），办后 80.0%（8/10），不能确定。" in green
    assert "已结束" in over and "截止 <b>—</b>" in over
    assert all(f"<span>{blank}</span>" in one for one in sections for blank in agenda.DECISIONS)


def test_peoples_words_stay_words_and_the_file_stands_alone(meeting: agenda.Meeting) -> None:
    text = agenda.document(replace(meeting, title=f"议程{EVIL}"), f"值班长甲{EVIL}").decode()
    assert (
        "<img" not in text and text.count("&lt;img") == 6
    )  # title twice, an item's title, its leader, an event, who made it
    assert not re.search(r"https?:|src=[\"']|href=|@import|url\(", text)
    assert text.startswith("<!doctype html>") and 'charset="utf-8"' in text


def test_a_month_without_items_says_so(meeting: agenda.Meeting) -> None:
    nothing = replace(meeting, items=ITEMS.head(0), events=EVENTS.head(0), parts=PARTS.head(0), effects={})
    assert "没有要研究的事项" in agenda.body(nothing) and "研究 <b>0</b> 项；" in agenda.body(nothing)


def test_what_is_not_certain_is_not_called_a_change() -> None:
    volume = EFFECT.iloc[0].to_dict()
    uncertain = sentence({**volume, "high": 0.2, "verdict": "不能确定"})
    assert "成效<b>不能确定</b>" in uncertain and "95% 区间 −70.0%～+20.0%" in uncertain
    assert "下降" not in uncertain
    unknown = sentence({**volume, "reason": "办前的历史太短", "verdict": "不能确定"})
    assert unknown == "成效—：办前的历史太短；办后日均 0.25 件，办前 0.50 件。"


def test_of_a_matter_that_is_going_on_nothing_is_called_an_effect() -> None:
    volume = {"measure": "volume", "before": 2.0, "after": 1.0, "value": -0.5, "low": -0.7, "high": -0.2,
              "verdict": "下降", "reason": "", "control": "别处同类诉求", "control_change": 0.0}  # fmt: skip
    for changed in ({}, {"high": 0.2, "verdict": "不能确定"}, {"reason": "办前的历史太短"}):
        said = sentence({**volume, **changed}, going=True)
        assert said.startswith("办理中的变化") and "成效" not in said
        assert "办理中" not in sentence({**volume, **changed})
