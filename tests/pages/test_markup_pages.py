"""A district whose every name is Markdown and HTML: on no page does one of them act, whatever is picked there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.store import store_for
from data_access.district.people import Actor
from data_access.district.profile import current_profile
from data_access.district.vocabulary import DIMENSIONS_75
from data_access.intake.importing import import_file
from data_access.ledger.opening import begin_ledger, open_ledger
from ui.drawing.vega import PICK, ROWS

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path.stem for path in ROOT.glob("pages/[!_]*.py"))
EVIL, STARS = "![图](http://outside.example/x.png)<b>", "_a_*b*"
HEAD = ("工单编号,来电时间,截止时间,办结时间,回访时间,标题,诉求内容,一级分类,二级分类,三级分类,街道,社区,地址,经度,纬度,"
        "主办单位,承办单位类别,人群,行业,七有五性,是否有效回访,是否联系,是否解决,满意度")  # fmt: skip
DAYS, FIRST = 730, datetime(2021, 1, 1)
DESKS = {"supervision": "supervision", "whistles": "whistle", "hard_cases": "hard_case", "monthly_topics": "topic",
         "fusion": "patrol"}  # fmt: skip
# What Streamlit reads as Markdown, of each kind of element; the rest of its text is shown as it is.
READ = {"button", "button_group", "caption", "checkbox", "date_input", "download_button", "error", "expander", "form",
        "header", "info", "markdown", "metric", "multiselect", "number_input", "popover", "progress", "radio", "selectbox",
        "slider", "subheader", "success", "tab", "text_area", "text_input", "title", "toast", "toggle", "warning"}  # fmt: skip
FIELDS = {"body", "label", "help", "text", "delta", "content", "options"}
OPTIONS_READ = {"button_group", "radio"}


def rows(first: str = EVIL, second: str = STARS) -> Iterator[str]:
    """One case a day; some are late, some still open, some not solved. More of the first name than of the other."""
    kinds, dimensions = cycle(("部门", "街道", "企业")), cycle(DIMENSIONS_75)
    for number in range(DAYS):
        day, name = f"{FIRST + timedelta(days=number):%Y-%m-%d}", first if number % 3 else second
        closed = f"{day} {'20' if number % 5 else '12'}:00,{day} 21:00" if number % 7 else ","
        said = ("1,1,解决,满意" if number % 4 else "1,1,未解决,不满意") if number % 7 else ",,,"
        yield (
            f"{name}{number},{day} 09:00,{day} 18:00,{closed},{name},{name},{name},{name},{name},{name},{name},{name},"
            f"116.41,39.92,{name},{next(kinds)},{name},{name},{next(dimensions)},{said}"
        )


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """The pages' own, with an empty ledger."""
    folder, profile = tmp_path_factory.mktemp("evil"), current_profile("dongcheng")
    (folder / "a.csv").write_text("\n".join([HEAD, *rows()]), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISTRICT_PROFILE", "dongcheng")
        patch.setenv("CASES_URL", f"duckdb:///{folder / 'store'}")
        patch.setenv("DASHBOARD_OPEN", "1")
        patch.setenv("LEDGER_URL", f"sqlite:///{folder / 'ledger.db'}")
        store = store_for(f"duckdb:///{folder / 'store'}")
        import_file(folder / "a.csv", profile=profile, store=store)
        begin_ledger(reader := Reader.of(store, profile))
        yield reader


def first_mark(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The first mark of a chart that may be picked, as a click gives it; none where there is nothing to pick, or where
    the browser itself tells what was picked (the calendar's day, which is nobody's words)."""
    fields = [name for param in spec.get("params", []) for name in param["select"]["fields"]]
    rows = pa.ipc.open_stream(spec["datasets"][ROWS]).read_pandas()  # as they are sent
    return json.loads(rows.head(1)[fields].to_json(orient="records")) if fields and {*fields} <= {*rows} else []


@pytest.fixture
def picking(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first row of every table is chosen, and the first mark of every chart: what hangs on them is drawn too."""
    table, chart = streamlit.dataframe, streamlit.vega_lite_chart

    def chosen_row(data: Any, **how: Any) -> Any:
        table(data, **how)
        found = getattr(data, "data", data)
        rows = [0] if "row" in str(how.get("selection_mode")) and len(found) else []
        # A cell of a list of matters leads to that one, and so away from the page.
        leads_on = str(how.get("key")).startswith(("board_", "parts_"))
        is_cell = how.get("selection_mode") == "single-cell" and len(found) and not leads_on
        cells = [(0, found.columns[0])] if is_cell else []
        return SimpleNamespace(selection=SimpleNamespace(rows=rows, cells=cells))

    def chosen_mark(spec: dict[str, Any], **how: Any) -> Any:
        chart(spec=spec, **how)
        return SimpleNamespace(selection={PICK: first_mark(spec)})

    monkeypatch.setattr(streamlit, "dataframe", chosen_row)
    monkeypatch.setattr(streamlit, "vega_lite_chart", chosen_mark)


def look(page: str, who: str = "", **query: str) -> AppTest:
    seen = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60)
    for name, value in query.items():
        seen.query_params[name] = value
    if who:
        seen.session_state["actor_name"] = who
    seen.run()
    assert not seen.exception, seen.exception
    return seen


def told(proto: Any, fields: set[str]) -> Iterator[str]:
    """The text in these fields of an element, however deep: an expander's label stands in its block's."""
    for field, value in proto.ListFields():
        for one in value if isinstance(value, Sequence) and not isinstance(value, str) else [value]:
            if isinstance(one, str):
                yield from [one] if field.name in fields else []
            elif hasattr(one, "ListFields"):
                yield from told(one, fields)


def read_as_markdown(seen: AppTest) -> list[str]:
    found = []
    for kind in READ:
        fields = FIELDS if kind in OPTIONS_READ else FIELDS - {"options"}
        found += [words for one in seen.get(kind) for words in told(one.proto, fields)]
    return found


def drawn_as_html(seen: AppTest) -> list[str]:
    return [str(one.proto.body) for one in seen.get("html")]


def assert_no_name_acts(seen: AppTest) -> None:
    for words in read_as_markdown(seen):
        # What is escaped cannot act, nor what stands as code, nor an address of this dashboard.
        bare = re.sub(r"\\.|`[^`\n]*`|\]\(/[^\s)]*\)", "", words, flags=re.DOTALL)
        assert "\\\\" not in words, words  # escaped twice
        assert "](http" not in bare and "<b>" not in bare and "_a_" not in bare and "*b*" not in bare, words
    for body in drawn_as_html(seen):
        # This program's own bold stands around names, never the names' own.
        assert ".png)<b>" not in body and "&amp;lt;" not in body and "&amp;amp;" not in body, body


@pytest.mark.slow
@pytest.mark.parametrize("period", ["近30天", "全部"])
@pytest.mark.parametrize("stem", PAGES)
@pytest.mark.usefixtures("picking")
def test_no_name_acts_on_any_page(reader: Reader, stem: str, period: str) -> None:
    assert_no_name_acts(look(stem, who=reader.profile.people[0].name, period=period))


@pytest.mark.slow
@pytest.mark.usefixtures("picking")
def test_the_names_are_on_the_pages(reader: Reader) -> None:
    """Or the test above would look at nothing."""
    for page in ("overview", "unit", "clusters", "weak_spots", "three_rates", "heat"):
        seen = look(page, period="近30天", who=reader.profile.people[0].name)
        assert any("](http://outside.example/x.png)&lt;b&gt;" in body for body in drawn_as_html(seen)), page
    for page in ("overview", "clusters", "weak_spots", "three_rates", "trends", "supervision"):
        seen = look(page, period="近30天", who=reader.profile.people[0].name)
        assert any("\\]\\(http" in words for words in read_as_markdown(seen)), page


@pytest.mark.parametrize("name", ["street", "crowd", "industry", "community", "unit", "text"])
@pytest.mark.parametrize("value", [EVIL, STARS])
def test_what_an_address_asks_for_stays_words(reader: Reader, name: str, value: str) -> None:
    seen = look("cases", **{name: value})
    assert_no_name_acts(seen)


def test_one_case_stays_words(reader: Reader) -> None:
    for number in reader.list_cases(CaseFilter(), page_size=3)["case_id"]:
        assert_no_name_acts(look("cases", case=number))


@pytest.mark.slow
@pytest.mark.parametrize("stem", DESKS)
@pytest.mark.usefixtures("picking")
def test_no_matter_acts_on_its_page(reader: Reader, stem: str) -> None:
    profile, ledger, programme = reader.profile, open_ledger(reader), reader.profile.programme(DESKS[stem])
    who = next(Actor(one.name, one.role, one.unit) for one in profile.people if one.role in programme.opens)
    known = {
        "number": "2022",
        "unit": profile.units[0].name,
        "street": who.unit if who.role == "街道" else profile.streets[0].name,
    }
    fields = {name: known.get(programme.field(name).kind) or next(iter(programme.field(name).options), EVIL)
              for name in programme.requires}  # fmt: skip
    about = CaseFilter(source=("hotline",), category3=(EVIL, STARS))
    number = ledger.open_matter(programme, who, EVIL, fields=fields, where=about, text=EVIL)
    for name in (who.name, *(one.name for one in profile.people[:3])):
        assert_no_name_acts(look(stem, who=name, matter=number))
    assert_no_name_acts(look(stem, who=who.name))
    seen = look(stem, matter=EVIL)
    assert_no_name_acts(seen)
    assert "\\]\\(http" in seen.warning[-1].value


def test_what_the_rules_refuse_stays_words(reader: Reader) -> None:
    seen = look("whistles", who=reader.profile.people[0].name, cases=EVIL.replace(" ", ""))
    assert_no_name_acts(seen)
    assert "\\]\\(http" in seen.error[0].value
