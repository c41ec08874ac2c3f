"""What a street has promised for the month: its 七有五性 scores, and the year's topics in it."""

from __future__ import annotations

import streamlit as st

from data_access.cases.reader import Reader
from questions import livelihood
from questions.topics import cases_of_topic, months, topic_changes, topic_years, topics_of
from ui.drawing import score_words as said
from ui.drawing.tables import LINK, downloads, table
from ui.drawing.topic_words import in_words
from ui.frame.page import answer
from ui.style.links import cases_address
from ui.style.markup import bold, html, joined, plain

LABELS = {
    "topic": "题目",
    "volume": "本年",
    "volume_base": "上年同期",
    "change": "同比",
    "between": "95%区间",
    "verdict": "判断",
    LINK: "案件",
}
FEW = 4  # dimensions of which one may be the weakest, to be named


def promises(reader: Reader, street: str) -> None:
    """Both for one street, each with what cannot be told yet."""
    st.subheader("七有五性")
    _index(reader, street)
    st.subheader("每月一题")
    _topics(reader, street)


def _index(reader: Reader, street: str) -> None:
    months_known = livelihood.index_months(reader)
    if not len(months_known):
        st.info("数据里还没有完整的一个月，或本区没有七有五性的口径。")
        return
    month = months_known[-1]
    index = livelihood.livelihood_index(reader, month)
    sure = index.sureness(street)
    since = "较上月"
    lead = html("{}，", said.month_words(month)) + said.street_words(street, sure.T["总分"], index.bands)
    lead += f"总分{said.change_words(sure.T['总分'], since)}。"
    weakest = index.weakest(street)
    if 1 < len(weakest) <= FEW:
        lead += html("最弱的维度在{}之中，分不出先后。", joined("、", map(bold, weakest)))
    elif weakest:
        one = html("最弱的维度是{}。", bold(weakest[0]))
        lead += one if len(weakest) == 1 else html("{} 个维度分不出哪个最弱。", len(weakest))
    answer(lead)


def _topics(reader: Reader, street: str) -> None:
    years = topic_years(reader)
    year = next(iter(years), 0)
    until = years.get(year, 0)
    if not until:
        st.info("还没有题目满一个月。")
        return
    found = topic_changes(reader, year, until, by_street=True)
    found = found[found["street"] == street].sort_values("more", ascending=False)
    if found.empty:
        st.success(plain(f"{year}年1月至{until}月，各题在这里没有诉求。"))
        return
    when = months(year, until)
    where = {topic.topic: cases_of_topic(topic).replace(period=when, street=(street,))
             for topic in topics_of(reader.profile, year)}  # fmt: skip
    shown = in_words(found).assign(**{LINK: [cases_address(where[topic]) for topic in found["topic"]]})[list(LABELS)]
    # The year that the topics are of is last year's for a while.
    labels = LABELS | {"volume": f"{year}年（件）", "volume_base": f"{year - 1}年同期（件）"}
    table(shown, key="promises", labels=labels, formats={"change": "%+.1f%%"}, height="content",
          phone=["topic", "volume", "change", "verdict"])  # fmt: skip
    st.caption(plain(f"{year}年1月至{until}月与上年同期；偶然范围内的写“不能确定”。"))
    downloads(shown, f"{street}每月一题", key="promises_file", labels=labels)
