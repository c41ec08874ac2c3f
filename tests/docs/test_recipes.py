"""Every recipe is a page that runs, as it stands, on plenty and on nothing, and keeps the house rules."""

from __future__ import annotations

import re
import runpy
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from authoring import house, typed_text
from authoring.visit import NO_WORDS, told
from data_access.cases.own import in_use
from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district import profile as profile_module
from data_access.district.profile import current_profile, load_profile
from tests.pages.ledgers import begun
from ui.frame.router import entries
from ui.walls.wall import SCREENS, _module

RECIPES = house.ROOT / "docs" / "recipes"
FILES = sorted(RECIPES.glob("*.py"))
WALLS = [path for path in FILES if "wall" in path.stem]
NOTEBOOKS = [path for path in FILES if "notebook" in path.stem]
PAGES = [path for path in FILES if path not in (*WALLS, *NOTEBOOKS)]
GUIDE = (house.ROOT / "docs" / "analysts.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", GUIDE, re.S)


@pytest.fixture(scope="module", autouse=True)
def _district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The shipped district, to which the recipes' measure and programme were added as they say."""
    folder = tmp_path_factory.mktemp("profiles") / "dongcheng"
    shutil.copytree(profile_module.PROFILES / "dongcheng", folder)
    for file in ("measures.toml", "programmes.toml"):
        recipe = {"measures.toml": "07_own_measure.toml", "programmes.toml": "09_study.toml"}[file]
        with (folder / file).open("a", encoding="utf-8") as end:
            end.write("\n" + (RECIPES / recipe).read_text(encoding="utf-8"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profile_module, "PROFILES", folder.parent)
        profile_module._loaded.cache_clear()
        yield
    profile_module._loaded.cache_clear()
    in_use(current_profile("dongcheng"))


@pytest.fixture(scope="module", params=["none", "plenty"])
def somewhere(request: pytest.FixtureRequest, demo_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param == "none":
        return tmp_path_factory.mktemp("nothing")
    begun(Reader.of(demo_store, current_profile("dongcheng")))
    return demo_store.folder


def run(page: Path, store: Path, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    monkeypatch.setenv("CASES_URL", f"duckdb:///{store}")
    seen = AppTest.from_file(str(page), default_timeout=60)
    for name, value in query.items():
        seen.query_params[name] = value
    return seen.run()


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_recipe_runs_as_it_stands(page: Path, somewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = run(page, somewhere, monkeypatch)
    assert not seen.exception, seen.exception
    assert not NO_WORDS.findall(told(seen)) and seen.title
    if any(somewhere.glob("*.duckdb")):
        assert 'class="answer"' in told(seen)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recipe_keeps_the_rules(path: Path) -> None:
    as_page, source = f"pages/{path.name}", path.read_text(encoding="utf-8")
    assert not [breach for rule in house.RULES.values() for breach in rule(as_page, source)]
    assert not [breach for rule in typed_text.RULES for breach in typed_text.breaches(rule, as_page, source)]


@pytest.mark.parametrize("source", SNIPPETS)
def test_what_the_guide_shows_keeps_the_rules(source: str) -> None:
    assert not [breach for rule in house.RULES.values() for breach in rule("pages/shown.py", source)]
    assert not [breach for rule in typed_text.RULES for breach in typed_text.breaches(rule, "pages/shown.py", source)]


def test_recipes_stand_beside_each_other_and_the_products_pages(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    shutil.copytree(house.ROOT / "pages", folder, ignore=shutil.ignore_patterns("__pycache__", "walls"))
    for page in PAGES:
        shutil.copy2(page, folder)
    assert [(entry.path.name, entry.problem) for entry in entries(folder) if entry.problem] == []


@pytest.mark.parametrize("path", WALLS, ids=lambda path: path.stem)
def test_a_screen_draws(path: Path, reader: Reader) -> None:
    drawn = _module(path).draw(reader)
    assert "演示数据" in drawn and "数据截至" in drawn and _module(path).SCREEN["title"] in drawn
    assert not NO_WORDS.findall(re.sub("<[^>]*>", " ", drawn)) and SCREENS.is_dir()


def test_the_notebook_asks_the_pages_figures(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASES_URL", f"duckdb:///{reader.store.folder}")
    found = runpy.run_path(str(NOTEBOOKS[0]))
    assert found["whole"] == pytest.approx(reader.figure("resolution_rate", found["month"]))
    assert len(found["streets"]) >= 17 and found["verdict"] in ("升", "降", "不能确定")


def test_two_streets_are_those_that_are_chosen(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    page = next(page for page in PAGES if "two_streets" in page.stem)
    chosen = [street.name for street in reader.profile.streets][3:5]
    monkeypatch.setenv("CASES_URL", f"duckdb:///{reader.store.folder}")
    seen = AppTest.from_file(str(page), default_timeout=60).run()
    seen.multiselect(key="street").set_value(chosen).run()
    assert not seen.exception and all(street in told(seen) for street in chosen)


def test_every_recipe_is_listed_and_its_data_loads() -> None:
    listed = set(re.findall(r"\]\((\d\d_[\w.]+)\)", (RECIPES / "README.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in RECIPES.glob("[0-9]*")}
    profile = load_profile(profile_module.PROFILES / "dongcheng")
    assert profile.programme("study").title == "调研课题" and not profile.own.problems
