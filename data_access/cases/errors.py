"""What can be wrong with a case store. Each message says what to do."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

DatabaseError = SQLAlchemyError  # what the database of the cases or of the ledger raises


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
