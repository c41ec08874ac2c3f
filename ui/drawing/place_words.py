"""What may be said of places beside each other on a map, in a sentence."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from data_access.cases.measures import Measure
from ui.style.markup import html
from ui.style.numbers import name, show, show_change

PLACES = {"street": "街道", "district": "区"}


def place(name: str, by: str) -> str:
    """How a street, or a district, is called."""
    return name or f"未填写{PLACES[by]}"


def ends_words(known: pd.DataFrame, measure: Measure, stretch: str, by: str = "street") -> Markup:
    """The ends of a measure over streets or districts. `known`: rows `by` and the measure, the highest first."""
    ends = [html("<b>{}</b>（<b>{}</b>）", place(one[by], by), show(one[measure.name], measure))
            for one in (known.iloc[0], known.iloc[-1])]  # fmt: skip
    told = (stretch, name(measure), *ends)
    if len(known) == 1:
        return html("{}，{}只有{}有数。", *told[:3])
    if known[measure.name].iloc[0] == known[measure.name].iloc[-1]:
        alike = (len(known), PLACES[by], show(known[measure.name].iloc[0], measure))
        return html("{}，{}在 {} 个{}都是 <b>{}</b>，不分高低。", *told[:2], *alike)
    if measure.is_count:
        return html("{}，{}最多的是{}，最少的是{}；没有按人口折算。", *told)
    return html("{}，{}在{}和{}之间；没有检验是否超出偶然，不作先后。", *told)


def moved_words(moved: pd.DataFrame, measure: Measure, stretch: str, against: str, by: str = "street") -> Markup:
    """Where a measure rose and fell most. `moved`: rows `by`, change, is_sure (Reader.compare_groups)."""
    sure = moved[moved["is_sure"].fillna(False).astype(bool)].sort_values("change", ascending=False)
    said = [
        html("{}最多的是<b>{}</b>（<b>{}</b>）", words, place(one[by], by), _written(one["change"], measure))
        for words, row in (("上升", sure.head(1)), ("下降", sure.tail(1)))
        for one in row.to_dict("records")
        if (one["change"] > 0) == (words == "上升")
    ]
    found = Markup("，").join(said) if said else f"各{PLACES[by]}的变化都在偶然范围内，不能确定升降"
    return html("{}，{}{}：{}。", stretch, name(measure), against, found)


def _written(change: float, measure: Measure) -> str:
    """A change of a group: of counts in cases."""
    return f"{change:+,.0f} 件".replace("-", "−") if measure.is_count else show_change(change, measure)
