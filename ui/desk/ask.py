"""问数: a question in a sentence, what was understood of it, and its answer with the way to the cases."""

from __future__ import annotations

import streamlit as st

from data_access.cases.filters import status_label
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.periods import SHIFT_LABELS
from data_access.district.vocabulary import SOURCES
from questions.asking.answer import TIMES, Answer, answered, group_label
from questions.asking.grammar import Question, understood
from questions.standing import few_words
from ui.choosing import drill
from ui.desk import drawer
from ui.drawing import cards, charts
from ui.drawing.tables import downloads, table
from ui.frame.page import answer
from ui.style.links import page_address, written
from ui.style.markup import Markup, html, markdown, plain
from ui.style.numbers import UNKNOWN, moment, name, show, until_now
from ui.style.theme import WEEKDAYS

EXAMPLES = (
    "上个月{street}解决率同比", "今年供暖投诉最多的三个社区", "昨天哪个单位逾期未办结最多", "近7天哪个街道受理量最多",
    "本考核期满意率最低的5个街道", "供暖季供暖按月受理量",
)  # fmt: skip
ORDERS = {"most": "最高的", "least": "最低的"}
SAID = ("source", "street", "community", "category1", "category2", "category3", "unit", "channel", "request_type",
        "dimension", "crowd", "industry", "unit_type", "urgency")  # fmt: skip
MOVED = {"current": "本期", "base": "比较期", "change": "变化", "is_sure": "判断"}
PAGES = {"composite": "three_rates", "resolution_rate": "three_rates", "satisfaction_rate": "three_rates",
         "response_rate": "three_rates"}  # fmt: skip


def examples(reader: Reader) -> list[str]:
    """Questions that can be asked of this district."""
    street = reader.profile.streets[0].name if reader.profile.streets else "全区"
    return [example.format(street=street) for example in EXAMPLES]


def show_answer(reader: Reader, text: str) -> None:
    """Read the question, say how it was understood, and answer it."""
    try:
        question = understood(reader, text)
    except ValueError as refused:
        st.info(plain(str(refused)))
        return
    with st.spinner("正在查 …"):
        told = answered(reader, question)
    question = told.question
    answer(_sentence(reader, told))
    st.caption(plain(_reading(reader, question)))
    between = reader.compared_with(question.where, question.compare) if question.compare else None
    if between:
        st.caption(plain(f"{SHIFT_LABELS[question.compare]}：与{cards.basis(between)}"))
    _say_what_was_left(question)
    _show_rows(reader, told)
    # The list knows the newest state only: of an earlier one what is still so is one click away.
    now, what = (
        (question.where.replace(period=None), f"现在{'、'.join(map(status_label, question.where.status))}的")
        if question.at
        else (question.where, "这些案件")
    )
    if reader.count(now):
        drill.cases_link(reader, now, what)
    page = PAGES.get(question.measure.removesuffix("_all"), "trends" if question.by in TIMES else "overview")
    st.markdown(markdown("[在页面上看同样的筛选]({})", page_address(page, now)))


def _reading(reader: Reader, question: Question) -> str:
    """The question as it was understood, part by part."""
    where = question.where
    parts = [f"到 {moment(question.at)}" if question.at else until_now(where.when, reader.as_of)]
    values = {field: getattr(where, field) for field in SAID if getattr(where, field)}
    parts += ["、".join(written(field, value) for value in held) for field, held in values.items()]
    parts += ["、".join(WEEKDAYS[day % 7] for day in where.weekday)] if where.weekday else []
    parts += ["或".join(map(status_label, where.status))] if where.status else []
    parts.append(name(MEASURES[question.measure]))
    parts += [f"按{group_label(question)}"] if question.by else []
    parts += [f"{question.bound.written} 的"] if question.bound else []
    parts += [SHIFT_LABELS[question.compare]] if question.compare else []
    parts += [f"{ORDERS[question.order]} {question.limit} 个"] if question.order else []
    assumed = f"　（{'；'.join(question.assumed)}）" if question.assumed else ""
    return f"我的理解：{' · '.join(parts)}{assumed}"


def _say_what_was_left(question: Question) -> None:
    """Words that nothing was made of are never passed over."""
    if question.is_understood:
        return
    near = [f"“{word}”" + (f"（是不是：{'、'.join(question.near[word])}）" if question.near.get(word) else "")
            for word in question.ignored]  # fmt: skip
    st.warning(markdown("没有听懂 {}，回答里没有算进去。请换个说法，或到页面上筛选。", "、".join(near)))


def _sentence(reader: Reader, told: Answer) -> Markup:
    question, measure = told.question, MEASURES[told.question.measure]
    shown = show(told.figure, measure)
    unit = "" if measure.unit.is_share or shown.endswith(str(measure.unit)) or shown == UNKNOWN else f" {measure.unit}"
    states = "或".join(map(status_label, question.where.status))
    said = html("{}：<b>{}</b>{}", states if states and measure.name == "volume" else name(measure), shown, unit)
    if told.figure != told.figure:
        return said + html("（{}）。", measure.unknown or "没有符合条件的案件")
    if told.change is not None:
        return said + (cards.changed(told.change, question.compare) or html("，{}", told.change.reason)) + "。"
    if told.rows is None:
        return said + "。"
    if question.bound:
        return said + html("；{}的{}有 <b>{}</b> 个。", question.bound.written, group_label(question), len(told.rows))
    if told.rows.empty:
        return said + "；没有可以排的。"
    if question.order and not question.compare:
        top = told.rows.iloc[0]
        named = html("<b>{}</b>（{}）", _group(question.by, top[question.by]), show(top[measure.name], measure))
        said += html("；{}{}的是{}", group_label(question), ORDERS[question.order][:2], named)
    return said + "。"


def _group(by: str, value: object) -> str:
    if by == "weekday":
        return WEEKDAYS[int(value) % 7]  # type: ignore[call-overload]
    if by == "hour":
        return f"{int(value)}时"  # type: ignore[call-overload]
    if by in TIMES:
        return f"{value:%Y-%m}" if by == "month" else f"{value:%Y-%m-%d}"
    return SOURCES.get(str(value), str(value)) or "未填写"


def _show_rows(reader: Reader, told: Answer) -> None:
    question, rows = told.question, told.rows
    if rows is None or rows.empty:
        return
    measure = MEASURES[question.measure]
    if question.compare and question.by not in TIMES:
        shown = rows[[question.by, "current", "base", "change", "is_sure"]]
        shown = shown.assign(
            is_sure=["上升" if sure and change > 0 else "下降" if sure else "不能确定"
                     for sure, change in zip(rows["is_sure"], rows["change"], strict=True)],
            **{part: [show(value, measure) if value == value else UNKNOWN for value in rows[part]]
               for part in ("current", "base")},
        )  # fmt: skip
        table(shown, key="asked_moved", labels=MOVED)
        downloads(shown, "问数", key="asked_file", labels=MOVED)
        return
    shown = rows[[question.by, *dict.fromkeys((measure.name, "volume"))]]
    drawn = charts.bars(shown.head(20), question.by, measure) if question.by not in TIMES else None
    if drawn:
        drawer.chart(reader, drawn, question.where, key="asked_bars", is_kept=False)
    else:
        shown = shown.assign(**{question.by: [_group(question.by, value) for value in shown[question.by]]})
    table(shown, key="asked_table")
    downloads(shown, "问数", key="asked_file", chart=drawn)
    if question.order and measure.is_ratio:
        st.caption("按现有的数排，没有算偶然；名次靠不靠得住看三率考核的“可能名次”。")
    if told.few:
        least = reader.profile.scoring_at(question.where.when.start.date()).small_sample
        st.caption(plain(few_words(told.few, least)))
