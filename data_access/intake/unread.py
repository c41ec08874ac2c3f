"""The words of an imported file's coded columns that are not known: noted for whoever imports, kept in the store."""

from __future__ import annotations

from typing import Any

import duckdb

from data_access.district.profile import Profile
from data_access.district.vocabulary import ABSENT, UNREAD
from data_access.district.words import FLAGS, TEXTS, known_words
from data_access.intake.cleaning import SAID, Cleaner

ANSWERS = {"is_contacted": UNREAD, "resolution": ABSENT, "satisfaction": ABSENT}  # what an answer nobody gave is
MOST_NOTED = 50  # words or names that a note lists, of each column
NOTE = "不认识的词：{}（按未知保留）"
NO_COLUMN = "没有“{}”一列，有效回访的这一项按未知"
UNREADABLE = "“{}”读不出或不可信（按未知）"
STILL_OPEN = "“{}”写的是未办结（按未办结）"
OTHERS = "（其余）"


def mark_absent_answers(con: duckdb.DuckDBPyConnection, cleaner: Cleaner) -> None:
    """Where the file tells of valid callbacks but has no column for an answer, that answer is unknown: no "no", and no
    blank. What another file said before stays."""
    if "is_valid_callback" not in cleaner.fields:
        return
    for field, unknown in ANSWERS.items():
        if field in cleaner.fields:
            continue
        con.execute(f"ALTER TABLE incoming ADD COLUMN {field} {'SMALLINT' if field in FLAGS else 'VARCHAR'}")
        cleaner.fields.append(field)
        told = "is_valid_callback = 1" if field in FLAGS else f"{field} <> ''"
        answered = f"SELECT case_id FROM cases WHERE source = '{cleaner.mapping.source}' AND {told}"
        con.execute(
            f"UPDATE incoming SET {field} = ? WHERE is_valid_callback = 1 AND case_id NOT IN ({answered})", [unknown]
        ).fetchall()
        if field in FLAGS:
            con.execute(f"ALTER TABLE incoming ADD COLUMN {SAID}{field} VARCHAR")
            cleaner.flags.append(field)
            con.execute(f"UPDATE incoming SET {SAID}{field} = ? WHERE {field} = ?", [ABSENT, unknown]).fetchall()


def unread_notes(con: duckdb.DuckDBPyConnection, cleaner: Cleaner, profile: Profile) -> dict[str, Any]:
    """Of each coded column of `incoming` its words that are not known: label -> word -> rows."""
    asked: list[tuple[str, str, list[str]]] = [(FLAGS[name], SAID + name, []) for name in cleaner.flags]
    for field, label in TEXTS.items():
        words = known_words(profile, field, cleaner.mapping.source)
        if field in cleaner.fields and words:
            asked.append((label, field, ["", *words]))
    notes: dict[str, Any] = {}
    for label, column, known in asked:
        strange = strangers(con, column, known)
        if absent := strange.pop(ABSENT, 0):
            notes[NO_COLUMN.format(label)] = absent
        if strange:
            notes[NOTE.format(label)] = strange
    for field in cleaner.measured:
        header, still_open = cleaner.present[field], list(profile.settings.intake.still_open)
        said = strangers(con, SAID + field, still_open if field == "closed_at" else [])
        if field == "closed_at":
            is_open = f"SELECT count(*) FROM incoming WHERE list_contains(?::VARCHAR[], {SAID}{field})"
            if count := con.execute(is_open, [still_open]).fetchall()[0][0]:
                notes[STILL_OPEN.format(header)] = int(count)
        if said:
            notes[UNREADABLE.format(header)] = said
    return notes


def strangers(con: duckdb.DuckDBPyConnection, column: str, known: list[str]) -> dict[str, int]:
    """What a column of `incoming` says beside what is known, with its rows; the most frequent first, then the rest."""
    rows = con.execute(
        f"""SELECT {column}, count(*) AS n, sum(n) OVER () AS whole FROM incoming
            WHERE {column} IS NOT NULL AND NOT list_contains(?::VARCHAR[], {column})
            GROUP BY ALL ORDER BY n DESC, 1 LIMIT {MOST_NOTED}""",
        [known],
    ).fetchall()
    found = {str(word): int(count) for word, count, _ in rows}
    rest = int(rows[0][2]) - sum(found.values()) if rows else 0
    return found | ({OTHERS: rest} if rest else {})


def keep_unread_words(con: duckdb.DuckDBPyConnection, cleaner: Cleaner, batch_id: int) -> None:
    """Keep the word behind each flag that this batch could not read; forget those that it could."""
    if not cleaner.flags:
        return
    names = ", ".join(f"'{name}'" for name in cleaner.flags)
    con.execute(
        f"""DELETE FROM unread_words WHERE field IN ({names})
            AND (source, case_id) IN (SELECT (source, case_id) FROM cases WHERE batch_id = ?)""",
        [batch_id],
    ).fetchall()
    for name in cleaner.flags:
        con.execute(
            f"""INSERT INTO unread_words (source, case_id, field, word)
                SELECT '{cleaner.mapping.source}', case_id, '{name}', {SAID}{name} FROM incoming
                WHERE {SAID}{name} IS NOT NULL AND case_id IN (SELECT case_id FROM cases WHERE batch_id = ?)""",
            [batch_id],
        ).fetchall()
