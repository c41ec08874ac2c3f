"""A small line of days above its usual range, without axes: it says how a figure moves, the card says how much."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from data_access.cases.measures import Measure
from ui.style.markup import html, joined
from ui.style.numbers import show
from ui.style.theme import palette

WIDTH, HEIGHT, EDGE = 98.0, 30.0, 2.0  # in the drawing's own units; it is stretched to the card
LEAST = 2  # days of a line
DRAWN = Path(__file__).with_suffix(".svg").read_text(encoding="utf-8").strip()


def spark(course: pd.DataFrame, measure: Measure) -> Markup:
    """The days of `course` (as questions.usual gives them) as HTML with inline SVG, the last day and its usual range in
    words below it; nothing where there is no line to draw."""
    days, range_ = course["value"].dropna(), course.dropna()
    if len(days) < LEAST:
        return Markup()
    known = pd.concat([days, range_["low"], range_["high"]])
    low, span = float(known.min()), float(known.max() - known.min()) or 1.0
    length, colours = course.index[-1] - course.index[0], palette()

    def path(values: pd.Series) -> list[str]:
        across = (values.index - course.index[0]) / length * WIDTH
        up = EDGE + (HEIGHT - 2 * EDGE) * (1 - (values - low) / span)
        return [f"{x:.1f},{y:.1f}" for x, y in zip(across, up, strict=True)]

    shade = " ".join([*path(range_["high"]), *path(range_["low"])[::-1]])
    parts = {"SHADE": colours.muted, "RANGE": shade, "LINE": colours.accent, "DAYS": " ".join(path(days)),
             "LAST": path(days)[-1]}  # fmt: skip
    drawn = re.sub("@([A-Z]+)@", lambda found: parts[found[1]], DRAWN)
    # Streamlit takes drawings out of a page's HTML, but not pictures.
    picture = "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()
    last = days.index[-1]
    words = [f"{last.month}月{last.day}日 {show(float(days[last]), measure)}"]
    words += [f"每日平常 {_ends(range_.loc[last], measure)}"] if last in range_.index else []
    return html(
        '<div class="spark"><img alt="近{}天走势" src="{}">{}</div>',
        len(course), picture, joined(" ", (html("<small>{}</small>", part) for part in words)),
    )  # fmt: skip


def _ends(day: pd.Series, measure: Measure) -> str:
    return "–".join(show(float(day[end]), measure) for end in ("low", "high"))
