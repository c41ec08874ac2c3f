"""What to add to a district's profile so that a word of a coded column is known: the file, its section, the line."""

from __future__ import annotations

import json
from dataclasses import dataclass

from data_access.district.models import Words
from data_access.district.profile import Profile
from data_access.district.vocabulary import ABSENT, NO, RESOLUTIONS, YES
from data_access.district.words import FLAGS, known_words
from data_access.intake.mapping import MappingError, load_mapping, shipped_mappings


@dataclass(frozen=True)
class Repair:
    """`lines`: one line for each thing that the word may mean, of which one is chosen. `is_new`: the file has no such
    section yet. `again`: the files have to be imported again for it to take effect."""

    file: str
    section: str
    lines: tuple[str, ...]
    is_new: bool
    again: bool


def repair_of(profile: Profile, mapping: str, source: str, field: str, word: str) -> Repair:
    """How to make a word known. `mapping`: the name by which the source's files are read."""
    if word == ABSENT:
        line = f'{field} = "列名"'
        return Repair(f"mappings/{mapping}.toml", "columns", (line,), is_new=False, again=True)
    if field in Words.model_fields:
        known = getattr(profile.settings.words[source], field)  # type: ignore[index]
        lines: tuple[str, ...] = (f"{field} = {_listed((*known, word))}",)
        return Repair("district.toml", f"words.{source}", lines, is_new=False, again=False)
    meanings = (
        [str(flag) for flag in (YES, NO)] if field in FLAGS else map(_quoted, known_words(profile, field, source))
    )
    lines = tuple(f"{_quoted(word)} = {meaning}" for meaning in meanings)
    return Repair(f"mappings/{mapping}.toml", f"values.{field}", lines, not _has_values(profile, mapping, field), True)


def meaning_of(field: str) -> str:
    """What stands to the right of the equals sign, where it is not plain."""
    if field in FLAGS:
        return f"{YES}＝是，{NO}＝否"
    return "，".join(f"{word}＝{label}" for word, label in RESOLUTIONS.items()) if field == "resolution" else ""


def _has_values(profile: Profile, mapping: str, field: str) -> bool:
    try:
        return field in load_mapping(shipped_mappings(profile)[mapping]).values
    except (KeyError, MappingError):  # given by hand, and no longer there
        return False


def _listed(words: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_quoted, words))}]"


def _quoted(text: str) -> str:
    # A JSON string is a TOML string.
    return json.dumps(text, ensure_ascii=False)
