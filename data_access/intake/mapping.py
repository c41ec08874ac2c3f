"""Which column of a source's file is which field: a TOML file in the profile's mappings/, or one given by hand.

label = "12345工单导出"           # what people call this export
source = "hotline"                # hotline or grid
crs = "GCJ-02"                    # of lon and lat; WGS-84 when left out
zone = "UTC"                      # of times that say none; or "+09:00"; Beijing when left out
dates = ["%d/%m/%Y %H:%M"]        # formats before the usual ones; also epoch_seconds, epoch_milliseconds, oracle
as_of = 2022-12-31T08:00:00       # up to when the export knows; left out, told from its times
[columns]                         # field = header, or several headers of which the first present counts
case_id = "工单编号"               # "*": the source has no number, the whole row is its own key
created_at = ["来电时间", "创建时间"]
district = "被反映区"              # a city's: tells streets of one name apart, and is not stored
closed_at = {date = "办结日期", time = "办结时间"}   # in two columns
[values.is_excluded]              # text of the source = stored value
"剔除" = 1
[live]                            # for sync: where the rows stand in the source's own database
table = "order_view"              # a table or view, with its schema where needed
modified = ["更新时间", "来电时间"]  # by which changes are told: the first that is filled; else updated_at's column
overlap_minutes = 10              # read again each time: what was written late
[[set]]                           # where a column contains a text, set a field to a value
column = "当前阶段"
contains = "作废"
field = "is_void"
value = 1
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from data_access.cases.masking import masked
from data_access.cases.schema import cases
from data_access.district.mistakes import read_toml
from data_access.district.profile import Profile
from data_access.intake.loading import DERIVED
from data_access.intake.moments import NAMED, ZONE
from data_access.intake.reading import Expected

CALLER = "caller"  # the caller's number: hashed into caller_key, never stored
DISTRICT = "district"  # in which a street lies: read with its name, never stored
NOT_MAPPED = {"source", "caller_key", "created_day", "handling_seconds", "batch_id", "is_repeat", "h3_cell"}
FIELDS = frozenset({column.name for column in cases.columns} - NOT_MAPPED | {CALLER, DISTRICT})
FLAGS = frozenset({name for name in FIELDS if name.startswith(("is_", "has_"))} | (DERIVED.keys() & FIELDS))
REQUIRED = ("case_id", "created_at")
WHOLE_ROW = "*"


class MappingError(ValueError):
    """A mapping that cannot be used; the message names file and field."""


class Rule(BaseModel):
    """Where `column` contains the text, `field` becomes `value`; with `take`, a blank `field` copies that field."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    column: str
    contains: str
    field: str
    value: str | int | None = None
    take: str = ""


class Live(BaseModel):
    """Where a live source keeps the rows, and by which columns changes are told."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    table: str
    modified: tuple[str, ...] = ()
    overlap_minutes: float = Field(default=10, ge=0)

    @field_validator("modified", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value


class Mapping(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    label: str
    source: Literal["hotline", "grid"]
    crs: Literal["WGS-84", "GCJ-02", "BD-09"] = "WGS-84"
    dates: tuple[str, ...] = ()
    zone: str = ""
    as_of: datetime | None = None
    columns: dict[str, tuple[str, ...]]
    times: dict[str, str] = Field(default_factory=dict, exclude=True)  # field -> header of its time of day
    values: dict[str, dict[str, str | int]] = Field(default_factory=dict)
    rules: tuple[Rule, ...] = Field(default=(), alias="set")
    live: Live | None = None

    @model_validator(mode="before")
    @classmethod
    def _date_and_time(cls, value: Any) -> Any:
        """A field in two columns: its date is read as its column, its time of day beside it."""
        columns = value.get("columns") if isinstance(value, dict) else None
        if not isinstance(columns, dict):
            return value
        split = {name: pair for name, pair in columns.items() if isinstance(pair, dict)}
        if wrong := [name for name, pair in split.items() if set(pair) != {"date", "time"} or not name.endswith("_at")]:
            raise ValueError(f"{'、'.join(wrong)} 须写成 列名、[列名, …]，时间也可以写成 {{date = 列名, time = 列名}}")
        joined = columns | {name: pair["date"] for name, pair in split.items()}
        return value | {"columns": joined, "times": {name: pair["time"] for name, pair in split.items()}}

    @field_validator("dates")
    @classmethod
    def _one_moment_each(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        for item in formats:
            if item not in NAMED and ("%" not in item or "%z" in item.lower()):
                raise ValueError(f"“{item}”不是时间格式：写 %Y-%m-%d %H:%M 之类，或 {'、'.join(NAMED)}；时区写在 zone")
        return formats

    @field_validator("zone")
    @classmethod
    def _zone_is_known(cls, zone: str) -> str:
        if zone and not ZONE.fullmatch(zone):
            raise ValueError(f"“{zone}”不是时区：写 UTC 或 +08:00 之类")
        return zone

    @field_validator("columns", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        if wrong := [name for name, headers in value.items() if not isinstance(headers, str | list | tuple)]:
            raise ValueError(f"{'、'.join(wrong)} 须写成 列名 或 [列名, …]")
        return {name: (headers,) if isinstance(headers, str) else headers for name, headers in value.items()}

    @field_validator("columns")
    @classmethod
    def _columns_are_fields(cls, columns: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        if unknown := sorted({*columns} - FIELDS):
            raise _unknown(unknown, FIELDS)
        if missing := [name for name in REQUIRED if name not in columns]:
            raise ValueError(f"缺少必需的字段：{'、'.join(missing)}")
        return columns

    @model_validator(mode="after")
    def _known_fields(self) -> Mapping:
        stored = FIELDS - {CALLER, DISTRICT}
        if unknown := sorted({*self.values, *(rule.field for rule in self.rules)} - stored):
            raise _unknown(unknown, stored)
        return self

    def present(self, header: Sequence[str]) -> dict[str, str]:
        """Field -> the header it is read from, for the headers the file has."""
        header_of = {}
        for name, candidates in self.columns.items():
            chosen = next((item for item in candidates if item in header or item == WHOLE_ROW), None)
            if chosen and self.times.get(name, chosen) in (*header, WHOLE_ROW):
                header_of[name] = chosen
        return header_of

    @property
    def headers(self) -> set[str]:
        """Every header that the mapping reads where a file has it."""
        named = {name for candidates in self.columns.values() for name in candidates} - {WHOLE_ROW}
        return named | {rule.column for rule in self.rules} | set(self.times.values())

    def clocks(self, header: Sequence[str]) -> dict[str, str]:
        """Field -> the header of its time of day, for fields in two columns."""
        return {name: clock for name, clock in self.times.items() if name in self.present(header)}

    def check_doubled(self, path: Path, doubled: dict[str, list[str]]) -> None:
        """Of two columns with one name nobody can say which is meant; where neither is read, that does no harm."""
        for name in sorted(self.headers & doubled.keys()):
            wholes = doubled[name]
            way = "请改名后再导入" if len(set(wholes)) == 1 else f"请在对照表里写全名（{'、'.join(wholes)}）"
            raise MappingError(f"{path} 有 {len(wholes)} 个重名的列“{name}”，对照表要读它；{way}")

    def fits(self, header: Sequence[str]) -> bool:
        return all(name in self.present(header) for name in REQUIRED)


def _unknown(names: Sequence[str], known: Collection[str]) -> ValueError:
    return ValueError(f"不认识的字段：{'、'.join(names)}；可用：{'、'.join(sorted(known))}")


def load_mapping(path: Path) -> Mapping:
    """Read one mapping file; raises `MappingError`."""
    return read_toml(path, Mapping, MappingError)


def shipped_mappings(profile: Profile) -> dict[str, Path]:
    """The profile's own mappings by name."""
    return {path.stem: path for path in sorted((profile.folder / "mappings").glob("*.toml"))}


def expected_headers(profile: Profile, wanted: str | None) -> Expected:
    """The headers by which a file's header row is known: the mapping's asked for, else all that the profile knows."""
    mappings = [load_mapping(path_of(profile, wanted))] if wanted else list(_shipped(profile).values())
    names = frozenset(name for mapping in mappings for name in mapping.headers)
    return Expected(names, lambda header: any(mapping.fits(header) for mapping in mappings))


def _shipped(profile: Profile) -> dict[str, Mapping]:
    return {name: load_mapping(path) for name, path in shipped_mappings(profile).items()}


def path_of(profile: Profile, wanted: str) -> Path:
    """The file of a mapping, by the profile's name for it or by its own path; raises `MappingError`."""
    shipped = shipped_mappings(profile)
    path = shipped.get(wanted) or Path(wanted)
    if path.suffix != ".toml":
        raise MappingError(
            f"没有名为“{wanted}”的字段对照表；现有：{'、'.join(shipped) or '（无）'}，或给出 .toml 文件路径"
        )
    return path


def find_mapping(profile: Profile, header: Sequence[str], wanted: str | None) -> tuple[str, Mapping]:
    """The mapping asked for by name or file, else the profile's one that knows most of the headers."""
    if wanted:
        path = path_of(profile, wanted)
        mapping = load_mapping(path)
        if not mapping.fits(header):
            needed = {name: mapping.columns[name] for name in REQUIRED if name not in mapping.present(header)}
            raise MappingError(
                f"文件里没有对照表 {path} 要求的列：{_listed(needed)}；文件的列：{masked('、'.join(header[:30]))}"
            )
        return path.stem, mapping
    fitting = {name: mapping for name, mapping in _shipped(profile).items() if mapping.fits(header)}
    if not fitting:
        raise MappingError(
            f"认不出这种表头：{masked('、'.join(header[:30]))}。请先运行 python -m data_access import --guess 文件"
            " > 对照表.toml，改好后用 --mapping 对照表.toml 导入"
        )
    return max(fitting.items(), key=lambda item: len(item[1].present(header)))


def _listed(needed: dict[str, tuple[str, ...]]) -> str:
    return "；".join(f"{name}（{' 或 '.join(headers)}）" for name, headers in needed.items())
