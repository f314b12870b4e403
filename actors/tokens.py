"""Access tokens: the one place where access to a calendar is granted.

Owns: ``TokenState`` (gate, cache, refusals) and those who wait for a token; minters make them, a few at a time.
Promises: a request for a user who is not activated, or for a purpose that is not theirs, is refused, logged and
audited; one request per (user, purpose) at a time; everybody who waits is answered; a clock that Google finds wrong is
logged with how far off it is. Workers read a token that is held without asking (``domain/tokens.py: at_hand``);
only this actor ever puts one there or takes it away.
Does not: hold the service account's key (the minters' adapter does) or an address in clear.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from actors.asking import Asker
from actors.base import Behaviour, Died, handles, place
from actors.protocol import Forgive, GetToken, Mint, Minted, Permit, Ping, Record, Renew, Revoke
from actors.waiting import Waiting
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.tokens import (
    MintedToken,
    Wait,
    about,
    admit,
    allowed,
    forgive,
    look,
    minted,
    not_minted,
    renew,
    revoke,
)
from hybridcal_daemon.domain.values import is_room
from hybridcal_daemon.ports import Audit

if TYPE_CHECKING:
    import pykka

    from actors.directory import Directory
    from hybridcal_daemon.domain.tokens import Key, Purpose, SubjectOf, TokenState
    from hybridcal_daemon.domain.values import Plain, UserId
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
        state: TokenState,
        on_death: Callable[[Died], None],
    ) -> None:
        super().__init__(on_death=on_death)
        self._directory = directory
        self._clock = clock
        self._log = log
        self._state = state
        self._minters = minters
        self._turn = 0
        self._waiting: Waiting[Key] = Waiting(make_future)

    def on_stop(self) -> None:
        """Nobody waits for a minter any more."""
        self._waiting.fail_all(CallError(Kind.TRANSIENT, "busy"))

    @handles(Permit)
    def permit(self, order: Permit) -> None:
        """Open the gate for one user."""
        admit(self._state, order.user)

    @handles(Forgive)
    def forgive(self, order: Forgive) -> None:
        """Ask Google again about one user, whatever it said before."""
        forgive(self._state, order.user)

    @handles(Revoke)
    def revoke(self, order: Revoke) -> None:
        """Close it."""
        revoke(self._state, order.user)

    @handles(Renew)
    def renew(self, _: Renew) -> None:
        """An admin may have mended what refusals were about, or changed the accounts behind rooms: ask again."""
        renew(self._state)

    @handles(GetToken)
    def get(self, ask: GetToken) -> pykka.Future[Any]:
        """A future of the token: set at once, or when a minter has answered."""
        key = (ask.user, ask.purpose)
        try:
            found = look(self._state, key, self._clock.now(), force=ask.force)
        except CallError as error:
            if error.code == "not-permitted":
                self._refuse(ask)
            return self._waiting.failed(error)
        if not isinstance(found, Wait):
            return self._waiting.given(found)
        if found.mint:
            self._turn = (self._turn + 1) % self._minters
            self._directory.tell(f"minter-{self._turn}", Mint(key))
        return self._waiting.on(key)

    @handles(Ping)
    def ping(self, _: Ping) -> None:
        """Here."""

    def _refuse(self, ask: GetToken) -> None:
        """Nobody but an activated user gets a token, and only for their own; whoever asked otherwise is on record."""
        reason = "not-activated" if allowed(ask.user, ask.purpose) else "wrong-purpose"
        self._log.emit("error", "access.refused", user=ask.user, purpose=ask.purpose.value, reason=reason)
        outcome = f"refused: {reason.replace('-', ' ')} ({ask.purpose.value})"
        audit = Audit(at=self._clock.now(), actor="tokens", action="mint", user=ask.user, outcome=outcome)
        self._directory.tell("store", Record(audit))

    @handles(Minted)
    def minted(self, answer: Minted) -> None:
        """A minter answered: everybody who waited hears."""
        now, key, result = self._clock.now(), answer.key, answer.result
        if isinstance(result, CallError):
            if result.measured is not None:
                self._log.emit("error", "clock.skewed", seconds=round(result.measured, 1))
            not_minted(self._state, key, result, now)
            self._waiting.fail(key, result)
        elif minted(self._state, key, result, now):
            self._waiting.give(key, result.token)
        else:
            self._waiting.fail(key, CallError(Kind.REFUSED, "not-permitted"))


class MinterActor(Behaviour):
    """Makes one token at a time; may block. ``subject_of``: whose token it is, None for the user's own."""

    def __init__(
        self,
        make_minter: Callable[[], TokenMinter],
        subject_of: SubjectOf,
        asker: Asker,
        log: Log,
        on_death: Callable[[Died], None],
    ) -> None:
        super().__init__(on_death=on_death)
        self._make_minter = make_minter
        self._subject_of = subject_of
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
            return self._minter.mint(self._subject(user, purpose), purpose)
        except CallError as error:
            return about(user, error)
        except Exception as error:  # noqa: BLE001 - those who wait must have an answer
            self._log.emit("error", "worker.crashed", lane="minter", error=type(error).__name__, place=place(error))
            self._minter = None
            return CallError(Kind.TRANSIENT, "worker-crashed")

    def _subject(self, user: UserId, purpose: Purpose) -> Plain[str]:
        """Whose token it is; the address of a room is never one (google.md I, 9). CallError."""
        account = self._subject_of(user, purpose)
        if account is not None:
            return account
        if is_room(user):
            raise CallError(Kind.REFUSED, "not-permitted")
        return self._asker.address(user)
