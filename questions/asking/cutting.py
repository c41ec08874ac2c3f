"""A sentence cut into the longest words that mean something: times, words of the lexicon, numbers of rows, bounds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta

import pandas as pd

from data_access.cases.reader import Reader
from data_access.district.periods import Period
from questions.asking.hours import hours_at
from questions.asking.times import NUMBER, Times, number
from questions.asking.words import Meaning, lexicon

LIMIT = re.compile(rf"(前|后)?(?P<many>{NUMBER}|\d+)(大|个|名|位|类|条|家)?")
ROWS = re.compile(rf"前?(?P<many>{NUMBER}|\d+)(件|起|单|宗)(?!以)")
FIRST = re.compile(r"第(一|1)(名|位)?(?![季个])")
SIGNS = {
    "<": ("低于", "少于", "小于", "不到", "不足", "没到", "未到", "没达到", "未达到",
          "达不到"), ">": ("高于", "超过", "多于", "大于"),
    ">=": ("以上", "不低于", "不少于", "至少"), "<=": ("以下", "不高于", "不超过", "至多"),
}  # fmt: skip
BOUND = re.compile(
    rf"(?P<sign>{'|'.join(said for many in SIGNS.values() for said in many if said[0] != '以')})"
    r"(?P<than>\d+(\.\d+)?)(?P<unit>%|件|小时|分|人)?(?!以|\d|天|日|月|年|万|千|百)"
    r"|(?P<figure>\d+(\.\d+)?)(?P<of>%|件|小时|分|人)?(?P<after>以上|以下)"
)
# 超过7天, 7天以上: how long something has been so.
AGE = re.compile(
    rf"(已经|已)?(超过|超出|超|大于|多于)了?(?P<many>{NUMBER}|\d+)个?(?P<unit>天|日|小时|周|星期)"
    rf"|(?P<least>{NUMBER}|\d+)个?(?P<of>天|日|小时|周|星期)以上"
)
# 翻番, 翻两番, 增长3倍, 减半: how many times as much.
GROWN = re.compile(
    rf"翻了?(?P<twice>{NUMBER})?个?(番|倍)了?|(增长|增加|上升|上涨|增|涨|多)了?(?P<more>{NUMBER})倍(以上)?"
    r"|(减少|下降|降低|降|少|减)了?(一半|五成)(以上)?|减半|腰斩"
)
# After an hour: 8点到现在, 晚上以来. The hours up to now are not those that were said.
ONWARDS = re.compile("[到至](现在|目前|今天|今日|今)|以来|起")
TIMES_OVER = "倍"
OF_A_CLASS = "类"
AGES = {"天": timedelta(days=1), "日": timedelta(days=1), "小时": timedelta(hours=1), "周": timedelta(weeks=1),
        "星期": timedelta(weeks=1)}  # fmt: skip


@dataclass(frozen=True)
class Bound:
    """What the figures of groups are held to. `unit`: as it was said; percents as people write them. `of`: the
    measures that are held to it."""

    sign: str
    figure: float
    unit: str = ""
    of: tuple[str, ...] = ()

    @property
    def written(self) -> str:
        """As people read it: 低于90%, 不低于5000件."""
        of = "比较期的" if self.unit == TIMES_OVER else ""
        return f"{SIGNS[self.sign][0 if self.sign in '<>' else 1]}{of}{self.figure:g}{self.unit}"

    def holds(self, figures: pd.Series[float]) -> pd.Series[bool]:
        """Which of the figures are within it."""
        compared = {"<": figures.lt, ">": figures.gt, "<=": figures.le, ">=": figures.ge}[self.sign]
        return compared(self.figure / 100 if self.unit == "%" else self.figure)


@dataclass
class Found:
    """What a text was cut into. `meanings`: each word with all that it may mean; `limits`: each with the rows it says
    and whether from the end; `bounds`: each with what it asks of a figure, and how many of the meanings stand before
    it; `ages`: each with how long something is to have been so; `rows`: each with how many cases are to be listed;
    `notes`: how words were taken that may mean more than one thing."""

    periods: list[tuple[str, Period]] = field(default_factory=list)
    meanings: list[tuple[str, tuple[Meaning, ...]]] = field(default_factory=list)
    limits: list[tuple[str, int, bool]] = field(default_factory=list)
    bounds: list[tuple[str, Bound, int]] = field(default_factory=list)
    ages: list[tuple[str, timedelta]] = field(default_factory=list)
    rows: list[tuple[str, int]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def cut(reader: Reader, text: str) -> Found:
    """The text cut into the longest words that mean something, from left to right."""
    words, found, settings = lexicon(reader), Found(), reader.profile.settings
    times = Times(reader.as_of, reader.span[0], settings.clock, settings.seasons)
    wakes = settings.clock.hour_bands[0].start
    longest, at, strange = max(map(len, words)), 0, ""
    while at < len(text):
        word = next((text[at : at + size] for size in range(min(longest, len(text) - at), 0, -1)
                     if text[at : at + size] in words), "")  # fmt: skip
        when = times.at(text, at, found.periods[-1][0] if found.periods else "")
        limit, bound, age = _limit_at(text, at), BOUND.match(text, at), AGE.match(text, at)
        grown = GROWN.match(text, at)
        is_hour = bool(found.meanings) and not strange and found.meanings[-1][1][0].field == "hour"
        onwards = ONWARDS.match(text, at) if is_hour else None
        hours, rows = hours_at(text, at, wakes), ROWS.match(text, at)
        size = max(len(word), *(one[0] for one in (when, hours) if one), len(limit[0]) if limit else 0,
                   *(match.end() - at for match in (bound, age, rows, grown, onwards) if match))  # fmt: skip
        if size and strange:
            found.ignored.append(strange)
            strange = ""
        said = text[at : at + size]
        if not size:
            strange += text[at]
        elif when and when[0] == size:
            found.periods.append((said, when[1]))
        elif onwards and len(onwards[0]) == size:
            found.ignored.append(said)
        elif hours and hours[0] == size:
            found.meanings.append((said, tuple(Meaning("value", str(hour), "hour") for hour in hours[1])))
            found.notes.append(hours[2])
        elif grown and len(grown[0]) == size:
            found.bounds.append((said, _as_times(grown), len(found.meanings)))
        elif bound and len(bound[0]) == size:
            found.bounds.append((said, _as_bound(bound), len(found.meanings)))
        elif age and len(age[0]) == size:
            found.ages.append((said, number(age["many"] or age["least"]) * AGES[age["unit"] or age["of"]]))
        elif rows and len(rows[0]) == size:
            found.rows.append((said, number(rows["many"])))
        elif limit and len(limit[0]) == size:
            found.limits.append(limit)
        elif words[word][0].kind == "beyond":
            found.ignored.append(word)
        elif word != OF_A_CLASS:  # which parts no words: 除公共服务类以外
            found.meanings.append((word, words[word]))
            found.notes += [told for named in settings.clock.rush_hours if (told := named.told(word))]
        at += size or 1
    found.ignored += [strange] if strange else []
    return found


def _limit_at(text: str, at: int) -> tuple[str, int, bool] | None:
    """How many rows are asked for, and whether from the end: 前三, 后5名, 三个社区, 排名第一."""
    limit = LIMIT.match(text, at)
    if first := FIRST.match(text, at):
        return first[0], 1, False
    if not limit or not _is_limit(text, limit):
        return None
    return limit[0], number(limit["many"]), limit[0].startswith("后")


def _as_bound(match: re.Match[str]) -> Bound:
    """低于90%, 2000件以上 as what a figure is held to."""
    sign = next(sign for sign, said in SIGNS.items() if (match["sign"] or match["after"]) in said)
    return Bound(sign, float(match["than"] or match["figure"]), match["unit"] or match["of"] or "")


def _as_times(match: re.Match[str]) -> Bound:
    """翻番 is twice, 翻两番 four times, 增长两倍 three times as much; 翻两倍 is said of both twice and three times, and
    taken for the least."""
    if match["more"]:
        return Bound(">=", 1 + number(match["more"]), TIMES_OVER)
    if match[0].startswith("翻"):
        many = number(match["twice"]) if match["twice"] else 1
        return Bound(">=", 2**many if "番" in match[0] else max(many, 2), TIMES_OVER)
    return Bound("<=", 0.5, TIMES_OVER)


def _is_limit(text: str, limit: re.Match[str]) -> bool:
    """Whether a number says how many rows: 前三, 三个社区, 5个; not a house number."""
    after = text[limit.end() : limit.end() + 1]
    return bool(limit[1] or (limit[0][-1:] in "个名位类条") or after in ("", "大", "街", "社", "类", "单", "部", "问"))
