"""Access tokens: the one place where access to a calendar is granted.

Owns: ``TokenState`` (gate, cache, refusals) and those who wait for a token; minters make them, a few at a time.
Promises: a request for a user who is not activated is refused, logged and audited; one request per (user, purpose) at a
time; everybody who waits is answered.
Does not: hold the service account's key (the minters' adapter does) or an address in clear.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from actors.asking import Asker
from actors.base import Behaviour, Died, handles
from actors.protocol import GetToken, Mint, Minted, Permit, Record, Renew, Revoke
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.tokens import MintedToken, TokenState, Wait, admit, look, minted, not_minted, revoke
from hybridcal_daemon.ports import Audit

if TYPE_CHECKING:
    import pykka

    from actors.directory import Directory
    from hybridcal_daemon.domain.tokens import Key
    from hybridcal_daemon.ports import Clock, Log, TokenMinter


class TokensActor(Behaviour):
    """Gate, cache and single flight."""

    def __init__(
        self,
        minters: int,
        directory: Directory,
        clock: Clock,
        log: Log,
        make_future: Callable[[], pykka.Future[Any]],
        on_death: Callable[[Died], None],
    ) -> None:
        super().__init__(on_death=on_death)
        self._directory = directory
        self._clock = clock
        self._log = log
        self._make_future = make_future
        self._state = TokenState()
        self._minters = minters
        self._turn = 0
        self._waiting: dict[Key, list[pykka.Future[Any]]] = {}

    @handles(Permit)
    def permit(self, order: Permit) -> None:
        """Open the gate for one user."""
        admit(self._state, order.user)

    @handles(Revoke)
    def revoke(self, order: Revoke) -> None:
        """Close it."""
        revoke(self._state, order.user)

    @handles(Renew)
    def renew(self, _: Renew) -> None:
        """An admin may have mended what refusals were about: ask again."""
        self._state.refused.clear()

    @handles(GetToken)
    def get(self, ask: GetToken) -> pykka.Future[Any]:
        """A future of the token: set at once, or when a minter has answered."""
        future = self._make_future()
        key = (ask.user, ask.purpose)
        try:
            found = look(self._state, key, self._clock.now(), force=ask.force)
        except CallError as error:
            if error.code == "not-permitted":
                self._refuse(ask)
            future.set_exception((CallError, error, None))
            return future
        if isinstance(found, Wait):
            self._wait(key, found, future)
        else:
            future.set(found)
        return future

    def _refuse(self, ask: GetToken) -> None:
        """Nobody but an activated user gets a token; whoever asked for another one is on record."""
        self._log.emit("error", "access.refused", user=ask.user, purpose=ask.purpose.value)
        audit = Audit(
            at=self._clock.now(), actor="tokens", action="mint", user=ask.user, outcome="refused: not activated"
        )
        self._directory.tell("store", Record(audit))

    def _wait(self, key: Key, wait: Wait, future: pykka.Future[Any]) -> None:
        self._waiting.setdefault(key, []).append(future)
        if wait.mint:
            self._turn = (self._turn + 1) % self._minters
            self._directory.tell(f"minter-{self._turn}", Mint(key))

    @handles(Minted)
    def minted(self, answer: Minted) -> None:
        """A minter answered: everybody who waited hears."""
        now = self._clock.now()
        waiting = self._waiting.pop(answer.key, [])
        error: CallError | None = None
        if isinstance(answer.result, CallError):
            error = answer.result
            not_minted(self._state, answer.key, error, now)
        elif not minted(self._state, answer.key, answer.result, now):
            error = CallError(Kind.REFUSED, "not-permitted")
        for future in waiting:
            if error is not None:
                future.set_exception((CallError, error, None))
            elif isinstance(answer.result, MintedToken):
                future.set(answer.result.token)


class MinterActor(Behaviour):
    """Makes one token at a time; may block."""

    def __init__(
        self,
        make_minter: Callable[[], TokenMinter],
        asker: Asker,
        log: Log,
        on_death: Callable[[Died], None],
    ) -> None:
        super().__init__(on_death=on_death)
        self._make_minter = make_minter
        self._minter: TokenMinter | None = None
        self._asker = asker
        self._log = log

    @handles(Mint)
    def mint(self, order: Mint) -> None:
        """Open the address, ask Google, tell the tokens actor."""
        self._asker.directory.tell("tokens", Minted(order.key, self._mint(order)))

    @handles(Renew)
    def renew(self, _: Renew) -> None:
        """Forget the old key."""
        self._minter = None

    def _mint(self, order: Mint) -> MintedToken | CallError:
        user, purpose = order.key
        try:
            if self._minter is None:
                self._minter = self._make_minter()
            return self._minter.mint(self._asker.address(user), purpose)
        except CallError as error:
            return error
        except Exception as error:  # noqa: BLE001 - those who wait must have an answer
            self._log.emit("error", "worker.crashed", lane="minter", error=type(error).__name__, place="?")
            self._minter = None
            return CallError(Kind.TRANSIENT, "worker-crashed")
