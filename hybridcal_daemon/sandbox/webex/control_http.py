"""The control calls over HTTP, for processes of their own.

Owns: ``/sandbox/v1/``. Promises: JSON in, JSON out, no token needed; mistakes are answered 400 with ``{"message"}``,
an unknown person 404. Does not: exist at the real Webex; never expose a stand-in beyond loopback.

=======  ==============================  ===========================================================  ================
method   path below ``/sandbox/v1``      body or query                                                answer
=======  ==============================  ===========================================================  ================
POST     ``people``                      ``{address, name, personal_room?, host_pin?, outside?}``     ``{id, uuid}``
PUT      ``people/room``                 ``{address, present, site?}``                                204
POST     ``bots``                        ``{name?}``                                                  ``{token}``
POST     ``service-apps``                ``{scopes?, presence_on_behalf?}``                           ``{client_id, client_secret, refresh_token}``
POST     ``person-tokens``               ``{address, scopes?, seconds?}``                             ``{token}``
DELETE   ``tokens``                      ``{token}``                                                  204
POST     ``faults``                      a rule (``sandbox/faults.py``) or a list of them             ``{pending: [rule]}``
GET      ``faults``                                                                                   ``{pending: [rule]}``
DELETE   ``faults``                                                                                   204
PUT      ``rate``                        ``{requests, seconds?}``, requests 0 = no limit              204
GET      ``journal``                     ``?after=<number>``                                          ``{items: [Asked]}``
GET      ``messages``                    ``?address=``                                                ``{items: [SentMessage]}``
GET      ``presence``                    ``?address=``                                                ``{items: [HeldPresence]}``
=======  ==============================  ===========================================================  ================

The records are those of ``records.py``. ``control_http_spaces.py`` has the calls about spaces, meetings, sites and apps,
``control_http_devices.py`` those about devices.
"""  # noqa: E501 - a table is read as a table

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import msgspec

from hybridcal_daemon.sandbox.webex.access import APP_SCOPES, PERSONAL_LIFE, PERSONAL_SCOPES
from hybridcal_daemon.sandbox.webex.call import Refusal, answered, pairs
from hybridcal_daemon.sandbox.webex.control_http_devices import DEVICES
from hybridcal_daemon.sandbox.webex.control_http_spaces import SPACES

if TYPE_CHECKING:
    from collections.abc import Callable
    from urllib.parse import SplitResult

    from hybridcal_daemon.ports import HttpRequest
    from hybridcal_daemon.sandbox.marked import MarkedResponse
    from hybridcal_daemon.sandbox.webex.control import WebexControl

    Answerer = Callable[[WebexControl, HttpRequest, dict[str, str]], MarkedResponse]

CONTROL: Final = "/sandbox/v1/"
Body = TypeVar("Body")


class NewPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``POST people``."""

    address: str
    name: str
    personal_room: bool = True
    host_pin: str | None = None
    outside: bool = False


class RoomChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``PUT people/room``."""

    address: str
    present: bool
    site: str = ""


class NewBot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``POST bots``."""

    name: str = "Calendar"


class NewApp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``POST service-apps``."""

    scopes: frozenset[str] = APP_SCOPES
    presence_on_behalf: bool = False


class NewToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``POST person-tokens``."""

    address: str
    scopes: frozenset[str] = PERSONAL_SCOPES
    seconds: Annotated[float, msgspec.Meta(gt=0)] = PERSONAL_LIFE


class Revoked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``DELETE tokens``."""

    token: str


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``PUT rate``."""

    requests: int
    seconds: float = 1.0


def answer_control(control: WebexControl, request: HttpRequest, parts: SplitResult) -> MarkedResponse:
    """Answer a control call."""
    answerer = ANSWERERS.get((request.method, parts.path.removeprefix(CONTROL)), _no_such_call)
    try:
        return answerer(control, request, pairs(parts.query))
    except KeyError as missing:
        return answered({"message": str(missing.args[0])}, status=404)
    except (ValueError, Refusal) as wrong:
        return answered({"message": str(wrong)}, status=400)


def _read(request: HttpRequest, shape: type[Body]) -> Body:
    return msgspec.json.decode(request.body or b"{}", type=shape)


def _no_such_call(_: WebexControl, __: HttpRequest, ___: dict[str, str]) -> MarkedResponse:
    raise KeyError("no such control call; sandbox/webex/control_http.py lists them")


def _people(control: WebexControl, request: HttpRequest, _: dict[str, str]) -> MarkedResponse:
    new = _read(request, NewPerson)
    person = control.add_person(
        new.address, new.name, personal_room=new.personal_room, host_pin=new.host_pin, outside=new.outside
    )
    return answered({"id": person.rest_id, "uuid": person.uuid})


def _room(control: WebexControl, request: HttpRequest, _: dict[str, str]) -> MarkedResponse:
    change = _read(request, RoomChange)
    control.set_personal_room(change.address, present=change.present, site=change.site)
    return answered(None, status=204)


def _bots(control: WebexControl, request: HttpRequest, _: dict[str, str]) -> MarkedResponse:
    return answered({"token": control.add_bot(_read(request, NewBot).name)})


def _apps(control: WebexControl, request: HttpRequest, _: dict[str, str]) -> MarkedResponse:
    new = _read(request, NewApp)
    return answered(control.add_service_app(new.scopes, presence_on_behalf=new.presence_on_behalf))


def _person_tokens(control: WebexControl, request: HttpRequest, _: dict[str, str]) -> MarkedResponse:
    new = _read(request, NewToken)
    return answered({"token": control.person_token(new.address, scopes=new.scopes, seconds=new.seconds)})


def _revoke(control: WebexControl, request: HttpRequest, _: dict[str, str]) -> MarkedResponse:
    control.revoke(_read(request, Revoked).token)
    return answered(None, status=204)


def _add_faults(control: WebexControl, request: HttpRequest, _: dict[str, str]) -> MarkedResponse:
    text = (request.body or b"").lstrip()
    for rule in _read(request, list[dict[str, Any]]) if text.startswith(b"[") else [_read(request, dict[str, Any])]:
        control.add_fault(rule)
    return answered({"pending": control.faults.pending()})


def _faults(control: WebexControl, _: HttpRequest, __: dict[str, str]) -> MarkedResponse:
    return answered({"pending": control.faults.pending()})


def _clear_faults(control: WebexControl, _: HttpRequest, __: dict[str, str]) -> MarkedResponse:
    control.clear_faults()
    return answered(None, status=204)


def _rate(control: WebexControl, request: HttpRequest, _: dict[str, str]) -> MarkedResponse:
    rate = _read(request, Rate)
    control.set_rate(rate.requests, rate.seconds)
    return answered(None, status=204)


def _journal(control: WebexControl, _: HttpRequest, query: dict[str, str]) -> MarkedResponse:
    return answered({"items": control.journal(int(query.get("after", "0")))})


def _messages(control: WebexControl, _: HttpRequest, query: dict[str, str]) -> MarkedResponse:
    return answered({"items": control.messages_for(query.get("address", ""))})


def _presence(control: WebexControl, _: HttpRequest, query: dict[str, str]) -> MarkedResponse:
    return answered({"items": control.presence_history(query.get("address", ""))})


ANSWERERS: Final[dict[tuple[str, str], Answerer]] = {
    ("POST", "people"): _people,
    ("PUT", "people/room"): _room,
    ("POST", "bots"): _bots,
    ("POST", "service-apps"): _apps,
    ("POST", "person-tokens"): _person_tokens,
    ("DELETE", "tokens"): _revoke,
    ("POST", "faults"): _add_faults,
    ("GET", "faults"): _faults,
    ("DELETE", "faults"): _clear_faults,
    ("PUT", "rate"): _rate,
    ("GET", "journal"): _journal,
    ("GET", "messages"): _messages,
    ("GET", "presence"): _presence,
    **SPACES,
    **DEVICES,
}
