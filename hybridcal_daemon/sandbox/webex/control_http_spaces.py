"""The control calls over HTTP about spaces, meetings, sites and apps; ``control_http.py`` has the others.

Owns: their bodies. Promises: as there. Does not: do anything that the Python methods of the same names do not.

=======  ===========================  ==================================================  ==============================
method   path below ``/sandbox/v1``   body or query                                       answer
=======  ===========================  ==================================================  ==============================
POST     ``integrations``             ``{address, scopes?}``                              as ``service-apps``
DELETE   ``apps``                     ``{client_id}``                                     204
PUT      ``rotation``                 ``{rotate}``                                        204
GET      ``rooms``                                                                        ``{items: [SeenRoom]}``
DELETE   ``rooms``                    ``{room}``                                          204
POST     ``rooms/migration``          ``{room}``                                          ``{id}``, the new one
GET      ``rooms/members``            ``?room=``                                          ``{items: [SeenMember]}``
DELETE   ``rooms/members``            ``{room, address}``                                 204
POST     ``said``                     ``{address, text, to?}``                            ``SentMessage``
PUT      ``own-people-only``          ``{own_only}``                                      204
PUT      ``lossy-links``              ``{lose}``                                          204
GET      ``meetings``                 ``?host=`` (or everybody's), ``?deleted=true``      ``{items: [SeenMeeting]}``
DELETE   ``meetings``                 ``{id}``                                            204
GET      ``mails``                                                                        ``{items: [SeenMail]}``
PUT      ``quota``                    ``{per_user?, per_host?, per_admin?}``              204
PUT      ``licences``                 ``{address, present}``                              204
PUT      ``sites``                    ``{address, sites}``, the default one first         204
=======  ===========================  ==================================================  ==============================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from hybridcal_daemon.sandbox.webex.access import INTEGRATION_SCOPES
from hybridcal_daemon.sandbox.webex.call import answered
from hybridcal_daemon.sandbox.webex.quota import PER_ADMIN, PER_HOST, PER_USER

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.ports import HttpRequest
    from hybridcal_daemon.sandbox.marked import MarkedResponse
    from hybridcal_daemon.sandbox.webex.control import WebexControl

    Answerer = Callable[[WebexControl, HttpRequest, dict[str, str]], MarkedResponse]
    Looker = Callable[[WebexControl, dict[str, str]], object]

Body = TypeVar("Body")


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What all bodies have in common."""


class NewIntegration(_Body, frozen=True):
    """Body of ``POST integrations``."""

    address: str
    scopes: frozenset[str] = INTEGRATION_SCOPES


class OneApp(_Body, frozen=True):
    """Body of ``DELETE apps``."""

    client_id: str


class Rotation(_Body, frozen=True):
    """Body of ``PUT rotation``."""

    rotate: bool


class OneRoom(_Body, frozen=True):
    """Body of ``DELETE rooms`` and ``POST rooms/migration``."""

    room: str


class OneMember(_Body, frozen=True):
    """Body of ``DELETE rooms/members``."""

    room: str
    address: str


class Said(_Body, frozen=True):
    """Body of ``POST said``."""

    address: str
    text: str
    to: str = ""


class OwnPeople(_Body, frozen=True):
    """Body of ``PUT own-people-only``."""

    own_only: bool


class LossyLinks(_Body, frozen=True):
    """Body of ``PUT lossy-links``."""

    lose: bool


class OneMeeting(_Body, frozen=True):
    """Body of ``DELETE meetings``."""

    id: str


class Limits(_Body, frozen=True):
    """Body of ``PUT quota``."""

    per_user: int = PER_USER
    per_host: int = PER_HOST
    per_admin: int = PER_ADMIN


class Licence(_Body, frozen=True):
    """Body of ``PUT licences``."""

    address: str
    present: bool


class Sites(_Body, frozen=True):
    """Body of ``PUT sites``."""

    address: str
    sites: tuple[str, ...]


def _doing(shape: type[Body], do: Callable[[WebexControl, Body], object]) -> Answerer:
    """Make a call with a body: what ``do`` gives is the answer, 204 for None."""

    def answer(control: WebexControl, request: HttpRequest, _: dict[str, str]) -> MarkedResponse:
        given = do(control, msgspec.json.decode(request.body or b"{}", type=shape))
        return answered(given, status=204 if given is None else 200)

    return answer


def _looking(look: Looker) -> Answerer:
    """Make a call that lists what ``look`` gives."""

    def answer(control: WebexControl, _: HttpRequest, query: dict[str, str]) -> MarkedResponse:
        return answered({"items": look(control, query)})

    return answer


SPACES: Final[dict[tuple[str, str], Answerer]] = {
    ("POST", "integrations"): _doing(
        NewIntegration, lambda control, new: control.add_integration(new.address, new.scopes)
    ),
    ("DELETE", "apps"): _doing(OneApp, lambda control, app: control.revoke_app(app.client_id)),
    ("PUT", "rotation"): _doing(Rotation, lambda control, given: control.set_rotation(rotate=given.rotate)),
    ("GET", "rooms"): _looking(lambda control, _: control.rooms()),
    ("DELETE", "rooms"): _doing(OneRoom, lambda control, one: control.delete_room(one.room)),
    ("POST", "rooms/migration"): _doing(OneRoom, lambda control, one: {"id": control.migrate(one.room)}),
    ("GET", "rooms/members"): _looking(lambda control, query: control.members(query.get("room", ""))),
    ("DELETE", "rooms/members"): _doing(OneMember, lambda control, one: control.leave(one.room, one.address)),
    ("POST", "said"): _doing(Said, lambda control, said: control.say(said.address, said.text, to=said.to)),
    ("PUT", "own-people-only"): _doing(
        OwnPeople, lambda control, given: control.restrict_to_own_people(own_only=given.own_only)
    ),
    ("PUT", "lossy-links"): _doing(LossyLinks, lambda control, given: control.lose_link_parameters(lose=given.lose)),
    ("GET", "meetings"): _looking(
        lambda control, query: control.meetings(query.get("host"), deleted=query.get("deleted") == "true")
    ),
    ("DELETE", "meetings"): _doing(OneMeeting, lambda control, one: control.delete_meeting(one.id)),
    ("GET", "mails"): _looking(lambda control, _: control.mails()),
    ("PUT", "quota"): _doing(
        Limits,
        lambda control, given: control.set_quota(
            per_user=given.per_user, per_host=given.per_host, per_admin=given.per_admin
        ),
    ),
    ("PUT", "licences"): _doing(
        Licence, lambda control, given: control.set_licence(given.address, present=given.present)
    ),
    ("PUT", "sites"): _doing(Sites, lambda control, given: control.set_sites(given.address, *given.sites)),
}
