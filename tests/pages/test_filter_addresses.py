"""A filter and its address are the same thing, for every field, through the real filter bar and the list of cases."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from data_access import STATUSES, CaseFilter, Period, Reader
from data_access.cases.filters import IN_COLUMNS
from data_access.cases.reader import EVERYTHING
from ui.style.links import NUMBERS, case_address, filter_of, query_of

ROOT = Path(__file__).resolve().parents[2]

FIELDS = [field.name for field in dataclasses.fields(CaseFilter)]
WORDS = st.one_of(
    st.sampled_from(
        ["", "（未填写）", "\\", "\\（未填写）", "hotline", "grid", "12345热线", "城市网格", "a&b=c", "供暖 不热"]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12),
)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1))


def values_of(field: str) -> st.SearchStrategy:  # type: ignore[type-arg]
    if field == "period":
        return st.tuples(MOMENTS, MOMENTS).filter(lambda ends: ends[0] < ends[1]).map(lambda ends: Period(*ends))
    if field == "text":
        return st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)
    if field == "hour":
        return st.lists(st.integers(0, 23), min_size=1, max_size=3, unique=True).map(tuple)
    if field == "weekday":
        return st.lists(st.integers(1, 7), min_size=1, max_size=3, unique=True).map(tuple)
    if field == "status":
        names = st.sampled_from(sorted(STATUSES))
        return st.lists(
            st.one_of(names, st.tuples(names, names).map("+".join)), min_size=1, max_size=3, unique=True
        ).map(tuple)
    if field == "without":
        said = st.sampled_from([*IN_COLUMNS, "status", "hour", "weekday"]).flatmap(
            lambda named: values_of(named).map(lambda values: f"{named}={values[0]}")
        )
        return st.lists(said, min_size=1, max_size=3, unique=True).map(tuple)
    return st.lists(WORDS, min_size=1, max_size=3, unique=True).map(tuple)


@pytest.mark.parametrize("field", FIELDS)
@given(data=st.data())
def test_an_address_says_a_filter_exactly(field: str, data: st.DataObject) -> None:
    where = CaseFilter().replace(**{field: data.draw(values_of(field))})
    assert filter_of(query_of(where)) == where


def bar() -> None:
    import streamlit as st

    from data_access import open_reader
    from ui.choosing.filterbar import filter_bar

    st.session_state["chosen"] = filter_bar(open_reader(), "all")


@pytest.fixture
def through_the_bar(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> Callable[[CaseFilter], CaseFilter]:
    """The filter that the bar returns where the address says this one."""
    monkeypatch.setenv("CASES_URL", f"duckdb:///{reader.store.folder}")

    def ask(where: CaseFilter) -> CaseFilter:
        seen = AppTest.from_function(bar, default_timeout=60)
        for name, words in query_of(where).items():
            seen.query_params[name] = words
        seen.run()
        assert not seen.exception, seen.exception
        chosen: CaseFilter = seen.session_state["chosen"]
        return chosen if where.period else chosen.replace(period=None)

    return ask


@pytest.mark.slow
@pytest.mark.parametrize("field", FIELDS)
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_field_goes_through_the_page(through_the_bar, field: str, data: st.DataObject) -> None:  # type: ignore[no-untyped-def]
    """No value is dropped because it is rare, has no case, or looks like another field's words."""
    where = CaseFilter().replace(**{field: data.draw(values_of(field))})
    assert through_the_bar(where) == where


def test_all_fields_at_once(through_the_bar) -> None:  # type: ignore[no-untyped-def]
    where = CaseFilter(
        period=Period(datetime(2022, 12, 1, 12), datetime(2022, 12, 2, 12)), hour=(9,), weekday=(1,), text="漏水",
        status=("open+late",), without=("street=没有这个值", "status=open", "hour=3"), **dict.fromkeys(IN_COLUMNS, ("没有这个值", "")),
    )  # fmt: skip
    assert through_the_bar(where) == where


def counted(seen: AppTest) -> int:
    said = " ".join(str(element.proto.body) for element in seen.get("html"))
    found = re.search(r"共 <b>([\d,]+)</b> 件", said)
    return int(found[1].replace(",", "")) if found else 0


@pytest.mark.parametrize("field", ["category3", "category2", "community", "unit", "channel"])
def test_a_link_to_the_rarest_lists_just_them(
    visit, reader: Reader, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    """The bar offers the most frequent values; a link to one beyond them once listed every case there is."""
    everything = Reader.options
    monkeypatch.setattr(
        Reader, "options", lambda self, name, where=EVERYTHING, limit=500: everything(self, name, where, 3)
    )
    by_rank = reader.aggregate(["volume"], [field], order_by="volume")
    rarest = by_rank.iloc[-1]
    words = query_of(CaseFilter().replace(**{field: (rarest[field],)}))[field][0]
    seen = visit("cases", period="全部", **{field: words})
    assert counted(seen) == rarest["volume"] > 0


def test_a_value_without_a_case_counts_and_is_shown(visit) -> None:  # type: ignore[no-untyped-def]
    seen = visit("cases", category3="没有这一类")
    assert counted(seen) == 0
    assert any("没有这一类" in caption.value for caption in seen.caption)


def test_a_channel_called_like_a_source_stays_a_channel() -> None:
    where = CaseFilter(channel=("12345热线", "hotline"), source=("hotline",))
    assert filter_of(query_of(where)) == where
    assert query_of(where)["channel"] == ["12345热线", "hotline"]


@pytest.mark.slow
def test_a_status_chosen_on_the_list_narrows_the_addresses(visit, reader: Reader) -> None:  # type: ignore[no-untyped-def]
    alone = counted(visit("cases", status="closed", period="全部"))
    both = counted(visit("cases", status="closed", period="全部", state=STATUSES["dissatisfied"][0]))
    expected = reader.count(CaseFilter(status=("closed+dissatisfied",)))
    assert both == expected < alone
    # Within the widget any of the chosen holds, as in every other one.
    two = reader.count(CaseFilter(status=("dissatisfied", "unresolved")))
    seen = visit("cases", period="全部")
    seen.button_group(key="state").set_value(["dissatisfied", "unresolved"]).run()
    assert counted(seen) == two


def test_a_sources_code_in_an_address_is_said_not_to_be_known(visit) -> None:  # type: ignore[no-untyped-def]
    """The filter bar knows 12345热线, not hotline, and would choose nothing, and so everything."""
    seen = visit("overview", source="hotline")
    assert any("hotline" in one.value for one in seen.warning) and not seen.metric
    assert not visit("overview", source="12345热线").warning


def test_numbers_are_read_as_numbers() -> None:
    assert filter_of({name: ["5", "x", "-1", "99", "9" * 40] for name in NUMBERS}) == CaseFilter(
        hour=(5,), weekday=(5,)
    )


STRANGE = [
    {"status": ["overdu"]}, {"hour": ["25"]}, {"hour": ["9" * 40]}, {"weekday": ["0"]},
    {"start": ["2022-03-02"], "end": ["2022-03-01"]}, {"start": ["2022-03-01T00:00:00+08:00"], "end": ["2022-03-02"]},
    {"start": ["0001-01-01"], "end": ["9999-12-31"]}, {"start": ["2022-03-01"]}, {"period": ["没有这种"]}, {"days": ["昨天"]},
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("page", ["cases", "overview", "trends"])
@pytest.mark.parametrize("query", STRANGE, ids=str)
def test_what_means_nothing_shows_nothing_and_says_so(visit, page: str, query: dict[str, list[str]]) -> None:  # type: ignore[no-untyped-def]
    seen = visit(page, **query)
    assert "链接里的条件不认识" in seen.warning[0].value and "<b>" not in " ".join(
        str(one.proto.body) for one in seen.get("html")
    )
    seen.button(key="drop_strange").click().run()
    assert not seen.exception and "不认识" not in " ".join(warning.value for warning in seen.warning)


@pytest.mark.slow
@pytest.mark.parametrize("page", sorted(path.stem for path in (ROOT / "pages").glob("[!_]*.py")))
def test_a_filter_without_a_case_fails_no_page(visit, page: str) -> None:  # type: ignore[no-untyped-def]
    visit(page, category3="没有这一类", hour="3")
    visit(page, start="2150-01-01", end="2190-01-01")


@pytest.mark.parametrize("number", ["a&b", "a#b", "a+b", "a%20b", "a b", "a/b?c=d", "编号"])
def test_a_link_opens_exactly_its_case(number: str) -> None:
    query = parse_qs(urlsplit(case_address(number)).query)
    assert query == {"case": [number]}
