"""The application with pages of a test's own, as analysts drop theirs in."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.browser.serving import ROOT

TOP = '''"""A page."""
import time
import streamlit as st
from ui.frame.page import open_page
PAGE = {{"title": "{title}", "group": "分析", "order": {order}}}
reader = open_page("{title}")
'''
TITLES = {"good": "好页", "mistake": "错页", "cross": "交叉", "loop": "死循环", "writes": "写库", "wall": "屏"}


def dashboard(folder: Path, **bodies: str) -> Path:
    """The application's entry in a folder of its own, whose pages have these bodies; returns its script."""
    (folder / "ui" / "frame").mkdir(parents=True)
    (folder / "pages").mkdir()
    for file in ("app.py", "ui/frame/shell.py"):  # the rest is the program's
        shutil.copy(ROOT / file, folder / file)
    for order, (name, body) in enumerate(bodies.items(), 1):
        text = TOP.format(title=TITLES[name], order=order) + body + "\n"
        (folder / "pages" / f"{name}.py").write_text(text, encoding="utf-8")
    (folder / "pages" / "walls").mkdir()
    with (folder / "app.py").open("a", encoding="utf-8") as script:
        script.write(
            f"from pathlib import Path\nfrom ui.walls import wall\nwall.SCREENS = Path({str(folder)!r}) / 'pages/walls'\n"
        )
    return folder / "app.py"


def district(folder: Path, **limits: float) -> Path:
    """The shipped districts in a folder of its own, with other limits."""
    shutil.copytree(ROOT / "profiles", folder)
    settings = folder / "dongcheng" / "district.toml"
    text = settings.read_text(encoding="utf-8")
    for name, seconds in limits.items():
        assert f"\n{name} = " in text
        head, _, rest = text.partition(f"\n{name} = ")
        text = f"{head}\n{name} = {seconds}\n{rest.partition(chr(10))[2]}"
    settings.write_text(text, encoding="utf-8")
    return folder
