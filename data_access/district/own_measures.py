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
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from data_access.district.mistakes import NO_TOML, line_said, said
from data_access.district.models import Row
from data_access.district.names import nearest

FILE = "measures.toml"
HEAD = re.compile(r"^\s*\[\[\s*measures\s*\]\]\s*(#.*)?$")


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
        read = tomllib.loads("\n" * (first - 1) + block)
    except tomllib.TOMLDecodeError as error:
        named = re.search(r"""^\s*name\s*=\s*["'](\w+)["']""", block, re.M)
        line = line_said(error) or first + len(block.splitlines()) - 1
        return Problem(named[1] if named else "", line, "", NO_TOML)
    rows = read.get("measures")
    if set(read) != {"measures"} or not isinstance(rows, list):
        return Problem("", first, "", "这里只能有 [[measures]]，每个指标一段")
    try:
        return Written(OwnMeasure.model_validate(rows[0]), tuple(lines.items()))
    except ValidationError as error:
        item = error.errors()[0]
        field = str(item["loc"][0]) if item["loc"] else ""
        return Problem(str(rows[0].get("name", "")), lines.get(field, first), field, _reason(item, field))


def _reason(item: ErrorDetails, field: str) -> str:
    if item["type"] == "extra_forbidden":
        return f"没有这个字段；最接近的：{'、'.join(nearest(field, dict.fromkeys(OwnMeasure.model_fields, '')))}"
    if item["type"] == "string_pattern_mismatch":
        return "只能用小写字母、数字和下划线，以字母开头"
    return said(item)
