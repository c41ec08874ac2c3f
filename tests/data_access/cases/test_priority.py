"""Points of important cases: each sign by plain SQL, and their sum."""

from typing import get_args

import pytest
from sqlalchemy import text

from data_access.cases.filters import CaseFilter
from data_access.cases.priority import SIGNS, important
from data_access.cases.reader import Reader
from data_access.district.profile import Profile
from data_access.district.programmes import Points

ALL = 10**6
PEOPLE = "crowd in ('老年人', '残疾人')"
BY_HAND = {
    "overdue": "is_closed = 0 and due_at < :now",
    "due_within": "is_closed = 0 and due_at between :now and :now + interval '24 hours'",
    "urgency": "urgency = '紧急'",
    "crowd": PEOPLE,
    "group": "is_group = 1",
    "dissatisfied": "is_valid_callback = 1 and satisfaction in ('不满意', '非常不满意')",
    "unresolved": "is_valid_callback = 1 and resolution = 'no'",
    "returned": "rework_count > 0",
    "repeats": """caller_key <> '' and (select count(*) from cases o where o.caller_key = cases.caller_key and o.is_void = 0
        and o.category2 = cases.category2 and o.created_at >= :now - interval '30 days') >= 3""",
}
LOOKED_AT = """is_void = 0 and (is_closed = 0 or (callback_at >= :now - interval '30 days' and is_valid_callback = 1
    and (satisfaction in ('不满意', '非常不满意') or resolution = 'no')))"""


def ids(reader: Reader, condition: str) -> set[str]:
    with reader.store.reading() as connection:
        rows = connection.execute(
            text(f"select case_id from cases where {LOOKED_AT} and {condition}"), {"now": reader.as_of}
        )
        return {row[0] for row in rows}


def test_every_rule_has_its_question_and_every_question_a_rule(profile: Profile) -> None:
    named = set(get_args(Points.model_fields["rule"].annotation))
    assert named == {*SIGNS, "hard_case", "leader_note"}
    assert {one.rule for one in profile.programmes.priority} == named


@pytest.mark.parametrize("rule", BY_HAND)
def test_a_sign_is_what_sql_says(reader: Reader, rule: str) -> None:
    found = important(reader, CaseFilter(), signs=[rule], limit=ALL)
    assert set(found["case_id"]) == ids(reader, BY_HAND[rule])


def test_points_are_the_sum_of_the_signs_and_order_the_list(reader: Reader) -> None:
    found = important(reader, CaseFilter(), limit=ALL)
    points = {one.label: one.points for one in reader.profile.programmes.priority}
    assert len(found) > 10
    assert found["points"].tolist() == [sum(points[word] for word in why.split("、")) for why in found["why"]]
    assert found["points"].is_monotonic_decreasing and (found["points"] > 0).all()
    assert important(reader, CaseFilter(), limit=3)["case_id"].tolist() == found["case_id"].head(3).tolist()


def test_words_of_danger_are_read_in_class_title_and_text(reader: Reader) -> None:
    words = next(one.words for one in reader.profile.programmes.priority if one.rule == "words")
    found = important(reader, CaseFilter(), signs=["words"], limit=ALL)
    said = " or ".join(
        f"contains({column}, '{word}')" for word in words for column in ("category3", "title", "content")
    )
    assert set(found["case_id"]) == ids(reader, f"({said})")
