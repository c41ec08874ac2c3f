"""一网情深 on its page: off, closed to whoever is not named, and for the named without a key, a download or an address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Element

from data_access.cases.care import before_after, callers
from data_access.cases.filters import CaseFilter
from data_access.cases.privacy import pseudonym
from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.people import Actor
from data_access.district.periods import beijing_now
from data_access.district.profile import Profile, current_profile
from data_access.ledger.ledger import Ledger
from tests.pages.ledgers import own_ledger
from tests.pages.test_pages import words
from ui.desk import matters, steps
from ui.drawing import tables
from ui.frame import identity

LISTED, OTHER = (
    Actor("关怀专员甲", "指挥中心", "区城市管理指挥中心"),
    Actor("值班长甲", "指挥中心", "区城市管理指挥中心"),
)
Visit = Callable[..., AppTest]


@pytest.fixture
def reader(demo_store: Store) -> Reader:
    """As the page reads: under the rules of `caring` in a test that asks for it before."""
    return Reader.of(demo_store, current_profile("dongcheng"))


@pytest.fixture
def ledger(reader: Reader, tmp_path: Path) -> Iterator[Ledger]:
    """The page's own, empty."""
    with own_ledger(reader, tmp_path / "ledger.db") as made:
        yield made


@pytest.fixture
def picks(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Beginning of a table's key -> the row that is picked there: AppTest has no hand for a table."""
    chosen: dict[str, int] = {}
    drawn = tables.table

    def table(frame: Any, *, key: str, **how: Any) -> list[int]:
        return drawn(frame, key=key, **how) or [row for begin, row in chosen.items() if key.startswith(begin)]

    monkeypatch.setattr(tables, "table", table)
    return chosen


@pytest.fixture
def look(visit: Visit, ledger: Ledger, picks: dict[str, int]) -> Visit:
    """The page as somebody sees it (None: who has not said who they are)."""

    def start(who: Actor | None = LISTED) -> AppTest:
        seen = visit("care")
        if who:
            seen.session_state[identity.KEY] = who.name
        seen.run()
        assert not seen.exception, seen.exception
        return seen

    return start


def sent(block: Block) -> Iterator[bytes]:
    """Everything that the browser is given."""
    for child in block.children.values():
        yield from sent(child) if isinstance(child, Block) else [child.proto.SerializeToString()]
        if isinstance(child, Block):
            yield child.proto.SerializeToString() if child.proto else b""
    assert not isinstance(block, Element)


def plan_of(ledger: Ledger, key: str, at: datetime, where: CaseFilter | None = None) -> str:
    fields = {"caller": key, "basis": "多", "street": ledger.profile.streets[0].name}
    return ledger.open_matter(ledger.profile.programme("care"), LISTED, "结对帮扶", fields=fields, where=where, at=at)


FRAME = {"fresh_data"}  # what every page has: the way to newer data


def test_off_it_says_why_and_how_and_counts_nobody(look: Visit, ledger: Ledger) -> None:
    for who in (None, OTHER, LISTED):
        seen = look(who)
        assert "默认不启用" in seen.info[0].value and "由系统管理员在本区的配置里启用" in words(seen)
        assert (
            not seen.dataframe
            and {button.key for button in seen.button} <= FRAME
            and not re.search(r"\d+</b>|诉求人 [A-Z2-7]{6}", words(seen))
        )


@pytest.mark.slow
@pytest.mark.parametrize("who", [None, OTHER, Actor("区领导甲", "区领导")])
def test_whoever_is_not_named_sees_that_and_no_number(
    caring: Profile, look: Visit, ledger: Ledger, reader: Reader, who: Actor | None
) -> None:
    number = plan_of(ledger, callers(reader, LISTED)["caller"].iloc[0], datetime(2022, 6, 8))
    look(LISTED)  # what the page has computed for one is not shown to another
    seen = look(who)
    assert [one.value for one in seen.info] == ["一网情深只对配置里列出姓名的人开放。"]
    seen.session_state[matters.ASKED] = number  # nor does asking for one plan help
    seen.run()
    assert [one.value for one in seen.info] == ["一网情深只对配置里列出姓名的人开放。"]
    kinds = {element.type for element in seen.main} - {"main"}
    assert kinds <= {"title", "caption", "info", "button", "html", "flex_container"}, kinds
    assert {button.key for button in seen.button} <= FRAME
    assert number.encode() not in b"".join(sent(seen.main))


@pytest.mark.slow
def test_a_plans_number_in_the_address_opens_nothing(
    caring: Profile, visit: Visit, ledger: Ledger, reader: Reader
) -> None:
    number = plan_of(ledger, callers(reader, LISTED)["caller"].iloc[0], datetime(2022, 6, 8))
    for page in ("care", "supervision", "whistles"):
        seen = visit(page, matter=number)
        assert number not in words(seen) or f"没有编号为 {number}" in words(seen)
        assert "结对帮扶" not in words(seen)


def test_the_answer_is_what_the_rules_and_the_ledger_say(
    caring: Profile, look: Visit, ledger: Ledger, reader: Reader
) -> None:
    found = callers(reader, LISTED)
    cared = found["caller"].head(2).tolist()
    opened = datetime(2022, 6, 8, 10)
    for key in cared:
        plan_of(ledger, key, opened)
    taken_back = plan_of(ledger, found["caller"].iloc[2], opened)
    with ledger.writing() as pen:
        pen.undo(taken_back, LISTED, seen=1, at=opened)
    said = words(look())
    assert (
        f"近 180 天有 <b>{len(found):,}</b> 位诉求人反复来电，其中 <b>2</b> 位有帮扶计划；在办计划 <b>2</b> 份" in said
    )
    days = caring.programme("care").effect_days
    changes = [before_after(reader, LISTED, key, opened, None, days, planned=cared) for key in cared]
    after, before, others = (
        sum(getattr(one, name) for one in changes) for name in ("after", "expected", "expected_as_others")
    )
    assert f"可比的 2 份计划，办后来电 {after:,} 件；照办前的频次应有 {before:,.0f} 件" in said
    assert (
        f"照同样符合条件而没有计划的人应有 {others:,.0f} 件（{100 * (after / others - 1):+.1f}%".replace("-", "−")
        in said
    )
    assert "可比的不足 10 人，不能确定" in said


@pytest.mark.slow
def test_the_list_has_pseudonyms_and_neither_keys_nor_downloads(
    caring: Profile, look: Visit, reader: Reader, picks: dict[str, int]
) -> None:
    found, seen = callers(reader, LISTED), look()
    shown = seen.dataframe[0].value
    assert shown["shown"].tolist() == found["shown"].head(len(shown)).tolist() and len(shown) > 10
    picks["callers"] = 1
    seen.run()
    assert found["shown"].iloc[1] in [one.value for one in seen.subheader]
    given = b"".join(sent(seen.main))
    assert found["shown"].iloc[1].encode() in given
    assert not [key for key in found["caller"] if key.encode() in given]
    assert not seen.get("download_button") and not dict(seen.query_params)


def test_a_plan_is_opened_for_the_one_who_was_chosen(
    caring: Profile, look: Visit, ledger: Ledger, reader: Reader, picks: dict[str, int]
) -> None:
    row = callers(reader, LISTED).iloc[2]
    picks["callers"] = 2
    seen = look()
    form = f"plan_{row['shown']}"
    assert [one.label for one in seen.text_area] == ["依据", "要求"]
    assert seen.text_area[0].value == row["why"] and "化名" not in [one.label for one in seen.selectbox]
    picks.clear()  # a list that was redrawn in between does not change about whom it is
    seen.button(key=f"{form}_send").click().run()
    assert not seen.exception and not seen.error
    held = ledger.matters("care", viewer=LISTED).iloc[0]
    assert (held["caller"], held["basis"], held["street"]) == (row["caller"], row["why"], row["street"])
    assert held["cases"] == "{}"
    # The plan is shown at once, with the pseudonym, its time line and the calls; still without an address.
    said, given = words(seen), b"".join(sent(seen.main))
    assert held["matter_id"] in said and row["shown"] in said and "发起" in said and "来电变化" in said
    assert row["caller"].encode() not in given and not dict(seen.query_params)
    seen.button(key="back").click().run()
    assert row["shown"] in seen.dataframe[1].value["caller"].tolist()  # the board
    assert row["caller"].encode() not in b"".join(sent(seen.main)) and not dict(seen.query_params)


@pytest.mark.slow
def test_who_has_a_plan_gets_no_second_one(
    caring: Profile, look: Visit, ledger: Ledger, reader: Reader, picks: dict[str, int]
) -> None:
    key = callers(reader, LISTED)["caller"].iloc[0]
    number = plan_of(ledger, key, datetime(2022, 6, 8))
    picks["callers"] = 0
    seen = look()
    assert not seen.text_area
    seen.button(key="open_plan").click().run()
    assert number in words(seen) and pseudonym(key) in words(seen) and not dict(seen.query_params)


def test_the_board_finds_a_pseudonym_and_no_key(caring: Profile, look: Visit, ledger: Ledger, reader: Reader) -> None:
    key = callers(reader, LISTED)["caller"].iloc[0]
    plan_of(ledger, key, datetime(2022, 6, 8))
    seen = look()
    for said, found in ((pseudonym(key).split()[1], True), (key, False), (key[:6], False)):
        seen.text_input(key="care_words").set_value(said).run()
        assert ("没有符合条件的" not in words(seen)) == found, said


def test_a_plans_page_tells_the_calls_before_and_after(
    caring: Profile, look: Visit, ledger: Ledger, reader: Reader
) -> None:
    key, opened = callers(reader, LISTED)["caller"].iloc[0], datetime(2022, 6, 8, 10)
    theirs = tuple(reader.list_cases(CaseFilter(), page_size=3)["case_id"])
    number = plan_of(ledger, key, opened, CaseFilter(case_id=theirs))
    seen = look()
    seen.session_state[matters.ASKED] = number
    seen.run()
    days = caring.programme("care").effect_days
    found = before_after(reader, LISTED, key, opened, None, days, planned={key})
    assert found.spans
    assert (
        f"办前 {found.spans.days[0]} 天 <b>{found.before:,}</b> 件，办后 {found.spans.days[1]} 天 <b>{found.after:,}</b> 件"
        in words(seen)
    )
    assert f"没有计划的 {found.others:,} 人，{found.others_before:,} 件与 {found.others_after:,} 件" in words(seen)
    given = b"".join(sent(seen.main))
    # A link to somebody's cases would put them into the address.
    assert key.encode() not in given and b"/cases" not in given


def test_a_new_plan_has_nothing_to_compare_yet(caring: Profile, look: Visit, ledger: Ledger, reader: Reader) -> None:
    number = plan_of(ledger, callers(reader, LISTED)["caller"].iloc[0], reader.as_of - timedelta(hours=1))
    seen = look()
    assert "来电变化—：还没有可比的计划。" in words(seen)
    seen.session_state[matters.ASKED] = number
    seen.run()
    assert "来电变化—：办后还没有完整的一天。" in words(seen)


def test_what_one_did_is_not_offered_to_the_next(caring: Profile, visit: Visit, ledger: Ledger) -> None:
    for who, told in ((LISTED, True), (OTHER, False)):
        seen = visit("supervision")
        held = {"taken": [("情2022-000001", 1)], "what": "已发起一网情深 情2022-000001", "who": LISTED}
        seen.session_state[steps.UNDOABLE] = {**held, "until": beijing_now() + timedelta(minutes=5)}
        seen.session_state[identity.KEY] = who.name
        seen.run()
        assert ("情2022-000001" in words(seen)) == told
