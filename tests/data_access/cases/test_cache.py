"""Answers are kept under who asks what, are computed once however many ask, and take no more room than allowed."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data_access.cases import cache
from data_access.cases.cache import Answers, cached, cached_each, size_of
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.profile import Profile

LONG = 60.0  # seconds: never waited for unless something is broken


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """A cache of the test's own, in place of the process's."""
    own = Answers()
    monkeypatch.setattr(cache, "ANSWERS", own)
    return own


@pytest.fixture
def nobody(empty_store: Store, profile: Profile) -> Reader:
    return Reader.of(empty_store, profile)


def kept(answers: Answers, reader: Reader, question: str) -> bool:
    """Whether asking again computes nothing."""
    asked = []
    answers.get((question, reader, ()), lambda: asked.append(question))
    return not asked


def test_one_name_in_two_modules_is_two_questions(answers: Answers, nobody: Reader) -> None:
    """As happens to private helpers: `_matched` of one module knows nothing of another's."""
    source = (
        "from data_access.cases.cache import cached\n@cached\ndef _counted(reader, number):\n    return word, number\n"
    )
    modules = []
    for word in ("one", "other"):
        module = ModuleType(word)
        module.__dict__["word"] = word
        exec(source, module.__dict__)
        modules.append(module)
    assert [module._counted(nobody, 1) for module in modules * 2] == [("one", 1), ("other", 1)] * 2


def test_what_is_asked_and_of_whom_is_the_key(
    answers: Answers, reader: Reader, nobody: Reader, caring: Profile
) -> None:
    asked = []

    @cached
    def answer(reader: Reader, *said: Any, **named: Any) -> int:
        asked.append((reader, said, named))
        return len(asked)

    # The same name and folder, so only its rules tell this district from the other.
    changed = reader.profile.model_copy(update={"topics": ()})
    readers = [
        reader,
        dataclasses.replace(reader, profile=changed),
        dataclasses.replace(reader, profile=caring),
        dataclasses.replace(reader, scope=CaseFilter(source=("grid",))),
        dataclasses.replace(reader, scope=CaseFilter(source=("hotline",))),
        dataclasses.replace(reader, version="v000099"),
        nobody,
    ]
    said: list[tuple[tuple[Any, ...], dict[str, Any]]] = [((), {}), ((1,), {}), ((), {"limit": 1}), ((), {"least": 1})]
    first = [answer(one, *rest, **named) for one in readers for rest, named in said]
    again = [answer(dataclasses.replace(one), *rest, **named) for one in readers for rest, named in said]
    assert first == again == list(range(1, len(readers) * len(said) + 1)) and len(asked) == len(first)


def test_a_scope_never_answers_for_another(answers: Answers, reader: Reader) -> None:
    grid, hotline = (dataclasses.replace(reader, scope=CaseFilter(source=(name,))) for name in ("grid", "hotline"))
    for _ in range(2):
        assert [one.options("source") for one in (reader, grid, hotline)] == [
            ["grid", "hotline"],
            ["grid"],
            ["hotline"],
        ]
        assert grid.count() + hotline.count() == reader.count()


def test_a_callers_changes_to_a_frame_stay_theirs(answers: Answers, reader: Reader) -> None:
    mine = reader.aggregate(["volume"], ["street"])
    mine["volume"] = -1.0
    mine.loc[0, "street"] = "x"
    mine["more"] = 1
    theirs = reader.aggregate(["volume"], ["street"])
    assert list(theirs) == ["street", "volume"] and (theirs["volume"] > 0).all() and "x" not in set(theirs["street"])


def test_it_is_bounded_in_bytes_and_the_least_recently_asked_goes(nobody: Reader) -> None:
    size = size_of("x" * 1000)
    answers = Answers(most_bytes=3 * size, largest=2 * size)
    for question in ("a", "b", "c"):
        answers.get((question, nobody, ()), lambda: "x" * 1000)
    assert answers.bytes == 3 * size
    assert kept(answers, nobody, "a")  # asked for again, and now b is the oldest
    answers.get(("d", nobody, ()), lambda: "x" * 1000)
    assert answers.bytes == 3 * size
    assert [kept(answers, nobody, question) for question in ("a", "c", "d")] == [True] * 3
    assert not kept(answers, nobody, "b")


def test_an_answer_too_large_to_keep_pushes_nothing_out(nobody: Reader) -> None:
    answers = Answers(most_bytes=100_000, largest=50_000)
    answers.get(("small", nobody, ()), lambda: "x" * 1000)
    frame = pd.DataFrame({"text": ["x" * 100] * 1000})
    assert answers.get(("large", nobody, ()), lambda: frame) is frame
    assert kept(answers, nobody, "small") and not kept(answers, nobody, "large")
    assert answers.bytes < 100_000


def test_many_answers_stay_within_the_bound(nobody: Reader) -> None:
    answers = Answers(most_bytes=200_000, largest=50_000)
    for number in range(300):
        answers.get((f"q{number}", nobody, ()), lambda: pd.DataFrame({"n": range(1000)}))
        assert answers.bytes <= 200_000
    assert kept(answers, nobody, "q299") and not kept(answers, nobody, "q0")


def test_what_is_kept_weighs_what_its_answers_do(nobody: Reader) -> None:
    answers = Answers(most_bytes=20 * size_of("x" * 1000), largest=2 * size_of("x" * 1000))
    for number in range(60):  # some are asked again, some dropped, some too large, some fail
        answers.get((f"q{number % 37}", nobody, ()), lambda number=number: "x" * (number * 40))
        if number % 9 == 0:
            with pytest.raises(OSError, match="磁盘"):
                answers.get((f"failing{number}", nobody, ()), failing)
    held = [name for name in [f"q{number}" for number in range(37)] if (answers.at_hand((name, nobody, ())))]
    assert answers.bytes == sum(size_of(answers.at_hand((name, nobody, ()))) for name in held) > 0
    answers.forget()
    assert answers.bytes == 0


def failing() -> str:
    raise OSError("磁盘")


@pytest.mark.parametrize("storage", ["python", "pyarrow"])
def test_texts_in_a_frame_weigh_what_they_take(storage: str) -> None:
    with pd.option_context("mode.string_storage", storage):
        texts = pd.DataFrame({"content": ["路灯不亮" * 500] * 100})
    assert size_of(texts) > 100 * 2000 and size_of({"a": [texts]}) > size_of(texts)


def test_a_failure_is_nobodys_answer(answers: Answers, nobody: Reader) -> None:
    failing = [True]

    @cached
    def answer(reader: Reader) -> str:
        if failing.pop():
            raise OSError("disk")
        return "well"

    failing.insert(0, False)
    with pytest.raises(OSError, match="disk"):
        answer(nobody)
    assert answer(nobody) == answer(nobody) == "well" and not failing


def waiting(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Released whenever somebody begins to wait for an answer that another computes."""
    begun = threading.Semaphore(0)

    class Watched(Future[Any]):
        def result(self, timeout: float | None = None) -> Any:
            begun.release()
            return super().result(timeout)

    monkeypatch.setattr(cache, "Future", Watched)
    return begun


def all_at_once(monkeypatch: pytest.MonkeyPatch, ask: Callable[[Callable[[], str]], str], outcome: str) -> list[Any]:
    """Many ask while the first computes, which ends only when all the others wait; returns what each was told."""
    begun, computing, count = waiting(monkeypatch), threading.Semaphore(0), 8
    computed = list[str]()

    def compute() -> str:
        computed.append(outcome)
        computing.release()
        for _ in range(count - 1):
            assert begun.acquire(timeout=LONG)
        if outcome == "fails":
            raise OSError("disk")
        return outcome

    with ThreadPoolExecutor(count) as pool:
        told = [pool.submit(ask, compute)]
        assert computing.acquire(timeout=LONG)
        told += [pool.submit(ask, compute) for _ in range(count - 1)]
        ended = [one.exception() or one.result() for one in told]
    assert computed == [outcome]
    return ended


def test_many_who_ask_at_once_cost_one_question(monkeypatch: pytest.MonkeyPatch, nobody: Reader) -> None:
    answers = Answers()
    ended = all_at_once(monkeypatch, lambda compute: answers.get(("q", nobody, ()), compute), "well")
    assert ended == ["well"] * 8


def test_whoever_waits_hears_of_the_failure(monkeypatch: pytest.MonkeyPatch, nobody: Reader) -> None:
    answers = Answers()
    ended = all_at_once(monkeypatch, lambda compute: answers.get(("q", nobody, ()), compute), "fails")
    assert [type(one) for one in ended] == [OSError] * 8
    assert not kept(answers, nobody, "q")


def test_one_who_computes_holds_up_no_other_question(nobody: Reader) -> None:
    answers, begun, done = Answers(), threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        assert done.wait(LONG)
        return "slow"

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(answers.get, ("slow", nobody, ()), slow)
        assert begun.wait(LONG)
        assert answers.get(("quick", nobody, ()), lambda: "quick") == "quick" and not first.done()
        done.set()
        assert first.result(LONG) == "slow"


def test_answers_about_a_version_overtaken_twice_are_let_go(nobody: Reader, reader: Reader) -> None:
    """The newest version's stay, and the one before it, which page runs may still be reading."""
    answers = Answers()
    versions = [dataclasses.replace(nobody, version=f"v00000{number}") for number in (1, 2, 3)]
    first, second, third = versions
    answers.get(("elsewhere", reader, ()), lambda: "x" * 1000)
    weight = answers.bytes
    for one in (first, second):
        answers.get(("q", one, ()), lambda: "x" * 1000)
    assert kept(answers, first, "q") and kept(answers, second, "q") and answers.bytes == 3 * weight
    answers.get(("q", third, ()), lambda: "x" * 1000)
    assert answers.bytes == 3 * weight  # the first version's went
    assert kept(answers, second, "q") and kept(answers, third, "q") and kept(answers, reader, "elsewhere")
    assert not kept(answers, first, "q")


@pytest.mark.slow
def test_a_published_version_is_answered_anew_and_the_old_ones_go(
    answers: Answers, empty_store: Store, profile: Profile
) -> None:
    def publish(number: int) -> Reader:
        with empty_store.writing() as con:
            con.execute("DELETE FROM cases").fetchall()
            con.execute(
                """INSERT INTO cases (case_id, source, created_at, created_day, batch_id)
                   VALUES (?, 'hotline', TIMESTAMP '2022-01-01', DATE '2022-01-01', 1)""",
                [str(number)],
            ).fetchall()
        return Reader.of(empty_store, profile)

    weights = []
    for number in range(1, 5):
        reader = publish(number)
        assert reader.list_cases(CaseFilter())["case_id"].tolist() == [str(number)]
        weights.append(answers.bytes)
    assert weights == [weights[0], *[2 * weights[0]] * 3]  # two versions' answers, however many were published


def test_forgetting_drops_everything(answers: Answers, reader: Reader) -> None:
    before = reader.aggregate(["volume"], ["street"])
    assert answers.bytes
    answers.forget()
    assert answers.bytes == 0
    pd.testing.assert_frame_equal(reader.aggregate(["volume"], ["street"]), before)


def test_a_run_that_still_reads_an_old_version_pushes_out_no_newer_ones_answers(
    answers: Answers, nobody: Reader
) -> None:
    old, middle, new = (dataclasses.replace(nobody, version=f"v00000{number}") for number in (1, 2, 3))
    for reader in (old, middle, new):
        answers.get(("asked", reader, ()), lambda: 0)
    assert answers.get(("late", old, ()), lambda: 1) == 1
    assert [kept(answers, reader, "asked") for reader in (middle, new)] == [True, True]


def test_of_several_names_only_the_missing_are_asked_for(answers: Answers, nobody: Reader) -> None:
    asked = []

    @cached_each
    def lengths(_: Reader, names: tuple[str, ...], more: int) -> list[int]:
        asked.append(names)
        return [len(name) + more for name in names]

    assert lengths(nobody, ("a", "bb"), 1) == [2, 3]
    assert lengths(nobody, ("ccc", "bb", "a"), 1) == [4, 3, 2]
    assert lengths(nobody, ("a",), 2) == [3]
    assert asked == [("a", "bb"), ("ccc",), ("a",)]


def test_a_failure_of_several_is_kept_for_none(answers: Answers, nobody: Reader) -> None:
    healthy = []

    @cached_each
    def lengths(_: Reader, names: tuple[str, ...]) -> list[int]:
        if not healthy:
            raise OSError("磁盘")
        return [len(name) for name in names]

    with pytest.raises(OSError, match="磁盘"):
        lengths(nobody, ("a", "bb"))
    healthy.append(True)
    assert lengths(nobody, ("a", "bb")) == [1, 2]


def test_a_frame_is_as_large_as_its_columns() -> None:
    with pd.option_context("mode.string_storage", "pyarrow"):
        frame = pd.DataFrame({"number": np.zeros(1_000), "word": ["街道" * 100] * 1_000})
    assert 8_000 + 600_000 <= size_of(frame) < 700_000
    assert size_of({"number": np.zeros(1_000)}) >= 8_000
