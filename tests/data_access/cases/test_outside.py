"""What the profile withholds of sums outside one's scope is unknown there, for every way to ask for sums."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pandas as pd
import pytest

from data_access.cases.filters import CaseFilter
from data_access.cases.outside import in_words, mistakes
from data_access.cases.reader import Reader
from data_access.cases.sight import NOTHING_SINGLY, Sight
from data_access.district.access import Outside
from data_access.district.profile import Profile, load_profile

STREET = "东四街道"
HIDDEN, SHOWN = "resolution_rate", "satisfaction_rate"
BEGINS = "least = 5 "


def narrowed(reader: Reader, **outside: tuple[str, ...]) -> Reader:
    """The reader of a street's head, where the profile withholds that."""
    rules = tuple(one.model_copy(update={"outside": Outside(**outside)}) for one in reader.profile.access)
    profile = reader.profile.model_copy(update={"access": rules})
    own = Sight((CaseFilter(street=(STREET,)), CaseFilter(unit=(STREET,))))
    return dataclasses.replace(reader, profile=profile, sight=own)


def test_a_withheld_measure_is_unknown_wherever_others_are_in_it(reader: Reader) -> None:
    mine, whole = narrowed(reader, measures=(HIDDEN,)), reader.aggregate([HIDDEN, SHOWN], "street")
    for asked in (mine, mine.exact):
        told = asked.aggregate([HIDDEN, SHOWN, "volume"], "street").set_index("street")
        others = told.drop(STREET)
        hidden = [HIDDEN, f"{HIDDEN}__num", f"{HIDDEN}__den"]
        assert others[hidden].isna().all(axis=None) and others[[SHOWN, "volume"]].notna().any(axis=None)
        own = whole.set_index("street").loc[STREET]
        assert told.loc[STREET, HIDDEN] == own[HIDDEN] and told.loc[STREET, f"{HIDDEN}__den"] == own[f"{HIDDEN}__den"]
        assert asked.aggregate([HIDDEN]).isna().all(axis=None)
        only_mine = asked.aggregate([HIDDEN], where=CaseFilter(street=(STREET,)))
        assert only_mine[HIDDEN].iloc[0] == own[HIDDEN]


def test_whoever_sees_every_case_or_none_withheld_is_told_as_before(reader: Reader) -> None:
    mine, usual = narrowed(reader, measures=(HIDDEN,)), narrowed(reader)
    everything = dataclasses.replace(mine, sight=reader.sight).aggregate([HIDDEN], "street")
    pd.testing.assert_frame_equal(everything, reader.aggregate([HIDDEN], "street"))
    assert usual.aggregate([HIDDEN], "street")[HIDDEN].notna().sum() > 1
    nobodys = dataclasses.replace(mine, sight=NOTHING_SINGLY).aggregate([HIDDEN], "street")
    assert nobodys[HIDDEN].isna().all() and len(nobodys)


def test_a_name_that_no_measure_has_closes_all_until_it_is_mended(reader: Reader) -> None:
    told = narrowed(reader, measures=("resolution_rat",)).aggregate([HIDDEN, "volume"], "street").set_index("street")
    assert told[HIDDEN].drop(STREET).isna().all() and told["volume"].notna().all()


@pytest.fixture
def written(profile: Profile, tmp_path: Path) -> Path:
    folder = tmp_path / profile.folder.name
    shutil.copytree(profile.folder, folder)
    return folder / "access.toml"


def test_what_is_wrong_is_told_with_file_line_and_field(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    line = text[: text.index(BEGINS)].count("\n") + 1
    outside = 'outside = { pages = ["heat", "haet"], measures = ["resolution_rate", "volume", "rate"] }\n'
    written.write_text(text.replace(BEGINS, outside + BEGINS), encoding="utf-8")
    profile = load_profile(written.parent)
    pages = {"heat": "街道热力"}
    said = mistakes(profile, pages)
    assert len(said) == 3 and all(f"access.toml 第 {line} 行，字段 outside." in one for one in said)
    assert {name for name in ("haet", "rate", "volume") if any(f"“{name}”" in one for one in said)} == {
        "haet",
        "rate",
        "volume",
    }
    words = in_words(profile, profile.access[0].valid_from, pages)
    assert "街道热力" in words and "解决率" in words
