"""What pages show where the words of callbacks are not known: "—" with its reason, and the line that repairs it."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data_access.cases.store import store_for
from data_access.district.profile import current_profile
from data_access.intake.importing import import_file
from tests.pages.conftest import ROOT

HEADER = "工单编号,来电时间,主办单位,承办单位类别,是否有效回访,是否联系,是否解决,满意度\n"


@pytest.fixture
def visit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    rows = "".join(
        f"{n},2022-03-{n % 9 + 10},东四街道,街道,是,{'打过`x`' if n == 0 else '是'},是,{('5星', '比较满意')[n % 2]}\n"
        for n in range(200)
    )
    (tmp_path / "a.csv").write_text(HEADER + rows, encoding="utf-8")
    store = store_for(f"duckdb:///{tmp_path / 'store'}")
    import_file(tmp_path / "a.csv", profile=current_profile("dongcheng"), store=store)
    monkeypatch.setenv("CASES_URL", f"duckdb:///{store.folder}")
    monkeypatch.setenv("DASHBOARD_OPEN", "1")
    monkeypatch.setenv("DISTRICT_PROFILE", "dongcheng")

    def seen(page: str, **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=120)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return seen


def test_the_quality_page_lists_the_words_and_how_to_repair_them(visit) -> None:  # type: ignore[no-untyped-def]
    page = visit("quality")
    assert "不认识的词" in [one.value for one in page.subheader]
    lines = page.code[0].value.splitlines()
    assert '"5星" = "满意"' in lines and '"5星" = "不满意"' in lines
    assert any("values.satisfaction" in one.value and "再导入一次" in one.value for one in page.markdown)


def test_three_rates_say_that_the_words_are_not_known(visit) -> None:  # type: ignore[no-untyped-def]
    page = visit("three_rates", period="全部")
    said = " ".join([*(one.value for one in page.warning), *(one.value for one in page.markdown)])
    assert "200 件有效回访" in said and "不认识的词" in said and "满意率少 200 件（100.0%）" in said


def test_the_overview_shows_no_satisfaction_and_the_share_resolved(visit) -> None:  # type: ignore[no-untyped-def]
    page = visit("overview", period="全部")
    shown = {metric.label: metric.value for metric in page.metric}
    known = {
        label: value for label, value in shown.items() if "解决率" in label or "满意率" in label or "成绩" in label
    }
    assert known and all((value == "100.0%") == ("解决率" in label) for label, value in known.items())
    assert all(value == "—" for label, value in known.items() if "解决率" not in label)
