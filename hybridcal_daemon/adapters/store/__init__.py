"""The store: a SQLite file in a private, locked state directory."""

from hybridcal_daemon.adapters.store.sqlite import SqliteStore
from hybridcal_daemon.adapters.store.statedir import StateForeign, StateLocked, StateRefused, StateUnsafe

__all__ = ["SqliteStore", "StateForeign", "StateLocked", "StateRefused", "StateUnsafe"]
