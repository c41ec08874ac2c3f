"""七有五性: the index and its twelve dimensions with their courses on one scale, the last whole month; what surely fell
most stands out.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from markupsafe import Markup

from analysis.effects import FELL
from data_access.cases.reader import Reader
from data_access.district.vocabulary import DIMENSIONS_75, GROUPS_75
from questions.livelihood import index_months, livelihood_index
from questions.livelihood_scores import DISTRICT
from ui.drawing.score_words import month_words, why_nothing
from ui.style.markup import html
from ui.style.numbers import UNKNOWN, moment, signed
from ui.walls.parts import screen, tile

SCREEN = {"title": "七有五性"}
SHOWN = 13  # months of a tile's course


def against_before(row: Mapping[Any, Any]) -> str:
    """A score's change since the month before, and whether it is beyond chance."""
    return f"较上月 {signed(row['change'], 1)}，{row['verdict']}" if row["verdict"] else "无上月可比"


def draw(reader: Reader) -> Markup:
    months, until = index_months(reader), f"数据截至 {moment(reader.as_of)}"
    if not len(months):
        about = f"本区没有配置指标，或数据不足一个整月　{until}"
        return screen(reader, "livelihood", SCREEN["title"], about, [])
    index = livelihood_index(reader, months[-1])
    scores = index.course(DISTRICT).reindex(months)
    if index.scores.isna().all(axis=None):
        words = why_nothing(month_words(months[-1]), can_score=True)
        return screen(reader, "livelihood", SCREEN["title"], until, [html("<p>{}</p>", words)])
    sure = index.sureness(DISTRICT)
    fell = sure[sure["verdict"] == FELL]["change"]
    most = fell.drop(index=list(GROUPS_75), errors="ignore").nsmallest(1).index
    shown = scores[[*GROUPS_75, *DIMENSIONS_75]].tail(SHOWN)
    ends = (float(np.nanmin(shown)), float(np.nanmax(shown)))
    tiles = []
    for name in shown.columns:
        course, kind = shown[name].tolist(), "total" if name in GROUPS_75 else "bad" if name in most else ""
        score = f"{course[-1]:.1f}" if course[-1] == course[-1] else UNKNOWN
        tiles.append(
            tile(f"index.{name}", name, score, against_before(sure.loc[name].to_dict()), course, kind=kind, ends=ends)
        )
    coloured = f"橙色：降得最多的“{most[0]}”" if len(most) else "没有一个维度的下降能确定"
    scale = f"各线同一尺度，{ends[0]:.0f}–{ends[1]:.0f} 分，近 {len(shown)} 个月"
    about = f"{months[-1].year}年{months[-1].month}月　{index.rules.label}　{coloured}　{scale}　{until}"
    return screen(reader, "livelihood", SCREEN["title"], about, tiles)
