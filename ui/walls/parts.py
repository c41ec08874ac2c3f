"""What wall screens are made of: HTML and inline SVG that fill whatever room they get, colours from wall.css.

An element with `data-key` is updated in place when its content changes; with `data-number` it says so for a moment.
Text is escaped here; a screen passes plain words.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from data_access.cases.reader import Reader
from data_access.district.profile import Profile
from data_access.intake import quality
from data_access.ledger.opening import ledger_if_any
from questions import alarm_words as words
from questions.lookout import standing
from ui.drawing.maps import why_none
from ui.style.lights import LIGHTS
from ui.style.markup import html, joined
from ui.style.numbers import moment
from ui.walls.street_maps import FONTS, Frame, css_class, picture

STYLES = Path(__file__).with_name("wall.css")
CLASSES = 5
FAR, MOST_FAR, ENDS = 6, 12, 3  # lines from afar: of a list, of a ranking; at a ranking's end
FEW = 4  # names in a screen's line


def figure(
    key: str, value: str, label: str, note: str = "", *, more: str = "", bad: bool = False, light: str = ""
) -> Markup:
    """A big number with its label and a comparison in words, in one line or two (`more`). `light`: of a deadline (红 橙
    黄 绿), for its colour."""
    kind = "bad" if bad else LIGHTS[light].css if light in LIGHTS else ""
    second = html('<div class="note" data-key="{}.more">{}</div>', key, more) if more else ""
    return html(
        '<div class="figure {}"><div class="label">{}</div>'
        '<div class="value" data-key="{}" data-number>{}</div>'
        '<div class="note" data-key="{}.note">{}</div>{}</div>',
        kind, label, key, value, key, note, second,
    )  # fmt: skip


def big_figures(drawn: Iterable[Markup]) -> Markup:
    """Big numbers in a row, in the grid area of that name."""
    return html('<section class="figures" style="grid-area:big">{}</section>', joined("", drawn))


def matters_of(reader: Reader, kind: str) -> pd.DataFrame | None:
    """The matters of a kind as everybody may see them (Ledger.matters); None without such a kind or a ledger."""
    ledger = ledger_if_any(reader) if reader.profile.has_programme(kind) else None
    return ledger.matters(kind) if ledger else None


def panel(area: str, title: str, body: Markup, below: Markup | str = "") -> Markup:
    """A titled part of the screen in the grid area of that name. `below`: what stands under the part, as a legend."""
    return html(
        '<section class="at-{}" style="grid-area:{}"><h2>{}</h2><div class="fill">{}</div>{}</section>',
        area, area, title, body, below,
    )  # fmt: skip


def rows(key: str, lines: Iterable[Sequence[str]], empty: str, heads: Sequence[str] = (), far: int = FAR) -> Markup:
    """Lines of cells, under `heads`: the first is what it is about, the last a figure. `far`: how many of them a wall
    shows that is read from afar."""
    drawn = joined("", (
        html('<tr class="{}">{}</tr>', "only-near" if place >= far else "", _cells(line))
        for place, line in enumerate(lines)
    ))  # fmt: skip
    if not drawn:
        return html('<p data-key="{}">{}</p>', key, empty)
    return html('<table data-key="{}">{}{}</table>', key, _headed(heads), drawn)


def _headed(heads: Sequence[str]) -> Markup:
    cells = joined("", (html("<th>{}</th>", head) for head in heads))
    return html('<tr class="head">{}</tr>', cells) if heads else Markup()


def _cells(line: Sequence[str]) -> Markup:
    last = len(line) - 1
    return joined(
        "", (html('<td class="{}">{}</td>', "last" if place == last else "", cell) for place, cell in enumerate(line))
    )


def _figures(words: Iterable[str]) -> Markup:
    return joined("", (html('<td class="last">{}</td>', one) for one in words))


Bar = tuple[str, str | Sequence[str], float, str]


def bars(
    key: str,
    lines: Sequence[Bar],
    *,
    dots: bool = False,
    below: str = "",
    heads: Sequence[str] = (),
    most: int = 20,
) -> Markup:
    """Ranked bars: name, figures in words (one or several), length 0..1, kind ('', lead, bad, red); dots where the
    scale has no zero. `below`: a line under them. `heads`: of the name and of each figure. `most`: of more lines the
    middle is left out, and said so; on a wall that is read from afar of more than MOST_FAR."""
    outs = {where: _left_out(len(lines), count) for where, count in (("near", most), ("far", MOST_FAR))}
    drawn = []
    for place, (name, said, length, kind) in enumerate(lines):
        drawn += [
            html('<tr class="gap only-{}"><td colspan="9">……　略 {:,} 个</td></tr>', where, len(out))
            for where, out in outs.items() if out and place == out.start
        ]  # fmt: skip
        shown = [where for where, out in outs.items() if place not in out]
        if shown:
            cells = _figures([said] if isinstance(said, str) else said)
            only = f" only-{shown[0]}" if len(shown) == 1 else ""
            drawn.append(html(
                '<tr class="{}{}"><td>{}</td><td class="bar"><i style="width:{:.1f}%"></i></td>{}</tr>',
                kind, only, name, 100 * length, cells,
            ))  # fmt: skip
    last = html('<tr class="below"><td colspan="9">{}</td></tr>', below) if below else ""
    head = _headed([heads[0], "", *heads[1:]]) if heads else ""
    return html('<table class="bars{}" data-key="{}">{}{}{}</table>', " dots" if dots else "", key, head,
                joined("", drawn), last)  # fmt: skip


def _left_out(count: int, most: int) -> range:
    """The places of the lines in the middle that are too many: the first stay, and the last ENDS."""
    return range(most - ENDS - 1, count - ENDS) if count > most else range(0)


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


def spark(values: Sequence[float], before: Sequence[float] = (), ends: tuple[float, float] | None = None) -> Markup:
    """A small line without axes, which passes over unknown values. `before`: a line to compare with. `ends`: least and
    most of the scale, which lines beside one another share."""
    known = [*(value for value in (*values, *before) if not math.isnan(value)), *(ends or ())]
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
    key: str,
    name: str,
    value: str,
    note: str,
    values: Sequence[float],
    *,
    before: Sequence[float] = (),
    kind: str = "",
    ends: tuple[float, float] | None = None,
) -> Markup:
    """A score with its change and its course, and the course to compare it with; `ends` as in `spark`."""
    return html(
        '<div class="tile {}"><div class="label">{}</div>'
        '<div class="value" data-key="{}" data-number>{}</div>'
        '<div class="note" data-key="{}.note">{}</div>'
        '<div class="course" data-key="{}.course">{}</div></div>',
        kind, name, key, value, key, note, key, spark(values, before, ends),
    )  # fmt: skip


DEPARTURES = ("fewer", "usual", "more")  # than usual


def legend(classes: Iterable[tuple[int | str, str]]) -> Markup:
    """What the colours of a map mean: class as in `street_map`, and words."""
    return html('<p class="legend">{}</p>', joined("", (
        html('<span><i class="{}"></i>{}</span>', css_class(level), words) for level, words in classes
    )))  # fmt: skip


def street_map(key: str, profile: Profile, frames: Sequence[Frame], titles: Sequence[str] = ()) -> Markup:
    """Streets shaded by class, a figure on each. `frames`, shown in turn: street -> (class, figure); a class is a step
    of the ramp from 0, -1 if unknown, or one of DEPARTURES."""
    drawn = joined("", (picture(profile, frames, density) for density in FONTS))
    if not drawn:
        return html('<p data-key="{}">{}</p>', key, why_none(profile))
    heading = html('<div class="moment" data-words="{}">{}</div>', "|".join(titles), titles[0]) if titles else ""
    return html('<div class="map" data-key="{}" data-frames="{}">{}{}</div>', key, len(frames), heading, drawn)


def the_hour(reader: Reader) -> str:
    """What is most unusual now and whose it is, in a sentence; '' where nothing is, or while it is being computed."""
    found = standing(reader)
    if found is None or not found.alarms or not found.alarms[0].is_sure:
        return ""
    first = words.sentence(found.alarms[0], found.moment) + "　承办最多：" + words.owner(found.alarms[0])
    more = len(found.alarms) - 1
    return first + (f"　另有 {more} 条预警" if more else "")


ALARM_HEADS = ("预警", "承办最多", "从何时", "判断", "件数（平常）")


def alarms_of(reader: Reader, most: int) -> list[tuple[str, ...]] | None:
    """The strongest alarms as lines under ALARM_HEADS; None while they are being computed."""
    found = standing(reader)
    if found is None:
        return None
    return [
        (words.headline(alarm), words.owner(alarm), words.since(alarm, found.moment), words.SURE[alarm.is_sure],
         f"{words.SHORT[alarm.window]} {alarm.observed:,}（{words.few(alarm.expected)}）")
        for alarm in found.alarms[:most]
    ]  # fmt: skip


def screen(reader: Reader, name: str, title: str, about: str, parts: Iterable[Markup]) -> Markup:
    """A whole screen: its name, title, what it tells in a line, and its parts. Where each part stands says wall.css
    under the screen's name; without, they share the screen."""
    kind, absent = "　演示数据" if reader.is_synthetic else "", quality.absent(reader)
    about = about if "数据截至" in about else f"{about}　数据截至 {moment(reader.as_of)}".strip()
    some = f"　来源没有{'、'.join(absent[:FEW])}" + ("等" if len(absent) > FEW else "") if absent else ""
    head = html('<header><h1>{}</h1><p data-key="{}.about">{}</p></header>', title, name, about + kind + some)
    head = html('<p class="alarms" data-key="alarms">{}</p>', the_hour(reader)) + head
    layout = name if name in layouts() else f"{name} auto"
    return head + html('<div class="body {}">{}</div>', layout, joined("", parts))


@functools.cache
def layouts() -> frozenset[str]:
    """The screens whose places stand in wall.css; the parts of any other come one after the other."""
    return frozenset(re.findall(r"^\.([\w-]+) \{ grid-template", STYLES.read_text(encoding="utf-8"), re.MULTILINE))
