"""Synthetic cases as a table the loader takes: numbers become the district's names, times become timestamps."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa

from data_access.district.vocabulary import HOTLINE
from demo.arrivals import Arrivals
from demo.draw import Draw, Ints, hex_keys, pick
from demo.handling import GRADES, NEVER, RESOLUTIONS, Callback, Handling
from demo.world import World

ROWS = "demo_rows"


def _names(numbers: Ints, names: Sequence[str]) -> pa.Array:
    """Each name is kept once, whatever the number of cases."""
    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32)), pa.array(list(names), pa.string()))


def _times(moments: Ints) -> pa.Array:
    return pa.array(moments.astype("datetime64[s]"), mask=moments == NEVER)


def _flags(values: np.ndarray) -> pa.Array:
    return pa.array(values.astype(np.int16))


def _choices(draw: Draw, texts: dict[str, list[str]], groups: Sequence[str], rows: Ints) -> pa.Array:
    """For each row one of its group's sentences (groups without their own take `default`)."""
    own = [texts.get(group) or texts["default"] for group in groups]
    flat = [sentence for sentences in own for sentence in sentences]
    starts = np.cumsum([0, *(len(sentences) for sentences in own[:-1])])
    lengths = np.array([len(sentences) for sentences in own])
    return _names(starts[rows] + (draw.random(len(rows)) * lengths[rows]).astype(np.int64), flat)


def _matter(draw: Draw, world: World, source: str, arrivals: Arrivals, kind: Ints) -> dict[str, pa.Array]:
    catalogue, settings = world.catalogues[source], world.settings
    categories, numbers, stream = catalogue.plan.categories, arrivals.category, settings.stream(source)
    columns = {
        name: _names(numbers, [getattr(category, name) for category in categories])
        for name in ("category1", "category2", "category3", "dimension")
    }
    columns["urgency"] = _names(numbers, [category.limit_class for category in categories])
    kinds = [*stream.request_types, settings.grid_components.request_type]
    parts = [category.category1 in settings.grid_components.names for category in categories]
    if source != HOTLINE:
        kind = np.where(np.array(parts)[numbers], len(kinds) - 1, kind)
    columns["request_type"] = _names(kind, kinds)
    sentences = settings.texts.hotline if source == HOTLINE else settings.texts.grid
    # A request type with sentences of its own (praise) takes those; all others tell of the matter.
    own = np.array([name in sentences for name in kinds])[kind]
    groups = [*(category.category1 for category in categories), *kinds]
    columns["sentence"] = _choices(draw, sentences, groups, np.where(own, len(categories) + kind, numbers))
    columns["ending"] = _choices(draw, settings.texts.endings, kinds, kind)
    if source == HOTLINE:
        columns["crowd"] = _names(pick(draw, catalogue.crowd, numbers), [*settings.crowds, ""])
        columns["industry"] = _names(pick(draw, catalogue.industry, numbers), [*settings.industries, ""])
    return columns


def _place(world: World, arrivals: Arrivals) -> dict[str, pa.Array]:
    places, point = world.places, arrivals.point
    return {
        "street": _names(places.street[point], world.streets),
        "community": _names(places.community[point], world.communities),
        "address": _names(point, places.address.tolist()),
        "h3_cell": _names(point, world.cells),
        "lon": pa.array(places.lon[point]),
        "lat": pa.array(places.lat[point]),
    }


def _handling(world: World, source: str, arrivals: Arrivals, handling: Handling) -> dict[str, pa.Array]:
    stream, types = world.settings.stream(source), [unit.unit_type for unit in world.profile.units]
    state = np.where(handling.closed != NEVER, 0, np.where(handling.dispatched != NEVER, 1, 2))
    return {
        "created_at": _times(arrivals.created),
        "dispatched_at": _times(handling.dispatched),
        "due_at": _times(handling.due),
        "closed_at": _times(handling.closed),
        "channel": _names(handling.channel, list(stream.channels)),
        "unit": _names(handling.unit, world.units),
        "unit_type": _names(handling.unit, types),
        "status": _names(state, [stream.closed, stream.handling, stream.waiting]),
        "rework_count": pa.array(handling.rework.astype(np.int32)),
        "is_whistled": _flags(handling.whistled),
        "is_excluded": _flags(handling.excluded > 0),
        "excluded_reason": _names(handling.excluded, ["", *world.settings.excluded_reasons]),
    }


def _callback(calls: Callback) -> dict[str, pa.Array]:
    return {
        "callback_at": _times(calls.at),
        "is_valid_callback": _flags(calls.valid),
        "is_contacted": _flags(calls.contacted),
        "resolution": _names(calls.resolution, RESOLUTIONS),
        "satisfaction": _names(calls.satisfaction, GRADES),
    }


def stage(
    con: duckdb.DuckDBPyConnection,
    draw: Draw,
    world: World,
    source: str,
    arrivals: Arrivals,
    handling: Handling,
    calls: Callback | None,
    serial: Ints,
) -> str:
    """Register the cases as a view for `append_cases`; returns its name. `serial`: each case's running number."""
    columns = _matter(draw, world, source, arrivals, handling.kind) | _place(world, arrivals)
    columns |= _handling(world, source, arrivals, handling)
    columns["serial"] = pa.array(serial)
    if calls:
        columns |= _callback(calls)
        columns["caller_key"] = pa.array(hex_keys(arrivals.caller, world.seed).astype(str))
        columns["is_group"] = _flags(draw.random(len(serial)) < world.settings.group_share)
    con.register(ROWS, pa.table(columns))
    stream = world.settings.stream(source)
    con.execute("CREATE OR REPLACE TEMP TABLE demo_words AS SELECT ? AS source, ? AS prefix, ? AS title, ? AS digits",
                [source, stream.prefix, world.settings.texts.title, stream.serial_digits])  # fmt: skip
    con.execute(
        f"""CREATE OR REPLACE TEMP VIEW demo_stage AS
        SELECT r.* EXCLUDE (sentence, ending, serial), w.source,
               replace(replace(w.prefix, '{{day}}', strftime(created_at, '%Y%m%d')),
                       '{{year}}', strftime(created_at, '%Y'))
                   || lpad(CAST(serial AS VARCHAR), CAST(w.digits AS INTEGER), '0') AS case_id,
               replace(w.title, '{{k}}', category3::VARCHAR) AS title,
               replace(replace(sentence::VARCHAR, '{{p}}', address::VARCHAR), '{{k}}', category3::VARCHAR)
                   || ending::VARCHAR AS content,
               coalesce(callback_time, closed_at, dispatched_at, created_at) AS updated_at
        FROM (SELECT *, {"callback_at" if calls else "NULL::TIMESTAMP"} AS callback_time FROM {ROWS}) r, demo_words w"""
    )
    return "demo_stage"
