"""What wall screens are made of: HTML and inline SVG that fill whatever room they get, colours from wall.css.

An element with `data-key` is updated in place when its content changes; with `data-number` it says so for a moment.
Text is escaped here; a screen passes plain words.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import pandas as pd
import shapely
from markupsafe import Markup

from data_access.cases.reader import Reader
from data_access.district.profile import Profile
from data_access.intake import quality
from data_access.ledger.opening import ledger_if_any
from ui.drawing.maps import features, why_none
from ui.style.lights import LIGHTS
from ui.style.markup import html, joined
from ui.style.numbers import UNKNOWN

CLASSES = 5
MAP_HEIGHT = 1000.0
FEW = 4  # names in a screen's line


def figure(key: str, value: str, label: str, note: str = "", *, bad: bool = False, light: str = "") -> Markup:
    """A big number with its label and a comparison in words. `light`: of a deadline (红 橙 黄 绿), for its colour."""
    kind = "bad" if bad else LIGHTS[light].css if light in LIGHTS else ""
    return html(
        '<div class="figure {}"><div class="label">{}</div>'
        '<div class="value" data-key="{}" data-number>{}</div>'
        '<div class="note" data-key="{}.note">{}</div></div>',
        kind, label, key, value, key, note,
    )  # fmt: skip


def big_figures(drawn: Iterable[Markup]) -> Markup:
    """Big numbers in a row, in the grid area of that name."""
    return html('<section class="figures" style="grid-area:big">{}</section>', joined("", drawn))


def matters_of(reader: Reader, kind: str) -> pd.DataFrame | None:
    """The matters of a kind as everybody may see them (Ledger.matters); None without such a kind or a ledger."""
    ledger = ledger_if_any(reader) if reader.profile.has_programme(kind) else None
    return ledger.matters(kind) if ledger else None


def panel(area: str, title: str, body: Markup) -> Markup:
    """A titled part of the screen in the grid area of that name."""
    return html(
        '<section style="grid-area:{}"><h2>{}</h2><div class="fill">{}</div></section>', area, title, body
    )  # fmt: skip


def rows(key: str, lines: Iterable[Sequence[str]], empty: str) -> Markup:
    """Lines of cells: the first is what it is about, the last a figure."""
    drawn = joined("", (html("<tr>{}</tr>", _cells(line)) for line in lines))
    if not drawn:
        return html('<p data-key="{}">{}</p>', key, empty)
    return html('<table data-key="{}">{}</table>', key, drawn)


def _cells(line: Sequence[str]) -> Markup:
    last = len(line) - 1
    return joined(
        "", (html('<td class="{}">{}</td>', "last" if place == last else "", cell) for place, cell in enumerate(line))
    )


def bars(key: str, lines: Iterable[tuple[str, str, float, str]], *, dots: bool = False) -> Markup:
    """Ranked bars: name, figure in words, length 0..1, kind ('', lead, bad, red); dots where the scale has no zero."""
    drawn = (
        html(
            '<tr class="{}"><td>{}</td><td class="bar"><i style="width:{:.1f}%"></i></td><td class="last">{}</td></tr>',
            kind, name, 100 * length, words,
        )
        for name, words, length, kind in lines
    )  # fmt: skip
    return html('<table class="bars{}" data-key="{}">{}</table>', " dots" if dots else "", key, joined("", drawn))


def _path(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)


def curve(key: str, today: Sequence[float], low: Sequence[float], high: Sequence[float]) -> Markup:
    """A line over the hours of a day, above the band of other days. `today` may be shorter than the band."""
    most = max([*today, *high, 1.0]) * 1.08
    step = 100 / (len(high) - 1)

    def at(place: int, value: float) -> tuple[float, float]:
        return place * step, 100 - 100 * value / most

    band = [at(n, v) for n, v in enumerate(high)] + [at(n, v) for n, v in reversed(list(enumerate(low)))]
    line = [at(n, v) for n, v in enumerate(today)]
    # The hour that is still running is drawn apart: its low figure is no fall.
    whole, running = line[:-1], line[-2:]
    hours = joined("", (html("<span>{}时</span>", hour) for hour in range(0, 24, 3)))
    end = html('<circle class="end" cx="{:.2f}%" cy="{:.2f}%" r="0.8vh"/>', *line[-1]) if line else ""
    return html(
        '<div class="curve" data-key="{}"><div class="top">{:,.0f} 件/时</div><div class="plot">'
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none"><polygon class="band" points="{}"/>'
        '<polyline class="line" points="{}"/><polyline class="line running" points="{}"/></svg>'
        '<svg class="over">{}</svg></div><div class="hours">{}</div></div>',
        key, most / 1.08, _path(band), _path(whole), _path(running), end, hours,
    )  # fmt: skip


def spark(values: Sequence[float], before: Sequence[float] = ()) -> Markup:
    """A small line without axes, which passes over unknown values. `before`: a line to compare with."""
    known = [value for value in (*values, *before) if not math.isnan(value)]
    lines = [(kind, [(n, v) for n, v in enumerate(line) if not math.isnan(v)])
             for kind, line in (("line before", before), ("line", values))]  # fmt: skip
    if len(lines[1][1]) < 2:
        return Markup()
    low, tall, wide = min(known), (max(known) - min(known)) or 1.0, max(len(values), len(before)) - 1
    placed = (
        (kind, _path((100 * n / wide, 90 - 80 * (v - low) / tall) for n, v in points))
        for kind, points in lines
        if len(points) > 1
    )
    drawn = joined("", (html('<polyline class="{}" points="{}"/>', kind, path) for kind, path in placed))
    return html('<svg class="spark" viewBox="0 0 100 100" preserveAspectRatio="none">{}</svg>', drawn)


def tile(
    key: str, name: str, value: str, note: str, values: Sequence[float], *, before: Sequence[float] = (), kind: str = ""
) -> Markup:
    """A score with its change and its course, and the course to compare it with."""
    return html(
        '<div class="tile {}"><div class="label">{}</div>'
        '<div class="value" data-key="{}" data-number>{}</div>'
        '<div class="note" data-key="{}.note">{}</div>'
        '<div class="course" data-key="{}.course">{}</div></div>',
        kind, name, key, value, key, note, key, spark(values, before),
    )  # fmt: skip


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
) -> Markup:
    """Streets shaded by class, a figure on each. `frames`, shown in turn: street -> (class, -1 if unknown; figure)."""
    streets, width = _projected(profile)
    if not streets:
        return html('<p data-key="{}">{}</p>', key, why_none(profile))
    outlines, names = [], []
    for name, rings, (x, y) in streets:
        states = [frame.get(name, (-1, UNKNOWN)) for frame in frames]
        outline = " ".join("M" + " L".join(f"{px:.1f} {py:.1f}" for px, py in ring) + "Z" for ring in rings)
        (level, text), levels = states[0], " ".join(str(level) for level, _ in states)
        kind = html('class="c{}" data-classes="{}"', level, levels)
        outlines.append(html('<path {} d="{}"/>', kind, outline))
        names.append(html(
            '<text {} x="{:.0f}" y="{:.0f}">{}<tspan x="{:.0f}" dy="1.15em" data-words="{}">{}</tspan></text>',
            kind, x, y, name.removesuffix("街道"), x, "|".join(words for _, words in states), text,
        ))  # fmt: skip
    heading = html('<div class="moment" data-words="{}">{}</div>', "|".join(titles), titles[0]) if titles else ""
    return html(
        '<div class="map" data-key="{}" data-frames="{}">{}<svg viewBox="-10 -10 {:.0f} {:.0f}">{}</svg></div>',
        key, len(frames), heading, width + 20, MAP_HEIGHT + 20, joined("", outlines + names),
    )  # fmt: skip


def screen(reader: Reader, name: str, title: str, about: str, parts: Iterable[Markup]) -> Markup:
    """A whole screen: its name (a class of wall.css), title, what it tells in a line, and its parts."""
    kind, absent = "　演示数据" if reader.is_synthetic else "", quality.absent(reader)
    some = f"　来源没有{'、'.join(absent[:FEW])}" + ("等" if len(absent) > FEW else "") if absent else ""
    head = html('<header><h1>{}</h1><p data-key="{}.about">{}</p></header>', title, name, about + kind + some)
    return head + html('<div class="body {}">{}</div>', name, joined("", parts))
