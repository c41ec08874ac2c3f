"""Comparisons of periods, in districts where nothing ever changes: each is stored and asked through a Reader."""

from __future__ import annotations

import dataclasses
import functools
import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from data_access.cases.comparison import Change
from data_access.cases.files import FileStore
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.cases.sight import NOTHING_SINGLY
from data_access.district.festivals import new_years
from data_access.district.periods import Period, comparison, day_of, preset
from data_access.district.profile import Profile, current_profile
from scripts.claims import Claim

WEEKDAYS = np.array([1.14, 1.08, 1.05, 1.03, 1.02, 0.88, 0.80])
A_DAY = 200.0  # cases
HOUR = 3600  # seconds


def arrivals(random: np.random.Generator, first: datetime, until: datetime, overdispersion: float) -> pd.Series:
    """The moments at which cases come in: negative binomial days of variance `overdispersion` × mean, and weekdays."""
    days = pd.date_range(first, until, freq="D")
    means = A_DAY * WEEKDAYS[days.day_of_week]
    counts = random.negative_binomial(means / (overdispersion - 1), 1 / overdispersion)
    seconds = random.integers(8 * HOUR, 20 * HOUR, counts.sum())
    moments = pd.Series(days.repeat(counts)) + pd.to_timedelta(seconds, unit="s")
    return moments[moments < until].reset_index(drop=True)


def handled(random: np.random.Generator, moments: pd.Series, as_of: datetime) -> pd.DataFrame:
    """Cases as a source knows them at `as_of`. Slow cases are solved less often, and called back later."""
    size = len(moments)
    closed = moments + pd.to_timedelta(60 * HOUR * random.lognormal(0.0, 1.0, size), unit="s")
    called = closed + pd.to_timedelta(40 * HOUR * random.lognormal(0.0, 0.7, size), unit="s")
    due = moments + pd.to_timedelta(np.where(random.random(size) < 0.6, 5, 15) * 24 * HOUR, unit="s")
    slow = (closed - moments).rank(pct=True)
    is_solved, is_closed = random.random(size) < 0.99 - 0.14 * slow, closed <= as_of
    is_called = (called <= as_of) & (random.random(size) < 0.85)
    return pd.DataFrame({
        "case_id": [f"H{nth}" for nth in range(size)], "source": "hotline", "created_at": moments, "due_at": due,
        "closed_at": closed.where(is_closed), "callback_at": called.where(is_called),
        "category2": random.choice([f"类{nth}" for nth in range(20)], size), "unit": "某局",
        "caller_key": random.integers(0, 10**9, size).astype(str), "is_closed": is_closed.astype(int),
        "is_late": (is_closed & (closed > due)).astype(int), "has_deadline": 1,
        "is_valid_callback": is_called.astype(int), "is_contacted": is_called.astype(int),
        "resolution": np.where(is_called, np.where(is_solved, "yes", "no"), ""),
        "satisfaction": np.where(is_called, np.where(is_solved, "满意", "不满意"), ""),
        "created_day": moments.dt.date, "batch_id": 1,
        "handling_seconds": (closed - moments).dt.total_seconds().where(is_closed),
    })  # fmt: skip


@functools.cache
def district() -> Profile:
    return current_profile("dongcheng")


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Where all these districts are stored, one after the other: versions of one store, whose old ones go."""
    return tempfile.TemporaryDirectory()


@functools.cache
def _store() -> FileStore:
    return FileStore(Path(_folder().name))


def stored(cases: pd.DataFrame) -> Reader:
    """Who reads these cases. Old readers' versions go."""
    with _store().writing() as connection:
        connection.register("made", cases)
        connection.execute("DELETE FROM cases")
        connection.execute("INSERT INTO cases BY NAME SELECT * FROM made")
        connection.unregister("made")
    return Reader.of(_store(), district())


MEASURED = ("volume", "closed", "overdue", "on_time_rate", "closing_rate", "median_hours",
            "resolution_rate", "composite", "called_back_share")  # fmt: skip
METHOD, STILL = "未完时段的比较", "近7天比前7天，什么也没变"
IN_STEPS = "同上，只给约数的人看一个每周约 70 件的分类"


@dataclass(frozen=True)
class Week:
    """近7天 against the 7 days before: the changes, and whether any class of matters is said to rise or fall."""

    changes: Mapping[str, Change]
    any_class: bool


@functools.lru_cache(maxsize=4096)
def last_week(seed: int, more: float = 1.0) -> Week:
    """In the district of that seed. `more`: how many times the usual number came in in the last seven days."""
    random = np.random.default_rng(seed)
    as_of = datetime(2022, 9, 5, int(random.integers(9, 20))) + timedelta(days=int(random.integers(0, 7)))
    moments = arrivals(random, datetime(2022, 6, 13), as_of, 2.0)
    if more > 1:
        young = moments[moments >= pd.Timestamp(as_of).normalize() - timedelta(days=6)]
        moments = pd.concat([moments, young.sample(frac=more - 1, random_state=seed % 2**32)], ignore_index=True)
    reader = stored(handled(random, moments, as_of))
    where = CaseFilter(period=preset("last7", reader.as_of, reader.profile.settings.clock))
    groups = reader.compare_groups("volume", "category2", where, "previous")
    return Week(reader.changes(MEASURED, where, "previous"), bool(groups["is_sure"].any()))


TOLD_IN_STEPS = ("volume", "on_time_rate", "resolution_rate", "called_back_share")


@functools.lru_cache(maxsize=4096)
def in_steps(seed: int, more: float = 1.0) -> Week:
    """As `last_week`, of one class of about 70 cases a week, for somebody who is told of cases in steps alone."""
    random = np.random.default_rng(seed)
    as_of = datetime(2022, 9, 5, int(random.integers(9, 20))) + timedelta(days=int(random.integers(0, 7)))
    cases = handled(random, arrivals(random, datetime(2022, 6, 13), as_of, 2.0), as_of)
    young = cases[(cases["created_at"] >= as_of - timedelta(days=6)) & (cases["category2"] == "类1")]
    further = young.sample(frac=more - 1, random_state=seed % 2**32).assign(case_id=lambda rows: rows["case_id"] + "+")
    reader = dataclasses.replace(stored(pd.concat([cases, further])), sight=NOTHING_SINGLY)
    where = CaseFilter(period=preset("last7", reader.as_of, reader.profile.settings.clock))
    groups = reader.compare_groups("on_time_rate", "category2", where, "previous")
    return Week(
        reader.changes(TOLD_IN_STEPS, where.replace(category2=("类1",)), "previous"), bool(groups["is_sure"].any())
    )


def _seed(random: np.random.Generator) -> int:
    return int(random.integers(2**60))


def _no_drift(measure: str) -> Claim:
    """The mean change is none: of a count the mean of the logarithm, as a ratio of small counts leans upwards."""
    of, absolute = MEASURES[measure], {"分": 100.0}

    def trial(random: np.random.Generator) -> float:
        one = last_week(_seed(random)).changes[measure]
        if not of.changes_absolutely:
            return math.log1p(one.change)
        relative = one.base if of.unit.name == "小时" else absolute.get(of.unit.name, 1.0)
        return 0.0 if math.isnan(one.change) else one.change / relative

    return Claim(METHOD, STILL, f"{of.label}变化的平均", -0.01, 0.01, trial, FEW, MANY)


def _false(measure: str) -> Claim:
    def trial(random: np.random.Generator) -> float:
        return last_week(_seed(random)).changes[measure].is_sure

    return Claim(METHOD, STILL, f"{MEASURES[measure].label}确定升或降", 0.0, 0.05, trial, FEW, MANY)


def _false_in_steps(measure: str) -> Claim:
    def trial(random: np.random.Generator) -> float:
        return in_steps(_seed(random)).changes[measure].is_sure

    return Claim(METHOD, IN_STEPS, f"{MEASURES[measure].label}确定升或降", 0.0, 0.05, trial, FEW, SOME)


def _any_class_in_steps(random: np.random.Generator) -> float:
    return in_steps(_seed(random)).any_class


def _found_in_steps(random: np.random.Generator) -> float:
    return in_steps(_seed(random), 1.8).changes["volume"].low > 0


def _any_class(random: np.random.Generator) -> float:
    return last_week(_seed(random)).any_class


def _found(random: np.random.Generator) -> float:
    return last_week(_seed(random), 1.2).changes["volume"].low > 0


FEW, SOME, MANY = 12, 200, 400
SHAPE = dict(zip(range(7), WEEKDAYS, strict=True))
NEW_YEAR_SHARE = 0.45  # of the usual, on the seven days of the new year


def expected(period: Period, *, new_year: bool) -> float:
    """How many cases come in on average where only weekdays matter, and the new year, of one a day."""
    days = pd.date_range(day_of(period.start), period.end, freq="D")
    hours = [(max(period.start - day, timedelta()), min(period.end - day, timedelta(days=1))) for day in days]
    # From 8 to 20, as `arrivals` has it.
    share = [max(min(b / timedelta(hours=1), 20) - max(a / timedelta(hours=1), 8), 0.0) / 12 for a, b in hours]
    near = set(new_years(period.start.year, period.end.year)) if new_year else set[date]()
    quiet = [any(0 <= (day.date() - first).days < 7 for first in near) for day in days]
    return float(sum(
        part * SHAPE[day.day_of_week] * (NEW_YEAR_SHARE if is_quiet else 1.0)
        for part, day, is_quiet in zip(share, days, quiet, strict=True)
    ))  # fmt: skip


def _by_calendar(name: str, world: str, kind: str, *, over: bool = False, new_year: bool = False) -> Claim:
    """How large a change the calendar alone makes, of the product's own choice of days."""

    def trial(random: np.random.Generator) -> float:
        clock = district().settings.clock
        year, day = int(random.integers(2012, 2026)), int(random.integers(60, 365))
        as_of = datetime(year, 1, 1) + timedelta(days=day, hours=int(random.integers(8, 20)))
        if new_year:
            first = datetime.combine(new_years(year, year)[0], datetime.min.time())
            as_of = first + timedelta(days=int(random.integers(0, 20)), hours=15)
        period = preset(name, as_of, clock)
        if over:  # seen when it is settled, so that the whole of it counts
            as_of += timedelta(days=90)
        between = comparison(period, kind, as_of, clock)
        now, then = (expected(one, new_year=new_year) for one in (between.current, between.base))
        return abs(now / (then * between.length * between.by_weekdays(WEEKDAYS.tolist())) - 1)

    return Claim("日历", world, "日历造成、屏上没有说明的变化（平均）", 0.0, 0.01, trial, 200, 500)


CLAIMS = [
    *(_no_drift(name) for name in MEASURED),
    *(_false(name) for name in MEASURED),
    Claim(METHOD, STILL, "20 个分类中有一个确定升或降", 0.0, 0.05, _any_class, FEW, MANY),
    Claim(METHOD, "近7天的受理量真的多了 20%", "受理量确定上升", 0.8, 1.0, _found, FEW, 40),
    *(_false_in_steps(name) for name in TOLD_IN_STEPS),
    Claim(METHOD, IN_STEPS, "20 个分类中有一个的按期办结率确定升或降", 0.0, 0.05, _any_class_in_steps, FEW, SOME),
    Claim(METHOD, f"{IN_STEPS}，近7天真的多了 80%", "受理量确定上升", 0.8, 1.0, _found_in_steps, FEW, 40),
    _by_calendar("month", "已满的整月比上月", "previous", over=True),
    _by_calendar("assessment", "已满的考核期比上一期", "assessment", over=True),
    _by_calendar("assessment", "进行中的考核期比上一期", "assessment"),
    _by_calendar("last30", "近30天环比", "previous"),
    _by_calendar("last7", "近7天同比，对齐星期", "yoy"),
    _by_calendar("today", "今天同比，对齐星期", "yoy"),
    _by_calendar("last30", "春节后20天内的近30天，按春节对齐", "lunar", new_year=True),
]
