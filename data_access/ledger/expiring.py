"""What is to be removed of cases and of the ledger: what is older than the profile's limits, or somebody's own."""

from __future__ import annotations

from sqlalchemy import bindparam, select, tuple_

from data_access.cases.errors import StoreError
from data_access.cases.expunging import Due, checked, counts, token_of
from data_access.cases.filters import OF_GRID
from data_access.cases.reader import Reader
from data_access.cases.schema import cases, import_batches
from data_access.district.periods import beijing_now
from data_access.district.vocabulary import GRID, HOTLINE
from data_access.ledger.opening import ledger_if_any
from data_access.ledger.redacting import references_in

PARTS = ("texts", "addresses", "callers", "refused")


def _named(reader: Reader, names: list[str]) -> tuple[tuple[str, str], ...]:
    keys = []
    for name in names:
        case = reader.get_case(name)
        if case is None:
            raise StoreError(f"没有编号为 {name} 的案件；没有改动任何数据")
        keys.append((str(case["source"]), str(case["case_id"])))
    return tuple(keys)


def due_of(reader: Reader, names: list[str], secret: str) -> Due:
    """What is to go; raises `StoreError` where the profile sets no limits."""
    if names:
        return checked(Due(secret, named=_named(reader, names)))
    now = reader.as_of if reader.is_synthetic else beijing_now()
    rules = reader.profile.retention_at(now.date())
    if rules is None:
        raise StoreError(f"{reader.profile.name} 没有 privacy.toml：没有写保留多久，没有改动任何数据")
    before = rules.before(now)
    old = select(import_batches.c.batch_id).where(import_batches.c.finished_at < bindparam("moment"))
    batches = reader.rows(old.params(moment=before["texts"])) if before["texts"] else []
    return Due(secret, **before, batches=tuple(row["batch_id"] for row in batches))  # type: ignore[arg-type]


def counted(reader: Reader, due: Due) -> dict[str, int]:
    """The most that any kept version still holds, of each kind."""
    most: dict[str, int] = dict.fromkeys(PARTS, 0)
    for info in reader.store.versions():
        with reader.store.reading(info.name) as connection:
            most = {name: max(most[name], count) for name, count in counts(connection, due).items()}
    return most


def _is_due(case: dict[str, object], due: Due, what: str) -> bool:
    moment = getattr(due, what)
    return bool(moment and case["created_at"] < moment) or (case["source"], case["case_id"]) in due.named


def of_ledger(reader: Reader, due: Due) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Which texts are to go from which matter, and which callers' keys, with what replaces them."""
    ledger = ledger_if_any(reader)
    if ledger is None:
        return {}, {}
    told = references_in(ledger.engine, reader.profile)
    numbers = {name for names in told.cases.values() for name in names}
    words: dict[str, list[str]] = {}
    keys = [(GRID if name.startswith(OF_GRID) else HOTLINE, name.removeprefix(OF_GRID)) for name in numbers]
    columns = (cases.c.source, cases.c.case_id, cases.c.created_at, cases.c.title, cases.c.content, cases.c.address)
    rows = reader.rows(select(*columns).where(tuple_(cases.c.source, cases.c.case_id).in_(keys))) if keys else []
    known = {(f"{OF_GRID}{row['case_id']}" if row["source"] == GRID else row["case_id"]): row for row in rows}
    for matter, names in told.cases.items():
        for row in (known[name] for name in names if name in known):
            said = [row["title"], row["content"]] if _is_due(row, due, "texts") else []
            said += [row["address"]] if _is_due(row, due, "addresses") else []
            if any(said):
                words.setdefault(matter, []).extend(said)
    asked = select(cases.c.source, cases.c.case_id, cases.c.created_at, cases.c.caller_key)
    calls = reader.rows(asked.where(cases.c.caller_key.in_(sorted(told.keys)))) if told.keys else []
    kept = {row["caller_key"] for row in calls if not _is_due(row, due, "callers")}
    gone = {row["caller_key"] for row in calls} - kept
    return words, {key: token_of(key, due.secret) for key in gone if not key.startswith("-")}
