"""三率榜: the assessment month's league of streets and of departments, best and last three standing out."""

from analysis import league
from data_access.filters import CaseFilter
from data_access.measures import MEASURES
from data_access.periods import preset
from data_access.profile import current_profile
from data_access.query import aggregate, as_of
from data_access.schema import HOTLINE
from ui.numbers import UNKNOWN, moment, show, stretch
from ui.wallparts import bars, big_figures, figure, panel, screen

SCREEN = {"title": "三率榜"}
MOST = 17
ENDS = 3


def board(kind: str, where: CaseFilter, *, shared: bool) -> str:
    found = aggregate(["composite", "volume"], ["unit"], where.replace(unit_type=(kind,))).dropna(subset=["composite"])
    found = found.assign(place=league.ranks(found["composite"], found["volume"], shared=shared)).sort_values("place")
    if found.empty:
        return f"<p>{MEASURES['composite'].unknown}</p>"
    kept = found if len(found) <= MOST else found.iloc[[*range(MOST - ENDS), *range(len(found) - ENDS, len(found))]]
    low = kept["composite"].min() - 1
    length = (kept["composite"] - low) / max(kept["composite"].max() - low, 1e-9)
    last = found["place"].max() - ENDS
    lines = [
        (f"{row['place']}　{row['unit']}", f"{row['composite']:.2f}", share,
         "lead" if row["place"] <= ENDS else "bad" if row["place"] > last else "")
        for row, share in zip(kept.to_dict("records"), length, strict=True)
    ]  # fmt: skip
    return bars(f"rates.{kind}", lines, dots=True)


def draw() -> str:
    now, profile = as_of(), current_profile()
    period = preset("assessment", now, profile.settings.clock)
    where = CaseFilter(period=period, source=(HOTLINE,))
    shared = profile.scoring_at(period.start.date()).ties == "shared"
    names = ["response_rate", "resolution_rate", "satisfaction_rate", "composite"]
    whole = aggregate(names, (), where).iloc[0]
    totals = [
        figure(f"rates.{name}", show(whole[name], MEASURES[name], 2) if whole[name] == whole[name] else UNKNOWN,
               MEASURES[name].label, MEASURES[name].calibre)
        for name in names
    ]  # fmt: skip
    day = preset("assessment_day", now, profile.settings.clock)
    since = aggregate(["volume"], (), where.replace(period=day))["volume"].iloc[0]
    opened = f"{day.start.month}月{day.start.day}日 {day.start:%H:%M} 起"
    totals.append(figure("rates.day", f"{since:,.0f}", "本考核日热线受理", opened))
    parts = [
        big_figures(totals),
        panel("streets", "街道　综合成绩（不含剔除）", board("街道", where, shared=shared)),
        panel("departments", "部门　综合成绩（不含剔除）", board("部门", where, shared=shared)),
    ]
    about = f"考核期 {stretch(period.start, period.end)}　默认口径　数据截至 {moment(now)}"
    return screen("rates", SCREEN["title"], about, parts)
