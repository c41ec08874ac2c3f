"""A district's files may be changed while the dashboard runs: they hold from the next run on, once they are right."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from data_access.district import profile as module
from data_access.district.profile import ProfileError, current_profile, mistake


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    shutil.copytree(module.PROFILES / "dongcheng", tmp_path / "dongcheng")
    monkeypatch.setattr(module, "PROFILES", tmp_path)
    yield tmp_path / "dongcheng"
    module._loaded.cache_clear()


def rewrite(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_changed_file_holds_at_the_next_run(folder: Path) -> None:
    before = current_profile("dongcheng")
    assert current_profile("dongcheng") is before
    rewrite(folder / "district.toml", "page_seconds = 60", "page_seconds = 90")
    after = current_profile("dongcheng")
    assert (before.settings.limits.page_seconds, after.settings.limits.page_seconds) == (60, 90)
    assert after != before and not mistake(after)  # answers kept under the one are not the other's


def test_files_that_say_the_same_are_the_same_profile(folder: Path) -> None:
    """An equal one beside it would be compared with it, line by line, whenever a kept answer is looked for."""
    before = current_profile("dongcheng")
    for file in folder.iterdir():
        os.utime(file, ns=(1, 1))
    assert current_profile("dongcheng") is before
    rewrite(folder / "district.toml", "page_seconds = 60", "page_seconds = 90")
    assert current_profile("dongcheng") is not before


def test_a_mistake_leaves_everybody_with_what_was_right(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = current_profile("dongcheng")
    rewrite(folder / "access.toml", "[[access]]", "[[access")
    with caplog.at_level(logging.ERROR):
        assert current_profile("dongcheng") is before and current_profile("dongcheng") is before
    assert [record.getMessage().count("access.toml") for record in caplog.records] == [1]  # said once
    assert "access.toml" in mistake(before)
    rewrite(folder / "access.toml", "[[access", "[[access]]")
    assert current_profile("dongcheng").access == before.access and not mistake(current_profile("dongcheng"))


def test_a_mistake_from_the_start_is_none_that_anybody_goes_on_with(folder: Path) -> None:
    rewrite(folder / "access.toml", "[[access]]", "[[access")
    with pytest.raises(ProfileError, match=r"access\.toml"):
        current_profile("dongcheng")
