"""Who may see what: access.toml of the profile, by role and with dates. What is not written there is not allowed."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from data_access.district.models import Row


class Grant(Row):
    """What a role may see of single cases. Sums are for everybody.

    `cases`: which ones: all; own, those of the person's own street and those that its unit handles; none.
    """

    role: str
    cases: Literal["all", "own", "none"] = "none"
    words: bool = False  # title, content, address
    callers: bool = False  # the caller's pseudonym

    @model_validator(mode="after")
    def _nothing_of_no_case(self) -> Grant:
        if self.cases == "none" and (self.words or self.callers):
            raise ValueError('words、callers 须与 cases = "own" 或 "all" 同写')
        return self


class Access(Row):
    """The rights in force from a day on."""

    valid_from: date
    grants: tuple[Grant, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_grant_for_a_role(self) -> Access:
        roles = [grant.role for grant in self.grants]
        if twice := next((role for role in roles if roles.count(role) > 1), ""):
            raise ValueError(f"角色“{twice}”写了两次")
        return self


class AccessFile(Row):
    access: tuple[Access, ...] = Field(min_length=1)
