"""预警预测: what is unusual now, how sure that is, what drives it, whose it is, and how good such alarms are."""

from functools import partial

import pandas as pd
import streamlit as st

from analysis.league import wilson
from data_access.cases.filters import CaseFilter
from data_access.cases.watched import NEW_WEEKS
from questions import alarm_words as words
from questions import inbox
from questions.alarm_quality import a_week, measured
from questions.lookout import is_current, standing
from questions.warning import Alarm, Watched
from ui.desk import alarm_view, matters, steps
from ui.desk.alarms import ASKED, wait
from ui.drawing.tables import LINK, downloads, table
from ui.frame.identity import is_closed
from ui.frame.page import answer, open_page
from ui.style.links import cases_address, page_address
from ui.style.markup import html, markdown, plain
from ui.style.theme import is_phone

PAGE = {"title": "预警预测", "group": "分析", "order": 11, "icon": "notifications_active", "counts": "alarm"}
FEW = 5  # names in a line
LABELS = {"sure": "把握", "what": "什么", "counted": "多少", "observed": "现在", "expected": "平常", "usual": "95%范围",
          "threshold": "报警线", "since": "始于", "unit": "承办最多的单位", LINK: "案件"}  # fmt: skip
QUALITY = {"world": "情形", "said": "目标", "hits": "做到的（95%区间）", "delay": "找到的一半在几天内", "runs": "次数"}


def say_what_stands(found: Watched) -> None:
    if not found.windows:
        answer("数据还不足以判断有无异常：要有五个可比的日子，或三个月的历史。")
    elif not found.alarms:
        answer(html("<b>{}</b>：看了 {:,} 个地点与分类的组合，没有一处超出平常。", words.NONE, found.series))
    else:
        sure = sum(alarm.is_sure for alarm in found.alarms)
        lead = html("现在有 <b>{:,}</b> 条预警，其中确定的 <b>{:,}</b> 条。", len(found.alarms), sure)
        answer(lead + html("最要紧的是{}。", words.sentence(found.alarms[0], found.moment)))
    st.caption(plain(f"看了 {found.series:,} 个地点与分类的组合；一切如常时凭偶然也约有 {found.by_chance:.1f} 条。"
                     "同一件事在社区、街道、小类、大类上的预警合并成一条，写在最能说明它的地点和分类上。"))  # fmt: skip
    if found.new_names:
        few = "、".join(found.new_names[:FEW]) + ("等" if len(found.new_names) > FEW else "")
        st.caption(plain(f"没有看 {len(found.new_names):,} 个出现不到 {NEW_WEEKS} 周的街道、社区或单位名称：{few}。"
                         "没有平常可比；若是旧名改写，请在配置里写成别名。"))  # fmt: skip


def listed(found: Watched) -> pd.DataFrame:
    """The alarms as the table and the file show them. Grain: one row per alarm, columns LABELS."""
    columns = {
        "sure": [words.SURE[alarm.is_sure] for alarm in found.alarms],
        "what": [words.headline(alarm) for alarm in found.alarms],
        "counted": [words.counted(alarm, found.moment) for alarm in found.alarms],
        "expected": [alarm.expected for alarm in found.alarms],
        "usual": [f"{alarm.low:,.0f}–{alarm.high:,.0f}" for alarm in found.alarms],
        "threshold": [alarm.threshold for alarm in found.alarms],
        "since": [words.since(alarm, found.moment) for alarm in found.alarms],
        "unit": [words.owner(alarm) for alarm in found.alarms],
        LINK: [cases_address(alarm.where) for alarm in found.alarms],
    }
    return pd.DataFrame(columns)


def chosen_alarm(found: Watched) -> Alarm | None:
    """The one that the address or the table names; the first where neither does."""
    frame = listed(found)
    narrow = {"observed": [alarm.observed for alarm in found.alarms]} if is_phone() else {}
    picked = table(frame.assign(**narrow), key=f"alarms_{steps.turns('alarms')}", labels=LABELS, selectable=True,
                   height="content", formats={"expected": "%.1f", "threshold": "%d"},
                   phone=["what", "observed", "expected"],
                   records=[alarm.key for alarm in found.alarms])  # fmt: skip
    downloads(frame, "预警", key="alarms_file", labels=LABELS)
    if picked:
        return found.alarms[picked[0]]
    named = st.query_params.get(ASKED, "")
    return next((alarm for alarm in found.alarms if alarm.key == named), found.alarms[0] if not named else None)


def show_quality() -> None:
    """What was measured, and what people decided since."""
    known = measured()
    wrong = known[known["kind"] == "误报"].iloc[0]
    rate, weeks = wrong["found"], wrong["runs"]
    told = (rate, *a_week(rate, weeks), weeks, reader.profile.settings.watch.false_a_week)
    st.markdown(markdown(
        "一切如常时，一周平均 **{:.1f}** 条误报（95% 区间 {:.1f}–{:.1f}，模拟 {} 周；容许 {:g} 条）。", *told
    ))  # fmt: skip
    found = known[known["kind"] != "误报"]
    hits = (found["found"] * found["runs"]).round()
    ends = zip(hits, found["runs"], *wilson(hits, found["runs"]), strict=True)
    listed = found.assign(hits=[f"{hit:.0f}/{runs:.0f}（{low:.0%}–{high:.0%}）" for hit, runs, low, high in ends])
    listed = listed[list(QUALITY)]
    table(listed, key="quality", labels=QUALITY, height="content", formats={"delay": "%.0f", "runs": "%d"},
          phone=["hits", "delay", "world"])  # fmt: skip
    downloads(listed, "预警有多准", key="quality_file", labels=QUALITY)
    st.caption(
        "在演示区的数据上试：各类案件按历年的季节和星期重排，再放进突增；当晚就报算 0 天。"
        "每种只试了二三十次，区间还宽。方法见“指标口径”页的“方法与实测”。"
    )
    ended = inbox.outcomes(desk.matters) if desk else {}
    judged = ended.get(inbox.TRUE, 0) + ended.get(inbox.FALSE, 0)
    if judged:
        st.markdown(markdown("人工判断过 **{:,}** 条：属实 **{:,}**，误报 **{:,}**；另有 {:,} 条自行平息。",
                             judged, ended.get(inbox.TRUE, 0), ended.get(inbox.FALSE, 0),
                             sum(ended.values()) - judged))  # fmt: skip
    else:
        st.caption("还没有人工判断过的预警；在收件箱里走“属实”或“误报”，这里就计入。")


reader = open_page("预警预测")
has_inbox = reader.profile.has_programme(inbox.KIND) and not is_closed(reader)
desk = matters.open_desk(reader, inbox.KIND) if has_inbox else None
found = standing(reader)
if not is_current(reader):
    wait(reader)
if found:
    say_what_stands(found)
if found and found.alarms:
    if alarm := chosen_alarm(found):
        if row := inbox.matter_of(desk.matters, alarm) if desk else None:
            address = page_address("warning", CaseFilter(), **{matters.ASKED: row["matter_id"]})
            st.markdown(markdown("收件箱：[{}]({})，{}", row["matter_id"], address, row["stage"]))
        alarm_view.show(reader, found, alarm)
    else:
        st.info("地址里的那条预警已经过去：件数回到了平常。")
if desk:
    st.subheader("收件箱")
    matters.board(
        desk,
        ["unit", "sure", "latest", "since"],
        labels={"light": "确认时限"},
        first=partial(inbox.urgency, found=found, unread=desk.programme.stages[0]),
        order_said="没有人确认的在前，其中最要紧的在最上；已经回落的在后",
        empty="收件箱里没有预警；导入后自动更新，新的预警半分钟内记入。",
    )
st.subheader("这套预警有多准")
show_quality()
