"""Chunks of text columns become typed fields, a whole chunk in one SQL statement. A row without a number or the time it
came in is kept with the column and the reason. What else cannot be read fails no row: it is unknown, and noted."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Date, DateTime, Double, Integer, SmallInteger

from data_access.cases.masking import masked_sql, teach_masking
from data_access.cases.privacy import bare_number, hashed
from data_access.cases.schema import cases
from data_access.district.profile import Profile
from data_access.district.vocabulary import NO, UNREAD, YES
from data_access.district.words import known_words
from data_access.intake.mapping import CALLER, DISTRICT, FLAGS, REQUIRED, WHOLE_ROW, Mapping
from data_access.intake.moments import EARLIEST, moment_sql
from data_access.intake.naming import in_their_districts
from data_access.intake.reading import Chunk

NARROW = (
    str.maketrans(
        "０１２３４５６７８９：－／．　ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ",
        "0123456789:-/. ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    )
    | dict.fromkeys(map(ord, "\u00a0\u2007\u202f"), " ")
    | dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
)
UNKNOWN = (
    "", "-", "--", "—", "/", "无", "空", "NULL", "null", "(null)", "None", "nan", "NaN", "NaT", "N/A", "n/a", "#N/A",
    "#VALUE!", "#REF!", "#NAME?", r"\N",
)  # fmt: skip
FREE_TEXT = ("title", "content", "address")
NAMES = {"street": "街道", "community": "社区", "unit": "承办单位", "category3": "三级分类"}
ENUMERATED = ("resolution", "unit_type", "satisfaction")  # columns whose words the program itself reads
SAID = "said_"  # a flag's word as the source wrote it, where it is not known: said_is_contacted
LONGEST_WORD = 60  # characters kept of a word that is not known
# The usual words of a flag, unless the mapping says otherwise.
USUAL = dict.fromkeys(
    ["1", "1.0", "是", "TRUE", "True", "true", "YES", "Yes", "yes", "Y", "y", "√", "✓", "✔", "对"], YES
)
USUAL |= dict.fromkeys(
    ["0", "0.0", "否", "FALSE", "False", "false", "NO", "No", "no", "N", "n", "×", "✗", "✘", "错"], NO
)
# How spreadsheets write a text that looks like a number: ="2022…" and '2022….
WRAPPED = r"""^(?:="([^"]*)"|'(.*))$"""
LOST = "编号丢了位数"
# A number that went through a program's 15 digits: what is left of it is another case's number as well.
LOST_DIGITS = r"\d+[.]\d+[Ee][+]?\d+|\d+[Ee][+]\d+|\d{16,}[.]0+"
TOTALS = r"(本页|本表|本月|全区)?(合计|总计|小计|共计|累计)[:：]?.*"
TIME_ALONE = r"\D{0,3}\d{1,2}:\d{2}(:\d{2})?( ?[AaPp][Mm])?"
NO_DAY = r"^(1899-12-3[01]|1900-01-0[01])[ T]"  # of a time of day, as a spreadsheet keeps it
AHEAD = {"due_at": 3653}  # days that a time may lie ahead of today; of what has happened, two


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def column(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def kind(field: str) -> str:
    """How a field's text is read: date, number, flag or text."""
    if field in FLAGS:
        return "flag"
    if field in (CALLER, DISTRICT):
        return "text"
    column_type = cases.c[field].type
    if isinstance(column_type, DateTime | Date):
        return "date"
    return "number" if isinstance(column_type, Double | Integer | SmallInteger) else "text"


class Cleaner:
    """Turns chunks into rows of `incoming` and `refused`, temporary tables of the writer's connection."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, profile: Profile, mapping: Mapping, header: list[str], key: bytes
    ) -> None:
        self.con, self.profile, self.mapping, self.header, self.key = con, profile, mapping, header, key
        self.present = mapping.present(header)
        self.fields = [name for name in self.present if name not in (CALLER, DISTRICT)]
        self.fields += [rule.field for rule in mapping.rules if rule.field not in self.fields]
        self.flags = [name for name in self.present if name in FLAGS]
        teach_masking(con)
        self.measured = [name for name in self.present if name not in REQUIRED and kind(name) in ("date", "number")]
        self._register_names()
        self._create_tables()

    @property
    def stored(self) -> list[str]:
        """The columns of `cases` that this file speaks about."""
        return [*self.fields, *(["caller_key"] if CALLER in self.present else [])]

    def _register_names(self) -> None:
        profile = self.profile
        aliases = [
            (field, alias, row.name)
            for field, rows in (
                ("street", profile.streets),
                ("community", profile.communities),
                ("unit", profile.units),
            )
            for row in rows
            for alias in (row.name, *row.aliases)
        ]
        values = [
            (name, text, str(value)) for name, table in self.mapping.values.items() for text, value in table.items()
        ]
        for field in self.fields:
            usual: dict[str, str | int] = dict(USUAL) if field in FLAGS else {}
            if field in ENUMERATED:
                usual = {word: word for word in known_words(profile, field, self.mapping.source)}
            given = self.mapping.values.get(field, {})
            # TRUE, √, Y … stand for 是 also where the mapping says what 是 means.
            for text, yes in USUAL.items():
                if (word := "是" if yes == YES else "否") in given:
                    usual[text] = given[word]
            values += [(field, text, str(value)) for text, value in usual.items() if text not in given]
        put_table(self.con, "known_names", ["field", "text", "value"], aliases)
        put_table(self.con, "mapped_values", ["field", "text", "value"], values)

    def _create_tables(self) -> None:
        types = ", ".join(f"{name} {_sql_type(name)}" for name in self.stored)
        types += "".join(f", {SAID}{name} VARCHAR" for name in (*self.flags, *self.measured))
        verdict = '"column" VARCHAR, reason VARCHAR, raw VARCHAR'
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE incoming (line BIGINT, {types}, {verdict})")
        self.con.execute(
            'CREATE OR REPLACE TEMP TABLE refused (line BIGINT, "column" VARCHAR, reason VARCHAR, raw VARCHAR)'
        )
        self.con.execute("CREATE OR REPLACE TEMP TABLE hashed_callers (number VARCHAR, key VARCHAR)")

    def take(self, part: Chunk) -> None:
        """Clean one chunk into `incoming`."""
        if not len(part.lines):
            return
        raw = dict(zip(_numbered(self.header), part.columns, strict=True))
        # DuckDB finds `chunk` by the variable's name. A registered table would stay in memory until the transaction
        # ends.
        chunk = pa.table({"line": pa.array(part.lines, pa.int64())} | raw | self._texts(part))
        if CALLER in self.present:
            self._hash_callers(chunk)
        names = ", ".join([*self.stored, *(SAID + name for name in (*self.flags, *self.measured))])
        self.con.execute(f'INSERT INTO incoming (line, {names}, "column", reason, raw) {self._typed()}').fetchall()

    def finish(self) -> None:
        """When all chunks are taken: move the rows that failed to `refused`."""
        self.con.execute(
            f"""INSERT INTO refused SELECT line, "column", {masked_sql("reason")}, {masked_sql("raw")}
                FROM incoming WHERE reason IS NOT NULL"""
        ).fetchall()
        self.con.execute("DELETE FROM incoming WHERE reason IS NOT NULL").fetchall()
        self.con.execute('ALTER TABLE incoming DROP COLUMN "column"')
        self.con.execute("ALTER TABLE incoming DROP COLUMN reason")
        self.con.execute("ALTER TABLE incoming DROP COLUMN raw")

    def _cell(self, header: str) -> str:
        return f"c{self.header.index(header)}"

    def _hash_callers(self, chunk: pa.Table) -> None:
        cell = self._cell(self.present[CALLER])
        new = f"SELECT DISTINCT {cell} FROM chunk WHERE {cell} NOT IN (SELECT number FROM hashed_callers)"
        numbers = (number for (number,) in self.con.execute(new).fetchall() if number.strip() not in UNKNOWN)
        bare = {number: bare_number(number) for number in numbers}
        nobody = {bare_number(word) for word in self.profile.settings.intake.no_caller}
        # "Nobody" takes away a key that was known; what is only unreadable (138****5678) takes nothing.
        keys = {number: hashed(known, self.key) for number, known in bare.items() if known and known not in nobody}
        keys |= {number: "" for number, known in bare.items() if known in nobody or not number.strip(" 0０")}
        pairs = list(keys.items())
        put_table(self.con, "new_callers", ["number", "key"], pairs)
        self.con.execute("INSERT INTO hashed_callers SELECT * FROM new_callers").fetchall()

    def _texts(self, chunk: Chunk) -> dict[str, pa.Array | pa.ChunkedArray]:
        """The tidied text of every field the file has, NULL where the source does not know."""
        read = {field: header for field, header in self.present.items() if header != WHOLE_ROW and field != CALLER}
        cells = dict(zip(self.header, chunk.columns, strict=True))
        texts = {field: tidied(cells[header], free=field in FREE_TEXT) for field, header in read.items()}
        if "case_id" in texts:
            texts["case_id"] = pc.replace_substring_regex(texts["case_id"], r"^(\d{1,15})\.0+$", r"\1")
        for field, header in self.mapping.clocks(self.header).items():
            day = pc.replace_substring_regex(texts[field], r"[ T]0?0:00(:00(\.0+)?)?$", "")
            clock = pc.replace_substring_regex(tidied(cells[header], free=False), NO_DAY, "")
            texts[field] = pc.binary_join_element_wise(day, clock, " ", null_handling="skip")
            texts[field] = pc.if_else(pc.equal(texts[field], ""), pa.scalar(None, pa.string()), texts[field])
        if DISTRICT in texts and "street" in texts:
            texts["street"] = in_their_districts(self.profile, texts[DISTRICT], texts["street"])
        return texts

    def _value_of(self, field: str) -> str:
        text, read_as = f"t.{column(field)}", kind(field)
        if read_as == "date":
            return moment_sql(text, self.mapping.dates, self.mapping.zone)
        if read_as == "number":
            number = f"try_cast({text} AS {_sql_type(field)})"
            return f"CASE WHEN isfinite({number}) THEN {number} END" if _sql_type(field) == "DOUBLE" else number
        if read_as == "flag":
            # Whether a case is void decides whether it is seen at all: one of which that is not known is seen.
            unread = NO if field == "is_void" else UNREAD
            known = f"try_cast(m_{field}.value AS {_sql_type(field)})"
            return f"CASE WHEN {text} IS NOT NULL THEN coalesce({known}, {unread}) END"
        if field in ENUMERATED:
            return f"coalesce(m_{field}.value, {_word(text)})"
        if field in self.mapping.values:
            text = f"coalesce(m_{field}.value, {text})"
        if field in ("street", "community", "unit"):
            return f"coalesce(n_{field}.value, {masked_sql(text)})"
        return text if field == "case_id" else masked_sql(text)

    def _joins(self) -> str:
        joins = []
        for field in self.present:
            text = f"t.{column(field)}"
            if field != CALLER and (field in FLAGS or field in ENUMERATED or field in self.mapping.values):
                joins.append(
                    f"LEFT JOIN mapped_values m_{field} ON m_{field}.field = '{field}' AND m_{field}.text = {text}"
                )
                text = f"coalesce(m_{field}.value, {text})"
            if field in ("street", "community", "unit"):
                joins.append(
                    f"LEFT JOIN known_names n_{field} ON n_{field}.field = '{field}' AND n_{field}.text = {text}"
                )
        if CALLER in self.present:
            joins.append(f"LEFT JOIN hashed_callers h ON h.number = t.{self._cell(self.present[CALLER])}")
        return " ".join(joins)

    def _ruled(self, field: str) -> str:
        """The field after the mapping's [[set]] rules."""
        value = column(field)
        for rule in self.mapping.rules:
            if rule.field == field and rule.column in self.header:
                hit = f"contains({self._cell(rule.column)}, {quoted(rule.contains)})"
                given = f"CAST({quoted(str(rule.value))} AS {_sql_type(field)})"
                then = f"coalesce({column(field)}, {column(rule.take)})" if rule.take else given
                value = f"CASE WHEN {hit} THEN {then} ELSE {value} END"
        return value

    def _still_said(self, flag: str) -> str:
        """A flag's word that is not known, unless one of the mapping's rules says what the flag is."""
        ruled = self._ruled(flag)
        said = SAID + flag
        return (
            said if ruled == column(flag) else f"CASE WHEN {ruled} IS NOT DISTINCT FROM {column(flag)} THEN {said} END"
        )

    def _chunk(self) -> str:
        if self.present["case_id"] != WHOLE_ROW:
            return "chunk"
        return f"(SELECT *, md5(concat_ws(chr(31), {', '.join(_numbered(self.header))})) AS case_id FROM chunk)"

    def _failures(self) -> tuple[str, str]:
        """SQL of the failing column and its reason; NULL where the row is good."""
        said = "“' || left({}, 40) || '”{}"
        lost = said.format("case_id", "是科学计数法或超过 15 位的数字。请把编号列按文本导出")
        at = "text_created_at"
        # The `contains` spare nearly all rows the patterns.
        tests = [
            (f"contains(case_id, '计') AND regexp_full_match(case_id, '{TOTALS}')", "case_id", "合计行，不是案件"),
            ("case_id IS NULL", "case_id", "缺少编号"),
            (
                f"(contains(case_id, '.') OR contains(case_id, '+')) AND regexp_full_match(case_id, '{LOST_DIGITS}')",
                "case_id",
                f"{LOST}：{lost}",
            ),
            (f"{at} IS NULL", "created_at", "缺少受理时间"),
            (
                f"created_at IS NULL AND regexp_full_match({at}, '{TIME_ALONE}')",
                "created_at",
                said.format(at, "只有时刻，没有日期：日期在另一列时，对照表里写 {date = …, time = …}"),
            ),
            (
                "created_at IS NULL",
                "created_at",
                said.format(at, "不是日期时间，或有两种读法：对照表里用 dates 说明"),
            ),
            (f"NOT {_credible('created_at', until=2)}", "created_at", said.format(at, "早于1990年，或在将来")),
        ]
        whens = [(test, quoted(self.present[field]), f"'{reason}'") for test, field, reason in tests]
        columns = " ".join(f"WHEN {test} THEN {name}" for test, name, _ in whens)
        reasons = " ".join(f"WHEN {test} THEN {reason}" for test, _, reason in whens)
        return f"CASE {columns} END", f"CASE {reasons} END"

    def _raw(self) -> str:
        """The row as text for the quarantine, without the caller's number."""
        hidden = self.present.get(CALLER)
        cells = ["'***'" if name == hidden else f"c{number}" for number, name in enumerate(self.header)]
        return f"CASE WHEN reason IS NOT NULL THEN left(concat_ws(',', {', '.join(cells)}), 2000) END"

    def _typed(self) -> str:
        """SQL of the chunk's rows in three steps: each value as read, what of it is credible, the mapping's rules."""
        extra = [rule.field for rule in self.mapping.rules if rule.field not in self.present]
        values = [
            f"{f'CAST(NULL AS {_sql_type(field)})' if field in extra else self._value_of(field)} AS {column(field)}"
            for field in self.fields
        ]
        if CALLER in self.present:
            values.append("h.key AS caller_key")
        values += [
            f"CASE WHEN t.{name} IS NOT NULL AND try_cast(m_{name}.value AS SMALLINT) IS NULL"
            f" THEN {_word(f't.{name}')} END AS {SAID}{name}"
            for name in self.flags
        ]
        values += [f"t.{name} AS text_{name}" for name in ("created_at", *self.measured)]
        cells = ", ".join(f"t.c{number}" for number in range(len(self.header)))
        believed = [
            f"CASE WHEN {_credible(name, until=AHEAD.get(name, 2))} THEN {name} END AS {name}"
            for name in self.measured
            if kind(name) == "date"
        ]
        replaced = f" REPLACE ({', '.join(believed)})" if believed else ""
        failing, reason = self._failures()
        ruled = ", ".join(f"{self._ruled(field)} AS {column(field)}" for field in self.fields)
        caller = ", caller_key" if CALLER in self.present else ""
        said = "".join(f", {self._still_said(name)} AS {SAID}{name}" for name in self.flags)
        said += "".join(
            f", CASE WHEN {name} IS NULL AND text_{name} IS NOT NULL THEN {_word(f'text_{name}')} END AS {SAID}{name}"
            for name in self.measured
        )
        return f"""
            SELECT line, {ruled}{caller}{said}, "column", reason, {self._raw()} AS raw FROM (
                SELECT *{replaced}, {failing} AS "column", {reason} AS reason FROM (
                    SELECT t.line, {", ".join(values)}, {cells} FROM {self._chunk()} t {self._joins()}
                )
            )"""


def _credible(moment: str, *, until: int) -> str:
    """SQL: whether the moment is no program's blank (1900-01-01, 1970-01-01, 9999-12-31). `until`: days from today."""
    return f"({moment} BETWEEN {EARLIEST} AND now()::TIMESTAMP + INTERVAL {until} DAY)"


def tidied(cells: pa.Array | pa.ChunkedArray, *, free: bool) -> pa.Array | pa.ChunkedArray:
    """Text without stray spaces and full-width digits; free text keeps its letters, on one line. Unknown is null."""
    text = pc.utf8_trim_whitespace(cells)
    if not free and pc.any(pc.or_(pc.starts_with(text, "="), pc.starts_with(text, "'"))).as_py():
        text = pc.replace_substring_regex(text, WRAPPED, r"\1\2")
    if free:
        text = pc.replace_substring_regex(text, r"[\s　]+", " ")
    elif not pc.all(pc.string_is_ascii(text)).as_py():
        # The same names come again and again: each spelling is translated once.
        coded = pc.dictionary_encode(text)
        chunks = coded.chunks if isinstance(coded, pa.ChunkedArray) else [coded]
        text = pa.chunked_array([_narrow(chunk) for chunk in chunks])
    return pc.if_else(pc.is_in(text, pa.array(UNKNOWN)), pa.scalar(None, pa.string()), text)


def _narrow(coded: pa.DictionaryArray) -> pa.Array:
    names = [name.translate(NARROW).strip() if name else name for name in coded.dictionary.to_pylist()]
    return pa.array(names, pa.string()).take(coded.indices)


def _word(text: str) -> str:
    """SQL of a word that is not known, as it is kept: without a number that could be a caller's, and not endless."""
    return f"left({masked_sql(text)}, {LONGEST_WORD})"


def _sql_type(field: str) -> str:
    return "VARCHAR" if field == CALLER or field == "caller_key" else str(cases.c[field].type.compile())


def _numbered(header: list[str]) -> list[str]:
    return [f"c{number}" for number in range(len(header))]


def put_table(
    con: duckdb.DuckDBPyConnection,
    name: str,
    columns: list[str],
    rows: Iterable[tuple[object, ...]],
    kind: pa.DataType | None = None,
) -> None:
    value_lists = list(zip(*rows, strict=True)) or [() for _ in columns]
    arrays = [pa.array(values, kind or pa.string()) for values in value_lists]
    con.register("to_keep", pa.table(arrays, names=columns))
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM to_keep")
    con.unregister("to_keep")
