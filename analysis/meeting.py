"""What a monthly meeting (月度调度) looks back on: how matters stood at a time, told by their events."""

from __future__ import annotations

from datetime import datetime

import pandas as pd


def standing(matters: pd.DataFrame, events: pd.DataFrame, at: datetime) -> pd.DataFrame:
    """The matters as they stood just before `at`; those opened later are left out. Grain: one row per matter.

    `matters`: one row per matter, with matter_id; `events`: seq, matter_id, at, stage (after the event). Sets stage,
    and since: when the matter came to stand in it.
    """
    told = events[events["at"] < at].sort_values("seq")
    turned = told["stage"] != told.groupby("matter_id")["stage"].shift()
    came = told[turned].drop_duplicates("matter_id", keep="last")[["matter_id", "stage", "at"]]
    return matters.drop(columns="stage").merge(came.rename(columns={"at": "since"}), on="matter_id")
