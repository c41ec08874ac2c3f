"""吹哨报到: whistles and whether the departments they call come, in time, to solve it; how streets use them."""

from dataclasses import replace

import pandas as pd
import streamlit as st
from markupsafe import Markup

from analysis.duties import answered, callers, departments
from analysis.league import FEW, wilson
from data_access.cases.filters import CaseFilter, references
from ui.choosing.filterbar import one_of
from ui.desk import matters, steps
from ui.drawing import charts
from ui.drawing.tables import downloads, table
from ui.drawing.vega import draw
from ui.frame.page import answer, open_page
from ui.style.markup import html, markdown
from ui.style.numbers import UNKNOWN

PAGE = {"title": "吹哨报到", "group": "办理", "order": 30, "icon": "campaign", "counts": "whistle"}
RATES = {"arrival": ("arrived", "due", "报到率"), "in_time": ("in_time", "due", "按时报到率"),
         "solved": ("solved", "settled", "解决率")}  # fmt: skip
LABELS = {"unit": "被叫单位", "calls": "叫到次数", "score": "平均分", "scored": "评分数", "few": "样本",
          "street": "吹哨街道", "whistles": "吹哨", "called": "叫到单位", "arrived": "报到", "due": "应报到",
          "settled": "有结果", "solved": "解决"}  # fmt: skip
LABELS |= {f"{name}_rate": f"{words}%" for name, (_, _, words) in RATES.items()}
LABELS |= {f"{name}_of": f"{words}的件数、区间" for name, (_, _, words) in RATES.items()}


def share(part: float, whole: float) -> Markup:
    """A rate in words, with what it was counted from."""
    if not whole:
        return html("{}（没有可算的）", UNKNOWN)
    return html("<b>{:.1%}</b>（{:,.0f}/{:,.0f}）", part / whole, part, whole)


def with_intervals(league: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Each rate in percent, and beside it its counts and its interval in words."""
    for name in names:
        part, whole, _ = RATES[name]
        low, high = wilson(league[part], league[whole])
        counted = zip(league[part], league[whole], low, high, strict=True)
        league[f"{name}_of"] = [f"{n:,.0f}/{m:,.0f}（{a:.0%}–{b:.0%}）" if m else UNKNOWN for n, m, a, b in counted]
        league[f"{name}_rate"] *= 100
    return league


def blow() -> None:
    """The form; the cases it is about may stand in the address (?cases=)."""
    said = st.text_input("涉及的案件编号（空格分开，可不填）", st.query_params.get("cases", ""),
                         key=f"cases_{steps.turns('blow')}", placeholder="案件库里的编号")  # fmt: skip
    numbers = tuple(dict.fromkeys((said or "").split()))
    known = reader.list_cases(CaseFilter(case_id=numbers), page_size=len(numbers)) if numbers else pd.DataFrame()
    found = set() if known.empty else {*known["case_id"], *references(known)}
    if unknown := [number for number in numbers if number not in found]:
        st.error(markdown("案件库里没有：{}。请改正后再填下面的表。", "、".join(unknown)))
        return
    about = CaseFilter(case_id=numbers) if numbers else None
    if number := steps.open_form(desk, key="blow", where=about, parts=CALL):
        st.query_params.pop("cases", None)
        matters.go_to(desk.programme, number)
        st.rerun()


def show_departments() -> None:
    small = reader.profile.scoring_at(desk.ledger.now().date()).small_sample
    league = departments(calls)
    low, high = wilson(league["in_time"], league["due"])
    dots = league.assign(low=low, high=high)[league["due"] >= small]
    dots = dots.sort_values("low", ascending=False, kind="stable")
    league["few"] = [FEW if due < small else "" for due in league["due"]]
    rates = [f"{name}_{what}" for name in RATES for what in ("rate", "of")]
    listed = with_intervals(league, list(RATES))[["unit", "calls", *rates, "score", "scored", "few"]]
    table(listed, key="departments", labels=LABELS, formats=dict.fromkeys((*rates, "score"), "%.1f"), menu="columns",
          phone=["unit", "arrival_rate", "in_time_rate", "score"])  # fmt: skip
    downloads(listed, f"一哨一考{year}", key="departments_file", labels=LABELS)
    st.caption("应报到＝已报到，或到场时限已过；按时＝时限前报到；解决率只算有处置结果的哨；区间 95%。"
               "得分是各哨的平均分，没有区间，不作排名（表按被叫次数排）。"
               f"应报到不足 {small:d} 次的：样本少，未排名，图里没有。")  # fmt: skip
    if len(dots):
        st.markdown("**按时报到率与区间（95%）**，按区间下限排；区间重叠的分不出先后")
        chart = charts.rate_intervals(dots, "unit", "in_time_rate", "按时报到率")
        draw(chart, key="in_time", picks=False)


def show_streets() -> None:
    league = with_intervals(callers(whistles, calls, SOLVED), ["solved"])
    listed = league[["street", "whistles", "called", "due", "arrived", "settled", "solved", "solved_rate", "solved_of"]]
    table(listed, key="callers", labels=LABELS, formats={"solved_rate": "%.1f"},
          phone=["street", "whistles", "solved_rate"])  # fmt: skip
    downloads(listed, f"双考核街道{year}", key="callers_file", labels=LABELS)


def explain_sheet() -> None:
    whole = sum(item.weight for item in CALL.sheet)
    lines = [(CALL.field(item.field), item.weight / whole) for item in CALL.sheet]
    with st.expander("一哨一考怎么评分（默认口径，可配置）"):
        st.write("处置完成后，吹哨街道给每个被叫单位评分；被叫单位可申诉，由指挥中心或区领导裁定，以裁定的分为准。")
        st.write("\n".join(
            markdown("- {}：{:g} 至 {:g} 分，占 {:.0%}", field.label, field.low, field.high, weight)
            for field, weight in lines
        ))  # fmt: skip
        st.write("每项换算成 0 至 100，按权重相加；没评全的不算分。评分规则没有公开，以上是本区配置里的默认口径。")


reader = open_page("吹哨报到")
desk = matters.open_desk(reader, "whistle")
CALL, SOLVED = reader.profile.programme("whistle_call"), desk.programme.field("result").options[0]
told = desk.ledger.matters(CALL.kind, viewer=desk.who)
valid = told[~told["stage"].isin(CALL.came_to_nothing)]
standing = desk.matters[~desk.matters["stage"].isin(desk.programme.came_to_nothing)]
years = sorted(set(desk.matters["opened_at"].dt.year), reverse=True) or [desk.ledger.now().year]
year = int(one_of({str(year): f"{year}年" for year in years}, key="year", label="年度"))
whistles = standing[standing["opened_at"].dt.year == year]
calls = answered(valid[valid["parent"].isin(whistles["matter_id"])], whistles, desk.ledger.now(), SOLVED)
waiting = valid[(valid["arrived_at"] == "") & ~valid["over"] & valid["parent"].isin(desk.going["matter_id"])]
late = (waiting["due_at"] < desk.ledger.now()).sum()
roll = (valid["arrived_at"] != "").groupby(valid["parent"]).agg(["sum", "size"]).astype(str)
desk.matters["came"] = desk.matters["matter_id"].map(roll["sum"] + "/" + roll["size"]).astype("string").fillna(UNKNOWN)
arrived, in_time = (share(calls[column].sum(), calls["due"].sum()) for column in ("arrived", "in_time"))
lead = html("在办吹哨 <b>{:,}</b> 件，其中{}；", len(desk.going), matters.lights(desk.going))
lead += html("叫到而未报到的单位 <b>{:,}</b> 家次，过时限的 <b>{:,}</b>。", len(waiting), late)
counts = (year, len(whistles), arrived, in_time)
answer(lead + html("{}年吹哨 <b>{:,}</b> 件，报到率 {}，按时报到率 {}。", *counts))
if desk.who and len(mine := told[told["unit"].isin(reader.profile.units_of(desk.who.unit))]):
    st.subheader(markdown("叫到{}的", desk.who.unit))
    matters.board(replace(desk, programme=CALL, matters=mine), ["street", "arrived_at"])
    st.subheader("全部吹哨")
matters.board(desk, ["street", "reason", "came", "result"], labels={"came": "报到/叫到"},
              empty="还没有吹过哨。在下面填写，叫到的单位同时收到。")  # fmt: skip
with st.expander("吹哨", expanded="cases" in st.query_params):
    blow()

st.subheader(f"一哨一考：{year:d}年各被叫单位")
if len(calls):
    show_departments()
else:
    st.info("这一年没有叫到单位；吹哨以后，这里按被叫单位统计报到、按时和解决。")
explain_sheet()
st.subheader(f"双考核：{year:d}年各街道怎么用哨")
if len(whistles):
    show_streets()
else:
    st.info("这一年没有吹哨；吹哨以后，这里按街道统计用了多少、解决多少。")
