"""Alarms kept as matters of the ledger: opened once for an event, brought up to date while it lasts, ended when it is
over, and told outward. What people decide of them (属实, 误报) is counted with what was measured.

Everything that must not be lost stands in the ledger: which alarm is known, when it last stood, whether it was told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from data_access.cases.reader import Reader
from data_access.district.people import Actor
from data_access.ledger import machine
from data_access.ledger.ledger import Ledger
from data_access.ledger.opening import ledger_if_any
from data_access.ledger.pen import cases_of
from questions import alarm_words as words
from questions.warning import Alarm, Watched, contains

LOG = logging.getLogger(__name__)
KIND, SYSTEM = "alarm", Actor("预警", "系统")
QUIET = timedelta(hours=36)  # without being an alarm, after which an event is over: midnight alone ends none
SAME = timedelta(days=14)  # after its end, in which what began before that end is no new event
OFTEN = timedelta(hours=20)  # between two notes that it still stands
TRUE, FALSE = "属实", "误报"


def inbox_of(reader: Reader) -> Ledger | None:
    """The ledger that keeps the alarms; None where there is none, or the profile has no such matters."""
    return ledger_if_any(reader) if reader.profile.has_programme(KIND) else None


def record(ledger: Ledger, found: Watched) -> list[str]:
    """Bring the inbox up to date with the alarms; returns the numbers of those that are new. Asked again with the same
    alarms, or by several processes, it writes nothing more."""
    programme, opened = ledger.profile.programme(KIND), []
    if not found.windows or not (set(_todo(ledger, found)) - {""}):
        return []
    with ledger.writing() as pen:  # whoever comes second sees what the first has written
        for what, alarm, row in _plan(ledger, found):
            if what == "open" and alarm is not None:
                due = machine.deadline(programme, pen.now(), programme.due_hours, ledger.profile.programmes.office)
                title, now = words.title(alarm), found.moment
                said = {"what": words.headline(alarm), "unit": alarm.unit, "street": "".join(alarm.where.street),
                        "since": f"{alarm.since:%Y-%m-%d}"} | _state(alarm, now)  # fmt: skip
                about: dict[str, Any] = {"where": alarm.whole, "due_at": due, "text": words.sentence(alarm, now)}
                opened.append(pen.open(programme, SYSTEM, title, fields=said, **about))
            elif what == "stand" and alarm is not None:
                pen.move(row["matter_id"], "stand", SYSTEM, seen=row["events"], fields=_state(alarm, found.moment))
            elif what == "subside":
                pen.move(row["matter_id"], "subside", SYSTEM, seen=row["events"])
    return opened


def _state(alarm: Alarm, now: datetime) -> dict[str, str]:
    return {"sure": words.SURE[alarm.is_sure], "observed": f"{alarm.observed}", "usual": words.usual(alarm),
            "latest": words.counted(alarm, now), "standing": now.isoformat(timespec="minutes")}  # fmt: skip


def _todo(ledger: Ledger, found: Watched) -> list[str]:
    return [what for what, _, _ in _plan(ledger, found)]


def _plan(ledger: Ledger, found: Watched) -> list[tuple[str, Alarm | None, dict[Any, Any]]]:
    """What is to be done: an alarm to open, one that still stands, a matter whose alarm is over."""
    rows = ledger.matters(KIND).to_dict("records")
    plan: list[tuple[str, Alarm | None, dict[Any, Any]]] = []
    standing = set()
    for alarm in found.alarms:
        mine = [row for row in rows if is_same(row, alarm)]
        going = [row for row in mine if not row["over"]]
        standing |= {row["matter_id"] for row in going}
        if not mine:
            plan.append(("open", alarm, {}))
        elif going and found.moment - _stood(going[0]) >= OFTEN:
            plan.append(("stand", alarm, going[0]))
    for row in rows:
        if not row["over"] and row["matter_id"] not in standing and found.moment - _stood(row) >= QUIET:
            plan.append(("subside", None, row))
    return plan


def is_same(row: dict[Any, Any], alarm: Alarm) -> bool:
    """Whether a matter of the inbox is about the alarm's event: of a place and class that hold each other, and going
    on, or ended after the alarm began and not long ago."""
    where = cases_of(row)
    if where is None or not (contains(where, alarm.where) or contains(alarm.where, where)):
        return False
    end = row["changed_at"]
    return not row["over"] or (alarm.since <= end and alarm.where.when.end - end <= SAME)


def _stood(row: dict[Any, Any]) -> datetime:
    return datetime.fromisoformat(row["standing"]) if row["standing"] else row["opened_at"]


def matter_of(rows: pd.DataFrame, alarm: Alarm) -> dict[Any, Any] | None:
    """The matter of the inbox that is about an alarm; None without. `rows`: as Ledger.matters."""
    return next((row for row in rows.to_dict("records") if is_same(row, alarm)), None)


def urgency(rows: pd.DataFrame, found: Watched | None, unread: str) -> pd.Series:
    """By matter of the inbox: how soon a duty officer must look at it, 0 the soonest: what nobody has confirmed (it
    stands in the stage `unread`), then what still stands, the strongest alarm on top. `rows`: as Ledger.matters."""
    alarms = found.alarms if found else []
    strength = [
        next((place for place, alarm in enumerate(alarms) if is_same(row, alarm)), len(alarms))
        for row in rows.to_dict("records")
    ]
    order = pd.DataFrame({"read": rows["stage"] != unread, "strength": strength}, index=rows.index)
    return order.apply(tuple, axis=1).rank(method="dense") if len(order) else pd.Series(dtype=float)


def outcomes(rows: pd.DataFrame) -> dict[str, int]:
    """How the alarms of the inbox ended: stage -> how many. `rows`: as Ledger.matters."""
    return {str(stage): int(count) for stage, count in rows[rows["over"]]["stage"].value_counts().items()}


Send = Callable[[str, str], bool]


def tell(ledger: Ledger, send: Send | None, clock: datetime, above: Send | None = None) -> list[str]:
    """Send out what is to be told, and note that it was; returns the numbers. `send`: title and text, whether it went
    out; what did not is tried again the next time. `clock`: the moment by the wall; `above`: to whoever answers for
    those that did not.

    Each alarm is told once; one that nobody has acknowledged again every `repeat_hours`, as often as the profile says,
    and after that once `above`. Nothing goes out in the quiet hours: it waits for their end.
    """
    rules = ledger.profile.settings.watch
    if rules.is_quiet(clock.hour):
        return []
    told = []
    first = ledger.profile.programme(KIND).stages[0]
    times = ledger.times(KIND)
    sent = times[times["move"] == "tell"].set_index("matter_id")["times"].to_dict()
    for row in ledger.matters(KIND).to_dict("records"):
        before = int(sent.get(row["matter_id"], 0))
        waited = (ledger.now() - datetime.fromisoformat(row["told"])).total_seconds() / 3600 if row["told"] else 0.0
        again = row["stage"] == first and waited >= rules.repeat_hours
        if row["over"] or (before and not again):
            continue
        out, mark = (above, "无人确认") if before > rules.repeats else (send, "再次提醒" if before else "预警")
        if before > rules.repeats + 1 or out is None:
            continue
        text = f"{row['what']}：{row['latest']}，{row['usual']}；{row['matter_id']}，承办最多的单位：{row['unit']}"
        if out(f"【{mark}】{row['title']}", text):
            ledger.move(row["matter_id"], "tell", SYSTEM, seen=row["events"])
            told.append(row["matter_id"])
    return told
