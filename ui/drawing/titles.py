"""What a chart says, as its title: by rule from its data, and never a rise or fall that chance alone may have made."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data_access.cases.comparison import Change
from data_access.cases.measures import MEASURES, Measure
from ui.drawing.place_words import PLACES, place
from ui.style.markup import plain
from ui.style.numbers import show, show_change


def titled(message: str, neutral: str) -> None:
    """The message above a chart with the chart's own name below it; the name alone where there is no message."""
    st.subheader(plain(message or neutral))
    if message:
        st.caption(plain(neutral))


def trend(change: Change, against: str) -> str:
    """Of a course: how its whole stretch compares. `against`: 同比 …; '' where it cannot be compared."""
    measure = MEASURES[change.measure]
    if not change.is_known:
        return ""
    if not change.is_sure:
        return f"{measure.label}{against}持平，变化在偶然范围内"
    way = "上升" if change.change > 0 else "下降"
    return f"{measure.label}{against}{way} {show_change(change.change, measure).lstrip('+−')}"


def ranks(moved: pd.DataFrame, days: int) -> str:
    """Of places day by day: who moved furthest. `moved`: index the units; before, now (places), is_sure."""
    if moved.empty:
        return ""
    sure = moved[moved["is_sure"]]
    if sure.empty:
        return f"近 {days} 天名次有升有降，都分不出是不是偶然"
    furthest = (sure["now"] - sure["before"]).abs().idxmax()
    before, now = int(sure["before"].to_dict()[furthest]), int(sure["now"].to_dict()[furthest])
    return f"{furthest}近 {days} 天由第 {before} {'跌' if now > before else '升'}至第 {now}"


def places(known: pd.DataFrame, measure: Measure, by: str = "street") -> str:
    """Of places beside each other: where most is, of counts; a rate's order is not told from chance here.

    `known`: rows `by` (street, district) and the measure, the highest first.
    """
    if not measure.is_count or len(known) < 2:
        return ""
    top, whole = known.iloc[0], float(known[measure.name].sum())
    if not whole or top[measure.name] == known[measure.name].iloc[1]:
        return ""
    share = top[measure.name] / whole
    return f"{place(top[by], by)}最多，{show(top[measure.name], measure)} {measure.unit}，占 {share:.1%}"


def moved_places(moved: pd.DataFrame, measure: Measure, against: str, by: str = "street") -> str:
    """Of places in two periods: who rose most for certain, else who fell. `moved`: `by`, change, is_sure."""
    known = moved.dropna(subset=["change"])
    sure = known[known["is_sure"].fillna(False).astype(bool)]
    if known.empty:
        return ""
    if sure.empty:
        return f"各{PLACES[by]}{against}的变化都在偶然范围内"
    rose = sure[sure["change"] > 0]
    far = (rose.nlargest(1, "change") if len(rose) else sure.nsmallest(1, "change")).iloc[0]
    size = f"{abs(far['change']):,.0f} 件" if measure.is_count else show_change(abs(far["change"]), measure).lstrip("+")
    return f"{place(far[by], by)}{against}{'上升' if len(rose) else '下降'}最多（{size}）"
