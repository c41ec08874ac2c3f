"""热点区域 in a paper: where demands rose or fell beyond chance, as the page 聚集热点 has it, with its map."""

from __future__ import annotations

import pandas as pd

from analysis.hotspots import COLD, HOT
from briefs.asked import Asked, Part
from briefs.words import listed
from data_access.district.vocabulary import HOTLINE
from questions import clusters
from ui.drawing.map_pictures import called, spot_map
from ui.style.numbers import UNKNOWN

SIZE, QUESTION = 8, "past"  # cells of about 900 metres, as the page begins with; against the same days before
NAMED = 5
HEADS = {"place": "件最多的社区", "spot": "冷热", "cases": "诉求", "beyond": "多出（件）"}


def gatherings(asked: Asked) -> Part | None:
    """Hot and cold spots of hotline demands; None where no case has a place."""
    where = asked.where.replace(source=(HOTLINE,))
    known = clusters.spots(asked.reader, where, SIZE, QUESTION)
    if known.reason:
        return Part("热点区域", (known.reason,))
    if known.cells.empty:
        return None
    least = clusters.least_shown(asked.reader)
    marked = known.cells[(known.cells["spot"] != "") & (known.cells["cases"] >= least)].sort_values("p")
    how = f"{known.basis}；单元约 900 米宽，不足 {least} 件的不列，整张图出错的机会不超过 5%。"
    if marked.empty:
        return Part("热点区域", (f"没有哪一处热线诉求多得或少得超出偶然。{how}",))
    rows = marked.assign(place=[_community(asked, within) for within in marked["within"]])
    told = "；".join(
        f"{words} {len(some):,} 处（{listed(list(dict.fromkeys(some['place'])), NAMED)}）"
        for spot, words in ((HOT, "多得超出偶然的"), (COLD, "少得超出偶然的"))
        if len(some := rows[rows["spot"] == spot])
    )
    table = rows.assign(beyond=[f"{value:+,.1f}".replace("-", "−") for value in rows["beyond"]])[list(HEADS)]
    drawn = spot_map(asked.reader.profile, rows)
    title = called(asked.reader.profile, "热线诉求的热点和冷点")
    return Part("热点区域", (f"{told}。", how), table.reset_index(drop=True), HEADS, drawn, title, paper=table.head(0))


def _community(asked: Asked, within: tuple[str, ...]) -> str:
    """The community of most of a place's cases."""
    where = asked.where.replace(source=(HOTLINE,), h3_cell=tuple(within))
    found: pd.DataFrame = asked.reader.aggregate("volume", "community", where, order_by="volume", limit=1)
    return str(found["community"].iloc[0]) or UNKNOWN if len(found) else UNKNOWN
