"""The case store's tables on a server: those of data_access.cases.schema, with the versions in which a row holds.

Made and brought up to date by one command (python -m data_access schema), and by whoever writes first.
"""

from __future__ import annotations

from sqlalchemy import Column, Connection, Index, Integer, MetaData, SmallInteger, String, Table, Text, func, inspect
from sqlalchemy.schema import CreateColumn, CreateSchema

from data_access.cases.errors import StoreError
from data_access.cases.format import FORMAT
from data_access.cases.schema import EVENTS, metadata

SCHEMA = "case_store"
FOREVER = 2**31 - 1  # the version in which a row that still holds ends

_server = MetaData(schema=SCHEMA)


def _stored(table: Table) -> Table:
    copy = table.to_metadata(_server, schema=SCHEMA)
    for column in copy.columns:
        if isinstance(column.type, String):
            column.type = String(collation="C")  # sorted and compared by its bytes, as DuckDB does, and faster
    copy.append_column(Column("since", Integer, nullable=False))  # the version from which on the row holds
    copy.append_column(Column("until", Integer, nullable=False, server_default=str(FOREVER)))  # … and no more
    return copy


TABLES = {table.name: _stored(table) for table in metadata.sorted_tables}
_cases, _words = TABLES["cases"], TABLES["unread_words"]
Index("cases_number", _cases.c.case_id, _cases.c.source, _cases.c.since, unique=True)
Index("cases_caller", _cases.c.caller_key)
Index("cases_newest", _cases.c.created_at.desc().nulls_last(), _cases.c.case_id)  # as lists are sorted
Index("cases_created", _cases.c.created_at, postgresql_using="brin")
Index("cases_open", _cases.c.due_at, postgresql_where=_cases.c.is_closed == 0)
# The data's clock (data_access.cases.clock): what happened last, and what came in since somebody said how late it is.
Index("cases_latest", func.greatest(*(_cases.c[event.name] for event in EVENTS)))
Index("cases_batch", _cases.c.batch_id)
# What every page's filters list: by street and source all cases there are, without reading one of them.
Index("cases_listed", _cases.c.is_void, _cases.c.source, _cases.c.street, _cases.c.since, _cases.c.until)
Index("words_number", _words.c.case_id)

# One row: which version is current, where each came from (data_access.cases.history), and the layout's own number.
head = Table(
    "head",
    _server,
    Column("id", SmallInteger, primary_key=True),
    Column("layout", Integer, nullable=False),
    Column("current", Text, nullable=False),
    Column("history", Text, nullable=False),
)


def lay_out_server(server: Connection) -> None:
    """Make what is missing, bring what is older up to date; raises `StoreError` for the layout of a newer program."""
    with server.begin():
        server.execute(CreateSchema(SCHEMA, if_not_exists=True))
        _server.create_all(server)
        laid_out = server.exec_driver_sql(f"SELECT layout FROM {head}").scalar()
        if laid_out is None:
            server.exec_driver_sql(f"INSERT INTO {head} VALUES (1, {FORMAT}, '', '')")
        elif laid_out > FORMAT:
            raise StoreError(
                f"这个库是更新版本的程序建的（格式 {laid_out}，本程序认识到 {FORMAT}）：请升级程序。没有改动任何数据"
            )
        for table in TABLES.values():
            have = {column["name"] for column in inspect(server).get_columns(table.name, schema=SCHEMA)}
            for column in table.columns:
                if column.name not in have:
                    words = CreateColumn(column).compile(dialect=server.dialect)
                    server.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {words}")
            missing = [
                index for index in table.indexes
                if not inspect(server).has_index(table.name, str(index.name), schema=SCHEMA)
            ]  # fmt: skip
            for index in missing:
                index.create(server)
            if missing:  # the planner knows nothing of what an index computes before it looked
                server.exec_driver_sql(f"ANALYZE {table}")
        server.exec_driver_sql(f"UPDATE {head} SET layout = {FORMAT} WHERE layout < {FORMAT}")


def views_of(name: str, number: int) -> list[str]:
    """The statements that make a version's views, each under the name of its table."""
    made = [f"CREATE SCHEMA {name}"]
    for table in TABLES.values():
        columns = ", ".join(f'"{column.name}"' for column in table.columns if column.name not in ("since", "until"))
        shown = f"SELECT {columns} FROM {table} WHERE since <= {number} AND until > {number}"
        made.append(f"CREATE VIEW {name}.{table.name} AS {shown}")
    return made
