"""Which weeks of the past a week is set against, and which block of the season each belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.surveillance.fitting import Bools, Design, Floats

STEPS = {12: "month", 52: "week", 365: "day"}  # periods a year that can be found by date
Dates = NDArray[np.datetime64]


@dataclass(frozen=True)
class Window:
    """The reference periods of some periods, whose pasts look alike.

    `ks`: these periods, from 0. `before`: each reference period less the one judged (negative), sorted by block.
    """

    ks: NDArray[np.int_]
    before: NDArray[np.int_]
    design: Design
    by_date: bool

    def read_at(self, known: Bools) -> Floats:
        """Where each series' trend is read, 0 for the period judged. Shape: periods x series -> series.

        By date, R counts the reference periods from the first and the period judged from the first known one.
        """
        if not self.by_date:
            return np.zeros(known.shape[1])
        time = self.design.time
        return np.asarray(time.min() - np.where(known, time[:, None], np.inf).min(axis=0, initial=0.0))


@dataclass(frozen=True)
class Seasons:
    """How the past is looked up. `b`: years back; `w`: half a window; `periods`: blocks of a year, 1 for the windows
    alone; `skipped`: periods up to the one judged that are no reference; `freq`: periods a year; `epoch`: the date of
    each period, None to count periods instead.
    """

    length: int
    b: int
    w: int
    periods: int
    skipped: int
    freq: int
    epoch: Dates | None

    def windows(self, ks: NDArray[np.int_]) -> Iterator[Window]:
        """The windows of these periods (from 0), those that look alike together."""
        alike: dict[bytes, list[int]] = {}
        parts: dict[bytes, tuple[NDArray[np.int_], Design]] = {}
        for k in ks.tolist():
            before, block = self._blocks(k)
            design = Design(np.flatnonzero(np.diff(block, prepend=-1)), self._time(k, before))
            key = b"".join(part.tobytes() for part in (before, design.starts, design.time))
            alike.setdefault(key, []).append(k)
            parts[key] = before, design
        for key, (before, design) in parts.items():
            yield Window(np.array(alike[key]), before, design, self.epoch is not None)

    def _time(self, k: int, before: NDArray[np.int_]) -> Floats:
        if self.epoch is None:
            return before.astype(float)
        return np.asarray((self.epoch[k + before] - self.epoch[k]) / (self.epoch[1] - self.epoch[0]))

    def _blocks(self, k: int) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
        """The reference periods of k less k, and their blocks (the last one: around k's anniversaries)."""
        anchors = self._anchors(k)
        if anchors[-1] + 1 < self.w or k + 1 < self.skipped:
            raise ValueError(
                f"第 {k + 1} 期往前 {self.b} 年、前后各 {self.w} 期的历史不全：请减小 b，或让 range 从更晚的一期开始"
            )
        block = np.zeros(self.length, dtype=int)
        block[k - self.w : k + 1] = self.periods
        for later, anchor in pairwise(anchors):
            block[max(anchor - self.w, 0) : anchor + self.w + 1] = self.periods
            if self.periods > 1:
                begin, end = anchor + self.w + 1, later - self.w
                if end - begin < self.periods - 1:
                    raise ValueError(f"noPeriods={self.periods} 太多：窗口以外一年只有 {max(end - begin, 0)} 期")
                # As even as can be; the earlier ones take the rest.
                parts = np.array_split(np.arange(begin, end), self.periods - 1)
                block[begin:end] = np.repeat(np.arange(1, self.periods), [len(part) for part in parts])
        block[max(k - self.skipped, 0) : k + 1] = 0
        rows = np.flatnonzero(block)
        if not len(rows) or block[rows].max() < self.periods:
            raise ValueError(f"pastWeeksNotIncluded={self.skipped} 太大：同期窗口里一期也不剩")
        rows = rows[np.argsort(block[rows], kind="stable")]
        return rows - k, block[rows]

    def _anchors(self, k: int) -> list[int]:
        """k and the same period of each year before, from 0."""
        if self.epoch is None:
            found = [k - self.freq * year for year in range(self.b + 1)]
        else:
            rows = {day: row for row, day in enumerate(self.epoch.tolist())}
            days = anniversaries(self.epoch[k], self.b, STEPS[self.freq]).tolist()
            found = [rows.get(day, -1) for day in days]
        if min(found) < 0:
            raise ValueError(f"第 {k + 1} 期往前 {self.b} 年没有对应的一期：请减小 b，或让 range 从更晚的一期开始")
        return found


def anniversaries(day: np.datetime64, years: int, step: str) -> Dates:
    """The day and the same one of each year before; for weeks, the nearest of the same weekday.

    A 29th of February falls on the 1st of March, as in R.
    """
    date = pd.Timestamp(day)
    first = date.replace(day=1)
    found = np.array([first.replace(year=date.year - back) for back in range(years + 1)], dtype="datetime64[D]")
    found += date.day - 1
    if step == "week":
        off = (found - found[0]).astype(int) % 7
        found -= np.where(off > 3, off - 7, off)
    return found
