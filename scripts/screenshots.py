"""Pictures of every page and wall for docs/screenshots, from the demo district: make screenshots."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import demo
from data_access.cases.store import store_for
from data_access.district.profile import current_profile
from tests.browser.serving import ROOT, serving
from tests.browser.visits import LISTED, PHONE, start_visit

PICTURES = ROOT / "docs" / "screenshots"
DESK, WALL = (1440, 900), (1920, 1080)
ON_PHONE = ("overview", "three_rates", "supervision", "whistles", "hard_cases", "monthly_topics", "fusion")
QUALITY = 82  # of JPEG


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        store = store_for(f"duckdb:///{folder}/store")
        demo.generate_all(store, current_profile(), seed=2022, scale=1.0)
        with serving(store, Path(folder) / "server.log") as address, sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            shots = [(page, DESK, page, "light") for page in LISTED]
            shots += [(page, PHONE, f"{page}-phone", "light") for page in ON_PHONE]
            shots += [("overview", DESK, "overview-dark", "dark")]
            for page, size, name, theme in shots:
                seen = start_visit(browser, size, theme)
                seen.open(f"{address}/{page}")
                seen.check_no_failure()
                seen.page.screenshot(path=PICTURES / f"{name}.jpg", type="jpeg", quality=QUALITY)
                seen.page.context.close()
            for screen in sorted({screen for wall in current_profile().walls.walls for screen in wall.screens}):
                seen = start_visit(browser, WALL)
                seen.page.goto(f"{address}/?wall={screen}")
                seen.page.wait_for_selector("html[data-ready]")
                seen.page.screenshot(
                    path=PICTURES / f"wall-{screen}.jpg", type="jpeg", quality=QUALITY, animations="disabled"
                )
                seen.page.context.close()
            browser.close()
    sys.stdout.write(f"{len(list(PICTURES.glob('*.jpg')))} 张，在 {PICTURES.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
