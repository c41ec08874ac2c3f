"""Matters whose effect is known: what is planted moves the cases it names and no total; ledger and manual list each."""

from __future__ import annotations

import dataclasses
import re
from datetime import date, datetime, time
from pathlib import Path

import numpy as np
import pytest

from data_access.cases.reader import Reader
from data_access.district.profile import Profile, ProfileError
from data_access.district.vocabulary import HOTLINE
from data_access.ledger.pen import cases_of
from demo.arrivals import Arrivals, month_of_arrivals, seconds
from demo.ledger_settings import Effect, load_ledger
from demo.world import World, make_world
from tests.conftest import SMALL
from tests.demo.writing import known_matters, written

FIRST = date(2022, 1, 1)  # all of today's changes start after it


def arrivals_from(world: World, first: date) -> Arrivals:
    """The hotline's cases from a month on; the same draws whatever is planted."""
    months = world.catalogues[HOTLINE].plan.months
    parts = [
        month_of_arrivals(np.random.default_rng([5, number]), world, HOTLINE, month)
        for number, month in enumerate(months)
        if month >= first
    ]
    names = Arrivals.__dataclass_fields__
    return Arrivals(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def concerned(world: World, effect: Effect, arrivals: Arrivals) -> np.ndarray:
    categories = world.catalogues[HOTLINE].plan.categories
    here = np.array([one.category2 == effect.where["category2"] for one in categories])[arrivals.category]
    for column, names in (("street", world.streets), ("community", world.communities)):
        if column in effect.where:
            here &= getattr(world.places, column)[arrivals.point] == names.index(effect.where[column])
    return here


@pytest.mark.slow
def test_a_planted_change_moves_its_cases_and_no_total(profile: Profile) -> None:
    """With and without what is planted; in the whole size, for a street has few cases of a class."""
    world = make_world(profile, 2022, 1.0)
    planted, usual = (arrivals_from(one, FIRST) for one in (world, dataclasses.replace(world, effects=[])))
    assert np.array_equal(planted.category, usual.category) and np.array_equal(planted.created, usual.created)
    assert sum(effect.change < 0 for effect in world.effects) >= 6  # true falls …
    assert sum(effect.change == 0 for effect in world.effects) >= 6  # … and false starts
    for effect in world.effects:
        after = planted.created >= seconds(datetime.combine(effect.starts or effect.opens, time()))
        mine, others = concerned(world, effect, planted), concerned(world, effect, usual)
        for when, change in ((after, effect.change), (~after, 0.0)):
            # What leaves a street comes to the others: where nothing leaves, a few more of that class arrive.
            allowed = 0.06 + 2 / np.sqrt((others & when).sum())
            assert (mine & when).sum() / (others & when).sum() - 1 == pytest.approx(change, abs=allowed), effect.where


@pytest.mark.slow
def test_the_ledger_has_the_matters_whose_effect_is_known(reader: Reader, tmp_path: Path) -> None:
    ledger = written(reader, tmp_path, SMALL)
    found = known_matters(ledger)
    assert len(found) >= 4  # so small a district has no case of some streets and classes in the days that are looked at
    assert {effect.kind for effect, _ in found} >= {"whistle", "hard_case"}
    for effect, row in found:
        where = cases_of(row)
        assert where
        shared = reader.aggregate(["volume"], [*effect.where], where)
        assert shared[[*effect.where]].to_dict("records") == [effect.where]
    ledger.engine.dispose()


def test_the_manual_lists_every_matter_whose_effect_is_known(profile: Profile) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "demo.md").read_text(encoding="utf-8")
    section = manual.split("## 已知成效的事项")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    effects = load_ledger(profile).effects
    assert len(lines) == len(effects) + 2
    for effect in effects:
        said = [*effect.where.values(), str(effect.opens), f"−{-effect.change:.0%}" if effect.change else "没有变化"]
        said += [str(effect.starts)] if effect.starts else []
        assert any(all(word in line for word in said) for line in lines), said


@pytest.mark.parametrize(
    ("old", "new"),
    [('category2 = "停车管理" }', 'category2 = "停车" }'), ("change = -0.7", "change = 0.7"), ("where = { category2", "where = { category3")],
)  # fmt: skip
def test_a_slip_is_named(tmp_path: Path, profile: Profile, old: str, new: str) -> None:
    rules = (profile.folder / "demo_ledger.toml").read_text(encoding="utf-8")
    assert old in rules
    (tmp_path / "demo_ledger.toml").write_text(rules.replace(old, new), encoding="utf-8")
    with pytest.raises(ProfileError, match=re.escape("effects")):
        load_ledger(profile.model_copy(update={"folder": tmp_path}))
