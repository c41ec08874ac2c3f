"""What a page links to is what it counted: each candidate's address lists as many cases as its row says."""

from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from analysis.classes import coarser
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import Period
from data_access.district.profile import Profile
from demo.settings import load
from questions.livelihood import measured
from ui.style.links import filter_of

TRULY_HARD = 3.0  # times as often unsolved as others


@pytest.mark.slow
@pytest.mark.parametrize("query", [{"period": "全部"}, {"period": "全部", "view": "事项", "cross": "区域"}])
def test_candidates_link_to_as_many_cases(visit, reader: Reader, query: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    seen = visit("weak_spots", **query)
    tables = [table.value for table in seen.dataframe if "link" in table.value.columns]
    assert tables
    for row in tables[0].head(5).to_dict("records"):
        where = filter_of(parse_qs(urlsplit(row["link"]).query))
        assert reader.count(where) == row["volume"]


def test_a_small_districts_year_names_only_what_was_planted(visit, profile: Profile) -> None:  # type: ignore[no-untyped-def]
    """Of five thousand cases of four hundred matters only those count as weak that the demo makes truly hard."""
    seen = visit("weak_spots")
    found = [table.value for table in seen.dataframe if "link" in table.value.columns]
    named = {matter for table in found for matter in table["category3"]}
    assert named and named <= {matter for matter, times in load(profile).rates.harder.items() if times >= TRULY_HARD}
    assert any(f"{len(named)} 处；各处若其实一样，凭偶然也会列出不到 0.1 处" in one.value for one in seen.caption)


def test_weak_spots_of_a_source_without_callbacks_say_so(visit) -> None:  # type: ignore[no-untyped-def]
    seen = visit("weak_spots", "pingshan", period="全部", view="社区")
    assert any("没有有效回访" in one.value and "没有覆盖比较期" in one.value for one in seen.caption)


@pytest.mark.slow
def test_the_index_says_what_it_lacks_elsewhere(visit) -> None:  # type: ignore[no-untyped-def]
    assert "没有 indicators.toml" in " ".join(info.value for info in visit("livelihood_index", "pingshan").info)


@pytest.mark.parametrize("resolution", [8, 9])
def test_a_cell_on_the_map_is_as_many_cases_as_its_link_lists(reader: Reader, resolution: int) -> None:
    cells = reader.aggregate(["volume"], ["h3_cell"])
    shown, hidden = coarser(cells, "h3_cell", ["volume"], resolution, 5)
    assert shown["volume"].sum() + hidden == reader.count()
    for row in shown.head(5).to_dict("records"):
        assert reader.count(CaseFilter(h3_cell=row["within"])) == row["volume"]


def test_a_score_rests_on_the_cases_its_link_lists(reader: Reader) -> None:
    values = measured(reader, reader.profile.index[0])
    loads = values[(values["indicator"] == "load") & (values["month"] == "2022-06-01")].head(30)
    june = Period(datetime(2022, 6, 1), datetime(2022, 7, 1))
    for row in loads.to_dict("records"):
        where = CaseFilter(period=june, source=("hotline",), dimension=(row["dimension"],))
        where = where.replace(street=(row["street"],)) if row["street"] else where
        assert reader.count(where) == row["cases"]
