"""Who may look at a wall: a device with its token, or somebody who is logged in and came from a page.

Synthetic data is open to everybody, and so is an open room. A token comes once in an address, goes into a cookie that
no script can read, and is gone from the address with the answer; it stands in no log of this program.
"""

from __future__ import annotations

import os
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, quote

from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from data_access.cases.errors import DatabaseError, StoreError
from data_access.cases.reader import Reader
from data_access.ledger.opening import trail_of
from data_access.trail.devices import device_of, is_good
from data_access.trail.schema import REFUSED, Record
from data_access.trail.trail import Trail
from ui.watch.doors import later
from ui.watch.limits import Limit
from ui.watch.viewer import ADDRESS

TOKEN, PASS = "token", "pass"  # in an address
COOKIES = {TOKEN: "wall_token", PASS: "wall_pass"}
LASTS = {TOKEN: 400 * 86_400, PASS: 12 * 3_600}  # seconds; browsers keep no cookie longer than 400 days
WRONG = Limit(30, 60)  # wrong tokens from one address that are looked up
TOLD = Limit(1, 300)  # of the same refusal one record
UNKNOWN = "这面大屏还没有登记，或登记已经撤销"
ELSEWHERE = "这面大屏登记在另一台电脑的地址上"
TOO_OFTEN = "这个地址试的次数太多，请一分钟后再试"
CANNOT = "现在核对不了登记"


def is_open(reader: Reader) -> bool:
    """Whether walls need no token: nobody's data, or a room in which everybody may see everything."""
    in_open_room = os.environ.get("DASHBOARD_OPEN") == "1" and not os.environ.get("DASHBOARD_LOGIN")
    return not reader.has_data or reader.is_synthetic or in_open_room


def header(scope: Scope, name: str) -> str:
    """A header of the request, '' for none."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name.encode()), "")


def handed_over(scope: Scope) -> Response | None:
    """The answer to an address with a token or pass in it: the same address without, and a cookie."""
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    given = next((name for name in COOKIES if query.get(name)), "")
    if not given:
        return None
    path = [part for part in str(scope["path"]).split("/") if part]
    name = path[1] if len(path) == 2 else query.get("wall", [""])[0]
    answer = RedirectResponse(f"/wall/{quote(name)}" if name else "/?wall", 303, {"Cache-Control": "no-store"})
    is_safe = "https" in (scope["scheme"], header(scope, "x-forwarded-proto"))
    answer.set_cookie(COOKIES[given], query[given][0], LASTS[given], path="/", secure=is_safe, httponly=True,
                      samesite="strict" if given == TOKEN else "lax")  # fmt: skip
    return answer


def refusal(scope: Scope, reader: Reader) -> str:
    """Why the request may not see a wall, in words; '' where it may."""
    if is_open(reader):
        return ""
    try:
        trail = trail_of(reader)
        return UNKNOWN if trail is None else _refused(scope, reader, trail)
    except (DatabaseError, StoreError, OSError):
        return CANNOT


def _refused(scope: Scope, reader: Reader, trail: Trail) -> str:
    cookies, address = _cookies(scope), header(scope, ADDRESS)
    if is_good(trail, cookies.get(COOKIES[PASS], "")):
        return ""
    token = cookies.get(COOKIES[TOKEN], "")
    device = device_of(trail, token) if token else None
    if device and device["address"] in ("", address):
        return ""
    if not WRONG.takes(address):
        return TOO_OFTEN
    why = ELSEWHERE if device else UNKNOWN
    name = device["name"] if device else ""
    if token and TOLD.takes(f"{name} {address}"):
        later(reader, Record("wall", address=address, what=name, result=REFUSED, details={"why": why}))
    return why


def _cookies(scope: Scope) -> dict[str, str]:
    try:
        return {name: one.value for name, one in SimpleCookie(header(scope, "cookie")).items()}
    except CookieError:
        return {}
