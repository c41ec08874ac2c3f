"""What chance would give, beside what fusion counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from analysis.coincidence import UNSURE
from data_access.cases.coincidence import comparisons
from data_access.cases.filters import CaseFilter
from data_access.cases.fusion import matched
from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.periods import Period
from data_access.district.profile import Profile
from questions.coincidence import CHANCE_COLUMNS, against_chance

YEAR = CaseFilter(period=Period(datetime(2022, 1, 1), datetime(2023, 1, 1)))


def test_every_row_of_the_match_has_its_chance(reader: Reader) -> None:
    for by in ((), ("street",), ("family",)):
        told, counted = against_chance(reader, YEAR, by), matched(reader, YEAR, by)
        assert len(told) == len(counted) and told["orders"].sum() == counted["orders"].sum()
        assert (told["compared"].fillna(0) <= told["first_rate__den"]).all()
        assert told["chance"].dropna().between(0, 1).all()
    whole = against_chance(reader, YEAR).iloc[0]
    assert whole["compared"] == len(comparisons(reader, YEAR))
    streets = against_chance(reader, YEAR, ("street",))
    assert (streets["chance"] * streets["compared"]).sum() == pytest.approx(whole["chance"] * whole["compared"])
    assert streets["later_by_chance"].sum() == pytest.approx(whole["later_by_chance"])


def test_excess_is_what_the_methods_say(reader: Reader) -> None:
    row = against_chance(reader, YEAR).iloc[0]
    assert row["excess"] == pytest.approx((row["first_rate"] - row["chance"]) / (1 - row["chance"]))


def test_what_cannot_be_compared_is_not_judged(reader: Reader, empty_store: Store, profile: Profile) -> None:
    early = CaseFilter(
        period=Period(datetime(2020, 1, 1), datetime(2021, 1, 3))
    )  # before the grid's first week is over
    for by in ((), ("street",)):
        told = against_chance(reader, early, by)
        assert set(told["verdict"]) <= {UNSURE} and told["chance"].isna().all()
        bare = replace(reader, profile=profile.model_copy(update={"bridge": ()}))
        for nobody in (bare, Reader.of(empty_store, profile)):
            assert against_chance(nobody, YEAR, by).empty
    assert set(CHANCE_COLUMNS) <= set(against_chance(reader, early, ("street",)))


def test_only_family_and_street_group(reader: Reader) -> None:
    with pytest.raises(ValueError, match="unit"):
        against_chance(reader, YEAR, ("unit",))


def test_the_small_district_claims_little(reader: Reader) -> None:
    """A fiftieth of the orders: what is shown without an interval is not judged either."""
    told = against_chance(reader, YEAR, ("family",))
    assert np.isnan(told["low"]).any() and set(told[told["low"].isna()]["verdict"]) == {UNSURE}
