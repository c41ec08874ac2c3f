"""The parts of a rate add up to the figure that the page shows, and to its change."""

import dataclasses
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.sight import Sight
from data_access.district.periods import Period
from questions.why import IN_STEPS, MOST, SPLITS, lost_by, moved_by

AUTUMN = CaseFilter(period=Period(datetime(2022, 9, 1), datetime(2022, 12, 1)))
RATES = ("composite", "composite_all", "resolution_rate", "satisfaction_rate", "on_time_rate")


@pytest.mark.parametrize("by", SPLITS)
@pytest.mark.parametrize("rate", RATES)
def test_what_is_lost_is_what_the_rate_lacks(reader: Reader, rate: str, by: str) -> None:
    found, figure = lost_by(reader, rate, by, AUTUMN), reader.figure(rate, AUTUMN)
    assert found.end == pytest.approx(figure)
    assert found.start + found.parts["points"].sum() == pytest.approx(figure)
    assert (by != "district") < len(found.parts) <= MOST + 1  # the demo is but one district


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["yoy", "previous"])
@pytest.mark.parametrize("rate", RATES)
def test_what_moved_is_the_change_that_the_card_shows(reader: Reader, rate: str, kind: str) -> None:
    found, change = moved_by(reader, rate, "category1", AUTUMN, kind), reader.changes([rate], AUTUMN, kind)[rate]
    assert found.parts["points"].sum() == pytest.approx(change.change)
    assert (found.start, found.end) == (pytest.approx(change.base), pytest.approx(change.current))


def test_a_groups_loss_is_its_own_cases(reader: Reader) -> None:
    """Of the resolution rate: unresolved cases of the group ÷ all callbacks."""
    found = lost_by(reader, "resolution_rate", "category1", AUTUMN)
    group = found.parts.index[0]
    whole = reader.aggregate(["resolution_rate"], (), AUTUMN)["resolution_rate__den"].iloc[0]
    own = reader.aggregate(["resolution_rate"], (), AUTUMN.replace(category1=(group,))).iloc[0]
    missing = own["resolution_rate__den"] - own["resolution_rate__num"]
    assert found.parts.at[group, "points"] == pytest.approx(-missing / whole)


def test_every_part_has_its_interval(reader: Reader) -> None:
    parts = lost_by(reader, "composite", "unit", AUTUMN).parts
    assert (parts["half"] > 0).all() and np.isfinite(parts["half"]).all()


def test_few_cases_and_uncovered_periods_say_why(reader: Reader) -> None:
    one = AUTUMN.replace(period=Period(datetime(2022, 9, 1), datetime(2022, 9, 1, 3)), street=("无",))
    early = CaseFilter(period=Period(datetime(2021, 1, 1), datetime(2021, 3, 1)))
    for found in (lost_by(reader, "composite", "unit", one), moved_by(reader, "composite", "unit", early, "yoy")):
        assert found.reason.endswith("。") and found.parts.empty and isinstance(found.parts, pd.DataFrame)


def test_who_is_told_steps_is_told_no_parts_but_of_their_own(reader: Reader) -> None:
    own = ("和平里街道",)
    head = dataclasses.replace(reader, sight=Sight((CaseFilter(street=own),)))
    mine = AUTUMN.replace(street=own)
    for told in (
        lost_by(head, "composite", "category2", AUTUMN),
        moved_by(head, "composite", "category2", AUTUMN, "yoy"),
    ):
        assert told.reason == IN_STEPS and told.parts.empty
    assert lost_by(head, "composite", "category1", mine).end == lost_by(reader, "composite", "category1", mine).end
