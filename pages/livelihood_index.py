"""七有五性: twelve scores of the district and its streets, what moved them, and how certain the ranks are."""

import pandas as pd
import streamlit as st

from data_access.cases.filters import CaseFilter
from data_access.district.periods import Period, shift_months
from data_access.district.vocabulary import DIMENSIONS_75, GROUPS_75, HOTLINE
from questions import livelihood
from questions.livelihood_scores import DISTRICT
from ui.choosing import trial
from ui.choosing.filterbar import controls, one_of
from ui.desk import drawer
from ui.desk.index_rules import show_indicators
from ui.drawing import score_words as said
from ui.drawing import scores, vega
from ui.drawing.tables import downloads, heat_table
from ui.frame.page import answer, computing, open_page
from ui.style.markup import html, markdown, plain
from ui.style.numbers import signed

PAGE = {"title": "七有五性", "group": "分析", "order": 40, "icon": "radar"}
WHOLE = "全区"
TOGETHER = {"1": "一个月", "3": "三个月"}
MEANS = {"arithmetic": "算术平均", "geometric": "几何平均"}


def say_how_it_stands() -> None:
    lead = html("{}，", stretch) + said.district_words(sure, index.weakest(DISTRICT), index.bands, since)
    answer(lead + (said.street_words(here, mine.T["总分"], index.bands) if here in index.bands.index else ""))
    about = f"基年 {rules.base_year} 年　只计整月　“±”为偶然的范围（95%）　色深分高，单格偶然大，不作先后"
    st.caption(markdown("**{}**　{}　{}", rules.label, rules.note, about))
    if index.is_trial:
        told = markdown("全区总分按配置 {:.1f} 分，按试调 {:.1f} 分。", index.planned_total, sure["score"]["总分"])
        st.warning("正在试调：与配置的口径不同。" + told)


def show_behind(street: str, score: str = "总分", *, key: str, at: pd.Timestamp | None = None) -> None:
    """The cases that a score rests on, in the drawer. `at`: the last month of it, where not the chosen one."""
    within = Period(shift_months(at or month, 1 - together), shift_months(at or month, 1))
    where = CaseFilter(period=within, source=(HOTLINE,), dimension=tuple(GROUPS_75.get(score, [score])))
    where = where if street in (WHOLE, DISTRICT) else where.replace(street=(street,))
    drawer.show(reader, where, f"{street or WHOLE}　{score}", key=key)


def show_streets() -> None:
    district = index.of(DISTRICT).to_frame().T.set_axis([WHOLE])
    shown = pd.concat([district, index.streets.loc[order]]).rename_axis("street").reset_index()
    shown = shown[["street", *GROUPS_75, *DIMENSIONS_75]]
    if picked := heat_table(shown, "street", key="grid", heading="街道", on_pick=drawer.follow("grid")):
        show_behind(*picked, key="grid")
    downloads(shown, f"七有五性{chosen}", key="grid_file", labels={"street": "街道"})


def show_dimensions() -> None:
    lines = {WHOLE: index.of(DISTRICT), WHOLE + before: index.of(DISTRICT, index.month_before)}
    lines = lines if here == DISTRICT else {place: index.of(here), WHOLE: lines[WHOLE]}
    rows = pd.DataFrame(lines).loc[list(DIMENSIONS_75)].rename_axis("axis").reset_index()
    rows = rows.melt("axis", var_name="line", value_name="score")
    if hit := vega.draw(scores.radar(rows, DIMENSIONS_75, list(lines)), key="radar", on_pick=drawer.follow("radar")):
        earlier = index.month_before if hit["line"] == WHOLE + before else None
        show_behind(hit["line"].removesuffix(before), hit["axis"], key="radar", at=earlier)


def show_what_moved() -> None:
    leaves = index.moved(here)
    if leaves is None:
        st.info("没有更早的得分可比。")
        return
    leaves["why"] = leaves["label"] + " " + leaves["points"].map(signed)
    moved = leaves.groupby("dimension", sort=False).agg({"points": "sum", "why": "；".join})
    drawn = scores.contributions(moved.reset_index(), "dimension")
    if hit := vega.draw(drawn, key="moved", on_pick=drawer.follow("moved"), is_kept=False):
        show_behind(place, hit["dimension"], key="moved")
    st.caption(markdown("合计等于总分的变化：{}。", said.change_words(mine.T["总分"], since)))
    downloads(leaves[list(said.MOVED)], f"{place}{chosen}变动", key="moved_file", labels=said.MOVED, chart=drawn)


def show_course() -> None:
    months = index.course(here)[list(GROUPS_75)].rename_axis("month").reset_index()
    course = months.melt("month", var_name="line", value_name="score")
    drawn = scores.course(course, list(GROUPS_75), title="示意指数（分）")
    if hit := vega.draw(drawn, key="course", on_pick=drawer.follow("course")):
        show_behind(place, hit["line"], key="course", at=pd.Timestamp(hit["month"], unit="ms"))


def show_how_sure() -> None:
    bands = index.bands.loc[order].reset_index()
    drawn = scores.bands(bands, "street") if index.tells_apart else None
    if drawn is None:
        st.info(plain(said.nobody_apart(len(bands))))
    elif hit := vega.draw(drawn, key="bands", on_pick=drawer.follow("bands"), is_kept=False):
        show_behind(hit["street"], key="bands")
    moved, without = list(index.rank_changes.index), index.left_out
    st.caption(plain(said.places_words(index.least_gap, index.noise_share, moved, without, since)))
    downloads(bands, f"{chosen}名次范围", key="bands_file", labels=said.BANDS, chart=drawn)


reader = open_page("七有五性")
months = list(livelihood.index_months(reader)[::-1])
if not months:
    st.info("本区配置里没有 indicators.toml，或数据不足一个整月，无从计分。写法见 profiles/dongcheng/indicators.toml。")
    st.stop()
with controls():
    spans = {span: words for span, words in TOGETHER.items() if int(span) <= len(months)}
    together = int(one_of(spans, key="together", label="每个得分合看"))
    known = {said.month_words(month): month for month in months[: len(months) - together + 1]}
    chosen = st.selectbox("月份", list(known), key="index_month", bind="query-params", filter_mode=None, width=170)
    streets = [WHOLE, *(street.name for street in reader.profile.streets)]
    place = st.selectbox("范围", streets, key="place", bind="query-params", width=200)
    month, here = known[chosen], DISTRICT if place == WHOLE else place
    rules = livelihood.rules_of(reader, month)
    mean = one_of({rules.aggregation: MEANS[rules.aggregation], **MEANS}, key="mean", label="合成方法")
    tried = trial.weights(livelihood.stored_weights(rules))
stretch, before = (chosen, "上月") if together == 1 else (f"截至{chosen}的三个月", "前三个月")
since = f"较{before}"
with computing():
    index = livelihood.livelihood_index(reader, month, months=together, geometric=mean == "geometric", tried=tried)
if not index.weights.can_score or index.scores.isna().all(axis=None):
    st.warning(plain(said.why_nothing(stretch, can_score=index.weights.can_score)))
    st.stop()
sure = index.sureness(DISTRICT)
# Where no street is surely ahead of another, an order by score would say that one is: then the district's own stands.
named = [street for street in streets if street in index.bands.index]
order = list(index.bands.index) if index.tells_apart else named
mine = sure if here == DISTRICT else index.sureness(here)
say_how_it_stands()
show_streets()
left, right = st.columns(2, gap="large")
with left:
    st.subheader("十二维")
    show_dimensions()
with right:
    st.subheader(markdown("{}{}，分数的增减由哪些维度凑成", place, since))
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
    show_indicators(index)
with expert:
    st.caption("各街道各月得分之间的相关系数。接近 1 的维度说的是同一件事，负值的维度彼此抵消。")
    vega.draw(scores.correlations(index.coherence()), key="coherence")
