"""A source's own database as deliveries: the rows that changed within a stretch of time, as one table of text.

Which rows changed is told by the source's column of changes (`[live]` of the mapping). Any database that SQLAlchemy
speaks to, with its driver installed; nothing is asked of it but SELECT, and nothing of its tables' types.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    NullPool,
    Select,
    and_,
    column,
    create_engine,
    false,
    func,
    literal_column,
    make_url,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from data_access.cases.masking import masked
from data_access.district.periods import BEIJING, beijing_now
from data_access.intake.mapping import WHOLE_ROW, Mapping, MappingError
from data_access.intake.reading import Chunk, Opened, in_chunks

AT_ONCE = 5_000  # rows held of what the source sends
LONGEST_KEY = 60  # characters shown of a refused row's key
AHEAD = dt.timedelta(days=1)  # a time of change further ahead than this is a slip; it moves no mark
Moment = dt.datetime | dt.date | int | float | Decimal | str


class SourceLost(RuntimeError):
    """The source cannot be reached, or was lost while it was read; the message says so in words. Worth another try."""


class SourceUnusable(RuntimeError):
    """The source answers, and cannot be read like this; the message says what to change."""


@dataclass(frozen=True)
class Stretch:
    """Rows that changed after `after` and up to `to` (None: an end is open); `closed`: at `after` as well.

    `undated`: instead those whose time of change is missing or lies ahead.
    """

    after: Moment | None = None
    to: Moment | None = None
    closed: bool = False
    undated: bool = False


@dataclass(frozen=True)
class Rows(Opened):
    """A stretch as a table; a row stands where its key says."""

    keys: Sequence[str] = ()
    key_name: str = ""

    def place(self, number: int) -> tuple[str, int]:
        return f"［{self.key_name} {masked(self.keys[number - 1][:LONGEST_KEY]) or '（空）'}］", 0


class LiveSource:
    """A table or view in a database; `name` is what people call it, without a password."""

    def __init__(self, url: str, mapping: Mapping) -> None:
        if mapping.live is None:
            raise MappingError('对照表里没有 [live]：写上 table = "源库的表名"，见 docs/import.md 的“同步”一节')
        try:
            self._url = make_url(url)
            self._engine = create_engine(self._url, poolclass=NullPool, hide_parameters=True)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise SourceUnusable(f"看不懂来源地址，或没有装这种数据库的驱动：{error}") from error
        self.mapping, self.live = mapping, mapping.live
        schema, _, name = self.live.table.rpartition(".")
        self._table = table(name, schema=schema or None)
        where = f"{self._url.host or ''}/{Path(self._url.database or '').name}".strip("/")
        self.name = f"{self.live.table}（{where}）"

    def check(self) -> None:
        """Look at the columns; raises `SourceLost`, `SourceUnusable`, `MappingError`."""
        header = self._header
        if not self.mapping.fits(header):
            raise MappingError(f"{self.name} 没有对照表要求的列；它的列：{'、'.join(header[:30])}")
        if self.mapping.present(header)["case_id"] == WHOLE_ROW:
            raise MappingError("同步要靠编号认出同一件：对照表的 case_id 不能写 *")
        missing = [item for item in self.live.modified if item not in header]
        if missing:
            raise MappingError(f"{self.name} 没有 [live] modified 所写的列：{'、'.join(missing)}")

    @property
    def told_by(self) -> list[str]:
        """The columns of changes, the first that is filled counts; none where changes cannot be told."""
        if self.live.modified:
            return list(self.live.modified)
        updated = self.mapping.present(self._header).get("updated_at")
        return [updated] if updated else []

    @functools.cached_property
    def _header(self) -> list[str]:
        with self._connected() as connection:
            asked: Select[Any] = select(literal_column("*")).select_from(self._table).where(false())
            return list(connection.execute(asked).keys())

    def newest(self, stretch: Stretch) -> Moment | None:
        """The last change within a stretch, None where there is none."""
        with self._connected() as connection:
            found: Moment | None = connection.execute(
                select(func.max(self._changed)).select_from(self._table).where(self._within(stretch))
            ).scalar()
        return found

    def end_of(self, stretch: Stretch, rows: int) -> Moment | None:
        """The change up to which a stretch has about so many rows; None where it has no more than those."""
        asked = select(self._changed).select_from(self._table).where(self._within(stretch))
        with self._connected() as connection:
            found: Moment | None = connection.execute(asked.order_by(self._changed).offset(rows).limit(1)).scalar()
        return found

    @property
    def sample(self) -> Moment | None:
        """A time of change as the source keeps them; None while it has none."""
        with self._connected() as connection:
            asked = select(self._changed).select_from(self._table).where(self._changed.is_not(None)).limit(1)
            found: Moment | None = connection.execute(asked).scalar()
        return found

    def count(self, stretch: Stretch) -> int:
        with self._connected() as connection:
            asked = select(func.count()).select_from(self._table).where(self._within(stretch))
            return int(connection.execute(asked).scalar_one())

    def rows(self, stretch: Stretch) -> Rows:
        """The rows of a stretch, read when its chunks are; whoever reads them meets `SourceLost`."""
        header = [name for name in self._header if name in self.mapping.headers]
        key_name, keys = self.mapping.present(header)["case_id"], list[str]()

        def chunks() -> Iterator[Chunk]:
            cells: list[ColumnElement[Any]] = [column(name) for name in header]
            asked = select(*cells).select_from(self._table).where(self._within(stretch))
            with self._connected() as connection:
                streamed = connection.execution_options(stream_results=True, max_row_buffer=AT_ONCE).execute(asked)
                yield from in_chunks(_numbered(streamed, header.index(key_name), keys), 0, len(header), 0)

        return Rows(header, chunks, keys=keys, key_name=key_name)

    def digest(self, stretch: Stretch) -> str:
        """What tells one delivery from another, where a file has its SHA-256."""
        return hashlib.sha256(f"{self.name} {stretch}".encode()).hexdigest()

    @property
    def _changed(self) -> ColumnElement[Any]:
        columns: list[ColumnElement[Any]] = [column(name) for name in self.told_by]
        return columns[0] if len(columns) == 1 else func.coalesce(*columns)

    def _within(self, stretch: Stretch) -> ColumnElement[bool]:
        if not self.told_by:
            return true()
        changed = self._changed
        if stretch.undated:
            return changed.is_(None) if stretch.to is None else or_(changed.is_(None), changed > stretch.to)
        limits: list[ColumnElement[bool]] = [changed.is_not(None)]
        if stretch.after is not None:
            limits.append(changed >= stretch.after if stretch.closed else changed > stretch.after)
        if stretch.to is not None:
            limits.append(changed <= stretch.to)
        return and_(*limits)

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            connection = self._engine.connect()
        except DBAPIError as error:
            raise SourceLost(f"连不上来源 {self.name}：{_reason(error)}") from error
        with connection:
            try:
                yield connection
            except DBAPIError as error:
                if error.connection_invalidated:
                    raise SourceLost(f"来源 {self.name} 读到一半断了：{_reason(error)}") from error
                raise SourceUnusable(f"读不了来源 {self.name}：{_reason(error)}") from error


def _reason(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0]


def _numbered(rows: Any, key: int, keys: list[str]) -> Iterator[tuple[int, Sequence[object]]]:
    """The rows with numbers from 1; their keys are kept in `keys`, since a table has no lines to point at."""
    for row in rows:
        keys.append(str(row[key] or ""))
        yield len(keys), [_plain(value) for value in row]


def _plain(value: object) -> object:
    """A driver's value as `text_of` reads it."""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return str(int(value))
    return value


# Times of change, whatever the source keeps them as.


def earlier(moment: Moment, overlap_minutes: float) -> Moment:
    """So much before; a number goes back by as many of its own units. Raises `SourceUnusable` for other text."""
    if isinstance(moment, dt.datetime | str):
        return _moved(moment, -dt.timedelta(minutes=overlap_minutes))
    if isinstance(moment, dt.date):
        return moment - dt.timedelta(days=1 + overlap_minutes // 1440)
    return moment - int(overlap_minutes)


def ahead(sample: Moment | None) -> Moment | None:
    """The horizon, written as `sample` is; None where it is a number."""
    return like(sample, beijing_now() + AHEAD) if isinstance(sample, dt.date | str) else None


def like(sample: Moment | None, moment: dt.datetime) -> Moment:
    """A time (Beijing, where it says no zone) as the source keeps them: `sample` is one of its own.

    Raises `SourceUnusable` where it keeps numbers.
    """
    of = _parsed(sample) if isinstance(sample, str) else sample
    if not isinstance(of, dt.date):
        raise SourceUnusable("修改时间列存的是数字：不能按时间补读")
    if not isinstance(of, dt.datetime):
        return moment.date()
    if of.tzinfo:
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)).astimezone(of.tzinfo)
    if not isinstance(sample, str):
        return moment
    return moment.isoformat(sep=sample[10] if len(sample) > 10 else " ", timespec="seconds")[: max(10, len(sample))]


def _moved(moment: dt.datetime | str, by: dt.timedelta) -> Moment:
    return like(moment, _parsed(moment) + by) if isinstance(moment, str) else moment + by


def _parsed(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise SourceUnusable(
            f"修改时间列写的是“{text[:30]}”，不能按先后比较：请在源库建一个视图，把它转成时间，"
            "[live] 的 table 写视图的名称"
        ) from error


def written(moment: Moment) -> str:
    """A time of change as text that `read_back` understands."""
    if isinstance(moment, dt.datetime):
        return f"datetime {moment.isoformat()}"
    if isinstance(moment, dt.date):
        return f"date {moment.isoformat()}"
    return f"{'text' if isinstance(moment, str) else 'number'} {moment}"


def read_back(text: str) -> Moment:
    kind, _, value = text.partition(" ")
    if kind == "datetime":
        return dt.datetime.fromisoformat(value)
    if kind == "date":
        return dt.date.fromisoformat(value)
    if kind == "text":
        return value
    number = Decimal(value)
    return int(number) if number == number.to_integral_value() else float(value)
