"""What one street or unit is good and bad at, class by class, beside all of its kind."""

from __future__ import annotations

import pandas as pd

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from questions.league import rate_intervals

RATE = "resolution_rate"
MEASURES = ("volume", RATE, "repeat_share", "median_hours")
MOST = 30


def classes_of(reader: Reader, where: CaseFilter, everyone: CaseFilter) -> pd.DataFrame:
    """Grain: one row per second class of `where`, those with most callbacks first: what can be judged comes before
    grid cases, of which nobody is called back.

    Columns: category2, MEASURES with __num and __den, theirs (the rate of `everyone`, 0..1), low and high (the 95 %
    interval of the rate); NaN where nobody was called back.
    """
    ours = reader.aggregate(MEASURES, ["category2"], where, order_by="volume", limit=MOST)
    theirs = reader.aggregate([RATE], ["category2"], everyone).rename(columns={RATE: "theirs"})
    ours = ours.sort_values([f"{RATE}__den", "volume"], ascending=False, ignore_index=True)
    between = rate_intervals(reader, RATE, "category2", where).reindex(ours["category2"])
    classes = ours.merge(theirs[["category2", "theirs"]], on="category2", how="left")
    return classes.assign(low=between["low"].to_numpy(), high=between["high"].to_numpy())
