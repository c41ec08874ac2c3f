"""A page to begin from: a filter, three cards, a chart whose marks lead to their cases, a table, a download."""

from __future__ import annotations

import re
from pathlib import Path

from ui.frame.router import entries

NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
PAGE = '''"""{title}: what it must answer, in a sentence."""

import streamlit as st

from briefs.asked import Part
from data_access import MEASURES
from questions.usual import courses_beside_usual
from ui.choosing.filterbar import choose_measure, filter_bar
from ui.desk import drawer
from ui.desk.papers import offer_parts
from ui.drawing import cards, charts
from ui.drawing.tables import downloads, table
from ui.frame.page import answer, open_page
from ui.style.markup import html
from ui.style.numbers import name, show
from ui.style.theme import LIGHT

PAGE = {{"title": "{title}", "group": "分析", "order": 900}}
CARDS = ("volume", "on_time_rate", "resolution_rate")  # catalog() lists what there is
CHOICES = ["resolution_rate", "satisfaction_rate", "on_time_rate", "repeat_share"]

reader = open_page("{title}")
where = filter_bar(reader, "last30")  # what is chosen stands in the address: a link shows the same again
chosen = choose_measure(reader, CHOICES)
measure = MEASURES[chosen]

# The answer first: one sentence with the figure that matters.
count, figure = reader.count(where), show(reader.figure(chosen, where), measure)
answer(html("所选范围受理 <b>{{:,}}</b> 件，{{}} <b>{{}}</b>。", count, name(measure), figure))
if not count:
    st.info("所选范围没有案件，换一个时段或放宽筛选。")
    st.stop()

cards.figures(reader, CARDS, where, "previous", lines=courses_beside_usual(reader, CARDS, where))
cards.say_what_is_compared(reader, where, "previous")

streets = reader.aggregate(list(dict.fromkeys([chosen, "volume"])), "street", where, order_by=chosen)
left, right = st.columns(2, gap="large")
with left:
    st.subheader(f"各街道{{name(measure)}}")
    drawer.chart(reader, charts.bars(streets, "street", measure), where, key="{key}_chart")
with right:
    st.subheader("明细")
    table(streets, key="{key}_table")
    downloads(streets, "{title}", key="{key}_file")

# The same page as a paper: what it says, its table and its chart, as Word and Excel.
drawn = charts.bars(streets, "street", measure, colours=LIGHT)
said = f"受理 {{count:,}} 件，{{name(measure)}} {{figure}}。"
offer_parts(reader, where, "{title}", [Part("各街道", (said,), streets, chart=drawn, chart_title=name(measure))])
'''


def write_page(folder: Path, name: str, title: str = "") -> Path:
    """Write a new page; raises ValueError for a name that cannot be used, or that a page has."""
    if not NAME.fullmatch(name):
        raise ValueError(f"“{name}”不能作文件名：小写字母开头，只用小写字母、数字、下划线，例如 night_noise")
    path, title = folder / f"{name}.py", title or name
    if path.exists():
        raise ValueError(f"{path} 已经有了，没有改动：换一个名称")
    if same := [entry.path.name for entry in entries(folder) if entry.title == title]:
        raise ValueError(f"标题“{title}”已是 {same[0]} 的：用 --title 换一个")
    if not title.isprintable() or set(title) & set('"\\{}'):
        raise ValueError(f"标题“{title}”里不要有引号、反斜杠、花括号")
    path.write_text(PAGE.format(title=title, key=name), encoding="utf-8")
    return path
