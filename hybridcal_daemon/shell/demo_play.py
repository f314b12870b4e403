"""What the scenes of the demo share: the stage, waiting, and looking at what people see.

Owns: ``Play``. Promises: what is awaited comes true in time or SceneFailed says what did not. Does not: print.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain.values import DAY, MINUTE, Instant

if TYPE_CHECKING:
    from hybridcal_daemon.shell.stage import Stage
    from hybridcal_daemon.shell.stage_people import Person

PATIENCE: Final = 12.0
LEAD: Final = 5 * MINUTE
_LOOK: Final = 0.02


class SceneFailed(Exception):  # noqa: N818 - told to the audience
    """Something did not come true; the text says what was awaited and what was seen last."""


@dataclass(slots=True)
class Play:
    """The stage, what later scenes need of earlier ones, and the way to tell the audience."""

    stage: Stage
    tell: Callable[[str, str, float | None], None]
    events: dict[str, str] = field(default_factory=dict)

    @property
    def now(self) -> Instant:
        """Wall clock."""
        return self.stage.clock.now()

    def who(self, key: str) -> Person:
        """One of the people."""
        return self.stage.people[key]

    def until(self, what: str, look: Callable[[], Any], patience: float = PATIENCE) -> tuple[Any, float]:
        """Wait until ``look`` gives something true; that and the seconds it took. SceneFailed."""
        began = self.stage.clock.monotonic()
        pause = threading.Event()
        while True:
            seen = look()
            took = self.stage.clock.monotonic() - began
            if seen:
                return seen, took
            if took > patience:
                raise SceneFailed(f"after {patience:.0f} s still not true: {what}")
            pause.wait(_LOOK)

    def hold(self, what: str, look: Callable[[], Any], seconds: float) -> None:
        """See that ``look`` stays true for a while. SceneFailed."""
        end = self.stage.clock.monotonic() + seconds
        pause = threading.Event()
        while self.stage.clock.monotonic() < end:
            if not look():
                raise SceneFailed(f"did not stay true: {what}")
            pause.wait(5 * _LOOK)

    def titles(self, key: str) -> list[str]:
        """Titles in a person's meetings list, a week back and a month ahead, one per occurrence."""
        return [title for _, title in self.who(key).subjects(self.now - 7 * DAY, self.now + 31 * DAY)]

    def starts(self, key: str, title: str) -> list[str]:
        """Starts of the occurrences with this title in a person's list."""
        everything = self.who(key).subjects(self.now - 7 * DAY, self.now + 31 * DAY)
        return [start for start, seen in everything if seen == title]

    def cards(self, key: str, title: str, *, alive: bool) -> list[Any]:
        """A person's Join cards for a meeting: those on screen, or all that ever were."""
        cards = self.stage.webex.messages_for(self.who(key).address)
        return [card for card in cards if title in card.text and (card.deleted is None or not alive)]


def soon(play: Play, seconds: float = 3.0) -> float:
    """A start time whose Join moment is a few seconds away (whole seconds, as calendars have them)."""
    return float(int(play.now + LEAD + seconds + 1))
