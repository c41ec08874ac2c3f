"""The district's own measures: measures.toml of the profile, one `[[measures]]` for each.

    [[measures]]
    name = "night_share"
    label = "夜间占比"
    unit = "%"
    definition = "22时至次日6时受理的件数 ÷ 受理量"
    numerator = "hour(created_at) >= 22 or hour(created_at) < 6"
    denominator = "all"

Each stands by itself: one that is wrong is named with its line and field, and the others go on. What the expressions
may say is known where the columns are (data_access.cases.expressions).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, ValidationError

from data_access.district.models import Row
from data_access.district.names import nearest

FILE = "measures.toml"
HEAD = re.compile(r"^\s*\[\[\s*measures\s*\]\]\s*(#.*)?$")
AT_LINE = re.compile(r"\(at line (\d+)")


class OwnMeasure(Row):
    """One measure as it is written. Without `denominator` it counts cases, or sets them against the residents
    (`unit` 件/万人). `better`: up, down or '' for neither."""

    name: str = Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", min_length=3, max_length=40)
    label: str = Field(min_length=2, max_length=20)
    unit: Literal["%", "件", "件/万人"]
    better: Literal["up", "down", ""] = ""
    definition: str = Field(min_length=4)
    numerator: str = Field(min_length=1, max_length=500)
    denominator: str = Field(default="", max_length=500)
    calibre: str = ""
    unknown: str = "所选范围没有可以算的件"


@dataclass(frozen=True)
class Problem:
    """What is wrong with one of the measures. `name`: as far as it could be read."""

    name: str
    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        named = f"，“{self.name}”" if self.name else ""
        return f"{FILE} 第 {self.line} 行{named}" + (f"，字段 {self.field}" if self.field else "") + f"：{self.reason}"


@dataclass(frozen=True)
class Written:
    """A measure with the line of each of its fields; '' is the line of its heading."""

    measure: OwnMeasure
    lines: tuple[tuple[str, int], ...]

    def problem(self, field: str, reason: str) -> Problem:
        lines = dict(self.lines)
        return Problem(self.measure.name, lines.get(field, lines[""]), field, reason)


@dataclass(frozen=True)
class OwnMeasures:
    """What the file says. `text` is the whole of it: two that are equal say the same."""

    text: str = ""
    written: tuple[Written, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_measures(text: str) -> OwnMeasures:
    """The measures that a file holds, and what is wrong with those that it does not."""
    found = [_one(line, block) for line, block in _blocks(text)]
    written = tuple(one for one in found if isinstance(one, Written))
    return OwnMeasures(text, written, tuple(one for one in found if isinstance(one, Problem)))


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Line of the heading and text of each measure; what stands before the first one, where it says anything."""
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if HEAD.match(line)]
    for start, end in zip([0, *starts], [*starts, len(lines)], strict=True):
        block = lines[start:end]
        if any(line.strip() and not line.lstrip().startswith("#") for line in block):
            yield start + 1, "\n".join(block)


def _one(first: int, block: str) -> Written | Problem:
    lines = {"": first} | {
        found[1]: first + number
        for number, line in enumerate(block.splitlines())
        if (found := re.match(r"\s*(\w+)\s*=", line))
    }
    try:
        said = tomllib.loads("\n" * (first - 1) + block)
    except tomllib.TOMLDecodeError as error:
        at = AT_LINE.search(str(error))
        named = re.search(r"""^\s*name\s*=\s*["'](\w+)["']""", block, re.M)
        reason = "写法不对，多半少了引号、逗号或等号"
        return Problem(named[1] if named else "", int(at[1]) if at else first + len(block.splitlines()) - 1, "", reason)
    rows = said.get("measures")
    if set(said) != {"measures"} or not isinstance(rows, list):
        return Problem("", first, "", "这里只能有 [[measures]]，每个指标一段")
    try:
        return Written(OwnMeasure.model_validate(rows[0]), tuple(lines.items()))
    except ValidationError as error:
        item = error.errors()[0]
        field = str(item["loc"][0]) if item["loc"] else ""
        return Problem(str(rows[0].get("name", "")), lines.get(field, first), field, _reason(item, field))


def _reason(item: Any, field: str) -> str:
    kind, context = item["type"], item.get("ctx", {})
    if kind == "missing":
        return "缺少这一项"
    if kind == "extra_forbidden":
        return f"没有这个字段；最接近的：{'、'.join(nearest(field, dict.fromkeys(OwnMeasure.model_fields, '')))}"
    if kind == "literal_error":
        return f"只能是 {context['expected'].replace(' or ', '、').replace(', ', '、')}"
    if kind == "string_pattern_mismatch":
        return "只能用小写字母、数字和下划线，以字母开头"
    if kind in ("string_too_short", "string_too_long"):
        return (
            f"要有 {context.get('min_length', 0)} 个字以上" if "short" in kind else f"最多 {context['max_length']} 个字"
        )
    return f"写法不对（{item['msg']}）"
