"""每月一题: a year's topics (topics.csv) by the hotline orders of their classes, beside the same months a year before.

Only whole months count: a month that still runs, set against a whole one, would look like a fall. One statement answers
for all topics of a year; what is asked of them is added up here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.effects import CONFIDENCE, ROSE, Estimate, ratio
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.models import Topic
from data_access.district.periods import Period, same_period_last_year, shift_months
from data_access.district.profile import Profile
from data_access.district.programmes import VOID
from data_access.district.vocabulary import HOTLINE

ALL = ""  # the topic of a row about all of them together, in which each order counts once
RATES = ("resolution_rate", "satisfaction_rate")
SUMS = ["volume", *(f"{rate}__{part}" for rate in RATES for part in ("num", "den"))]


def topics_of(profile: Profile, year: int) -> list[Topic]:
    """The topics of a year, in the file's order."""
    return [topic for topic in profile.topics if topic.year == year]


def topic_years(reader: Reader) -> dict[int, int]:
    """Year -> how many of its months, from January on, are over. Years with any come first, newest first."""
    known = {year: _months_over(reader, year) for year in {topic.year for topic in reader.profile.topics}}
    return {year: known[year] for year in sorted(known, key=lambda year: (known[year] > 0, year), reverse=True)}


def _months_over(reader: Reader, year: int) -> int:
    period, new_year = reader.whole_months, months(year).start
    if not period or period.end <= new_year or shift_months(new_year, 12) <= period.start:
        return 0
    return min((period.end.year - year) * 12 + period.end.month - 1, 12)


def months(year: int, until: int = 12) -> Period:
    """January to month `until` of a year."""
    new_year = pd.Timestamp(year, 1, 1).to_pydatetime()
    return Period(new_year, shift_months(new_year, until))


def cases_of_topic(topic: Topic) -> CaseFilter:
    """The orders that belong to a topic."""
    return CaseFilter(source=(HOTLINE,), category3=topic.category3)


def topic_changes(reader: Reader, year: int, until: int, *, by_street: bool = False) -> pd.DataFrame:
    """January to month `until` against the same months a year before.

    Grain: one row per topic in the file's order, then ALL; or per topic (without ALL) and street with orders now or
    then. Columns: topic, street, volume, volume_base, more (the difference), change (a share), low and high (its 95 %
    interval; of streets, all of them together), verdict (下降, 上升, 不能确定), doubt (why there is none),
    resolution_rate and satisfaction_rate of this year (0..1) with __num and __den. volume_base, more and change are
    NaN where the data does not cover the months before, change also where there was none.
    """
    asked = months(year, until)
    before, orders = same_period_last_year(asked), _counted(reader, year)
    now, then = (
        orders[(orders["month"] >= period.start) & (orders["month"] < period.end)] for period in (asked, before)
    )
    by = ["topic", "street"] if by_street else ["topic"]
    base = then.groupby(by)["volume"].sum().rename("volume_base")
    joined = now.groupby(by)[SUMS].sum().join(base, how="outer")
    if by_street:
        joined = joined.drop(index=ALL, level="topic", errors="ignore")
    else:
        names = [*(topic.topic for topic in topics_of(reader.profile, year)), ALL]
        joined = joined.reindex(pd.Index(names, name="topic"))
    joined = joined.fillna(0.0)
    if not reader.covers(before):
        joined["volume_base"], then = np.nan, then.head(0)
    joined["more"] = joined["volume"] - joined["volume_base"]
    judged = _judged(now, then, by, joined.index, asked)
    joined["low"], joined["high"] = ([getattr(one, end) - 1 for one in judged] for end in ("low", "high"))
    joined["verdict"] = [one.verdict for one in judged]
    joined["doubt"] = [one.reason for one in judged] if reader.covers(before) else "数据没有覆盖上年同期"
    joined["change"] = joined["more"] / joined["volume_base"].where(joined["volume_base"] > 0)
    for rate in RATES:
        joined[rate] = joined[f"{rate}__num"] / joined[f"{rate}__den"].where(joined[f"{rate}__den"] > 0)
    return joined.reset_index()


def _judged(
    now: pd.DataFrame, then: pd.DataFrame, by: list[str], index: pd.Index[Any], asked: Period
) -> list[Estimate]:
    """Whether each of `index` fell or rose beside the months a year before, which stand beside this year's."""
    stand = pd.date_range(asked.start, asked.end, freq="MS", inclusive="left")
    tables = []
    for orders, years in ((now, 0), (then, 1)):
        moved = orders.assign(month=orders["month"] + pd.DateOffset(years=years))
        counted = moved.groupby([*by, "month"])["volume"].sum().unstack("month")
        tables.append(counted.reindex(index=index, columns=stand).fillna(0.0).to_numpy(dtype=float))
    # Streets are looked through for the few that changed: at most one list in twenty names any by chance (Bonferroni).
    confidence = 1 - (1 - CONFIDENCE) / (max(len(index), 1) if "street" in by else 1)
    return [ratio(after, before, confidence) for after, before in zip(*tables, strict=True)]


def rising_streets(streets: pd.DataFrame, profile: Profile, year: int) -> pd.DataFrame:
    """Where a topic still grows: of `topic_changes` by street, those that rose beyond chance and have at least the
    profile's small sample of orders, the largest growth first."""
    least = profile.scoring_at(months(year).start.date()).small_sample
    rose = streets[(streets["verdict"] == ROSE) & (streets["volume"] >= least)]
    return rose.sort_values(["more", "topic"], ascending=[False, True])


def matters_of_year(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    """The matters of a year's topics. Grain: one row per topic (the index), the newest where there are several.

    `rows`: as Ledger.matters gives them.
    """
    of_year = rows[(rows["year"] == str(year)) & (rows["stage"] != VOID)]
    return of_year.drop_duplicates("topic").set_index("topic")


def topic_months(reader: Reader, year: int, until: int) -> pd.DataFrame:
    """The course of a year's topics. Grain: one row per topic (ALL as well) and month to `until` of both years.

    Columns: topic, month (its first day), volume (0 without orders). Months before the data begins are left out.
    """
    asked, covered = months(year, until), reader.whole_months
    counts = _counted(reader, year).groupby(["topic", "month"])["volume"].sum()
    known = [
        month
        for period in (same_period_last_year(asked), asked)
        for month in pd.date_range(period.start, period.end, freq="MS", inclusive="left")
        if covered and covered.start <= month < covered.end
    ]
    names = [*(topic.topic for topic in topics_of(reader.profile, year)), ALL]
    whole = pd.MultiIndex.from_product([names, known], names=["topic", "month"])
    return counts.reindex(whole, fill_value=0.0).reset_index()


def _counted(reader: Reader, year: int) -> pd.DataFrame:
    """Orders of both years. Grain: one row per topic (ALL as well), class, month and street with orders."""
    pairs = [
        (topic.topic, leaf) for topic in topics_of(reader.profile, year) for leaf in dict.fromkeys(topic.category3)
    ]
    owners = pd.DataFrame(pairs, columns=["topic", "category3"])
    period = Period(months(year - 1).start, months(year).end)
    where = CaseFilter(period=period, source=(HOTLINE,), category3=tuple(sorted(set(owners["category3"]))))
    orders = reader.aggregate(["volume", *RATES], ["category3", "month", "street"], where)
    return pd.concat([orders.merge(owners, on="category3"), orders.assign(topic=ALL)], ignore_index=True)
