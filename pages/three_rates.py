"""三率考核: league tables of units or districts; how certain a rank is, and what lifts a unit by one."""

import pandas as pd
import streamlit as st

from analysis.league import FEW
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES, Measure
from questions.league import CALIBRES, DAY, DISTRICT, MOVED_IN, RATES, League, first_received, league_of, moved_places
from ui.choosing import drill
from ui.choosing.filterbar import controls, filter_bar, one_of
from ui.desk import drawer
from ui.desk.why import in_a_line, why_in_league
from ui.drawing import charts, courses, score_words, titles, vega
from ui.drawing.cards import called_back
from ui.drawing.published import show_published
from ui.drawing.tables import downloads, table
from ui.frame.identity import actor
from ui.frame.page import answer, computing, open_page
from ui.style.markup import html, joined, markdown, plain
from ui.style.numbers import UNKNOWN, band, name, until_now
from ui.style.theme import is_phone

PAGE = {"title": "三率考核", "group": "分析", "order": 20, "icon": "leaderboard"}
IN_FORCE = "配置口径"
KINDS = ("街道", "部门", "企业")
INTERVALS = ("resolution_rate", "response_rate", "satisfaction_rate")
BLANKS = {"counted": "留空的答复计入分母", "left_out": "留空的答复不计"}
LABELS = {"place": "名次", "gap": "距前一名", "band": "可能名次", "first": "首接督办", "score": "累计成绩",
          "volume": "承办量（热线）"}  # fmt: skip


def say_who_leads() -> None:
    placed, score, least = ranks.placed, ranks.composite, ranks.scoring.small_sample
    lead = html("{}，各{}的有效回访都不足 {} 件：样本少，都未排名。", stretch, kind, least)
    if len(placed):
        lead = html("{}，", stretch) + score_words.place_words(ranks.units, ranks.bands, looked_at, score.name)
        lead += score_words.ends_words(placed, ranks.bands, score.name, kind)
        lead += score_words.halves_words(ranks.halves, ranks.bands)
    totals = [html("{}合并计算 <b>{:.2f}</b> 分", kind, ranks.pooled)]
    totals += [html("各{}平均 <b>{:.2f}</b> 分", kind, ranks.mean)] if ranks.published else []
    answer(lead + joined("，", totals if ranks.scoring.headline == "pooled" else totals[::-1]) + "。")
    if ranks.is_trial:
        st.warning(markdown("正在按 {} 试算，不是配置的口径；下面的成绩、名次和升位都按它算。", tried))
    about = (score.calibre, ranks.scoring.note, ranks.order, least, FEW, BLANKS[ranks.scoring.blanks])
    st.caption(markdown("{}　{}　{}　有效回访不足 {} 件的：{}　{}", *about))
    if not ranks.published:
        st.caption("别人的成绩和率，只在一个考核期、不加其他条件时给出；这里只有名次。")
    if young := called_back(reader, ranks.where):
        st.caption(plain(young))
    drill.unread_answers(ranks.unread, ranks.left_out)


def could_be(unit: str) -> str:
    return band(ranks.bands.at[unit, "best"], ranks.bands.at[unit, "worst"])


def show_league(rate: Measure) -> None:
    low, high = ranks.interval(rate)
    rows = ranks.units.assign(
        band=[FEW if small else could_be(str(unit)) for unit, small in ranks.is_small.items()],
        interval=[f"{a:.1%}–{b:.1%}" if pd.notna(a) else UNKNOWN for a, b in zip(low, high, strict=True)],
        first=ranks.units.index.map(first_received(reader, where.when).to_dict()).fillna(0),
    )
    rows = rows.sort_values(["place", "volume"], ascending=[True, False]).reset_index()
    rows["gap"] = -rows[ranks.composite.name].where(rows["place"].notna()).diff()
    shown = ["place", ranks.by, ranks.composite.name, "gap", "band", *(measure.name for measure in ranks.rates),
             "interval", *(["first"] if ranks.by == "unit" else []), "volume", ranks.counted[0]]  # fmt: skip
    labels = LABELS | {"interval": f"{rate.label}95%区间"} | ({ranks.composite.name: "成绩"} if is_phone() else {})
    told = (ranks.composite, *ranks.rates, MEASURES[ranks.counted[0]])  # whose calibre stands above
    short = {one.name: one.label for one in told} | labels | {"volume": "承办量"}
    chosen = table(rows[shown], key="league", labels=short, digits=2, selectable=True, height="content",
                   phone=["place", ranks.by, ranks.composite.name, "band"], formats={"gap": "%.2f"},
                   stand_out=[*rows.index[rows[ranks.by].isin(looked_at)]],
                   on_pick=drawer.follow("league"))  # fmt: skip
    if chosen:
        lead_on(str(rows[ranks.by].iloc[chosen[0]]), "league")
    counted = ["closed", *ranks.counted[1:]]  # what the rates are made of, for whoever computes them again
    downloads(rows[[*shown, *counted]], f"三率考核{kind}", key="league_file", labels=labels)
    st.caption(
        "可能名次：回访只是抽样，真实名次可能落在的范围。逐个单位看，平均每 10 个约有 9 个落在自己的范围里，"
        "不保证所有单位同时落在其中；两个单位的范围重叠，就分不出先后。只数热线诉求。"
    )


def lead_on(unit: str, key: str) -> None:
    """From a unit's row or line to its cases, why it stands there, and its portrait."""
    drawer.show(reader, ranks.cases_of(unit), unit or "未填写单位", key=key, more=in_a_line(ranks, unit))


def show_intervals(rate: Measure) -> None:
    low, high = ranks.interval(rate)
    dots = ranks.placed.assign(low=low, high=high).reset_index()
    drawer.chart(reader, charts.intervals(dots, ranks.by, rate, chosen=looked_at), ranks.where, key="intervals")


def show_course() -> None:
    drawn = courses.rank_lines(ranks.day_by_day(), DAY, ranks.by, ranks.surely_worse, looked_at)
    if hit := vega.draw(drawn, key="ranks", on_pick=drawer.follow("ranks")):
        lead_on(hit[ranks.by], "ranks")


def say_what_lifts() -> None:
    st.subheader("再解决几件，能升一位")
    if not ranks.published:
        st.caption("要知道前一名的成绩才算得出：请看一个考核期，不加其他条件。")
        return
    units = [unit for unit in ranks.placed.index if unit in looked_at] or [*ranks.placed.index]
    if not units:
        return
    unit = st.selectbox("单位", units, key="lift", bind="query-params", filter_mode=None, width=320)
    if lift := ranks.to_pass(unit):
        st.info(score_words.lift_words(lift, ranks.scoring))
    else:
        st.success("已在表上居首。")


reader = open_page("三率考核")
where: CaseFilter = filter_bar(reader, "assessment")
presets = {preset.name: preset for preset in reader.profile.settings.presets}
with controls():
    kind = one_of({one: one for one in (*KINDS, *([DISTRICT] if reader.profile.several else []))}, key="kind")
    calibre = one_of(CALIBRES, key="calibre")
    interval = one_of({rate: MEASURES[rate].label for rate in INTERVALS}, key="interval", label="区间")
    tried = one_of({IN_FORCE: IN_FORCE, **{name: name for name in presets}}, key="weights", label="响应/解决/满意")
with computing():
    ranks: League = league_of(reader, where, kind, calibre=calibre, tried=presets.get(tried))
stretch = until_now(where.when, reader.as_of)
if not ranks.is_known:
    reason = "回访的答复都没有认识的词" if ranks.unread else "没有有效回访"
    answer(f"{stretch}，{kind}{reason}，综合成绩无从计算。")
    drill.unread_answers(ranks.unread, ranks.left_out)
    st.info("可换一个时段或单位类别；来源没有回访结果时，这一页没有数。")
    st.stop()
rate = MEASURES[interval + calibre]
who = actor(reader.profile)
looked_at = ranks.chosen | ({who.unit} & {*ranks.units.index} if who else set())  # what the filter names, and one's own
say_who_leads()
show_league(rate)
why_in_league(ranks)
left, right = st.columns(2, gap="large")
with left:
    st.subheader(f"{name(rate)}与区间")
    show_intervals(rate)
with right:
    titles.titled(titles.ranks(moved_places(ranks), MOVED_IN), "名次逐日变化（累计，橙色的可能名次全在后一半）")
    show_course()
say_what_lifts()
show_published(reader, (*RATES, "composite"))
