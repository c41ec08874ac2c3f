"""Parquet as a sheet."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as parquet

from data_access.intake.reading.sheets import CHUNK_ROWS, Chunk, Sheet, Source, UnreadableFile, text_of


def read_parquet(source: Source) -> list[Sheet]:
    """The file as one sheet, whose line 0 is the names of its columns; raises `UnreadableFile`."""
    try:
        file = parquet.ParquetFile(source.whole())
    except (pa.ArrowInvalid, OSError) as error:
        raise UnreadableFile(f"{source.name} 打不开，可能没有传完或不是 Parquet 文件：{error}") from error
    total = file.metadata.num_rows

    def chunks(after: int, width: int) -> Iterator[Chunk]:
        done = 0
        for batch in file.iter_batches(CHUNK_ROWS):
            lines = range(done + 1, done + 1 + batch.num_rows)
            done += batch.num_rows
            yield Chunk(lines, [_as_text(column) for column in batch.columns[:width]], [], done, total)

    return [Sheet("", [(0, [str(name) for name in file.schema_arrow.names])], total, chunks)]


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_floating(column.type) or pa.types.is_boolean(column.type):
        return pa.array([text_of(value) for value in column.to_pylist()], pa.string())
    return column.cast(pa.string())
