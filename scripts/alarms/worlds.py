"""Worlds in which alarms are tried: a district's two years made one that repeats, without and with surges.

Every case keeps its class, place and unit; its day is drawn anew from its class's year (the mean of the years there
are, smoothed over a month) and the kind of its weekday, and a tenth of the callers call again within six days. So
nothing happens there that does not happen every year.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.surveillance import events, watching
from data_access.cases.watched import COLUMNS, LEVELS
from data_access.district.days import calendar, kind_of
from data_access.district.profile import Profile
from questions.warning import HOUR, YESTERDAY, judged, numbered

Ints = NDArray[np.int_]
SMOOTH, AGAIN, DAYS_LATER, YEAR = 31, 0.1, 6, 365


@dataclass(frozen=True)
class Surge:
    """More of a class in some place. `size`: of its usual cases; `shape`: step, ramp (over a fortnight) or spike (a
    week's surplus in one day)."""

    size: float
    shape: str
    local: bool
    a_week: float  # usual cases of the series, about

    def share(self, day: int) -> float:
        """Which part of its full height it has on its day (from 0)."""
        if self.shape == "spike":
            return 7.0 if day == 0 else 0.0
        return min((day + 1) / 14, 1.0) if self.shape == "ramp" else 1.0


class World:
    """One such district. `cases`: day (date) and COLUMNS, one row per case."""

    def __init__(self, cases: pd.DataFrame, profile: Profile, random: np.random.Generator) -> None:
        self.profile, self.random = profile, random
        self.days = [day.date() for day in pd.date_range(cases["day"].min(), cases["day"].max())]
        named = cases[list(COLUMNS)].reset_index(drop=True)
        frames = [named[list(level)].reindex(columns=list(COLUMNS)) for level in LEVELS]
        self.series, codes = numbered(frames)
        self.codes = np.stack(codes, axis=1)  # cases x levels
        self.features = calendar(self.days, profile.settings.seasons).to_numpy()
        self.kinds = [kind_of(day, profile.settings.seasons) for day in self.days]
        when = _drawn(cases, self.days, self.features[:, 0], random)
        self.daily = self._counted(self.codes, when)

    def _counted(self, codes: Ints, when: Ints) -> NDArray[np.float64]:
        flat = (when[:, None] * len(self.series) + codes).ravel()
        size = len(self.days) * len(self.series)
        return np.bincount(flat, minlength=size).astype(float).reshape(len(self.days), -1)

    def add(self, surge: Surge, start: int, until: int, taken: set[str]) -> tuple[int, ...]:
        """Let a surge happen in a class that has none yet; the series by which it would be found, () without a class
        of that size."""
        rows = self.series
        wanted = rows["category2"].notna() & rows["category3"].isna() & rows["community"].isna()
        wanted &= rows["street"].notna() if surge.local else rows["street"].isna()
        usual = self.daily[start - 182 : start].mean(axis=0) * 7
        near = wanted & (np.abs(np.log(np.maximum(usual, 0.1) / surge.a_week)) < 0.25) & ~rows["category1"].isin(taken)
        if not near.any():
            return ()
        place = int(self.random.choice(np.flatnonzero(near)))
        taken.add(str(rows["category1"].iloc[place]))
        mine = np.flatnonzero((self.codes == place).any(axis=1))
        for day in range(start, until):
            more = self.random.poisson(usual[place] / 7 * surge.size * surge.share(day - start))
            np.add.at(self.daily[day], self.codes[self.random.choice(mine, more)].ravel(), 1)
        return tuple(np.unique(self.codes[mine])[self._tells(np.unique(self.codes[mine]), place)])

    def _tells(self, some: Ints, place: int) -> NDArray[np.bool_]:
        """Of the series that share its cases, those that are of its class: none wider."""
        told = self.series.iloc[some]["category2"] == self.series["category2"].iloc[place]
        return told.to_numpy(bool)

    def look(self, today: int) -> pd.DataFrame:
        """The signs at the end of a day, as questions.warning has them."""
        weeks = today // 7
        first = today - 7 * weeks
        counts = self.daily[first:today].reshape(weeks, 7, -1).sum(axis=1)
        rules = self.profile.settings.watch
        tables = {}
        for window, day in ((HOUR, today), (YESTERDAY, today - 1)):
            past = [one for one in range(day - watching.QUIET_DAYS - 1, max(day - 400, 0), -1)
                    if self.kinds[one] == self.kinds[day]][: rules.comparable_days]  # fmt: skip
            tables[window] = self.daily[[day, *past]]
        return judged(self.series, counts, self.features[first:today], tables, rules)

    def events(self, today: int) -> Iterator[tuple[tuple[Any, ...], set[int]]]:
        """The events that stand at the end of a day: the names of the one series, and all series in it."""
        signs = self.look(today)
        for rows in events.merged(signs, COLUMNS):
            core = signs.iloc[rows[0]]
            names = tuple(core[name] if isinstance(core[name], str) else None for name in COLUMNS)
            yield names, {int(at) for at in signs["series"].iloc[rows]}


def _drawn(cases: pd.DataFrame, days: list[date], off: NDArray[np.float64], random: np.random.Generator) -> Ints:
    """A day for each case, by its class's year and the kind of day."""
    when = np.empty(len(cases), dtype=int)
    position = (cases["day"] - pd.Timestamp(days[0])).dt.days.to_numpy()
    weekday = np.array([day.weekday() + 7 * int(away) for day, away in zip(days, off, strict=True)])
    of_year = np.arange(len(days)) % YEAR
    for places in cases.groupby("category3", sort=False).indices.values():
        mine = position[places]
        year = np.bincount(of_year[mine], minlength=YEAR) / np.bincount(of_year, minlength=YEAR)[:YEAR]
        ring = np.concatenate([year[-SMOOTH:], year, year[:SMOOTH]])
        smooth = np.convolve(ring, np.ones(SMOOTH) / SMOOTH, "same")[SMOOTH:-SMOOTH]
        kind = np.bincount(weekday[mine], minlength=14) / np.maximum(np.bincount(weekday, minlength=14), 1)
        chance = smooth[of_year] * (kind[weekday] + kind.mean())
        when[places] = random.choice(len(days), len(places), p=chance / chance.sum())
    again = random.random(len(cases)) < AGAIN
    earlier = np.roll(np.arange(len(cases)), 1)[again]  # of the one before, which is of the same day, place and class
    when[again] = np.minimum(when[earlier] + random.integers(1, DAYS_LATER + 1, again.sum()), len(days) - 1)
    return when
