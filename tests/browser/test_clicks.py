"""What people do with the mouse: from a mark to its cases, one case's story, a filter that stays from page to page."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from tests.browser.acting import click_cell
from tests.browser.visits import Visit

Open = Callable[..., Visit]


def count_in(text: str) -> int:
    found = re.search(r"([\d,]+) 件", text)
    assert found, text
    return int(found.group(1).replace(",", ""))


def test_a_bar_leads_to_exactly_its_cases(address: str, visit: Open) -> None:
    seen = visit()
    seen.open(f"{address}/overview")
    seen.page.locator('[data-testid="stVegaLiteChart"]').nth(1).locator('[aria-roledescription="bar"]').nth(2).click()
    link = seen.page.get_by_role("link", name=re.compile("查看这"))
    expect(link).to_be_visible(timeout=20_000)
    promised = count_in(link.inner_text())
    target = str(link.get_attribute("href"))
    seen.open(f"{address}{target}")
    seen.check_no_failure()
    assert count_in(seen.page.locator(".answer").inner_text()) == promised > 0


def test_the_drawer_shows_what_was_picked_last_and_closes(address: str, visit: Open) -> None:
    seen = visit()
    seen.open(f"{address}/overview")
    drawer, charts = seen.page.locator(".st-key-drawer"), seen.page.locator('[data-testid="stVegaLiteChart"]')
    bars = charts.nth(1).locator('[aria-roledescription="bar"]')
    with seen.rerun():
        bars.nth(2).click()
    first = drawer.get_by_role("link", name=re.compile("查看这")).get_attribute("href")
    expect(drawer.locator('[data-testid="stDataFrame"]')).to_be_visible()
    with seen.rerun():  # a cell of a table: the bar stays picked, the drawer shows the cell's
        click_cell(seen.page.locator('[data-testid="stMain"] [data-testid="stDataFrame"]').nth(1), 60, 0)
    expect(drawer).to_have_count(1)
    assert drawer.get_by_role("link", name=re.compile("查看这")).get_attribute("href") != first
    with seen.rerun():
        drawer.get_by_role("button", name="关闭").click()
    expect(drawer).to_have_count(0)
    seen.check_no_failure()


def test_a_card_leads_to_its_cases(address: str, visit: Open) -> None:
    seen = visit()
    seen.open(f"{address}/overview")
    card = seen.page.locator('[data-testid="stMetric"]').nth(1)
    promised = int(card.locator('[data-testid="stMetricValue"]').inner_text().replace(",", ""))
    target = str(seen.page.locator(".st-key-card_open a").get_attribute("href"))
    seen.open(f"{address}{target}")
    assert count_in(seen.page.locator(".answer").inner_text()) == promised > 0


def test_a_row_opens_the_case_and_the_way_back(address: str, visit: Open, reader: Reader) -> None:
    seen = visit()
    seen.open(f"{address}/cases")
    with seen.rerun():
        click_cell(seen.page.locator('[data-testid="stDataFrame"]').first, 18, 0)
    seen.page.wait_for_url(re.compile("case="))
    seen.check_no_failure()
    newest = reader.list_cases(CaseFilter(), page_size=1)["case_id"].iloc[0]
    assert parse_qs(urlsplit(seen.page.url).query)["case"] == [newest]
    expect(seen.page.locator(".lifeline")).to_contain_text("受理")
    with seen.rerun():
        seen.page.get_by_role("button", name="返回列表").click()
    expect(seen.page.locator(".answer")).to_contain_text("共")
    assert "case=" not in seen.page.url


def test_a_choice_goes_into_the_address_and_along_to_the_next_page(address: str, visit: Open) -> None:
    seen = visit()
    seen.open(f"{address}/overview")
    with seen.rerun():
        seen.page.get_by_role("radio", name="环比").click()
    box = seen.page.locator('[data-testid="stMain"]').get_by_role("combobox").nth(1)
    box.click()
    option = seen.page.get_by_role("option").first
    street = option.inner_text().strip()
    with seen.rerun():
        option.click()
    query = parse_qs(urlsplit(seen.page.url).query)
    assert query["street"] == [street] and query["compare"] == ["环比"] and "period" not in query
    seen.page.keyboard.press("Escape")
    with seen.rerun():
        seen.page.locator('[data-testid="stSidebarNavLink"]', has_text="诉求趋势").click()
    seen.page.wait_for_url(re.compile("/trends"))
    seen.check_no_failure()
    expect(seen.page.locator('[data-testid="stMain"]').get_by_text(street).first).to_be_visible()


def test_what_a_link_chose_follows_through_the_menu_and_stands_where_one_goes_back(address: str, visit: Open) -> None:
    """At once, not on the page after next; what stood on a page before counts for whoever goes back to it."""
    seen = visit()
    chosen = "period=近一年&street=东四街道"
    seen.open(f"{address}/overview?{chosen}")
    for title, path in (("诉求趋势", "trends"), ("督办", "supervision"), ("三率考核", "three_rates")):
        with seen.rerun():
            seen.page.locator('[data-testid="stSidebarNavLink"]', has_text=title).first.click()
        if path != "supervision":  # has a bar of its own
            expect(seen.page.locator(".st-key-filter_bar")).to_contain_text("东四街道")
            assert f"/{path}?" in seen.page.url and "street=" in seen.page.url and "period=" in seen.page.url
    seen.page.locator(".st-key-street").get_by_role("button", name="Clear all").click()
    seen.settle()
    expect(seen.page.locator(".st-key-filter_bar")).not_to_contain_text("东四街道")
    with seen.rerun():
        seen.page.locator('[data-testid="stSidebarNavLink"]', has_text="诉求趋势").first.click()
    expect(seen.page.locator(".st-key-filter_bar")).not_to_contain_text("东四街道")
    for _ in range(seen.page.evaluate("history.length")):
        if "/overview?" not in seen.page.url:
            seen.page.go_back()
            seen.settle()
    expect(seen.page.locator(".st-key-filter_bar")).to_contain_text("东四街道")


def test_a_street_on_the_map_leads_to_its_cases(address: str, visit: Open) -> None:
    seen = visit()
    seen.open(f"{address}/heat")
    seen.insist(seen.page.locator(".st-key-map_street_map svg.marks").click)
    link = seen.page.get_by_role("link", name=re.compile("查看这"))
    expect(link).to_be_visible(timeout=20_000)
    promised = count_in(link.inner_text())
    target = str(link.get_attribute("href"))
    assert len(parse_qs(urlsplit(target).query)["street"]) == 1
    seen.open(f"{address}{target}")
    assert count_in(seen.page.locator(".answer").inner_text()) == promised > 0


def test_the_map_moves_by_itself_and_stands_still_again(address: str, visit: Open) -> None:
    seen = visit()
    seen.open(f"{address}/heat?view=逐时播放")
    seen.page.get_by_text("播放", exact=True).click()
    progress = seen.page.locator('[data-testid="stProgress"]')
    expect(progress).to_contain_text("时")
    first = progress.inner_text()
    expect(progress).not_to_contain_text(first, timeout=10_000)
    seen.page.get_by_text("播放", exact=True).click()
    expect(seen.page.locator('[data-testid="stSlider"]')).to_be_visible(timeout=10_000)
    seen.check_no_failure()


def test_weights_are_tried_and_forgotten(address: str, visit: Open) -> None:
    seen = visit()
    seen.open(f"{address}/livelihood_index?w_resolution=0.6")
    warning = seen.page.get_by_text("正在试调")
    expect(warning).to_be_visible(timeout=20_000)
    seen.page.get_by_text("试调权重").first.click()
    seen.page.get_by_role("button", name="恢复配置的权重").click()
    expect(warning).to_have_count(0, timeout=20_000)
    assert "w_resolution" not in seen.page.url
