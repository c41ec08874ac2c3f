"""画像: what one street or unit is asked, how it handles it, where its points are lost."""

from __future__ import annotations

import pandas as pd

from analysis.why import REST
from briefs.asked import Asked, Part
from briefs.parts import NO_HOTLINE, told_enough
from briefs.words import counted, figure_words
from data_access.cases.measures import MEASURES
from data_access.district.vocabulary import HOTLINE
from questions.clusters import communities
from questions.league import rate_intervals
from questions.portrait import RATE, classes_of
from questions.why import lost_by
from ui.drawing import charts
from ui.drawing.map_pictures import called, community_map, street_map
from ui.style.numbers import UNKNOWN, name, show, show_change
from ui.style.theme import LIGHT

DAYS = 90  # of a portrait that names no first day
MOST, LEAST, NAMED = 15, 5, 3  # rows; callbacks of a class that is named; classes in a sentence
WHOM = {"street": "全区", "unit": "各单位合计"}
CLASSES = {"interval": "区间（95%）"}


def _whose(asked: Asked) -> tuple[str, str]:
    """By what the brief's street or unit is told from the rest, and its name."""
    by = "street" if asked.where.street else "unit"
    return by, str(getattr(asked.where, by)[0])


def handled(asked: Asked) -> Part:
    """各类办得怎样: the hotline's classes, one by one beside all; of grid cases nobody is called back."""
    reader, where = asked.reader, asked.where.replace(source=(HOTLINE,))
    by, one = _whose(asked)
    everyone = where.replace(street=(), unit=())
    classes = classes_of(reader, where, everyone)
    if classes.empty:
        return Part("热线各类办得怎样", (NO_HOTLINE,))
    said, rate = (
        [f"热线件数最多的类是{counted(classes.nlargest(NAMED, 'volume'), 'category2', 'volume')}。"],
        MEASURES[RATE],
    )
    own = reader.changes([RATE], where, "previous")[RATE]
    ends = rate_intervals(reader, RATE, by, where)
    if one in ends.index and own.current == own.current:
        low, high, whole = (show(one_, rate) for one_ in (
            ends["low"][one], ends["high"][one], reader.figure(RATE, everyone)))  # fmt: skip
        said.append(f"{figure_words(own)}（95% 区间 {low}–{high}），同期{WHOM[by]} {whole}。")
    judged, certain = classes[classes[f"{RATE}__den"] >= LEAST], False
    for words, apart in (("高", judged["low"] > judged["theirs"]), ("低", judged["high"] < judged["theirs"])):
        named = [f"{row['category2'] or '未填写'}（{show(row[RATE], rate)}，{WHOM[by]} {show(row['theirs'], rate)}）"
                 for row in judged[apart].head(NAMED).to_dict("records")]  # fmt: skip
        if named:
            side = "上" if words == "高" else "下"
            said.append(f"解决率区间全在{WHOM[by]}之{side}的类有 {apart.sum()} 个：{'、'.join(named)}。")
            certain = True
    chance = "类别多，每 20 类约有一类只因偶然落在区间外。"
    said.append(chance if certain else f"没有哪一类的解决率区间全在{WHOM[by]}之上或之下。")
    pairs = zip(classes["low"], classes["high"], strict=True)
    rows = classes.assign(interval=[f"{low:.1%}–{high:.1%}" if pd.notna(low) else UNKNOWN for low, high in pairs],
                          theirs=classes["theirs"].map(lambda value: show(value, rate)))  # fmt: skip
    shown = rows[["category2", "volume", RATE, "interval", "theirs", "repeat_share", "median_hours"]].head(MOST)
    drawn = charts.bars(classes.nlargest(12, "volume"), "category2", MEASURES["volume"], colours=LIGHT)
    return Part("热线各类办得怎样", tuple(said), shown, CLASSES | {"theirs": f"{WHOM[by]}解决率"}, drawn, "办的是什么")


def lost(asked: Asked) -> Part:
    """失分在哪里: which classes take the points of the resolution rate."""
    rate = MEASURES[RATE]
    found = lost_by(asked.reader, RATE, "category2", asked.where)
    if found.reason:
        return Part("失分在哪里", (f"{name(rate)}：{found.reason}",))
    gap = show_change(found.end - found.start, rate).lstrip("+−")
    said = f"{name(rate)}{show(found.end, rate)}，离满分差 {gap}。"
    sure = found.sure["points"].head(NAMED).items()
    worst = "、".join(f"{group or '未填写'}（{show_change(points, rate)}）" for group, points in sure)
    said += f"失分确定多于按件数应占的类：{worst}。" if worst else "没有哪一类的失分确定多于按件数应占的。"
    parts = found.parts.drop(index=REST, errors="ignore").sort_values("points")
    rows = pd.DataFrame({"category2": parts.index, "points": [show_change(points, rate) for points in parts["points"]]})
    return Part("失分在哪里", (said,), rows, {"points": "拉动"})


def where_from(asked: Asked) -> Part | None:
    """社区 of a street, 街道 of a unit."""
    by, heading = ("community", "各社区") if asked.where.street else ("street", "各街道")
    shown = ["volume", "open", "overdue_open", RATE]
    rows = asked.reader.aggregate(shown, [by], asked.where, order_by="volume")
    rows = rows[rows[by] != ""]
    if rows.empty:
        return None
    known, few = told_enough(asked, rows, RATE)
    rows = known[[by, *shown]]
    said = (f"件数最多的是{counted(rows.head(NAMED), by, 'volume')}。", *few)
    volume, profile = MEASURES["volume"], asked.reader.profile
    if by == "street":
        drawn = street_map(profile, rows, volume)
    else:
        drawn = community_map(profile, asked.where.street[0], communities(asked.reader, asked.where, "volume"), volume)
    return Part(heading, said, rows.head(MOST), chart=drawn, chart_title=called(profile, f"{heading}受理量"))
