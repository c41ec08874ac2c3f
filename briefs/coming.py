"""下一步: what is due, begins or has risen at this time of year, by rule from the ledger, the profile and the data.

No measure is thought up: what nobody has decided and no figure says is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pandas as pd

from analysis.meeting import standing
from briefs.asked import Asked, Part
from briefs.parts import naming, outlook
from data_access.district.calendar import is_in
from data_access.district.people import Refused
from data_access.district.programmes import Programme
from data_access.ledger.ledger import Ledger
from data_access.ledger.opening import ledger_if_any
from questions.seasons import WEEKS, seasons_ahead
from ui.style.numbers import UNKNOWN, day, moment, relative

DUE = {"kind": "事项", "matter_id": "编号", "title": "名称", "unit": "单位", "due": "到期", "state": "情况"}
WEEK, MONTH = 7, 30  # days ahead: of a day's or a week's paper, of a longer one's
MOST, ON_PAPER, IN_SHORT, NAMED = 300, 10, 5, 3
LATE = "已过期"
SECRET = "secret"
LAST = "以上由台账、区情配置和数据按规则列出，没有另拟措施。"


def coming(asked: Asked) -> Part | None:
    """What the office has before it after the brief's days."""
    days = WEEK if asked.where.when.end - asked.where.when.start <= timedelta(days=WEEK) else MONTH
    rows, said = due(asked, days), list[str]()
    if len(rows):
        late = int((rows["state"] == LATE).sum())
        kinds = rows["kind"].value_counts(sort=False)
        told = "、".join(f"{kind} {many} 项" for kind, many in kinds.items())
        parts = {"已过期": late, f"此后 {days} 天内到期": len(rows) - late}
        both = "，".join(f"{words} {many:,} 项" for words, many in parts.items() if many)
        whole = f"督办与协同里{both}{'，共 ' + f'{len(rows):,} 项' if all(parts.values()) else ''}"
        said.append(whole + ("。" if asked.in_short else f"：{told}。"))
    said += [sentence for part in [outlook(asked)] if part and asked.in_short for sentence in part.sentences]
    said += [*_cases(asked), *_hard_cases(asked), *_seasons(asked, days), *_risen(asked)]
    if not said:
        return None
    numbered = [f"{place}．{one}" for place, one in enumerate(said, start=1)] if len(said) > 1 else said
    return Part(
        "下一步", (*numbered, LAST), rows.head(MOST), DUE, paper=rows.head(IN_SHORT if asked.in_short else ON_PAPER)
    )


def due(asked: Asked, days: int) -> pd.DataFrame:
    """The matters that are past their deadline, or whose it is within so many days, as they stood when the brief's days
    were over; the nearest first. Grain: one row per matter, columns DUE."""
    ledger = ledger_if_any(asked.reader)
    if ledger is None or asked.reader.sight.matters.whose == "none":
        return pd.DataFrame(columns=list(DUE))
    end = min(asked.where.when.end, ledger.now())
    rows = [row for programme in asked.reader.profile.programmes.programmes
            for row in _due(asked, ledger, programme, end, days)]  # fmt: skip
    told = pd.DataFrame(rows, columns=[*DUE, "at"]).sort_values("at", kind="stable", ignore_index=True)
    return told[list(DUE)]


def _due(
    asked: Asked, ledger: Ledger, programme: Programme, end: datetime, days: int
) -> Iterator[tuple[str, str, str, str, str, str, datetime]]:
    if any(field.kind == SECRET for field in programme.fields):
        return  # whom it is about stands in no paper
    try:
        known, events = (ask(programme.kind, viewer=asked.viewer) for ask in (ledger.matters, ledger.events_of))
    except Refused:
        return
    known = known if asked.whole else naming(known, asked)
    known = standing(known, events, end)
    going = known[~known["stage"].map(programme.is_over).astype(bool) & known["due_at"].notna()]
    for row in going[going["due_at"] < end + timedelta(days=days)].to_dict("records"):
        at, unit = row["due_at"], str(row.get("unit") or row.get("street") or UNKNOWN)
        state = LATE if at < end else str(row["stage"])
        yield programme.title, row["matter_id"], row["title"], unit, f"{at:%Y-%m-%d}", state, at


def _now_lies_in(asked: Asked) -> bool:
    """Whether the brief's days hold the data's now: of cases as they stood earlier nothing is known."""
    return asked.where.when.start <= asked.reader.as_of <= asked.where.when.end


def _cases(asked: Asked) -> list[str]:
    if not _now_lies_in(asked):
        return []
    reader, every = asked.reader, asked.where.replace(period=None)
    late, today = (reader.count(every.replace(status=(status,))) for status in ("overdue_open", "due_today"))
    return [f"到 {moment(reader.as_of)}，不论何时受理，逾期未办结 {late:,} 件，今天到期未办结 {today:,} 件。"]


def _hard_cases(asked: Asked) -> list[str]:
    """What the next monthly meeting looks back on: the items that are not over."""
    profile, ledger = asked.reader.profile, ledger_if_any(asked.reader)
    if ledger is None or not asked.whole or not profile.has_programme("hard_case"):
        return []
    try:
        known, events = (ask("hard_case", viewer=asked.viewer) for ask in (ledger.matters, ledger.events_of))
    except Refused:
        return []
    programme = profile.programme("hard_case")
    stages = standing(known, events, min(asked.where.when.end, ledger.now()))["stage"]
    going = int((~stages.map(programme.is_over).astype(bool)).sum())
    return [f"下次{programme.title}调度会研究在办 {going} 项。"] if going else []


def _seasons(asked: Asked, days: int) -> list[str]:
    """The profile's seasons that begin or end soon."""
    known, said = asked.where.when.until(asked.reader.as_of).end, list[str]()
    last = (known - timedelta(microseconds=2)).date()
    for season in asked.reader.profile.settings.seasons:
        for away in range(1, days + 1):
            on = last + timedelta(days=away)
            if is_in(season, on) != is_in(season, last):
                said.append(f"{season.name}{_turn(is_in(season, last), on)}，从 {day(last)}起算还有 {away} 天。")
                break
    return said


def _turn(is_ending: bool, on: date) -> str:
    return f"过完（{day(on)}起不再是）" if is_ending else f"自 {day(on)}开始"


def _risen(asked: Asked) -> list[str]:
    """Which classes rose at this time in past years, as the page 预测 has it."""
    if not _now_lies_in(asked):
        return []
    found = seasons_ahead(asked.reader, asked.where.replace(period=None))
    if found.items.empty:
        return []
    ends = ("change", "low", "high")
    told = "、".join("{}（{}，99% 区间 {}～{}）".format(row["category2"], *(relative(row[end]) for end in ends))
                    for row in found.items.head(NAMED).to_dict("records"))  # fmt: skip
    return [f"往年此后 {WEEKS} 周比之前 {WEEKS} 周多的有 {len(found.items)} 类，件数最多的是{told}。"]
