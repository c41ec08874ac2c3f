"""Sentences from figures, by rule: what rose or fell beyond chance, what did not, what nobody can know.

A sentence claims no more than its figure bears: a change that chance alone may have made is called that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from unicodedata import east_asian_width

import pandas as pd

from data_access.cases.comparison import NONE_BEFORE, Change
from data_access.cases.measures import MEASURES, NOT_REACHED
from ui.style.numbers import name, show, show_change

UNSURE = "在偶然范围内，不能确定升降"
LEAST_RECORD = 5  # periods before that are needed to call something the most of them


def figure_words(figure: Change) -> str:
    """A figure with its name: 解决率（不含剔除）90.12%; the reason where there is none."""
    measure = MEASURES[figure.measure]
    if math.isnan(figure.current):
        return f"{name(measure)}没有数（{measure.unknown or '没有可算的案件'}）"
    title = name(measure)
    said = title + ("" if title.endswith("）") else " ") + show(figure.current, measure)
    if said.endswith(NOT_REACHED) or measure.unit.is_share or show(figure.current, measure).endswith(str(measure.unit)):
        return said
    return f"{said} {measure.unit}"


def change_words(figure: Change, than: str) -> str:
    """A change in words, without its figure: 比上期多 12.0%（上期 1,234）. `than`: what it is compared with (上期)."""
    measure = MEASURES[figure.measure]
    if figure.current == 0 and measure.is_count and (figure.is_known or figure.reason == NONE_BEFORE):
        return f"{than}有 {show(figure.base, measure)} {measure.unit}" if figure.is_known else f"{than}也没有"
    if not figure.is_known:
        return f"与{than}无从比较（{figure.reason or '没有可比的数'}）"
    base = f"（{than} {show(figure.base, measure)}）"
    if show_change(figure.change, measure)[:1] not in "+−":  # what rounds to nothing has no sign
        return f"与{than}持平{base}"
    if not figure.is_sure:
        return f"与{than}相比变化 {show_change(figure.change, measure)}，{UNSURE}{base}"
    size = show_change(figure.change, measure).lstrip("+−")
    if not measure.changes_absolutely:
        return f"比{than}{'多' if figure.change > 0 else '少'} {size}{base}"
    return f"比{than}{'高' if figure.change > 0 else '低'} {size}{base}"


def changes_words(figures: Sequence[Change], than: str) -> str:
    """Several figures with their changes: each that changed beyond chance by itself, the others together."""
    alike = [one for one in figures if one.is_known and not one.is_sure]
    told = [f"{figure_words(one)}，{change_words(one, than)}" for one in figures if one not in alike or len(alike) == 1]
    if len(alike) > 1:
        each = "、".join(f"{figure_words(one)}（{show_change(one.change, MEASURES[one.measure])}）" for one in alike)
        told.append(f"{each}与{than}相比都{UNSURE}")
    return "；".join(told)


def record_words(current: float, before: Sequence[float], what: str) -> str:
    """Whether so many are the most or the fewest of all such periods: '' where they are not, or too few are known.

    `before`: the same figure of earlier periods of the same length, `what`: what those are called (周).
    """
    known = [figure for figure in before if not math.isnan(figure)]
    if len(known) < LEAST_RECORD or math.isnan(current):
        return ""
    if current > max(known):
        return f"为近 {len(known) + 1} {what}最多"
    return f"为近 {len(known) + 1} {what}最少" if current < min(known) else ""


def risen_words(moved: pd.DataFrame, by: str, than: str, what: str = "分类", most: int = 3) -> str:
    """Which groups rose beyond chance. `moved`: as Reader.compare_groups gives it (current, base, change, is_sure);
    `what`: the groups are counted in."""
    if moved.empty:
        return f"与{than}无从逐类比较。"
    risen = moved[(moved["change"] > 0) & moved["is_sure"]].sort_values("change", ascending=False)
    if risen.empty:
        return f"与{than}相比，没有能确定增多的{what}。"
    told = "、".join(
        f"{row[by] or '未填写'}（多 {row['change']:,.0f} 件，{row['base']:,.0f} → {row['current']:,.0f}）"
        for row in risen.head(most).to_dict("records")
    )
    return f"与{than}相比，能确定增多的有 {len(risen)} 个{what}{'，其中' if len(risen) > most else '：'}{told}。"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names in a row, the rest as a number: 甲、乙等 7 个."""
    said = "、".join(names[:most])
    return said if len(names) <= most else f"{said}等 {len(names)} 个"


def counted(rows: pd.DataFrame, by: str, measure: str, most: int = 3) -> str:
    """The first groups with their counts: 甲（1,234 件）、乙（56 件）等 9 个."""
    pairs = zip(rows[by], rows[measure], strict=True)
    return listed([f"{group or '未填写'}（{number:,.0f} 件）" for group, number in pairs], most)


def breadth(text: str) -> int:
    """How wide words are on paper, in digits: a Chinese character is as wide as two."""
    return sum(2 if east_asian_width(letter) in "WFA" and letter not in "–−±" else 1 for letter in text)
