"""Words of coded columns that are not known: kept as unknown, reported, listed, repaired; and what rates make of them."""

import dataclasses
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from analysis.league import scores
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.periods import Period
from data_access.district.profile import Profile, load_profile
from data_access.intake import quality
from data_access.intake.importing import ImportResult, import_file
from data_access.intake.repair import repair_of
from questions.league import league_of

Import = Callable[..., ImportResult]
RATES = ("response_rate", "resolution_rate", "satisfaction_rate", "composite")
STRANGE = ("比较满意", "5星", "一般", "是")
HEADER = "工单编号,来电时间,办结时间,是否有效回访,是否联系,是否解决,满意度,更新时间"


def file_of(path: Path, answers: list[tuple[str, str, str, str]], updated: str = "") -> Path:
    """Callbacks: valid, contacted, resolved, satisfied."""
    rows = [f"{number},2022-03-01,2022-03-02,{','.join(row)},{updated}" for number, row in enumerate(answers)]
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def of(store: Store, profile: Profile) -> Reader:
    return Reader.of(store, profile)


@pytest.fixture
def own(tmp_path: Path, profile: Profile) -> Path:
    """A copy of the profile's folder, to be edited."""
    shutil.copytree(profile.folder, tmp_path / profile.name)
    return tmp_path / profile.name


def edit(folder: Path, name: str, before: str, after: str) -> Profile:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), encoding="utf-8")
    return load_profile(folder)


def rates(reader: Reader) -> dict[str, float]:
    found = reader.aggregate(RATES).iloc[0]
    return {name: round(float(found[name]), 6) for name in RATES}


def test_strange_words_of_satisfaction_are_neither_satisfied_nor_dissatisfied(
    tmp_path: Path, empty_store: Store, profile: Profile
) -> None:
    answers = [("是", "是", "是", STRANGE[number % 4]) for number in range(200)]
    result = import_file(file_of(tmp_path / "a.csv", answers), profile=profile, store=empty_store)
    assert result.notes["不认识的词：满意度（按未知保留）"] == dict.fromkeys(sorted(STRANGE), 50)
    found = of(empty_store, profile).aggregate([*RATES, "valid_callbacks", "unread_callbacks"]).iloc[0]
    assert found["resolution_rate"] == 1 and found["response_rate"] == 1  # their own answers are known
    assert found[["satisfaction_rate", "composite"]].isna().all()
    assert found["satisfaction_rate__den"] == found["composite__den"] == 0
    assert (found["valid_callbacks"], found["unread_callbacks"]) == (200, 200)
    where = CaseFilter(status=("dissatisfied",))
    assert of(empty_store, profile).count(where) == 0


def test_other_words_of_satisfaction_are_what_the_profile_says(
    tmp_path: Path, empty_store: Store, profile: Profile
) -> None:
    grades = {"十分满意": 1.0, "较满意": 0.8, "一般": 0.5, "较差": 0.0, "满意": 0.0}
    scoring = tuple(rules.model_copy(update={"grades": grades}) for rules in profile.settings.scoring)
    other = profile.model_copy(update={"settings": profile.settings.model_copy(update={"scoring": scoring})})
    said = [("十分满意", 4), ("较满意", 10), ("一般", 20), ("较差", 3), ("满意", 2), ("差", 5)]
    words = [word for word, number in said for _ in range(number)]
    rows = [f"{number},2022-03-01,是,是,是,{word},某局,部门" for number, word in enumerate(words)]
    head = "工单编号,来电时间,是否有效回访,是否联系,是否解决,满意度,主办单位,承办单位类别"
    (tmp_path / "a.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    import_file(tmp_path / "a.csv", profile=other, store=empty_store)
    reader = of(empty_store, other)
    counted = reader.aggregate(["satisfied", "basically_satisfied", "satisfaction_rate", "composite"]).iloc[0]
    assert (counted["satisfied"], counted["basically_satisfied"]) == (4, 30)
    assert counted["satisfaction_rate"] == pytest.approx((4 + 8 + 10) / 39)
    assert reader.count(CaseFilter(status=("dissatisfied",))) == 5
    limited = dataclasses.replace(reader, scope=CaseFilter(status=("dissatisfied",)))
    assert limited.count() == len(limited.list_cases(CaseFilter())) == 5
    # What is tried, and what would lift a unit, starts from these counts.
    table = league_of(reader, CaseFilter(period=Period(datetime(2022, 1, 1), datetime(2023, 1, 1))), "部门")
    assert scores(table.counts, table.scoring)["某局"] == pytest.approx(table.units.loc["某局", "composite"])


def test_known_answers_alone_make_the_rates(tmp_path: Path, empty_store: Store, profile: Profile) -> None:
    answers = (
        [("是", "是", "是", "满意")] * 6
        + [("是", "否", "否", "不满意")] * 2
        + [("是", "打过", "差不多", "比较满意")] * 4
    )
    import_file(file_of(tmp_path / "a.csv", answers), profile=profile, store=empty_store)
    assert rates(of(empty_store, profile)) == dict.fromkeys(RATES[:3], 0.75) | {"composite": 75.0}


@pytest.mark.slow
def test_a_strange_word_of_any_coded_column_keeps_its_row(tmp_path: Path, empty_store: Store, profile: Profile) -> None:
    path = tmp_path / "a.csv"
    header = "工单编号,来电时间,是否剔除,是否有效回访,是否联系,是否解决,是否群体,是否吹哨,承办单位类别,状态,数据来源,诉求类型,紧急程度,七有五性,满意度"
    known = "1,2022-03-01,保留,是,是,是,否,否,街道,办理中,电话,投诉,一般,宜居性,满意"
    strange = "2,2022-03-01,待定,有效,联系过,也许,很多人,吹了,工作站,挂起,小程序,牢骚,加急,居住,"
    path.write_text("\n".join([header, known, strange]), encoding="utf-8")
    result = import_file(path, profile=profile, store=empty_store)
    assert (result.inserted, result.rejected) == (2, 0)
    reader = of(empty_store, profile)
    case = reader.get_case("2")
    assert case is not None
    flags = ("is_excluded", "is_valid_callback", "is_contacted", "is_group", "is_whistled")
    assert [case[name] for name in flags] == [-1] * 5
    assert (case["resolution"], case["unit_type"], case["status"]) == ("也许", "工作站", "挂起")
    words = quality.unknown_words(reader)
    found = dict(zip(words["field"], words["word"], strict=True))
    assert found == {
        "is_excluded": "待定", "is_valid_callback": "有效", "is_contacted": "联系过", "is_group": "很多人",
        "is_whistled": "吹了", "resolution": "也许", "unit_type": "工作站", "status": "挂起", "channel": "小程序",
        "request_type": "牢骚", "urgency": "加急", "dimension": "居住",
    }  # fmt: skip
    assert (words["cases"] == 1).all()
    noted = {title: note for title, note in result.notes.items() if "不认识的词" in title}
    assert len(noted) == len(found) and all(sum(note.values()) == 1 for note in noted.values())


@pytest.mark.slow
def test_the_repairs_line_and_the_same_file_again_mend_the_store(
    tmp_path: Path, empty_store: Store, profile: Profile, own: Path
) -> None:
    answers = [("是", "打过", "基本解决", "比较满意")] * 3 + [("是", "是", "是", "满意")]
    path = file_of(tmp_path / "a.csv", answers, "2022-03-03")
    import_file(path, profile=profile, store=empty_store)
    reader = of(empty_store, profile)
    chosen = {"is_contacted": "1", "resolution": '"partly"', "satisfaction": '"基本满意"'}
    words = quality.unknown_words(reader)
    assert set(words["field"]) == set(chosen) and words["cases"].tolist() == [3, 3, 3]
    changed = profile
    for row in words.itertuples():
        repair = repair_of(profile, row.mapping, row.source, row.field, row.word)
        line = next(line for line in repair.lines if line.endswith(f"= {chosen[row.field]}"))
        assert repair.file == "mappings/hotline.toml"
        if repair.is_new:
            file = own / repair.file
            file.write_text(file.read_text(encoding="utf-8") + f"\n[{repair.section}]\n{line}\n", encoding="utf-8")
            changed = load_profile(own)
        else:
            changed = edit(own, repair.file, f"[{repair.section}]\n", f"[{repair.section}]\n{line}\n")
    again = import_file(path, profile=changed, store=empty_store)
    assert (again.inserted, again.updated, again.unchanged) == (0, 3, 1)
    reader = of(empty_store, changed)
    assert quality.unknown_words(reader).empty
    assert rates(reader)["satisfaction_rate"] == pytest.approx((3 * 0.9 + 1) / 4)
    assert rates(reader)["response_rate"] == 1 and rates(reader)["resolution_rate"] == 0.25
    assert import_file(path, profile=changed, store=empty_store).batch_id == 0


def test_a_word_listed_in_the_district_needs_no_second_import(
    tmp_path: Path, empty_store: Store, profile: Profile, own: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("工单编号,来电时间,受理渠道\n1,2022-03-01,小程序\n", encoding="utf-8")
    import_file(path, profile=profile, store=empty_store)
    (row,) = quality.unknown_words(of(empty_store, profile)).itertuples()
    repair = repair_of(profile, row.mapping, row.source, row.field, row.word)
    assert (repair.file, repair.section) == ("district.toml", "words.hotline")
    old = next(line for line in (own / "district.toml").read_text(encoding="utf-8").splitlines() if "北京通App" in line)
    changed = edit(own, "district.toml", old, repair.lines[0])
    assert quality.unknown_words(of(empty_store, changed)).empty


@pytest.mark.slow
def test_importing_strange_words_twice_changes_nothing_and_still_says_them(
    tmp_path: Path, empty_store: Store, profile: Profile
) -> None:
    path = file_of(tmp_path / "a.csv", [("是", "打过", "也许", "5星")])
    first = import_file(path, profile=profile, store=empty_store)
    again = import_file(path, profile=profile, store=empty_store)
    assert again.batch_id == 0 and again.unchanged == 1 and again.notes == first.notes
    assert quality.unknown_words(of(empty_store, profile))["cases"].tolist() == [1, 1, 1]


@pytest.mark.parametrize(("rule", "rate"), [("counted", 0.5), ("left_out", 1.0)])
def test_blank_answers_follow_the_profiles_rule(
    tmp_path: Path, empty_store: Store, profile: Profile, own: Path, rule: str, rate: float
) -> None:
    changed = edit(own, "district.toml", 'blanks = "counted"', f'blanks = "{rule}"')
    answers = [("是", "是", "是", "满意"), ("是", "是", "", "")]
    import_file(file_of(tmp_path / "a.csv", answers), profile=changed, store=empty_store)
    found = rates(of(empty_store, changed))
    assert found["resolution_rate"] == found["satisfaction_rate"] == rate


def test_a_blank_rule_holds_from_its_day(tmp_path: Path, empty_store: Store, profile: Profile) -> None:
    (old,) = profile.settings.scoring
    new = old.model_copy(update={"valid_from": date(2022, 3, 2), "blanks": "left_out"})
    settings = profile.settings.model_copy(update={"scoring": (old, new)})
    changed = profile.model_copy(update={"settings": settings})
    path = tmp_path / "a.csv"
    rows = [f"{day},2022-03-0{day},2022-03-09,是,是,,满意," for day in (1, 2)]
    path.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    import_file(path, profile=changed, store=empty_store)
    found = of(empty_store, changed).aggregate(["resolution_rate"], ["day"])
    assert found["resolution_rate__den"].tolist() == [1, 0] and found["resolution_rate"].isna().tolist() == [
        False,
        True,
    ]


def test_a_strange_status_word_is_neither_closed_nor_open(tmp_path: Path, empty_store: Store) -> None:
    from data_access.district.profile import current_profile

    profile = current_profile("pingshan")
    path = tmp_path / "a.csv"
    rows = [
        "REC_ID,CREATE_TIME,ACHIEVE",
        "1,2022-03-01,按期办结",
        "2,2022-03-01,逾期办结",
        "3,2022-03-01,办结了",
        "4,2022-03-01,",
    ]
    path.write_text("\n".join(rows), encoding="utf-8")
    import_file(path, profile=profile, store=empty_store)
    reader = of(empty_store, profile)
    found = reader.aggregate(["volume", "closed", "open", "closing_rate", "on_time_rate", "settled_rate"]).iloc[0]
    assert (found["volume"], found["closed"], found["open"]) == (4, 2, 1)
    assert (found["closing_rate__num"], found["closing_rate__den"]) == (2, 3)
    assert (found["on_time_rate__num"], found["on_time_rate__den"]) == (1, 2)
    assert set(quality.unknown_words(reader)["field"]) == {"is_closed", "is_late", "has_deadline"}


@pytest.mark.slow
def test_an_answer_that_the_file_has_no_column_for_is_unknown(
    tmp_path: Path, empty_store: Store, profile: Profile
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("工单编号,来电时间,是否有效回访\n1,2022-03-01,是\n2,2022-03-01,否\n", encoding="utf-8")
    result = import_file(path, profile=profile, store=empty_store)
    found = of(empty_store, profile).aggregate([*RATES, "valid_callbacks"]).iloc[0]
    assert found["valid_callbacks"] == 1 and found[list(RATES)].isna().all()
    words = quality.unknown_words(of(empty_store, profile))
    assert set(words["field"]) == {"is_contacted", "resolution", "satisfaction"} and (words["cases"] == 1).all()
    assert repair_of(profile, "hotline", "hotline", "resolution", words["word"][0]).section == "columns"
    assert len([title for title in result.notes if title.startswith("没有“")]) == 3
    assert import_file(path, profile=profile, store=empty_store).batch_id == 0
    whole = file_of(tmp_path / "b.csv", [("否", "", "", ""), ("是", "是", "是", "满意")])  # numbers 0 and 1
    import_file(whole, profile=profile, store=empty_store)
    again = import_file(path, profile=profile, store=empty_store)  # a file without the columns takes nothing away
    assert again.batch_id == 0
    assert rates(of(empty_store, profile)) == dict.fromkeys(RATES[:3], 1.0) | {"composite": 100.0}
    assert quality.unknown_words(of(empty_store, profile)).empty


def test_a_callers_number_in_a_coded_column_is_masked(tmp_path: Path, empty_store: Store, profile: Profile) -> None:
    answers = [("13800001234", "13800001234", "13800001234", "13800001234")]
    result = import_file(file_of(tmp_path / "a.csv", answers), profile=profile, store=empty_store)
    words = quality.unknown_words(of(empty_store, profile))["word"]
    assert len(words) == 4 and not words.str.contains("13800001234").any()
    assert "13800001234" not in str(result.notes)


def test_who_sees_half_the_cases_sees_the_words_of_that_half(
    tmp_path: Path, empty_store: Store, profile: Profile
) -> None:
    path = tmp_path / "a.csv"
    lines = ["工单编号,来电时间,街道,是否联系", "1,2022-03-01,东四街道,打过", "2,2022-03-01,景山街道,找过"]
    path.write_text("\n".join(lines), encoding="utf-8")
    import_file(path, profile=profile, store=empty_store)
    half = Reader.of(empty_store, profile, CaseFilter(street=("东四街道",)))
    assert quality.unknown_words(half)["word"].tolist() == ["打过"]
