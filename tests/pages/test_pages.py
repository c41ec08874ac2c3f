"""Every page with no data, one case, plenty, and another district; what it shows equals what the store says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.store import store_for
from data_access.district.periods import PRESETS, preset
from data_access.district.profile import current_profile
from data_access.intake.importing import import_file
from data_access.ledger.opening import begin_ledger

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(ROOT.glob("pages/[!_]*.py"))


def words(seen: AppTest) -> str:
    return " ".join(
        str(element.value if hasattr(element, "value") else "") for element in seen.main if element is not None
    ) + " ".join(
        [
            str(element.value)
            for kind in ("title", "caption", "markdown", "info", "warning", "success")
            for element in seen.get(kind)
        ]
        + [str(element.proto.body) for element in seen.get("html")]
    )


@pytest.mark.parametrize(
    "store",
    ["none", "plenty", pytest.param("one", marks=pytest.mark.slow), pytest.param("pingshan", marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("page", [path.stem for path in PAGES])
def test_every_page_runs_on_every_store(visit, page: str, store: str) -> None:  # type: ignore[no-untyped-def]
    seen = visit(page, store)
    assert seen.title[0].value
    if store == "none":
        assert "python -m data_access import" in seen.info[0].value
    else:
        assert "数据截至" in words(seen)
        assert ("演示数据" in words(seen)) == (store == "plenty")
        # Demo data stands still on purpose; real data that does is a warning.
        assert bool(seen.warning) == (store != "plenty")


@pytest.mark.parametrize("page", ["supervision", "whistles", "hard_cases", "monthly_topics", "fusion"])
def test_without_a_ledger_a_page_says_how_one_is_begun(visit, monkeypatch, tmp_path: Path, page: str) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("LEDGER_URL", f"sqlite:///{tmp_path / 'none.db'}")
    assert "ledger init" in " ".join(one.value for one in visit(page).info)
    assert not (tmp_path / "none.db").exists()  # nor does looking make one


@pytest.mark.parametrize("period", ["today", "assessment", "last_year", "all"])
def test_the_overview_says_what_the_store_says(visit, reader: Reader, period: str) -> None:  # type: ignore[no-untyped-def]
    seen = visit("overview", period=PRESETS[period])
    where = CaseFilter(period=preset(period, reader.as_of, reader.profile.settings.clock, None))
    if period == "all":
        where = CaseFilter()
    volume = reader.count(where)
    assert f"<b>{volume:,}</b> 件" in words(seen)
    assert seen.metric[0].value == f"{volume:,}"


def test_a_street_in_the_address_filters(visit, reader: Reader) -> None:  # type: ignore[no-untyped-def]
    street = reader.profile.streets[3].name
    seen = visit("cases", street=street, period="全部")
    assert f"<b>{reader.count(CaseFilter(street=(street,))):,}</b>" in words(seen)


def test_a_drilled_hour_filters_and_can_be_dropped(visit, reader: Reader) -> None:  # type: ignore[no-untyped-def]
    seen = visit("cases", hour="9", status="open", period="全部")
    expected = reader.count(CaseFilter(hour=(9,), status=("open",)))
    assert f"<b>{expected:,}</b>" in words(seen) and "时刻：9时" in words(seen)
    seen.button(key="drop_extras").click().run()
    assert f"<b>{reader.count():,}</b>" in words(seen)


@pytest.mark.slow
@pytest.mark.parametrize(
    "query",
    [
        {"period": "never"},
        {"period": "自选日期", "days": "x"},
        {"street": "无此街道"},
        {"hour": "x"},
        {"start": "2022-13-01", "end": "y"},
        {"status": "odd"},
    ],
)
@pytest.mark.parametrize("page", ["overview", "trends", "cases"])
def test_nonsense_in_the_address_is_ignored(visit, page: str, query: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    assert words(visit(page, **query)).count("演示数据")


def test_one_case_is_told_from_start_to_end(visit, reader: Reader) -> None:  # type: ignore[no-untyped-def]
    closed = reader.list_cases(CaseFilter(source=("hotline",), status=("unresolved",))).iloc[0]
    text = words(visit("cases", case=closed["case_id"]))
    assert all(step in text for step in ("受理", "派单", "截止", "办结", "回访")) and closed["case_id"] in text
    assert "没有这个编号" in words(visit("cases", case="nobody"))


def test_pages_say_what_they_cannot_know(visit) -> None:  # type: ignore[no-untyped-def]
    text = words(visit("overview", "pingshan", period="全部"))
    assert "没有有效回访" in text
    values = [metric.value for metric in visit("overview", "pingshan", period="全部").metric]
    assert "—" in values and "0.0%" not in values


def test_a_residents_words_stay_words(visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    store, evil = store_for(f"duckdb:///{tmp_path}"), "![x](http://outside/x.png)<b>"
    (tmp_path / "a.csv").write_text(f"工单编号,来电时间,标题,三级分类\n1,2022-03-01,{evil},{evil}\n", encoding="utf-8")
    import_file(tmp_path / "a.csv", profile=current_profile(), store=store)
    begin_ledger(Reader.of(store, current_profile()))  # a case opens only where it can be recorded
    monkeypatch.setenv("CASES_URL", f"duckdb:///{tmp_path}")
    monkeypatch.setenv("DASHBOARD_OPEN", "1")
    seen = AppTest.from_file(str(ROOT / "pages" / "cases.py"), default_timeout=60)
    seen.query_params["case"] = "1"
    seen.run()
    assert not seen.exception
    assert "](" not in seen.subheader[0].value and "\\!\\[x\\]" in seen.subheader[0].value


def test_a_failed_page_speaks_chinese() -> None:
    def script() -> None:
        from ui.frame.failures import explain

        assert explain(ZeroDivisionError("secret detail"))

    seen = AppTest.from_function(script).run()
    assert "这个页面出错了" in seen.error[0].value and "secret" not in seen.error[0].value


def test_search_counts_equal_the_store(visit, reader: Reader) -> None:  # type: ignore[no-untyped-def]
    seen = visit("cases", text="供暖 不热", period="全部")
    found = reader.count(CaseFilter(text="供暖 不热"))
    assert re.search(rf"<b>{found:,}</b> 件" if found else "没有符合条件", words(seen))
