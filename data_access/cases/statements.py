"""A statement of somebody's own, read and written anew so that it can reach nothing but what it is given.

What it may hold is listed here, kind by kind and function by function; anything else is refused. Every table that it
names becomes one that only the WITH in front of it defines, so that no name of its own leads to a stored table, to the
engine's own tables or to a file. And what runs is written from what was checked, not what was typed: the two cannot be
read in different ways. One dialect, DuckDB's, is written for every engine.
"""

from __future__ import annotations

import itertools
import logging
import re
import secrets
from collections.abc import Collection
from itertools import pairwise

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType

from data_access.cases.columns import CALLABLE
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.errors import QueryFailed
from data_access.district.names import nearest

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it would write what somebody typed into the log
LONGEST = 20_000  # characters
DEEPEST = 200  # parts within parts
SEEN, OWN = "seen_", "own_"  # how tables of the reader, and those that the statement itself makes, are called within it
DIALECTS = {"duckdb": "duckdb", "postgresql": "postgres", "clickhousedb": "clickhouse"}
# Whatever else SQL knows is not for reading: it writes, sets, locks, names files or runs code.
KINDS: tuple[type[exp.Expr], ...] = (
    exp.Select, exp.SetOperation, exp.Subquery, exp.CTE, exp.With, exp.Table, exp.TableAlias, exp.Alias, exp.Column,
    exp.Identifier, exp.Star, exp.Literal, exp.Boolean, exp.Null, exp.From, exp.Join, exp.Where, exp.Group, exp.Having,
    exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Distinct, exp.Qualify, exp.Window, exp.WindowSpec, exp.Filter,
    exp.Paren, exp.Tuple, exp.Values, exp.Binary, exp.Unary, exp.Between, exp.In,
    exp.DataType, exp.DataTypeParam, exp.Interval, exp.Var, exp.Placeholder, exp.Cube, exp.Rollup, exp.GroupingSets,
    exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls, exp.AtTimeZone,
)  # fmt: skip
FUNCTIONS: tuple[type[exp.Expr], ...] = (
    # of rows together
    exp.Count, exp.CountIf, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Median, exp.Quantile, exp.PercentileCont,
    exp.PercentileDisc, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.Corr, exp.ArgMax,
    exp.ArgMin, exp.Mode, exp.GroupConcat, exp.AnyValue, exp.ApproxDistinct,
    # of rows in order
    exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead,
    exp.FirstValue, exp.LastValue, exp.NthValue,
    # of conditions and kinds
    exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Cast, exp.TryCast, exp.Greatest, exp.Least, exp.And, exp.Or,
    exp.Exists,
    # of numbers
    exp.Abs, exp.Round, exp.Ceil, exp.Floor, exp.Sqrt, exp.Ln, exp.Log, exp.Exp, exp.Pow, exp.Sign, exp.Mod,
    # of texts
    exp.Length, exp.Lower, exp.Upper, exp.Trim, exp.Substring, exp.Left, exp.Right, exp.Replace, exp.Concat,
    exp.ConcatWs, exp.StrPosition, exp.Contains, exp.StartsWith, exp.RegexpLike, exp.RegexpReplace, exp.RegexpExtract,
    exp.SplitPart, exp.Like, exp.ILike,
    # of times
    exp.TimestampTrunc, exp.DateTrunc, exp.Extract, exp.DateDiff, exp.Year, exp.Quarter, exp.Month, exp.Day, exp.Week,
    exp.DayOfWeek, exp.DayOfWeekIso, exp.Hour, exp.Minute, exp.Date, exp.DateAdd, exp.DateSub, exp.TimeToStr,
    exp.TimeToUnix,
)  # fmt: skip
TYPES = {exp.DType[name] for name in ("SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "VARCHAR", "TEXT",
                                      "DATE", "TIMESTAMP", "TIMESTAMPNTZ", "BOOLEAN", "TIME")}  # fmt: skip
WORD = re.compile(r"\w+")
DATED = re.compile(r"[%\-: ./a-zA-Z0-9]{0,20}")  # a date, a unit, a format
BREAKS_OUT = re.compile(r"""[\\"`]|[\x00-\x1f]""")  # of a quoted name, in one engine or the other
BY_NAME = {"date_part", "strlen", "hour", "minute", "weekday", "isodow", "epoch"}  # of which the library has no kind


def names_in(text: str) -> set[str]:
    """The names (in small letters) that a statement looks rows up by; raises `QueryFailed` for what is none."""
    tree = _only_one(text)
    return {table.name.lower() for table in tree.find_all(exp.Table)}


def rewritten(text: str, tables: Collection[str], dialect: str) -> tuple[str, dict[str, str]]:
    """The statement for an engine (`dialect`: SQLAlchemy's name of it), with `tables` (in small letters) under their
    names within it, and its parameters: the sign that stands for each in it -> its name.

    Raises `QueryFailed` for a statement that is more than one, does more than read, or names anything else.
    """
    tree = _only_one(text)
    for node in tree.walk():
        _check(node)
    own = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in list(tree.find_all(exp.Table)):
        _renamed(table, tables, own)
    for cte in tree.find_all(exp.CTE):
        cte.args["alias"].set("this", exp.to_identifier(OWN + cte.alias.lower(), quoted=True))
    mark = f"bound{secrets.token_hex(8)}x"
    signs: dict[str, str] = {}
    for placeholder in list(tree.find_all(exp.Placeholder)):
        signs[sign := f"{mark}{len(signs)}z"] = str(placeholder.this or "")
        placeholder.replace(exp.Var(this=sign))
    quoted = True if dialect == "clickhousedb" else "safe"  # it takes no bare Chinese name, and knows no other letters
    return tree.sql(dialect=DIALECTS[dialect], comments=False, identify=quoted), signs


def _only_one(text: str) -> exp.Expr:
    if len(text) > LONGEST:
        raise QueryFailed(f"语句太长：至多 {LONGEST:,} 个字符")
    if "\x00" in text:
        raise QueryFailed("语句里有不可见的字符")
    try:
        found = [tree for tree in sqlglot.parse(_marked(text), read="duckdb") if tree is not None]
    except (SqlglotError, RecursionError) as error:
        raise QueryFailed(f"语句看不懂：{_place(error)}") from error
    if len(found) != 1:
        raise QueryFailed("一次只能写一条语句" if found else "还没有写语句")
    if not isinstance(found[0], exp.Select | exp.SetOperation | exp.Subquery):
        raise QueryFailed("只能查询：语句要以 SELECT 或 WITH 开头")
    return found[0]


def _marked(text: str) -> str:
    """The statement with its parameters as DuckDB writes them: $name, not :name."""
    places = {
        one.start for one, other in pairwise(sqlglot.tokenize(text, read="duckdb"))
        if one.token_type is TokenType.COLON and other.start == one.end + 1 and other.token_type is not TokenType.STRING
    }  # fmt: skip
    return "".join("$" if place in places else letter for place, letter in enumerate(text))


def _place(error: Exception) -> str:
    told = getattr(error, "errors", None)
    if not told:
        return "括号或引号没有配对，或层次太深"
    return f"第 {told[0]['line']} 行第 {told[0]['col']} 个字符附近，“{told[0]['highlight']}”"


def _check(node: exp.Expr) -> None:
    if node.depth > DEEPEST:
        raise QueryFailed("语句的层次太深")
    if isinstance(node, exp.Func):
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
        if not (isinstance(node, FUNCTIONS) or (isinstance(node, exp.Anonymous) and name.lower() in BY_NAME)):
            raise QueryFailed(f"不能用函数 {name.lower()}：可用的函数列在“探索”页{_closest(name)}")
    elif not isinstance(node, KINDS):
        raise QueryFailed(f"不能用 {type(node).__name__.upper()}：只能查询")
    words = node.name if isinstance(node, exp.Var | exp.Placeholder) else ""
    if isinstance(node, exp.Var | exp.Placeholder) and not WORD.fullmatch(words):
        raise QueryFailed(f"不认识“{words}”；参数写成 :名称")
    if isinstance(node, exp.Identifier) and BREAKS_OUT.search(node.name):
        raise QueryFailed(f"名称“{node.name}”里有不能用的符号")
    if isinstance(node, exp.DataType) and node.this not in TYPES:
        raise QueryFailed(f"不能转换成 {node.sql(dialect='duckdb')}")
    if isinstance(node, exp.Select) and (node.args.get("into") or not node.expressions):
        raise QueryFailed("只能查询，不能存成表" if node.expressions else "SELECT 后面没有写列")
    if isinstance(node, exp.CTE) and not isinstance(node.this, exp.Query):
        raise QueryFailed("WITH 里也只能查询")


def _closest(name: str) -> str:
    near = nearest(name, dict.fromkeys(itertools.chain.from_iterable(CALLABLE.values()), ""), cutoff=0.5)
    return f"，最接近的：{'、'.join(near)}" if near else ""


def _renamed(table: exp.Table, tables: Collection[str], own: Collection[str]) -> None:
    name = table.name.lower()
    if not isinstance(table.this, exp.Identifier) or table.args.get("db") or table.args.get("catalog"):
        raise QueryFailed(f"没有表“{table.sql(dialect='duckdb')}”：可用的是 {'、'.join(sorted(tables))}")
    if name not in own and name not in tables:
        raise QueryFailed(f"没有表“{table.name}”：可用的是 {'、'.join(sorted(tables))}")
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
    table.set("this", exp.to_identifier((OWN if name in own else SEEN) + name, quoted=True))


def bound(statement: str, signs: Collection[str]) -> str:
    """The statement as SQLAlchemy's text takes it: a colon is a colon, and each sign a parameter of its name."""
    escaped = statement.replace(":", r"\:")
    for sign in signs:
        escaped = re.sub(f'"?{sign}"?', f":{sign}", escaped)
    return escaped


def recorded(text: str) -> str:
    """The statement as a record may hold it: of words that were typed into it only how many, unless they are compared
    with what a filter holds too, or are a date or a format. Raises `QueryFailed` for what is no statement."""
    tree = _only_one(text)
    for literal in [one for one in tree.find_all(exp.Literal) if one.is_string]:
        within = literal.find_ancestor(exp.Predicate)
        among = {column.name.lower() for column in within.find_all(exp.Column)} if within else set()
        if not (DATED.fullmatch(literal.name) or (among and among <= DIMENSIONS.keys() - {"address"})):
            literal.replace(exp.Literal.string(f"（{len(literal.name)} 个字）"))
    return tree.sql(dialect="duckdb", comments=False)
