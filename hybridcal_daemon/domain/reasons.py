"""What there is to say about an event: every reason with its sentence and what to do.

Owns: the table of reasons. Promises: each is a whole sentence; where something is not as it should be, there is a fix;
no code is also one of the error catalogue's. Does not: choose among them (``explaining.py`` does).
"""

from __future__ import annotations

from typing import Final, Literal

About = Literal["event", "details", "list", "card"]


def _entry(about: About, means: str, fix: str = "", *, good: bool = False) -> tuple[About, bool, str, str]:
    return about, good, means, fix


REASONS: Final = {
    "no-such-event": _entry(
        "event",
        "Google has no such event in this calendar, or it was deleted.",
        "Check the id: it is in the address of the event's page in Google Calendar, after eid=.",
    ),
    "not-served": _entry(
        "event",
        "This calendar is not read at present.",
        "See why and what to do: hybridcal users show ADDRESS",
    ),
    "not-a-meeting": _entry(
        "event",
        "It is a working location, focus time, absence, birthday or an entry made from mail: nobody meets in it.",
        "Nothing; make an ordinary event if people are to meet.",
    ),
    "over": _entry("event", "It is over.", "Nothing."),
    "organiser": _entry("event", "It is organised from this calendar.", good=True),
    "attendee": _entry("event", "Somebody else organises it.", good=True),
    "details-present": _entry("details", "The join details are in its description.", good=True),
    "details-foreign": _entry(
        "details",
        "A Webex link was typed into it already, so nothing is written.",
        "Remove that link if the keyword is to count.",
    ),
    "details-conference": _entry(
        "details",
        "Another service's meeting was added to it already, so nothing is written.",
        "Remove that conference from the event if the keyword is to count.",
    ),
    "details-not-asked": _entry(
        "details",
        "Its location asks for nothing.",
        "Write @webex into the location of the event.",
    ),
    "details-keyword-off": _entry(
        "details",
        "Its location has a keyword that does nothing in this installation.",
        "Write @webex:myroom, @webex:space or @webex:onetime; or set keywords.webex and keywords.meet in config.toml.",
    ),
    "details-going": _entry(
        "details", "Its location asks for nothing any more, so the join details are taken out.", good=True
    ),
    "details-strange": _entry(
        "details",
        "Its location asks for nothing; the join details in it were edited or pasted, so they are left alone.",
        "Delete them by hand if they are not wanted.",
    ),
    "details-crowded-room": _entry(
        "details",
        "It has more than 300 guests, too many for a Personal Room.",
        "Write @webex:onetime into the location, or invite fewer people.",
    ),
    "details-crowded-space": _entry(
        "details",
        "It has more than 60 guests, too many for a space.",
        "Write @webex:onetime into the location, or invite fewer people.",
    ),
    "space-not-followed": _entry(
        "details",
        "It has more than 75 guests by now, so those who came last are not added to its space.",
        "Nothing: the join details in the invitation are good for everybody. Or add them to the space by hand.",
    ),
    "details-no-space-service": _entry(
        "details",
        "Its keyword asks for a space, and no Webex integration that may open one is configured.",
        "Set webex.integration_* in config.toml; or write @webex:myroom or @webex:onetime into the location.",
    ),
    "details-host-quota": _entry(
        "details",
        "As many meetings as Webex allows were made for this organiser in the last 24 hours.",
        "Nothing; it gets its meeting later. The limit is webex.meetings_per_host in config.toml.",
    ),
    "details-refused": _entry(
        "details",
        "Webex does not make the meeting that its keyword asks for.",
        "See the log lines call.failed; it is tried again when the event changes.",
    ),
    "details-meeting-soon": _entry(
        "details", "Its Webex meeting is being made.", "Nothing; wait some seconds.", good=True
    ),
    "details-others-room": _entry(
        "details",
        "Its location names a Personal Room that is not the organiser's, so nothing is written.",
        "Write @webex into the location for the organiser's own.",
    ),
    "details-external-organiser": _entry(
        "details",
        "Somebody of another company organises it; join details are written into the organiser's copy only.",
        "Ask them to put a link into the invitation: any that is recognised gives a Join button.",
    ),
    "details-event-type": _entry(
        "details",
        "It is of a kind of event that Google lets nobody else write to.",
        "Make an ordinary event.",
    ),
    "details-not-organiser": _entry(
        "details",
        "Join details are written into the organiser's copy only; from there every guest gets them.",
        "Activate the organiser, if they are of this company: hybridcal users activate ADDRESS",
    ),
    "details-read-only": _entry(
        "details",
        "This copy is locked or private, so that Google lets nobody change it.",
        "Nothing; the organiser can make an ordinary event.",
    ),
    "details-of-room": _entry(
        "details",
        "This is a room's copy: join details come from the organiser's, and cards go to people.",
        "Explain it for the organiser: hybridcal explain ADDRESS EVENT",
    ),
    "details-no-room": _entry(
        "details",
        "The person has no Webex Personal Room.",
        "Control Hub > Users: give the person a licence with a Personal Room.",
    ),
    "details-room-unknown": _entry(
        "details",
        "The person's Webex Personal Room is not known yet.",
        "Nothing; it is looked up, see: hybridcal users show ADDRESS",
    ),
    "details-left-alone": _entry(
        "details",
        "This version of the event was looked at and could not be written.",
        "See the log line event.left-alone; it is looked at again when the event changes.",
    ),
    "details-outside": _entry(
        "details",
        "It is more than 31 days ahead: join details are written when it comes nearer.",
        "Nothing; its guests get the join details then.",
    ),
    "details-soon": _entry("details", "The join details are to be written.", "Nothing; wait some seconds.", good=True),
    "listed": _entry("list", "It is in the meetings list.", good=True),
    "list-outside": _entry(
        "list",
        "It does not happen between 7 days back and 31 days ahead.",
        "Nothing; it comes into the list when its time comes.",
    ),
    "list-not-yet": _entry(
        "list",
        "This version of the event has not been read yet.",
        "Wait some seconds; or read the calendar anew: hybridcal users resync ADDRESS",
    ),
    "list-stale": _entry(
        "list",
        "It is in the meetings list as it was before its last change.",
        "Wait some seconds; or read the calendar anew: hybridcal users resync ADDRESS",
    ),
    "card-declined": _entry(
        "card", "The person has declined, so there is no Join card.", "Nothing; accept it to get one."
    ),
    "card-no-link": _entry(
        "card",
        "There is no way to join in it that is recognised, so there is no Join card.",
        "Put a link to a video meeting into the location or description, or write @webex into the location.",
    ),
    "card-no-details": _entry(
        "card",
        "Its keyword has given it no join details yet, so there is no Join card.",
        "See above what is said about its join details.",
    ),
    "card-private": _entry(
        "card",
        "Google marks it as private, and such events have no Join card here.",
        "Set cards.private to hide (a card without the title) or show, if they should have one.",
    ),
    "card-all-day": _entry("card", "It lasts whole days, so there is no moment for a Join card.", "Nothing."),
    "card-out": _entry("card", "The Join card is out.", good=True),
    "card-refused": _entry("card", "Webex does not take the Join card.", "See the log lines call.failed."),
    "card-later": _entry("card", "The Join card comes shortly before it begins.", good=True),
}
"""Code to (about, good, means, fix); a trouble's own code has the sentences of the error catalogue."""
