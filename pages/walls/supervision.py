"""督办: orders by their lights, which are late and whose, the cases that press most, what was done today, who is waited
for, hard cases by stage.

Titles of matters and cases are people's words and stay off the wall.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.ledger.opening import ledger_if_any
from data_access.ledger.schema import OPEN
from questions.priority import pressing
from ui.style.lights import LIGHTS
from ui.style.numbers import UNKNOWN, lasted, moment, time_left
from ui.walls.parts import bars, big_figures, figure, matters_of, panel, rows, screen

SCREEN = {"title": "督办"}
NO_KIND = "本区配置里没有这类事项，或还没有办理台账"
MOST, CALLS = 8, 5
TODAY = ("supervision", "whistle", "whistle_call", "hard_case", "topic_item")


def left(due_at: pd.Timestamp, now: pd.Timestamp) -> str:
    """How long until a deadline, in words."""
    return time_left(due_at, now) or "没有时限"


def orders_by_light(reader: Reader, orders: pd.DataFrame | None) -> Markup:
    if orders is None:
        return big_figures([figure("supervision.going", UNKNOWN, "在办督办单", NO_KIND)])
    going = orders[~orders["over"]]
    counts, first = going["light"].value_counts(), reader.profile.programme("supervision").stages[0]
    about = f"{first} {(going['stage'] == first).sum():,}" if len(going) else "现在没有在办的"
    drawn = [figure("supervision.going", f"{len(going):,}", "在办督办单", about)]
    drawn += [figure(f"supervision.{light}", f"{counts.get(light, 0):,}", f"{light}灯", words, light=light)
              for light, words in ((light.name, light.words) for light in LIGHTS.values())]  # fmt: skip
    return big_figures(drawn)


def late_orders(orders: pd.DataFrame | None, now: pd.Timestamp) -> Markup:
    """The orders past their deadline, the longest first: whose, why it was issued, where it stands, since when."""
    if orders is None:
        return rows("supervision.units", [], NO_KIND)
    late = orders[orders["light"] == "红"].sort_values("due_at").head(MOST)
    lines = [
        (
            row["unit"],
            row["reason"],
            row["stage"],
            f"{row['due_at']:%-m月%-d日}",
            lasted((now - row["due_at"]).total_seconds()),
        )
        for row in late.to_dict("records")
    ]
    heads = ("承办单位", "督办原因", "阶段", "应办结", "已超")
    return rows("supervision.units", lines, "没有过期的督办单", heads)


def how_late(row: Mapping[Any, Any], now: pd.Timestamp) -> str:
    """What presses in a case: it was closed and the caller is not content, or how long until its deadline."""
    return "回访不好，须重办" if row["is_closed"] == 1 else left(row["due_at"], now)


def most_pressing(reader: Reader, now: pd.Timestamp) -> Markup:
    """The cases that stand first on the page 督办, in its order."""
    cases = pressing(reader, ledger_if_any(reader), CaseFilter(), limit=MOST)
    lines = [
        (row["category3"] or "未分类", row["street"], row["unit"] or "未填写", f"{row['points']:g}", how_late(row, now))
        for row in cases.to_dict("records")
    ]
    heads = ("案件（三级分类）", "属地", "承办单位", "优先分", "时限")
    return rows("supervision.pressing", lines, "没有需要优先办的案件", heads)


def done_today(reader: Reader, now: pd.Timestamp) -> Markup:
    """How many steps were taken today, by kind of matter and step."""
    ledger = ledger_if_any(reader)
    if ledger is None:
        return rows("supervision.today", [], NO_KIND)
    lines = []
    for programme in (reader.profile.programme(kind) for kind in TODAY if reader.profile.has_programme(kind)):
        taken = ledger.times(programme.kind, since=now.normalize()).groupby("move")["times"].sum()
        labels = {OPEN: "发起", **{move.name: move.label for move in programme.moves}}
        told = "　".join(f"{label} {taken[name]:,}" for name, label in labels.items() if name in taken)
        lines.append((programme.title, told or "今天没有"))
    return rows("supervision.today", lines, NO_KIND, ("事项", "今天办了（件次）"))


def waiting(reader: Reader, now: pd.Timestamp) -> Markup:
    """Departments that a whistle called and that have not come yet; where all came, how far they are."""
    calls = matters_of(reader, "whistle_call")
    if calls is None:
        return rows("supervision.waiting", [], NO_KIND)
    first = reader.profile.programme("whistle_call").stages[0]
    awaited = calls[calls["stage"] == first].sort_values("due_at").head(CALLS)
    if awaited.empty:
        return stages(reader, "whistle_call", calls, "吹哨叫到的部门都已报到" if len(calls) else "还没有吹过哨")
    lines = [(row["unit"], row["street"], left(row["due_at"], now)) for row in awaited.to_dict("records")]
    return rows("supervision.waiting", lines, "", ("待报到的部门", "吹哨街道", "报到时限"))


def hard_cases(reader: Reader) -> Markup:
    matters = matters_of(reader, "hard_case")
    if matters is None:
        return rows("supervision.hard", [], NO_KIND)
    return stages(reader, "hard_case", matters, "攻百难事项都已结束" if len(matters) else "还没有攻百难事项")


def stages(reader: Reader, kind: str, matters: pd.DataFrame, none: str) -> Markup:
    """How many matters that go on stand in each stage."""
    counts, programme = matters["stage"].value_counts(), reader.profile.programme(kind)
    shown = [(stage, counts.get(stage, 0)) for stage in programme.stages if stage not in programme.ends]
    most = max(count for _, count in shown)
    if not most:
        return rows(f"supervision.{kind}", [], none)
    lines = [(stage, f"{count:,} 件", count / most, "lead") for stage, count in shown]
    return bars(f"supervision.{kind}", lines)


def draw(reader: Reader) -> Markup:
    ledger, orders = ledger_if_any(reader), matters_of(reader, "supervision")
    now = pd.Timestamp(ledger.now() if ledger else reader.as_of)
    parts = [
        orders_by_light(reader, orders),
        panel("units", f"过期的督办单（超得最久的，至多 {MOST} 张）", late_orders(orders, now)),
        panel("pressing", "重要案件（优先分最高的在前）", most_pressing(reader, now)),
        panel("done", "今日办理", done_today(reader, now)),
        panel("waiting", "吹哨：部门报到", waiting(reader, now)),
        panel("hard", "攻百难：在办的各阶段", hard_cases(reader)),
    ]
    return screen(reader, "supervision", SCREEN["title"], f"数据截至 {moment(reader.as_of)}", parts)
