"""吹哨报到: a whistle blown from the page calls its departments, and the page counts what the ledger holds."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analysis.league import FEW
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.people import Actor
from data_access.district.profile import Profile
from data_access.ledger.ledger import Ledger
from data_access.ledger.pen import cases_of
from tests.pages.ledgers import own_ledger
from tests.pages.test_pages import words

Visit = Callable[..., AppTest]
OPEN = CaseFilter(status=("open",))


@pytest.fixture
def ledger(reader: Reader, tmp_path: Path) -> Iterator[Ledger]:
    """The page's own, empty."""
    with own_ledger(reader, tmp_path / "ledger.db") as made:
        yield made


def street_of(profile: Profile) -> Actor:
    return next(Actor(one.name, one.role, one.unit) for one in profile.people if one.role == "街道")


def acting(seen: AppTest, who: Actor) -> AppTest:
    seen.session_state["actor_name"] = who.name
    return seen.run()


def test_a_whistle_is_blown_for_cases_and_departments(visit: Visit, ledger: Ledger, reader: Reader) -> None:
    profile = reader.profile
    who, units = street_of(profile), [one.name for one in profile.units[:2]]
    numbers = reader.list_cases(OPEN, page_size=2)["case_id"].tolist()
    seen = acting(visit("whistles", cases=" ".join(numbers)), who)
    form = {one.label: one for one in (*seen.text_input, *seen.text_area, *seen.selectbox, *seen.multiselect)}
    form["事项"].set_value("占道经营联合整治")
    form["吹哨事由"].set_value("综合执法")
    form["地点"].set_value("某路口")
    form["被叫单位"].set_value(units)
    next(one for one in seen.button if one.label == "发起吹哨").click().run()
    assert not seen.exception and not seen.error
    whistle, calls = ledger.matters("whistle").iloc[0], ledger.matters("whistle_call")
    assert seen.query_params["matter"] in (whistle["matter_id"], [whistle["matter_id"]])
    assert whistle["street"] == who.unit and cases_of(whistle).case_id == tuple(numbers)  # type: ignore[union-attr]
    assert set(calls["unit"]) == set(units) and set(calls["parent"]) == {whistle["matter_id"]}
    assert set(calls["due_at"]) == {whistle["due_at"]} and "cases" not in seen.query_params


def test_a_number_that_is_no_case_is_named(visit: Visit, ledger: Ledger, reader: Reader) -> None:
    known = reader.list_cases(OPEN, page_size=1)["case_id"].iloc[0]
    seen = acting(visit("whistles", cases=f"{known} 无此号"), street_of(reader.profile))
    assert "无此号" in seen.error[0].value and known not in seen.error[0].value
    assert not any(one.label == "发起吹哨" for one in seen.button)


@pytest.mark.slow
def test_the_page_counts_what_the_ledger_holds(visit: Visit, ledger: Ledger) -> None:
    """Two departments called: one came in time, the other is waited for past the deadline."""
    profile = ledger.profile
    who, units = street_of(profile), [one.name for one in profile.units[:2]]
    whistle, call, now = profile.programme("whistle"), profile.programme("whistle_call"), ledger.now()
    blown, due = now - timedelta(hours=30), now - timedelta(hours=6)
    fields = {"street": who.unit, "reason": "综合执法", "place": "某处"}
    with ledger.writing() as pen:
        number = pen.open(whistle, who, "整治", fields=fields, due_at=due, at=blown)
        each = [
            pen.open(call, who, "整治", fields={"unit": unit, "street": who.unit}, due_at=due, parent=number, at=blown)
            for unit in units
        ]
        pen.move(each[0], "arrive", Actor("联络员", "承办单位", units[0]), seen=1, at=blown + timedelta(hours=2))
    text = words(visit("whistles"))
    assert "在办吹哨 <b>1</b> 件" in text and "未报到的单位 <b>1</b> 家次，过时限的 <b>1</b>" in text
    assert "报到率 <b>50.0%</b>（1/2），按时报到率 <b>50.0%</b>（1/2）" in text
    theirs = acting(visit("whistles"), Actor(f"{units[1]}联络员", "承办单位", units[1]))
    assert (
        theirs.subheader[0].value == f"叫到{units[1]}的" and theirs.dataframe[0].value["matter_id"].tolist() == each[1:]
    )
    board, league, streets = (one.value for one in visit("whistles").dataframe)
    assert board["came"].tolist() == ["1/2"]
    assert dict(zip(league["unit"], league["arrival_rate"], strict=True)) == {units[0]: 100.0, units[1]: 0.0}
    assert league["few"].tolist() == [FEW, FEW] and league["arrival_of"].str.startswith(("1/1", "0/1")).all()
    assert streets[["street", "whistles", "called", "arrived", "settled"]].iloc[0].tolist() == [who.unit, 1, 2, 1, 0]


def test_an_empty_ledger_explains_itself(visit: Visit, ledger: Ledger) -> None:
    seen = visit("whistles")
    said = " ".join(one.value for one in seen.info)
    assert "还没有吹过哨" in said and "没有叫到单位" in said and "这一年没有吹哨" in said
    assert "报到率 —（没有可算的）" in words(seen)
    sheet = " ".join(one.value for one in seen.markdown)
    assert all(f"占 {share}" in sheet for share in ("30%", "40%"))
