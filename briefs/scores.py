"""七有五性 in a brief: the index of the month that the brief's days complete, as its page gives it."""

from __future__ import annotations

import pandas as pd

from briefs.asked import Asked, Part, text_of
from data_access.cases.filters import CaseFilter
from data_access.district.vocabulary import DIMENSIONS_75, GROUPS_75
from questions.livelihood import index_months, livelihood_index
from questions.livelihood_scores import DISTRICT, LivelihoodIndex
from ui.drawing import score_words as said
from ui.drawing.scores import radar
from ui.style.numbers import UNKNOWN, band, signed
from ui.style.theme import LIGHT

SINCE, WHOLE = "较上月", "全区"
SCORES = {"axis": "维度", "score": "得分", "change": SINCE, "reach": "偶然可到", "verdict": "判断"}
PLACES = {"street": "街道", "score": "可比得分", "band": "可能名次"}


def month_told(asked: Asked) -> pd.Timestamp | None:
    """The newest calendar month whose end lies in the brief's days; of a portrait, the newest before they end."""
    period, each = asked.where.when, index_months(asked.reader)
    first = each.min() if asked.kind == "portrait" else pd.Timestamp(period.start)
    ended = [month for month in each if first < month + pd.DateOffset(months=1) <= period.end]
    return ended[-1] if ended else None


def _street(asked: Asked) -> str | None:
    """The street that the brief is about; DISTRICT of all; None where it is about something else."""
    rest = asked.where.replace(period=None, street=())
    if rest != CaseFilter() or len(asked.where.street) > 1:
        return None
    return asked.where.street[0] if asked.where.street else DISTRICT


def livelihood(asked: Asked) -> Part | None:
    """七有五性: the scores of the district or of a street."""
    here, month = _street(asked), month_told(asked)
    if here is None or month is None:
        return None
    index, when = livelihood_index(asked.reader, month), said.month_words(month)
    if not index.weights.can_score or index.scores.isna().all(axis=None):
        return Part("七有五性", (said.why_nothing(when, can_score=index.weights.can_score),))
    sure = index.sureness(here)
    if sure["score"].isna().all():
        return Part("七有五性", (f"{when}，{here}的件数太少，没有一个维度算得出分。",))
    words = _district(index, sure) if here == DISTRICT else _one(index, here, sure)
    rows = [(name, said.score_words(row), signed(row["change"], 1) if row["verdict"] else UNKNOWN,
             f"±{row['reach']:.1f}" if row["verdict"] else UNKNOWN, row["verdict"] or UNKNOWN)
            for name, row in sure.iterrows() if pd.notna(row["score"])]  # fmt: skip
    lacking = "、".join(sure.index[sure["score"].isna()])
    lines = {WHOLE: index.of(DISTRICT), "上月": index.of(DISTRICT, index.month_before)}
    lines = lines if here == DISTRICT else {here: index.of(here), WHOLE: lines[WHOLE]}
    known = pd.DataFrame(lines).loc[list(DIMENSIONS_75)].rename_axis("axis").reset_index()
    drawn = radar(known.melt("axis", var_name="line", value_name="score"), DIMENSIONS_75, list(lines), colours=LIGHT)
    about = f"{index.rules.label}，{index.rules.note.rstrip('。')}；“±”为偶然的范围（95%）。"
    told = (f"{when}，{words}", *([f"件数太少、没有得分的：{lacking}。"] if lacking else []), about)
    return Part("七有五性", told, pd.DataFrame(rows, columns=list(SCORES)), SCORES, drawn, f"{when}十二维得分")


def _district(index: LivelihoodIndex, sure: pd.DataFrame) -> str:
    return text_of(said.district_words(sure, index.weakest(DISTRICT), index.bands, SINCE))


def _one(index: LivelihoodIndex, street: str, sure: pd.DataFrame) -> str:
    total = sure.T[next(iter(GROUPS_75))]
    return f"{text_of(said.street_words(street, total, index.bands))}总分{said.change_words(total, SINCE)}。"


def livelihood_streets(asked: Asked) -> Part | None:
    """七有五性 of the streets beside each other."""
    month = month_told(asked)
    if month is None or _street(asked) != DISTRICT:
        return None
    index = livelihood_index(asked.reader, month)
    placed = index.bands.dropna(subset=["place"]) if index.weights.can_score else index.bands.head(0)
    if placed.empty:
        return None
    could = [band(best, worst) for best, worst in zip(placed["best"], placed["worst"], strict=True)]
    rows = pd.DataFrame({"street": placed.index, "score": placed["score"].map("{:.1f}".format), "band": could})
    told = (text_of(said.standing_words(index.bands)) + "。",)
    is_annex = len(set(could)) == 1  # nobody is told apart: the part before has said so
    return Part("七有五性各街道", told, rows, PLACES, is_annex=is_annex)
