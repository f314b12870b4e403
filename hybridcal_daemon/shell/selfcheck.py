"""Whether the top-level package ``actors`` is ours.

Owns: finding out whether another distribution of that name was installed over ours (there is one on PyPI, and
installers do not notice the clash). Promises: looks without importing it. Does not: repair anything.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Final

import hybridcal_daemon

if TYPE_CHECKING:
    from collections.abc import Callable

_OURS: Final = "hybridcal"


def foreign_actors(owners: Callable[[], list[str]] | None = None) -> str:
    """Why the package ``actors`` is not ours, in a sentence with the fix; '' when it is.

    ``owners``: gives the distributions that claim files of it, asked only when its place is right.
    """
    found = importlib.util.find_spec("actors")
    origin = Path(found.origin).parent if found is not None and found.origin else None
    home = Path(str(hybridcal_daemon.__file__)).parent.parent
    if origin is None or origin.parent.resolve() != home.resolve():
        return _sentence(f"it is at {origin}" if origin else "it is missing")
    others = sorted(set((owners or installed_owners)()) - {_OURS})
    return _sentence(f"the distribution `{others[0]}` has installed files into it") if others else ""


def installed_owners() -> list[str]:
    """Distributions that claim files of a top-level package ``actors``."""
    return [owner.lower() for owner in importlib.metadata.packages_distributions().get("actors", [])]


def _sentence(why: str) -> str:
    return (
        f"The Python package `actors` is not the one of hybridcal: {why}. "
        "Install hybridcal into a virtual environment of its own."
    )
