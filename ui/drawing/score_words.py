"""What may be said of scores, changes and places, in words that stay within what chance leaves open.

`sure`: index the groups and dimensions; score, off, change, reach, verdict. `bands`: index street; place, best, worst
(questions/livelihood_scores.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd
from markupsafe import Markup

from analysis.league import FEW, Lift
from data_access.district.models import Scoring
from ui.style.markup import Markdown, bold, html, joined, markdown
from ui.style.numbers import UNKNOWN, band, signed

TOTAL = "总分"
# The columns of 七有五性's tables and files.
BANDS = {"street": "街道", "score": "可比得分", "place": "名次", "best": "最好可到", "worst": "最差可到"}
MOVED = {"dimension": "维度", "label": "指标", "before": "先前得分", "after": "本期得分",
         "points": "对总分的贡献（分）"}  # fmt: skip


def month_words(month: pd.Timestamp) -> str:
    return f"{month.year}年{month.month}月"


def why_nothing(stretch: str, *, can_score: bool) -> str:
    """Why there is no score at all. `can_score`: whether any weight is above 0."""
    if not can_score:
        return "权重全为 0，无从计分：请在“试调权重”里至少留一个大于 0 的指标和维度。"
    return f"{stretch}没有一个维度算得出分：来源没有七有五性的维度、也没有三级分类可以对应，或件数和回访不足。"


def score_words(row: pd.Series) -> str:
    """A score with what chance leaves open: 61.0±1.7. `row`: of `sure`."""
    if pd.isna(row["score"]):
        return UNKNOWN
    return f"{row['score']:.1f}" if pd.isna(row["off"]) or row["off"] < 0.05 else f"{row['score']:.1f}±{row['off']:.1f}"


def change_words(row: pd.Series, since: str) -> str:
    """A change of a score, and whether it is more than chance: 较上月 +1.7，不能确定（偶然可到 ±3.6）."""
    if not row["verdict"]:
        return f"{since}无从比较"
    return f"{since} {signed(row['change'], 1)}，{row['verdict']}（偶然可到 ±{row['reach']:.1f}）"


def district_words(sure: pd.DataFrame, weakest: Sequence[str], bands: pd.DataFrame, since: str) -> Markup:
    """How the district stands, and what is certain of its streets."""
    total, seven, five = (score_words(sure.T[name]) for name in (TOTAL, "七有", "五性"))
    said = html("全区示意指数 <b>{}</b> 分：七有 <b>{}</b>，五性 <b>{}</b>。", total, seven, five)
    said += f"总分{change_words(sure.T[TOTAL], since)}。"
    if len(weakest) == 1:
        said += html("最弱的维度是<b>{}</b>。", weakest[0])
    elif weakest:
        said += html("最弱的维度在{}之中，分不出先后。", joined("、", map(bold, weakest)))
    return said + standing_words(bands) + "。"


def standing_words(bands: pd.DataFrame) -> Markup:
    """What is certain of the streets' places."""
    placed = bands.dropna(subset=["place"])
    many = len(placed)
    if many < 2:
        return html("街道不排名次：各街道都有的指标不足")
    halves = {
        "前一半": placed.index[placed["worst"] * 2 < many + 1],
        "后一半": placed.index[placed["best"] * 2 > many + 1],
    }
    sure = [
        html("能确定在{}的街道：{}", half, joined("、", map(bold, names)))
        for half, names in halves.items()
        if len(names)
    ]
    if sure:
        return joined("；", sure)
    if placed["best"].max() > 1:
        return html("{} 个街道大多分不出先后，没有一个能确定在前一半或后一半", many)
    return html("{} 个街道分不出先后", many)


def nobody_apart(many: int) -> str:
    """In place of bars that are all alike."""
    return f"分不出先后：{many} 个街道都可能是第 1 到第 {many} 名。表按区里的街道顺序排，不是名次。"


def street_words(street: str, row: pd.Series, bands: pd.DataFrame) -> Markup:
    """A street's score and place, which never stands without the places that it could as well have."""
    if pd.isna(row["score"]):
        return html("<b>{}</b> 没有得分，不排名次。", street)
    said = html("<b>{}</b> <b>{}</b> 分，", street, score_words(row))
    if street not in bands["place"].dropna().index:
        return said + "不排名次。"
    place, best, worst = (int(bands[name][street]) for name in ("place", "best", "worst"))
    if best == worst:
        return said + html("第 <b>{}</b> 名。", place)
    if (best, worst) == (1, len(bands.dropna(subset=["place"]))):
        return said + "与其余各街道分不出先后。"
    return said + html("名次在 <b>{}–{}</b> 之间（按得分排第 {}）。", best, worst, place)


def places_words(
    least_gap: float, noise_share: float, moved: Sequence[str], left_out: Sequence[str], since: str
) -> str:
    """What it takes to tell streets apart, how much of their changes chance makes, whose place changed for certain, and
    on what places do not rest."""
    said = ["可能的名次里，偶然（95%，对全部街道一起说）和口径（权重±25%、标准化、合成方法）都算在内"]
    if pd.notna(least_gap):
        said.append(f"两个街道约差 {least_gap:.0f} 分以上才分得出先后")
    if pd.notna(noise_share):
        share = "几乎全" if noise_share >= 0.95 else f"约 {noise_share:.0%} "
        said.append(f"各街道{since}的变化里{share}是偶然，名次确有变化的：{'、'.join(moved) if moved else '没有'}")
    if left_out:
        said.append(f"名次只比各街道都有的指标，有街道缺的不计入名次，仍计入有它的街道的得分：{'、'.join(left_out)}")
    return "。".join(said) + "。"


def clipped_words(definitions: pd.DataFrame, at_most: float) -> str:
    """Which indicators too often stand at an end of their scale, '' for none. Columns label, at_low, at_high."""
    ends = definitions[definitions[["at_low", "at_high"]].max(axis=1) > at_most]
    if ends.empty:
        return ""
    labels = "、".join(dict.fromkeys(ends["label"]))
    return f"这些指标里，得 0 分或满分的（街道×月×维度）超过 {at_most:.0%}，再好再差都看不出：{labels}。"


def ends_words(placed: pd.DataFrame, bands: pd.DataFrame, score: str, kind: str) -> Markup:
    """Who stands first and who last, and whether chance leaves open which of them is better. `placed`: the units with a
    place, the first on top, with `score`; `kind`: what they are (街道)."""
    first, last = placed.index[0], placed.index[-1]
    said = html("表上居首的{}是{}", kind, _standing(first, placed, bands, score))
    if first == last:
        return said + "。"
    is_told = bool(bands.loc[first, "worst"] < bands.loc[last, "best"])
    order = "两者分得出先后" if is_told else "两者谁好谁差不能确定"
    return said + html("，居末的是{}，{}。", _standing(last, placed, bands, score), order)


def _standing(unit: str, units: pd.DataFrame, bands: pd.DataFrame, score: str) -> Markup:
    """A unit's score and the places it could have."""
    could = band(bands.at[unit, "best"], bands.at[unit, "worst"])
    return html("<b>{}</b>（<b>{}</b> 分，可能名次 {}）", unit, _points(units[score].to_dict()[unit]), could)


def _points(score: float) -> str:
    return UNKNOWN if pd.isna(score) else f"{score:.2f}"


def halves_words(halves: pd.Series, bands: pd.DataFrame) -> Markup:
    """Which units are surely in either half of the places, the outermost named first. `halves`: as League.halves."""
    ends = bands.loc[halves.index, "best"] + bands.loc[halves.index, "worst"]
    order = ends.sort_values(kind="stable").index
    better, worse = [unit for unit in order if halves[unit] > 0], [unit for unit in order[::-1] if halves[unit] < 0]
    if not better and not worse:
        return html("谁在前一半、谁在后一半，按现有回访不能确定。")
    told = (_half("前一半", better, bands), _half("后一半", worse, bands))
    return html("较有把握的：{}，{}；其余不能确定。", *told)


def _half(half: str, units: Sequence[str], bands: pd.DataFrame) -> Markup:
    if not units:
        return html("没有一个在{}", half)
    few = (html("<b>{}</b>（{}）", unit, band(bands.at[unit, "best"], bands.at[unit, "worst"])) for unit in units[:3])
    return html("在{}的 <b>{}</b> 个：{}{}", half, len(units), joined("、", few), "等" if len(units) > 3 else "")


def place_words(units: pd.DataFrame, bands: pd.DataFrame, of_interest: Iterable[str], score: str) -> Markup:
    """Where the chosen units stand among all of their kind; '' for none. `units`: place and `score`, by unit."""
    among = units["place"].count()
    said = []
    for unit, place, points in units.loc[sorted(of_interest), ["place", score]].itertuples():
        could = band(bands.at[unit, "best"], bands.at[unit, "worst"])
        told = FEW if pd.isna(place) else f"第 {place:.0f} 名，共 {among} 个，可能名次 {could}"
        said.append(html("<b>{}</b> <b>{}</b> 分（{}）", unit, _points(points), told))
    return joined("；", said) + "。" if said else Markup()


def lift_words(lift: Lift, scoring: Scoring) -> Markdown:
    """What would lift a unit by one place (analysis.league.resolved_to_pass)."""
    partly = "，部分解决的只补差额" if scoring.partly_resolved else ""
    if lift.needed is None:
        return markdown("只靠解决不够：未解决的 {:,} 件都解决{}，也超不过{}。", lift.unresolved, partly, lift.above)
    told = (lift.needed, lift.unresolved, partly, lift.above, "或与其并列" if scoring.ties == "shared" else "")
    return markdown(
        "把 {:,} 件未解决变为解决（现有未解决 {:,} 件{}，其余答复不变），即可升到{}之前{}；"
        "只是表上名次，可能名次多半不变。", *told
    )  # fmt: skip
