"""Whoever builds a chart with Altair on a page of their own gets the house's look."""

from __future__ import annotations

import altair as alt
import pytest

from ui.style import theme


@pytest.mark.slow
def test_a_chart_of_ones_own_looks_as_the_others_do() -> None:
    chart = alt.Chart(alt.Data(values=[{"件": 1}])).mark_bar().encode(x="件:Q").to_dict()
    assert chart["config"]["font"] == theme.FONT and chart["config"]["locale"]["time"]["months"][0] == "1月"
