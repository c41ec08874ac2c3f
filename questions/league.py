"""The league of the three rates (三率成绩表): one kind of unit over one period, as page, wall and briefs show it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from analysis import league
from analysis.league import Lift
from data_access.cases.cache import cached
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES, Measure
from data_access.cases.reader import Reader
from data_access.district.models import Preset, Scoring
from data_access.district.periods import Period
from data_access.district.programmes import VOID
from data_access.district.vocabulary import HOTLINE
from data_access.ledger.opening import ledger_if_any

CALIBRES = {"": "不含剔除", "_all": "含剔除"}
RATES = ("response_rate", "resolution_rate", "satisfaction_rate")
# Measures of how many answered what, and what the method calls them.
COUNTED = {
    "valid_callbacks": "valid",
    "contacted": "contacted",
    "resolved": "resolved",
    "partly_resolved": "partly",
    "satisfied": "satisfied",
    "basically_satisfied": "basically",
}
TIES = {"volume": "同分的受理量大者在前", "shared": "同分并列"}
DAY = "assessment_day"
ANSWERS = ("is_contacted", "resolution", "satisfaction")


@dataclass(frozen=True)
class League:
    """A league table. `where`: its cases. `scoring`: the rules in force on the period's first day, with the weights
    that are `tried`, if any.

    `units`: one row per unit with cases, the index its name; columns place (from 1; none without a score), volume,
    closed, the three rates and the composite in the league's calibre (rates with __num and __den), and the measures of
    COUNTED. `pooled`: the composite of all callbacks together; `mean`: of the units' scores.
    """

    reader: Reader
    where: CaseFilter
    calibre: str
    scoring: Scoring
    tried: Preset | None
    units: pd.DataFrame
    pooled: float

    @property
    def is_trial(self) -> bool:
        return self.tried is not None

    @property
    def composite(self) -> Measure:
        return MEASURES["composite" + self.calibre]

    @property
    def rates(self) -> list[Measure]:
        return [MEASURES[name + self.calibre] for name in RATES]

    @property
    def counted(self) -> list[str]:
        """The measures of COUNTED in the league's calibre."""
        return [name + self.calibre for name in COUNTED]

    @property
    def is_known(self) -> bool:
        """Whether any unit has a score: somebody was called back, and the words of the answers are known."""
        return bool(self.units[self.composite.name].notna().any())

    @property
    def placed(self) -> pd.DataFrame:
        """The units that have a place, the first on top."""
        return self.units.dropna(subset=["place"]).sort_values("place")

    @property
    def order(self) -> str:
        """How places are given, in words."""
        rounded, step = self.scoring.decimals, 10.0 ** -(self.scoring.decimals or 0)
        return ("" if rounded is None else f"成绩四舍五入到 {step:g} 分后排名次，") + TIES[self.scoring.ties]

    @property
    def mean(self) -> float:
        return float(self.placed[self.composite.name].mean())

    @property
    def counts(self) -> pd.DataFrame:
        """By unit: valid, contacted, resolved, partly, satisfied, basically, and the callbacks behind each rate."""
        return _renamed(self.units, self.calibre)[[*COUNTED.values(), *league.ANSWERED]]

    @property
    def unread(self) -> int:
        """Callbacks with an answer in a word that is not known."""
        return int(self.units["unread_callbacks" + self.calibre].sum())

    @property
    def left_out(self) -> dict[str, tuple[int, float]]:
        """By the rates' labels: the valid callbacks that a rate leaves out, and their share (0..1); none left out, no
        entry."""
        valid = float(self.counts["valid"].sum())
        missing = {rate.label: valid - float(self.units[f"{rate.name}__den"].sum()) for rate in self.rates}
        return {label: (int(number), number / valid) for label, number in missing.items() if number > 0}

    @property
    def is_small(self) -> pd.Series:
        """By unit: whether its callbacks are fewer than the profile's least."""
        return self.counts["valid"] < self.scoring.small_sample

    @cached_property
    def answers(self) -> pd.DataFrame:
        """What was answered together. Grain: one row per unit and combination of answers; the rates and the composite
        with __num and __den."""
        names = [self.composite.name, *(rate.name for rate in self.rates), *self.counted]
        return _under(self.reader.aggregate(names, ["unit", *ANSWERS], self.where), self)

    @cached_property
    def bands(self) -> pd.DataFrame:
        """By unit: best and worst, the places that its true score could take (analysis.league.rank_bands)."""
        return _bands(self.reader, self.where, self.calibre, self.tried)

    @property
    def halves(self) -> pd.Series:
        """By unit: 1 where its band lies in the better half of the places, -1 in the worse, 0 in both."""
        return league.halves(self.bands)

    @property
    def surely_worse(self) -> list[str]:
        """The units whose whole band lies in the worse half."""
        return [str(unit) for unit in self.halves.index[self.halves < 0]]

    def interval(self, rate: Measure) -> tuple[pd.Series, pd.Series]:
        """By unit: the 95 % interval of a rate; NaN without callbacks."""
        low, high = league.mean_interval(league.tallied(self.answers, "unit", rate.name, f"{rate.name}__den"))
        return low.reindex(self.units.index), high.reindex(self.units.index)

    def to_pass(self, unit: str) -> Lift | None:
        """What would lift a unit by one place; None for the first."""
        score, volume = self.units[self.composite.name], self.units["volume"]
        return league.resolved_to_pass(self.counts, score, volume, self.scoring, unit)

    def day_by_day(self) -> pd.DataFrame:
        """The cumulative places through the period. Grain: one row per assessment day and unit; score, place."""
        name = self.composite.name
        rates = [rate.name for rate in self.rates]
        daily = self.reader.aggregate(["volume", name, *rates, *self.counted], [DAY, "unit"], self.where)
        scored = _under(daily, self)
        return league.running_ranks(scored, DAY, "unit", f"{name}__num", f"{name}__den", "volume", self.scoring)


def league_of(
    reader: Reader, where: CaseFilter, kind: str, *, calibre: str = "", tried: Preset | None = None
) -> League:
    """The league of a kind of unit (街道, 部门, 企业) by the hotline orders in `where`.

    `calibre`: one of CALIBRES. `tried`: weights in place of those in force; then scores are those of the counts.
    """
    where = where.replace(unit_type=(kind,), source=(HOTLINE,))
    in_force = reader.profile.scoring_at(where.when.start.date())
    scoring = in_force.with_weights(tried) if tried else in_force
    names = [f"{name}{calibre}" for name in (*RATES, "composite", *COUNTED, "unread_callbacks")]
    units = reader.aggregate(["volume", "closed", *names], ["unit"], where).set_index("unit")
    table = League(reader, where, calibre, scoring, tried, units, float("nan"))
    name = table.composite.name
    whole = _under(reader.aggregate(names, (), where), table)
    units = _under(units, table)
    units["place"] = league.ranks(units[name], units["volume"], scoring)
    pooled = float((whole[f"{name}__num"] / whole[f"{name}__den"]).iloc[0]) if len(whole) else float("nan")
    return League(reader, where, calibre, scoring, tried, units, pooled)


@cached
def _bands(reader: Reader, where: CaseFilter, calibre: str, tried: Preset | None) -> pd.DataFrame:
    """As League.bands: drawn once for everybody who looks at the same league."""
    table = league_of(reader, where, where.unit_type[0], calibre=calibre, tried=tried)
    name = table.composite.name
    tally = league.tallied(table.answers, "unit", name, f"{name}__den")
    return league.rank_bands(tally, table.units["place"], table.units["volume"], table.scoring)


def _renamed(rows: pd.DataFrame, calibre: str) -> pd.DataFrame:
    behind = {f"{rate}{calibre}__den": answer for rate, answer in zip(RATES, league.ANSWERED, strict=True)}
    return rows.rename(columns={name + calibre: short for name, short in COUNTED.items()} | behind)


def _under(rows: pd.DataFrame, table: League) -> pd.DataFrame:
    """The rows with their composite under weights that are tried; as they are under those in force."""
    if not table.is_trial:
        return rows
    name, counts = table.composite.name, _renamed(rows, table.calibre)
    score = league.scores(counts, table.scoring)
    return rows.assign(**{name: score, f"{name}__num": (score * counts["valid"]).fillna(0.0)})


def rate_intervals(reader: Reader, rate: str, by: str, where: CaseFilter) -> pd.DataFrame:
    """The 95 % interval of one of the three rates. Columns: low, high; index: the values of `by` with callbacks."""
    answers = reader.aggregate([rate], [by, *ANSWERS], where)
    low, high = league.mean_interval(league.tallied(answers, by, rate, f"{rate}__den"))
    return pd.DataFrame({"low": low, "high": high})


def first_received(reader: Reader, period: Period) -> pd.Series:
    """By unit: how many orders (督办单) of the period it was the first to receive (首接责任)."""
    ledger = ledger_if_any(reader) if reader.profile.has_programme("supervision") else None
    if ledger is None:
        return pd.Series(dtype=float)
    orders = ledger.matters("supervision")
    inside = (orders["opened_at"] >= period.start) & (orders["opened_at"] < period.end) & (orders["stage"] != VOID)
    return orders[inside]["first_unit"].value_counts()
