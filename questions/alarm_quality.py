"""How good the alarms are: what was measured (scripts/alarms/table.py), for the page and the documents."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from scipy.special import gammaincinv

FILE = Path(__file__).with_name("alarm_quality.csv")


def measured() -> pd.DataFrame:
    """Grain: one row per kind of world. Columns kind (误报, 突增, 埋设), world, said, found (a share 0..1; of 误报,
    alarms a week), delay (days until half of those found were, 0: the same evening), runs."""
    return pd.read_csv(FILE)


def a_week(rate: float, weeks: int) -> tuple[float, float]:
    """The 95 % interval of a mean number of alarms a week that was counted over so many weeks (Garwood 1936)."""
    counted = round(rate * weeks)
    low = gammaincinv(counted, 0.025) / weeks if counted else 0.0
    return float(low), float(gammaincinv(counted + 1, 0.975) / weeks)
