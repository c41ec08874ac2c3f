"""七有五性: twelve tiles with their course, and the index; the last whole month."""

import pandas as pd

from analysis import index
from data_access.indicators import DISTRICT, definitions, panel, whole_months
from data_access.profile import current_profile
from data_access.query import as_of
from data_access.schema import DIMENSIONS_75, GROUPS_75
from ui.numbers import UNKNOWN, moment, signed
from ui.wallparts import screen, tile

SCREEN = {"title": "七有五性"}


def draw() -> str:
    profile, period = current_profile(), whole_months()
    if not profile.index or not period:
        about = f"本区没有配置指标，或数据不足一个整月　数据截至 {moment(as_of())}"
        return screen("livelihood", SCREEN["title"], about, [])
    months = pd.date_range(period.start, period.end, freq="MS", inclusive="left")
    rules = profile.index_at(months[-1].date())
    values = panel(rules)
    defined = definitions(rules, values)
    outer = {one: rules.dimension_weights.get(one, 1.0) for one in DIMENSIONS_75}
    weights = index.weights_of(defined, outer, geometric=rules.is_geometric, min_known=rules.min_known)
    parts = index.parts_of(values, defined, winsorise_at_most=rules.winsorise_at_most)
    found = index.scores(parts, weights, GROUPS_75).xs(DISTRICT, level="street").reindex(months)
    weakest = found.iloc[-1][list(DIMENSIONS_75)].nsmallest(2).index
    tiles = []
    for name in (*GROUPS_75, *DIMENSIONS_75):
        course = found[name].tail(13).tolist()
        now, change = course[-1], course[-1] - course[-2] if len(course) > 1 else float("nan")
        kind = "total" if name in GROUPS_75 else "bad" if name in weakest else ""
        words = f"较上月 {signed(change, 1)}" if change == change else "无上月可比"
        tiles.append(tile(f"index.{name}", name, f"{now:.1f}" if now == now else UNKNOWN, words, course, kind=kind))
    about = f"{months[-1].year}年{months[-1].month}月　{rules.label}　最弱两维以橙色标出　数据截至 {moment(as_of())}"
    return screen("livelihood", SCREEN["title"], about, tiles)
