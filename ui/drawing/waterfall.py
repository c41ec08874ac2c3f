"""A waterfall: from one figure to another by parts that add up, each told from chance by its colour."""

from __future__ import annotations

import pandas as pd

from analysis.why import REST
from data_access.cases.measures import Measure
from ui.drawing.charts import THICK, tall
from ui.drawing.vega import Drawing, drawable, drawing, field, kept_in_colours, mark
from ui.style.links import written
from ui.style.numbers import UNKNOWN, show, show_change
from ui.style.theme import Palette, palette

LESS, MORE, UNSURE = "拉低", "拉高", "不能确定"
ROOM = 0.2  # of the width, beyond the outermost bar, for its figure


@kept_in_colours
def waterfall(
    parts: pd.DataFrame,
    by: str,
    measure: Measure,
    start: tuple[str, float],
    end: tuple[str, float],
    *,
    colours: Palette | None = None,
) -> Drawing:
    """From `start` down to `end` (each its name and figure, in the measure's unit), a row per part.

    `parts`: index the groups of the dimension `by`; columns points, beyond, half, is_sure, cases, rate (and `before`,
    of a change), as questions.why gives them. A click picks a group; not the rest, and neither end.
    """
    colours = colours or palette()
    reached = start[1] + parts["points"].cumsum()
    steps = pd.DataFrame({
        by: parts.index, "label": [written(by, group) if group != REST else REST for group in parts.index],
        "from": reached.shift(fill_value=start[1]), "to": reached,
        "verdict": [(MORE if up else LESS) if sure else UNSURE
                    for up, sure in zip(parts["beyond"] > 0, parts["is_sure"], strict=True)],
        "text": [show_change(points, measure).split(" ")[0] for points in parts["points"]],
        "counted": [f"{cases:,.0f}" for cases in parts["cases"]],
        "rate": [show(rate, measure) for rate in parts["rate"]],
        "before": [show(rate, measure) for rate in parts["before"]] if "before" in parts else UNKNOWN,
        "beyond": [show_change(beyond, measure) for beyond in parts["beyond"]],
        "half": [f"±{show_change(half, measure).lstrip('+')}" for half in parts["half"]],
    }).reset_index(drop=True)  # fmt: skip
    ends = pd.DataFrame([{"label": name, "to": figure, "text": show(figure, measure)} for name, figure in (start, end)])
    low, high = min(steps["to"].min(), end[1], start[1]), max(steps["from"].max(), steps["to"].max(), start[1])
    pad = ((high - low) or 1.0) * ROOM
    order = [start[0], *steps["label"], end[0]]
    shared = {
        "y": field("label:N", sort=order, scale={"domain": order}, title=None,
                   axis={"labelLimit": 170, "domain": False, "ticks": False}),
    }  # fmt: skip
    scale = {"domain": [low - pad, high + pad], "zero": False, "nice": False}
    across = {"x": field("from:Q", axis=None, scale=scale), "x2": {"field": "to"}}
    named = {LESS: colours.bad, MORE: colours.accent, UNSURE: colours.muted}
    shades = {"domain": list(named), "range": list(named.values())}
    tips = [field("label:N", title="组"), field("counted:N", title="算进来的件"), field("rate:N", title="本期")]
    tips += [field("before:N", title="对比期")] if "before" in parts else [field("beyond:N", title="比按件数应占的")]
    tips += [field("half:N", title="偶然范围"), field("verdict:N", title="判断")]
    bar = {**across, "color": field("verdict:N", legend=None, scale=shades), "tooltip": tips}
    told = {"text": field("text:N")}
    drops, gains = [{"filter": "datum.to <= datum.from"}], [{"filter": "datum.to > datum.from"}]
    point = {"x": field("to:Q", axis=None, scale=scale)}
    return drawing(
        drawable(steps),
        shared,
        mark("bar", of=bar, transform=[{"filter": f"datum.label != '{REST}'"}], height=THICK, cursor="pointer"),
        mark("bar", of=bar, transform=[{"filter": f"datum.label == '{REST}'"}], height=THICK),
        mark("text", of={**told, **point}, transform=drops, align="right", dx=-5),
        mark("text", of={**told, **point}, transform=gains, align="left", dx=5),
        mark("tick", of=point, data="ends", color=colours.text, thickness=3, size=18),
        mark("text", of={**told, **point}, data="ends", align="left", dx=7, fontWeight="bold"),
        height=tall(len(order)),
        picks=[by],
        beside={"ends": drawable(ends)},
    )
