"""Which cases are meant: the values that were named, those that are left out, and the states."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from data_access.cases.filters import IS, CaseFilter, with_statuses
from data_access.cases.reader import Reader
from questions.asking.cutting import Found
from questions.asking.words import ABSENT, CLOSES, EITHER, JOINERS, MOST_VALUES, RANKED, TAKES_OUT, Meaning

FAMILIES = (("district", "street", "community"), ("category1", "category2", "category3"))
NUMBERED = ("hour", "weekday")
OF_IT = "excluded_reason"  # 剔除 before a reason is what it was for, and leaves nothing out
OF_CLOCK = ("hour", "kind_of_day")  # of which one word may mean both: 上班时间


@dataclass
class Held:
    """`where`: the cases. `said`: each word with its condition, as field=value; what is left out begins with without.
    `lost`: words that could not be taken. `turned`: the places of the words that are left out."""

    where: CaseFilter = field(default_factory=CaseFilter)
    said: list[tuple[str, str]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    turned: set[int] = field(default_factory=set)


def chosen(meanings: tuple[Meaning, ...]) -> Meaning:
    """What a word means that may mean several things: a word of grammar before a value, the coarser field first."""
    plain = [meaning for meaning in meanings if meaning.kind != "value" or meaning.field in ("status", "source")]
    return plain[0] if plain else min(meanings, key=lambda meaning: RANKED.get(meaning.field, len(RANKED)))


def meant(reader: Reader, found: Found) -> Held:
    """The cases that are meant.

    Two states are both asked for (未办结的重复诉求) unless a word between them joins them (未办结和重复诉求).
    """
    held, before = Held(), ""
    turned, held.lost, taken = _turned(found)
    held.turned = turned
    types = [word for place, (word, meanings) in enumerate(found.meanings) if place not in turned and _type(meanings)]
    for place, (word, meanings) in enumerate(found.meanings):
        # 投诉 stands for any case, unless it is set beside another type: 投诉和举报.
        as_type = _type(meanings) if place in turned or len(types) > 1 else None
        meaning = as_type if as_type and chosen(meanings).kind == "measure" else chosen(meanings)
        if meaning.kind == "by" and place in turned:  # 除企业以外: of the kinds of units
            meaning = Meaning("value", meaning.field, "unit_type")
            meanings = (meaning,)
        if meaning.kind == "value" and place not in taken:
            fields = list(OF_CLOCK) if meaning.field in OF_CLOCK else [meaning.field]
            for name in fields:
                values = [one.value for one in meanings if one.kind == "value" and one.field == name]
                if name == "hour" and values and held.where.hour and before not in JOINERS and place not in turned:
                    held.lost.append(word)  # 凌晨20点: no hour is both, and either is not what was asked
                    continue
                _hold(held, name, values, place in turned, before in JOINERS)
            held.said.append((word, f"{'without=' if place in turned else ''}{meaning.field}{IS}{meaning.value}"))
        before = word
    _keep_to_their_family(reader, held)
    return held


def _hold(held: Held, name: str, values: list[str], is_turned: bool, is_joined: bool) -> None:
    where = held.where
    if is_turned:
        out = (*where.without, *(f"{name}{IS}{value}" for value in values))
        held.where = where.replace(without=tuple(dict.fromkeys(out)))
    elif name == "status" and where.status and not is_joined:
        held.where = with_statuses(where, tuple(values[:1]))
    elif values:
        kept = map(int, values) if name in NUMBERED else values[: 1 if name == "status" else None]
        held.where = where.replace(**{name: tuple(dict.fromkeys((*getattr(where, name), *kept)))})


def _type(meanings: tuple[Meaning, ...]) -> Meaning | None:
    """The type of case that a word may mean."""
    return next((one for one in meanings if one.field == "request_type"), None)


def _turned(found: Found) -> tuple[set[int], list[str], set[int]]:
    """The places of the words that are left out (除了供暖和停车, 疫情防控除外), the words for leaving out that have
    nothing to leave out, and the places of 剔除 where it leaves out what follows."""
    kinds = [_kind(meanings, word) for word, meanings in found.meanings]
    taken = {place for place, (word, _) in enumerate(found.meanings)
             if word == TAKES_OUT and kinds[place + 1 : place + 2] == ["value"]
             and chosen(found.meanings[place + 1][1]).field != OF_IT}  # fmt: skip
    kinds = ["not" if place in taken else kind for place, kind in enumerate(kinds)]
    turned, lost, closed = set[int](), list[str](), set[int]()
    for place, kind in enumerate(kinds):
        run: list[int] = []
        if kind == "not":
            run = _run(kinds, place + 1, 1)
            end = place + 1 + len(run)
            if kinds[end : end + 1] == ["but"]:
                closed.add(end)
            else:
                run = _joined(kinds, run)
        word, meanings = found.meanings[place]
        is_alone = kind == "but" and place not in closed and chosen(meanings).value != CLOSES
        if is_alone or (kind == "not" and not run and chosen(meanings).value == EITHER):
            run = _joined(kinds, _run(kinds, place - 1, -1))
        turned |= (told := {one for one in run if kinds[one] == "value"})
        lost += [word] if kind in ("not", "but") and place not in closed and not told else []
    return turned, lost, taken


def _kind(meanings: tuple[Meaning, ...], word: str) -> str:
    meaning = chosen(meanings)
    is_value = meaning.kind == "value" or _type(meanings) or (meaning.kind == "by" and meaning.field)
    return "join" if word in JOINERS else "value" if is_value else meaning.kind


def _run(kinds: list[str], begin: int, step: int) -> list[int]:
    """The places from one on that hold values and words that join them."""
    places = range(begin, len(kinds) if step > 0 else -1, step)
    return list(itertools.takewhile(lambda place: kinds[place] in ("value", "join"), places))


def _joined(kinds: list[str], run: list[int]) -> list[int]:
    """As much of a run as words join: of 非工作日咨询类 the first is left out, the second asked for."""
    apart = (nth for nth in range(1, len(run)) if kinds[run[nth]] == kinds[run[nth - 1]] == "value")
    return run[: next(apart, len(run))]


def _keep_to_their_family(reader: Reader, held: Held) -> None:
    """Drop the values of a finer field that lie in none of the coarser ones; the words they came from are lost.

    供暖和住房 are two families of cases: both at once would be none, and look like an answer.
    """
    for family in FAMILIES:
        for coarse, fine in itertools.combinations(family, 2):
            named, where = getattr(held.where, fine), held.where
            if not named or not getattr(where, coarse):
                continue
            known = set(reader.options(fine, CaseFilter(**{coarse: getattr(where, coarse)}), limit=MOST_VALUES))
            outside = [f"{fine}{IS}{value}" for value in named if value not in known]
            held.where = where.replace(**{fine: tuple(value for value in named if value in known)})
            held.lost += [word for word, condition in held.said if condition in outside]


def group_for(where: CaseFilter, ignored: Sequence[str]) -> tuple[str, str]:
    """The group that a rank without one is about."""
    if any(word in ABSENT for word in ignored) and not where.community:
        return "community", "案件里最近的是社区，按社区排"
    for group, label in (("category2", "二级分类"), ("street", "街道"), ("community", "社区")):
        if not getattr(where, group) and not (group == "category2" and (where.category1 or where.category3)):
            return group, f"没有说排什么，按{label}"
    return "unit", "没有说排什么，按承办单位"
