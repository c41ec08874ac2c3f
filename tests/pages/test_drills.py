"""What a page links to is what it counted: each candidate's address lists as many cases as its row says."""

from urllib.parse import parse_qs, urlsplit

import pytest

from data_access.query import aggregate
from data_access.store import Store
from ui.links import filter_of


@pytest.mark.parametrize("query", [{}, {"period": "上年", "view": "事项", "cross": "区域"}])
def test_candidates_link_to_as_many_cases(visit, demo_store: Store, query: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    seen = visit("weak_spots", **query)
    tables = [table.value for table in seen.dataframe if "link" in table.value.columns]
    assert tables
    for row in tables[0].head(5).to_dict("records"):
        where = filter_of(parse_qs(urlsplit(row["link"]).query))
        assert aggregate(["volume"], (), where, store=demo_store)["volume"].iloc[0] == row["volume"]


def test_weak_spots_of_a_source_without_callbacks_say_so(visit) -> None:  # type: ignore[no-untyped-def]
    seen = visit("weak_spots", "pingshan", period="全部", view="社区")
    assert any("没有有效回访" in one.value and "没有覆盖比较期" in one.value for one in seen.caption)


def test_the_index_says_what_it_lacks_elsewhere(visit) -> None:  # type: ignore[no-untyped-def]
    assert "没有 indicators.toml" in " ".join(info.value for info in visit("livelihood_index", "pingshan").info)
