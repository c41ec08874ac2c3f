"""The demo district: synthetic cases whose totals are the published ones (docs/demo.md)."""

from data_access.demo.generate import generate
from data_access.demo.live import live

__all__ = ["generate", "live"]
