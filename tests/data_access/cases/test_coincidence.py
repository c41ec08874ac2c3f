"""Each order beside itself at other times: what SQL counts, against a brute force over the small district."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text

from data_access.cases.coincidence import COMPARED, comparisons, references
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import Period
from tests.data_access.cases.test_fusion import DAY, WINDOW, brute_outcome, is_near, plain_cases


@pytest.mark.slow
def test_comparisons_equal_brute_force(reader: Reader) -> None:
    """Every order at every reference moment, and its family's level by whole days."""
    where = CaseFilter(period=Period(datetime(2022, 6, 1), datetime(2022, 9, 1)))
    orders, looks = plain_cases(reader)
    with reader.store.reading() as connection:
        known = "SELECT min(created_at), max(created_at) FROM cases WHERE source = 'grid'"
        first, last = connection.execute(text(known)).one()
    prompted, shifts = reader.profile.settings.grid.prompted, references(WINDOW.days)
    own = {family: [one for one in here if one["channel"] not in prompted] for family, here in looks.items()}
    days = {family: pd.DatetimeIndex([one["created_at"] for one in here]).normalize() for family, here in own.items()}
    expected, near = [], dict[tuple[str, str], list[dict[str, Any]]]()  # by family and cell
    for order in orders:
        if not datetime(2022, 6, 1) <= order["created_at"] < datetime(2022, 9, 1):
            continue
        family, cell = order["family"], order["h3_cell"]
        if (family, cell) not in near:
            near[family, cell] = [one for one in own[family] if is_near(order, one)]
        here = near[family, cell]
        others = [{**order, "created_at": order["created_at"] + shift * DAY} for shift in shifts]
        outcomes = [brute_outcome(other, here, (first, last)) for other in others]
        own_outcome = brute_outcome(order, here, (first, last))
        gaps = (days[family] - pd.Timestamp(order["created_at"]).normalize()).days.to_numpy()
        usual = np.mean([np.sum((gaps - shift <= 0) & (gaps - shift >= -7)) for shift in shifts])
        around = np.mean([np.sum(abs(gaps - shift) <= 7) for shift in shifts])
        levels = (np.sum((gaps <= 0) & (gaps >= -7)), usual, np.sum(abs(gaps) <= 7), around)
        hits = (outcomes.count("first"), len(outcomes) - outcomes.count("never"))
        now = (own_outcome == "first", own_outcome == "later", 1, len(shifts))
        expected.append((family, order["street"], order["h3_cell"], *now, *hits, *levels))
    told = comparisons(reader, where)[list(COMPARED)].round(6)
    made = pd.DataFrame(expected, columns=list(COMPARED)).astype(told.dtypes).round(6)
    pd.testing.assert_frame_equal(*(one.sort_values(list(COMPARED), ignore_index=True) for one in (told, made)))
    assert made["first_hits"].sum() > 10 and len(made) > 100


def test_references_are_whole_weeks_whose_windows_do_not_meet() -> None:
    for window, nearest in ((1, 14), (7, 14), (8, 28), (14, 28)):
        shifts = references(window)
        assert min(map(abs, shifts)) == nearest >= 2 * window and sum(shifts) == 0
        assert all(shift % 7 == 0 for shift in shifts) and np.diff(sorted(shifts)).min() >= window
