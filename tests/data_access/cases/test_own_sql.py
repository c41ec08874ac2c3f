"""A statement of one's own sees what its reader sees, and reaches nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import nullcontext

import pandas as pd
import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from data_access.cases.columns import CALLABLE, MEANINGS, TABLES
from data_access.cases.errors import QueryFailed
from data_access.cases.expressions import DISTRICT
from data_access.cases.filters import CaseFilter
from data_access.cases.moving import move
from data_access.cases.reader import Reader
from data_access.cases.schema import cases, metadata
from data_access.cases.sight import HIDDEN, NOTHING_SINGLY, Sight
from data_access.cases.statements import FUNCTIONS, rewritten
from tests.data_access.cases.test_engines import emptied, unwatched

# What would read a file, the engine itself, another table, or write.
ATTACKS = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "COPY cases TO '/tmp/out.csv'",
    "ATTACH '/tmp/other.duckdb' AS other",
    "PRAGMA database_list",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "CALL pragma_version()",
    "EXPORT DATABASE '/tmp/x'",
    "DELETE FROM cases",
    "CREATE TABLE mine AS SELECT * FROM cases",
    "SELECT * INTO mine FROM cases",
    "WITH gone AS (DELETE FROM cases RETURNING *) SELECT * FROM gone",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE cases",
    "SELECT * FROM information_schema.columns",
    "SELECT * FROM pg_catalog.pg_tables",
    "SELECT * FROM pg_class",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_columns",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM system.tables",
    "SELECT * FROM main.cases",
    "SELECT * FROM seen_cases",
    "SELECT * FROM rejected_rows",
    "SELECT * FROM (WITH rejected_rows AS (SELECT 1) SELECT * FROM rejected_rows), rejected_rows AS again, unread_words",
    "SELECT getenv('HOME')",
    "SELECT current_setting('access_mode')",
    "SELECT current_user",
    "SELECT version()",
    "SELECT pg_sleep(60)",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT set_config('x.y', 'z', false)",
    "SELECT query_to_xml('SELECT 1', true, true, '')",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('cases')",
    "SELECT * FROM url('http://127.0.0.1/', 'CSV', 'x String')",
    "SELECT file('/etc/passwd')",
    "SELECT 'pg_authid'::regclass",
    "SELECT date_trunc('month''; DROP TABLE cases; --', created_at) FROM cases",
    'SELECT 1 AS "a\\""; DROP TABLE cases; --"',
    'SELECT "x\\" FROM cases',
    "SELECT * FROM cases FOR UPDATE; SELECT 1",
    "PIVOT cases ON street USING count(*)",
    "DESCRIBE cases",
    "SHOW TABLES",
    "EXPLAIN SELECT 1",
    "VALUES (1)",
    "SELECT * FROM range(1000000000)",
    "SELECT " + "(" * 3000 + "1" + ")" * 3000,
    "SELECT 1 -- " + "x" * 30_000,
    "",
    "SELECT",
    "一句话",
]


@pytest.fixture(params=["files", "postgres", "clickhouse"], scope="module")
def anywhere(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A reader of the same cases on each engine."""
    store, profile = request.getfixturevalue("demo_store"), request.getfixturevalue("profile")
    if request.param == "files":
        yield Reader.of(store, profile)
        return
    with emptied(request.param, request, tmp_path_factory.mktemp("own")) as other:
        move(store, other, unwatched)
        yield Reader.of(other, profile)


def street_of(reader: Reader) -> str:
    return reader.options("street", limit=1)[0]


def limited(reader: Reader) -> Reader:
    """One that sees a street's cases one by one, without words and callers."""
    own = CaseFilter(street=(street_of(reader),))
    return dataclasses.replace(reader, sight=Sight(cases=(own,), words=False, callers=False))


def test_it_counts_as_the_reader_does(anywhere: Reader) -> None:
    volume = anywhere.aggregate(["volume"], ["street"]).set_index("street")["volume"]
    found = anywhere.sql("SELECT street, count(*) AS n FROM cases WHERE is_void = 0 GROUP BY street ORDER BY n DESC")
    assert found.set_index("street")["n"].astype(float).to_dict() == volume.to_dict()
    assert found["n"].is_monotonic_decreasing and not found.attrs["is_cut"]


def test_one_dialect_serves_every_engine(anywhere: Reader) -> None:
    asked = """
        WITH monthly AS (
            SELECT street, date_trunc('month', created_at) AS month, count(*) AS n,
                   sum(CASE WHEN is_closed = 1 THEN 1 ELSE 0 END) AS done, median(handling_seconds) AS half
            FROM cases WHERE street <> '' AND created_at < :as_of GROUP BY 1, 2
        )
        SELECT month, street, n, 1.0 * done / n AS share, row_number() OVER (PARTITION BY month ORDER BY n DESC) AS place
        FROM monthly WHERE street = :street ORDER BY month LIMIT 3
    """
    street = street_of(anywhere)
    found = anywhere.sql(asked, {"street": street})
    assert len(found) and set(found["street"]) == {street} and pd.to_datetime(found["month"]).dt.day.eq(1).all()
    months = anywhere.aggregate(["volume"], ["month"], CaseFilter(street=(street,)))["volume"]
    assert found["n"].astype(float).sum() <= months.sum() and found["share"].astype(float).between(0, 1).all()


def test_texts_are_texts(anywhere: Reader) -> None:
    found = anywhere.sql(r"""SELECT '\' AS a, 'it''s :x 10:30' AS b, '%d %%' AS c, :said AS d""", {"said": "'; --"})
    assert found.iloc[0].tolist() == ["\\", "it's :x 10:30", "%d %%", "'; --"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_else_is_reached(reader: Reader, attack: str) -> None:
    with pytest.raises(QueryFailed):
        limited(reader).sql(attack)


def test_no_attack_gets_further_on_another_engine(anywhere: Reader) -> None:
    through = []
    for attack in ATTACKS:
        try:
            limited(anywhere).sql(attack)
        except QueryFailed:
            continue
        through.append(attack)
    assert not through


def test_a_caller_is_told_from_others_without_the_key(anywhere: Reader) -> None:
    """Also to whoever may see callers; and as many of them as there are."""
    kept = set(anywhere.read(select(cases.c.caller_key).distinct())["caller_key"]) - {""}
    told = anywhere.sql("SELECT DISTINCT caller_key FROM cases WHERE caller_key <> ''")["caller_key"]
    assert len(told) == len(kept) > 0 and not kept & set(told)


def test_rights_hold_within_a_statement(anywhere: Reader) -> None:
    some, street = limited(anywhere), street_of(anywhere)
    seen = some.sql("SELECT * FROM cases")
    assert set(seen["street"]) == {street} and len(seen) == some.sql("SELECT count(*) AS n FROM cases")["n"].iloc[0]
    assert not {"title", "content", "address", "caller_key"} & set(seen) and HIDDEN not in set(seen.astype(str).stack())
    for statement in ("SELECT title FROM cases", "SELECT caller_key FROM cases", "SELECT * FROM import_batches"):
        with pytest.raises(QueryFailed):
            some.sql(statement)
    within = dataclasses.replace(anywhere, scope=CaseFilter(street=(street,)))
    assert within.sql("SELECT DISTINCT street FROM cases")["street"].tolist() == [street]


def test_without_the_right_there_is_none(reader: Reader) -> None:
    for sight in (NOTHING_SINGLY, Sight(sql=False), Sight(cases=())):
        with pytest.raises(QueryFailed, match="身份"):
            dataclasses.replace(reader, sight=sight).sql("SELECT 1 AS one")


def test_own_tables_are_joined(anywhere: Reader) -> None:
    street = street_of(anywhere)
    people = pd.DataFrame({"街道": [street, "别处"], "人口": [2.0, None], "day": pd.to_datetime(["2022-01-01", None])})
    asked = "SELECT p.街道, p.人口, p.day, count(c.case_id) AS n FROM people p LEFT JOIN cases c ON c.street = p.街道 " \
            "GROUP BY 1, 2, 3 ORDER BY n DESC"  # fmt: skip
    found = anywhere.sql(asked, frames={"people": people})
    assert found["街道"].tolist() == [street, "别处"] and found["人口"].astype(float).tolist()[0] == 2.0
    assert pd.isna(found["人口"].iloc[1]) and pd.Timestamp(found["day"].iloc[0]) == pd.Timestamp("2022-01-01")
    assert int(found["n"].iloc[0]) == anywhere.sql("SELECT count(*) AS n FROM cases WHERE street = :s", {"s": street})[
        "n"].iloc[0]  # fmt: skip
    for name in ("cases", "1st", "a b", 'x"; --'):
        with pytest.raises(QueryFailed, match="自带的表"):
            anywhere.sql("SELECT 1 AS one", frames={name: people})


def test_rows_are_limited_and_it_says_so(reader: Reader) -> None:
    found = reader.sql("SELECT case_id FROM cases ORDER BY case_id", most=7)
    assert len(found) == 7 and found.attrs["is_cut"] and found["case_id"].is_monotonic_increasing


@pytest.mark.slow
def test_it_ends_when_its_time_is_over(anywhere: Reader) -> None:
    mixed = "a.handling_seconds % 7 + b.handling_seconds % 5 + c.handling_seconds % 3"
    endless = f"SELECT sum({mixed}) AS n FROM cases a, cases b, cases c"
    with pytest.raises(QueryFailed, match="已经停止"):
        dataclasses.replace(anywhere, seconds=1).sql(endless)
    assert len(anywhere.sql("SELECT 1 AS one")) == 1


def test_what_is_missing_is_named(reader: Reader) -> None:
    for statement, said in (("SELECT :other AS x", ":other"), ("SELECT 1 FROM caeses", "caeses"),
                            ("SELECT nothing FROM cases", "nothing")):  # fmt: skip
        with pytest.raises(QueryFailed, match=said):
            reader.sql(statement)


def test_a_misspelt_column_is_told_with_the_nearest(anywhere: Reader) -> None:
    """On every engine, whose own words are English and show the statement as it was written anew."""
    for column in ("strete", "c.strete"):
        with pytest.raises(QueryFailed, match=r"^没有列“strete”；最接近的：street（街道）"):
            anywhere.sql(f"SELECT {column} FROM cases c")
    with pytest.raises(QueryFailed, match=r"peopel.*people"):
        anywhere.sql("SELECT peopel FROM own", frames={"own": pd.DataFrame({"people": [1]})})


# How those are called whose form is not name(column).
FORMS = {
    "case": "CASE WHEN rework_count > 0 THEN 1 END", "exists": "EXISTS (SELECT 1 FROM cases)", "like": "title LIKE 'a'",
    "ilike": "title ILIKE 'a'", "extract": "extract(year FROM created_at)", "cast": "cast(title AS TEXT)",
    "try_cast": "try_cast(title AS INT)",
}  # fmt: skip
GIVEN = {
    "汇总": "rework_count", "逐行比较（OVER）": "", "条件与类型": "title", "数": "rework_count", "文字": "title",
    "时间": "created_at",
}  # fmt: skip
MORE = {
    "quantile_cont": ", 0.5", "corr": ", rework_count", "arg_max": ", rework_count", "arg_min": ", rework_count",
    "if": " = '', 1, 2", "nullif": ", ''", "replace": ", 'a', 'b'", "substring": ", 1, 2", "left": ", 1", "right": ", 1",
    "concat_ws": ", title", "strpos": ", 'a'", "contains": ", 'a'", "starts_with": ", 'a'", "regexp_matches": ", 'a'",
    "regexp_replace": ", 'a', 'b'", "regexp_extract": ", 'a'", "split_part": ", 'a', 1", "strftime": ", '%Y'",
    "pow": ", 2", "mod": ", 2", "string_agg": "::TEXT, ','", "count_if": " > 0",
}  # fmt: skip
FIRST = {"date_trunc": "'day', ", "date_part": "'day', ", "date_diff": "'day', created_at, "}
WINDOWS = {"ntile": "2", "lag": "title", "lead": "title", "first_value": "title", "last_value": "title",
           "nth_value": "title, 1"}  # fmt: skip


@pytest.mark.parametrize(("use", "name"), [(use, name) for use, names in CALLABLE.items() for name in names])
def test_every_function_that_the_page_lists_can_be_called(reader: Reader, use: str, name: str) -> None:
    given = WINDOWS.get(name, GIVEN[use])
    call = FORMS.get(name, f"{name}({FIRST.get(name, '')}{given}{MORE.get(name, '')})")
    over = " OVER (ORDER BY case_id)" if "OVER" in use else ""
    assert len(reader.sql(f"SELECT {call}{over} AS told FROM cases LIMIT 1")) == 1


def test_names_within_are_not_shown(reader: Reader) -> None:
    with pytest.raises(QueryFailed) as told:
        reader.sql("WITH a AS (SELECT 1 AS x) SELECT y FROM a JOIN cases c ON c.nothing = a.x")
    assert "seen_" not in str(told.value) and "own_" not in str(told.value)


def test_columns_with_one_name_are_told_apart(reader: Reader) -> None:
    found = list(reader.sql("SELECT 1 AS a, 2 AS a, 3 AS b"))
    assert found[::2] == ["a", "b"] and len(set(found)) == 3


def test_every_table_that_runs_is_one_of_ours() -> None:
    words, _ = rewritten("SELECT * FROM cases, (WITH b AS (SELECT 1) SELECT * FROM b) x", {"cases"}, "duckdb")
    assert '"seen_cases"' in words and '"own_b"' in words and "FROM cases" not in words
    assert len(set(FUNCTIONS)) == len(FUNCTIONS)


@pytest.mark.parametrize("engine", ["clickhouse", "postgres"])
def test_the_connection_itself_only_reads(engine: str, request: pytest.FixtureRequest, tmp_path: object) -> None:
    """Were a statement not checked, the server would still refuse it."""
    with emptied(engine, request, request.getfixturevalue("tmp_path")) as store, nullcontext():
        move(request.getfixturevalue("demo_store"), store, unwatched)
        with store.reading() as connection, pytest.raises(Exception, match=r"(?i)read.?only"):
            connection.exec_driver_sql("CREATE TABLE mine (a INTEGER)")


def test_a_connection_of_files_cannot_be_opened_further(reader: Reader) -> None:
    for statement in ("SET enable_external_access = true", "ATTACH '/tmp/x.duckdb'", "INSTALL httpfs",
                      "COPY cases TO '/tmp/x.csv'", "CREATE TABLE mine (a INTEGER)", "SELECT * FROM '/etc/passwd'",
                      "RESET enable_external_access", "SET threads = 64"):  # fmt: skip
        with reader.reading() as connection, pytest.raises(DBAPIError):
            connection.exec_driver_sql(statement)


def test_every_column_says_what_it_is() -> None:
    assert [name for name in MEANINGS if name != DISTRICT] == [column.name for column in cases.columns]
    assert set(TABLES) == set(metadata.tables)
