"""The control API of the Google stand-in, under ``/sandbox/v1/``: not Google's, for tests, scenes and curious people.

Owns: its paths and JSON. Promises: each call does what the method of the same name of ``GoogleSandbox`` does; a mistake
is 400 with a sentence, an unknown person 404; unknown fields are refused. Does not: ask who calls (it listens on
loopback only), appear in the journal, suffer from fault rules.

======  ================================  ==============================================================================
PUT     users                             ``{address, name?, locale?, timezone?, calendar?, gmail?, suspended?,
                                          external?, admin?}``: adds a person or changes what is given
GET     users
PUT     rooms                             ``{address, name, timezone, auto_accept?}``: adds a room or replaces it
GET     rooms
PUT     rules                             ``{calendar, role, scope?, value?}``: shares a person's or room's calendar,
                                          ``scope`` user (default), group, domain, default; nobody is mailed
GET     calendars/{address}/rules         its access rules
PUT     service-accounts                  ``{client_email, client_id, private_key_id, public_key, scopes}``; a second
                                          call with another key id adds a key; ``scopes`` is the delegation table's row
DELETE  service-accounts/{email}/{kid}    removes that key
POST    tokens                            ``{subject, scopes?}`` -> ``{access_token}``: the person's own token
DELETE  tokens                            ``{subject}``: ends all of theirs
PUT     vacation                          ``{user, settings}``: settings as in Gmail's resource
POST    faults                            a rule of ``sandbox/faults.py``
GET     faults                            rules not used up yet
DELETE  faults
POST    sync-tokens/expire                ``{user}``: their sync tokens answer 410 from now on
GET     journal?since=<number>            requests with a greater number: see ``journal.Entry``
GET     calendars/{address}/events        every event, cancelled ones included
GET     calendars/{address}/instances     ``?timeMin&timeMax`` (RFC 3339): what the person sees, expanded
PUT     push-weather, push-rules          what becomes of push messages, which channels are granted: ``weather.py``
GET     push-weather, push-rules
GET     channels                          living push channels
GET     mails                             mails that writes would have caused
======  ================================  ==============================================================================

Answers are ``{"items": [...]}`` for lists and ``{}`` where there is nothing to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import parse_qs, unquote

import msgspec

from hybridcal_daemon.sandbox.google.errors import Refused, json_response
from hybridcal_daemon.sandbox.google.times import parse_bound

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.google.service import GoogleSandbox
    from hybridcal_daemon.sandbox.marked import MarkedResponse

PREFIX: Final = "/sandbox/v1/"


class _Strict(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A body in which every field is known."""


class UserBody(_Strict):
    """Body of PUT users."""

    address: str
    name: str | None = None
    locale: str | None = None
    timezone: str | None = None
    calendar: bool | None = None
    gmail: bool | None = None
    suspended: bool | None = None
    external: bool | None = None
    admin: bool | None = None


class RoomBody(_Strict):
    """Body of PUT rooms."""

    address: str
    name: str
    timezone: str
    auto_accept: bool = True


class RuleBody(_Strict):
    """Body of PUT rules."""

    calendar: str
    role: str
    scope: str = "user"
    value: str = ""


class AccountBody(_Strict):
    """Body of PUT service-accounts."""

    client_email: str
    client_id: str
    private_key_id: str
    public_key: str
    scopes: list[str]


class TokenBody(_Strict):
    """Body of POST and DELETE tokens."""

    subject: str
    scopes: list[str] | None = None


class VacationBody(_Strict):
    """Body of PUT vacation."""

    user: str
    settings: dict[str, Any]


class PersonBody(_Strict):
    """Body of POST sync-tokens/expire."""

    user: str


Body = TypeVar("Body", bound=_Strict)


def control(sandbox: GoogleSandbox, method: str, path: str, raw_query: str, body: bytes | None) -> MarkedResponse:
    """Answer one control request."""
    parts = [unquote(part) for part in path.removeprefix(PREFIX).split("/")]
    try:
        if method == "GET":
            return json_response(200, _look(sandbox, parts, parse_qs(raw_query, strict_parsing=bool(raw_query))))
        return json_response(200, _act(sandbox, (method, *parts), body or b"{}"))
    except LookupError as unknown:
        return json_response(404, {"error": str(unknown.args[0])})
    except (ValueError, msgspec.MsgspecError) as wrong:
        return json_response(400, {"error": str(wrong)})
    except Refused as refused:
        return refused.response


def _look(sandbox: GoogleSandbox, parts: list[str], query: dict[str, list[str]]) -> dict[str, Any]:
    match parts:
        case ["users"]:
            items: list[Any] = sandbox.users()
        case ["rooms"]:
            items = sandbox.rooms()
        case ["faults"]:
            items = sandbox.faults()
        case ["journal"]:
            items = sandbox.journal(int(query.get("since", ["0"])[0]))
        case ["push-weather" | "push-rules" as name]:
            items = sandbox.pushing.shown(name)
        case ["channels"]:
            items = sandbox.channels()
        case ["mails"]:
            items = sandbox.mails()
        case ["calendars", address, what]:
            items = _calendar(sandbox, address, what, query)
        case _:
            raise _unknown("GET", parts)
    return {"items": items}


def _calendar(sandbox: GoogleSandbox, address: str, what: str, query: dict[str, list[str]]) -> list[Any]:
    if what == "rules":
        return sandbox.rules(address)
    if what == "events":
        return sandbox.dump_events(address)
    if what != "instances":
        raise _unknown("GET", ["calendars", address, what])
    low, high = (parse_bound(query.get(name, [""])[0]) for name in ("timeMin", "timeMax"))
    return sandbox.instances(address, low, high)


def _act(sandbox: GoogleSandbox, asked: tuple[str, ...], raw: bytes) -> dict[str, Any]:
    match asked:
        case ("PUT", "users"):
            sandbox.add_user(**msgspec.structs.asdict(_read(raw, UserBody)))
        case ("PUT", "vacation"):
            wanted = _read(raw, VacationBody)
            sandbox.set_vacation(wanted.user, wanted.settings)
        case ("POST", "sync-tokens", "expire"):
            sandbox.expire_sync_tokens(_read(raw, PersonBody).user)
        case ("POST", "faults"):
            sandbox.add_fault(msgspec.json.decode(raw, type=dict[str, Any]))
        case ("DELETE", "faults"):
            sandbox.clear_faults()
        case ("PUT", "push-weather" | "push-rules" as name):
            sandbox.pushing.put(name, raw)
        case (method, *parts):
            return _authorise(sandbox, (method, *parts), raw)
    return {}


def _authorise(sandbox: GoogleSandbox, asked: tuple[str, ...], raw: bytes) -> dict[str, Any]:
    match asked:
        case ("PUT", "rooms"):
            sandbox.add_room(**msgspec.structs.asdict(_read(raw, RoomBody)))
        case ("PUT", "rules"):
            rule = _read(raw, RuleBody)
            return sandbox.share(rule.calendar, rule.role, scope=rule.scope, value=rule.value)
        case ("PUT", "service-accounts"):
            sandbox.add_service_account(**msgspec.structs.asdict(_read(raw, AccountBody)))
        case ("DELETE", "service-accounts", email, kid):
            sandbox.remove_key(email, kid)
        case ("POST", "tokens"):
            wish = _read(raw, TokenBody)
            given = [wish.scopes] if wish.scopes is not None else []
            return {"access_token": sandbox.person_token(wish.subject, *given)}
        case ("DELETE", "tokens"):
            sandbox.revoke_tokens(_read(raw, TokenBody).subject)
        case (method, *parts):
            raise _unknown(method, parts)
    return {}


def _unknown(method: str, parts: list[str]) -> LookupError:
    return LookupError(f"no such resource: {method} {PREFIX}{'/'.join(parts)}")


def _read(raw: bytes, kind: type[Body]) -> Body:
    return msgspec.json.decode(raw, type=kind)
