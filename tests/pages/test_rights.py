"""Who sees which cases on the pages: in the demo as whoever is chosen, on real data without a login nobody."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.sight import NOTHING_SINGLY, sight_of
from data_access.district.access import Access
from data_access.district.people import Actor
from data_access.district.profile import ProfileError, load_profile
from tests.pages.test_pages import words
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
    every, own = closed("cases", range="all"), closed("cases", range="all", who=name)
    assert f"{reader.count():,}" in words(every) and f"{mine:,}" in words(own)
    assert 0 < mine < reader.count()
    for page in ("overview", "heat", "weak_spots"):  # the district's sums are everybody's
        bodies = [[part.proto.body for part in closed(page, who=one).get("html")] for one in ("", name)]
        assert bodies[0] == bodies[1] and bodies[0]


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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[access]]\nvalid_from = 2022-01-01\ngrants = [{ role = "x", cases = "all" }]', "“x”不在"),
        ('[[access]]\nvalid_from = 2022-01-01\ngrants = [{ role = "街道", cases = "every" }]', "cases"),
        ('[[access]]\nvalid_from = 2022-01-01\ngrants = [{ role = "街道", words = true }]', "须与 cases"),
        ('[[access]]\nvalid_from = 2022-01-01\ngrants = [{ role = "街道" }, { role = "街道" }]', "写了两次"),
    ],
)
def test_a_mistake_names_file_and_field(reader: Reader, tmp_path: Path, text: str, said: str) -> None:
    folder = tmp_path / "dongcheng"
    shutil.copytree(reader.profile.folder, folder)
    (folder / "access.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError, match=said) as error:
        load_profile(folder)
    assert "access.toml" in str(error.value)
