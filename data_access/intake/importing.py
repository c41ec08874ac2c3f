"""Imports what is delivered into the store, in one transaction; importing the same again changes nothing.

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
from data_access.cases.expunging import stay_removed
from data_access.cases.history import Keeping
from data_access.cases.masking import masked
from data_access.cases.privacy import caller_key
from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.periods import beijing_now
from data_access.district.profile import Profile
from data_access.intake.cleaning import LOST, Cleaner
from data_access.intake.clerk import NOTHING, Asked, Batch, Before, ask
from data_access.intake.completing import complete
from data_access.intake.doubles import sort_out_doubles
from data_access.intake.loading import mark_repeats, next_batch_id, record_batch
from data_access.intake.mapping import Mapping, MappingError, expected_headers, find_mapping
from data_access.intake.merging import merge
from data_access.intake.reading import Chunk, Opened, Refused, UnreadableFile, open_file
from data_access.intake.unread import keep_unread_words

Progress = Callable[[int, int], None]
MEMORY = "1GB"  # beyond this DuckDB spills to disk beside the store
RAW_KEPT = 2000  # characters of a refused row
NEARLY_ALL = 0.9


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


@dataclass(frozen=True)
class Origin:
    """Where a delivery is from, as its batch says; `mapping`, `source`: how and as what it was read."""

    name: str
    digest: str
    mapping: str
    source: str


@dataclass(frozen=True)
class Delivery:
    """What comes in at once: a file, or a stretch of a live source.

    `again`: rows that were refused before may come once more; those are not kept twice. `note`: writes what else
    belongs to this delivery, in its transaction.
    """

    opened: Opened
    name: str
    digest: str
    mapping_name: str
    mapping: Mapping
    again: bool = False
    note: Callable[[duckdb.DuckDBPyConnection], None] | None = None

    @property
    def origin(self) -> Origin:
        return Origin(self.name, self.digest, self.mapping_name, self.mapping.source)


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
    The rest as `take_in`.
    """
    opened, name, field_mapping = _open(path, profile, mapping, sheet, header_row)
    delivery = Delivery(opened, path.name, digest_of(path), name, field_mapping)
    return take_in(delivery, profile=profile, store=store, replace_demo=replace_demo, as_of=as_of, progress=progress)


def take_in(
    delivery: Delivery,
    *,
    profile: Profile,
    store: Store,
    replace_demo: bool = False,
    as_of: dt.datetime | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Clean, merge and publish a delivery, in one transaction; raises `ImportFailed`, and then the store is as before.

    Real cases and demo data never mix: into demo data nothing is imported without `replace_demo`, with which the demo
    data goes in the same transaction (its version can be had back). An import that changes nothing publishes nothing;
    its result has batch_id 0. `as_of`: up to when the source knows what happened, in place of the mapping's.
    """
    started, opened, field_mapping = beijing_now(), delivery.opened, delivery.mapping
    with store.writing(keeping=keeping_of(profile)) as con:
        con.execute(f"SET memory_limit = '{MEMORY}'")
        stays = not _make_room(con, store, replace_demo)
        _check_profile(con, profile)
        batch_id = next_batch_id(con)
        cleaner = Cleaner(con, profile, field_mapping, opened.header, caller_key(store.folder))
        _read_all(con, opened, cleaner, progress)
        doubles = sort_out_doubles(con, cleaner)
        rows, refused = _refusals(con, delivery.name)
        store.bring(con, "incoming")
        for statement in stay_removed(cleaner.stored, field_mapping.source):
            con.execute(statement).fetchall()
        bad = _keep_refused(con, store, delivery, batch_id)
        doubled = sum(doubles.values()) + refused - bad
        notes = opened.notes | complete(con, cleaner, field_mapping, profile) | doubles
        said = as_of or field_mapping.as_of
        is_told = _note_as_of(con, said, started, batch_id, notes) if said else False
        inserted, updated = merge(con, cleaner.stored, field_mapping.source, batch_id)
        keep_unread_words(con, cleaner, batch_id)
        mark_repeats(con, profile, batch_id, "(SELECT f.* FROM former f SEMI JOIN changed USING (case_id))")
        before = Before(Reader.of(store, profile) if stays and store.exists else None, field_mapping.source)
        batch = Batch(con, batch_id, delivery.mapping_name, field_mapping.source, tuple(cleaner.stored))
        asked = ask(batch, before, profile.settings.clock.settled_after_days)
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
        if not inserted and not updated and not is_told and (not bad or _is_known(con, delivery.digest, bad)):
            result = dataclasses.replace(result, batch_id=0)
            raise NothingNew
        record_result(con, result, delivery.origin, started)
        if delivery.note:
            delivery.note(con)
    return result


def _make_room(con: duckdb.DuckDBPyConnection, store: Store, replace_demo: bool) -> bool:
    """Real cases take the place of demo data where wanted, and whether they did; raises `ImportFailed` where they would
    and are not wanted to. Only for the one writer."""
    if _first_value(con, "SELECT value FROM store_info WHERE key = 'synthetic'") != "1":
        return False
    if not replace_demo:
        raise ImportFailed(
            "当前库里是演示数据，不能与真实数据混放：加 --replace-demo 用这个文件替换演示数据"
            "（可用 rollback 退回），或用 CASES_URL 指定另一个库"
        )
    store.forget_everything(con)
    return True


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


def _is_known(con: duckdb.DuckDBPyConnection, digest: str, rejected: int) -> bool:
    """Whether an earlier import of the same file has already recorded these rejected rows."""
    asked = "SELECT count(*) FROM import_batches WHERE file_sha256 = ? AND rejected = ?"
    return bool(_first_value(con, asked, [digest, rejected]))


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


def _refusals(con: duckdb.DuckDBPyConnection, name: str) -> tuple[int, int]:
    """The numbers of rows that are good and that are not.

    Raises `ImportFailed` where nearly all of them have lost their number: the file has to be exported again.
    """
    good, bad, lost = con.execute(
        f"""SELECT (SELECT count(*) FROM incoming), count(*), count(*) FILTER (reason LIKE '{LOST}%')
            FROM refused"""
    ).fetchall()[0]
    if lost > NEARLY_ALL * (good + bad):
        reason = _first_value(con, f"SELECT reason FROM refused WHERE reason LIKE '{LOST}%' ORDER BY line LIMIT 1")
        raise ImportFailed(
            f"{name} 的 {good + bad:,} 行里有 {lost:,} 行的{reason}。没有导入任何数据。编号是长数字时，"
            "表格软件只保留 15 位：请在源系统里把编号列按文本导出，不要用表格软件打开后另存"
        )
    return int(good), int(bad)


def _keep_refused(con: duckdb.DuckDBPyConnection, store: Store, delivery: Delivery, batch_id: int) -> int:
    """Quarantine the refused rows, each with where it stands; returns how many."""
    numbers = [number for (number,) in con.execute("SELECT DISTINCT line FROM refused").fetchall()]
    if not numbers:
        return 0
    places = [delivery.opened.place(number) for number in numbers]
    standing = pa.table({
        "number": pa.array(numbers, pa.int64()),
        "file_name": pa.array([delivery.name + sheet for sheet, _ in places], pa.string()),
        "line": pa.array([line for _, line in places], pa.int64()),
    })  # fmt: skip
    con.register("standing", standing)
    con.execute(
        """CREATE OR REPLACE TEMP TABLE turned_away AS
           SELECT s.file_name, s.line, r."column", r.reason, r.raw, r.line AS number
           FROM refused r JOIN standing s ON s.number = r.line"""
    ).fetchall()
    con.unregister("standing")
    if delivery.again:
        store.bring_refused(con, "turned_away")
        con.execute(
            """DELETE FROM turned_away t WHERE EXISTS (SELECT 1 FROM rejected_rows k WHERE k.file_name = t.file_name
               AND k."column" = t."column" AND k.reason = t.reason AND k.raw = t.raw)"""
        ).fetchall()
    con.execute(
        """INSERT INTO rejected_rows (batch_id, file_name, line, "column", reason, raw)
           SELECT ?, file_name, line, "column", reason, raw FROM turned_away ORDER BY number""",
        [batch_id],
    ).fetchall()
    return int(_first_value(con, "SELECT count(*) FROM turned_away"))


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


def record_result(con: duckdb.DuckDBPyConnection, result: ImportResult, origin: Origin, started: dt.datetime) -> None:
    """Write the batch of one delivery."""
    record_batch(
        con,
        batch_id=result.batch_id,
        file_name=origin.name,
        file_sha256=origin.digest,
        mapping=origin.mapping,
        source=origin.source,
        started_at=started,
        finished_at=beijing_now(),
        rows_read=result.rows_read,
        inserted=result.inserted,
        updated=result.updated,
        unchanged=result.unchanged,
        rejected=result.rejected,
        notes=json.dumps(result.notes | result.asked.notes, ensure_ascii=False),
    )
