"""三率考核: league tables of streets, departments, companies; how certain a rank is, and what lifts a unit by one."""

import pandas as pd
import streamlit as st

from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES, Measure
from questions.league import CALIBRES, DAY, RATES, League, first_received, league_of
from ui.choosing import drill
from ui.choosing.filterbar import filter_bar, one_of
from ui.drawing import charts, score_words, vega
from ui.drawing.cards import called_back
from ui.drawing.tables import PUBLISHED_LABELS, downloads, table
from ui.frame.page import answer, open_page
from ui.style.links import page_address
from ui.style.markup import html, joined, markdown, plain
from ui.style.numbers import UNKNOWN, band, name, show, until_now

PAGE = {"title": "三率考核", "group": "分析", "order": 20}
IN_FORCE = "配置口径"
KINDS = {"街道": "街道", "部门": "部门", "企业": "企业"}
INTERVALS = ("resolution_rate", "response_rate", "satisfaction_rate")
SHARED = {"volume": "", "shared": "或与其并列"}
BLANKS = {"counted": "留空的答复计入分母", "left_out": "留空的答复不计"}
LABELS = {"place": "名次", "band": "可能名次", "few": "样本", "first": "首接督办", "score": "累计成绩"}


def say_who_leads() -> None:
    placed, score = ranks.placed, ranks.composite
    first, worse = placed.index[0], [(unit, could_be(unit)) for unit in ranks.surely_worse]
    told = (stretch, kind, first, show(placed[score.name].iloc[0], score), could_be(first))
    lead = html("{}，表上居首的{}是<b>{}</b>（<b>{}</b> 分，可能名次 {}）。", *told)
    lead += score_words.halves_words((ranks.halves > 0).sum(), worse)
    totals = [html("合并计算 <b>{:.2f}</b> 分", ranks.pooled), html("各单位平均 <b>{:.2f}</b> 分", ranks.mean)]
    answer(lead + joined("，", totals if ranks.scoring.headline == "pooled" else totals[::-1]) + "。")
    if ranks.is_trial:
        st.warning(markdown("正在按 {} 试算，不是配置的口径；下面的成绩、名次和升位都按它算。", tried))
    about = (score.calibre, ranks.scoring.note, ranks.order, ranks.scoring.small_sample, BLANKS[ranks.scoring.blanks])
    st.caption(markdown("{}　{}　{}　回访不足 {} 件的单位标“少”，名次仅供参考　{}", *about))
    if young := called_back(reader, ranks.where):
        st.caption(plain(young))
    drill.unread_answers(ranks.unread, ranks.left_out)


def could_be(unit: str) -> str:
    return band(ranks.bands.at[unit, "best"], ranks.bands.at[unit, "worst"])


def show_league(rate: Measure) -> None:
    low, high = ranks.interval(rate)
    rows = ranks.units.assign(
        band=[could_be(unit) for unit in ranks.units.index],
        interval=[f"{a:.1%}–{b:.1%}" if pd.notna(a) else UNKNOWN for a, b in zip(low, high, strict=True)],
        first=ranks.units.index.map(first_received(reader, where.when).to_dict()).fillna(0),
        few=ranks.is_small.map({True: "少", False: ""}),
    )
    rows = rows.sort_values("place").reset_index()
    shown = ["place", "unit", ranks.composite.name, "band", *(measure.name for measure in ranks.rates), "interval",
             "few", "first", "volume", "closed", *ranks.counted]  # fmt: skip
    labels = {**LABELS, "interval": f"{rate.label}区间（95%）"}
    chosen = table(rows[shown], key="league", labels=labels, digits=2, selectable=True, height="content",
                   phone=["place", "unit", ranks.composite.name, "band"])  # fmt: skip
    if chosen:
        lead_on(str(rows["unit"].iloc[chosen[0]]))
    downloads(rows[shown], f"三率考核{kind}", key="league_file", labels=labels)
    st.caption(
        "可能名次：回访只是抽样，真实名次可能落在的范围。逐个单位看，平均每 10 个约有 9 个落在自己的范围里，"
        "不保证所有单位同时落在其中；两个单位的范围重叠，就分不出先后。"
    )


def lead_on(unit: str) -> None:
    """From a unit's row to its cases and its portrait."""
    drill.cases_link(reader, ranks.where.replace(unit=(unit,)), unit or "未填写单位")
    portrait = page_address("unit", ranks.where.replace(unit=()), who=unit)
    st.markdown(markdown("[{}的单位画像]({})", unit, portrait))


def show_intervals(rate: Measure) -> None:
    low, high = ranks.interval(rate)
    dots = ranks.placed.assign(low=low, high=high).reset_index()
    drill.chart(reader, charts.intervals(dots, "unit", rate), ranks.where, key="intervals")


def show_course() -> None:
    lines = ranks.day_by_day()
    vega.draw(charts.rank_lines(lines, DAY, "unit", ranks.surely_worse), key="ranks")
    downloads(lines, "名次逐日变化", key="ranks_file", labels=LABELS)


def say_what_lifts() -> None:
    st.subheader("再解决几件，能升一位")
    unit = st.selectbox("单位", ranks.placed.index, key="lift", bind="query-params", filter_mode=None, width=320)
    lift = ranks.to_pass(unit)
    if lift is None:
        st.success("已在表上居首。")
        return
    partly = "，部分解决的只补差额" if ranks.scoring.partly_resolved else ""
    if lift.needed is None:
        st.warning(
            markdown("只靠解决不够：未解决的 {:,} 件都解决{}，也超不过{}。", lift.unresolved, partly, lift.above)
        )
    else:
        said = markdown("（现有未解决 {:,} 件{}，其余答复不变），即可升到{}之前", lift.unresolved, partly, lift.above)
        st.info(
            f"把 {lift.needed:,} 件未解决变为解决"
            + said
            + SHARED[ranks.scoring.ties]
            + "；只是表上名次，可能名次多半不变。"
        )


def show_published() -> None:
    published = [row for row in reader.profile.benchmarks if row.measure in (*RATES, "composite")]
    if published:
        st.subheader("公布的数字")
        rows = pd.DataFrame([row.model_dump() for row in published])
        rows["measure"] = [MEASURES[measure].label for measure in rows["measure"]]
        table(rows, key="published", labels=PUBLISHED_LABELS)


reader = open_page("三率考核")
where: CaseFilter = filter_bar(reader, "assessment")
presets = {preset.name: preset for preset in reader.profile.settings.presets}
with st.container(horizontal=True, vertical_alignment="bottom"):
    kind = one_of(KINDS, key="kind")
    calibre = one_of(CALIBRES, key="calibre")
    interval = one_of({rate: MEASURES[rate].label for rate in INTERVALS}, key="interval", label="区间")
    tried = one_of({IN_FORCE: IN_FORCE, **{name: name for name in presets}}, key="weights", label="响应/解决/满意")
ranks: League = league_of(reader, where, kind, calibre=calibre, tried=presets.get(tried))
stretch = until_now(where.when, reader.as_of)
if not ranks.is_known:
    reason = "回访的答复都没有认识的词" if ranks.unread else "没有有效回访"
    answer(f"{stretch}，{kind}{reason}，综合成绩无从计算。")
    drill.unread_answers(ranks.unread, ranks.left_out)
    st.info("可换一个时段或单位类别；来源没有回访结果时，这一页没有数。")
    st.stop()
rate = MEASURES[interval + calibre]
say_who_leads()
show_league(rate)
left, right = st.columns(2, gap="large")
with left:
    st.subheader(f"{name(rate)}与区间")
    show_intervals(rate)
with right:
    st.subheader("名次逐日变化（累计，橙色的可能名次全在后一半）")
    show_course()
say_what_lifts()
show_published()
