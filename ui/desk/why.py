"""Why a rate is what it is, as a block of a page: where its points are lost, what of it is chance, whose cases."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from analysis.why import REST
from data_access.cases.filters import CaseFilter, with_statuses
from data_access.cases.measures import MEASURES, Measure
from data_access.cases.reader import Reader
from data_access.district.periods import SHIFT_LABELS
from questions.league import League
from questions.why import SPLITS, Why, lost_by, moved_by
from ui.choosing.filterbar import one_of
from ui.desk import drawer
from ui.drawing.tables import downloads
from ui.drawing.waterfall import waterfall
from ui.style.links import page_address, written
from ui.style.markup import Markdown, html, joined, markdown, plain
from ui.style.numbers import name, show, show_change

OF_CALLBACKS = ("composite", "resolution_rate", "satisfaction_rate", "response_rate")
ALL_RATES = (*OF_CALLBACKS, "on_time_rate")
# Of a rate: the cases that lost it points, as a status of the list; '' where no status tells.
BEHIND = {"resolution_rate": "unresolved", "satisfaction_rate": "dissatisfied", "on_time_rate": "overdue"}
LABELS = {"points": "拉动", "beyond": "比按件数应占的", "half": "偶然范围±", "is_sure": "确定", "cases": "算进来的件",
          "before": "对比期"}  # fmt: skip
NAMED = 3


def why(
    reader: Reader,
    where: CaseFilter,
    splits: Sequence[str],
    kind: str,
    *,
    rates: Sequence[str] = ALL_RATES,
    calibre: str = "",
) -> None:
    """The block. `splits`: dimensions to split by, of SPLITS; `kind`: the comparison beside the distance from a full
    score; `calibre`: of the rates of callbacks, as questions.league.CALIBRES."""
    st.subheader("失分在哪里")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rate = one_of({rate: MEASURES[rate].label for rate in rates}, key="lost")
        by = one_of({split: f"按{SPLITS[split]}" for split in splits}, key="split")
        is_change = one_of({"": "离满分", "change": SHIFT_LABELS[kind]}, key="against") != ""
    measure = MEASURES[rate + (calibre if rate != "on_time_rate" else "")]
    found = moved_by(reader, measure.name, by, where, kind) if is_change else lost_by(reader, measure.name, by, where)
    if found.reason:
        st.info(plain(found.reason))
        return
    st.html(html('<div class="answer">{}</div>', said(found, measure, SHIFT_LABELS[kind] if is_change else "")))
    start = ("对比期" if is_change else "满分", found.start)
    drawn = waterfall(found.parts, by, measure, start, (f"本期{measure.label}", found.end))
    status = (BEHIND[rate],) if rate in BEHIND else ()
    drawer.chart(reader, drawn, with_statuses(where, status), key="why_chart", hint="点一条，可看那一组的案件",
                 is_kept=False)  # fmt: skip
    st.caption(CHANGE if is_change else DISTANCE)
    scaled = [part for part in ("points", "beyond", "half", "before") if part in found.parts]
    rows = found.parts.assign(**{part: measure.unit.difference(1.0) * found.parts[part] for part in scaled})
    rows = rows.rename(columns={"rate": measure.name}).reset_index(names=by)
    unit = measure.unit.of_differences
    labels = LABELS | {part: f"{LABELS[part]}（{unit}）" for part in scaled}
    downloads(rows, f"{measure.label}失分在哪里", key="why_file", labels=labels, chart=drawn)


SHADES = "灰色：不能确定（95%，各组同时成立）。"
DISTANCE = (
    "各条加起来正好是离满分的差距（各自四舍五入，末位可差一点）。橙色：失分确定多于按件数应占的；蓝色：确定少于；"
    + SHADES
)
CHANGE = (
    "各条加起来正好是两期之差（各自四舍五入，末位可差一点），含件数构成的变化。橙色：确定拉低；蓝色：确定拉高；"
    + SHADES
)


def why_in_league(ranks: League) -> None:
    """The block under a league table: of its only chosen unit by class, else of all units or those chosen."""
    alone = len(ranks.chosen) == 1
    rates = OF_CALLBACKS[1 if ranks.is_trial else 0 :]  # the score's parts are those of the weights in force
    asked = ranks.cases_of(*sorted(ranks.chosen))
    splits = ["category2", "category1"] if alone else [ranks.by, "category2", "category1"]
    why(ranks.reader, asked, splits, "assessment", rates=rates, calibre=ranks.calibre)


def in_a_line(ranks: League, unit: str) -> Markdown:
    """Why a unit of the league stands where it does, beside its cases: the classes that take most of its points, which
    of them for certain, and the way to its portrait."""
    where, measure = ranks.cases_of(unit), MEASURES["composite" + ranks.calibre]
    portrait = markdown("")
    if ranks.by == "unit":
        portrait = markdown("[{}的单位画像]({})", unit, page_address("unit", ranks.cases_of(), who=unit))
    found = lost_by(ranks.reader, measure.name, "category2", where)
    if found.reason:
        return portrait
    most = found.parts.drop(index=REST, errors="ignore")["points"].nsmallest(NAMED)
    named = "、".join(f"{written(found.by, str(one))} {show_change(points, measure)}" for one, points in most.items())
    sure = "、".join(written(found.by, str(one)) for one in found.sure.index[:NAMED])
    told = f"其中确定多于按件数应占的：{sure}。" if sure else "没有哪一类确定多于按件数应占的。"
    gap = show_change(found.end - found.start, measure).lstrip("+−")
    said = markdown("配置口径{}离满分差 **{}**，失分最多的类：{}；{}", measure.label, gap, named, told)
    return markdown("{}{}", said, portrait)


def said(found: Why, measure: Measure, against: str) -> Markup:
    """What the parts come to, in a sentence. `against`: the comparison's label; '' for the distance from full."""
    worst = [
        html("<b>{}</b>（{}）", written(found.by, str(group)), show_change(points, measure))
        for group, points in found.sure["points"].head(NAMED).items()
    ]
    kind = SPLITS[found.by]
    if against:
        lead = html("{} <b>{}</b>：从 {} 到 {}。", against, show_change(found.end - found.start, measure),
                    show(found.start, measure), show(found.end, measure))  # fmt: skip
        if worst:
            return lead + html("确定拉低它的{}：", kind) + joined("、", worst) + "。"
        return lead + html("没有哪个{}的拉动超出偶然。", kind)
    gap = show_change(found.end - found.start, measure).lstrip("+−")
    lead = html("{} <b>{}</b>，离满分差 <b>{}</b>。", name(measure), show(found.end, measure), gap)
    if worst:
        return lead + html("失分确定多于按件数应占的{}：", kind) + joined("、", worst) + "。"
    most = found.parts.drop(index=REST, errors="ignore")["points"]
    if most.empty:
        return lead
    most_lost = html("失分最多的是 {}（{}），", written(found.by, str(most.idxmin())), show_change(most.min(), measure))
    return lead + most_lost + html("但没有哪个{}的失分确定多于按件数应占的。", kind)
