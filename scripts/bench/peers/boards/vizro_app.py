"""The board and the list in Vizro, run by gunicorn in Vizro's own environment: gunicorn vizro_app:server.

Figures get their data from functions with the controls' values as arguments, which is Vizro's way for data that does
not fit a browser (parametrised data loading): DuckDB groups, Vizro draws, and its cache keeps an answer by arguments.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import plotly.graph_objects as go
import vizro.models as vm
import vizro.plotly.express as px
from flask_caching import Cache
from vizro import Vizro
from vizro.figures import kpi_card_reference
from vizro.managers import data_manager
from vizro.models.types import capture
from vizro.tables import dash_ag_grid

FOLDER = Path("data").resolve()
ASKED: dict[str, Any] = json.loads((FOLDER / "asked.json").read_text(encoding="utf-8"))
OUTLINES: dict[str, Any] = json.loads((FOLDER / "streets.json").read_text(encoding="utf-8"))
SHAPES = {
    "type": "FeatureCollection",
    "features": [{"type": "Feature", "id": name, "geometry": shape} for name, shape in OUTLINES.items()],
}
RATES: dict[str, str] = ASKED["rates"]
YEAR = "created_at >= TIMESTAMP '{start}' AND created_at < TIMESTAMP '{end}'".format(**ASKED)
BASE = (
    "created_at + INTERVAL 1 YEAR >= TIMESTAMP '{start}' AND created_at + INTERVAL 1 YEAR < TIMESTAMP '{end}'".format(
        **ASKED
    )
)
LISTED = ", ".join(ASKED["columns"])
OF_RATES = ", ".join(f"avg({column}) AS {column}" for column in RATES)
# Rows out of sight are not drawn; by default all are, which costs a browser seconds.
ONLY_SEEN: dict[str, Any] = {
    "dashGridOptions": {"domLayout": "normal", "animateRows": False},
    "style": {"height": "420px"},
}
_OWN = threading.local()


def ask(sql: str, street: Sequence[str], category: Sequence[str]) -> pd.DataFrame:
    """The answer to a question in which {where} stands for what the controls say; a connection per thread."""
    if not hasattr(_OWN, "con"):
        _OWN.con = duckdb.connect(str(FOLDER / "cases.duckdb"), read_only=True)
    chosen = {"street": [*street], "category1": [*category]}
    limits = [f"list_contains(${name}, {name})" for name, values in chosen.items() if values]
    values = {name: values for name, values in chosen.items() if values}
    return _OWN.con.execute(sql.format(where=" AND ".join(["true", *limits])), values).df()


def kpi(street: Sequence[str] = (), category: Sequence[str] = ()) -> pd.DataFrame:
    told = f"SELECT count(*) AS volume, {OF_RATES} FROM cases WHERE {{where}} AND "
    now, then = (ask(told + stretch, street, category) for stretch in (YEAR, BASE))
    return now.join(then.add_suffix("_base")).fillna(0)


def trend(street: Sequence[str] = (), category: Sequence[str] = ()) -> pd.DataFrame:
    sql = "SELECT date_trunc('month', created_at) AS month, source, count(*) AS volume FROM cases WHERE {where} AND "
    return ask(sql + YEAR + " GROUP BY ALL ORDER BY ALL", street, category)


def streets(street: Sequence[str] = (), category: Sequence[str] = ()) -> pd.DataFrame:
    sql = f"SELECT street, count(*) AS volume, {OF_RATES} FROM cases WHERE {{where}} AND {YEAR} GROUP BY street"
    return ask(sql + " ORDER BY volume DESC", street, category)


def categories(street: Sequence[str] = (), category: Sequence[str] = ()) -> pd.DataFrame:
    sql = f"SELECT category3, count(*) AS volume FROM cases WHERE {{where}} AND {YEAR} GROUP BY category3"
    return ask(sql + " ORDER BY volume DESC LIMIT 20", street, category)


def cases(street: Sequence[str] = (), category: Sequence[str] = ()) -> pd.DataFrame:
    sql = f"SELECT {LISTED} FROM cases WHERE {{where}} AND {YEAR} ORDER BY created_at DESC, case_id LIMIT 50"
    return ask(sql, street, category)


@capture("graph")
def shaded(data_frame: pd.DataFrame) -> go.Figure:
    drawn = px.choropleth(
        data_frame, geojson=SHAPES, locations="street", color="volume", color_continuous_scale="Blues"
    )
    return drawn.update_geos(fitbounds="locations", visible=False)


@capture("action")
def export() -> dict[str, Any]:
    sql = f"SELECT {LISTED} FROM cases WHERE created_at >= TIMESTAMP '{ASKED['export_start']}' ORDER BY created_at"
    return {"filename": "cases.csv", "content": ask(sql, (), ()).to_csv(index=False)}


def controls(page: str, figures: Sequence[str]) -> list[vm.Parameter]:
    """The two filters of a page."""
    values = {"street": ASKED["streets"], "category": ASKED["categories"]}
    return [
        vm.Parameter(
            targets=[f"{figure}.data_frame.{name}" for figure in figures],
            selector=vm.Dropdown(id=f"{page}_{name}", title=name, multi=True, options=options, value=[]),
        )
        for name, options in values.items()
    ]


for source in (kpi, trend, streets, categories, cases):
    data_manager[source.__name__] = source
data_manager.cache = Cache(
    config={"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": "vizro-cache", "CACHE_DEFAULT_TIMEOUT": 3600}
)
CARDS = {"volume": ("受理量", "{value:,.0f}")} | {name: (label, "{value:.1%}") for name, label in RATES.items()}
FIGURES = [f"kpi_{name}" for name in CARDS] + ["trend", "streets", "map", "categories", "cases"]
board = vm.Page(
    id="board",
    title="board",
    layout=vm.Grid(
        grid=[[0, 1, 2, 3], *[[4, 4, 5, 5]] * 3, *[[6, 6, 7, 7]] * 3, *[[8, 8, 8, 8]] * 3], row_min_height="150px"
    ),
    components=[
        *(
            vm.Figure(
                id=f"kpi_{name}",
                figure=kpi_card_reference(
                    "kpi",
                    value_column=name,
                    reference_column=f"{name}_base",
                    title=label,
                    value_format=form,
                    reference_format="同比 {delta_relative:+.1%}",
                ),
            )
            for name, (label, form) in CARDS.items()
        ),
        vm.Graph(id="trend", figure=px.line("trend", x="month", y="volume", color="source")),
        vm.Table(id="streets", figure=dash_ag_grid("streets", **ONLY_SEEN)),
        vm.Graph(id="map", figure=shaded("streets"), extra={"config": {"topojsonURL": "/assets/"}}),
        vm.Graph(id="categories", figure=px.bar("categories", x="volume", y="category3", orientation="h")),
        vm.Table(id="cases", figure=dash_ag_grid("cases", **ONLY_SEEN)),
    ],
    controls=controls("board", FIGURES),
)
listed = vm.Page(
    id="list",
    title="list",
    components=[
        vm.Table(id="listed", figure=dash_ag_grid("cases", **ONLY_SEEN)),
        vm.Button(text="export", actions=vm.Action(function=export(), outputs=["vizro_download"])),
    ],
    controls=controls("list", ["listed"]),
)
app = Vizro(assets_folder=str(FOLDER / "assets")).build(vm.Dashboard(pages=[board, listed]))
server = app.dash.server
server.test_client().get("/")  # a worker that has never shown the page does not serve all of its files
