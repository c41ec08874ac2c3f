"""What can be wrong with a case store. Each message says what to do."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

DatabaseError = SQLAlchemyError  # what the database of the cases or of the ledger raises
GONE = "数据已更新，您看的这一版已不再保留：请刷新页面"


class StoreError(RuntimeError):
    """The store cannot do what was asked; the message says what to do."""


class StoreBusy(StoreError):
    """Another process is writing."""


class VersionGone(StoreError):
    """The version somebody began to read was superseded and cleaned away."""


class StoreDamaged(StoreError):
    """CURRENT, which names the version to read, is gone or names none, although there are versions."""


class NothingNew(Exception):
    """What was written changes nothing: no version is published."""


class QueryFailed(RuntimeError):
    """A statement of somebody's own that the database does not understand, or that this reader may not ask."""


class Ended(StoreError):
    """A statement was ended before its answer was there."""


class TooLong(Ended, QueryFailed):
    """It took longer than its reader may ask (`Profile.settings.limits`)."""


class TooMuch(Ended, QueryFailed):
    """It took more memory than readers may use together."""


class NobodyWaits(Ended):
    """Whoever asked has left or asked for something else."""
