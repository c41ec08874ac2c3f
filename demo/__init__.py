"""The demo district: synthetic cases whose totals are the published ones, and a ledger about them (docs/demo.md)."""

from demo.decisions import decide
from demo.generate import generate, generate_all
from demo.ledger_file import ledger_is_missing, write_ledger
from demo.live import live

__all__ = ["decide", "generate", "generate_all", "ledger_is_missing", "live", "write_ledger"]
