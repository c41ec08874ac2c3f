"""Classes hold every value once; larger cells keep the sum, and small counts stay hidden."""

import h3
import numpy as np
import pandas as pd
import pytest

from analysis.classes import BREAKS, breaks, class_of, coarser, symmetric


def test_quantile_classes_are_of_like_size_and_keep_order() -> None:
    values = pd.Series(np.arange(100.0))
    found = class_of(values, breaks(values, 5))
    assert found.value_counts().to_dict() == dict.fromkeys(range(5), 20)
    assert found.is_monotonic_increasing


def test_unknown_has_no_class_and_equal_values_share_one() -> None:
    values = pd.Series([1.0, 1.0, 1.0, np.nan, 9.0])
    found = class_of(values, breaks(values, 5))
    assert found[3] == -1 and len({found[0], found[1], found[2]}) == 1 and found[4] > found[0]
    assert breaks(pd.Series([2.0, 2.0]), 5) == []


def test_cells_add_up_and_small_ones_are_left_out() -> None:
    parent = h3.latlng_to_cell(39.93, 116.41, 9)
    one, other = list(h3.cell_to_children(parent, 10))[:2]
    far = h3.latlng_to_cell(39.90, 116.40, 10)
    frame = pd.DataFrame({"h3_cell": [one, other, far, ""], "volume": [4.0, 3.0, 2.0, 5.0]})
    shown, hidden = coarser(frame, "h3_cell", ["volume"], 9, 5)
    assert shown.to_dict("list") == {"h3_cell": [parent], "volume": [7.0], "within": [(one, other)]}
    assert hidden == 7


@pytest.mark.parametrize("kind", BREAKS)
def test_every_kind_of_break_classes_every_value(kind: str) -> None:
    values = pd.Series([1.0, 2, 3, 40, 41, 42, 80, 81, 82, np.nan])
    limits = breaks(values, 3, kind)
    assert limits == sorted(limits) and set(class_of(values, limits)) == {-1, 0, 1, 2}
    assert breaks(pd.Series([2.0, np.nan]), 3, kind) == []


def test_natural_breaks_fall_into_the_gaps() -> None:
    values = pd.Series([1.0, 2, 3, 40, 41, 42, 80, 81, 82])
    assert class_of(values, breaks(values, 3, "natural")).tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert breaks(pd.Series([0.0, 10, 30]), 3, "equal") == pytest.approx([10, 20])


def test_changes_are_classed_alike_on_both_sides() -> None:
    limits = symmetric(pd.Series([-10.0, -1, 0, 2, 30]), 5)
    assert len(limits) == 4 and limits[0] == -limits[3] and limits[1] == -limits[2]
    assert symmetric(pd.Series([0.0, np.nan]), 5) == []
