"""三率榜: the assessment month's league of streets and of departments; who surely is in the better or worse half stands
out.
"""

from datetime import timedelta

from markupsafe import Markup

from analysis.effects import FELL, ROSE, UNCERTAIN
from analysis.league import FEW
from data_access.cases.comparison import Change
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.periods import Period, preset
from data_access.district.vocabulary import HOTLINE
from questions.league import league_of
from ui.style.markup import html
from ui.style.numbers import UNKNOWN, band, moment, short_day, show
from ui.walls.parts import Bar, bars, big_figures, figure, panel, screen

SCREEN = {"title": "三率榜"}
MOST = 17
NAMED = 2  # of the units without a place
KINDS = {1: "lead", -1: "bad", 0: ""}
COLOURED = "上色：可能名次（约九成）全在前半或后半"
HEADS = ("综合成绩", "可能名次", "已回访")
CALLED = MEASURES["called_back_share"]


def board(reader: Reader, kind: str, where: CaseFilter) -> Markup:
    ranks, score = league_of(reader, where, kind), "composite"
    least, few = ranks.scoring.small_sample, ranks.is_small[ranks.is_small].index
    rest = f"{FEW}（有效回访不足 {least} 件）：{'、'.join(few[:NAMED])}{'等' if len(few) > NAMED else ''} {len(few)} 个"
    if ranks.placed.empty:
        return html("<p>{}</p>", rest if ranks.is_known else MEASURES[score].unknown)
    units = ranks.placed.join(ranks.bands).assign(kind=ranks.halves.map(KINDS))
    low = units[score].min() - 1
    length = (units[score] - low) / max(units[score].max() - low, 1e-9)
    called = reader.aggregate([CALLED.name], ["unit"], ranks.where).set_index("unit")[CALLED.name]
    lines: list[Bar] = [
        (f"{row['place']}　{unit}",
         (f"{row[score]:.2f}", band(row["best"], row["worst"]), show(called[unit], CALLED, 0)),
         float(length[unit]), row["kind"])
        for unit, row in zip(units.index, units.to_dict("records"), strict=True)
    ]  # fmt: skip
    below = rest if len(few) else ""
    return bars(f"rates.{kind}", lines, dots=True, below=below, heads=(kind, *HEADS), most=MOST)


def against_before(change: Change) -> str:
    """What it was in the period before at the same age, and whether it moved beyond chance."""
    if not change.is_known:
        return change.reason
    verdict = UNCERTAIN if not change.is_sure else ROSE if change.change > 0 else FELL
    return f"上期 {show(change.base, MEASURES[change.measure], 2)}，{verdict}"


def days(period: Period) -> str:
    """From which day to which, short enough for a screen's line: the year stands in the moment of the data."""
    last = period.end - timedelta(microseconds=1)
    return f"{short_day(period.start)}至{short_day(last)}"


def draw(reader: Reader) -> Markup:
    now, profile = reader.as_of, reader.profile
    period = preset("assessment", now, profile.settings.clock)
    where = CaseFilter(period=period, source=(HOTLINE,))
    names = ["response_rate", "resolution_rate", "satisfaction_rate", "composite"]
    whole = reader.aggregate(names, (), where).iloc[0]
    # Those who were called back first are mostly those whose case was quick.
    seen = f"已回访 {show(reader.figure(CALLED.name, where), CALLED)}"
    before = reader.changes(names, where, "assessment")
    totals = [
        figure(f"rates.{name}", show(whole[name], MEASURES[name], 2) if whole[name] == whole[name] else UNKNOWN,
               f"全区{MEASURES[name].label}", against_before(before[name]), more=f"{MEASURES[name].calibre}，{seen}")
        for name in names
    ]  # fmt: skip
    day = preset("assessment_day", now, profile.settings.clock)
    since = reader.count(where.replace(period=day))
    opened = f"{day.start.month}月{day.start.day}日 {day.start:%H:%M} 起"
    totals.append(figure("rates.day", f"{since:,.0f}", "本考核日热线受理", opened))
    parts = [
        big_figures(totals),
        panel("streets", "各街道综合成绩（不含剔除）", board(reader, "街道", where)),
        panel("departments", "各部门综合成绩（不含剔除）", board(reader, "部门", where)),
    ]
    between = reader.compared_with(where, "assessment")
    then = f"　上期 {days(between.base)}" if between else ""
    about = f"考核期 {days(period)}{then}　{COLOURED}　数据截至 {moment(now)}"
    return screen(reader, "rates", SCREEN["title"], about, parts)
