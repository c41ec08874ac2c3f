"""七有五性: one order of streets on the page, and no bars where nobody is ahead of anybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from data_access.cases.reader import Reader
from questions.livelihood import index_months, livelihood_index
from questions.livelihood_scores import LivelihoodIndex
from tests.pages.test_pages import words

Visit = Callable[..., AppTest]


def drawn(seen: AppTest) -> list[str]:
    """The streets in the order of the page's table, below the district's row."""
    return list(seen.dataframe[0].value["street"])[1:]


@pytest.mark.parametrize("apart", [True, False])
def test_streets_stand_in_one_order(visit: Visit, reader: Reader, monkeypatch: pytest.MonkeyPatch, apart: bool) -> None:
    index = livelihood_index(reader, index_months(reader)[-1])
    monkeypatch.setattr(LivelihoodIndex, "tells_apart", apart)
    seen = visit("livelihood_index")
    own = [street.name for street in reader.profile.streets if street.name in index.bands.index]
    assert drawn(seen) == (list(index.bands.index) if apart else own)
    assert ("不是名次" in words(seen)) == (not apart)


def test_streets_are_told_apart_where_one_is_surely_behind(reader: Reader) -> None:
    for month in index_months(reader)[-3:]:
        index = livelihood_index(reader, month)
        placed = index.bands.dropna(subset=["place"])
        assert index.tells_apart == (len(placed) > 0 and (placed["worst"] < len(placed)).any())
