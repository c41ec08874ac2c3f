"""The state machine of all programmes: which steps there are, who may take them, what must be said, which light shows.

Pure: it knows the profile's rules and a matter's state, and no database.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from data_access.district.people import Actor, Refused, may_care
from data_access.district.programmes import Move, Office, Programme, Programmes
from data_access.district.worktime import after_working_hours, working_hours

LIGHTS = ("红", "橙", "黄", "绿", "")  # the most pressing first; '' = over, or without a deadline


class Overtaken(Refused):
    """Somebody else moved the matter first; nothing was written."""


def steps(programme: Programme, stage: str, role: str = "") -> list[Move]:
    """The moves possible from a stage, of those the ones a role may take ('' all)."""
    possible = [
        move for move in programme.moves if (stage in move.from_ if move.from_ else not programme.is_over(stage))
    ]
    return [move for move in possible if not role or role in move.roles]


def check_own(programmes: Programmes, field: str, fields: Mapping[str, str], actor: Actor, what: str) -> None:
    """Who does not act for the whole district acts for their own unit alone; raises `Refused`."""
    if field and actor.role not in programmes.everywhere and fields.get(field, "") != actor.unit:
        raise Refused(f"“{what}”由{fields.get(field) or '未填写的单位'}操作，您属于{actor.unit or '未填写的单位'}")


LONGEST_TITLE, LONGEST_TEXT = 200, 5_000  # characters


def check_words(title: str, *said: str) -> None:
    """Whether every database can keep these texts and a page can show them; raises `Refused`."""
    if any("\x00" in words for words in (title, *said)):
        raise Refused("文字里有不可见的控制字符，请重新输入")
    if len(title) > LONGEST_TITLE:
        raise Refused(f"标题有 {len(title):,} 个字，最多 {LONGEST_TITLE}")
    if any(len(words) > LONGEST_TEXT for words in said):
        raise Refused(f"有一处文字有 {max(map(len, said)):,} 个字，最多 {LONGEST_TEXT:,}；长的请作为附件另存")


def check_opening(
    programmes: Programmes, programme: Programme, actor: Actor, title: str, fields: Mapping[str, str]
) -> None:
    """Whether the actor may open such a matter; raises `Refused`."""
    check_sight(programmes, programme, actor)
    if actor.role not in programme.opens:
        raise Refused(f"{programme.title}由{'、'.join(programme.opens)}发起，您的身份是{actor.role}")
    if not title.strip():
        raise Refused("请写标题")
    check_fields(programme, fields, programme.requires)
    check_own(programmes, programme.own, fields, actor, f"发起{programme.title}")


def check_sight(programmes: Programmes, programme: Programme, viewer: Actor | None) -> None:
    """Whether the viewer may see such matters at all; raises `Refused`. Denied unless the profile names them."""
    if programme.restricted and not may_care(programmes, viewer):
        raise Refused(f"{programme.title}只对配置里列出姓名的人开放")


def allowed(programmes: Programmes, programme: Programme, stage: str, name: str, actor: Actor) -> Move:
    """The move of that name, if the actor may take it from `stage`; raises `Refused`."""
    check_sight(programmes, programme, actor)
    step = next((move for move in programme.moves if move.name == name), None)
    if step is None:
        raise Refused(f"{programme.title}没有“{name}”这一步")
    if step not in steps(programme, stage):
        raise Refused(f"“{stage}”阶段不能“{step.label}”")
    if actor.role not in step.roles:
        raise Refused(f"“{step.label}”由{'、'.join(step.roles)}操作，您的身份是{actor.role}")
    return step


def with_copies(programme: Programme, fields: Mapping[str, str]) -> dict[str, str]:
    """The opening's fields, and those whose value is a copy of another's."""
    return {**fields, **{field.name: fields.get(field.copies, "") for field in programme.fields if field.copies}}


def check_fields(
    programme: Programme, fields: Mapping[str, str], required: tuple[str, ...], before: Mapping[str, str] | None = None
) -> None:
    """Whether the fields can hold these values after `before` (None: at the opening); raises `Refused`."""
    known = {field.name: field for field in programme.fields}
    for name, value in fields.items():
        if name not in known:
            raise Refused(f"{programme.title}没有字段“{name}”")
        if known[name].kind == "moment":
            raise Refused(f"“{known[name].label}”由系统记下，不能填写")
        if problem := known[name].problem(str(value).strip()):
            raise Refused(problem)
        if before is not None:
            _check_change(known[name].label, known[name], before.get(name, ""), value)
    said = {**(before or {}), **fields}
    if missing := [known[name].label for name in required if not str(said.get(name, "")).strip()]:
        raise Refused(f"还缺：{'、'.join(missing)}")


def _check_change(label: str, field: object, old: str, new: str) -> None:
    copies, rises, options, kind = (getattr(field, name) for name in ("copies", "rises", "options", "kind"))
    if (copies or kind == "secret") and new != old:
        raise Refused(f"“{label}”在发起时已经记下，不能改")
    # A level that the profile no longer names may be left for any that it does.
    if rises and old and (not new or (old in options and options.index(new) <= options.index(old))):
        raise Refused(f"“{label}”只能升高，现在是{old}")


def hours_left(programme: Programme, due_at: datetime, now: datetime, office: Office) -> float:
    """Hours until the deadline, in office hours where the programme counts so; negative once it has passed."""
    if programme.working_time:
        return working_hours(now, due_at, office) if due_at >= now else min(working_hours(now, due_at, office), -1e-9)
    return (due_at - now).total_seconds() / 3600


def deadline(programme: Programme, start: datetime, hours: float, office: Office) -> datetime:
    """So many hours after `start`, as the programme counts hours."""
    return after_working_hours(start, hours, office) if programme.working_time else start + timedelta(hours=hours)


def light(programme: Programme, stage: str, due_at: datetime | None, now: datetime, office: Office) -> str:
    """绿 黄 橙 红 by the time left; '' when the matter is over or no deadline runs."""
    if programme.is_over(stage) or due_at is None or (programme.timed and stage not in programme.timed):
        return ""
    if due_at < now:
        return "红"
    hours = hours_left(programme, due_at, now, office)
    return "橙" if hours <= programme.orange_hours else "黄" if hours <= programme.yellow_hours else "绿"


def reminder(programme: Programme, stage: str, since: datetime, now: datetime, office: Office) -> str:
    """What is to be said of a matter that has stood in its stage since `since`, '' when nothing."""
    if not programme.reminders or programme.is_over(stage):
        return ""
    stood = working_hours(since, now, office) if programme.working_time else (now - since).total_seconds() / 3600
    said = [reminder for reminder in programme.reminders if reminder.stage == stage and stood >= reminder.after_hours]
    return max(said, key=lambda reminder: reminder.after_hours).text if said else ""
