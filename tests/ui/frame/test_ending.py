"""Runs of pages, as the watch over them sees them. That they end is tried in a browser (tests/browser/test_endings.py)."""

from __future__ import annotations

import os
import threading
import time
from types import SimpleNamespace

import pytest
from streamlit.runtime.scriptrunner_utils.script_run_context import SCRIPT_RUN_CONTEXT_ATTR_NAME

from data_access.cases import running
from data_access.cases.errors import NobodyWaits
from data_access.cases.reader import Reader
from ui.frame import ending

JOINED = " || ".join(f"{name}.case_id" for name in "abc")
ENDLESS = f"SELECT count(*) AS n FROM cases a, cases b, cases c WHERE {JOINED} = 'x'"
LONG = 60.0


def test_a_long_statement_gives_way_and_ends_at_the_runs_limit(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "GIVES_WAY", 0.0)
    runs, told = ending._Runs(), list[Exception]()

    def page() -> None:
        try:
            with running.reading(reader.store, reader.version, LONG) as connection:
                connection.exec_driver_sql(ENDLESS)
        except NobodyWaits as error:
            told.append(error)

    run = threading.Thread(target=page, name="ScriptRunner.scriptThread")
    setattr(run, SCRIPT_RUN_CONTEXT_ATTR_NAME, SimpleNamespace(script_requests=None))
    run.start()
    deadline = time.monotonic() + LONG
    while run not in runs.slow:
        assert time.monotonic() < deadline
        runs.look()
    assert os.getpriority(os.PRIO_PROCESS, run.native_id or 0) == ending.NICE
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) < ending.NICE
    runs.seconds = 0.0
    runs.look()
    run.join(LONG)
    assert len(told) == 1
