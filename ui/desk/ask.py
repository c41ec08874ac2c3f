"""问数: a question in a sentence, what was understood of it, and its answer with the way to the cases."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import streamlit as st

from data_access.cases.filters import CaseFilter, references, status_label
from data_access.cases.listing import SORTS
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.cases.units import Figure, Shown, Unit
from data_access.district.periods import SHIFT_LABELS
from data_access.district.vocabulary import SOURCES, YES
from questions.asking.answer import Answer, answered, group_label
from questions.asking.averages import TIMES
from questions.asking.grammar import Question, understood
from questions.asking.words import ABSENT, PAGE_WORDS, nearest
from questions.standing import few_words
from ui.choosing import drill
from ui.desk import drawer
from ui.drawing import cards, charts
from ui.drawing.about import filter_words
from ui.drawing.columns import CASE_COLUMNS, CASE_LABELS
from ui.drawing.tables import LINK, downloads, table
from ui.drawing.vega import draw
from ui.frame.page import answer
from ui.style.links import case_address, cases_address, page_address
from ui.style.markup import Markup, html, joined, markdown, plain
from ui.style.numbers import UNKNOWN, lasted, moment, name, show, until_now, with_unit
from ui.style.theme import WEEKDAYS
from ui.watch.viewer import asks_for

EXAMPLES = (
    "上个月{street}解决率同比", "今年供暖投诉最多的三个社区", "昨天哪个单位逾期未办结最多", "近7天哪个街道受理量最多",
    "本考核期满意率最低的5个街道", "供暖季供暖按月受理量",
)  # fmt: skip
ORDERS = {"most": "最高的", "least": "最低的"}
A_UNIT = Unit("件", 1, "#,##0.0")  # of so many a day
LISTED = {"created_at": "受理时间", "spent": "用时", "due_at": "截止时间", LINK: "案件"}
NO_FIELD = "案件里没有这一栏，最近的是"
UNPICKED = ("address", "hour_band")  # groups that are no condition of a filter
EARLIER = {"yoy": "去年同期", "previous": "上一期"}
SIDES = {"side": "哪一边"}
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
    if question.is_led:
        answer("这不是案件的数，这里答不了。")
        _say_what_was_left(reader, question)
        _lead(question)
        return
    with st.spinner("正在查 …"):
        told = answered(reader, question)
    question = told.question
    asks_for(question.where)  # as files and the record say it
    answer(
        _sentence(reader, told) if told.listed is None or told.listed.empty else _first_of(reader, told, told.listed)
    )
    st.caption(plain(_reading(reader, question)))
    between = reader.compared_with(question.where, question.compare) if question.compare else None
    if between:
        st.caption(plain(f"{SHIFT_LABELS[question.compare]}：与{cards.basis(between)}"))
    _say_what_was_left(reader, question)
    _lead(question)
    if told.listed is None:
        _show_rows(reader, told)
        _show_cases(reader, told)
    else:
        _show_listed(reader, told, told.listed)
    page = PAGES.get(question.measure.removesuffix("_all"), "trends" if question.by in TIMES else "overview")
    now = question.where.replace(period=None) if question.at else question.where
    st.markdown(markdown("[在页面上看同样的筛选]({})", page_address(page, now)))


def _lead(question: Question) -> None:
    """The way to the pages that tell what no figure of cases does."""
    for page in question.pages:
        words = [word for word in question.ignored if word in PAGE_WORDS[page]]
        said = "、".join(f"“{word}”" for word in words) or "这里数的是来源标明的案件，每一件怎么办的"
        st.markdown(markdown("{}：看[{}]({})", said, PAGE_WORDS[page][0], page_address(page, CaseFilter())))


def _show_cases(reader: Reader, told: Answer) -> None:
    """The link to exactly the cases that are shown, or why there is none."""
    question, where, rows = told.question, told.cases, told.rows
    if where is None:
        if rows is not None and len(rows):
            of = f"（按{group_label(question)}）" if question.by else ""
            st.caption(plain(f"上面各组的案件没有一个筛选说得清{of}，所以不给清单链接。"))
        return
    what = (
        "这些案件"
        if where == question.where or question.of_base
        else f"上面 {len(rows if rows is not None else ())} 组的案件"
    )
    # The list knows the newest state only: of an earlier one what is still so is one click away.
    if question.at:
        where, what = where.replace(period=None), f"现在{'、'.join(map(status_label, where.status))}的"
    if reader.count(where):
        drill.cases_link(reader, where, what)


def _spent(listed: pd.DataFrame, now: datetime) -> list[str]:
    """How long each case took, or has taken."""
    ended = listed["closed_at"].where(listed["is_closed"] == YES, now)
    return ["" if pd.isna(lasts) else lasted(lasts.total_seconds()) for lasts in ended - listed["created_at"]]


def _first_of(reader: Reader, told: Answer, listed: pd.DataFrame) -> Markup:
    """The first and the last of a list, by how long they took."""
    first, *_, last = [*_spent(listed, told.question.at or reader.as_of)] * 2
    head = html(
        "{}的 <b>{:,}</b> 件：第一件用时 <b>{}</b>", SORTS[told.question.sort][0], len(listed), first or UNKNOWN
    )
    return html("{}，最后一件 {}。", head, last or UNKNOWN) if len(listed) > 1 else html("{}。", head)


def _show_listed(reader: Reader, told: Answer, listed: pd.DataFrame) -> None:
    """The cases themselves in their order, and the list that has just them in it, or why there is none."""
    question, now = told.question, told.question.at or reader.as_of
    if listed.empty:
        st.caption("没有可以逐件列出的案件。")
        return
    rows = listed.assign(spent=_spent(listed, now), **{LINK: references(listed).map(case_address)})
    table(rows[["created_at", "spent", "due_at", "category3", "street", "unit", LINK]], key="asked_cases",
          labels=LISTED, phone=["spent", "category3", LINK])  # fmt: skip
    at = f"，按 {moment(question.at)} 的状态" if question.at else ""
    title = f"案件清单（{SORTS[question.sort][0]}的 {len(listed):,} 件{at}）"
    downloads(listed[CASE_COLUMNS], title, key="asked_cases_file", labels=CASE_LABELS)
    if told.cases is None:
        st.caption(f"这是 {moment(now)} 的顺序，案件库只按现在的状态排，所以不给清单链接。")
    else:
        address = cases_address(told.cases, sort=SORTS[question.sort][0])
        st.markdown(markdown("[在案件库里按同样的顺序看这 {:,} 件]({})", len(listed), address))
    if reader.singly.count(question.where) < told.figures.get("volume", 0):
        st.caption("只列您的身份可以逐件看的案件。")


def _reading(reader: Reader, question: Question) -> str:
    """The question as it was understood, part by part."""
    where = question.where
    parts = [f"到 {moment(question.at)}" if question.at else until_now(where.when, reader.as_of)]
    parts += filter_words(where)
    each = question.per.label if question.per else ""
    if not question.sort:
        parts.append("、".join(each + name(MEASURES[one]) for one in question.measures))
    parts += [f"按{group_label(question)}"] if question.by else []
    parts += ["、".join(side.label for side in question.sides) + "分开数"] if question.sides else []
    parts += [f"{question.place} 排第几"] if question.place else []
    parts += [f"{question.bound.written} 的"] if question.bound else []
    said = EARLIER if question.of_base and question.compare in EARLIER else SHIFT_LABELS
    parts += [said[question.compare]] if question.compare else []
    parts += [f"{ORDERS[question.order]} {question.limit} 个"] if question.order and question.limit else []
    parts += [f"{SORTS[question.sort][0]}的 {question.limit} 件"] if question.sort else []
    assumed = f"　（{'；'.join(question.assumed)}）" if question.assumed else ""
    return f"我的理解：{' · '.join(parts)}{assumed}"


def _say_what_was_left(reader: Reader, question: Question) -> None:
    """Words that nothing was made of are never passed over."""
    if question.is_understood:
        return
    to_pages = {word for page in question.pages for word in PAGE_WORDS[page]}
    alike = {word: nearest(reader, word, question.text) for word in question.ignored if word not in to_pages}
    near = [f"“{word}”" + (f"（{NO_FIELD if word in ABSENT else '是不是'}：{'、'.join(names)}）" if names else "")
            for word, names in alike.items()]  # fmt: skip
    near += [f"“{word}”（另有页面，见下）" for word in question.ignored if word in to_pages]
    st.warning(markdown("没有听懂 {}，回答里没有算进去。请换个说法，或到页面上筛选。", "、".join(near)))


def _shown(question: Question, days: tuple[int, ...] = ()) -> Shown:
    """The first measure as it is written: of so many a day by its own name. `days`: those of each side."""
    measure = MEASURES[question.measure]
    if days:
        by = "、".join(f"{many} 天" for many in days)
        return Figure(f"日均{measure.label}", A_UNIT, f"{measure.definition}，分别 ÷ {by}", measure.name)
    if not question.per:
        return measure
    label = f"{question.per.label}{measure.label}"
    return Figure(label, A_UNIT, f"{measure.definition}，÷ {question.per.written}", measure.name)


def _figure(told: Answer, of: str) -> Markup:
    """One measure's figure in words, with what it comes from and how it changed."""
    question, measure = told.question, MEASURES[of]
    kind = _shown(question) if of == question.measure else measure
    change = told.changes.get(of)
    if question.of_base and change:
        then = html("{}{}：<b>{}</b> {}", EARLIER[question.compare], name(kind), show(change.base, kind), kind.unit)
        now = html("；本期 {}", show(change.current, kind))
        return then + now + (cards.changed(change, question.compare) or html("，{}", change.reason))
    shown = show(told.figures[of] if told.figures else told.figure, kind)
    unit = "" if kind.unit.is_share or shown.endswith(str(kind.unit)) or shown == UNKNOWN else f" {kind.unit}"
    states = "或".join(map(status_label, question.where.status))
    is_of_states = bool(states) and of == "volume" and not question.per
    said = html("{}：<b>{}</b>{}", states if is_of_states else name(kind), shown, unit)
    if question.per and of == question.measure and shown != UNKNOWN:
        said += html("（{:,.0f} {} ÷ {}）", told.figures[of] * question.per.many, measure.unit, question.per.written)
    if told.parts and question.whole:
        said += html("（{:,} ÷ {:,} 件，占{}的）", *told.parts, "；".join(filter_words(question.whole)) or "同时段全部")
    if shown == UNKNOWN:
        return said + html("（{}）", measure.unknown or "没有符合条件的案件")
    if change:
        said += cards.changed(change, question.compare) or html("，{}", change.reason)
        if question.bound and change.base > 0:
            said += html("，是比较期的 <b>{:.2f}</b> 倍", change.current / change.base)
    return said


def _of_sides(told: Answer, rows: pd.DataFrame) -> Markup:
    """Each side's figures, and how far the first two are from each other."""
    measure, apart = _shown(told.question, told.days), told.apart
    each = (html("{} <b>{}</b>", row["side"], show(row[measure.name], measure)) for row in rows.to_dict("records"))
    said = html("{}：", with_unit(measure)) + joined("，", each)
    if apart is None:
        return said + "。"
    more, less = ("多", "少") if measure.is_count else ("高", "低")
    if apart.difference == 0:
        return said + "，一样。"
    size = measure.unit.difference(abs(apart.difference))
    far = f"{size:,.{measure.unit.decimals}f} {measure.unit.of_differences}"
    first, second = rows["side"].iloc[:2]
    said += html("；{}比{}{} <b>{}</b>", first, second, more if apart.difference > 0 else less, far)
    return said + {True: "。", False: "，差在偶然范围内。", None: "，没有算偶然。"}[apart.is_sure]


def _sentence(reader: Reader, told: Answer) -> Markup:
    question, measure = told.question, _shown(told.question)
    if question.sides and told.rows is not None:
        return _of_sides(told, told.rows)
    said = joined("；", (_figure(told, of) for of in question.measures))
    if told.rows is None or told.figure != told.figure:
        return said + "。"
    if question.bound:
        return said + html("；{}的{}有 <b>{}</b> 个。", question.bound.written, group_label(question), len(told.rows))
    if told.rows.empty:
        return said + "；没有可以排的。"
    if question.place:
        if told.place is None:
            return said + html("；{}不在排名里。", question.place)
        figure = told.rows.loc[told.rows[question.by] == question.place, measure.name].iloc[0]
        first = "低的" if question.order == "least" else "高的"
        return said + html("；<b>{}</b>{}，排第 <b>{}</b>（共 {} 个，{}在前）。", question.place, show(figure, measure),
                           *told.place, first)  # fmt: skip
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
        if by == "year":
            return f"{int(value)}年"  # type: ignore[call-overload]
        return drill.written_at(by, value)
    return SOURCES.get(str(value), str(value)) or "未填写"


def _show_rows(reader: Reader, told: Answer) -> None:
    question, rows = told.question, told.rows
    if rows is None or rows.empty:
        return
    measure = _shown(question)
    if question.sides:
        measure = _shown(question, told.days)
        shown = rows[["side", *dict.fromkeys((*question.measures, *(() if told.days else ("volume",))))]]
        table(shown, key="asked_sides", labels=SIDES, figures=[measure])
        downloads(shown, "问数", key="asked_file", labels=SIDES, figures=[measure])
        return
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
    shown = rows[[question.by, *dict.fromkeys((*question.measures, *(() if question.per else ("volume",))))]]
    drawn = (
        charts.bars(shown.head(20), question.by, measure, chosen=[question.place] if question.place else ())
        if question.by not in TIMES
        else None
    )
    if drawn and question.by in UNPICKED:
        draw(drawn, key="asked_bars", is_kept=False)
    elif drawn:
        drawer.chart(reader, drawn, question.where, key="asked_bars", is_kept=False)
    else:
        shown = shown.assign(**{question.by: [_group(question.by, value) for value in shown[question.by]]})
    # Beside each other columns have no room for the calibre, which stands above.
    short = {one: MEASURES[one].label for one in question.measures} if question.others else {}
    table(shown, key="asked_table", figures=[measure], labels=short, phone=[question.by, *question.measures])
    downloads(shown, "问数", key="asked_file", chart=drawn, figures=[measure])
    if question.order and MEASURES[question.measure].is_ratio:
        st.caption("按现有的数排，没有算偶然；名次靠不靠得住看三率考核的“可能名次”。")
    if told.few:
        least = reader.profile.scoring_at(question.where.when.start.date()).small_sample
        st.caption(plain(few_words(told.few, least)))
