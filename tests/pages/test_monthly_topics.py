"""每月一题: what the page says is what the store says; matters of a year are opened in one click and taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from analysis.effects import FELL
from data_access.cases.reader import Reader
from data_access.district.people import Actor
from data_access.district.profile import current_profile
from data_access.ledger.ledger import Ledger
from data_access.ledger.pen import cases_of
from questions.topics import ALL, cases_of_topic, topic_changes, topics_of
from tests.pages.ledgers import own_ledger
from tests.pages.test_pages import words
from ui.drawing.topic_words import percent
from ui.style.links import filter_of

Visit = Callable[..., AppTest]
CENTRE = Actor("值班长甲", "指挥中心", "区城市管理指挥中心")
TOPICS = topics_of(current_profile("dongcheng"), 2022)
TOPIC = TOPICS[0]


@pytest.fixture
def ledger(reader: Reader, tmp_path: Path) -> Iterator[Ledger]:
    """The page's own, empty."""
    with own_ledger(reader, tmp_path / "ledger.db") as made:
        yield made


@pytest.fixture
def number(ledger: Ledger) -> str:
    """A topic of 2022 with a plan, and an item on two of its lists."""
    topic, item = (ledger.profile.programme(kind) for kind in ("topic", "topic_item"))
    said = {"year": "2022", "topic": TOPIC.topic, "unit": TOPIC.lead_unit}
    due = datetime(2023, 3, 1, 18)
    with ledger.writing() as pen:
        number = pen.open(topic, CENTRE, TOPIC.topic, fields=said, where=cases_of_topic(TOPIC), due_at=due)
        pen.move(number, "launch", CENTRE, seen=1, fields={"plan": "疏堵结合"})
        for name, moves in (("任务清单", ["done"]), ("任务清单", []), ("政策清单", ["cancel"])):
            part = pen.open(
                item, CENTRE, "一项", fields={"list": name, "unit": TOPIC.lead_unit}, due_at=due, parent=number
            )
            for move in moves:
                pen.move(part, move, CENTRE, seen=1, text="已办")
    return number


def visit_as(visit: Visit, name: str) -> AppTest:
    seen = visit("monthly_topics")
    seen.session_state["actor_name"] = name
    return seen.run()


@pytest.mark.slow
def test_the_year_in_one_line(visit: Visit, ledger: Ledger, reader: Reader) -> None:
    whole = topic_changes(reader, 2022, 11).set_index("topic").loc[ALL]
    text = words(visit("monthly_topics", until="11月"))
    change = f"{whole['change']:+.1%}".replace("-", "−")
    assert f"2022年1月至11月，13 题共受理 <b>{whole['volume']:,.0f}</b> 件" in text
    low, high = (f"{whole[end]:+.1%}".replace("-", "−") for end in ("low", "high"))
    assert whole["verdict"] == FELL and whole["high"] < 0
    assert f"上年同期 <b>{whole['volume_base']:,.0f}</b> 件，下降：<b>{change}，95% 区间 {low}～{high}</b>" in text
    assert "东城区 −36%" in text and "劳动午报" in text
    assert "两者相符不说明演示数据可信" in text  # the demo was made after the published figures


@pytest.mark.slow
def test_the_profiles_month_stands_unless_another_is_chosen(visit: Visit, ledger: Ledger) -> None:
    for query in ({}, {"until": "13月"}, {"year": "1999年"}, {"topic": "没有的题"}):
        assert "2022年1月至11月，13 题" in words(visit("monthly_topics", **query))
    assert "2022年1月至12月，13 题" in words(visit("monthly_topics", until="12月"))
    seen = visit("monthly_topics", year="2021年", until="3月")
    assert "2021年1月至3月，5 题" in words(seen) and "数据没有覆盖上年同期" in words(seen)


@pytest.mark.slow
def test_every_row_leads_to_as_many_cases(visit: Visit, ledger: Ledger, reader: Reader) -> None:
    tables = [one.value for one in visit("monthly_topics", until="11月").dataframe if "link" in one.value]
    assert [len(one) for one in tables][:1] == [13]
    for row in [row for one in tables for row in one.head(6).to_dict("records")]:
        where = filter_of(parse_qs(urlsplit(row["link"]).query))
        assert reader.count(where) == row["volume"]


def test_a_topic_shows_its_plan_and_what_is_done_of_its_lists(visit: Visit, number: str) -> None:
    seen = visit("monthly_topics", topic=TOPIC.topic)
    assert "疏堵结合" in words(seen)
    assert "任务清单 **1/2** 完成　责任清单 **0/0** 完成　政策清单 **0/0** 完成" in words(seen)
    row = next(one.value for one in seen.dataframe if "lead_unit" in one.value).set_index("topic").loc[TOPIC.topic]
    assert row["stage"] == "推进" and "绿" in row["light"]
    seen.button(key="open_topic").click().run()
    assert not seen.exception and number in seen.subheader[0].value


@pytest.mark.slow
def test_missing_topics_are_opened_in_one_click_and_taken_back(visit: Visit, ledger: Ledger, number: str) -> None:
    seen = visit_as(visit, "值班长甲")
    assert "2022年有 12 题还没有立项" in words(seen)
    seen.button(key="open_missing").click().run()
    assert not seen.exception and "还没有立项" not in words(seen)
    found = ledger.matters("topic").set_index("topic")
    assert set(found.index) == {one.topic for one in TOPICS}
    for one in TOPICS:
        row = found.loc[one.topic]
        assert cases_of(row) == cases_of_topic(one) and (row["unit"], row["title"]) == (one.lead_unit, one.topic)
    seen.button(key="undo").click().run()
    assert (ledger.matters("topic")["stage"] == "撤销").sum() == 12 and "2022年有 12 题还没有立项" in words(seen)


@pytest.mark.slow
def test_who_may_not_open_is_told(visit: Visit, ledger: Ledger) -> None:
    assert "请先在左侧“办理身份”选择姓名" in words(visit("monthly_topics"))
    seen = visit_as(visit, "监督员甲")
    seen.button(key="open_missing").click().run()
    assert "您的身份是网格监督员" in seen.error[0].value and ledger.is_empty


@pytest.mark.parametrize("store", ["one", "pingshan"])
def test_without_figures_the_page_explains(visit: Visit, store: str) -> None:
    text = words(visit("monthly_topics", store))
    assert ("没有完整的一个月" if store == "one" else "programmes.toml") in text


def test_a_published_change_is_written_as_published() -> None:
    assert (percent(-36), percent(2.5)) == ("−36%", "+2.5%")
