"""人群 and 行业 from the text, where the source leaves them blank. The words are the profile's (keywords.toml).

Text is cut into words first (jieba), with streets, communities and the keywords as its user dictionary, so that
a keyword inside a place's name does not count.
"""

from __future__ import annotations

import functools
import re
import string

import duckdb
import pyarrow as pa

from data_access.district.models import Keywords
from data_access.district.profile import Profile
from data_access.district.segments import CLAUSE_ENDS, SURE, cutter

FIELDS = ("crowd", "industry")
TEXTS = ("title", "content", "category2", "category3")
BATCH = 50_000  # clauses cut at a time


class Classifier:
    """Counts a profile's keywords in a text. Building it takes a second."""

    def __init__(self, profile: Profile, keywords: Keywords) -> None:
        self._cut = cutter(profile)
        self.order = {field: list(getattr(keywords, field)) for field in FIELDS}
        self._labels = {
            field: {word: label for label, words in getattr(keywords, field).items() for word in words}
            for field in FIELDS
        }
        for word in self.words:
            self._cut.add_word(word, SURE)

    @property
    def words(self) -> list[str]:
        """Every keyword: a clause without one needs no cutting."""
        return sorted({word for labels in self._labels.values() for word in labels})

    @functools.cached_property
    def ends(self) -> str:
        """A pattern at which texts come apart before they are cut into words: no word of the dictionary reaches across.

        Ends of clauses, and digits that stand in no word: addresses differ by their numbers, what is left is alike and
        is cut only once.
        """
        in_words = {char for word, count in self._cut.FREQ.items() if count and not word.isalpha() for char in word}
        free = "".join(sorted(set(string.digits) - in_words))
        return rf"{CLAUSE_ENDS}|[0-9]*[{free}]" if free else CLAUSE_ENDS

    def hits(self, clause: str) -> list[tuple[str, str]]:
        """Field and label of every keyword that is a word of the clause."""
        words = self._cut.lcut(clause, HMM=False)
        return [(field, labels[word]) for field, labels in self._labels.items() for word in words if word in labels]

    def labels(self, text: str) -> tuple[str, ...]:
        """For each of FIELDS the label with the most hits, of equals the first in the profile; '' without a hit."""
        hits = [hit for clause in re.split(CLAUSE_ENDS, text) for hit in self.hits(clause)]
        labels = []
        for field in FIELDS:
            named = [label for hit_field, label in hits if hit_field == field]
            labels.append(max(self.order[field], key=named.count) if named else "")
        return tuple(labels)


@functools.cache
def classifier_of(profile: Profile) -> Classifier | None:
    """The profile's classifier; None where it has no keywords."""
    return Classifier(profile, profile.keywords) if profile.keywords else None


def fill_from_text(con: duckdb.DuckDBPyConnection, fields: list[str], source: str, profile: Profile) -> dict[str, int]:
    """Fill blank FIELDS of the table `incoming` from its texts; returns how many rows of each were filled.

    `fields`: the columns of `incoming`, to which the ones filled are added. Each distinct clause is cut once.
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
    blank = " OR ".join(f"coalesce({name}, '') = ''" for name in FIELDS)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE clauses AS SELECT line, clause FROM (
                SELECT line, unnest(string_split_regex(concat_ws('。', {", ".join(texts)}), ?)) AS clause
                FROM incoming WHERE {blank})
            WHERE regexp_matches(clause, ?)""",
        [classifier.ends, "|".join(map(re.escape, classifier.words))],
    ).fetchall()
    _count_hits(con, classifier)
    return {name: count for name in FIELDS if (count := _fill(con, name))}


def _count_hits(con: duckdb.DuckDBPyConnection, classifier: Classifier) -> None:
    """The table `hits`: field, label, its place in the profile, for each distinct clause and keyword in it."""
    con.execute("CREATE OR REPLACE TEMP TABLE hits (clause VARCHAR, field VARCHAR, label VARCHAR, place INTEGER)")
    last = ""
    while rows := con.execute(
        f"SELECT DISTINCT clause FROM clauses WHERE clause > ? ORDER BY clause LIMIT {BATCH}", [last]
    ).fetchall():
        last = rows[-1][0]
        keyword_hits = [(clause, field, label) for (clause,) in rows for field, label in classifier.hits(clause)]
        # DuckDB finds `read_hits` by the variable's name. A registered table would stay in memory until the transaction
        # ends.
        read_hits = pa.table(
            {
                "clause": pa.array([clause for clause, _, _ in keyword_hits], pa.string()),
                "field": pa.array([field for _, field, _ in keyword_hits], pa.string()),
                "label": pa.array([label for _, _, label in keyword_hits], pa.string()),
                "place": pa.array(
                    [classifier.order[field].index(label) for _, field, label in keyword_hits], pa.int32()
                ),
            }
        )
        con.execute("INSERT INTO hits SELECT * FROM read_hits").fetchall()
        del read_hits


def _fill(con: duckdb.DuckDBPyConnection, name: str) -> int:
    """Give each row with a blank `name` the label with the most hits, of equals the first in the profile."""
    return int(
        con.execute(
            f"""UPDATE incoming SET {name} = best.label FROM (
                    SELECT line, label FROM (
                        SELECT line, label, count(*) AS n, any_value(place) AS place
                        FROM clauses JOIN hits USING (clause) WHERE field = ? GROUP BY line, label)
                    QUALIFY row_number() OVER (PARTITION BY line ORDER BY n DESC, place) = 1) best
                WHERE incoming.line = best.line AND coalesce(incoming.{name}, '') = ''""",
            [name],
        ).fetchall()[0][0]
    )
