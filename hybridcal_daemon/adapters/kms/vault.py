"""The vault: everything that the daemon does with keys.

Owns: the index key, each admitted user's keys, and the state *sealed*. Promises: without keys nothing is sealed and
nothing is published: every method raises CallError SEALED with the reason's code. A keyring is made only for an
installation that has no rows yet. Does not: store anything (the wrapped index key goes through two callables), or
serve more than one thread (:class:`ChannelTokens` aside).

Keys: the keyring's key wraps the index key (one per installation) and one random data key per user. The index key gives
the blind index of addresses and the channel tokens; the data key gives cells, item keys and digests.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final, Protocol
from uuid import UUID

from hybridcal_daemon.adapters.kms.aead import derive, frame, fresh_key, wipe
from hybridcal_daemon.adapters.kms.channeltokens import ChannelTokens
from hybridcal_daemon.adapters.kms.items import digest, guests_digest, item_json, join_digest, join_json, title_digest
from hybridcal_daemon.adapters.kms.jwe import JweKey
from hybridcal_daemon.adapters.kms.userkeys import UserKeys
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import PERSON_PREFIX, ROOM_PREFIX, Plain, Sealed, Secret, UserId
from hybridcal_daemon.ports import HOUSE, KeyService, NewUser, SealedContent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hybridcal_daemon.domain.events import EventContent
    from hybridcal_daemon.ports import Random

ADDRESS: Final = "address"
"""Place of the cell with a user's address."""

INDEX_BYTES: Final = 16
_ID_HEX: Final = 20
_RANDOM_SIZE: Final = 32
_UUID_BYTES: Final = 16
_RANDOM_UUID: Final = 4
_INDEX_AAD: Final = frame(b"hybridcal index key", b"1")


class Keyring(KeyService, Protocol):
    """A key service that can be opened, opened again, and made for a new installation."""

    def open(self) -> None:
        """CallError SEALED with the code why it cannot; kms-keyring-missing when there is none."""
        ...

    def create(self) -> None:
        """Make new keys where there are none. CallError SEALED when it cannot."""
        ...

    def close(self) -> None:
        """Forget the keys until the next :meth:`open`."""
        ...


class LocalVault:
    """The ``Vault`` of this machine. ``kms_host`` is the name in key URLs; nobody connects to it.

    ``load_index_key`` and ``save_index_key`` read and write the store's wrapped index key. ``fresh``: the store has no
    users, so a missing keyring may be made.
    """

    def __init__(
        self,
        keys: Keyring,
        *,
        load_index_key: Callable[[], bytes | None],
        save_index_key: Callable[[bytes], None],
        kms_host: str,
        random: Random,
        fresh: bool,
    ) -> None:
        self._keys = keys
        self._load_index_key = load_index_key
        self._save_index_key = save_index_key
        self._key_urls = f"kms://{kms_host}/keys/"
        self._random = random
        self._fresh = fresh
        self._sealed = "kms-sealed"
        self._index_key = bytearray()
        self._users: dict[UserId, UserKeys] = {}
        self._tokens = ChannelTokens()

    def __repr__(self) -> str:
        return "<LocalVault>"

    # ---- sealed or not ----------------------------------------------------------------------------------------------

    @property
    def sealed(self) -> str:
        """'' while keys are available, else the code why not (``domain/errors.py``)."""
        return self._sealed

    def unlock(self) -> None:
        """Open the keyring and the index key, or open them again; never raises CallError, see :attr:`sealed`.

        When it fails all keys are dropped, so users must be admitted again after the unlock that succeeds.
        """
        try:
            index_key = self._unlock_index_key(made=self._open_keyring())
        except CallError as failure:
            self._seal_up(failure.code)
            return
        wipe(self._index_key)
        self._index_key = derive(index_key, b"addresses")
        self._tokens.use(index_key)
        self._admit_house(index_key)
        wipe(index_key)
        self._fresh = False
        self._sealed = ""

    def _admit_house(self, index_key: bytearray) -> None:
        """The installation's own cells have a key of their own."""
        house_key = derive(index_key, b"house")
        self.forget(HOUSE)
        self._users[HOUSE] = UserKeys(HOUSE, house_key)
        wipe(house_key)

    def _open_keyring(self) -> bool:
        """Open it, or make it where that is allowed; True when it was made."""
        try:
            self._keys.open()
        except CallError as failure:
            if not self._fresh or failure.code != "kms-keyring-missing":
                raise
        else:
            return False
        self._keys.create()
        self._keys.open()
        return True

    def _unlock_index_key(self, *, made: bool) -> bytearray:
        blob = None if made else self._load_index_key()
        if blob is None:
            return self._make_index_key()
        try:
            return self._keys.unwrap(blob, _INDEX_AAD).reveal()
        except CallError:
            raise CallError(Kind.SEALED, "kms-wrong-keyring") from None

    def _make_index_key(self) -> bytearray:
        index_key = fresh_key()
        self._save_index_key(self._keys.wrap(Secret(index_key), _INDEX_AAD))
        return index_key

    def _seal_up(self, code: str) -> None:
        self._sealed = code
        self._keys.close()
        self._tokens.drop()
        wipe(self._index_key)
        for user in list(self._users):
            self.forget(user)

    def _require_keys(self) -> None:
        if self._sealed:
            raise CallError(Kind.SEALED, self._sealed)

    # ---- users ------------------------------------------------------------------------------------------------------

    def new_user(self, address: Plain[str], *, room: bool = False) -> NewUser:
        """Make id and keys for a person's or room's address, blanks around it removed. The user is not admitted yet."""
        self._require_keys()
        user = UserId((ROOM_PREFIX if room else PERSON_PREFIX) + self._random_hash().hex()[:_ID_HEX])
        data_key = fresh_key()
        keys = UserKeys(user, data_key)
        try:
            written = Plain(address.reveal().strip().encode("utf-8", "replace"))
            return NewUser(
                user=user,
                address=keys.cells.seal(ADDRESS, written),
                index=self.index(address),
                wrapped_key=self._keys.wrap(Secret(data_key), _user_aad(user)),
            )
        finally:
            keys.wipe()
            wipe(data_key)

    def admit(self, user: UserId, wrapped_key: bytes) -> None:
        """Load a user's keys. CallError SEALED kms-wrong-keyring, or INVALID kms-tampered for a damaged key."""
        self._require_keys()
        data_key = self._keys.unwrap(wrapped_key, _user_aad(user)).reveal()
        self.forget(user)
        self._users[user] = UserKeys(user, data_key)
        wipe(data_key)

    def forget(self, user: UserId) -> None:
        """Drop and overwrite a user's keys; unknown users are fine, sealed or not."""
        keys = self._users.pop(user, None)
        if keys is not None:
            keys.wipe()

    def index(self, address: Plain[str]) -> bytes:
        """Blind index: 16 bytes of HMAC-SHA256 over the address without surrounding blanks, case folded."""
        self._require_keys()
        normal = address.reveal().strip().casefold().encode("utf-8", "replace")
        return hmac.digest(self._index_key, normal, "sha256")[:INDEX_BYTES]

    def _user(self, user: UserId) -> UserKeys:
        self._require_keys()
        keys = self._users.get(user)
        if keys is None:
            raise CallError(Kind.TRANSIENT, "kms-unknown-user")
        return keys

    # ---- sealing ----------------------------------------------------------------------------------------------------

    def seal_events(self, user: UserId, contents: Sequence[EventContent]) -> list[SealedContent]:
        """Seal a batch, each item under a key of its own. CallError TRANSIENT kms-unknown-user when not admitted."""
        keys = self._user(user)
        return [self._seal_event(keys, content) for content in contents]

    def seal(self, user: UserId, place: str, plain: Plain[bytes]) -> Sealed:
        """Make a cell for this user and place."""
        return self._user(user).cells.seal(place, plain)

    def open(self, user: UserId, place: str, cell: Sealed) -> Plain[bytes]:
        """Open a cell. CallError INVALID kms-tampered when it was damaged or is not of this user and place."""
        return self._user(user).cells.open(place, cell)

    def digest(self, user: UserId, purpose: str, plain: Plain[bytes]) -> str:
        """Keyed hash (32 hex digits) of something of this user's; one purpose's hashes say nothing of another's."""
        return self._user(user).digest(f"digest/{purpose}".encode(), plain.reveal())

    def item_key(self, user: UserId, key_url: str) -> Secret[bytes]:
        """Key of an item, from its URL. CallError NOT_FOUND kms-unknown-key when the URL is none of ours."""
        keys = self._user(user)
        if not key_url.startswith(self._key_urls):
            raise CallError(Kind.NOT_FOUND, "kms-unknown-key")
        written = key_url[len(self._key_urls) :]
        try:
            key_id = UUID(written)
        except ValueError:
            raise CallError(Kind.NOT_FOUND, "kms-unknown-key") from None
        if str(key_id) != written:
            raise CallError(Kind.NOT_FOUND, "kms-unknown-key")
        return Secret(bytes(keys.item_key(key_id)))

    def _seal_event(self, keys: UserKeys, content: EventContent) -> SealedContent:
        key_id = UUID(bytes=self._random_hash()[:_UUID_BYTES], version=_RANDOM_UUID)
        item_key = keys.item_key(key_id)
        jwe = JweKey(item_key)
        wipe(item_key)
        return SealedContent(
            item=item_json(content, keys, jwe.encrypt, f"{self._key_urls}{key_id}"),
            join=keys.cells.seal(join_place(content.event_id), Plain(join_json(content))),
            digest=digest(content, keys),
            join_digest=join_digest(content, keys),
            title_digest=title_digest(content, keys),
            guests_digest=guests_digest(content, keys),
        )

    def _random_hash(self) -> bytes:
        """32 bytes of a random token, whatever alphabet the token is written in."""
        return hashlib.sha256(self._random.token(_RANDOM_SIZE).encode()).digest()

    # ---- push channels ----------------------------------------------------------------------------------------------

    def channel_token(self, channel_id: str) -> Secret[str]:
        """Token of a push channel, 64 hex digits."""
        self._require_keys()
        return self._tokens.token(channel_id)

    def push_tokens(self) -> ChannelTokens:
        """Give the object that checks channel tokens, for use by other threads; the same one for ever."""
        return self._tokens


def join_place(event_id: str) -> str:
    """Place of the cell with an event's title and join link."""
    return f"event/{event_id}/join"


def _user_aad(user: UserId) -> bytes:
    return frame(b"hybridcal user key", b"1", user.encode())
