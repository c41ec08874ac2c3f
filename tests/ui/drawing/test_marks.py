"""Days that a time axis marks stand on it, and a click still finds its mark."""

from datetime import datetime

import pandas as pd

from data_access.cases.measures import MEASURES
from data_access.district.periods import Period
from ui.drawing import courses
from ui.drawing.marks import MARKED, marked

DAYS = pd.date_range("2023-01-15", "2023-02-05")
FRAME = pd.DataFrame({"day": DAYS, "position": DAYS, "year": "本期", "volume": 1.0})
STRETCHES = (Period(datetime(2023, 1, 15), datetime(2023, 2, 6)), Period(datetime(2022, 1, 16), datetime(2022, 2, 7)))


def test_both_new_years_are_named() -> None:
    plain = courses.two_years(FRAME, "day", MEASURES["volume"])
    spec = marked(plain, "position", STRETCHES)
    rows = spec["datasets"][MARKED]
    said = dict(zip(rows["said"], rows["position"].dt.strftime("%Y-%m-%d"), strict=True))
    assert said == {"春节": "2023-01-22", "上年春节": "2023-01-31"}
    assert spec["params"] == plain["params"]
    assert spec["height"] == 300


def test_without_such_a_day_the_chart_is_as_it_was() -> None:
    plain = courses.two_years(FRAME, "day", MEASURES["volume"])
    assert marked(plain, "position", (Period(datetime(2023, 3, 1), datetime(2023, 4, 1)),)) is plain
