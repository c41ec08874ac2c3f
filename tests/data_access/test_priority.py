"""Points of important cases: each sign by plain SQL, and their sum."""

from typing import get_args

import pytest
from sqlalchemy import text

from data_access.filters import CaseFilter
from data_access.ledger import Actor, Ledger
from data_access.priority import RULES, important, noted_in
from data_access.profile import current_profile
from data_access.programmes import Points
from data_access.query import as_of, list_cases
from data_access.store import Store

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


def ids(store: Store, condition: str) -> set[str]:
    with store.reading() as connection:
        rows = connection.execute(
            text(f"select case_id from cases where {LOOKED_AT} and {condition}"), {"now": as_of(store)}
        )
        return {row[0] for row in rows}


def test_every_rule_has_its_question_and_every_question_a_rule() -> None:
    named = set(get_args(Points.model_fields["rule"].annotation))
    assert named == {*RULES, "hard_case", "leader_note"}
    assert {one.rule for one in current_profile("dongcheng").programmes.priority} == named


@pytest.mark.parametrize("rule", BY_HAND)
def test_a_sign_is_what_sql_says(demo_store: Store, rule: str) -> None:
    found = important(CaseFilter(), signs=[rule], limit=ALL, store=demo_store)
    assert set(found["case_id"]) == ids(demo_store, BY_HAND[rule])


def test_points_are_the_sum_of_the_signs_and_order_the_list(demo_store: Store) -> None:
    found = important(CaseFilter(), limit=ALL, store=demo_store)
    points = {one.label: one.points for one in current_profile().programmes.priority}
    assert len(found) > 10
    assert found["points"].tolist() == [sum(points[word] for word in why.split("、")) for why in found["why"]]
    assert found["points"].is_monotonic_decreasing and (found["points"] > 0).all()
    assert important(CaseFilter(), limit=3, store=demo_store)["case_id"].tolist() == found["case_id"].head(3).tolist()


def test_words_of_danger_are_read_in_class_title_and_text(demo_store: Store) -> None:
    words = next(one.words for one in current_profile().programmes.priority if one.rule == "words")
    found = important(CaseFilter(), signs=["words"], limit=ALL, store=demo_store)
    said = " or ".join(
        f"contains({column}, '{word}')" for word in words for column in ("category3", "title", "content")
    )
    assert set(found["case_id"]) == ids(demo_store, f"({said})")


def test_what_the_ledger_knows_counts_too(demo_store: Store, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("CASES_URL", f"duckdb:///{demo_store.folder}")
    ledger, profile = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}"), current_profile()
    leader = Actor("区领导甲", "区领导")
    noted, other = list_cases(CaseFilter(status=("open",)), page_size=2, store=demo_store)["case_id"]
    for reason, case in (("领导批示", noted), ("返工", other)):
        fields = {"unit": "某局", "reason": reason, "level": "督办"}
        ledger.open_matter(
            profile.programme("supervision"), leader, "x", fields=fields, where=CaseFilter(case_id=(case,))
        )
    place = CaseFilter(source=("hotline",), street=(profile.streets[3].name,))
    fields = {"year": "2022", "dimension": "区域", "evidence": "多"}
    ledger.open_matter(profile.programme("hard_case"), leader, "x", fields=fields, where=place)
    signs = noted_in(ledger)
    assert signs == {"leader_note": (CaseFilter(case_id=(noted,)),), "hard_case": (place,)}
    found = important(CaseFilter(), noted=signs, signs=["leader_note"], limit=ALL, store=demo_store)
    assert found["case_id"].tolist() == [noted] and "领导批示" in found["why"].iloc[0]
    hard = important(CaseFilter(), noted=signs, signs=["hard_case"], limit=ALL, store=demo_store)
    assert set(hard["case_id"]) == ids(demo_store, f"source = 'hotline' and street = '{place.street[0]}'")
