"""七有五性: twelve scores of the district and its streets, what moved them, and how sure the places are."""

from html import escape

import pandas as pd
import streamlit as st

from analysis import index
from data_access.filters import CaseFilter
from data_access.indicators import DISTRICT, definitions, panel, whole_months
from data_access.periods import Period, shift_months
from data_access.profile import current_profile
from data_access.schema import DIMENSIONS_75, GROUPS_75, HOTLINE
from ui import drill, scores
from ui.filterbar import one_of
from ui.frame import answer, open_page
from ui.numbers import signed
from ui.tables import downloads, heat_table, table
from ui.trial import weights as trial_weights

PAGE = {"title": "七有五性", "group": "分析", "order": 40}
WHOLE = "全区"
BETTER = {"up": "越高越好", "down": "越低越好"}
MEANS = {"arithmetic": "算术平均", "geometric": "几何平均"}
DEFINED = {"dimension": "维度", "label": "指标", "unit": "单位", "better": "方向", "low": "标杆下限",
           "high": "标杆上限", "weight": "维度内权重", "origin": "来源"}  # fmt: skip
BANDS = {"street": "街道", "place": "名次", "best": "最好可到", "worst": "最差可到"}
MOVED = {"dimension": "维度", "label": "指标", "before": "上月得分", "after": "本月得分",
         "points": "对总分的贡献（分）"}  # fmt: skip


def month_words(month: pd.Timestamp) -> str:
    return f"{month.year}年{month.month}月"


open_page("七有五性")
profile, period = current_profile(), whole_months()
if not profile.index or not period:
    st.info("本区配置里没有 indicators.toml，或数据不足一个整月，无从计分。写法见 profiles/dongcheng/indicators.toml。")
    st.stop()
months = pd.date_range(period.start, period.end, freq="MS", inclusive="left")[::-1]
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = st.selectbox("月份", [month_words(one) for one in months], key="index_month", bind="query-params",
                          filter_mode=None, width=170)  # fmt: skip
    streets = [street.name for street in profile.streets]
    place = st.selectbox("范围", [WHOLE, *streets], key="place", bind="query-params", width=200)
    month = next(one for one in months if month_words(one) == chosen)
    rules = profile.index_at(month.date())
    mean = one_of({rules.aggregation: MEANS[rules.aggregation], **MEANS}, key="mean", label="合成方法")
    outer = {one: rules.dimension_weights.get(one, 1.0) for one in DIMENSIONS_75}
    inner = {one.name: (one.label, one.weight) for one in rules.indicators}
    tried = trial_weights(inner | {name: (name, weight) for name, weight in outer.items()})
values = panel(rules)
defined = definitions(rules, values)
weights = index.weights_of(defined, outer, geometric=mean == "geometric", min_known=rules.min_known, tried=tried)
plan = index.weights_of(defined, outer, geometric=rules.is_geometric, min_known=rules.min_known)
if not weights.can_score:
    st.warning("权重全为 0，无从计分：请在“试调权重”里至少留一个大于 0 的指标和维度。")
    st.stop()

parts = index.parts_of(values, defined, winsorise_at_most=rules.winsorise_at_most)
found = index.scores(parts, weights, GROUPS_75)
district = found.xs(DISTRICT, level="street")
now, before = district.loc[month], month - pd.DateOffset(months=1)
here = DISTRICT if place == WHOLE else place
ordered = found.xs(month, level="month").drop(index=DISTRICT).sort_values("总分", ascending=False)
lead = f"{chosen}，全区示意指数 <b>{now['总分']:.1f}</b> 分"
if before in district.index:
    lead += f"（较上月 {signed(now['总分'] - district.loc[before, '总分'], 1)}）"
lead += f"：七有 <b>{now['七有']:.1f}</b>，五性 <b>{now['五性']:.1f}</b>"
lead += f"；最弱的维度是<b>{now[list(DIMENSIONS_75)].idxmin()}</b>"
scored = ordered.dropna(subset=["总分"])
if len(scored) > 1:
    lead += f"。街道中最高的是<b>{escape(scored.index[0])}</b>，最低的是<b>{escape(scored.index[-1])}</b>"
if here in scored.index:
    lead += f"；<b>{place}</b> <b>{scored.at[here, '总分']:.1f}</b> 分，第 <b>{scored.index.get_loc(here) + 1}</b> 名"
answer(lead + "。")
st.caption(f"**{rules.label}**　{rules.note}　基年 {rules.base_year} 年　只计整月　色深分高，“—”为已知指标不足")
if weights.differ_from(plan):
    kept = index.scores(parts.loc[[(month, DISTRICT)]], plan, GROUPS_75)["总分"].iloc[0]
    st.warning(f"正在试调：与配置的口径不同。全区总分按配置 {kept:.1f} 分，按试调 {now['总分']:.1f} 分。")

shown = pd.concat([district.loc[[month]].set_axis([WHOLE]), ordered]).rename_axis("street").reset_index()
shown = shown[["street", *GROUPS_75, *DIMENSIONS_75]]
picked = heat_table(shown, "street", key="grid", heading="街道")
if picked:
    where = CaseFilter(period=Period(month.to_pydatetime(), shift_months(month, 1)), source=(HOTLINE,))
    where = where.replace(dimension=tuple(GROUPS_75.get(picked[1], [picked[1]])))
    drill.cases_link(where if picked[0] == WHOLE else where.replace(street=(picked[0],)), f"{picked[0]}　{picked[1]}")
downloads(shown, f"七有五性{chosen}", key="grid_file", labels={"street": "街道"})

left, right = st.columns(2, gap="large")
with left:
    st.subheader("十二维")
    lines = [WHOLE, "全区上月"] if here == DISTRICT else [place, WHOLE]
    both = {WHOLE: now, "全区上月": district.loc[before] if before in district.index else now * float("nan")}
    both[place] = found.loc[(month, here)] if (month, here) in found.index else now * float("nan")
    long = pd.DataFrame(both)[lines].loc[list(DIMENSIONS_75)].rename_axis("axis").reset_index()
    long = long.melt("axis", var_name="line", value_name="score")
    st.altair_chart(scores.radar(long, DIMENSIONS_75, lines), key="radar", theme=None)
with right:
    st.subheader(f"{place}较上月，什么在变")
    if (before, here) in parts.index and (month, here) in parts.index:
        then, after = parts.loc[(before, here)], parts.loc[(month, here)]
        points = index.decomposition(then, after, weights, GROUPS_75["总分"])
        leaves = pd.DataFrame({"before": then, "after": after, "points": points}).rename_axis(
            ["dimension", "indicator"]
        )
        leaves = leaves.reset_index().merge(defined[["dimension", "indicator", "label"]], on=["dimension", "indicator"])
        said = leaves["label"] + " " + leaves["points"].map(signed)
        moved = leaves.assign(why=said).groupby("dimension", sort=False).agg({"points": "sum", "why": "；".join})
        st.altair_chart(scores.contributions(moved.reset_index(), "dimension"), key="moved", theme=None)
        st.caption(f"合计 {signed(points.sum())} 分，等于总分的变化。")
        downloads(leaves[list(MOVED)], f"{place}{chosen}变动", key="moved_file", labels=MOVED)
    else:
        st.info("没有上月的得分可比。")

left, right = st.columns(2, gap="large")
with left:
    st.subheader(f"{place}逐月")
    course = (
        found.xs(here, level="street")[list(GROUPS_75)]
        if here in found.index.get_level_values("street")
        else district[[]]
    )
    course = course.rename_axis("month").reset_index().melt("month", var_name="line", value_name="score")
    st.altair_chart(scores.course(course, list(GROUPS_75), title="示意指数（分）"), key="course", theme=None)
    downloads(course, f"{place}逐月", key="course_file", labels={"month": "月", "line": "指数", "score": "得分"})
with right:
    st.subheader("名次有多稳")
    bands = (
        index.rank_bands(parts.xs(month, level="month").drop(index=DISTRICT), weights)
        .rename_axis("street")
        .reset_index()
    )
    st.altair_chart(scores.bands(bands, "street"), key="bands", theme=None)
    st.caption("随机改变权重（±25%）、标准化方法和合成方法 1,000 次，名次落在其中的 90%。")
    downloads(bands, f"{chosen}名次范围", key="bands_file", labels=BANDS)

known, expert = st.tabs(["口径与权重", "一致性（专家）"])
with known:
    words = defined.assign(better=defined["better"].map(BETTER), weight=weights.indicators.to_numpy())
    st.caption(f"已知指标的权重不足 {rules.min_known:.0%} 时不计分；所依据的件数少于 {rules.min_cases} 时按缺失。")
    table(words[list(DEFINED)], key="defined", labels=DEFINED)
with expert:
    st.caption("各街道各月得分之间的相关系数。接近 1 的维度说的是同一件事，负值的维度彼此抵消。")
    matrix = found.drop(index=DISTRICT, level="street")[["总分", *DIMENSIONS_75]].corr()
    cells = matrix.rename_axis("row").reset_index().melt("row", var_name="column", value_name="r")
    st.altair_chart(scores.correlations(cells), key="coherence", theme=None)
