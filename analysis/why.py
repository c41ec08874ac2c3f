"""Why a rate is what it is: the points that each group of cases takes from it, which add up exactly.

A rate is a mean over cases, so each group's part is its own sum ÷ all cases. Two questions have such parts. From a full
score: what a group lost, Σ (den − num) ÷ D; beside it, what the group lost beyond what its cases would lose at the
whole's rate. Between two stretches: s₁(r₁ − c) − s₀(r₀ − c), with a group's share s and rate r, and c halfway between
both totals, so that a group that grew counts by how far it lies from the whole; the parts add up whatever c is.

What chance does to a part follows from the cases' own scatter (delta method: both share and rate are means over cases),
widened by how much more than plain chance the days of the past scattered (quasi-binomial, data_access.cases.chance).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.kept import kept

REST = "其余"


@kept
def lost(groups: pd.DataFrame, excess: pd.Series, limit: float, most: int) -> pd.DataFrame:
    """What each group takes from a full rate. Grain: the `most` groups that take most, then REST for all others.

    `groups`: index the groups; columns num, den (a rate's parts, in cases). `excess`: by group. `limit`: how many
    errors a part may be off by chance. Columns out: points (≤ 0; they add up to the rate less 1), beyond (points
    beyond the group's share: negative where it loses more than its cases would at the whole's rate), half (how far
    `beyond` may be off), is_sure, cases, rate. Rates and points as 0..1. Empty without cases.
    """
    known = groups[groups["den"] > 0]
    whole = float(known["den"].sum())
    if not whole:
        return _nothing()
    points = (known["num"] - known["den"]) / whole
    known = _pooled(known.assign(excess=excess.reindex(known.index)), points.sort_values(), most)
    rate = float(known["num"].sum()) / whole
    beyond = (known["num"] - rate * known["den"]) / whole
    scatter = _scatter(known["num"], known["den"], rate, limit) / whole
    share = known["den"] / whole
    # Its own cases move the whole's rate as well: what a group lies off is a difference within one mean.
    variance = ((1 - share) ** 2 * scatter + share**2 * (scatter.sum() - scatter)) / whole
    half = limit * (variance * known["excess"]) ** 0.5
    return _told(known, (known["num"] - known["den"]) / whole, beyond, half)


@kept
def moved(now: pd.DataFrame, then: pd.DataFrame, excess: pd.Series, limit: float, most: int) -> pd.DataFrame:
    """What each group adds to a rate's change. As `lost`, with `before` (the earlier rate); points add up to the
    change, and `beyond` is the same."""
    index = now.index.union(then.index)
    both = pd.DataFrame({f"{part}{side}": frame[part].reindex(index).fillna(0.0)
                         for side, frame in (("", now), ("_then", then)) for part in ("num", "den")})  # fmt: skip
    both = both[both["den"] + both["den_then"] > 0]
    whole, whole_then = float(both["den"].sum()), float(both["den_then"].sum())
    if not (whole and whole_then):
        return _nothing().assign(before=pd.Series(dtype=float))
    middle = (both["num"].sum() / whole + both["num_then"].sum() / whole_then) / 2

    def parts(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
        return tuple((rows[f"num{side}"] - middle * rows[f"den{side}"]) / of
                     for side, of in (("", whole), ("_then", whole_then)))  # type: ignore[return-value]  # fmt: skip

    after, before = parts(both)
    order = (after - before).abs().sort_values(ascending=False)
    known = _pooled(both.assign(excess=excess.reindex(index)), order, most)
    after, before = parts(known)
    variance = sum(
        (_scatter(known[f"num{side}"], known[f"den{side}"], middle, limit) / of - part**2) / of
        for side, of, part in (("", whole, after), ("_then", whole_then, before))
    )
    half = limit * (variance * known["excess"]) ** 0.5
    told = _told(known, after - before, after - before, half)
    return told.assign(before=known["num_then"] / known["den_then"].where(known["den_then"] > 0))


def _scatter(num: pd.Series, den: pd.Series, centre: float, limit: float) -> pd.Series:
    """Σ (x − centre)² over a group's cases, as if each answer were all or nothing: answers in part scatter less."""
    # As many yes and no more as the interval is wide, or few cases, nearly all solved, would seem to tell much
    # (Agresti & Coull 1998).
    more = limit**2 / 2
    rate = (num + more) / (den + 2 * more)
    return den * (rate * (1 - rate) + (rate - centre) ** 2)


def _pooled(groups: pd.DataFrame, order: pd.Series, most: int) -> pd.DataFrame:
    """The first `most` groups of the order, and the others as one."""
    first, others = order.index[:most], groups.loc[order.index[most:]]
    kept_groups = groups.loc[first]
    if others.empty:
        return kept_groups
    rest = others.sum()
    rest["excess"] = float(np.average(others["excess"], weights=others["den"] + 1))
    return pd.concat([kept_groups, rest.to_frame(REST).T])


def _told(known: pd.DataFrame, points: pd.Series, beyond: pd.Series, half: pd.Series) -> pd.DataFrame:
    rate = known["num"] / known["den"].where(known["den"] > 0)
    parts = {"points": points, "beyond": beyond, "half": half, "is_sure": beyond.abs() > half}
    return pd.DataFrame({**parts, "cases": known["den"], "rate": rate})


def _nothing() -> pd.DataFrame:
    columns = {name: pd.Series(dtype=float) for name in ("points", "beyond", "half", "cases", "rate")}
    return pd.DataFrame({**columns, "is_sure": pd.Series(dtype=bool)})
