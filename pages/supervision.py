"""督办: cases that press, an order (督办单) issued from them, and every order's way to its end."""

import json
from datetime import datetime, timedelta
from html import escape

import streamlit as st

from data_access.filters import STATUSES
from data_access.ledger import Refused, ledger_for
from data_access.periods import beijing_now
from data_access.profile import current_profile
from data_access.query import aggregate, as_of, get_case, list_cases
from ui import matters
from ui.filterbar import filter_bar
from ui.frame import answer, open_page
from ui.identity import actor
from ui.numbers import moment, plain
from ui.tables import downloads, table

PAGE = {"title": "督办", "group": "办理", "order": 20}
KIND = "supervision"
PRESSING = ("overdue_open", "open", "reworked", "dissatisfied", "repeat")
SHOWN = ["case_id", "created_at", "due_at", "street", "category3", "unit", "status"]
LABELS = {"case_id": "编号", "created_at": "受理时间", "due_at": "截止时间"}
MOST = 50


def forget_matter() -> None:
    st.query_params.pop("matter", None)


def show_matter(number: str) -> None:
    """One order: what it says, its cases, its time line, and the next step."""
    st.button("← 返回督办", on_click=forget_matter, key="back")
    found = ledger.matters(KIND).set_index("matter_id", drop=False)
    if number not in found.index:
        st.warning("没有这个编号的督办单。")
        return
    row = found.loc[number]
    st.subheader(plain(f"{number}　{row['title']}"))
    due = f"，截止 {moment(row['due_at'])}" if row["due_at"] == row["due_at"] else ""
    answer(f"<b>{escape(row['stage'])}</b>{due}　{matters.LIGHTS[row['light']]}")
    said = [f"{one.label}：{row[one.name]}" for one in programme.fields if row[one.name]]
    st.text("　".join(said))
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("下一步")
        matters.take_a_step(ledger, programme, row, who)
        st.subheader("全留痕")
        matters.time_line(ledger, programme, number)
    with right:
        st.subheader("涉及的案件，现在怎样")
        cases = [case for one in json.loads(row["cases"])["ids"] if (case := get_case(one))]
        for case in cases:
            state = "已办结" if case["is_closed"] else "未办结"
            line = f"{case['category3'] or '未分类'}　{case['street']}　{state}　{case['satisfaction']}"
            st.markdown(f"[{plain(case['case_id'])}](/cases?case={case['case_id']})　{plain(line)}")


def issue(ids: list[str], unit: str) -> None:
    """The form of a new order for the chosen cases."""
    if who is None:
        st.info("要发督办单，请先在左侧“办理身份”填写姓名和角色。")
        return
    with st.form("issue"):
        st.write(f"为选中的 {len(ids)} 件案件发督办单")
        title = st.text_input("事项", max_chars=60)
        fields = {one.name: matters.ask_field(one, unit if one.kind == "unit" else "", key=f"new_{one.name}")
                  for one in programme.fields if one.name in programme.requires}  # fmt: skip
        hours = st.number_input("几小时内办结", 1, 720, 48)
        text = st.text_area("要求", height=80)
        if st.form_submit_button("发出", type="primary"):
            try:
                due = beijing_now() + timedelta(hours=int(hours))
                number = ledger.open_matter(
                    programme, who, title, fields=fields, case_ids=tuple(ids), due_at=due, text=text
                )
            except Refused as refusal:
                st.error(str(refusal))
            else:
                st.query_params["matter"] = number
                st.rerun()


open_page("督办")
who = actor()
if not any(one.kind == KIND for one in current_profile().programmes.programmes):
    st.info("本区配置里没有 programmes.toml，没有可办理的事项。")
    st.stop()
ledger, programme = ledger_for(), current_profile().programme(KIND)
if number := st.query_params.get("matter"):
    show_matter(number)
    st.stop()
found = ledger.matters(KIND)
going = found[~found["stage"].isin(programme.ends)]
lights = going["light"].value_counts()
lead = f"在办督办单 <b>{len(going):,}</b> 件"
lead += "，其中" + "、".join(f"{light}灯 <b>{lights.get(light, 0):,}</b>" for light in "红橙黄")
pressing = aggregate(["overdue_open"])["overdue_open"].iloc[0]
answer(f"{lead}；案件库里逾期未办结 <b>{pressing:,.0f}</b> 件。")
if len(found):
    if picked := matters.board(ledger, programme, found):
        st.query_params["matter"] = picked
        st.rerun()
else:
    st.info("还没有督办单。在下面勾选案件，即可发出第一张。")

st.subheader("待督办的案件")
where = filter_bar("all")
status = st.selectbox("哪些", PRESSING, format_func=lambda one: STATUSES[one][0], key="pressing", bind="query-params",
                      filter_mode=None, width=200)  # fmt: skip
rows = list_cases(where.replace(status=(status,)), sort="due_at", descending=False, page_size=MOST)
if rows.empty:
    st.success(f"所选范围内没有{STATUSES[status][0]}的案件。")
    st.stop()
chosen = table(rows[SHOWN], key="pressing_cases", labels=LABELS, several=True, phone=["due_at", "category3", "unit"])
st.caption(f"按截止时间排列的前 {len(rows)} 件，数据截至 {moment(as_of() or datetime.min)}；勾选后可发督办单")
downloads(rows[SHOWN], f"待督办{STATUSES[status][0]}", key="pressing_file", labels=LABELS)
if chosen:
    units = rows.iloc[chosen]["unit"]
    issue(rows.iloc[chosen]["case_id"].tolist(), units.mode().iloc[0])
