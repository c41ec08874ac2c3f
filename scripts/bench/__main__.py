"""What the usual questions, a change, a first visit and a crowd cost on the current store: python -m scripts.bench.

Times are of this machine; what can be compared between machines is how many times the plain total something costs, and
the bytes. The raw figures are in artefacts/bench.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import sync_playwright

from data_access.cases.reader import Reader, open_reader
from scripts.bench.questions import median_ms, questions
from scripts.bench.server import NEW, ONE, Figures, crowd, first_visit_bytes, page_costs
from scripts.serve import started as proxied
from tests.browser.serving import ROOT, free_port, started

RESULTS = ROOT / "artefacts" / "bench.json"
FILTERED = ("overview", "three_rates", "trends", "heat", "cases", "unit", "clusters", "weak_spots", "fusion")
BUSY = "overview"  # the page that most people look at


def say(heading: str, rows: Sequence[Figures]) -> None:
    sys.stdout.write(f"\n{heading}\n")
    for row in rows:
        sys.stdout.write("  " + "　".join(f"{name} {value}" for name, value in row.items()) + "\n")
    sys.stdout.flush()


def ask(reader: Reader) -> list[Figures]:
    taken = {name: median_ms(question) for name, question in questions(reader).items()}
    base = taken["总量"]
    return [{"question": name, "ms": round(ms, 1), "times": round(ms / base, 1)} for name, ms in taken.items()]


def crowds(
    address: str, processes: Sequence[int], viewers: Sequence[int], streets: Sequence[str], screens: Sequence[str]
) -> list[Figures]:
    """So many viewers at once, each with a street of their own, then with what nobody asked before."""
    return [
        asyncio.run(crowd(address, processes, number, BUSY, streets, screens=screens, at_once=at_once))
        for number in viewers
        for at_once in (ONE, NEW)
    ]


def behind_nginx(log: Path, viewers: Sequence[int], streets: Sequence[str], screens: Sequence[str]) -> list[Figures]:
    """As `crowd`, of two processes behind nginx as make serve starts them; nothing where there is no nginx."""
    if not shutil.which("nginx", path="/usr/sbin:/usr/bin"):
        return []
    port, first = free_port(), free_port()
    command = [sys.executable, "-m", "scripts.serve", "--host", "127.0.0.1", "--port", str(port), "--first", str(first)]
    with log.open("wb") as output, proxied(command, stdout=output, stderr=output) as server:
        while "看板地址" not in log.read_text(encoding="utf-8"):
            if server.poll() is not None:
                raise RuntimeError(log.read_text(encoding="utf-8"))
        listed = subprocess.run(["pgrep", "-P", str(server.pid), "-f", "streamlit"], capture_output=True, check=True)
        workers = [int(number) for number in listed.stdout.split()]
        address = f"http://127.0.0.1:{port}"
        return crowds(address, workers, viewers, streets, screens)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.bench")
    parser.add_argument("--viewers", type=int, nargs="*", default=[1, 10, 60], help="几个人同时看")
    parser.add_argument("--pages", nargs="*", default=FILTERED, help="哪些页面")
    chosen = parser.parse_args()
    reader = open_reader()
    if not reader.has_data:
        sys.stderr.write("还没有数据：先运行 python -m data_access demo\n")
        return 1
    streets = [street.name for street in reader.profile.streets]
    screens = [f"{wall.name}/{screen}" for wall in reader.profile.walls.walls for screen in wall.screens]
    found: dict[str, list[Figures]] = {"questions": ask(reader)}
    say("常用提问", found["questions"])
    RESULTS.parent.mkdir(exist_ok=True)
    log = RESULTS.with_name("bench.log")
    with started(reader.store, log) as (address, process):
        found["pages"] = [asyncio.run(page_costs(address, process, page, streets)) for page in chosen.pages]
        say("打开一页、改一次筛选（服务器处理器时间、送出的字节）", found["pages"])
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            found["first_visits"] = [first_visit_bytes(browser, address, page) for page in (BUSY, "heat")]
            browser.close()
        say("第一次打开（浏览器里什么都没有）", found["first_visits"])
        found["crowds"] = crowds(address, [process], chosen.viewers, streets, screens)
    found["crowds"] += behind_nginx(log, chosen.viewers, streets, screens)
    say("几个人同时看，每人每 3–7 秒改一次街道，旁边十面大屏", found["crowds"])
    RESULTS.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
