"""Control methods about tokens: bots, service apps, integrations, personal tokens, and how they end.

Owns: handing them out and taking them back. Promises: as ``control.py``. Does not: check them (``access.py`` does).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.sandbox.webex.access import (
    APP_SCOPES,
    BOT_SCOPES,
    INTEGRATION_SCOPES,
    KNOWN_SCOPES,
    PERSONAL_LIFE,
    PERSONAL_SCOPES,
    REFRESH_LIFE,
)
from hybridcal_daemon.sandbox.webex.control_base import ControlBase
from hybridcal_daemon.sandbox.webex.records import ServiceApp
from hybridcal_daemon.sandbox.webex.world import App, Person, Token

if TYPE_CHECKING:
    from collections.abc import Collection


class TokensControl(ControlBase):
    """Who may speak."""

    def add_bot(self, name: str = "Calendar") -> str:
        """Create a bot; give its token, which never expires."""
        with self.lock:
            number = sum(person.kind == "bot" for person in self.world.people.values())
            address = f"hybridcal{number or ''}@webex.bot"
            bot = self.world.add(address, name, "bot", self.clock.now())
            return self._issue(Token(owner=bot, scopes=BOT_SCOPES, expires_at=None))

    def add_service_app(self, scopes: Collection[str] = APP_SCOPES, *, presence_on_behalf: bool = False) -> ServiceApp:
        """Create and authorise a service app. ValueError for a scope that no call here asks for."""
        _check_scopes("add_service_app", scopes)
        with self.lock:
            address = f"{self.world.ids.uuid()}@serviceapp.example"
            account = self.world.add(address, "Service app", "appuser", self.clock.now())
            return self._authorised(account, scopes, on_behalf=presence_on_behalf)

    def add_integration(self, address: str, scopes: Collection[str] = INTEGRATION_SCOPES) -> ServiceApp:
        """Create an integration that a person has authorised; its tokens speak for them.

        KeyError when there is no such person, ValueError for a scope that no call here asks for.
        """
        _check_scopes("add_integration", scopes)
        with self.lock:
            return self._authorised(self._person(address), scopes, on_behalf=False)

    def person_token(
        self, address: str, *, scopes: Collection[str] = PERSONAL_SCOPES, seconds: float = PERSONAL_LIFE
    ) -> str:
        """Give a personal token of somebody. KeyError when there is no such person."""
        with self.lock:
            ends = Instant(self.clock.now() + seconds)
            return self._issue(Token(owner=self._person(address), scopes=frozenset(scopes), expires_at=ends))

    def revoke(self, token: str) -> None:
        """Make a bearer token invalid; one that never was valid is no error."""
        with self.lock:
            self.world.tokens.pop(token, None)

    def revoke_app(self, client_id: str) -> None:
        """Take back a service app's or an integration's authorisation: every access token and the refresh token.

        KeyError when there is no such app.
        """
        with self.lock:
            app = self.world.apps[client_id]
            app.refresh_expires_at = self.clock.now()
            for text in [text for text, token in self.world.tokens.items() if token.client_id == client_id]:
                del self.world.tokens[text]

    def set_rotation(self, *, rotate: bool) -> None:
        """From now on a refresh gives a new refresh token, and the one before ends at once."""
        with self.lock:
            self.world.rotating = rotate

    def _authorised(self, account: Person, scopes: Collection[str], *, on_behalf: bool) -> ServiceApp:
        now, ids = self.clock.now(), self.world.ids
        app = App(
            client_id="C" + ids.token(),
            client_secret=ids.token(),
            refresh_token=ids.token(),
            refresh_expires_at=Instant(now + REFRESH_LIFE),
            account=account,
            scopes=frozenset(scopes),
            on_behalf=on_behalf,
        )
        self.world.apps[app.client_id] = app
        return ServiceApp(client_id=app.client_id, client_secret=app.client_secret, refresh_token=app.refresh_token)


def _check_scopes(where: str, scopes: Collection[str]) -> None:
    if unknown := sorted(set(scopes) - KNOWN_SCOPES):
        raise ValueError(f"{where}: no call of the stand-in knows the scope {unknown[0]!r}")
