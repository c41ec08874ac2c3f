"""A small line of days above its usual range, without axes: it says how a figure moves, the card says how much."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.kept import kept
from data_access.cases.measures import Measure
from ui.style.markup import html, joined
from ui.style.numbers import show
from ui.style.theme import Palette, palette

WIDTH, HEIGHT, EDGE = 98.0, 30.0, 2.0  # in the drawing's own units; it is stretched to the card
LEAST = 2  # days of a line
DRAWN = Path(__file__).with_suffix(".svg").read_text(encoding="utf-8").strip()


def spark(course: pd.DataFrame, measure: Measure) -> Markup:
    """The days of `course` (as questions.usual gives them) as HTML with inline SVG, the last day and its usual range in
    words below it; nothing where there is no line to draw."""
    return _drawn(course, measure, palette())


@kept
def _drawn(course: pd.DataFrame, measure: Measure, colours: Palette) -> Markup:
    columns = np.column_stack([course[name].to_numpy(float) for name in ("value", "low", "high")])
    is_day, has_range = ~np.isnan(columns[:, 0]), ~np.isnan(columns).any(axis=1)
    columns = np.where(np.column_stack([is_day, has_range, has_range]), columns, np.nan)
    if is_day.sum() < LEAST:
        return Markup()
    lowest, span = float(np.nanmin(columns)), float(np.nanmax(columns) - np.nanmin(columns)) or 1.0
    since = (course.index - course.index[0]) / (course.index[-1] - course.index[0])
    across, up = since.to_numpy() * WIDTH, EDGE + (HEIGHT - 2 * EDGE) * (1 - (columns - lowest) / span)
    points = [[f"{x:.1f},{y:.1f}" for x, y in zip(across[rows], up[rows, column], strict=True)]
              for column, rows in enumerate((is_day, has_range, has_range))]  # fmt: skip
    line, low, high = points
    parts = {"SHADE": colours.muted, "RANGE": " ".join([*high, *low[::-1]]), "LINE": colours.accent,
             "DAYS": " ".join(line), "LAST": line[-1]}  # fmt: skip
    drawn = re.sub("@([A-Z]+)@", lambda found: parts[found[1]], DRAWN)
    # Streamlit takes drawings out of a page's HTML, but not pictures.
    picture = "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()
    last = int(is_day.nonzero()[0][-1])
    day, (value, *ends) = course.index[last], columns[last].tolist()
    words = [f"{day.month}月{day.day}日 {show(value, measure)}"]
    words += ["每日平常 " + "–".join(show(end, measure) for end in ends)] if has_range[last] else []
    return html(
        '<div class="spark"><img alt="近{}天走势" src="{}">{}</div>',
        len(course), picture, joined(" ", (html("<small>{}</small>", part) for part in words)),
    )  # fmt: skip
