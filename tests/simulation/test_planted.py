"""The simulation finds bugs: each one that is planted, and by an invariant that is about it."""

import base64
from collections import Counter

import pytest

from tests.simulation import bugs_effects, bugs_google, bugs_lists, bugs_sync, bugs_webex
from tests.simulation.oracle import forms
from tests.simulation.outside import MARK
from tests.simulation.planted import BUGS, Bug, planted
from tests.simulation.run import run

assert all((bugs_effects, bugs_google, bugs_lists, bugs_sync, bugs_webex))  # they fill BUGS

WITHIN = 200


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found(name, chunks):
    bug = BUGS[name]
    outcomes = (_run(bug, seed) for seed in bug.seeds(WITHIN, chunks.reached))
    found = next((outcome for outcome in outcomes if outcome.broken), None)
    assert found is not None, f"not found within {WITHIN} seeds: {bug.what}"
    assert found.broken in bug.found_by, f"seed {found.seed}: {found.why}"


def _run(bug, seed):
    with planted(bug):
        return run(seed)


def test_seeds_are_tried_first_in_which_the_bug_can_be_found():
    bug = Bug("of-nobody", "", frozenset(), list, needs=("state",))
    assert list(bug.seeds(7, lambda seed: Counter(state=seed % 3 == 0))) == [0, 3, 6, 1, 2, 4, 5]
    assert list(bug.seeds(3)) == [0, 1, 2]


def test_what_was_replaced_is_put_back():
    owners = [owner for bug in BUGS.values() for owner, _ in bug.changes()]
    before = [dict(vars(owner)) for owner in owners]
    for bug in BUGS.values():
        with planted(bug):
            pass
    assert [dict(vars(owner)) for owner in owners] == before


@pytest.mark.parametrize("phase", range(3))
def test_a_marker_is_found_whatever_it_is_written_in(phase):
    raw = b"x" * phase + f"{MARK} and more".encode()
    written = [
        raw,
        raw.upper(),
        raw.decode().encode("utf-16-le"),
        raw.hex().encode(),
        base64.b64encode(raw),
        "".join(f"%{byte:02X}" for byte in raw).encode(),
    ]
    for text in written:
        assert any(form in text for _, form in forms())
