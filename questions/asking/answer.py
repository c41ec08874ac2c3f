"""The answer to a question that was understood: from the same functions as the pages' figures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from data_access.cases.comparison import UNDATED_AT_MOST, Change, undated
from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.own import measures_of
from data_access.cases.reader import Reader
from questions.asking.grammar import TIMES, Question
from questions.standing import enough


@dataclass(frozen=True)
class Answer:
    """`figure`: the measure of all the question's cases. `change`: of a comparison of the whole. `rows`: one per group,
    in the question's order (the group, the measure; of a comparison current, base, change, is_sure); `few`: groups left
    out of a rank, whose rates rest on too few."""

    question: Question
    figure: float
    change: Change | None = None
    rows: pd.DataFrame | None = None
    few: tuple[str, ...] = ()


def answered(reader: Reader, question: Question) -> Answer:
    """Ask what was understood."""
    question = _with_a_known_state(reader, question)
    reader = reader.seen_at(question.at) if question.at else reader
    measure, where, by = question.measure, question.where, question.by
    figure = reader.figure(measure, where)
    if not by:
        change = reader.changes([measure], where, question.compare)[measure] if question.compare else None
        return Answer(question, figure, change)
    if question.compare and by not in TIMES:
        moved = reader.compare_groups(measure, by, where, question.compare)
        ranked = moved.sort_values("change", ascending=question.order == "least") if len(moved) else moved
        return Answer(question, figure, rows=ranked.head(question.limit or 10))
    rows = reader.aggregate([measure, *(["volume"] if measure != "volume" else [])], [by], where)
    if by in TIMES:
        return Answer(question, figure, rows=_ordered(rows, question))
    rows = rows[rows[by] != ""]
    known = rows[rows[measure].notna()]
    firm = enough(reader, known, measures_of(reader.profile)[measure], where) if len(known) else pd.Series(dtype=bool)
    few = tuple(known.loc[~firm.to_numpy(dtype=bool), by]) if len(known) else ()
    return Answer(question, figure, rows=_ordered(known[~known[by].isin(few)], question), few=few)


def _with_a_known_state(reader: Reader, question: Question) -> Question:
    """The question of now where the source does not tell when cases were closed: their earlier state is not known."""
    if question.at is None or undated(reader, question.where)["closed_at"] <= UNDATED_AT_MOST:
        return question
    told = (*question.assumed, "来源缺少办结时间，还原不了那时的状态，给的是现在的")
    return replace(question, at=None, assumed=told)


def _ordered(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    rows = rows[question.bound.holds(rows[question.measure])] if question.bound else rows
    if not question.order:
        is_time = question.by in TIMES
        ordered = rows.sort_values(question.by if is_time else question.measure, ascending=is_time)
    else:
        ordered = rows.sort_values([question.measure, question.by], ascending=[question.order == "least", True])
    return ordered.head(question.limit).reset_index(drop=True) if question.limit else ordered.reset_index(drop=True)


def group_label(question: Question) -> str:
    """What the groups are called."""
    return DIMENSIONS[question.by].label if question.by else ""
