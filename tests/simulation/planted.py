"""Planting bugs into the real program, to see that the simulation finds them.

Owns: what a bug is and how it is planted. Promises: a bug is one function or two of the program replaced for the time
of a run, in plain sight (``bugs_lists.py``, ``bugs_effects.py``), and put back afterwards. Does not: keep a list of
them beyond what those two modules register.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.simulation.seams import replaced

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

Change = tuple[Any, dict[str, Any]]
"""A module or class of the program, and the values that some of its attributes get."""


@dataclass(frozen=True, slots=True)
class Bug:
    """``what``: the mistake in words; ``found_by``: names of the invariants that must find it.

    ``near``: a seed that is known to find it; looking begins there, which only saves time.
    """

    name: str
    what: str
    found_by: frozenset[str]
    changes: Callable[[], list[Change]]
    near: int = 0

    def seeds(self, number: int) -> list[int]:
        """The first so many seeds, in the order in which they are tried."""
        return sorted(range(number), key=lambda seed: (seed - self.near) % number)


BUGS: dict[str, Bug] = {}


def bug(*found_by: str, near: int = 0) -> Callable[[Callable[[], list[Change]]], Callable[[], list[Change]]]:
    """Register a function that gives the changes; its name and docstring become the bug's."""

    def register(changes: Callable[[], list[Change]]) -> Callable[[], list[Change]]:
        name = changes.__name__.replace("_", "-")
        BUGS[name] = Bug(name, (changes.__doc__ or "").strip(), frozenset(found_by), changes, near)
        return changes

    return register


def planted(wanted: Bug) -> AbstractContextManager[object]:
    """Run with the bug in the program."""
    stack = ExitStack()
    for owner, values in wanted.changes():
        stack.enter_context(replaced(owner, **values))
    return stack
