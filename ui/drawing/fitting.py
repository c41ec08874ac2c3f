"""How wide a table's columns are, and which of them there is room for.

A table is as wide as its place: what would make it wider are words, and the longest of them give way. They stand whole
in the cell that is clicked. Numbers and dates keep what they need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ui.drawing.columns import LINK
from ui.drawing.paper import as_on_screen

CELL, SEEN_WHOLE, MOST_WIDE = 18, 100, 380  # pixels: a cell's margins, what is wide enough anyway, the widest
MEASURED = 5  # rows that Streamlit looks at for a column's width
# Pixels: the room for a table beside the menu of a screen 1440 wide, in half of it, and on a phone; that of ticks; the
# narrowest that words are cut to.
ROOM, HALF, PHONE, TICKS, LEAST_WIDE = 1061, 498, 352, 36, 96
THIN = " .,:-"
TO_CASES = "查看案件"

Sizes = Mapping[str, tuple[int, int]]


def pixels(words: str) -> int:
    return CELL + sum(14 if ord(letter) > 0x2E7F else 5 if letter in THIN else 8 for letter in words)


def wide(values: pd.Series, heading: str) -> int | None:
    """A column's width in pixels, so that its longest words are seen; None where those that Streamlit measures do.

    Streamlit looks at the first rows only. Beyond `MOST_WIDE` the whole stands in the cell that is clicked.
    """
    found = [pixels("" if pd.isna(one) else str(one)) for one in values]
    if not found or max(found) == max(found[:MEASURED]) <= SEEN_WHOLE:
        return None
    return min(max(*found, pixels(heading)), MOST_WIDE)


def measured(shown: pd.DataFrame, config: Mapping[str, Any]) -> Sizes:
    """By column the pixels that its cells need with nothing cut, and its heading."""
    return {name: (_cells(shown[name], config[name]), pixels(str(config[name]["label"])))
            for name in map(str, shown.columns)}  # fmt: skip


def _cells(values: pd.Series, config: Mapping[str, Any]) -> int:
    kind, known = config["type_config"], values.dropna()
    if kind["type"] == "link":
        return pixels(TO_CASES)
    # Of numbers and times the widest is among the ends.
    ends = [known.min(), known.max()] if len(known) and kind["type"] != "text" else known
    return min(max((pixels(as_on_screen(one, kind.get("format"))) for one in ends), default=CELL), MOST_WIDE)


def fitted(columns: Sequence[str], sizes: Sizes, config: Mapping[str, Any], room: int) -> dict[str, Any]:
    """Those of the columns, with widths of their words, that have to give way so that there is room for all. Where
    words are not enough, the headings of figures that are longer than these give way as well."""
    needed = {column: max(sizes[column]) for column in columns}
    if sum(needed.values()) <= room:
        return {}
    words = [column for column in needed if config[column]["type_config"]["type"] == "text"]
    least = {column: min(LEAST_WIDE, needed[column]) for column in words}
    heads = [column for column in needed if column not in least and needed[column] > LEAST_WIDE]
    least |= {column: max(sizes[column][0], LEAST_WIDE) for column in heads}
    widths = dict[str, int]()
    for part in (words, heads):
        for column in sorted(part, key=needed.__getitem__, reverse=True):
            if words is part or sum(needed.values()) > room:
                needed[column] = max(needed[column] - max(sum(needed.values()) - room, 0), least[column])
                widths[column] = needed[column]
    return {column: {**config[column], "width": wide} for column, wide in widths.items()}


def first_that_fit(sizes: Sizes, room: int) -> list[str]:
    """The first columns for which there is room with nothing cut, and the way to the cases."""
    taken, left = list[str](), room - max(sizes.get(LINK, (0,)))
    for column, size in sizes.items():
        left -= 0 if column == LINK else max(size)
        if left < 0:
            break
        taken.append(column)
    return list(dict.fromkeys([*taken, LINK])) if LINK in sizes else taken
