"""街道热力: the last 30 days, hour after hour on the map, and as a whole beside the same days a year before."""

import pandas as pd
from markupsafe import Markup

from analysis.classes import breaks, class_of
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.periods import preset
from ui.drawing.maps import class_words
from ui.style.numbers import moment, show_change, until_now
from ui.walls.parts import CLASSES, Bar, bars, legend, panel, screen, street_map
from ui.walls.street_maps import Frame

SCREEN = {"title": "街道热力"}
MOST_STREETS = 17
COLOURS = {"more": "bad", "fewer": "lead"}  # of a bar, by the map's departures


def frames(counts: pd.DataFrame, limits: list[float]) -> list[Frame]:
    """One per hour of the day: street -> (class, figure in words). Classes span all hours, so that colours compare."""
    counts = counts.assign(level=class_of(counts["volume"], limits))
    by_hour = dict(list(counts.groupby("hour")))
    return [
        {row["street"]: (row["level"], f"{row['volume']:,.0f}") for row in by_hour[hour].to_dict("records")}
        if hour in by_hour else {}
        for hour in range(24)
    ]  # fmt: skip


def against_last_year(reader: Reader, where: CaseFilter) -> pd.DataFrame:
    """By street: current, base, change, is_sure, kind (of the map's departures), in the order of their volume."""
    moved = reader.compare_groups("volume", "street", where, "yoy")
    rose = moved["change"].gt(0).map({True: "more", False: "fewer"})
    return moved.assign(kind=rose.where(moved["is_sure"].astype(bool), "usual")).set_index("street")


def ranking(streets: pd.DataFrame, moved: pd.DataFrame) -> Markup:
    most = streets["volume"].max()
    lines: list[Bar] = []
    for row in streets.to_dict("records"):
        street = row["street"]
        change = moved["change"].get(street, float("nan")) / moved["base"].get(street, float("nan"))
        kind = COLOURS.get(str(moved["kind"].get(street, "")), "")
        words = (f"{row['volume']:,.0f}", show_change(change, MEASURES["volume"]))
        lines.append((street or "未填写街道", words, row["volume"] / most, kind))
    return bars("heat.ranking", lines, heads=("街道", "受理量", "较上年同期"))


def draw(reader: Reader) -> Markup:
    now, profile = reader.as_of, reader.profile
    where = CaseFilter(period=preset("last30", now, profile.settings.clock))
    counts = reader.aggregate(["volume"], ["hour", "street"], where)
    limits = breaks(counts["volume"], CLASSES)
    streets = reader.aggregate(["volume"], ["street"], where, order_by="volume", limit=MOST_STREETS)
    moved = against_last_year(reader, where)
    words = {street: f"{count:,.0f}" for street, count in zip(streets["street"], streets["volume"], strict=True)}
    departed: dict[str, tuple[int | str, str]] = {
        street: (moved["kind"].get(street, -1), text) for street, text in words.items()
    }
    note, titles = profile.settings.geography.boundaries_note, [f"{hour} 时" for hour in range(24)]
    hours = list(enumerate(class_words(limits, "{:,.0f}".format)))
    departures = [("fewer", "少于上年"), ("usual", "不能确定"), ("more", "多于上年")]
    parts = [
        panel("map", "一天中各小时受理量（件，各小时同一分档）",
              street_map("heat.map", profile, frames(counts, limits), titles), legend(hours)),
        panel("normal", "30 天合计（件），颜色为较上年同期",
              street_map("heat.normal", profile, [departed]), legend(departures)),
        panel("ranking", "各街道（橙：多于上年，蓝：少于，灰：不能确定）", ranking(streets, moved)),
    ]  # fmt: skip
    about = f"受理量，热线和网格，{until_now(where.when, now)}　{note}　数据截至 {moment(now)}"
    return screen(reader, "heat", SCREEN["title"], about, parts)
