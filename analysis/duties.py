"""How units do their duty in the ledger's programmes: first receivers of orders (首接责任), departments that a whistle
calls (一哨一考), streets that blow it (双考核). A rate always stands beside what it was counted from."""

from __future__ import annotations

from datetime import datetime

import pandas as pd


def first_receivers(orders: pd.DataFrame, returned: pd.DataFrame) -> pd.DataFrame:
    """Grain: one row per first receiver, most orders first.

    `orders`: one row per order; first_unit, unit, closed (bool), in_time (bool, closed by its deadline), due (bool: its
    deadline is past), matter_id. `returned`: matter_id, times. Columns: first_unit, orders, closed, due, in_time (of
    those due), kept (still or in the end with the first receiver), returned (times work was sent back), in_time_rate
    (in_time / due, NaN without any): what is never closed would otherwise count nowhere.
    """
    times = orders["matter_id"].map(returned.set_index("matter_id")["times"]).fillna(0)
    kept = orders["unit"] == orders["first_unit"]
    units = (
        orders.assign(orders=1, kept=kept, returned=times, in_time=orders["in_time"] & orders["closed"] & orders["due"])
        .groupby("first_unit", as_index=False)[["orders", "closed", "due", "in_time", "kept", "returned"]]
        .sum()
    )
    units["in_time_rate"] = units["in_time"] / units["due"].where(units["due"] > 0)
    return units.sort_values(["orders", "first_unit"], ascending=[False, True], ignore_index=True)


def departments(calls: pd.DataFrame) -> pd.DataFrame:
    """Grain: one row per department that was called, most calls first.

    `calls`: one row per called department; unit, arrived (bool), in_time (bool), due (bool: arrived, or the deadline is
    past), solved (bool), settled (bool: its whistle has a result), score (0..100, NaN while not scored). Columns: unit,
    calls, due, arrived, in_time, settled, solved, scored, score (mean), and arrival_rate (arrived / due), in_time_rate
    (in time / due), solved_rate (solved / settled), each NaN where its denominator is 0.
    """
    counts = ["due", "arrived", "in_time", "settled", "solved", "scored"]
    flags = calls.assign(
        calls=1,
        in_time=calls["in_time"] & calls["arrived"],
        solved=calls["solved"] & calls["settled"],
        scored=calls["score"].notna(),
    )
    grouped = flags.groupby("unit")
    units = grouped[["calls", *counts]].sum().assign(score=grouped["score"].mean()).reset_index()
    for rate, part, whole in (
        ("arrival_rate", "arrived", "due"),
        ("in_time_rate", "in_time", "due"),
        ("solved_rate", "solved", "settled"),
    ):
        units[rate] = units[part] / units[whole].where(units[whole] > 0)
    return units.sort_values(["calls", "unit"], ascending=[False, True], ignore_index=True)


def answered(calls: pd.DataFrame, whistles: pd.DataFrame, now: datetime, solved: str) -> pd.DataFrame:
    """The calls with what `departments` counts. Grain: one row per called department, as given.

    `calls`: parent, arrived_at (ISO text to the minute, '' while nobody has come), due_at; `whistles`: matter_id,
    result ('' while there is none). `solved`: the result that counts. Adds arrived, in_time, due, settled, solved; a
    call whose deadline is past is due, whether its whistle is over or not.
    """
    came = pd.to_datetime(calls["arrived_at"].replace("", None))
    result = calls["parent"].map(whistles.set_index("matter_id")["result"]).fillna("")
    return calls.assign(
        arrived=came.notna(),
        in_time=came <= calls["due_at"],
        due=came.notna() | (calls["due_at"] < now),
        settled=result != "",
        solved=result == solved,
    )


def callers(whistles: pd.DataFrame, calls: pd.DataFrame, solved: str) -> pd.DataFrame:
    """How streets use the whistle. Grain: one row per street that blew it, most whistles first.

    `whistles`: one row per whistle; matter_id, street, result ('' while there is none). `calls`: as `answered` gives
    them. Columns: street, whistles, called (departments), due, arrived, settled, solved, solved_rate (solved / settled,
    NaN without any).
    """
    came = calls.assign(called=1).groupby("parent")[["called", "due", "arrived"]].sum()
    flags = whistles.assign(whistles=1, settled=whistles["result"] != "", solved=whistles["result"] == solved)
    flags = flags.join(came, on="matter_id").fillna({"called": 0, "due": 0, "arrived": 0})
    counts = ["whistles", "called", "due", "arrived", "settled", "solved"]
    streets = flags.groupby("street", as_index=False)[counts].sum().astype(dict.fromkeys(counts, int))
    streets["solved_rate"] = streets["solved"] / streets["settled"].where(streets["settled"] > 0)
    return streets.sort_values(["whistles", "street"], ascending=[False, True], ignore_index=True)
