"""``GET /v1/people``, ``/v1/people/me``, ``/v1/people/{id}``, sites and the Personal Room.

Owns: how a person looks to a caller. Promises: ``status`` is left out where ``excludeStatus`` or ``id`` ask for it and
is ``OutOfOffice`` while such a presence holds. Does not: create or change people (the control calls do).

Based on:

* Parameters, fields and statuses of the three people calls [public OpenAPI]. The parameters ``orgId``, ``roles``,
  ``locationId`` and ``callingData`` are administrators' filters that this stand-in does not have; it refuses them.
* People of other organisations are found without a status [public documentation: full data of the own organisation
  only; what exactly is left out is inferred].
* A look-up by an unknown address gives an empty list [seen in open client code]; addresses match in any case
  [inferred]; a malformed address is refused [unverified].
* Personal Room: fields [public OpenAPI]; ``userEmail`` needs the administrators' scope and is ignored without it
  [public OpenAPI: "only used if"]: here it is refused with 403 unless it names the caller, as the OpenAPI example of
  a 403 suggests. 404 for somebody unknown or without a room [status list of the OpenAPI; the case is inferred].
* Sites: fields; an administrator without ``siteUrl`` asks on the organisation's default site, a person on their own
  [public OpenAPI]; 404 for somebody who is not on the site asked [inferred].
* ``telephony.links`` is left out: it is an object in the OpenAPI's schema and a list in its example.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.webex.access import ADMIN_PREFERENCES, OWN_PREFERENCES, PEOPLE_READ, require
from hybridcal_daemon.sandbox.webex.call import Call, Refusal, answered, flag, timestamp, whole_number
from hybridcal_daemon.sandbox.webex.ids import uuid_of
from hybridcal_daemon.sandbox.webex.presence import current

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.marked import MarkedResponse
    from hybridcal_daemon.sandbox.webex.world import Person, PersonalRoom

MOST_IDS: Final = 85
MOST_PEOPLE: Final = 1000

STATUS: Final = {
    "ooo": "OutOfOffice",
    "dnd": "DoNotDisturb",
    "active": "active",
    "inactive": "inactive",
    "call": "call",
    "meeting": "meeting",
    "calendarItem": "meeting",
    "presenting": "presenting",
}


def list_people(call: Call) -> MarkedResponse:
    """``GET /v1/people``."""
    require(call.token, PEOPLE_READ)
    call.only_query("email", "displayName", "id", "max", "excludeStatus")
    most = whole_number(call, "max", 100, MOST_PEOPLE)
    hide = flag(call, "excludeStatus") or "id" in call.query
    found = [person for person in _matching(call) if person.kind != "appuser"]
    return answered({"items": [shown(call, person, status=not hide) for person in found[:most]]})


def me(call: Call) -> MarkedResponse:
    """``GET /v1/people/me``."""
    require(call.token, PEOPLE_READ)
    call.only_query()
    return answered(shown(call, call.token.owner))


def one_person(call: Call) -> MarkedResponse:
    """``GET /v1/people/{id}``."""
    require(call.token, PEOPLE_READ)
    call.only_query()
    person = call.world.people.get(uuid_of("PEOPLE", call.argument) or "")
    if person is None:
        raise Refusal(404, "The requested person could not be found.")
    return answered(shown(call, person))


def _matching(call: Call) -> list[Person]:
    query = call.query
    if len({"email", "displayName", "id"} & query.keys()) != 1:
        raise Refusal(400, "Exactly one of the query parameters email, displayName and id is required.")
    if "email" in query:
        return _by_address(call, query["email"])
    if "id" in query:
        return _by_ids(call, query["id"].split(","))
    start = query["displayName"].casefold()
    return [person for person in call.world.people.values() if person.name.casefold().startswith(start)]


def _by_address(call: Call, address: str) -> list[Person]:
    if "@" not in address:
        raise Refusal(400, "Query parameter 'email' is not an e-mail address.")
    person = call.world.somebody(address)
    return [] if person is None else [person]


def _by_ids(call: Call, ids: list[str]) -> list[Person]:
    if len(ids) > MOST_IDS:
        raise Refusal(400, f"Query parameter 'id' accepts up to {MOST_IDS} ids.")
    found = (call.world.people.get(uuid_of("PEOPLE", given) or "") for given in ids)
    return [person for person in found if person is not None]


def shown(call: Call, person: Person, *, status: bool = True) -> dict[str, Any]:
    """Write a person as the people calls do."""
    first, _, last = person.name.partition(" ")
    value: dict[str, Any] = {
        "id": person.rest_id,
        "emails": [person.address],
        "phoneNumbers": [],
        "sipAddresses": _sip_addresses(person),
        "displayName": person.name,
        "nickName": first,
        "firstName": first,
        "lastName": last,
        "orgId": person.org_id,
        "created": timestamp(person.created),
        "lastModified": timestamp(person.created),
        "invitePending": False,
        "loginEnabled": True,
        "type": person.kind,
    }
    if status and person.kind == "person" and not person.outside:
        value["status"] = STATUS[current(person, call.now)[0]]
    return value


def _sip_addresses(person: Person) -> list[dict[str, Any]]:
    if person.room is None:
        return []
    return [{"type": "personal-room", "value": f"{person.room.name}@{person.sites[0]}", "primary": False}]


def personal_room(call: Call) -> MarkedResponse:
    """``GET /v1/meetingPreferences/personalMeetingRoom``."""
    person = _preferring(call)
    site = _site(call, person)
    room = person.rooms.get(site)
    if room is None:
        raise Refusal(404, "The Personal Meeting Room could not be found.")
    return answered(_room_shown(site, person.name, room))


def sites(call: Call) -> MarkedResponse:
    """``GET /v1/meetingPreferences/sites``."""
    person = _preferring(call)
    _site(call, person)
    return answered({"sites": [{"siteUrl": site, "default": site == person.sites[0]} for site in person.sites]})


def _preferring(call: Call) -> Person:
    """Give the person whose preferences are asked for."""
    require(call.token, frozenset({OWN_PREFERENCES, ADMIN_PREFERENCES}))
    call.only_query("userEmail", "siteUrl")
    owner = call.world.somebody(call.query.get("userEmail", call.token.owner.address))
    if owner is not call.token.owner and ADMIN_PREFERENCES not in call.token.scopes:
        raise Refusal(403, "Not permitted to view or change other user's preferences")
    if owner is None:
        raise Refusal(404, "The user could not be found.")
    return owner


def _site(call: Call, person: Person) -> str:
    """Give the site that is meant: for an administrator without ``siteUrl`` the organisation's default one."""
    own = person.sites[0] if person is call.token.owner and person.sites else call.world.site
    site = call.query.get("siteUrl", own)
    if site not in person.sites:
        raise Refusal(404, "The user could not be found on the site.")
    return site


def _room_shown(site: str, owner: str, room: PersonalRoom) -> dict[str, Any]:
    return {
        "topic": f"{owner}'s Personal Room",
        "hostPin": room.host_pin,
        "personalMeetingRoomLink": f"https://{site}/meet/{room.name}",
        "enabledAutoLock": False,
        "autoLockMinutes": 10,
        "enabledNotifyHost": False,
        "supportCoHost": False,
        "supportAnyoneAsCoHost": False,
        "allowFirstUserToBeCoHost": False,
        "allowAuthenticatedDevices": True,
        "coHosts": [],
        "sipAddress": f"{room.name}@{site}",
        "dialInIpAddress": "192.0.2.10",
        "telephony": {
            "accessCode": room.access_code,
            "callInNumbers": [
                {"label": "US Toll", "callInNumber": "+1-555-010-0100", "tollType": "toll"},
                {"label": "US Toll Free", "callInNumber": "+1-555-010-0101", "tollType": "tollFree"},
            ],
        },
    }
