"""Our board beside the same board in Apache Superset and in Vizro: python -m scripts.bench.peers.

Each is installed into an environment of its own, gets the cases of the current store, and is measured in turn with the
others, in rounds, so that whatever else the machine does meets all three. What was measured is kept in
artefacts/peers/peers.json; the tables stand in docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from importlib.metadata import version
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from data_access.cases.reader import open_reader
from scripts.bench.peers import serving
from scripts.bench.peers.boards.superset_board import build
from scripts.bench.peers.data import Asked, asked_of, written
from scripts.bench.peers.driving import OURS, SUPERSET, VIZRO
from scripts.bench.peers.figures import NAMES, between, table
from scripts.bench.peers.measuring import Subject, export, log_in, look, many, plan
from scripts.bench.peers.metering import memory_mb, wires
from tests.browser.serving import ROOT

RESULTS = serving.FOLDER / "peers.json"
DOCUMENT = ROOT / "docs" / "performance.md"
MARKS = "<!-- peers: python -m scripts.bench.peers -->", "<!-- /peers -->"
ROWS = 50_000
CHANGES = 5  # of each viewer
# Nothing is asked of the world outside: Superset's map would wait for its tiles.
ONLY_HERE = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
LOG = logging.getLogger("peers")


def measure(browser: Browser, subjects: list[Subject], asked: Asked, chosen: argparse.Namespace) -> Iterator[str]:
    """Of all in turn; says after each part what was measured. The rounds come last: they can be cut short."""
    warming, *plans = (plan(open_reader(), asked, seed) for seed in range(chosen.rounds + 1))
    for subject in subjects:
        look(browser, subject, warming)
        subject.samples.clear()
        yield f"{subject.board.name} 热身"
    for turn in range(chosen.turns):
        for subject in subjects:
            many(browser, subject, asked, 1_000 * (turn + 1), chosen.viewers, CHANGES)
            subject.note("memory", memory_mb(subject.server.process))
            yield f"{chosen.viewers} 人同时看 {subject.board.name}"
    for _ in range(chosen.files):
        for subject in subjects:
            yield f"{subject.board.name} 导出 {export(browser, subject, asked):,} 行"
    for number, one in enumerate(plans):
        for subject in subjects[number % 3 :] + subjects[: number % 3]:
            look(browser, subject, one)
            yield f"第 {number + 1} 轮 {subject.board.name}"


def prepared(running: ExitStack, browser: Browser) -> tuple[list[Subject], Asked, int]:
    """The three servers, each with its board."""
    reader = open_reader()
    asked = asked_of(reader, ROWS)
    serving.DATA.mkdir(parents=True, exist_ok=True)
    for name in serving.REQUIREMENTS:
        serving.install(name)
    cases = written(reader, serving.DATA, asked)
    serving.run(serving.program("vizro", "python"), str(serving.BOARDS / "database.py"), str(serving.DATA))
    servers = [running.enter_context(one) for one in (serving.ours(reader.store), serving.superset(), serving.vizro())]
    told = json.loads((serving.DATA / "asked.json").read_text(encoding="utf-8"))
    build(servers[1].address, told, str(serving.DATA / "cases.duckdb"))
    counted = running.enter_context(wires([server.port for server in servers]))
    subjects = [
        Subject(board, server, wire)
        for board, server, wire in zip((OURS, SUPERSET, VIZRO), servers, counted, strict=True)
    ]
    log_in(browser, subjects[1], serving.FOLDER / "superset-cookies.json")
    return subjects, asked, cases


def about(found: dict[str, Any]) -> str:
    """A line on the machine and the versions, for above the tables."""
    versions = "；".join(
        f"{NAMES[board]}（{'，'.join(f'{name} {number}' for name, number in one.items())}）"
        for board, one in found["versions"].items()
    )
    loads = f"{min(found['loads'])}–{max(found['loads'])}"
    return (
        f"{found['date']}，{found['cases']:,} 件，{found['cores']} 核。开始以前机器的负载 {found['before']}，"
        f"量的时候 {loads}（三个看板和浏览器自己在内）。{versions}。"
    )


def measured(chosen: argparse.Namespace) -> dict[str, Any]:
    """What was measured; kept in a file after each part."""
    before = round(os.getloadavg()[0], 1)
    with ExitStack() as running:
        play = running.enter_context(sync_playwright())
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=ONLY_HERE)
        subjects, asked, cases = prepared(running, browser)
        found: dict[str, Any] = {
            "date": datetime.now().date().isoformat(),
            "cases": cases,
            "cores": os.cpu_count(),
            "before": before,
            "loads": [],
            "versions": {"ours": {name: version(name) for name in ("streamlit", "duckdb")}}
            | {name: serving.versions(name) for name in serving.REQUIREMENTS},
            "samples": {subject.board.name: subject.samples for subject in subjects},
        }
        for done in measure(browser, subjects, asked, chosen):
            LOG.warning("%s", done)
            found["loads"].append(round(os.getloadavg()[0], 1))
            RESULTS.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
        browser.close()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.bench.peers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=8, help="浏览器里轮流几轮")
    parser.add_argument("--turns", type=int, default=2, help="几个人同时看，轮流几遍")
    parser.add_argument("--viewers", type=int, default=10, help="几个人同时看")
    parser.add_argument("--files", type=int, default=3, help="导出几次")
    parser.add_argument("--kept", action="store_true", help="不再量，用上次留下的数")
    parser.add_argument("--write", action="store_true", help="把表写进 docs/performance.md")
    chosen = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.WARNING)
    found = json.loads(RESULTS.read_text(encoding="utf-8")) if chosen.kept else measured(chosen)
    told = f"{about(found)}\n\n{table(found['samples'])}"
    sys.stdout.write(told + "\n")
    if chosen.write:
        text = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(between(text, *MARKS, told), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
