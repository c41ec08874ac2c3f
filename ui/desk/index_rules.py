"""How the 七有五性 index counts, as a table: each indicator with its goalposts in its own unit, and its weight."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data_access.cases.units import NUMBER, SHARE, UNITS
from questions.livelihood_scores import LivelihoodIndex
from ui.drawing import score_words as said
from ui.drawing.tables import table
from ui.style.markup import plain
from ui.style.numbers import UNKNOWN

BETTER = {"up": "越高越好", "down": "越低越好"}
LABELS = {"label": "指标", "dimensions": "维度", "better": "方向", "low": "标杆下限", "high": "标杆上限",
          "at_low": "得0分的占", "at_high": "得满分的占", "weight": "维度内权重", "origin": "来源"}  # fmt: skip
SAME = ["label", "unit", "better", "low", "high", "weight", "origin"]  # alike in every dimension: one row for all


def show_indicators(index: LivelihoodIndex) -> None:
    """The table, and what the rules leave unknown."""
    ends = index.definitions.join(index.clipped(), on="indicator")
    rules = index.rules
    few = f"已知指标的权重不足 {rules.min_known:.0%} 时不计分；所依据的件数少于 {rules.min_cases:d} 时按缺失。"
    st.caption(plain(few + said.clipped_words(ends, rules.pinned_at_most)))
    table(listed(ends.assign(weight=index.weights.indicators.to_numpy())), key="defined", labels=LABELS,
          height="content", phone=["label", "dimensions", "better"])  # fmt: skip


def listed(ends: pd.DataFrame) -> pd.DataFrame:
    """Grain: one row per indicator that counts alike in its dimensions. Columns LABELS, all in words.

    `ends`: as LivelihoodIndex.definitions, with at_low and at_high (0..1, NaN where nothing was scored).
    """
    groups = ends.groupby([*SAME, "at_low", "at_high"], sort=False, dropna=False)
    rows = groups["dimension"].agg(list).reset_index(name="dimensions")
    return pd.DataFrame(
        {
            "label": rows["label"],
            "dimensions": ["、".join(names) if len(names) < 12 else "全部十二维" for names in rows["dimensions"]],
            "better": rows["better"].map(BETTER),
            **{end: [in_unit(*pair) for pair in zip(rows[end], rows["unit"], strict=True)] for end in ("low", "high")},
            **{end: [in_unit(share, SHARE.name) for share in rows[end]] for end in ("at_low", "at_high")},
            "weight": [f"{weight:g}" for weight in rows["weight"]],
            "origin": rows["origin"],
        }
    )[list(LABELS)]


def in_unit(value: float, unit: str) -> str:
    """A goalpost or share as people write it: -0.5 of an indicator in percent is −50%."""
    if pd.isna(value):
        return UNKNOWN
    known = UNITS.get(unit, NUMBER)
    said = f"{value:.0%}" if known.is_share else f"{known.write(value)} {unit}".strip()
    return said.replace("-", "−")
