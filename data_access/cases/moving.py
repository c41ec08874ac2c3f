"""A case store's current version, taken whole into another store, whichever engines the two stand on.

A district that began with files moves to a server this way, or back: nothing is imported anew, so that numbers, import
batches, quarantine and the marks of live sources stay as they are.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa
from sqlalchemy import Connection, Table, func, select

from data_access.cases.engines import fetch_parts
from data_access.cases.errors import StoreError
from data_access.cases.expunging import Progress
from data_access.cases.format import FORMAT, FORMAT_KEY
from data_access.cases.privacy import KEY_FILE, kept_key
from data_access.cases.schema import metadata, store_info
from data_access.cases.versions import Store

AT_ONCE = 50_000  # rows


def move(source: Store, target: Store, progress: Progress) -> int:
    """Make the current version of `source` the first one of `target`; returns its rows. `source` stays as it is.

    `progress`: rows that are over, of all. Raises `StoreError` where there is nothing to move, where the target has
    data, or where its callers' key is another: callers would be others from the next import on.
    """
    if not source.exists:
        raise StoreError(f"{source.address} 里没有数据，没有可搬的")
    if target.exists:
        raise StoreError(f"{target.address} 里已有数据，只搬进空的库。没有改动任何数据")
    _take_key(source, target)
    with source.reading() as reading:
        _check_format(reading, source)
        tables = metadata.sorted_tables
        counts = {table.name: reading.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}
        whole, done = sum(counts.values()), 0
        with target.writing() as con:
            con.execute("DELETE FROM store_info").fetchall()  # the source's own notes come in their place
            for table in tables:
                for rows in fetch_parts(reading, select(table), AT_ONCE):
                    _put(con, table, rows)
                    done += rows.num_rows
                    progress(done, whole)
            arrived = {name: con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in counts}
            if arrived != counts:
                raise StoreError(f"搬到的行数与原库不同：{arrived}，原库 {counts}。没有改动任何数据，请重试")
    return done


def _take_key(source: Store, target: Store) -> None:
    """Callers are known by a digest under a key that lies beside the store: the same key has to lie beside the new."""
    ours, theirs = kept_key(source.folder), kept_key(target.folder)
    if ours == theirs:
        return
    if theirs:
        raise StoreError(
            f"{target.folder} 里已有另一个诉求人密钥（{KEY_FILE}）：同一个人会被当作另一个人。"
            "请换一个文件夹（CASES_FOLDER）"
        )
    target.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = target.folder / KEY_FILE
    path.touch(mode=0o600)
    path.write_bytes(ours)


def _check_format(reading: Connection, source: Store) -> None:
    kept = reading.execute(select(store_info.c.value).where(store_info.c.key == FORMAT_KEY)).scalar()
    if int(kept or 1) != FORMAT:
        raise StoreError(f"{source.address} 是格式 {kept or 1}，本程序的是 {FORMAT}：先运行 data_access upgrade")


def _put(con: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table) -> None:
    con.register("arrived", rows)
    con.execute(f"INSERT INTO {table.name} BY NAME FROM arrived").fetchall()
    con.unregister("arrived")
