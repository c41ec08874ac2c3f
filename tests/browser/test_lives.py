"""The whole life of a whistle, a hard case and a topic, with clicks, by those whose turn it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from data_access.ledger.audit import verify
from data_access.ledger.ledger import Ledger
from tests.browser.acting import be, choose, fill, open_row, press, step, table, turn_to, unfold
from tests.browser.visits import Visit

Open = Callable[..., Visit]
STREET, FIRST, SECOND = "东四街道", "区水务局", "区商务局"


def number_in(seen: Visit) -> str:
    seen.page.wait_for_url(re.compile("matter="))
    return unquote(re.split("matter=|&", seen.page.url)[1])


def show(seen: Visit, address: str, page: str, number: str, who: str, stage: str) -> None:
    """Somebody opens the matter by its link."""
    seen.open(f"{address}/{page}?matter={number}")
    be(seen, who)
    expect(seen.page.locator(".answer").first).to_contain_text(stage, timeout=20_000)


def mark(seen: Visit, *marks: str) -> None:
    """Score: one mark for each line of the sheet."""
    groups = seen.page.locator('[data-testid="stForm"] [role="radiogroup"]')
    for place, value in enumerate(marks):
        groups.nth(place).get_by_text(value, exact=True).click()


def test_a_whistle_from_the_call_to_the_last_mark(address: str, visit: Open, ledger: Ledger) -> None:
    seen = visit()
    seen.open(f"{address}/whistles")
    be(seen, f"{STREET}联络员")
    unfold(seen, "吹哨")
    fill(seen, "事项", "路口堆物占道")
    choose(seen, "吹哨事由", "综合执法")
    fill(seen, "地点", "东口")
    choose(seen, "被叫单位", FIRST, typed=True)
    choose(seen, "被叫单位", SECOND, typed=True)
    press(seen, "发起吹哨")
    whistle = number_in(seen)
    calls = ledger.matters("whistle_call", parent=whistle).set_index("unit")["matter_id"]
    assert set(calls.index) == {FIRST, SECOND}
    for unit, number in calls.items():
        show(seen, address, "whistles", number, f"{unit}联络员", "待报到")
        step(seen, "报到", "已报到")
    show(seen, address, "whistles", whistle, f"{STREET}联络员", "已吹哨")
    step(seen, "开始联合处置", "联合处置")
    turn_to(seen, "处置完成")
    choose(seen, "处置结果", "解决")
    fill(seen, "处置情况", "已清走")
    press(seen, "处置完成")
    expect(seen.page.locator(".answer").first).to_contain_text("待评定", timeout=20_000)
    turn_to(seen, "办结")
    press(seen, "办结")
    expect(seen.page.get_by_text("还有 2 项没有结束")).to_be_visible()  # nobody is scored yet
    for number in calls:
        show(seen, address, "whistles", number, f"{STREET}联络员", "已报到")
        turn_to(seen, "评分")
        mark(seen, "5", "4", "3")
        press(seen, "评分")
        expect(seen.page.locator(".answer").first).to_contain_text("已评分", timeout=20_000)
    show(seen, address, "whistles", calls[FIRST], f"{FIRST}联络员", "已评分")
    step(seen, "认可评分", "已评定")
    show(seen, address, "whistles", calls[SECOND], f"{SECOND}联络员", "已评分")
    step(seen, "申诉", "申诉中", text="当时在另一处抢修")
    show(seen, address, "whistles", calls[SECOND], "值班长甲", "申诉中")
    turn_to(seen, "裁定")
    mark(seen, "5", "5", "4")
    seen.page.locator("textarea[aria-label^=说明]").fill("情况属实")
    press(seen, "裁定")
    expect(seen.page.locator(".answer").first).to_contain_text("已评定", timeout=20_000)
    show(seen, address, "whistles", whistle, f"{STREET}联络员", "待评定")
    step(seen, "办结", "办结")
    seen.check_no_failure()
    assert ledger.events(whistle)["move"].tolist() == ["open", "begin", "finish", "close"]
    told = ledger.events(calls[SECOND])["move"].tolist()
    assert told == ["open", "arrive", "score", "appeal", "rule"]
    # .3 x (5-1)/4 + .3 x (5-1)/4 + .4 x (4-1)/4
    assert ledger.matters("whistle_call", number=calls[SECOND])["score"].iloc[0] == pytest.approx(90)
    assert not verify(ledger.engine, ledger.key).broken


def add_part(seen: Visit, kind: str, title: str, unit: str, **choices: str) -> None:
    """Add a part on its matter's page. `choices`: label -> option."""
    unfold(seen, f"添加{kind}")
    form = seen.page.locator('[data-testid="stForm"]').last
    form.get_by_label("事项", exact=True).fill(title)
    for label, value in choices.items():
        choose(seen, label, value)
    choose(seen, "责任单位", unit, typed=True)
    press(seen, f"发起{kind}")


def test_a_hard_case_goes_round_the_whole_loop(address: str, visit: Open, ledger: Ledger) -> None:
    seen = visit()
    seen.open(f"{address}/hard_cases")
    be(seen, "区领导甲")
    unfold(seen, "新立一项")
    form = seen.page.locator('[data-testid="stForm"]').last
    form.get_by_label("事项", exact=True).fill("老院屋面反复漏雨")
    choose(seen, "维度", "事项")
    form.get_by_label("入选依据").fill("量大、解决率低")
    press(seen, "发起攻百难")
    number = number_in(seen)
    add_part(seen, "节点", "完成屋面勘察", "区房屋管理局")
    expect(table(seen, "parts_milestone")).to_be_visible()
    step(seen, "启动数据分析", "数据分析")
    turn_to(seen, "转路径研判")
    fill(seen, "牵头领导", "区领导甲")
    choose(seen, "主责单位", "区房屋管理局", typed=True)
    press(seen, "转路径研判")
    expect(seen.page.locator(".answer").first).to_contain_text("路径研判", timeout=20_000)
    step(seen, "转项目推动", "项目推动", 解决路径="先勘察后整体翻修")
    step(seen, "月度调度纪要", "项目推动", text="月底前完成招标")
    turn_to(seen, "落实资金")
    fill(seen, "资金（万元）", "120")
    press(seen, "落实资金")
    expect(seen.page.locator(".answer").first).to_contain_text("资金保障", timeout=20_000)
    step(seen, "转绩效评价", "绩效评价", 绩效评价="雨季未再漏雨")
    turn_to(seen, "销账")
    seen.page.locator("textarea[aria-label^=说明]").first.fill("验收")
    press(seen, "销账")
    expect(seen.page.get_by_text("还有 1 项没有结束")).to_be_visible()
    open_row(seen, "parts_milestone")
    step(seen, "完成", "完成", text="勘察报告已交")
    press(seen, "← 返回")
    step(seen, "销账", "销账", text="验收通过")
    seen.check_no_failure()
    told = ledger.events(number)["move"].tolist()
    assert told == ["open", "start", "judge", "push", "dispatch", "fund", "evaluate", "close"]
    assert ledger.matters("hard_case", number=number)["budget"].iloc[0] == "120"
    assert not verify(ledger.engine, ledger.key).broken


def test_a_topic_from_its_plan_to_its_summary(address: str, visit: Open, ledger: Ledger) -> None:
    seen = visit()
    seen.open(f"{address}/monthly_topics?year=2021年")
    be(seen, "值班长甲")
    with seen.rerun():
        seen.page.get_by_role("button", name=re.compile("立项|发起")).first.click()
    found = ledger.matters("topic")
    found = found[(found["year"] == "2021") & (found["stage"] == "制定方案")]
    assert len(found) >= 5
    number, unit = found["matter_id"].iloc[0], found["unit"].iloc[0]
    show(seen, address, "monthly_topics", number, "值班长甲", "制定方案")
    add_part(seen, "清单项", "摸清底数", unit, 清单="任务清单")
    expect(table(seen, "parts_topic_item")).to_be_visible()
    be(seen, f"{unit}联络员")
    step(seen, "方案印发", "推进", 方案="一题一方案")
    step(seen, "当月进展", "推进", text="完成摸底")
    step(seen, "转总结评估", "总结评估", 总结评估="量降了")
    open_row(seen, "parts_topic_item")
    step(seen, "完成", "完成", text="台账已建")
    press(seen, "← 返回")
    be(seen, "值班长甲")
    step(seen, "完成", "完成")
    seen.check_no_failure()
    assert ledger.events(number)["move"].tolist() == ["open", "launch", "progress", "review", "finish"]
    assert not verify(ledger.engine, ledger.key).broken


def test_care_is_off_and_shows_nothing(address: str, visit: Open) -> None:
    seen = visit()
    seen.open(f"{address}/care")
    be(seen, "关怀专员甲")
    expect(seen.page.get_by_text("默认不启用，本区没有启用")).to_be_visible()
    assert seen.page.locator('[data-testid="stDataFrame"]').count() == 0
    seen.check_no_failure()
