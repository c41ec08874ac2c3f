"""Short lives of matters that several tests of the ledger tell."""

from __future__ import annotations

from datetime import datetime

from data_access.cases.filters import CaseFilter
from data_access.district.people import Actor
from data_access.district.programmes import Programme
from data_access.ledger.ledger import Ledger

CENTRE, UNIT = Actor("指挥员甲", "指挥中心"), Actor("经办乙", "承办单位", "某局")
FIELDS = {"unit": "某局", "reason": "已经逾期", "level": "督办"}
NOW = datetime(2022, 5, 1, 9)
CASES = CaseFilter(case_id=("1", "2"))


def opened(ledger: Ledger, programme: Programme, title: str = "漏雨逾期") -> str:
    return ledger.open_matter(programme, CENTRE, title, fields=FIELDS, where=CASES, due_at=NOW, at=NOW)


def lived(ledger: Ledger, programme: Programme) -> str:
    number = opened(ledger, programme)
    ledger.move(number, "receive", UNIT, seen=1)
    ledger.move(number, "reply", UNIT, seen=2, fields={"reply": "已修好"})
    ledger.move(number, "return", CENTRE, seen=3, text="仍在漏")
    ledger.move(number, "reply", UNIT, seen=4, fields={"reply": "重做防水"})
    ledger.move(number, "close", CENTRE, seen=5)
    return number
