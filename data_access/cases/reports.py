"""What people reported lately and where, one by one; and how often such a thing is reported there in other weeks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import Date, case, cast, distinct, func, select

from data_access.cases.cache import cached
from data_access.cases.engines import days_between
from data_access.cases.filters import CaseFilter, conditions
from data_access.cases.schema import cases
from data_access.cases.sight import HIDDEN
from data_access.district.periods import DAY, Period

if TYPE_CHECKING:
    from data_access.cases.reader import Reader

TOLD = ("source", "case_id", "created_at", "street", "community", "address", "h3_cell", "category1", "category2",
        "category3", "unit", "title", "content")  # fmt: skip


@cached
def reports(reader: Reader, where: CaseFilter) -> pd.DataFrame:
    """The cases that may be seen one by one, the oldest first. Grain: one row per case; columns TOLD and caller (a
    number that cases of one caller share, within this answer alone). Words are blank for who may not read them."""
    if not reader.has_data:
        return pd.DataFrame(columns=[*TOLD, "caller"])
    statement = select(*(cases.c[name] for name in (*TOLD, "caller_key")))
    found = reader.singly.read(
        statement.where(*conditions(where, reader.as_of)).order_by(cases.c.created_at, cases.c.case_id),
        slow=bool(where.text),
    )
    words = ["address", "title", "content"]
    found[words] = found[words].replace(HIDDEN, "")
    keys, single = found.pop("caller_key"), found["source"] + "|" + found["case_id"]
    return found.assign(caller=pd.factorize(keys.where(keys != "", single))[0])


@cached
def by_place_and_week(reader: Reader, where: CaseFilter, weeks: int) -> pd.DataFrame:
    """Demands of the weeks before the filter's period, of cases that may be seen one by one.

    Grain: one row per place, class and week with any; columns h3_cell, category2, week (0: the one just before), cases.
    A caller counts once a week for a class at a place, a case whose caller is not known by itself.
    """
    end = where.when.start
    asked = where.replace(period=Period(end - 7 * weeks * DAY, end))
    inside = select(
        cases.c.h3_cell, cases.c.category2, cases.c.caller_key,
        func.floor((days_between(cases.c.created_day, cast(end.date(), Date)) - 1) / 7.0).label("week"),
    ).where(*conditions(asked, reader.as_of), cases.c.h3_cell != "", cases.c.category2 != "").subquery()  # fmt: skip
    known = case((inside.c.caller_key != "", inside.c.caller_key))
    counted = func.count(distinct(known)) + func.sum(case((inside.c.caller_key == "", 1), else_=0))
    by = (inside.c.h3_cell, inside.c.category2, inside.c.week)
    found = reader.singly.read(select(*by, counted.label("cases")).group_by(*by).order_by(*by))
    return found.astype({"week": int, "cases": float})
