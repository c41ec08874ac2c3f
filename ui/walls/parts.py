"""What wall screens are made of: HTML and inline SVG that fill whatever room they get, colours from wall.css.

An element with `data-key` is updated in place when its content changes; with `data-number` it says so for a moment.
Text from the data is escaped here; a screen passes plain words.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

import pandas as pd
import shapely

from data_access.cases.reader import Reader
from data_access.district.profile import Profile
from data_access.ledger.ledger import open_ledger
from ui.drawing.maps import features
from ui.style.numbers import UNKNOWN

CLASSES = 5
LIGHT_CLASSES = {"红": "red", "橙": "orange", "黄": "yellow", "绿": "green"}  # of wall.css
MAP_HEIGHT = 1000.0


def figure(key: str, value: str, label: str, note: str = "", *, bad: bool = False, light: str = "") -> str:
    """A big number with its label and a comparison in words. `light`: of a deadline (红 橙 黄 绿), for its colour."""
    kind = "bad" if bad else LIGHT_CLASSES.get(light, "")
    return (
        f'<div class="figure {kind}"><div class="label">{escape(label)}</div>'
        f'<div class="value" data-key="{escape(key)}" data-number>{escape(value)}</div>'
        f'<div class="note" data-key="{escape(key)}.note">{escape(note)}</div></div>'
    )


def big_figures(drawn: Iterable[str]) -> str:
    """Big numbers in a row, in the grid area of that name."""
    return f'<section class="figures" style="grid-area:big">{"".join(drawn)}</section>'


def matters_of(reader: Reader, kind: str) -> pd.DataFrame | None:
    """The matters of a kind as everybody may see them (Ledger.matters); None where the district has no such kind."""
    return open_ledger(reader).matters(kind) if reader.profile.has_programme(kind) else None


def panel(area: str, title: str, body: str) -> str:
    """A titled part of the screen in the grid area of that name."""
    return f'<section style="grid-area:{area}"><h2>{escape(title)}</h2><div class="fill">{body}</div></section>'


def rows(key: str, lines: Iterable[Sequence[str]], empty: str) -> str:
    """Lines of cells: the first is what it is about, the last a figure."""
    drawn = "".join(
        "<tr>" + "".join(f'<td class="{"last" if place == len(line) - 1 else ""}">{escape(cell)}</td>'
                         for place, cell in enumerate(line)) + "</tr>"
        for line in lines
    )  # fmt: skip
    return (
        f'<table data-key="{escape(key)}">{drawn}</table>'
        if drawn
        else f'<p data-key="{escape(key)}">{escape(empty)}</p>'
    )


def bars(key: str, lines: Iterable[tuple[str, str, float, str]], *, dots: bool = False) -> str:
    """Ranked bars: name, figure in words, length 0..1, kind ('', lead, bad, red); dots where the scale has no zero."""
    drawn = "".join(
        f'<tr class="{kind}"><td>{escape(name)}</td><td class="bar"><i style="width:{100 * length:.1f}%"></i></td>'
        f'<td class="last">{escape(words)}</td></tr>'
        for name, words, length, kind in lines
    )
    return f'<table class="bars{" dots" if dots else ""}" data-key="{escape(key)}">{drawn}</table>'


def _path(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)


def curve(key: str, today: Sequence[float], low: Sequence[float], high: Sequence[float]) -> str:
    """A line over the hours of a day, above the band of other days. `today` may be shorter than the band."""
    most = max([*today, *high, 1.0]) * 1.08
    step = 100 / (len(high) - 1)

    def at(place: int, value: float) -> tuple[float, float]:
        return place * step, 100 - 100 * value / most

    band = [at(n, v) for n, v in enumerate(high)] + [at(n, v) for n, v in reversed(list(enumerate(low)))]
    line = [at(n, v) for n, v in enumerate(today)]
    # The hour that is still running is drawn apart: its low figure is no fall.
    whole, running = line[:-1], line[-2:]
    hours = "".join(f"<span>{hour}时</span>" for hour in range(0, 24, 3))
    end = f'<circle class="end" cx="{line[-1][0]:.2f}%" cy="{line[-1][1]:.2f}%" r="0.8vh"/>' if line else ""
    top = f'<div class="top">{most / 1.08:,.0f} 件/时</div>'
    return (
        f'<div class="curve" data-key="{escape(key)}">{top}<div class="plot">'
        f'<svg viewBox="0 0 100 100" preserveAspectRatio="none"><polygon class="band" points="{_path(band)}"/>'
        f'<polyline class="line" points="{_path(whole)}"/>'
        f'<polyline class="line running" points="{_path(running)}"/></svg>'
        f'<svg class="over">{end}</svg></div>'
        f'<div class="hours">{hours}</div></div>'
    )


def spark(values: Sequence[float], before: Sequence[float] = ()) -> str:
    """A small line without axes; what is unknown breaks nothing, it is left out. `before`: a line to compare with."""
    known = [one for one in (*values, *before) if not math.isnan(one)]
    lines = [(kind, [(n, v) for n, v in enumerate(line) if not math.isnan(v)])
             for kind, line in (("line before", before), ("line", values))]  # fmt: skip
    if len(lines[1][1]) < 2:
        return ""
    low, tall, wide = min(known), (max(known) - min(known)) or 1.0, max(len(values), len(before)) - 1
    drawn = "".join(
        f'<polyline class="{kind}" points="{_path((100 * n / wide, 90 - 80 * (v - low) / tall) for n, v in points)}"/>'
        for kind, points in lines
        if len(points) > 1
    )
    return f'<svg class="spark" viewBox="0 0 100 100" preserveAspectRatio="none">{drawn}</svg>'


def tile(
    key: str, name: str, value: str, note: str, values: Sequence[float], *, before: Sequence[float] = (), kind: str = ""
) -> str:
    """A score with its change and its course, and the course to compare it with."""
    return (
        f'<div class="tile {kind}"><div class="label">{escape(name)}</div>'
        f'<div class="value" data-key="{escape(key)}" data-number>{escape(value)}</div>'
        f'<div class="note" data-key="{escape(key)}.note">{escape(note)}</div>'
        f'<div class="course" data-key="{escape(key)}.course">{spark(values, before)}</div></div>'
    )


Point = tuple[float, float]


def _projected(profile: Profile) -> tuple[list[tuple[str, list[list[Point]], Point]], float]:
    """Each street's rings and the place of its name, in a picture MAP_HEIGHT high; and the picture's width."""
    shapes = [(shape["properties"]["name"], shapely.geometry.shape(shape["geometry"])) for shape in features(profile)]
    if not shapes:
        return [], 0.0
    west, south, east, north = shapely.union_all([shape for _, shape in shapes]).bounds
    narrower = math.cos(math.radians((south + north) / 2))
    scale = MAP_HEIGHT / (north - south)

    def flat(lon: float, lat: float) -> Point:
        return (lon - west) * narrower * scale, (north - lat) * scale

    drawn = []
    for name, shape in shapes:
        polygons = getattr(shape, "geoms", [shape])
        rings = [[flat(*point) for point in polygon.exterior.coords] for polygon in polygons]
        drawn.append((name, rings, flat(*shapely.maximum_inscribed_circle(shape).coords[0])))
    return drawn, (east - west) * narrower * scale


def street_map(
    key: str, profile: Profile, frames: Sequence[dict[str, tuple[int, str]]], titles: Sequence[str] = ()
) -> str:
    """Streets shaded by class with a figure each. `frames`: street -> (class, -1 unknown; words), one after another."""
    streets, width = _projected(profile)
    if not streets:
        return f'<p data-key="{escape(key)}">本区没有提供街道边界</p>'
    outlines, names = [], []
    for name, rings, (x, y) in streets:
        found = [frame.get(name, (-1, UNKNOWN)) for frame in frames]
        outline = " ".join("M" + " L".join(f"{px:.1f} {py:.1f}" for px, py in ring) + "Z" for ring in rings)
        kind = f'class="c{found[0][0]}" data-classes="{" ".join(str(one) for one, _ in found)}"'
        words, short = escape("|".join(text for _, text in found)), escape(name.removesuffix("街道"))
        outlines.append(f'<path {kind} d="{outline}"/>')
        names.append(
            f'<text {kind} x="{x:.0f}" y="{y:.0f}">{short}<tspan x="{x:.0f}" dy="1.15em" data-words="{words}">'
            f"{escape(found[0][1])}</tspan></text>"
        )
    heading = f'<div class="moment" data-words="{escape("|".join(titles))}">{escape(titles[0])}</div>' if titles else ""
    return (
        f'<div class="map" data-key="{escape(key)}" data-frames="{len(frames)}">{heading}'
        f'<svg viewBox="-10 -10 {width + 20:.0f} {MAP_HEIGHT + 20:.0f}">{"".join(outlines + names)}</svg></div>'
    )


def screen(reader: Reader, name: str, title: str, about: str, parts: Iterable[str]) -> str:
    """A whole screen: its name (a class of wall.css), title, what it tells in a line, and its parts."""
    kind = "　演示数据" if reader.is_synthetic else ""
    body = f'<header><h1>{escape(title)}</h1><p data-key="{name}.about">{escape(about + kind)}</p></header>'
    return f'{body}<div class="body {escape(name)}">{"".join(parts)}</div>'
