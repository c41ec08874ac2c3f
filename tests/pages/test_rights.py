"""Who sees which cases on the pages: in the demo as whoever is chosen, on real data without a login nobody."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import anyio
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.sight import NOTHING_SINGLY, sight_of
from data_access.district.access import RIGHTS, Access
from data_access.district.granted import changes
from data_access.district.people import Actor
from data_access.district.profile import ProfileError, load_profile
from tests.pages.test_pages import words
from ui.drawing.exporting import EXPORT, TICKET, TICKETS, _respond
from ui.frame import identity

Visit = Callable[..., AppTest]
PAGES = sorted(path.stem for path in (Path(__file__).resolve().parents[2] / "pages").glob("*.py"))


@pytest.fixture
def closed(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Pages as they are without DASHBOARD_OPEN."""

    def start(page: str, store: str = "plenty", who: str = "", **query: str) -> AppTest:
        seen = visit(page, store, **query)
        monkeypatch.delenv("DASHBOARD_OPEN")
        if who:
            seen.session_state["actor_name"] = who
        seen.run()
        assert not seen.exception, seen.exception
        return seen

    return start


def street_head(reader: Reader) -> tuple[str, str]:
    person = next(one for one in reader.profile.people if one.role == "街道")
    return person.name, person.unit


def test_a_street_head_lists_the_own_cases_and_sums_all(closed: Visit, reader: Reader) -> None:
    name, street = street_head(reader)
    sight = sight_of(reader.profile, Actor(name, "街道", street), reader.as_of.date())
    mine = Reader.of(reader.store, reader.profile, sight=sight).singly.count()
    every, own = closed("cases", period="全部"), closed("cases", period="全部", who=name)
    assert f"{reader.count():,}" in words(every) and f"{mine:,}" in words(own)
    assert 0 < mine < reader.count()
    for page in ("overview", "heat", "weak_spots"):  # the district's sums are everybody's
        all_told, in_steps = (closed(page, who=one) for one in ("", name))
        assert in_steps.get("html") and "约数" in words(in_steps) and "约数" not in words(all_told)


def test_another_streets_case_is_as_one_that_does_not_exist(closed: Visit, reader: Reader) -> None:
    name, street = street_head(reader)
    listed = reader.list_cases(CaseFilter(), page_size=500)
    other = listed[(listed["street"] != street) & (listed["unit"] != street)]["case_id"].iloc[0]
    said = {words(closed("cases", who=name, case=number)) for number in (str(other), "没有这个编号")}
    assert len(said) == 1 and "没有这个编号的案件" in said.pop()
    assert "没有这个编号" not in words(closed("cases", case=str(other)))


@pytest.mark.parametrize("page", PAGES)
def test_real_data_without_a_login_shows_sums_alone(closed: Visit, page: str) -> None:
    seen = closed(page, "pingshan")
    said = words(seen)
    assert "REC" not in said
    if page != "definitions":
        assert identity.CLOSED in said or "没有" in said
    labels = " ".join(button.label for button in seen.button)
    assert not any(word in labels for word in ("发起", "签收", "列入", "下达"))


def test_real_data_lists_no_case_and_no_matter(closed: Visit) -> None:
    assert "只看汇总" in words(closed("cases", "pingshan"))
    assert not closed("cases", "pingshan").dataframe
    assert not closed("supervision", "pingshan").dataframe


def test_an_open_room_shows_everything_to_everybody(visit: Visit) -> None:
    assert visit("cases", "pingshan").dataframe


MEMBERS = [
    {"claim": "groups", "value": "街道组", "role": "街道", "unit": "dept"},
    {"claim": "groups", "value": "审计组", "role": "审计员"},
]


@pytest.mark.parametrize(
    ("claims", "known"),
    [
        ({"groups": ["街道组"], "dept": ["东华门"], "name": ["张三"]}, ("张三（a1）", "街道", "东华门街道")),
        ({"groups": ["街道组", "审计组"], "dept": ["景山街道"]}, ("a1", "街道", "景山街道")),  # the first that fits
        ({"groups": ["审计组"], "dept": ["景山街道"]}, ("a1", "审计员", "")),
        ({"groups": ["街道组"], "dept": ["没有的街道"]}, None),
        ({"groups": ["街道组"]}, None),
        ({"groups": ["街道组的人"], "dept": ["景山街道"]}, None),
        ({}, None),
    ],
)
def test_an_identity_says_role_and_unit(
    reader: Reader, claims: dict[str, list[str]], known: tuple[str, str, str] | None
) -> None:
    rules = reader.profile.access[0]
    rules = Access.model_validate({**rules.model_dump(), "members": MEMBERS})
    profile = reader.profile.model_copy(update={"access": (rules,)})
    person = profile.member(dt.date(2022, 6, 1), "a1", claims)
    assert (person and (person.name, person.role, person.unit)) == known
    assert profile.member(dt.date(2022, 6, 1), "", claims) is None


@pytest.mark.parametrize(
    ("who", "held"),
    [
        ("", {"sql", "briefs"}),  # synthetic data, nobody chosen
        ("值班长甲", {"sql", "briefs", "send"}),
        ("区领导甲", {"briefs"}),
        ("分析员甲", {"sql", "briefs"}),
        ("审计员甲", {"audit"}),
        ("管理员甲", {"settings"}),
    ],
)
def test_a_role_holds_the_rights_that_are_written(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, who: str, held: set[str]
) -> None:
    monkeypatch.delenv("DASHBOARD_OPEN", raising=False)
    monkeypatch.setattr(st, "session_state", {identity.KEY: who})
    assert identity.rights(reader) == held
    assert all(identity.may(reader, right) == (right in held) for right in RIGHTS)


def test_who_sets_rights_reads_them_and_nobody_else(closed: Visit) -> None:
    seen = closed("rights", who="管理员甲")
    assert "定权限" not in words(seen) and len(seen.dataframe) == 1
    assert {"指挥中心", "审计员", "系统管理员"} <= {*seen.dataframe[0].value["角色"]}
    for other in ("区领导甲", "审计员甲", ""):
        assert "没有这个页面" in words(closed("rights", who=other))


def test_who_may_not_write_briefs_gets_none(closed: Visit) -> None:
    assert "没有写简报的权限" in words(closed("brief", who="审计员甲"))
    assert "没有写简报的权限" not in words(closed("brief", who="区领导甲"))


def test_what_is_not_written_is_not_allowed(reader: Reader) -> None:
    nobody = Actor("路人", "没有这个角色", "")
    assert sight_of(reader.profile, nobody, reader.as_of.date()) == NOTHING_SINGLY
    stranger = Actor("路人", "街道", "")  # of no street: of no case
    assert not sight_of(reader.profile, stranger, reader.as_of.date()).cases


def test_rights_change_with_the_day(reader: Reader) -> None:
    later = Access.model_validate({"valid_from": dt.date(2022, 7, 1), "grants": ({"role": "区领导", "cases": "none"},)})
    profile = reader.profile.model_copy(update={"access": (*reader.profile.access, later)})
    leader = Actor("区领导甲", "区领导")
    assert (
        sight_of(profile, leader, dt.date(2022, 6, 30)).cases
        and not sight_of(profile, leader, dt.date(2022, 7, 1)).cases
    )


def test_a_file_of_cases_has_no_more_rows_than_its_maker_may_take(reader: Reader) -> None:
    grant = {"role": "街道", "cases": "own", "words": True, "exports": 3}
    rules = Access.model_validate({"valid_from": dt.date(2022, 1, 1), "grants": (grant,)})
    profile = reader.profile.model_copy(update={"access": (rules,)})
    head = next(one for one in profile.people if one.role == "街道")
    sight = sight_of(profile, Actor(head.name, head.role, head.unit), dt.date(2022, 6, 1))
    unlisted = sight_of(profile, Actor("值班员", "指挥中心", ""), dt.date(2022, 6, 1))
    assert (sight.exports, unlisted.exports, NOTHING_SINGLY.exports) == (3, 0, 0)
    scope = {"type": "http", "method": "GET", "path": EXPORT, "headers": []}
    for few, status in ((True, 200), (False, 403)):
        listed = reader.list_cases(CaseFilter(street=(head.unit,)), page_size=2 if few else 9)
        query = f"{TICKET}={TICKETS.give(sight)}" + "".join(f"&case_id={quote(one)}" for one in listed["case_id"])
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CASES_URL", f"duckdb:///{reader.store.folder}")
            answer = _respond({**scope, "query_string": query.encode()}, anyio.CapacityLimiter(1))
        assert answer.status_code == status


@pytest.mark.parametrize(("column", "exports", "buttons"), [("case_id", 0, 0), ("case_id", 2, 4), ("street", 0, 4)])
def test_a_table_with_cases_is_a_file_for_who_may_take_so_many(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, column: str, exports: int, buttons: int
) -> None:
    """Wherever it stands: lists are not the only tables with cases."""

    def script(column: str, exports: int) -> None:
        import pandas as pd

        from data_access.cases.reader import open_reader
        from data_access.cases.sight import Sight
        from ui.drawing.tables import downloads
        from ui.watch.viewer import Viewer, note

        note(Viewer(reader=open_reader(sight=Sight(exports=exports))))
        downloads(pd.DataFrame({column: ["a", "b"]}), "重要案件", key="file")

    monkeypatch.setenv("CASES_URL", f"duckdb:///{reader.store.folder}")
    app = AppTest.from_function(script, kwargs={"column": column, "exports": exports})
    app.session_state["menu_file"] = True
    app.run()
    assert not app.exception and len(app.get("download_button")) == buttons
    assert bool(app.caption) is not bool(buttons)


def test_what_changed_since_the_rights_before_is_told(reader: Reader) -> None:
    later = Access.model_validate({"valid_from": dt.date(2022, 7, 1), "least": 10, "grants": (
        {"role": "区领导", "cases": "own"}, *(one for one in reader.profile.access[0].grants if one.role != "区领导"))})  # fmt: skip
    profile = reader.profile.model_copy(update={"access": (*reader.profile.access, later)})
    told = "\n".join(changes(profile, dt.date(2022, 7, 1)))
    assert "区领导：案件 全区，标题内容地址 → 本街道发生的、本单位承办的" in told and "限度 5 → 10" in told
    assert "区领导：下载 每个文件至多 100,000 件 → 没有" in told and "街道：" not in told
    assert "更早的" in changes(profile, dt.date(2022, 6, 30))[0]
    assert profile.least_at(dt.date(2022, 6, 30)) == 5 and profile.least_at(dt.date(2022, 7, 1)) == 10


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[access]]\nvalid_from = 2022-01-01\ngrants = [{ role = "x", cases = "all" }]', "“x”不在"),
        ('[[access]]\nvalid_from = 2022-01-01\ngrants = [{ role = "街道", cases = "every" }]', "cases"),
        ('[[access]]\nvalid_from = 2022-01-01\ngrants = [{ role = "街道", words = true }]', "须与 cases"),
        ('[[access]]\nvalid_from = 2022-01-01\ngrants = [{ role = "街道", exports = 9 }]', "须与 cases"),
        ('[[access]]\nvalid_from = 2022-01-01\ngrants = [{ role = "街道", sql = true }]', "须与 cases"),
        (
            '[[access]]\nvalid_from = 2022-01-01\ngrants = [{ role = "审计员", audit = true, settings = true }]',
            "不能同写",
        ),
        (
            '[[access]]\nvalid_from = 2022-01-01\ngrants = [{ role = "审计员", settings = true, briefs = true }]',
            "不用数据",
        ),
        (
            '[[access]]\nvalid_from = 2022-01-01\ngrants = [{ role = "系统管理员", settings = true, cases = "all" }]',
            "不用数据",
        ),
        ('[[access]]\nvalid_from = 2022-01-01\ngrants = [{ role = "街道", settings = true }]', "里能办理"),
        (
            '[[access]]\nvalid_from = 2022-01-01\ngrants = [{ role = "街道", cases = "own" }]\n'
            'members = [{ claim = "g", value = "x", role = "街道" }]',
            "要写 unit",
        ),
        (
            '[[access]]\nvalid_from = 2022-01-01\ngrants = [{ role = "街道", cases = "own" }]\n'
            'members = [{ claim = "g", value = "x", role = "区领导" }]',
            "没有写在 grants",
        ),
        ('[[access]]\nvalid_from = 2022-01-01\nleast = 1\ngrants = [{ role = "街道" }]', "least"),
        ('[[access]]\nvalid_from = 2022-01-01\ngrants = [{ role = "街道" }, { role = "街道" }]', "写了两次"),
    ],
)
def test_a_mistake_names_file_and_field(reader: Reader, tmp_path: Path, text: str, said: str) -> None:
    folder = tmp_path / "dongcheng"
    shutil.copytree(reader.profile.folder, folder)
    (folder / "access.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError, match=said) as error:
        load_profile(folder)
    wrong = next(n for n, line in enumerate(text.splitlines(), 1) if "{" in line or "least" in line)
    assert re.search(rf"access.toml 第 ({wrong}|1) 行", str(error.value)), error.value
