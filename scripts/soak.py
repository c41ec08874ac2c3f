"""Ten walls on a day that passes quickly: python -m scripts.soak --minutes 10.

Opens walls in a real Chromium against a small demo district that goes on, a simulated day in the given minutes, and
reports how server memory, browser heap and DOM nodes grew after warm-up, refreshes missed, blank frames, and how
often a wall's data stood still. Exit code 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Page, Response, sync_playwright

import demo
from data_access.cases.reader import Reader
from data_access.cases.store import Store, store_for
from data_access.district.profile import current_profile
from tests.browser.serving import serving

GROWTH = 0.05  # the most allowed from the end of the warm-up to the end of the run, as a share
WARM_UP = 0.25  # of the samples, left out of the growth
SAMPLE_SECONDS = 10
BLANK_BYTES = 15_000  # a picture of one colour compresses below this
DAY = 86_400


@dataclass
class Watched:
    """One wall and what was seen of it."""

    page: Page
    session: CDPSession
    answered: int = 0
    failed: int = 0
    blank: int = 0
    behind: int = 0
    heap: list[float] = field(default_factory=list)  # bytes after a collection
    nodes: list[float] = field(default_factory=list)

    def count(self, status: int) -> None:
        self.answered += status == 200
        self.failed += status != 200

    def sample(self, days: set[str]) -> None:
        """Look once; `days`: the data's day before and after the wait, either of which may stand on the wall."""
        self.session.send("HeapProfiler.collectGarbage")
        metrics = {metric["name"]: metric["value"] for metric in self.session.send("Performance.getMetrics")["metrics"]}
        self.heap.append(metrics["JSHeapUsedSize"])
        self.nodes.append(metrics["Nodes"])
        self.blank += len(self.page.screenshot()) < BLANK_BYTES
        said = self.page.locator(".layer.shown header p").first.inner_text()
        self.behind += not any(day in said for day in days)


def open_walls(browser: Browser, address: str, count: int) -> list[Watched]:
    names, opened = [wall.name for wall in current_profile().walls.walls], []
    for number in range(count):
        page = browser.new_context(viewport={"width": 1920, "height": 1080}).new_page()
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        wall = Watched(page, session)
        page.on("response", partial(_count, wall))
        page.goto(f"{address}/?wall={names[number % len(names)]}")
        page.wait_for_selector("html[data-ready]")
        opened.append(wall)
    return opened


def _count(wall: Watched, answer: Response) -> None:
    if "/wall/" in answer.url:
        wall.count(answer.status)


def server_bytes(address: str) -> float:
    """Resident memory of the process that listens at the address (Linux)."""
    port = f":{int(address.rsplit(':', 1)[1]):04X}"
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    inode = next(row[9] for row in rows if row[1].endswith(port) and row[3] == "0A")
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(f"socket:[{inode}]" == str(link.readlink()) for link in (process / "fd").iterdir()):
                status = (process / "status").read_text()
                return 1024.0 * int(status.split("VmRSS:")[1].split()[0])
        except OSError:  # a process that ended, or is not ours
            continue
    raise RuntimeError("找不到看板进程")


def growth(values: list[float]) -> float:
    """From the median after warm-up to the median of the last quarter."""
    warm = values[int(len(values) * WARM_UP) :]
    part = max(len(warm) // 3, 1)
    first, last = sorted(warm[:part])[part // 2], sorted(warm[-part:])[part // 2]
    return last / first - 1


def day_of(now: datetime) -> str:
    return f"{now.month}月{now.day}日"


def soak(store: Store, minutes: float, count: int) -> int:
    speed, stop, reader = DAY / (60 * minutes), threading.Event(), Reader.of(store, current_profile())
    going = threading.Thread(target=demo.live, args=(store, current_profile()),
                             kwargs={"speed": speed, "interval_seconds": 5, "stop": stop}, daemon=True)  # fmt: skip
    with serving(store, store.folder / "server.log") as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        walls, memory, started = open_walls(browser, address, count), [], time.monotonic()
        going.start()
        try:
            while time.monotonic() - started < 60 * minutes:
                before = reader.latest().as_of
                walls[0].page.wait_for_timeout(1000 * SAMPLE_SECONDS)
                memory.append(server_bytes(address))
                now = reader.latest().as_of
                for wall in walls:
                    wall.sample({day_of(before), day_of(now)})
                passed = (time.monotonic() - started) / 60
                sys.stdout.write(f"\r{passed:5.1f} 分  数据 {now:%m-%d %H:%M}  {memory[-1] / 1e6:,.0f} MB")
                sys.stdout.flush()
        finally:
            stop.set()
            going.join()
        browser.close()
    return report(walls, memory)


def report(walls: list[Watched], memory: list[float]) -> int:
    heap = [sum(values) for values in zip(*(wall.heap for wall in walls), strict=True)]
    nodes = [sum(values) for values in zip(*(wall.nodes for wall in walls), strict=True)]
    grown = {"服务器内存": (memory, 1e6, "MB"), "浏览器堆": (heap, 1e6, "MB"), "DOM 节点": (nodes, 1, "个")}
    lost = {"刷新失败": sum(wall.failed for wall in walls), "空白画面": sum(wall.blank for wall in walls),
            "日期没有跟上": sum(wall.behind for wall in walls)}  # fmt: skip
    out = sys.stdout.write
    out(f"\n{len(walls)} 面大屏，刷新 {sum(wall.answered for wall in walls):,} 次\n")
    for name, (values, unit, words) in grown.items():
        out(f"{name:8}  {values[0] / unit:,.0f} → {values[-1] / unit:,.0f} {words}，预热后增长 {growth(values):+.1%}\n")
    for name, times in lost.items():
        out(f"{name:8}  {times}\n")
    return int(any(growth(values) > GROWTH for values, _, _ in grown.values()) or any(lost.values()))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.soak", description="大屏长时间运行测试（演示数据，加速）")
    parser.add_argument("--minutes", type=float, default=10, help="用几分钟走完一天")
    parser.add_argument("--walls", type=int, default=10, help="同时打开几面大屏")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = store_for(f"duckdb:///{folder}/store")
        demo.generate_all(store, current_profile(), seed=2022, scale=0.05)
        return soak(store, options.minutes, options.walls)


if __name__ == "__main__":
    sys.exit(main())
