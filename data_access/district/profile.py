"""A district as data: one folder under profiles/, validated on load.

An error names file, line and field (`ProfileError`), so that whoever edits a CSV can mend it.
Rules carry `valid_from`: code asks for those in force on a day (`scoring_at`, `index_at`) and never names a year.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from data_access.district import mistakes
from data_access.district.access import LEAST, Access, AccessFile, Grant, Outside
from data_access.district.checking import ProfileError as ProfileError
from data_access.district.checking import check_references
from data_access.district.landmarks import Landmark
from data_access.district.models import (
    Benchmark,
    Bridge,
    Category,
    Community,
    IndexFile,
    IndexRules,
    Keywords,
    Row,
    Scoring,
    Settings,
    Street,
    Topic,
    Unit,
)
from data_access.district.own_measures import FILE, OwnMeasures, read_measures
from data_access.district.programmes import Person, Programme, Programmes
from data_access.district.retention import Retention, RetentionFile
from data_access.district.walls import Walls

SOON_HOURS = 24.0  # where the district says nothing else
LOG = logging.getLogger(__name__)
# A district may keep its profile outside the program's folder.
PROFILES = Path(os.environ.get("DISTRICT_PROFILES") or Path(__file__).resolve().parents[2] / "profiles")


class Profile(BaseModel):
    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)
    name: str
    folder: Path
    settings: Settings
    streets: tuple[Street, ...]
    communities: tuple[Community, ...]
    categories: tuple[Category, ...]
    units: tuple[Unit, ...]
    benchmarks: tuple[Benchmark, ...]
    topics: tuple[Topic, ...]
    bridge: tuple[Bridge, ...] = ()
    index: tuple[IndexRules, ...] = ()
    keywords: Keywords | None = None
    walls: Walls = Walls()
    programmes: Programmes = Programmes()
    people: tuple[Person, ...] = ()
    access: tuple[Access, ...] = ()
    own: OwnMeasures = OwnMeasures()
    retention: tuple[Retention, ...] = ()
    landmarks: tuple[Landmark, ...] = ()

    def __hash__(self) -> int:
        return hash((self.name, str(self.folder), self.own.text))

    def scoring_at(self, day: dt.date) -> Scoring:
        """The scoring rules in force on `day`; for a day before all of them, the earliest."""
        return _in_force(self.settings.scoring, day)

    def index_at(self, day: dt.date) -> IndexRules | None:
        """The rules of the 七有五性 index in force on `day`; None where the profile has none."""
        return _in_force(self.index, day) if self.index else None

    def least_at(self, day: dt.date) -> int:
        """The least number of cases that a figure tells of on `day`, for who may not see them one by one."""
        return _in_force(self.access, day).least if self.access else LEAST

    def outside_at(self, day: dt.date) -> Outside:
        """What sums do not tell on `day` of cases that somebody may not see one by one."""
        return _in_force(self.access, day).outside if self.access else Outside()

    def member(self, day: dt.date, account: str, claims: Mapping[str, Sequence[str]]) -> Person | None:
        """Whoever is known by what their identity says, as of `day`; None for nobody. `claims`: claim -> its values.

        Who should have a unit and names none that there is, is nobody: they would be of another unit, or of all.
        """
        members = _in_force(self.access, day).members if self.access else ()
        member = next((one for one in members if one.value in claims.get(one.claim, ())), None)
        if member is None or not account:
            return None
        unit = self.unit_named(next(iter(claims.get(member.unit, ())), "")) if member.unit else ""
        if member.unit and not unit:
            return None
        told = next(iter(claims.get("name", ())), "")
        # With the account behind: two people of one name are two, and nobody has the name of somebody in people.csv.
        return Person(name=f"{told}（{account}）" if told else account, role=member.role, unit=unit, login=account)

    def unit_named(self, name: str) -> str:
        """The unit, street or district of that name or alias, as units.csv or streets.csv writes it; '' for none."""
        rows: list[Unit | Street] = [*self.units, *self.streets]
        found = next((row.name for row in rows if name and name in (row.name, *row.aliases)), name)
        return found if found in {*(unit.name for unit in self.units), *self.several} else ""

    def retention_at(self, day: dt.date) -> Retention | None:
        """How long personal data is kept, as of `day`; None where the profile does not say."""
        return _in_force(self.retention, day) if self.retention else None

    def grant_at(self, day: dt.date, role: str) -> Grant:
        """What a role may see on `day`; nothing singly where access.toml does not name it."""
        grants = _in_force(self.access, day).grants if self.access else ()
        return next((grant for grant in grants if grant.role == role), Grant(role=role))

    def programme(self, kind: str) -> Programme:
        """The rules of a kind of matter; raises KeyError where the profile has none."""
        programmes = (programme for programme in self.programmes.programmes if programme.kind == kind)
        return next(programmes, None) or _no_programme(kind)

    def has_programme(self, kind: str) -> bool:
        """Whether the district has such a kind of matter."""
        return any(programme.kind == kind for programme in self.programmes.programmes)

    def parts_of(self, kind: str) -> list[Programme]:
        """The programmes whose matters are parts of a matter of `kind`."""
        return [programme for programme in self.programmes.programmes if programme.parent == kind]

    def family_of(self, source: str, category2: str, category3: str) -> str:
        """The family of problems a class belongs to (bridge.csv), '' for none."""
        known = ((row.source, row.category2, row.category3 or category3, row.family) for row in self.bridge)
        return next((family for *key, family in known if key == [source, category2, category3]), "")

    @property
    def districts(self) -> dict[str, tuple[str, ...]]:
        """The streets of each district; one district, unless streets.csv names several (a city's)."""
        found: dict[str, list[str]] = {}
        for street in self.streets:
            found.setdefault(street.district or self.settings.district.name, []).append(street.name)
        return {district: tuple(streets) for district, streets in found.items()}

    @property
    def several(self) -> tuple[str, ...]:
        """The districts of a city; none where there is but one."""
        return tuple(self.districts) if len(self.districts) > 1 else ()

    @property
    def district_of(self) -> dict[str, str]:
        """Street -> the district in which it lies."""
        return {street: district for district, streets in self.districts.items() for street in streets}

    def units_of(self, unit: str) -> tuple[str, ...]:
        """Whose matters are a unit's own: its, and those of a district's streets; none without a unit."""
        return tuple(filter(None, (unit, *(self.districts[unit] if unit in self.several else ()))))

    @property
    def soon_hours(self) -> float:
        """An open case with no more hours than these before its deadline is due soon (快到期): as the sign of important
        cases says."""
        return next((sign.hours for sign in self.programmes.priority if sign.rule == "due_within"), SOON_HOURS)

    @property
    def dissatisfied(self) -> tuple[str, ...]:
        """The words of satisfaction that count for nothing under the newest rules that know them."""
        rules = sorted(self.settings.scoring, key=lambda scoring: scoring.valid_from)
        worth = {grade: value for scoring in rules for grade, value in scoring.grades.items()}
        return tuple(grade for grade, value in worth.items() if value <= 0)

    @property
    def boundaries(self) -> Path | None:
        """The street polygons' file, or None when the district brought none."""
        name = self.settings.geography.boundaries
        return self.folder / name if name else None


def _no_programme(kind: str) -> Programme:
    raise KeyError(f"programmes.toml 里没有“{kind}”")


Dated = TypeVar("Dated", Scoring, IndexRules, Access, Retention)
Model = TypeVar("Model", bound=Row)


def _in_force(rules: Sequence[Dated], day: dt.date) -> Dated:
    ordered = sorted(rules, key=lambda rule: rule.valid_from)
    return next((rule for rule in reversed(ordered) if rule.valid_from <= day), ordered[0])


def _read_csv(path: Path, model: type[Model], *, required: bool = False) -> tuple[Model, ...]:
    if not path.exists():
        if required:
            raise ProfileError(f"{path}：缺少这个文件")
        return ()
    rows = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        for record in reader:
            try:
                rows.append(model.model_validate(record))
            except ValidationError as error:
                raise ProfileError(f"{path} 第 {reader.line_num} 行，{mistakes.in_row(error)}") from error
    return tuple(rows)


def _read_toml(path: Path, model: type[Model]) -> Model:
    return mistakes.read_toml(path, model, ProfileError)


def load_profile(folder: Path) -> Profile:
    """Read and check one district's folder; raises `ProfileError`."""
    names = ("indicators", "keywords", "wall", "programmes", "access", "privacy")
    indicators, keywords, walls, programmes, access, privacy = (folder / f"{name}.toml" for name in names)
    settings = _read_toml(folder / "district.toml", Settings)
    marks = settings.geography.landmarks
    profile = Profile(
        name=folder.name,
        folder=folder,
        settings=settings,
        streets=_read_csv(folder / "streets.csv", Street, required=True),
        communities=_read_csv(folder / "communities.csv", Community),
        categories=_read_csv(folder / "categories.csv", Category),
        units=_read_csv(folder / "units.csv", Unit),
        benchmarks=_read_csv(folder / "benchmarks.csv", Benchmark),
        topics=_read_csv(folder / "topics.csv", Topic),
        bridge=_read_csv(folder / "bridge.csv", Bridge),
        index=_read_toml(indicators, IndexFile).index if indicators.exists() else (),
        keywords=_read_toml(keywords, Keywords) if keywords.exists() else None,
        walls=_read_toml(walls, Walls) if walls.exists() else Walls(),
        programmes=_read_toml(programmes, Programmes) if programmes.exists() else Programmes(),
        people=_read_csv(folder / "people.csv", Person),
        access=_read_toml(access, AccessFile).access if access.exists() else (),
        own=read_measures(_own_text(folder)),
        retention=_read_toml(privacy, RetentionFile).retention if privacy.exists() else (),
        landmarks=_read_csv(folder / marks, Landmark, required=True) if marks else (),
    )
    check_references(profile)
    return profile


def profile_names() -> list[str]:
    """The districts that have a profile, in order; the first is the default."""
    return sorted(path.parent.name for path in PROFILES.glob("*/district.toml"))


Stamp = tuple[tuple[str, int, int], ...]  # file, when it was changed (ns), bytes
_LAST: dict[Path, Profile] = {}  # of each folder the profile that was read last without a mistake


def _stamp(folder: Path) -> Stamp:
    """What tells that a file was changed; measures.toml has its own way."""
    with os.scandir(folder) as files:
        known = [(file.name, file.stat()) for file in files if file.is_file() and file.name != FILE]
    return tuple(sorted((name, about.st_mtime_ns, about.st_size) for name, about in known))


@functools.lru_cache(maxsize=8)
def _loaded(folder: Path, stamp: Stamp) -> Profile | ProfileError:
    last = _LAST.get(folder)
    try:
        profile = load_profile(folder)
    except ProfileError as error:
        if last:
            LOG.error("区情配置改错了，仍用改之前的：%s", error)
        return error
    # Answers are kept under the profile: found by what is the same they cost nothing, by what is equal all its lines.
    return last if profile == last else profile


def _newest(name: str) -> Profile:
    """As its files say now; while they hold a mistake, as they said before."""
    if name not in profile_names():
        raise ProfileError(f"没有名为“{name}”的区情配置；现有：{'、'.join(profile_names())}")
    folder = PROFILES / name
    found = _loaded(folder, _stamp(folder))
    if isinstance(found, Profile):
        _LAST[folder] = found
    elif folder not in _LAST:
        raise found
    return _LAST[folder]


def mistake(profile: Profile) -> str:
    """What is wrong with the profile's files, which is why they are not used as they are; '' where nothing is."""
    found = _loaded(profile.folder, _stamp(profile.folder)) if profile.folder in _LAST else profile
    return "" if isinstance(found, Profile) else str(found)


def _own_text(folder: Path) -> str:
    """measures.toml as it stands, '' without one; with a letter that is no UTF-8 it is wrong there, not as a whole."""
    try:
        return (folder / FILE).read_text(encoding="utf-8-sig", errors="replace")
    except FileNotFoundError:
        return ""


@functools.lru_cache(maxsize=8)
def _with_own(profile: Profile, text: str) -> Profile:
    return profile.model_copy(update={"own": read_measures(text)})


def current_profile(name: str | None = None) -> Profile:
    """The profile by name, by `DISTRICT_PROFILE`, or the first one in profiles/.

    Its files are read again when they were changed: what they say holds from the next click on.
    """
    profile = _newest(name or os.environ.get("DISTRICT_PROFILE") or profile_names()[0])
    text = _own_text(profile.folder)
    return profile if profile.own.text == text else _with_own(profile, text)
