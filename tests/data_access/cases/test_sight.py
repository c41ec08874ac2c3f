"""Whoever sees some cases one by one learns sums of the others, and nothing by which one of those is known."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import QueryFailed, Reader
from data_access.cases.sight import HIDDEN, NOTHING_SINGLY, WHOLE, Sight
from data_access.intake import quality
from tests.data_access.cases.asking import ALL, ASKED, EVERYTHING, RATES, Known
from tests.data_access.cases.test_scope import (  # noqa: F401 - the district that the scopes are tried on
    assert_same,
    halves,
    is_same,
    known,
    open_to_care,
    whole,
)

CANARY = "金丝雀"
# Of whoever sets up a district, by command; of single cases, which the Reader asks of `singly`.
UNANSWERED = {"data_access.intake.founding.found_in", *(
    f"data_access.cases.listing.{name}" for name in ("listed_cases", "every_case", "one_case"))}  # fmt: skip
# Keys come from the ledger, which has its own rules; the answers are told to whom the profile lists.
OF_THE_LEDGER = {"questions.care.together", "questions.care.change_of"}


@pytest.fixture(scope="module")
def tagged(whole: Reader) -> Reader:  # noqa: F811
    """The district, in which whatever tells of a single case of the other half holds a word that is easy to find."""
    one = halves(whole.profile)["streets"]
    with whole.store.writing() as con:
        con.execute(f"""UPDATE cases SET title = '{CANARY}' || title, content = '{CANARY}' || content,
                        address = '{CANARY}' || address, caller_key = CASE caller_key WHEN '' THEN ''
                        ELSE '{CANARY}' || caller_key END, case_id = '{CANARY}' || case_id,
                        excluded_reason = '{CANARY}' WHERE NOT ({one.sql})""").fetchall()
        con.execute(f"UPDATE unread_words SET case_id = '{CANARY}' || case_id, word = '{CANARY}' || word "
                    f"WHERE case_id NOT IN (SELECT case_id FROM cases)").fetchall()  # fmt: skip
        con.execute(f"UPDATE rejected_rows SET raw = '{CANARY}' || raw").fetchall()
    return whole.latest()


def sights(reader: Reader) -> dict[str, Sight]:
    half = halves(reader.profile)["streets"].scope
    return {"half": Sight((half,)), "half, no words": Sight((half,), words=False, callers=False),
            "nothing": NOTHING_SINGLY}  # fmt: skip


def told(answer: Any) -> Iterator[str]:
    """Every text in an answer."""
    if isinstance(answer, pd.DataFrame):
        yield answer.to_csv()
    elif isinstance(answer, dict):
        yield from told([*answer.keys(), *answer.values()])
    elif isinstance(answer, list | tuple | set):
        for part in answer:
            yield from told(part)
    elif dataclasses.is_dataclass(answer) and not isinstance(answer, type | Reader):
        yield from told(vars(answer))
    else:
        yield str(answer)


def answered(name: str, reader: Reader, known: Known) -> Any:  # noqa: F811
    """The answer; a question that withholds no small figures is not answered to whom they are kept from."""
    try:
        return ASKED[name](reader, known)
    except QueryFailed:
        assert name in UNANSWERED, name
        return []


@pytest.mark.slow
def test_everything_is_seen_without_a_limit(tagged: Reader, known: Known) -> None:  # noqa: F811
    """Else the test below would prove nothing."""
    shown = [name for name, ask in ASKED.items() if any(CANARY in text for text in told(ask(tagged, known)))]
    assert {"Reader.list_cases", "Reader.read", "Reader.rows", "Reader.columns", "Reader.every_case",
            "data_access.cases.care.callers",
            "data_access.cases.priority.important", "data_access.cases.fusion.unseen_points",
            "data_access.intake.quality.rejected", "data_access.intake.quality.unknown_words"} <= {*shown}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["half", "nothing"])
@pytest.mark.parametrize("name", ASKED)
def test_no_answer_tells_of_a_case_that_is_not_seen(tagged: Reader, known: Known, kind: str, name: str) -> None:  # noqa: F811
    limited = dataclasses.replace(tagged, sight=sights(tagged)[kind])
    ASKED[name](tagged, known)  # an answer that is kept for who sees more is no way in
    for text in told(answered(name, limited, known)):
        assert CANARY not in text


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["half", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("half, no words", "nothing"))]
)
def test_sums_are_the_districts(tagged: Reader, kind: str) -> None:
    limited = dataclasses.replace(tagged, sight=sights(tagged)[kind]).exact
    for name in ("data_access.cases.fusion.matched", "questions.clusters.cells"):
        assert_same(ASKED[name](limited, None), ASKED[name](tagged, None))  # type: ignore[arg-type]
    for by in {*DIMENSIONS} - {"address", "excluded_reason"}:  # a case's own words are told with it alone
        assert_same(limited.aggregate(RATES, (by,)), tagged.aggregate(RATES, (by,)))


@pytest.mark.slow
def test_what_is_missing_is_counted_of_all(tagged: Reader) -> None:
    """That a column is hidden does not make it one that the source lacks."""
    for sight in sights(tagged).values():
        limited = dataclasses.replace(tagged, sight=sight)
        assert quality.absent(limited) == quality.absent(tagged)
        assert_same(quality.missing_rates(limited.exact), quality.missing_rates(tagged))


@pytest.mark.slow
def test_lists_hold_ones_own_cases_alone(tagged: Reader) -> None:
    half = halves(tagged.profile)["streets"].scope
    limited = dataclasses.replace(tagged, sight=Sight((half,)))
    mine = dataclasses.replace(tagged, scope=half)
    listed = limited.list_cases(EVERYTHING, page_size=ALL)
    assert len(listed) == mine.count() == limited.singly.count() < limited.exact.count() == tagged.count()
    assert_same(listed, mine.list_cases(EVERYTHING, page_size=ALL))
    other = next(number for number in tagged.list_cases(EVERYTHING, page_size=ALL)["case_id"] if CANARY in number)
    assert limited.get_case(other) is None and limited.get_case("无此编号") is None and tagged.get_case(other)
    assert limited.count(CaseFilter(case_id=(other,))) == 0 and limited.count(CaseFilter(text=CANARY)) == 0


def test_either_of_two_filters_may_show_a_case(tagged: Reader) -> None:
    """A street sees what happened in it, and what it has to handle elsewhere."""
    street, unit = tagged.options("street")[0], tagged.options("unit")[0]
    both = dataclasses.replace(tagged, sight=Sight((CaseFilter(street=(street,)), CaseFilter(unit=(unit,)))))
    listed = both.list_cases(EVERYTHING, page_size=ALL)
    assert ((listed["street"] == street) | (listed["unit"] == unit)).all()
    assert {street} < {*listed["street"]} and {unit} < {*listed["unit"]}


def test_without_words_a_list_has_none(tagged: Reader) -> None:
    half = halves(tagged.profile)["streets"].scope
    limited = dataclasses.replace(tagged, sight=Sight((half,), words=False, callers=False))
    number = str(limited.list_cases(EVERYTHING, page_size=1)["case_id"].iloc[0])
    case, whole_case = limited.get_case(number), tagged.get_case(number)
    assert case and whole_case and case["category1"] == whole_case["category1"]
    assert {case["title"], case["content"], case["address"]} <= {HIDDEN, ""} and case["title"] == HIDDEN
    assert case["caller_key"] != whole_case["caller_key"] or not whole_case["caller_key"]


@pytest.mark.slow
def test_a_statement_of_ones_own_tells_of_no_other_case(tagged: Reader) -> None:
    for sight in sights(tagged).values():
        one = dataclasses.replace(tagged, sight=sight)
        if sight.cases and sight.sql:
            assert not [word for word in told(one.sql("select * from cases")) if CANARY in word]
        else:
            with pytest.raises(QueryFailed):
                one.sql("select street from cases")
    assert quality.rejected(dataclasses.replace(tagged, sight=NOTHING_SINGLY)).empty
    assert dataclasses.replace(tagged, sight=WHOLE).sees_all
