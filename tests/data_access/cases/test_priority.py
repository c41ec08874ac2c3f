"""Points of important cases: each sign by plain SQL, and their sum."""

import csv
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from data_access.cases.filters import CaseFilter
from data_access.cases.priority import SIGNS, important
from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.profile import Profile
from data_access.district.programmes import Points
from data_access.district.segments import says
from data_access.intake.importing import import_file

ALL = 10**6
SAMPLE = Path(__file__).parent / "labelled_dangers.csv"
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
    late = next(one for one in reader.profile.programmes.priority if one.rule == "overdue")
    days = (reader.as_of - found["due_at"]).dt.total_seconds() // 86400
    grown = (days * late.per_day).clip(upper=late.per_day_most).where(found["why"].str.contains(late.label), 0)
    signs = [sum(points[word] for word in why.split("、")) for why in found["why"]]
    assert len(found) > 10 and grown.nunique() >= 3
    assert found["points"].tolist() == (signs + grown).tolist()
    assert found["points"].is_monotonic_decreasing and (found["points"] > 0).all()
    assert important(reader, CaseFilter(), limit=3)["case_id"].tolist() == found["case_id"].head(3).tolist()


def test_points_that_do_not_grow_say_so() -> None:
    still = Points(rule="overdue", label="已逾期", points=40)
    grows = Points(rule="overdue", label="已逾期", points=40, per_day=2, per_day_most=10)
    assert "不随逾期时间增加" in still.in_words and "每满一天再加 2（最多再加 10）" in grows.in_words


def test_points_that_do_not_grow_are_the_same_however_late(reader: Reader) -> None:
    programmes = reader.profile.programmes
    still = tuple(one.model_copy(update={"per_day": 0.0, "per_day_most": 0.0}) for one in programmes.priority)
    changed = reader.profile.model_copy(
        update={"name": "still", "programmes": programmes.model_copy(update={"priority": still})}
    )
    found = important(Reader.of(reader.store, changed), CaseFilter(), limit=ALL)
    assert set(found[found["why"] == "已逾期"]["points"]) == {40}


@pytest.mark.parametrize(
    "wrong", [{"points": -5}, {"points": 0}, {"per_day": -1}, {"per_day_most": 0}, {"per_day": 0}, {"rule": "group"}]
)
def test_points_below_nothing_and_half_said_growth_are_refused(wrong: dict[str, Any]) -> None:
    right = {"rule": "overdue", "label": "已逾期", "points": 40, "per_day": 1, "per_day_most": 20}
    assert Points.model_validate(right).grows
    with pytest.raises(ValidationError):
        Points.model_validate(right | wrong)


def test_words_of_danger_are_read_in_class_title_and_text(reader: Reader, profile: Profile) -> None:
    sign = next(one for one in profile.programmes.priority if one.rule == "words")
    found = set(important(reader, CaseFilter(), signs=["words"], limit=ALL)["case_id"])
    said = " or ".join(
        f"contains({column}, '{word}')" for word in sign.words for column in ("category3", "title", "content")
    )
    with_letters = ids(reader, f"({said})")
    texts = {number: reader.get_case(number) for number in with_letters}
    cut_texts = {
        number: [case[name] for name in ("category3", "title", "content")] for number, case in texts.items() if case
    }
    assert found == {number for number, text in cut_texts.items() if says(profile, text, sign.words, sign.apart)}


@pytest.mark.slow
def test_danger_is_found_in_words_and_not_in_letters(profile: Profile) -> None:
    sign = next(one for one in profile.programmes.priority if one.rule == "words")
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["danger"] == "1") for row in csv.DictReader(file)]
    said = {text: says(profile, [text], sign.words, sign.apart) for text, _ in rows}
    named = [text for text, _ in rows if said[text]]
    true = {text for text, danger in rows if danger}
    right = sum(text in true for text in named)
    assert right / len(named) >= 0.95, [text for text in named if text not in true]
    assert right / len(true) >= 0.95, [text for text in true if not said[text]]
    letters = [text for text, _ in rows if any(word in text for word in sign.words)]
    assert sum(text in true for text in letters) / len(letters) < 0.75  # by letters alone every third one was wrong


@pytest.mark.slow
def test_a_broken_branch_is_no_danger_and_a_leak_is(tmp_path: Path, empty_store: Store, profile: Profile) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "案件号,上报时间,处置截止时间,小类名称,小类明细\n1,2022-03-01,2022-03-09,树木,树枝断裂\n"
        "2,2022-03-01,2022-03-09,供气,燃气泄漏\n3,2022-03-01,2022-03-09,其他,特困人员\n",
        encoding="utf-8",
    )
    import_file(path, profile=profile, store=empty_store)
    found = important(Reader.of(empty_store, profile), CaseFilter(), signs=["words"], limit=ALL)
    assert found["case_id"].tolist() == ["2"]
