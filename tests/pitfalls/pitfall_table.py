"""Which known pitfall of Google Calendar is covered by which test: the table in ``README.md`` beside this.

Use: ``python -m tests.pitfalls.pitfall_table`` writes the table anew. A test holds it against the tests that there are.
"""

import re
from pathlib import Path

HERE = Path(__file__).parent
README = HERE / "README.md"
TEST = re.compile(r"^\s*(?:async )?def (test_(?:b3|c4|d)_\w+)\(", re.MULTILINE)

PUSH = {
    1: "expiry of a channel is in milliseconds; a forgotten old channel keeps no new one out",
    2: "token and rows are saved together; a failed renewal leaves the old channel",
    3: "a channel is stored before Google is asked for it",
    4: "a calendar is covered at any time",
    5: "answers that lack something; early, staggered renewal; 404 and 410 at stop; reason of refusals",
    6: "bursts of pushes; a list without any push",
    7: "a secret for each channel; late pushes; cancelled rows and rows outside the window",
}
SYNC = {
    1: "sync token together with a filter",
    2: "token not of the last page",
    3: "token saved before its rows",
    4: "fresh token without the content after a 410",
    5: "ghosts after a 410",
    6: "list empty while it is read anew",
    7: "410 without end",
    8: "410 taken for success",
    9: '"Invalid sync token value." is a 400',
    10: "endless series expanded by Google",
    11: "cancelled rows lack nearly everything",
    12: "an event that moves out of the window",
    13: "exception without its series",
    14: "occurrences of a cancelled series",
    15: "occurrence beside its exception",
    16: '"this and following" splits a series',
    17: "whole days are no instants",
    18: "expansion in the zone of the series",
    19: "one owner of a token",
    20: "parameters of the list are part of the token",
    21: "an empty page is not the last",
    22: "memory during a first list",
    23: "a first list of many pages",
    24: "rules and zones that nobody can read",
    25: "two versions of an event in one list",
    26: "404 for a whole calendar",
    27: "a page token that is too old",
    28: "working locations and the like are no meetings",
    29: "changes that leave `updated` as it was",
    30: "no clock of ours decides",
}
TRAPS = {
    "Time": {
        "all-day events have an exclusive end and no instant": "c4_17",
        "date and dateTime are not mixed": "time_a_day time_an_end_that",
        "recurring events name their zone": "time_a_series",
        "the offset in a time is only how it is written": "time_the_offset",
        "no length, negative length, no stated end": "time_no_length time_an_end_that",
    },
    "Who": {
        "`self` depends on the calendar in the path": "who_a_room who_self who_the_address who_the_own who_the_rooms",
        "a list of guests that was cut": "who_a_cut who_the_own",
        "an array of attendees replaces all": "who_guests who_a_write who_only",
        "whose own answer can be given": "who_an_organiser who_only who_the_own",
        "rooms are attendees of their own kind": "who_a_room who_the_rooms who_nobody",
        "a service account alone cannot invite": "who_a_service",
        "a Personal Room's address is its owner's": "who_an_address",
    },
    "Organiser's and attendees' copies": {
        "an attendee's copy refuses shared fields": "copies_an_attendee copies_a_guest",
        "`guestsCanModify` is not used": "copies_a_guest",
        "one write, on the organiser's copy": "copies_the_organiser",
        "nothing depends on marks on attendees' copies": "copies_no_mark",
        "locked and private copies": "copies_some",
        "a calendar of its own may organise": "who_a_room_that who_nobody",
    },
    "Visibility": {
        "stripped events are normal": "visibility_somebody visibility_an_event",
        "nothing of an event is logged": "visibility_no_word",
        "what was declined": "visibility_what",
    },
    "eventType": {
        "only ordinary events are written to": "types_only types_what",
        "the type cannot be changed": "types_the_kind",
    },
    "conferenceData": {
        "writes without a version drop it": "conference_google_s",
        "another provider's conference": "conference_another conference_one",
        "a Meet link that Google added": "conference_what",
    },
    "extendedProperties": {
        "lengths and numbers": "properties_keys properties_an_event",
        "private ones belong to one copy; others' stay": "properties_the_mark properties_whatever copies_no_mark",
        "copies have them, too": "properties_a_duplicate properties_a_copy properties_a_pasted properties_without",
        "they may be lost, and a block may be edited": "properties_a_lost properties_who",
        "no list is filtered by them": "properties_private properties_only",
    },
    "Text": {
        "limited length: the block gives way": "text_the_block text_without",
        "HTML or plain, undeclared": "text_html text_what_is",
        "markup may change on the way": "text_a_block text_a_description",
        "Google's own conference region": "text_what_google text_google text_our",
        "others' rulers": "text_other",
        "a block that goes takes nothing of the user's along": "text_taken",
        "languages have Google's own codes, and may change": "text_googles text_a_language text_the_organisations",
    },
    "Concurrency": {
        "If-Match": "concurrency_a_change concurrency_what",
        "bounded rounds after a 412": "concurrency_a_412 concurrency_rounds concurrency_without",
        "what was wished may be withdrawn meanwhile": "concurrency_who",
        "never over just anything": "concurrency_no_change",
        "inserts are known by an id of ours": "concurrency_an_insert concurrency_ids concurrency_these",
        "a conflict may hide that something was added": "concurrency_a_conflict",
        "a deleted id is not free again": "concurrency_a_deleted",
        "`sequence` is Google's": "concurrency_the_sequence",
    },
    "sendUpdates": {
        "who is mailed is a setting": "updates_who updates_whom updates_guests",
        "access rules mail nobody": "updates_nobody",
    },
    "Loops": {
        "writing again changes nothing": "loops_one_write loops_a_keyword_costs loops_a_block",
        "our own echo": "loops_our",
        "only what matters is compared": "loops_what",
        "write budget with an alarm": "loops_a_write loops_the_alarm",
        "one writer for a series": "loops_one loops_an_exception loops_a_keyword_on loops_an_instance loops_a_series",
        "no reaction on attendees' copies": "copies_the_organiser copies_a_guest",
    },
}
"""Area -> trap -> beginnings of the names of its tests, without ``test_d_``."""
_HEAD = """# Known pitfalls of Google Calendar and their tests

The numbers are those of the list of pitfalls that this program was written against: B.3 push, C.4 lists and sync
tokens, D events. A test that covers a pitfall has its number, or its area, in its name. This file is written by
`python -m tests.pitfalls.pitfall_table`; a test proves that it is true.
"""


def all_tests():
    """Name of each pitfall test -> the file it is in."""
    files = sorted(HERE.parent.rglob("test_*.py"))
    return {name: path.relative_to(HERE.parent) for path in files for name in TEST.findall(path.read_text())}


def rows(names):
    """(section, pitfall, its tests), in order."""
    found = [(f"B.3.{number}", what, _beginning(names, f"test_b3_{number}_")) for number, what in PUSH.items()]
    found += [(f"C.4.{number}", what, _beginning(names, f"test_c4_{number:02}_")) for number, what in SYNC.items()]
    for area, traps in TRAPS.items():
        found += [(f"D {area}", trap, _all(names, stems.split())) for trap, stems in traps.items()]
    return found


def _all(names, stems):
    whole = [f"test_{stem}_" if stem.startswith(("b3_", "c4_")) else f"test_d_{stem}_" for stem in stems]
    return sorted({name for stem in whole for name in _beginning(names, stem)})


def _beginning(names, stem):
    return sorted(name for name in names if name.startswith(stem))


def table(names):
    """Text of the file."""
    lines = [_HEAD, "| pitfall | what | tests |", "|---|---|---|"]
    for number, what, tests in rows(names):
        lines.append(f"| {number} | {what} | {'<br>'.join(f'`{each}`' for each in tests)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    README.write_text(table(all_tests()))
