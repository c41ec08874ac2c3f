"""The monthly meeting on hard cases (月度调度): what happened, what is due, with what effect, as of its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from analysis.meeting import standing
from data_access.cases.reader import Reader
from data_access.district.people import Actor
from data_access.district.periods import shift_months
from data_access.district.programmes import VOID, Programme
from data_access.ledger import machine
from data_access.ledger.ledger import Ledger
from data_access.ledger.schema import OPEN, UNDO
from questions.effect import measured

PARTS = "milestone"


@dataclass(frozen=True)
class Meeting:
    """What a meeting looks back on: `start` to `end`.

    `items`: one row per item as it stood; matter_id, title, stage, light, due_at, leader, unit. `events`: those of the
    items within the month; matter_id, at, who, text, stage, said (the step in words). `parts`: milestones that are
    not over and due before the next meeting; parent, title, unit, due_at. `effects`: as `measured` gives them, of items
    that were begun.
    """

    title: str
    start: datetime
    end: datetime
    items: pd.DataFrame
    events: pd.DataFrame
    parts: pd.DataFrame
    effects: Mapping[str, pd.DataFrame | None]

    @property
    def ranked(self) -> pd.DataFrame:
        """The items, the most pressing first."""
        order = self.items.assign(order=self.items["light"].map(machine.LIGHTS.index))
        return order.sort_values(["order", "due_at"], kind="stable").drop(columns="order")

    @property
    def lights(self) -> dict[str, int]:
        """How many items have each light; '' of those that are over."""
        counts = self.items["light"].value_counts()
        return {light: int(counts[light]) for light in machine.LIGHTS if light in counts}

    @property
    def moved(self) -> int:
        """How many items had a step within the month."""
        return int(self.items["matter_id"].isin(self.events["matter_id"]).sum())

    @property
    def late(self) -> int:
        """How many milestones are over their time."""
        return int((self.parts["due_at"] < self.end).sum())


def meeting_of(
    reader: Reader, ledger: Ledger, programme: Programme, start: datetime, *, viewer: Actor | None = None
) -> Meeting:
    """The meeting on the month that begins at `start`, as far as it has gone; what is void is left out."""
    end, office = min(shift_months(start, 1), ledger.now()), ledger.profile.programmes.office
    known, told = ledger.matters(programme.kind, viewer=viewer), ledger.events_of(programme.kind, viewer=viewer)
    items = standing(known[known["stage"] != VOID], told, end)
    items = items[~items["stage"].map(programme.is_over).astype(bool) | (items["since"] >= start)]
    due_at = [None if pd.isna(due) else due for due in items["due_at"]]
    stood = zip(items["stage"], due_at, strict=True)
    items["light"] = [machine.light(programme, stage, due, end, office) for stage, due in stood]
    words = {move.name: move.label for move in programme.moves} | {OPEN: "立项", UNDO: "撤销上一步"}
    told = told[(told["at"] >= start) & (told["at"] < end) & told["matter_id"].isin(items["matter_id"])]
    part = ledger.profile.programme(PARTS)
    parts = standing(ledger.matters(part.kind), ledger.events_of(part.kind), end)
    parts = parts[~parts["stage"].map(part.is_over).astype(bool) & parts["parent"].isin(items["matter_id"])]
    parts = parts[parts["due_at"] < shift_months(start, 2)]
    title = f"{start.year}年{start.month}月{programme.title}调度会议程"
    told = told.assign(said=told["move"].map(words))
    begun = items[items["stage"] != programme.stages[0]]
    return Meeting(title, start, end, items, told, parts, measured(reader, programme, begun, end))
