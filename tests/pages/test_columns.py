"""A wide table shows what fits at first; every column is one choice away, kept in the address."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("page", ["cases", "supervision"])
def test_which_columns_stand_there_is_chosen_and_kept_in_the_address(visit, page: str) -> None:  # type: ignore[no-untyped-def]
    at_first, chosen = (
        [list(one.proto.column_order) for one in visit(page, **query).dataframe] for query in ({}, {"columns": "编号"})
    )
    [usual] = [order for order in at_first if "category3" in order]  # 督办's board has columns of its own
    assert "case_id" not in usual
    assert ["case_id"] in chosen
