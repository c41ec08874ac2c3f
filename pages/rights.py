"""权限: which role may see and do what, who is in it, and what the newest rights changed. For whoever sets rights."""

from pathlib import Path

import pandas as pd
import streamlit as st

from data_access.cases.outside import in_words, mistakes
from data_access.district.granted import acts, changes, rights
from data_access.district.periods import beijing_now
from ui.drawing.tables import downloads, table
from ui.frame.identity import may
from ui.frame.page import answer, open_page
from ui.frame.router import entries
from ui.style.markup import html, markdown, plain

PAGE = {"title": "权限", "group": "报告", "order": 95, "needs": "settings", "icon": "lock"}

reader = open_page("权限")
if not may(reader, "settings"):
    st.info("没有这个页面。")
    st.stop()
profile, today = reader.profile, beijing_now().date()
rows = pd.DataFrame(
    {
        "角色": role,
        "人数": sum(person.role == role for person in profile.people),
        **rights(profile.grant_at(today, role)),
        "办理": "".join(acts(profile, role)).removeprefix("办理 "),
    }
    for role in profile.programmes.roles
)
without = [person.name for person in profile.people if not person.login]
answer(html("今天有效的权限有 <b>{}</b> 种角色，people.csv 里有 <b>{}</b> 人。", len(rows), len(profile.people)))
st.caption("在 access.toml、people.csv、programmes.toml 里改，改动记入审计；这里只能看。没有写到的就没有。")
table(rows, key="rights", height="content")
downloads(rows, "权限", key="rights_file")
titles = {entry.address: entry.title for entry in entries(Path(__file__).parent)}
st.markdown(plain(f"{in_words(profile, today, titles)}。"))
for mistake in mistakes(profile, titles):
    st.error(plain(mistake))
st.subheader("与上一版相比")
for line in changes(profile, today):
    st.markdown(plain(line.strip()))
if without:
    st.caption(markdown("people.csv 里没有账号、不能登录的有 {} 人；不在里面的人按 members 得到角色。", len(without)))
