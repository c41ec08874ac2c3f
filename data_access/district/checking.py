"""What the files of a profile must agree on: names that one uses and another lists, rights that exclude each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from data_access.district.lines import line_with
from data_access.district.models import Bridge, Category, Community, Street, Unit
from data_access.district.vocabulary import DIMENSIONS_75

if TYPE_CHECKING:
    from data_access.district.profile import Profile


class ProfileError(ValueError):
    """A profile file that cannot be used; the message names file, line and field."""


def _check_known(path: Path, field: str, values: Iterable[str | tuple[str, ...]], known: set[str], where: str) -> None:
    """Raise for the first value (the rows of `path` in order) that is not among the known names."""
    for line, value in enumerate(values, start=2):
        for name in (value,) if isinstance(value, str) else value:
            if name and name not in known:
                raise ProfileError(f"{path} 第 {line} 行，字段 {field}：“{name}”不在{where}中")


def _check_names(path: Path, rows: Sequence[Street | Community | Unit]) -> None:
    """A name or alias stands for one row only; of two, an import would not know which is meant."""
    owner: dict[str, str] = {}
    for line, row in enumerate(rows, start=2):
        for name in (row.name, *row.aliases):
            if owner.setdefault(name, row.name) != row.name:
                raise ProfileError(f"{path} 第 {line} 行，字段 aliases：“{name}”也是“{owner[name]}”的名称或别名")


def _check_bridge(path: Path, bridge: Sequence[Bridge], categories: Sequence[Category]) -> None:
    """Every class exists and belongs to one row only (two would count a case twice); a family has both sources."""
    owner: dict[Category, int] = {}
    sides = {(row.family, row.source) for row in bridge}
    for line, row in enumerate(bridge, start=2):
        asked = ((name, getattr(row, name)) for name in ("source", "category2", "category3"))
        leaves = list(categories)
        for field, value in asked:
            leaves = [leaf for leaf in leaves if not value or getattr(leaf, field) == value]
            if not leaves:
                raise ProfileError(f"{path} 第 {line} 行，字段 {field}：“{value}”不在 categories.csv 中")
        for leaf in leaves:
            if owner.setdefault(leaf, line) != line:
                raise ProfileError(f"{path} 第 {line} 行，字段 category3：“{leaf.category3}”已在第 {owner[leaf]} 行")
        if len({source for family, source in sides if family == row.family}) < 2:
            raise ProfileError(f"{path} 第 {line} 行，字段 source：“{row.family}”缺少另一来源的分类")


def _check_districts(path: Path, streets: Sequence[Street]) -> None:
    """Every street of a city says in which district it lies: the others would be of a district called as the city."""
    if any(street.district for street in streets):
        for line, street in enumerate(streets, start=2):
            if not street.district:
                raise ProfileError(f"{path} 第 {line} 行，字段 district：“{street.name}”没有写在哪个区，别的街道写了")


def _of_role(folder: Path, field: str, role: str, why: str) -> ProfileError:
    path = folder / "access.toml"
    line = line_with(path.read_text(encoding="utf-8"), role)
    return ProfileError(f"{path} 第 {line} 行，字段 {field}：“{role}”{why}")


def _check_classes(profile: Profile) -> None:
    path, known = profile.folder / "district.toml", profile.categories
    for one in (*profile.settings.seasons, *profile.settings.focus):
        for field in ("category1", "category2", "category3") if known else ():
            for name in set(getattr(one, field, ())) - {getattr(category, field) for category in known}:
                line = line_with(path.read_text(encoding="utf-8"), name)
                raise ProfileError(f"{path} 第 {line} 行，字段 {field}：“{name}”不在 categories.csv 中")


def check_references(profile: Profile) -> None:
    folder, categories = profile.folder, profile.categories
    streets = {street.name for street in profile.streets}
    units = {unit.name for unit in profile.units}
    leaves = {category.category3 for category in categories}
    limits = {limit.limit_class for limit in profile.settings.time_limits}
    table = folder / "categories.csv"
    _check_known(
        folder / "communities.csv", "street", (c.street for c in profile.communities), streets, " streets.csv "
    )
    _check_known(table, "dimension", (c.dimension for c in categories), set(DIMENSIONS_75), "七有五性")
    _check_known(table, "unit", (c.unit for c in categories), units, " units.csv ")
    _check_known(table, "limit_class", (c.limit_class for c in categories), limits, " district.toml 的 time_limits ")
    _check_known(folder / "topics.csv", "category3", (t.category3 for t in profile.topics), leaves, " categories.csv ")
    _check_known(folder / "topics.csv", "lead_unit", (t.lead_unit for t in profile.topics), units, " units.csv ")
    roles = set(profile.programmes.roles)
    _check_known(folder / "people.csv", "role", (p.role for p in profile.people), roles, " programmes.toml 的 roles ")
    named = {grant.role for rules in profile.access for grant in rules.grants}
    logins = [person.login for person in profile.people if person.login]
    if twice := next((login for login in logins if logins.count(login) > 1), ""):
        raise ProfileError(f"{folder / 'people.csv'}，字段 login：“{twice}”写了两次：一个账号只能是一个人、一个角色")
    if strange := sorted(named - roles):
        raise _of_role(folder, "role", strange[0], "不在 programmes.toml 的 roles 中")
    kinds = profile.programmes.programmes
    acts = {role for kind in kinds for role in (*kind.opens, *(role for move in kind.moves for role in move.roles))}
    apart = {grant.role for rules in profile.access for grant in rules.grants if grant.stands_apart}
    if both := sorted(apart & acts):
        raise _of_role(folder, "audit、settings", both[0], "在 programmes.toml 里能办理")
    _check_known(
        folder / "people.csv", "unit", (p.unit for p in profile.people), units | {*profile.several}, " units.csv "
    )
    _check_bridge(folder / "bridge.csv", profile.bridge, categories)
    _check_classes(profile)
    _check_districts(folder / "streets.csv", profile.streets)
    _check_names(folder / "streets.csv", profile.streets)
    _check_names(folder / "communities.csv", profile.communities)
    _check_names(folder / "units.csv", profile.units)
