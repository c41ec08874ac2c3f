"""What people find their way by on a map (landmarks.csv): roads, places, what lies around. Drawn schematically."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import field_validator, model_validator

from data_access.district.rows import Row

Point = tuple[float, float]  # longitude, latitude (WGS-84 degrees)
LEAST: Final = {"道路": 2, "区域": 3, "地点": 1, "周边": 1}  # points of each kind


class Landmark(Row):
    """`points`: of a road its course, of an area its corners, of a place or a neighbour where it is. `label`: where its
    name stands, the middle unless given."""

    name: str
    kind: Literal["道路", "区域", "地点", "周边"]
    points: tuple[Point, ...]
    label: Point | None = None

    @field_validator("points", "label", mode="before")
    @classmethod
    def _read(cls, value: Any, info: Any) -> Any:
        if not isinstance(value, str):
            return value
        read = tuple(_point(part) for part in value.split("|") if part.strip())
        return read if info.field_name == "points" else read[0] if read else None

    @model_validator(mode="after")
    def _has_enough(self) -> Landmark:
        if len(self.points) < LEAST[self.kind]:
            raise ValueError(f"points：{self.kind}至少要 {LEAST[self.kind]} 个点")
        return self

    @property
    def stands(self) -> Point:
        """Where its name stands."""
        lon, lat = zip(*self.points, strict=True)
        return self.label or (sum(lon) / len(lon), sum(lat) / len(lat))


def _point(text: str) -> Point:
    """A point written as longitude and latitude with a space between."""
    try:
        lon, lat = (float(part) for part in text.split())
    except ValueError as error:
        raise ValueError(f"“{text.strip()}”应写成“经度 纬度”，点之间用 |") from error
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(f"“{text.strip()}”不是经度、纬度：可能写反了")
    return lon, lat
