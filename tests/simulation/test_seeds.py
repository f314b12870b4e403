"""Many seeds: every invariant holds, and what is rare happened."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.chunks import CHUNK, SEEDS
from tests.simulation.run import run

RARE = {
    "the process died between a commit and the request that it allowed": (
        "crash at store.committed.card",
        "crash at store.committed.channel",
    ),
    "it died between an effect and its answer": (
        "crash at webex.card.done",
        "crash at google.patch.done",
        "crash at webex.presence.done",
        "crash at webex.delete.done",
    ),
    "it died in the middle of a traversal": ("crash at google.list.more",),
    "it died while a watch call was under way": ("crash at google.watch.leaving", "crash at google.watch.done"),
    "it died when rows had been written": ("crash at store.committed.rows",),
    "it died twice within a minute": ("two crashes within a minute",),
    "it was restarted in order": ("crash at stopped",),
    "a user's actor died and was given a new life": ("log actor.crashed",),
    "it died between every two steps of an errand": (
        "crash at store.committed.errand.planned",
        "crash at store.committed.errand.sending",
        "crash at store.commit.errand.done",
        "crash at store.committed.errand.done",
        *(
            f"crash at google.{name}.{when}"
            for name in ("insert", "quick-add", "delete")
            for when in ("leaving", "done")
        ),
        *(f"crash at answered.{kind}" for kind in ("insert", "quick-add", "respond", "delete")),
    ),
    "it died between every two steps of giving access to a room and taking it back": (
        "crash at store.committed.access",
        "crash at google.acl-get.done",
        "crash at google.acl-insert.leaving",
        "crash at google.acl-insert.done",
        "crash at answered.GrantAccess",
        "crash at google.acl-delete.leaving",
        "crash at google.acl-delete.done",
        "crash at answered.ReturnAccess",
    ),
    "it died between every two steps of the other requests": (
        "crash at google.list.done",
        "crash at answered.ListEvents",
        "crash at google.edge.leaving",
        "crash at google.edge.done",
        "crash at answered.ListEdge",
        "crash at google.instances.leaving",
        "crash at google.instances.done",
        "crash at answered.ListInstances",
        "crash at google.patch.leaving",
        "crash at answered.Decorate",
        "crash at answered.OpenChannel",
        "crash at google.stop.leaving",
        "crash at google.stop.done",
        "crash at answered.StopChannel",
        "crash at google.setting.leaving",
        "crash at google.setting.done",
        "crash at answered.ReadProfile",
    ),
    "it died between every two steps of a meeting": (
        *(f"crash at store.committed.meeting.{state}" for state in ("planned", "opening", "making", "made")),
        "crash at webex.meeting-make.leaving",
        "crash at webex.meeting-make.done",
        "crash at answered.HoldMeeting",
        "crash at answered.FindMeeting",
        "crash at webex.meeting-change.leaving",
        "crash at webex.meeting-change.done",
        "crash at answered.ChangeMeeting",
        "crash at webex.meeting-end.leaving",
        "crash at webex.meeting-end.done",
        "crash at answered.EndMeeting",
    ),
    "it died between every two steps of a space": (
        "crash at webex.space-make.leaving",
        "crash at webex.space-make.done",
        "crash at answered.OpenSpace",
        "crash at answered.FindSpace",
        "crash at webex.member-add.done",
        "crash at webex.member-remove.done",
        "crash at webex.space-change.done",
        "crash at answered.FollowSpace",
    ),
    "it died between every two steps of a device's list": (
        "crash at store.committed.offer",
        "crash at webex.bookings-put.leaving",
        "crash at webex.bookings-put.done",
        "crash at answered.PutBookings",
        "crash at answered.CheckBookings",
        "crash at answered.FindDevices",
    ),
    "it died when a block was taken out": ("crash at answered.Undecorate",),
    "a meeting, a space were in doubt": ("meeting in doubt", "space in doubt"),
    "a meeting was found by a look, another was not": ("log meeting.found", "log meeting.not-found"),
    "people did things at Webex": ("meeting deleted by hand", "space migrated", "member by hand"),
    "a device was rebooted, and cut off": ("device rebooted", "device cut off", "log device.lost", "log device.back"),
    "a device showed meetings": ("device shows meetings",),
    "an organiser was told why there are no join details": ("log notice.sent",),
    "somebody left, and nothing of ours remained": ("left without a trace",),
    "Webex was to show either status": ("presence ooo", "presence dnd"),
    "a token of the one who opens spaces was revoked": ("401 to webex.space-get",),
    "a sync token was void": ("410 at the first page of a list that is incremental",),
    "Google did not know a token as one": ("400 at the first page of a list that is incremental",),
    "a token became void soon after the list that gave it": ("410 again soon",),
    "it became void between two pages": ("410 between pages", "410 between pages of a list that is incremental"),
    "a full list was cut off by a 410": ("410 between pages of a list that is full",),
    "a page token was too old": ("400 between pages of a list that is full",),
    "an old version came after the new one": ("old version after the new one",),
    "somebody edited between two pages": ("edit between pages",),
    "Google never told of a change, and a full list found it": (
        "change never told",
        "reconciliation found a difference",
    ),
    "the edge of the window was listed": ("answered.ListEdge", "log sync.edge"),
    "occurrences were asked for": ("answered.ListInstances", "log series.unexpanded"),
    "the series of an orphan was looked up": ("answered.FetchEvent", "crash at answered.FetchEvent"),
    "a setting was read": ("answered.ReadProfile",),
    "an errand was in doubt": ("errand quick-add: errand-in-doubt",),
    "an errand was asked for twice, and one was refused": ("errand asked twice", "errand insert: google-quota"),
    "somebody looked": ("looked: FreeBusy answered", "looked: Explain answered"),
    "a room's access was found, given, and given back": (
        "room access found",
        "room access given",
        "log room.access-returned",
        "room access as before",
    ),
    "a quota was nearly used up": ("quota nearly used up: project", "quota nearly used up: user"),
    "Google asked one person to go slower, and took no more writes": ("user asked to go slower", "usage limited"),
    "nothing was granted to the service account for a while": ("delegation away", "401 to google.token"),
    "somebody wrote while a block was being written": ("412 to google.patch",),
    "the daemon saw its own write come back": ("echo of own write seen",),
    "a card was in doubt": ("card ambiguous",),
    "it was found by a look": ("log card.found",),
    "it was not found and sent again": ("log card.not-found",),
    "a card was taken back": ("log card.taken-back",),
    "a meeting moved back and its card was sent again": ("card of a later generation",),
    "somebody left while a card of theirs was out": ("card taken back at goodbye",),
    "two channels overlapped": ("channel overlap",),
    "a channel was stopped that nobody had heard of": ("channel stopped whose opening nobody heard of",),
    "a push was lost, another one came twice": ("push lost", "push doubled"),
    "a presence was renewed": ("presence renewed",),
    "a presence was cleared by a later life": ("presence cleared by a later life",),
    "a service asked to go slower": ("429 to google.list", "429 to webex.card"),
    "a token was revoked": ("401 to google.list", "401 to webex.presence"),
    "a lane was closed, and opened again": ("log lane.circuit open", "log lane.circuit closed"),
    "the disk was full": ("log store.full", "log store.well"),
    "an item could not be read": ("log item.quarantined",),
    "an answer was slow, cut off, or no JSON": ("fault delay", "fault drop", "fault garbage"),
    "the clock jumped": ("clock jump",),
    "somebody was deactivated": ("log user.erased",),
    "a token was refused at the gate": ("log access.refused",),
}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("chunk", range(SEEDS // CHUNK))
def test_every_invariant_holds(chunks, chunk):
    broken = chunks.played(chunk).broken
    assert not broken, "\n".join(f"{why}\n    replay: python -m tests.simulation.replay {seed}" for seed, why in broken)


@pytest.mark.timeout(1800)
def test_rare_states_are_reached(chunks):
    reached = sum((played.reached for played in chunks.all()), Counter())
    never = {what: [name for name in names if not reached[name]] for what, names in RARE.items()}
    assert not {what: names for what, names in never.items() if names}


def test_a_seed_gives_the_same_trace_again_and_another_seed_another_one():
    assert run(3).trace == run(3).trace
    assert run(3).trace != run(4).trace


def test_the_trace_is_the_same_in_other_processes_whatever_their_hash_seed():
    program = "from tests.simulation.run import run; print(run(5).trace)"
    traces = set()
    for hash_seed in ("0", "777"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=Path(__file__).parents[2],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        traces.add(done.stdout.strip())
    assert traces == {run(5).trace}
