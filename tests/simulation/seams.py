"""The places where the real program is bent for a simulation: three, and no more.

Owns: virtual time for google-auth's assertions, a seeded source for keys and nonces, and :func:`replaced`, by which
bugs are planted (``planted.py``). Promises: everything is as before when the ``with`` ends, whatever happened inside.
Does not: stand in for anything that the daemon itself does; signatures and encryption stay real.
"""

from __future__ import annotations

import random
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from google.auth import _helpers as google_time

from hybridcal_daemon.adapters.kms import aead, jwe, keyring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybridcal_daemon.ports import Clock


@contextmanager
def replaced(owner: Any, **values: Any) -> Iterator[None]:
    """Give attributes of a module or class other values for a while."""
    before = {name: vars(owner)[name] for name in values}
    try:
        for name, value in values.items():
            setattr(owner, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(owner, name, value)


@contextmanager
def deterministic(clock: Clock, seed: int) -> Iterator[None]:
    """Let assertions be dated by ``clock``, and keys and nonces come from the seed.

    Keys matter for the order of things: a card's identity has a keyed hash in it, and its back-off is spread by that.
    """
    source = random.Random(f"kernel/{seed}").randbytes
    with ExitStack() as stack:
        stack.enter_context(
            replaced(google_time, utcnow=lambda: datetime.fromtimestamp(clock.now(), UTC).replace(tzinfo=None))
        )
        for module in (aead, jwe, keyring):
            stack.enter_context(replaced(module, random_bytes=source))
        yield
