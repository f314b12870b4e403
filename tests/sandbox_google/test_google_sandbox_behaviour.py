"""The written list of behaviours is complete and each is tagged with its evidence."""

import pytest

from tests.behaviour import Behaviours

LISTED = Behaviours("google")
TAGS = {
    "discovery document",
    "guide",
    "recorded response",
    "third-party probe",
    "issue report",
    "RFC",
    "unconfirmed",
    "stand-in",
}


def test_every_line_is_a_whole_row_that_names_a_module_and_one_kind_of_evidence():
    assert len(LISTED.rows) > 100
    LISTED.check_tables(TAGS)


@pytest.mark.parametrize("module", sorted(LISTED.modules))
def test_every_module_is_in_the_list_with_its_guesses(module):
    assert LISTED.evidence(module)
    if "unconfirmed" in LISTED.docstring(module):
        assert "unconfirmed" in LISTED.evidence(module)
