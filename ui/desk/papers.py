"""The parts of 简报: a brief on the screen, its files, the kept ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from briefs.asked import Asked, NoBrief, Part
from briefs.book import xlsx_bytes
from briefs.content import Brief, compared, in_words
from briefs.keeping import ADDRESSES, Kept, addresses, again, is_own, keep, kept_briefs, sent
from briefs.parts import basis
from briefs.word import docx_bytes
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.people import Actor
from data_access.trail.schema import FAILED, DoorClosed
from questions.messages import receivers, sender
from ui.drawing import vega
from ui.drawing.about import filter_words
from ui.drawing.exports import XLSX
from ui.drawing.tables import downloads, table
from ui.frame.identity import may, viewer_of
from ui.frame.page import answer
from ui.style.markup import markdown, plain
from ui.style.numbers import moment
from ui.watch.doors import later, opens_export, recorded
from ui.watch.mark import made_by

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
COMPARED = {"measure": "指标", "new": "本份", "old": "另一份", "difference": "相差"}
AGAIN = {"measure": "指标", "new": "再写", "old": "存下的", "difference": "相差"}
LISTED = {"title": "简报", "name": "名称", "as_of": "数据截至", "version": "数据版本", "made_at": "写于",
          "made_by": "由"}  # fmt: skip
NOBODY_SENDS = (
    "页面上不发出：本区没有写权限（access.toml），谁都可能点。由管理员用命令写出并发出：python -m data_access brief"
)


def show_part(part: Part, key: str) -> None:
    """A part as the page shows it."""
    st.subheader(markdown("{}", part.heading))
    for sentence in part.sentences:
        st.markdown(plain(sentence))
    if part.chart is not None:
        vega.draw(part.chart, key=f"{key}_chart", picks=False, width=part.chart.get("width", "stretch"))
    if part.rows is not None and len(part.rows):
        table(part.rows, key=f"{key}_table", labels=part.labels, digits=2)


def offer(reader: Reader, brief: Brief, who: Actor | None) -> None:
    """The brief as files, each made when asked for and once it is recorded who asks; and a button that keeps it."""
    seat = replace(viewer_of(reader), filter={"brief": [brief.name]})

    def made(ending: str) -> bytes:
        told = brief
        try:
            opens_export(seat, f"{brief.name}.{ending}", len(brief.parts), [part.heading for part in brief.parts])
        except DoorClosed as closed:
            told = replace(brief, parts=(), notes=(str(closed),))
        signed = made_by(seat)
        write = partial(docx_bytes, folder=reader.profile.folder) if ending == "docx" else xlsx_bytes
        return write(told, made_by=signed)

    with st.container(horizontal=True):
        for ending, words, kind in (("docx", "下载 Word", DOCX), ("xlsx", "下载 Excel", XLSX)):
            st.download_button(plain(words), partial(made, ending), f"{brief.name}.{ending}", kind,
                               key=ending, on_click="ignore")  # fmt: skip
        if who and st.button("存下这一份", key="keep", type="tertiary"):
            try:
                opens_export(seat, brief.name, len(brief.parts), [part.heading for part in brief.parts])
                st.success(markdown("已存：{}", keep(brief, reader, made_by=who.name).name))
            except (DoorClosed, OSError) as error:
                st.error(markdown("没有存下：{}", error))
        if who and addresses() and may(reader, "send"):
            offer_sending(reader, brief, who)
        elif who and addresses() and not reader.profile.access:
            st.caption(NOBODY_SENDS)


def offer_sending(reader: Reader, brief: Brief, who: Actor) -> None:
    """The brief to the addresses of the command's, once somebody says that it is meant: recorded, kept and sent."""
    seat, told = replace(viewer_of(reader), filter={"brief": [brief.name]}), receivers(addresses())
    with st.popover("发出", type="tertiary"):
        st.markdown(markdown("发到 {} 个地址：{}", len(told), "；".join(told)))
        st.caption("收到的人看到这一份的全部内容，不受看板的权限约束。先存下，再带 Word、Excel 发出，并留下审计。")
        is_meant = st.checkbox("内容和收件人都核对过", key="meant")
        if not st.button("确认发出", key="send", disabled=not is_meant):
            return
        try:
            opens_export(seat, f"发出 {brief.name}", len(brief.parts), told)
            kept = keep(brief, reader, made_by=who.name)
            with st.spinner("正在发出 …"):
                outward = sender(addresses(), ADDRESSES)
                is_sent = outward is not None and sent(brief, kept, outward)
        except (DoorClosed, OSError) as error:
            st.error(markdown("没有发出：{}", error))
            return
        if is_sent:
            st.success(markdown("已发出，存为 {}", kept.name))
        else:
            later(reader, seat.record("export", f"没有送到 {brief.name}", FAILED))
            st.error(markdown("没有送到每个地址，已存为 {}：请管理员看日志。", kept.name))


def offer_parts(reader: Reader, where: CaseFilter, title: str, parts: Sequence[Part]) -> None:
    """A page's own parts as a paper, offered as Word and Excel to whoever may write briefs."""
    if not may(reader, "briefs"):
        return
    asked = Asked(reader, where, "free")
    notes = (*basis(asked), f"筛选：{'；'.join(filter_words(where)) or '全部'}。")
    offer(reader, Brief("free", title, where, reader.as_of, reader.version, tuple(parts), notes), None)


def may_see(kept: Kept, reader: Reader, who: Actor | None) -> bool:
    """Whoever sees everything sees what others wrote; everybody sees their own, and those about their own street or
    unit alone."""
    if reader.sees_all or who is None:
        return reader.sees_all
    return kept.made_by == who.name or is_own(kept, reader.profile.units_of(who.unit))


def show_kept(reader: Reader, who: Actor | None) -> None:
    """The kept briefs: one is read and made again, two are compared."""
    briefs = [kept for kept in kept_briefs() if may_see(kept, reader, who)]
    if not briefs:
        answer("还没有存下的简报。在“写一份”里按“存下这一份”，或由 python -m data_access brief 每天写出。")
        return
    answer(f"存下的简报有 {len(briefs):,} 份，最新的是 {briefs[0].title}（{moment(briefs[0].made_at)}）。")
    frame = pd.DataFrame([{key: getattr(kept, key) for key in LISTED} for kept in briefs])
    rows = table(frame, key="kept", labels=LISTED, several=True, phone=["title", "made_at"],
                 records=[kept.name for kept in briefs])  # fmt: skip
    st.caption("勾选一份可读、可下载、可按当时的数据再写一遍，勾选两份可比较。")
    for kept in (briefs[row] for row in rows[:2]):
        with st.container(horizontal=True):
            for path, words, kind in ((kept.docx, "Word", DOCX), (kept.xlsx, "Excel", XLSX)):
                made = recorded(viewer_of(reader), path.name, [kept.title], path.read_bytes)
                st.download_button(markdown("{} {}", kept.name, words), made, path.name, kind, key=path.name,
                                   on_click="ignore", type="tertiary", disabled=not path.exists())  # fmt: skip
    if len(rows) == 2:
        new, old = (briefs[row] for row in rows)
        side_by_side(compared(new.figures, old.figures), "两份简报相比", COMPARED)
        st.caption("相差不等于升降：两份的时段、数据版本可能不同，也没有算偶然。")
    elif len(rows) == 1:
        read_again(reader, briefs[rows[0]], who)


def read_again(reader: Reader, kept: Kept, who: Actor | None) -> None:
    """A kept brief's sentences, and whether the same data still gives the same figures."""
    if st.button("按当时的数据再写一遍", key="again"):
        try:
            figures = compared(again(kept, reader, viewer=who).figures, kept.figures)
            same = (figures["difference"].fillna(0) == 0) & (figures["new"].isna() == figures["old"].isna())
            if same.all():
                st.success(f"再写一遍：{len(figures)} 个数与存下的都相同。")
            else:
                st.warning("再写一遍有数不同：存下以后改过区情配置、办理台账，或看得见的范围不同。")
                side_by_side(figures[~same], "再写一遍与存下的", AGAIN)
        except NoBrief as gone:
            st.info(plain(str(gone)))
    for heading, sentences in kept.sentences.items():
        st.subheader(markdown("{}", heading))
        for sentence in sentences:
            st.markdown(plain(sentence))


def side_by_side(figures: pd.DataFrame, title: str, labels: dict[str, str]) -> None:
    rows = in_words(figures)
    table(rows, key="compared", labels=labels)
    downloads(rows, title, key="compared_file", labels=labels)
