"""What may be asked: measures, dimensions, periods, parts of a filter, statuses, each with its sentence.

from data_access import catalog

catalog()           # everything
catalog("解决")      # what has these words in it
catalog().frame     # the same as a DataFrame
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from data_access.cases import expressions
from data_access.cases.dimensions import DIMENSIONS, dimensions_of
from data_access.cases.filters import STATUSES, CaseFilter
from data_access.cases.own import measures_of, own_of
from data_access.district.periods import PRESETS, SHIFT_LABELS
from data_access.district.profile import Profile, current_profile

COLUMNS = ["kind", "name", "label", "unit", "sentence"]
HEADINGS = dict(zip(COLUMNS, ("种类", "名称", "叫什么", "单位或类型", "说明"), strict=True))
TYPES = {"text": "文字", "number": "数字", "day": "日期", "period": "年月"}
BETTER = {"up": "越高越好", "down": "越低越好", "": "不论高低"}
PARTS = {  # of a filter, beside those that are dimensions
    "period": "时段 `Period(start, end)`，含头不含尾",
    "hour": "小时 0–23",
    "weekday": "星期 1–7，1 为周一",
    "status": "状态，任一；`open+late` 表示都要",
    "text": "标题、内容、地址、编号里的字，空格分开表示都要有",
    "case_id": "编号",
    "without": "除去的：`category1=疫情防控`，是其中之一的不算",
}
WIDEST = 60  # letters of a sentence where it is printed; `frame` has it whole


@dataclass(frozen=True, repr=False)
class Catalog:
    """`frame`: one row per name; columns COLUMNS. Prints as a table."""

    frame: pd.DataFrame

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        if self.frame.empty:
            return "没有。catalog() 列出全部。"
        rows = [list(HEADINGS.values()), *self.frame.astype(str).to_numpy().tolist()]
        rows = [[*row[:-1], row[-1] if len(row[-1]) <= WIDEST else row[-1][: WIDEST - 1] + "…"] for row in rows]
        widths = [max(_width(row[place]) for row in rows) for place in range(len(COLUMNS))]
        return "\n".join(
            "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )

    def _repr_html_(self) -> str:
        return str(self.frame.rename(columns=HEADINGS).to_html(index=False))


def _width(text: str) -> int:
    """Columns of a terminal: a Chinese letter takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def catalog(words: str = "", *, profile: str | Profile | None = None) -> Catalog:
    """What may be asked of a district's cases, or what of it has these words in it.

    `profile`: the district, by its name (DISTRICT_PROFILE, or the first there is).
    """
    district = profile if isinstance(profile, Profile) else current_profile(profile)
    frame = pd.DataFrame(list(_rows(district)), columns=COLUMNS)
    for word in words.split():
        frame = frame[frame.apply(lambda row, word=word: word.lower() in " ".join(row).lower(), axis=1)]
    return Catalog(frame.reset_index(drop=True))


def _rows(profile: Profile) -> Iterator[tuple[str, str, str, str, str]]:
    own = own_of(profile)
    for name, measure in measures_of(profile).items():
        label = f"{measure.label}（{measure.calibre}）" if measure.calibre else measure.label
        kind = "本区指标" if name in own.measures else "指标"
        yield kind, name, label, measure.unit.name, f"{measure.definition}；{BETTER[measure.better]}"
    for problem in own.problems:
        yield "写错的指标", problem.name or "？", "", "", str(problem)
    for name, dimension in dimensions_of(profile).items():
        yield "维度", name, dimension.label, TYPES[dimension.kind], "aggregate 的第二个参数，options 的第一个"
    for name, label in PRESETS.items():
        yield "时段", name, label, "", "preset(名称, reader.as_of, reader.profile.settings.clock)；filter_bar 的默认值"
    for field in dataclasses.fields(CaseFilter):
        if field.name == "district" and not profile.several:
            continue
        label = DIMENSIONS[field.name].label if field.name in DIMENSIONS else field.name
        yield "条件", field.name, label, "CaseFilter", PARTS.get(field.name, f"{label}是其中之一；'' 表示未填写")
    for name, label in STATUSES.labels.items():
        yield "状态", name, label, "", "CaseFilter(status=…) 的值"
    for name, label in SHIFT_LABELS.items():
        yield "比较", name, label, "", "changes、compare_groups、with_base 的 kind"
    for columns, kind in expressions.VOCABULARY:
        for name, label in columns.items():
            if name == expressions.DISTRICT and not profile.several:
                continue
            yield "measures.toml", name, label, kind, "numerator、denominator 里可以写的"
