"""数据质量: what was asked after imports, with the import it belongs to, and the shares of blanks over the imports."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data_access.cases.store import store_for
from data_access.district.profile import current_profile
from data_access.intake.importing import import_file
from tests.pages.conftest import ROOT


def test_lines_and_shares_stand_beside_their_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_for(f"duckdb:///{tmp_path / 'store'}")
    for number, blank in enumerate((10, 10, 2)):
        rows = [
            f"{number}{n:03},2022-03-{10 + number} 09:{n % 60:02}:{n % 59:02},{'' if n % blank == 0 else '某社区'}"
            for n in range(200)
        ]
        path = tmp_path / f"{number}.csv"
        path.write_text("\n".join(["工单编号,来电时间,社区", *rows]), encoding="utf-8")
        import_file(path, profile=current_profile("dongcheng"), store=store)
    monkeypatch.setenv("CASES_URL", f"duckdb:///{store.folder}")
    monkeypatch.setenv("DASHBOARD_OPEN", "1")
    monkeypatch.setenv("DISTRICT_PROFILE", "dongcheng")
    page = AppTest.from_file(str(ROOT / "pages" / "quality.py"), default_timeout=120).run()
    assert not page.exception
    tables = {tuple(frame.value.columns): frame.value for frame in page.dataframe}
    asked = next(frame for columns, frame in tables.items() if "line" in columns)
    assert list(asked["batch_id"]) == [3] and "“社区”空缺 50.0%" in asked["line"].iloc[0]
    shares = next(frame for columns, frame in tables.items() if columns == ("label", "1", "2", "3")).set_index("label")
    assert list(shares.loc["社区"]) == [10.0, 10.0, 50.0]


def test_nothing_to_ask_and_nothing_to_compare_are_said(visit) -> None:  # type: ignore[no-untyped-def]
    page = visit("quality", "one")
    assert any("正常的不提示" in one.value for one in page.success)
    assert any("还没有可比的" in one.value for one in page.info)
