"""Hot and cold spots in words and as a table. Most cases lie where most people are: only the test tells of a spot."""

from __future__ import annotations

from markupsafe import Markup

from analysis.hotspots import COLD, HOT
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from questions.clusters import Spots
from ui.desk import drawer
from ui.drawing.tables import downloads, table
from ui.style.markup import html

LABELS = {"h3_cell": "单元", "spot": "冷热", "reach": "范围", "cases": "诉求", "of": "基数", "portion": "占比%",
          "usual": "参照占比%", "beyond": "多出", "chance": "偶然的机会%"}  # fmt: skip


def first_line(known: Spots, stretch: str) -> Markup:
    """What the test found, for the top of a page."""
    if known.reason:
        return html("{}：{}", stretch, known.reason)
    hot, cold = (int((known.cells["spot"] == spot).sum()) for spot in (HOT, COLD))
    lead = html("{}，{}：", stretch, known.basis)
    if not hot + cold:
        return lead + html("<b>没有</b>哪一处多得或少得超出偶然。")
    return lead + html("<b>{:,}</b> 处多得超出偶然（热点），<b>{:,}</b> 处少得超出偶然（冷点）。", hot, cold)


def show_marked(reader: Reader, where: CaseFilter, known: Spots, least: int) -> None:
    """The spots, the least likely first, whose rows open the drawer; those of fewer cases than `least` could point at a
    household."""
    marked = known.cells[known.cells["spot"] != ""].sort_values("p")
    if marked.empty:
        return
    reach = ["单元" if alone else "连同紧邻一圈" for alone in marked["alone"]]
    listed = marked.assign(
        reach=reach, portion=100 * marked["share"], usual=100 * marked["reference"], chance=100 * marked["p"]
    )
    listed = listed[listed["cases"] >= least]
    cells, listed = listed["within"].tolist(), listed[list(LABELS)]
    picked = table(listed, key="spots_table", labels=LABELS, selectable=True, phone=["spot", "cases", "beyond"],
                   formats=dict.fromkeys(("portion", "usual", "beyond", "chance"), "%.1f"),
                   on_pick=drawer.follow("spots_table"))  # fmt: skip
    if picked:
        drawer.show(reader, where.replace(h3_cell=cells[picked[0]]), "这个单元", key="spots_table")
    downloads(listed, "显著冷热点", key="spots_file", labels=LABELS)
