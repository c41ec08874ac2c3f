"""What is wrong with a page, said before anybody else sees it: the house rules, four small stores, every role."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from authoring import house, typed_text
from authoring.stores import STORES
from authoring.visit import SECONDS, Visit
from data_access.district.profile import PROFILES, Profile
from ui.frame.router import entries

# What decides elsewhere which store, ledger and login there is: the small stores are none of it.
ELSEWHERE = ("CASES_URL", "CASES_FOLDER", "LEDGER_URL", "LEDGER_KEY", "DASHBOARD_LOGIN", "DASHBOARD_OPEN")
MOST = 8 * SECONDS  # of all visits
SLOW = 5.0  # seconds of a question, of 4,000 cases, that no busy machine explains
NOBODY, UNREADABLE = "未选身份", "读不了"


@dataclass(frozen=True)
class Finding:
    """`where`: the rule or the stores and people under which it shows."""

    line: int
    words: str
    where: str

    def __str__(self) -> str:
        return (f"第 {self.line} 行：" if self.line else "") + f"{self.words}（{self.where}）"


@dataclass(frozen=True)
class Report:
    """`visits`: store -> what came of visiting it under each person."""

    findings: list[Finding]
    visits: dict[str, list[Visit]]
    seconds: float

    @property
    def slowest(self) -> tuple[int, str, float] | None:
        """The slowest question of all: line, words, seconds."""
        asked = [one for visits in self.visits.values() for visit in visits for one in visit.asked]
        return max(asked, key=lambda one: one[2], default=None)


def check(page: Path, profile: Profile, environment: dict[str, str], seconds: float = SECONDS) -> Report:
    """Everything about the page. `environment`: the process's own, from which the visits' is made. `seconds`: that one
    run may take."""
    began = time.perf_counter()
    findings = list(_by_reading(page))
    visits: dict[str, list[Visit]] = {}
    if not any(finding.where == UNREADABLE for finding in findings):
        with TemporaryDirectory() as folder:
            visits = _visits(page, profile, environment, Path(folder), seconds)
        findings += _by_visiting(visits)
    return Report(sorted(findings, key=lambda one: one.line), visits, time.perf_counter() - began)


def _by_reading(page: Path) -> Iterator[Finding]:
    mine = next((entry for entry in entries(page.parent) if entry.path == page), None)
    if mine is None or mine.problem:
        problem = mine.problem if mine else "文件名以下划线开头，不是页面"
        line = re.search(r"第 (\d+) 行", problem)
        unreadable = mine is None or "语法" in problem
        yield Finding(int(line[1]) if line else 0, problem, UNREADABLE if unreadable else "规矩")
        if unreadable:
            return
    source, path = page.read_text(encoding="utf-8"), f"pages/{page.name}"
    for rule in house.RULES.values():
        yield from _located(rule(path, source), "规矩")
    for name in typed_text.RULES:
        yield from _located(typed_text.breaches(name, path, source), "规矩")
    yield from _keys(source)
    for opened in re.finditer(r"""open_page\(\s*["']([^"']*)["']""", source):
        if mine and not mine.problem and opened[1] != mine.title:
            at = source[: opened.start()].count("\n") + 1
            yield Finding(at, f"open_page 的标题“{opened[1]}”与 PAGE 的“{mine.title}”不同", "规矩")


def _located(breaches: Iterable[str], where: str) -> Iterator[Finding]:
    for breach in breaches:
        found = re.fullmatch(r"\S+?:(\d+) (.*)", breach, re.S)
        yield Finding(int(found[1]), found[2], where) if found else Finding(0, breach, where)


def _keys(source: str) -> Iterator[Finding]:
    """Keys that are written twice: on the store at hand the second may never have been drawn.

    Streamlit's own parts share their keys; of the house's only the same one twice: drawer.show() names its table's.
    """
    seen: dict[tuple[str, str], int] = {}
    for node in ast.walk(ast.parse(source)):
        called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        for keyword in node.keywords if isinstance(node, ast.Call) else ():
            if (
                keyword.arg == "key"
                and isinstance(keyword.value, ast.Constant)
                and isinstance(keyword.value.value, str)
            ):
                owner = "st" if called.startswith("st.") else called
                first = seen.setdefault((owner, keyword.value.value), keyword.value.lineno)
                if first != keyword.value.lineno:
                    yield Finding(keyword.value.lineno, f"key“{keyword.value.value}”在第 {first} 行已经用过", "规矩")


def people_of(profile: Profile) -> dict[str, str]:
    """Role -> somebody who has it, '' for a viewer who has chosen nobody; of the roles that access.toml names."""
    named = {grant.role for rules in profile.access for grant in rules.grants}
    found = {person.role: person.name for person in reversed(profile.people) if person.role in named}
    return {NOBODY: "", **found}


def _visits(
    page: Path, profile: Profile, environment: dict[str, str], folder: Path, seconds: float
) -> dict[str, list[Visit]]:
    everybody = list(people_of(profile).values())
    stores = {name: everybody if name in ("street", "plenty") else [""] for name in STORES}
    own = {name: value for name, value in environment.items() if name not in ELSEWHERE}
    own |= {
        "PYTHONPATH": str(house.ROOT),
        "DISTRICT_PROFILES": str(PROFILES),
        "DISTRICT_PROFILE": profile.name,
        "PYTHONWARNINGS": "ignore",
        "STREAMLIT_RUNNER_POST_SCRIPT_GC": "false",  # as where the page will run
    }
    wanted = json.dumps({"page": str(page.resolve()), "seconds": seconds, "stores": stores})
    command = [sys.executable, "-m", "authoring.visit"]
    try:
        told = subprocess.run(
            command, input=wanted, cwd=folder, env=own, capture_output=True, text=True, timeout=MOST, check=False
        )
        found = json.loads(told.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        return {"none": [Visit("", MOST, [(0, "没有跑完，已经停掉：有没有停不下来的循环？")])]}
    except (IndexError, json.JSONDecodeError):
        last = told.stderr.strip().splitlines()[-1:] or ["没有说明：页面里有 sys.exit 吗？"]
        return {"none": [Visit("", 0.0, [(0, f"没有跑起来：{last[0][:200]}")])]}
    return {name: [Visit(**row) for row in rows] for name, rows in found.items()}


def _by_visiting(visits: dict[str, list[Visit]]) -> list[Finding]:
    """Each problem once, with the stores under which it shows."""
    found: dict[tuple[int, str], dict[str, None]] = {}
    for store, runs in visits.items():
        for run in runs:
            problems = [(line, words) for line, words in run.problems]
            problems += [
                (line, f"这个提问用了 {spent:.1f} 秒：{said}") for line, said, spent in run.asked if spent > SLOW
            ]
            for problem in problems:
                found.setdefault(problem, {})[STORES[store]] = None
    return [Finding(line, words, "、".join(stores)) for (line, words), stores in found.items()]
