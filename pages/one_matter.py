"""一事多诉: what several people report within a week at one place, so that it is handled once and answered to all."""

import math

import pandas as pd
import streamlit as st

from analysis.gathering import FALSE
from data_access.district.vocabulary import SOURCES
from questions.one_matter import WEEKS, Gathering, one_matter
from ui.desk import drawer
from ui.drawing.tables import downloads, table
from ui.frame.page import answer, computing, open_page
from ui.style.markup import html, plain
from ui.style.numbers import UNKNOWN, until_now

PAGE = {"title": "一事多诉", "group": "办理", "order": 15, "icon": "merge"}
LABELS = {
    "street": "街道", "address": "地点", "what": "分类", "cases": "件数", "callers": "来电人",
    "usual": "那里该有（件/周）",
    "verdict": "判断", "alike": "其中说同一件事", "first": "始于", "unit": "承办最多的单位",
}  # fmt: skip
PHONE = ["address", "what", "cases"]
NOBODY = "您的身份不能一件一件查看案件，这里只对能看案件的人开放。"


def listed(rows: tuple[Gathering, ...]) -> pd.DataFrame:
    """Grain: one row per place or matter, columns LABELS."""
    frame = pd.DataFrame([{name: getattr(one, name, None) for name in LABELS} for one in rows], columns=list(LABELS))
    frame["address"] = [one.address or one.community or "地点未填写" for one in rows]
    frame["verdict"] = [verdict(one) for one in rows]
    return frame


def verdict(one: Gathering) -> str:
    if math.isnan(one.usual):
        return UNKNOWN
    return "多于平常" if one.is_more else "不能确定"


def listed_here(rows: tuple[Gathering, ...], key: str, file: str, empty: str, without: str = "") -> None:
    """A table of these, whose rows open the drawer. `without`: a column that tells nothing of them."""
    if not rows:
        st.info(plain(empty))
        return
    frame = listed(rows).drop(columns=without or [])
    names = ["".join(one.where.case_id) or f"{one.where.h3_cell}{one.what}" for one in rows]
    picked = table(frame, key=key, labels=LABELS, selectable=True, phone=PHONE, formats={"usual": "%.1f"},
                   records=names, on_pick=drawer.follow(key))  # fmt: skip
    downloads(frame, file, key=f"{key}_file", labels=LABELS)
    if picked:
        one = rows[picked[0]]
        what = f"{one.street}{one.address or one.community}{one.what}（{one.callers:,} 人反映）"
        drawer.show(reader, one.where, what, key=key, is_about=one.is_about)


reader = open_page("一事多诉")
with computing():
    found = one_matter(reader)
stretch = until_now(found.period, reader.as_of)
if not found.reports:
    answer(html("{}，没有可以一件一件查看的诉求。", stretch))
    st.info("所看的来源近七天没有案件。" if reader.sight.cases else NOBODY)
    st.stop()
sources = "、".join(SOURCES[name] for name in reader.profile.settings.watch.sources)
lead = html("{}{}受理 {:,} 件：比平常多的同一处同一类 <b>{:,}</b> 处；",
            stretch, sources, found.reports, len(found.gatherings))  # fmt: skip
many = sum(one.cases for one in found.matters)
answer(
    lead
    + html("可能说同一件事的 <b>{:,}</b> 组，共 <b>{:,}</b> 件，核对后可以一次办、一并答复。", len(found.matters), many)
)

st.subheader("比平常多的地点")
if found.watched:
    none = f"看了 {found.watched:,} 个地点与分类的组合，没有一处比平常多。"
else:
    none = f"来源没有坐标或分类，或数据不足 {WEEKS + 1} 周，没有平常可比。"
listed_here(found.gatherings, "places", "比平常多的地点", none)
st.caption(plain(
    f"地点：约 130 米的单元和紧邻的单元；同一人一周只算一次。那里该有：此前 {WEEKS} 周的水平，"
    "乘以这一类眼下在全区是平常的几倍（全区都多，一处多不算）。"
    f"一并看了 {found.watched:,} 个组合，列出的里面平均不到 {FALSE:.0%} 是偶然。"
))  # fmt: skip

st.subheader("可能说同一件事的")
least = reader.profile.settings.watch.least_together
listed_here(found.matters, "matters", "说同一件事的", f"没有一件事由 {least} 人以上反映。", without="alike")
if found.limit is None:
    why = "来源没有诉求文字" if reader.sight.words else "您的身份看不到诉求文字"
    st.caption(plain(f"{why}：同一地点、同一个三级分类、{least} 人以上的列在一起，不一定是同一件事。"))
else:
    st.caption(plain(
        f"同一地点、文字相近（去掉地名后相似度 {found.limit:.2f} 以上，不论分类）、{least} 人以上反映。"
        "手写的 104 件样本上，合在一起的 97% 确是一件事，一件事的 73% 合得到一起；别处会差一些，合并前请看原文。"
    ))  # fmt: skip
st.caption("点一行，看案件，发起督办、吹哨或列入攻百难。")
