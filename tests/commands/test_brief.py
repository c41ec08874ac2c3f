"""A brief from the command line: into the folder, and to where BRIEF_URLS says, with its files."""

from __future__ import annotations

import base64
import email
import io
from email.header import decode_header, make_header
from pathlib import Path

import docx
import openpyxl
import pytest

from briefs.keeping import kept_briefs
from commands import main
from data_access.cases.store import Store
from tests.receivers import mailbox, webhook


@pytest.fixture(autouse=True)
def _stored(demo_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASES_URL", f"duckdb:///{demo_store.folder}")


def brief(*options: str) -> int:
    return main(["brief", *options])


@pytest.mark.slow
def test_it_reaches_a_webhook_and_a_mailbox_with_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook() as (hook, got), mailbox() as (box, letters):
        monkeypatch.setenv("BRIEF_URLS", f"{hook} {box}")
        assert brief("day", "--date", "2022-06-15", "--out", str(tmp_path)) == 0
    kept = kept_briefs(tmp_path)[0]
    said = next(iter(kept.sentences.values()))[0]
    assert got[0]["title"] == kept.title and said in got[0]["message"]
    files = {one["filename"]: base64.b64decode(one["base64"]) for one in got[0]["attachments"]}
    assert files == {f"brief-day-2022-06-15{path.suffix}": path.read_bytes() for path in (kept.docx, kept.xlsx)}
    letter = email.message_from_string(letters[0])
    assert str(make_header(decode_header(letter["Subject"]))) == kept.title
    brought = [part.get_payload(decode=True) for part in letter.walk() if part.get_filename()]
    assert brought == list(files.values())
    assert any(kept.title in paragraph.text for paragraph in docx.Document(io.BytesIO(brought[0])).paragraphs)
    assert "口径" in openpyxl.load_workbook(io.BytesIO(brought[1])).sheetnames


@pytest.mark.slow
def test_what_does_not_arrive_is_an_error_and_stays_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with webhook() as (hook, _):
        pass
    monkeypatch.setenv("BRIEF_URLS", hook)
    assert brief("day", "--date", "2022-06-15", "--out", str(tmp_path)) == 1
    assert "没有送到" in capsys.readouterr().err
    assert kept_briefs(tmp_path)[0].docx.exists()


@pytest.mark.slow
def test_each_street_gets_its_own(tmp_path: Path, profile) -> None:  # type: ignore[no-untyped-def]
    assert brief("free", "--date", "2022-06-15", "--each-street", "--out", str(tmp_path)) == 0
    assert {kept.streets for kept in kept_briefs(tmp_path)} == {(street.name,) for street in profile.streets}


def test_a_paper_that_cannot_be_written_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert brief("portrait", "--date", "2022-06-15", "--out", str(tmp_path)) == 1
    assert "请选一个" in capsys.readouterr().err
