"""三率考核: league tables of streets, departments, companies; how sure a place is, and what would lift a unit."""

from html import escape

import pandas as pd
import streamlit as st

from analysis import league
from data_access.ledger import ledger_for
from data_access.measures import MEASURES
from data_access.periods import Period
from data_access.profile import current_profile
from data_access.programmes import VOID
from data_access.query import aggregate, as_of
from data_access.schema import HOTLINE
from ui import charts, drill
from ui.filterbar import filter_bar, one_of
from ui.frame import answer, open_page
from ui.links import page_address
from ui.numbers import UNKNOWN, name, plain, show, until_now
from ui.tables import PUBLISHED_LABELS, downloads, table

PAGE = {"title": "三率考核", "group": "分析", "order": 20}
IN_FORCE = "配置口径"
KINDS = {"街道": "街道", "部门": "部门", "企业": "企业"}
CALIBRES = {"": "不含剔除", "_all": "含剔除"}
RATES = ["response_rate", "resolution_rate", "satisfaction_rate", "composite"]
COUNTED = {
    "valid_callbacks": "valid",
    "contacted": "contacted",
    "resolved": "resolved",
    "partly_resolved": "partly",
    "satisfied": "satisfied",
    "basically_satisfied": "basically",
}
LABELS = {"place": "名次", "band": "可能名次", "few": "样本", "first": "首接督办"}


def first_received(period: Period) -> pd.Series:
    """How many orders (督办单) of the period each unit was the first to receive (首接责任)."""
    if not any(one.kind == "supervision" for one in current_profile().programmes.programmes):
        return pd.Series(dtype=float)
    orders = ledger_for().matters("supervision")
    inside = (orders["opened_at"] >= period.start) & (orders["opened_at"] < period.end) & (orders["stage"] != VOID)
    return orders[inside]["first_unit"].value_counts()


open_page("三率考核")
where = filter_bar("assessment")
with st.container(horizontal=True, vertical_alignment="bottom"):
    kind = one_of(KINDS, key="kind")
    calibre = one_of(CALIBRES, key="calibre")
    presets = {preset.name: preset for preset in current_profile().settings.presets}
    interval = one_of({rate: MEASURES[rate].label for rate in RATES[1::-1] + RATES[2:3]}, key="interval", label="区间")
    tried = one_of({IN_FORCE: IN_FORCE, **{name: name for name in presets}}, key="weights", label="响应/解决/满意")
where = where.replace(unit_type=(kind,), source=(HOTLINE,))
rule = current_profile().scoring_at(where.period.start.date())
chosen_weights = presets.get(tried, rule)
weights = league.Weights(chosen_weights.response, chosen_weights.resolution, chosen_weights.satisfaction,
                         rule.partly_resolved, rule.grades.get("基本满意", 0.0))  # fmt: skip
rates, counted = [measure + calibre for measure in RATES], {m + calibre: part for m, part in COUNTED.items()}
composite, rate = MEASURES[rates[3]], MEASURES[interval + calibre]

found = aggregate(["volume", "closed", *rates, *counted], ["unit"], where).set_index("unit")
counts = found.rename(columns=counted)[list(counted.values())]
if not counts["valid"].sum():
    answer(f"{until_now(where.period, as_of())}，{kind}没有有效回访，三率无从计算。")
    st.info("可换一个时段或单位类别；来源没有回访结果时，这一页没有数。")
    st.stop()

whole = aggregate([composite.name, *counted], (), where).rename(columns=counted)
daily = aggregate([composite.name, *counted], ["assessment_day", "unit"], where).rename(columns=counted)
score, total = f"{composite.name}__num", f"{composite.name}__den"
if tried != IN_FORCE:
    for frame in (whole, daily):
        frame[score] = (league.scores(frame, weights) * frame["valid"]).fillna(0.0)
    found[composite.name] = league.scores(counts, weights)
pooled = (whole[score] / whole[total]).iloc[0]
found["place"] = league.ranks(found[composite.name], found["volume"], shared=rule.ties == "shared")
bands = league.rank_bands(counts, weights)
low, high = league.wilson(found[f"{rate.name}__num"], found[f"{rate.name}__den"])
found["band"] = [f"{b}–{w}" if pd.notna(b) else UNKNOWN for b, w in zip(bands["best"], bands["worst"], strict=True)]
found["interval"] = [f"{a:.1%}–{b:.1%}" if pd.notna(a) else UNKNOWN for a, b in zip(low, high, strict=True)]
found["first"] = found.index.map(first_received(where.period)).fillna(0)
found["few"] = ["少" if valid < rule.small_sample else "" for valid in counts["valid"]]
ranked = found.sort_values("place").reset_index()
placed = ranked.dropna(subset=["place"])
mean = placed[composite.name].mean()
lead = f"{until_now(where.period, as_of())}，{kind}第一名<b>{escape(placed['unit'].iloc[0])}</b>"
lead += f"（<b>{show(placed[composite.name].iloc[0], composite)}</b> 分）；末三名："
lead += "、".join(f"<b>{escape(unit)}</b>" for unit in placed["unit"].tail(3)[::-1])
totals = [f"合并计算 <b>{pooled:.2f}</b> 分", f"各单位平均 <b>{mean:.2f}</b> 分"]
lead += f"。{'，'.join(totals if rule.headline == 'pooled' else totals[::-1])}。"
answer(lead)
if tried != IN_FORCE:
    st.warning(f"正在按 {tried} 试算，不是配置的口径；下面的成绩、名次和升位都按它算。")
st.caption(f"{composite.calibre}　{rule.note}　回访不足 {rule.small_sample} 件的单位标“少”，名次仅供参考")

labels = {**LABELS, "interval": f"{rate.label}区间（95%）"}
shown = ["place", "unit", composite.name, "band", *rates[:3], "interval", "few", "first", "volume", "closed", *counted]
chosen = table(ranked[shown], key="league", labels=labels, digits=2, selectable=True, height="content",
               phone=["place", "unit", composite.name, "band"])  # fmt: skip
if chosen:
    unit = ranked["unit"].iloc[chosen[0]]
    drill.cases_link(where.replace(unit=(unit,)), unit or "未填写单位")
    portrait = page_address("unit", where.replace(unit=()), who=unit)
    st.markdown(f"[{plain(unit)}的单位画像]({portrait})")
downloads(ranked[shown], f"三率考核{kind}", key="league_file", labels=labels)
st.caption("可能名次：按现有回访数，名次由偶然可达的范围（模拟 2,000 次的 90%）；两个单位的范围重叠时，先后不宜细究。")

left, right = st.columns(2, gap="large")
with left:
    st.subheader(f"{name(rate)}与区间")
    dots = placed.assign(low=placed["unit"].map(low), high=placed["unit"].map(high))
    drill.chart(charts.intervals(dots, "unit", rate), where, key="intervals")
with right:
    st.subheader("名次逐日变化（累计）")
    lines = league.running_ranks(daily, "assessment_day", "unit", score, total)
    st.altair_chart(charts.rank_lines(lines, "assessment_day", "unit"), key="ranks", theme=None)
    downloads(lines, "名次逐日变化", key="ranks_file", labels={"score": "累计成绩", **LABELS})

st.subheader("再解决几件，能升一位")
unit = st.selectbox("单位", placed["unit"], key="lift", bind="query-params", filter_mode=None, width=320)
lift = league.resolved_to_pass(counts, weights, unit)
unresolved = int(counts.at[unit, "valid"] - counts.at[unit, "resolved"])
if lift is None:
    st.success("已是第一名。")
elif lift[1] > unresolved:
    st.warning(f"只靠解决不够：要超过{lift[0]}需再解决 {lift[1]:,} 件，而未解决的只有 {unresolved:,} 件。")
else:
    st.info(f"把 {lift[1]:,} 件未解决变为解决（现有未解决 {unresolved:,} 件，其余答复不变），即可超过{lift[0]}。")

published = [row for row in current_profile().benchmarks if row.measure in RATES]
if published:
    st.subheader("公布的数字")
    rows = pd.DataFrame([row.model_dump() for row in published])
    rows["measure"] = [MEASURES[measure].label for measure in rows["measure"]]
    table(rows, key="published", labels=PUBLISHED_LABELS)
