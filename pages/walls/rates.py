"""三率榜: the assessment month's league of streets and of departments; who surely is in the better or worse half stands
out.
"""

from markupsafe import Markup

from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.periods import preset
from data_access.district.vocabulary import HOTLINE
from questions.league import league_of
from ui.style.markup import html
from ui.style.numbers import UNKNOWN, band, moment, show, stretch
from ui.walls.parts import bars, big_figures, figure, panel, screen

SCREEN = {"title": "三率榜"}
MOST = 17
ENDS = 3
FEW = {True: "（样本少）", False: ""}
KINDS = {1: "lead", -1: "bad", 0: ""}
COLOURED = "上色：可能名次全在前一半或后一半"
SCORES = "综合成绩（不含剔除）　可能名次（逐个看，约九成含真实名次）"


def board(reader: Reader, kind: str, where: CaseFilter) -> Markup:
    ranks, score = league_of(reader, where, kind), "composite"
    units = ranks.placed
    if units.empty:
        return html("<p>{}</p>", MEASURES[score].unknown)
    units = units.join(ranks.bands).assign(kind=ranks.halves.map(KINDS), few=ranks.is_small.map(FEW))
    kept = units if len(units) <= MOST else units.iloc[[*range(MOST - ENDS), *range(len(units) - ENDS, len(units))]]
    low = kept[score].min() - 1
    length = (kept[score] - low) / max(kept[score].max() - low, 1e-9)
    lines = [
        (f"{row['place']}　{unit}{row['few']}", f"{row[score]:.2f}　{band(row['best'], row['worst'])}",
         float(length[unit]), row["kind"])
        for unit, row in zip(kept.index, kept.to_dict("records"), strict=True)
    ]  # fmt: skip
    return bars(f"rates.{kind}", lines, dots=True)


def draw(reader: Reader) -> Markup:
    now, profile = reader.as_of, reader.profile
    period = preset("assessment", now, profile.settings.clock)
    where = CaseFilter(period=period, source=(HOTLINE,))
    names = ["response_rate", "resolution_rate", "satisfaction_rate", "composite"]
    whole = reader.aggregate(names, (), where).iloc[0]
    called = MEASURES["called_back_share"]
    # Those who were called back first are mostly those whose case was quick.
    seen = f"已回访 {show(reader.figure(called.name, where), called)}"
    totals = [
        figure(f"rates.{name}", show(whole[name], MEASURES[name], 2) if whole[name] == whole[name] else UNKNOWN,
               MEASURES[name].label, f"{MEASURES[name].calibre}，{seen}")
        for name in names
    ]  # fmt: skip
    day = preset("assessment_day", now, profile.settings.clock)
    since = reader.count(where.replace(period=day))
    opened = f"{day.start.month}月{day.start.day}日 {day.start:%H:%M} 起"
    totals.append(figure("rates.day", f"{since:,.0f}", "本考核日热线受理", opened))
    parts = [
        big_figures(totals),
        panel("streets", f"街道　{SCORES}", board(reader, "街道", where)),
        panel("departments", f"部门　{SCORES}", board(reader, "部门", where)),
    ]
    about = f"考核期 {stretch(period.start, period.end)}　默认口径　{COLOURED}　数据截至 {moment(now)}"
    return screen(reader, "rates", SCREEN["title"], about, parts)
