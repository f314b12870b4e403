"""Futures that somebody waits for, by name.

Owns: at most one future per name, however many wait for it, so that what nobody fetches cannot pile up.
Promises: ``give``, ``fail`` and ``fail_all`` answer everybody who waits, and a name without a future is fine.
Does not: know what is waited for, or hold an answer once it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    import pykka

K = TypeVar("K")


class Waiting(Generic[K]):
    """Used by one actor; its futures by everybody."""

    def __init__(self, make_future: Callable[[], pykka.Future[Any]]) -> None:
        self._make_future = make_future
        self._futures: dict[K, pykka.Future[Any]] = {}

    def on(self, name: K) -> pykka.Future[Any]:
        """Give the future of this name, the same one to all who wait for it."""
        if name not in self._futures:
            self._futures[name] = self._make_future()
        return self._futures[name]

    def given(self, value: object) -> pykka.Future[Any]:
        """Make a future that is set already."""
        future = self._make_future()
        future.set(value)
        return future

    def failed(self, error: Exception) -> pykka.Future[Any]:
        """Make a future that raises."""
        future = self._make_future()
        future.set_exception((type(error), error, None))
        return future

    def give(self, name: K, value: object) -> None:
        """Answer everybody who waits for this name."""
        future = self._futures.pop(name, None)
        if future is not None:
            future.set(value)

    def fail(self, name: K, error: Exception) -> None:
        """Let everybody who waits for this name have the error."""
        future = self._futures.pop(name, None)
        if future is not None:
            future.set_exception((type(error), error, None))

    def fail_all(self, error: Exception) -> None:
        """Let everybody who waits for anything have the error."""
        for name in list(self._futures):
            self.fail(name, error)

    def __contains__(self, name: K) -> bool:
        return name in self._futures

    def __len__(self) -> int:
        return len(self._futures)
