"""每月一题: the paper of the monthly meeting, from the same comparison of years as the page."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from briefs.asked import Asked, NoBrief, Part, text_of
from briefs.parts import SMALL
from data_access.cases.measures import MEASURES
from data_access.district.people import Refused
from data_access.ledger.opening import ledger_if_any
from questions.topics import RATES, matters_of_year, months, rising_streets, topic_changes, topics_of
from ui.drawing.charts import changes
from ui.drawing.topic_words import NO_BASE, compared, headline, in_words
from ui.style.lights import marked
from ui.style.numbers import UNKNOWN, day, show_change
from ui.style.theme import LIGHT

KIND = "topic"
MOST = 30
LEAGUE = {"topic": "题目", "lead_unit": "牵头单位", "volume": "本年", "volume_base": "上年同期",
          "change": "同比", "between": "95% 区间", "verdict": "判断", "few": "样本"}  # fmt: skip
STREETS = {"topic": "题目", "volume": "本年", "volume_base": "上年同期", "more": "增减（件）", "change": "同比"}
PLANS = {
    "topic": "题目",
    "stage": "阶段",
    "light": "灯",
    "unit": "牵头单位",
    "plan": "方案",
    "lists": "清单（完成/共）",
}


def told(asked: Asked) -> tuple[tuple[Part, ...], Mapping[str, float]]:
    """The paper's parts, and its figures for setting papers side by side."""
    year, until = span(asked)
    known = topic_changes(asked.reader, year, until)
    parts = (league(asked, known, year, until), growing(asked, known, year, until), plans(asked, year))
    return tuple(part for part in parts if part), figures(known)


def span(asked: Asked) -> tuple[int, int]:
    """The year and its last month that the paper tells of; raises `NoBrief` for a year without topics."""
    period = asked.where.when
    if not topics_of(asked.reader.profile, period.start.year):
        raise NoBrief(f"本区配置里没有{period.start.year}年的题目（topics.csv）")
    return period.start.year, (period.end - pd.Timedelta(days=1)).month


def league(asked: Asked, figures: pd.DataFrame, year: int, until: int) -> Part:
    """Every topic beside the year before, those that fell most first."""
    reader = asked.reader
    least = reader.profile.scoring_at(months(year).start.date()).small_sample
    said = [text_of(headline(figures, f"{year}年1月至{until}月", least))]
    covered = reader.covers(months(year, until))
    said += [] if covered else [f"数据从 {day(reader.span[0])} 起，这一年更早的诉求没有数在内。"]
    leads = {topic.topic: topic.lead_unit for topic in topics_of(reader.profile, year)}
    each = figures.iloc[:-1].sort_values("change")
    few = [SMALL if valid < least else "" for valid in each["resolution_rate__den"]]
    rows = in_words(each).assign(lead_unit=each["topic"].map(leads), change=_shown(each), few=few)
    rows = rows[[name for name in (*LEAGUE, *RATES) if name != "few" or any(few)]]
    known = each.dropna(subset=["change"])
    drawn = None
    if len(known):
        words = [compared(row) for _, row in known.iterrows()]
        drawn = changes(known.assign(words=words), "topic", LEAGUE["topic"], colours=LIGHT)
    return Part("各题与上年同期", tuple(said), rows, LEAGUE, drawn, "各题同比（灰色：不能确定）")


def _shown(rows: pd.DataFrame) -> list[str]:
    return [show_change(change, MEASURES["volume"]) if pd.notna(change) else UNKNOWN for change in rows["change"]]


def growing(asked: Asked, figures: pd.DataFrame, year: int, until: int) -> Part:
    """Where a topic still grows."""
    if not figures["volume_base"].iloc[-1] > 0:
        return Part("还在增长的街道", (NO_BASE,))
    streets = topic_changes(asked.reader, year, until, by_street=True)
    rows = rising_streets(streets, asked.reader.profile, year)
    if rows.empty:
        return Part("还在增长的街道", ("没有哪一题在哪个街道比上年同期多得超出偶然。",))
    first = rows.iloc[0]
    said = f"有 {len(rows):,} 处比上年同期多得超出偶然，增加最多的是{first['topic']}在{first['street']}"
    said += f"（多 {first['more']:,.0f} 件，{first['volume_base']:,.0f} → {first['volume']:,.0f}）。"
    shown = rows.head(MOST).assign(change=_shown(rows.head(MOST)))[["topic", "street", *list(STREETS)[1:]]]
    return Part("还在增长的街道", (said,), shown, STREETS)


def plans(asked: Asked, year: int) -> Part | None:
    """How far each topic's plan and its three lists are (一方案三清单)."""
    ledger, profile = ledger_if_any(asked.reader), asked.reader.profile
    if ledger is None or not profile.has_programme(KIND) or asked.reader.sight.matters.whose == "none":
        return None
    try:
        ours = matters_of_year(ledger.matters(KIND, viewer=asked.viewer), year)
        items = {part: ledger.matters(part.kind, viewer=asked.viewer) for part in profile.parts_of(KIND)}
    except Refused:
        return None
    rows: list[tuple[str, ...]] = []
    for topic in topics_of(profile, year):
        if topic.topic not in ours.index:
            rows.append((topic.topic, "未立项", "", topic.lead_unit, "", ""))
            continue
        row, lists = ours.loc[topic.topic].to_dict(), []
        for part, known in items.items():
            mine = known[(known["parent"] == row["matter_id"]) & ~known["stage"].isin(part.came_to_nothing)]
            done = mine["stage"] == part.ends[0]
            for name in part.field("list").options:
                of_list = mine["list"] == name
                lists += [f"{name} {(done & of_list).sum()}/{of_list.sum()}"] if of_list.any() else []
        plan = "已印发" if row["plan"] else "还没有印发"
        rows.append((topic.topic, row["stage"], marked(row["light"]), row["unit"], plan, "、".join(lists)))
    stages = pd.Series([stage for _, stage, *_ in rows]).value_counts()
    said = f"{len(rows)} 题中，" + "、".join(f"{stage} {many} 题" for stage, many in stages.items())
    told = pd.DataFrame(rows, columns=list(PLANS))
    told = told if told["light"].any() else told.drop(columns="light")  # of what is over there is no light
    return Part("办理进展", (f"{said}（截至 {day(ledger.now())}）。",), told, PLANS)


def figures(known: pd.DataFrame) -> Mapping[str, float]:
    """The figures of all topics together, and each topic's orders."""
    whole = known.iloc[-1]
    each = {f"{row['topic']}（件）": float(row["volume"]) for row in known.iloc[:-1].to_dict("records")}
    return {name: float(whole[name]) for name in ("volume", *RATES)} | each
