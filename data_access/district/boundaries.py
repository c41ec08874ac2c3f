"""The streets' polygons: GeoJSON that the district's profile names, whose features have a `name` and an outline."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import shapely

from data_access.district.profile import Profile, ProfileError

OUTLINES = ("Polygon", "MultiPolygon")


def street_shapes(profile: Profile) -> list[dict[str, Any]]:
    """The features, [] where the district brought none; raises `ProfileError` for a file that cannot be used."""
    path = profile.boundaries
    if path is None:
        return []
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise ProfileError(
            f"district.toml 的 boundaries 指的街道边界文件 {path} 读不到：放回这个文件，或删去 boundaries 一行"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.ShapelyError) as error:
        raise ProfileError(
            f"街道边界文件 {path} 用不了：应是 GeoJSON，features 里每个街道有 properties.name 和多边形"
        ) from error


def boundary_problem(profile: Profile) -> str:
    """What is wrong with the district's polygons, and what to do; '' where nothing is."""
    try:
        shapes = street_shapes(profile)
    except ProfileError as error:
        return str(error)
    named, streets = {shape["properties"]["name"] for shape in shapes}, [street.name for street in profile.streets]
    lacking = [street for street in streets if street not in named] if shapes else []
    return f"街道边界文件 {profile.boundaries} 里没有 streets.csv 的{'、'.join(lacking)}" if lacking else ""


@functools.lru_cache(maxsize=8)
def _read(path: Path, changed: int) -> list[dict[str, Any]]:
    """`changed`: when the file was (ns), so that one that was mended is read anew."""
    shapes: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8-sig"))["features"]
    for shape in shapes:
        outline = shapely.geometry.shape(shape["geometry"])
        if outline.is_empty or outline.geom_type not in OUTLINES or not isinstance(shape["properties"]["name"], str):
            raise ValueError("a feature without a street's outline or name")
    if not shapes:
        raise ValueError("no features")
    return shapes
