"""薄弱环节: where much comes in, little is solved, people come again and it gets worse; candidates for a decision."""

from functools import partial

import pandas as pd
import streamlit as st

from analysis import weakness
from data_access.cases.dimensions import dimensions_of
from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.district.periods import SHIFT_LABELS
from data_access.district.vocabulary import HOTLINE
from questions.standing import among_all
from questions.weak_spots import ASKED, weak_spots
from ui.choosing.filterbar import controls, filter_bar, one_of
from ui.desk import drawer
from ui.desk.enlist import enlist
from ui.drawing import charts
from ui.drawing.tables import LINK, downloads, table
from ui.drawing.vega import draw
from ui.drawing.weak_words import chance_words, signs_words, weakest_words
from ui.frame.page import answer, computing, open_page
from ui.style.links import cases_address, written
from ui.style.markup import html, markdown, plain
from ui.style.numbers import show, until_now

PAGE = {"title": "薄弱环节", "group": "分析", "order": 50, "icon": "troubleshoot"}
VIEWS = {
    "crowd": "人群",
    "street": "区域",
    "category3": "事项",
    "industry": "行业",
    "community": "社区",
    "district": "区",
}
NONE = "不交叉"
VOLUME, RESOLUTION = MEASURES["volume"], MEASURES["resolution_rate"]
LABELS = {"place": "名次", "said": "迹象", "solved": "收缩解决率%", "again_rate": "收缩重复率%",
          "beyond": "多出未解决", "at_least": "至少多出", "evidence": "依据", LINK: "案件"}  # fmt: skip
FORMATS = dict.fromkeys(("growth", "solved", "again_rate", "beyond", "at_least"), "%.1f")
FIGURES = ["volume", "growth", "resolution_rate", "solved", "again_rate", "beyond"]
DRAWN = 400  # dots in the quadrant chart


def filter_of(row: pd.Series, by: list[str], within: CaseFilter) -> CaseFilter:
    return within.replace(**{name: (row[name],) for name in by})


def named_of(spots: pd.DataFrame) -> pd.DataFrame:
    return weakness.candidates(spots[spots["chosen"]], least_signs=limits.least_signs, least_volume=limits.least_volume)


def show_candidates(by: list[str], key: str, title: str) -> None:
    """Only the hotline calls back, so only its cases can tell a matter that is not solved."""
    within = where.replace(source=(HOTLINE,))
    spots = weak_spots(reader, within, by, kind)
    named = named_of(spots)
    kept = named.head(20)
    if kept.empty:
        least = (limits.least_volume, limits.least_signs)
        st.info(markdown("{} 件以上的里，没有解决率低得超出偶然、又占到 {} 个迹象的。时段长一些，看得更清。", *least))
        return
    st.caption(plain(f"{len(named):,} 处；{chance_words(named)}。“至少多出”是扣除偶然以后的未解决件数。"))
    rows = kept.to_dict("records")
    evidence = [f"解决 {row['resolution_rate__num']:,.0f}/{row['resolution_rate__den']:,.0f}，"
                f"重复 {row['repeat_share__num']:,.0f}/{row['repeat_share__den']:,.0f}，"
                f"比较期 {show(row['volume_base'], VOLUME)} 件" for row in rows]  # fmt: skip
    links = [cases_address(filter_of(row, by, within)) for _, row in kept.iterrows()]
    columns = [*by, "said", "at_least", *FIGURES, "evidence", LINK]
    listed = kept.assign(evidence=evidence, **{LINK: links})[columns]
    chosen = table(listed, key=key, labels=labels, height="content", formats=FORMATS, selectable=True,
                   phone=[*by, "solved"], on_pick=drawer.follow(key), menu=f"{key}_columns")  # fmt: skip
    downloads(listed, title, key=f"{key}_file", labels=labels)
    if chosen:
        row, cases = rows[chosen[0]], filter_of(kept.iloc[chosen[0]], by, within).replace(period=None)
        said = f"{until_now(within.when, reader.as_of)}热线受理 {row['volume']:,.0f} 件，{evidence[chosen[0]]}"
        said += f"；迹象：{row['said']}"
        what = "".join(row[name] for name in by)
        into = partial(enlist, reader, what, cases, VIEWS[by[0]], said, key=f"{key}_enlist")
        drawer.show(reader, cases.replace(period=within.period), what, key=key, enlisting=into)


reader = open_page("薄弱环节")
where = filter_bar(reader, "last365")
with controls():
    views = {name: words for name, words in VIEWS.items() if name in dimensions_of(reader.profile)}
    view = one_of(views, key="view", label="维度")
    others = [NONE, *(name for name in views if name != view)]
    second = st.selectbox("与另一维度交叉", others, key="cross", bind="query-params", filter_mode=None, width=160,
                          format_func=lambda name: VIEWS.get(name, name))  # fmt: skip
    kind = one_of({"yoy": SHIFT_LABELS["yoy"], "previous": SHIFT_LABELS["previous"]}, key="compare", label="与何时比")
labels, limits = {**LABELS, "growth": f"{SHIFT_LABELS[kind]}%"}, reader.profile.settings.weak_spots
by = [view] if second == NONE else [view, second]
with computing():
    every, among = weak_spots(reader, where, by, kind), among_all(where, by)
words = "×".join(VIEWS[name] for name in by)
if not every["chosen"].any():
    if reader.count(where):
        answer(f"{until_now(where.when, reader.as_of)}，没有一件填写了{words}，无从比较。")
        st.info("来源没有这个字段时，可在 keywords.toml 里写关键词，重新导入后按文字识别。")
    else:
        answer(f"{until_now(where.when, reader.as_of)}没有符合所选条件的件，无从比较。")
    st.stop()
every["group"] = [" · ".join(written(name, row[name]) for name in by) for row in every.to_dict("records")]
spots = every[every["chosen"]]
weak = named_of(every)
lead = html("{}，按{}看{}，", until_now(where.when, reader.as_of), words, "所选的" if len(spots) < len(every) else "")
whole = reader.aggregate(ASKED, (), among).iloc[0]
answer(lead + weakest_words(weak, whole))
covered = every["volume"].sum() / whole["volume"]
notes = [
    f"填写了{words}的占 {covered:.1%}",
    f"整体{RESOLUTION.label} {show(whole['resolution_rate'], RESOLUTION)}（不含剔除）",
]
notes += [f"名次在全部 {len(every):,} 个{words}里排，首句和表只说所选的"] if len(spots) < len(every) else []
notes += [RESOLUTION.unknown] if whole["resolution_rate__den"] == 0 else []
notes += ["数据没有覆盖比较期，不判断是否恶化"] if spots["volume_base"].isna().all() else []
st.caption(plain("　".join(notes)))

st.subheader("量与解决率")
if whole["resolution_rate__den"] > 0:
    out = (spots if len(spots) < len(every) else weak)["group"]
    dots = every.assign(x=every["volume"], y=every["resolution"], stands_out=every["group"].isin(out))
    dots = dots.assign(named=dots["group"].isin(out.head(6))).nlargest(DRAWN, "volume")
    middle = (every["volume"].median(), whole["resolution_rate"])
    drawn = charts.quadrant(dots, "group", VOLUME, RESOLUTION, middle=middle)
    hit = draw(drawn, key="_".join(("quadrant", *by)), on_pick=drawer.follow("quadrant"))
    if hit and hit["group"] in set(every["group"]):
        row = every.set_index("group").loc[hit["group"]]
        drawer.show(reader, filter_of(row, by, among), hit["group"], key="quadrant")
    st.caption("右下角量大而解决率低。虚线：量的中位数、整体解决率。")
else:
    st.info(plain(RESOLUTION.unknown))
st.subheader(markdown("各{}", words))
shown = spots[["place", *by, "said", *FIGURES]]
if chosen := table(shown.head(DRAWN), key="_".join(("spots", *by)), labels=labels, selectable=True,
                   formats=FORMATS, phone=[*by, "solved"], on_pick=drawer.follow("spots")):  # fmt: skip
    drawer.show(reader, filter_of(spots.iloc[chosen[0]], by, where), spots["group"].iloc[chosen[0]], key="spots")
downloads(shown, f"薄弱环节{words}", key="spots_file", labels=labels)
st.caption(plain(signs_words(limits)))

st.subheader("每月一题候选（事项）")
show_candidates(["category3"], "topics", "每月一题候选")
st.subheader("攻百难候选（社区的具体事项）")
show_candidates(["community", "category3"], "hard", "攻百难候选")
st.caption("候选只看热线诉求：网格案件没有回访，无从知道解决率。点一行，可列入攻百难。")
