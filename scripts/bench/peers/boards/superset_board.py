"""The board and the list in Superset, made through its REST API."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

Json = dict[str, Any]
ACCOUNT = {"username": "bench", "password": "bench"}
FILTERS = {"street": "street", "category": "category1"}  # what a filter is called -> its column
MOST = 1_000
VOLUME: Json = {"expressionType": "SQL", "sqlExpression": "COUNT(*)", "label": "volume", "optionName": "volume"}
ON_MAP = "SELECT c.street, c.category1, c.created_at, s.outline FROM cases c JOIN streets s ON c.street = s.street"

MAP: Json = {
    "viz_type": "deck_polygon",
    "line_column": "outline",
    "line_type": "json",
    "metric": VOLUME,
    "filled": True,
    "stroked": True,
    "extruded": False,
    "num_buckets": "5",
    "opacity": 80,
    "row_limit": MOST,
    "linear_color_scheme": "blue_white_yellow",
    "autozoom": False,
}
RANKING: Json = {
    "viz_type": "echarts_timeseries_bar",
    "orientation": "horizontal",
    "x_axis": "category3",
    "metrics": [VOLUME],
    "x_axis_sort": "volume",
    "x_axis_sort_asc": True,
    "row_limit": 20,
    "order_desc": True,
}


class Superset:
    """Superset's API for one who has logged in."""

    def __init__(self, address: str) -> None:
        self.session = httpx.Client(base_url=address, timeout=120, trust_env=False)
        told = self.session.post("/api/v1/security/login", json={**ACCOUNT, "provider": "db"})
        self.session.headers["Authorization"] = f"Bearer {told.json()['access_token']}"
        token = self.session.get("/api/v1/security/csrf_token/").json()["result"]
        self.session.headers.update({"X-CSRFToken": token, "Referer": address})

    @property
    def headers(self) -> dict[str, str]:
        """What another client has to send to be the same person."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.session.cookies.items())
        names = ("Authorization", "X-CSRFToken", "Referer")
        return {**{name: self.session.headers[name] for name in names}, "Cookie": cookies}

    def make(self, kind: str, **told: Any) -> int:
        """Make a database, dataset, chart or dashboard; returns its number."""
        return int(_granted(self.session.post(f"/api/v1/{kind}/", json=told)).json()["id"])

    def change(self, kind: str, number: int, **told: Any) -> None:
        _granted(self.session.put(f"/api/v1/{kind}/{number}", json=told))


def _granted(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise RuntimeError(f"Superset: {answer.status_code} {answer.text}")
    return answer


def _mean(column: str, label: str) -> Json:
    return {"expressionType": "SQL", "sqlExpression": f"AVG({column})", "label": label, "optionName": column}


def _during(start: str, end: str) -> list[Json]:
    return [
        {
            "clause": "WHERE",
            "expressionType": "SIMPLE",
            "subject": "created_at",
            "operator": "TEMPORAL_RANGE",
            "comparator": f"{start} : {end}",
        }
    ]


def _charts(asked: Mapping[str, Any], cases: int, on_map: int) -> dict[str, Json]:
    """Name -> what Superset's own editor would have stored of the chart."""
    during, rates = _during(asked["start"], asked["end"]), asked["rates"]
    of_cases = {"datasource": f"{cases}__table", "adhoc_filters": during}
    averages = [_mean(column, label) for column, label in rates.items()]
    card = {"viz_type": "pop_kpi", "time_compare": ["1 year ago"], "comparison_color_enabled": True, **of_cases}
    rows = {"viz_type": "table", "table_timestamp_format": "smart_date", **of_cases}
    return {
        "kpi_volume": {**card, "metric": VOLUME, "y_axis_format": ",d"},
        **{
            f"kpi_{column}": {**card, "metric": mean, "y_axis_format": ".1%"}
            for column, mean in zip(rates, averages, strict=True)
        },
        "trend": {
            **of_cases,
            "viz_type": "echarts_timeseries_line",
            "x_axis": "created_at",
            "time_grain_sqla": "P1M",
            "metrics": [VOLUME],
            "groupby": ["source"],
            "row_limit": MOST,
        },
        "streets": {
            **rows,
            "query_mode": "aggregate",
            "groupby": ["street"],
            "metrics": [VOLUME, *averages],
            "row_limit": MOST,
        },
        "map": {**of_cases, **MAP, "datasource": f"{on_map}__table", "viewport": asked["view"]},
        "categories": {**of_cases, **RANKING},
        "cases": {
            **rows,
            "query_mode": "raw",
            "all_columns": asked["columns"],
            "order_by_cols": ['["created_at", false]'],
            "server_pagination": True,
            "server_page_length": 50,
            "row_limit": 50,
        },
    }


def _filters(dataset: int, charts: Sequence[int]) -> list[Json]:
    empty: Json = {"extraFormData": {}, "filterState": {}, "ownState": {}}
    return [
        {
            "id": f"NATIVE_FILTER-{name}",
            "type": "NATIVE_FILTER",
            "filterType": "filter_select",
            "name": name,
            "targets": [{"datasetId": dataset, "column": {"name": column}}],
            "controlValues": {"multiSelect": True, "enableEmptyFilter": False, "defaultToFirstItem": False},
            "defaultDataMask": empty,
            "cascadeParentIds": [],
            "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
            "chartsInScope": [*charts],
            "tabsInScope": [],
        }
        for name, column in FILTERS.items()
    ]


def _position(rows: Sequence[Sequence[tuple[str, int, int]]], names: Mapping[int, str]) -> Json:
    """The layout of a dashboard. `rows`: of each the charts' keys, numbers and heights."""
    laid: Json = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
    }
    for place, row in enumerate(rows):
        line = f"ROW-{place}"
        laid["GRID_ID"]["children"].append(line)
        laid[line] = {
            "type": "ROW",
            "id": line,
            "children": [f"CHART-{key}" for key, _, _ in row],
            "parents": ["ROOT_ID", "GRID_ID"],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for key, number, height in row:
            laid[f"CHART-{key}"] = {
                "type": "CHART",
                "id": f"CHART-{key}",
                "children": [],
                "parents": ["ROOT_ID", "GRID_ID", line],
                "meta": {"chartId": number, "width": 12 // len(row), "height": height, "sliceName": names[number]},
            }
    return laid


def build(address: str, asked: Mapping[str, Any], database: str) -> None:
    """Make the dashboards `board` and `list`. `database`: the DuckDB file."""
    api = Superset(address)
    extra = {"engine_params": {"connect_args": {"read_only": True}}}
    number = api.make(
        "database", database_name="cases", sqlalchemy_uri=f"duckdb:///{database}", extra=json.dumps(extra)
    )
    cases = api.make("dataset", database=number, schema="main", table_name="cases")
    on_map = api.make("dataset", database=number, schema="main", table_name="on_map", sql=ON_MAP)
    described = _charts(asked, cases, on_map)
    tall = {"kpi": 30, "cases": 70}
    for slug, lines in {
        "board": [[name for name in described if name.startswith("kpi")], ["trend", "streets"], ["map", "categories"],
                  ["cases"]],
        "list": [["cases"]],
    }.items():  # fmt: skip
        board = api.make("dashboard", dashboard_title=slug, slug=slug, published=True)
        numbers = {}
        for name in (name for line in lines for name in line):
            form = described[name]
            numbers[name] = api.make(
                "chart",
                slice_name=f"{slug} {name}",
                viz_type=form["viz_type"],
                datasource_id=on_map if name == "map" else cases,
                datasource_type="table",
                params=json.dumps(form),
                dashboards=[board],
            )
        rows = [[(name, numbers[name], tall.get(name.split("_")[0], 55)) for name in line] for line in lines]
        charts = [*numbers.values()]
        settings = {
            "native_filter_configuration": _filters(cases, charts),
            "filter_bar_orientation": "HORIZONTAL",
            "cross_filters_enabled": False,
        }
        layout = _position(rows, {number: name for name, number in numbers.items()})
        api.change("dashboard", board, position_json=json.dumps(layout), json_metadata=json.dumps(settings))
