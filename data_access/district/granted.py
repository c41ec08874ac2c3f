"""The rights of the profile in words: who may what, and what the newest ones changed."""

from __future__ import annotations

import datetime as dt

from data_access.district.access import RIGHTS, Access, Grant
from data_access.district.profile import Profile

CASES = {"all": "全区", "own": "本街道发生的、本单位承办的", "none": "只看汇总"}
MATTERS = {"all": "全部", "own": "本单位的、经手的", "none": "看不到"}


def rights(grant: Grant) -> dict[str, str]:
    """A grant in words, '' for what is not allowed."""
    said = "标题内容地址" if grant.words else "遮去姓名、车牌、号码、门牌的标题内容，地址到胡同"
    extra = [words for words, given in ((said, grant.cases != "none"), ("诉求人代号", grant.callers)) if given]
    return {
        "案件": "，".join([CASES[grant.cases], *extra]),
        "事项": MATTERS[grant.matters],
        "下载": f"每个文件至多 {grant.exports:,} 件" if grant.exports else "",
        **{words: "可以" if right in grant.rights else "" for right, words in RIGHTS.items()},
    }


def acts(profile: Profile, role: str) -> list[str]:
    """Which programmes a role may open or move, as programmes.toml says."""
    kinds = profile.programmes.programmes
    named = [one.title for one in kinds if role in (*one.opens, *(who for move in one.moves for who in move.roles))]
    return [f"办理 {'、'.join(named)}"] if named else []


def changes(profile: Profile, day: dt.date) -> list[str]:
    """What the rights in force changed of those before, line by line."""
    begun = sorted((one for one in profile.access if one.valid_from <= day), key=lambda one: one.valid_from)
    if len(begun) < 2:
        return ["这是第一版权限，没有更早的可比"]
    before, now = ({grant.role: rights(grant) for grant in one.grants} for one in begun[-2:])
    found = [
        f"  {role}：{name} {before.get(role, {}).get(name) or '没有'} → {now.get(role, {}).get(name) or '没有'}"
        for role in dict.fromkeys([*before, *now])
        for name in rights(Grant(role=role))
        if (before.get(role, {}).get(name) or "") != (now.get(role, {}).get(name) or "")
    ]
    found += _of_sums(*begun[-2:])
    return [f"{begun[-1].valid_from} 起与 {begun[-2].valid_from} 起的相比：", *(found or ["  没有变化"])]


def _of_sums(before: Access, now: Access) -> list[str]:
    found = [f"  少数件的限度 {before.least} → {now.least}"] if before.least != now.least else []
    for words, field in (("页面", "pages"), ("指标", "measures")):
        was, is_now = ("、".join(getattr(one.outside, field)) or "没有" for one in (before, now))
        found += [f"  范围以外不给的{words} {was} → {is_now}"] if was != is_now else []
    return found
