"""A patrol point and a care plan from their first click to their last."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import expect

from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.profile import Profile
from data_access.ledger.audit import verify
from data_access.ledger.ledger import Ledger
from tests.browser.acting import be, choose, open_row, pick_rows, press, step, turn_to
from tests.browser.serving import serving
from tests.browser.visits import Visit
from tests.pages.ledgers import own_ledger

Open = Callable[..., Visit]


def test_a_point_is_patrolled_from_the_list_to_its_end(address: str, visit: Open, ledger: Ledger) -> None:
    seen = visit()
    seen.open(f"{address}/fusion")
    be(seen, "监督员甲")
    pick_rows(seen, "unseen", 0)
    press(seen, "派往这 1 处")
    expect(seen.page.get_by_text("已派监督员核实 1 处")).to_be_visible()
    open_row(seen, "board")
    seen.page.wait_for_url(re.compile("matter="))
    number = unquote(seen.page.url.split("matter=")[1])
    expect(seen.page.locator(".answer").first).to_contain_text("待核实")
    choose(seen, "核实情况", "属实")
    press(seen, "核实")
    expect(seen.page.locator(".answer").first).to_contain_text("已核实", timeout=20_000)
    be(seen, "值班长甲")
    turn_to(seen, "立案督办")
    choose(seen, "处置单位", "区水务局", typed=True)
    press(seen, "立案督办")
    expect(seen.page.locator(".answer").first).to_contain_text("已立案", timeout=20_000)
    be(seen, "区水务局联络员")
    step(seen, "办结", "办结", 处置结果="已清掏")
    seen.check_no_failure()
    assert ledger.events(number)["move"].tolist() == ["open", "verify", "file", "settle"]
    assert not verify(ledger.engine, ledger.key).broken


def test_care_from_the_list_to_the_call_back(
    caring: Profile, demo_store: Store, visit: Open, tmp_path: Path, artefacts: Path
) -> None:
    reader, folder = Reader.of(demo_store, caring), str(caring.folder.parent)
    with (
        own_ledger(reader, tmp_path / "ledger.db") as ledger,
        serving(demo_store, tmp_path / "server.log", DISTRICT_PROFILES=folder) as address,
    ):
        seen = visit()
        seen.open(f"{address}/care")
        be(seen, "值班长甲")
        expect(seen.page.get_by_text("只对配置里列出姓名的人开放")).to_be_visible()
        be(seen, "关怀专员甲")
        pick_rows(seen, "callers", 0)
        press(seen, "发起一网情深")
        expect(seen.page.locator(".answer").first).to_contain_text("待结对", timeout=20_000)
        choose(seen, "结对单位", "区民政局", typed=True)
        press(seen, "结对")
        expect(seen.page.locator(".answer").first).to_contain_text("帮扶中", timeout=20_000)
        step(seen, "走访", "帮扶中", text="上门看过")
        step(seen, "疏导", "帮扶中", text="讲清政策")
        step(seen, "转回访", "回访")
        turn_to(seen, "结束")
        choose(seen, "回访情况", "有所改善")
        press(seen, "结束")
        expect(seen.page.locator(".answer").first).to_contain_text("结束", timeout=20_000)
        assert urlsplit(seen.page.url).query == ""
        seen.page.screenshot(path=artefacts / "care-matter.png")
        seen.check_no_failure()
    assert verify(ledger.engine, ledger.key).events == 6 and not verify(ledger.engine, ledger.key).broken
