"""docs/reference.md, written from the code: python -m scripts.reference. A test fails while the file is behind."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path

from commands import parser
from data_access import DIMENSIONS, MEASURES, PRESETS, STATUSES, CaseFilter, current_profile
from data_access.cases.fusion import MATCHED
from data_access.cases.schema import cases
from data_access.district.profile import Profile
from ui.style.numbers import name

FILE = Path(__file__).resolve().parent.parent / "docs" / "reference.md"
KINDS = {"text": "文字", "number": "数字", "day": "日期", "period": "年月"}
BETTER = {"up": "越高越好", "down": "越低越好", "": "不论高低"}
FIELDS = {
    "period": "时段 `Period(start, end)`，含头不含尾",
    "hour": "小时 0–23",
    "weekday": "星期 1–7，1 为周一",
    "status": "状态，任一；`open+late` 表示都要",
    "text": "标题、内容、地址、编号里的字，空格分开表示都要有",
    "case_id": "编号",
}


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


def text() -> str:
    """The whole file; the kinds of matters are those of the district that is configured."""
    profile = current_profile()
    measures = [(f"`{m.name}`", name(m), m.unit, BETTER[m.better], m.definition) for m in MEASURES.values()]
    matched = [(f"`{m.name}`", m.label, m.unit, BETTER[m.better], m.definition) for m in MATCHED.values()]
    dimensions = [(f"`{d.name}`", d.label, KINDS[d.kind]) for d in DIMENSIONS.values()]
    fields = [
        (f"`{field.name}`", FIELDS.get(field.name) or DIMENSIONS[field.name].label)
        for field in dataclasses.fields(CaseFilter)
    ]
    columns = [(f"`{column.name}`", column.type) for column in cases.columns]
    parts = [
        "# 名称参考",
        "",
        "由 `python -m scripts.reference` 从代码写出，不要手改。",
        "",
        "## 指标",
        "",
        *_table(("名称", "指标", "单位", "方向", "口径"), measures),
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
        "## 命令 python -m data_access",
        "",
        *_commands(),
        f"## 事项类别（profiles/{profile.name}/programmes.toml）",
        "",
        *_programmes(profile),
        "## 案件表 cases 的字段",
        "",
        *_table(("字段", "类型"), columns),
    ]
    return "\n".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
