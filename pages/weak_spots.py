"""薄弱环节: where much comes in, little is solved, people come again and it gets worse; candidates for a decision."""

import pandas as pd
import streamlit as st

from analysis import weakness
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.district.periods import SHIFT_LABELS
from data_access.district.vocabulary import HOTLINE
from questions.weak_spots import ASKED, weak_spots
from ui.choosing import drill
from ui.choosing.filterbar import filter_bar, one_of
from ui.desk.enlist import enlist
from ui.drawing import charts
from ui.drawing.tables import LINK, downloads, table
from ui.frame.page import answer, open_page
from ui.style.links import cases_address, written
from ui.style.markup import html, markdown, plain
from ui.style.numbers import show, until_now

PAGE = {"title": "薄弱环节", "group": "分析", "order": 50}
VIEWS = {"crowd": "人群", "street": "区域", "category3": "事项", "industry": "行业", "community": "社区"}
NONE = "不交叉"
VOLUME, RESOLUTION = MEASURES["volume"], MEASURES["resolution_rate"]
LABELS = {"said": "迹象", "solved": "收缩解决率%", "again_rate": "收缩重复率%", "beyond": "多出未解决",
          "evidence": "依据", LINK: "案件"}  # fmt: skip
FORMATS = dict.fromkeys(("growth", "solved", "again_rate", "beyond"), "%.1f")
DRAWN = 400  # dots in the quadrant chart


def filter_of(row: pd.Series, by: list[str], within: CaseFilter) -> CaseFilter:
    return within.replace(**{name: (row[name],) for name in by})


def show_candidates(by: list[str], key: str, title: str) -> None:
    """Only the hotline calls back, so only its cases can tell a matter that is not solved."""
    within = where.replace(source=(HOTLINE,))
    spots = weak_spots(reader, within, by, kind)
    kept = weakness.candidates(spots, least_signs=limits.least_signs, least_volume=limits.least_volume).head(20)
    if kept.empty:
        least = (limits.least_signs, limits.least_volume)
        st.info(markdown("没有达到 {} 个迹象、{} 件的。可放宽时段，或在 district.toml 调整。", *least))
        return
    rows = kept.to_dict("records")
    evidence = [f"解决 {row['resolution_rate__num']:,.0f}/{row['resolution_rate__den']:,.0f}，"
                f"重复 {row['repeat_share__num']:,.0f}/{row['repeat_share__den']:,.0f}，"
                f"比较期 {show(row['volume_base'], VOLUME)} 件" for row in rows]  # fmt: skip
    links = [cases_address(filter_of(row, by, within)) for _, row in kept.iterrows()]
    columns = [*by, "volume", "growth", "solved", "again_rate", "beyond", "said", "evidence", LINK]
    listed = kept.assign(evidence=evidence, **{LINK: links})[columns]
    chosen = table(listed, key=key, labels=labels, height="content", formats=FORMATS, selectable=True,
                   phone=[*by, "volume", "solved", LINK])  # fmt: skip
    downloads(listed, title, key=f"{key}_file", labels=labels)
    if chosen:
        row, cases = rows[chosen[0]], filter_of(kept.iloc[chosen[0]], by, within).replace(period=None)
        said = f"{until_now(within.when, reader.as_of)}热线受理 {row['volume']:,.0f} 件，{evidence[chosen[0]]}"
        said += f"；迹象：{row['said']}"
        enlist(reader, "".join(row[name] for name in by), cases, VIEWS[by[0]], said, key=f"{key}_enlist")


reader = open_page("薄弱环节")
where = filter_bar(reader, "last365")
with st.container(horizontal=True, vertical_alignment="bottom"):
    view = one_of(VIEWS, key="view", label="维度")
    others = [NONE, *(name for name in VIEWS if name != view)]
    second = st.selectbox("与另一维度交叉", others, key="cross", bind="query-params", filter_mode=None, width=160,
                          format_func=lambda name: VIEWS.get(name, name))  # fmt: skip
    kind = one_of({"yoy": SHIFT_LABELS["yoy"], "previous": SHIFT_LABELS["previous"]}, key="compare", label="与何时比")
labels = {**LABELS, "growth": f"{SHIFT_LABELS[kind]}%"}
by = [view] if second == NONE else [view, second]
limits = reader.profile.settings.weak_spots
spots = weak_spots(reader, where, by, kind)
words = "×".join(VIEWS[name] for name in by)
if spots.empty:
    answer(f"{until_now(where.when, reader.as_of)}，没有一件填写了{words}，无从比较。")
    st.info("来源没有这个字段时，可在 keywords.toml 里写关键词，重新导入后按文字识别。")
    st.stop()
spots["group"] = [" · ".join(written(name, row[name]) for name in by) for row in spots.to_dict("records")]
weak = spots[(spots["signs"] >= limits.least_signs) & (spots["beyond"] > 0)]
lead = html("{}，按{}看，", until_now(where.when, reader.as_of), words)
if len(weak):
    lead += html("最弱的是<b>{}</b>（{}）；", spots["group"].iloc[0], spots["said"].iloc[0])
    lead += html("占 {} 个以上迹象的有 <b>{:,}</b> 个", limits.least_signs, len(weak))
else:
    lead += "没有达到迹象数的"
answer(lead + "。")
whole = reader.aggregate(ASKED, (), where).iloc[0]
covered = spots["volume"].sum() / whole["volume"]
notes = [
    f"填写了{words}的占 {covered:.1%}",
    f"整体{RESOLUTION.label} {show(whole['resolution_rate'], RESOLUTION)}（不含剔除）",
]
notes += [RESOLUTION.unknown] if whole["resolution_rate__den"] == 0 else []
notes += ["数据没有覆盖比较期，不判断是否恶化"] if spots["volume_base"].isna().all() else []
st.caption(plain("　".join(notes)))

left, right = st.columns([2, 3], gap="large")
with left:
    st.subheader("量与解决率")
    if whole["resolution_rate__den"] > 0:
        dots = spots.nlargest(DRAWN, "volume").assign(
            x=spots["volume"], y=spots["resolution"], stands_out=spots["signs"] >= limits.least_signs
        )
        dots["named"] = dots["stands_out"] & dots.index.isin(weak.nlargest(6, "beyond").index)
        middle = (spots["volume"].median(), whole["resolution_rate"])
        drawn = charts.quadrant(dots, "group", VOLUME, RESOLUTION, middle=middle)
        state = st.altair_chart(drawn, key=f"quadrant_{'_'.join(by)}", on_select="rerun", theme=None)
        hit = charts.picked(state)
        if hit and hit["group"] in set(spots["group"]):
            row = spots.set_index("group").loc[hit["group"]]
            drill.cases_link(reader, filter_of(row, by, where), hit["group"])
        st.caption("右下角量大而解决率低。虚线：量的中位数、整体解决率。")
    else:
        st.info(plain(RESOLUTION.unknown))
with right:
    st.subheader(markdown("各{}", words))
    shown = spots[[*by, "volume", "growth", "solved", "again_rate", "beyond", "said"]]
    chosen = table(shown.head(DRAWN), key=f"spots_{'_'.join(by)}", labels=labels, selectable=True, formats=FORMATS,
                   phone=[*by, "volume", "solved"])  # fmt: skip
    if chosen:
        drill.cases_link(reader, filter_of(spots.iloc[chosen[0]], by, where), spots["group"].iloc[chosen[0]])
    downloads(shown, f"薄弱环节{words}", key="spots_file", labels=labels)
st.caption(
    "迹象：量大＝多于中位数；解决率低、重复多＝收缩后差于整体；在恶化＝量增而解决率未升。"
    "收缩：件数越少，比率越靠近整体（经验贝叶斯），小组不因偶然领先。多出的未解决＝回访数×（整体解决率－收缩后解决率）。"
)

st.subheader("每月一题候选（事项）")
show_candidates(["category3"], "topics", "每月一题候选")
st.subheader("攻百难候选（社区的具体事项）")
show_candidates(["community", "category3"], "hard", "攻百难候选")
st.caption("候选只看热线诉求：网格案件没有回访，无从知道解决率。勾选一行，可列入攻百难。")
