"""Time series as tidy frames: gaps become rows, two years share one axis."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
import pandas as pd

from analysis.kept import kept


class Stretch(Protocol):
    """A half-open stretch of time."""

    @property
    def start(self) -> datetime: ...

    @property
    def end(self) -> datetime: ...


STEPS = {"day": "D", "week": "7D", "month": "MS"}


@kept
def every_bucket(
    frame: pd.DataFrame,
    time: str,
    value: str,
    *,
    by: Sequence[str] = (),
    zero: bool,
    within: Stretch | None = None,
) -> pd.DataFrame:
    """The frame with a row for every bucket between its first and last, for each group of `by`.

    `time`: hour (0..23) or a column of dates by day, week or month. A bucket without cases is 0 for a count
    (`zero`) and unknown for a rate, so that a line falls to 0 or breaks there. Without the
    row it would run straight on, as if nothing were missing. `within`: the stretch that is counted, as far as the data
    knows it; a bucket that it cuts short is `partial`, which is added then.
    """
    if frame.empty:
        return frame.assign(partial=False)
    dates = time in STEPS
    buckets = pd.Index(pd.date_range(frame[time].min(), frame[time].max(), freq=STEPS[time]) if dates else range(24))
    groups = frame[list(by)].drop_duplicates(ignore_index=True)
    group = frame.groupby(list(by), sort=False).ngroup().to_numpy() if by else np.zeros(len(frame), int)
    number, size = len(groups) if by else 1, len(buckets)
    values = np.full(number * size, np.nan)
    at = buckets.get_indexer(pd.Index(frame[time]))
    values[group[at >= 0] * size + at[at >= 0]] = frame[value].to_numpy(float)[at >= 0]
    starts = pd.Series(buckets.take(np.tile(np.arange(size), number)))
    filled = {name: groups[name].take(np.repeat(np.arange(number), size)).array for name in by}
    filled |= {time: starts.array, value: np.where(np.isnan(values), 0.0, values) if zero else values}
    return pd.DataFrame(filled).assign(partial=cut_short(starts, time, within) if within and dates else False)


def cut_short(starts: pd.Series, time: str, within: Stretch) -> pd.Series:
    """By bucket that begins at `starts`: whether only a part of it lies `within`."""
    ends = starts + (pd.DateOffset(months=1) if time == "month" else pd.Timedelta(STEPS[time].rjust(2, "1")))
    return (starts < within.start) | (ends > within.end)


@kept
def on_one_axis(
    current: pd.DataFrame, before: pd.DataFrame, time: str, *, later: timedelta | None = None
) -> pd.DataFrame:
    """This stretch and the same one a year before. Adds year (本期, 上年同期) and position (this year's date).

    `later`: how far the earlier one is moved; a year of dates unless given, 52 weeks where weekdays are aligned.
    """
    parts = [
        before.assign(position=before[time] + (later or pd.DateOffset(years=1)), year="上年同期"),
        current.assign(position=current[time], year="本期"),
    ]
    return pd.concat([part for part in parts if len(part)] or parts[1:], ignore_index=True)
