"""A source's own database for the tests: one table of work orders, as the shipped hotline export names its columns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Column as DatabaseColumn
from sqlalchemy import Engine, MetaData, String, Table, column, create_engine, insert, table, text, update

from data_access.district.profile import current_profile
from tests.data_access.intake.test_import import GOOD, HEADER

ORDERS = "orders"


class Source:
    """`rows` go in as they are given; what is not said is as in GOOD."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: Engine = create_engine(url)
        self.table = Table(ORDERS, MetaData(), *(DatabaseColumn(name, String) for name in HEADER))
        self.table.create(self.engine)

    def add(self, *rows: Mapping[str, str | None]) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(self.table), [GOOD | dict(row) for row in rows])

    def change(self, number: str, **values: str) -> None:
        with self.engine.begin() as connection:
            changed = update(table(ORDERS, *(column(name) for name in HEADER))).where(column("工单编号") == number)
            connection.execute(changed.values(values))

    def all_rows(self) -> list[list[str]]:
        with self.engine.connect() as connection:
            return [[value or "" for value in row] for row in connection.execute(self.table.select())]

    def drop(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(f"DROP TABLE {ORDERS}"))


def mapping_file(folder: Path) -> Path:
    """The shipped mapping of the hotline's export, with where the rows stand."""
    shipped = (current_profile("dongcheng").folder / "mappings" / "hotline.toml").read_text(encoding="utf-8")
    path = folder / "orders.toml"
    path.write_text(f'{shipped}\n[live]\ntable = "{ORDERS}"\n', encoding="utf-8")
    return path
