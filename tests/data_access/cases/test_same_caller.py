"""The other cases of a caller are those that share the key, and nobody's where the key may not be seen."""

import dataclasses

from data_access.cases.filters import CaseFilter
from data_access.cases.listing import same_caller
from data_access.cases.reader import Reader
from data_access.cases.sight import sight_of
from data_access.district.people import Actor


def repeated(reader: Reader) -> str:
    return str(reader.list_cases(CaseFilter(status=("repeat",)), page_size=1)["case_id"].iloc[0])


def test_they_share_the_key_and_leave_out_the_case_itself(reader: Reader) -> None:
    number = repeated(reader)
    case = reader.get_case(number)
    found = same_caller(reader, number, 100)
    assert case and len(found) and number not in set(found["case_id"])
    others = [reader.get_case(other) for other in found["case_id"]]
    assert {other["caller_key"] for other in others if other} == {case["caller_key"]}
    assert found["created_at"].is_monotonic_decreasing


def test_who_may_not_see_callers_finds_none(reader: Reader) -> None:
    leader = sight_of(reader.profile, Actor("区领导甲", "区领导"), reader.as_of.date())
    assert same_caller(dataclasses.replace(reader, sight=leader), repeated(reader), 100).empty
