"""网格融合 on its page: figures are the store's, points are sent out in one step and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data_access.cases.filters import CaseFilter
from data_access.cases.fusion import matched, orders_at, unseen_points
from data_access.cases.reader import Reader
from data_access.district.periods import preset
from data_access.ledger.audit import verify
from data_access.ledger.ledger import Ledger
from data_access.ledger.pen import cases_of
from questions.coincidence import against_chance
from tests.pages.ledgers import own_ledger
from ui.desk.patrols import FORM
from ui.drawing.tables import DRAWN
from ui.frame.identity import KEY


@pytest.fixture
def ledger(reader: Reader, tmp_path: Path) -> Iterator[Ledger]:
    """The page's own, empty."""
    with own_ledger(reader, tmp_path / "ledger.db") as made:
        yield made


def year_of(reader: Reader) -> CaseFilter:
    return CaseFilter(period=preset("last365", reader.as_of, reader.profile.settings.clock))


@pytest.mark.slow
def test_the_first_line_is_what_the_store_says(visit: Any, ledger: Ledger, reader: Reader) -> None:
    seen = visit("fusion")
    row = matched(reader, year_of(reader), ()).iloc[0]
    said = next(str(one.proto.body) for one in seen.get("html") if "网格先发现" in str(one.proto.body))
    assert f"{row['orders']:,.0f} 件" in said and f"未诉先办率 {row['first_rate']:.1%}" in said
    assert f"（{row['first_rate__num']:,.0f}/{row['first_rate__den']:,.0f}" in said


def test_the_rate_stands_beside_chance_and_what_it_means(visit: Any, ledger: Ledger, reader: Reader) -> None:
    seen = visit("fusion")
    row = against_chance(reader, year_of(reader)).iloc[0]
    said = next(str(one.proto.body) for one in seen.get("html") if "网格先发现" in str(one.proto.body))
    assert f"偶然重合约 <b>{row['chance']:.1%}</b>" in said
    assert ("不能确定" in said) == (row["low"] <= 0 <= row["high"])
    rows = next(one.value for one in seen.dataframe if "by_chance" in one.value.columns)
    groups = against_chance(reader, year_of(reader), ("family",))
    assert (
        rows["family"].tolist() == groups["family"].tolist() and rows["verdict"].tolist() == groups["verdict"].tolist()
    )
    assert groups["excess"].where(groups["low"].notna()).fillna(-9).is_monotonic_decreasing


def test_the_funnel_begins_with_the_environments_orders(visit: Any, ledger: Ledger, reader: Reader) -> None:
    seen = visit("fusion")
    funnel = next(one.value for one in seen.dataframe if "about" in one.value.columns)
    classes = reader.profile.settings.fusion.environment
    where = year_of(reader).replace(source=("hotline",), category1=classes)
    assert funnel["count"].tolist() == [reader.count(where), 0, 0, 0, 0]


def test_a_points_orders_are_those_that_made_it_one(reader: Reader) -> None:
    where = year_of(reader)
    points = unseen_points(reader, where)
    assert len(points)
    for row in points.head(5).to_dict("records"):
        about = orders_at(reader.profile, row["h3_cell"], row["family"]).replace(period=where.period)
        assert reader.count(about) == row["orders"]


@pytest.mark.slow
def test_points_are_sent_out_together_and_taken_back(visit: Any, ledger: Ledger) -> None:
    seen = visit("fusion")
    seen.session_state[KEY] = "监督员甲"
    seen.run()
    unseen = next(one for one in seen.dataframe if "last_seen" in one.value.columns)
    chosen = unseen.value.head(2)
    key = f"unseen_0_{seen.session_state[DRAWN]['unseen_0']}"
    seen.session_state[key] = {"selection": {"rows": [0, 1], "columns": [], "cells": []}}
    seen.run()
    seen.button(key=f"{FORM}_send").click().run()
    assert not seen.exception
    sent = ledger.matters("patrol")
    assert sorted(sent["place"]) == sorted(chosen["address"]) and set(sent["stage"]) == {"待核实"}
    assert all(len(where.h3_cell) == 1 for row in sent.to_dict("records") if (where := cases_of(row)))
    again = next(one.value for one in seen.dataframe if "last_seen" in one.value.columns)
    assert len(again.merge(chosen, on=["address", "family"])) == 0  # what is under way is not offered again
    seen.button(key="undo").click().run()
    assert set(ledger.matters("patrol")["stage"]) == {"撤销"} and not verify(ledger.engine, ledger.key).broken
