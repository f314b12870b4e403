"""The catalogue of everything that an operator may be told.

Owns: a stable code for each trouble, what it means, what the daemon does about it, what the operator does.
Promises: every code that a ``CallError``, a ``Standing`` or an alarm carries is here (a test proves it).
Does not: contain anything about one person or one request.
"""

from __future__ import annotations

from typing import Final

from hybridcal_daemon.domain.errors_devices import DEVICES
from hybridcal_daemon.domain.errors_entry import RETRY, Entry
from hybridcal_daemon.domain.errors_google import GOOGLE
from hybridcal_daemon.domain.errors_webex import WEBEX

__all__ = ["CATALOGUE", "Entry"]

CATALOGUE: Final[dict[str, Entry]] = {
    **GOOGLE,
    **WEBEX,
    **DEVICES,
    # readers
    "bearer-invalid": Entry(
        "The bearer token of a reader is not valid at Webex.", "The reader is refused.", "The reader signs in again."
    ),
    # the wire
    "unreachable": Entry("No connection to the service.", RETRY, "Check network, DNS, proxy and the *_url settings."),
    "tls": Entry(
        "The service's certificate is not trusted here.",
        RETRY,
        "If a proxy inspects TLS, name its CA in network.ca_file.",
    ),
    "deadline": Entry("The service did not answer in time.", RETRY, "Nothing, unless it lasts."),
    "too-large": Entry(
        "The service's answer was larger than allowed.", "The answer is dropped.", "Please report this."
    ),
    "protocol": Entry("The service broke the connection in mid-answer.", RETRY, "Nothing, unless it lasts."),
    # keys and store
    "kms-sealed": Entry(
        "The keys are not available, so nothing may be stored or published.",
        "It waits; calendars are not read meanwhile. Google keeps all meetings.",
        "Restore the keyring file (kms.keyring_file), or remove hybridcal.db to start anew: a resync rebuilds the lists.",
    ),
    "kms-keyring-unreadable": Entry(
        "The keyring file cannot be opened or is damaged.",
        "It stays sealed: nothing is stored or published.",
        "Restore kms.keyring_file from your backup, with owner hybridcal and mode 0600, and reload.",
    ),
    "kms-keyring-missing": Entry(
        "There is a database but no keyring file, so the keys that it was written with are gone.",
        "It stays sealed: nothing is stored or published.",
        "Restore kms.keyring_file; or move the state directory away and activate the users again.",
    ),
    "kms-wrong-keyring": Entry(
        "The keyring file is not the one that the database was written with.",
        "It stays sealed: nothing is stored or published.",
        "Put the right keyring in place and reload.",
    ),
    "kms-tampered": Entry(
        "A stored value does not fit its place: it was damaged or moved.",
        "The value is not used; the calendar is listed anew.",
        "Check the disk and who may write to the state directory.",
    ),
    "kms-keyring-exposed": Entry(
        "The keyring file may be read by others than its owner, so it cannot be trusted to be secret.",
        "It stays sealed: nothing is stored or published.",
        "chown the file to the daemon's user, chmod 600, and reload. If others may have read it, start anew with a new keyring.",
    ),
    "kms-unknown-user": Entry(
        "Something was to be sealed or opened for a user whose key is not loaded: deactivated, or not yet loaded.",
        "Nothing is sealed or opened; for an active user it tries again.",
        "Nothing, unless it lasts: restart the daemon and please report this.",
    ),
    "kms-unknown-key": Entry(
        "A reader asked for a key that is none of this daemon's keys.",
        "The reader is refused.",
        "Nothing. If kms.host was changed, the lists show new keys after the next change of each meeting.",
    ),
    "disk-full": Entry(
        "There is no space on the disk of the state directory.",
        "Nothing is acknowledged until there is; it goes on by itself.",
        "Free space on that file system.",
    ),
    "answer-lost": Entry(
        "A request was never answered inside the daemon.", RETRY, "Please report this, with the version."
    ),
    "expired": Entry(
        "A request waited too long in its queue.", RETRY, "If it lasts, raise the *.requests_per_minute settings."
    ),
    "worker-crashed": Entry(
        "Handling an answer failed because of a fault in the program.",
        RETRY,
        "Please report the log lines `worker.crashed`.",
    ),
    "not-permitted": Entry(
        "Something asked for a calendar of somebody who is not activated, or for a right that is not theirs.",
        "It was refused and written to the audit log.",
        "Please report this, with the version.",
    ),
    "busy": Entry("An inner service did not answer in time.", RETRY, "If it lasts, look at the machine's load."),
    "google-channel-exists": Entry(
        "A watch channel of this id exists already.", "It is stopped and opened anew.", "Nothing."
    ),
    # users
    "crashed": Entry(
        "Handling this user's calendar failed again and again because of a fault in the program.",
        "This user is parked; it is tried again every hour. Nobody else is affected.",
        "Please report the log lines `actor.crashed`.",
    ),
    "activated-as-person": Entry(
        "This address is activated as a person's.",
        "It stays so.",
        "Use hybridcal users for it; if it is a room's, deactivate it there first.",
    ),
    "activated-as-room": Entry(
        "This address is activated as a room's.",
        "It stays so.",
        "Use hybridcal rooms for it; if it is a person's, deactivate it there first.",
    ),
    "room-not-found": Entry(
        "Google finds no room's calendar under this address, or google.rooms.owner may not see it.",
        "The room is not served; it is looked at again after an hour, later once a day.",
        "Correct the address (Admin console > Buildings and resources: it ends in resource.calendar.google.com), or "
        "deactivate the room here.",
    ),
    "room-not-owned": Entry(
        "google.rooms.owner (or google.rooms.account) may not change who has access to this room's calendar.",
        "The room is not served; it is tried again after an hour, later once a day.",
        "Make that account an owner of the room's calendar, name a super admin in google.rooms.owner, or share the "
        "calendar with google.rooms.account yourself (make changes to events). Then run `hybridcal rooms resync ADDRESS`.",
    ),
    "room-access-lost": Entry(
        "Somebody has taken the acting account's access to this room's calendar away.",
        "It is respected: the room is not read any more.",
        "Share the room's calendar with the acting account again, or let it be asked for again: hybridcal rooms resync ADDRESS.",
    ),
    "write-budget": Entry(
        "Join details were written into one event five times within an hour and taken out again each time: most likely by "
        "another program that writes descriptions, or a second installation of this one.",
        "It stops writing to that event for an hour.",
        "Find the other program (who has access to the person's calendar?); or remove the keyword from the event.",
    ),
    "google-token": Entry(
        "Google does not accept an access token that it has just issued: the person was suspended or signed out everywhere.",
        "This user is not served; it is checked again after 60 minutes, later once a day.",
        "Look at the account in the Google admin console, or deactivate the user here.",
    ),
    "google-refused": Entry(
        "Google refuses this request and gives no reason that is known here.",
        "It does not repeat it soon.",
        "If it lasts, please report this, with the version.",
    ),
    "google-wrong-subject": Entry(
        "A token request was about to name another person or other scopes than were meant.",
        "The request was not sent.",
        "Please report this, with the version.",
    ),
    "errand-in-doubt": Entry(
        "Google did not answer, so nobody knows whether this was done.",
        "It is not repeated, because it might then be done twice.",
        "Look into the calendar before you ask for it again; with a new key, as this one stays in doubt.",
    ),
    "errand-dropped": Entry(
        "The person or room was deactivated before this was done.",
        "It is not done any more, unless Google had it already.",
        "Look into the calendar.",
    ),
    "errand-too-many": Entry(
        "Too much is under way in this calendar.",
        "It takes nothing more for this calendar until some of that has ended.",
        "Ask again in some minutes, with the same key.",
    ),
    "errand-undone": Entry(
        "The event that was made under this key has been deleted since.",
        "It is not made again.",
        "Ask again with a new key if the event is to be made anew.",
    ),
    "errand-own-event": Entry(
        "This person organises the event, and an organiser does not answer their own invitation.",
        "Nothing was changed.",
        "Delete the event, or change it in Google Calendar.",
    ),
    "errand-not-invited": Entry(
        "This person is not among the guests of the event, so there is nothing to answer.",
        "Nothing was changed.",
        "Answer it for the person who was invited, or let the organiser invite them.",
    ),
    "errand-not-for-rooms": Entry(
        "This can be done for a person only, not for a room.",
        "Nothing was changed.",
        "Book a room by making an event in its calendar, release it by deleting that event.",
    ),
    "key-reused": Entry(
        "Something else was asked for under this key within the last day.",
        "Nothing was changed.",
        "Use a new key for a new wish; the same key is for asking for the same thing again.",
    ),
    "description-full": Entry(
        "The description of the event is so long that the join details do not fit.",
        "The event stays as it is.",
        "Shorten the description; it is looked at again when the event changes.",
    ),
    "nothing-to-join": Entry(
        "There is nothing to join any more in this meeting.",
        "No Join card is sent.",
        "Nothing.",
    ),
}


def explain(code: str) -> Entry:
    """Entry of a code; KeyError for a code that is not in the catalogue (a test keeps this from happening)."""
    return CATALOGUE[code]
