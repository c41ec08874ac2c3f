"""What the house's own scripts look for on a page, by its key, no page can have by chance."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
OWN = "frame_"  # what keys begin with that ui/frame alone gives: an analyst's control is called anything else


def test_scripts_find_what_the_frame_has_drawn_and_nothing_else() -> None:
    looked_for = {
        name for script in ROOT.glob("ui/**/*.js") for name in re.findall(r"st-key-([\w-]+)", script.read_text("utf-8"))
    }
    assert looked_for and all(name.startswith(OWN) for name in looked_for)
    given = {
        (name, path.relative_to(ROOT).parts[:2])
        for folder in ("ui", "pages")
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(rf'key=f?"({OWN}\w*)', path.read_text("utf-8"))
    }
    assert looked_for <= {name for name, _ in given}
    assert {room for _, room in given} == {("ui", "frame")}
