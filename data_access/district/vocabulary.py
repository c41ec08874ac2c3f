"""Words that mean the same in every district's data: the two sources, 七有五性, what a callback says."""

from __future__ import annotations

HOTLINE, GRID = "hotline", "grid"
SOURCES = {HOTLINE: "12345热线", GRID: "城市网格"}
DIMENSIONS_75 = (
    "幼有所育", "学有所教", "劳有所得", "病有所医", "老有所养", "住有所居", "弱有所扶",
    "便利性", "宜居性", "多样性", "公正性", "安全性",
)  # fmt: skip
# The index's sub-totals: name -> dimensions.
GROUPS_75 = {"总分": list(DIMENSIONS_75), "七有": list(DIMENSIONS_75[:7]), "五性": list(DIMENSIONS_75[7:])}
RESOLUTIONS = {"yes": "解决", "partly": "部分解决", "no": "未解决"}
UNIT_TYPES = ("街道", "部门", "企业")
YES, NO = 1, 0
ABSENT = "（没有这一列）"  # the answer of a valid callback from a file that has no column for it: unknown, and no blank
UNREAD = -1  # a flag for which the source has a word that nobody has explained: neither yes nor no
