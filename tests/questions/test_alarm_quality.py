"""What the page says of the alarms is what was measured, and the worlds it was measured in are quiet until a surge."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson

from data_access.cases.reader import Reader
from data_access.cases.watched import COLUMNS
from questions.alarm_quality import a_week, measured
from scripts.alarms.table import FIRST_DAY, cases_of
from scripts.alarms.worlds import Surge, World

METHODS = Path(__file__).resolve().parents[2] / "docs" / "methods.md"


def test_the_documents_table_is_the_pages() -> None:
    said = METHODS.read_text(encoding="utf-8")
    for row in measured().to_dict("records"):
        figure = f"{row['found']:.1f}" if row["kind"] == "误报" else f"{row['found']:.0%}"
        assert f"| {row['world']} | {row['said']} | {figure} |" in said, row


@pytest.mark.parametrize(("rate", "weeks"), [(49 / 24, 24), (0.0, 24), (10.0, 1)])
def test_a_weekly_mean_stands_with_the_interval_of_its_count(rate: float, weeks: int) -> None:
    """Within it the count is as likely as 2.5 % on either side (Garwood)."""
    low, high = a_week(rate, weeks)
    counted = round(rate * weeks)
    assert low <= rate <= high
    assert poisson.cdf(counted, high * weeks) == pytest.approx(0.025)
    assert low == 0 if not counted else poisson.sf(counted - 1, low * weeks) == pytest.approx(0.025)


@pytest.mark.slow
def test_a_world_is_quiet_and_a_surge_in_it_is_found(reader: Reader) -> None:
    cases = cases_of(reader)
    world = World(cases, reader.profile, np.random.default_rng(1))
    assert world.daily[:, 0].sum() == len(cases)  # every case, in the series of all
    assert world.daily.sum() == world.daily[:, 0].sum() * len(world.codes[0])  # once in each level
    quiet = list(world.events(FIRST_DAY - 1))
    assert len(quiet) <= 3
    series = set(world.add(Surge(8.0, "step", False, 3.0), FIRST_DAY, FIRST_DAY + 3, set()))
    named = world.series.iloc[sorted(series)][list(COLUMNS)]
    assert series and named["category2"].nunique() == 1
    alarmed = set().union(*(found for _, found in world.events(FIRST_DAY + 2)))
    assert series & alarmed and not pd.isna(named["category1"]).all()
