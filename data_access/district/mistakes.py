"""What is wrong in a profile's file, in Chinese, with its line: whoever writes the file has not read the models."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from data_access.district.lines import line_of

# Pydantic's kind of mistake -> what to say of it, with what it knows of the limit.
WORDS = {
    "missing": "必须写",
    "extra_forbidden": "没有这一项，名称写错了吗？",
    "string_pattern_mismatch": "不合写法 {pattern}",
    "string_type": "要写成文字，加引号",
    "string_too_short": "不能是空的",
    "tuple_type": "要写成列表，加方括号",
    "too_short": "至少要 {min_length} 项",
    "literal_error": "只能是 {expected}",
    "bool_type": "要写 true 或 false",
    "bool_parsing": "要写 true 或 false",
    "int_type": "要写整数",
    "int_parsing": "要写整数",
    "int_from_float": "要写整数",
    "float_type": "要写数字",
    "float_parsing": "要写数字",
    "greater_than": "要大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "要小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "value_error": "{error}",
}  # fmt: skip


def said(mistake: ErrorDetails) -> str:
    """One mistake in words; Pydantic's own where none are known."""
    told = WORDS.get(mistake["type"])
    return told.format(**mistake.get("ctx", {})) if told else mistake["msg"]


def in_row(error: ValidationError) -> str:
    """The mistakes of a row, each with its column."""
    return "；".join(f"字段 {'.'.join(map(str, one['loc'])) or '（整行）'}：{said(one)}" for one in error.errors())


def in_text(text: str, error: ValidationError) -> str:
    """Each mistake with its line; without those of a part that say no more than that something within it is wrong."""
    every = error.errors()
    within = {item["loc"][:length] for item in every for length in range(len(item["loc"]))}
    told = [item for item in every if item["loc"] not in within or not item["loc"]]
    return "；".join(
        f"第 {line_of(text, item['loc'])} 行，字段 {'.'.join(map(str, item['loc'])) or '（整个文件）'}：{said(item)}"
        for item in told
    )
