"""网格融合 on its page: figures are the store's, points are sent out in one step and taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from data_access.audit import verify
from data_access.filters import CaseFilter
from data_access.fusion import matched, orders_at, unseen_points
from data_access.ledger import Ledger, cases_of, ledger_for
from data_access.periods import preset
from data_access.profile import current_profile
from data_access.query import aggregate, as_of
from data_access.store import Store
from ui.identity import KEY
from ui.patrols import FORM


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    monkeypatch.setenv("LEDGER_URL", f"sqlite:///{tmp_path / 'ledger.db'}")
    return ledger_for()


def year_of(store: Store) -> CaseFilter:
    now = as_of(store)
    assert now
    return CaseFilter(period=preset("last365", now, current_profile().settings.clock))


def test_the_first_line_is_what_the_store_says(visit: Any, ledger: Ledger, demo_store: Store) -> None:
    seen = visit("fusion")
    row = matched(year_of(demo_store), (), store=demo_store).iloc[0]
    said = next(str(one.proto.body) for one in seen.get("html") if "网格先发现" in str(one.proto.body))
    assert f"<b>{row['orders']:,.0f}</b>" in said and f"<b>{row['first_rate']:.1%}</b>" in said
    assert f"（{row['first_rate__num']:,.0f}/{row['first_rate__den']:,.0f}" in said


def test_the_funnel_begins_with_the_environments_orders(visit: Any, ledger: Ledger, demo_store: Store) -> None:
    seen = visit("fusion")
    funnel = next(one.value for one in seen.dataframe if "about" in one.value.columns)
    classes = current_profile().settings.fusion.environment
    where = year_of(demo_store).replace(source=("hotline",), category1=classes)
    assert funnel["count"].tolist() == [
        aggregate(["volume"], (), where, store=demo_store)["volume"].iloc[0],
        0,
        0,
        0,
        0,
    ]


def test_a_points_orders_are_those_that_made_it_one(demo_store: Store) -> None:
    where = year_of(demo_store)
    points = unseen_points(where, store=demo_store)
    assert len(points)
    for row in points.head(5).to_dict("records"):
        about = orders_at(row["h3_cell"], row["family"]).replace(period=where.period)
        assert aggregate(["volume"], (), about, store=demo_store)["volume"].iloc[0] == row["orders"]


def test_points_are_sent_out_together_and_taken_back(visit: Any, ledger: Ledger) -> None:
    seen = visit("fusion")
    seen.session_state[KEY] = "监督员甲"
    seen.run()
    unseen = next(one for one in seen.dataframe if "last_seen" in one.value.columns)
    chosen = unseen.value.head(2)
    seen.session_state["unseen_0"] = {"selection": {"rows": [0, 1], "columns": [], "cells": []}}
    seen.run()
    seen.button(key=f"{FORM}_send").click().run()
    assert not seen.exception
    sent = ledger.matters("patrol")
    assert sorted(sent["place"]) == sorted(chosen["address"]) and set(sent["stage"]) == {"待核实"}
    assert all(len(where.h3_cell) == 1 for row in sent.to_dict("records") if (where := cases_of(row)))
    again = next(one.value for one in seen.dataframe if "last_seen" in one.value.columns)
    assert len(again.merge(chosen, on=["address", "family"])) == 0  # what is under way is not offered again
    seen.button(key="undo").click().run()
    assert set(ledger.matters("patrol")["stage"]) == {"撤销"} and not verify(ledger.engine).broken
