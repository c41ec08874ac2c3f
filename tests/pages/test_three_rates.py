"""The league of the page is the measures' league."""

import pytest

from analysis.league import scores
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader


@pytest.mark.parametrize("calibre", ["", "_all"])
def test_scores_from_counts_equal_the_measure(reader: Reader, calibre: str) -> None:
    names = {"valid_callbacks": "valid", "contacted": "contacted", "resolved": "resolved", "partly_resolved": "partly",
             "satisfied": "satisfied", "basically_satisfied": "basically"}  # fmt: skip
    wanted = {name + calibre: part for name, part in names.items()}
    found = reader.aggregate(["composite" + calibre, *wanted], ["unit"], CaseFilter(source=("hotline",)))
    score = scores(found.rename(columns=wanted), reader.profile.settings.scoring[0])
    assert score.to_numpy() == pytest.approx(found["composite" + calibre].to_numpy(), nan_ok=True)
