"""Why a rate is what it is: which classes, units or streets take its points (analysis.why), of a Reader's cases."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import pandas as pd

from analysis import why
from data_access.cases import chance
from data_access.cases.cache import cached
from data_access.cases.comparison import REFERENCE, REST, sides_of
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.cases.small import least_of
from data_access.cases.units import POINTS
from data_access.district.periods import Period, day_of

MOST = 10  # groups shown by themselves
# What a rate is split by.
SPLITS = {"category1": "一级分类", "category2": "二级分类", "unit": "单位", "street": "街道", "district": "区"}
LEAST = 30  # cases of a rate; of fewer nothing is told
# Groups of others' cases are told in steps: most have fewer of them than a step, and their sum is not the whole's.
IN_STEPS = "您看到的别人的件数是约数，拆开来看会差得多：请选自己的街道或单位。"


@dataclass(frozen=True)
class Why:
    """`parts`: as analysis.why gives them, in the measure's own unit (0..1 of a rate, 0..100 of a score). They add up
    to `end` − `start`. `limit`: how many errors a part may be off by chance, for all groups together."""

    by: str
    start: float
    end: float
    parts: pd.DataFrame
    reason: str = ""  # why there are no parts

    @functools.cached_property
    def sure(self) -> pd.DataFrame:
        """The parts beyond chance that pull the rate down, the most first; the rest pooled is nobody."""
        found = self.parts[self.parts["is_sure"] & (self.parts["beyond"] < 0)].drop(index=why.REST, errors="ignore")
        return found.sort_values("beyond")


def _full(name: str) -> float:
    return 100.0 if MEASURES[name].unit == POINTS else 1.0


@cached
def lost_by(reader: Reader, name: str, by: str, where: CaseFilter) -> Why:
    """What each group takes from a full rate. `name`: a rate or score of cases; `by`: a dimension."""
    full = _full(name)
    if least_of(reader, where):
        return Why(by, full, float("nan"), pd.DataFrame(), IN_STEPS)
    groups = _groups(reader, name, by, where)
    if groups["den"].sum() < LEAST:
        return Why(by, full, float("nan"), pd.DataFrame(), f"算进来的不足 {LEAST} 件，不分开看。")
    excess, limit = _chance(reader, name, by, where, groups.index)
    parts = why.lost(groups, excess, limit, MOST)
    return Why(by, full, full * (1 + float(parts["points"].sum())), _in_unit(parts, full))


@cached
def moved_by(reader: Reader, name: str, by: str, where: CaseFilter, kind: str) -> Why:
    """What each group adds to a rate's change since the comparison period. As `lost_by`; `kind`: as Reader.changes."""
    sides, full = sides_of(reader, where, kind), _full(name)
    nothing = float("nan")
    if least_of(reader, where):
        return Why(by, nothing, nothing, pd.DataFrame(), IN_STEPS)
    if sides is None:
        return Why(by, nothing, nothing, pd.DataFrame(), "数据没有覆盖比较期，无法比较。")
    if reason := sides.why_not(MEASURES[name]):
        return Why(by, nothing, nothing, pd.DataFrame(), reason + "。")
    now, then = _groups(sides.now, name, by, sides.current), _groups(sides.then, name, by, sides.base)
    if min(now["den"].sum(), then["den"].sum()) < LEAST:
        return Why(by, nothing, nothing, pd.DataFrame(), f"两期之一算进来的不足 {LEAST} 件，不分开看。")
    excess, limit = _chance(reader, name, by, where, now.index.union(then.index))
    parts = why.moved(now, then, excess, limit, MOST)
    before, after = (full * float(side["num"].sum() / side["den"].sum()) for side in (then, now))
    return Why(by, before, after, _in_unit(parts, full))


def _in_unit(parts: pd.DataFrame, full: float) -> pd.DataFrame:
    scaled = [name for name in ("points", "beyond", "half", "rate", "before") if name in parts]
    return parts.assign(**{name: parts[name] * full for name in scaled})


def _groups(reader: Reader, name: str, by: str, where: CaseFilter) -> pd.DataFrame:
    """Index: the groups; num and den of the rate, in cases."""
    found = reader.aggregate([name], [by], where).set_index(by)
    return pd.DataFrame(
        {"num": found[f"{name}__num"].fillna(0.0) / _full(name), "den": found[f"{name}__den"].fillna(0.0)}
    )


def _chance(reader: Reader, name: str, by: str, where: CaseFilter, groups: pd.Index) -> tuple[pd.Series, float]:
    """By group how much more than plain chance the days of the past scattered, and how far a part may be off."""
    first, last = day_of(reader.span[0]), day_of(reader.as_of)
    end = max(min(day_of(where.when.end), last - REST), min(first + REFERENCE, last))
    period = Period(max(first, end - REFERENCE), end)
    days = pd.date_range(period.start, period.end, freq="D", inclusive="left")
    found = reader.exact.aggregate([name], ["day", by], where.replace(period=period))
    num, den = (
        chance.by_day(found, "day", by, f"{name}__{part}", days, groups) / scale
        for part, scale in (("num", _full(name)), ("den", 1.0))
    )
    return pd.Series(chance.excess_of_rates(num, den), index=groups), chance.limit(len(days), len(groups))
