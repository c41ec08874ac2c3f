"""A login ends by itself: after standing still, after a while, and when its account is withdrawn, in every process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.ledger.ledger import Ledger
from data_access.ledger.opening import trail_of
from data_access.trail import sessions
from tests.browser.serving import serving
from tests.matrix.talking import Tab
from tests.matrix.world import account_of, profile_of

WHO, SHOWN = "区领导甲", b'class="answer"'
OVER, WITHDRAWN = "登录已过期".encode(), "您的登录已结束或被撤销".encode()
LONGEST = 120  # seconds of one wait, on a machine that does much else


@pytest.fixture(scope="module")
def addresses(
    demo_store: Store, reader: Reader, ledger: Ledger, tmp_path_factory: pytest.TempPathFactory, artefacts: Path
) -> Iterator[dict[str, str]]:
    """Three processes of one store and ledger: with no limit that is met here, with an idle one, with a whole one."""
    profiles = profile_of(reader.profile, tmp_path_factory.mktemp("profiles"))
    told = {"DASHBOARD_LOGIN": "proxy", "LOGIN_PROXIES": "127.0.0.1", "DISTRICT_PROFILES": str(profiles)}
    limits = {"none": {}, "idle": {"LOGIN_IDLE_MINUTES": "0.05"}, "whole": {"LOGIN_HOURS": "0.001"}}
    with ExitStack() as running:
        yield {
            name: running.enter_context(serving(demo_store, artefacts / f"limits-{name}.log", **told, **limit))
            for name, limit in limits.items()
        }


def seen(tab: Tab) -> bytes:
    """What came with one more run of the page."""
    tab.run()
    return bytes(tab.seen)


@pytest.mark.slow
def test_a_page_that_stood_still_ends_at_its_next_step(addresses: dict[str, str]) -> None:
    still = 0.5
    while still < LONGEST:
        with Tab(addresses["idle"], WHO, "/overview") as tab:
            assert SHOWN in seen(tab)
            time.sleep(still)
            if OVER in seen(tab):
                assert SHOWN not in tab.seen and OVER in seen(tab)
                break
        still *= 2  # the limit, whatever it is, is met some time
    assert still < LONGEST
    with Tab(addresses["idle"], WHO, "/overview") as tab:  # whom the proxy still knows may come again
        assert SHOWN in seen(tab)


@pytest.mark.slow
def test_a_page_that_is_used_all_the_time_ends_too(addresses: dict[str, str]) -> None:
    end = time.monotonic() + LONGEST
    with Tab(addresses["whole"], WHO, "/overview") as tab:
        while OVER not in seen(tab):
            assert time.monotonic() < end
        assert SHOWN not in tab.seen


@pytest.mark.slow
def test_a_withdrawn_account_ends_in_every_process(addresses: dict[str, str], reader: Reader) -> None:
    trail = trail_of(reader)
    assert trail
    with ExitStack() as open_tabs:
        tabs = [open_tabs.enter_context(Tab(addresses[name], WHO, "/overview")) for name in ("none", "none", "idle")]
        assert all(SHOWN in seen(tab) for tab in tabs)
        try:
            sessions.withdraw(trail, account_of(WHO))
            for tab in tabs:
                assert WITHDRAWN in seen(tab) and SHOWN not in tab.seen
            with Tab(addresses["none"], WHO, "/overview") as another:  # nor is a new one let in
                assert WITHDRAWN in seen(another)
        finally:
            sessions.give_back(trail, account_of(WHO))
        with Tab(addresses["none"], WHO, "/overview") as again:
            assert SHOWN in seen(again)
