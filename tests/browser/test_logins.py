"""Logging in for real: a provider of OpenID Connect, or a proxy that says who comes; and what each may see then."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from data_access.cases.reader import Reader
from data_access.cases.store import Store
from tests.browser.serving import ROOT, free_port, serving, wait_until_answered

LEADER, STREET, STRANGER = "leader@dc.example", "dhm@dc.example", "nobody@dc.example"
PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory, reader: Reader) -> Path:
    """The shipped district, in which two people have accounts."""
    folder = tmp_path_factory.mktemp("profiles")
    shutil.copytree(reader.profile.folder, folder / "dongcheng")
    people = folder / "dongcheng" / "people.csv"
    accounts = {"区领导甲": LEADER, "东华门街道联络员": STREET}
    head, *lines = people.read_text(encoding="utf-8").splitlines()
    rows = [f"{line},{accounts.get(line.split(',')[0], '')}" for line in lines]
    people.write_text("\n".join([f"{head},login", *rows]) + "\n", encoding="utf-8")
    return folder


@contextmanager
def provider() -> Iterator[str]:
    """An OpenID Connect provider that believes whoever says their name."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)])
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_answered(f"{address}/.well-known/openid-configuration", server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="module")
def by_oidc(demo_store: Store, profiles: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("oidc"), free_port()
    with provider() as idp:
        (folder / "secrets.toml").write_text(
            f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\ncookie_secret = "for tests alone"\n'
            f'client_id = "dashboard"\nclient_secret = "x"\nserver_metadata_url = "{idp}/.well-known/openid-configuration"\n',
            encoding="utf-8",
        )
        with serving(demo_store, ROOT / "artefacts" / "oidc.log", port, DASHBOARD_LOGIN="oidc",
                     DISTRICT_PROFILES=str(profiles), STREAMLIT_SECRETS_FILES=str(folder / "secrets.toml")) as address:  # fmt: skip
            yield address


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 900})
    yield made
    made.close()


def log_in(page: Page, address: str, account: str) -> None:
    page.goto(f"{address}/cases?range=all")
    expect(page.get_by_role("heading", name="请先登录")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_role("textbox").fill(account, timeout=PATIENCE_MS)
    page.get_by_role("button", name=re.compile("authorize|allow|log ?in|continue|submit", re.I)).first.click()
    page.wait_for_url(re.compile(f"^{address}"), timeout=PATIENCE_MS)


def listed(page: Page, address: str) -> int:
    page.goto(f"{address}/cases?range=all")
    answer = page.locator(".answer").filter(has_text=re.compile("共"))
    expect(answer).to_be_visible(timeout=PATIENCE_MS)
    return int(re.sub(r"\D", "", answer.inner_text()))


def test_who_logs_in_sees_what_they_may_and_leaves_every_tab(
    by_oidc: str, context: BrowserContext, reader: Reader
) -> None:
    page = context.new_page()
    log_in(page, by_oidc, STREET)
    mine = listed(page, by_oidc)
    assert 0 < mine < reader.count()
    other = context.new_page()
    assert listed(other, by_oidc) == mine
    page.get_by_role("button", name="退出登录").click()
    page.get_by_role("button", name="End session").click(timeout=PATIENCE_MS)
    expect(page.get_by_role("heading", name="请先登录")).to_be_visible(timeout=PATIENCE_MS)
    other.get_by_role("link", name="区情总览").first.click()  # what was open ends at its next step
    expect(other.get_by_role("heading", name="请先登录")).to_be_visible(timeout=PATIENCE_MS)


def test_a_leader_sees_the_district_and_a_stranger_nothing(by_oidc: str, browser: Browser, reader: Reader) -> None:
    for account, seen in ((LEADER, reader.count()), (STRANGER, None)):
        context = browser.new_context()
        page = context.new_page()
        log_in(page, by_oidc, account)
        if seen is None:
            expect(page.get_by_role("heading", name="这个账号还没有登记")).to_be_visible(timeout=PATIENCE_MS)
            page.goto(f"{by_oidc}/overview")
            expect(page.get_by_role("heading", name="这个账号还没有登记")).to_be_visible(timeout=PATIENCE_MS)
        else:
            assert listed(page, by_oidc) == seen
        context.close()


def test_the_proxy_says_who_comes(demo_store: Store, profiles: Path, browser: Browser, reader: Reader) -> None:
    """Chromium here stands where the proxy stands: at the one address that may say a name."""
    with serving(demo_store, ROOT / "artefacts" / "proxy.log", DASHBOARD_LOGIN="proxy", LOGIN_PROXIES="127.0.0.1",
                 DISTRICT_PROFILES=str(profiles)) as address:  # fmt: skip
        for account, whole in ((LEADER, True), (STREET, False)):
            context = browser.new_context(extra_http_headers={"X-Remote-User": account})
            assert (listed(context.new_page(), address) == reader.count()) is whole
            context.close()
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{address}/overview")
        expect(page.get_by_text("没有收到您的身份")).to_be_visible(timeout=PATIENCE_MS)
        context.close()
