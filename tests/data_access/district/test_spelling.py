"""Names that may be one place: what differs in form only, what was typed wrongly, and what is two places."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.district.profile import PROFILES, load_profile
from data_access.district.spelling import alike, bare

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "pingshan" / "pingshan_events_10000.csv"
NAMES = st.text("东华门景山交道口安定甲乙ABCab12", min_size=2, max_size=6)


@given(NAMES, st.sampled_from(["{}街道", "{}街道办事处", " {}　街道", "{}\u200b街道", "{}街道办", "{}办事处"]))
def test_a_streets_form_does_not_tell_it_apart(name: str, form: str) -> None:
    assert bare("street", form.format(name)) == bare("street", name)


def test_form_is_merged_and_slips_are_told() -> None:
    found = alike("street", {"坪山街道": 100, "坪山办事处": 7, "ＱＵＥＥＮＳ": 9, "Queens": 3, "平山街道": 2})
    assert {(pair.kept, pair.other, pair.is_same) for pair in found} == {
        ("坪山街道", "坪山办事处", True), ("ＱＵＥＥＮＳ", "Queens", True), ("坪山街道", "平山街道", False),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "street"),
    [
        ({"东花市一社区": 100, "东花市二社区": 2}, ""),  # numbers
        ({"东河社区": 100, "西河社区": 2}, ""),  # directions
        ({"区水务局": 100, "区税务局": 2}, None),  # short names of offices
        ({"左安浦园社区": 100, "左安漪园社区": 80}, ""),  # both are frequent
    ],
)
def test_two_places_are_left_in_peace(counts: dict[str, int], street: str | None) -> None:
    kind = "unit" if street is None else "community"
    assert alike(kind, counts, dict.fromkeys(counts, street) if street is not None else None) == []


def test_communities_of_two_streets_are_two() -> None:
    counts = {"碧岭社区": 100, "碧玲社区": 2}
    assert len(alike("community", counts, dict.fromkeys(counts, "碧岭街道"))) == 1
    assert alike("community", counts, {"碧岭社区": "碧岭街道", "碧玲社区": "坪山街道"}) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dongcheng", "pingshan"])
def test_the_shipped_names_are_all_different(name: str) -> None:
    profile = load_profile(PROFILES / name)
    for kind, rows in (("street", profile.streets), ("community", profile.communities), ("unit", profile.units)):
        assert [pair for pair in alike(kind, {row.name: 10 for row in rows}) if pair.is_same] == []


def units_by_id() -> list[dict[str, str]]:
    """The real export's where it is at hand (155 names, 33 pairs), else made-up ones in which forms and slips differ."""
    if REAL.exists():
        with REAL.open(encoding="utf-8-sig") as file:
            return list(csv.DictReader(file))
    offices = ["水务局", "生态环境局", "市场监督管理局", "甲街道办事处", "乙街道城市管理办公室", "自来水集团营业所"]
    names = [(office, form) for office in offices for form in (office, f" {office}　")]
    names += [("丙物业", "丙物业管理有限公司"), ("税务局", "税务局"), ("气象局", "气象局")]
    return [{"DISPOSE_UNIT_ID": unit, "DISPOSE_UNIT_NAME": name} for unit, name in names for _ in range(20)]


def test_real_units_against_their_ids() -> None:
    """The source's own ids say which of its names are one unit."""
    rows = units_by_id()
    names = defaultdict(set)
    for row in rows:
        names[row["DISPOSE_UNIT_ID"]].add(row["DISPOSE_UNIT_NAME"])
    true = {frozenset(group) for group in names.values() if len(group) == 2}
    told = {
        frozenset((pair.kept, pair.other)) for pair in alike("unit", Counter(row["DISPOSE_UNIT_NAME"] for row in rows))
    }
    assert len(told & true) >= 0.85 * len(true) and len(told - true) <= 0.05 * len(told)
