"""What is wrong in a file that people write, in Chinese, with its line: whoever writes it has not read the models."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from data_access.district.lines import line_of

# Pydantic's kind of mistake -> what to say of it, with what it knows of the limit.
WORDS = {
    "missing": "必须写",
    "extra_forbidden": "没有这一项，名称写错了吗？",
    "string_pattern_mismatch": "不合写法 {pattern}",
    "string_type": "要写成文字，加引号",
    "string_too_short": "至少要 {min_length} 个字",
    "string_too_long": "至多 {max_length} 个字",
    **dict.fromkeys(("tuple_type", "list_type"), "要写成列表，加方括号"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "要分项写，每项是 名称 = 值"),
    "too_short": "至少要 {min_length} 项",
    "too_long": "至多 {max_length} 项",
    "literal_error": "只能是 {expected}",
    **dict.fromkeys(("bool_type", "bool_parsing"), "要写 true 或 false"),
    **dict.fromkeys(("int_type", "int_parsing", "int_parsing_size", "int_from_float"), "要写整数"),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "要写数字"),
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        "要写成日期，如 2022-12-31",
    ),
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "datetime_object_invalid"),
        "要写成时间，如 2022-12-31T08:00:00",
    ),
    "greater_than": "要大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "要小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "invalid_key": "这一行的格比表头多，多写了逗号吗？",
    "value_error": "{error}",
}  # fmt: skip
NO_TOML = "写法不对，多半少了引号、逗号或等号"
AT_LINE = re.compile(r"\(at line (\d+)")
Loc = tuple[int | str, ...]
Model = TypeVar("Model", bound=BaseModel)


def read_toml(path: Path, model: type[Model], wrong: type[Exception]) -> Model:
    """What a TOML file says, checked; raises `wrong`, which names the file, the line, the key and what may stand there.

    Every file that people write by hand is read here, but measures.toml, whose parts stand each by itself.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise wrong(f"{path}：缺少这个文件") from error
    except OSError as error:
        raise wrong(f"{path}：读不到这个文件：{error.strerror}") from error
    except UnicodeDecodeError as error:
        raise wrong(f"{path}：不是 UTF-8 编码的文字，请另存为 UTF-8") from error
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise wrong(f"{path} 第 {line_said(error) or text.count(chr(10)) + 1} 行：{NO_TOML}") from error
    except ValidationError as error:
        raise wrong(f"{path} {in_text(text, error)}") from error


def line_said(error: tomllib.TOMLDecodeError) -> int:
    """Where the parser stopped; 0 at the end of what it read."""
    at = AT_LINE.search(str(error))
    return int(at[1]) if at else 0


def said(mistake: ErrorDetails) -> str:
    """One mistake in words."""
    told = WORDS.get(mistake["type"], "不能这样写")
    return told.format(**mistake.get("ctx", {})).replace(" or ", "、").replace("', '", "'、'")


def in_row(error: ValidationError) -> str:
    """The mistakes of a row, each with its column."""
    return "；".join(f"字段 {'.'.join(map(str, one['loc'])) or '（整行）'}：{said(one)}" for one in error.errors())


def in_text(text: str, error: ValidationError) -> str:
    """Each mistake with its line; without those of a part that say no more than that something within it is wrong."""
    every, whole = error.errors(), tomllib.loads(text)
    within = {item["loc"][:length] for item in every for length in range(len(item["loc"]))}
    told: dict[Loc, dict[str, None]] = {}  # in order, each once
    for item in every:
        if item["loc"] not in within or not item["loc"]:
            told.setdefault(_written(whole, item), {})[said(item)] = None
    return "；".join(
        f"第 {line_of(text, loc)} 行，字段 {'.'.join(map(str, loc)) or '（整个文件）'}：{'，或'.join(words)}"
        for loc, words in told.items()
    )


def _written(whole: Any, mistake: ErrorDetails) -> Loc:
    """Where a mistake stands in the file; where one of several kinds may stand, Pydantic names the kind as well."""
    loc = list[int | str]()
    for step in mistake["loc"]:
        if not (step in whole if isinstance(whole, dict) else isinstance(whole, list) and step in range(len(whole))):
            break
        loc, whole = [*loc, step], whole[step]
    return (*loc, *(mistake["loc"][-1:] if mistake["type"] == "missing" else ()))
