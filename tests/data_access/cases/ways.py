"""Every public way to ask, found in the code; and those that tell of no case, which need no asking."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil

import data_access
import questions
from data_access.cases.reader import Reader

# These tell of no case: sql refuses (see below), others are about the reader itself, or about the ledger alone.
# No number, name or count of cases comes out; what is missing is the same in every half.
NO_CASES = {
    "data_access.cases.outside.withheld",  # names of measures alone
    "questions.asking.grammar.understood",
    "questions.alarm_words.compared_with",
    "questions.inbox.inbox_of",
    "questions.lookout.is_current",
    "questions.lookout.look",
    "questions.lookout.standing",
    "questions.warning.everybody",
    "questions.warning.watched_if_ready",
    "data_access.cases.comparison.Sides",
    "data_access.cases.comparison.sides_of",
    "data_access.cases.comparison.undated",
    "Reader.sql",
    "data_access.cases.own_sql.answer",
    "data_access.cases.own_sql.tables_of",
    "Reader.seen",
    "Reader.reading",
    "Reader.of",
    "Reader.latest",
    "Reader.is_scoped",
    "Reader.sees_all",
    "Reader.singly",
    "Reader.exact",
    "Reader.others",
    "Reader.least",
    "Reader.anonymous",
    # How small sums are told: what they are given is asked elsewhere.
    "data_access.cases.small.error_of",
    "data_access.cases.small.errors_of",
    "data_access.cases.small.hours_in_steps",
    "data_access.cases.small.least_of",
    "data_access.cases.small.rounded",
    "data_access.cases.small.steps",
    "data_access.cases.small.together",
    "data_access.cases.small.with_hours",
    "questions.league.first_received",
    "data_access.intake.quality.absent",
}
# What stands in the ledger is kept from people by the ledger's own rules, not by a scope of cases.
LEDGER = "data_access.ledger."


def there_are() -> set[str]:
    """Every public way to ask: the Reader's own, every public function that takes a Reader, every answer that keeps one."""
    fields = {field.name for field in dataclasses.fields(Reader)}
    ways = {f"Reader.{name}" for name in vars(Reader) if not name.startswith("_") and name not in fields}
    for package in (data_access, questions):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if info.name.endswith("__main__") or info.name.startswith(LEDGER):
                continue
            for name, one in vars(importlib.import_module(info.name)).items():
                own = inspect.isfunction(one) or (inspect.isclass(one) and dataclasses.is_dataclass(one))
                if own and not name.startswith("_") and getattr(one, "__module__", "") == info.name:
                    takes = {parameter.annotation for parameter in inspect.signature(one).parameters.values()}
                    ways |= {f"{info.name}.{name}"} if {"Reader", Reader} & takes else set()
    return ways
