"""一网情深: figures equal plain SQL, and every door is closed to whoever the profile does not name."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import text

from data_access.audit import verify
from data_access.care import CALLER_COLUMNS, before_after, callers, calls
from data_access.ledger import Ledger
from data_access.machine import Actor, Refused
from data_access.privacy import pseudonym
from data_access.profile import PROFILES, Profile, ProfileError, current_profile, load_profile
from data_access.query import as_of
from data_access.store import Store
from tests.test_architecture import sources

LISTED, OTHER = Actor("关怀专员甲", "指挥中心"), Actor("值班长甲", "指挥中心")
LEADER = Actor("区领导甲", "区领导")
OPENED, ENDED, DAYS = datetime(2022, 6, 8, 10), datetime(2022, 7, 4, 16), 90
FIELDS = {"caller": "00d49f3a1b2c4d5e", "basis": "多"}
CROWDS = "('老年人', '残疾人')"
RECENT = "is_void = 0 and caller_key <> '' and created_at > :now - interval '180 days' and created_at <= :now"
LISTING = f"""select caller_key as caller, count(*) as cases, min(created_at) as first, max(created_at) as last,
    sum(case when is_closed = 0 then 1 else 0 end) as open,
    sum(case when is_valid_callback = 1 and resolution in ('no', 'partly') then 1 else 0 end) as unresolved,
    sum(case when is_valid_callback = 1 and satisfaction in ('不满意', '非常不满意') then 1 else 0 end) as dissatisfied
    from cases where {RECENT} group by caller_key
    having count(*) >= 6 or (sum(case when crowd in {CROWDS} then 1 else 0 end) > 0 and count(*) >= 3)"""


def rows(store: Store, statement: str, **said: Any) -> pd.DataFrame:
    with store.reading() as connection:
        return pd.read_sql(text(statement), connection, params=said)


def first_of(words: list[str]) -> str:
    """The most frequent word that is not empty; of equally frequent ones the first in order."""
    counted = Counter(word for word in words if word)
    return min(counted, key=lambda word: (-counted[word], word), default="")


def test_the_list_is_what_sql_says(caring: Profile, demo_store: Store) -> None:
    found = callers(LISTED, store=demo_store)
    assert found.columns.tolist() == list(CALLER_COLUMNS)
    expected = rows(demo_store, LISTING, now=as_of(demo_store)).set_index("caller").sort_index()
    assert len(found) == len(expected) > 10 and found["caller"].is_unique
    counts = ["cases", "open", "unresolved", "dissatisfied"]
    mine = found.set_index("caller").sort_index()
    pd.testing.assert_frame_equal(mine[counts], expected[counts].astype("int64"), check_column_type=False)
    assert (mine["first"] == expected["first"]).all() and (mine["last"] == expected["last"]).all()
    assert found["cases"].is_monotonic_decreasing
    assert callers(LISTED, limit=3, store=demo_store)["caller"].tolist() == found["caller"].head(3).tolist()


def test_what_is_said_of_a_caller_is_what_their_cases_say(caring: Profile, demo_store: Store) -> None:
    told = rows(demo_store, f"select * from cases where {RECENT}", now=as_of(demo_store)).groupby("caller_key")
    kinds = set()
    for row in callers(LISTED, store=demo_store).to_dict("records"):
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


def test_calls_by_month_are_all_of_a_callers_cases(caring: Profile, demo_store: Store) -> None:
    key = callers(LISTED, limit=1, store=demo_store)["caller"].iloc[0]
    found = calls(LISTED, key, store=demo_store)
    expected = rows(
        demo_store, "select case_id, created_at from cases where is_void = 0 and caller_key = :key", key=key
    )
    assert found["cases"].sum() == len(expected) and found["cases"].tolist() == found["case_ids"].map(len).tolist()
    assert sorted(one for ids in found["case_ids"] for one in ids) == sorted(expected["case_id"])
    by_month = expected.groupby(expected["created_at"].dt.strftime("%Y-%m"))["case_id"].count()
    said = {f"{row.month:%Y-%m}": row.cases for row in found.itertuples() if row.cases}
    assert said == by_month.to_dict()
    months = found["month"].dt.to_period("M")
    assert months.tolist() == list(pd.period_range(months.iloc[0], pd.Period(as_of(demo_store), "M"), freq="M"))
    assert calls(LISTED, "nobody", store=demo_store).empty and calls(LISTED, "", store=demo_store).empty


def counted(store: Store, whose: str, start: str, end: str, **said: Any) -> int:
    within = f"is_void = 0 and created_at >= '{start}' and created_at < '{end}'"
    return int(rows(store, f"select count(*) as n from cases where {within} and {whose}", **said)["n"].iloc[0])


def test_before_and_after_stand_beside_others_chosen_alike(caring: Profile, demo_store: Store) -> None:
    opening = datetime(2022, 6, 8)
    alike = rows(demo_store, LISTING, now=opening).sort_values(["cases", "caller"], ascending=False)["caller"].tolist()
    key, cared = alike[0], alike[1]
    found = before_after(LISTED, key, OPENED, ENDED, DAYS, planned={cared}, store=demo_store)
    assert found.spans and found.spans.days == (90, 90) and not found.reason
    before, after = ("2022-03-10", "2022-06-08"), ("2022-07-05", "2022-10-03")
    assert (found.before, found.after) == tuple(
        counted(demo_store, "caller_key = :key", *one, key=key) for one in (before, after)
    )
    others = [one for one in alike if one not in (key, cared)]
    listed = "caller_key in ({})".format(", ".join(f"'{one}'" for one in others))
    assert found.others == len(others) > 5
    assert (found.others_before, found.others_after) == tuple(
        counted(demo_store, listed, *one) for one in (before, after)
    )
    assert found.change == pytest.approx(found.after / found.before - 1)
    assert found.others_change == pytest.approx(found.others_after / found.others_before - 1)
    assert found.expected_as_others == pytest.approx(found.before * found.others_after / found.others_before)


def test_days_that_are_cut_are_counted_by_the_day(caring: Profile, demo_store: Store) -> None:
    now = as_of(demo_store)
    assert now
    key, ended = callers(LISTED, limit=1, store=demo_store)["caller"].iloc[0], now - timedelta(days=11)
    found = before_after(LISTED, key, OPENED, ended, DAYS, store=demo_store)
    assert found.spans and found.spans.days == (90, 10)
    assert found.expected == pytest.approx(found.before / 9) and found.change == pytest.approx(
        9 * found.after / found.before - 1
    )


def test_what_cannot_be_compared_says_why(caring: Profile, demo_store: Store, empty_store: Store) -> None:
    now = as_of(demo_store)
    assert now
    key = callers(LISTED, limit=1, store=demo_store)["caller"].iloc[0]
    said = {
        "完整的一天": before_after(LISTED, key, now, None, DAYS, store=demo_store),
        "没有覆盖": before_after(LISTED, key, datetime(2021, 2, 1), datetime(2021, 3, 1), DAYS, store=demo_store),
        "办前没有件": before_after(LISTED, "nobody", OPENED, ENDED, DAYS, store=demo_store),
    }
    for words, found in said.items():
        assert words in found.reason and found.change != found.change
    assert callers(LISTED, store=empty_store).empty and calls(LISTED, key, store=empty_store).empty


class NoStore:
    """Fails whatever is asked of it: not even the data's version may be looked at before the right is."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the store was asked for {name}")


ASKED: dict[str, Callable[[Actor | None, Any], Any]] = {
    "callers": lambda viewer, store: callers(viewer, store=store),
    "calls": lambda viewer, store: calls(viewer, FIELDS["caller"], store=store),
    "before_after": lambda viewer, store: before_after(viewer, FIELDS["caller"], OPENED, ENDED, DAYS, store=store),
}


@pytest.mark.parametrize(
    "viewer", [None, OTHER, LEADER, Actor("关怀专员", "指挥中心"), Actor("关怀专员甲 ", "指挥中心")]
)
@pytest.mark.parametrize("name", ASKED)
def test_whoever_is_not_named_learns_nothing(
    caring: Profile, demo_store: Store, name: str, viewer: Actor | None
) -> None:
    ASKED[name](LISTED, demo_store)  # an answer that is cached is no way in
    for store in (demo_store, NoStore()):
        with pytest.raises(Refused, match="只对配置里列出姓名的人开放"):
            ASKED[name](viewer, store)


@pytest.mark.parametrize("name", ASKED)
def test_while_it_is_off_nobody_learns_anything(demo_store: Store, name: str) -> None:
    assert LISTED.name in current_profile("dongcheng").programmes.care.users
    for viewer in (None, LISTED, LEADER):
        with pytest.raises(Refused):
            ASKED[name](viewer, NoStore())


def test_it_is_off_in_every_shipped_district() -> None:
    for folder in PROFILES.glob("*/district.toml"):
        assert not load_profile(folder.parent).programmes.care.enabled


@pytest.fixture
def plan(caring: Profile, tmp_path: Path) -> tuple[Ledger, str]:
    """A ledger with one plan."""
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    return ledger, ledger.open_matter(caring.programme("care"), LISTED, "结对帮扶", fields=FIELDS, at=OPENED)


@pytest.mark.parametrize("viewer", [None, OTHER, LEADER])
def test_the_ledger_keeps_plans_from_the_others(
    plan: tuple[Ledger, str], caring: Profile, viewer: Actor | None
) -> None:
    ledger, number = plan
    for ask in (
        lambda: ledger.matters("care", viewer=viewer),
        lambda: ledger.matters("care", viewer=viewer, number=number),
        lambda: ledger.events(number, viewer=viewer),
        lambda: ledger.times("care", viewer=viewer),
    ):
        with pytest.raises(Refused, match="只对配置里列出姓名的人开放"):
            ask()
    assert ledger.kind_of(number) == "care"  # which says no more than the number's own prefix
    assert number not in set(ledger.matters("supervision", viewer=viewer)["matter_id"])
    if viewer is None:
        return
    with pytest.raises(Refused), ledger.writing(caring) as pen:
        pen.open(caring.programme("care"), viewer, "x", fields=FIELDS)
    with pytest.raises(Refused), ledger.writing(caring) as pen:
        pen.move(number, "pair", viewer, seen=1, fields={"unit": "某街道"})
    with pytest.raises(Refused), ledger.writing(caring) as pen:
        pen.undo(number, viewer, seen=1, at=OPENED)
    assert len(ledger.events(number, viewer=LISTED)) == 1 and ledger.times("care", viewer=LISTED)["times"].sum() == 1


def test_a_plans_caller_stays_the_same(plan: tuple[Ledger, str], caring: Profile) -> None:
    ledger, number = plan
    ledger.move(caring, number, "pair", LISTED, seen=1, fields={"unit": "某街道"})
    with pytest.raises(Refused, match="在发起时已经记下"):
        ledger.move(caring, number, "visit", LISTED, seen=2, text="走访", fields={"caller": "ffffffffffffffff"})
    row = ledger.matters("care", viewer=LISTED).iloc[0]
    assert (row["caller"], row["stage"], row["cases"]) == (FIELDS["caller"], "帮扶中", "{}")
    assert not verify(ledger.engine).broken


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


def test_a_pseudonym_leads_back_to_nobody(caring: Profile, demo_store: Store) -> None:
    found = callers(LISTED, store=demo_store)
    assert found["shown"].is_unique and found["shown"].tolist() == [pseudonym(key) for key in found["caller"]]
    for row in found.to_dict("records"):
        said = row["shown"].removeprefix("诉求人 ")
        assert len(said) == 6 and said.lower() not in row["caller"]
    assert pseudonym("") == ""


def test_no_other_page_and_no_wall_comes_near() -> None:
    """Only the page and its part ask data_access.care; nobody outside data_access reads the key of a case."""
    outside = {
        path: source
        for path, source in sources().items()
        if path.split("/")[0] in ("app.py", "pages", "ui", "analysis")
    }
    assert {path for path, source in outside.items() if "data_access.care" in source} == {
        "pages/care.py",
        "ui/caring.py",
    }
    assert {path for path, source in outside.items() if "caring" in source} == {"pages/care.py"}
    assert not [path for path, source in outside.items() if "caller_key" in source]
