"""How long personal data is kept: privacy.toml of the profile, with dates. What is not limited there is kept."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from pydantic import Field

from data_access.district.models import Row


class Retention(Row):
    """The limits in force from a day on, in days since a case came in; None for no limit."""

    valid_from: date
    texts: int | None = Field(default=None, ge=1)  # title, content, the reason why it was excluded; refused rows
    addresses: int | None = Field(default=None, ge=1)  # with the coordinates
    callers: int | None = Field(default=None, ge=1)  # who called

    def before(self, now: datetime) -> dict[str, datetime | None]:
        """Limit -> the moment before which what it is about is to be removed."""
        days = {"texts": self.texts, "addresses": self.addresses, "callers": self.callers}
        return {name: now - timedelta(days=limit) if limit else None for name, limit in days.items()}


class RetentionFile(Row):
    retention: tuple[Retention, ...] = Field(min_length=1)
