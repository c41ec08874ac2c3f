"""What a district's own measure counts: a small language over the columns of `cases`, read as Python is written.

    closed and hours(created_at, closed_at) <= 24
    source == "hotline" and category1 in ("住房", "市容环卫") and not repeat

It is no SQL: what is not listed here is refused, and what is becomes SQLAlchemy expressions, so that every engine
answers alike. Something unknown (no closing time) is less, equal or greater than nothing: such a comparison does not
hold, and its `not` does.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, not_, or_, true

from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.engines import part, seconds_between
from data_access.cases.filters import STATUSES
from data_access.cases.measures import Basis
from data_access.cases.schema import cases
from data_access.district.names import UnknownName, nearest

DISTRICT = "district"  # of a city; no column: which street lies in which is the profile's
TIME, NUMBER, TEXT, CONDITION = "时间", "数", "文字", "条件"
# What a measure may be made of, with its words. Not: what leads to a person or a place of its own.
TIMES = {"created_at": "受理时间", "dispatched_at": "派单（立案）时间", "due_at": "截止时间", "closed_at": "办结时间",
         "callback_at": "回访时间"}  # fmt: skip
TEXTS = {
    "source": "来源（hotline、grid）", "channel": "渠道", "request_type": "诉求类型", "district": "区",
    "street": "街道", "community": "社区", "category1": "一级分类", "category2": "二级分类", "category3": "三级分类",
    "dimension": "七有五性", "crowd": "人群", "industry": "行业", "unit": "承办单位", "unit_type": "单位类别",
    "status": "来源写的状态", "urgency": "时限类别", "resolution": "解决结果（yes、partly、no）",
    "satisfaction": "满意度",
}  # fmt: skip
FLAGS = {
    "is_closed": "已办结", "is_late": "逾期办结", "has_deadline": "有截止时间", "is_repeat": "重复诉求",
    "is_whistled": "吹过哨", "is_group": "群体诉求", "is_excluded": "剔除", "is_valid_callback": "有效回访",
    "is_contacted": "已联系",
}  # fmt: skip
NUMBERS = {"rework_count": "返工次数"}
WORDS = {"all": "每一件", "as_of": "数据的“今天”"}
FUNCTIONS = {
    "hours": "hours(先, 后)：两个时间相隔的小时", "days": "days(先, 后)：相隔的天", "hour": "hour(时间)：几点，0–23",
    "weekday": "weekday(时间)：星期，1 为周一", "year": "year(时间)：哪一年", "known": "known(字段)：有没有填",
}  # fmt: skip
# Not 不满意: which grades those are is the scoring rules', and changes with them; satisfaction in (…) says it. Nor
# 快到期, of which hours(as_of, due_at) says within how many.
STATES = {name: label for name, label in STATUSES.labels.items() if name not in ("dissatisfied", "due_soon")}
# Column or status -> the time since when a case shows it; None where no time tells.
CLOSING, CALLBACK, DEADLINE = "closed_at", "callback_at", "due_at"
SINCE: dict[str, tuple[str, ...] | None] = {
    **dict.fromkeys(("closed_at", "is_closed", "closed", "open", "status"), (CLOSING,)),
    **dict.fromkeys(("is_late", "late", "overdue", "overdue_open"), (DEADLINE, CLOSING)),
    **dict.fromkeys(("due_at", "has_deadline"), (DEADLINE,)),
    **dict.fromkeys(
        ("callback_at", "is_valid_callback", "is_contacted", "resolution", "satisfaction", "unresolved"), (CALLBACK,)
    ),
    "dispatched_at": ("dispatched_at",), "rework_count": None, "reworked": None,
}  # fmt: skip
VOCABULARY = (
    (TIMES, "时间"), (TEXTS, "文字"), (FLAGS, "是否"), (NUMBERS, "数"), (STATES, "条件"), (WORDS, ""),
    (FUNCTIONS, "函数"),
)  # fmt: skip
MOST = 60  # parts of an expression
COMPARED = {ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
            ast.GtE: operator.ge}  # fmt: skip
RECKONED = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
PARTS = {"hour": "hour", "weekday": "isodow", "year": "year"}


class ExpressionError(ValueError):
    """An expression that cannot be used; the message says which part, and what may stand there."""


@dataclass(frozen=True)
class Value:
    """A part of an expression: of what kind it is, and what it is in SQL on a basis (the data's clock, the profile)."""

    kind: str
    sql: Callable[[Basis], Any]
    constant: Any = None


@dataclass(frozen=True)
class Expression:
    """A condition on a case. `names`: the columns and statuses that it tells of."""

    text: str
    names: frozenset[str]
    sql: Callable[[Basis], ColumnElement[bool]]

    @property
    def dated_by(self) -> tuple[str, ...] | None:
        """As `Measure.dated_by`."""
        since = [SINCE.get(name, ()) for name in sorted(self.names)]
        if None in since:
            return None
        return tuple(dict.fromkeys(column for columns in since for column in columns or ()))

    @property
    def is_of_now(self) -> bool:
        """Whether it tells the state at the data's now, so that an earlier period has no comparable value."""
        return bool(self.names & {"open", "overdue_open", "status"})


def read(text: str) -> Expression:
    """Read a condition; raises `ExpressionError`."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        at = getattr(error, "offset", None)
        raise ExpressionError("读不懂" + (f"，第 {at} 个字附近" if at else "") + "：少了括号、引号或 and？") from error
    if sum(1 for _ in ast.walk(tree)) > MOST * 4:
        raise ExpressionError("太长了，请拆成几个指标")
    whole = _condition(tree)
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - {*FUNCTIONS, *WORDS}
    return Expression(text, frozenset(named), whole.sql)


def _said(node: ast.AST) -> str:
    return ast.unparse(node)


def _value(node: ast.expr) -> Value:
    if isinstance(node, ast.Constant) and type(node.value) in (str, int, float):
        return _constant(node.value)
    if isinstance(node, ast.Name):
        return _named(node.id)
    if isinstance(node, ast.Call):
        return _called(node)
    if isinstance(node, ast.BinOp):
        return _reckoned(node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _of_kind(node.operand, NUMBER)
        return Value(NUMBER, lambda basis: -inner.sql(basis)) if inner.constant is None else _constant(-inner.constant)
    if isinstance(node, ast.Compare):
        return _compared(node)
    if isinstance(node, ast.BoolOp):
        join, parts = and_ if isinstance(node.op, ast.And) else or_, [_condition(one) for one in node.values]
        return Value(CONDITION, lambda basis: join(*(one.sql(basis) for one in parts)))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        negated = _condition(node.operand)
        return Value(CONDITION, lambda basis: not_(negated.sql(basis)))
    raise ExpressionError(f"不能写 {_said(node)}：只能用字段、常数、比较、and、or、not、in 和 {'、'.join(FUNCTIONS)}")


def _constant(said: Any) -> Value:
    return Value(TEXT if isinstance(said, str) else NUMBER, lambda _: said, said)


def _named(name: str) -> Value:
    if name == "all":
        return Value(CONDITION, lambda _: true())
    if name == "as_of":
        return Value(TIME, lambda basis: literal(basis.as_of))
    if name in STATES:
        return Value(CONDITION, lambda basis: STATUSES[name][1](basis.as_of))
    if name == DISTRICT:
        return Value(TEXT, lambda basis: DIMENSIONS[DISTRICT].expression(basis.profile))
    for kind, columns in ((TIME, TIMES), (TEXT, TEXTS), (NUMBER, FLAGS), (NUMBER, NUMBERS)):
        if name in columns:
            return Value(kind, lambda _: cases.c[name])
    known = {**TIMES, **TEXTS, **FLAGS, **NUMBERS, **WORDS, **STATES}
    raise ExpressionError(str(UnknownName("字段", name, nearest(name, known))))


def _condition(node: ast.expr) -> Value:
    """A part that holds or does not; a flag by itself means that it is 1."""
    if isinstance(node, ast.Name) and node.id in FLAGS:
        return Value(CONDITION, lambda _: cases.c[node.id] == 1)
    return _of_kind(node, CONDITION)


def _of_kind(node: ast.expr, kind: str) -> Value:
    value = _value(node)
    if value.kind != kind:
        raise ExpressionError(f"{_said(node)} 是{value.kind}，这里要的是{kind}")
    return value


def _reckoned(node: ast.BinOp) -> Value:
    reckon = RECKONED.get(type(node.op))
    if reckon is None:
        raise ExpressionError(f"不能写 {_said(node)}：数之间只有 +、-、*")
    left, right = _of_kind(node.left, NUMBER), _of_kind(node.right, NUMBER)
    return Value(NUMBER, lambda basis: reckon(left.sql(basis), right.sql(basis)))


def _called(node: ast.Call) -> Value:
    name = node.func.id if isinstance(node.func, ast.Name) else _said(node.func)
    if name not in FUNCTIONS or node.keywords:
        raise ExpressionError(f"没有 {name}(…)；有：{'；'.join(FUNCTIONS.values())}")
    many = 2 if name in ("hours", "days") else 1
    if len(node.args) != many:
        raise ExpressionError(f"{_said(node)} 要写 {many} 个：{FUNCTIONS[name]}")
    if name == "known":
        return _known(node.args[0])
    moments = [_of_kind(one, TIME) for one in node.args]
    if name in PARTS:
        return Value(NUMBER, lambda basis: part(PARTS[name], moments[0].sql(basis)))
    if all(_said(one) == "as_of" for one in node.args):
        raise ExpressionError(f"{_said(node)} 里至少要有一个字段")
    unit = 3600.0 if name == "hours" else 86400.0
    return Value(NUMBER, lambda basis: func.floor(seconds_between(*(one.sql(basis) for one in moments))) / unit)


def _known(node: ast.expr) -> Value:
    value = _value(node)
    if not isinstance(node, ast.Name) or value.kind not in (TIME, TEXT) or node.id == "as_of":
        raise ExpressionError(f"known(…) 里要写一个时间或文字的字段，不是 {_said(node)}")
    return Value(
        CONDITION, lambda basis: value.sql(basis).is_not(None) if value.kind == TIME else value.sql(basis) != ""
    )


def _compared(node: ast.Compare) -> Value:
    """One comparison or a chain of them; each of what is unknown does not hold."""
    if not any(isinstance(one, ast.Name) and one.id not in {*WORDS, *FUNCTIONS} for one in ast.walk(node)):
        raise ExpressionError(f"{_said(node)} 里没有字段")
    sides, links = [node.left, *node.comparators], []
    for left, how, right in zip(sides, node.ops, sides[1:], strict=False):
        links.append(_among(left, how, right) if isinstance(how, ast.In | ast.NotIn) else _link(left, how, right))
    return Value(CONDITION, lambda basis: and_(true(), *(link(basis) for link in links)))


def _holds(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return case((condition, 1), else_=0) == 1


def _link(left: ast.expr, how: ast.cmpop, right: ast.expr) -> Callable[[Basis], ColumnElement[bool]]:
    compare = COMPARED.get(type(how))
    if compare is None:
        raise ExpressionError(f"{_said(left)} 与 {_said(right)} 之间只能用 ==、!=、<、<=、>、>=、in、not in")
    one, other = _moment(left, right), _moment(right, left)
    if one.kind != other.kind:
        raise ExpressionError(f"{_said(left)} 是{one.kind}，{_said(right)} 是{other.kind}，不能相比")
    if one.kind == CONDITION or (one.constant is not None and other.constant is not None):
        raise ExpressionError(f"{_said(left)} 与 {_said(right)} 不必相比：条件直接用 and、or、not 连起来")
    if one.kind == TEXT and not isinstance(how, ast.Eq | ast.NotEq):
        raise ExpressionError(f"文字只能用 ==、!=、in、not in：{_said(left)}")
    return lambda basis: _holds(compare(one.sql(basis), other.sql(basis)))


def _moment(node: ast.expr, beside: ast.expr) -> Value:
    """A part; a text beside a time is one: created_at >= "2022-07-01"."""
    value = _value(node)
    if value.kind == TEXT and value.constant is not None and _value(beside).kind == TIME:
        try:
            moment = datetime.fromisoformat(value.constant)
        except ValueError as error:
            raise ExpressionError(f"{_said(node)} 不是时间，请写成 2022-07-01 或 2022-07-01 12:00") from error
        if moment.tzinfo:
            raise ExpressionError(f"{_said(node)} 不要写时区，都是北京时间")
        return Value(TIME, lambda _: literal(moment), moment)
    return value


def _among(left: ast.expr, how: ast.cmpop, right: ast.expr) -> Callable[[Basis], ColumnElement[bool]]:
    value = _value(left)
    listed = [_value(one) for one in right.elts] if isinstance(right, ast.Tuple | ast.List) else []
    if not listed or any(one.constant is None or one.kind != value.kind for one in listed) or value.kind == TIME:
        raise ExpressionError(f"in 的后面写同类的常数，例如 category1 in ('甲', '乙')，不是 {_said(right)}")
    constants, is_in = [one.constant for one in listed], isinstance(how, ast.In)
    return lambda basis: _holds(value.sql(basis).in_(constants) if is_in else value.sql(basis).not_in(constants))
