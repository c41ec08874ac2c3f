"""Hours by the clock: 早上7点到9点, 晚上十点以后, 22点以前; each as the hours of a day that it means."""

from __future__ import annotations

import re
from datetime import timedelta

from data_access.cases.filters import CaseFilter
from data_access.district.periods import DAY, Period
from questions.asking.times import NUMBER, number

# What the words before an hour make of it; the last hour that a part of the day is said of as it stands.
MORNING, NOON, EVENING, NIGHT = "morning", "noon", "evening", "night"
PARTS = {
    MORNING: ("凌晨", "清晨", "早上", "早晨", "上午"), NOON: ("中午", "午间"), EVENING: ("下午", "傍晚"),
    NIGHT: ("晚上", "晚间", "夜晚", "夜里", "夜间", "深夜", "半夜"),
}  # fmt: skip
WORDS = "|".join(word for words in PARTS.values() for word in words)
# Not 第一时间, 一时候, 三点位, 7点半: no whole hour.
O_CLOCK = r"(点钟|点整|点|时整|时|[:：]00)(?!半|位|刻|多|间|候|期|限|长|效|段|左右|前后|[\d一二三四五六七八九十])"
BEGINS = r"(?<![\d一二三四五六七八九十])"  # of 25点 the end is no hour
RANGE = re.compile(
    rf"{BEGINS}从?(?P<part>{WORDS})?的?(?P<hour>{NUMBER})({O_CLOCK})?(到|至|-|—+|–|－|~|～)"
    rf"(次日|第二天)?(?P<other>{WORDS})?的?(?P<end>{NUMBER}){O_CLOCK}(之间|期间)?"
)
POINT = re.compile(
    rf"{BEGINS}(?P<part>{WORDS})?的?(?P<hour>{NUMBER}){O_CLOCK}(?P<side>以后|之后|过后|后|以前|之前|前)?"
)
LOOSE = re.compile(r"[一二两三四五六七八九十]+点$")  # 好一点, 三点建议: no hour by itself


def hours_at(text: str, at: int, wakes: int) -> tuple[int, tuple[int, ...], str] | None:
    """The words for hours that begin at a place of the text: how many letters, what hours, how they were taken.

    `wakes`: the hour in which the profile's night is over, up to which 以后 goes.
    """
    if match := RANGE.match(text, at):
        begin, end = _hour(match["part"], match["hour"]), _hour(match["other"] or match["part"], match["end"])
        if begin is not None and end is not None and end <= begin and not match["other"] and end + 12 > begin:
            end += 12 if end + 12 <= 24 and _kind(match["part"]) in (MORNING, NOON) else 0  # 上午10点到2点
        if begin is not None and end is not None and begin % 24 != end % 24:
            return len(match[0]), *_taken(match[0], begin % 24, end)
    match = POINT.match(text, at)
    begin = _hour(match["part"], match["hour"]) if match else None
    if not match or begin is None or (not match["side"] and LOOSE.match(match[0])):
        return None
    begin %= 24
    if not match["side"]:
        return len(match[0]), *_taken(match[0], begin, begin + 1)
    if match["side"].endswith("前"):
        return (len(match[0]), *_taken(match[0], 0, begin)) if begin else None
    return (len(match[0]), *_taken(match[0], begin, wakes)) if begin != wakes else None


def _kind(part: str | None) -> str:
    return next((kind for kind, words in PARTS.items() if part in words), "")


def _hour(part: str | None, said: str) -> int | None:
    """By the clock of 24 hours; None for what is none: 25点, 凌晨20点."""
    hour, kind = number(said), _kind(part)
    if hour > 24 or (kind == MORNING and hour > 12) or (kind == NOON and 2 < hour < 11):
        return None
    if kind == MORNING:
        return 0 if hour == 12 and part == "凌晨" else hour
    if (kind in (NOON, EVENING) and hour < 11) or (kind == NIGHT and 5 <= hour < 12):
        return hour + 12
    return 24 if kind == NIGHT and hour == 12 else hour


def _taken(said: str, begin: int, end: int) -> tuple[tuple[int, ...], str]:
    """The hours from one to before another, if need be over midnight."""
    last = end % 24 or 24
    over = last <= begin
    hours = (*range(begin, 24), *range(last)) if over else tuple(range(begin, last))
    return hours, f"“{said}”按受理时刻 {begin} 时到{'次日 ' if over else ' '}{last} 时，末点不含"


def of_that_night(where: CaseFilter) -> CaseFilter:
    """Of one day and hours over midnight (昨天夜里) the night that begins on it, not both ends of its calendar day."""
    hours, day = set(where.hour), where.when
    begins = [hour for hour in hours if (hour - 1) % 24 not in hours]
    if day.end - day.start != DAY or not {23, 0} <= hours or len(begins) != 1:
        return where
    start = day.start + timedelta(hours=begins[0])
    return where.replace(period=Period(start, start + timedelta(hours=len(hours))), hour=())
