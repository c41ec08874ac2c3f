"""One matter that several people report is listed once, at its place, with exactly its cases; by right alone."""

from __future__ import annotations

import dataclasses

import pytest

from data_access.cases.reader import Reader
from data_access.cases.sight import NOTHING_SINGLY, WITHOUT_WORDS
from data_access.cases.store import Store
from data_access.district.profile import Profile
from questions.one_matter import one_matter
from tests.surges import copied

COUNT = 12
WORDS = "二号楼前的热力井盖冒出很多热水，整条街都是水汽"
SPOT = "SELECT street, h3_cell FROM cases WHERE source = 'hotline' AND h3_cell <> '' ORDER BY case_id LIMIT 1"


@pytest.fixture(scope="module")
def flooded(demo_store: Store, profile: Profile, tmp_path_factory: pytest.TempPathFactory) -> tuple[Reader, str]:
    """A reader of the small district where a dozen people report one flood under two classes, and its cell."""
    store = copied(demo_store, tmp_path_factory.mktemp("flooded"))
    with store.writing() as con:
        street, cell = con.execute(SPOT).fetchone()  # type: ignore[misc]
        con.execute(f"""
            INSERT INTO cases BY NAME SELECT * REPLACE (
                case_id || '_f' AS case_id, '' AS caller_key, '{street}' AS street, '{cell}' AS h3_cell,
                '供暖' AS category2, if(row_number() OVER (ORDER BY case_id) % 3 = 0, '供暖不热', '暖气管道漏水') AS category3,
                '热水涌出' AS title, '{WORDS}，已有' || row_number() OVER (ORDER BY case_id) || '小时' AS content,
                (SELECT max(created_day) FROM cases) AS created_day,
                (SELECT max(created_at) FROM cases) - INTERVAL '1 second' * row_number() OVER (ORDER BY case_id)
                    AS created_at)
            FROM cases WHERE source = 'hotline' ORDER BY case_id LIMIT {COUNT}""")
    return Reader.of(store, profile), cell


@pytest.mark.slow
def test_reports_of_one_matter_are_one_group_with_exactly_their_cases(flooded: tuple[Reader, str]) -> None:
    reader, _ = flooded
    first = one_matter(reader).matters[0]
    assert (first.cases, first.callers, first.alike, first.what) == (COUNT, COUNT, COUNT, "暖气管道漏水")
    assert reader.count(first.where) == COUNT
    assert set(reader.list_cases(first.where, page_size=50)["case_id"].str.endswith("_f")) == {True}


def test_the_place_has_more_than_usual_and_its_link_leads_to_its_cases(flooded: tuple[Reader, str]) -> None:
    reader, cell = flooded
    found = one_matter(reader)
    place = found.gatherings[0]
    assert cell in place.where.h3_cell and place.is_more and place.usual < place.callers
    assert reader.count(place.where) == place.cases >= COUNT and place.alike >= COUNT
    assert place.is_about(place.where.replace(period=None)) and not place.is_about(None)


def test_nothing_happened_nothing_is_named(reader: Reader) -> None:
    assert not one_matter(reader).gatherings


def test_without_words_place_and_class_are_all_there_is(flooded: tuple[Reader, str]) -> None:
    found = one_matter(dataclasses.replace(flooded[0], sight=WITHOUT_WORDS))
    assert found.limit is None and not any(one.address for one in found.matters)
    assert any(one.callers >= COUNT / 2 for one in found.matters)


def test_who_sees_no_case_sees_no_matter(flooded: tuple[Reader, str]) -> None:
    found = one_matter(dataclasses.replace(flooded[0], sight=NOTHING_SINGLY))
    assert (found.gatherings, found.matters, found.reports) == ((), (), 0)
