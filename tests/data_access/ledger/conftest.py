"""A ledger on each engine, under the shipped district's rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from data_access.district.profile import Profile
from data_access.district.programmes import Programme
from data_access.ledger.ledger import Ledger


@pytest.fixture(scope="session")
def programme(profile: Profile) -> Programme:
    return profile.programme("supervision")


@pytest.fixture
def ledger(ledger_url: str, profile: Profile) -> Iterator[Ledger]:
    opened = Ledger.at(ledger_url, profile)
    yield opened
    opened.engine.dispose()
