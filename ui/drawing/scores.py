"""Charts of scores (0..100): a radar, what moved a score, the places it could take, its course. Labels at the marks.

`colours`: as in charts.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt
import pandas as pd

from ui.drawing.charts import AnyChart, dates_axis, drawable, most_of, tall
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


def radar(
    frame: pd.DataFrame, axes: Sequence[str], lines: Sequence[str], *, colours: Palette | None = None
) -> AnyChart:
    """Scores on one axis each, the first of `lines` in the accent, the others grey. Columns: axis, line, score."""
    colours = colours or palette()
    # As many units to the pixel across as down: circles stay round at any width.
    wide = alt.Scale(
        domainMin=alt.ExprRef("-125 * width / height"), domainMax=alt.ExprRef("125 * width / height"), nice=False
    )
    x = alt.X("x:Q", axis=None, scale=wide)
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-125, 125], nice=False))
    full = pd.DataFrame([(axis, str(ring), ring) for ring in RINGS for axis in axes], columns=["axis", "line", "score"])
    rings = alt.Chart(_corners(full, axes, "line")).mark_line(strokeWidth=1, color=colours.faint)
    data = _corners(frame, axes, "line")
    shades = alt.Scale(domain=list(lines), range=[colours.accent, colours.muted][: len(lines)])
    drawn = alt.Chart(drawable(data)).encode(x=x, y=y, color=alt.Color("line:N", scale=shades, legend=None))
    names = pd.DataFrame([(axis, *_at(2 * math.pi * nth / len(axes), 114)) for nth, axis in enumerate(axes)],
                         columns=["axis", "x", "y"])  # fmt: skip
    ticks = pd.DataFrame([(0, ring, str(ring)) for ring in RINGS[:-1]], columns=["x", "y", "text"])
    tips = [
        alt.Tooltip("line:N", title="范围"),
        alt.Tooltip("axis:N", title="维度"),
        alt.Tooltip("score:Q", title="得分", format=".1f"),
    ]
    titles = pd.DataFrame({"line": list(lines), "y": [122 - 13 * nth for nth in range(len(lines))]})
    return alt.layer(
        rings.encode(x=x, y=y, detail="line:N", order="nth:Q"),
        drawn.mark_line(strokeWidth=2.5).encode(order="nth:Q"),
        drawn.mark_point(filled=True, size=50).encode(tooltip=tips),
        alt.Chart(names).mark_text(fontSize=13).encode(x=x, y=y, text="axis:N"),
        alt.Chart(ticks).mark_text(fontSize=10, dx=10, color=colours.soft_text).encode(x=x, y=y, text="text:N"),
        alt.Chart(titles).mark_text(align="left", fontSize=13, fontWeight="bold").encode(
            x=alt.value(4), y=y, text="line:N", color=alt.Color("line:N", scale=shades, legend=None)
        ),
    ).properties(height=SIZE)  # fmt: skip


def contributions(frame: pd.DataFrame, by: str, *, colours: Palette | None = None) -> AnyChart:
    """What moved a score, in points, the largest rise first. Columns: `by`, points, why (for the tooltip)."""
    colours = colours or palette()
    data = frame.dropna(subset=["points"]).sort_values("points", ascending=False)
    data = data.assign(text=data["points"].map(signed))
    most = most_of(data["points"].abs()) * 1.35 or 1.0
    base = alt.Chart(drawable(data)).encode(
        y=alt.Y(f"{by}:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=150)),
        x=alt.X("points:Q", title="对总分的贡献（分）", scale=alt.Scale(domain=[-most, most])),
    )
    rises = alt.datum.points > 0
    bars = base.mark_bar(height={"band": 0.7}, cornerRadius=2).encode(
        color=alt.condition(rises, alt.value(colours.good), alt.value(colours.bad)),
        tooltip=[
            alt.Tooltip(f"{by}:N", title="维度"),
            alt.Tooltip("points:Q", title="贡献（分）", format="+.2f"),
            alt.Tooltip("why:N", title="其中"),
        ],
    )
    right = base.transform_filter(rises).mark_text(align="left", dx=4).encode(text="text:N")
    left = base.transform_filter(~rises).mark_text(align="right", dx=-4).encode(text="text:N")
    return alt.layer(bars, left, right).properties(height=tall(len(data), axis=40))


def bands(frame: pd.DataFrame, by: str, *, colours: Palette | None = None) -> AnyChart:
    """Each row's place with the places it could take, the first on top. Columns: `by`, place, best, worst."""
    colours = colours or palette()
    data = frame.dropna(subset=["place"]).sort_values("place")
    data = data.assign(**{name: data[name].astype(float) for name in ("place", "best", "worst")})
    scale = alt.Scale(domain=[1, max(len(data), 2)], nice=False, padding=12)
    base = alt.Chart(drawable(data)).encode(
        y=alt.Y(f"{by}:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=150))
    )
    ranges = base.mark_rule(strokeWidth=7, color=colours.faint, strokeCap="round").encode(
        x=alt.X("best:Q", scale=scale, title="名次", axis=alt.Axis(format="d", tickMinStep=1)), x2="worst:Q"
    )
    dots = base.mark_point(filled=True, size=70, color=colours.accent).encode(
        x=alt.X("place:Q", scale=scale),
        tooltip=[
            alt.Tooltip(f"{by}:N", title="街道"),
            alt.Tooltip("place:Q", title="名次", format="d"),
            alt.Tooltip("best:Q", title="最好可到", format="d"),
            alt.Tooltip("worst:Q", title="最差可到", format="d"),
        ],
    )
    return alt.layer(ranges, dots).properties(height=tall(len(data), axis=40))


def course(frame: pd.DataFrame, lines: Sequence[str], *, title: str, colours: Palette | None = None) -> AnyChart:
    """Scores by month, the first line in the accent. Columns: month, line, score."""
    colours = colours or palette()
    data = frame.dropna(subset=["score"])
    shades = alt.Scale(domain=list(lines), range=[colours.accent, colours.soft_text, colours.muted][: len(lines)])
    base = alt.Chart(drawable(data)).encode(
        x=alt.X("month:T", title=None, axis=dates_axis("%Y年%-m月")),
        y=alt.Y("score:Q", title=title, scale=alt.Scale(zero=False)),
        color=alt.Color("line:N", scale=shades, legend=None),
        tooltip=[
            alt.Tooltip("month:T", title="月", format="%Y年%-m月"),
            alt.Tooltip("line:N", title="指数"),
            alt.Tooltip("score:Q", title="得分", format=".1f"),
        ],
    )
    last = base.transform_window(nth="rank()", sort=[alt.SortField("month", order="descending")], groupby=["line"])
    return alt.layer(
        base.mark_line(strokeWidth=2),
        base.mark_point(filled=True, size=40),
        last.transform_filter("datum.nth == 1").mark_text(align="left", dx=8, fontWeight="bold").encode(text="line:N"),
    ).properties(height=300)


def correlations(frame: pd.DataFrame, *, colours: Palette | None = None) -> AnyChart:
    """A square of correlation coefficients. Columns: row, column, r."""
    colours = colours or palette()
    drawn = drawable(frame)
    names = list(dict.fromkeys(drawn["row"]))
    base = alt.Chart(drawn).encode(
        x=alt.X("column:N", sort=names, title=None, axis=alt.Axis(labelAngle=-45, ticks=False, domain=False)),
        y=alt.Y("row:N", sort=names, title=None, axis=alt.Axis(ticks=False, domain=False)),
    )
    shade = alt.Scale(domain=[-1, 0, 1], range=[colours.bad, colours.faint, colours.accent])
    tips = [
        alt.Tooltip("row:N", title="维度"),
        alt.Tooltip("column:N", title="与"),
        alt.Tooltip("r:Q", title="相关系数", format=".2f"),
    ]
    cells = base.mark_rect(cornerRadius=2, stroke=None)
    cells = cells.encode(color=alt.Color("r:Q", scale=shade, legend=None), tooltip=tips)
    texts = base.mark_text(fontSize=11).encode(text=alt.Text("r:Q", format=".2f"))
    return alt.layer(cells, texts).properties(height=30 * len(names) + 60)
