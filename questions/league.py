"""The league of the three rates (三率成绩表): one kind of unit over one period, as page, wall and briefs show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import pandas as pd

from analysis import league
from analysis.league import Lift
from data_access.cases.cache import cached
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES, Measure
from data_access.cases.reader import Reader
from data_access.cases.small import least_of
from data_access.cases.together import Groups
from data_access.district.models import Preset, Scoring
from data_access.district.periods import Period, assessment_month
from data_access.district.vocabulary import HOTLINE
from data_access.ledger.opening import ledger_if_any
from questions.standing import LIES_IN, among_all, chosen

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
STREET = "街道"  # the kind of unit whose members are streets
DISTRICT = "区"  # a city's districts: what came in there, whoever handled it
ANSWERS = ("is_contacted", "resolution", "satisfaction")


@dataclass(frozen=True)
class League:
    """A league table. `where`: its cases. `scoring`: the rules in force on the period's first day, with the weights
    that are `tried`, if any. `chosen`: the units that somebody asked for; all of their kind stand in the table.

    `units`: one row per unit or district with cases, the index its name; columns place (from 1; none without a score or
    with too few callbacks), volume, closed, the three rates and the composite in the league's calibre (rates with __num
    and __den), and the measures of COUNTED. `pooled`: the composite of all callbacks together; `mean`: of the units'
    scores. `published`: whether the scores of all units are told; else only one's own are, and everybody's place.
    """

    reader: Reader
    where: CaseFilter
    calibre: str
    scoring: Scoring
    tried: Preset | None
    units: pd.DataFrame
    pooled: float
    chosen: frozenset[str] = frozenset()
    published: bool = True

    @property
    def kind(self) -> str:
        return self.where.unit_type[0] if self.where.unit_type else DISTRICT

    @property
    def by(self) -> str:
        """The dimension whose values stand in the table."""
        return _by(self.kind)

    def cases_of(self, *units: str) -> CaseFilter:
        """The cases that stand for these units; of none named, for all."""
        return self.where.replace(**{self.by: units})

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
        return float(self.units[self.composite.name].mean()) if self.published else float("nan")

    @property
    def counts(self) -> pd.DataFrame:
        """By unit: valid, contacted, resolved, partly, satisfied, basically, and the callbacks behind each rate."""
        return _renamed(self.units, self)[[*COUNTED.values(), *league.ANSWERED]]

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
        """By unit: whether its callbacks are fewer than the profile's least: it has no place, whatever its score."""
        return self.counts["valid"] < self.scoring.small_sample

    @cached_property
    def answers(self) -> pd.DataFrame:
        """What was answered together. Grain: one row per unit and combination of answers; the rates and the composite
        with __num and __den."""
        names = [self.composite.name, *(rate.name for rate in self.rates), *self.counted]
        told = self.reader.exact if self.published else self.reader
        return _under(told.aggregate(names, [self.by, *ANSWERS], self.where), self)

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
        """By unit: the 95 % interval of a rate; NaN without callbacks, or where the rate is not told."""
        bounds = league.mean_interval(league.tallied(self.answers, self.by, rate.name, f"{rate.name}__den"))
        low, high = (bound.reindex(self.units.index).where(self.units[rate.name].notna()) for bound in bounds)
        return low, high

    def to_pass(self, unit: str) -> Lift | None:
        """What would lift a unit by one place; None for the first, and where the next one's score is not told."""
        if not self.published:
            return None
        score, volume = self.units[self.composite.name], self.units["volume"]
        return league.resolved_to_pass(self.counts, score, volume, self.scoring, unit)

    def day_by_day(self) -> pd.DataFrame:
        """The cumulative places through the period. Grain: one row per assessment day and unit; score, place.

        What the period's last day has after noon belongs to the assessment day that closes on the next one, of which
        the period has no more: it counts with the last.
        """
        name = self.composite.name
        rates = [rate.name for rate in self.rates]
        daily = self.reader.exact.aggregate(["volume", name, *rates, *self.counted], [DAY, self.by], self.where)
        last = pd.Timestamp(self.where.when.end - timedelta(microseconds=1)).normalize()
        days = pd.to_datetime(daily[DAY])
        scored = _under(daily.assign(**{DAY: days.where(days <= last, last)}), self)
        columns = (f"{name}__num", f"{name}__den", "volume", self.counted[0])
        ranks = league.running_ranks(scored, DAY, self.by, *columns, self.scoring)
        if not self.published:
            return ranks.assign(score=float("nan"))
        return ranks.assign(score=ranks["score"].round(1)) if self.reader.least else ranks


def league_of(
    reader: Reader, where: CaseFilter, kind: str, *, calibre: str = "", tried: Preset | None = None
) -> League:
    """The league of a kind of unit (街道, 部门, 企业; in a city 区) by the hotline orders in `where`, of all of that
    kind: units that `where` names, and places in a league of places, are only `chosen`.

    `calibre`: one of CALIBRES. `tried`: weights in place of those in force; then scores are those of the counts.
    """
    by = _by(kind)
    where = where.replace(unit_type=() if kind == DISTRICT else (kind,), source=(HOTLINE,))
    named = frozenset(getattr(where, by))
    if place := {STREET: "street", DISTRICT: "district"}.get(kind):
        named |= chosen(reader, where, place)
        where = where.replace(**dict.fromkeys(LIES_IN, ()))
    where = among_all(where, [by])
    in_force = reader.profile.scoring_at(where.when.start.date())
    scoring = in_force.with_weights(tried) if tried else in_force
    names = [f"{name}{calibre}" for name in (*RATES, "composite", *COUNTED, "unread_callbacks")]
    groups: Groups = {
        (): names,
        (by,): ["volume", "closed", *names],
        (by, *ANSWERS): names,
        (DAY, by): ["volume", *names],
    }
    reader.ask_together(where, groups, compared={(): ["called_back_share"]}, kind="previous")
    units = reader.aggregate(["volume", "closed", *names], [by], where).set_index(by)
    table = League(reader, where, calibre, scoring, tried, units, float("nan"))
    name = table.composite.name
    whole = _under(reader.aggregate(names, (), where), table)
    units = _under(units, table)
    known = _under(reader.exact.aggregate(["volume", "closed", *names], [by], where).set_index(by), table)
    ranked = league.enough(known[name], known[table.counted[0]], scoring)
    published = _is_published(reader, where)
    if reader.least:
        units = _told(reader, where, units, known[ranked.notna()] if published else known.iloc[:0], table)
        whole = _under(reader.exact.aggregate(names, (), where), table) if published else whole
    units["place"] = league.ranks(ranked, known["volume"], scoring).reindex(units.index)  # not of figures in steps
    pooled = float((whole[f"{name}__num"] / whole[f"{name}__den"]).iloc[0]) if len(whole) else float("nan")
    return League(reader, where, calibre, scoring, tried, units, pooled, named & frozenset(units.index), published)


def _by(kind: str) -> str:
    return "district" if kind == DISTRICT else "unit"


def _is_published(reader: Reader, where: CaseFilter) -> bool:
    """Whether a league is the one that the district tells every unit: of one assessment month, without another
    condition. Leagues of any other filter, and of parts of the month, could be set against it and each other, until
    what is left between two of them is a single case of somebody else's."""
    if not reader.least:
        return True
    month = assessment_month(where.when.start, reader.profile.settings.clock)
    is_whole = where.replace(period=None) == CaseFilter(unit_type=where.unit_type, source=where.source)
    return is_whole and where.when == month


def _told(reader: Reader, where: CaseFilter, units: pd.DataFrame, known: pd.DataFrame, table: League) -> pd.DataFrame:
    """The units for who does not see every case: as they are where they are published (`known`: those of enough
    callbacks) or one's own; of the others no score and no rate, for those of figures in steps fit no place."""
    own = [unit for unit in units.index if least_of(reader, table.cases_of(unit)) == 0]
    hidden = units.index.difference([*own, *known.index])
    rates = [table.composite.name, *(rate.name for rate in table.rates)]
    told = units.copy()
    told.loc[hidden, rates] = float("nan")
    both = known.index.intersection(told.index)
    told.loc[both, list(known)] = known.loc[both]
    return told


@cached
def _bands(reader: Reader, where: CaseFilter, calibre: str, tried: Preset | None) -> pd.DataFrame:
    """As League.bands: drawn once for everybody who looks at the same league."""
    kind = where.unit_type[0] if where.unit_type else DISTRICT
    table = league_of(reader.exact, where, kind, calibre=calibre, tried=tried)
    name = table.composite.name
    tally = league.tallied(table.answers, table.by, name, f"{name}__den")
    return league.rank_bands(tally, table.units["place"], table.units["volume"], table.scoring)


def _renamed(rows: pd.DataFrame, table: League) -> pd.DataFrame:
    calibre, best = table.calibre, table.scoring.basically_satisfied
    behind = {f"{rate}{calibre}__den": answer for rate, answer in zip(RATES, league.ANSWERED, strict=True)}
    counts = rows.rename(columns={name + calibre: short for name, short in COUNTED.items()} | behind)
    if any(0 < worth < best for worth in table.scoring.grades.values()):
        # Several grades count in part: as many callbacks of the best of them as are worth the same together.
        worth = rows[f"satisfaction_rate{calibre}__num"] - counts["satisfied"]
        counts["basically"] = worth / best
    return counts


def _under(rows: pd.DataFrame, table: League) -> pd.DataFrame:
    """The rows with their composite under weights that are tried; as they are under those in force."""
    if not table.is_trial:
        return rows
    name, counts = table.composite.name, _renamed(rows, table)
    score = league.scores(counts, table.scoring)
    return rows.assign(**{name: score, f"{name}__num": (score * counts["valid"]).fillna(0.0)})


MOVED_IN = 7  # days


def moved_places(ranks: League) -> pd.DataFrame:
    """How the places of a league moved in the last days of it. Index: the units that have a place then and now; columns
    before, now, is_sure (the places that the true scores could take then and now have none in common)."""
    end = min(ranks.where.when.end, ranks.reader.as_of)
    earlier = end - timedelta(days=MOVED_IN)
    if earlier - ranks.where.when.start < timedelta(days=MOVED_IN):
        return pd.DataFrame(columns=["before", "now", "is_sure"])
    upto = ranks.where.replace(period=Period(ranks.where.when.start, earlier))
    then = league_of(ranks.reader, upto, ranks.kind, calibre=ranks.calibre, tried=ranks.tried)
    both = pd.DataFrame({"before": then.units["place"], "now": ranks.units["place"]}).dropna()
    old, new = then.bands.reindex(both.index), ranks.bands.reindex(both.index)
    return both.assign(is_sure=((old["worst"] < new["best"]) | (new["worst"] < old["best"])).fillna(False).astype(bool))


def rate_intervals(reader: Reader, rate: str, by: str, where: CaseFilter) -> pd.DataFrame:
    """The 95 % interval of one of the three rates. Columns: low, high; index: the values of `by` with callbacks."""
    answers = reader.aggregate([rate], [by, *ANSWERS], where)
    low, high = league.mean_interval(league.tallied(answers, by, rate, f"{rate}__den"))
    return pd.DataFrame({"low": low, "high": high})


def first_received(reader: Reader, period: Period) -> pd.Series:
    """By unit: how many orders (督办单) of the period it was the first to receive (首接责任); not those withdrawn."""
    ledger = ledger_if_any(reader) if reader.profile.has_programme("supervision") else None
    return _received(reader, period, ledger.last) if ledger else pd.Series(dtype=float)


@cached
def _received(reader: Reader, period: Period, _last: str) -> pd.Series:
    """As `first_received`. `_last`: the ledger's last step, so that the answer is kept until the next one."""
    if (ledger := ledger_if_any(reader)) is None:
        return pd.Series(dtype=float)
    gone = reader.profile.programme("supervision").came_to_nothing
    orders = ledger.of_all.matters("supervision")  # a sum over the district
    inside = (orders["opened_at"] >= period.start) & (orders["opened_at"] < period.end) & ~orders["stage"].isin(gone)
    return orders[inside]["first_unit"].value_counts()
