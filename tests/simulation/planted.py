"""Planting bugs into the real program, to see that the simulation finds them.

Owns: what a bug is, how it is planted, in which order seeds are tried. Promises: a bug is one function or two of the
program replaced for the time of a run, in plain sight (``bugs_*.py``), and put back afterwards. Does not: keep a list
of them beyond what those modules register.

Where a bug was found last is remembered in ``found.json`` (``python -m tests.simulation.replay --bugs --remember``
writes it anew). That only saves time: when the workload has changed and the seed finds it no longer, those seeds are
tried next in which the states occur that the bug ``needs``, and then all others.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.simulation.seams import replaced

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

FOUND: Final = Path(__file__).with_name("found.json")
Change = tuple[Any, dict[str, Any]]
"""A module or class of the program, and the values that some of its attributes get."""


@dataclass(frozen=True, slots=True)
class Bug:
    """``what``: the mistake in words; ``found_by``: names of the invariants that must find it.

    ``needs``: states without which it cannot be found, as runs without the bug reach them.
    """

    name: str
    what: str
    found_by: frozenset[str]
    changes: Callable[[], list[Change]]
    needs: tuple[str, ...] = ()

    def seeds(self, number: int, reached: Callable[[int], Counter[str]] | None = None) -> Iterator[int]:
        """The first so many seeds, in the order in which they are tried. ``reached``: in a run without a bug."""
        last = found().get(self.name, 0)
        yield last
        others = [seed for seed in range(number) if seed != last]
        if not self.needs or reached is None:
            yield from others
            return
        hopeless = []
        for seed in others:
            if all(reached(seed)[state] for state in self.needs):
                yield seed
            else:
                hopeless.append(seed)
        yield from hopeless


@cache
def found() -> dict[str, int]:
    """The seed that found each bug when that was last looked at."""
    return json.loads(FOUND.read_text()) if FOUND.exists() else {}


BUGS: dict[str, Bug] = {}


def bug(
    *found_by: str, needs: tuple[str, ...] = ()
) -> Callable[[Callable[[], list[Change]]], Callable[[], list[Change]]]:
    """Register a function that gives the changes; its name and docstring become the bug's."""

    def register(changes: Callable[[], list[Change]]) -> Callable[[], list[Change]]:
        name = changes.__name__.replace("_", "-")
        BUGS[name] = Bug(name, (changes.__doc__ or "").strip(), frozenset(found_by), changes, needs)
        return changes

    return register


def planted(wanted: Bug) -> AbstractContextManager[object]:
    """Run with the bug in the program."""
    stack = ExitStack()
    for owner, values in wanted.changes():
        stack.enter_context(replaced(owner, **values))
    return stack
