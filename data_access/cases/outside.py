"""Which figures tell nothing of cases that somebody may not see one by one: access.toml narrows what they are else
told in sums. Such a figure is unknown wherever one of those cases is in it, also where another is computed from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from data_access.cases.own import measures_of
from data_access.district.lines import line_with
from data_access.district.profile import Profile

if TYPE_CHECKING:
    from data_access.cases.reader import Reader

FILE = "access.toml"
ALWAYS = "volume"  # what every other figure is set against


def unknown_names(profile: Profile) -> list[str]:
    """Names of measures in access.toml that no figure has, or that cannot be withheld: then nothing is told outside
    one's scope, until they are mended."""
    known = set(measures_of(profile)) - {ALWAYS}
    return sorted({name for rights in profile.access for name in rights.outside.measures} - known)


def withheld(reader: Reader, measures: Collection[str]) -> set[str]:
    """Those of the measures that the reader is told nothing of but for cases that it sees one by one."""
    if reader.sight.tells_each or reader.is_singly or reader.sums == "others" or not reader.has_data:
        return set()
    named = reader.profile.outside_at(reader.as_of.date()).measures
    return set(measures) - {ALWAYS} if named and unknown_names(reader.profile) else set(named) & {*measures}


def blanked(frame: pd.DataFrame, names: Collection[str], others: pd.DataFrame, by: Collection[str]) -> pd.DataFrame:
    """The frame with the measures `names` unknown where `others` has cases. `others`: volume by the same dimensions."""
    columns = [column for column in frame if str(column).partition("__")[0] in names]
    of_others = others[others[ALWAYS] > 0]
    mixed = pd.Series(bool(len(of_others)), index=frame.index)
    if by:
        keys = pd.MultiIndex.from_frame(frame[[*by]].astype(object))
        mixed[:] = keys.isin(pd.MultiIndex.from_frame(of_others[[*by]].astype(object)))
    return frame.assign(**{str(column): frame[column].astype("float64").mask(mixed) for column in columns})


def in_words(profile: Profile, day: date, pages: Mapping[str, str]) -> str:
    """What is withheld on `day`, in one sentence. `pages`: the titles of the pages there are, by file name."""
    rules, known = profile.outside_at(day), measures_of(profile)
    titles = [pages.get(name, name) for name in rules.pages]
    labels = [known[name].label if name in known else name for name in rules.measures]
    every = (("整页", titles), ("指标", labels))
    parts = [f"{what}：{'、'.join(dict.fromkeys(names))}" for what, names in every if names]
    return f"看不到全区单件的，范围以外连汇总也不给的{'；'.join(parts)}" if parts else "范围以外的汇总都给（约数）"


def mistakes(profile: Profile, pages: Collection[str]) -> list[str]:
    """Names in access.toml's `outside` that stand for nothing, each with file, line and field."""
    path, measures = profile.folder / FILE, unknown_names(profile)
    named = {name for rights in profile.access for name in rights.outside.pages}
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    found = [(name, "measures", "没有这个指标，或不能不给；改好以前范围以外一个指标也不给") for name in measures]
    found += [(name, "pages", "pages/ 里没有这个文件") for name in sorted(named - {*pages})]
    return [f"{path} 第 {line_with(text, name)} 行，字段 outside.{field}：“{name}”{why}" for name, field, why in found]
