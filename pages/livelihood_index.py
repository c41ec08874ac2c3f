"""七有五性: twelve scores of the district and its streets, what moved them, and how certain the ranks are."""

import pandas as pd
import streamlit as st

from data_access.cases.filters import CaseFilter
from data_access.district.periods import Period, shift_months
from data_access.district.vocabulary import DIMENSIONS_75, GROUPS_75, HOTLINE
from questions import livelihood
from questions.livelihood import DISTRICT
from ui.choosing import drill, trial
from ui.choosing.filterbar import one_of
from ui.drawing import scores
from ui.drawing.tables import downloads, heat_table, table
from ui.frame.page import answer, open_page
from ui.style.markup import bold, html, markdown
from ui.style.numbers import UNKNOWN, signed

PAGE = {"title": "七有五性", "group": "分析", "order": 40}
WHOLE = "全区"
BETTER = {"up": "越高越好", "down": "越低越好"}
MEANS = {"arithmetic": "算术平均", "geometric": "几何平均"}
DEFINED = {"dimension": "维度", "label": "指标", "unit": "单位", "better": "方向", "low": "标杆下限",
           "high": "标杆上限", "weight": "维度内权重", "origin": "来源"}  # fmt: skip
BANDS = {"street": "街道", "place": "名次", "best": "最好可到", "worst": "最差可到"}
MOVED = {"dimension": "维度", "label": "指标", "before": "上月得分", "after": "本月得分",
         "points": "对总分的贡献（分）"}  # fmt: skip
COURSE = {"month": "月", "line": "指数", "score": "得分"}


def month_words(month: pd.Timestamp) -> str:
    return f"{month.year}年{month.month}月"


def say_how_it_stands() -> None:
    now, change = index.of(DISTRICT), index.of(DISTRICT)["总分"] - index.of(DISTRICT, index.month_before)["总分"]
    known = now[list(DIMENSIONS_75)].dropna()
    total, seven, five = (UNKNOWN if pd.isna(now[name]) else f"{now[name]:.1f}" for name in ("总分", "七有", "五性"))
    since = f"（较上月 {signed(change, 1)}）" if change == change else ""
    lead = html("{}，全区示意指数 <b>{}</b> 分{}：七有 <b>{}</b>，五性 <b>{}</b>", chosen, total, since, seven, five)
    lead += html("；最弱的维度是<b>{}</b>", known.idxmin()) if len(known) else ""
    if len(scored := index.streets.dropna(subset=["总分"])) > 1:
        lead += "。街道中最高的是" + bold(scored.index[0]) + "，最低的是" + bold(scored.index[-1])
    if here in scored.index:
        score, nth = float(scored["总分"][here]), list(scored.index).index(here) + 1
        lead += html("；<b>{}</b> <b>{:.1f}</b> 分，第 <b>{}</b> 名", place, score, nth)
    answer(lead + "。")
    about = f"基年 {index.rules.base_year} 年　只计整月　色深分高，“—”为已知指标不足"
    st.caption(markdown("**{}**　{}　{}", index.rules.label, index.rules.note, about))
    if index.is_trial:
        said = markdown("全区总分按配置 {:.1f} 分，按试调 {} 分。", index.planned_total, total)
        st.warning("正在试调：与配置的口径不同。" + said)


def show_streets() -> None:
    district = index.of(DISTRICT).to_frame().T.set_axis([WHOLE])
    shown = pd.concat([district, index.streets]).rename_axis("street").reset_index()
    shown = shown[["street", *GROUPS_75, *DIMENSIONS_75]]
    if picked := heat_table(shown, "street", key="grid", heading="街道"):
        street, score = picked
        stretch = Period(month.to_pydatetime(), shift_months(month, 1))
        where = CaseFilter(period=stretch, source=(HOTLINE,), dimension=tuple(GROUPS_75.get(score, [score])))
        where = where if street == WHOLE else where.replace(street=(street,))
        drill.cases_link(reader, where, f"{street}　{score}")
    downloads(shown, f"七有五性{chosen}", key="grid_file", labels={"street": "街道"})


def show_dimensions() -> None:
    lines = {WHOLE: index.of(DISTRICT), "全区上月": index.of(DISTRICT, index.month_before)}
    lines = lines if here == DISTRICT else {place: index.of(here), WHOLE: lines[WHOLE]}
    rows = pd.DataFrame(lines).loc[list(DIMENSIONS_75)].rename_axis("axis").reset_index().melt("axis", var_name="line")
    rows = rows.rename(columns={"value": "score"})
    st.altair_chart(scores.radar(rows, DIMENSIONS_75, list(lines)), key="radar", theme=None)


def show_what_moved() -> None:
    leaves = index.moved(here)
    if leaves is None:
        st.info("没有上月的得分可比。")
        return
    said = leaves["label"] + " " + leaves["points"].map(signed)
    moved = leaves.assign(why=said).groupby("dimension", sort=False).agg({"points": "sum", "why": "；".join})
    st.altair_chart(scores.contributions(moved.reset_index(), "dimension"), key="moved", theme=None)
    st.caption(f"合计 {signed(leaves['points'].sum())} 分，等于总分的变化。")
    downloads(leaves[list(MOVED)], f"{place}{chosen}变动", key="moved_file", labels=MOVED)


def show_course() -> None:
    months = index.course(here)[list(GROUPS_75)].rename_axis("month").reset_index()
    course = months.melt("month", var_name="line", value_name="score")
    st.altair_chart(scores.course(course, list(GROUPS_75), title="示意指数（分）"), key="course", theme=None)
    downloads(course, f"{place}逐月", key="course_file", labels=COURSE)


def show_how_sure() -> None:
    bands = index.bands().rename_axis("street").reset_index()
    st.altair_chart(scores.bands(bands, "street"), key="bands", theme=None)
    st.caption("随机改变权重（±25%）、标准化方法和合成方法 1,000 次，名次落在其中的 90%。")
    downloads(bands, f"{chosen}名次范围", key="bands_file", labels=BANDS)


def show_definitions() -> None:
    weight = index.weights.indicators.to_numpy()
    words = index.definitions.assign(better=index.definitions["better"].map(BETTER), weight=weight)
    st.caption(f"已知指标的权重不足 {rules.min_known:.0%} 时不计分；所依据的件数少于 {rules.min_cases:d} 时按缺失。")
    table(words[list(DEFINED)], key="defined", labels=DEFINED)


reader = open_page("七有五性")
months = list(livelihood.index_months(reader)[::-1])
if not months:
    st.info("本区配置里没有 indicators.toml，或数据不足一个整月，无从计分。写法见 profiles/dongcheng/indicators.toml。")
    st.stop()
with st.container(horizontal=True, vertical_alignment="bottom"):
    known = {month_words(month): month for month in months}
    chosen = st.selectbox("月份", list(known), key="index_month", bind="query-params", filter_mode=None, width=170)
    streets = [WHOLE, *(street.name for street in reader.profile.streets)]
    place = st.selectbox("范围", streets, key="place", bind="query-params", width=200)
    month, here = known[chosen], DISTRICT if place == WHOLE else place
    rules = livelihood.rules_of(reader, month)
    mean = one_of({rules.aggregation: MEANS[rules.aggregation], **MEANS}, key="mean", label="合成方法")
    tried = trial.weights(livelihood.stored_weights(rules))
index = livelihood.livelihood_index(reader, month, geometric=mean == "geometric", tried=tried)
if not index.weights.can_score:
    st.warning("权重全为 0，无从计分：请在“试调权重”里至少留一个大于 0 的指标和维度。")
    st.stop()

say_how_it_stands()
show_streets()
left, right = st.columns(2, gap="large")
with left:
    st.subheader("十二维")
    show_dimensions()
with right:
    st.subheader(markdown("{}较上月，什么在变", place))
    show_what_moved()
left, right = st.columns(2, gap="large")
with left:
    st.subheader(markdown("{}逐月", place))
    show_course()
with right:
    st.subheader("名次有多稳")
    show_how_sure()
definitions, expert = st.tabs(["口径与权重", "一致性（专家）"])
with definitions:
    show_definitions()
with expert:
    st.caption("各街道各月得分之间的相关系数。接近 1 的维度说的是同一件事，负值的维度彼此抵消。")
    st.altair_chart(scores.correlations(index.coherence()), key="coherence", theme=None)
