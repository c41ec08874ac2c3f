"""What somebody writes that there is not: it is told with the nearest, and no empty answer goes without a word."""

import pickle
import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from data_access import CaseFilter, Reader, UnknownName, UnknownValue, preset
from data_access.cases import misspelt
from data_access.cases.measures import MEASURES
from data_access.cases.store import Store
from data_access.district.profile import Profile
from questions.clusters import communities
from tests.surges import copied

NOW = datetime(2023, 1, 10)
MISSPELT: dict[str, tuple[Callable[[Reader], object], str]] = {
    "measure": (lambda reader: reader.aggregate(["resolution_rat"], ["street"]), "resolution_rate（解决率）"),
    "measure by its label": (lambda reader: reader.aggregate(["解决率"]), "resolution_rate"),
    "figure": (lambda reader: reader.figure("volum"), "volume"),
    "changes": (lambda reader: reader.changes(["volum"], CaseFilter(), "yoy"), "volume"),
    "dimension": (lambda reader: reader.aggregate(["volume"], ["streets"]), "street（街道）"),
    "options": (lambda reader: reader.options("comunity"), "community（社区）"),
    "order": (lambda reader: reader.aggregate("volume", "street", order_by="volumes"), "volume"),
    "preset": (lambda reader: preset("last_30", reader.as_of, reader.profile.settings.clock), "last30（近30天）"),
    "comparison": (
        lambda reader: reader.compared_with(
            CaseFilter(period=preset("month", reader.as_of, reader.profile.settings.clock)), "yoyo"
        ),
        "yoy（同比）",
    ),
    "field": (lambda reader: CaseFilter(streets=("东四街道",)), "street"),  # type: ignore[call-arg]
    "replaced field": (lambda reader: CaseFilter().replace(categories1="住房"), "category1"),
    "status": (lambda reader: reader.count(CaseFilter(status=("opened",))), "open（未办结）"),
    "sort": (lambda reader: reader.list_cases(CaseFilter(), sort="created"), "created_at"),
    "catalogue": (lambda reader: MEASURES["satisfaction"], "satisfaction_rate"),
}  # fmt: skip


@pytest.mark.parametrize("what", MISSPELT)
def test_a_name_that_is_not_there_raises_with_the_nearest(reader: Reader, what: str) -> None:
    ask, near = MISSPELT[what]
    with pytest.raises(UnknownName) as refused:
        ask(reader)
    assert near in str(refused.value) and str(refused.value).startswith("没有名为“")


def test_three_are_named_and_each_is_there() -> None:
    with pytest.raises(UnknownName) as refused:
        MEASURES["rate"]
    near = str(refused.value).split("最接近的：")[1].split("、")
    assert len(near) == 3 and all(one.split("（")[0] in MEASURES for one in near)


def test_one_name_counts_as_a_list_of_it(reader: Reader) -> None:
    assert reader.aggregate("volume", "street").equals(reader.aggregate(["volume"], ["street"]))
    where = CaseFilter(street="东四街道", hour=9, status="open")
    assert where == CaseFilter(street=("东四街道",), hour=(9,), status=("open",))
    assert where == CaseFilter(street=["东四街道"], hour=[9], status=["open"]) and hash(where)  # type: ignore[arg-type]
    assert pickle.loads(pickle.dumps(where)) == where
    assert reader.count(where) == reader.count(where.replace(street=("东四街道",)))


@pytest.mark.parametrize(
    ("where", "near"),
    [
        (CaseFilter(street="东四街导"), "东四街道"),
        (CaseFilter(street=("东四街道", "景山街导")), "景山街道"),
        (CaseFilter(source="hotlin"), "hotline"),
        (CaseFilter(category1="住房类", street="东四街道"), "住房"),
    ],
)
def test_a_misspelt_value_is_never_an_empty_answer_without_a_word(reader: Reader, where: CaseFilter, near: str) -> None:
    for ask in (
        lambda: reader.aggregate("volume", "street", where), lambda: reader.count(where),
        lambda: reader.list_cases(where), lambda: reader.changes("volume", where),
    ):  # fmt: skip
        with pytest.warns(UnknownValue, match=near) as told:
            ask()
        assert {one.filename for one in told} == {__file__}  # where whoever asks can mend it


def test_the_warning_names_the_line_that_asks_also_through_what_the_house_asks(reader: Reader) -> None:
    cell = compile("\n\ncommunities(reader, where, 'volume')", "cell 3", "exec")
    with pytest.warns(UnknownValue) as told:
        exec(cell, {"communities": communities, "reader": reader, "where": CaseFilter(street="东四街导")})
    assert {(one.filename, one.lineno) for one in told} == {("cell 3", 3)}


def test_in_a_page_it_is_said_by_the_page(reader: Reader) -> None:
    said: list[str] = []
    with warnings.catch_warnings(), misspelt.said_by(said.append):
        warnings.simplefilter("error")
        assert reader.count(CaseFilter(street="东四街导")) == 0
        reader.count(CaseFilter(street="东四街导", source="hotline"))
    assert len(set(said)) == 1 and "东四街道" in said[0]


def test_what_the_profile_lists_or_a_case_has_is_no_slip(demo_store: Store, profile: Profile, tmp_path: Path) -> None:
    reader = Reader.of(copied(demo_store, tmp_path), profile)
    rare = CaseFilter(
        street=tuple(street.name for street in reader.profile.streets), channel=tuple(reader.options("channel")),
        unit=(reader.profile.units[-1].name, ""), category3=(reader.profile.categories[-1].category3,),
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reader.count(rare)
