"""攻百难: what the page says is what the ledger and the cases say; a candidate is listed once, by one click."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.people import Actor
from data_access.ledger.ledger import Ledger
from data_access.ledger.pen import cases_of
from questions.effect import effect_of
from tests.pages.ledgers import own_ledger
from tests.pages.test_pages import words
from ui.drawing.effect_words import compared

Visit = Callable[..., AppTest]
CENTRE = Actor("值班长甲", "指挥中心", "区城市管理指挥中心")
HOUSING = CaseFilter(source=("hotline",), category1=("住房",))
OPENED, CLOSED = datetime(2022, 5, 3, 10), datetime(2022, 7, 4, 16)


@pytest.fixture
def ledger(reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """The page's own, empty."""
    monkeypatch.setenv("CASES_URL", f"duckdb:///{reader.store.folder}")
    with own_ledger(reader, tmp_path / "ledger.db") as made:
        yield made


@pytest.fixture
def numbers(ledger: Ledger) -> list[str]:
    """Two items of 2022: one went its whole way, one waits for its analysis; each with a milestone."""
    profile = ledger.profile
    hard, part, unit = profile.programme("hard_case"), profile.programme("milestone"), profile.units[0].name
    steps = [("start", {}), ("judge", {"leader": "某书记", "unit": unit}), ("push", {"path": "更新管线"}),
             ("fund", {"budget": "120.5"}), ("evaluate", {"summary": "诉求下降"}), ("close", {})]  # fmt: skip
    with ledger.writing() as pen:
        said = {"year": "2022", "dimension": "事项", "evidence": "件多"}
        due = datetime(2022, 12, 1, 18)
        done = pen.open(hard, CENTRE, "住房难题", fields=said, where=HOUSING, due_at=due, at=OPENED)
        stone = pen.open(
            part, CENTRE, "完工", fields={"unit": unit}, due_at=datetime(2022, 6, 20), parent=done, at=OPENED
        )
        for place, (name, fields) in enumerate(steps):
            at = CLOSED if name == "close" else OPENED + timedelta(days=10 * place)
            if name == "close":
                pen.move(stone, "done", CENTRE, seen=1, text="已完工", at=at)
            pen.move(done, name, CENTRE, seen=place + 1, fields=fields, text="已办", at=at)
        waits = pen.open(hard, CENTRE, "没有案件的难题", fields=said, due_at=due, at=OPENED)
        pen.open(part, CENTRE, "勘察", fields={"unit": unit}, due_at=datetime(2022, 6, 30), parent=waits, at=OPENED)
    return [done, waits]


def test_the_year_in_one_line(visit: Visit, numbers: list[str]) -> None:
    text = words(visit("hard_cases"))
    assert "2022年攻百难 <b>2</b> 项，销账 <b>1</b> 项，在办 <b>1</b> 项（待启动 1）" in text
    assert "落实资金 <b>120</b> 万元（1 项）" in text and "历年销账 <b>1</b> 项，目标 100 项" in text


@pytest.mark.slow
def test_the_effect_of_each_item_is_the_measured_one(visit: Visit, numbers: list[str], reader: Reader) -> None:
    table = visit("hard_cases").dataframe[-1].value.set_index("matter_id")
    found = effect_of(reader, reader.profile.programme("hard_case"), HOUSING, OPENED, CLOSED)
    expected = compared({numbers[0]: found}).iloc[0]
    assert table.at[numbers[0], "before"] == pytest.approx(expected["before"], abs=0.006)
    assert table.loc[numbers[0], ["verdict", "interval", "solved", "reason"]].tolist() == [
        expected[name] for name in ("verdict", "interval", "solved", "reason")
    ]
    assert numbers[1] not in table.index  # nothing was begun, so nothing can have helped
    assert "1 项待启动，不算成效" in words(visit("hard_cases"))
    # Housing all over the district has no elsewhere, and two years hold no year before to learn from.
    assert expected["reason"] == "办前的历史太短"
    assert "可比的" not in words(visit("hard_cases"))  # nothing is comparable, so nothing is counted


@pytest.mark.parametrize(
    ("month", "studied", "stage"),
    [("2022-05", 2, "项目推动"), ("2022-06", 2, "绩效评价"), ("2022-07", 2, "销账"), ("2022-08", 1, "待启动")],
)
def test_the_agenda_tells_a_month_as_it_was(
    visit: Visit, numbers: list[str], month: str, studied: int, stage: str
) -> None:
    seen = visit("hard_cases", view="会议议程", month=month)
    said = " ".join(str(one.proto.body) for one in seen.get("html"))
    assert f"{int(month[-2:])}月攻百难调度会议程" in said and f"研究 <b>{studied}</b> 项" in said
    assert f"阶段 <b>{stage}</b>" in said
    assert ("住房难题" in said) == (month != "2022-08")
    # The milestone that is done is named only while it was not.
    assert ("完工（" in said) == (month in ("2022-05", "2022-06"))
    assert ("，已过期" in said) == (month != "2022-05")


def test_the_agenda_measures_with_what_was_known_then(visit: Visit, numbers: list[str], reader: Reader) -> None:
    said = " ".join(str(one.proto.body) for one in visit("hard_cases", view="会议议程", month="2022-05").get("html"))
    found = effect_of(reader, reader.profile.programme("hard_case"), HOUSING, OPENED, None, datetime(2022, 6, 1))
    assert found is not None
    per_day = found.iloc[0]["after"]
    after = CaseFilter(source=("hotline",), category1=("住房",))
    days = reader.aggregate(["volume"], ["day"], after).set_index("day")["volume"]["2022-05-04":"2022-05-31"]
    assert per_day == pytest.approx(days.sum() / 28)
    assert f"办后日均 {per_day:,.2f} 件" in said


def test_an_empty_ledger_explains_itself(visit: Visit, ledger: Ledger) -> None:
    seen = visit("hard_cases")
    assert "薄弱环节" in " ".join(one.value for one in seen.info) and "<b>0</b> 项" in words(seen)
    assert "没有可开会研究的" in visit("hard_cases", view="会议议程").info[0].value


def listing() -> None:
    """A page with the button, beside the page it leads to."""
    import runpy

    import streamlit as st

    from data_access.cases.filters import CaseFilter
    from data_access.cases.reader import open_reader
    from ui.choosing.filterbar import one_of
    from ui.desk.enlist import PAGE, enlist
    from ui.frame.identity import choose_actor, recall

    reader = open_reader()
    recall(reader.profile)  # as the shell does, before every run

    def here() -> None:
        one_of({"a": "甲", "b": "乙"}, key="bound")
        cases = CaseFilter(source=("hotline",), category3=("漏雨",))
        enlist(reader, "漏雨", cases, "事项", "受理 30 件，解决 3/10", key="enlist")

    def there() -> None:  # as the menu has its pages: found by their address
        runpy.run_path(str(PAGE))

    pages = [st.Page(here, title="here", default=True), st.Page(there, title="there", url_path=PAGE.stem)]
    page = st.navigation(pages)
    choose_actor(reader)
    page.run()


def test_a_candidate_is_listed_by_one_click_and_only_once(ledger: Ledger, reader: Reader) -> None:
    seen = AppTest.from_function(listing, default_timeout=60)
    seen.query_params["bound"] = "乙"  # a parameter that a widget is bound to does not stand in the way
    seen.run()
    assert "办理身份" in seen.info[0].value and not seen.button
    seen.session_state["actor_name"] = CENTRE.name
    seen.run()
    assert seen.button[0].label == "列入攻百难"
    seen.button[0].click().run()
    assert not seen.exception, seen.exception
    row = ledger.matters("hard_case").iloc[0]
    assert (row["title"], row["dimension"], row["evidence"]) == ("漏雨", "事项", "受理 30 件，解决 3/10")
    assert row["year"] == str(reader.as_of.year) and row["due_at"] > reader.as_of
    assert cases_of(row) == CaseFilter(source=("hotline",), category3=("漏雨",))
    assert row["matter_id"] in seen.query_params["matter"] and "bound" not in seen.query_params
    # Who acts is still known on the page it leads to, and may take the next step or this one back.
    assert {"撤销上一步", "启动数据分析"} <= {one.label for one in seen.button}
    again = AppTest.from_function(listing, default_timeout=60)
    again.session_state["actor_name"] = CENTRE.name
    again.run()
    assert re.search(rf"已列入攻百难：\[{row['matter_id']}\]\(/hard_cases\?matter=", again.info[0].value)
    assert not again.button


def test_who_may_not_open_one_is_told(ledger: Ledger) -> None:
    seen = AppTest.from_function(listing, default_timeout=60)
    seen.session_state["actor_name"] = next(one.name for one in ledger.profile.people if one.role == "街道")
    seen.run()
    seen.button[0].click().run()
    assert "您的身份是街道" in seen.error[0].value and ledger.is_empty
