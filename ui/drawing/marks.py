"""Days that a time axis marks: the lunar new year, which moves by weeks, and 29 February."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from data_access.district.festivals import marked_days
from data_access.district.periods import Period
from ui.drawing.charts import AnyChart
from ui.style.theme import Palette, palette


def marked(drawn: AnyChart, field: str, stretches: Sequence[Period], *, colours: Palette | None = None) -> AnyChart:
    """The chart with a named line at each such day. `field`: its time axis.

    `stretches`: the one on the axis, and the earlier one that is laid over it, whose days are marked as 上年.
    """
    days = marked_days(stretches[0].start, stretches[0].end)
    for earlier in stretches[1:]:
        later = stretches[0].start - earlier.start
        days += [(day + later, f"上年{label}") for day, label in marked_days(earlier.start, earlier.end)]
    if not days:
        return drawn
    colours = colours or palette()
    base = alt.Chart(pd.DataFrame(days, columns=[field, "said"])).encode(x=alt.X(f"{field}:T"))
    line = base.mark_rule(strokeDash=[2, 4], color=colours.muted)
    words = base.mark_text(align="left", baseline="top", dx=4, color=colours.soft_text)
    return drawn + line + words.encode(y=alt.value(0), text="said:N")
