"""The newest refresh token of each Webex app, over restarts.

Owns: what is kept, and when the file of the configuration counts instead. Promises: it is on disk, sealed by the KMS
for this client id, before ``keep`` returns; a file that was changed since wins, because an administrator has authorised
the app anew. Does not: talk to Webex (``adapters/webex/tokens.py`` does).

Kept beside each token is the SHA-256 of the file's, by which a change of the file is noticed; both are sealed.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from actors.protocol import OpenCell, ReadHouseCell, SealCell, WriteHouseCell
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Plain, Sealed, Secret
from hybridcal_daemon.ports import HOUSE, StoreFull

if TYPE_CHECKING:
    from actors.asking import Asker
    from hybridcal_daemon.adapters.webex import ServiceApp


class _Kept(msgspec.Struct, frozen=True):
    """``file``: SHA-256 of the file's token, in hex."""

    file: str
    token: str

    def __repr__(self) -> str:
        """Say nothing of it."""
        return "<Kept>"


class TokenKeeper:
    """Reads and writes through the actors; ``asker`` is there once they are."""

    def __init__(self) -> None:
        self.asker: Asker | None = None

    def newest(self, app: ServiceApp) -> Secret[str]:
        """Give the refresh token to use. CallError SEALED, TRANSIENT busy."""
        place = _place(app)
        cell: Sealed | None = self._asked().ask("store", ReadHouseCell(place))
        if cell is None:
            return app.refresh_token
        content: Plain[bytes] = self._opened(place, cell)
        with suppress(ValueError):  # msgspec's errors
            kept = msgspec.json.decode(content.reveal(), type=_Kept)
            if kept.file == _hash(app.refresh_token):
                return Secret(kept.token)
        return app.refresh_token

    def keep(self, app: ServiceApp, token: Secret[str]) -> None:
        """Write it down. CallError SEALED, TRANSIENT busy or disk-full: it is not kept."""
        place, asker = _place(app), self._asked()
        content = Plain(msgspec.json.encode(_Kept(file=_hash(app.refresh_token), token=token.reveal())))
        cell: Sealed = asker.ask("kms", SealCell(HOUSE, place, content))
        try:
            asker.ask("store", WriteHouseCell(place, cell))
        except StoreFull:
            raise CallError(Kind.TRANSIENT, "disk-full") from None

    def _opened(self, place: str, cell: Sealed) -> Plain[bytes]:
        """Of a cell that was spoilt nothing is left; the file's token is as good as any then."""
        try:
            content: Plain[bytes] = self._asked().ask("kms", OpenCell(HOUSE, place, cell))
        except CallError as failure:
            if failure.kind is not Kind.INVALID:
                raise
            return Plain(b"")
        return content

    def _asked(self) -> Asker:
        if self.asker is None:
            raise CallError(Kind.TRANSIENT, "busy")
        return self.asker


def _place(app: ServiceApp) -> str:
    return f"refresh-token/{app.client_id.reveal()}"


def _hash(token: Secret[str]) -> str:
    return hashlib.sha256(token.reveal().encode()).hexdigest()
