"""A table as a picture, drawn without a browser: what it is of above, its rows as the screen writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from data_access.cases.units import Shown
from ui.drawing.columns import LINK, label, unit_of, worded
from ui.drawing.paper import as_on_screen
from ui.style.markup import html, joined, visible
from ui.style.numbers import UNKNOWN
from ui.style.theme import FONT, LIGHT

ROWS, LONGEST = 60, 44  # rows of a picture, and half letters of a cell: the rest is in the other files
LETTER, ROW, MARGIN, GAP = 7.2, 26, 24, 18  # pixels: half a letter, a row, round the picture, between columns
TITLE, LINE = 34, 19
DRAWN = Path(__file__).with_suffix(".svg").read_text(encoding="utf-8")
SHADE, RULE = "#f3f6f9", "#c9d2db"


def svg(
    frame: pd.DataFrame,
    title: str,
    labels: Mapping[str, str] | None = None,
    lines: Sequence[str] = (),
    figures: Sequence[Shown] = (),
) -> str:
    """The table as SVG. `lines`: of what it is, below the title."""
    shown = worded(frame.drop(columns=LINK, errors="ignore")).head(ROWS)
    heads = [_short(label(str(column), labels or {}, figures)) for column in shown]
    cells = [[_cell(str(column), value, figures) for value in shown[column]] for column in shown]
    numeric = [pd.api.types.is_numeric_dtype(shown[column]) for column in shown]
    widths = [LETTER * max(map(_wide, (head, *column))) + GAP for head, column in zip(heads, cells, strict=True)]
    rest = [f"共 {len(frame):,} 行，图里是前 {ROWS} 行，其余见表格文件"] if len(frame) > ROWS else []
    wide = max(2 * MARGIN + sum(widths), 2 * MARGIN + LETTER * max(map(_wide, (title * 2, *lines, *rest)), default=0))
    top = MARGIN + TITLE + LINE * len(lines)
    drawn = [_text(MARGIN, MARGIN + 16, title, size=18)]
    drawn += [_text(MARGIN, MARGIN + TITLE + LINE * nth + 6, line, colour=LIGHT.soft_text, size=13)
              for nth, line in enumerate(lines)]  # fmt: skip
    drawn += [_box(MARGIN, top, sum(widths), ROW, SHADE)]
    for nth in range(len(shown) + 1):
        at = top + ROW * (nth + 1)
        drawn.append(_box(MARGIN, at, sum(widths), 1, RULE))
    left = float(MARGIN)
    for head, column, width, is_number in zip(heads, cells, widths, numeric, strict=True):
        place = left + width - GAP / 2 if is_number else left + GAP / 2
        for nth, words in enumerate((head, *column)):
            drawn.append(_text(place, top + ROW * nth + 18, words, bold=not nth, right=is_number))
        left += width
    high = top + ROW * (len(shown) + 1) + MARGIN
    drawn += [_text(MARGIN, high + 2, line, colour=LIGHT.soft_text, size=13) for line in rest]
    high += LINE * len(rest)
    filled = {"@WIDE@": f"{wide:.0f}", "@HIGH@": f"{high:.0f}", "@FONT@": FONT, "@ROWS@": joined("", drawn)}
    whole = DRAWN
    for mark, said in filled.items():
        whole = whole.replace(mark, said)
    return whole


def png(drawn: str, *, scale: float = 2.0) -> bytes:
    """An SVG as PNG, in the fonts of this machine."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(drawn, scale=scale))


def _cell(column: str, value: Any, figures: Sequence[Shown]) -> str:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return UNKNOWN
    if unit := unit_of(column, figures):
        return unit.write(float(value), 2 if unit.is_share else None)
    if isinstance(value, pd.Timestamp):
        return as_on_screen(value, "YYYY-MM-DD" if value == value.normalize() else "YYYY-MM-DD HH:mm")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return as_on_screen(value, "localized") if is_number else _short(str(value))


def _wide(words: str) -> int:
    """In half letters: a Chinese sign is two wide."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in words)


def _short(words: str) -> str:
    """On one line, cut where it is too long."""
    words = " ".join(visible(words).split())
    if _wide(words) <= LONGEST:
        return words
    while _wide(words) > LONGEST - 2:
        words = words[:-1]
    return f"{words}…"


def _text(
    x: float, y: float, words: str, *, colour: str = LIGHT.text, size: int = 14, bold: bool = False, right: bool = False
) -> Markup:
    looks = html(' font-weight="{}" text-anchor="{}"', "bold" if bold else "normal", "end" if right else "start")
    place = html('x="{:.1f}" y="{:.1f}" font-size="{}" fill="{}"', x, y, size, colour)
    return html("<text {}{}>{}</text>", place, looks, words)


def _box(x: float, y: float, wide: float, high: float, colour: str) -> Markup:
    place = html('x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"', x, y, wide, high, colour)
    return html("<rect {}/>", place)
