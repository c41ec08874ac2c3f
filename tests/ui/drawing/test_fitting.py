"""A table is as wide as its place: words give way, then the headings of figures; what else is too much is in a menu."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from ui.drawing import fitting, tables
from ui.drawing.columns import LINK


def fitted(frame: pd.DataFrame, room: int, **labels: str) -> dict[str, Any]:
    _, config, sizes = tables._prepared(frame, labels, 1, {}, (), 0)
    return {**config, **fitting.fitted(list(frame), sizes, config, room)}


LONG = pd.DataFrame({"unit": ["某某委员会" * 5] * 9, "street": ["东四街道"] * 9, "volume": [12345] * 9})


def test_words_give_way_the_longest_first_and_figures_never() -> None:
    assert fitted(LONG, 1000) == fitted(LONG, 5000)
    widths = {name: column["width"] for name, column in fitted(LONG, 300).items()}
    assert widths["volume"] is None and fitting.LEAST_WIDE <= widths["unit"] < 300
    assert widths["street"] == fitting.pixels("东四街道")
    assert fitted(LONG, 100)["unit"]["width"] == fitting.LEAST_WIDE  # no room for all: what can be told apart is kept


def test_a_heading_longer_than_its_figures_gives_way_when_words_are_not_enough() -> None:
    rows, heading = LONG[["volume"]], "承办量（只数热线，不含剔除的）"
    assert fitted(rows, 150, volume=heading)["volume"]["width"] == 150
    assert fitted(rows, 50, volume=heading)["volume"]["width"] == fitting.LEAST_WIDE


def test_the_first_columns_stand_there_and_the_way_to_the_cases() -> None:
    linked = LONG.assign(**{LINK: "cases?case=1"})
    sizes = tables._prepared(linked, {LINK: "案件"}, 1, {}, (), 0)[2]
    assert fitting.first_that_fit(sizes, 1000) == ["unit", "street", "volume", LINK]
    assert fitting.first_that_fit(sizes, 560) == ["unit", "street", LINK]


@pytest.mark.parametrize(
    ("moments", "year", "form"),
    [
        (["2023-01-02 08:30", "2023-01-09 10:00"], 2023, "MM-DD HH:mm"),
        (["2022-12-31 08:30", "2023-01-09 10:00"], 2023, "YYYY-MM-DD HH:mm"),
        (["2022-12-30 08:30", "2022-12-31 10:00"], 2023, "YYYY-MM-DD HH:mm"),
        (["2023-01-02", "2023-01-09"], 2023, "MM-DD"),
        (["2023-01-02", "2023-01-09"], 0, "YYYY-MM-DD"),
    ],
)
def test_the_year_is_left_out_where_all_are_of_this_one(moments: list[str], year: int, form: str) -> None:
    from ui.drawing.paper import as_on_screen

    assert tables._date_form(pd.Series(pd.to_datetime(moments)), year) == form
    assert as_on_screen(pd.Timestamp(moments[1]), form) == moments[1].removeprefix(
        "2023-" if "YYYY" not in form else ""
    )


def test_what_is_too_much_is_one_choice_away() -> None:
    def page(words: int) -> None:
        import pandas as pd

        from ui.drawing.tables import table

        table(pd.DataFrame({f"c{nth}": ["长" * words] for nth in range(6)}), key="t", labels={}, menu="columns")

    few, many = (AppTest.from_function(page, kwargs={"words": words}).run() for words in (5, 20))
    assert not few.exception and not few.multiselect and len(few.dataframe[0].proto.column_order) == 6
    assert not many.exception and list(many.dataframe[0].proto.column_order) == ["c0", "c1", "c2"]
    chosen = many.multiselect[0].set_value(["c5", "c0"]).run()
    assert list(chosen.dataframe[0].proto.column_order) == ["c5", "c0"]
