"""指标口径: every measure's definition, from where it is computed; the district's rules; published figures."""

import pandas as pd
import streamlit as st

from data_access.cases.dimensions import dimensions_of
from data_access.cases.own import measures_of, own_of
from data_access.cases.store import ROOT
from ui.drawing.published import show_published
from ui.drawing.tables import PUBLISHED_LABELS, downloads, read_whole, table
from ui.frame.page import answer, open_page
from ui.style.markup import html, markdown, plain
from ui.style.numbers import name

PAGE = {"title": "指标口径", "group": "报告", "order": 20, "icon": "menu_book"}
BETTER = {"up": "越高越好", "down": "越低越好", "": "不论高低"}

METHODS = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8").split("\n", 1)[1].replace("\n## ", "\n#### ")

reader = open_page("指标口径")
profile = reader.profile
MEASURES = measures_of(profile)
settings = profile.settings
answer(html("看板的 <b>{}</b> 个指标都在同一处计算，各页、下载和报告用的是同一个数。", len(MEASURES)))

measures = pd.DataFrame(
    {
        "指标": [name(measure) for measure in MEASURES.values()],
        "口径": [measure.definition for measure in MEASURES.values()],
        "单位": [measure.unit.name for measure in MEASURES.values()],
        "方向": [BETTER[measure.better] for measure in MEASURES.values()],
        "无数时的原因": [measure.unknown or "—" for measure in MEASURES.values()],
        "名称（编写页面用）": list(MEASURES),
    }
)
for problem in own_of(profile).problems:
    st.warning(markdown("本区的一个指标没有用上，其余照常。{}", str(problem)))
st.subheader("指标")
read_whole(measures)
downloads(measures, "指标口径", key="measures_file")

st.subheader("时间与规则")
clock = settings.clock
st.markdown(
    f"- “今天”指数据的最新时间，不是电脑的时间；落后超过 {clock.stale_after_hours:g} 小时会提示\n"
    f"- 考核期从每月 {clock.assessment_month_start:d} 日起；考核日从 {clock.assessment_day_start:d} 时起\n"
    f"- 同一诉求人同一二级分类在 {clock.repeat_window_days:d} 天内再次提出，计为重复诉求\n"
    "- 同比、环比、较上一考核期都取同样天数，天数不同的整月把件数折算到同样天数；"
    f"受理不满 {clock.settled_after_days:d} 天的，比较期还原到同样的办理时长，还原不了就不比\n"
    f"- 按日、按周的同比{'对齐星期（往前 52 周）' if clock.yoy == 'weekday' else '对齐日期'}；春节前后可按春节对齐\n"
    "- 变化带 95% 区间，区间含零的不能确定升降；作废的案件不进任何指标"
)
scorings = pd.DataFrame(
    [
        {
            "起始日期": str(scoring.valid_from),
            "响应率权重": scoring.response,
            "解决率权重": scoring.resolution,
            "满意率权重": scoring.satisfaction,
            "部分解决折算": scoring.partly_resolved,
            "各档满意度折算": "、".join(f"{grade} {part:g}" for grade, part in scoring.grades.items()),
            "答复留空": {"counted": "计入分母", "left_out": "不计"}[scoring.blanks],
            "说明": scoring.note,
        }
        for scoring in settings.scoring
    ]
)
st.subheader("三率与综合成绩的规则")
read_whole(scorings)

if settings.time_limits:
    limits = pd.DataFrame(
        [
            {
                "时限类别": limit.limit_class,
                "派单时限（小时）": limit.dispatch_hours,
                "办理时限（小时）": limit.handle_hours,
                "说明": limit.note,
            }
            for limit in settings.time_limits
        ]
    )
    st.subheader("办理时限")
    table(limits, key="limits")

st.subheader("判断凭什么，错的机会有多大")
st.caption("各种说法都用模拟检验过：什么也没发生时说错几次，确实发生时说中几次；标“＊”的略在目标之外")
with st.expander("方法与实测"):
    st.markdown(METHODS)

st.subheader("维度和取值")
texts = {name: one.label for name, one in dimensions_of(profile).items() if one.kind == "text" and name != "address"}
st.caption("分组、筛选、写页面时用的维度；取值是库里有的，件数是全部时段的")
by = st.selectbox(
    "维度", list(texts), key="values_of", bind="query-params", format_func=lambda one: plain(texts[one]), width=260
)
values = reader.aggregate(["volume", "resolution_rate", "on_time_rate"], [by], order_by="volume", limit=500)
if len(values):
    table(values, key="values", height="auto")
    downloads(values, f"取值{texts[by]}", key="values_file")

if profile.benchmarks:
    show_published(reader, {row.measure for row in profile.benchmarks})
    rows = pd.DataFrame([row.model_dump() for row in profile.benchmarks])
    downloads(rows, "公布的数字", key="published_file", labels=PUBLISHED_LABELS)
