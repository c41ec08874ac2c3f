"""The desk: a programme as its page needs it, with all its matters, and who sits there."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from data_access.cases.reader import Reader
from data_access.district.people import Actor
from data_access.district.profile import Profile
from data_access.district.programmes import Programme
from data_access.ledger.ledger import Ledger


@dataclass(frozen=True)
class Desk:
    """`matters`: all of the programme, newest first, as `Ledger.matters` gives them. `who`: nobody until they say."""

    reader: Reader
    ledger: Ledger
    programme: Programme
    who: Actor | None
    matters: pd.DataFrame

    @property
    def profile(self) -> Profile:
        return self.ledger.profile

    @property
    def going(self) -> pd.DataFrame:
        """The matters that are not over."""
        return self.matters[~self.matters["over"]]
