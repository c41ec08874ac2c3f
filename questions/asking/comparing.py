"""What a question's figures are set against: an earlier period, or that period itself, and which way they moved."""

from __future__ import annotations

from dataclasses import dataclass, field

from data_access.cases.filters import CaseFilter
from data_access.cases.measures import Measure
from data_access.district.models import Clock
from data_access.district.periods import SHIFTS, Period, shift_months
from questions.asking.cutting import TIMES_OVER, Found
from questions.asking.times import OWN_YEAR
from questions.asking.words import Meaning

WAYS_ROUND = {"worse": "up", "better": "down"}  # a change for the worse of what is better up is a fall
SET_AGAINST = ("比", "较")  # one thing against another, which 对比 of groups is without


@dataclass
class Compared:
    """`kind`: of periods.SHIFTS, '' for none. `falls`: falls are asked for. `of_base`: the earlier period's figure is
    what is asked for. `periods`: the question's, the current one first. `ignored`: words that nothing was made of."""

    kind: str = ""
    falls: bool = False
    of_base: bool = False
    periods: list[tuple[str, Period]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)


def compared(
    values: list[tuple[str, Meaning]], found: Found, where: CaseFilter, by: str, told: Measure, clock: Clock
) -> Compared:
    """A second stretch of time is what some comparison sets the first against, or the first it (8月和7月比), or it is
    not understood."""
    made = Compared(periods=found.periods)
    said = {kind: [(word, one.value) for word, one in values if one.kind == kind]
            for kind in ("compare", "base", "moved", "than", "more")}  # fmt: skip
    moved = [way for _, way in said["moved"]]
    moved += ["most" if bound.sign == ">=" else "least" for _, bound, _ in found.bounds if bound.unit == TIMES_OVER]
    thans, later = [word for word, _ in said["than"]], found.periods[1:]
    kinds = list(dict.fromkeys(kind for _, kind in said["compare"]))
    if said["base"] and not kinds:
        kinds = [said["base"][0][1]]
        made.of_base = not (moved or thans or said["more"])
        thans = []
    if len(later) == 1 and (kinds or thans or moved):
        (_, first), (word, base) = found.periods[0], later[0]
        pairs = [(first, base, found.periods), (base, first, found.periods[::-1])]
        if OWN_YEAR.fullmatch(word):  # 二季度比一季度 at a time when the first quarter of another year has begun
            pairs.append((first, Period(*(shift_months(end, -12) for end in (base.start, base.end))), found.periods))
        for current, other, order in pairs:
            alike = [kind for kind in kinds or ("yoy", "previous") if SHIFTS[kind](current, clock) == other]
            if alike:
                kinds, later, thans, made.periods = alike[:1], [], [], order
                break
    if moved and not kinds and not later and not thans:
        kinds = ["previous"]
        made.assumed.append("没有说和什么比，按环比")
    made.ignored += [word for word, _ in later]
    # 各街道对比; 这两个街道比，谁高: the groups are what is compared.
    if by and not kinds and not later:
        thans = [word for word in thans if word in SET_AGAINST] if len(getattr(where, by, ())) < 2 else []
    made.ignored += [] if kinds and not later else thans
    made.ignored += [word for word, kind in (*said["compare"], *said["base"]) if kind not in kinds[:1]]
    if moved and not kinds:
        made.ignored += [word for word, _ in said["moved"]]
    falls = {"least", *(way for way, better in WAYS_ROUND.items() if better == told.better)}
    made.kind, made.falls = kinds[0] if kinds else "", bool(falls & set(moved))
    return made
