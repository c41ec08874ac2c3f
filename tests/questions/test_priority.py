"""What the district decided makes cases important: of a leader's order, and of an open hard case."""

from pathlib import Path

import pandas as pd

from data_access.cases.filters import CaseFilter
from data_access.cases.priority import important
from data_access.cases.reader import Reader
from data_access.district.people import Actor
from data_access.district.profile import Profile
from data_access.ledger.ledger import Ledger
from questions.priority import noted_in, pressing
from tests.data_access.cases.test_priority import ALL, ids


def test_what_the_ledger_knows_counts_too(reader: Reader, profile: Profile, tmp_path: Path) -> None:
    ledger, leader = Ledger.at(f"sqlite:///{tmp_path / 'ledger.db'}", profile), Actor("区领导甲", "区领导")
    noted, other = reader.list_cases(CaseFilter(status=("open",)), page_size=2)["case_id"]
    for reason, case in (("领导批示", noted), ("返工", other)):
        fields = {"unit": "某局", "reason": reason, "level": "督办"}
        ledger.open_matter(
            profile.programme("supervision"), leader, "x", fields=fields, where=CaseFilter(case_id=(case,))
        )
    place = CaseFilter(source=("hotline",), street=(profile.streets[3].name,))
    fields = {"year": "2022", "dimension": "区域", "evidence": "多"}
    ledger.open_matter(profile.programme("hard_case"), leader, "x", fields=fields, where=place)
    signs = noted_in(ledger)
    assert signs == {"leader_note": (CaseFilter(case_id=(noted,)),), "hard_case": (place,)}
    found = pressing(reader, ledger, CaseFilter(), signs=["leader_note"], limit=ALL)
    assert found["case_id"].tolist() == [noted] and "领导批示" in found["why"].iloc[0]
    hard = pressing(reader, ledger, CaseFilter(), signs=["hard_case"], limit=ALL)
    assert set(hard["case_id"]) == ids(reader, f"source = 'hotline' and street = '{place.street[0]}'")
    every = pressing(reader, ledger, CaseFilter(), limit=ALL)
    pd.testing.assert_frame_equal(every, important(reader, CaseFilter(), noted=signs, limit=ALL))
