"""Who asks, and what their token is good for.

Owns: bearer tokens, scopes, and ``POST /v1/access_token``. Promises: a token is refused from its expiry on; an access
token handed out by a refresh stays valid beside newer ones until its own expiry. Does not: know the calls.

Based on:

* 401 for a missing, unknown or expired token, 403 for a missing scope [public OpenAPI].
* Scopes per call [public documentation]: people ``spark:people_read`` or ``spark-admin:people_read``; Personal Room
  ``meeting:preferences_read`` (own) or ``meeting:admin_preferences_read`` (anybody's); messages
  ``spark:messages_read`` and ``spark:messages_write``; ``spark:all`` covers the ``spark:`` ones.
* A bot has messages, rooms, memberships and look-ups of people, and no meeting calls [public documentation; look-ups
  by bots as every open bot framework does them].
* Meetings ``meeting:schedules_read`` and ``_write``, or ``meeting:admin_schedule_read`` and ``_write`` for anybody's;
  rooms ``spark:rooms_read`` and ``_write``; memberships ``spark:memberships_read`` and ``_write`` [public
  documentation].
* Devices ``spark-admin:devices_read``, workspaces ``spark-admin:workspaces_read``, xAPI ``spark:xapi_commands`` and
  ``spark:xapi_statuses`` [public OpenAPI].
* ``grant_type=refresh_token`` as a form; access tokens last 1,209,599 s, refresh tokens 7,757,533 s, renewed on use
  [public documentation of service apps and integrations]. Whether the refresh token keeps its text is not said: it does
  here until the control call for it [unverified]. The statuses of refusals (401 for a wrong client, 400 for a wrong
  refresh token), and that other form fields are refused: [inferred].
* Personal tokens last 12 hours [public documentation].
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.sandbox.webex.call import Refusal, answered, header, media_type, pairs
from hybridcal_daemon.sandbox.webex.world import App, Token, World

if TYPE_CHECKING:
    from hybridcal_daemon.ports import HttpRequest
    from hybridcal_daemon.sandbox.marked import MarkedResponse

ACCESS_LIFE: Final = 1_209_599
REFRESH_LIFE: Final = 7_757_533
PERSONAL_LIFE: Final = 12 * 3600

PEOPLE_READ: Final = frozenset({"spark:people_read", "spark-admin:people_read", "spark:all"})
MESSAGES_READ: Final = frozenset({"spark:messages_read", "spark:all"})
MESSAGES_WRITE: Final = frozenset({"spark:messages_write", "spark:all"})
ROOMS_READ: Final = frozenset({"spark:rooms_read", "spark:all"})
ROOMS_WRITE: Final = frozenset({"spark:rooms_write", "spark:all"})
MEMBERSHIPS_READ: Final = frozenset({"spark:memberships_read", "spark:all"})
MEMBERSHIPS_WRITE: Final = frozenset({"spark:memberships_write", "spark:all"})
ADMIN_MEETINGS_READ: Final = "meeting:admin_schedule_read"
ADMIN_MEETINGS_WRITE: Final = "meeting:admin_schedule_write"
MEETINGS_READ: Final = frozenset({"meeting:schedules_read", ADMIN_MEETINGS_READ})
MEETINGS_WRITE: Final = frozenset({"meeting:schedules_write", ADMIN_MEETINGS_WRITE})
MEETINGS_IN_ROOMS: Final = frozenset({"spark:all"})
OWN_PREFERENCES: Final = "meeting:preferences_read"
ADMIN_PREFERENCES: Final = "meeting:admin_preferences_read"

_TALK: Final = MESSAGES_READ | MESSAGES_WRITE | ROOMS_READ | ROOMS_WRITE | MEMBERSHIPS_READ | MEMBERSHIPS_WRITE
_MEETINGS: Final = MEETINGS_READ | MEETINGS_WRITE
BOT_SCOPES: Final = frozenset({"spark:people_read"}) | _TALK - {"spark:all"}
PERSONAL_SCOPES: Final = frozenset({"spark:all", "spark:people_read", OWN_PREFERENCES})
DEVICES: Final = frozenset(
    {"spark-admin:devices_read", "spark-admin:workspaces_read", "spark:xapi_commands", "spark:xapi_statuses"}
)
APP_SCOPES: Final = DEVICES | {
    "spark-admin:people_read",
    ADMIN_PREFERENCES,
    ADMIN_MEETINGS_READ,
    ADMIN_MEETINGS_WRITE,
}
INTEGRATION_SCOPES: Final = frozenset(
    {"spark:all", "spark:people_read", "meeting:schedules_read", "meeting:schedules_write", OWN_PREFERENCES}
)
KNOWN_SCOPES: Final = (
    PEOPLE_READ | _TALK | _MEETINGS | DEVICES | {"spark:devices_read", OWN_PREFERENCES, ADMIN_PREFERENCES}
)

_FORM: Final = frozenset({"grant_type", "client_id", "client_secret", "refresh_token"})


def bearer(world: World, request: HttpRequest, now: Instant) -> Token:
    """Give the valid token of a request; 401 when there is none."""
    scheme, _, text = header(request, "authorization").partition(" ")
    token = world.tokens.get(text) if scheme.lower() == "bearer" else None
    if token is None or (token.expires_at is not None and now >= token.expires_at):
        raise Refusal(401, "The request requires a valid access token set in the Authorization request header.")
    return token


def require(token: Token, scopes: frozenset[str]) -> None:
    """Demand any one of ``scopes``; 403 otherwise."""
    if not token.scopes & scopes:
        raise Refusal(403, f"The access token needs the scope {' or '.join(sorted(scopes))}.")


def refresh(world: World, request: HttpRequest, now: Instant) -> MarkedResponse:
    """``POST /v1/access_token`` with ``grant_type=refresh_token``."""
    app = _authenticated(world, _form(request), now)
    app.refresh_expires_at = Instant(now + REFRESH_LIFE)
    if world.rotating:
        app.refresh_token = world.ids.token()
    access = issue(world, app, now)
    return answered(
        {
            "access_token": access,
            "expires_in": ACCESS_LIFE,
            "refresh_token": app.refresh_token,
            "refresh_token_expires_in": REFRESH_LIFE,
            "token_type": "Bearer",
        }
    )


def issue(world: World, app: App, now: Instant) -> str:
    """Make an access token of an app."""
    text = world.ids.token()
    world.tokens[text] = Token(
        owner=app.account,
        scopes=app.scopes,
        expires_at=Instant(now + ACCESS_LIFE),
        on_behalf=app.on_behalf,
        client_id=app.client_id,
    )
    return text


def _form(request: HttpRequest) -> dict[str, str]:
    if media_type(request) != "application/x-www-form-urlencoded":
        raise Refusal(415, "Content-Type must be application/x-www-form-urlencoded.")
    form = pairs((request.body or b"").decode("utf-8", "replace"))
    if form.get("grant_type") != "refresh_token":
        raise Refusal(400, "The grant_type must be refresh_token.")
    if form.keys() != _FORM:
        raise Refusal(400, "The form must have exactly grant_type, client_id, client_secret and refresh_token.")
    return form


def _authenticated(world: World, form: dict[str, str], now: Instant) -> App:
    app = world.apps.get(form["client_id"])
    if app is None or not hmac.compare_digest(app.client_secret.encode(), form["client_secret"].encode()):
        raise Refusal(401, "The client_id or client_secret is not valid.")
    if not hmac.compare_digest(app.refresh_token.encode(), form["refresh_token"].encode()):
        raise Refusal(400, "The refresh token provided is invalid.")
    if now >= app.refresh_expires_at:
        raise Refusal(400, "The refresh token provided is expired.")
    return app
