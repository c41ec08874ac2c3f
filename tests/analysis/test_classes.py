"""Classes hold every value once; larger cells keep the sum, and small counts stay hidden."""

import h3
import numpy as np
import pandas as pd

from analysis.classes import breaks, class_of, coarser


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
    shown, hidden = coarser(frame, "h3_cell", "volume", 9, 5)
    assert shown.to_dict("list") == {"h3_cell": [parent], "volume": [7.0]}
    assert hidden == 7
