"""The matters of the demo district whose effect is known, because it was planted: true falls, and false starts.

What is planted stands in demo_ledger.toml. The cases move in arrivals.py; here the matters find their cases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import Period
from data_access.district.vocabulary import HOTLINE
from demo.ledger_settings import Effect
from demo.lives import Author

USUAL_DAYS = 90  # before the days of a peak: what was usual then
SEARCH = timedelta(days=30)  # a small district may have no case of the kind on the very day


def planted(author: Author, reader: Reader, kind: str) -> Iterator[tuple[Effect, Mapping[str, str]]]:
    """The planted matters of a kind that open before the data's clock, and which cases each is about."""
    for effect in author.settings.effects:
        if effect.kind == kind and opening(effect) <= author.until:
            yield effect, _with_street(author, reader, effect)


def opening(effect: Effect) -> datetime:
    return datetime.combine(effect.opens, time())


def title_of(effect: Effect, names: Mapping[str, str]) -> str:
    return effect.title.format_map(names)


def _with_street(author: Author, reader: Reader, effect: Effect) -> Mapping[str, str]:
    """The effect's names; after a peak also the street that rose most by chance: that is how the worst are picked."""
    if not effect.after_peak:
        return effect.where
    day = opening(effect)
    first = day - timedelta(days=effect.after_peak)
    where = CaseFilter(source=(HOTLINE,), category2=(effect.where["category2"],))
    lately, before = (
        reader.aggregate(["volume"], ["unit"], where.replace(period=period)).set_index("unit")["volume"]
        for period in (Period(first, day), Period(first - timedelta(days=USUAL_DAYS), first))
    )
    able = {street.name for street in author.profile.streets} & author.reach("supervision", "receive")
    streets = sorted(able - _changed(author, effect.where["category2"]))
    usual = before.reindex(streets).fillna(0) * effect.after_peak / USUAL_DAYS + 1  # 1: of few cases none is a peak
    rise = (lately.reindex(streets).fillna(0) - usual) / usual**0.5
    return {**effect.where, "street": str(rise.idxmax())}


def _changed(author: Author, category2: str) -> set[str]:
    """The streets where something else changes this class: a fall there would not be for nothing."""
    home = {community.name: community.street for community in author.profile.communities}
    names = [one.where for one in author.settings.effects if one.change and one.where["category2"] == category2]
    return {where["street"] if "street" in where else home[where["community"]] for where in names}
