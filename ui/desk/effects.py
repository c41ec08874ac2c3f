"""The measured effect (成效) of a matter: its cases before and after, beside the district's rest; or of several."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st
from markupsafe import Markup

from analysis.league import wilson
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.periods import Windows, windows
from data_access.district.programmes import Programme
from questions.effect import effect, measured, watched
from ui.choosing.drill import cases_link
from ui.drawing.tables import downloads, table
from ui.frame.page import answer
from ui.style.links import written
from ui.style.markup import bold, html, joined, plain
from ui.style.numbers import UNKNOWN, stretch

COMPARED = {"matter_id": "编号", "title": "事项", "stage": "阶段", "before": "办前（件/日）", "after": "办后（件/日）",
            "cases": "办前、办后件数", "change": "变化%", "rest": "全区其余%", "net": "净变化（百分点）",
            "solved_before": "办前解决率", "solved_after": "办后解决率", "reason": "说明"}  # fmt: skip
FORMATS = dict.fromkeys(("before", "after"), "%.2f") | dict.fromkeys(("change", "rest", "net"), "%.1f")
HEADS = ("指标", "办前", "办后", "变化", "全区其余", "净变化", "上年同期变化")


def show_effect(
    reader: Reader, programme: Programme, where: CaseFilter, opened: datetime, ended: datetime | None
) -> None:
    """Draw a matter's effect. `where`: its cases. `ended`: None while the matter is going on."""
    seen = watched(reader, where, programme.effect_by)
    spans = windows(opened, ended, programme.effect_days, reader.as_of)
    if spans is None:
        st.info("办后还没有完整的一天，成效要等数据。")
        return
    figures = effect(reader, seen, spans)
    answer(sentence(figures.iloc[0].to_dict()))
    st.html(_table(figures))
    st.caption(plain(_about(programme, where, seen, spans)))
    cases_link(reader, seen.replace(period=spans.before), "办前")
    cases_link(reader, seen.replace(period=spans.after), "办后")


def show_effects(reader: Reader, programme: Programme, rows: pd.DataFrame) -> None:
    """The effects of several matters beside each other, the largest fall against the rest of the district first."""
    with st.spinner("正在按案件衡量成效 …"):
        effects = measured(reader, programme, rows)
    changes = compared(effects).merge(rows[["matter_id", "title", "stage"]], on="matter_id")
    known = changes.dropna(subset=["net"])
    fell = ((known["change"] < 0) & (known["net"] < 0)).sum()
    st.markdown(f"可比的 {len(known)} 项中，日均受理下降、且比全区其余降得多的 **{fell:d}** 项。")
    listed = changes[[*COMPARED]].sort_values("net", ignore_index=True)
    key = f"effects_{programme.kind}"
    table(listed, key=key, labels=COMPARED, formats=FORMATS, phone=["title", "change", "net"])
    downloads(listed, f"{programme.title}成效", key=f"{key}_file", labels=COMPARED)
    days = programme.effect_days
    st.caption(
        f"办前＝发起前 {days:d} 天，办后＝办结后（在办的为发起后）至多 {days:d} 天；净变化＝变化－全区其余的变化。"
        "件数少时会因偶然而升降，同时发生的其他原因分不开，仅供参考。打开一件，可看区间和上年同期。"
    )


def compared(effects: Mapping[str, pd.DataFrame | None]) -> pd.DataFrame:
    """The effects of several matters in one table. Grain: one row per matter, in the mapping's order.

    `effects`: as `measured` gives them. Columns: matter_id; before, after (cases a day); change, rest (percent), net
    (percentage points); cases, solved_before, solved_after (in words); reason.
    """
    return pd.DataFrame([_in_short(number, figures) for number, figures in effects.items()])


def _in_short(number: str, figures: pd.DataFrame | None) -> dict[str, Any]:
    if figures is None:
        unknown = dict.fromkeys(("before", "after", "change", "rest", "net"), math.nan)
        words = dict.fromkeys(("cases", "solved_before", "solved_after"), UNKNOWN)
        return {"matter_id": number, **unknown, **words, "reason": "没有写明涉及的案件，或办后还没有完整的一天"}
    rows = {row["measure"]: row for row in figures.to_dict("records")}
    volume, solved = rows["volume"], rows["resolution_rate"]
    before, after = (
        f"{_value('resolution_rate', solved[when])}（{solved[f'{when}__num']:,.0f}/{solved[f'{when}__den']:,.0f}）"
        for when in ("before", "after")
    )
    return {
        "matter_id": number, "before": volume["before"], "after": volume["after"], "change": 100 * volume["change"],
        "rest": 100 * volume["rest_change"], "net": 100 * volume["net"], "solved_before": before, "solved_after": after,
        "cases": f"{volume['before__num']:,.0f}、{volume['after__num']:,.0f}", "reason": volume["reason"],
    }  # fmt: skip


def sentence(volume: Mapping[Any, Any]) -> Markup:
    """The effect in words. `volume`: the row of `effect` that is about the volume."""
    if volume["reason"]:
        return html("成效{}：{}。", UNKNOWN, volume["reason"])
    said = html("办后日均 <b>{:,.2f}</b> 件，办前 {:,.2f} 件", volume["after"], volume["before"])
    said += "（" + bold(_change("volume", volume["change"])) + "）"
    if not math.isnan(volume["rest_change"]):
        said += f"；同一时段全区其余 {_change('volume', volume['rest_change'])}"
    # A summer beside a winter says nothing of a decision; the same stretches a year before say what the season does.
    if math.isnan(volume["year_change"]):
        return said + "。数据没有覆盖上年的同样两段，季节的影响分不开，不能据此说有成效。"
    return said + f"；上年同样两段 {_change('volume', volume['year_change'])}。"


def _about(programme: Programme, where: CaseFilter, seen: CaseFilter, spans: Windows) -> str:
    before, after = (stretch(span.start, span.end) for span in (spans.before, spans.after))
    said = f"办前 {before}（{spans.days[0]} 天），办后 {after}（{spans.days[1]} 天）。"
    if where.case_id and programme.effect_by:
        kinds = "、".join(
            f"{DIMENSIONS[name].label} {'、'.join(written(name, value) for value in getattr(seen, name)[:3])}"
            for name in programme.effect_by
        )
        said += f"单件不会重来，看的是同样的诉求：{kinds}。"
    return said + "全区其余＝同一来源的其他案件；净变化＝变化－其余的变化。同时发生的其他原因分不开，仅供参考。"


def _value(name: str, value: float) -> str:
    if math.isnan(value):
        return UNKNOWN
    return f"{value:,.2f} 件/日" if name == "volume" else f"{value:.1%}"


def _change(name: str, value: float) -> str:
    if math.isnan(value):
        return UNKNOWN
    return f"{value:+.1%}".replace("-", "−") if name == "volume" else f"{100 * value:+.1f} 百分点".replace("-", "−")


def _counted(row: Mapping[Any, Any], when: str) -> str:
    """What stands behind a figure: the cases, or numerator and denominator with the rate's interval."""
    if row["measure"] == "volume":
        return f"{row[f'{when}__num']:,.0f} 件"
    numerator, trials = row[f"{when}__num"], row[f"{when}__den"]
    if not trials:
        return MEASURES[row["measure"]].unknown
    low, high = (bound.iloc[0] for bound in wilson(pd.Series([numerator]), pd.Series([trials])))
    return f"{numerator:,.1f}/{trials:,.0f}，{low:.0%}–{high:.0%}"


def _table(figures: pd.DataFrame) -> Markup:
    lines = []
    for row in figures.to_dict("records"):
        name = str(row["measure"])
        measure = MEASURES[name]
        net = UNKNOWN if math.isnan(row["net"]) else f"{100 * row['net']:+.1f} 百分点".replace("-", "−")
        cells = [
            "日均受理" if name == "volume" else measure.label,
            *(
                html("{}<small>{}</small>", _value(name, row[when]), _counted(row, when))
                for when in ("before", "after")
            ),
            *(_change(name, row[part]) for part in ("change", "rest_change")),
            net,
            _change(name, row["year_change"]),
        ]
        lines.append(html("<tr>{}</tr>", joined("", (html("<td>{}</td>", cell) for cell in cells))))
    heads = joined("", (html("<th>{}</th>", head) for head in HEADS))
    return html('<div class="wide"><table class="figures"><tr>{}</tr>{}</table></div>', heads, joined("", lines))
