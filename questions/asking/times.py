"""Words of time: 上个月, 今年, 近7天, 2022年8月, 供暖季; each as the days it means by the data's clock."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from data_access.district.calendar import course_of, days_off, is_in
from data_access.district.models import Clock, Season
from data_access.district.periods import DAY, Period, day_of, preset, shift_months

DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
NUMBER = r"(\d+|十[一二三四五六七八九]?|[二三四五六七八九]?十?[一二两三四五六七八九]|[二三四五六七八九]十)"
# Words that a preset already means.
NAMED = {
    "today": ("今天", "今日", "当天"), "yesterday": ("昨天", "昨日", "昨儿"),
    "month": ("本月", "这个月", "当月", "这月"), "last30": ("最近", "近期", "近来"),
    "last_month": ("上个月", "上月"), "assessment": ("本考核期", "本考核月", "这个考核期", "本期"),
    "last_assessment": ("上一考核期", "上个考核期", "上考核期", "上个考核月"),
    "quarter": ("本季度", "这个季度", "这季度"), "year": ("今年", "本年"), "last_year": ("去年", "上年"),
    "assessment_day": ("本考核日",), "all": ("全部时间", "有史以来", "历年", "开始以来"),
}  # fmt: skip
YEARS = {"今年": 0, "本年": 0, "去年": -1, "上年": -1, "前年": -2}
BEFORE = [word for word, years in YEARS.items() if years]


def number(text: str) -> int:
    """三 -> 3, 十二 -> 12, 二十 -> 20, 7 -> 7."""
    if text.isdigit():
        return int(text)
    tens, found, ones = text.partition("十")
    if not found:
        return DIGITS[text]
    return (DIGITS[tens] if tens else 1) * 10 + (DIGITS[ones] if ones else 0)


Made = Callable[[re.Match[str], datetime, Clock, Sequence[Season]], Period]


def _months(start: datetime, months: int) -> Period:
    return Period(start, shift_months(start, months))


def _year_of(match: re.Match[str], now: datetime) -> int:
    said = match.group("year") or ""
    if said in YEARS:
        return now.year + YEARS[said]
    digits = said.removesuffix("年")
    return (int(digits) if len(digits) == 4 else 2000 + int(digits)) if digits else now.year


def _day(match: re.Match[str], now: datetime, clock: Clock, seasons: Sequence[Season]) -> Period:
    start = datetime(_year_of(match, now), number(match["month"]), number(match["day"]))
    start = start.replace(year=start.year - 1) if start > now and not match["year"] else start
    return Period(start, start + DAY)


def _day_of_month(match: re.Match[str], now: datetime, clock: Clock, seasons: Sequence[Season]) -> Period:
    """28号, 上月28号: of this month, or of the last where it is not reached yet."""
    first = shift_months(day_of(now).replace(day=1), -1 if match["last"] or number(match["day"]) > now.day else 0)
    start = first.replace(day=number(match["day"]))
    return Period(start, start + DAY)


def _month(match: re.Match[str], now: datetime, clock: Clock, seasons: Sequence[Season]) -> Period:
    return _months(_first_of_year(match, now, number(match["month"])), 1)


def _first_of_year(match: re.Match[str], now: datetime, month: int) -> datetime:
    """The first of a month of the year that was said, or of the last year in which it has come."""
    start = datetime(_year_of(match, now), month, 1)
    return start.replace(year=start.year - 1) if start > now and not match["year"] else start


def _run_of_months(match: re.Match[str], now: datetime, clock: Clock, seasons: Sequence[Season]) -> Period:
    """1-11月: the last year in which the last of them has begun."""
    first, last = number(match["month"]), number(match["last"])
    if not first < last <= 12:
        raise ValueError(match[0])
    return Period((ends := _first_of_year(match, now, last)).replace(month=first), shift_months(ends, 1))


def _first_of_many(match: re.Match[str], now: datetime, clock: Clock, seasons: Sequence[Season]) -> Period:
    """前三季度, 前11个月: of the last year in which the last of them has begun."""
    months = number(match["many"]) * (3 if "季" in match[0] else 1)
    if not 1 < months < 12:
        raise ValueError(match[0])
    ends = _first_of_year(match, now, months - 2 if "季" in match[0] else months)
    return _months(ends.replace(month=1), months)


def _festival(match: re.Match[str], now: datetime, clock: Clock, seasons: Sequence[Season]) -> Period:
    """The days off around a festival: of the year that was said, or the last that has begun."""
    name = next(name for name, words in FESTIVALS.items() if match["festival"] in words)
    years = (_year_of(match, now),) if match["year"] else (now.year + 1, now.year, now.year - 1)
    courses = (days_off(name, year) for year in years)
    return Period(*next(course for course in courses if course and (match["year"] or course[0] <= now)))


def _half(match: re.Match[str], now: datetime, clock: Clock, seasons: Sequence[Season]) -> Period:
    return _months(_first_of_year(match, now, 1 if match["half"] == "上" else 7), 6)


def _quarter(match: re.Match[str], now: datetime, clock: Clock, seasons: Sequence[Season]) -> Period:
    nth = number(match["nth"])
    if not 1 <= nth <= 4:
        raise ValueError(match[0])
    return _months(_first_of_year(match, now, 3 * nth - 2), 3)


def _whole_year(match: re.Match[str], now: datetime, clock: Clock, seasons: Sequence[Season]) -> Period:
    return _months(datetime(_year_of(match, now), 1, 1), 12)


def _back(match: re.Match[str], now: datetime, clock: Clock, seasons: Sequence[Season]) -> Period:
    many, unit, tomorrow = number(match["many"]), match["unit"], day_of(now) + DAY
    if unit in ("天", "日"):
        return Period(tomorrow - many * DAY, tomorrow)
    if unit in ("周", "个星期", "星期"):
        return Period(tomorrow - 7 * many * DAY, tomorrow)
    months = many * (12 if unit == "年" else 3 if "季度" in unit else 1)
    return Period(shift_months(tomorrow, -months), tomorrow)


def _half_year_back(match: re.Match[str], now: datetime, clock: Clock, seasons: Sequence[Season]) -> Period:
    tomorrow = day_of(now) + DAY
    return Period(shift_months(tomorrow, -6), tomorrow)


def _week(match: re.Match[str], now: datetime, clock: Clock, seasons: Sequence[Season]) -> Period:
    """A week, its weekend or one day of it."""
    monday = day_of(now) - now.weekday() * DAY - timedelta(weeks=match["which"].count("上"))
    if not (day := match["day"]):
        return Period(monday, monday + timedelta(weeks=1))
    if day == "末":
        return Period(monday + 5 * DAY, monday + 7 * DAY)
    start = monday + "一二三四五六日".index(day.replace("天", "日")) * DAY
    return Period(start, start + DAY)


def _days_ago(match: re.Match[str], now: datetime, clock: Clock, seasons: Sequence[Season]) -> Period:
    start = day_of(now) - (2 + match[0].count("大")) * DAY
    return Period(start, start + DAY)


def _month_before_last(match: re.Match[str], now: datetime, clock: Clock, seasons: Sequence[Season]) -> Period:
    return _months(shift_months(day_of(now).replace(day=1), -match[0].count("上")), 1)


def _new_year(match: re.Match[str], now: datetime, clock: Clock, seasons: Sequence[Season]) -> Period:
    start = datetime(_year_of(match, now), 1, 1)
    return Period(start, start + DAY)


def _last_quarter(match: re.Match[str], now: datetime, clock: Clock, seasons: Sequence[Season]) -> Period:
    begun = datetime(now.year, now.month - (now.month - 1) % 3, 1)
    return _months(shift_months(begun, -3), 3)


def _third(match: re.Match[str], now: datetime, clock: Clock, seasons: Sequence[Season]) -> Period:
    month = _month(match, now, clock, seasons)
    tenth, twentieth = (month.start + days * DAY for days in (10, 20))
    return {"上": Period(month.start, tenth), "中": Period(tenth, twentieth), "下": Period(twentieth, month.end)}[
        match["third"]
    ]


YEAR = r"(?P<year>今年|去年|前年|本年|上年|\d{4}年|\d{2}年)?的?"
SPAN = "天|日|周|个星期|星期|个月|个季度|季度|年"
# As the calendar of days off has them -> how people say it.
FESTIVALS = {
    "元旦": ("元旦",), "春节": ("春节", "过年", "新春"), "清明节": ("清明节", "清明"),
    "劳动节": ("五一劳动节", "劳动节", "五一"), "端午节": ("端午节", "端午"), "中秋节": ("中秋节", "中秋"),
    "国庆节": ("十一国庆", "国庆节", "国庆", "十一假期", "十一长假", "十一黄金周", "十一期间"),
}  # fmt: skip
SAID_OF_DAYS = r"(假期|长假|小长假|黄金周|放假|期间|的?那几天|[三五七八]天)*"
# The longest that fits is taken; of equally long ones the first.
PATTERNS: tuple[tuple[re.Pattern[str], Made], ...] = (
    (re.compile(rf"{YEAR}(?P<month>{NUMBER})月(份)?(?P<day>{NUMBER})[日号]"), _day),
    (re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})日?(?!\d)"), _day),
    (re.compile(rf"(?P<last>上个?月)?(本月|这个?月)?的?(?P<day>{NUMBER})[日号]"), _day_of_month),
    (re.compile(rf"{YEAR}(?P<month>{NUMBER})月(份)?(?P<third>[上中下])旬"), _third),
    (re.compile(rf"{YEAR}(?P<month>{NUMBER})月(份)?"), _month),
    (re.compile(rf"{YEAR}(?P<half>[上下])半年"), _half),
    (re.compile(rf"{YEAR}第?(?P<nth>{NUMBER})季度"), _quarter),
    (re.compile(rf"{YEAR}元旦(当天|那天)"), _new_year),
    (re.compile(rf"{YEAR}(?P<festival>{'|'.join(itertools.chain(*FESTIVALS.values()))}){SAID_OF_DAYS}"), _festival),
    (re.compile(rf"{YEAR}(?P<month>{NUMBER})月?(份)?[-~～至到—–](?P<last>{NUMBER})月(份)?"), _run_of_months),
    (re.compile(rf"{YEAR}前(?P<many>{NUMBER})个?(季度|月)"), _first_of_many),
    (re.compile(r"(?P<year>\d{4}年|今年|去年|前年)(全年)?"), _whole_year),
    (re.compile(rf"(最?近|过去)(的)?(?P<many>{NUMBER}|\d+)(?P<unit>{SPAN})(以?内|里|以来)?"), _back),
    (re.compile(r"(最?近|过去)(的)?半年(以?内|里|以来)?"), _half_year_back),
    (re.compile(r"(?P<which>[本这]|上+)(个)?(周|星期|礼拜)(?P<day>[一二三四五六日天末])?"), _week),
    (re.compile(r"上上个?月"), _month_before_last),
    (re.compile(r"上(一|个|一个)?季度"), _last_quarter),
    (re.compile(r"大*前天"), _days_ago),
)  # fmt: skip


def _season(text: str, at: int, now: datetime, seasons: Sequence[Season]) -> tuple[int, Period] | None:
    """去年供暖季, 供暖季: its course that is going on, or the last that was.

    A year is the one that the season begins in. One over the turn of a year has two: 今年 then means the last that has
    begun, 去年 the last that is over.
    """
    for season in seasons:
        match = re.compile(rf"{YEAR}(?P<which>上一?个|这个|本)?{season.name}").match(text, at)
        if not match:
            continue
        day = now.date()
        while not is_in(season, day):
            day -= timedelta(days=1)
        start, end = course_of(season, day)
        last = start if end <= now else shift_months(start, -12)  # begin of the last that is over
        within_a_year = season.first_day <= season.last_day
        if (match["which"] or "").startswith("上") or (match["year"] in BEFORE and not within_a_year):
            start = shift_months(last, -12 if match["year"] == "前年" else 0)
        elif match["year"] and (within_a_year or match["year"] not in YEARS):
            start = start.replace(year=_year_of(match, now))
        return len(match[0]), Period(*course_of(season, start.date()))
    return None


SINCE = re.compile(r"以来|[到至](今天|今日|现在|目前)|至今|起|开始")
UNTIL = re.compile(r"\s*(到|至|-|—+|–|－|~|～)\s*")
FROM = re.compile(r"自从?|从")
# What the second end of a stretch leaves out, because the first has said it: 2022年6月至8月, 3月5日到9日.
SHARED = re.compile(r"((?:今年|去年|前年|本年|上年|\d{4}年|\d{2}年)的?)?([\d一二三四五六七八九十]+月份?)?")
OWN_YEAR = re.compile(rf"第?{NUMBER}(个?季度|月)|[上下]半年")  # which leaves open of what year it is
Words = tuple[int, Period]  # letters, and the days that they mean


@dataclass(frozen=True)
class Times:
    """Reads words of time by the data's clock. `now`: the data's; `first`: the time of its oldest case."""

    now: datetime
    first: datetime
    clock: Clock
    seasons: Sequence[Season]

    def at(self, text: str, at: int, before: str = "") -> Words | None:
        """The words of time that begin at a place of the text: how many letters, and what days; None for none.

        `before`: words of time that stand before it: 下半年 after 2021年上半年 is of that year as well.
        """
        year = said[1] if (said := SHARED.match(before)) and said[1] else ""
        if year and OWN_YEAR.match(text, at) and (found := self.at(year + text[at:], 0)):
            return found[0] - len(year), found[1]
        named = FROM.match(text, at)
        begin = named.end() if named else at
        begun = self._point(text, begin)
        if begun is None:
            return None
        begun = (begun[0] + len("期间") * text.startswith("期间", begin + begun[0]), begun[1])
        end, period, tomorrow = begin + begun[0], begun[1], day_of(self.now) + DAY
        if (since := SINCE.match(text, end)) and period.start < tomorrow:
            return since.end() - at, Period(period.start, max(tomorrow, period.end))
        to = UNTIL.match(text, end)
        if to and (second := self._second(text[begin:end], text[to.end() :], period)):
            return to.end() + second[0] - at, Period(period.start, second[1].end)
        return None if named else begun

    def _second(self, first: str, rest: str, period: Period) -> Words | None:
        """The later end of a stretch that began with `first`."""
        shared = SHARED.match(first)
        year, month = (shared[1] or "", shared[2] or "") if shared else ("", "")
        for said in dict.fromkeys((year + month, year, "")):
            found = self._point(said + rest, 0)
            if found and found[0] > len(said) and found[1].end > period.end:
                return found[0] - len(said), found[1]
        return None

    def _point(self, text: str, at: int) -> Words | None:
        """One named stretch: 上个月, 去年12月, 近7天."""
        found = [made] if (made := _season(text, at, self.now, self.seasons)) else []
        for name, words in NAMED.items():
            found += [(len(word), preset(name, self.now, self.clock, self.first))
                      for word in words if text.startswith(word, at)]  # fmt: skip
        for pattern, make in PATTERNS:
            if match := pattern.match(text, at):
                try:
                    found.append((len(match[0]), make(match, self.now, self.clock, self.seasons)))
                except (ValueError, KeyError):
                    continue  # 二月三十日: no such day
        return max(found, key=lambda one: one[0]) if found else None
