"""Who runs and who waits. How a crowd fares is measured by scripts/bench (docs/performance.md)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from ui.frame import turns
from ui.frame.turns import AT_ONCE, Turns

LONG = 60.0


class _Run:
    """A run that takes its turn, stays until it is told to end, and says whether its turn came."""

    def __init__(self, order: Turns, begun: list[_Run]) -> None:
        self.order, self.begun, self.over, self.left = order, begun, threading.Event(), False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.comes: bool | None = None

    def _run(self) -> None:
        with self.order.taken(lambda _: self.left) as self.comes:
            if self.comes:
                self.begun.append(self)
                self.over.wait(LONG)

    def end(self) -> None:
        self.over.set()
        self.thread.join(LONG)


class _Crowd:
    def __init__(self, is_idle: Callable[[threading.Thread], bool] = lambda _: False) -> None:
        self.order, self.begun, self.runs = Turns(is_idle), list[_Run](), list[_Run]()

    def come(self, many: int) -> list[_Run]:
        """So many more, each in line before the next comes."""
        for _ in range(many):
            run = _Run(self.order, self.begun)
            run.thread.start()
            until(lambda run=run: run in self.begun or self.order.waits(run.thread))
            self.runs.append(run)
        return self.runs[-many:]


def until(state: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG
    while not state():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.fixture
def crowds() -> Iterator[list[_Crowd]]:
    made = list[_Crowd]()
    yield made
    for crowd in made:
        for run in crowd.runs:
            run.left = True
            run.end()


def test_a_few_run_at_once_and_the_others_in_the_order_in_which_they_came(crowds: list[_Crowd]) -> None:
    crowds.append(crowd := _Crowd())
    runs = crowd.come(AT_ONCE + 4)
    assert crowd.begun == runs[:AT_ONCE]
    for ended in range(4):
        runs[ended].end()
        until(lambda ended=ended: len(crowd.begun) == AT_ONCE + ended + 1)
    assert crowd.begun == runs


def test_who_left_does_not_run_and_keeps_nobody(crowds: list[_Crowd]) -> None:
    crowds.append(crowd := _Crowd())
    runs = crowd.come(AT_ONCE + 2)
    left, last = runs[AT_ONCE:]
    left.left = True
    left.thread.join(LONG)
    assert left.comes is False
    assert not crowd.order.waits(left.thread)
    runs[0].end()
    until(lambda: last in crowd.begun)
    assert left not in crowd.begun


def test_whoever_waits_for_a_server_keeps_nobody(crowds: list[_Crowd]) -> None:
    asking = set[threading.Thread]()
    crowds.append(crowd := _Crowd(asking.__contains__))
    runs = crowd.come(AT_ONCE + 2)
    asking.add(runs[0].thread)
    until(lambda: runs[AT_ONCE] in crowd.begun)
    assert runs[-1] not in crowd.begun


def test_a_page_that_never_ends_keeps_nobody_for_long(crowds: list[_Crowd], monkeypatch: pytest.MonkeyPatch) -> None:
    crowds.append(crowd := _Crowd())
    runs = crowd.come(AT_ONCE + 1)
    monkeypatch.setattr(turns, "KEEPS", 0.0)
    until(lambda: crowd.begun == runs)


def test_a_turn_within_a_turn_waits_for_nobody() -> None:
    order = Turns(lambda _: False)
    with order.taken(lambda _: False) as comes, order.taken(lambda _: False) as again:
        assert comes
        assert again


def test_a_turn_ends_with_its_error() -> None:
    order = Turns(lambda _: False)
    for _ in range(AT_ONCE + 1):
        with pytest.raises(ZeroDivisionError), order.taken(lambda _: False):
            raise ZeroDivisionError
