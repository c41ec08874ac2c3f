"""Reads that an auditor should look at: of records of who did what, those that go beyond what is usual.

Pure thresholds, which the profile sets; none of them proves anything. Grain in: one row per record, with at, who, unit,
kind, what, details (a dict with `filter`). Grain out: one row per finding, with who, since, count, sign.
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

COLUMNS = ["who", "since", "count", "sign"]
HOUR = pd.Timedelta(hours=1)


def many_cases(records: pd.DataFrame, most: int) -> pd.DataFrame:
    """Who opened more than `most` different cases within an hour: the fullest hour of each person and day."""
    found = []
    opened = records[records["kind"] == "case"].sort_values("at", kind="stable")
    for (who, _), rows in opened.groupby([opened["who"], opened["at"].dt.date]):
        times, cases = list(rows["at"]), list(rows["what"])
        first, within, fullest = 0, dict[str, int](), (0, times[0])
        for now, case in zip(times, cases, strict=True):
            within[case] = within.get(case, 0) + 1
            while now - times[first] > HOUR:
                within[cases[first]] -= 1
                if not within[cases[first]]:
                    del within[cases[first]]
                first += 1
            fullest = max(fullest, (len(within), times[first]), key=lambda hour: hour[0])
        if fullest[0] > most:
            found.append((who, fullest[1], fullest[0], "一小时内打开许多案件"))
    return pd.DataFrame(found, columns=COLUMNS)


def at_night(records: pd.DataFrame, night: tuple[int, int]) -> pd.DataFrame:
    """Files that were made between two hours of the night, by person and night (one that begins on that day)."""
    begins, ends = night
    made = records[(records["kind"] == "export") & (records["result"] == "成功")]
    hour = made["at"].dt.hour
    during = (hour >= begins) | (hour < ends) if begins > ends else (hour >= begins) & (hour < ends)
    made = made[during]
    evening = (made["at"] - pd.Timedelta(hours=ends if begins > ends else 0)).dt.date
    told = made.groupby([made["who"], evening.rename("evening")], as_index=False)
    counted = told.agg(since=("at", "min"), count=("at", "size"))
    return counted.assign(sign="夜间导出")[COLUMNS]


def other_streets(records: pd.DataFrame, streets: Collection[str], most: int) -> pd.DataFrame:
    """People of a street who looked at other streets' data more than `most` times in a day; each set of conditions is
    one record. `streets`: their names; a person's `unit` among them makes a street's person."""
    looked = records[records["unit"].isin(list(streets)) & records["kind"].isin(["page", "export"])]
    theirs = [
        any(street != unit for street in details.get("filter", {}).get("street", ()))
        for unit, details in zip(looked["unit"], looked["details"], strict=True)
    ]
    looked = looked[pd.Series(theirs, index=looked.index, dtype=bool)]
    told = looked.groupby([looked["who"], looked["at"].dt.date.rename("day")], as_index=False)
    counted = told.agg(since=("at", "min"), count=("at", "size"))
    return counted[counted["count"] > most].assign(sign="多次看其他街道")[COLUMNS]


def unusual(
    records: pd.DataFrame, *, streets: Collection[str], many: int, night: tuple[int, int], others: int
) -> pd.DataFrame:
    """All signs, the newest first."""
    if records.empty:
        return pd.DataFrame(columns=COLUMNS)
    found = [many_cases(records, many), at_night(records, night), other_streets(records, streets, others)]
    kept = [part for part in found if len(part)]
    whole = pd.concat(kept) if kept else pd.DataFrame(columns=COLUMNS)
    return whole.sort_values("since", ascending=False, ignore_index=True)
