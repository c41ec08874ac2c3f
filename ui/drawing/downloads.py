"""What is shown as files: one small menu for a table, a chart, or both. They are made when somebody asks for them, and
once it is recorded who that is; in each stands what the screen says around it: of which cases, as of when, by which
definition."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urljoin

import pandas as pd
import streamlit as st

from data_access.cases.sight import UNLIMITED
from data_access.cases.units import Shown
from data_access.trail.schema import DoorClosed
from ui.drawing import pictures, table_pictures
from ui.drawing.about import about, file_name, lines_of
from ui.drawing.columns import LINK, label, measure_of
from ui.drawing.exports import XLSX, csv_bytes, xlsx_bytes
from ui.drawing.pictures import Drawing
from ui.style.links import filter_of
from ui.style.markup import plain
from ui.watch.doors import opens_export
from ui.watch.mark import made_by
from ui.watch.viewer import ASKED, Viewer, conditions, viewer

MENU, NONE = "下载", "没有下载"
FILES = {"csv": ("下载 CSV", "text/csv"), "xlsx": ("下载 XLSX", XLSX), "png": ("图片 PNG", "image/png"),
         "svg": ("矢量图 SVG", "image/svg+xml")}  # fmt: skip


def _most_of(frame: pd.DataFrame, who: Viewer) -> int:
    """How many rows a file of these may have: of a table with cases in it as many as the viewer's role says."""
    return who.reader.sight.exports if who.reader and "case_id" in frame else UNLIMITED


def downloads(
    rows: pd.DataFrame | Callable[[], pd.DataFrame],
    title: str,
    *,
    key: str,
    labels: Mapping[str, str] | None = None,
    figures: Sequence[Shown] = (),
    chart: Drawing | None = None,
) -> None:
    """One small menu: CSV, XLSX, a picture. The files, and `rows` where a function gives them, are made when somebody
    asks for them, and once it is recorded who that is. Where it cannot be recorded the file says so, and holds nothing
    else. `chart`: what the rows are drawn as, which is the picture then (draw it with is_kept=False); else the table.
    """
    who = replace(viewer(), filter=conditions())
    if not callable(rows) and len(rows) > (most := _most_of(rows, who)):
        st.caption(f"您的身份一个文件最多下载 {most:,} 件案件。" if most else "您的身份不能下载案件清单。")
        return
    here, asked = st.context.url or "", st.session_state.get(ASKED, {})

    @functools.cache
    def said() -> dict[str, str]:
        return about(who.reader, filter_of(asked), title) if who.reader else {}

    def lines(frame: pd.DataFrame, note: str) -> list[str]:
        shown = [*figures, *(one for one, part in (measure_of(str(column), figures) for column in frame) if not part)]
        return lines_of(said(), list(dict.fromkeys(one for one in shown if one)), note)

    def write(ending: str, frame: pd.DataFrame, note: str) -> bytes:
        if ending == "csv":
            return csv_bytes(frame, labels, note, figures)
        if ending == "xlsx":
            return xlsx_bytes(frame, title, labels, note, said(), figures)
        if chart is None or NONE in frame:
            drawn = table_pictures.svg(frame, title, labels, lines(frame, note), figures)
            return table_pictures.png(drawn) if ending == "png" else drawn.encode()
        if ending == "png":
            return pictures.png(chart, title, lines=lines(frame, note))
        return pictures.svg(chart, title, lines=lines(frame, note)).encode()

    def made(ending: str, file: str) -> Callable[[], bytes]:
        def make() -> bytes:
            frame = rows() if callable(rows) else rows
            if len(frame) > (most := _most_of(frame, who)):
                return write(ending, pd.DataFrame({NONE: [f"您的身份一个文件最多 {most:,} 件案件"]}), "")
            if LINK in frame:  # outside the page an address needs its beginning
                frame = frame.assign(**{LINK: [urljoin(here, address) for address in frame[LINK]]})
            try:
                told = [label(str(name), labels or {}, figures) for name in frame]
                opens_export(who, file, len(frame), told)
            except DoorClosed as closed:
                return write(ending, pd.DataFrame({NONE: [str(closed)]}), "")
            return write(ending, frame, made_by(who))

        return make

    menu(key, lambda ending: file_name(title, who.reader, ending), made)


@st.fragment
def menu(key: str, name_of: Callable[[str], str], made: Callable[[str, str], Callable[[], bytes]]) -> None:
    """What is in it is drawn when it is opened: of closed menus a page would have more parts than of anything else."""
    beneath = st.container(horizontal=True, horizontal_alignment="right", key=f"files_{key}")
    with beneath, st.popover(MENU, type="tertiary", key=f"menu_{key}", on_change="rerun") as opened:
        for ending, (words, kind) in FILES.items() if opened.open else ():
            file = name_of(ending)
            st.download_button(plain(words), made(ending, file), file, kind, key=f"{key}_{ending}", on_click="ignore",
                               type="tertiary")  # fmt: skip
