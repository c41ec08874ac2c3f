"""人群 and 行业 by keywords: how often what is said is right, on texts labelled by hand before the words were tuned."""

import csv
import re
import string
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.profile import Profile
from data_access.district.segments import CLAUSE_ENDS
from data_access.intake.importing import import_file
from data_access.intake.keywords import FIELDS, Classifier, classifier_of

SAMPLE = Path(__file__).parent / "labelled_texts.csv"
PRECISION, RECALL = 0.90, 0.75


@pytest.fixture(scope="module")
def classifier(profile: Profile) -> Classifier:
    found = classifier_of(profile)
    assert found
    return found


@pytest.mark.parametrize("field", FIELDS)
def test_precision_and_recall_on_the_labelled_sample(classifier: Classifier, field: str) -> None:
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    said = [(classifier.labels(row["text"])[FIELDS.index(field)], row[field]) for row in rows]
    named, labelled = [pair for pair in said if pair[0]], [pair for pair in said if pair[1]]
    right = sum(one == other for one, other in named)
    wrong = [(row["text"], pair) for row, pair in zip(rows, said, strict=True) if pair[0] and pair[0] != pair[1]]
    assert right / len(named) >= PRECISION, wrong
    assert right / len(labelled) >= RECALL


@given(
    st.lists(
        st.sampled_from(["1号店", "4S店", "店铺经营", "老人", "养老", "院", "号", "楼", "S", "，", *string.digits]),
        max_size=9,
    ).map("".join)
)
def test_a_text_comes_apart_where_no_word_does(classifier: Classifier, text: str) -> None:
    whole = [hit for clause in re.split(CLAUSE_ENDS, text) for hit in classifier.hits(clause)]
    apart = [hit for piece in re.split(classifier.ends, text) for hit in classifier.hits(piece)]
    assert Counter(apart) == Counter(whole)


@pytest.mark.parametrize("place", ["青年湖社区", "体育总局社区", "化工社区", "工人体育馆社区"])
def test_a_word_inside_a_places_name_is_none(classifier: Classifier, place: str) -> None:
    assert classifier.labels(f"{place}门口路灯不亮") == ("", "")


@pytest.mark.slow
def test_the_import_says_of_every_text_what_the_classifier_says(
    tmp_path: Path, empty_store: Store, profile: Profile, classifier: Classifier
) -> None:
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    rows = "".join(f"{number},2022-03-01,{text}\n" for number, text in enumerate(texts))
    (tmp_path / "a.csv").write_text("工单编号,来电时间,诉求内容\n" + rows, encoding="utf-8")
    import_file(tmp_path / "a.csv", profile=profile, store=empty_store)
    reader = Reader.of(empty_store, profile)
    found = [reader.get_case(str(number)) for number in range(len(texts))]
    assert [(case["crowd"], case["industry"]) for case in found if case] == [classifier.labels(text) for text in texts]


@pytest.mark.slow
def test_the_import_fills_what_the_source_leaves_blank(tmp_path: Path, empty_store: Store, profile: Profile) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "工单编号,来电时间,诉求内容,人群\n1,2022-03-01,家中老人无人照料，物业也不管,\n"
        "2,2022-03-01,家中老人无人照料,商户\n3,2022-03-01,路灯不亮,\n",
        encoding="utf-8",
    )
    result = import_file(path, profile=profile, store=empty_store)
    reader = Reader.of(empty_store, profile)
    crowds = reader.aggregate(["volume"], ["crowd"]).set_index("crowd")["volume"].to_dict()
    assert crowds == {"老年人": 1, "商户": 1, "": 1}
    assert reader.aggregate(["volume"], ["industry"])["industry"].tolist() == ["", "物业"]
    assert result.notes["按关键词识别人群"] == 1 and result.notes["按关键词识别行业"] == 1
    again = import_file(path, profile=profile, store=empty_store)
    assert (again.inserted, again.updated) == (0, 0)
