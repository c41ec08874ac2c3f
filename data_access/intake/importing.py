"""Imports a file into the store, in one transaction; importing the same file again changes nothing.

rows_read = inserted + updated + unchanged + rejected, always; a row that cannot be read is kept in
`rejected_rows` with its line, its column, the reason and its text.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from data_access.cases.clock import AS_OF, SAID_BY
from data_access.cases.errors import NothingNew
from data_access.cases.history import Keeping
from data_access.cases.masking import masked
from data_access.cases.privacy import caller_key
from data_access.cases.schema import cases
from data_access.cases.store import Store
from data_access.district.periods import beijing_now
from data_access.district.profile import Profile
from data_access.district.vocabulary import UNIT_TYPES
from data_access.intake.cleaning import LOST, NAMES, Cleaner, convert_coordinates
from data_access.intake.clerk import NOTHING, Asked, Batch, ask
from data_access.intake.doubles import sort_out_doubles
from data_access.intake.keywords import fill_from_text
from data_access.intake.loading import append_cases, mark_repeats, next_batch_id, record_batch
from data_access.intake.mapping import Mapping, MappingError, expected_headers, find_mapping
from data_access.intake.naming import recognise_names
from data_access.intake.reading import LINE_BITS, Chunk, Opened, Refused, UnreadableFile, open_file
from data_access.intake.unread import keep_unread_words, mark_absent_answers, strangers, unread_notes

Progress = Callable[[int, int], None]
MEMORY = "1GB"  # beyond this DuckDB spills to disk beside the store
RAW_KEPT = 2000  # characters of a refused row
NEARLY_ALL = 0.9
NOT_LISTED = "配置中没有的{}（已保留）"
# Fields that keywords in the text may fill -> how the notes call them.
FROM_TEXT = {"crowd": "人群", "industry": "行业"}
# Flag -> the time it is derived from. Where neither the file nor the store has that time the flag cannot be derived
# again: the stored one stays.
KEPT_FLAGS = {"is_closed": "closed_at", "is_late": "due_at", "has_deadline": "due_at"}


class ImportFailed(RuntimeError):
    """Nothing was imported; the message says why and what to do."""


@dataclass(frozen=True)
class ImportResult:
    """Counts in rows; `notes`: label -> what to know (a count, or names with their counts).

    `asked`: what a clerk would look at, and what the next import is compared with.
    """

    batch_id: int
    rows_read: int
    inserted: int
    updated: int
    unchanged: int
    rejected: int
    notes: dict[str, Any]
    asked: Asked = NOTHING


def import_file(
    path: Path,
    *,
    profile: Profile,
    store: Store,
    mapping: str | None = None,
    sheet: str = "",
    header_row: int = 0,
    replace_demo: bool = False,
    as_of: dt.datetime | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Import a file of any kind that docs/import.md names; raises `ImportFailed`, and then the store is as before.

    `sheet`, `header_row`: which of the file's sheets, and the line of its header; both are found by content otherwise.
    Real cases and demo data never mix: into demo data nothing is imported without `replace_demo`, with which the demo
    data goes in the same transaction (its version can be had back). An import that changes nothing publishes nothing;
    its result has batch_id 0. `as_of`: up to when the file knows what happened, in place of the mapping's.
    """
    started = beijing_now()
    opened, name, field_mapping = _open(path, profile, mapping, sheet, header_row)
    with store.writing(keeping=keeping_of(profile)) as con:
        con.execute(f"SET memory_limit = '{MEMORY}'")
        _make_room(con, store, replace_demo)
        _check_profile(con, profile)
        batch_id = next_batch_id(con)
        cleaner = Cleaner(con, profile, field_mapping, opened.header, caller_key(store.folder))
        _read_all(con, opened, cleaner, progress)
        doubles = sort_out_doubles(con, cleaner)
        rows, bad = _keep_refused(con, opened, path, batch_id)
        store.bring(con, "incoming")
        doubled = sum(doubles.values())
        notes = opened.notes | _tidy(con, cleaner, field_mapping, profile) | doubles
        said = as_of or field_mapping.as_of
        is_told = _note_as_of(con, said, started, batch_id, notes) if said else False
        inserted, updated = _merge(con, cleaner.stored, field_mapping.source, batch_id)
        keep_unread_words(con, cleaner, batch_id)
        mark_repeats(con, profile, batch_id, "(SELECT f.* FROM former f SEMI JOIN changed USING (case_id))")
        batch = Batch(con, batch_id, name, field_mapping.source, tuple(cleaner.stored))
        asked = ask(batch, profile.settings.clock.settled_after_days) if store.brings_all else NOTHING
        result = ImportResult(
            batch_id=batch_id,
            rows_read=rows + doubled + bad,
            inserted=inserted,
            updated=updated,
            unchanged=rows - inserted - updated + doubled,
            rejected=bad,
            notes=notes,
            asked=asked,
        )
        if not inserted and not updated and not is_told and (not bad or _is_known(con, path, bad)):
            result = dataclasses.replace(result, batch_id=0)
            raise NothingNew
        record_result(con, result, path, name, field_mapping.source, started)
    return result


def _make_room(con: duckdb.DuckDBPyConnection, store: Store, replace_demo: bool) -> None:
    """Real cases take the place of demo data where wanted; raises `ImportFailed` where not. Only for the one writer."""
    if _first_value(con, "SELECT value FROM store_info WHERE key = 'synthetic'") != "1":
        return
    if not replace_demo:
        raise ImportFailed(
            "当前库里是演示数据，不能与真实数据混放：加 --replace-demo 用这个文件替换演示数据"
            "（可用 rollback 退回），或用 CASES_URL 指定另一个库"
        )
    store.forget_everything(con)


def _open(path: Path, profile: Profile, wanted: str | None, sheet: str, header_row: int) -> tuple[Opened, str, Mapping]:
    """The file, and the name and content of the mapping for it; raises `ImportFailed`."""
    try:
        opened = open_file(path, expected_headers(profile, wanted), sheet=sheet, header_row=header_row)
        name, mapping = find_mapping(profile, opened.header, wanted)
        mapping.check_doubled(path, opened.doubled)
    except (UnreadableFile, MappingError) as error:
        raise ImportFailed(str(error)) from error
    return opened, name, mapping


def _note_as_of(
    con: duckdb.DuckDBPyConnection, said: dt.datetime, now: dt.datetime, batch_id: int, notes: dict[str, Any]
) -> bool:
    """Keep up to when the file knows; whether it was not known before. Raises `ImportFailed` for a time to come."""
    if said > now:
        raise ImportFailed(f"截至时间 {said:%Y-%m-%d %H:%M} 还没有到：请核对 --as-of 或对照表的 as_of")
    if later := _first_value(con, "SELECT count(*) FROM incoming WHERE created_at > ?", [said]):
        notes["受理晚于所说的截至时间"] = later
    known = _first_value(con, "SELECT value FROM store_info WHERE key = ?", [AS_OF])
    con.execute("DELETE FROM store_info WHERE key IN (?, ?)", [AS_OF, SAID_BY]).fetchall()
    con.executemany("INSERT INTO store_info VALUES (?, ?)", [[AS_OF, said.isoformat()], [SAID_BY, str(batch_id)]])
    return bool(known != said.isoformat())


def _is_known(con: duckdb.DuckDBPyConnection, path: Path, rejected: int) -> bool:
    """Whether an earlier import of the same file has already recorded these rejected rows."""
    asked = "SELECT count(*) FROM import_batches WHERE file_sha256 = ? AND rejected = ?"
    return bool(_first_value(con, asked, [digest_of(path), rejected]))


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _first_value(con: duckdb.DuckDBPyConnection, statement: str, values: list[object] | None = None) -> Any:
    rows = con.execute(statement, values or []).fetchall()
    return rows[0][0] if rows else None


def keeping_of(profile: Profile) -> Keeping:
    """Which versions of its case store the district keeps."""
    rules = profile.settings.versions
    return Keeping(rules.newest, rules.days, rules.gigabytes)


def _check_profile(con: duckdb.DuckDBPyConnection, profile: Profile) -> None:
    """A store belongs to one district."""
    owner = _first_value(con, "SELECT value FROM store_info WHERE key = 'profile'")
    if owner is None:
        con.execute("INSERT INTO store_info VALUES ('profile', ?)", [profile.name])
    elif owner != profile.name:
        raise ImportFailed(f"这个库属于“{owner}”，当前配置是“{profile.name}”；请用 CASES_URL 指定另一个库")


def _read_all(con: duckdb.DuckDBPyConnection, opened: Opened, cleaner: Cleaner, progress: Progress | None) -> None:
    """Read and clean every chunk; what fails goes to `refused`."""
    for chunk in _read_ahead(opened.chunks()):
        cleaner.take(chunk)
        _refuse(con, chunk.refused)
        if progress:
            progress(chunk.done, chunk.total)
    cleaner.finish()


def _keep_refused(con: duckdb.DuckDBPyConnection, opened: Opened, path: Path, batch_id: int) -> tuple[int, int]:
    """Quarantine what failed; returns the numbers of rows that are good and that are not.

    Raises `ImportFailed` where nearly all of them have lost their number: the file has to be exported again.
    """
    good, bad, lost = con.execute(
        f"""SELECT (SELECT count(*) FROM incoming), count(*), count(*) FILTER (reason LIKE '{LOST}%')
            FROM refused"""
    ).fetchall()[0]
    if lost > NEARLY_ALL * (good + bad):
        reason = _first_value(con, f"SELECT reason FROM refused WHERE reason LIKE '{LOST}%' ORDER BY line LIMIT 1")
        raise ImportFailed(
            f"{path} 的 {good + bad:,} 行里有 {lost:,} 行的{reason}。没有导入任何数据。编号是长数字时，"
            "表格软件只保留 15 位：请在源系统里把编号列按文本导出，不要用表格软件打开后另存"
        )
    names = [path.name + opened.place(number << LINE_BITS)[0] for number in range(len(opened.sheets))]
    con.execute(
        f"""INSERT INTO rejected_rows (batch_id, file_name, line, "column", reason, raw)
           SELECT ?, list_extract(?, 1 + (line >> {LINE_BITS})), line & {(1 << LINE_BITS) - 1}, "column", reason, raw
           FROM refused ORDER BY line""",
        [batch_id, names],
    ).fetchall()
    return int(good), int(bad)


def _read_ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The next chunk is read while this one is cleaned."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, chunks, None)
        try:
            while chunk := coming.result():
                coming = reader.submit(next, chunks, None)
                yield chunk
        except UnreadableFile as error:
            raise ImportFailed(str(error)) from error


def _refuse(con: duckdb.DuckDBPyConnection, refused: list[Refused]) -> None:
    if not refused:
        return
    rows = pa.table(
        {
            "line": pa.array([item.line for item in refused], pa.int64()),
            "column": pa.array(["" for _ in refused], pa.string()),
            "reason": pa.array([item.reason for item in refused], pa.string()),
            "raw": pa.array([masked(item.raw[:RAW_KEPT].replace("\0", "␀")) for item in refused], pa.string()),
        }
    )
    con.register("refused_lines", rows)
    con.execute('INSERT INTO refused (line, "column", reason, raw) SELECT * FROM refused_lines').fetchall()
    con.unregister("refused_lines")


def _tidy(con: duckdb.DuckDBPyConnection, cleaner: Cleaner, mapping: Mapping, profile: Profile) -> dict[str, Any]:
    """Complete the rows from the profile; returns notes on the file for whoever imports it."""
    notes: dict[str, Any] = {}
    if {"lon", "lat"} <= set(cleaner.stored):
        dropped = convert_coordinates(con, profile, mapping.crs)
        if dropped:
            notes["坐标在区外，已舍去"] = dropped
    recognise_names(con, profile, cleaner.stored)
    _fill_from_profile(con, cleaner, mapping.source, profile)
    for field, count in fill_from_text(con, cleaner.fields, mapping.source, profile).items():
        notes[f"按关键词识别{FROM_TEXT[field]}"] = count
    known = {
        "street": [street.name for street in profile.streets],
        "community": [community.name for community in profile.communities],
        "unit": [unit.name for unit in profile.units],
        "category3": [category.category3 for category in profile.categories if category.source == mapping.source],
    }
    for field, label in NAMES.items():
        if field in cleaner.stored and known[field] and (strange := strangers(con, field, known[field])):
            notes[NOT_LISTED.format(label)] = strange
    mark_absent_answers(con, cleaner)
    notes |= unread_notes(con, cleaner, profile)
    if "closed_at" in cleaner.stored:
        early = _first_value(con, "SELECT count(*) FROM incoming WHERE closed_at < created_at")
        if early:
            notes["办结早于受理（不计办理时长）"] = int(early)
    return notes


def _fill_from_profile(con: duckdb.DuckDBPyConnection, cleaner: Cleaner, source: str, profile: Profile) -> None:
    """What the source leaves blank and the profile knows of the leaf (levels, dimension, limit class) and the unit."""
    leaves = [category for category in profile.categories if category.source == source]
    if "category3" in cleaner.stored and leaves:
        fields = {
            "category1": "category1",
            "category2": "category2",
            "dimension": "dimension",
            "urgency": "limit_class",
        }
        table = pa.table(
            {name: pa.array([getattr(leaf, origin) for leaf in leaves], pa.string()) for name, origin in fields.items()}
            | {"category3": pa.array([leaf.category3 for leaf in leaves], pa.string())}
        )
        _fill(con, cleaner, "category3", list(fields), table)
    if "unit" in cleaner.stored and profile.units:
        table = pa.table(
            {"unit": [u.name for u in profile.units], "unit_type": [str(u.unit_type) for u in profile.units]}
        )
        _fill(con, cleaner, "unit", ["unit_type"], table)


def _fill(con: duckdb.DuckDBPyConnection, cleaner: Cleaner, key: str, names: list[str], table: pa.Table) -> None:
    for name in names:
        if name not in cleaner.stored:
            con.execute(f"ALTER TABLE incoming ADD COLUMN {name} VARCHAR")
            cleaner.fields.append(name)
    con.register("from_profile", table)
    told = {"unit_type": f"CASE WHEN list_contains({list(UNIT_TYPES)}, incoming.unit_type) THEN incoming.unit_type END"}
    changes = ", ".join(
        # A word that is not known gives way to what the profile knows, and stands where it knows nothing.
        f"{name} = coalesce({told.get(name, f'incoming.{name}')}, p.{name}, incoming.{name})"
        for name in names
    )
    con.execute(
        f"""UPDATE incoming SET {changes} FROM (SELECT {key}, {", ".join(f"any_value({n}) AS {n}" for n in names)}
            FROM from_profile GROUP BY {key} HAVING count(*) = 1) p WHERE incoming.{key} = p.{key}"""
    ).fetchall()
    con.unregister("from_profile")


def _merge(con: duckdb.DuckDBPyConnection, stored: list[str], source: str, batch_id: int) -> tuple[int, int]:
    """New cases in, changed cases replaced; returns how many of each. Blank fields of the file change nothing."""
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE former AS SELECT c.* FROM cases c SEMI JOIN incoming i USING (case_id)
            WHERE c.source = '{source}'"""
    )
    brought = [name for name in stored if name != "case_id"]
    differs = " OR ".join(f"(i.{name} IS NOT NULL AND i.{name} IS DISTINCT FROM f.{name})" for name in brought)
    newer = "AND (i.updated_at IS NULL OR f.updated_at IS NULL OR i.updated_at >= f.updated_at)"
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE changed AS SELECT {", ".join(_merged(stored))}
            FROM incoming i JOIN former f USING (case_id)
            WHERE ({differs}) {newer if "updated_at" in stored else ""}"""
    ).fetchall()
    con.execute(
        f"""CREATE OR REPLACE TEMP VIEW fresh AS SELECT {", ".join(stored)}, '{source}' AS source
            FROM incoming ANTI JOIN former USING (case_id)"""
    )
    inserted = append_cases(con, "fresh", batch_id=batch_id)
    if _first_value(con, "SELECT count(*) FROM changed"):
        con.execute(
            f"DELETE FROM cases WHERE source = '{source}' AND case_id IN (SELECT case_id FROM changed)"
        ).fetchall()
    return inserted, append_cases(con, "changed", batch_id=batch_id)


def _merged(stored: list[str]) -> list[str]:
    """Every stored column of `cases`: the file's value where it has one, else what was known."""
    computed = {"created_day", "handling_seconds", "h3_cell", "is_repeat", "batch_id"}
    columns = []
    for name in (column.name for column in cases.columns if column.name not in computed):
        if name == "case_id":
            columns.append("case_id")
        elif name in stored:
            columns.append(f"coalesce(i.{name}, f.{name}) AS {name}")
        elif name in KEPT_FLAGS:
            basis = KEPT_FLAGS[name]
            time = f"coalesce(i.{basis}, f.{basis})" if basis in stored else f"f.{basis}"
            columns.append(f"CASE WHEN {time} IS NULL THEN f.{name} END AS {name}")
        else:
            columns.append(f"f.{name}")
    return columns


def record_result(
    con: duckdb.DuckDBPyConnection, result: ImportResult, path: Path, mapping: str, source: str, started: dt.datetime
) -> None:
    """Write the batch of one imported file; `mapping` and `source` say how and as what it was read."""
    record_batch(
        con,
        batch_id=result.batch_id,
        file_name=path.name,
        file_sha256=digest_of(path),
        mapping=mapping,
        source=source,
        started_at=started,
        finished_at=beijing_now(),
        rows_read=result.rows_read,
        inserted=result.inserted,
        updated=result.updated,
        unchanged=result.unchanged,
        rejected=result.rejected,
        notes=json.dumps(result.notes | result.asked.notes, ensure_ascii=False),
    )
