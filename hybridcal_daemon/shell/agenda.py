"""The bot's ear: whether somebody wrote "today" to it.

Owns: looking into the bot's 1:1 rooms from time to time, and who gets which answer.
Promises: nothing that was written before the first look is answered, and each message at most once; a person who is
not activated gets no answer; who writes something else is told once what one can write; one look makes a bounded
number of requests, and rooms that had no turn have it next time, those in which somebody wrote last first; failures
make the looks rarer until one succeeds again. Does not: make answers (each person's actor orders its own), or keep
anything of what people wrote.

It has a thread of its own: the scheduler's is for jobs that only send messages, and a look waits for Webex. Webex can
push to a bot only where it is reached from outside, which many sites do not allow.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.messages import AgendaAsked
from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.shell.bot_words import BotWords

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.values import Plain, UserId
    from hybridcal_daemon.ports import Clock, Heard, Log, WebexApi

SETTLING: Final = 60.0
"""Seconds within which a message may turn up after one that was written later."""
FIRST_BACK: Final = 600.0
"""The first look goes back so far, to learn what Webex' clock says."""
AT_ONCE: Final = 50
"""Rooms that one look opens."""
WAITING: Final = 2000
"""Rooms that may wait for their turn."""
REMEMBERED: Final = 10_000
SLOWEST: Final = 900.0
"""Seconds between two looks when all fail."""
_OFF: Final = 5.0
"""How often it is seen whether looking was switched on."""


class Ear:
    """One for the process; ``look`` is for one thread at a time.

    ``who(address)``: the activated person with this address, None when there is none, CallError; ``tell(user,
    question)``: to their actor; ``interval()``: seconds between two looks, 0 for none. ``rest``: seconds to wait after
    a failure.
    """

    def __init__(
        self,
        make_webex: Callable[[], WebexApi],
        who: Callable[[Plain[str]], UserId | None],
        tell: Callable[[UserId, AgendaAsked], None],
        words: BotWords,
        clock: Clock,
        log: Log,
        interval: Callable[[], float],
    ) -> None:
        self._make_webex = make_webex
        self._who = who
        self._tell = tell
        self._words = words
        self._clock = clock
        self._log = log
        self._interval = interval
        self._webex: WebexApi | None = None
        self._began: Instant | None = None
        self._theirs = Instant(0)
        self._ours = 0.0
        self._waiting: dict[str, Instant] = {}
        self._opened: dict[str, Instant] = {}
        self._answered: OrderedDict[str, None] = OrderedDict()
        self._helped: OrderedDict[str, None] = OrderedDict()
        self._failures = 0
        self.rest = 0.0
        self._code = ""
        self._ended = threading.Event()

    # ---- life

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._run, name="ear", daemon=True).start()

    def stop(self) -> None:
        """No further look."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._ended.wait(self.turn())

    def turn(self) -> float:
        """Look if that is wanted; gives the seconds until the next turn."""
        interval = self._interval()
        if interval:
            self.look()
        else:
            self._began = None  # what is written meanwhile is not answered later
        return max(interval or _OFF, self.rest)

    # ---- one look

    def look(self) -> None:
        """Answer what was written since the last look; never raises."""
        try:
            self._look()
        except CallError as failure:
            self._failed(failure)
        except Exception:  # noqa: BLE001 - whatever Webex answers, the ear goes on; the daemon does not depend on it
            self._failed(None)
        else:
            self._failures, self.rest, self._code = 0, 0.0, ""

    def _failed(self, failure: CallError | None) -> None:
        """Look less often; said once for each reason."""
        self._failures += 1
        asked = 0.0 if failure is None else failure.retry_after or 0.0
        self.rest = min(max(self._interval() * 2.0 ** min(self._failures, 10), asked), SLOWEST)
        code = "webex-bad-answer" if failure is None else failure.code
        if code != self._code:
            self._code = code
            self._log.emit("warning", "bot.deaf", code=code, seconds=self.rest)

    def _look(self) -> None:
        if self._webex is None:
            self._webex = self._make_webex()
        now = self._clock.monotonic()
        if self._began is None:
            self._begin(self._webex)
        else:
            self._hear(self._webex, Instant(max(self._began, self._theirs - SETTLING)))
            self._theirs = Instant(self._theirs + now - self._ours)  # at least: that was what it was at the last look
        self._ours = now

    def _begin(self, webex: WebexApi) -> None:
        """Learn what was written last, by Webex' clock: what comes after it is new."""
        long_ago = Instant(self._clock.now() - FIRST_BACK)
        active = [room.active_at for room in webex.bot_rooms(since=long_ago)]
        self._began = self._theirs = max([long_ago, *active])
        self._waiting.clear()
        self._opened.clear()

    def _hear(self, webex: WebexApi, since: Instant) -> None:
        """Open rooms in which something was written; then, if there is time, look again for what turned up late."""
        active = {room.room_id: room.active_at for room in webex.bot_rooms(since=since)}
        for room_id, at in reversed(active.items()):
            if self._opened.get(room_id) != at:
                self._waiting[room_id] = self._waiting.pop(room_id, since)  # the last active one is the last of them
        for room_id in list(self._waiting)[:-WAITING]:
            del self._waiting[room_id]
        again = [room_id for room_id in active if room_id not in self._waiting]
        self._opened = {room_id: at for room_id, at in self._opened.items() if room_id in active}
        for room_id in [*reversed(self._waiting), *again][:AT_ONCE]:
            self._open(webex, room_id, self._waiting.get(room_id, since))
            self._waiting.pop(room_id, None)
            self._opened[room_id] = active.get(room_id, since)
        self._theirs = max([self._theirs, *active.values()])

    def _open(self, webex: WebexApi, room_id: str, since: Instant) -> None:
        said = webex.bot_messages(room_id, since=since)
        asked: dict[int | None, list[Heard]] = {}
        for message in said:
            if message.message_id not in self._answered:
                asked.setdefault(self._words.day(message.text.reveal()), []).append(message)
        other = asked.pop(None, [])
        for day, messages in asked.items():
            self._answer(messages, day)
        if other and not asked:
            self._answer(other, None)
        self._note(other)

    def _answer(self, messages: list[Heard], day: int | None) -> None:
        """Answer to the newest of what means the same; noted at once, so that no failure later on repeats it."""
        user = self._who(messages[0].sender)
        if user is None:
            self._log.emit("info", "bot.stranger")
        elif day is not None or user not in self._helped:
            self._tell(user, AgendaAsked(key=messages[0].message_id, day=day))
        if user is not None and day is None:
            _remember(self._helped, user)
        self._note(messages)

    def _note(self, messages: list[Heard]) -> None:
        for message in messages:
            _remember(self._answered, message.message_id)


def _remember(known: OrderedDict[str, None], key: str) -> None:
    """Note it as the newest; the oldest leaves when there are too many."""
    known[key] = None
    if len(known) > REMEMBERED:
        known.popitem(last=False)
