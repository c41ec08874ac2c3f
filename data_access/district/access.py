"""Who may see what: access.toml of the profile, by role and with dates. What is not written there is not allowed."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from data_access.district.models import Row

LEAST = 5  # where the profile does not say
# What a role may do beside looking at cases and taking steps: a Grant's field of the same name, and in words.
RIGHTS = {
    "sql": "查询数据库",
    "briefs": "写简报",
    "send": "发出简报",
    "audit": "看审计",
    "settings": "看权限配置",
    "author": "看页面错误的详情",
}


class Grant(Row):
    """What a role may see of single cases. Sums are for everybody.

    `cases`: which ones: all; own, those of the person's own street and those that its unit handles; none. `matters`:
    of the ledger; own, those that name the unit, and those in which the person took a step.

    三权分立: who reads the audit and who sets rights are two, and neither sees a single case nor takes a step
    (the latter: profile.py).
    """

    role: str
    cases: Literal["all", "own", "none"] = "none"
    words: bool = False  # title, content, address as they are; without it nobody is named in them (unnaming.py)
    callers: bool = False  # the caller's pseudonym
    matters: Literal["all", "own", "none"] = "none"
    exports: int = Field(default=0, ge=0)  # rows of a file of cases, at most
    sql: bool = False  # statements of their own, of the cases that they see one by one
    briefs: bool = False
    send: bool = False  # a brief that they wrote, to the addresses that the command's go to
    audit: bool = False  # who did what
    settings: bool = False  # who may what
    author: bool = False  # what is wrong with a page that fails: its file, line and message

    @property
    def rights(self) -> frozenset[str]:
        """Which of RIGHTS the role holds."""
        return frozenset(right for right in RIGHTS if getattr(self, right))

    @property
    def stands_apart(self) -> bool:
        """Whether the role watches over the others: it uses no data."""
        return self.audit or self.settings

    @model_validator(mode="after")
    def _nothing_of_no_case(self) -> Grant:
        if self.cases == "none" and (self.words or self.callers):
            raise ValueError('words、callers 须与 cases = "own" 或 "all" 同写')
        if self.cases == "none" and (self.exports or self.sql):
            raise ValueError('exports、sql 须与 cases = "own" 或 "all" 同写')
        if self.send and not self.briefs:
            raise ValueError("send 须与 briefs = true 同写")
        if self.audit and self.settings:
            raise ValueError("定权限的不看审计，看审计的不定权限：audit 与 settings 不能同写")
        if self.stands_apart and ((self.cases, self.matters) != ("none", "none") or self.briefs):
            raise ValueError("看审计的、定权限的角色不用数据：audit、settings 不与 cases、matters、briefs 同写")
        return self


class Member(Row):
    """Whoever logs in with `claim` saying `value` (or a list with it) has the role. `unit`: the claim that names the
    person's own street or unit, as units.csv does or by an alias; the claim `name` is the person's own."""

    claim: str = Field(min_length=1)
    value: str = Field(min_length=1)
    role: str
    unit: str = ""


class Outside(Row):
    """What those who do not see every case are not told of the others, not even in sums: whole pages, by their file's
    name (pages/NAME.py), and measures, by their name."""

    pages: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()


class Access(Row):
    """The rights in force from a day on. Of several `members` that fit somebody the first counts."""

    valid_from: date
    # Of cases that somebody may not see one by one, the least that a figure tells of; larger ones come in steps of it.
    least: int = Field(default=LEAST, ge=2)
    outside: Outside = Outside()
    grants: tuple[Grant, ...] = Field(min_length=1)
    members: tuple[Member, ...] = ()

    @model_validator(mode="after")
    def _members_have_grants(self) -> Access:
        own = {grant.role for grant in self.grants if "own" in (grant.cases, grant.matters)}
        for member in self.members:
            if member.role not in {grant.role for grant in self.grants}:
                raise ValueError(f"members 的角色“{member.role}”没有写在 grants 里")
            if member.role in own and not member.unit:
                raise ValueError(f"members：“{member.role}”只看本单位的，要写 unit：身份里哪一项是本人的街道或单位")
        return self

    @model_validator(mode="after")
    def _one_grant_for_a_role(self) -> Access:
        roles = [grant.role for grant in self.grants]
        if twice := next((role for role in roles if roles.count(role) > 1), ""):
            raise ValueError(f"角色“{twice}”写了两次")
        return self


class AccessFile(Row):
    access: tuple[Access, ...] = Field(min_length=1)
