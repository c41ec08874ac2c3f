"""审计: who did what, when, from where; a person's day; what is unusual. For auditors alone."""

from datetime import datetime, time, timedelta

import pandas as pd
import streamlit as st

from analysis.unusual import unusual
from data_access.district.periods import beijing_now
from data_access.ledger.opening import trail_of
from data_access.trail.reading import MOST, people, search, verify
from data_access.trail.schema import KINDS
from data_access.trail.trail import Trail
from ui.drawing.tables import downloads, table
from ui.frame.identity import may
from ui.frame.page import answer, open_page
from ui.style.markup import html, joined, markdown, plain
from ui.style.numbers import moment
from ui.watch.words import LABELS, SHOWN, as_read, in_words

PAGE = {"title": "审计", "group": "报告", "order": 90, "needs": "audit", "icon": "policy"}
MOST_LOOKED = 200_000  # reads among which the unusual ones are looked for
LAST = 7  # days, unless others are chosen
ROWS = 38 * 14  # pixels of the table


def choose() -> tuple[datetime, datetime, str, list[str], str]:
    """The first moment, the one after the last, the person, the kinds of record, and the case's number."""
    today = beijing_now().date()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        days = st.date_input("起止日期", (today - timedelta(days=LAST - 1), today), max_value=today, key="days",
                             bind="query-params", format="YYYY-MM-DD", width=260)  # fmt: skip
        picked = list(days) if isinstance(days, tuple) else [days]
        first, last = (picked[0], picked[-1]) if picked else (today, today)
        start, end = datetime.combine(first, time()), datetime.combine(last, time()) + timedelta(days=1)
        who = st.selectbox("人", people(trail, start, end), index=None, key="person", bind="query-params",
                           placeholder="全部", width=220)  # fmt: skip
        kinds = st.multiselect("做了什么", list(KINDS), format_func=lambda kind: KINDS[kind], key="kinds",
                               bind="query-params", placeholder="全部", select_all=False, width=280)  # fmt: skip
        number = st.text_input("案件或事项编号", key="case", bind="query-params", width=220, placeholder="完整的编号")
    return start, end, who or "", kinds, (number or "").strip()


def say_how_it_stands() -> None:
    counted = records["kind"].value_counts()
    told = [html("{} <b>{:,}</b>", KINDS[kind], counted[kind])
            for kind in ("login", "case", "export", "act", "refusal") if kind in counted]  # fmt: skip
    lead = html("<b>{:,}</b> 条记录，<b>{:,}</b> 人", len(records), records.loc[records["who"] != "", "who"].nunique())
    lead += html("：{}", joined("，", told)) if told else ""
    answer(lead + (html("；异常 <b>{:,}</b> 处。", len(signs)) if len(signs) else "；没有异常。"))
    if len(records) == MOST:
        st.warning(f"只列最新的 {MOST:,} 条：请缩短日期，或选人、选类别。")


def show_signs() -> None:
    st.subheader("异常")
    rules = reader.profile.settings.audit
    begins, ends = rules.night
    st.caption(
        markdown(
            "一小时内打开的案件多于 {} 件；{} 点到 {} 点的导出；街道的人一天看其他街道多于 {} 次。门限在 district.toml "
            "的 [audit]。异常只是值得问一问，不说明做错了。",
            rules.many_cases_an_hour,
            begins,
            ends,
            rules.other_streets_a_day,
        )
    )
    if signs.empty:
        st.success("所选范围没有异常。")
        return
    table(signs[["since", "who", "sign", "count"]], key="signs", labels=LABELS)


def show_day() -> None:
    """The records of one person's day as a time line, the day chosen among those that have records."""
    days = sorted({at.date() for at in records["at"]}, reverse=True)
    day = st.segmented_control("哪一天", days, default=days[0], required=True, key="day",
                               format_func=lambda one: plain(f"{one.month}月{one.day}日"))  # fmt: skip
    theirs = records[records["at"].dt.date == (day or days[0])].sort_values("seq")
    drawn = (
        html("<div><b>{:%H:%M:%S}</b>　{}　{}　{}　{}</div>", row["at"], KINDS.get(row["kind"], row["kind"]),
             row["what"], in_words(row["details"]), "" if row["result"] == "成功" else row["result"])
        for row in theirs.to_dict("records")
    )  # fmt: skip
    st.html(html('<div class="lifeline">{}</div>', joined("", drawn)))


def show_chain() -> None:
    st.subheader("核验")
    st.caption("每条记录带着前一条的散列：改动、删去、插入任何一条都会被指出。")
    if not st.button("现在核验", key="verify"):
        return
    found = verify(trail)
    if found.broken:
        st.error(markdown("不完整：{}，{}。", found.broken, found.reason))
    else:
        st.success(markdown("完整：第 {:,} 条起共 {:,} 条，末条散列 {}。", found.first, found.records, found.head[:16]))


def open_trail() -> Trail:
    """The trail; stops the page for whoever may not read it, and where none was begun."""
    if not may(reader, "audit"):
        st.info("没有这个页面。")
        st.stop()
    found = trail_of(reader)
    if found is None:
        st.info("还没有办理台账，审计也还没有开始：请管理员运行 `python -m data_access ledger init`。")
        st.stop()
    return found


reader = open_page("审计")
trail = open_trail()
start, end, who, kinds, number = choose()
records = search(trail, start, end, who=who, kinds=kinds, case=number)
rules = reader.profile.settings.audit
looked = search(trail, start, end, who=who, kinds=["case", "export", "page"], most=MOST_LOOKED)
signs = unusual(looked, streets=[street.name for street in reader.profile.streets], many=rules.many_cases_an_hour,
                night=rules.night, others=rules.other_streets_a_day)  # fmt: skip
if records.empty:
    answer("所选范围没有记录。")
    st.info(markdown("可以换日期，或清除人、类别和编号。现在是 {}。", moment(pd.Timestamp(beijing_now()))))
    st.stop()
say_how_it_stands()
show_signs()
st.subheader(markdown("{}的一天", who) if who else "记录")
if who:
    show_day()
shown = as_read(records)
table(shown, key="records", labels=LABELS, height=ROWS, phone=["at", "who", "did", "what"])
downloads(shown[SHOWN], "审计记录", key="records_file", labels=LABELS)
show_chain()
