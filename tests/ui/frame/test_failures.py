"""A page that fails tells its author what and where, everybody else a code; the log knows it by that code."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from streamlit.runtime.scriptrunner import exec_code
from streamlit.testing.v1 import AppTest

from data_access.cases.reader import Reader
from ui.frame import failures
from ui.frame.failures import explain

TOP = '''"""A page."""
import streamlit as st
from data_access import open_reader, preset
PAGE = {"title": "试页", "group": "分析", "order": 5}
reader = open_reader()
'''
# What stands on line 6 -> what its author reads of it.
MISTAKES = {
    "1 / 0": ("ZeroDivisionError", "除数是零"),
    "import no_such_package": ("no_such_package", "没有装这个程序包"),
    "reader.aggregate(['volume'], ['streeet'])": ("streeet", "没有这个名"),
    "preset('lst30', reader.as_of)": ("lst30", ""),
    "from ui.choosing.filterbar import filter_bar; filter_bar(reader, 'last_30')": ("last30", "没有这个名"),
    "st.button('a', key='k'); st.button('b', key='k')": ("'k'", "同一个 key"),
    "import sys; sys.exit(1)": ("sys", "st.stop"),
}
RUN = """
from pathlib import Path
from ui.frame import router
router.navigate(Path({folder!r})).run()
"""
CODE = re.compile(r"代码 ([0-9A-Z]{6})")

Run = Callable[[str], AppTest]


@pytest.fixture
def run(tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a page as the shell does, whose failures the server hands to `explain`."""
    monkeypatch.setenv("CASES_URL", f"duckdb:///{reader.store.folder}")
    monkeypatch.delenv("DASHBOARD_AUTHOR", raising=False)
    monkeypatch.setattr(exec_code, "handle_user_script_exception", lambda error, _: explain(error))
    folder = tmp_path / "pages"
    folder.mkdir()

    def start(source: str) -> AppTest:
        (folder / "mine.py").write_text(source, encoding="utf-8")
        return AppTest.from_string(RUN.format(folder=str(folder)), default_timeout=60).run()

    return start


def text(seen: AppTest) -> str:
    """What stands on the page, without what Markdown and HTML escape."""
    shown = "\n".join(str(getattr(one, "value", "") or getattr(one.proto, "body", "")) for one in seen.main)
    return unescape(shown.replace("\\", "").replace("\u2060", ""))


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
def test_everybody_else_is_told_a_code_that_the_log_knows(
    mistake: str, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="ui.frame.failures"):
        told = text(run(f"{TOP}{mistake}\n"))
    [code] = CODE.findall(told)
    assert "mine.py" not in told and all(not word or word not in told for word in MISTAKES[mistake])
    [record] = [one.getMessage() for one in caplog.records if one.name == "ui.frame.failures"]
    assert record.startswith(f"页面出错 {code}") and "mine.py" in record and "line 6" in record
    assert all(f"\n{name}：" in record for name in ("时间", "页面", "条件", "谁", "最后一次查询"))


@pytest.mark.parametrize("mistake", MISTAKES)
def test_its_author_reads_what_and_where(mistake: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHBOARD_AUTHOR", "1")
    told = text(run(f"{TOP}{mistake}\n"))
    assert "mine.py 第 6 行" in told and mistake in told
    assert all(word in told for word in MISTAKES[mistake]), told


@pytest.mark.parametrize("is_author", [True, False])
def test_a_file_that_is_no_python_is_told_alike(is_author: bool, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHBOARD_AUTHOR", "1" if is_author else "0")
    told = text(run(f"{TOP}if True\n"))
    assert ("第 6 行有语法错误" in told) is is_author and CODE.search(told)


def test_the_log_holds_no_words_that_somebody_looked_for(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    source = (
        TOP + "st.query_params['text'] = '张三丰'\nreader.sql(\"SELECT nothing FROM cases WHERE title = '张三丰'\")\n"
    )
    with caplog.at_level(logging.ERROR, logger="ui.frame.failures"):
        run(source)
    [record] = [one.getMessage() for one in caplog.records if one.name == "ui.frame.failures"]
    assert "SELECT nothing FROM cases" in record and "text=（3 个字）" in record
    assert "张三丰" not in record


def test_a_role_may_be_an_authors(monkeypatch: pytest.MonkeyPatch, reader: Reader) -> None:
    monkeypatch.delenv("DASHBOARD_AUTHOR", raising=False)
    monkeypatch.setattr(failures.identity, "may", lambda _, right: right == "author")
    monkeypatch.setattr(failures, "viewer", lambda: failures.identity.Viewer("某人", reader=reader))
    assert failures.is_author()
