"""The answer to a question that was understood: from the same functions as the pages' figures."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pandas as pd

from data_access.cases.comparison import UNDATED_AT_MOST, Change, undated
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.filters import IN_COLUMNS, CaseFilter, references
from data_access.cases.listing import SORTS
from data_access.cases.own import measures_of
from data_access.cases.reader import Reader
from data_access.district.periods import DAYS_OF, MONTHS_OF, Period, after
from questions.asking.averages import TIMES
from questions.asking.grammar import Question
from questions.asking.sides import Apart, apart, told_apart
from questions.asking.words import bands
from questions.standing import enough

STRETCHES = {*DAYS_OF, *MONTHS_OF} - {"year"}  # groups that are the first of their days
OF_NUMBERS = ("hour", "weekday")


@dataclass(frozen=True)
class Answer:
    """`figure`: the measure of all the question's cases; of a share `parts`, its numerator and denominator. `changes`:
    measure -> that of the whole, where a comparison is asked for. `figures`: measure -> its figure, where several are.
    `rows`: one per group, in the question's order (the group, the measures; of a comparison current, base, change,
    is_sure); `few`: groups left out of a rank, whose rates rest on too few. `cases`: exactly those of the rows, None
    where no filter can say them. `place`: that of the group asked for, among how many. `listed`: the cases themselves,
    where they are asked for in an order: as `Reader.list_cases`. Of sides that are told apart `rows` and `days` are as
    sides.told_apart gives them, and `apart` says how far two of them are from each other."""

    question: Question
    figure: float
    changes: dict[str, Change] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    rows: pd.DataFrame | None = None
    few: tuple[str, ...] = ()
    cases: CaseFilter | None = None
    parts: tuple[int, int] | None = None
    place: tuple[int, int] | None = None
    listed: pd.DataFrame | None = None
    apart: Apart | None = None
    days: tuple[int, ...] = ()

    @property
    def change(self) -> Change | None:
        """That of the first measure."""
        return self.changes.get(self.question.measure)


def answered(reader: Reader, question: Question) -> Answer:
    """Ask what was understood."""
    question = _with_a_known_state(reader, question)
    reader = reader.seen_at(question.at) if question.at else reader
    where = question.where
    if question.whole is not None and question.by:
        return _of_shares(reader, question, question.whole)
    if question.whole is not None:
        part, whole = reader.count(where), reader.count(question.whole)
        return Answer(question, part / whole if whole else float("nan"), cases=where, parts=(part, whole))
    told = reader.aggregate(list(question.measures), (), where)
    figures = {name: float(told[name].iloc[0]) if len(told) else float("nan") for name in question.measures}
    if question.per:
        figures[question.measure] /= question.per.many
    answer = Answer(question, figures[question.measure], figures=figures, cases=where)
    if question.sort:
        _, column, falling, _ = SORTS[question.sort]
        listed = reader.singly.list_cases(where, sort=column, descending=falling, page_size=question.limit)
        # Their order is that of the newest state, which the list of cases alone knows.
        named = CaseFilter(case_id=tuple(references(listed))) if len(listed) and not question.at else None
        return replace(answer, listed=listed, cases=named)
    if question.sides:
        return _of_sides(reader, answer)
    if not question.by:
        changes = reader.changes(list(question.measures), where, question.compare) if question.compare else {}
        return _of_base(reader, replace(answer, changes=changes))
    return _of_groups(reader, answer)


def _of_sides(reader: Reader, answer: Answer) -> Answer:
    """With a row for each side."""
    question, sides = answer.question, answer.question.sides
    rows, days = told_apart(reader, question.measures, sides)
    measure = measures_of(reader.profile)[question.measure]
    # A night is of the day on which it begins; what is said by two fields at once has no filter of both sides.
    is_whole = reader.count(question.where) == sum(reader.count(side.where) for side in sides)
    is_whole = is_whole and all(side.where.period == question.where.period for side in sides)
    return replace(answer, rows=rows, days=days, apart=apart(reader, measure, sides, rows, days),
                   cases=question.where if is_whole else None)  # fmt: skip


def _of_base(reader: Reader, answer: Answer) -> Answer:
    """The earlier period's figure and cases, where that is what is asked for."""
    question, change = answer.question, answer.change
    if not question.of_base or change is None:
        return answer
    between = reader.compared_with(question.where, question.compare)
    cases = question.where.replace(period=between.base) if between and not between.is_per_day else None
    return replace(answer, figure=change.base, cases=cases)


def _of_shares(reader: Reader, question: Question, whole: CaseFilter) -> Answer:
    """What part the cases are of the whole: in each stretch of time of what was then, each group of all groups."""
    by = question.by
    rows, all_of_it = (reader.aggregate("volume", by, where) for where in (question.where, whole))
    parts = int(rows["volume"].sum()), int(all_of_it["volume"].sum())
    beside = all_of_it.merge(rows, on=by, how="left" if by in TIMES else "inner", suffixes=("_of_all", ""))
    beside = beside.fillna({"volume": 0})
    shares = beside.assign(share=beside["volume"] / (beside["volume_of_all"] if by in TIMES else parts[1]))
    shares = shares[[by, "share", "volume"]]
    figure = parts[0] / parts[1] if parts[1] else float("nan")
    return Answer(question, figure, cases=question.where, parts=parts, rows=_ordered(shares, question))


def _of_groups(reader: Reader, answer: Answer) -> Answer:
    """The answer with a row for each group."""
    question, where = answer.question, answer.question.where
    measure, by = question.measure, question.by
    if question.compare and by not in TIMES:
        moved = reader.compare_groups(measure, by, where, question.compare)
        told = moved.dropna(subset=["base"] if question.of_base else ["change"])
        if question.bound:
            told = told[(told["base"] > 0) & question.bound.holds(told["current"] / told["base"])]
        ranked = told.sort_values("base" if question.of_base else "change", ascending=question.order == "least")
        ranked = ranked.head(len(told) if question.bound else question.limit or 10).reset_index(drop=True)
        return _with_its_cases(reader, replace(answer, rows=ranked), len(moved))
    rows = reader.aggregate([*dict.fromkeys((*question.measures, "volume"))], [by], where)
    if question.per:
        rows = rows.assign(**{measure: rows[measure] / question.per.many_of(by, rows[by])})
    if by in TIMES:
        return _with_its_cases(reader, replace(answer, rows=_ordered(rows, question)), len(rows))
    known = rows[(rows[by] != "") & rows[measure].notna()]
    firm = enough(reader, known, measures_of(reader.profile)[measure], where) if len(known) else pd.Series(dtype=bool)
    few = tuple(known.loc[~firm.to_numpy(dtype=bool), by]) if len(known) else ()
    ranked = _ordered(known[~known[by].isin(few)], question)
    ranks = ranked[measure].rank(ascending=question.order == "least", method="min")[ranked[by] == question.place]
    place = (int(ranks.iloc[0]), len(ranked)) if len(ranks) else None
    return _with_its_cases(reader, replace(answer, rows=ranked, few=few, place=place), len(rows))


def _with_its_cases(reader: Reader, answer: Answer, groups: int) -> Answer:
    """With the filter of exactly the cases of its rows. `groups`: how many there are; rows of all of them are the
    question's own cases."""
    rows, question = answer.rows, answer.question
    if rows is None or len(rows) == groups:
        return answer
    return replace(answer, cases=_cases_of(reader, question, list(rows[question.by])))


def _cases_of(reader: Reader, question: Question, groups: list[object]) -> CaseFilter | None:
    """The filter of the cases of some of the question's groups; None where no filter says just them."""
    by, where = question.by, question.where
    if not groups:
        return None
    if by in IN_COLUMNS:
        return where.replace(**{by: tuple(groups)})
    if by in OF_NUMBERS:
        return where.replace(**{by: tuple(sorted(int(group) for group in groups))})  # type: ignore[call-overload]
    if by == "hour_band" and not where.hour:
        hours = bands(reader.profile.settings.clock)
        return where.replace(hour=tuple(sorted(hour for group in groups for hour in hours[str(group)])))
    if by in STRETCHES and len(groups) == 1:
        start = pd.Timestamp(str(groups[0])).to_pydatetime()
        return where.replace(period=Period(max(start, where.when.start), min(after(start, by), where.when.end)))
    return None


def _with_a_known_state(reader: Reader, question: Question) -> Question:
    """The question of now where the source does not tell when cases were closed: their earlier state is not known."""
    if question.at is None or undated(reader, question.where)["closed_at"] <= UNDATED_AT_MOST:
        return question
    told = (*question.assumed, "来源缺少办结时间，还原不了那时的状态，给的是现在的")
    return replace(question, at=None, assumed=told)


def _ordered(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    if question.bound:
        for measure in question.bound.of:
            rows = rows[question.bound.holds(rows[measure])]
    if not question.order:
        is_time = question.by in TIMES
        ordered = rows.sort_values(question.by if is_time else question.measure, ascending=is_time)
    else:
        ordered = rows.sort_values([question.measure, question.by], ascending=[question.order == "least", True])
    return ordered.head(question.limit).reset_index(drop=True) if question.limit else ordered.reset_index(drop=True)


def group_label(question: Question) -> str:
    """What the groups are called."""
    return DIMENSIONS[question.by].label if question.by else ""
