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


def test_a_crowd_is_given_as_much_time_each_as_somebody_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, over, ended = SimpleNamespace(now=0.0), threading.Event(), list[threading.Thread]()
    monkeypatch.setattr(ending, "CORES", 2)
    monkeypatch.setattr(ending.time, "monotonic", lambda: clock.now)
    monkeypatch.setattr(ending._Runs, "end", lambda runs, thread, now: ended.append(thread))
    runs = ending._Runs()
    runs.seconds = 10.0

    def begin() -> threading.Thread:
        run = threading.Thread(target=over.wait, name="ScriptRunner.scriptThread", daemon=True)
        setattr(run, SCRIPT_RUN_CONTEXT_ATTR_NAME, SimpleNamespace(script_requests=None))
        run.start()
        return run

    def look_until(moment: float) -> None:
        while clock.now < moment:
            clock.now += 1.0
            runs.look()

    try:
        crowd = [begin() for _ in range(8)]
        look_until(40.0)  # two of eight at a time: ten seconds each
        assert not ended
        look_until(41.0)
        assert set(ended) == set(crowd)
    finally:
        over.set()
    for run in crowd:
        run.join()
    ended.clear()
    over.clear()
    try:
        alone = begin()
        look_until(51.0)
        assert not ended
        look_until(52.0)
        assert ended == [alone]
    finally:
        over.set()
