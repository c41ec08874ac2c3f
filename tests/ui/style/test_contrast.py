"""Letters stand out from their ground by 4.5 to 1 and marks by 3 (WCAG AA), computed for every palette and ground."""

import tomllib
from pathlib import Path

import pytest

from ui.style.lights import LIGHTS
from ui.style.theme import DARK, LIGHT, contrast, ink
from ui.walls.wall import GROUND

SET = tomllib.loads((Path(__file__).resolve().parents[3] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))[
    "theme"
]
PALETTES = {"light": LIGHT, "dark": DARK}
THEMES = list(PALETTES)


def grounds(theme: str) -> list[str]:
    """The pages' ground and both of the walls'."""
    return [SET[theme]["backgroundColor"], *GROUND[theme]]


def test_the_ratio_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)  # the standard's own example of AA


@pytest.mark.parametrize("theme", THEMES)
def test_letters_can_be_read(theme: str) -> None:
    colours = PALETTES[theme]
    lights = [light.on_dark if theme == "dark" else light.on_light for light in LIGHTS.values()]
    written = [colours.text, colours.soft_text, colours.accent, colours.second, colours.good, colours.bad, *lights]
    pale = {(letters, ground): contrast(letters, ground) for letters in written for ground in grounds(theme)}
    assert {pair: ratio for pair, ratio in pale.items() if ratio < 4.5} == {}
    fields = [*colours.ramp, *colours.diverging, colours.faint]
    assert {field: ratio for field in fields if (ratio := contrast(ink(field), field)) < 4.5} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_marks_can_be_seen(theme: str) -> None:
    pale = {ground: contrast(PALETTES[theme].muted, ground) for ground in grounds(theme)}
    assert {ground: ratio for ground, ratio in pale.items() if ratio < 3} == {}
