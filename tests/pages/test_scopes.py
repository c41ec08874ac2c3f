"""One label, one figure: every card, table and wall figure with its label, over all pages and walls as they open.

Where two have the same label, of the same place, they must show the same; else one of them lacks its scope.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

import briefs  # noqa: F401 -- else the page of that name, whose folder comes first once a page runs, would be taken
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from tests.browser.visits import PAGES
from ui.walls import wall

OF_WHOM = ("street", "unit", "community")
# Of a label: what does not tell one figure from another.
PLAIN = re.compile("（(?:件|分|小时|不含剔除)）")
FIGURE = re.compile(r'<div class="label">([^<]*)</div><div class="value" data-key="([^"]*)" data-number>([^<]*)<')


def of_page(name: str, seen: AppTest) -> list[tuple[tuple[str, ...], str]]:
    """(label, of whom) -> figure, of a page's cards and of the measures in its tables.

    A table stands under its page's own filter and headline, which say of which stretch it is, and is compared within
    the page. A card's label, like a wall figure's, must do alone.
    """
    cards = {PLAIN.sub("", metric.label.replace("\\", "")): str(metric.value) for metric in seen.metric}
    found: list[tuple[tuple[str, ...], str]] = [((label, "whole"), value) for label, value in cards.items()]
    for drawn in seen.dataframe:
        rows, headed = drawn.value, json.loads(drawn.proto.columns or "{}")
        whom = [column for column in OF_WHOM if column in rows]
        for column in rows.columns.intersection(list(MEASURES)) if len(whom) == 1 else ():
            label = (headed.get(column) or {}).get("label") or column
            for key, value in zip(rows[whom[0]], rows[column], strict=True):
                found.append(((f"{name}：{label}", str(key)), f"{float(value):.4g}"))
    return found


def of_walls(reader: Reader) -> list[tuple[tuple[str, ...], str]]:
    screens = [(one, screen) for one in reader.profile.walls.walls[:1] for screen in one.screens]
    drawn = "".join(str(wall.state(reader, one, screen)["html"]) for one, screen in screens)
    return [((PLAIN.sub("", unescape(label)), "whole"), unescape(value)) for label, _, value in FIGURE.findall(drawn)]


@pytest.mark.slow
def test_equal_labels_show_equal_figures(visit: Callable[..., AppTest], reader: Reader) -> None:
    figures: dict[tuple[str, ...], set[tuple[str, str]]] = defaultdict(set)
    for name in PAGES:
        for key, value in of_page(name, visit(name, period="近7天")):  # in which not every open case came in
            figures[key].add((value, name))
    for key, value in of_walls(reader):
        figures[key].add((value, "大屏"))
    assert len(figures) > 60 and sum(page == "大屏" for shown in figures.values() for _, page in shown) > 15
    unlike = {key: shown for key, shown in figures.items() if len({value for value, _ in shown}) > 1}
    assert unlike == {}
