"""A tick belongs to the record it was made on: under other rows nothing is ticked, and what is written is what was named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import expect

from data_access.district.people import Actor
from data_access.ledger.ledger import Ledger
from tests.browser.acting import be, choose, fill, pick_rows, press
from tests.browser.visits import Visit

Open = Callable[..., Visit]
DROPPED = "刚才的勾选已取消"


def test_a_filter_that_changes_the_list_drops_the_ticks(address: str, visit: Open, ledger: Ledger) -> None:
    seen = visit()
    seen.open(f"{address}/supervision")
    be(seen, "值班长甲")
    before = len(ledger.matters("supervision"))
    pick_rows(seen, "pressing", 0)
    named = seen.page.get_by_text("发一张督办单，关于：")
    expect(named).to_have_count(1)
    first = named.inner_text()
    choose(seen, "街道", ledger.profile.streets[4].name, typed=True)
    seen.settle()
    expect(seen.page.get_by_text(DROPPED)).to_be_visible()
    expect(seen.page.get_by_role("button", name="发起督办", exact=True)).to_have_count(0)
    pick_rows(seen, "pressing", 0)
    assert named.inner_text() != first  # the row that stands there now is named
    assert len(ledger.matters("supervision")) == before
    seen.check_no_failure()


def test_a_matter_that_moves_up_takes_no_tick_from_another(address: str, visit: Open, ledger: Ledger) -> None:
    """One person ticks 甲; another opens 乙, due earlier, which takes its place; the first one's words land on neither."""
    programme, centre = ledger.profile.programme("supervision"), Actor("值班员乙", "指挥中心")
    due = ledger.now() - timedelta(days=3000)
    fields = {"unit": ledger.profile.units[0].name, "reason": programme.field("reason").options[0],
              "level": programme.field("level").options[0]}  # fmt: skip
    first = ledger.open_matter(programme, centre, "甲的事项", fields=fields, due_at=due)
    seen = visit()
    seen.open(f"{address}/supervision")
    be(seen, "值班长甲")
    pick_rows(seen, "board", 0)
    expect(seen.page.get_by_text(f"要办的：{first} 甲的事项")).to_be_visible()
    second = ledger.open_matter(programme, centre, "乙的事项", fields=fields, due_at=due - timedelta(days=1))
    with seen.rerun():
        seen.page.get_by_text("记录", exact=True).first.click()
    expect(seen.page.get_by_text(DROPPED)).to_be_visible()
    pick_rows(seen, "board", 0)
    expect(seen.page.get_by_text(f"要办的：{second} 乙的事项")).to_be_visible()
    with seen.rerun():
        seen.page.get_by_text("记录", exact=True).first.click()
    fill(seen, "说明（必填）", "写给乙")
    press(seen, f"记录 {second}")
    assert ledger.events(first)["move"].tolist() == ["open"]
    assert ledger.events(second)["text"].tolist()[-1] == "写给乙"
    seen.check_no_failure()
