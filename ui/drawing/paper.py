"""A table once more as HTML that only prints: the screen's is a canvas, which holds no more than is in sight."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from analysis.kept import kept
from ui.drawing.columns import LINK
from ui.style.numbers import UNKNOWN

PRINTED = 100  # rows of a table on paper
DATES = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH": "%H", "mm": "%M"}  # a column's signs for parts of a time
SHORT = 7  # characters; a shorter cell stays on one line on paper


@kept
def paper(
    frame: pd.DataFrame,
    config: Mapping[str, Any],
    shade: Callable[[float], str] | None = None,
    stand_out: Collection[int] = (),
) -> Markup:
    """The table as HTML. `config`: by column, as the screen's. `shade`: the CSS of a number. `stand_out`: rows in bold.

    Links are left out; nobody can click on paper.
    """
    # Plain strings, each value escaped where it joins: Markup's own formatting takes eight times as long here.
    printed = [column for column in frame.columns if column != LINK]
    heads = "".join(f"<th>{escape(config[column]['label'])}</th>" for column in printed)
    columns = [_cells(frame[column].head(PRINTED), config[column]["type_config"], shade) for column in printed]
    rows = "".join(
        f"<tr{' class=chosen' if nth in stand_out else ''}>{''.join(cells)}</tr>"
        for nth, cells in enumerate(zip(*columns, strict=True))
    )
    rest = f"<p>共 {len(frame):,} 行，纸上只列前 {PRINTED} 行，其余见下载</p>" if len(frame) > PRINTED else ""
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return Markup(f'<div class="print-only">{table}{rest}</div>')


def _cells(values: pd.Series, kind: Mapping[str, Any], shade: Callable[[float], str] | None) -> list[str]:
    """The cells of one column, classed by its type; `kind`: the type_config of its column_config."""
    cells = []
    for value in values:
        text = as_on_screen(value, kind.get("format"))
        style = f' style="{escape(shade(value))}"' if shade and kind["type"] == "number" else ""
        cells.append(f'<td class="{kind["type"]}{" short" if len(text) <= SHORT else ""}"{style}>{escape(text)}</td>')
    return cells


def as_on_screen(value: Any, form: str | None) -> str:
    """One value as the browser writes it under a column's format."""
    if pd.isna(value):
        return UNKNOWN
    if isinstance(value, pd.Timestamp):
        for sign, part in DATES.items():
            form = (form or "YYYY-MM-DD").replace(sign, part)
        return f"{value:{form}}"
    if form == "localized":
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    if form and (fixed := re.search(r"%\.(\d)f", form)):
        # JavaScript rounds a tie away from zero, Python to the even digit.
        value = Decimal(float(value)).quantize(Decimal(1).scaleb(-int(fixed[1])), ROUND_HALF_UP)
    # Python writes two digits of an exponent where JavaScript writes one.
    return re.sub(r"(?<=\de[+-])0", "", form % value) if form else str(value)
