"""The only way to the cases. A Reader answers every question about them: of one store, under one district's rules,
within one scope, as of one version of the data.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Connection, Select, false, not_, select, tuple_
from sqlalchemy.sql import visitors

from data_access.cases import aggregation, comparison, listing, own, own_sql, running, together
from data_access.cases.cache import cached
from data_access.cases.clock import newest_known, stretch, tells_ends
from data_access.cases.comparison import Change
from data_access.cases.earlier import known_at
from data_access.cases.engines import Found, How, fetch, fetch_columns, fetch_rows, not_stored
from data_access.cases.errors import QueryFailed, StoreError
from data_access.cases.filters import CaseFilter, of_district, restrictions
from data_access.cases.format import FORMAT_KEY, UNREAD_WORDS_SINCE, check_format
from data_access.cases.own_sql import Frames, Params
from data_access.cases.schema import cases, import_batches, rejected_rows, store_info, unread_words
from data_access.cases.sight import ALL_MATTERS, NO_MATTER, WHOLE, Sight, nameless, told, words_listed
from data_access.cases.store import Store, store_for
from data_access.cases.together import Groups
from data_access.district.names import as_names
from data_access.district.periods import Comparison, Period, day_of, shift_months, whole_months
from data_access.district.profile import Profile, current_profile

EVERYTHING = CaseFilter()
# Statements that read every case's text take turns: six at once kept other people's pages waiting for seven seconds.
SLOW = threading.BoundedSemaphore(1)
NOTHING_YET = "还没有数据：先运行 python -m data_access demo 或 python -m data_access import 文件"


class NoData(StoreError):
    """The store holds no case."""


@dataclass(frozen=True)
class Reader:
    """Who reads what. Every answer is about the cases within `scope`, in the data's `version` ('' = no data yet).

    Sums are of the whole scope; which of its cases are seen one by one, and with what, is `sight`.

    Rates and shares come as 0..1, scores as 0..100, times as naive Beijing time; unknown is NaN, never 0.
    """

    store: Store
    profile: Profile
    scope: CaseFilter = EVERYTHING
    version: str = ""
    moment: datetime | None = None  # the cases as they stood then; None for the newest state
    sight: Sight = WHOLE
    is_singly: bool = False  # only the cases that may be seen one by one
    sums: Literal["told", "exact", "others"] = "told"  # see `least`; others: of what may not be seen one by one
    seconds: float = field(default=0, compare=False)  # how long a statement may take; 0: as the profile says

    @classmethod
    def of(cls, store: Store, profile: Profile, scope: CaseFilter = EVERYTHING, sight: Sight = WHOLE) -> Reader:
        """A reader of the store's current version."""
        return cls(store, profile, scope, store.version, sight=sight)

    @property
    def singly(self) -> Reader:
        """The same reader, of the cases alone that it may see one by one. Every list of cases asks this one."""
        return self if self.sight.is_whole else dataclasses.replace(self, is_singly=True)

    @cached_property
    def anonymous(self) -> Reader:
        """The same reader without its person: whoever sees the same cases shares one answer, which knows no matter."""
        if self.sight.matters == ALL_MATTERS:
            return self
        return dataclasses.replace(self, sight=dataclasses.replace(self.sight, matters=NO_MATTER))

    @property
    def exact(self) -> Reader:
        """The same with sums as they are: only for questions that withhold small ones in their answers."""
        return dataclasses.replace(self, sums="exact") if self.least else self

    @property
    def others(self) -> Reader:
        """As `exact`, of the cases alone that may not be seen one by one."""
        return dataclasses.replace(self, sums="others")

    @property
    def least(self) -> int:
        """The least number of cases that a sum tells of (data_access/cases/small.py); 0 for who may see each."""
        is_told = self.sight.tells_each or self.is_singly or self.sums != "told" or not self.has_data
        return 0 if is_told else self.profile.least_at(self.as_of.date())

    def latest(self) -> Reader:
        """The same reader on the store's current version: for what refreshes itself while its page stands."""
        return dataclasses.replace(self, version=self.store.version)

    def seen_at(self, moment: datetime) -> Reader:
        """The same reader as of an earlier moment: what came in, was closed or called back later has not happened yet.

        What has no time of its own (剔除, 返工) is as it stands now.
        """
        return dataclasses.replace(self, moment=moment)

    @property
    def is_scoped(self) -> bool:
        """Whether there are cases that this reader may not see, not even in sums."""
        return self.scope != EVERYTHING

    @property
    def sees_all(self) -> bool:
        """Whether nothing of any case is kept from this reader."""
        return not self.is_scoped and self.sight.is_whole

    # The data's clock (data_access.cases.clock) is the whole district's: readers of any scope have the same today.
    @property
    def _whole(self) -> Reader:
        return dataclasses.replace(self, scope=EVERYTHING, moment=None, sight=WHOLE, is_singly=False, sums="told")

    @cached_property
    def _span(self) -> tuple[datetime, datetime] | None:
        return stretch(self._whole) if self.version else None

    @cached_property
    def _now(self) -> datetime:
        now = newest_known(self._whole) if self.version else None
        if now is None:
            raise NoData(NOTHING_YET)
        return now

    @property
    def tells_ends(self) -> bool:
        """Whether the store tells of any case that it is closed, or what its status is: else none is known as open."""
        return bool(self.version) and tells_ends(self._whole)

    @property
    def has_data(self) -> bool:
        """Whether the store holds any case."""
        return self._span is not None

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The times of the district's oldest and newest case; raises `NoData`."""
        if self._span is None:
            raise NoData(NOTHING_YET)
        return self._span

    @property
    def as_of(self) -> datetime:
        """The data's "now": up to when the source knows, or the moment as of which it is seen; raises `NoData`."""
        return self._now if self.moment is None else min(self.moment, self._now)

    def covers(self, period: Period) -> bool:
        """Whether the data goes back to the day on which the period begins."""
        return self.has_data and period.start >= day_of(self.span[0])

    @property
    def whole_months(self) -> Period | None:
        """The months that the data covers from their first day and that are over, as one period; None without any.

        None after that of the newest case: an export of a year's cases with later closings knows no later month.
        """
        if not self.has_data:
            return None
        first, newest = self.span
        return whole_months(first, min(self._now, shift_months(day_of(newest).replace(day=1), 1)))

    @property
    def is_synthetic(self) -> bool:
        """Whether the store holds demo data (演示数据)."""
        return self.note("synthetic") == "1"

    def note(self, key: str) -> str:
        """A note kept with the data (profile, seed …), '' when absent."""
        return _notes(self._whole).get(key, "") if self.version else ""

    @property
    def keeps_unread_words(self) -> bool:
        """Whether the store is of a format that keeps the words behind flags that could not be read, by source."""
        return int(self.note(FORMAT_KEY) or 1) >= UNREAD_WORDS_SINCE

    def reading(self, *, apart: bool = False) -> AbstractContextManager[Connection]:
        """A connection to the reader's version (`apart`: as Store.reading_apart); raises `NoData` where it had none."""
        if not self.version:
            raise NoData(NOTHING_YET)
        seconds = self.seconds or self.profile.settings.limits.statement_seconds
        return running.reading(self.store, self.version, seconds, apart=apart)

    def read(self, statement: Select[Any], *, slow: bool = False) -> pd.DataFrame:
        """The statement's rows. Whatever it asks, it sees no case outside the scope.

        `slow`: it reads every case's text. Such questions take turns, so that they leave room for everybody else's.
        """
        words = self._unnamed_in(statement)
        frame = self._fetched(fetch, statement, words, slow=slow)
        return frame.assign(**{name: [nameless(name, text) for text in frame[name]] for name in words})

    def rows(self, statement: Select[Any]) -> list[dict[str, Any]]:
        """As `read`, row by row in Python's own types: for a few rows."""
        words = self._unnamed_in(statement)
        rows = self._fetched(fetch_rows, statement, words)
        return [row | {name: nameless(name, row[name]) for name in words} for row in rows]

    def columns(self, statement: Select[Any], *, slow: bool = False) -> dict[str, np.ndarray]:
        """As `read`, column by column, numbers as floats."""
        words = self._unnamed_in(statement)
        found = self._fetched(fetch_columns, statement, words, slow=slow)
        unnamed = {name: [nameless(name, text) for text in found[name]] for name in words}
        return found | {name: np.array(texts, dtype=object) for name, texts in unnamed.items()}

    def _fetched(
        self, how: How[Found], statement: Select[Any], words: Sequence[str] = (), *, slow: bool = False
    ) -> Found:
        with SLOW if slow else nullcontext(), self.reading() as connection:
            return how(connection, self._within_scope(statement, words), of_district(self.profile))

    def _unnamed_in(self, statement: Select[Any]) -> list[str]:
        """The texts that the statement lists and that this reader sees without names."""
        return words_listed(statement) if self.is_singly and self.sight.unnamed and self.has_data else []

    def _within_scope(self, statement: Select[Any], words: Sequence[str] = ()) -> Select[Any]:
        """The statement, in which `cases` means the cases within the scope.

        A WITH of the table's own name takes the table's place in every alias and subquery. A condition in each question
        could be forgotten in one of them. The state of an earlier moment is told there too.
        """
        if self.least and any(part is cases for part in visitors.iterate(statement)):
            raise QueryFailed("只看汇总的人：这个提问没有说小数怎么给（data_access/cases/small.py）")
        if (self.sees_all and not self.moment) or not self.has_data:
            return statement
        seen = self.seen(words)
        if self.sees_all:
            return statement.add_cte(not_stored(seen.cte(cases.name)))
        # Refused rows hold whatever the source wrote; what came in is of the whole district.
        kept = (import_batches, rejected_rows) if self.is_scoped else (rejected_rows,)
        parts = [select(table).where(false()).cte(table.name) for table in kept]
        if self.keeps_unread_words:
            key = tuple_(unread_words.c.source, unread_words.c.case_id)
            mine = key.in_(select(cases.c.source, cases.c.case_id))  # in sums, other cases' numbers are digests
            parts.append(select(unread_words).where(mine).cte(unread_words.name))
        return statement.add_cte(not_stored(seen.cte(cases.name)), *map(not_stored, parts))

    def seen(self, words: Sequence[str] = ()) -> Select[Any]:
        """The cases that this reader's answers are about, with what it sees of them; `words` as they are."""
        columns: list[ColumnElement[Any]] = known_at(self.moment) if self.moment else list(cases.c)
        columns = told(self.sight, columns, self.as_of, is_singly=self.is_singly, words=words)
        mine, limits = self.sight.meets(self.as_of), [cases.c.created_at <= self.as_of] if self.moment else []
        limits += [mine] if self.is_singly else [not_(mine)] if self.sums == "others" else []
        return select(*columns).where(*restrictions(self.scope, self.as_of), *limits)

    def sql(
        self, statement: str, params: Params = None, frames: Frames = None, *, most: int = own_sql.MOST_ROWS
    ) -> pd.DataFrame:
        """An analyst's own question (SELECT, in DuckDB's dialect on every engine): `cases` are those that the reader
        sees one by one, with the columns that it sees; one that sees all has every stored table.

        `params`: for `:name`; `:as_of`: the data's now. More than `most` rows: .attrs["is_cut"]. Raises `QueryFailed`.
        """
        return own_sql.answer(self, statement, params or {}, frames or {}, most)

    def aggregate(
        self,
        measures: Sequence[str] | str,
        by: Sequence[str] | str = (),
        where: CaseFilter = EVERYTHING,
        *,
        order_by: str | None = None,
        descending: bool = True,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """Measures by dimensions, one name or several. Grain: one row per combination of `by` that has cases.

        Columns: the dimensions, then each measure (NaN = unknown); ratios also bring `name__num` and
        `name__den`. Without `order_by` rows are ordered by the dimensions; unknown figures sort last. Raises
        `UnknownName`.
        """
        return aggregation.ranked(self, measures, by, where, order_by, descending, limit)

    def ask_together(
        self, where: CaseFilter, groups: Groups, *, compared: Groups | None = None, kind: str = "yoy"
    ) -> None:
        """Ask for what is about to be asked of the same cases, in as few statements as can be.

        `groups`: dimensions -> measures for `aggregate`; `compared`: those for `changes`, `compare_groups` and
        `with_base`. It makes these questions cheaper; their answers are the same without.
        """
        together.ask_together(self, where, groups, compared or {}, kind)

    def count(self, where: CaseFilter = EVERYTHING) -> int:
        """How many cases there are."""
        volume = self.aggregate(["volume"], (), where)["volume"]
        return int(volume.iloc[0]) if len(volume) else 0

    def figure(self, measure: str, where: CaseFilter = EVERYTHING) -> float:
        """One measure of all cases; NaN where it is unknown."""
        values = self.aggregate([measure], (), where)[measure]
        return float(values.iloc[0]) if len(values) else float("nan")

    def changes(self, measures: Sequence[str] | str, where: CaseFilter, kind: str = "yoy") -> dict[str, Change]:
        """Measure -> its value now and in the comparison period, of as many days and of cases as old, with an interval.

        `kind`: yoy (同比), previous (环比), assessment (较上一考核期) or lunar (按春节对齐).
        """
        return comparison.changes(self, measures, where, kind)

    def compared_with(self, where: CaseFilter, kind: str = "yoy") -> Comparison | None:
        """What the filter's period is compared with; None where the data does not go back so far."""
        return comparison.compared_with(self, where, kind)

    def compare(self, measures: Sequence[str], where: CaseFilter, kind: str = "yoy") -> pd.DataFrame:
        """As `changes`. Grain: one row per measure; columns measure, current, base, change, reason, low, high."""
        return pd.DataFrame([dataclasses.asdict(change) for change in self.changes(measures, where, kind).values()])

    def with_base(
        self, measures: Sequence[str] | str, by: Sequence[str] | str, where: CaseFilter, kind: str = "yoy"
    ) -> pd.DataFrame:
        """Measures now and in the comparison period. Grain: one row per combination of `by` with cases now or then.

        Columns: `by`, each measure as `aggregate` gives it, and with `_base` what it was then (0 for a count without
        cases), of cases as old; a count of a stretch of other length is given for as many days as now. Empty when the
        data does not cover the comparison period; a measure whose earlier state is not known has no base.
        """
        return comparison.beside_base(self, as_names(measures), as_names(by), where, kind)

    def compare_groups(self, measure: str, by: str, where: CaseFilter, kind: str = "yoy") -> pd.DataFrame:
        """What rose and what fell. Grain: one row per value of `by` that has cases now or then.

        Columns: `by`, current, base (0 for a count without cases), change (absolute), is_sure (the change is beyond
        chance, at 5 % for all rows together), largest rise first. Empty when the data does not cover the comparison
        period.
        """
        return comparison.moved(self, measure, by, where, kind)

    def list_cases(
        self,
        where: CaseFilter,
        *,
        sort: str = "created_at",
        descending: bool = True,
        page: int = 1,
        page_size: int = 50,
    ) -> pd.DataFrame:
        """One page of cases. Grain: one row per case, columns LIST_COLUMNS, ties ordered by case_id."""
        return listing.listed_cases(self.singly, where, sort, descending, page, page_size)

    def every_case(self, where: CaseFilter) -> Iterator[pd.DataFrame]:
        """All the cases, newest first, in parts: as `list_cases`, where they are too many to hold at a time."""
        return listing.every_case(self.singly, where)

    def get_case(self, name: str) -> dict[str, Any] | None:
        """Every field of one case, named as `filters.references` does; None where there is none within the scope."""
        return listing.one_case(self.singly, name)

    def options(self, dimension: str, where: CaseFilter = EVERYTHING, limit: int = 500) -> list[str]:
        """The values of a dimension under a filter, most frequent first; '' stands for unknown."""
        groups = self.aggregate(["volume"], [dimension], where, order_by="volume", limit=limit)
        return groups[dimension].tolist()

    def objective(self) -> pd.DataFrame:
        """The indicators of 七有五性 that came from sheets, as stored. Grain as `objective_values`."""
        return listing.objective_sheet(self)


@cached
def _notes(reader: Reader) -> dict[str, str]:
    return {row["key"]: row["value"] for row in reader.rows(select(store_info))}


def open_reader(
    *,
    scope: CaseFilter = EVERYTHING,
    sight: Sight = WHOLE,
    url: str | None = None,
    profile: str | Profile | None = None,
    seconds: float = 0,
) -> Reader:
    """A reader of the newest data.

    `url`: where the store is (CASES_URL, or the district's folder under data/). `profile`: the district, by its name
    (DISTRICT_PROFILE, or the first there is). `seconds`: how long a statement may take, where the profile's limit is
    too short. Raises `StoreError`, `ProfileError`; its questions `TooLong`.
    """
    district = profile if isinstance(profile, Profile) else current_profile(profile)
    own.in_use(district)
    store = store_for(url, profile=district.name)
    reader = Reader(store, district, scope, store.version, sight=sight, seconds=seconds)
    if reader.version:
        check_format(_notes(reader._whole))
    return reader
