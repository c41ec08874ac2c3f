"""An alarm in words: what, where, against what is usual, since when. The same on pages, walls and in messages."""

from __future__ import annotations

from datetime import datetime

from data_access.cases.reader import Reader
from data_access.district.days import kind_in_words
from data_access.district.periods import DAY, day_of
from questions.warning import FORTNIGHT, HOUR, WEEK, YESTERDAY, Alarm, Watched

NONE, COMPUTING = "今日无异常", "预警正在计算，算好后自动出现"
SURE = {True: "确定", False: "留意"}
NAMES = {HOUR: "今日到此时", YESTERDAY: "昨日", WEEK: "近7天", FORTNIGHT: "近14天"}
SHORT = NAMES | {HOUR: "今日"}


def headline(alarm: Alarm) -> str:
    """What it is about: the place and the class."""
    return f"{alarm.place or '全区'}　{alarm.what or '全部诉求'}"


def counted(alarm: Alarm, now: datetime) -> str:
    """How many there are, in what time."""
    if alarm.window == HOUR:
        return f"今日到 {now:%H:%M} 已 {alarm.observed:,} 件"
    return f"{NAMES[alarm.window]} {alarm.observed:,} 件"


def usual(alarm: Alarm) -> str:
    """Against what is usual, with the interval in which it lies nineteen times of twenty."""
    when = "平常到这个时候" if alarm.window == HOUR else "平常"
    return f"{when} {few(alarm.expected)} 件（{alarm.low:,.0f}–{alarm.high:,.0f}）"


def few(number: float) -> str:
    """A number of cases that need not be whole."""
    return f"{number:,.0f}" if number >= 9.95 else f"{number:.1f}"


def since(alarm: Alarm, now: datetime) -> str:
    """Since which day, in words."""
    first = day_of(now) - alarm.LOOKED_BACK * DAY
    if alarm.since >= day_of(now):
        return "今日起"
    return f"{_day(alarm.since)}{'或更早' if alarm.since <= first else '起'}"


def owner(alarm: Alarm) -> str:
    """Who handles most of its cases."""
    return alarm.unit or "未填写单位"


def sentence(alarm: Alarm, now: datetime) -> str:
    """The whole alarm in one sentence."""
    return f"{headline(alarm)}：{counted(alarm, now)}，{usual(alarm)}，{since(alarm, now)}"


def compared_with(reader: Reader, alarm: Alarm) -> str:
    """What the usual figure is taken from."""
    if alarm.window in (HOUR, YESTERDAY):
        rules, day = reader.profile.settings.watch, day_of(reader.as_of) - (alarm.window == YESTERDAY) * DAY
        seasons = reader.profile.settings.seasons
        until = "同一时刻之前" if alarm.window == HOUR else "全天"
        return f"与此前最近 {rules.comparable_days} 个{kind_in_words(day.date(), seasons)}{until}比（不含最近一周）"
    return "与季节、日历和此前半年的水平比（不含最近三周）"


def title(alarm: Alarm) -> str:
    """The matter that it becomes."""
    return f"{alarm.place or '全区'}{alarm.what or '诉求'}突增"


def how_sure(found: Watched, alarm: Alarm) -> str:
    """How likely it is to be chance, beside how much was looked at."""
    alone = f"若一切如常，这一处出现这么多件的机会{_chance(alarm.p)}。"
    if alarm.is_sure:
        return f"确定：{alone}同时看了 {found.series:,} 个地点与分类的组合，列为“确定”的平均不到二十分之一是偶然。"
    many = f"同时看了 {found.series:,} 个地点与分类的组合，凭偶然也约有 {found.by_chance:.1f} 条这样的预警，"
    return f"留意：{alone}{many}请看过再定。"


def _chance(p: float) -> str:
    """0.000034 -> 约 29,000 分之一."""
    if p < 1e-6:
        return "不到百万分之一"
    return f"约 {float(f'{1 / p:.2g}'):,.0f} 分之一" if p < 0.001 else f"约 {p:.1%}"


def called_again(again: int) -> str:
    """What part of it is the same people's."""
    return f"其中 {again:,} 件是同一人再次来电，不去掉也不单独报警。" if again else "没有同一人反复来电。"


def _day(moment: datetime) -> str:
    return f"{moment.month}月{moment.day}日"
