"""What drives an alarm: where and of which class its cases are beyond the usual, what their texts say, who calls again;
and its course, day by day, beside what was usual."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from analysis.surveillance import watching
from analysis.surveillance.today import LEAST_DAYS
from data_access.cases.cache import cached
from data_access.cases.listing import texts
from data_access.cases.reader import Reader
from data_access.district.days import kind_of
from data_access.district.periods import DAY, Period, day_of
from data_access.district.segments import words_in
from questions.warning import CLASSES, Alarm, everybody

DIMENSIONS = ("category3", "street", "community", "unit")  # of which the cases may be more than usual
SHOWN, BEFORE = 56, 182  # days of the course; days that tell the usual
READ, LEAST_TEXTS = 400, 3  # texts read at most; in fewer a word is one person's


def drivers(reader: Reader, alarm: Alarm, by: str) -> pd.DataFrame:
    """Grain: one row per value of `by` that has cases in the alarm; columns `by`, volume, usual, beyond, the most
    beyond first. `usual`: the alarm's expected cases, shared as those of the half year before it began."""
    reader = everybody(reader)
    now = reader.aggregate(["volume"], [by], alarm.where)
    past = Period(alarm.since - BEFORE * DAY, alarm.since)
    before = reader.aggregate(["volume"], [by], alarm.where.replace(period=past)).set_index(by)["volume"]
    share = now[by].map(before).astype(float).fillna(0.0) / max(float(before.sum()), 1.0)
    found = now.assign(usual=alarm.expected * share)
    return found.assign(beyond=found["volume"] - found["usual"]).sort_values(
        "beyond", ascending=False, ignore_index=True
    )


def open_dimensions(alarm: Alarm) -> list[str]:
    """The dimensions that the alarm's own name leaves open."""
    narrow = {name for name in (*DIMENSIONS, *CLASSES) if getattr(alarm.where, name)}
    return [name for name in DIMENSIONS if name not in narrow and not (name == "street" and "community" in narrow)]


def again(reader: Reader, alarm: Alarm) -> int:
    """How many of the alarm's cases are further calls of somebody who had already called about the same."""
    return max(everybody(reader).count(alarm.where) - alarm.callers, 0)


@cached
def said(reader: Reader, alarm: Alarm) -> pd.DataFrame:
    """The words that the alarm's texts have more often than those of its kind before it began.

    Grain: one row per word; columns word, cases (that say it), share and usual (of the texts read, 0..1), is_place (it
    names where, not what), the most telling first. Empty where the reader may not see texts, or none says more. A word
    counts once for a caller.
    """
    read, past = texts(reader, alarm.where, READ), Period(alarm.since - BEFORE * DAY, alarm.since)
    now, before = _sayings(reader, read), _sayings(reader, texts(reader, alarm.where.replace(period=past), READ))
    if len(now) < LEAST_TEXTS or not len(before):
        return pd.DataFrame(columns=["word", "cases", "share", "usual", "is_place"])
    counts = [pd.Series([word for words in some for word in words]).value_counts() for some in (now, before)]
    told = counts[0][counts[0] >= LEAST_TEXTS].rename("cases").rename_axis("word").reset_index()
    told["share"], told["usual"] = told["cases"] / len(now), told["word"].map(counts[1]).fillna(0) / len(before)
    expected = (told["usual"] * len(before) + 0.5) / (len(before) + 1) * len(now)
    force = told["cases"] * np.log(told["cases"] / expected) - (told["cases"] - expected)
    telling = (told["share"] >= 2 * told["usual"]) & (force > 3)
    told = told.assign(is_place=told["word"].isin(_place_words(reader, read["address"])))
    order = force[telling].sort_values(ascending=False).index
    return told.loc[order].groupby("is_place", sort=False).head(12).reset_index(drop=True)


def _sayings(reader: Reader, found: pd.DataFrame) -> list[set[str]]:
    """The words of each caller's texts. `found`: as `texts`."""
    if not reader.sight.words or found.empty:
        return []
    whole = (found["title"] + "。" + found["content"]).groupby(found["caller"].to_numpy()).agg("。".join)
    return [words_in(reader.profile, text) for text in whole]


def _place_words(reader: Reader, addresses: pd.Series) -> set[str]:
    """The words of which the district's names of places, and these addresses, are made."""
    profile = reader.profile
    names = [name for street in profile.streets for name in (street.name, *street.aliases)]
    names += [name for community in profile.communities for name in (community.name, *community.aliases)]
    names += [mark.name for mark in profile.landmarks]
    return set(names).union(*(words_in(profile, name) for name in (*names, *addresses.unique())))


@cached
def course(reader: Reader, alarm: Alarm) -> pd.DataFrame:
    """The alarm's cases by day, beside what is usual.

    Grain: one row per day of the last eight weeks; columns day, volume, expected, low, high (95 %), threshold (beyond
    it a day alone would be an alarm); unknown where too few days are comparable. Days are compared with those of their
    kind in the half year before the alarm began.
    """
    today, seasons = day_of(reader.as_of), reader.profile.settings.seasons
    days = pd.date_range(min(alarm.since, today - SHOWN * DAY) - BEFORE * DAY, today)
    where = alarm.series.replace(period=Period(days[0].to_pydatetime(), today + DAY))
    found = everybody(reader).aggregate(["volume"], ["day"], where).set_index("day")["volume"]
    counts = found.reindex(days, fill_value=0.0)
    kinds = pd.Series([kind_of(day.date(), seasons) for day in days], index=days)
    rows = []
    for kind in dict.fromkeys(kinds.iloc[-SHOWN - 1 :]):
        usual = counts[(kinds == kind) & (days < pd.Timestamp(alarm.since) - timedelta(days=1))]
        usual = usual.iloc[-reader.profile.settings.watch.comparable_days :]
        told = dict.fromkeys(("expected", "low", "high", "threshold"), float("nan"))
        if len(usual) >= LEAST_DAYS:
            past = watching.without_outbreaks(usual.to_numpy(float)[:, None])
            band = watching.against_comparable_days(past, [0.0]).iloc[0]
            phi = np.array([max(np.nanvar(past, ddof=1) / max(band["expected"], 0.05), 1.0)])
            limit = watching.bounds(np.array([band["expected"]]), phi, alarm.limit)[0]
            told = {**{name: float(band[name]) for name in ("expected", "low", "high")},
                    "threshold": max(float(limit), float(band["high"]))}  # fmt: skip
        rows.append(pd.DataFrame({"day": kinds.index[kinds == kind], **told}))
    shown = pd.DataFrame({"day": days, "volume": counts.to_numpy(float)}).merge(pd.concat(rows), on="day", how="left")
    return shown.iloc[-SHOWN - 1 :].reset_index(drop=True)
