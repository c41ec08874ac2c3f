"""An alarm's course: its days beside what was usual, and the line beyond which a day is an alarm."""

from __future__ import annotations

import pandas as pd

from data_access.cases.measures import MEASURES
from ui.drawing.courses import dates_axis
from ui.drawing.vega import Drawing, drawable, drawing, field, mark
from ui.style.theme import Palette, palette

FORM = "%-m月%-d日"


def course(frame: pd.DataFrame, since: pd.Timestamp, *, colours: Palette | None = None) -> Drawing:
    """Bars by day, those since the alarm began in the warning colour; the band and the middle of usual days; the
    threshold. Columns: day, volume, expected, low, high, threshold; a click picks the day."""
    colours = colours or palette()
    volume = MEASURES["volume"]
    data = drawable(frame.assign(begun=frame["day"] >= since, next=frame["day"] + pd.Timedelta(days=1)))
    counted = field("volume:Q", title=f"{volume.label}（{volume.unit}）")
    shared = {"x": field("day:T", title=None, axis=dates_axis(FORM))}
    tips = [field("day:T", title="日", format=FORM), field("volume:Q", title="件数"),
            field("expected:Q", title="平常", format=",.1f"), field("low:Q", title="95% 下端"),
            field("high:Q", title="95% 上端"), field("threshold:Q", title="报警线")]  # fmt: skip
    colour = {"condition": {"test": "datum.begun", "value": colours.bad}, "value": colours.muted}
    band = {"y": field("low:Q", title=None), "y2": {"field": "high"}, "x2": {"field": "next"}}
    return drawing(
        data,
        shared,
        mark(
            "bar",
            of={"y": counted, "y2": {"datum": 0}, "x2": {"field": "next"}, "color": colour, "tooltip": tips},
            cursor="pointer",
        ),
        mark("rect", of=band, color=colours.accent, opacity=0.22),
        mark("line", of={"y": field("expected:Q")}, interpolate="step-after", color=colours.accent, strokeWidth=2),
        mark("line", of={"y": field("threshold:Q")}, interpolate="step-after", color=colours.bad, strokeDash=[5, 4]),
        height=260,
        picks=["day"],
    )
