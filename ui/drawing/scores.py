"""Charts of scores (0..100): a radar, what moved a score, the places it could take, its course. Labels at the marks.

`colours`: as in charts.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from ui.drawing.charts import THICK, tall
from ui.drawing.courses import dates_axis
from ui.drawing.vega import Drawing, drawable, drawing, field, first_by, kept_in_colours, mark, most_of, value, when
from ui.style.numbers import signed
from ui.style.theme import Palette, palette

RINGS = (25, 50, 75, 100)
SIZE = 400  # pixels of the radar's height


def _at(angle: float, radius: float) -> tuple[float, float]:
    """Clockwise from the top."""
    return radius * math.sin(angle), radius * math.cos(angle)


def _corners(frame: pd.DataFrame, axes: Sequence[str], line: str) -> pd.DataFrame:
    """A closed outline per line; an unknown score leaves its axis out."""
    rows = []
    for name, scores in frame.groupby(line, sort=False):
        known = scores.dropna(subset=["score"]).set_index("axis")["score"].reindex(list(axes)).dropna()
        outline = [*known.items(), next(iter(known.items()))] if len(known) else []
        for nth, (axis, score) in enumerate(outline):
            x, y = _at(2 * math.pi * axes.index(str(axis)) / len(axes), score)
            rows.append({"x": x, "y": y, "nth": nth, "line": name, "axis": axis, "score": score})
    return pd.DataFrame(rows, columns=["x", "y", "nth", "line", "axis", "score"])


@kept_in_colours
def radar(frame: pd.DataFrame, axes: Sequence[str], lines: Sequence[str], *, colours: Palette | None = None) -> Drawing:
    """Scores on one axis each, the first of `lines` in the accent, the others grey. Columns: axis, line, score."""
    colours = colours or palette()
    # As many units to the pixel across as down: circles stay round at any width, with room for the names beside them.
    unit = "max(125 / height, 190 / width)"
    wide, high = (
        {"domainMin": {"expr": f"-{side} * {unit}"}, "domainMax": {"expr": f"{side} * {unit}"}, "nice": False}
        for side in ("width", "height")
    )
    x, y = field("x:Q", axis=None, scale=wide), field("y:Q", axis=None, scale=high)
    shades = {"domain": list(lines), "range": [colours.accent, colours.muted][: len(lines)]}
    colour = field("line:N", scale=shades, legend=None)
    tips = [field("line:N", title="范围"), field("axis:N", title="维度"), field("score:Q", title="得分", format=".1f")]
    full = pd.DataFrame([(axis, str(ring), ring) for ring in RINGS for axis in axes], columns=["axis", "line", "score"])
    names = pd.DataFrame([(axis, *_at(2 * math.pi * nth / len(axes), 114)) for nth, axis in enumerate(axes)],
                         columns=["axis", "x", "y"])  # fmt: skip
    beside = {
        "rings": _corners(full, axes, "line"),
        "names": names,
        "ticks": pd.DataFrame([(0, ring, str(ring)) for ring in RINGS[:-1]], columns=["x", "y", "text"]),
        "titles": pd.DataFrame({"line": list(lines), "y": [122 - 13 * nth for nth in range(len(lines))]}),
    }
    ring = {"detail": field("line:N"), "order": field("nth:Q")}
    title = {"x": value(4), "text": field("line:N"), "color": colour}
    return drawing(
        drawable(_corners(frame, axes, "line")),
        {"x": x, "y": y},
        mark("line", of=ring, data="rings", strokeWidth=1, color=colours.faint),
        mark("line", of={"color": colour, "order": field("nth:Q")}, strokeWidth=2.5),
        mark("point", of={"color": colour, "tooltip": tips}, filled=True, size=50, cursor="pointer"),
        mark("text", of={"text": field("axis:N")}, data="names", fontSize=13),
        mark("text", of={"text": field("text:N")}, data="ticks", fontSize=10, dx=10, color=colours.soft_text),
        mark("text", of=title, data="titles", align="left", fontSize=13, fontWeight="bold"),
        height=SIZE,
        picks=["axis", "line"],
        on=2,
        beside=beside,
    )


@kept_in_colours
def contributions(frame: pd.DataFrame, by: str, *, colours: Palette | None = None) -> Drawing:
    """What moved a score, in points, the largest rise first. Columns: `by`, points, why (for the tooltip)."""
    colours = colours or palette()
    data = frame.dropna(subset=["points"]).sort_values("points", ascending=False)
    data = data.assign(text=data["points"].map(signed))
    most = most_of(data["points"].abs()) * 1.35 or 1.0
    shared = {
        "y": field(f"{by}:N", sort=None, title=None, axis={"domain": False, "ticks": False, "labelLimit": 150}),
        "x": field("points:Q", title="对总分的贡献（分）", scale={"domain": [-most, most]}),
    }
    rises, text = "datum.points > 0", {"text": field("text:N")}
    bar = {
        "color": when(rises, colours.good, colours.bad),
        "tooltip": [
            field(f"{by}:N", title="维度"),
            field("points:Q", title="贡献（分）", format="+.2f"),
            field("why:N", title="其中"),
        ],
    }
    return drawing(
        drawable(data),
        shared,
        mark("bar", of=bar, height=THICK, cornerRadius=2),
        mark("text", of=text, transform=[{"filter": rises}], align="left", dx=4),
        mark("text", of=text, transform=[{"filter": f"!({rises})"}], align="right", dx=-4),
        height=tall(len(data), axis=40),
        picks=[by],
    )


@kept_in_colours
def bands(frame: pd.DataFrame, by: str, *, colours: Palette | None = None) -> Drawing:
    """Each row's place with the places it could take, the first on top. Columns: `by`, place, best, worst."""
    colours = colours or palette()
    data = frame.dropna(subset=["place"]).sort_values("place")
    data = data.assign(**{name: data[name].astype(float) for name in ("place", "best", "worst")})
    scale = {"domain": [1, max(len(data), 2)], "nice": False, "padding": 12}
    label = field(f"{by}:N", sort=None, title=None, axis={"domain": False, "ticks": False, "labelLimit": 150})
    stretch = {
        "x": field("best:Q", scale=scale, title="名次", axis={"format": "d", "tickMinStep": 1}),
        "x2": {"field": "worst"},
    }
    dot = {
        "x": field("place:Q", scale=scale),
        "tooltip": [
            field(f"{by}:N", title="街道"),
            field("place:Q", title="名次", format="d"),
            field("best:Q", title="最好可到", format="d"),
            field("worst:Q", title="最差可到", format="d"),
        ],
    }
    return drawing(
        drawable(data),
        {"y": label},
        mark("rule", of=stretch, strokeWidth=7, color=colours.muted, strokeCap="round"),
        mark("point", of=dot, filled=True, size=70, color=colours.accent),
        height=tall(len(data), axis=40),
        picks=[by],
        on=1,
    )


@kept_in_colours
def course(frame: pd.DataFrame, lines: Sequence[str], *, title: str, colours: Palette | None = None) -> Drawing:
    """Scores by month, the first line in the accent. Columns: month, line, score."""
    colours = colours or palette()
    data = frame.dropna(subset=["score"])
    shades = {"domain": list(lines), "range": [colours.accent, colours.soft_text, colours.muted][: len(lines)]}
    months = dates_axis("%Y年%-m月")
    shared = {
        "x": field("month:T", title=None, axis=months),
        "y": field("score:Q", title=title, scale={"zero": False}),
        "color": field("line:N", scale=shades, legend=None),
        "tooltip": [
            field("month:T", title="月", format="%Y年%-m月"),
            field("line:N", title="指数"),
            field("score:Q", title="得分", format=".1f"),
        ],
    }
    last = first_by("month", "descending")
    return drawing(
        drawable(data),
        shared,
        mark("line", strokeWidth=2),
        mark("point", filled=True, size=40, cursor="pointer"),
        mark("text", of={"text": field("line:N")}, transform=last, align="left", dx=8, fontWeight="bold"),
        height=300,
        picks=["month", "line"],
        on=1,
    )


@kept_in_colours
def correlations(frame: pd.DataFrame, *, colours: Palette | None = None) -> Drawing:
    """A square of correlation coefficients. Columns: row, column, r."""
    colours = colours or palette()
    drawn = drawable(frame)
    names = list(dict.fromkeys(drawn["row"]))
    shared = {
        "x": field("column:N", sort=names, title=None, axis={"labelAngle": -45, "ticks": False, "domain": False}),
        "y": field("row:N", sort=names, title=None, axis={"ticks": False, "domain": False}),
    }
    shade = {"domain": [-1, 0, 1], "range": [colours.bad, colours.faint, colours.accent]}
    tips = [field("row:N", title="维度"), field("column:N", title="与"), field("r:Q", title="相关系数", format=".2f")]
    cell = {"color": field("r:Q", scale=shade, legend=None), "tooltip": tips}
    return drawing(
        drawn,
        shared,
        mark("rect", of=cell, cornerRadius=2, stroke=None),
        mark("text", of={"text": field("r:Q", format=".2f")}, fontSize=11),
        height=30 * len(names) + 60,
    )
