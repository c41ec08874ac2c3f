"""Figures about cases that may not be seen one by one: told in steps of the profile's least, small ones not at all.

Of those cases every sum is moved to a multiple of the least, down or up as thresholds say that are drawn from a secret
of the store, one for each step. So the same sum is told the same everywhere and always, a part is never told as more
than its whole, and a group that is told as none is left out; a single case never shows. Two thresholds lie further
apart than any number below the least: of two sums that differ by so few cases, the difference is told as none or as the
least, whichever number it is. What one may see singly is added as it is, so that counting it in, case by case, finds no
threshold. docs/security.md says what this withstands and what it does not, with the attacks that were tried.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data_access.cases.chance import Numbers
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import Measure
from data_access.cases.own import measures_of
from data_access.cases.privacy import kept_key
from data_access.cases.store import Store

if TYPE_CHECKING:
    from data_access.cases.reader import Reader

HOUR_STEP = 0.5  # of handling times, which are those of single cases
ROW = "_row"


def secret_of(store: Store) -> bytes:
    """What the thresholds are drawn from: the secret of the store's callers, the same in every process."""
    return kept_key(store.folder) or str(store.folder).encode()


@functools.lru_cache(maxsize=1 << 16)
def _drawn(secret: bytes, what: str) -> float:
    """0..1, by chance but always the same."""
    digest = hashlib.blake2b(what.encode(), key=secret[:64], digest_size=8).digest()
    return int.from_bytes(digest, "big") / (1 << 64)


def moved(values: pd.Series, least: int, secret: bytes) -> pd.Series:
    """Sums in steps of `least`; unknown stays unknown."""
    steps = values.astype("float64") / least
    blocks = pd.Series(np.floor(steps), index=values.index)
    known = blocks.fillna(0).astype("int64")
    # The first of a step that is moved up: beyond a single case, and of two steps' more than `least` - 1 apart.
    first = 1 + (least - 2) * _drawn(secret, "all")
    limits = known.map({block: (first + _drawn(secret, str(block))) / least for block in known.unique()})
    return ((blocks + ((steps - blocks) >= limits)) * least).where(values.notna())


def steps(reader: Reader, values: pd.Series) -> pd.Series:
    """Sums as the reader is told them; as they are for who sees every case."""
    return moved(values, reader.least, secret_of(reader.store)) if reader.least else values


def least_of(reader: Reader, where: CaseFilter) -> int:
    """The least number of cases that a sum over the filter's cases tells of; 0 where all are seen one by one."""
    if where.street and not where.district:  # streets lie in their districts, which a sight may be of
        known = reader.profile.district_of
        where = where.replace(district=tuple(dict.fromkeys(known.get(street, "") for street in where.street)))
    return 0 if any(_within(where, one) for one in reader.sight.cases) else reader.least


def error_of(reader: Reader, where: CaseFilter) -> float:
    """The mean square by which a told sum of the filter's cases may be off what it is, whatever the thresholds are:
    that of sums which are always moved the same way. 0 for who sees each case."""
    least = least_of(reader, where)
    return (least - 1) * (2 * least - 1) / 6 if least else 0.0


def errors_of(reader: Reader, where: CaseFilter, by: str, groups: pd.Series) -> Numbers:
    """As `error_of`, of each group of `by`: 0 for those of which every case may be seen."""
    if not reader.least or by not in {field.name for field in dataclasses.fields(CaseFilter)}:
        return np.full(len(groups), error_of(reader, where))
    return np.array([error_of(reader, where.replace(**{by: (group,)})) for group in groups])


def _within(where: CaseFilter, wider: CaseFilter) -> bool:
    """Whether the filter names, of every part that the wider one restricts, only values that this one has as well."""
    parts = ((getattr(where, field.name), getattr(wider, field.name)) for field in dataclasses.fields(CaseFilter))
    return all(not allowed or (bool(asked) and set(asked) <= set(allowed)) for asked, allowed in parts)


def rounded(
    reader: Reader, frame: pd.DataFrame, counts: Sequence[str], size: str, *, where: CaseFilter, by: Sequence[str]
) -> pd.DataFrame:
    """The rows that are of enough cases (`size`), with their `counts` in steps; all as it is for who sees each case of
    the filter. Without `by` there is always a row."""
    least = least_of(reader, where)
    if not least:
        return frame
    secret = secret_of(reader.store)
    kept = frame[moved(frame[size], least, secret) > 0].reset_index(drop=True) if by else frame
    return kept.assign(**{name: moved(kept[name], least, secret) for name in counts})


def together(
    reader: Reader, own: pd.DataFrame, others: pd.DataFrame, measures: Sequence[str], by: Sequence[str]
) -> pd.DataFrame:
    """Sums of one's own cases as they are, and those of the others in steps. Both frames: as `aggregated`, with volume.

    Quantiles are not sums: they are in neither. Without `by` there is always a row.
    """
    least, secret = reader.least, secret_of(reader.store)
    sums = _sums(measures_of(reader.profile), measures)
    told = others.assign(**{name: moved(others[name], least, secret) for name in sums})
    told = told[told["volume"] > 0] if by else told
    parts = [part[[*by, *sums]] for part in (own, told) if len(part)]
    if not parts:
        return others.iloc[:0][[*by, *sums]]
    stacked = pd.concat(parts, ignore_index=True)
    if not by:
        return stacked.sum(min_count=1).to_frame().T
    return stacked.groupby(list(by), as_index=False, sort=True, dropna=False)[sums].sum(min_count=1)


def hours_in_steps(
    reader: Reader, frame: pd.DataFrame, names: Sequence[str], *, where: CaseFilter, by: Sequence[str]
) -> pd.DataFrame:
    """Quantiles of groups of enough cases (cases) in steps of HOUR_STEP; as they are for who sees each case."""
    if not (least := least_of(reader, where)):
        return frame
    told = moved(frame["cases"], least, secret_of(reader.store)) > 0
    kept = rounded(reader, frame, ["cases"], "cases", where=where, by=by)
    steps = {name: ((frame[name] / HOUR_STEP).round() * HOUR_STEP).where(told) for name in names}
    return kept.assign(**{name: values[told].to_numpy() if by else values for name, values in steps.items()})


def with_hours(
    reader: Reader, frame: pd.DataFrame, every: pd.DataFrame, own: pd.DataFrame, names: Sequence[str], by: Sequence[str]
) -> pd.DataFrame:
    """Quantiles beside the sums. `every`: those of all cases; `own`: as in `together`. A group that only one's own
    cases are told of has none where others are in it too."""
    keys = list(by) or [ROW]
    frame, every, own = ((part if by else part.assign(**{ROW: 0})) for part in (frame, every, own))
    whole = every[[*keys, *names, "volume"]].rename(columns={"volume": "of_all"})
    mine = own[[*keys, "volume"]].rename(columns={"volume": "of_own"})
    found = frame.merge(whole, on=keys, how="left").merge(mine, on=keys, how="left")
    apart = moved(found["of_all"] - found["of_own"].fillna(0), reader.least, secret_of(reader.store))
    alone = found["of_all"] == found["of_own"]
    for name in names:
        steps = (found[name] / HOUR_STEP).round() * HOUR_STEP
        found[name] = found[name].where(alone, steps.where(apart > 0))
    return found.drop(columns=["of_all", "of_own", *([] if by else [ROW])])


def _sums(known: Mapping[str, Measure], measures: Sequence[str]) -> list[str]:
    found = ["volume"]
    for name in measures:
        measure = known[name]
        if measure.quantile is None:
            found += [f"{name}__{part}" for part in _parts_of(measure)] if measure.is_ratio else [name]
    return list(dict.fromkeys(found))


def _parts_of(measure: Measure) -> tuple[str, ...]:
    """The parts of a ratio that are sums over cases: residents and the total are not."""
    return ("num",) if measure.of_total or measure.population else ("num", "den")
