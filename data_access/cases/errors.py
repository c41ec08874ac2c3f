"""What can be wrong with a case store. Each message says what to do."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

DatabaseError = SQLAlchemyError  # whatever a database, of cases or of decisions, refuses


class StoreError(RuntimeError):
    """The store cannot do what was asked; the message says what to do."""


class StoreBusy(StoreError):
    """Another process is writing."""


class VersionGone(StoreError):
    """The version somebody began to read was superseded and cleaned away."""


class StoreDamaged(StoreError):
    """What says which version is read is gone or points nowhere, while there are versions."""


class NothingNew(Exception):
    """What was written changes nothing: no version is published."""
