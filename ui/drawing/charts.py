"""Charts: data first, a Vega-Lite specification out. No legends: labels stand at the marks. Every mark can be picked.

A frame's rates come as 0..1; `Measure` says how its figures are written. `colours`: those of the theme the viewer looks
at unless given, as a report gives LIGHT; theme.in_colours then writes axes and words in them too.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

import pandas as pd

from analysis.effects import FELL, ROSE, UNCERTAIN
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.measures import Measure
from data_access.district.vocabulary import SOURCES
from ui.drawing.vega import Drawing, Spec, drawable, drawing, field, first_by, mark, most_of, when
from ui.style.links import written
from ui.style.numbers import name, show, with_unit
from ui.style.theme import WEEKDAYS, Palette, palette

# Labels at every third hour, or they would overlap on a phone.
THIRD_HOURS = {
    "labelExpr": "datum.value % 3 ? '' : datum.value", "labelAngle": 0, "ticks": False, "domain": False
}  # fmt: skip
ROW = 26  # pixels of a bar with its gap
THICK = {"band": 0.7}
MONDAY_FIRST = [*WEEKDAYS[1:], WEEKDAYS[0]]


def tooltips(measure: Measure, **fields: str) -> list[Spec]:
    return [*(field(short, title=title) for title, short in fields.items()),
            field(f"{measure.name}:Q", title=name(measure), format=measure.unit.d3)]  # fmt: skip


def tall(rows: int, *, axis: int = 0) -> int:
    """The height in pixels of so many bars: a single one as well has room for its label. `axis`: of the words below."""
    return ROW * max(rows, 1) + 12 + axis


def _ticks(measure: Measure) -> Spec:
    """How an axis or a legend writes a measure: as its figures are, and no tick stands between two whole cases."""
    return {"format": measure.unit.d3} | ({"tickMinStep": 1} if measure.is_count else {})


def _amounts(measure: Measure) -> Spec:
    return field(f"{measure.name}:Q", title=with_unit(measure), axis=_ticks(measure))


def bars(
    frame: pd.DataFrame, by: str, measure: Measure, *, highlight: int = 1, colours: Palette | None = None
) -> Drawing:
    """Ranked horizontal bars in the frame's order, the first `highlight` in the accent, figures at their ends."""
    colours = colours or palette()
    data = frame.assign(
        label=frame[by].map(partial(written, by)),
        text=[show(number, measure) for number in frame[measure.name]],
        leads=[place < highlight for place in range(len(frame))],
    )
    # Room for the figure beyond the longest bar.
    most = most_of(data[measure.name]) * 1.16 or 1.0
    shared = {
        "y": field("label:N", sort=None, title=None, axis={"labelLimit": 150, "domain": False, "ticks": False}),
        "x": field(f"{measure.name}:Q", axis=None, scale={"domain": [0, most]}),
    }
    shown = {
        "color": when("datum.leads", colours.accent, colours.muted),
        "tooltip": tooltips(measure, **{DIMENSIONS[by].label: "label:N"}),
    }
    return drawing(
        drawable(data),
        shared,
        mark("bar", of=shown, cornerRadiusEnd=2, height=THICK, cursor="pointer"),
        mark("text", of={"text": field("text:N")}, align="left", dx=5),
        height=tall(len(data)),
        picks=[by],
    )


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


TIME_FORMATS = {"day": "%-m月%-d日", "assessment_day": "%-m月%-d日", "week": "%-m月%-d日", "month": "%Y年%-m月"}


def by_source(
    frame: pd.DataFrame, time: str, measure: Measure, *, height: int = 300, colours: Palette | None = None
) -> Drawing:
    """The hotline beside the grid over time, one line each, its name at the line's end."""
    colours = colours or palette()
    data = frame.assign(label=frame["source"].map(SOURCES), line=frame["source"])
    shades = {"domain": list(SOURCES.values()), "range": [colours.accent, colours.second]}
    shared = {
        "x": _time_axis(time),
        "y": _amounts(measure),
        "color": field("label:N", scale=shades, legend=None),
    }
    tips = tooltips(measure, **{DIMENSIONS[time].label: _time_field(time), "来源": "label:N"})
    ends = first_by(time, "descending")
    return drawing(
        drawable(data),
        shared,
        mark("line", strokeWidth=2),
        mark("point", of={"tooltip": tips}, filled=True, size=42, opacity=0.9, cursor="pointer"),
        mark("text", of={"text": field("label:N")}, transform=ends, align="left", dx=8, fontWeight="bold", clip=False),
        height=height,
        picks=[time, "source"],
        on=1,
    )


def _time_field(time: str) -> str:
    return f"{time}:T" if DIMENSIONS[time].kind == "day" else f"{time}:Q"


def dates_axis(form: str) -> Spec:
    """Dates along a time axis, as many as have room beside each other."""
    return {"format": form, "labelOverlap": "greedy", "labelSeparation": 8, "tickCount": 8}


def _time_axis(time: str) -> Spec:
    if DIMENSIONS[time].kind == "day":
        return field(f"{time}:T", title=None, axis=dates_axis(TIME_FORMATS[time]))
    return field(f"{time}:Q", title=DIMENSIONS[time].label, axis={"tickMinStep": 1, "format": "d"})


def two_years(frame: pd.DataFrame, time: str, measure: Measure, *, colours: Palette | None = None) -> Drawing:
    """This stretch and last year's on this year's dates. Columns: `time`, position, year, the measure."""
    colours = colours or palette()
    years = sorted(frame["year"].unique())
    newest = years[-1] if years else ""
    shades = {"domain": years, "range": [colours.muted, colours.accent][-len(years) :]}
    shared = {
        "x": field("position:T", title=None, axis=dates_axis("%-m月" if time == "month" else "%-m月%-d日")),
        "y": _amounts(measure),
        "color": field("year:N", scale=shades, legend=None),
    }
    # This year's name stands after its end, last year's above its start: ends that meet do not cover each other.
    end = [*first_by("position", "descending"), {"filter": {"field": "year", "equal": newest}}]
    start = [*first_by("position", "ascending"), {"filter": {"not": {"field": "year", "equal": newest}}}]
    return drawing(
        frame.assign(line=frame["year"]),
        shared,
        mark("line", strokeWidth=2),
        mark("point", of={"tooltip": tooltips(measure, 日期=f"{time}:T")}, filled=True, size=36, cursor="pointer"),
        mark("text", of={"text": field("year:N")}, transform=end, align="left", dx=8, fontWeight="bold"),
        mark("text", of={"text": field("year:N")}, transform=start, align="left", dy=14),
        height=300,
        picks=[time],
        on=1,
    )


def _shade(measure: Measure, colours: Palette) -> Spec:
    place = {"orient": "bottom", "direction": "horizontal", "gradientLength": 180}
    words = {"labelColor": colours.soft_text, "titleColor": colours.soft_text, "titleFontWeight": "normal"}
    legend = {**_ticks(measure), **place, **words}
    scale = {"range": list(colours.ramp), "domainMin": 0}
    return field(f"{measure.name}:Q", title=with_unit(measure), scale=scale, legend=legend)


def week_hours(frame: pd.DataFrame, measure: Measure, *, colours: Palette | None = None) -> Drawing:
    """Weekday by hour. Columns: weekday (1 = Monday), hour, the measure."""
    data = frame.assign(day=frame["weekday"].map(lambda number: MONDAY_FIRST[number - 1]))
    shown = {
        "x": field("hour:O", title="小时", axis=THIRD_HOURS),
        "y": field("day:O", sort=MONDAY_FIRST, title=None),
        "color": _shade(measure, colours or palette()),
        "tooltip": tooltips(measure, 星期="day:N", 小时="hour:Q"),
    }
    cells = mark("rect", cornerRadius=2, stroke=None, cursor="pointer")
    return drawing(drawable(data), shown, cells, height=240, picks=["weekday", "hour"])


def calendar(
    frame: pd.DataFrame, measure: Measure, shades: tuple[float, float], *, colours: Palette | None = None
) -> Drawing:
    """One year, a cell per day, a column per week. Columns: day, the measure; `shades`: the colour scale's ends."""
    day = pd.to_datetime(frame["day"])
    new_year = pd.Timestamp(int(day.dt.year.min()) if len(day) else 2000, 1, 1)
    data = frame.assign(
        day=day.dt.strftime("%Y-%m-%d"),
        week=((day - new_year).dt.days + new_year.weekday()) // 7,
        weekday=day.dt.day_of_week.map(lambda number: MONDAY_FIRST[number]),
    )
    # A month has 4.35 weeks: its name stands at its first whole week.
    months = "datum.value < 52 && (datum.value % 4.35) < 1 ? (floor(datum.value / 4.35) + 1) + '月' : ''"
    weeks = {"labelExpr": months, "labelAngle": 0, "labelOverlap": False, "ticks": False, "domain": False}
    scale = {"range": list((colours or palette()).ramp), "domain": list(shades), "clamp": True}
    shown = {
        "x": field("week:O", title=None, scale={"domain": list(range(54))}, axis=weeks),
        "y": field("weekday:O", sort=MONDAY_FIRST, title=None, axis={"labelFontSize": 10}),
        "color": field(f"{measure.name}:Q", legend=None, scale=scale),
        "tooltip": tooltips(measure, 日期="day:N", 星期="weekday:N"),
    }
    cells = mark("rect", cornerRadius=2, cursor="pointer")
    return drawing(drawable(data), shown, cells, height=132, picks=["day"])


def intervals(frame: pd.DataFrame, by: str, measure: Measure, *, colours: Palette | None = None) -> Drawing:
    """A dot with its interval per row, in the frame's order. Columns: `by`, the measure, low, high."""
    return rate_intervals(frame, by, measure.name, name(measure), colours=colours)


def rate_intervals(frame: pd.DataFrame, by: str, rate: str, title: str, *, colours: Palette | None = None) -> Drawing:
    """As `intervals`, of a rate that is no measure of cases. Columns: `by`, `rate`, low, high, all 0..1."""
    colours = colours or palette()
    label = field(f"{by}:N", sort=None, title=None, axis={"labelLimit": 170, "domain": False, "ticks": False})
    scale = {"zero": False}
    stretch = {
        "x": field("low:Q", scale=scale, title=f"{title}（%）", axis={"format": ".0%"}),
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
    }
    return drawing(
        drawable(frame),
        {"y": label},
        mark("rule", of=stretch, strokeWidth=3, color=colours.muted),
        mark("point", of=dot, filled=True, size=70, color=colours.accent, cursor="pointer"),
        height=tall(len(frame), axis=40),
        picks=[by],
        on=1,
    )


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


def rank_lines(
    frame: pd.DataFrame, time: str, by: str, lowest: Collection[str], *, colours: Palette | None = None
) -> Drawing:
    """Places day by day, the first on top; those of `lowest` stand out. Columns: time, `by`, place."""
    colours = colours or palette()
    data = frame.dropna(subset=["place"])
    data = data.assign(line=data[by], low=data[by].isin(lowest), place=data["place"].astype(float))
    places = {"domain": [0.5, most_of(data["place"]) + 0.5], "reverse": True, "nice": False}
    shared = {
        "x": _time_axis(time),
        "y": field("place:Q", title="名次", scale=places, axis={"format": "d", "grid": False}),
        "detail": field(f"{by}:N"),
        "color": when("datum.low", colours.bad, colours.muted),
        "opacity": when("datum.low", 1.0, 0.6),
    }
    tips = [field(f"{by}:N", title=DIMENSIONS[by].label), field("place:Q", title="名次", format="d")]
    ends = first_by(time, "descending")
    return drawing(
        drawable(data),
        shared,
        mark("line", of={"tooltip": tips}, strokeWidth=2),
        mark("text", of={"text": field(f"{by}:N")}, transform=ends, align="left", dx=8),
        height=max(24 * data[by].nunique(), 200),
    )


def quadrant(
    frame: pd.DataFrame,
    label: str,
    across: Measure,
    up: Measure,
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
