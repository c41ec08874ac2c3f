"""探索: who may ask, what is recorded before it is asked, what comes of it."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data_access.cases.errors import QueryFailed
from data_access.cases.reader import Reader
from data_access.cases.statements import recorded
from data_access.district.periods import beijing_now
from data_access.district.profile import current_profile
from data_access.ledger.ledger import Ledger
from data_access.ledger.opening import trail_of
from data_access.trail.background import BACKGROUND
from data_access.trail.kept import STATEMENTS, keep, kept
from data_access.trail.reading import search
from data_access.trail.trail import Trail
from tests.pages.ledgers import own_ledger
from tests.pages.test_pages import words
from ui.desk import exploring
from ui.watch import doors

Visit = Callable[..., AppTest]
PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "explore.py")
ANALYST, STREET = "分析员甲", "街道"


@pytest.fixture
def ledger(reader: Reader, tmp_path: Path) -> Iterator[Ledger]:
    with own_ledger(reader, tmp_path / "ledger.db") as begun:
        yield begun


@pytest.fixture
def trail(ledger: Ledger, reader: Reader) -> Trail:
    found = trail_of(reader)
    assert found
    return found


@pytest.fixture
def explore(reader: Reader, trail: Trail, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """The page as somebody sees it."""
    monkeypatch.setenv("CASES_URL", f"duckdb:///{reader.store.folder}")
    monkeypatch.delenv("DASHBOARD_OPEN", raising=False)

    def start(who: str = ANALYST, **query: str) -> AppTest:
        app = AppTest.from_file(PAGE, default_timeout=60)
        app.session_state["actor_name"] = app.session_state["actor_before"] = who
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return start


def asked(app: AppTest, statement: str) -> AppTest:
    app.text_area(key=exploring.TEXT).set_value(statement).run()
    app.button(key="explore_run").click().run()
    assert not app.exception
    return app


def told(trail: Trail) -> pd.DataFrame:
    BACKGROUND.flush()
    return search(trail, dt.datetime(2020, 1, 1), beijing_now() + dt.timedelta(days=1), kinds=("sql",))


def test_an_answer_is_a_table_a_chart_and_files(explore: Callable[..., AppTest], reader: Reader) -> None:
    app = asked(
        explore(), "SELECT street, count(*) AS volume FROM cases WHERE is_void = 0 GROUP BY street ORDER BY 2 DESC"
    )
    table = next(one for one in app.dataframe if "volume" in one.value)
    assert table.value["volume"].sum() == reader.count() and "受理量" not in str(table.proto.columns)
    app.session_state["menu_explore_file"] = True
    app.run()
    assert {"下载 CSV", "下载 XLSX"} <= {one.label for one in app.get("download_button")}
    assert len(app.get("vega_lite_chart")) == 1


def test_it_is_recorded_before_it_is_asked_without_words_that_were_typed(
    explore: Callable[..., AppTest], trail: Trail
) -> None:
    asked(
        explore(), "SELECT count(*) AS n FROM cases WHERE address LIKE '%张三家 13800000000%' AND street = '东四街道'"
    )
    row = told(trail).iloc[0]
    said = row["details"]["sql"]
    assert (row["who"], row["what"]) == (ANALYST, "探索")
    assert "东四街道" in said and "张三" not in said and "1380000" not in said and "个字" in said


def test_where_it_cannot_be_recorded_it_is_not_asked(
    explore: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = explore()
    monkeypatch.setattr(doors, "trail_of", lambda _: (_ for _ in ()).throw(OSError("full")))
    app = asked(app, "SELECT 1 AS one")
    assert exploring.ANSWER not in app.session_state and "写不进审计" in app.error[0].value


def test_who_has_no_right_has_no_page(explore: Callable[..., AppTest], reader: Reader) -> None:
    head = next(one.name for one in reader.profile.people if one.role == STREET)
    for who in (head, "审计员甲"):
        seen = explore(who)
        assert "没有这个页面" in words(seen) and not seen.text_area


def test_an_analyst_without_words_has_no_column_of_them(explore: Callable[..., AppTest]) -> None:
    app = asked(explore(), "SELECT title FROM cases")
    assert "title" in app.error[0].value
    listed = next(one.value for one in app.dataframe if "是什么" in one.value)
    assert {"street", "created_at"} <= set(listed["列"]) and not {"title", "content", "address", "caller_key"} & set(
        listed["列"]
    )


@pytest.mark.parametrize("statement", ["DROP TABLE cases", "SELECT * FROM read_csv('/etc/passwd')", "SELECT"])
def test_a_refusal_is_said_in_words(explore: Callable[..., AppTest], statement: str) -> None:
    app = asked(explore(), statement)
    assert app.error and "没有结果" in app.error[0].value and exploring.ANSWER not in app.session_state


def test_own_tables_are_joined_and_kept_nowhere(explore: Callable[..., AppTest], trail: Trail) -> None:
    app = explore()
    app.text_area(key="explore_own_text").set_value("街道\t人口\n东四街道\t32000\n景山街道\t28000\n").run()
    app.button(key="explore_own_add").click().run()
    app = asked(
        app, "SELECT m.街道, count(*) / max(m.人口) AS x FROM mine m JOIN cases c ON c.street = m.街道 GROUP BY 1"
    )
    assert len(app.session_state[exploring.ANSWER].frame) == 2
    assert "32000" not in str(told(trail)["details"].tolist())
    with pytest.raises(ValueError, match="看不懂"):
        exploring._pasted('a,b\n1,2,3,4\n1\n"')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_an_own_file_is_joined_and_kept_nowhere(
    explore: Callable[..., AppTest], trail: Trail, tmp_path: Path, encoding: str
) -> None:
    app = explore()
    streets = [street.name for street in current_profile("dongcheng").streets[:2]]
    content = f"街道,人口\n{streets[0]},32000\n{streets[1]},28000\n".encode(encoding)
    app.get("file_uploader")[0].set_value(("人口.csv", content, "text/csv")).run()
    app.button(key="explore_own_add").click().run()
    app = asked(
        app, "SELECT m.街道, max(m.人口) AS x FROM mine m JOIN cases c ON c.street = m.街道 GROUP BY 1 ORDER BY 2"
    )
    frame = app.session_state[exploring.ANSWER].frame
    assert frame["街道"].tolist() == streets[::-1] and frame["x"].tolist() == [28000, 32000]
    assert "32000" not in str(told(trail)["details"].tolist())
    with pytest.raises(ValueError, match="看不懂"):
        exploring._decoded(b"\xff\xff\x00")
    with pytest.raises(ValueError, match="看不懂"):
        exploring._pasted(exploring._decoded(b""))


def test_a_kept_query_is_opened_by_its_link_under_ones_own_rights(
    explore: Callable[..., AppTest], trail: Trail
) -> None:
    app = explore()
    app.text_input(key="explore_title").set_value("各街道").run()
    app.button(key="explore_keep").click().run()
    (mine,) = kept(trail, STATEMENTS)
    assert mine["owner"] == ANALYST and mine["id"] in app.query_params["query"]
    number = keep(trail, "值班长甲", STATEMENTS, "别的", "SELECT 42 AS answer")
    other = explore(query=str(number))
    assert other.text_area(key=exploring.TEXT).value == "SELECT 42 AS answer"
    assert not [one for one in other.button if one.key == f"explore_drop_{number}"]
    assert exploring.ANSWER not in other.session_state  # a link asks nothing by itself
    assert "没有这条查询" in words(explore(query="nothing"))


def test_more_rows_than_a_role_may_take_away_are_not_downloaded(
    explore: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exploring, "SHOWN", 20)
    app = asked(explore(), "SELECT street, created_at FROM cases")
    assert "还有更多" in words(app) and len(app.session_state[exploring.ANSWER].frame) == 20


def test_the_page_to_copy_runs(explore: Callable[..., AppTest], reader: Reader, tmp_path: Path) -> None:
    made = exploring.as_page('SELECT street, \'a"""\\\' AS t, count(*) AS n FROM cases GROUP BY 1, 2', {})
    page = next(one for one in ast.parse(made).body if isinstance(one, ast.Assign))
    assert ast.literal_eval(page.value)["needs"] == "sql"
    (tmp_path / "mine.py").write_text(made, encoding="utf-8")
    app = AppTest.from_file(str(tmp_path / "mine.py"), default_timeout=60)
    app.session_state["actor_name"] = ANALYST
    app.run()
    assert not app.exception and len(app.dataframe[0].value)


def test_the_page_to_copy_brings_the_tables_that_the_query_names(
    explore: Callable[..., AppTest], tmp_path: Path
) -> None:
    own = {"mine": pd.DataFrame({"n": [7]}), "other": pd.DataFrame({"n": [8]})}
    made = exploring.as_page("SELECT n FROM mine", own)
    assert "other" not in made
    (tmp_path / "mine.csv").write_text("# 来源：自己数的\nn\n7\n", encoding="utf-8")
    (tmp_path / "page.py").write_text(made, encoding="utf-8")
    app = AppTest.from_file(str(tmp_path / "page.py"), default_timeout=60)
    app.session_state["actor_name"] = ANALYST
    app.run()
    assert not app.exception and app.dataframe[0].value["n"].tolist() == [7]


def test_what_a_record_holds() -> None:
    said = recorded("SELECT date_trunc('month', created_at) FROM cases WHERE street IN ('东四街道') AND unit <> '某局' "
                    "AND created_at > '2022-01-01' AND title = '王五' AND category1 || title = '李四'")  # fmt: skip
    assert "东四街道" in said and "某局" in said and "2022-01-01" in said and "王五" not in said and "李四" not in said
    with pytest.raises(QueryFailed):
        recorded("张三")
