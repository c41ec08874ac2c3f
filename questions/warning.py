"""What is unusual now: every class at every place against what it is usually, and of what stands out, the events.

Watched are the cases of the profile's sources ([watch]): today by this hour and yesterday against comparable days, the
last seven and fourteen days against the season and the recent weeks. Sums alone are read, so whoever may see sums sees
the same alarms.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

import numpy as np
import pandas as pd

from analysis.surveillance import events, watching
from analysis.surveillance.today import LEAST_DAYS, among_many
from data_access.cases import small
from data_access.cases.cache import at_hand, cached
from data_access.cases.demands import demands
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.sight import WHOLE
from data_access.cases.watched import COLUMNS, LEVELS, PLACES, by_day, by_week, named, new_places, without
from data_access.district.days import calendar, kind_of
from data_access.district.models import Watch
from data_access.district.periods import DAY, Period, day_of

CLASSES = COLUMNS[3:]
HOUR, YESTERDAY, WEEK, FORTNIGHT = WINDOWS = ("hour", "day", "week", "fortnight")
# Which part of the false alarms that the profile allows each kind of series has: the first two are what people ask for.
SHARES = {"class": 0.5, "street": 0.35, "other": 0.15}
YEAR_BACK = 400  # days in which comparable days are looked for
SEASONAL = (LEVELS[0], LEVELS[1], LEVELS[2], ("street",), ("unit",))  # levels with a season of their own
NARROWER = (
    ("street",), ("street", "community"), ("category2",), ("category2", "category3"), ("category3",),
    ("street", "category3"), ("street", "category2", "category3"), ("street", "community", "category3"),
    ("community",), ("community", "category3"),
)  # fmt: skip


@dataclass(frozen=True)
class Alarm:
    """One event. `where`: its cases within the window; `series`: the same without a period.

    `low`, `high`: what is usual (95 %); `threshold`: more than that is an alarm; `p`: of so many by chance; `is_sure`:
    among all that was looked at, at most one in twenty so strong is false; `since`: the first day of it; `others`: how
    many more alarms are of the same event; `unit`: that handles most of its cases; `callers`: how many people called (a
    case whose caller is not known counts as one); `limit`: the p at which it is an alarm.
    """

    where: CaseFilter
    window: str
    observed: int
    expected: float
    low: float
    high: float
    threshold: float
    p: float
    is_sure: bool
    since: datetime
    strength: float
    others: int
    unit: str
    callers: int
    limit: float

    LOOKED_BACK: ClassVar[int] = 28  # days in which the first one is looked for

    @property
    def series(self) -> CaseFilter:
        return self.where.replace(period=None)

    @property
    def whole(self) -> CaseFilter:
        """Its cases since it began."""
        return self.where.replace(period=Period(self.since, self.where.when.end))

    @property
    def key(self) -> str:
        """What tells it from other events that are going on: its place and class."""
        return "·".join(value for name in COLUMNS for value in getattr(self.where, name))

    @property
    def place(self) -> str:
        """Where, '' for the whole district."""
        names = [*self.where.street, *self.where.community, *self.where.unit]
        return " ".join(names)

    @property
    def what(self) -> str:
        """Of which class, the narrowest name; '' for all."""
        return next((value[0] for name in reversed(CLASSES) if (value := getattr(self.where, name))), "")


@dataclass(frozen=True)
class Watched:
    """What was looked at, and what stands out; the strongest first. `series`: how many; `by_chance`: how many alarms
    there would be if nothing had happened anywhere; `windows`: those that could be judged; `new_names`: places that are
    not watched yet."""

    moment: datetime
    alarms: tuple[Alarm, ...]
    series: int
    by_chance: float
    windows: tuple[str, ...]
    new_names: tuple[str, ...] = ()


def everybody(reader: Reader) -> Reader:
    """The reader of the sums that all who share its scope may see: one answer for them all."""
    return dataclasses.replace(reader, sight=WHOLE, is_singly=False)


def watched(reader: Reader) -> Watched:
    """The alarms as of the reader's data. See `Watched`."""
    return _in_steps(reader, _watched(everybody(reader)))


def _in_steps(reader: Reader, found: Watched) -> Watched:
    """The alarms with the counts that the reader may be told; those that are told as of nobody are left out."""
    if not reader.least:
        return found

    def told(alarm: Alarm) -> Alarm:
        if not small.least_of(reader, alarm.where):
            return alarm
        counts = small.steps(reader, pd.Series([alarm.observed, alarm.callers], dtype=float))
        return dataclasses.replace(alarm, observed=int(counts[0]), callers=int(counts[1]))

    return dataclasses.replace(found, alarms=tuple(one for one in map(told, found.alarms) if one.observed))


def watched_if_ready(reader: Reader) -> Watched | None:
    """As `watched`, where somebody has asked before; None while nobody has, or while it is being computed."""
    found = at_hand(_watched, everybody(reader))
    return _in_steps(reader, found) if found else None


@cached
def _watched(reader: Reader) -> Watched:
    if not reader.has_data:
        return Watched(datetime.min, (), 0, 0.0, ())
    rules = reader.profile.settings.watch
    if not reader.count(CaseFilter(source=rules.sources)):
        return Watched(reader.as_of, (), 0, 0.0, ())
    series, signs, new = _signs(reader)
    if signs.empty:  # too short a past for any window
        return Watched(reader.as_of, (), len(series), 0.0, (), tuple(new["name"]))
    kept = among_many(pd.Series(np.concatenate([signs["p"], np.ones(_untold(series, signs))])))["kept"]
    signs = signs.assign(is_sure=kept.to_numpy()[: len(signs)])
    each = signs.drop_duplicates(["group", "window"])
    by_chance = float((each["limit"] * each["size"]).sum())
    found = [_alarm(reader, signs.iloc[places]) for places in events.merged(signs, COLUMNS)]
    found = sorted((one for one in found if one.observed >= rules.least_cases), key=_rank)
    alarms: list[Alarm] = []
    for alarm in found:  # two that narrowed down to the same cases
        if not any(contains(one.series, alarm.series) or contains(alarm.series, one.series) for one in alarms):
            alarms.append(alarm)
    windows = tuple(dict.fromkeys(signs["window"]))
    return Watched(reader.as_of, tuple(alarms), len(series), by_chance, windows, tuple(new["name"]))


def _rank(alarm: Alarm) -> tuple[bool, bool, float]:
    """What is sure comes first, then what is going on today or yesterday, then what is strongest."""
    return (not alarm.is_sure, alarm.window not in (HOUR, YESTERDAY), -alarm.strength)


def contains(wide: CaseFilter, narrow: CaseFilter) -> bool:
    """Whether all cases of `narrow` are among those of `wide`, as far as their names tell."""
    return all(getattr(wide, name) in ((), getattr(narrow, name)) for name in COLUMNS)


def _untold(series: pd.DataFrame, signs: pd.DataFrame) -> int:
    """How many series were looked at in a window and had too few cases to be told."""
    return len(series) * signs["window"].nunique() - len(signs)


def _signs(reader: Reader) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The series, how each stands in each window, and the places that are not watched yet.

    Grain of the series: one row per series, COLUMNS and group. Grain of the signs: one row per series and window;
    COLUMNS, group, size (series in the group), window, series, observed, expected, phi, p, limit, alarm.
    """
    rules, seasons, today = reader.profile.settings.watch, reader.profile.settings.seasons, day_of(reader.as_of)
    cases = CaseFilter(source=rules.sources)
    weeks = by_week(reader, cases, today)
    comparable = {day: comparable_days(reader, day) for day in (today, today - DAY)}
    days = sorted({one.date() for day, past in comparable.items() for one in (day, *past)})
    day_counts = by_day(reader, cases, days, reader.as_of - today)
    new = new_places(weeks)
    weeks, day_counts = (without(frame, new) for frame in (weeks, day_counts))
    series, (of_weeks, of_days) = numbered([weeks, day_counts])
    counts = np.zeros((int(weeks["back"].max()) + 1 if len(weeks) else 1, len(series)))
    counts[len(counts) - 1 - weeks["back"], of_weeks] = weeks["cases"]
    counts = counts[1:]  # the first week may have begun before the data
    told = calendar([today.date() - timedelta(days=n) for n in range(7 * len(counts), 0, -1)], seasons)
    tables = {}
    for window, day, column in ((HOUR, today, "by_now"), (YESTERDAY, today - DAY, "cases")):
        rows = {one: place for place, one in enumerate([day, *comparable[day]])}
        tables[window] = np.zeros((len(rows), len(series)))
        mine = day_counts["day"].isin(list(rows))
        tables[window][day_counts["day"][mine].map(rows), of_days[mine]] = day_counts[column][mine]
    return series, judged(series, counts, told.to_numpy(), tables, rules), new


def judged(
    series: pd.DataFrame, counts: np.ndarray, days: np.ndarray, tables: Mapping[str, np.ndarray], rules: Watch
) -> pd.DataFrame:
    """How each series stands in each window, as `_signs`. `series`: as `numbered`; `counts`: whole weeks x series;
    `days`: what makes the days of these weeks differ, days x columns; `tables`: window -> the day that is judged and
    below it comparable ones, days x series."""
    mean = days.reshape(len(counts), 7, days.shape[1]).mean(axis=1)
    parts = [watching.weekly(counts, mean, series["parent"].to_numpy(), series["local"].to_numpy())]
    parts += [watching.daily(table[0], table[1:], rules.least_cases).assign(window=window)
              for window, table in tables.items()]  # fmt: skip
    signs = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    if signs.empty:
        return signs
    signs = signs.astype({"series": int}).join(series[[*COLUMNS, "group"]], on="series")
    sizes = {group: int((series["group"] == group).sum()) for group in SHARES}
    limit = watching.limits(signs["window"], signs["group"], sizes, SHARES, rules.false_a_week)
    alarm = (signs["p"].to_numpy(float) <= limit) & (signs["observed"].to_numpy(float) >= rules.least_cases)
    return signs.assign(limit=limit, size=signs["group"].map(sizes), alarm=alarm)


def comparable_days(reader: Reader, day: datetime) -> list[datetime]:
    """Earlier days of the same kind, the newest first, without those just before it."""
    rules, first = reader.profile.settings.watch, day_of(reader.span[0])
    kind = kind_of(day.date(), reader.profile.settings.seasons)
    earlier = (day - n * DAY for n in range(watching.QUIET_DAYS + 1, YEAR_BACK))
    alike = [one for one in earlier if one > first and kind_of(one.date(), reader.profile.settings.seasons) == kind]
    return alike[: rules.comparable_days]


def numbered(frames: Sequence[pd.DataFrame]) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """All series that occur, those with a season of their own first, and for each frame the series of its rows.

    Columns: COLUMNS, parent (position, -1 for none), local (a place of its parent's), group (of SHARES).
    """
    whole = pd.concat([frame[list(COLUMNS)] for frame in frames], ignore_index=True)
    codes = whole.groupby(list(COLUMNS), dropna=False, sort=False).ngroup().to_numpy()
    first = np.unique(codes, return_index=True)[1]
    series = whole.iloc[first].reset_index(drop=True)
    level = [tuple(name for name, there in zip(COLUMNS, row, strict=True) if there)
             for row in series[list(COLUMNS)].notna().to_numpy()]  # fmt: skip
    kinds = {columns: (columns not in SEASONAL, len(columns)) for columns in set(level)}
    names = [_key(row) for row in series[list(COLUMNS)].itertuples(index=False, name=None)]
    order = sorted(range(len(series)), key=lambda at: (kinds[level[at]], level[at], [one or "" for one in names[at]]))
    place = np.empty(len(order), dtype=int)
    place[order] = np.arange(len(order))
    series = series.iloc[order].reset_index(drop=True)
    level = [level[at] for at in order]
    rows = list(series[list(COLUMNS)].itertuples(index=False, name=None))
    at = {_key(row): n for n, row in enumerate(rows)}
    parent = [-1 if columns in SEASONAL else at.get(_key(_above(row, columns)), -1)
              for row, columns in zip(rows, level, strict=True)]  # fmt: skip
    series["parent"] = parent
    series["local"] = [bool(set(columns) & set(PLACES)) and above >= 0
                       for columns, above in zip(level, parent, strict=True)]  # fmt: skip
    series["group"] = [_group(columns) for columns in level]
    ends = np.cumsum([len(frame) for frame in frames])
    return series, np.split(place[codes], ends[:-1])


def _key(row: Sequence[object]) -> tuple[str | None, ...]:
    return tuple(value if isinstance(value, str) else None for value in row)


def _above(row: tuple[object, ...], columns: tuple[str, ...]) -> tuple[object, ...]:
    """The names of the series that one is a part of: its class in the whole district; without a class, its street; for
    the finest class, the one above it."""
    keep = {name for name in columns if name in CLASSES} or {"street"}
    keep -= {CLASSES[-1]}
    return tuple(value if name in keep else None for name, value in zip(COLUMNS, row, strict=True))


def _group(columns: tuple[str, ...]) -> str:
    if columns in (LEVELS[1], LEVELS[2]):
        return "class"
    return "street" if columns[:1] == ("street",) and len(columns) in (2, 3) and columns[1] in CLASSES else "other"


def _alarm(reader: Reader, rows: pd.DataFrame) -> Alarm:
    """One event as people are told of it: in its newest window, at its best place. `rows`: its alarms, best first."""
    own = rows[rows["series"] == rows["series"].iloc[0]]
    core = own.iloc[own["window"].map(WINDOWS.index).argmin()]
    window, sources = str(core["window"]), reader.profile.settings.watch.sources
    where = CaseFilter(source=sources, period=period_of(window, reader.as_of)).replace(**named(core))
    whole = _Judged.of(reader, where, window, float(core["expected"]), float(core["phi"]), float(core["limit"]))
    names, share = _narrowed(reader, where, core)
    part = where.replace(**{name: (value,) for name, value in names.items()})
    phi = 1 + (float(core["phi"]) - 1) * share
    best = _Judged.of(reader, part, window, float(core["expected"]) * share, phi, float(core["limit"]))
    told = best if names and best.observed > best.threshold else whole
    people = demands(reader, told.where)["demands"].sum()
    return Alarm(told.where, window, told.observed, told.expected, told.low, told.high, told.threshold,
                 float(core["p"]), bool(rows["is_sure"].any()), told.since, told.strength, len(rows) - 1,
                 reader.options("unit", told.where, limit=1)[0], int(people), float(core["limit"]))  # fmt: skip


@dataclass(frozen=True)
class _Judged:
    """How many there are of some cases, and how many are usual; as `Alarm`."""

    where: CaseFilter
    observed: int
    expected: float
    low: float
    high: float
    threshold: float
    since: datetime
    strength: float

    @classmethod
    def of(cls, reader: Reader, where: CaseFilter, window: str, expected: float, phi: float, limit: float) -> _Judged:
        observed, days, mean = reader.count(where), Usual.of(reader, where), np.array([expected])
        low, high = (float(watching.bounds(mean, np.array([phi]), chance)[0]) for chance in (0.975, 0.025))
        if told := days.told.get(window):
            expected, low, high = told
        threshold = float(watching.bounds(np.array([expected]), np.array([phi]), limit)[0])
        counts = days.counts.iloc[-Alarm.LOOKED_BACK - 1 :]
        each = expected / (7 * watching.WINDOWS[window]) if window in watching.WINDOWS else days.mean
        since = counts.index[events.begun(counts.to_numpy(float), np.full(len(counts), max(each, 1e-3)))]
        force = float(events.strength(np.array(observed), np.array(expected), np.array(phi)))
        return cls(where, observed, expected, low, high, max(threshold, high), since.to_pydatetime(), force)


def period_of(window: str, as_of: datetime) -> Period:
    """The stretch that a window is, by the data's clock."""
    today = day_of(as_of)
    if window == HOUR:
        return Period(today, today + DAY)
    return Period(today - {YESTERDAY: 1, WEEK: 7, FORTNIGHT: 14}[window] * DAY, today)


def _narrowed(reader: Reader, where: CaseFilter, core: pd.Series) -> tuple[dict[str, str], float]:
    """The place and class within the alarm that tell it better than the whole, and which part of its cases is usually
    there."""
    open_ = [name for name in ("street", "community", "category2", "category3") if not isinstance(core[name], str)]
    if isinstance(core["unit"], str):
        open_ = [name for name in open_ if name not in PLACES]
    choices = [columns for columns in NARROWER if set(columns) <= set(open_)
               and ("community" not in columns or "street" in columns or isinstance(core["street"], str))]  # fmt: skip
    if "category2" in open_:
        choices = [columns for columns in choices if "category3" not in columns or "category2" in columns]
    if not choices:
        return {}, 1.0
    asked = sorted({name for columns in choices for name in columns})
    until = day_of(reader.as_of) - 7 * watching.GAP * DAY
    usual = where.replace(period=Period(until - 7 * watching.BACK * DAY, until))
    now, before = (reader.aggregate(["volume"], asked, one) for one in (where, usual))
    return events.narrowest(now, before, float(core["expected"]), float(core["phi"]), choices)


@dataclass(frozen=True)
class Usual:
    """The days of one series. `counts`: cases by day, the newest one so far; `mean`: of a usual day; `told`: window ->
    expected, low and high of comparable days, None where there are too few."""

    counts: pd.Series
    mean: float
    told: dict[str, tuple[float, float, float] | None]

    @classmethod
    def of(cls, reader: Reader, where: CaseFilter, back: int = 120) -> Usual:
        """`back`: days before today."""
        today, series = day_of(reader.as_of), where.replace(period=None)
        comparable = {HOUR: (today, comparable_days(reader, today)), YESTERDAY: (today - DAY,
                      comparable_days(reader, today - DAY))}  # fmt: skip
        shown = [today - n * DAY for n in range(back, -1, -1)]
        asked: set[date] = {one.date() for one in shown}
        asked |= {one.date() for day, past in comparable.values() for one in (day, *past)}
        found = by_day(reader, series, sorted(asked), reader.as_of - today, ((),)).set_index("day")
        whole = found["cases"]
        told: dict[str, tuple[float, float, float] | None] = {}
        for window, column in ((HOUR, "by_now"), (YESTERDAY, "cases")):
            day, past = comparable[window]
            told[window] = _interval(found[column], day, past)
        counts = whole.reindex(pd.DatetimeIndex(shown), fill_value=0.0)
        return cls(counts, float(counts.iloc[:-28].mean()), told)


def _interval(counts: pd.Series, day: datetime, past: list[datetime]) -> tuple[float, float, float] | None:
    if len(past) < LEAST_DAYS:
        return None
    usual = watching.without_outbreaks(counts.reindex(past, fill_value=0.0).to_numpy(float)[:, None])
    found = watching.against_comparable_days(usual, [float(counts.get(pd.Timestamp(day), 0.0))]).iloc[0]
    return float(found["expected"]), float(found["low"]), float(found["high"])
