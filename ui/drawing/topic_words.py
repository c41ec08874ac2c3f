"""每月一题 in words: a year in a sentence, a change beside its figures and its interval."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from markupsafe import Markup

from analysis.effects import FELL, ROSE, UNCERTAIN
from data_access.cases.measures import MEASURES
from data_access.district.models import Benchmark
from ui.drawing.columns import LINK
from ui.style.markup import html
from ui.style.numbers import UNKNOWN, show_change

NO_BASE = "数据没有覆盖上年同期，无法比较。"
HOW_TO_READ = (
    "蓝色下降，橙色上升，灰色不能确定；只说件数有没有变，不说因为什么：选题时正高的，什么也不做也会回落。"
    "点选一题可查看案件"
)
LEAGUE = ["topic", "lead_unit", "volume", "volume_base", "change", "between", "verdict", "published", "resolution_rate",
          "satisfaction_rate", "resolution_rate__num", "satisfaction_rate__num", "resolution_rate__den", "few", "stage",
          "light", LINK]  # fmt: skip
LABELS = {"topic": "题目", "lead_unit": "牵头单位", "volume": "本年", "volume_base": "上年同期", "more": "增减",
          "change": "同比", "between": "95%区间", "verdict": "判断", "published": "公布", "few": "样本", "year": "年份",
          "stage": "阶段", "light": "灯", "resolution_rate__num": "解决（折算）", "month": "月份",
          "satisfaction_rate__num": "满意（折算）", "resolution_rate__den": "有效回访", LINK: "案件"}  # fmt: skip
FORMATS = {"change": "%+.1f%%", "more": "%+d"}


def percent(value: float) -> str:
    """A published change, in percent as it was published."""
    return f"{value:+g}%".replace("-", "−")


def between(row: pd.Series) -> str:
    """The interval of a change in words; '' where there is none."""
    if row["doubt"] or pd.isna(row["low"]):
        return ""
    return "～".join(show_change(row[end], MEASURES["volume"]) for end in ("low", "high"))


def published_words(rows: Iterable[Benchmark], note: str) -> str:
    """What was published of the topics, with its sources and what to think of it; '' where nothing was."""
    said = "；".join(f"{row.subject} {percent(row.value)}，{row.calibre}（{row.source}）" for row in rows)
    return f"公布的数字：{said}。{note}" if said else ""


def in_words(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of `topic_changes` for a table: change in percent, between (its interval), verdict (unknown without)."""
    return rows.assign(
        change=(100 * rows["change"]).round(1),
        between=[between(row) or UNKNOWN for _, row in rows.iterrows()],
        verdict=rows["verdict"].where(rows["doubt"] == "", UNKNOWN),
    )


def judged(row: pd.Series) -> str:
    """A change with its interval, and whether it may be chance: a figure without them says too much."""
    change, interval = show_change(row["change"], MEASURES["volume"]), between(row)
    if not interval:
        return f"{change}，{row['doubt']}" if row["doubt"] else change
    said = f"{change}，95% 区间 {interval}"
    return f"{said}，{UNCERTAIN}" if row["verdict"] == UNCERTAIN else said


def compared(row: pd.Series) -> str:
    """A row of `topic_changes` in words."""
    return f"{judged(row)}，{row['volume_base']:,.0f} → {row['volume']:,.0f} 件"


def headline(figures: pd.DataFrame, span: str, least: int) -> Markup:
    """A page's first line. `figures`: as `topic_changes` gives them; topics with fewer cases than `least` a year before
    are not named: their change may be chance."""
    whole, each = figures.iloc[-1], figures.iloc[:-1]
    said = html("{}，{} 题共受理 <b>{:,.0f}</b> 件", span, len(each), whole["volume"])
    if pd.isna(whole["volume_base"]):
        return said + f"；{NO_BASE}"
    sure = "" if whole["doubt"] or whole["verdict"] == UNCERTAIN else f"{whole['verdict']}："
    said += html("，上年同期 <b>{:,.0f}</b> 件，{}<b>{}</b>", whole["volume_base"], sure, judged(whole))
    ranked = each[(each["volume_base"] >= least) & (each["doubt"] == "")].sort_values("change")
    fell, grew = (ranked[ranked["verdict"] == verdict] for verdict in (FELL, ROSE))
    if len(fell):
        said += html("。下降的有 <b>{}</b> 题，最多的是<b>{}</b>（{}）", len(fell), fell["topic"].iloc[0],
                     compared(fell.iloc[0]))  # fmt: skip
    if len(grew):
        top = grew.iloc[-1]
        said += html("；上升的有 <b>{}</b> 题，最多的是<b>{}</b>（{}）", len(grew), top["topic"], compared(top))
    rest = len(each) - len(fell) - len(grew)
    return said + (html("；其余 {} 题不能确定，或件数太少不点名。", rest) if rest else "。")
