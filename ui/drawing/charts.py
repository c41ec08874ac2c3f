"""Charts: data first, a Vega-Lite specification out. No legends: labels stand at the marks. Every mark can be picked.

A frame's rates come as 0..1; `Shown` (a measure, or a Figure of somebody's own) says how its figures are written.
`colours`: those of the theme the viewer looks at unless given, as a report gives LIGHT; theme.in_colours then writes
axes and words in them too.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from analysis.effects import FELL, ROSE, UNCERTAIN
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.units import Shown
from ui.drawing.vega import Drawing, Spec, drawable, drawing, field, first_by, kept_in_colours, mark, most_of, when
from ui.style.links import NUMBERS, written
from ui.style.numbers import name, show, with_unit
from ui.style.theme import WEEKDAYS, Palette, palette

ROW = 26  # pixels of a bar with its gap
THICK = {"band": 0.7}
NONE = np.array([], dtype=float)
NARROW = 0.1  # a stretch of rates on whose axis whole percents would stand twice


def tooltips(measure: Shown, **fields: str) -> list[Spec]:
    return [*(field(short, title=title) for title, short in fields.items()),
            field(f"{measure.name}:Q", title=name(measure), format=measure.unit.d3)]  # fmt: skip


def called(column: str) -> str:
    """What a column's groups are called: a dimension's label, or the column's own name."""
    return DIMENSIONS[column].label if column in DIMENSIONS else column


def in_words(by: str, group: Any) -> str:
    """A group as people say it: 周一, 9时; everything else as it is written."""
    if isinstance(group, str) or by not in NUMBERS:
        return written(by, group)
    return WEEKDAYS[int(group) % 7] if by == "weekday" else f"{int(group)}时"


def tall(rows: int, *, axis: int = 0) -> int:
    """The height in pixels of so many bars: a single one as well has room for its label. `axis`: of the words below."""
    return ROW * max(rows, 1) + 12 + axis


def ticks(measure: Shown) -> Spec:
    """How an axis or a legend writes a measure: as its figures are, and no tick stands between two whole cases."""
    return {"format": measure.unit.d3} | ({"tickMinStep": 1} if measure.is_count else {})


def amounts(measure: Shown) -> Spec:
    """A measure along an axis, with its label and unit."""
    return field(f"{measure.name}:Q", title=with_unit(measure), axis=ticks(measure))


@kept_in_colours
def bars(
    frame: pd.DataFrame, by: str, measure: Shown, *, chosen: Collection[str] = (), colours: Palette | None = None
) -> Drawing:
    """Ranked horizontal bars in the frame's order, the first or the `chosen` in the accent, figures at their ends."""
    colours = colours or palette()
    data = frame.assign(
        label=frame[by].map(partial(in_words, by)),
        text=[show(number, measure) for number in frame[measure.name]],
        leads=[group in chosen if chosen else not place for place, group in enumerate(frame[by])],
    )
    # Room for the figure beyond the longest bar.
    most = most_of(data[measure.name]) * 1.16 or 1.0
    shared = {
        "y": field("label:N", sort=None, title=None, axis={"labelLimit": 150, "domain": False, "ticks": False}),
        "x": field(f"{measure.name}:Q", axis=None, scale={"domain": [0, most]}),
    }
    shown = {
        "color": when("datum.leads", colours.accent, colours.muted),
        "tooltip": tooltips(measure, **{called(by): "label:N"}),
    }
    return drawing(
        drawable(data),
        shared,
        mark("bar", of=shown, cornerRadiusEnd=2, height=THICK, cursor="pointer"),
        mark("text", of={"text": field("text:N")}, align="left", dx=5),
        height=tall(len(data)),
        picks=[by],
    )


@kept_in_colours
def changes(frame: pd.DataFrame, by: str, heading: str, *, colours: Palette | None = None) -> Drawing:
    """Growth and fall to both sides of zero, in the frame's order: a fall in the accent, growth in the warning.

    Columns: `by` (what a click picks; `heading` names it), change (a share), verdict (grey where it may be chance),
    words (what to say of a bar pointed at).
    """
    colours = colours or palette()
    # Room for the figure beyond the longest bar on either side.
    least, most = -most_of(-frame["change"]), most_of(frame["change"])
    room = 0.3 * (most - least) or 1.0
    ends = [least - (room if least else 0), most + (room if most else 0)]
    shared = {
        "y": field(f"{by}:N", sort=None, title=None, axis={"labelLimit": 150, "domain": False, "ticks": False}),
        "x": field("change:Q", axis=None, scale={"domain": ends}),
    }
    shades = {"domain": [FELL, UNCERTAIN, ROSE], "range": [colours.accent, colours.muted, colours.bad]}
    shown = {
        "color": field("verdict:N", legend=None, scale=shades),
        "tooltip": [field(f"{by}:N", title=heading), field("words:N", title="变化")],
    }
    figure = {"text": field("change:Q", format="+.1%")}
    whole = drawing(
        drawable(frame),
        shared,
        mark("bar", of=shown, height=THICK, cursor="pointer"),
        mark("text", of=figure, transform=[{"filter": "datum.change < 0"}], align="right", dx=-5),
        mark("text", of=figure, transform=[{"filter": "datum.change >= 0"}], align="left", dx=5),
        height=tall(len(frame)),
        picks=[by],
        beside={"zero": pd.DataFrame({"change": [0]})},
    )
    zero = mark("rule", of={"x": field("change:Q")}, data="zero", color=colours.muted)
    return {**whole, "layer": [*whole["layer"], zero]}


def intervals(
    frame: pd.DataFrame, by: str, measure: Shown, *, chosen: Collection[str] = (), colours: Palette | None = None
) -> Drawing:
    """A dot with its interval per row, in the frame's order. Columns: `by`, the measure, low, high."""
    return rate_intervals(frame, by, measure.name, name(measure), chosen=chosen, colours=colours)


@kept_in_colours
def rate_intervals(
    frame: pd.DataFrame,
    by: str,
    rate: str,
    title: str,
    *,
    chosen: Collection[str] = (),
    colours: Palette | None = None,
) -> Drawing:
    """As `intervals`, of a rate that is no measure of cases. Columns: `by`, `rate`, low, high, all 0..1. The `chosen`
    stand out among the others."""
    colours = colours or palette()
    frame = frame.assign(leads=frame[by].isin(chosen) if chosen else True)
    label = field(f"{by}:N", sort=None, title=None, axis={"labelLimit": 170, "domain": False, "ticks": False})
    scale = {"zero": False}
    narrow = len(frame) and frame["high"].max() - frame["low"].min() < NARROW
    stretch = {
        "x": field("low:Q", scale=scale, title=f"{title}（%）", axis={"format": ".1%" if narrow else ".0%"}),
        "x2": {"field": "high"},
    }
    dot = {
        "x": field(f"{rate}:Q", scale=scale),
        "tooltip": [
            field(f"{by}:N", title=DIMENSIONS[by].label if by in DIMENSIONS else "组"),
            field(f"{rate}:Q", title=title, format=".1%"),
            field("low:Q", title="区间下限", format=".2%"),
            field("high:Q", title="区间上限", format=".2%"),
        ],
        "color": when("datum.leads", colours.accent, colours.muted),
        "size": when("datum.leads", 130 if chosen else 70, 70),
    }
    return drawing(
        drawable(frame),
        {"y": label},
        mark("rule", of=stretch, strokeWidth=3, color=colours.muted),
        mark("point", of=dot, filled=True, cursor="pointer"),
        height=tall(len(frame), axis=40),
        picks=[by],
        on=1,
    )


@kept_in_colours
def stages(frame: pd.DataFrame, *, colours: Palette | None = None) -> Drawing:
    """How many stand in each stage, in the frame's order; those past their deadline in the warning colour.

    Columns: stage, count, late (of the count).
    """
    colours = colours or palette()
    late = [f"，过期 {late:,}" if late else "" for late in frame["late"]]
    data = frame.assign(text=[f"{count:,}{words}" for count, words in zip(frame["count"], late, strict=True)])
    scale = {"domain": [0, most_of(data["count"]) * 1.3 or 1.0]}
    shared = {
        "y": field("stage:N", sort=None, title=None, axis={"domain": False, "ticks": False}),
        "x": field("count:Q", axis=None, scale=scale),
        "tooltip": [field("stage:N", title="阶段"), field("count:Q", title="项"), field("late:Q", title="过期")],
    }
    bar = partial(mark, "bar", cornerRadiusEnd=2, height=THICK, cursor="pointer")
    return drawing(
        drawable(data),
        shared,
        bar(color=colours.accent),
        bar(of={"x": field("late:Q", axis=None, scale=scale)}, color=colours.bad),
        mark("text", of={"text": field("text:N")}, align="left", dx=5),
        height=tall(len(data)),
        picks=["stage"],
    )


@kept_in_colours
def quadrant(
    frame: pd.DataFrame,
    label: str,
    across: Shown,
    up: Shown,
    *,
    middle: tuple[float, float],
    colours: Palette | None = None,
) -> Drawing:
    """Groups by two figures, those that `stands_out` in the warning colour; lines through `middle`.

    Columns: `label` (also what a click picks), x (counts, on a log scale), y (0..1), stands_out, named (0/1).
    """
    colours = colours or palette()
    data = frame[frame["x"] > 0].assign(leads=frame["stands_out"].astype(bool))
    shared = {
        "x": field("x:Q", title=with_unit(across), scale={"type": "log"}, axis={"format": ",d", "tickCount": 5}),
        "y": field("y:Q", title=f"{with_unit(up)}，收缩后", scale={"zero": False}, axis={"format": ".1%"}),
    }
    dot = {
        "size": when("datum.leads", 90, 45),
        "color": when("datum.leads", colours.bad, colours.muted),
        "tooltip": [
            field(f"{label}:N", title="组"),
            field("x:Q", title=name(across), format=",.0f"),
            field("y:Q", title=f"{name(up)}，收缩后", format=".1%"),
        ],
    }
    named = [{"filter": "datum.named"}]
    whole = drawing(
        drawable(data),
        shared,
        mark("point", of=dot, filled=True, cursor="pointer"),
        mark("text", of={"text": field(f"{label}:N")}, transform=named, align="left", dx=8, limit=170),
        height=420,
        picks=[label],
        beside={"middle": pd.DataFrame([middle], columns=["x", "y"])},
    )
    lines = partial(mark, "rule", data="middle", color=colours.muted, strokeDash=[4, 4])
    return {**whole, "layer": [*(lines(of={axis: field(f"{axis}:Q")}) for axis in "xy"), *whole["layer"]]}


def _across(frame: pd.DataFrame, column: str) -> Spec:
    """A column along the horizontal axis: dates, numbers, or groups in the frame's order."""
    values = frame[column]
    if pd.api.types.is_datetime64_any_dtype(values):
        is_monthly = values.nunique() > 1 and bool(values.dropna().dt.day.eq(1).all())
        form, count = ("%Y-%m", {"interval": "month", "step": 1}) if is_monthly else ("%Y-%m-%d", 8)
        return field(f"{column}:T", title=None, axis={"format": form, "labelOverlap": "greedy", "tickCount": count})
    if pd.api.types.is_numeric_dtype(values):
        return field(f"{column}:Q", title=called(column), scale={"zero": False})
    return field(f"{column}:O", sort=None, title=None, axis={"labelLimit": 120, "labelOverlap": "greedy"})


@kept_in_colours
def lines(
    frame: pd.DataFrame,
    along: str,
    measure: Shown,
    by: str = "",
    *,
    chosen: Collection[str] = (),
    height: int = 320,
    colours: Palette | None = None,
) -> Drawing:
    """A figure along dates, numbers or groups, one line, or one per value of `by` with its name at the line's end.

    The first line, or the `chosen`, stand out. Columns: `along`, the measure's, `by`.
    """
    colours = colours or palette()
    names = list(dict.fromkeys(frame[by].map(partial(written, by)))) if by else [""]
    data = frame.assign(line=frame[by].map(partial(written, by)) if by else "")
    data = data.assign(leads=data["line"].isin([written(by, one) for one in chosen] if chosen else names[:1]))
    x = _across(data, along)
    shared = {"x": x, "y": amounts(measure), "detail": field("line:N"),
              "color": when("datum.leads", colours.accent, colours.muted)}  # fmt: skip
    named = {
        called(along): f"{along}:{'T' if x['type'] == 'temporal' else 'N'}",
        **({called(by): "line:N"} if by else {}),
    }
    ends = first_by(along, "descending") if by else []
    ended = {"text": field("line:N"), "color": when("datum.leads", colours.accent, colours.soft_text)}
    return drawing(
        drawable(data),
        shared,
        mark("line", strokeWidth=2),
        mark("point", of={"tooltip": tooltips(measure, **named)}, filled=True, size=42, cursor="pointer"),
        mark("text", of=ended, transform=ends, align="left", dx=8, clip=False),
        height=height,
        picks=[along, *([by] if by else [])],
        on=1,
    )


@kept_in_colours
def scatter(
    frame: pd.DataFrame,
    label: str,
    across: Shown,
    up: Shown,
    *,
    chosen: Collection[str] = (),
    colours: Palette | None = None,
) -> Drawing:
    """Groups by two figures; the `chosen` stand out and are named. Columns: `label`, both figures' own."""
    colours = colours or palette()
    known = frame.dropna(subset=[across.name, up.name])
    data = known.assign(shown=known[label].map(partial(written, label)), leads=known[label].isin(list(chosen)))
    scale = {"zero": False}
    shared = {"x": field(f"{across.name}:Q", title=with_unit(across), scale=scale, axis=ticks(across)),
              "y": field(f"{up.name}:Q", title=with_unit(up), scale=scale, axis=ticks(up))}  # fmt: skip
    tips = [*tooltips(across, **{called(label): "shown:N"}), tooltips(up)[-1]]
    dot = {"size": when("datum.leads", 110, 55), "color": when("datum.leads", colours.accent, colours.muted),
           "tooltip": tips}  # fmt: skip
    named = {"text": field("shown:N")}
    return drawing(
        drawable(data),
        shared,
        mark("point", of=dot, filled=True, cursor="pointer"),
        mark("text", of=named, transform=[{"filter": "datum.leads"}], align="left", dx=8, limit=170),
        height=420,
        picks=[label],
    )


@kept_in_colours
def distribution(frame: pd.DataFrame, measure: Shown, *, bins: int = 20, colours: Palette | None = None) -> Drawing:
    """How many of the frame's rows have how much of a figure, in stretches of equal width; unknown ones are left out.

    The vertical line is the median.
    """
    colours = colours or palette()
    known = frame[measure.name].astype(float).replace([float("inf"), float("-inf")], float("nan")).dropna()
    rows, edges = np.histogram(known, bins=max(1, min(bins, known.nunique()))) if len(known) else (NONE, NONE[:1])
    said = [f"{measure.unit.write(low)} – {measure.unit.write(high)}" for low, high in pairwise(edges)]
    data = pd.DataFrame(
        {"low": edges[: len(said)], "high": edges[1:], "rows": rows, "said": pd.Series(said, dtype="str")}
    )
    shared = {"x": field("low:Q", title=with_unit(measure), scale={"zero": False}, axis=ticks(measure))}
    of = {"x2": {"field": "high"}, "y2": {"datum": 0},
          "y": field("rows:Q", title="组数", axis={"tickMinStep": 1, "format": ",d"}),
          "tooltip": [field("said:N", title=name(measure)), field("rows:Q", title="组数")]}  # fmt: skip
    middle = pd.DataFrame({"low": [known.median()] if len(known) else []}, dtype=float)
    bars = mark("bar", of=of, color=colours.accent)
    line = mark("rule", data="middle", color=colours.bad, strokeDash=[4, 4])
    return drawing(data, shared, bars, line, height=280, beside={"middle": middle})
