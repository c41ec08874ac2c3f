"""What a chart's files hold: its title in words, and the rows behind it."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import pandas as pd

from data_access.cases.units import Shown
from ui.drawing.columns import label
from ui.drawing.downloads import downloads
from ui.drawing.pictures import Drawing
from ui.style.markup import as_stored
from ui.style.numbers import name

FIGURES = "figures"  # in a drawing's `usermeta`: the measures and figures it was made of
# Columns that only tell how a mark is drawn.
HELPERS = {"label", "text", "leads", "piece", "shown", "nth", "said", "named", "position"}
LABELS = {
    "low": "下限", "high": "上限", "change": "变化", "verdict": "判断", "words": "说明", "place": "名次",
    "best": "最好名次", "worst": "最差名次", "score": "得分", "count": "项", "late": "过期", "stage": "阶段",
    "group": "组", "line": "线", "stands_out": "突出", "year": "年份", "partial": "未满", "points": "分",
    "why": "原因", "reason": "原因", "expected": "预计", "naive": "沿用", "rows": "组数", "x": "横轴",
    "y": "纵轴", "topic": "题目", "axis": "维度", "r": "相关", "row": "行", "column": "列", "band": "时段",
}  # fmt: skip


def figures_of(drawn: Drawing) -> Sequence[Shown]:
    """What a chart was made of: measures, and somebody's own figures."""
    found: Sequence[Shown] = drawn.get("usermeta", {}).get(FIGURES, ())
    return found


def title_of(drawn: Drawing) -> str:
    """What a chart shows, in words: its figures, and by what they are grouped."""
    picks = [one for params in drawn.get("params", []) for one in params["select"]["fields"]]
    by = [label(one, LABELS) for one in picks]
    said = "、".join(dict.fromkeys(name(figure) for figure in figures_of(drawn))) or "图"
    return f"{said}，按{'、'.join(by)}" if by else said


def rows_of(drawn: Drawing) -> pd.DataFrame:
    """The rows behind a chart, without what only tells how they are drawn."""
    frame = next(iter(drawn["datasets"].values()))
    kept = frame[[column for column in frame if column not in HELPERS]]
    return kept.map(lambda value: as_stored(value) if isinstance(value, str) else value)


def files(drawn: Drawing, *, key: str, title: str = "") -> None:
    """The menu under a chart: its picture, and the rows behind it."""
    rows = functools.partial(rows_of, drawn)
    downloads(rows, title or title_of(drawn), key=key, labels=LABELS, figures=figures_of(drawn), chart=drawn)
