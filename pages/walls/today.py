"""今日态势: today against the same hour, what is unusual and whose, streets and hours against usual, what is late."""

from datetime import datetime, timedelta

import pandas as pd
from markupsafe import Markup

from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.periods import Period, preset
from questions.alarm_words import COMPUTING, NONE
from questions.streets_now import FEWER, MORE, USUAL, streets_now
from ui.drawing.maps import features, why_none
from ui.style.numbers import OF_ALL, moment, name, show, show_change
from ui.walls.parts import (
    ALARM_HEADS,
    alarms_of,
    bars,
    big_figures,
    curve,
    figure,
    legend,
    panel,
    rows,
    screen,
    street_map,
)
from ui.walls.street_maps import Frame

SCREEN = {"title": "今日态势"}
VOLUME = MEASURES["volume"]
URGENT = "紧急"
WEEK, MOST_UNITS = timedelta(days=7), 6
KINDS = {FEWER: "fewer", USUAL: "usual", MORE: "more"}  # classes of the map
MOST_STREETS = 20  # lines that a screen holds


def by_hour(reader: Reader, today: Period) -> Markup:
    """Today's cases by hour so far, above the least and most of the seven days before."""
    volumes = reader.aggregate(
        ["volume"], ["day", "hour"], CaseFilter(period=Period(today.start - timedelta(days=7), today.end))
    )
    if len(volumes) and not volumes["hour"].any():
        return rows("today.curve", [], "来源只有日期，没有时刻")
    days = pd.date_range(today.start - timedelta(days=7), today.start)
    wide = volumes.pivot(index="day", columns="hour", values="volume").reindex(days, columns=range(24)).fillna(0.0)
    before = wide.iloc[:-1]
    so_far = wide.iloc[-1].head(reader.as_of.hour + 1).tolist()
    return curve("today.curve", so_far, before.min().tolist(), before.max().tolist())


def by_street(reader: Reader, where: CaseFilter) -> Markup:
    """Plain counts on the map, shaded by how far they are from usual; ranked where the district has no boundaries."""
    streets = reader.aggregate(["volume"], ["street"], where, order_by="volume")
    words = [f"{value:,.0f}" for value in streets["volume"]]
    if features(reader.profile):
        verdicts = streets_now(reader, CaseFilter())["verdict"]
        # A street without a case today has none, and that may be fewer than usual.
        told = dict.fromkeys(verdicts.index, "0") | dict(zip(streets["street"], words, strict=True))
        frame: Frame = {street: (KINDS.get(verdicts.get(street, ""), -1), text) for street, text in told.items()}
        note = reader.profile.settings.geography.boundaries_note
        drawn = street_map("today.map", reader.profile, [frame])
        shown = legend((kind, words) for words, kind in KINDS.items())
        return panel("map", f"各街道今日受理（{note}）", drawn, shown)
    named = streets.assign(words=words)[streets["street"] != ""].head(MOST_STREETS).to_dict("records")
    lines = [(row["street"], row["words"], row["volume"] / named[0]["volume"], "") for row in named]
    drawn = (
        bars("today.map", lines, below=why_none(reader.profile))
        if lines
        else rows("today.map", [], "今天没有写明街道的诉求")
    )
    return panel("map", "各街道今日受理（件）", drawn)


def late_units(reader: Reader) -> Markup:
    """Whose the overdue cases are, beside how many they had a week before."""
    now, then = (one.aggregate(["overdue_open"], ["unit"]).set_index("unit")["overdue_open"]
                 for one in (reader, reader.seen_at(reader.as_of - WEEK)))  # fmt: skip
    late = now[now > 0].nlargest(MOST_UNITS)
    if late.empty:
        return rows("today.late", [], MEASURES["overdue_open"].unknown if now.isna().any() else "没有逾期未办结的案件")
    lines = [(str(unit) or "未填写单位", f"{then.get(unit, 0):,.0f}", f"{n:,.0f}") for unit, n in late.items()]
    return rows("today.late", lines, "", ("承办单位", "7日前", "现在"), 5)


def closed_since(reader: Reader, moment: datetime) -> str:
    """How many cases were closed since then: those that were open, and came in, less those that are open now."""
    was, came = reader.seen_at(moment).figure("open"), reader.count(CaseFilter(period=Period(moment, reader.as_of)))
    newest = reader.count(CaseFilter(period=Period(reader.as_of, reader.as_of + timedelta(minutes=1))))
    return show(was + came + newest - reader.figure("open"), VOLUME)


def figures(reader: Reader, where: CaseFilter) -> Markup:
    drawn = []
    for source, label in (("hotline", "12345热线 今日"), ("grid", "城市网格 今日")):
        one = reader.changes(["volume"], where.replace(source=(source,)), "previous")["volume"]
        moved = show_change(one.change, VOLUME) if one.is_sure else "持平"
        words = f"昨日同时 {one.base:,.0f}，{moved}" if one.is_known else one.reason
        drawn.append(figure(f"today.{source}", f"{one.current:,.0f}", label, words))
    came = f"同时受理 {reader.count(where):,}"
    drawn.append(figure("today.closed", closed_since(reader, where.when.start), "今日办结", came))
    state = reader.aggregate(["open", "overdue_open"]).iloc[0][["open", "overdue_open"]]
    (going, late), told = state, {key: show(state[key], MEASURES[key]) for key in ("open", "overdue_open")}
    before = reader.seen_at(reader.as_of - WEEK).aggregate(["open", "overdue_open"]).iloc[0]
    for key, size in (("open", going), ("overdue_open", late)):
        about = f"7日前 {show(before[key], MEASURES[key])}" if size == size else MEASURES[key].unknown
        bad, short = key == "overdue_open" and size > 0, key.removesuffix("_open")
        drawn.append(figure(f"today.{short}", told[key], name(MEASURES[key], OF_ALL), about, bad=bad))
    return big_figures(drawn)


def draw(reader: Reader) -> Markup:
    now = reader.as_of
    today = preset("today", now, reader.profile.settings.clock)
    where = CaseFilter(period=today)
    alarms = alarms_of(reader, 5)
    urgent = reader.list_cases(where.replace(urgency=(URGENT,)), page_size=6).to_dict("records")
    latest = [(row["category3"] or "未分类", row["street"], f"{row['created_at']:%H:%M}") for row in urgent]
    none = NONE if alarms == [] else COMPUTING
    parts = [
        figures(reader, where),
        panel("rising", "预警（最强的在前）", rows("today.rising", alarms or [], none, ALARM_HEADS, 4)),
        by_street(reader, where),
        panel("curve", "每小时受理量（灰带为前7日范围）", by_hour(reader, today)),
        panel("late", "逾期未办结最多的单位（件）", late_units(reader)),
        panel("urgent", "最新紧急件", rows("today.urgent", latest, "今日没有紧急件", ("分类", "属地", "受理"))),
    ]
    return screen(reader, "today", SCREEN["title"], f"数据截至 {moment(now)}", parts)
