"""今日态势: today against the same hour, the hours against last week's, streets, what rises, what is urgent."""

from datetime import timedelta

import pandas as pd
from markupsafe import Markup

from analysis.classes import breaks, class_of
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.periods import Period, preset
from ui.style.numbers import moment, show, show_change, signed
from ui.walls.parts import CLASSES, big_figures, curve, figure, panel, rows, screen, street_map

SCREEN = {"title": "今日态势"}
VOLUME = MEASURES["volume"]
URGENT = "紧急"


def hours(reader: Reader, today: Period) -> tuple[list[float], list[float], list[float]]:
    """Today's cases by hour so far, and the least and most of the seven days before."""
    volumes = reader.aggregate(
        ["volume"], ["day", "hour"], CaseFilter(period=Period(today.start - timedelta(days=7), today.end))
    )
    days = pd.date_range(today.start - timedelta(days=7), today.start)
    wide = volumes.pivot(index="day", columns="hour", values="volume").reindex(days, columns=range(24)).fillna(0.0)
    before = wide.iloc[:-1]
    return wide.iloc[-1].head(reader.as_of.hour + 1).tolist(), before.min().tolist(), before.max().tolist()


def figures(reader: Reader, where: CaseFilter) -> Markup:
    drawn = []
    for source, label in (("hotline", "12345热线 今日"), ("grid", "城市网格 今日")):
        one = reader.changes(["volume"], where.replace(source=(source,)), "previous")["volume"]
        sure = f"较昨日同时 {show_change(one.change, VOLUME)}" if one.is_sure else "较昨日同时，不能确定升降"
        words = sure if one.is_known else one.reason
        drawn.append(figure(f"today.{source}", f"{one.current:,.0f}", label, words))
    state = reader.aggregate(["open", "overdue_open"]).iloc[0]
    (going, late), told = state[["open", "overdue_open"]], [show(state[name], MEASURES[name]) for name in state.index]
    drawn.append(figure("today.open", told[0], "未办结", "全部来源" if going == going else MEASURES["open"].unknown))
    share = f"占未办结 {late / going if going else 0:.1%}" if late == late else MEASURES["overdue_open"].unknown
    drawn.append(figure("today.overdue", told[1], "逾期未办结", share, bad=late > 0))
    return big_figures(drawn)


def draw(reader: Reader) -> Markup:
    now, profile = reader.as_of, reader.profile
    today = preset("today", now, profile.settings.clock)
    where = CaseFilter(period=today)
    line, low, high = hours(reader, today)
    streets = reader.aggregate(["volume"], ["street"], where)
    classes = class_of(streets["volume"], breaks(streets["volume"], CLASSES))
    words = [f"{value:,.0f}" for value in streets["volume"]]
    frame = dict(zip(streets["street"], zip(classes, words, strict=True), strict=True))
    rising = reader.compare_groups("volume", "category2", where, "previous")
    rising = rising[(rising["change"] > 0) & rising["is_sure"] & (rising["category2"] != "")].head(6)
    urgent = reader.list_cases(where.replace(urgency=(URGENT,)), page_size=6).to_dict("records")
    risen = [(row["category2"], f"{signed(row['change'], 0)} 件") for row in rising.to_dict("records")]
    latest = [(row["category3"] or "未分类", row["street"], f"{row['created_at']:%H:%M}") for row in urgent]
    note = profile.settings.geography.boundaries_note
    parts = [
        figures(reader, where),
        panel("curve", "每小时受理量（灰带为前7日范围）", curve("today.curve", line, low, high)),
        panel("map", f"各街道今日受理（{note}）", street_map("today.map", profile, [frame])),
        panel("rising", "较昨日同时上升", rows("today.rising", risen, "没有能确定上升的事项")),
        panel("urgent", "最新紧急件", rows("today.urgent", latest, "今日没有紧急件")),
    ]
    return screen(reader, "today", SCREEN["title"], f"数据截至 {moment(now)}", parts)
