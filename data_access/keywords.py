"""人群 and 行业 from the text, where the source does not say: the words are the profile's (keywords.toml).

Text is cut into words first (jieba), with streets, communities and the keywords as its user dictionary, so that
a keyword inside a place's name is not one.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence

import duckdb
import jieba
import pyarrow as pa

from data_access.profile import Keywords, Profile

FIELDS = ("crowd", "industry")
TEXTS = ("title", "content", "category2", "category3")
BATCH = 20_000
SURE = 1_000_000  # a frequency at which a name is never cut apart


class Classifier:
    """Finds the label of a text. One per profile; building it takes a second."""

    def __init__(self, profile: Profile, keywords: Keywords) -> None:
        jieba.setLogLevel(logging.WARNING)
        self._cut = jieba.Tokenizer()
        self._labels = {
            field: {word: label for label, words in getattr(keywords, field).items() for word in words}
            for field in FIELDS
        }
        self._order = {field: list(getattr(keywords, field)) for field in FIELDS}
        for word in {word for labels in self._labels.values() for word in labels}:
            self._cut.add_word(word, SURE)
        streets = (name for street in profile.streets for name in (street.name, *street.aliases))
        communities = (name for community in profile.communities for name in (community.name, *community.aliases))
        for name in {*streets, *communities}:
            self._cut.add_word(name, SURE)

    @property
    def words(self) -> list[str]:
        """Every keyword: a text without one needs no cutting."""
        return sorted({word for labels in self._labels.values() for word in labels})

    def labels(self, text: str) -> tuple[str, ...]:
        """The label per field of FIELDS, '' where no keyword stands in the text."""
        words = self._cut.lcut(text, HMM=False)
        return tuple(self._best(field, words) for field in FIELDS)

    def _best(self, field: str, words: Sequence[str]) -> str:
        hits = [self._labels[field][word] for word in words if word in self._labels[field]]
        return max(self._order[field], key=hits.count) if hits else ""


@functools.cache
def classifier_of(profile: Profile) -> Classifier | None:
    """The profile's classifier; None where it has no keywords."""
    return Classifier(profile, profile.keywords) if profile.keywords else None


def fill_from_text(con: duckdb.DuckDBPyConnection, fields: list[str], source: str, profile: Profile) -> dict[str, int]:
    """Fill blank FIELDS of the table `incoming` from its texts; returns how many of each were found.

    `fields`: the columns of `incoming`, to which the ones filled are added.
    """
    texts = [name for name in TEXTS if name in fields]
    if not profile.keywords or source not in profile.keywords.sources or not {"title", "content"} & set(texts):
        return {}
    classifier = classifier_of(profile)
    assert classifier is not None
    for name in FIELDS:
        if name not in fields:
            con.execute(f"ALTER TABLE incoming ADD COLUMN {name} VARCHAR")
            fields.append(name)
    text = "concat_ws('。', " + ", ".join(texts) + ")"
    blank = " OR ".join(f"coalesce({name}, '') = ''" for name in FIELDS)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE to_read AS SELECT line, {text} AS words FROM incoming
            WHERE ({blank}) AND regexp_matches({text}, ?)""",
        ["|".join(classifier.words)],
    ).fetchall()
    found = dict.fromkeys(FIELDS, 0)
    last = -1
    while rows := con.execute(
        f"SELECT line, words FROM to_read WHERE line > ? ORDER BY line LIMIT {BATCH}", [last]
    ).fetchall():
        last = rows[-1][0]
        labels = [classifier.labels(words) for _, words in rows]
        for place, name in enumerate(FIELDS):
            found[name] += _fill(con, name, [line for line, _ in rows], [label[place] for label in labels])
    return {name: count for name, count in found.items() if count}


def _fill(con: duckdb.DuckDBPyConnection, name: str, lines: list[int], labels: list[str]) -> int:
    # Read by its name in this function: a registered table would be kept until the transaction ends.
    read_labels = pa.table({"line": pa.array(lines, pa.int64()), "label": pa.array(labels, pa.string())})
    changed = con.execute(
        f"""UPDATE incoming SET {name} = r.label FROM read_labels r
            WHERE incoming.line = r.line AND r.label <> '' AND coalesce(incoming.{name}, '') = ''"""
    ).fetchall()[0][0]
    del read_labels
    return int(changed)
