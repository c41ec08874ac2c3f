"""One reader sees one version of the data, whatever is published meanwhile."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, literal, select
from sqlalchemy.exc import SQLAlchemyError

from data_access.cases import cache
from data_access.cases.errors import StoreDamaged, StoreError, VersionGone
from data_access.cases.files import FileStore
from data_access.cases.filters import CaseFilter
from data_access.cases.history import Keeping
from data_access.cases.reader import NoData, QueryFailed, Reader, open_reader
from data_access.cases.schema import cases
from data_access.cases.store import Store, store_for
from data_access.district.periods import day_of
from data_access.district.profile import Profile, ProfileError
from data_access.intake import quality
from data_access.intake.importing import import_file

Publish = Callable[..., Reader]
HEADER = "工单编号,来电时间,街道,主要内容\n"


@pytest.fixture
def publish(empty_store: Store, tmp_path: Path, profile: Profile) -> Publish:
    """Imports a file of cases, each with a text; returns a reader of what stands there then."""

    def write(**texts: str) -> Reader:
        lines = "".join(f"{number},2022-03-0{len(text)},东四,{text}\n" for number, text in texts.items())
        (tmp_path / "a.csv").write_text(HEADER + lines, encoding="utf-8")
        import_file(tmp_path / "a.csv", profile=profile, store=empty_store)
        return Reader.of(empty_store, profile)

    return write


def seen(reader: Reader) -> tuple[object, ...]:
    """What a page shows: a total, groups, a list, a case, the data's clock, what is known of the data."""
    listed = reader.list_cases(CaseFilter(), sort="case_id", descending=False)
    texts = {number: (reader.get_case(number) or {}).get("content") for number in ("a", "b", "c")}
    batches, newest = quality.batches(reader)["batch_id"].tolist(), reader.sql("SELECT max(created_at) AS t FROM cases")
    return (reader.count(), reader.options("street"), listed["case_id"].tolist(), texts, reader.span, batches,
            newest["t"].tolist())  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kept", [True, False], ids=["answers kept", "every answer computed anew"])
def test_a_page_run_sees_the_version_it_began_with(
    publish: Publish, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    began = publish(a="路灯", b="漏水了")
    before = seen(began) if kept else None
    after = publish(b="不漏了呀", c="停电了吧")
    if not kept:
        before = (2, ["东四街道"], ["a", "b"], {"a": "路灯", "b": "漏水了", "c": None}, began.span, [1],
                  [began.span[1]])  # fmt: skip
    for _ in range(3):
        if not kept:
            cache.ANSWERS.forget()
        assert seen(dataclasses.replace(began)) == before
        assert seen(after)[:4] == (3, ["东四街道"], ["a", "b", "c"], {"a": "路灯", "b": "不漏了呀", "c": "停电了吧"})
    assert (began.as_of.day, after.as_of.day) == (3, 4) and began.version < after.version
    assert began.latest() == after and seen(began.latest()) == seen(after)


@pytest.mark.slow
def test_a_version_that_is_read_stays_readable_while_newer_ones_come(publish: Publish) -> None:
    """Every version that is kept, and after it the one whose file is gone but which is still held open."""
    texts = ["一" * number for number in range(1, Keeping().versions + 1)]
    readers = [publish(a=text) for text in texts]
    assert [reader.get_case("a")["content"] for reader in readers] == texts  # type: ignore[index]
    oldest = readers[0]
    assert oldest.get_case("a")
    publish(a="二")
    assert not (oldest.store.folder / f"{oldest.version}.duckdb").exists()
    assert oldest.get_case("a")["content"] == "一"  # type: ignore[index]


@pytest.mark.slow
@pytest.mark.parametrize(
    "ask",
    [
        lambda reader: reader.as_of,
        lambda reader: reader.has_data,
        lambda reader: reader.count(),
        lambda reader: reader.list_cases(CaseFilter()),
        lambda reader: reader.get_case("a"),
        lambda reader: reader.sql("SELECT 1"),
        lambda reader: quality.batches(reader),
    ],
)
def test_a_version_that_is_gone_says_so(publish: Publish, ask: Callable[[Reader], object]) -> None:
    late = publish(a="一")
    if isinstance(late.store, FileStore):  # pages run in another process than imports, which read what was there before
        late = dataclasses.replace(late, store=FileStore(late.store.folder))
    for number in range(Keeping().versions):
        publish(b="二" * (number + 1))
    with pytest.raises(VersionGone, match=r"数据已更新.*请刷新页面"):
        ask(late)
    assert late.latest().get_case("a")  # as the page finds when it is asked again


def test_what_is_gone_is_no_answer_for_good(publish: Publish) -> None:
    """A failure is not kept: a version that comes back with a rollback's copy is read."""
    late = publish(a="一")
    file = late.store.folder / f"{late.version}.duckdb"
    file.rename(file.with_suffix(".moved"))
    with pytest.raises(VersionGone):
        late.count()
    file.with_suffix(".moved").rename(file)
    assert late.count() == 1


def test_a_damaged_version_is_not_called_gone(publish: Publish) -> None:
    late = publish(a="一")
    (late.store.folder / f"{late.version}.duckdb").write_bytes(b"x" * 100_000)
    with pytest.raises(StoreDamaged, match="可能损坏"):
        late.count()


def test_a_reader_follows_a_rollback_only_when_asked(publish: Publish) -> None:
    first, second = publish(a="一"), publish(b="二")
    second.store.rollback()
    assert (second.count(), second.latest().count()) == (2, 1) and second.latest() == first


def test_the_clock_and_the_months_it_covers(reader: Reader) -> None:
    first, last = reader.span
    assert reader.has_data and reader.as_of == last
    months = reader.whole_months
    assert months and months.start >= day_of(first) and months.end <= last
    assert reader.covers(months) and not reader.covers(
        dataclasses.replace(months, start=months.start.replace(year=1999))
    )
    assert reader.is_synthetic and reader.note("seed") == "2022" and reader.note("nothing") == ""


def test_without_data_it_says_what_to_do(empty_store: Store, profile: Profile) -> None:
    nobody = Reader.of(empty_store, profile)
    assert not nobody.has_data and nobody.whole_months is None and not nobody.is_synthetic and nobody.version == ""
    for ask in (lambda: nobody.as_of, lambda: nobody.span):
        with pytest.raises(NoData, match="python -m data_access"):
            ask()
    assert nobody.count() == 0 and nobody.get_case("a") is None and nobody.objective().empty
    with pytest.raises(StoreError):
        nobody.sql("SELECT 1")


def test_whoever_began_without_data_sees_none_until_asked_anew(
    empty_store: Store, profile: Profile, publish: Publish
) -> None:
    nobody = Reader.of(empty_store, profile)
    publish(a="一")
    assert nobody.count() == 0 and nobody.get_case("a") is None and nobody.latest().count() == 1
    for ask in (lambda: nobody.read(select(cases)), lambda: nobody.rows(select(cases)), lambda: nobody.sql("SELECT 1")):
        with pytest.raises(StoreError):
            ask()


def test_a_statement_that_fails_says_why_and_a_colon_is_a_colon(reader: Reader) -> None:
    assert reader.sql("SELECT ':x 10:30' AS said")["said"].tolist() == [":x 10:30"]
    for wrong in ("SELECT nothing FROM cases", "DELETE FROM cases", "SELECT * FROM read_text('/etc/hostname')", "oops"):
        with pytest.raises(QueryFailed):
            reader.sql(wrong)


def test_a_reader_is_opened_by_address_and_by_name(
    reader: Reader, profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"duckdb:///{reader.store.folder}"
    assert open_reader(url=url, profile="dongcheng") == open_reader(url=url, profile=profile) == reader
    assert open_reader(url=url) == reader  # the first district there is
    monkeypatch.setenv("CASES_URL", url)
    monkeypatch.setenv("DISTRICT_PROFILE", "pingshan")
    assert open_reader().store is reader.store and open_reader().profile.name == "pingshan"
    assert open_reader(url=f"duckdb:///{tmp_path / 'none'}").has_data is False
    assert store_for(f"duckdb:///{tmp_path / 'none'}") is not reader.store
    with pytest.raises(ProfileError, match="pingshan"):
        open_reader(profile="nowhere")
    with pytest.raises(StoreError, match="duckdb"):
        open_reader(url="mysql://x/y")


def test_what_was_asked_for_stays_out_of_the_log(reader: Reader) -> None:
    with reader.store.reading() as connection, pytest.raises(SQLAlchemyError, match="no_such_thing") as failure:
        connection.execute(select(func.no_such_thing(literal("张某某的诉求"))))
    assert "张某某" not in str(failure.value)
