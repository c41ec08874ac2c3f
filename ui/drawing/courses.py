"""Charts over time: courses with their names at the lines' ends, the hours of the week, the calendar, ranks day by day.

A bucket that the period or the data cuts short (column `partial`, analysis.series.every_bucket) is drawn dashed and
pale: its low figure is no fall. `colours`: as in charts.py.
"""

from __future__ import annotations

import json
from collections.abc import Collection

import pandas as pd

from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.units import Shown
from data_access.district.vocabulary import SOURCES
from ui.drawing.charts import amounts, ticks, tooltips
from ui.drawing.vega import (
    Drawing,
    Spec,
    drawable,
    drawing,
    field,
    first_by,
    kept_in_colours,
    mark,
    most_of,
    value,
    when,
)
from ui.style.numbers import with_unit
from ui.style.theme import WEEKDAYS, Palette, palette

# Labels at every third hour, or they would overlap on a phone.
THIRD_HOURS = {
    "labelExpr": "datum.value % 3 ? '' : datum.value", "labelAngle": 0, "ticks": False, "domain": False
}  # fmt: skip
MONDAY_FIRST = [*WEEKDAYS[1:], WEEKDAYS[0]]
TIME_FORMATS = {"day": "%-m月%-d日", "assessment_day": "%-m月%-d日", "week": "%-m月%-d日", "month": "%Y年%-m月"}


def _cut(frame: pd.DataFrame, position: str, by: str) -> pd.DataFrame:
    """The ends that are drawn dashed: each partial bucket with the one beside it, as a stretch of its own."""
    rows: list[int] = []
    pieces: list[str] = []
    order, partial = frame[position].argsort(kind="stable").to_numpy(), frame["partial"].to_numpy(bool)
    for _, line in pd.Series(order).groupby(frame[by].array[order], sort=False):
        for at in partial[line].nonzero()[0]:
            beside = line.iloc[at : at + 2] if at == 0 else line.iloc[at - 1 : at + 1]
            rows += beside.tolist()
            pieces += [str(len(rows))] * len(beside)
    return frame.iloc[rows].assign(piece=pd.Series(pieces, index=frame.index[rows], dtype="str"))


def _lines(frame: pd.DataFrame, position: str, by: str) -> tuple[list[Spec], dict[str, pd.DataFrame], Spec]:
    """The layers of lines that are whole and cut short, the rows of the latter, and how solid a point is."""
    if "partial" not in frame:
        return [mark("line", strokeWidth=2)], {}, {}
    whole, cut = [{"filter": "!datum.partial"}], {"detail": field("piece:N")}
    layers = [
        mark("line", transform=whole, strokeWidth=2),
        mark("line", of=cut, data="cut", strokeWidth=2, strokeDash=[3, 4], opacity=0.85),
    ]
    return layers, {"cut": drawable(_cut(frame, position, by))}, {"opacity": when("datum.partial", 0.7, 1)}


@kept_in_colours
def by_source(
    frame: pd.DataFrame, time: str, measure: Shown, *, height: int = 300, colours: Palette | None = None
) -> Drawing:
    """The hotline beside the grid over time, one line each, its name at the line's end."""
    colours = colours or palette()
    data = frame.assign(label=frame["source"].map(SOURCES), line=frame["source"])
    shades = {"domain": list(SOURCES.values()), "range": [colours.accent, colours.second]}
    shared = {
        "x": _time_axis(time),
        "y": amounts(measure),
        "color": field("label:N", scale=shades, legend=None),
    }
    tips = tooltips(measure, **{DIMENSIONS[time].label: _time_field(time), "来源": "label:N"})
    ends = first_by(time, "descending")
    lines, cut, solid = _lines(data, time, "source")
    return drawing(
        drawable(data),
        shared,
        *lines,
        mark("point", of={"tooltip": tips, **solid}, filled=True, size=42, cursor="pointer"),
        mark("text", of={"text": field("label:N")}, transform=ends, align="left", dx=8, fontWeight="bold", clip=False),
        height=height,
        picks=[time, "source"],
        on=len(lines),
        beside=cut,
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


@kept_in_colours
def two_years(frame: pd.DataFrame, time: str, measure: Shown, *, colours: Palette | None = None) -> Drawing:
    """This stretch and last year's on this year's dates. Columns: `time`, position, year, the measure."""
    colours = colours or palette()
    years = sorted(frame["year"].unique())
    newest = years[-1] if years else ""
    shades = {"domain": years, "range": [colours.muted, colours.accent][-len(years) :]}
    shared = {
        "x": field("position:T", title=None, axis=dates_axis("%-m月" if time == "month" else "%-m月%-d日")),
        "y": amounts(measure),
        "color": field("year:N", scale=shades, legend=None),
    }
    # This year's name stands after its end, last year's above its start: ends that meet do not cover each other.
    end = [*first_by("position", "descending"), {"filter": {"field": "year", "equal": newest}}]
    start = [*first_by("position", "ascending"), {"filter": {"not": {"field": "year", "equal": newest}}}]
    lines, cut, solid = _lines(frame, "position", "year")

    def names(letters: str) -> Spec:
        return {"text": field("year:N"), "color": value(letters)}

    tips = {"tooltip": tooltips(measure, 日期=f"{time}:T"), **solid}
    return drawing(
        frame.assign(line=frame["year"]),
        shared,
        *lines,
        mark("point", of=tips, filled=True, size=36, cursor="pointer"),
        mark("text", of=names(colours.accent), transform=end, align="left", dx=8, fontWeight="bold"),
        mark("text", of=names(colours.soft_text), transform=start, align="left", dy=14),
        height=300,
        picks=[time],
        on=len(lines),
        beside=cut,
    )


def _shade(measure: Shown, colours: Palette) -> Spec:
    place = {"orient": "bottom", "direction": "horizontal", "gradientLength": 180}
    words = {"labelColor": colours.soft_text, "titleColor": colours.soft_text, "titleFontWeight": "normal"}
    legend = {**ticks(measure), **place, **words}
    scale = {"range": list(colours.ramp), "domainMin": 0}
    return field(f"{measure.name}:Q", title=with_unit(measure), scale=scale, legend=legend)


@kept_in_colours
def week_hours(frame: pd.DataFrame, measure: Shown, *, colours: Palette | None = None) -> Drawing:
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


@kept_in_colours
def calendar(
    frame: pd.DataFrame, measure: Shown, shades: tuple[float, float], *, colours: Palette | None = None
) -> Drawing:
    """One year, a cell per day, a column per week. Columns: day, the measure; `shades`: the colour scale's ends."""
    day = pd.to_datetime(frame["day"])
    year = int(day.dt.year.min()) if len(day) else 2000
    before = pd.Timestamp(year, 1, 1).weekday()  # days of the first week that are last year's
    data = frame[[measure.name]].assign(
        week=(day.dt.day_of_year - 1 + before) // 7,
        weekday=day.dt.day_of_week.map(lambda number: MONDAY_FIRST[number]),
    )
    # The browser tells the day by its cell: a year of dates would be a third of what is sent.
    since = f"datum.week * 7 + indexof({json.dumps(MONDAY_FIRST, ensure_ascii=False)}, datum.weekday) - {before}"
    told = {"calculate": f"utcFormat(utc({year}, 0, 1 + {since}), '%Y-%m-%d')", "as": "day"}
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
    cells = mark("rect", transform=[told], cornerRadius=2, cursor="pointer")
    return drawing(drawable(data), shown, cells, height=132, picks=["day"])


@kept_in_colours
def rank_lines(
    frame: pd.DataFrame,
    time: str,
    by: str,
    lowest: Collection[str],
    chosen: Collection[str] = (),
    *,
    colours: Palette | None = None,
) -> Drawing:
    """Places day by day, the first on top; those of `lowest` and the `chosen` stand out. Columns: time, `by`, place.

    A line begins where its unit has enough callbacks for a place.
    """
    colours = colours or palette()
    data = frame.dropna(subset=["place"])
    data = data.assign(line=data[by], low=data[by].isin(lowest), own=data[by].isin(chosen))
    data["place"] = data["place"].astype(float)
    places = {"domain": [0.5, most_of(data["place"]) + 0.5], "reverse": True, "nice": False}
    shared = {
        "x": _time_axis(time),
        "y": field("place:Q", title="名次", scale=places, axis={"format": "d", "grid": False}),
        "detail": field(f"{by}:N"),
        "tooltip": [field(f"{by}:N", title=DIMENSIONS[by].label), field("place:Q", title="名次", format="d")],
    }
    ends, name_of = first_by(time, "descending"), {"text": field(f"{by}:N")}
    rest, low, own = "!datum.low && !datum.own", "datum.low && !datum.own", "datum.own"
    # Who stands out is drawn last, above the others; names are letters and so darker than the lines they name.
    drawn = (
        (rest, colours.muted, colours.soft_text, 1.5, "normal"),
        (low, colours.bad, colours.bad, 2.5, "normal"),
        (own, colours.accent, colours.accent, 4, "bold"),
    )
    layers = []
    for test, line, letters, wide, weight in drawn:
        only = [{"filter": test}]
        layers.append(mark("line", transform=only, strokeWidth=wide, color=line))
        layers.append(mark("text", of=name_of, transform=[*only, *ends], align="left", dx=8, color=letters,
                           fontWeight=weight))  # fmt: skip
    # A line as a whole cannot be picked: its days can, without being seen.
    layers.append(mark("point", filled=True, size=120, opacity=0, cursor="pointer"))
    height = max(24 * data[by].nunique(), 200)
    return drawing(drawable(data), shared, *layers, height=height, picks=[by], on=len(layers) - 1)
