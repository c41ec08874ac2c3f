"""The league of the page is the measures' league."""

import pytest

from analysis.league import Weights, scores
from data_access.filters import CaseFilter
from data_access.profile import current_profile
from data_access.query import aggregate
from data_access.store import Store


@pytest.mark.parametrize("calibre", ["", "_all"])
def test_scores_from_counts_equal_the_measure(demo_store: Store, calibre: str) -> None:
    names = {"valid_callbacks": "valid", "contacted": "contacted", "resolved": "resolved", "partly_resolved": "partly",
             "satisfied": "satisfied", "basically_satisfied": "basically"}  # fmt: skip
    wanted = {name + calibre: part for name, part in names.items()}
    found = aggregate(["composite" + calibre, *wanted], ["unit"], CaseFilter(source=("hotline",)), store=demo_store)
    rule = current_profile().settings.scoring[0]
    weights = Weights(rule.response, rule.resolution, rule.satisfaction, rule.partly_resolved, rule.grades["基本满意"])
    score = scores(found.rename(columns=wanted), weights)
    assert score.to_numpy() == pytest.approx(found["composite" + calibre].to_numpy(), nan_ok=True)
