"""一网情深: figures equal plain SQL, and every door is closed to whoever the profile does not name."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import text

from data_access.cases.care import CALLER_COLUMNS, before_after, callers, calls
from data_access.cases.privacy import pseudonym
from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.people import Actor, Refused
from data_access.district.profile import PROFILES, Profile, ProfileError, load_profile
from tests.test_architecture import sources

LISTED, OTHER = Actor("关怀专员甲", "指挥中心"), Actor("值班长甲", "指挥中心")
LEADER = Actor("区领导甲", "区领导")
OPENED, ENDED, DAYS = datetime(2022, 6, 8, 10), datetime(2022, 7, 4, 16), 90
CROWDS = "('老年人', '残疾人')"
RECENT = "is_void = 0 and caller_key <> '' and created_at > :now - interval '180 days' and created_at <= :now"
LISTING = f"""select caller_key as caller, count(*) as cases, min(created_at) as first, max(created_at) as last,
    sum(case when is_closed = 0 then 1 else 0 end) as open,
    sum(case when is_valid_callback = 1 and resolution in ('no', 'partly') then 1 else 0 end) as unresolved,
    sum(case when is_valid_callback = 1 and satisfaction in ('不满意', '非常不满意') then 1 else 0 end) as dissatisfied
    from cases where {RECENT} group by caller_key
    having count(*) >= 6 or (sum(case when crowd in {CROWDS} then 1 else 0 end) > 0 and count(*) >= 3)"""


@pytest.fixture
def district(caring: Profile, demo_store: Store) -> Reader:
    """The small demo district, with care switched on."""
    return Reader.of(demo_store, caring)


def rows(reader: Reader, statement: str, **said: Any) -> pd.DataFrame:
    with reader.store.reading() as connection:
        return pd.read_sql(text(statement), connection, params=said)


def first_of(words: list[str]) -> str:
    """The most frequent word that is not empty; of equally frequent ones the first in order."""
    counted = Counter(word for word in words if word)
    return min(counted, key=lambda word: (-counted[word], word), default="")


def test_the_list_is_what_sql_says(district: Reader) -> None:
    found = callers(district, LISTED)
    assert found.columns.tolist() == list(CALLER_COLUMNS)
    expected = rows(district, LISTING, now=district.as_of).set_index("caller").sort_index()
    assert len(found) == len(expected) > 10 and found["caller"].is_unique
    counts = ["cases", "open", "unresolved", "dissatisfied"]
    mine = found.set_index("caller").sort_index()
    pd.testing.assert_frame_equal(mine[counts], expected[counts].astype("int64"), check_column_type=False)
    assert (mine["first"] == expected["first"]).all() and (mine["last"] == expected["last"]).all()
    assert found["cases"].is_monotonic_decreasing
    assert callers(district, LISTED, limit=3)["caller"].tolist() == found["caller"].head(3).tolist()


def test_what_is_said_of_a_caller_is_what_their_cases_say(district: Reader) -> None:
    told = rows(district, f"select * from cases where {RECENT}", now=district.as_of).groupby("caller_key")
    kinds = set()
    for row in callers(district, LISTED).to_dict("records"):
        theirs = told.get_group(row["caller"])
        care = [crowd for crowd in theirs["crowd"] if crowd in ("老年人", "残疾人")]
        assert row["street"] == first_of(theirs["street"].tolist())
        assert row["crowd"] == (first_of(care) or first_of(theirs["crowd"].tolist()))
        named = Counter(word for word in theirs["category2"] if word)
        assert row["categories"] == "、".join(sorted(named, key=lambda word: (-named[word], word))[:3])
        many = len(theirs) >= 6
        assert (
            row["why"]
            == ("" if many else f"{row['crowd']}，") + f"180 天内 {len(theirs)} 件（满 {6 if many else 3} 件）"
        )
        assert many or care
        kinds.add((many, bool(care)))
    assert kinds == {(True, True), (True, False), (False, True)}


def test_calls_by_month_are_all_of_a_callers_cases(district: Reader) -> None:
    key = callers(district, LISTED, limit=1)["caller"].iloc[0]
    found = calls(district, LISTED, key)
    expected = rows(district, "select case_id, created_at from cases where is_void = 0 and caller_key = :key", key=key)
    assert found["cases"].sum() == len(expected) and found["cases"].tolist() == found["case_ids"].map(len).tolist()
    assert sorted(one for ids in found["case_ids"] for one in ids) == sorted(expected["case_id"])
    by_month = expected.groupby(expected["created_at"].dt.strftime("%Y-%m"))["case_id"].count()
    said = {f"{row.month:%Y-%m}": row.cases for row in found.itertuples() if row.cases}
    assert said == by_month.to_dict()
    months = found["month"].dt.to_period("M")
    assert months.tolist() == list(pd.period_range(months.iloc[0], pd.Period(district.as_of, "M"), freq="M"))
    assert calls(district, LISTED, "nobody").empty and calls(district, LISTED, "").empty


def counted(reader: Reader, whose: str, start: str, end: str, **said: Any) -> int:
    within = f"is_void = 0 and created_at >= '{start}' and created_at < '{end}'"
    return int(rows(reader, f"select count(*) as n from cases where {within} and {whose}", **said)["n"].iloc[0])


def test_before_and_after_stand_beside_others_chosen_alike(district: Reader) -> None:
    opening = datetime(2022, 6, 8)
    alike = rows(district, LISTING, now=opening).sort_values(["cases", "caller"], ascending=False)["caller"].tolist()
    key, cared = alike[0], alike[1]
    found = before_after(district, LISTED, key, OPENED, ENDED, DAYS, planned={cared})
    assert found.spans and found.spans.days == (90, 90) and not found.reason
    before, after = ("2022-03-10", "2022-06-08"), ("2022-07-05", "2022-10-03")
    assert (found.before, found.after) == tuple(
        counted(district, "caller_key = :key", *one, key=key) for one in (before, after)
    )
    others = [one for one in alike if one not in (key, cared)]
    listed = "caller_key in ({})".format(", ".join(f"'{one}'" for one in others))
    assert found.others == len(others) > 5
    assert (found.others_before, found.others_after) == tuple(
        counted(district, listed, *one) for one in (before, after)
    )
    assert found.change == pytest.approx(found.after / found.before - 1)
    assert found.others_change == pytest.approx(found.others_after / found.others_before - 1)
    assert found.expected_as_others == pytest.approx(found.before * found.others_after / found.others_before)


def test_days_that_are_cut_are_counted_by_the_day(district: Reader) -> None:
    now = district.as_of
    key, ended = callers(district, LISTED, limit=1)["caller"].iloc[0], now - timedelta(days=11)
    found = before_after(district, LISTED, key, OPENED, ended, DAYS)
    assert found.spans and found.spans.days == (90, 10)
    assert found.expected == pytest.approx(found.before / 9) and found.change == pytest.approx(
        9 * found.after / found.before - 1
    )


def test_what_cannot_be_compared_says_why(district: Reader, empty_store: Store) -> None:
    now = district.as_of
    key = callers(district, LISTED, limit=1)["caller"].iloc[0]
    said = {
        "完整的一天": before_after(district, LISTED, key, now, None, DAYS),
        "没有覆盖": before_after(district, LISTED, key, datetime(2021, 2, 1), datetime(2021, 3, 1), DAYS),
        "办前没有件": before_after(district, LISTED, "nobody", OPENED, ENDED, DAYS),
    }
    for words, found in said.items():
        assert words in found.reason and found.change != found.change
    nobody = Reader.of(empty_store, district.profile)
    assert callers(nobody, LISTED).empty and calls(nobody, LISTED, key).empty
    assert "完整的一天" in before_after(nobody, LISTED, key, OPENED, ENDED, DAYS).reason


class NoStore:
    """Fails whatever is asked of it: not even the data's version may be looked at before the right is."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the store was asked for {name}")


def without_store(profile: Profile) -> Reader:
    return Reader(NoStore(), profile, version="v000001")  # type: ignore[arg-type]


CALLER = "00d49f3a1b2c4d5e"
ASKED: dict[str, Callable[[Reader, Actor | None], Any]] = {
    "callers": callers,
    "calls": lambda reader, viewer: calls(reader, viewer, CALLER),
    "before_after": lambda reader, viewer: before_after(reader, viewer, CALLER, OPENED, ENDED, DAYS),
}


@pytest.mark.parametrize(
    "viewer", [None, OTHER, LEADER, Actor("关怀专员", "指挥中心"), Actor("关怀专员甲 ", "指挥中心")]
)
@pytest.mark.parametrize("name", ASKED)
def test_whoever_is_not_named_learns_nothing(district: Reader, name: str, viewer: Actor | None) -> None:
    ASKED[name](district, LISTED)  # an answer that is cached is no way in
    for reader in (district, without_store(district.profile)):
        with pytest.raises(Refused, match="只对配置里列出姓名的人开放"):
            ASKED[name](reader, viewer)


@pytest.mark.parametrize("name", ASKED)
def test_while_it_is_off_nobody_learns_anything(profile: Profile, name: str) -> None:
    assert LISTED.name in profile.programmes.care.users
    for viewer in (None, LISTED, LEADER):
        with pytest.raises(Refused):
            ASKED[name](without_store(profile), viewer)


def test_it_is_off_in_every_shipped_district() -> None:
    for folder in PROFILES.glob("*/district.toml"):
        assert not load_profile(folder.parent).programmes.care.enabled


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "visit"\n', 'name = "visit"\nasks = ["caller"]\n', "只在发起时写入：caller"),
        ("restricted = true\n", "", "须写 restricted = true"),
    ],
    ids=["a step asks for it", "a kind that all may see"],
)
def test_a_secret_field_that_could_be_seen_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    folder = shutil.copytree(PROFILES / "dongcheng", tmp_path / "district")
    rules = folder / "programmes.toml"
    assert rules.read_text(encoding="utf-8").count(old) == 1
    rules.write_text(rules.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(ProfileError, match=words):
        load_profile(folder)


def test_a_pseudonym_leads_back_to_nobody(district: Reader) -> None:
    found = callers(district, LISTED)
    assert found["shown"].is_unique and found["shown"].tolist() == [pseudonym(key) for key in found["caller"]]
    for row in found.to_dict("records"):
        said = row["shown"].removeprefix("诉求人 ")
        assert len(said) == 6 and said.lower() not in row["caller"]
    assert pseudonym("") == ""


def test_no_other_page_and_no_wall_comes_near() -> None:
    """Only the page, its part and its question ask who calls; nobody outside data_access reads the key of a case."""
    rooms = ("app.py", "pages", "ui", "analysis", "questions", "commands")
    outside = {path: source for path, source in sources().items() if path.split("/")[0] in rooms}
    ask = re.compile(r"cases\.care\b|cases import [^\n]*\bcare\b")
    theirs = {"pages/care.py", "ui/desk/caring.py", "questions/care.py"}
    assert {path for path, source in outside.items() if ask.search(source)} == theirs
    assert {path for path, source in outside.items() if "caring" in source} == {"pages/care.py"}
    question = re.compile(r"questions\.care\b|questions import [^\n]*\bcare\b")
    assert {path for path, source in outside.items() if question.search(source)} <= theirs
    assert not [path for path, source in outside.items() if "caller_key" in source]
