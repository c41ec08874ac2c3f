"""街道热力: the hours of the day one after another on the district's map, by the last 30 days."""

import pandas as pd
from markupsafe import Markup

from analysis.classes import breaks, class_of
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import preset
from ui.style.numbers import moment
from ui.walls.parts import CLASSES, bars, panel, screen, street_map

SCREEN = {"title": "街道热力"}


def frames(counts: pd.DataFrame) -> list[dict[str, tuple[int, str]]]:
    """One per hour of the day: street -> (class, figure in words). Classes span all hours, so that colours compare."""
    counts = counts.assign(level=class_of(counts["volume"], breaks(counts["volume"], CLASSES)))
    by_hour = dict(list(counts.groupby("hour")))
    return [
        {row["street"]: (row["level"], f"{row['volume']:,.0f}") for row in by_hour[hour].to_dict("records")}
        if hour in by_hour else {}
        for hour in range(24)
    ]  # fmt: skip


def draw(reader: Reader) -> Markup:
    now, profile = reader.as_of, reader.profile
    where = CaseFilter(period=preset("last30", now, profile.settings.clock))
    moving = frames(reader.aggregate(["volume"], ["hour", "street"], where))
    streets = reader.aggregate(["volume"], ["street"], where, order_by="volume", limit=17)
    most = streets["volume"].max()
    ranked = [
        (row["street"] or "未填写街道", f"{row['volume']:,.0f}", row["volume"] / most, "lead" if place < 3 else "")
        for place, row in enumerate(streets.to_dict("records"))
    ]
    titles = [f"{hour} 时" for hour in range(24)]
    note = profile.settings.geography.boundaries_note
    parts = [
        panel("map", f"一天中的各小时（{note}）", street_map("heat.map", profile, moving, titles)),
        panel("ranking", "近30天受理量（件）", bars("heat.ranking", ranked)),
    ]
    return screen(reader, "heat", SCREEN["title"], f"近30天　数据截至 {moment(now)}", parts)
