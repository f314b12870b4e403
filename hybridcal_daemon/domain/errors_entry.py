"""The shape of one entry in the catalogue of troubles.

Owns: ``Entry`` and the sentence most entries share. Does not: hold entries (``errors.py``, ``errors_google.py`` do).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Entry:
    """One trouble. ``means`` and ``fix`` are whole sentences for the operator."""

    means: str
    daemon: str
    fix: str


RETRY: Final = "It tries again by itself, at growing intervals."
