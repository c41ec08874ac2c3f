"""Charts: data first, an Altair chart out. No legends: labels stand at the marks. Every mark can be picked.

A frame's rates come as 0..1; `Measure` says how its figures are written. `colours`: those of the theme the viewer looks
at unless given, as a report gives LIGHT; theme.in_colours then writes axes and words in them too.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any, Literal

import altair as alt
import pandas as pd

from analysis.effects import FELL, ROSE, UNCERTAIN
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.measures import Measure
from data_access.district.vocabulary import SOURCES
from ui.style.links import written
from ui.style.markup import as_stored, word
from ui.style.numbers import name, show, with_unit
from ui.style.theme import WEEKDAYS, Palette, palette

AnyChart = alt.LayerChart | alt.FacetChart
PICK = "pick"
# Labels at every third hour, or they would overlap on a phone.
THIRD_HOURS = alt.Axis(labelExpr="datum.value % 3 ? '' : datum.value", labelAngle=0, ticks=False, domain=False)
ROW = 26  # pixels of a bar with its gap
MONDAY_FIRST = [*WEEKDAYS[1:], WEEKDAYS[0]]


def drawable(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its texts as words, whatever they mean to the library that draws them (ui.style.markup.word)."""
    drawn = frame.copy()
    for column in frame.columns:
        values = frame[column]
        if not pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_datetime64_any_dtype(values):
            drawn[column] = values.map(lambda value: word(value) if isinstance(value, str) else value)
    return drawn


def most_of(values: pd.Series) -> float:
    """The largest value above zero, 0 where there is none: a scale's end."""
    known = values.dropna()
    return max(float(known.max()), 0.0) if len(known) else 0.0


def tall(rows: int, *, axis: int = 0) -> int:
    """The height in pixels of so many bars: a single one as well has room for its label. `axis`: of the words below."""
    return ROW * max(rows, 1) + 12 + axis


def _ticks(measure: Measure) -> dict[str, Any]:
    """How an axis or a legend writes a measure: as its figures are, and no tick stands between two whole cases."""
    return {"format": measure.unit.d3} | ({"tickMinStep": 1} if measure.is_count else {})


def _amounts(measure: Measure) -> alt.Y:
    return alt.Y(f"{measure.name}:Q", title=with_unit(measure), axis=alt.Axis(**_ticks(measure)))


def _pick(*fields: str) -> alt.Parameter:
    return alt.selection_point(name=PICK, fields=list(fields), on="click", empty=True)


def _tooltips(measure: Measure, **fields: str) -> list[alt.Tooltip]:
    return [alt.Tooltip(field, title=title) for title, field in fields.items()] + [
        alt.Tooltip(f"{measure.name}:Q", title=name(measure), format=measure.unit.d3)
    ]


def bars(
    frame: pd.DataFrame, by: str, measure: Measure, *, highlight: int = 1, colours: Palette | None = None
) -> AnyChart:
    """Ranked horizontal bars in the frame's order, the first `highlight` in the accent, figures at their ends."""
    colours = colours or palette()
    data = frame.assign(
        label=frame[by].map(partial(written, by)),
        text=[show(value, measure) for value in frame[measure.name]],
        leads=[place < highlight for place in range(len(frame))],
    )
    # Room for the figure beyond the longest bar.
    most = most_of(data[measure.name]) * 1.16 or 1.0
    base = alt.Chart(drawable(data)).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=150, domain=False, ticks=False)),
        x=alt.X(f"{measure.name}:Q", axis=None, scale=alt.Scale(domain=[0, most])),
    )
    marks = base.mark_bar(cornerRadiusEnd=2, height={"band": 0.7}, cursor="pointer").encode(
        color=alt.condition("datum.leads", alt.value(colours.accent), alt.value(colours.muted)),
        tooltip=_tooltips(measure, **{DIMENSIONS[by].label: "label:N"}),
    )
    texts = base.mark_text(align="left", dx=5).encode(text="text:N")
    return alt.layer(marks.add_params(_pick(by)), texts).properties(height=tall(len(data)))


def changes(frame: pd.DataFrame, by: str, heading: str, *, colours: Palette | None = None) -> AnyChart:
    """Growth and fall to both sides of zero, in the frame's order: a fall in the accent, growth in the warning.

    Columns: `by` (what a click picks; `heading` names it), change (a share), verdict (grey where it may be chance),
    words (what to say of a bar pointed at).
    """
    colours = colours or palette()
    # Room for the figure beyond the longest bar on either side.
    least, most = -most_of(-frame["change"]), most_of(frame["change"])
    room = 0.3 * (most - least) or 1.0
    scale = alt.Scale(domain=[least - (room if least else 0), most + (room if most else 0)])
    base = alt.Chart(drawable(frame)).encode(
        y=alt.Y(f"{by}:N", sort=None, title=None, axis=alt.Axis(labelLimit=150, domain=False, ticks=False)),
        x=alt.X("change:Q", axis=None, scale=scale),
    )
    marks = base.mark_bar(height={"band": 0.7}, cursor="pointer").encode(
        color=alt.Color(
            "verdict:N",
            legend=None,
            scale=alt.Scale(domain=[FELL, UNCERTAIN, ROSE], range=[colours.accent, colours.muted, colours.bad]),
        ),
        tooltip=[alt.Tooltip(f"{by}:N", title=heading), alt.Tooltip("words:N", title="变化")],
    )
    fallen, grown = base.transform_filter("datum.change < 0"), base.transform_filter("datum.change >= 0")
    zero = alt.Chart(pd.DataFrame({"change": [0]})).mark_rule(color=colours.muted).encode(x="change:Q")
    return alt.layer(
        marks.add_params(_pick(by)),
        fallen.mark_text(align="right", dx=-5).encode(text=alt.Text("change:Q", format="+.1%")),
        grown.mark_text(align="left", dx=5).encode(text=alt.Text("change:Q", format="+.1%")),
        zero,
    ).properties(height=tall(len(frame)))


def _first_by(base: alt.Chart, field: str, order: Literal["ascending", "descending"]) -> alt.Chart:
    """The outermost mark of each line, for its name."""
    ranked = base.transform_window(nth="rank()", sort=[alt.SortField(field, order=order)], groupby=["line"])
    return ranked.transform_filter("datum.nth == 1")


TIME_FORMATS = {"day": "%-m月%-d日", "assessment_day": "%-m月%-d日", "week": "%-m月%-d日", "month": "%Y年%-m月"}


def dates_axis(written_as: str) -> alt.Axis:
    """Dates along a time axis, as many as have room beside each other."""
    return alt.Axis(format=written_as, labelOverlap="greedy", labelSeparation=8, tickCount=8)


def by_source(frame: pd.DataFrame, time: str, measure: Measure, *, colours: Palette | None = None) -> AnyChart:
    """The hotline beside the grid over time, one line each, its name at the line's end."""
    colours = colours or palette()
    data = frame.assign(label=frame["source"].map(SOURCES), line=frame["source"])
    shades = alt.Scale(domain=list(SOURCES.values()), range=[colours.accent, colours.second])
    base = alt.Chart(drawable(data)).encode(
        x=_time_axis(time),
        y=_amounts(measure),
        color=alt.Color("label:N", scale=shades, legend=None),
    )
    points = base.mark_point(filled=True, size=42, opacity=0.9, cursor="pointer").encode(
        tooltip=_tooltips(measure, **{DIMENSIONS[time].label: alt_time(time), "来源": "label:N"})
    )
    ends = _first_by(base, time, "descending")
    return alt.layer(
        base.mark_line(strokeWidth=2),
        points.add_params(_pick(time, "source")),
        ends.mark_text(align="left", dx=8, fontWeight="bold", clip=False).encode(text="label:N"),
    ).properties(height=300)


def alt_time(time: str) -> str:
    return f"{time}:T" if DIMENSIONS[time].kind == "day" else f"{time}:Q"


def _time_axis(time: str) -> alt.X:
    if DIMENSIONS[time].kind == "day":
        return alt.X(f"{time}:T", title=None, axis=dates_axis(TIME_FORMATS[time]))
    return alt.X(f"{time}:Q", title=DIMENSIONS[time].label, axis=alt.Axis(tickMinStep=1, format="d"))


def two_years(frame: pd.DataFrame, time: str, measure: Measure, *, colours: Palette | None = None) -> AnyChart:
    """This stretch and last year's on this year's dates. Columns: `time`, position, year, the measure."""
    colours = colours or palette()
    years = sorted(frame["year"].unique())
    newest = years[-1] if years else ""
    shades = alt.Scale(domain=years, range=[colours.muted, colours.accent][-len(years) :])
    dates = "%-m月" if time == "month" else "%-m月%-d日"
    base = alt.Chart(frame.assign(line=frame["year"])).encode(
        x=alt.X("position:T", title=None, axis=dates_axis(dates)),
        y=_amounts(measure),
        color=alt.Color("year:N", scale=shades, legend=None),
    )
    # This year's name stands after its end, last year's above its start: ends that meet do not cover each other.
    start, end = (_first_by(base, "position", order) for order in ("ascending", "descending"))
    points = base.mark_point(filled=True, size=36, cursor="pointer").encode(
        tooltip=_tooltips(measure, **{"日期": f"{time}:T"})
    )
    return alt.layer(
        base.mark_line(strokeWidth=2),
        points.add_params(_pick(time)),
        end.transform_filter(alt.datum.year == newest)
        .mark_text(align="left", dx=8, fontWeight="bold")
        .encode(text="year:N"),
        start.transform_filter(alt.datum.year != newest).mark_text(align="left", dy=14).encode(text="year:N"),
    ).properties(height=300)


def _shade(measure: Measure, colours: Palette) -> alt.Color:
    return alt.Color(
        f"{measure.name}:Q",
        title=with_unit(measure),
        scale=alt.Scale(range=list(colours.ramp), domainMin=0),
        legend=alt.Legend(**_ticks(measure), orient="bottom", direction="horizontal", gradientLength=180,
                          labelColor=colours.soft_text,
                          titleColor=colours.soft_text, titleFontWeight="normal"),
    )  # fmt: skip


def week_hours(frame: pd.DataFrame, measure: Measure, *, colours: Palette | None = None) -> alt.Chart:
    """Weekday by hour. Columns: weekday (1 = Monday), hour, the measure."""
    data = frame.assign(day=frame["weekday"].map(lambda number: MONDAY_FIRST[number - 1]))
    return (
        alt.Chart(drawable(data))
        .mark_rect(cornerRadius=2, stroke=None, cursor="pointer")
        .encode(
            x=alt.X("hour:O", title="小时", axis=THIRD_HOURS),
            y=alt.Y("day:O", sort=MONDAY_FIRST, title=None),
            color=_shade(measure, colours or palette()),
            tooltip=_tooltips(measure, 星期="day:N", 小时="hour:Q"),
        )
        .add_params(_pick("weekday", "hour"))
        .properties(height=240)
    )


def calendar(
    frame: pd.DataFrame, measure: Measure, shades: tuple[float, float], *, colours: Palette | None = None
) -> alt.Chart:
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
    return (
        alt.Chart(drawable(data))
        .mark_rect(cornerRadius=2, cursor="pointer")
        .encode(
            x=alt.X("week:O", title=None, scale=alt.Scale(domain=list(range(54))),
                    axis=alt.Axis(labelExpr=months, labelAngle=0, labelOverlap=False, ticks=False, domain=False)),
            y=alt.Y("weekday:O", sort=MONDAY_FIRST, title=None, axis=alt.Axis(labelFontSize=10)),
            color=alt.Color(f"{measure.name}:Q", legend=None,
                            scale=alt.Scale(range=list((colours or palette()).ramp), domain=list(shades), clamp=True)),
            tooltip=_tooltips(measure, 日期="day:N", 星期="weekday:N"),
        )
        .add_params(_pick("day"))
        .properties(height=132)
    )  # fmt: skip


def intervals(frame: pd.DataFrame, by: str, measure: Measure, *, colours: Palette | None = None) -> AnyChart:
    """A dot with its interval per row, in the frame's order. Columns: `by`, the measure, low, high."""
    return rate_intervals(frame, by, measure.name, name(measure), colours=colours)


def rate_intervals(frame: pd.DataFrame, by: str, rate: str, title: str, *, colours: Palette | None = None) -> AnyChart:
    """As `intervals`, of a rate that is no measure of cases. Columns: `by`, `rate`, low, high, all 0..1."""
    colours = colours or palette()
    label = alt.Y(f"{by}:N", sort=None, title=None, axis=alt.Axis(labelLimit=170, domain=False, ticks=False))
    scale = alt.Scale(zero=False)
    base = alt.Chart(drawable(frame)).encode(y=label)
    ranges = base.mark_rule(strokeWidth=3, color=colours.muted).encode(
        x=alt.X("low:Q", scale=scale, title=f"{title}（%）", axis=alt.Axis(format=".0%")), x2="high:Q"
    )
    dots = base.mark_point(filled=True, size=70, color=colours.accent, cursor="pointer").encode(
        x=alt.X(f"{rate}:Q", scale=scale),
        tooltip=[
            alt.Tooltip(f"{by}:N", title=DIMENSIONS[by].label if by in DIMENSIONS else "组"),
            alt.Tooltip(f"{rate}:Q", title=title, format=".1%"),
            alt.Tooltip("low:Q", title="区间下限", format=".2%"),
            alt.Tooltip("high:Q", title="区间上限", format=".2%"),
        ],
    )
    return alt.layer(ranges, dots.add_params(_pick(by))).properties(height=tall(len(frame), axis=40))


def stages(frame: pd.DataFrame, *, colours: Palette | None = None) -> AnyChart:
    """How many stand in each stage, in the frame's order; those past their deadline in the warning colour.

    Columns: stage, count, late (of the count).
    """
    colours = colours or palette()
    late = [f"，过期 {late:,}" if late else "" for late in frame["late"]]
    data = frame.assign(text=[f"{count:,}{words}" for count, words in zip(frame["count"], late, strict=True)])
    most = most_of(data["count"]) * 1.3 or 1.0
    base = alt.Chart(drawable(data)).encode(
        y=alt.Y("stage:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False)),
        tooltip=[
            alt.Tooltip("stage:N", title="阶段"),
            alt.Tooltip("count:Q", title="项"),
            alt.Tooltip("late:Q", title="过期"),
        ],
    )
    scale = alt.Scale(domain=[0, most])
    bar: dict[str, Any] = {"cornerRadiusEnd": 2, "height": {"band": 0.7}, "cursor": "pointer"}
    whole = base.mark_bar(color=colours.accent, **bar).encode(x=alt.X("count:Q", axis=None, scale=scale))
    return alt.layer(
        whole.add_params(_pick("stage")),
        base.mark_bar(color=colours.bad, **bar).encode(x=alt.X("late:Q", axis=None, scale=scale)),
        base.mark_text(align="left", dx=5).encode(x=alt.X("count:Q", axis=None, scale=scale), text="text:N"),
    ).properties(height=tall(len(data)))


def rank_lines(
    frame: pd.DataFrame, time: str, by: str, lowest: Collection[str], *, colours: Palette | None = None
) -> AnyChart:
    """Places day by day, the first on top; those of `lowest` stand out. Columns: time, `by`, place."""
    colours = colours or palette()
    data = frame.dropna(subset=["place"])
    data = data.assign(line=data[by], low=data[by].isin(lowest), place=data["place"].astype(float))
    places = alt.Scale(domain=[0.5, most_of(data["place"]) + 0.5], reverse=True, nice=False)
    base = alt.Chart(drawable(data)).encode(
        x=_time_axis(time),
        y=alt.Y("place:Q", title="名次", scale=places, axis=alt.Axis(format="d", grid=False)),
        detail=f"{by}:N",
        color=alt.condition("datum.low", alt.value(colours.bad), alt.value(colours.muted)),
        opacity=alt.condition("datum.low", alt.value(1.0), alt.value(0.6)),
    )
    ends = _first_by(base, time, "descending")
    return alt.layer(
        base.mark_line(strokeWidth=2).encode(tooltip=[alt.Tooltip(f"{by}:N", title=DIMENSIONS[by].label),
                                                      alt.Tooltip("place:Q", title="名次", format="d")]),
        ends.mark_text(align="left", dx=8).encode(text=f"{by}:N"),
    ).properties(height=max(24 * data[by].nunique(), 200))  # fmt: skip


def quadrant(
    frame: pd.DataFrame,
    label: str,
    across: Measure,
    up: Measure,
    *,
    middle: tuple[float, float],
    colours: Palette | None = None,
) -> AnyChart:
    """Groups by two figures, those that `stands_out` in the warning colour; lines through `middle`.

    Columns: `label` (also what a click picks), x (counts, on a log scale), y (0..1), stands_out, named (0/1).
    """
    colours = colours or palette()
    data = frame[frame["x"] > 0].assign(leads=frame["stands_out"].astype(bool))
    base = alt.Chart(drawable(data)).encode(
        x=alt.X("x:Q", title=with_unit(across), scale=alt.Scale(type="log"), axis=alt.Axis(format=",d", tickCount=5)),
        y=alt.Y("y:Q", title=f"{with_unit(up)}，收缩后", scale=alt.Scale(zero=False), axis=alt.Axis(format=".1%")),
    )
    dots = base.mark_point(filled=True, cursor="pointer").encode(
        size=alt.condition("datum.leads", alt.value(90), alt.value(45)),
        color=alt.condition("datum.leads", alt.value(colours.bad), alt.value(colours.muted)),
        tooltip=[
            alt.Tooltip(f"{label}:N", title="组"),
            alt.Tooltip("x:Q", title=name(across), format=",.0f"),
            alt.Tooltip("y:Q", title=f"{name(up)}，收缩后", format=".1%"),
        ],
    )
    names = base.transform_filter("datum.named").mark_text(align="left", dx=8, limit=170).encode(text=f"{label}:N")
    at = pd.DataFrame({"x": [middle[0]], "y": [middle[1]]})
    cross = alt.Chart(at).mark_rule(color=colours.muted, strokeDash=[4, 4])
    return alt.layer(
        cross.encode(x="x:Q"),
        cross.encode(y="y:Q"),
        dots.add_params(_pick(label)),
        names,
    ).properties(height=420)


def picked(state: Any) -> dict[str, Any] | None:
    """The fields of the mark that was clicked, or None."""
    points = state.selection.get(PICK) if state and state.selection else None
    if not points:
        return None
    return {field: as_stored(value) if isinstance(value, str) else value for field, value in points[0].items()}
