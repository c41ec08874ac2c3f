"""攻百难 and 每月一题 of the demo district: the year's undertakings, told with the true figures of their cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.models import Topic
from data_access.district.periods import Period, shift_months
from data_access.district.vocabulary import HOTLINE
from demo.effects import planted
from demo.ledger_settings import HardYear, TopicYear
from demo.lives import Author, Draft

CANDIDATE = ("volume", "resolution_rate", "repeat_share")
LAST_PART = 0.95  # a topic's items are done within this part of the time from its launch to its review
# A month's dispatch is held within so many days of its first; a month that begins nearer to the evaluation has none.
DISPATCH_DAYS = timedelta(days=20)
Monthly = Mapping[datetime, float]  # first of the month -> cases


def hard_cases(author: Author, reader: Reader) -> None:
    """攻百难: the weakest spots of the year before, along the profile's dimensions."""
    effects = list(planted(author, reader, "hard_case"))
    # A class that was taken is added, so that it comes once.
    taken = _left_out(author) | {names["category2"] for _, names in effects}
    for year in author.settings.hard_case.years:
        for dimension, count in year.spots.items():
            by = author.settings.hard_case.by[dimension]
            spots = _weakest(reader, year, by)
            wanted = (dimension, year.year)
            own = [names for effect, names in effects if (effect.dimension, effect.opens.year) == wanted]
            chosen = np.array([row in own for row in spots[by].to_dict("records")], dtype=bool)
            others = spots[~spots[by[-1]].isin(taken)].drop_duplicates(by[-1])
            fresh = pd.concat([spots[chosen], others]).head(count)
            taken |= set(fresh[by[-1]])
            for _, row in fresh.iterrows():
                _hard_case(author, reader, year, dimension, row)


def _left_out(author: Author) -> set[str]:
    """The classes that are no candidates: those the file names, and what lies below them."""
    names = set(author.settings.hard_case.leave_out)
    for category in author.profile.categories:
        names |= {category.category2} if category.source == HOTLINE and category.category1 in names else set()
        names |= {category.category3} if category.source == HOTLINE and category.category2 in names else set()
    return names


def _weakest(reader: Reader, year: HardYear, by: list[str]) -> pd.DataFrame:
    """Where most stayed unresolved, the worst first. Grain: one row per spot."""
    where = CaseFilter(period=Period(*map(_midnight, year.evidence)), source=(HOTLINE,))
    spots = reader.aggregate(CANDIDATE, by, where)
    spots = spots[(spots[by] != "").all(axis=1)]
    spots["unresolved"] = spots["resolution_rate__den"] - spots["resolution_rate__num"]
    return spots.sort_values(["unresolved", "volume", *by], ascending=[False, False, *[True] * len(by)])


def _hard_case(author: Author, reader: Reader, year: HardYear, dimension: str, row: pd.Series) -> None:
    names = {name: str(row[name]) for name in author.settings.hard_case.by[dimension]}
    where = CaseFilter(source=(HOTLINE,), **{name: (value,) for name, value in names.items()})  # type: ignore[arg-type]
    facts = {
        **names,
        "title": author.settings.hard_case.titles[dimension].format_map(names),
        "label": year.label,
        "volume": f"{row['volume']:.0f}",
        "rate": "—" if pd.isna(row["resolution_rate"]) else f"{row['resolution_rate']:.1%}",
        "unresolved": f"{row['unresolved']:.0f}",
        "repeats": f"{row['repeat_share__num']:.0f}",
    }
    fields = {
        "year": str(year.year),
        "dimension": dimension,
        "street": names.get("street", ""),
        "community": names.get("community", ""),
        "unit": _main_unit(author, reader, where),
    }
    moment = author.moment(*map(_midnight, year.opened))
    draft = author.open("hard_case", moment, facts, fields, where=where, due_at=_closing(author, year.due))
    volumes = _monthly(reader, where)
    started, pushed = author.go_on(draft, ["start"]), author.go_on(draft, ["judge", "push"])
    evaluated = author.go_on(draft, ["fund", "evaluate"], tell=lambda at: _told(author, reader, volumes, at, 3))
    author.go_on(draft, ["close"])
    for month in _months(started, evaluated - DISPATCH_DAYS):
        author.go_on(draft, ["dispatch"], after=month, tell=lambda at: _told(author, reader, volumes, at, 1))
    titles = author.settings.milestones.titles
    steps = sorted(author.random.sample(range(len(titles)), author.random.randint(*author.settings.milestones.count)))
    for nth, step in enumerate(steps, start=1):
        unit = author.random.choice([fields["unit"], fields["street"] or fields["unit"]])
        point = pushed + (evaluated - pushed) * nth / (len(steps) + 1)
        _part(author, "milestone", draft, pushed, titles[step], {"unit": unit}, ["done"], point)


def _main_unit(author: Author, reader: Reader, where: CaseFilter) -> str:
    """The unit with most of the cases; for cases of the whole district a department, if any has some."""
    able = author.reach("hard_case", "push")
    units = [unit for unit in reader.options("unit", where) if unit in able]
    streets = set() if where.street else {street.name for street in author.profile.streets}
    return next((unit for unit in units if unit not in streets), units[0])


def topics(author: Author, reader: Reader) -> None:
    """每月一题: the profile's topics of the years that demo_ledger.toml names."""
    for year in author.settings.topic.years:
        for topic in author.profile.topics:
            if topic.year == year.year and topic.lead_unit:
                _topic(author, reader, year, topic)


def _topic(author: Author, reader: Reader, year: TopicYear, topic: Topic) -> None:
    where = CaseFilter(source=(HOTLINE,), category3=topic.category3)
    facts, volumes = {"label": year.label}, _monthly(reader, where)
    fields = {"year": str(year.year), "topic": topic.topic, "unit": topic.lead_unit, "target": topic.target}
    moment, due_at = author.moment(*map(_midnight, year.opened)), _closing(author, year.due)
    draft = author.open("topic", moment, facts, fields, where=where, due_at=due_at)
    launched = reported = author.go_on(draft, ["launch"])
    months = _months(*map(_midnight, year.months))
    for month in months:
        after = max(shift_months(month, 1), reported)
        reported = author.go_on(draft, ["progress"], after, tell=lambda at: _told(author, reader, volumes, at, 1))
    reviewed = author.go_on(
        draft, ["review"], reported, tell=lambda at: _told(author, reader, volumes, at, len(months))
    )
    author.go_on(draft, ["finish"])
    _items(author, draft, launched, reviewed)


def _items(author: Author, draft: Draft, launched: datetime, reviewed: datetime) -> None:
    """The topic's three lists."""
    streets = sorted({street.name for street in author.profile.streets} & author.reach("topic_item", "done"))
    for name, topic_list in author.settings.topic.lists.items():
        for title in author.random.sample(topic_list.titles, author.random.randint(*topic_list.count)):
            elsewhere = author.random.random() < topic_list.elsewhere
            fields = {"list": name, "unit": author.random.choice(streets) if elsewhere else draft.fields["unit"]}
            point = author.moment(launched, launched + (reviewed - launched) * LAST_PART)
            _part(author, "topic_item", draft, launched, title, fields, author.life("topic_item").steps, point)


def _part(
    author: Author, kind: str, whole: Draft, after: datetime, title: str, fields: dict[str, str], steps: list[str],
    point: datetime,
) -> None:  # fmt: skip
    """A part of an undertaking, opened after `after`, whose last step is taken after `point`."""
    slack = author.random.uniform(*author.settings.part_slack_days)
    due_at = _closing(author, (max(point, after) + timedelta(days=slack)).date())
    draft = author.open(kind, after, {"step": title}, fields, due_at=due_at, parent=whole)
    before = author.go_on(draft, steps[:-1])
    author.go_on(draft, steps[-1:], after=max(before, point))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _closing(author: Author, day: date) -> datetime:
    """The end of that day's office hours."""
    return _midnight(day) + timedelta(hours=author.office.spans[-1][1])


def _monthly(reader: Reader, where: CaseFilter) -> Monthly:
    months = reader.aggregate(["volume"], ["month"], where)
    return {month.to_pydatetime(): volume for month, volume in zip(months["month"], months["volume"], strict=True)}


def _months(first: datetime, last: datetime) -> list[datetime]:
    """The firsts of the months that begin between the two."""
    return [month.to_pydatetime() for month in pd.date_range(first.date(), last, freq="MS") if month >= first]


def _told(author: Author, reader: Reader, volumes: Monthly, at: datetime, count: int) -> dict[str, str]:
    """What may be said at a moment of the `count` whole months before it: their volume, and that of a year earlier."""
    words = author.settings.compared
    end = _midnight(at.date()).replace(day=1)
    months = [shift_months(end, -back) for back in range(count, 0, -1)]
    now, base = (sum(volumes.get(shift_months(month, moved), 0) for month in months) for moved in (0, -12))
    a_year_before = shift_months(months[0], -12)
    is_known = reader.covers(Period(a_year_before, shift_months(a_year_before, count)))
    change = f"{now / base - 1:+.1%}" if base else "—"
    compared = words.known.format(base=f"{base:.0f}", change=change) if is_known else words.unknown
    return {"volume": f"{now:.0f}", "compared": compared, "month": words.month.format(month=months[-1].month)}
