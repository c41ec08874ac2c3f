"""Every claim that a screen makes, in its short form; the long one is `make claims`."""

from __future__ import annotations

import pytest

from scripts.claims import Claim, all_claims, measure
from scripts.claims.__main__ import METHODS, _cells, kept_rows

CLAIMS = list(all_claims())


@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS, ids=[f"{one.method}-{one.world}-{one.said}" for one in CLAIMS])
def test_a_claim_holds(claim: Claim) -> None:
    one = measure(claim, claim.few)
    assert one.holds, f"{one.rate:.1%} ± {one.error:.1%}, goal {claim.goal}"


def test_a_claim_that_does_not_hold_is_seen() -> None:
    wrong = Claim("m", "w", "s", 0.0, 0.05, lambda random: random.random() < 0.3)
    assert not measure(wrong, 100).holds
    assert measure(Claim("m", "w", "s", 0.0, 0.05, lambda random: random.random() < 0.03), 100).holds


def test_the_documents_table_has_every_claim_and_no_other() -> None:
    assert list(kept_rows()) == [_cells(claim) for claim in CLAIMS]
    said = METHODS.read_text(encoding="utf-8")
    assert {f"## {claim.method}" for claim in CLAIMS} <= set(said.splitlines())
    assert "未达到" not in said.split("## 实测")[1].split("\n## ")[0]
