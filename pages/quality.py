"""数据质量: imports and what to look at after them, rejected rows, words not known, blanks, how fresh sources are."""

import pandas as pd
import streamlit as st

from data_access.district.vocabulary import SOURCES
from data_access.intake import quality
from data_access.intake.repair import meaning_of, repair_of
from ui.choosing.filterbar import one_of
from ui.drawing.tables import downloads, table
from ui.frame.page import answer, open_page
from ui.style.markup import html, markdown
from ui.style.numbers import moment

PAGE = {"title": "数据质量", "group": "报告", "order": 30, "icon": "fact_check"}
BATCHES = {
    "batch_id": "批次",
    "file_name": "文件",
    "mapping": "对照表",
    "finished_at": "完成时间（本机时钟）",
    "rows_read": "读取（行）",
    "inserted": "新增",
    "updated": "更新",
    "unchanged": "未变",
    "rejected": "隔离",
}
REJECTED = {
    "batch_id": "批次",
    "file_name": "文件",
    "line": "行号",
    "column": "列",
    "reason": "原因",
    "raw": "原文（已遮蔽号码）",
}
FRESH = {
    "source": "来源",
    "cases": "件数",
    "first": "最早受理",
    "last": "最新受理",
    "last_closed": "最新办结",
    "last_callback": "最新回访",
}
MISSING = {"label": "字段"}
ASKED = {"batch_id": "批次", "file_name": "文件", "finished_at": "完成时间（本机时钟）", "line": "请核对"}
WORDS = {"source": "来源", "label": "列", "word": "词", "cases": "件数"}


def show_unknown_words() -> None:
    st.subheader("不认识的词")
    if words.empty:
        st.success("各代码列的词都认识。")
        return
    st.caption("这些词按未知处理：不算是，也不算否；不计入有关的率。点选一行，看怎样让看板认识它。")
    row = table(words[list(WORDS)], key="words", labels=WORDS, selectable=True)
    downloads(words[list(WORDS)], "不认识的词", key="words_file", labels=WORDS)
    for at in row or [0]:
        show_repair(words.iloc[at])


def show_repair(row: pd.Series) -> None:
    profile = reader.profile
    repair = repair_of(profile, row["mapping"], row["source"], row["field"], row["word"])
    where = (f"profiles/{profile.name}/{repair.file}", f"[{repair.section}]")
    if not repair.again:
        st.markdown(markdown("“{}”：在 {} 的 {} 里，用这一行换掉原来的一行，重启即可。", row["word"], *where))
    else:
        choose = "加一行（按词的意思从下面选一行），重启，再导入一次原来的文件。"
        if repair.is_new:
            choose = "（文件末尾新写这一段）" + choose
        said = markdown("“{}”：在 {} 的 {} 下{}{}", row["word"], *where, choose, meaning_of(row["field"]))
        st.markdown(said)
    st.code("\n".join(repair.lines), language="toml")


def show_questions() -> None:
    st.subheader("导入后要核对的")
    if asked.empty:
        st.success("没有。每次导入后与以往相比：空缺、受理量、新出现的名称、同一秒的件、编号的样子；正常的不提示。")
        return
    table(asked, key="asked", labels=ASKED)
    downloads(asked, "导入后要核对的", key="asked_file", labels=ASKED)


def show_blanks_by_import() -> None:
    st.subheader("各次导入的空缺")
    if blanks.empty:
        st.info("还没有可比的：一次导入有 50 件以上的新件，才记下各列的空缺。")
        return
    mine = blanks[blanks["mapping"] == one_of({name: name for name in blanks["mapping"].unique()}, key="mapping")]
    st.caption("每次导入的新件里这一列空着的占比（%）；办理结果只看已满期的件，不足 50 件为“—”。右边最新。")
    wide = mine.pivot(index="label", columns="batch_id", values="rate").reindex(mine["label"].unique())
    shown = (100 * wide).round(1).rename(columns=str).reset_index()
    headings = MISSING | {name: f"批次 {name}" for name in shown.columns if name != "label"}
    table(shown, key="blanks", labels=headings)
    downloads(shown, "各次导入的空缺", key="blanks_file", labels=headings)


reader = open_page("数据质量")
batches, fresh, missing = quality.batches(reader), quality.freshness(reader), quality.missing_rates(reader)
words, asked, blanks = quality.unknown_words(reader), quality.questions(reader), quality.blanks_by_import(reader)
refused = int(batches["rejected"].sum())
counts = (len(batches), fresh["cases"].sum(), refused)
lead = html("共导入 <b>{:,}</b> 批，入库 <b>{:,}</b> 件，隔离 <b>{:,}</b> 行。", *counts)
if len(batches):
    lead += f"最近一次完成于 {moment(batches['finished_at'].iloc[0])}（本机时钟，数据截至 {moment(reader.as_of)}）。"
if len(words):
    lead += html("有 <b>{:,}</b> 个不认识的词（{:,} 件次），按未知处理，见下。", len(words), words["cases"].sum())
answer(lead)

st.subheader("各来源的新鲜度")
table(fresh, key="fresh", labels=FRESH)
downloads(fresh, "各来源的新鲜度", key="fresh_file", labels=FRESH)

st.subheader("导入批次")
st.caption("读取＝新增＋更新＋未变＋隔离。点选一批，可看它的提示和被隔离的行。")
listed = batches[list(BATCHES)]
chosen = table(listed, key="batches", labels=BATCHES, selectable=True)
downloads(listed, "导入批次", key="batches_file", labels=BATCHES)
batch = batches.iloc[chosen[0]] if chosen else None
if batch is not None:
    for title, said in quality.said(batch["notes"]).items():
        st.text(f"{title}：{said}")

st.subheader("被隔离的行" if batch is None else markdown("被隔离的行（批次 {}）", batch["batch_id"]))
rows = quality.rejected(reader, None if batch is None else int(batch["batch_id"]))
if len(rows):
    reasons = rows.value_counts(["column", "reason"]).rename("rows").reset_index()
    left, right = st.columns([2, 3], gap="large")
    with left:
        table(reasons, key="reasons", labels={**REJECTED, "rows": "行数"})
    with right:
        table(rows[list(REJECTED)], key="rejected", labels=REJECTED)
        downloads(rows[list(REJECTED)], "被隔离的行", key="rejected_file", labels=REJECTED)
else:
    st.success("没有被隔离的行。")

show_questions()
show_unknown_words()
show_blanks_by_import()

st.subheader("缺失率")
st.caption("字段为空的件数占该来源全部件数的比例。未办结、未回访的件自然没有办结时间和满意度。")
wide = missing.pivot(index="label", columns="source", values="rate").rename(columns=SOURCES)
wide = wide.reindex(missing["label"].unique()).reset_index()
percent = {name: (100 * wide[name]).round(2) for name in wide.columns if name != "label"}
labels = {**MISSING, **{name: f"{name}（缺失%）" for name in percent}}
table(wide.assign(**percent), key="missing", labels=labels)
downloads(wide.assign(**percent), "缺失率", key="missing_file", labels=labels)
