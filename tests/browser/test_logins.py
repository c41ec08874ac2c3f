"""Logging in for real: a provider of OpenID Connect, or a proxy that says who comes; and what each may see then."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.sight import Sight
from data_access.cases.store import Store
from data_access.district.periods import beijing_now
from data_access.ledger.ledger import Ledger
from data_access.ledger.opening import trail_of
from data_access.trail.reading import search
from tests.browser.proxying import nginx
from tests.browser.serving import ROOT, free_port, serving, wait_until_answered

LEADER, STREET, STRANGER = "leader@dc.example", "dhm@dc.example", "nobody@dc.example"
# Nobody of people.csv: what their identities say gives them a role and a unit, or not.
MEMBERS = {
    "a@dc.example": {"name": "王五", "groups": ["all", "street-staff"], "department": "东华门"},
    "b@dc.example": {"name": "王五", "groups": ["street-staff"], "department": "没有这个街道"},
    "c@dc.example": {"name": "赵六", "groups": ["auditors"]},
}
RULES = """members = [
  { claim = "groups", value = "street-staff", role = "街道", unit = "department" },
  { claim = "groups", value = "auditors", role = "审计员" },
]
"""
PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory, reader: Reader) -> Path:
    """The shipped district, in which two people have accounts."""
    folder = tmp_path_factory.mktemp("profiles")
    shutil.copytree(reader.profile.folder, folder / "dongcheng")
    people = folder / "dongcheng" / "people.csv"
    accounts = {"区领导甲": LEADER, "东华门街道联络员": STREET}
    rights = folder / "dongcheng" / "access.toml"
    rights.write_text(rights.read_text(encoding="utf-8") + RULES, encoding="utf-8")
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
        for account, said in MEMBERS.items():
            body = json.dumps({"email": account, **said}).encode()
            told = {"Content-Type": "application/json"}
            urlopen(Request(f"{address}/users/{account}", body, told, method="PUT"), timeout=20).close()
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


# Which of four processes answers, a request's header says here; elsewhere it is a cookie (scripts/nginx.conf).
FOUR = """  map $http_upgrade $connection_kept {{ "" ""; default upgrade; }}
  map $http_x_process $process {{ default {0}; second {1}; short {2}; still {3}; }}
  server {{ listen 127.0.0.1:{4}; location / {{
    proxy_pass http://127.0.0.1:$process; proxy_http_version 1.1; proxy_set_header Host $http_host;
    proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_kept; }} }}"""
SECOND, SHORT, STILL = ({"X-Process": name} for name in ("second", "short", "still"))


@pytest.fixture(scope="module")
def by_oidc(
    demo_store: Store, profiles: Path, tmp_path_factory: pytest.TempPathFactory, ledger: Ledger, artefacts: Path
) -> Iterator[str]:
    """The address of four processes that share the store, the ledger and the secret of the login's cookie; by one of
    them a login is over after some seconds, by one after standing still so long."""
    folder, port = tmp_path_factory.mktemp("oidc"), free_port()
    with provider() as idp, ExitStack() as running:
        (folder / "secrets.toml").write_text(
            f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\ncookie_secret = "for tests alone"\n'
            f'client_id = "dashboard"\nclient_secret = "x"\nserver_metadata_url = "{idp}/.well-known/openid-configuration"\n',
            encoding="utf-8",
        )
        told = {"DASHBOARD_LOGIN": "oidc", "DISTRICT_PROFILES": str(profiles)}
        told |= {"STREAMLIT_SECRETS_FILES": str(folder / "secrets.toml")}
        limits: tuple[dict[str, str], ...] = ({}, {}, {"LOGIN_HOURS": "0.002"}, {"LOGIN_IDLE_MINUTES": "0.02"})
        all_four = [
            running.enter_context(serving(demo_store, artefacts / f"oidc-{number}.log", **told, **limit))
            for number, limit in enumerate(limits, 1)
        ]
        address = f"http://127.0.0.1:{port}"
        site = FOUR.format(*(one.rsplit(":", 1)[1] for one in all_four), port)
        running.enter_context(nginx(folder, site, f"{address}/_stcore/health"))
        yield address


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 900})
    yield made
    made.close()


def log_in(page: Page, address: str, account: str) -> None:
    page.goto(f"{address}/cases?period=全部")
    expect(page.get_by_role("heading", name="请先登录")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_role("textbox").fill(account, timeout=PATIENCE_MS)
    page.get_by_role("button", name=re.compile("authorize|allow|log ?in|continue|submit", re.I)).first.click()
    page.wait_for_url(re.compile(f"^{address}"), timeout=PATIENCE_MS)


def listed(page: Page, address: str) -> int:
    page.goto(f"{address}/cases?period=全部")
    answer = page.locator(".answer").filter(has_text=re.compile("共"))
    expect(answer).to_be_visible(timeout=PATIENCE_MS)
    counted = re.search(r"共\s*([\d,]+)\s*件", answer.inner_text())
    assert counted
    return int(counted[1].replace(",", ""))


def test_who_logs_in_sees_what_they_may_and_leaves_every_tab(
    by_oidc: str, context: BrowserContext, browser: Browser, reader: Reader
) -> None:
    began = beijing_now()  # the trail is one for all tests of this process; others log in too
    page = context.new_page()
    log_in(page, by_oidc, STREET)
    mine = listed(page, by_oidc)
    assert 0 < mine < reader.count()
    elsewhere = browser.new_context(storage_state=context.storage_state(), extra_http_headers=SECOND)
    others = [context.new_page(), elsewhere.new_page()]
    for other in others:
        assert listed(other, by_oidc) == mine
    page.get_by_role("button", name="退出登录").click()
    page.get_by_role("button", name="End session").click(timeout=PATIENCE_MS)
    expect(page.get_by_role("heading", name="请先登录")).to_be_visible(timeout=PATIENCE_MS)
    for other in others:  # what was open ends at its next step, whichever process holds it
        other.get_by_role("link", name="区情总览").first.click()
        expect(other.get_by_role("heading", name="请先登录")).to_be_visible(timeout=PATIENCE_MS)
    elsewhere.close()
    trail = trail_of(reader)
    assert trail
    told = search(trail, began, began + timedelta(hours=1), kinds=["login", "logout"])
    assert list(told["kind"]) == ["logout", "login"] and set(told["who"]) == {STREET}


def test_a_login_that_is_too_old_ends_in_every_process(by_oidc: str, context: BrowserContext, browser: Browser) -> None:
    page = context.new_page()
    log_in(page, by_oidc, STREET)
    assert listed(page, by_oidc)
    short = browser.new_context(storage_state=context.storage_state(), extra_http_headers=SHORT)
    old, ended = short.new_page(), page.get_by_role("heading", name="请先登录")
    for _ in range(60):  # until the limit is met, however long one look takes
        old.goto(f"{by_oidc}/overview")
        expect(old.get_by_role("heading").first).to_be_visible(timeout=PATIENCE_MS)
        page.get_by_role("link", name=re.compile("区情总览|案件库")).first.click()
        expect(page.get_by_role("heading").first).to_be_visible(timeout=PATIENCE_MS)
        if ended.count():
            break
    expect(ended).to_be_visible(timeout=PATIENCE_MS)
    short.close()


def test_a_tab_that_stood_still_ends_every_one(by_oidc: str, context: BrowserContext, browser: Browser) -> None:
    page = context.new_page()
    log_in(page, by_oidc, STREET)
    assert listed(page, by_oidc)
    standing = browser.new_context(storage_state=context.storage_state(), extra_http_headers=STILL)
    tab, still = standing.new_page(), 1_000
    tab.goto(f"{by_oidc}/overview")
    expect(tab.get_by_role("heading", name="区情总览")).to_be_visible(timeout=PATIENCE_MS)
    ended = tab.get_by_role("button", name="End session")  # the provider is told as well
    while not ended.count() and still < 2 * PATIENCE_MS:  # the limit, whatever it is, is met some time
        tab.wait_for_timeout(still)
        with suppress(Error):  # the tab may be on its way out
            tab.get_by_role("link", name=re.compile("区情总览|诉求趋势")).first.click(timeout=still)
        still *= 2
    expect(ended).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("link", name="区情总览").first.click()
    expect(page.get_by_role("heading", name="请先登录")).to_be_visible(timeout=PATIENCE_MS)
    standing.close()


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


def test_who_stands_in_no_list_is_known_by_group_and_unit(by_oidc: str, browser: Browser, reader: Reader) -> None:
    mine = CaseFilter(street=("东华门街道",)), CaseFilter(unit=("东华门街道",))
    seen = dataclasses.replace(reader, sight=Sight(mine)).singly.count()
    for account, expected in zip(MEMBERS, (seen, None, 0), strict=True):
        context = browser.new_context()
        page = context.new_page()
        log_in(page, by_oidc, account)
        if expected is None:  # of a unit that there is none of
            expect(page.get_by_role("heading", name="这个账号还没有登记")).to_be_visible(timeout=PATIENCE_MS)
        elif expected:
            assert listed(page, by_oidc) == expected
            expect(page.get_by_test_id("stSidebar").get_by_text("王五（a")).to_be_visible()
        else:
            expect(page.get_by_role("link", name="审计")).to_be_visible(timeout=PATIENCE_MS)
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
