"""问数: ask in a sentence, and get the page's figure."""

import streamlit as st

from data_access.cases.filters import CaseFilter
from ui.desk.ask import examples, show_answer
from ui.frame.page import answer, open_page
from ui.style.links import page_address
from ui.style.markup import markdown

PAGE = {"title": "问数", "group": "总览", "order": 20, "icon": "chat"}

reader = open_page("问数")
asked = st.query_params.get("q", "")
# Unbound: a question asked elsewhere comes in the address, and a switch of pages cannot set what a widget is bound to.
text = st.text_input("问一句", asked, max_chars=200, placeholder=examples(reader)[0])
if text != asked:
    st.query_params["q"] = text
    st.rerun()
if text:
    show_answer(reader, text)
else:
    answer("用一句话问：时间、地方、分类、指标、同比或排名，想到哪个说哪个。")
    for example in examples(reader):
        st.markdown(markdown("- [{}]({})", example, page_address("ask", CaseFilter(), q=example)))
    st.caption("按词认，不猜：每个词当作什么都会写出来；没有听懂的词会单独列出，不会当作没看见。")
