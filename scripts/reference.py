"""docs/reference.md, written from the code: python -m scripts.reference. A test fails while the file is behind."""

from __future__ import annotations

import argparse
import dataclasses
import inspect
from collections.abc import Iterable, Sequence
from pathlib import Path

from commands import parser
from data_access import DIMENSIONS, PRESETS, STATUSES, CaseFilter, current_profile
from data_access.cases import expressions
from data_access.cases.catalog import BETTER, PARTS, TYPES
from data_access.cases.columns import MEANINGS
from data_access.cases.fusion import MATCHED
from data_access.cases.measures import BUILT_IN
from data_access.cases.own import own_of
from data_access.cases.schema import cases
from data_access.district.profile import Profile
from ui.choosing import beside, drill, filterbar
from ui.drawing import cards, charts, courses, map_pictures, maps, tables
from ui.frame import page
from ui.style import markup, numbers
from ui.style.numbers import name
from ui.walls import parts

FILE = Path(__file__).resolve().parent.parent / "docs" / "reference.md"


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return [*lines, *(f"| {' | '.join(str(cell).replace('|', '｜') for cell in row)} |" for row in rows), ""]


def _commands() -> list[str]:
    """Every command with its options, as the parser has them."""
    rows: list[Sequence[object]] = []
    subs = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    for command, sub in subs.choices.items():
        rows.append((f"`{command}`", "", sub.description))
        for action in sub._actions:
            if not isinstance(action, argparse._HelpAction):
                said = "、".join(action.option_strings) or action.dest
                rows.append(("", f"`{said}`", action.help))
    return _table(("命令", "参数", "作用"), rows)


def _programmes(profile: Profile) -> list[str]:
    rows = [
        (
            f"`{programme.kind}`",
            programme.title,
            " → ".join(programme.stages),
            f"属于 {programme.parent}" if programme.parent else "",
        )
        for programme in profile.programmes.programmes
    ]
    return _table(("名称", "事项", "阶段", ""), rows)


# What pages are put together from, in the order in which one meets it.
DRAWN = {
    "ui.frame.page": page, "ui.choosing.filterbar": filterbar, "ui.choosing.drill": drill, "ui.choosing.beside": beside,
    "ui.drawing.cards": cards, "ui.drawing.charts": charts, "ui.drawing.courses": courses, "ui.drawing.maps": maps,
    "ui.drawing.map_pictures": map_pictures, "ui.drawing.tables": tables, "ui.style.numbers": numbers,
    "ui.style.markup": markup, "ui.walls.parts": parts,
}  # fmt: skip


def _functions() -> list[str]:
    """The public functions of each room's module, with how they are called and their first sentence."""
    rows: list[Sequence[object]] = []
    for module, held in DRAWN.items():
        rows.append((f"**{module}**", ""))
        for called, one in vars(held).items():
            if inspect.isfunction(one) and one.__module__ == module and not called.startswith("_") and one.__doc__:
                takes = ", ".join(
                    f"{arg.name}={arg.default!r}" if arg.default is not arg.empty else arg.name
                    for arg in inspect.signature(one).parameters.values()
                )
                rows.append((f"`{called}({takes})`", " ".join(one.__doc__.split("\n\n")[0].split())))
    return _table(("怎么写", "做什么"), rows)


def text() -> str:
    """The whole file; the kinds of matters are those of the district that is configured."""
    profile = current_profile()
    measures = [(f"`{m.name}`", name(m), m.unit, BETTER[m.better], m.definition) for m in BUILT_IN.values()]
    own = [(f"`{m.name}`", name(m), m.unit, BETTER[m.better], m.definition) for m in own_of(profile).measures.values()]
    asked = [(f"`{key}`", words, kind) for words_of, kind in expressions.VOCABULARY for key, words in words_of.items()]
    matched = [(f"`{m.name}`", m.label, m.unit, BETTER[m.better], m.definition) for m in MATCHED.values()]
    dimensions = [(f"`{d.name}`", d.label, TYPES[d.kind]) for d in DIMENSIONS.values()]
    fields = [
        (f"`{field.name}`", PARTS.get(field.name) or DIMENSIONS[field.name].label)
        for field in dataclasses.fields(CaseFilter)
    ]
    columns = [(f"`{column.name}`", MEANINGS[column.name], column.type) for column in cases.columns]
    sections = [
        "# 名称参考",
        "",
        "由 `python -m scripts.reference` 从代码写出，不要手改。",
        "",
        "## 指标",
        "",
        *_table(("名称", "指标", "单位", "方向", "口径"), measures),
        f"本区自己的（profiles/{profile.name}/measures.toml）：",
        "",
        *_table(("名称", "指标", "单位", "方向", "口径"), own),
        "measures.toml 的 `numerator`、`denominator` 里可以写的，用比较、`and`、`or`、`not`、`in` 连起来：",
        "",
        *_table(("名称", "是什么", "种类"), asked),
        "网格融合的指标，只由 `fusion.matched` 给出：",
        "",
        *_table(("名称", "指标", "单位", "方向", "口径"), matched),
        "## 维度",
        "",
        *_table(("名称", "维度", "类型"), dimensions),
        "## 条件 CaseFilter",
        "",
        '每一项都要满足；元组里是任一；空的不限；`""` 表示未填写。',
        "",
        *_table(("字段", "是什么"), fields),
        "状态：" + "，".join(f"`{key}` {label}" for key, (label, _) in STATUSES.items()) + "。",
        "",
        "时段（`preset(名称, as_of, clock)`，也是 `filter_bar` 的默认值）："
        + "，".join(f"`{key}` {label}" for key, label in PRESETS.items())
        + "。",
        "",
        "## 画页面和大屏的部件",
        "",
        *_functions(),
        "## 命令 python -m data_access",
        "",
        *_commands(),
        f"## 事项类别（profiles/{profile.name}/programmes.toml）",
        "",
        *_programmes(profile),
        "## 案件表 cases 的字段",
        "",
        "写查询（`reader.sql`）时可用的列；文字没有时是空串，不是空值。",
        "",
        *_table(("字段", "是什么", "类型"), columns),
    ]
    return "\n".join(sections).rstrip() + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
