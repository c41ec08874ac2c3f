"""Names that may be one place in two spellings: told, never merged unless nothing but form differs."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# What a kind of place is called beside its name: the same place with and without.
ENDINGS = {
    "street": r"(?:街道|地区|镇|乡)?(?:办事处|人民政府|政府)$|(?:街道办|街道)$",
    "community": r"(?:社区)?(?:居民委员会|居委会|工作站|村民委员会|村委会)$|社区$",
    "unit": r"(?<=街道)办事处$",
}
# Places are often numbered or named by direction: 东一 and 东二 are two.
APART = set("0123456789一二三四五六七八九十甲乙丙丁东西南北上下前后左右内外大小新老里中")
RARE = 0.05  # a slip of the pen is this much rarer than what was meant
SHORTEST = {"street": 2, "community": 2, "unit": 5}  # letters; offices' short names differ by one letter
BRACKETS = re.compile(r"\(.*?\)$")


@dataclass(frozen=True)
class Pair:
    """`kept` is the more frequent spelling. `is_same`: only form differs (spaces, width, case, ending)."""

    kind: str
    kept: str
    other: str
    is_same: bool


def bare(kind: str, name: str) -> str:
    """The name without what does not tell places apart: width, case, spaces, invisible letters, its ending."""
    text = unicodedata.normalize("NFKC", name).casefold()
    text = "".join(letter for letter in text if unicodedata.category(letter)[0] not in "CZ")
    return re.sub(ENDINGS[kind], "", text) or text


def _one_letter_apart(one: str, other: str) -> bool:
    """Whether one letter was typed wrongly, left out or added: not a number or a direction, which are names."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1 or len(long) < 2:
        return False
    at = next((place for place, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    changed = {long[at]} | ({short[at]} if len(short) == len(long) else set())
    rest = short[at + 1 :] if len(short) == len(long) else short[at:]
    return rest == long[at + 1 :] and not changed & APART


def alike(kind: str, counts: Mapping[str, int], place_of: Mapping[str, str] | None = None) -> list[Pair]:
    """Pairs of names that look like one. `counts`: name -> cases (0: not known, and then only form is compared);
    `place_of`: name -> the street it lies in, where both have to lie in the same.
    """
    spelt: dict[str, list[str]] = defaultdict(list)
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        spelt[bare(kind, name)].append(name)
    pairs = [Pair(kind, names[0], other, True) for names in spelt.values() for other in names[1:]]
    for one, other in sorted(_typed_alike(spelt) | (_with_and_without_brackets(spelt) if kind == "unit" else set())):
        kept, rare = sorted((spelt[one][0], spelt[other][0]), key=lambda name: (-counts[name], name))
        plain = BRACKETS.sub("", one), BRACKETS.sub("", other)
        is_slip = counts[rare] <= RARE * counts[kept] and min(map(len, plain)) >= SHORTEST[kind]
        if (
            (not place_of or place_of.get(kept) == place_of.get(rare))
            and counts[rare]
            and (plain[0] == plain[1] or is_slip)
        ):
            pairs.append(Pair(kind, kept, rare, False))
    return pairs


def _typed_alike(names: Iterable[str]) -> set[tuple[str, str]]:
    """Pairs one letter apart: both become the same when that letter is left out, so not every pair is compared."""
    near: dict[str, set[str]] = defaultdict(set)
    for text in names:
        for shorter in (text, *(text[:at] + text[at + 1 :] for at in range(len(text)))):
            near[shorter].add(text)
    pairs = {(a, b) for group in near.values() for a in group for b in group if a < b}
    return {pair for pair in pairs if _one_letter_apart(*pair)}


def _with_and_without_brackets(names: Iterable[str]) -> set[tuple[str, str]]:
    """养护所 and 养护所(甲街道办事处), where no other has the same words before the bracket."""
    owners: dict[str, list[str]] = defaultdict(list)
    for text in names:
        owners[BRACKETS.sub("", text)].append(text)
    return {(min(group), max(group)) for base, group in owners.items() if len(group) == 2 and base in group}
