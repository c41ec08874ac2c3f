"""Superset as for production, on one machine: gunicorn's workers, every cache on and shared between them, compressed
answers (its default), no examples, no asynchronous queries (they would need Redis and workers of their own).
"""

from pathlib import Path

FOLDER = Path("superset-home").resolve()
SQLALCHEMY_DATABASE_URI = f"sqlite:///{FOLDER / 'superset.db'}?check_same_thread=false"
FEATURE_FLAGS = {"CHART_PLUGINS_EXPERIMENTAL": True}  # the card of a figure with its change
TALISMAN_ENABLED = False  # it is opened by http://127.0.0.1
LOG_LEVEL = "WARNING"
SUPERSET_WEBSERVER_TIMEOUT = 120
PREVENT_UNSAFE_DB_CONNECTIONS = False  # a DuckDB file
ROW_LIMIT = 100_000


def _kept(name: str) -> dict[str, object]:
    return {
        "CACHE_TYPE": "FileSystemCache",
        "CACHE_DIR": str(FOLDER / "cache" / name),
        "CACHE_DEFAULT_TIMEOUT": 86_400,
        "CACHE_THRESHOLD": 100_000,
    }


CACHE_CONFIG = _kept("general")
DATA_CACHE_CONFIG = _kept("data")
FILTER_STATE_CACHE_CONFIG = _kept("filters")
EXPLORE_FORM_DATA_CACHE_CONFIG = _kept("forms")
