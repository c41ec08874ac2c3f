"""What the grid knew before the call: cases with answers known by hand, and a brute force over the small district."""

from __future__ import annotations

import csv
import functools
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import h3
import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text

from data_access.cases.coincidence import comparisons
from data_access.cases.filters import CaseFilter
from data_access.cases.fusion import MATCHED, MATCHED_COLUMNS, POINT_COLUMNS, matched, orders_at, unseen_points
from data_access.cases.reader import Reader
from data_access.cases.store import Store, store_for
from data_access.district.periods import Period
from data_access.district.profile import Profile, current_profile
from data_access.intake.importing import import_file

OUTCOMES = ("first", "later", "never", "pending", "uncovered", "no_place")
NOON = datetime(2022, 6, 15, 12)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
COVER, LID, ADVERT = ("地下空间", "公房地下室"), ("检查井盖", "雨水井盖"), ("非法小广告", "张贴小广告")
CALLS = {"井盖": ("市政设施", "井盖缺失破损"), "无关": ("公共交通", "公交线路调整")}
FIELDS = ("case_id", "created_at", "channel", "category2", "category3", "street", "community", "address", "lon", "lat",
          "is_void", "is_valid_callback", "resolution")  # fmt: skip


def place(nth: int, rings: int = 0) -> str:
    """The nth of places a kilometre apart, or a cell so many rings beside it."""
    cell = h3.latlng_to_cell(39.85 + 0.01 * (nth % 13), 116.38 + 0.02 * (nth // 13), 10)
    return min(h3.grid_ring(cell, rings)) if rings else cell


def row(case_id: str, at: datetime, classes: tuple[str, str], cell: str, **more: Any) -> dict[str, Any]:
    lat, lon = h3.cell_to_latlng(cell) if cell else ("", "")
    base = {"case_id": case_id, "created_at": at.isoformat(sep=" "), "lat": lat, "lon": lon, "street": "东四街道"}
    return base | {"category2": classes[0], "category3": classes[1]} | more


def load(store: Store, folder: Path, source: str, rows: list[dict[str, Any]]) -> None:
    mapping, file = folder / f"{source}.toml", folder / f"{source}.csv"
    columns = "\n".join(f'{name} = "{name}"' for name in FIELDS)
    mapping.write_text(
        f'label = "x"\nsource = "{source}"\n[columns]\n{columns}\n[values.resolution]\n"是" = "yes"\n"否" = "no"\n',
        encoding="utf-8",
    )
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, FIELDS)
        writer.writeheader()
        writer.writerows(rows)
    result = import_file(file, profile=current_profile(), store=store, mapping=str(mapping))
    assert result.inserted == len(rows)


# Name -> what became of the order, when it came, and the grid's cases: after it, class, rings away, and what else.
STORIES: dict[str, tuple[str, datetime, list[tuple[timedelta, tuple[str, str], int, dict[str, Any]]]]] = {
    "as the window opens": ("first", NOON, [(-7 * DAY, LID, 0, {})]),
    "before the window": ("never", NOON, [(-7 * DAY - SECOND, LID, 0, {})]),
    "a second before, next door": ("first", NOON, [(-SECOND, LID, 1, {})]),
    "two rings away": ("never", NOON, [(-DAY, LID, 2, {})]),
    "at the same second": ("later", NOON, [(0 * DAY, LID, 0, {})]),
    "as the window closes": ("later", NOON, [(7 * DAY, LID, 1, {})]),
    "after the window": ("never", NOON, [(7 * DAY + SECOND, LID, 0, {})]),
    "before and after": ("first", NOON, [(-DAY, LID, 1, {}), (DAY, LID, 0, {})]),
    "another problem": ("never", NOON, [(-DAY, ADVERT, 0, {})]),
    "opened because of a call": ("never", NOON, [(-DAY, LID, 0, {"channel": "热线核实"})]),
    "void": ("never", NOON, [(-DAY, LID, 0, {"is_void": "1"})]),
    "window not over": ("pending", NOON + 10 * DAY, []),
    "window not over, found": ("first", NOON + 10 * DAY, [(-DAY, LID, 0, {})]),
    "window just over": ("never", NOON + 8 * DAY, []),
    "before the grid's data": ("uncovered", NOON - 8 * DAY - SECOND, [(DAY, LID, 0, {})]),
    "just within the grid's data": ("never", NOON - 8 * DAY, []),
    "at the grid's newest case": ("pending", NOON + 15 * DAY, []),
    "after the grid's data": ("uncovered", NOON + 15 * DAY + SECOND, []),
    "no place": ("no_place", NOON, []),
}
GRID_SPAN = (NOON - 15 * DAY, NOON + 15 * DAY)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, profile: Profile) -> Reader:
    """One order a story, each at its own place."""
    folder = tmp_path_factory.mktemp("told")
    store = store_for(f"duckdb:///{folder / 'store'}")
    calls, looks = [], [row(f"G{at}", at, COVER, place(25)) for at in GRID_SPAN]
    looks.append(row("Gvoid", NOON + 20 * DAY, COVER, place(25), is_void="1"))  # tells of no coverage
    for nth, (name, (outcome, at, seen)) in enumerate(STORIES.items()):
        calls.append(row(f"H{nth:02}", at, CALLS["井盖"], "" if outcome == "no_place" else place(nth), address=name))
        for after, classes, rings, more in seen:
            looks.append(row(f"G{nth:02}{after}", at + after, classes, place(nth, rings), **more))
    calls.append(row("void", NOON, CALLS["井盖"], place(20), is_void="1"))
    calls.append(row("other", NOON, CALLS["无关"], place(20)))
    load(store, folder, "hotline", calls)
    load(store, folder, "grid", looks)
    return Reader.of(store, profile)


def under(reader: Reader, **fusion: Any) -> Reader:
    """The reader of a district with other [fusion] rules."""
    changed = reader.profile.settings.fusion.model_copy(update=fusion)
    settings = reader.profile.settings.model_copy(update={"fusion": changed})
    return replace(reader, profile=reader.profile.model_copy(update={"settings": settings}))


def outcome_of(reader: Reader, name: str) -> str:
    nth = list(STORIES).index(name)
    found = matched(reader, CaseFilter(text=f"H{nth:02}"), ()).iloc[0]
    assert found["orders"] == 1 == found[list(OUTCOMES)].sum()
    return max(OUTCOMES, key=lambda outcome: found[outcome])


@pytest.mark.parametrize("name", STORIES)
def test_each_order_ends_as_its_story_says(told: Reader, name: str) -> None:
    assert outcome_of(told, name) == STORIES[name][0]


def test_the_stories_add_up(told: Reader) -> None:
    expected = Counter(outcome for outcome, _, _ in STORIES.values())
    found = matched(told, CaseFilter())
    assert found["family"].tolist() == ["井盖"]  # the void order and the other problem are out
    assert found.iloc[0][list(OUTCOMES)].to_dict() == {name: expected[name] for name in OUTCOMES}
    judged = len(STORIES) - expected["no_place"] - expected["uncovered"]
    rate = found.iloc[0][["first_rate", "first_rate__num", "first_rate__den"]].tolist()
    assert rate == [pytest.approx(expected["first"] / judged), expected["first"], judged]


@pytest.mark.parametrize(
    ("fusion", "name", "outcome"),
    [
        ({"rings": 2}, "two rings away", "first"),
        ({"rings": 0}, "a second before, next door", "never"),
        ({"rings": 0}, "as the window opens", "first"),
        ({"window_days": 8}, "before the window", "first"),
        ({"window_days": 6}, "as the window opens", "never"),
        ({"window_days": 8}, "window just over", "pending"),
    ],
)
def test_the_profile_sets_ring_and_window(told: Reader, fusion: Any, name: str, outcome: str) -> None:
    assert outcome_of(under(told, **fusion), name) == outcome


def test_the_period_is_the_orders_not_the_grids(told: Reader) -> None:
    """A grid case outside the period still counts for an order in it."""
    found = matched(told, CaseFilter(period=Period(NOON, NOON + SECOND)), ()).iloc[0]
    expected = Counter(outcome for outcome, at, _ in STORIES.values() if at == NOON)
    assert found[list(OUTCOMES)].to_dict() == {name: expected[name] for name in OUTCOMES}


def test_the_source_asked_for_makes_no_difference(told: Reader) -> None:
    pd.testing.assert_frame_equal(matched(told, CaseFilter(source=("grid",))), matched(told, CaseFilter()))


@pytest.mark.slow
def test_without_grid_cases_nothing_is_known(tmp_path: Path, empty_store: Store, profile: Profile) -> None:
    load(empty_store, tmp_path, "hotline", [row("H1", NOON, CALLS["井盖"], place(0))])
    found = matched(Reader.of(empty_store, profile), CaseFilter(), ()).iloc[0]
    assert (found["orders"], found["uncovered"], found["first_rate__den"]) == (1, 1, 0)
    assert np.isnan(found["first_rate"])


@pytest.mark.slow
def test_a_grid_without_coordinates_covers_nothing(tmp_path: Path, empty_store: Store, profile: Profile) -> None:
    load(empty_store, tmp_path, "hotline", [row("H1", NOON, CALLS["井盖"], place(0))])
    load(empty_store, tmp_path, "grid", [row(f"G{at}", at, LID, "") for at in GRID_SPAN])
    assert matched(Reader.of(empty_store, profile), CaseFilter(), ()).iloc[0]["uncovered"] == 1


def test_no_data_no_rows(empty_store: Store, profile: Profile) -> None:
    nobody = Reader.of(empty_store, profile)
    assert list(matched(nobody, CaseFilter(), ("street",))) == ["street", *MATCHED_COLUMNS]
    assert list(unseen_points(nobody, CaseFilter())) == list(POINT_COLUMNS)
    assert matched(nobody, CaseFilter()).empty and unseen_points(nobody, CaseFilter()).empty


def test_a_profile_without_a_bridge_has_no_fusion(told: Reader) -> None:
    bare = replace(told, profile=told.profile.model_copy(update={"bridge": ()}))
    assert matched(bare, CaseFilter()).empty and unseen_points(bare, CaseFilter()).empty
    assert len(matched(told, CaseFilter()))


def test_only_family_and_street_group(told: Reader) -> None:
    with pytest.raises(ValueError, match="unit"):
        matched(told, CaseFilter(), ("unit",))


@pytest.fixture(scope="module")
def patrolled(tmp_path_factory: pytest.TempPathFactory, profile: Profile) -> Reader:
    """Points by their number: orders an hour apart, the newest at NOON, and what the grid saw there."""
    folder = tmp_path_factory.mktemp("patrolled")
    store = store_for(f"duckdb:///{folder / 'store'}")
    solved, unsolved = ({"is_valid_callback": "是", "resolution": value} for value in ("是", "否"))
    addresses = [{"address": "乙", "community": "二"}, {"address": "甲"}, {"address": "甲"}, {"address": ""}]
    points: list[tuple[list[dict[str, Any]], list[tuple[timedelta, int, dict[str, Any]]]]] = [
        (addresses, []),  # 0 hot, never looked at
        ([{}] * 3, [(-7 * DAY, 1, {})]),  # 1 looked at, next door, as the window opened
        ([{}] * 3, [(-7 * DAY - SECOND, 1, {})]),  # 2 looked at too early
        ([{}] * 3, [(9 * DAY, 0, {})]),  # 3 looked at long since
        ([{}] * 3, [(-DAY, 0, {"channel": "热线核实"})]),  # 4 verified after a call: looked at
        ([{}] * 3, [(-DAY, 0, {"is_void": "1"})]),  # 5 void: not looked at
        ([{}] * 3, [(-DAY, 2, {})]),  # 6 too far
        ([solved, unsolved], []),  # 7 few, and half of them unresolved
        ([solved] * 2, []),  # 8 few, and resolved
        ([unsolved], []),  # 9 a single callback says nothing
        ([{}] * 2, []),  # 10 few
        ([unsolved] * 2 + [{"is_void": "1"}], []),  # 11 low, the void order out
        ([{"address": "丙"}, {"address": "丁"}, {"address": "丙"}, {"address": "丁"}], []),  # 12 a tie of addresses
        ([unsolved, {**unsolved, "resolution": "差不多"}], []),  # 13 an answer in a word that is not known says nothing
    ]
    calls, looks = [], [row("G", NOON + 9 * DAY, COVER, place(25))]
    for nth, (orders, seen) in enumerate(points):
        for hour, more in enumerate(orders):
            at = NOON - timedelta(hours=hour)
            calls.append(row(f"H{nth}-{hour}", at, CALLS["井盖"], place(nth), **more))
        for after, rings, more in seen:
            looks.append(row(f"G{nth}", NOON + after, LID, place(nth, rings), **more))
    load(store, folder, "hotline", calls)
    load(store, folder, "grid", looks)
    return Reader.of(store, profile)


@pytest.mark.slow
def test_the_patrol_list(patrolled: Reader) -> None:
    found = unseen_points(patrolled, CaseFilter())
    numbers = {place(nth): nth for nth in range(13)}
    # The most unresolved first, then the most orders; equal points by their cell.
    last = sorted((2, 5, 6), key=place)
    full = sorted((0, 12), key=place)
    assert [numbers[cell] for cell in found["h3_cell"]] == [11, 7, *full, *last]
    assert found["orders"].tolist() == [2, 2, 4, 4, 3, 3, 3]
    assert found["unresolved_rate__num"].tolist() == [2, 1, 0, 0, 0, 0, 0]
    assert found["unresolved_rate__den"].tolist() == [2, 2, 0, 0, 0, 0, 0]
    assert found["unresolved_rate"].fillna(-1).tolist() == [1, 0.5, -1, -1, -1, -1, -1]
    assert set(found["newest"]) == {NOON} and set(found["family"]) == {"井盖"} and set(found["street"]) == {"东四街道"}
    points = found.set_index(found["h3_cell"].map(numbers))
    assert points.loc[0, ["address", "community"]].tolist() == ["甲", "二"]
    assert points.loc[12, "address"] == min("丙", "丁")
    assert points.loc[2, "last_seen"] == NOON - 7 * DAY - SECOND and pd.isna(points.loc[5, "last_seen"])
    assert points.loc[0, ["lat", "lon"]].tolist() == list(h3.cell_to_latlng(place(0)))


def test_the_list_is_cut_where_asked(patrolled: Reader) -> None:
    whole = unseen_points(patrolled, CaseFilter(), limit=None)
    pd.testing.assert_frame_equal(unseen_points(patrolled, CaseFilter(), limit=3), whole.head(3))


def test_the_profile_says_what_is_hot(patrolled: Reader) -> None:
    found = unseen_points(under(patrolled, hot_least=4, low_unresolved=0.6), CaseFilter())
    assert set(found["h3_cell"]) == {place(0), place(11), place(12)}


YEAR = CaseFilter(period=Period(datetime(2022, 1, 1), datetime(2023, 1, 1)))
SETTINGS = current_profile("dongcheng").settings  # read once: asking for it looks at its files
RINGS, WINDOW = SETTINGS.fusion.rings, timedelta(days=SETTINGS.fusion.window_days)


def plain_cases(reader: Reader) -> tuple[list[dict[str, Any]], dict[str, list[dict[str, Any]]]]:
    """The orders of every family and, by family, the grid's cases in the order of time; void ones out, all with their
    family."""
    families = {}
    for line in reader.profile.bridge:
        for leaf in reader.profile.categories:
            same = (leaf.source, leaf.category2) == (line.source, line.category2)
            if same and line.category3 in ("", leaf.category3):
                families[leaf.source, leaf.category2, leaf.category3] = line.family
    orders: list[dict[str, Any]] = []
    looks: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with reader.store.reading() as connection:
        rows = (
            connection.execute(text("SELECT * FROM cases WHERE is_void = 0 AND h3_cell <> '' ORDER BY created_at"))
            .mappings()
            .all()
        )
    for case in rows:
        if family := families.get((case["source"], case["category2"], case["category3"])):
            (orders if case["source"] == "hotline" else looks[family]).append({**case, "family": family})
    return orders, looks


def is_near(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return rings_between(one["h3_cell"], other["h3_cell"]) <= RINGS


@functools.cache
def rings_between(one: str, other: str) -> int:
    return int(h3.grid_distance(one, other))


def brute_outcome(order: dict[str, Any], looks: list[dict[str, Any]], span: tuple[datetime, datetime]) -> str:
    at, prompted = order["created_at"], SETTINGS.grid.prompted
    if at - WINDOW < span[0] or at > span[1]:
        return "uncovered"
    begin, end = (bisect(looks, moment, key=lambda look: look["created_at"]) for bisect, moment in (
        (bisect_left, at - WINDOW), (bisect_right, at + WINDOW)))  # fmt: skip
    own = [look for look in looks[begin:end] if look["channel"] not in prompted]
    seen = [look["created_at"] for look in own if is_near(order, look)]
    if not seen:
        return "pending" if at + WINDOW > span[1] else "never"
    return "first" if min(seen) < at else "later"


@pytest.mark.slow
@pytest.mark.parametrize("period", [YEAR.period, None], ids=["a year", "everything"])
def test_matched_equals_brute_force(reader: Reader, period: Period | None) -> None:
    orders, looks = plain_cases(reader)
    with reader.store.reading() as connection:
        span = "SELECT min(created_at), max(created_at) FROM cases WHERE source = 'grid'"
        first, last = connection.execute(text(span)).one()
    expected: Counter[tuple[str, str, str]] = Counter()
    for order in orders:
        if period is None or period.start <= order["created_at"] < period.end:
            outcome = brute_outcome(order, looks[order["family"]], (first, last))
            expected[order["family"], order["street"], outcome] += 1
    answered = matched(reader, CaseFilter(period=period), ("family", "street")).to_dict("records")
    told = {(line["family"], line["street"], name): line[name] for line in answered for name in OUTCOMES if line[name]}
    assert told == expected and {"first", "later", "never"} <= {key[2] for key in expected}


def test_a_week_too_near_the_ends_of_the_grids_data_is_no_reference(told: Reader) -> None:
    made = comparisons(told, CaseFilter(text=f"H{list(STORIES).index('window not over'):02}")).iloc[0]
    # Ten days after NOON: of 14, 21 and 28 days earlier only the first two have whole windows within the data.
    assert (made["references"], made["is_over"], made["first"]) == (1, 0, 0)


@pytest.mark.slow
def test_unseen_points_equal_brute_force(reader: Reader) -> None:
    fusion, (orders, looks) = reader.profile.settings.fusion, plain_cases(reader)
    points: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for order in orders:
        if order["created_at"].year == 2022:
            points[order["h3_cell"], order["family"]].append(order)
    expected = {}
    for key, here in points.items():
        callbacks = [order["resolution"] != "yes" for order in here if order["is_valid_callback"]]
        low = len(callbacks) >= fusion.low_callbacks and sum(callbacks) / len(callbacks) >= fusion.low_unresolved
        if len(here) >= fusion.hot_least or low:
            newest = max(order["created_at"] for order in here)
            seen = max((look["created_at"] for look in looks[key[1]] if is_near(here[0], look)), default=None)
            if seen is None or seen < newest - WINDOW:
                expected[key] = (len(here), sum(callbacks), len(callbacks), newest, seen)
    answered = unseen_points(reader, YEAR, limit=None).set_index(["h3_cell", "family"])
    columns = ["orders", "unresolved_rate__num", "unresolved_rate__den", "newest", "last_seen"]
    told = {
        key: tuple(None if pd.isna(value) else value for value in line)
        for key, line in zip(answered.index, answered[columns].itertuples(index=False), strict=True)
    }
    assert told == expected and len(expected) > 5


def test_a_point_is_about_the_orders_it_counts(reader: Reader) -> None:
    for point in unseen_points(reader, YEAR, limit=5).to_dict("records"):
        orders = orders_at(reader.profile, point["h3_cell"], point["family"])
        assert reader.count(orders.replace(period=YEAR.period)) == point["orders"]


def test_parts_sum_to_the_total(reader: Reader) -> None:
    counts = [name for name, one in MATCHED.items() if not one.is_ratio]
    total = matched(reader, YEAR, ()).iloc[0]
    assert total[list(OUTCOMES)].sum() == total["orders"]
    for by in (("family",), ("street",), ("family", "street")):
        assert matched(reader, YEAR, by)[counts].sum().to_dict() == total[counts].to_dict()


def test_a_family_counts_its_classes(reader: Reader) -> None:
    """Each order once: a family's orders are those of its classes, as every other page counts them."""
    found = matched(reader, YEAR).set_index("family")["orders"]
    volumes = reader.aggregate(["volume"], ["category2", "category3"], YEAR.replace(source=("hotline",)))
    expected: Counter[str] = Counter()
    for line in reader.profile.bridge:
        if line.source == "hotline":
            of = (volumes["category2"] == line.category2) & (
                volumes["category3"].isin([line.category3]) | (not line.category3)
            )
            expected[line.family] += int(volumes[of]["volume"].sum())
    assert found.to_dict() == {family: count for family, count in expected.items() if count}
