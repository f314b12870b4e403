"""What all actors of ours have in common, whatever runs them.

Owns: the dispatch of messages to handlers, and what an actor's death looks like. Promises: a death is reported exactly
once, with the type of the error and the lines of code it came through, never with its text, a message or a variable;
no exception in one actor stops another, SystemExit included. Does not: choose a thread (``runtime.py``), restart
anything (``supervisor.py``).

A behaviour is a plain class; a runtime puts it in front of a Pykka actor class. What Pykka does that bites, and what
is done about it here: a failing ``on_start`` never reaches ``on_failure`` (here it is a death like any other); a
failing ``tell`` ends the actor and drops its queue, a failing ``ask`` goes back to the asker and ends nothing (kept);
SystemExit and the like stop all registered actors (here: a death of this one with ``fatal`` set, also in an ``ask``).
"""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, final, get_args

import pykka
from pykka.messages import _ActorStop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType, UnionType

M = TypeVar("M", bound="Callable[[Any, Any], object]")
_MARK: Final = "_handled_messages"
_FRAMES: Final = 8


class Unwind(BaseException):
    """Base of what a runtime raises through a running handler (a simulated crash): never treated as a death."""


class UnhandledMessageError(TypeError):
    """The behaviour has no handler for a message of this type."""


class FatalError(RuntimeError):
    """What an asker gets when the actor met SystemExit or the like: its type name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Died:
    """An actor's death. ``error``: type name; ``trace``: up to 8 innermost "module:line", the last one raised it.

    ``fatal``: the error was no Exception (SystemExit, KeyboardInterrupt ...), so restarting is no answer.
    """

    name: str
    error: str
    trace: tuple[str, ...]
    fatal: bool


def handles(*messages: type | UnionType) -> Callable[[M], M]:
    """Mark a method ``(self, message)`` as the handler of exactly these types (a union stands for its members)."""

    def mark(method: M) -> M:
        method.__dict__[_MARK] = tuple(member for message in messages for member in get_args(message) or (message,))
        return method

    return mark


def _marked(owner: type) -> Iterator[tuple[type, str]]:
    """Pairs of message type and method name; TypeError when one class marks two methods for the same type."""
    seen: dict[type, str] = {}
    for method, value in vars(owner).items():
        for message in getattr(value, _MARK, ()):
            if message in seen:
                raise TypeError(
                    f"{owner.__qualname__}: {seen[message]} and {method} both handle {message.__name__}; keep one"
                )
            seen[message] = method
    yield from seen.items()


def _check_names(owner: type) -> None:
    """Raise TypeError when a subclass would replace something that Pykka or a runtime calls."""
    clash = sorted(_RESERVED & vars(owner).keys())
    if clash:
        raise TypeError(
            f"{owner.__qualname__}.{clash[0]} would replace a method that the actor runtime calls: rename it"
        )


class Behaviour:
    """Base of our actors: subclass it, mark handlers with :func:`handles`, and spawn it through a runtime.

    A subclass with its own ``__init__`` calls ``super().__init__(on_death=...)``; name, ref and inbox exist by then.
    What a handler returns is the reply to an ``ask``. A subclass of a message type needs a mark of its own.
    """

    _table: ClassVar[dict[type, Callable[[Any, Any], object]]] = {}
    _death_told = False

    actor_urn: str
    actor_ref: pykka.ActorRef[Any]
    actor_stopped: Any
    """Has ``set()`` and ``is_set()``."""

    def __init__(self, *, on_death: Callable[[Died], None]) -> None:
        self._on_death = on_death

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        _check_names(cls)
        names = {message: method for owner in reversed(cls.__mro__) for message, method in _marked(owner)}
        cls._table = {message: getattr(cls, method) for message, method in names.items()}

    @property
    def name(self) -> str:
        """The name it was spawned under."""
        return self.actor_urn

    def on_receive(self, message: object) -> object:
        """Call the handler of the message's type; raises UnhandledMessageError (with both type names only)."""
        try:
            handler = self._table[type(message)]
        except KeyError:
            raise UnhandledMessageError(f"{type(self).__name__} has no handler for {type(message).__name__}") from None
        return handler(self, message)

    def on_start(self) -> None:
        """Run at the beginning of the first turn; most behaviours have nothing to do before their first message."""

    def on_stop(self) -> None:
        """Run when the actor is asked to stop; not after a death."""

    @final
    def on_failure(
        self,
        exception_type: type[BaseException] | None,  # noqa: ARG002 - Pykka's signature
        exception_value: BaseException | None,
        traceback: TracebackType | None,  # noqa: ARG002 - Pykka's signature
    ) -> None:
        """Report the death (once), whichever way Pykka or a runtime came to know of it."""
        if exception_value is not None:
            self._die(exception_value)

    # ---- Pykka's inner methods, replaced for runtimes: no registry, no log lines with exception text -----------------

    def _handle_receive(self, message: object) -> object:
        if type(message) is _ActorStop:
            self._stop()
            return None
        try:
            return self.on_receive(message)
        except (Exception, Unwind):
            raise
        except BaseException as error:  # noqa: BLE001 - reported, and raised to the asker as an Exception
            self._die(error)
            raise FatalError(type(error).__name__) from None

    def _actor_loop_setup(self) -> None:
        self._guarded(self.on_start)

    def _stop(self) -> None:
        self.actor_stopped.set()
        self._guarded(self.on_stop)

    def _guarded(self, hook: Callable[[], None]) -> None:
        try:
            hook()
        except Unwind:
            raise
        except BaseException as error:  # noqa: BLE001 - reported, not swallowed
            self._die(error)

    def _handle_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.on_failure(exception_type, exception_value, traceback)

    def _die(self, error: BaseException) -> None:
        self.actor_stopped.set()
        if self._death_told:
            return
        self._death_told = True
        died = Died(
            name=self.actor_urn,
            error=type(error).__name__,
            trace=_lines(error),
            fatal=not isinstance(error, Exception),
        )
        try:
            self._on_death(died)
        except pykka.ActorDeadError:
            return  # whoever would restart us has gone: the process is on its way out
        except Exception as bug:  # noqa: BLE001 - raised again, without the texts of both errors
            raise RuntimeError(f"on_death of {self.actor_urn} raised {type(bug).__name__}") from None


_HOOKS: Final = {"on_start", "on_stop", "on_receive"}
_RUNTIME: Final = {"_equip", "_fail", "_abandon", "_actor_ref"}
_RESERVED: Final = {
    name
    for name in vars(pykka.Actor).keys() | vars(Behaviour).keys() | Behaviour.__annotations__.keys() | _RUNTIME
    if not name.startswith("__") and name not in _HOOKS | {"_table", "_abc_impl"}
}
"""What a subclass may not define."""


def _lines(error: BaseException) -> tuple[str, ...]:
    frames = list(traceback.walk_tb(error.__traceback__))[-_FRAMES:]
    return tuple(f"{frame.f_globals.get('__name__', '?')}:{line}" for frame, line in frames)


def place(error: BaseException) -> str:
    """Module and line where an error was raised, for the log: none of its text."""
    return _lines(error)[-1] if error.__traceback__ is not None else "?"


def mute_pykka_logging() -> None:
    """Silence Pykka's logger for good: it writes whole messages and exception texts (architecture.md 6, Logs)."""
    logger = logging.getLogger("pykka")
    logger.disabled = True
    logger.propagate = False
    logger.setLevel(logging.CRITICAL + 1)
