"""What may be said of weak spots (analysis/weakness.py), in sentences that an official reads once."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from data_access.cases.measures import MEASURES
from data_access.district.models import WeakSpots
from ui.style.markup import html
from ui.style.numbers import show

RESOLUTION = MEASURES["resolution_rate"]


def weakest_words(weak: pd.DataFrame, whole: pd.Series) -> Markup:
    """Which group is the weakest, by how much, and how many there are. `weak`: as `candidates`, with group and said;
    `whole`: resolution_rate of them all."""
    if weak.empty:
        return html("没有哪一处薄弱得超出偶然。")
    top = weak.iloc[0]
    rates = [show(one["resolution_rate"], RESOLUTION) for one in (top, whole)]
    lead = html("最薄弱的是<b>{}</b>（{}）：解决率 <b>{}</b>，整体 {}，扣除偶然后至少多出 <b>{:,.0f}</b> 件未解决。",
                top["group"], top["said"], *rates, top["at_least"])  # fmt: skip
    return lead + html("这样的共 <b>{:,}</b> 处；{}。", len(weak), chance_words(weak))


def chance_words(named: pd.DataFrame) -> str:
    """How many would be named if no group differed from the others."""
    expected = named["by_chance"].max()
    return f"各处若其实一样，凭偶然也会列出{f'约 {expected:.1f} ' if expected >= 0.1 else '不到 0.1 '}处"


def signs_words(limits: WeakSpots) -> str:
    """What the signs mean, and when a group is weak."""
    return (
        "迹象：量大＝多于中位数；解决率低、重复多＝比其余各组差；在恶化＝量的增幅超出整体，而解决率未升。"
        "后三种只在超出偶然时才说（说错的约占 5%；同一人的多次来电按一次算；"
        f"不足 {limits.least_volume} 件的不判断）；没有迹象不等于没有问题。"
        f"薄弱＝解决率低，连同其余共占 {limits.least_signs} 个以上迹象。"
        "收缩：件数越少，比率越靠近整体；各组之间看不出差别时，收缩后都等于整体。"
        "多出未解决＝未解决数－回访数×整体未解决率。"
    )
