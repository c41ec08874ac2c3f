"""督办 with clicks: orders from important cases, taken back, one life from issue to end, many at once, two at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

from playwright.sync_api import expect

from data_access.ledger.audit import verify
from data_access.ledger.ledger import Ledger
from tests.browser.acting import be, choose, fill, open_row, pick_rows, press, search, step, turn_to
from tests.browser.visits import PHONE, Visit

Open = Callable[..., Visit]
ANSWER = ".answer"


def issue(seen: Visit, title: str, *rows: int) -> None:
    """Orders for the chosen important cases."""
    pick_rows(seen, "pressing", *rows)
    fill(seen, "事项", title)
    choose(seen, "督办原因", "已经逾期")
    press(seen, "发起督办")


def number_of(seen: Visit) -> str:
    return unquote(seen.page.url.split("matter=")[1])


def test_an_order_lives_from_issue_to_end(address: str, visit: Open, ledger: Ledger, artefacts: Path) -> None:
    seen = visit()
    seen.open(f"{address}/supervision")
    be(seen, "值班长甲")
    issue(seen, "尽快处置逾期件", 0)
    seen.page.wait_for_url(re.compile("matter="))
    number = number_of(seen)
    expect(seen.page.locator(ANSWER).first).to_contain_text("待签收")
    unit = ledger.matters("supervision", number=number)["unit"].iloc[0]
    be(seen, "区水务局联络员" if unit != "区水务局" else "区统计局联络员")
    expect(seen.page.get_by_text("没有编号").first).to_be_visible()  # another unit's order is none to them
    be(seen, f"{unit}联络员")
    step(seen, "签收", "办理中")
    step(seen, "回复", "待核查", 办理情况="已现场处置")
    be(seen, "值班长甲")
    step(seen, "退回重办", "办理中", text="照片看不出已处置")
    be(seen, f"{unit}联络员")
    step(seen, "回复", "待核查", 办理情况="补充照片")
    be(seen, "值班长甲")
    step(seen, "核查办结", "办结")
    told = seen.page.locator(".lifeline").first
    expect(told).to_contain_text(f"{unit}联络员")
    expect(told).to_contain_text("退回重办：照片看不出已处置")
    seen.page.screenshot(path=artefacts / "supervision-matter.png")
    seen.check_no_failure()
    assert ledger.events(number)["move"].tolist() == ["open", "receive", "reply", "return", "reply", "close"]
    assert not verify(ledger.engine, ledger.key).broken


def test_orders_for_many_are_issued_at_once_and_taken_back(address: str, visit: Open, ledger: Ledger) -> None:
    seen = visit()
    seen.open(f"{address}/supervision")
    be(seen, "值班员乙")
    before = len(ledger.matters("supervision"))
    issue(seen, "一批逾期件", 0, 1, 2, 3, 4)
    mine = ledger.matters("supervision")
    mine = mine[mine["title"] == "一批逾期件"]
    assert len(mine) == len(ledger.matters("supervision")) - before >= 2 and mine["unit"].is_unique
    press(seen, "撤销上一步")
    after = ledger.matters("supervision").set_index("matter_id").loc[mine["matter_id"]]
    assert set(after["stage"]) == {"撤销"} and not verify(ledger.engine, ledger.key).broken


def test_one_step_for_many_and_back(address: str, visit: Open, ledger: Ledger) -> None:
    seen = visit()
    seen.open(f"{address}/supervision")
    be(seen, "关怀专员甲")
    issue(seen, "两件一起升级", 0, 1, 2, 3)
    seen.open(f"{address}/supervision")
    be(seen, "关怀专员甲")
    search(seen, "查找", "两件一起升级")
    pick_rows(seen, "board", 0, 1)
    seen.page.get_by_text("撤回", exact=True).first.click()
    seen.settle()
    seen.page.locator("textarea[aria-label^=说明]").first.fill("发错了")
    name = seen.page.get_by_role("button", name=re.compile("^撤回 督")).inner_text().strip()
    press(seen, name)
    mine = ledger.matters("supervision")
    mine = mine[mine["title"] == "两件一起升级"]
    taken = mine.loc[mine["stage"] == "撤回", "matter_id"]
    assert len(taken) == 2 and set(taken) == set(name.removeprefix("撤回 ").split("、"))
    press(seen, "撤销上一步")
    again = ledger.matters("supervision").set_index("matter_id").loc[mine["matter_id"]]
    assert set(again["stage"]) == {"待签收"} and not verify(ledger.engine, ledger.key).broken


def test_the_second_of_two_browsers_is_told(address: str, visit: Open, ledger: Ledger) -> None:
    first, second = visit(), visit()
    first.open(f"{address}/supervision")
    be(first, "值班长甲")
    issue(first, "两人同时办", 0)
    first.page.wait_for_url(re.compile("matter="))
    number = number_of(first)
    second.open(first.page.url)
    be(second, "值班员乙")
    for seen, words in ((first, "甲先记"), (second, "乙后记")):
        turn_to(seen, "记录")
        seen.page.locator("textarea[aria-label^=说明]").fill(words)
    press(first, "记录")
    second.page.get_by_role("button", name="记录", exact=True).click()
    expect(second.page.get_by_text("别人刚刚动过这件事")).to_be_visible(timeout=20_000)
    assert ledger.events(number)["text"].tolist() == ["", "甲先记"]


def test_the_board_works_with_a_thumb(address: str, visit: Open, artefacts: Path) -> None:
    desk = visit()
    desk.open(f"{address}/supervision")
    be(desk, "值班长甲")
    issue(desk, "手机上看", 0)
    seen = visit(PHONE)
    seen.open(f"{address}/supervision")
    search(seen, "查找", "手机上看")
    open_row(seen, "board")
    seen.page.wait_for_url(re.compile("matter="))
    expect(seen.page.locator(ANSWER).first).to_contain_text("待签收")
    seen.page.screenshot(path=artefacts / "supervision-matter-phone.png")
    seen.check_no_failure()


def test_the_form_for_ticked_cases_is_in_view_and_its_reason_is_nobodys_guess(address: str, visit: Open) -> None:
    seen = visit()
    seen.open(f"{address}/supervision")
    be(seen, "值班长甲")
    pick_rows(seen, "pressing", 0)
    form = seen.page.locator(".st-key-aside")
    expect(form.get_by_text("发一张督办单")).to_be_in_viewport()
    expect(form.get_by_label("事项", exact=True)).to_be_in_viewport()
    reason = form.locator('[data-testid="stSelectbox"]').filter(has_text="督办原因")
    expect(reason).to_be_in_viewport()
    expect(reason.get_by_role("combobox")).to_have_attribute("placeholder", "请选择（必填）")
    expect(reason.get_by_role("combobox")).to_have_value("")
    with seen.rerun():
        form.get_by_role("button", name="关闭").click()
    expect(form).to_have_count(0)  # and nothing stays ticked
    seen.check_no_failure()
