"""简报 sent from its page: by right, once somebody says that it is meant, recorded first, with the command's files."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from briefs.keeping import kept_briefs
from data_access.cases.reader import Reader
from data_access.district import profile as profile_module
from data_access.trail.schema import DoorClosed
from questions.messages import receivers
from tests.pages.test_pages import words
from tests.receivers import webhook
from ui.desk.papers import NOBODY_SENDS

Visit = Callable[..., AppTest]


@pytest.fixture
def sent_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[dict[str, object]]]:
    """What a webhook gets that briefs are sent to; they are kept in a folder of their own."""
    monkeypatch.setenv("BRIEFS_DIR", str(tmp_path))
    with webhook() as (hook, got):
        monkeypatch.setenv("BRIEF_URLS", hook)
        yield got


def asked_for(visit: Visit, who: str) -> AppTest:
    seen = visit("brief", kind="周报", on="2022-12-14")
    seen.session_state["actor_name"] = who
    return seen.run()


def test_a_brief_is_sent_once_it_is_meant_and_recorded(
    reader: Reader, visit: Visit, sent_to: list[dict[str, object]]
) -> None:
    seen = asked_for(visit, "值班长甲")
    assert seen.button(key="send").disabled and not sent_to
    seen.checkbox(key="meant").check().run().button(key="send").click().run()
    assert not seen.exception and "已发出" in words(seen)
    kept = kept_briefs()[0]
    assert sent_to[0]["title"] == kept.title and kept.made_by == "值班长甲"
    files = sent_to[0]["attachments"]
    assert isinstance(files, list)
    assert base64.b64decode(files[0]["base64"]) == kept.docx.read_bytes()


def test_who_may_not_send_is_offered_nothing(
    reader: Reader, visit: Visit, sent_to: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither who lacks the right, nor anybody where no address is set."""
    may_not = next(person.name for person in reader.profile.people if person.role == "街道")
    assert "send" not in [button.key for button in asked_for(visit, may_not).button]
    monkeypatch.delenv("BRIEF_URLS")
    assert "send" not in [button.key for button in asked_for(visit, "值班长甲").button]
    assert not sent_to


def test_what_does_not_arrive_is_kept_and_said(
    reader: Reader, visit: Visit, sent_to: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook() as (gone, _):
        pass
    monkeypatch.setenv("BRIEF_URLS", gone)
    seen = asked_for(visit, "值班长甲")
    seen.checkbox(key="meant").check().run().button(key="send").click().run()
    assert "没有送到" in words(seen) and "已发出" not in words(seen)
    assert kept_briefs()[0].docx.exists()


def test_a_brief_that_cannot_be_recorded_is_not_sent(
    reader: Reader, visit: Visit, sent_to: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def shut(*_: object, **__: object) -> None:
        raise DoorClosed("写不进审计")

    monkeypatch.setattr("ui.desk.papers.opens_export", shut)
    seen = asked_for(visit, "值班长甲")
    seen.checkbox(key="meant").check().run().button(key="send").click().run()
    assert "没有发出" in words(seen) and not sent_to and not kept_briefs()


def test_addresses_are_shown_without_their_passwords() -> None:
    told = receivers("json://hook.example/path mailtos://who:geheim@mail.example?to=a@b.example,c@d.example")
    assert told == ["json://hook.example", "mailtos://mail.example（a@b.example,c@d.example）"]
    assert receivers("") == []


def test_where_no_rights_are_written_nobody_sends_from_the_page_and_it_says_so(
    visit: Visit, sent_to: list[dict[str, object]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "profiles" / "dongcheng"
    shutil.copytree(profile_module.PROFILES / "dongcheng", folder)
    (folder / "access.toml").unlink()
    monkeypatch.setattr(profile_module, "PROFILES", folder.parent)
    profile_module._loaded.cache_clear()
    seen = asked_for(visit, "值班长甲")
    assert not seen.exception and "send" not in [button.key for button in seen.button]
    assert NOBODY_SENDS in words(seen) and not sent_to
    profile_module._loaded.cache_clear()
