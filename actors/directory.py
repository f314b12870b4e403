"""Who is reachable under which name.

Owns: the map from names to refs. Promises: every operation but :meth:`Directory.refs` takes the same time however many
there are, and all may be called from any thread. Does not: start, stop or supervise; it replaces Pykka's
ActorRegistry, whose look-ups and removals scan a list (10,000 actors: 1.15 s to stop them, performance.md 1).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pykka

if TYPE_CHECKING:
    from actors.runtime import Ref


class Directory:
    """Names and refs, oldest first."""

    def __init__(self) -> None:
        self._refs: dict[str, pykka.ActorRef[Any]] = {}
        self._lock = threading.Lock()

    def put(self, name: str, ref: Ref) -> None:
        """Enter or replace."""
        with self._lock:
            self._refs.pop(name, None)  # a successor is younger than all others
            self._refs[name] = ref

    def get(self, name: str) -> Ref | None:
        """Who is entered under the name, dead or alive."""
        return self._refs.get(name)

    def remove(self, name: str, ref: Ref | None = None) -> bool:
        """Take the name out; with ``ref`` only while it is that one's: the dead must not remove their successor."""
        with self._lock:
            found = self._refs.get(name)
            if found is None or ref not in (None, found):
                return False
            del self._refs[name]
            return True

    def tell(self, name: str, message: object) -> bool:
        """Send; False when nobody living has the name. True is no promise that the message will be handled."""
        ref = self._refs.get(name)
        if ref is None:
            return False
        try:
            ref.tell(message)
        except pykka.ActorDeadError:
            return False
        return True

    def refs(self) -> list[Ref]:
        """Everybody entered now, oldest first."""
        with self._lock:
            return list(self._refs.values())

    def __len__(self) -> int:
        return len(self._refs)
