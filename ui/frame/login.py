"""Who is logged in: the account, as the district's 统一身份认证 (OIDC) or a proxy in front of the dashboard says it.

DASHBOARD_LOGIN names the way; without it there are no logins. People of the profile (people.csv) are known by `login`.
"""

from __future__ import annotations

import os
import time
from collections import deque

import streamlit as st

from data_access.district.profile import Profile
from data_access.district.programmes import Person
from ui.style.markup import markdown

HEADER = "x-remote-user"  # what the proxy sends; the guard lets it in from the proxy's address alone
SEEN_AT, SINCE = "login_seen_at", "login_since"
# Logins that somebody ended: another tab still has what it was told when it was opened.
ENDED: deque[tuple[str, str]] = deque(maxlen=10_000)


def way() -> str:
    """oidc, proxy, or '' where no login is configured."""
    return os.environ.get("DASHBOARD_LOGIN", "").strip().lower()


def account() -> str:
    """The account that is logged in, '' for nobody."""
    if way() == "oidc":
        known = st.user.is_logged_in and _this_login() not in ENDED
        return str(st.user.get(os.environ.get("LOGIN_CLAIM") or "email") or "") if known else ""
    return str(st.context.headers.get(HEADER) or "").strip() if way() == "proxy" else ""


def person(profile: Profile) -> Person | None:
    """Whoever of the profile is logged in."""
    name = account()
    return next((one for one in profile.people if name and one.login == name), None)


def ask_first(profile: Profile) -> None:
    """Where logins are configured: nobody goes on without one, nor with one that the profile does not know."""
    if not way():
        return
    if way() not in ("oidc", "proxy"):
        st.title("登录没有配置好")
        st.error(markdown("环境变量 DASHBOARD\\_LOGIN 只能是 oidc 或 proxy，现在是“{}”。请告诉管理员。", way()))
        st.stop()
    if not account():
        st.title("请先登录")
        if way() == "oidc":
            st.write("看板按您的身份显示您该看的内容。")
            st.button("登录", type="primary", on_click=st.login)
        else:
            st.write("没有收到您的身份：请从统一入口打开看板，不要直接访问这个端口。")
        st.stop()
    if person(profile) is None:
        st.title("这个账号还没有登记")
        st.write(markdown("已登录的账号是“{}”。请管理员把它写进 people.csv 的 login 一列。", account()))
        _offer_to_leave()
        st.stop()
    _end_when_over()
    with st.sidebar:
        _offer_to_leave()


def _this_login() -> tuple[str, str]:
    return str(st.user.get("sub")), str(st.user.get("iat"))


def _leave() -> None:
    ENDED.append(_this_login())
    st.logout()


def _offer_to_leave() -> None:
    if way() == "oidc":
        st.button("退出登录", on_click=_leave, key="log_out")


def _end_when_over() -> None:
    """A session that stood still too long, or that goes on too long, must log in again."""
    now, held = time.time(), st.session_state
    idle, longest = _number(os.environ.get("LOGIN_IDLE_MINUTES"), 60), _number(os.environ.get("LOGIN_HOURS"), 12)
    since = str(st.user.get("iat") or 0) if way() == "oidc" else held.setdefault(SINCE, now)
    over = now - held.get(SEEN_AT, now) > idle * 60 or now - float(since) > longest * 3600
    held[SEEN_AT] = now
    if not over:
        return
    if way() == "oidc":
        _leave()
    st.title("登录已过期")
    st.write("停留太久或登录太久了，请重新打开看板。")
    st.stop()


def _number(text: str | None, usual: float) -> float:
    try:
        return float(text or usual)
    except ValueError:
        return usual
