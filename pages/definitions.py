"""指标口径: every measure's definition, from where it is computed; the district's rules; published figures."""

import pandas as pd
import streamlit as st

from data_access.cases.measures import MEASURES
from data_access.cases.store import ROOT
from ui.drawing.tables import PUBLISHED_LABELS, downloads, table
from ui.frame.page import answer, open_page
from ui.style.markup import html
from ui.style.numbers import name

PAGE = {"title": "指标口径", "group": "报告", "order": 20}
BETTER = {"up": "越高越好", "down": "越低越好", "": "不论高低"}

METHODS = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8").split("\n", 1)[1].replace("\n## ", "\n#### ")

reader = open_page("指标口径")
profile = reader.profile
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
st.subheader("指标")
table(measures, key="measures", height="content")
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
table(scorings, key="rules")

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
st.caption("各种说法在许多个模拟世界里试过：什么也没发生时说错几次，确实发生时说中几次；标“＊”的略在目标之外")
with st.expander("方法与实测"):
    st.markdown(METHODS)

st.subheader("公布的数字")
if profile.benchmarks:
    published = pd.DataFrame([row.model_dump() for row in profile.benchmarks])
    published["measure"] = [name(MEASURES[m]) if m in MEASURES else "（见口径）" for m in published["measure"]]
    table(published, key="published", labels=PUBLISHED_LABELS)
    downloads(published, "公布的数字", key="published_file", labels=PUBLISHED_LABELS)
else:
    st.caption("本区配置没有提供公布数字。")
