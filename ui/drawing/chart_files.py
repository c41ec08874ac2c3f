"""A chart's own files: PNG, SVG, CSV and XLSX of its rows, made when somebody asks for them and it is recorded who.

In each stands what the screen says around the chart: of which cases, as of when, by which definition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from data_access.cases.units import Shown
from data_access.trail.schema import DoorClosed
from ui.drawing.about import about, file_name, lines_of
from ui.drawing.columns import label
from ui.drawing.exports import XLSX, csv_bytes, xlsx_bytes
from ui.drawing.pictures import Drawing, png, svg, words_only
from ui.style.links import filter_of
from ui.style.markup import as_stored
from ui.style.numbers import name
from ui.watch.doors import opens_export
from ui.watch.mark import made_by
from ui.watch.viewer import ASKED, conditions, viewer

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
    """One small menu under a chart, from which it is downloaded."""
    title = title or title_of(drawn)
    who = replace(viewer(), filter=conditions())
    where = filter_of(st.session_state.get(ASKED, {}))
    names = {ending: file_name(title, who.reader, ending) for ending in ("png", "svg", "csv", "xlsx")}

    def made(ending: str, write: Callable[[Drawing, str], bytes]) -> Callable[[], bytes]:
        def make() -> bytes:
            rows = rows_of(drawn)
            told = [label(str(column), LABELS, figures_of(drawn)) for column in rows]
            try:
                opens_export(who, names[ending], len(rows), told)
            except DoorClosed as closed:
                return write(words_only(f"没有下载：{closed}"), "")
            return write(drawn, made_by(who))

        return make

    def said() -> dict[str, str]:
        return about(who.reader, where, title) if who.reader else {}

    def table_of(chart: Drawing, note: str) -> bytes:
        return xlsx_bytes(rows_of(chart), title, LABELS, note, said(), figures_of(chart))

    def text_of(chart: Drawing, note: str) -> bytes:
        return csv_bytes(rows_of(chart), LABELS, note, figures_of(chart))

    def lines(chart: Drawing, note: str) -> list[str]:
        return lines_of(said(), figures_of(chart), note)

    writers: dict[str, tuple[str, str, Callable[[Drawing, str], bytes]]] = {
        "png": ("图片 PNG", "image/png", lambda chart, note: png(chart, title, lines=lines(chart, note))),
        "svg": ("矢量图 SVG", "image/svg+xml",
                lambda chart, note: svg(chart, title, lines=lines(chart, note)).encode()),
        "csv": ("数据 CSV", "text/csv", text_of),
        "xlsx": ("数据 XLSX", XLSX, table_of),
    }  # fmt: skip
    beneath = st.container(horizontal=True, horizontal_alignment="right", key=f"files_{key}")
    with beneath, st.popover("下载图", type="tertiary"):
        for ending, (words, kind, write) in writers.items():
            download: Any = st.download_button
            download(words, made(ending, write), names[ending], kind, key=f"{key}_{ending}", on_click="ignore",
                     type="tertiary")  # fmt: skip
