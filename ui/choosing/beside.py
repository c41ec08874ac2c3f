"""A page's own table: a CSV file beside the page, joined to figures by street or community."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from data_access.cases.errors import StoreError
from data_access.district.models import Community, Street
from data_access.district.profile import Profile
from ui.style.markup import markdown

SOURCE = "# 来源："  # how the file's first line begins, which says where its figures are from


def open_table(name: str) -> pd.DataFrame:
    """The CSV file of this name in the page's own folder, UTF-8; where it is from is in `.attrs["source"]`.

    Its first line says so: "# 来源：第七次人口普查". Raises `StoreError` in words.
    """
    page = Path(str(sys._getframe(1).f_globals.get("__file__", "")))
    path = page.parent / name
    if Path(name).name != name or path.suffix != ".csv":
        raise StoreError(f"“{name}”不是本页文件夹里的 CSV 文件名")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"读不了 {name}：要放在页面文件旁边，存成 UTF-8 的 CSV") from error
    first = text.split("\n", 1)[0].strip()
    if not first.startswith(SOURCE):
        raise StoreError(f"{name} 的第一行要写出处，例如：{SOURCE}第七次人口普查")
    frame = pd.read_csv(path, encoding="utf-8-sig", skiprows=1)
    frame.attrs["source"] = first.removeprefix(SOURCE).strip()
    return frame


def join_table(frame: pd.DataFrame, table: pd.DataFrame, on: str, profile: Profile) -> pd.DataFrame:
    """The frame with the table's columns beside it, by `on` (street or community; aliases are understood).

    Draws where the table is from and names what did not find its other half: nothing falls away without a word.
    """
    rows: Sequence[Street | Community] = profile.streets if on == "street" else profile.communities
    names = {alias: row.name for row in rows for alias in (row.name, *row.aliases)}
    own = table.assign(**{on: [names.get(str(name).strip(), str(name).strip()) for name in table[on]]})
    twice = own.loc[own[on].duplicated(), on].unique()
    if len(twice):
        raise StoreError(f"表里有重复的{'、'.join(twice)}：一个名称只能一行")
    st.caption(markdown("另表来源：{}。", table.attrs.get("source") or "未写明"))
    if absent := sorted({name for name in frame[on] if name} - set(own[on])):
        st.caption(markdown("表里没有：{}，这些写“—”。", "、".join(absent)))
    if strange := sorted(set(own[on]) - set(names.values()) - set(frame[on])):
        st.caption(markdown("表里的这些没有对上：{}。", "、".join(strange)))
    return frame.merge(own, on=on, how="left")
