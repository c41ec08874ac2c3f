"""What is told reaches a receiver, by webhook and by e-mail, and what does not is known not to."""

from __future__ import annotations

import email
from email.header import decode_header, make_header

import pytest

from questions.messages import sender
from tests.receivers import mailbox, webhook

TITLE, TEXT = "【预警】某街道暖气管道漏水突增", "今日到 10:46 已 62 件，平常到这个时候 0.6 件"


@pytest.mark.slow
def test_a_webhook_is_told() -> None:
    with webhook() as (address, got):
        send = sender(address)
        assert send and send(TITLE, TEXT)
    assert got[0]["title"] == TITLE and got[0]["message"] == TEXT
    assert not send(TITLE, TEXT)  # nobody listens any more


@pytest.mark.slow
def test_a_mailbox_is_told() -> None:
    with mailbox() as (address, letters):
        send = sender(address)
        assert send and send(TITLE, TEXT)
    letter = email.message_from_string(letters[0])
    assert str(make_header(decode_header(letter["Subject"]))) == TITLE
    parts = [part.get_payload(decode=True) for part in letter.walk() if not part.is_multipart()]
    assert any(TEXT in part.decode() for part in parts if isinstance(part, bytes))


def test_nothing_goes_out_without_an_address(caplog: pytest.LogCaptureFixture) -> None:
    assert sender("") is None
    send = sender("nosuch://user:secret@127.0.0.1")
    assert send and not send(TITLE, TEXT)
    assert "secret" not in caplog.text and "读不懂" in caplog.text
