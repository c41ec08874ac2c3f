"""督办: orders by their lights, who is late, the cases that press most, who is waited for, hard cases by stage.

Titles of matters and cases are people's words and stay off the wall.
"""

import pandas as pd
from markupsafe import Markup

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.ledger.opening import ledger_if_any
from questions.priority import pressing
from ui.style.lights import LIGHTS
from ui.style.numbers import UNKNOWN, moment
from ui.walls.parts import bars, big_figures, figure, matters_of, panel, rows, screen

SCREEN = {"title": "督办"}
NO_KIND = "本区配置里没有这类事项，或还没有办理台账"
MOST = 8


def left(due_at: pd.Timestamp, now: pd.Timestamp) -> str:
    """How long until a deadline, in words."""
    if pd.isna(due_at):
        return "没有时限"
    hours = (due_at - now).total_seconds() / 3600
    size = f"{abs(hours) / 24:,.0f} 天" if abs(hours) >= 72 else f"{abs(hours):,.0f} 小时"
    return f"还有 {size}" if hours >= 0 else f"超 {size}"


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


def late_units(orders: pd.DataFrame | None) -> Markup:
    late = [] if orders is None else orders[orders["light"] == "红"]["unit"].value_counts().head(MOST).items()
    lines = [(str(unit), f"{count} 张", float(count)) for unit, count in late]
    if not lines:
        return rows("supervision.units", [], NO_KIND if orders is None else "没有过期的督办单")
    return bars("supervision.units", [(unit, words, count / lines[0][2], "red") for unit, words, count in lines])


def most_pressing(reader: Reader, now: pd.Timestamp) -> Markup:
    cases = pressing(reader, ledger_if_any(reader), CaseFilter(status=("open",)), limit=MOST)
    lines = [
        (row["category3"] or "未分类", row["street"], f"{row['points']:g} 分", left(row["due_at"], now))
        for row in cases.to_dict("records")
    ]
    return rows("supervision.pressing", lines, "没有需要优先办的未办结案件")


def waiting(reader: Reader, now: pd.Timestamp) -> Markup:
    """Departments that a whistle called and that have not come yet."""
    calls = matters_of(reader, "whistle_call")
    if calls is None:
        return rows("supervision.waiting", [], NO_KIND)
    first = reader.profile.programme("whistle_call").stages[0]
    awaited = calls[calls["stage"] == first].sort_values("due_at").head(MOST)
    lines = [(row["unit"], row["street"], left(row["due_at"], now)) for row in awaited.to_dict("records")]
    return rows("supervision.waiting", lines, "吹哨叫到的部门都已报到" if len(calls) else "还没有吹过哨")


def hard_cases(reader: Reader) -> Markup:
    matters = matters_of(reader, "hard_case")
    if matters is None:
        return rows("supervision.hard", [], NO_KIND)
    counts, programme = matters["stage"].value_counts(), reader.profile.programme("hard_case")
    shown = [(stage, counts.get(stage, 0)) for stage in programme.stages if stage not in programme.ends]
    most = max(count for _, count in shown)
    if not most:
        return rows("supervision.hard", [], "攻百难事项都已结束" if len(matters) else "还没有攻百难事项")
    return bars("supervision.hard", [(stage, f"{count} 件", count / most, "lead") for stage, count in shown])


def draw(reader: Reader) -> Markup:
    ledger, orders = ledger_if_any(reader), matters_of(reader, "supervision")
    now = pd.Timestamp(ledger.now() if ledger else reader.as_of)
    parts = [
        orders_by_light(reader, orders),
        panel("units", "过期最多的单位", late_units(orders)),
        panel("pressing", "最要紧的未办结案件", most_pressing(reader, now)),
        panel("waiting", "吹哨：等待报到", waiting(reader, now)),
        panel("hard", "攻百难：在办的各阶段", hard_cases(reader)),
    ]
    return screen(reader, "supervision", SCREEN["title"], f"数据截至 {moment(reader.as_of)}", parts)
