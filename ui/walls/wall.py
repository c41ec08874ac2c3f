"""Wall screens: /?wall=NAME shows one, /?wall lists them, /wall/NAME/SCREEN answers with a screen's figures.

A wall is one small page that asks for its figures and puts them in place; it holds no session, so a wall that stays
on for weeks costs the server nothing between its questions, and a restart is only a question answered late. Walls
show aggregates only; who may look at one says entry.py.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib.util
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs

import anyio
from markupsafe import Markup
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from data_access.cases.errors import StoreError, VersionGone
from data_access.cases.reader import Reader, open_reader
from data_access.district.periods import beijing_now
from data_access.district.profile import Profile, ProfileError
from data_access.district.walls import Wall
from data_access.intake.contact import lost_sources
from ui.style import policy
from ui.style.failures import for_author, in_words, is_authors_server, new_code
from ui.style.lights import LIGHTS
from ui.style.markup import html, joined
from ui.style.numbers import lasted, moment
from ui.style.theme import DARK, LIGHT, Palette, ink
from ui.walls import entry, parts

HERE = Path(__file__).resolve().parent
SCREENS = HERE.parents[1] / "pages" / "walls"
GROUND = {"light": ("#f3f5f8", "#ffffff"), "dark": ("#0b1119", "#151f2b")}
KIOSK = (
    "chromium --kiosk --noerrdialogs --disable-session-crashed-bubble --disable-background-timer-throttling "
    "--disable-backgrounding-occluded-windows --disable-renderer-backgrounding"
)
AT_ONCE = 8  # wall questions computed at a time; the others wait, and nobody else waits for them
log = logging.getLogger(__name__)


class Walls:
    """ASGI middleware that answers for the walls and lets everything else pass."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._turns: anyio.CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_for_walls(scope):
            await self.app(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            await PlainTextResponse("大屏只能查看。\n", 405)(scope, receive, send)
            return
        # Threads of their own: the application's other requests never wait behind a wall's question.
        self._turns = self._turns or anyio.CapacityLimiter(AT_ONCE)
        answer = await anyio.to_thread.run_sync(respond, scope, limiter=self._turns)
        await answer(scope, receive, send)


def _asked(scope: Scope) -> tuple[list[str], dict[str, list[str]]]:
    """The parts of the path, and the query."""
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return str(scope["path"]).rstrip("/").split("/"), query


def is_for_walls(scope: Scope) -> bool:
    """Whether a request asks for a wall, the list of walls, or a screen's figures. Computes nothing."""
    if scope["type"] != "http":
        return False
    path, query = _asked(scope)
    return (path == [""] and "wall" in query) or (len(path) in (3, 4) and path[1] == "wall")


def respond(scope: Scope) -> Response:
    """The answer to a request that is a wall's."""
    path, query = _asked(scope)
    if (handed := entry.handed_over(scope)) is not None:
        return handed
    try:
        reader = public_reader()
    except (StoreError, ProfileError) as error:
        log.exception("no reader for the walls")
        return _nothing_to_read(in_words(error), as_page=len(path) != 4)
    if why := entry.refusal(scope, reader):
        return _closed(why, as_page=len(path) != 4)
    if len(path) == 4:
        return _figures(reader, path[2], path[3])
    name = path[2] if len(path) == 3 else query["wall"][0]
    host = next((value.decode("latin-1") for key, value in scope["headers"] if key == b"host"), "")
    wall = wall_of(reader.profile, name)
    page = _page(reader, wall) if wall else _index(reader.profile, f"{scope['scheme']}://{host}", name)
    return HTMLResponse(page, headers={"Cache-Control": "no-store"})


def _nothing_to_read(words: str, *, as_page: bool) -> Response:
    """The answer while the store or the profile cannot be opened; a page asks again by itself."""
    if not as_page:
        return JSONResponse({"error": words}, 503)
    body = html("<body><h1>大屏</h1><p>{}</p><p>恢复后自动显示。</p></body>", words)
    page = _document("大屏", (HERE / "wall_index.css").read_text(encoding="utf-8"), [body])
    return HTMLResponse(page, 503, headers={"Cache-Control": "no-store", "Refresh": "30"})


def _closed(why: str, *, as_page: bool) -> Response:
    """The answer to whoever may not look: what to do. A wall that runs loads itself anew and shows it."""
    if not as_page:
        return JSONResponse({"error": f"{why}。", "closed": True}, 403)
    body = html(
        "<body><h1>大屏</h1><p>{}。</p><p>请管理员在服务器上运行 <code>python -m data_access wall add 设备名</code>，"
        "用它给出的地址在这台电脑上打开一次，以后照常打开即可。已登录的人请从看板左侧的“大屏”进来。</p></body>",
        why,
    )
    page = _document("大屏", (HERE / "wall_index.css").read_text(encoding="utf-8"), [body])
    return HTMLResponse(page, 403, headers={"Cache-Control": "no-store", "Refresh": "60"})


def public_reader() -> Reader:
    """The reader of one request by a wall, where nobody is logged in; it keeps to one version of the data."""
    return open_reader()


def wall_of(profile: Profile, name: str) -> Wall | None:
    return next((wall for wall in profile.walls.walls if wall.name == name), None)


def _figures(reader: Reader, name: str, screen: str) -> Response:
    wall = wall_of(reader.profile, name)
    if not wall or screen not in wall.screens:
        return JSONResponse({"error": "没有这个大屏"}, 404)
    try:
        try:
            return JSONResponse(state(reader, wall, screen))
        except VersionGone:  # imports came faster than this screen was drawn
            return JSONResponse(state(reader.latest(), wall, screen))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one screen, the others go on
        words = _failed(wall, screen, error)
        return JSONResponse({"error": words, "screen": screen, "html": _notice(reader, words)}, 503)


def _failed(wall: Wall, screen: str, error: Exception) -> str:
    """What is said of a screen that cannot be drawn; the log has it under the same code."""
    code = new_code()
    log.error("页面出错 %s\n大屏 %s 的 %s", code, wall.name, screen, exc_info=error)
    why = for_author(error, SCREENS) if is_authors_server() else in_words(error)
    return f"“{title_of(screen)}”这一屏暂时不能更新：{why}（代码 {code}）"


def state(reader: Reader, wall: Wall, screen: str) -> dict[str, Any]:
    """What a screen shows now: html, and beside it whether it is night, what is late, and when this was."""
    now, walls = beijing_now(), reader.profile.walls
    begins, ends = walls.night
    night = (now.hour >= begins or now.hour < ends) if begins > ends else begins <= now.hour < ends
    dark = wall.theme == "dark" or (wall.theme == "auto" and night)
    if reader.has_data:
        drawn = html("{}", _module(SCREENS / f"{screen}.py").draw(reader))
        if "<header" not in drawn:
            drawn = parts.screen(reader, screen, title_of(screen), "", [drawn])
    else:
        drawn = _notice(reader, "还没有数据，导入后自动显示。")
    build = build_of(reader.profile, wall)
    return {"html": drawn, "dark": dark, "late": _late(reader), "at": f"{now:%H:%M:%S}", "build": build}


def build_of(profile: Profile, wall: Wall) -> str:
    """A hash of what is served: a wall that is told another one reloads itself, whichever process answers it."""
    served = [_styles(), _script(), str(wall), str(profile.walls.refresh_seconds)]
    return hashlib.sha256("\0".join(served).encode()).hexdigest()[:16]


def _notice(reader: Reader, words: str) -> Markup:
    return html("<header><h1>{}</h1></header><p>{}</p>", reader.profile.settings.district.name, words)


def _late(reader: Reader) -> str:
    """When a feed is behind beyond the profile's limit, in words; demo data stands still on purpose."""
    if lost := lost_sources(reader.store):
        return "；".join(lost)
    if not reader.has_data or reader.is_synthetic:
        return ""
    now, limit = reader.as_of, reader.profile.settings.clock.stale_after_hours
    behind = (beijing_now() - now).total_seconds() / 3600
    if behind <= limit:
        return ""
    return f"数据已落后 {lasted(behind * 3600)}（最新 {moment(now)}），请检查导入"


def title_of(screen: str) -> str:
    """A screen's name for people; its file's where the file cannot be read."""
    try:
        return str(_module(SCREENS / f"{screen}.py").SCREEN["title"])
    except Exception:  # noqa: BLE001 -- whatever is wrong with the file is what is about to be told
        return screen


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
    named |= lights
    for name, colour in zip(parts.DEPARTURES, (palette.diverging[place] for place in (0, 2, 4)), strict=True):
        named |= {name: colour, f"ink-{name}": ink(colour)}
    for place, colour in enumerate(palette.ramp):
        named |= {f"ramp{place}": colour, f"ink{place}": ink(colour)}
    return ";".join(f"--{name}:{colour}" for name, colour in named.items())


@functools.cache
def _script() -> str:
    script = (HERE / "wall.js").read_text(encoding="utf-8")
    policy.allow_script(script.encode())
    return script


@functools.cache
def _styles() -> str:
    light = _colours(LIGHT, GROUND["light"], {light.css: light.on_light for light in LIGHTS.values()})
    dark = _colours(DARK, GROUND["dark"], {light.css: light.on_dark for light in LIGHTS.values()})
    return f"body.light{{{light}}} body.dark{{{dark}}}\n" + (HERE / "wall.css").read_text(encoding="utf-8")


def _document(title: str, style: str, body: Sequence[str]) -> str:
    """A whole page. What stands in <style> and <script> is no HTML, so the parts are put together as they are."""
    head = html(
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">',
        title,
    )
    return "".join((head, "<style>", style, "</style></head>", *body, "</html>"))


def _page(reader: Reader, wall: Wall) -> str:
    """The wall with its first screen that can be drawn; what the others failed with stands in its corner."""
    failed: list[tuple[str, str]] = []
    for screen in wall.screens:
        try:
            first = state(reader, wall, screen)
            break
        except Exception as error:  # noqa: BLE001 - as in _figures
            failed.append((screen, _failed(wall, screen, error)))
    else:
        words = f"{failed[0][1]}。恢复后自动显示。"
        first = {"html": _notice(reader, words), "dark": wall.theme != "light", "late": "", "at": ""}
    refresh, place = reader.profile.walls.refresh_seconds, len(failed) % len(wall.screens)
    build = build_of(reader.profile, wall)
    told = About(wall.name, wall.screens, wall.seconds, refresh, wall.density, first["at"], build, place, failed)
    late, theme = first["late"], "dark" if first["dark"] else "light"
    shown = html(
        '<body class="{} {}"><div class="layer shown">{}</div><div class="layer"></div>'
        '<div id="strip" class="{}">{}</div><div id="corner"></div>',
        theme, wall.density, first["html"], "shown" if late else "", late,
    )  # fmt: skip
    about = json.dumps(dataclasses.asdict(told)).replace("<", r"\u003c")  # or a name in it could end the script
    scripts = ('<script type="application/json" id="wall">', about, "</script><script>", _script(), "</script></body>")
    return _document(wall.title, _styles(), (shown, *scripts))


@dataclasses.dataclass(frozen=True)
class About:
    """What wall.js is told."""

    name: str
    screens: tuple[str, ...]
    seconds: int
    refresh: int
    density: str
    at: str
    build: str
    place: int
    failed: list[tuple[str, str]]


def _index(profile: Profile, base: str, asked: str = "") -> str:
    """Every wall with a look at it and the command that opens it for good. `asked`: a name that no wall has."""
    cards = joined("", (_card(wall, base) for wall in profile.walls.walls))
    notice = f"没有名为“{asked}”的大屏。现有的大屏：" if asked else "点名称打开；下面的命令让浏览器全屏打开，定时不停。"
    none = "" if cards else html("<p>本区配置里没有 wall.toml。</p>")
    body = html("<body><h1>大屏</h1><p>{}</p>{}<main>{}</main></body>", notice, none, cards)
    return _document("大屏", (HERE / "wall_index.css").read_text(encoding="utf-8"), [body])


def _card(wall: Wall, base: str) -> Markup:
    address = f"/?wall={wall.name}"
    turns = f"，每屏 {wall.seconds} 秒" if len(wall.screens) > 1 else ""
    return html(
        '<article><h2><a href="{}">{}</a></h2>'
        '<div class="look"><iframe src="{}" loading="lazy" title="{}"></iframe></div>'
        "<p>{} 屏{}</p><code>{}</code></article>",
        address, wall.title, address, wall.title, len(wall.screens), turns, f"{KIOSK} {base}{address}",
    )  # fmt: skip
