"""Days that a time axis marks: the lunar new year, which moves by weeks, and 29 February."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from data_access.district.festivals import marked_days
from data_access.district.periods import Period
from ui.drawing.vega import Drawing, field, kept_in_colours, mark, value
from ui.style.theme import Palette, palette

MARKED = "marked"


@kept_in_colours
def marked(drawn: Drawing, axis: str, stretches: Sequence[Period], *, colours: Palette | None = None) -> Drawing:
    """The chart with a named line at each such day. `axis`: the column of its time axis.

    `stretches`: the one on the axis, and the earlier one that is laid over it, whose days are marked as 上年.
    """
    days = marked_days(stretches[0].start, stretches[0].end)
    for earlier in stretches[1:]:
        later = stretches[0].start - earlier.start
        days += [(day + later, f"上年{label}") for day, label in marked_days(earlier.start, earlier.end)]
    if not days:
        return drawn
    colours = colours or palette()
    x = {"x": field(f"{axis}:T")}
    words = {**x, "y": value(0), "text": field("said:N")}
    layers = [
        mark("rule", of=x, data=MARKED, strokeDash=[2, 4], color=colours.muted),
        mark("text", of=words, data=MARKED, align="left", baseline="top", dx=4, color=colours.soft_text),
    ]
    datasets = {**drawn["datasets"], MARKED: pd.DataFrame(days, columns=[axis, "said"])}
    return {**drawn, "datasets": datasets, "layer": [*drawn["layer"], *layers]}
