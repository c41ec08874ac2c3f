"""What a measured effect (成效) comes to, in words and in a table: of pages, agendas and papers alike."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from analysis.effects import UNCERTAIN
from ui.style.markup import html
from ui.style.numbers import UNKNOWN, relative

DONE, GOING = "成效", "办理中的变化"
COMPARED = {"matter_id": "编号", "title": "事项", "stage": "阶段", "what": "看的是", "verdict": "判断",
            "value": "净变化%",
            "interval": "95% 区间", "before": "办前（件/日）", "after": "办后（件/日）", "cases": "办前、办后件数",
            "control": "对照的变化%", "solved": "解决率", "reason": "说明"}  # fmt: skip
MEASURED = "成效按这时已有的案件衡量：办前为立项前，办后为销账后（未销账的，为立项后）。"
NOT_BEGUN = "还没有启动，没有成效可说。"
FORMATS = dict.fromkeys(("before", "after"), "%.2f") | dict.fromkeys(("value", "control"), "%.1f")


def subject_of(*, going: bool) -> str:
    """What a change is called: of a matter that is not over it is no effect of it yet."""
    return GOING if going else DONE


def effect_words(effects: Mapping[str, pd.DataFrame | None], number: str, *, going: bool) -> Markup:
    """The effect of one of several matters in words. `effects`: as `measured` gives them, without those not begun."""
    if number not in effects:
        return html("{}", NOT_BEGUN)
    figures = effects[number]
    row = compared({"": figures}).iloc[0]
    if figures is None:
        return html("{}{}：{}。", subject_of(going=going), UNKNOWN, row["reason"])
    said = sentence(figures.iloc[0].to_dict(), going=going)
    return said + f"解决率{row['solved']}。"


def compared(effects: Mapping[str, pd.DataFrame | None]) -> pd.DataFrame:
    """The effects of several matters in one table. Grain: one row per matter, in the mapping's order.

    `effects`: as `measured` gives them. Columns: matter_id; verdict ('' where nothing can be said); before, after
    (cases a day); value, control (percent); interval, cases, solved (in words); reason.
    """
    return pd.DataFrame([_in_short(number, figures) for number, figures in effects.items()])


def _in_short(number: str, figures: pd.DataFrame | None) -> dict[str, Any]:
    if figures is None:
        unknown = dict.fromkeys(("before", "after", "value", "control"), math.nan)
        words = dict.fromkeys(("interval", "cases", "solved"), UNKNOWN)
        reason = "没有写明涉及的案件，或办后还没有完整的一天"
        return {"matter_id": number, "verdict": "", **unknown, **words, "reason": reason}
    rows = {row["measure"]: row for row in figures.to_dict("records")}
    volume, solved = rows["volume"], rows["resolution_rate"]
    return {
        "matter_id": number, "verdict": "" if volume["reason"] else volume["verdict"], "before": volume["before"],
        "after": volume["after"], "value": 100 * volume["value"], "control": 100 * volume["control_change"],
        "interval": interval_words(volume), "solved": solved_words(solved),
        "cases": f"{volume['before__num']:,.0f}、{volume['after__num']:,.0f}", "reason": volume["reason"],
    }  # fmt: skip


def solved_words(solved: Mapping[Any, Any]) -> str:
    """The rate before and after with its cases, and whether it changed. `solved`: a row of `effect` about a rate."""
    before, after = (
        value_words(str(solved["measure"]), solved[when])
        + f"（{solved[f'{when}__num']:,.0f}/{solved[f'{when}__den']:,.0f}）"
        for when in ("before", "after")
    )
    return f"办前 {before}，办后 {after}，{solved['reason'] or solved['verdict']}"


def sentence(volume: Mapping[Any, Any], *, going: bool = False) -> Markup:
    """The effect in words. `volume`: the row of `effect` that is about the volume. `going`: as in `subject_of`."""
    what = subject_of(going=going)
    known = (("办后", volume["after"]), ("办前", volume["before"]))
    daily = "，".join(f"{when} {cases:,.2f} 件" for when, cases in known if not math.isnan(cases))
    daily = daily.replace(" ", "日均 ", 1)
    if volume["reason"]:
        return html("{}{}：{}。", what, UNKNOWN, "；".join(filter(None, (volume["reason"], daily))))
    against, interval = f"与{volume['control']}相比", interval_words(volume)
    if volume["verdict"] == UNCERTAIN:
        return html("{}<b>{}</b>：{} {}，95% 区间 {}，含着没有变化；{}。", what, UNCERTAIN, against,
                    change_words("volume", volume["value"]), interval, daily)  # fmt: skip
    size = f"{volume['verdict']} {abs(volume['value']):.1%}"
    lead = f"{GOING}：" if going else ""
    return html("{}{}，受理量<b>{}</b>（95% 区间 {}）；{}。", lead, against, size, interval, daily)


def value_words(name: str, value: float) -> str:
    if math.isnan(value):
        return UNKNOWN
    return f"{value:,.2f} 件/日" if name == "volume" else f"{value:.1%}"


def change_words(name: str, value: float) -> str:
    if math.isnan(value):
        return UNKNOWN
    return relative(value, 1) if name == "volume" else f"{100 * value:+.1f} 百分点".replace("-", "−")


def interval_words(row: Mapping[Any, Any]) -> str:
    if row["reason"]:
        return UNKNOWN
    return "～".join(change_words(str(row["measure"]), row[end]).removesuffix(" 百分点") for end in ("low", "high"))
