"""一网情深: who calls again and again, who of them is cared for, who calls less since. For people the profile names."""

import pandas as pd
import streamlit as st

from data_access.cases.care import callers
from ui.desk import caring, matters, steps
from ui.drawing.tables import table
from ui.frame.page import answer, open_page
from ui.style.markup import html, markdown, plain
from ui.style.numbers import moment

PAGE = {"title": "一网情深", "group": "办理", "order": 70, "icon": "favorite", "counts": "care"}
LABELS = {"shown": "诉求人", "cases": "件数", "open": "未办结", "unresolved": "未解决", "dissatisfied": "不满意",
          "plan": "帮扶", "why": "符合的条件", "crowd": "人群", "street": "街道", "categories": "常反映",
          "last": "最近一件"}  # fmt: skip
MOST, CHOSEN = 200, "care_chosen"
OFF = """
**为什么**　它要从案件里找出反复来电的诉求人，等于一份重点人群的名单；这项工作也没有公开的口径。

**怎么启用**　由系统管理员在本区的配置里启用，写明可以看的人的姓名，重启生效（运维手册“一网情深”一节）；\
没有列出的人仍然什么也看不到。没有设登录时身份由各人自选，启用前须先设登录。

**用什么**　只用来电号码的带密钥散列，没有姓名和号码；页面上只有不能还原的化名。不上大屏，不能下载、打印，不进地址栏。
"""


def choose(rows: pd.DataFrame) -> dict[str, str] | None:
    """The caller picked from the list. Callers' keys stay on the server: the browser sends positions in the list."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="callers_filters"):
        known = sorted(set(rows["street"]))
        streets = st.multiselect("街道", known, key="callers_streets", placeholder="全部", select_all=False, width=300)
        bare = st.toggle("只看没有帮扶计划的", key="callers_bare")
    kept = rows[rows["street"].isin(streets or known) & ((rows["plan"] == "") | (not bare))].head(MOST)
    if kept.empty:
        st.info("没有符合条件的诉求人。")
        return None
    drawn = "_".join(["callers", reader.version, str(len(desk.matters)), str(bare), *streets])
    picked = table(kept[[*LABELS]], key=drawn, labels=LABELS, selectable=True, phone=["shown", "cases", "plan", "why"])
    st.caption(f"件数最多的 {len(kept):,} 位，数据截至 {moment(reader.as_of)}。勾选一位，看来电，定帮扶计划")
    if picked:
        st.session_state[CHOSEN] = kept.iloc[picked[0]].to_dict()
    held = st.session_state.get(CHOSEN)
    # An import may redraw the list while somebody fills in the form: the plan they send is for the caller they saw.
    return held if held and (picked or steps.is_sent(form_of(held))) else None


def form_of(row: dict[str, str]) -> str:
    return f"plan_{row['shown']}"


def plan_for(row: dict[str, str]) -> None:
    """The caller's plan that is going on, or the form of a new one."""
    st.subheader("帮扶计划")
    going = desk.going.loc[desk.going["caller"] == row["caller"], "matter_id"]
    if len(going):
        number = going.iloc[0]
        go = (desk.programme, number)
        st.button(markdown("打开在办的 {}", number), on_click=matters.go_to, args=go, key="open_plan")
        return
    st.caption("事项、依据和要求里请不要写姓名、电话、门牌。")
    given, title = {"caller": row["caller"], "basis": row["why"], "street": row["street"]}, f"{row['shown']} 结对帮扶"
    if number := steps.open_form(desk, key=form_of(row), given=given, title=title):
        matters.go_to(desk.programme, number)
        st.rerun()


reader = open_page("一网情深")
profile = reader.profile
care = profile.programmes.care
if not care.enabled:
    st.info("一网情深默认不启用，本区没有启用。")
    st.markdown(OFF)
    st.stop()
desk = matters.open_desk(reader, "care", beside=caring.show_change)
stages = caring.plans_of(desk).drop_duplicates("caller").set_index("caller")["stage"].to_dict()
rows = callers(reader, desk.who)
rows["plan"] = [stages.get(key, "") for key in rows["caller"]]
lead = html("近 {} 天有 <b>{:,}</b> 位诉求人反复来电，其中 <b>{:,}</b> 位有帮扶计划；",
            care.days, len(rows), (rows["plan"] != "").sum())  # fmt: skip
lead += html("在办计划 <b>{:,}</b> 份，其中{}。", len(desk.going), matters.lights(desk.going))
answer(lead + caring.in_all(desk))
if row := choose(rows):
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(plain(row["shown"]))
        caring.show_calls(desk, row["caller"])
    with right:
        plan_for(row)
st.subheader("帮扶计划")
matters.board(desk, ["caller", "street", "unit"], empty="还没有帮扶计划。在上面勾选一位诉求人，即可定第一份。")
crowds = "、".join(care.crowds) or "特定人群"
with st.expander("怎么算反复来电（默认口径，可配置）"):
    st.write(markdown("{} 天内同一诉求人 {} 件以上；诉求涉及{}的，件数减半。作废的不计。"
                      "化名由标识再散列一次截短而成，不能还原；同一人的化名不变。",
                      care.days, care.least_cases, crowds))  # fmt: skip
