"""Wall screens: /?wall=NAME shows one, /?wall lists them, /wall/NAME/SCREEN answers with a screen's figures.

A wall is one small page that asks for its figures and puts them in place; it holds no session, so a wall that stays
on for weeks costs the server nothing between its questions, and a restart is only a question answered late. Walls
show aggregates only. A device's token, once there are rights, is to be checked in `Walls.__call__`, before any answer.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import json
import logging
import time
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from data_access.periods import beijing_now
from data_access.profile import current_profile
from data_access.query import as_of, is_synthetic
from data_access.rules import Wall
from ui.theme import DARK, LIGHT, LIGHTS, Palette, ink
from ui.wallparts import LIGHT_CLASSES

HERE = Path(__file__).resolve().parent
SCREENS = HERE.parent / "pages" / "walls"
GROUND = {"light": ("#f3f5f8", "#ffffff"), "dark": ("#0b1119", "#151f2b")}
KIOSK = (
    "chromium --kiosk --noerrdialogs --disable-session-crashed-bubble --disable-background-timer-throttling "
    "--disable-backgrounding-occluded-windows --disable-renderer-backgrounding"
)
BUILD = str(time.time_ns())  # of this process: a wall that meets another one reloads itself
log = logging.getLogger(__name__)


class Walls:
    """ASGI middleware that answers for the walls and lets everything else pass."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await run_in_threadpool(respond, scope) if scope["type"] == "http" else None
        await (answer or self.app)(scope, receive, send)


def respond(scope: Scope) -> Response | None:
    """The answer to a request that is a wall's; None for any other."""
    path = str(scope["path"]).rstrip("/")
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    if not path and "wall" in query:
        name = query["wall"][0]
        host = next((value.decode("latin-1") for key, value in scope["headers"] if key == b"host"), "")
        page = _page(name) if name and wall_of(name) else _index(f"{scope['scheme']}://{host}", name)
        return HTMLResponse(page, headers={"Cache-Control": "no-store"})
    parts = path.split("/")
    if len(parts) == 4 and parts[1] == "wall":
        return _figures(parts[2], parts[3])
    return None


def wall_of(name: str) -> Wall | None:
    return next((wall for wall in current_profile().walls.walls if wall.name == name), None)


def _figures(name: str, screen: str) -> Response:
    wall = wall_of(name)
    if not wall or screen not in wall.screens:
        return JSONResponse({"error": "没有这个大屏"}, 404)
    try:
        return JSONResponse(state(wall, screen))
    except Exception:
        log.exception("screen %s of wall %s", screen, name)
        return JSONResponse({"error": "暂时不能更新"}, 503)


def state(wall: Wall, screen: str) -> dict[str, Any]:
    """What a screen shows now: html, and beside it whether it is night, what is late, and when this was."""
    now, walls = beijing_now(), current_profile().walls
    begins, ends = walls.night
    night = (now.hour >= begins or now.hour < ends) if begins > ends else begins <= now.hour < ends
    dark = wall.theme == "dark" or (wall.theme == "auto" and night)
    html = _module(SCREENS / f"{screen}.py").draw() if as_of() else _notice("还没有数据，导入后自动显示。")
    return {"html": html, "dark": dark, "late": _late(), "at": f"{now:%H:%M:%S}", "build": BUILD}


def _notice(words: str) -> str:
    return f"<header><h1>{escape(current_profile().settings.district.name)}</h1></header><p>{words}</p>"


def _late() -> str:
    """When a feed is behind beyond the profile's limit, in words; demo data stands still on purpose."""
    now, limit = as_of(), current_profile().settings.clock.stale_after_hours
    if now is None or is_synthetic():
        return ""
    behind = (beijing_now() - now).total_seconds() / 3600
    return (
        f"数据已落后 {behind:,.0f} 小时（最新 {now.month}月{now.day}日 {now:%H:%M}），请检查导入"
        if behind > limit
        else ""
    )


def _module(path: Path) -> ModuleType:
    return _loaded(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _loaded(path: Path, changed: int) -> ModuleType:
    """The screen's module; a file that changed is read anew."""
    spec = importlib.util.spec_from_file_location(f"wall_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _colours(palette: Palette, ground: tuple[str, str], lights: dict[str, str]) -> str:
    named = {"ground": ground[0], "panel": ground[1], "text": palette.text, "soft": palette.soft_text,
             "accent": palette.accent, "bad": palette.bad, "muted": palette.muted, "faint": palette.faint}  # fmt: skip
    named |= {LIGHT_CLASSES[light]: colour for light, colour in lights.items()}
    for place, colour in enumerate(palette.ramp):
        named |= {f"ramp{place}": colour, f"ink{place}": ink(colour)}
    return ";".join(f"--{name}:{colour}" for name, colour in named.items())


def _styles() -> str:
    light = _colours(LIGHT, GROUND["light"], LIGHTS["light"])
    dark = _colours(DARK, GROUND["dark"], LIGHTS["dark"])
    return f"body.light{{{light}}} body.dark{{{dark}}}\n" + (HERE / "wall.css").read_text(encoding="utf-8")


def _document(title: str, body: str, style: str) -> str:
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<style>{style}</style></head>{body}</html>"
    )


def _page(name: str) -> str:
    wall = wall_of(name)
    assert wall
    try:
        first = state(wall, wall.screens[0])
    except Exception:
        log.exception("first screen of wall %s", name)
        first = {"html": _notice("正在等待数据，稍后自动显示。"), "dark": wall.theme != "light", "late": "", "at": ""}
    refresh = current_profile().walls.refresh_seconds
    about = json.dumps(dataclasses.asdict(About(wall.name, wall.screens, wall.seconds, refresh, first["at"])))
    late, script = escape(first["late"]), (HERE / "wall.js").read_text(encoding="utf-8")
    body = (
        f'<body class="{"dark" if first["dark"] else "light"}"><div class="layer shown">{first["html"]}</div>'
        f'<div class="layer"></div><div id="strip" class="{"shown" if late else ""}">{late}</div>'
        f'<script type="application/json" id="wall">{about}</script><script>{script}</script></body>'
    )
    return _document(wall.title, body, _styles())


@dataclasses.dataclass(frozen=True)
class About:
    """What wall.js is told."""

    name: str
    screens: tuple[str, ...]
    seconds: int
    refresh: int
    at: str
    build: str = BUILD


def _index(base: str, asked: str = "") -> str:
    """Every wall with a look at it and the command that opens it for good. `asked`: a name that no wall has."""
    cards = "".join(_card(wall, base) for wall in current_profile().walls.walls)
    notice = (
        f"没有名为“{escape(asked)}”的大屏。现有的大屏："
        if asked
        else "点名称打开；下面的命令让浏览器全屏打开，定时不停。"
    )
    none = "" if cards else "<p>本区配置里没有 wall.toml。</p>"
    body = f"<body><h1>大屏</h1><p>{notice}</p>{none}<main>{cards}</main></body>"
    return _document("大屏", body, (HERE / "wall_index.css").read_text(encoding="utf-8"))


def _card(wall: Wall, base: str) -> str:
    address, title = f"/?wall={wall.name}", escape(wall.title)
    turns = f"，每屏 {wall.seconds} 秒" if len(wall.screens) > 1 else ""
    return (
        f'<article><h2><a href="{address}">{title}</a></h2>'
        f'<div class="look"><iframe src="{address}" loading="lazy" title="{title}"></iframe></div>'
        f"<p>{len(wall.screens)} 屏{turns}</p><code>{escape(f'{KIOSK} {base}{address}')}</code></article>"
    )
