"""Today's cases of each street by this hour beside what such days usually bring by then: what a map is shaded by."""

from __future__ import annotations

import pandas as pd

from analysis.surveillance import watching
from analysis.surveillance.today import LEAST_DAYS, against_comparable_days
from data_access.cases.cache import cached
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.watched import by_day
from data_access.district.periods import day_of
from questions.warning import comparable_days

FEWER, USUAL, MORE = "少于平常", "平常之内", "多于平常"
TOGETHER = 0.05  # the chance that any street at all stands out on a day like all others


@cached
def streets_now(reader: Reader, where: CaseFilter) -> pd.DataFrame:
    """Grain: one row per street with cases today or on a comparable day; index street.

    Columns: observed (today by now), expected, low, high (what such days bring by this hour; the interval holds for all
    streets together), verdict: FEWER, USUAL, MORE, '' where too few days are known. `where`: without a period.
    """
    today = day_of(reader.as_of)
    past = comparable_days(reader, today)
    days = [today, *past]
    counted = by_day(reader, where, [one.date() for one in days], reader.as_of - today, (("street",),))
    wide = counted.pivot_table(index="day", columns="street", values="by_now", aggfunc="sum")
    wide = wide.reindex(pd.DatetimeIndex(days)).fillna(0.0)
    return among_streets(wide)


def among_streets(counts: pd.DataFrame) -> pd.DataFrame:
    """Today beside what such days bring. `counts`: today, then the comparable days; a column for each street.

    Under the null every street's day is like its others; all together are then within their intervals on 95 % of days.
    """
    found = pd.DataFrame({"observed": counts.iloc[0]})
    if len(counts) - 1 < LEAST_DAYS or counts.empty:
        return found.assign(expected=float("nan"), low=float("nan"), high=float("nan"), verdict="")
    usual = watching.without_outbreaks(counts.iloc[1:].to_numpy(float))
    judged = against_comparable_days(usual, found["observed"], confidence=1 - TOGETHER / len(found))
    judged.index = found.index
    verdict = pd.Series(USUAL, found.index).mask(judged["observed"] > judged["high"], MORE)
    verdict = verdict.mask(judged["observed"] < judged["low"], FEWER)
    return judged[["observed", "expected", "low", "high"]].assign(verdict=verdict)
