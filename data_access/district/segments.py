"""Chinese text cut into words (jieba), with the district's places as words: 一起/火锅店 holds no 起火."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Iterable

import jieba

from data_access.district.profile import Profile

CLAUSE_ENDS = "[，。；！？、,;!?\\s]+"
WORD = re.compile("[\u4e00-\u9fff]+")
SURE = 1_000_000  # word frequency: high enough that jieba never cuts the word apart


def cutter(profile: Profile) -> jieba.Tokenizer:
    """A tokenizer that takes the names of streets and communities for words. Building it takes a second."""
    jieba.setLogLevel(logging.WARNING)
    cut = jieba.Tokenizer()
    streets = (name for street in profile.streets for name in (street.name, *street.aliases))
    communities = (name for community in profile.communities for name in (community.name, *community.aliases))
    for name in {*streets, *communities}:
        cut.add_word(name, SURE)
    return cut


@functools.cache
def _with_words(profile: Profile, words: tuple[str, ...]) -> jieba.Tokenizer:
    cut = cutter(profile)
    for word in words:
        cut.add_word(word)  # at a frequency at which it is not cut apart, and takes no letters of its neighbours
    return cut


def says(profile: Profile, texts: Iterable[str], words: tuple[str, ...], apart: tuple[str, ...] = ()) -> bool:
    """Whether one of the words stands in one of the texts as a word of its own.

    `apart`: longer words in which one of `words` does not count (树枝断裂).
    """
    cut, wanted = _with_words(profile, (*words, *apart)), set(words)
    clauses = (clause for text in texts for clause in re.split(CLAUSE_ENDS, text))
    return any(
        not wanted.isdisjoint(cut.lcut(clause, HMM=False))
        for clause in clauses
        if any(word in clause for word in words)  # without one of the letters together there is nothing to cut
    )


def words_in(profile: Profile, text: str) -> set[str]:
    """The words of a text that have two Chinese signs or more, each once."""
    cut = _with_words(profile, ())
    return {word for word in cut.lcut(text, HMM=False) if len(word) > 1 and WORD.fullmatch(word)}
