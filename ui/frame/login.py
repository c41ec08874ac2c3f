"""Who is logged in: the account, as the district's 统一身份认证 (OIDC) or a proxy in front of the dashboard says it.

DASHBOARD_LOGIN names the way; without it there are no logins. People of the profile (people.csv) are known by `login`.
"""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from datetime import datetime

import streamlit as st

from data_access.cases.errors import DatabaseError, StoreError
from data_access.cases.reader import Reader
from data_access.district.periods import BEIJING, beijing_now
from data_access.district.profile import Profile
from data_access.district.programmes import Person
from data_access.ledger.opening import trail_of
from data_access.trail import sessions
from data_access.trail.devices import pass_of
from data_access.trail.schema import REFUSED
from ui.frame.fresh import was_pressed
from ui.style.markup import markdown
from ui.watch import doors
from ui.watch.viewer import Viewer, address

HEADER = "x-remote-user"  # what the proxy sends; the guard lets it in from the proxy's address alone
CLAIMS = {"x-remote-name": "name", "x-remote-groups": "groups", "x-remote-unit": "unit"}  # as well: header -> claim
SEEN_AT, SINCE, OVER, STRANGER = "login_seen_at", "login_since", "login_is_over", "login_unknown"  # in the session
EXPIRED = "login_expired"  # as well: a page that stood still too long stays shut, until it is opened anew
# Logins that somebody ended, of a store without a ledger: another tab still has what it was told when it was opened.
ENDED: deque[str] = deque(maxlen=10_000)
LOG = logging.getLogger(__name__)
BEGUN: deque[str] = deque(maxlen=10_000)  # logins that this process knows to be recorded
CANNOT_TELL = "现在核对不了登录是否还有效，请稍后再试。"


def way() -> str:
    """oidc, proxy, or '' where no login is configured."""
    return os.environ.get("DASHBOARD_LOGIN", "").strip().lower()


def account() -> str:
    """The account that is logged in, '' for nobody."""
    return "" if st.session_state.get(OVER) else _claimed()


def _claimed() -> str:
    """The account that the browser's login names, whether or not it was ended."""
    if way() == "oidc":
        return str(st.user.get(os.environ.get("LOGIN_CLAIM") or "email") or "") if st.user.is_logged_in else ""
    return str(st.context.headers.get(HEADER) or "").strip() if way() == "proxy" else ""


def check(reader: Reader) -> None:
    """Before anything else of a run: whether the session's login still counts, in whichever process it was ended.

    Every process asks the ledger's database. Where that cannot be asked nobody goes on.
    """
    if not _claimed():
        st.session_state.pop(OVER, None)
        return
    key = _this_login()
    try:
        trail = trail_of(reader)
        over = key in ENDED if trail is None else sessions.is_over(trail, key, _claimed(), _since())
        if trail is not None and not over and key not in BEGUN:
            BEGUN.append(key)
            if sessions.begin(trail, key):
                seat = Viewer(_claimed(), address=address(), reader=reader)
                doors.later(reader, seat.record("login", way()))
    except (DatabaseError, StoreError, OSError) as error:
        LOG.error("登录核对不了：%s", getattr(error, "orig", None) or error)
        st.title("请稍后")
        st.error(CANNOT_TELL)
        st.stop()
    st.session_state[OVER] = over


def person(profile: Profile) -> Person | None:
    """Whoever is logged in: by the account of people.csv, else by what the identity says (access.toml's members)."""
    name = account()
    known = next((one for one in profile.people if name and one.login == name), None)
    return known or (profile.member(beijing_now().date(), name, claims()) if name else None)


def claims() -> dict[str, tuple[str, ...]]:
    """What the login says of the person: claim -> its values."""
    if way() == "oidc":
        said = st.user.to_dict()
        return {name: tuple(map(str, one if isinstance(one, list) else [one])) for name, one in said.items()}
    told = {claim: _utf8(str(st.context.headers.get(header) or "")) for header, claim in CLAIMS.items()}
    return {name: tuple(part.strip() for part in one.split(",") if part.strip()) for name, one in told.items() if one}


def _utf8(header: str) -> str:
    """A header's words: servers hand them on byte by byte."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header


def leave_if_over(reader: Reader) -> None:
    """For a part of a page that runs by itself: the whole page runs anew, and stops, once the login was ended."""
    check(reader)
    if st.session_state.get(OVER):
        st.rerun()


def ask_first(reader: Reader) -> None:
    """Where logins are configured: nobody goes on without one, nor with one that the profile does not know."""
    profile = reader.profile
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
            st.button("登录", on_click=st.login)
        else:
            over = "您的登录已结束或被撤销：请重新从统一入口打开。"
            none = "没有收到您的身份：请从统一入口打开看板，不要直接访问这个端口。"
            st.write(over if _claimed() else none)
        st.stop()
    if person(profile) is None:
        if not st.session_state.get(STRANGER):
            st.session_state[STRANGER] = True
            seat = Viewer(account(), address=address(), reader=reader)
            doors.later(reader, seat.record("refusal", "登录", REFUSED, why="账号没有登记"))
        st.title("这个账号还没有登记")
        st.write(
            markdown(
                "已登录的账号是“{}”。请管理员把它写进 people.csv 的 login 一列，或在 access.toml 的 members 里写明"
                "哪个组是哪个角色；已写的，请核对身份里的单位在不在 units.csv 里。",
                account(),
            )
        )
        _offer_to_leave(reader)
        st.stop()
    _end_when_over(reader)
    with st.sidebar:
        _offer_to_leave(reader)


def wall_pass(reader: Reader) -> str:
    """By which whoever is logged in may look at walls; '' where walls need none, or none can be made."""
    try:
        trail = trail_of(reader) if account() and not reader.is_synthetic else None
        return pass_of(trail) if trail else ""
    except (DatabaseError, StoreError, OSError):
        return ""


def _this_login() -> str:
    """What tells this login from every other, and leads back to nobody. A proxy tells of none: the account's day."""
    if way() == "oidc":
        return sessions.key_of("oidc", str(st.user.get("sub")), str(st.user.get("iat")))
    return sessions.key_of("proxy", _claimed(), address(), f"{_since():%Y%m%d}")


def _since() -> datetime:
    """When the login began, naive Beijing time; of a proxy's, when this tab was opened."""
    if way() == "oidc":
        return datetime.fromtimestamp(float(str(st.user.get("iat") or 0)), BEIJING).replace(tzinfo=None)
    began = float(st.session_state.setdefault(SINCE, time.time()))
    return datetime.fromtimestamp(began, BEIJING).replace(tzinfo=None)


def _leave(reader: Reader, why: str = "") -> None:
    """End the login in every tab and process. Where that cannot be written this process alone knows of it."""
    seat, key = Viewer(_claimed(), address=address(), reader=reader), _this_login()
    ENDED.append(key)
    try:
        if trail := trail_of(reader):
            sessions.end(trail, key)
    except (DatabaseError, StoreError, OSError) as error:
        LOG.error("退出登录没有写下：%s", getattr(error, "orig", None) or error)
    doors.later(reader, seat.record("logout", why))
    st.logout()


def _offer_to_leave(reader: Reader) -> None:
    if way() == "oidc":
        st.button("退出登录", on_click=_leave, args=(reader,), key="log_out")


def _end_when_over(reader: Reader) -> None:
    """A session that stood still too long, or that goes on too long, must log in again."""
    now, held = time.time(), st.session_state
    idle, longest = _number(os.environ.get("LOGIN_IDLE_MINUTES"), 60), _number(os.environ.get("LOGIN_HOURS"), 12)
    since = str(st.user.get("iat") or 0) if way() == "oidc" else held.setdefault(SINCE, now)
    over = EXPIRED in held or now - held.get(SEEN_AT, now) > idle * 60 or now - float(since) > longest * 3600
    if not was_pressed():
        held[SEEN_AT] = now
    if not over:
        return
    held[EXPIRED] = True
    if way() == "oidc":
        _leave(reader, "过期")
    st.title("登录已过期")
    st.write("停留太久或登录太久了，请重新打开看板。")
    st.stop()


def _number(text: str | None, usual: float) -> float:
    try:
        return float(text or usual)
    except ValueError:
        return usual
